/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC over crypto/digest.c. Knows no mechanism. */
#include "crypto/mac.h"

#include <string.h>

#include "base/log.h"
#include "crypto/xof.h"

/* No saved digest is longer: a byte, a context without its padding, a byte. */
#define STATE_MAX sizeof(struct digest)

static void start_padded(enum digest_alg alg, const unsigned char *key, unsigned char pad, struct digest *ret)
{
	unsigned char block[DIGEST_MAX_BLOCK];
	size_t size = digest_block(alg);

	for (size_t i = 0; i < size; i++)
		block[i] = key[i] ^ pad;
	digest_start(alg, ret);
	digest_update(ret, bytes_of(block, size));
	wipe(block, sizeof(block));
}

void hmac_start(enum digest_alg alg, struct bytes key, struct hmac *ret)
{
	unsigned char block[DIGEST_MAX_BLOCK] = {0};

	if (key.len > digest_block(alg))
		digest_whole(alg, key, block);
	else if (key.len > 0)
		memcpy(block, key.data, key.len);
	start_padded(alg, block, 0x36, &ret->inner);
	start_padded(alg, block, 0x5c, &ret->outer);
	wipe(block, sizeof(block));
}

void hmac_update(struct hmac *h, struct bytes in)
{
	digest_update(&h->inner, in);
}

void hmac_final(struct hmac *h, unsigned char *ret)
{
	unsigned char inner[DIGEST_MAX_SIZE];

	digest_final(&h->inner, inner);
	digest_update(&h->outer, bytes_of(inner, digest_size(h->outer.alg)));
	digest_final(&h->outer, ret);
	wipe(inner, sizeof(inner));
}

/* One digest after the other, so that there is one context on the stack to copy and to wipe. */
static void step(const struct digest *keyed, struct bytes in, unsigned char *ret)
{
	struct digest d cleanup(digest_end) = *keyed;

	digest_update(&d, in);
	digest_final(&d, ret);
}

void hmac_tag(const struct hmac *keyed, struct bytes in, unsigned char *ret)
{
	unsigned char inner[DIGEST_MAX_SIZE];

	step(&keyed->inner, in, inner);
	step(&keyed->outer, bytes_of(inner, digest_size(keyed->outer.alg)), ret);
	wipe(inner, sizeof(inner));
}

void hmac_end(struct hmac *h)
{
	digest_end(&h->inner);
	digest_end(&h->outer);
}

/* ---- saving: a tag over the state, then the state under a key stream that only key and tag give ------------------- */

#define FOR_TAG 1
#define FOR_STREAM 2

static void keyed_tag(const struct hmac *keyed, unsigned char purpose, struct bytes in, unsigned char *ret)
{
	struct hmac h cleanup(hmac_end) = *keyed;

	hmac_update(&h, bytes_of(&purpose, 1));
	hmac_update(&h, in);
	hmac_final(&h, ret);
}

static void add_stream(const struct hmac *keyed, struct bytes tag, unsigned char *data, size_t len)
{
	unsigned char seed[DIGEST_MAX_SIZE], stream[STATE_MAX];
	struct xof x cleanup(xof_end);

	keyed_tag(keyed, FOR_STREAM, tag, seed);
	xof_start(XOF_SHAKE256, &x);
	xof_update(&x, bytes_of(seed, tag.len));
	xof_final(&x, stream, len);
	for (size_t i = 0; i < len; i++)
		data[i] ^= stream[i];
	wipe(stream, sizeof(stream));
	wipe(seed, sizeof(seed));
}

CK_RV hmac_save(const struct hmac *keyed, const struct hmac *h, struct buf *ret)
{
	struct buf state cleanup(buf_wipe_free) = {0};
	unsigned char tag[DIGEST_MAX_SIZE];
	size_t tag_len = digest_size(h->inner.alg);

	try(buf_reserve(&state, STATE_MAX));
	try(digest_save(&h->inner, &state));
	keyed_tag(keyed, FOR_TAG, buf_bytes(&state), tag);
	add_stream(keyed, bytes_of(tag, tag_len), state.data, state.len);
	try(buf_append(ret, bytes_of(tag, tag_len)));
	return buf_append(ret, buf_bytes(&state));
}

CK_RV hmac_restore(const struct hmac *keyed, struct hmac *h, struct bytes state)
{
	struct secret plain cleanup(secret_free) = {0};
	unsigned char right[DIGEST_MAX_SIZE];
	struct bytes tag;

	if (!bytes_take(&state, digest_size(h->inner.alg), &tag) || state.len > STATE_MAX)
		return fail(CKR_SAVED_STATE_INVALID, "malformed HMAC state");
	try(secret_dup(state, &plain));
	add_stream(keyed, tag, plain.data, plain.len);
	keyed_tag(keyed, FOR_TAG, secret_bytes(&plain), right);
	if (!secret_equal(tag, bytes_of(right, tag.len)))
		return fail(CKR_SAVED_STATE_INVALID, "an HMAC state of another key");
	return digest_restore(&h->inner, secret_bytes(&plain));
}
