/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of HSS: each tree signs the public key of the one below, the last one the message. The whole signature is
 * taken apart before the first hash is computed. */
#include "crypto/hss.h"

#include <string.h>

#include "base/log.h"

/* Type codes, identifier, root. */
static bool read_lms(struct bytes value, struct lms_set *ret)
{
	return value.len > 8 && lms_set_find(lms_read_u32(value.data), lms_read_u32(value.data + 4), ret) &&
	       value.len == lms_public_size(ret);
}

bool hss_public_read(struct bytes value, struct hss_public *ret)
{
	struct hss_public k = {0};
	struct bytes levels = {0};

	if (!bytes_take(&value, 4, &levels))
		return false;
	uint32_t count = lms_read_u32(levels.data);
	if (count < 1 || count > HSS_MAX_LEVELS || !read_lms(value, &k.top))
		return false;
	k.levels = count;
	k.lms = value;
	*ret = k;
	return true;
}

/* One tree's part of a signature: its public key, its signature, and what it signs. */
struct part {
	struct lms_set set;
	struct bytes key, signature, message;
};

static CK_RV too_short(void)
{
	return fail(CKR_SIGNATURE_LEN_RANGE, "an HSS signature that ends too early");
}

/* The public key of the next tree, off the front of *in. */
static CK_RV take_key(struct bytes *in, const struct lms_set *above, struct part *ret)
{
	struct bytes types = *in;

	if (in->len < 8)
		return too_short();
	if (!lms_set_find(lms_read_u32(types.data), lms_read_u32(types.data + 4), &ret->set) || ret->set.alg != above->alg ||
	    ret->set.size != above->size)
		return fail(CKR_SIGNATURE_INVALID, "an HSS signature with a tree of unknown types, or of another hash");
	return bytes_take(in, lms_public_size(&ret->set), &ret->key) ? CKR_OK : too_short();
}

static CK_RV take_apart(const struct hss_public *k, struct bytes message, struct bytes in, struct part parts[HSS_MAX_LEVELS])
{
	struct bytes below = {0};

	if (!bytes_take(&in, 4, &below))
		return too_short();
	if (lms_read_u32(below.data) != k->levels - 1)
		return fail(CKR_SIGNATURE_INVALID, "an HSS signature of another number of levels");
	parts[0] = (struct part){.set = k->top, .key = k->lms};
	for (unsigned i = 0; i < k->levels; i++) {
		if (!bytes_take(&in, lms_signature_size(&parts[i].set), &parts[i].signature))
			return too_short();
		if (i + 1 < k->levels)
			try(take_key(&in, &parts[i].set, &parts[i + 1]));
		parts[i].message = i + 1 < k->levels ? parts[i + 1].key : message;
	}
	return in.len == 0 ? CKR_OK : fail(CKR_SIGNATURE_LEN_RANGE, "%zu bytes behind an HSS signature", in.len);
}

static CK_RV verify_part(const struct part *p)
{
	struct lms_tree t = {.set = p->set};
	unsigned char root[LMS_MAX_SIZE];

	memcpy(t.id, p->key.data + 8, LMS_ID_SIZE);
	try(lms_root_of(&t, p->message, p->signature.data, root));
	if (!bytes_equal(bytes_of(root, p->set.size), bytes_of(p->key.data + 8 + LMS_ID_SIZE, p->set.size)))
		return fail(CKR_SIGNATURE_INVALID, "an HSS signature that does not lead to the key's root");
	return CKR_OK;
}

CK_RV hss_verify(const struct hss_public *k, struct bytes message, struct bytes signature)
{
	struct part parts[HSS_MAX_LEVELS] = {0};

	try(take_apart(k, message, signature, parts));
	for (unsigned i = 0; i < k->levels; i++)
		try(verify_part(&parts[i]));
	return CKR_OK;
}
