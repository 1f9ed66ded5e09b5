/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot hashes on the low-level contexts: no allocation, and they cannot fail. Needs no open context.
 * Knows not what is hashed. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <string.h>

#include "crypto/hash.h"

#define BLOCK 64

void hash_sha256(struct bytes in, unsigned char ret[32])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	if (in.len > 0)
		SHA256_Update(&c, in.data, in.len);
	SHA256_Final(ret, &c);
	wipe(&c, sizeof(c));
}

void hash_sha1(struct bytes in, unsigned char ret[20])
{
	SHA_CTX c;

	SHA1_Init(&c);
	if (in.len > 0)
		SHA1_Update(&c, in.data, in.len);
	SHA1_Final(ret, &c);
	wipe(&c, sizeof(c));
}

static void keyed(const unsigned char key[BLOCK], unsigned char pad, struct bytes in, unsigned char ret[32])
{
	unsigned char block[BLOCK];
	SHA256_CTX c;

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	SHA256_Init(&c);
	SHA256_Update(&c, block, BLOCK);
	if (in.len > 0)
		SHA256_Update(&c, in.data, in.len);
	SHA256_Final(ret, &c);
	wipe(&c, sizeof(c));
	wipe(block, sizeof(block));
}

void hash_hmac(struct bytes key, struct bytes in, unsigned char ret[32])
{
	unsigned char block[BLOCK] = {0};
	unsigned char inner[32];

	if (key.len > BLOCK)
		hash_sha256(key, block);
	else if (key.len > 0)
		memcpy(block, key.data, key.len);
	keyed(block, 0x36, in, inner);
	keyed(block, 0x5c, bytes_of(inner, sizeof(inner)), ret);
	wipe(inner, sizeof(inner));
	wipe(block, sizeof(block));
}
