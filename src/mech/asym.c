/* SPDX-License-Identifier: Apache-2.0 */
/* What the mechanisms with key pairs share. Knows neither RSA nor curves. */
#include "mech/asym.h"

#include <stdlib.h>

#include "base/log.h"
#include "crypto/pkey.h"

const char asym_single_part[] = "the mechanism works in a single part: there is nothing to save in between";

CK_RV asym_key(const struct attrs *a, struct pkey *k, struct mech_key **ret)
{
	struct mech_key *key = calloc(1, sizeof(*key));

	if (key == NULL) {
		pkey_free(k);
		return fail(CKR_HOST_MEMORY, "no memory for a key");
	}
	/* An object without these two cannot have been made. */
	(void)attrs_get_ulong(a, CKA_CLASS, &key->object_class);
	(void)attrs_get_ulong(a, CKA_KEY_TYPE, &key->type);
	key->bits = pkey_bits(k);
	key->pkey = k;
	*ret = key;
	return CKR_OK;
}

CK_RV asym_class(const struct attr_list *key, bool *ret_private)
{
	CK_ULONG object_class = CK_UNAVAILABLE_INFORMATION;

	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (object_class != CKO_PUBLIC_KEY && object_class != CKO_PRIVATE_KEY)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a key of a pair is public or private");
	*ret_private = object_class == CKO_PRIVATE_KEY;
	return CKR_OK;
}

CK_RV asym_set_public_key_info(struct attr_list *key, struct bytes info)
{
	struct bytes given = {0};

	if (attr_list_get(key, CKA_PUBLIC_KEY_INFO, &given) && given.len > 0 && !bytes_equal(given, info))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_PUBLIC_KEY_INFO is not that of the key");
	return attr_list_set(key, CKA_PUBLIC_KEY_INFO, info);
}

CK_RV asym_public_key_info(struct attr_list *key, const struct pkey *k)
{
	return asym_set_public_key_info(key, pkey_spki(k));
}

CK_RV asym_start(struct mech_op *op)
{
	const struct mech_row *row = op->row;

	if (op->key->bits < row->min_key || op->key->bits > row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "a key of %lu bits, where %lu to %lu are taken", op->key->bits, row->min_key, row->max_key);
	return CKR_OK;
}

size_t asym_signature_room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)in_len;
	return op->use == MECH_SIGN && step != MECH_UPDATE ? pkey_signature_size(op->key->pkey) : 0;
}
