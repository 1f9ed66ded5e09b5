/* SPDX-License-Identifier: Apache-2.0 */
/* See tls_prf.h. A label is the first of the seeds. */
#include "mech/tls_prf.h"

#include <string.h>

#include "base/log.h"
#include "crypto/mac.h"
#include "mech/derive.h"

struct input {
	struct bytes secret;
	struct bytes seeds[1 + TLS_SEEDS];
};

CK_RV tls_prf_find(CK_MECHANISM_TYPE mechanism, struct tls_prf *ret)
{
	*ret = (struct tls_prf){.version = mechanism == CKM_TLS_PRF ? TLS_1_0 : TLS_1_2};
	return mechanism == CKM_TLS_PRF ? CKR_OK : derive_hash(mechanism, &ret->hash);
}

/* ---- TLS ----------------------------------------------------------------------------------- */

/* HMAC(secret, before || seeds); without the seeds when there is nothing to add. */
static void mac(const struct input *in, enum digest_alg alg, struct bytes secret, struct bytes before, bool seeds, unsigned char *ret)
{
	struct hmac h cleanup(hmac_end) = {0};

	hmac_start(alg, secret, &h);
	hmac_update(&h, before);
	for (size_t i = 0; seeds && i < array_len(in->seeds); i++)
		hmac_update(&h, in->seeds[i]);
	hmac_final(&h, ret);
}

/* P_hash, added to what is in out (RFC 5246 5). */
static void add_p_hash(const struct input *in, enum digest_alg alg, struct bytes secret, unsigned char *out, size_t len)
{
	unsigned char a[DIGEST_MAX_SIZE], block[DIGEST_MAX_SIZE];
	size_t size = digest_size(alg);

	for (size_t at = 0; at < len; at += size) {
		mac(in, alg, secret, bytes_of(a, at == 0 ? 0 : size), at == 0, a);
		mac(in, alg, secret, bytes_of(a, size), true, block);
		for (size_t i = 0; i < size && at + i < len; i++)
			out[at + i] ^= block[i];
	}
	wipe(a, sizeof(a));
	wipe(block, sizeof(block));
}

/* Two halves of the secret, which share the middle byte of an odd one (RFC 2246 5). */
static void run_1_0(const struct input *in, unsigned char *out, size_t len)
{
	size_t half = (in->secret.len + 1) / 2;
	struct bytes first = bytes_of(in->secret.data, half);
	struct bytes second = half == 0 ? first : bytes_of(in->secret.data + in->secret.len - half, half);

	add_p_hash(in, DIGEST_MD5, first, out, len);
	add_p_hash(in, DIGEST_SHA1, second, out, len);
}

/* ---- SSL 3.0 ------------------------------------------------------------------------------- */

/* MD5(secret || SHA(letters || secret || seeds)), where letters is one A, two Bs and so on. */
static void ssl3_block(const struct input *in, size_t i, unsigned char *ret)
{
	struct digest inner cleanup(digest_end) = {0};
	struct digest outer cleanup(digest_end) = {0};
	unsigned char letters[26], hash[20];

	memset(letters, 'A' + (int)i, sizeof(letters));
	digest_start(DIGEST_SHA1, &inner);
	digest_update(&inner, bytes_of(letters, i + 1));
	digest_update(&inner, in->secret);
	for (size_t k = 1; k < array_len(in->seeds); k++)
		digest_update(&inner, in->seeds[k]);
	digest_final(&inner, hash);
	digest_start(DIGEST_MD5, &outer);
	digest_update(&outer, in->secret);
	digest_update(&outer, bytes_of(hash, sizeof(hash)));
	wipe(hash, sizeof(hash));
	digest_final(&outer, ret);
}

static CK_RV run_ssl3(const struct input *in, unsigned char *out, size_t len)
{
	unsigned char block[16];

	if (len > TLS_SSL3_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "SSL 3.0 makes no more than %d bytes", TLS_SSL3_MAX);
	for (size_t at = 0; at < len; at += sizeof(block)) {
		ssl3_block(in, at / sizeof(block), block);
		memcpy(out + at, block, len - at < sizeof(block) ? len - at : sizeof(block));
	}
	wipe(block, sizeof(block));
	return CKR_OK;
}

/* ---- all ----------------------------------------------------------------------------------- */

CK_RV tls_prf_run(const struct tls_prf *prf, struct bytes secret, const char *label, const struct bytes seeds[TLS_SEEDS],
                  unsigned char *out, size_t len)
{
	struct input in = {.secret = secret, .seeds = {bytes_of(label, strlen(label))}};

	for (size_t i = 0; i < TLS_SEEDS; i++)
		in.seeds[1 + i] = seeds[i];
	memset(out, 0, len);
	if (prf->version == TLS_SSL3)
		return run_ssl3(&in, out, len);
	if (prf->version == TLS_1_0)
		run_1_0(&in, out, len);
	else
		add_p_hash(&in, prf->hash, secret, out, len);
	return CKR_OK;
}
