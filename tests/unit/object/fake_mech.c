/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_mech.h. It stands in for the registry, which a static library gives only to who has none. */
#include "fake_mech.h"

struct fake_mech fake_mech;

static CK_RV complete(const struct mech_env *env, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = 0;
	struct bytes value;
	(void)env;

	fake_mech.completed++;
	fake_mech.info_was_given = attr_list_get(key, CKA_PUBLIC_KEY_INFO, &value);
	fake_mech.label_was_given = attr_list_get(key, CKA_LABEL, &value);
	if (fake_mech.rv != CKR_OK)
		return fake_mech.rv;
	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (object_class != CKO_PUBLIC_KEY && object_class != CKO_PRIVATE_KEY)
		return CKR_OK;
	return attr_list_set(key, CKA_PUBLIC_KEY_INFO, bytes_of(FAKE_INFO, sizeof(FAKE_INFO) - 1));
}

const struct mech_key_type *mech_key_type_find(CK_KEY_TYPE type)
{
	static struct mech_key_type found;

	found = (struct mech_key_type){.type = type, .complete = complete};
	return fake_mech.absent ? NULL : &found;
}

CK_RV mech_key_complete(const struct mech_key_type *t, const struct mech_env *env, struct attr_list *key)
{
	return t->complete(env, key);
}
