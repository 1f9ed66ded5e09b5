/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC over crypto/digest.c. Knows no mechanism. */
#include "crypto/mac.h"

#include <string.h>

static CK_RV start_padded(struct ossl *o, enum digest_alg alg, const unsigned char *key, unsigned char pad, struct digest *ret)
{
	unsigned char block[DIGEST_MAX_BLOCK];
	size_t size = digest_block(alg);
	CK_RV rv = digest_start(o, alg, ret);

	if (rv != CKR_OK)
		return rv;
	for (size_t i = 0; i < size; i++)
		block[i] = key[i] ^ pad;
	rv = digest_update(ret, bytes_of(block, size));
	wipe(block, sizeof(block));
	return rv;
}

CK_RV hmac_start(struct ossl *o, enum digest_alg alg, struct bytes key, struct hmac *ret)
{
	unsigned char block[DIGEST_MAX_BLOCK] = {0};
	struct hmac h = {0};
	CK_RV rv = CKR_OK;

	if (key.len > digest_block(alg))
		rv = digest_whole(o, alg, key, block);
	else if (key.len > 0)
		memcpy(block, key.data, key.len);
	if (rv == CKR_OK)
		rv = start_padded(o, alg, block, 0x36, &h.inner);
	if (rv == CKR_OK)
		rv = start_padded(o, alg, block, 0x5c, &h.outer);
	wipe(block, sizeof(block));
	if (rv != CKR_OK) {
		hmac_end(&h);
		return rv;
	}
	*ret = h;
	wipe(&h, sizeof(h));
	return CKR_OK;
}

CK_RV hmac_update(struct hmac *h, struct bytes in)
{
	return digest_update(&h->inner, in);
}

CK_RV hmac_final(struct hmac *h, unsigned char *ret)
{
	unsigned char inner[DIGEST_MAX_SIZE];
	CK_RV rv = digest_final(&h->inner, inner);

	if (rv == CKR_OK)
		rv = digest_update(&h->outer, bytes_of(inner, digest_size(h->outer.alg)));
	if (rv == CKR_OK)
		rv = digest_final(&h->outer, ret);
	wipe(inner, sizeof(inner));
	return rv;
}

CK_RV hmac_dup(const struct hmac *from, struct hmac *ret)
{
	struct hmac h = {0};
	CK_RV rv = digest_dup(&from->inner, &h.inner);

	if (rv == CKR_OK)
		rv = digest_dup(&from->outer, &h.outer);
	if (rv == CKR_OK)
		*ret = h;
	else
		hmac_end(&h);
	return rv;
}

/* One digest after the other, so that there is one context on the stack to copy and to wipe. */
static CK_RV step(const struct digest *keyed, struct bytes in, unsigned char *ret)
{
	struct digest d cleanup(digest_end) = {.started = false};

	try(digest_dup(keyed, &d));
	try(digest_update(&d, in));
	return digest_final(&d, ret);
}

CK_RV hmac_tag(const struct hmac *keyed, struct bytes in, unsigned char *ret)
{
	unsigned char inner[DIGEST_MAX_SIZE];
	CK_RV rv = step(&keyed->inner, in, inner);

	if (rv == CKR_OK)
		rv = step(&keyed->outer, bytes_of(inner, digest_size(keyed->outer.alg)), ret);
	wipe(inner, sizeof(inner));
	return rv;
}

void hmac_end(struct hmac *h)
{
	digest_end(&h->inner);
	digest_end(&h->outer);
}

CK_RV hmac_save(const struct hmac *h, struct buf *ret)
{
	return digest_save(&h->inner, ret);
}

CK_RV hmac_restore(struct hmac *h, struct bytes state)
{
	return digest_restore(&h->inner, state);
}
