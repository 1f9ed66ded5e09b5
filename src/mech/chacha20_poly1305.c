/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 as RFC 8439 has it, with a nonce of 96 bits, and the same with Salsa20, whose nonces have 64 bits or
 * 192: their parameters. The steps are sealed.c's. */
#include <string.h>

#include "base/log.h"
#include "mech/key_stream.h"
#include "mech/sealed.h"
#include "mech/wrap.h"

#define TAG 16

static bool chacha20_fits(size_t nonce_len, size_t tag_len)
{
	return nonce_len == 12 && tag_len == TAG;
}

static bool salsa20_fits(size_t nonce_len, size_t tag_len)
{
	return (nonce_len == SALSA20_NONCE || nonce_len == SALSA20_LONG_NONCE) && tag_len == TAG;
}

static CK_RV check(const void *nonce, CK_ULONG nonce_len, bool (*fits)(size_t nonce_len, size_t tag_len))
{
	if (nonce == NULL || !fits(nonce_len, TAG))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a nonce of %lu bytes", (unsigned long)nonce_len);
	return CKR_OK;
}

static CK_RV read_params(const void *parameter, bool (*fits)(size_t nonce_len, size_t tag_len), struct sealing_message *ret)
{
	CK_SALSA20_CHACHA20_POLY1305_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.pNonce, p.ulNonceLen, fits));
	*ret = (struct sealing_message){
		.nonce = bytes_of(p.pNonce, p.ulNonceLen),
		.aad = bytes_of(p.pAAD, p.ulAADLen),
		.tag_len = TAG,
	};
	return CKR_OK;
}

static CK_RV read_chacha20(const void *parameter, struct sealing_message *ret)
{
	return read_params(parameter, chacha20_fits, ret);
}

static CK_RV read_salsa20(const void *parameter, struct sealing_message *ret)
{
	return read_params(parameter, salsa20_fits, ret);
}

/* The parameter has no place for a generator: nonces are the application's. */
static CK_RV read_message(const void *parameter, bool (*fits)(size_t nonce_len, size_t tag_len), struct mech_message *ret)
{
	CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.pNonce, p.ulNonceLen, fits));
	*ret = (struct mech_message){
		.iv = p.pNonce,
		.iv_len = p.ulNonceLen,
		.generator = CKG_NO_GENERATE,
		.tag = p.pTag,
		.tag_len = TAG,
	};
	return CKR_OK;
}

static CK_RV read_chacha20_message(const void *parameter, struct mech_message *ret)
{
	return read_message(parameter, chacha20_fits, ret);
}

static CK_RV read_salsa20_message(const void *parameter, struct mech_message *ret)
{
	return read_message(parameter, salsa20_fits, ret);
}

static const struct mech_message_ops chacha20_messages = {
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS),
	.read = read_chacha20_message,
	SEALED_MESSAGE_STEPS,
};

static const struct mech_message_ops salsa20_messages = {
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS),
	.read = read_salsa20_message,
	SEALED_MESSAGE_STEPS,
};

static const struct sealed chacha20 = {
	.alg = SEALING_CHACHA20_POLY1305,
	.most = ((uint64_t)UINT32_MAX) * 64, /* RFC 8439 §2.8: block 0 makes the Poly1305 key */
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS),
	.key_fits = key_stream_key_fits,
	.lengths_fit = chacha20_fits,
	.read = read_chacha20,
};

static const struct sealed salsa20 = {
	.alg = SEALING_SALSA20_POLY1305,
	.most = UINT64_MAX, /* the authenticator counts bytes in 64 bits */
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS),
	.key_fits = key_stream_key_fits,
	.lengths_fit = salsa20_fits,
	.read = read_salsa20,
};

/* Key sizes in bytes, as for the key's generation: the standard does not say. */
#define ROW(mechanism, key_type, messages, kind)                                                                     \
	{                                                                                                            \
		.type = (mechanism),                                                                                 \
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | \
		         CKF_MULTI_MESSAGE,                                                                          \
		.min_key = KEY_STREAM_KEY, .max_key = KEY_STREAM_KEY, .key_types = {key_type}, .key_type_count = 1,  \
		.ops = &sealed_ops, .wrap = &mech_wrap_any, .message = &(messages), .data = &(kind),                 \
		.unsaveable = "a state that is resumed twice would use one nonce for two messages, which breaks Poly1305", \
	}

static const struct mech_row rows[] = {
	ROW(CKM_CHACHA20_POLY1305, CKK_CHACHA20, chacha20_messages, chacha20),
	ROW(CKM_SALSA20_POLY1305, CKK_SALSA20, salsa20_messages, salsa20),
};

extern const struct mech_family mech_family_chacha20_poly1305;
const struct mech_family mech_family_chacha20_poly1305 = {
	.name = "chacha20_poly1305", .rows = rows, .row_count = array_len(rows)};
