/* SPDX-License-Identifier: Apache-2.0 */
/* See uses.h. */
#include "core/uses.h"

#include <conclave.h>

#include "base/log.h"
#include "core/objects.h"

CK_ULONG uses_left(const struct attrs *key)
{
	CK_ULONG left = CK_UNAVAILABLE_INFORMATION;

	(void)attrs_get_ulong(key, CKA_CONCLAVE_USES_LEFT, &left);
	return left;
}

CK_RV uses_check(const struct attrs *key)
{
	return uses_left(key) > 0 ? CKR_OK : fail(CKR_KEY_FUNCTION_NOT_PERMITTED, "the key has been used as often as it may: no uses are left");
}

/* An objects_step. A limit that was there is there still: it only falls. */
static CK_RV one_less(const struct attrs *from, struct attr_list *to, void *arg)
{
	CK_ULONG left = uses_left(from);

	(void)arg;
	try(uses_check(from));
	left--;
	return attr_list_set(to, CKA_CONCLAVE_USES_LEFT, bytes_of(&left, sizeof(left)));
}

CK_RV uses_take(struct session *s, struct object *key, CK_RV gone)
{
	if (uses_left(atomic_load(&key->attrs)) == CK_UNAVAILABLE_INFORMATION)
		return CKR_OK;
	CK_RV rv = objects_move(s, key, one_less, NULL);
	return rv == CKR_OBJECT_HANDLE_INVALID ? fail(gone, "the key was destroyed meanwhile") : rv;
}
