/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 as RFC 8439 has it: a nonce of 96 bits, a tag of 128. Its parameters; the steps are sealed.c's. */
#include <string.h>

#include "base/log.h"
#include "mech/key_stream.h"
#include "mech/sealed.h"
#include "mech/wrap.h"

#define NONCE 12
#define TAG 16

static CK_RV check(const void *nonce, CK_ULONG nonce_len)
{
	if (nonce == NULL || nonce_len != NONCE)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a ChaCha20-Poly1305 nonce of %lu bytes, not 12", (unsigned long)nonce_len);
	return CKR_OK;
}

static CK_RV read_params(const void *parameter, struct sealing_message *ret)
{
	CK_SALSA20_CHACHA20_POLY1305_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.pNonce, p.ulNonceLen));
	*ret = (struct sealing_message){
		.nonce = bytes_of(p.pNonce, p.ulNonceLen),
		.aad = bytes_of(p.pAAD, p.ulAADLen),
		.tag_len = TAG,
	};
	return CKR_OK;
}

/* The parameter has no place for a generator: nonces are the application's. */
static CK_RV read_message(const void *parameter, struct mech_message *ret)
{
	CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.pNonce, p.ulNonceLen));
	*ret = (struct mech_message){
		.iv = p.pNonce,
		.iv_len = p.ulNonceLen,
		.generator = CKG_NO_GENERATE,
		.tag = p.pTag,
		.tag_len = TAG,
	};
	return CKR_OK;
}

static bool lengths_fit(size_t nonce_len, size_t tag_len)
{
	return nonce_len == NONCE && tag_len == TAG;
}

static const struct mech_message_ops message_ops = {
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS),
	.read = read_message,
	.start = sealed_message_start,
	.begin = sealed_message_begin,
	.run = sealed_message_run,
	.seal = sealed_message_seal,
	.check = sealed_message_check,
	.end = sealed_message_end,
};

static const struct sealed kind = {
	.alg = SEALING_CHACHA20_POLY1305,
	.most = ((uint64_t)UINT32_MAX) * 64, /* RFC 8439 §2.8: block 0 makes the Poly1305 key */
	.param_size = sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS),
	.key_fits = key_stream_key_fits,
	.lengths_fit = lengths_fit,
	.read = read_params,
};

/* Key sizes in bytes, as for the key's generation: the standard does not say. */
static const struct mech_row rows[] = {
	{
		.type = CKM_CHACHA20_POLY1305,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE,
		.min_key = KEY_STREAM_KEY,
		.max_key = KEY_STREAM_KEY,
		.key_types = {CKK_CHACHA20},
		.key_type_count = 1,
		.ops = &sealed_ops,
		.wrap = &mech_wrap_any,
		.message = &message_ops,
		.data = &kind,
		.unsaveable = "a state that is resumed twice would use one nonce for two messages, which breaks Poly1305",
	},
};

extern const struct mech_family mech_family_chacha20_poly1305;
const struct mech_family mech_family_chacha20_poly1305 = {
	.name = "chacha20_poly1305", .rows = rows, .row_count = array_len(rows)};
