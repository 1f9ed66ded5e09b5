/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 on libcrypto's low-level contexts and SHAKE on crypto/xof.c: nothing is allocated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <string.h>

#include "crypto/hbs_hash.h"
#include "crypto/xof.h"

CK_RV hbs_hash_start(struct ossl *o, enum hbs_alg alg, size_t size, struct hbs_hash *ret)
{
	(void)o;
	*ret = (struct hbs_hash){.alg = alg, .size = size};
	return CKR_OK;
}

#define BLOCK SHA256_CBLOCK
#define SHORT (BLOCK - 9) /* with its padding (FIPS 180-4 §5.1.1) such an input is one block */

/* A step of an LMS chain is as short: half of what the general way takes is its bookkeeping. */
static void sha256_short(struct bytes in, unsigned char ret[SHA256_DIGEST_LENGTH])
{
	unsigned char block[BLOCK] = {0};
	SHA256_CTX c;

	memcpy(block, in.data, in.len);
	block[in.len] = 0x80;
	block[BLOCK - 2] = (unsigned char)(in.len >> 5);
	block[BLOCK - 1] = (unsigned char)(in.len << 3);
	SHA256_Init(&c);
	SHA256_Transform(&c, block);
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
		ret[i] = (unsigned char)(c.h[i / 4] >> (24 - 8 * (i % 4)));
	wipe(block, sizeof(block));
	wipe(&c, sizeof(c));
}

static void sha256(struct bytes head, struct bytes rest, unsigned char ret[SHA256_DIGEST_LENGTH])
{
	SHA256_CTX c;

	if (head.len <= SHORT && rest.len == 0) {
		sha256_short(head, ret);
		return;
	}
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

CK_RV hbs_hash(struct hbs_hash *h, struct bytes head, struct bytes rest, unsigned char *ret)
{
	unsigned char out[HBS_MAX_SIZE];

	switch (h->alg) {
	case HBS_SHA256:
		sha256(head, rest, out);
		break;
	case HBS_SHA512:
		sha512(head, rest, out);
		break;
	case HBS_SHAKE128:
	case HBS_SHAKE256:
		shake(h->alg == HBS_SHAKE128 ? XOF_SHAKE128 : XOF_SHAKE256, head, rest, ret, h->size);
		return CKR_OK;
	}
	memcpy(ret, out, h->size);
	wipe(out, sizeof(out));
	return CKR_OK;
}

void hbs_hash_end(struct hbs_hash *h)
{
	*h = (struct hbs_hash){0};
}
