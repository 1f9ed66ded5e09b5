/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 on libcrypto's low-level contexts and SHAKE on crypto/xof.c: nothing is allocated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <string.h>

#include "crypto/hbs_hash.h"
#include "crypto/xof.h"

static void sha256(struct bytes head, struct bytes rest, unsigned char ret[SHA256_DIGEST_LENGTH])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, head.data, head.len);
	if (rest.len > 0)
		SHA256_Update(&c, rest.data, rest.len);
	SHA256_Final(ret, &c);
	wipe(&c, sizeof(c));
}

static void sha512(struct bytes head, struct bytes rest, unsigned char ret[SHA512_DIGEST_LENGTH])
{
	SHA512_CTX c;

	SHA512_Init(&c);
	SHA512_Update(&c, head.data, head.len);
	if (rest.len > 0)
		SHA512_Update(&c, rest.data, rest.len);
	SHA512_Final(ret, &c);
	wipe(&c, sizeof(c));
}

static void shake(enum xof_alg alg, struct bytes head, struct bytes rest, unsigned char *ret, size_t size)
{
	struct xof x;

	xof_start(alg, &x);
	xof_update(&x, head);
	xof_update(&x, rest);
	xof_final(&x, ret, size);
}

void hbs_hash(enum hbs_alg alg, size_t size, struct bytes head, struct bytes rest, unsigned char *ret)
{
	unsigned char out[HBS_MAX_SIZE];

	switch (alg) {
	case HBS_SHA256:
		sha256(head, rest, out);
		break;
	case HBS_SHA512:
		sha512(head, rest, out);
		break;
	case HBS_SHAKE128:
	case HBS_SHAKE256:
		shake(alg == HBS_SHAKE128 ? XOF_SHAKE128 : XOF_SHAKE256, head, rest, ret, size);
		return;
	}
	memcpy(ret, out, size);
	wipe(out, sizeof(out));
}
