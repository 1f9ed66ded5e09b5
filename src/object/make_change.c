/* SPDX-License-Identifier: Apache-2.0 */
/* Changed objects: C_SetAttributeValue in place, C_CopyObject into a new one. Both start from what is there and
 * ask of each change whether it may go that way. Knows no session; who asks comes in `struct make_who`. */
#include "object/make.h"

#include <conclave.h>
#include <string.h>

#include "base/log.h"
#include "object/make_internal.h"
#include "object/schema.h"

/* A change to one object: from where, by whom, and whether into a copy. */
struct change {
	const struct make_who *who;
	const struct attrs *from;
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	bool copying;
	bool trusted_certificate;
};

static CK_RV begin(const struct make_who *who, const struct attrs *from, bool copying, struct change *ret)
{
	CK_OBJECT_CLASS object_class;
	if (!attrs_get_ulong(from, CKA_CLASS, &object_class))
		return fail(CKR_GENERAL_ERROR, "an object without CKA_CLASS");
	*ret = (struct change){
		.who = who,
		.from = from,
		.object_class = object_class,
		.subtype = schema_subtype(from),
		.copying = copying,
		.trusted_certificate = object_class == CKO_CERTIFICATE && attrs_get_bool(from, CKA_TRUSTED, false),
	};
	return CKR_OK;
}

static bool is_true(struct bytes value)
{
	return value.len == sizeof(CK_BBOOL) && value.data[0] != CK_FALSE;
}

/* Equal is not more. */
static bool falls(const struct change *c, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	CK_ULONG is = CK_UNAVAILABLE_INFORMATION, wanted;

	if (value.len != sizeof(wanted))
		return false;
	(void)attrs_get_ulong(c->from, type, &is);
	memcpy(&wanted, value.data, sizeof(wanted));
	return wanted <= is;
}

/* Footnotes 8 and 10 to 12, and §4.1.3: which way may an attribute go? The sticky ones say it best, so they come
 * first; CKA_COPYABLE and CKA_WRAP_WITH_TRUSTED have no other permission. */
static bool may_change(const struct change *c, const struct schema_row *row, struct bytes value)
{
	if (c->trusted_certificate)
		return c->copying && (row->flags & SCHEMA_COPY_ONLY);
	if (row->flags & SCHEMA_READ_ONLY)
		return false;
	if (row->flags & SCHEMA_STICKY_TRUE)
		return is_true(value) || !attrs_get_bool(c->from, row->type, false);
	if (row->flags & SCHEMA_STICKY_FALSE)
		return !is_true(value) || attrs_get_bool(c->from, row->type, false);
	if (row->flags & SCHEMA_SO_TRUE)
		return c->who->so;
	if (row->flags & SCHEMA_MAY_FALL)
		return falls(c, row->type, value);
	if (row->flags & SCHEMA_MAY_VOID)
		return value.len == 0;
	if (row->flags & SCHEMA_COPY_ONLY)
		return c->copying;
	return row->flags & SCHEMA_MODIFIABLE;
}

/* CKA_PUBLIC_KEY_INFO of a key follows from the key: it can only be set to what it is (rule 220). */
static CK_RV check_derived(const struct change *c, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	struct bytes is;
	if (type != CKA_PUBLIC_KEY_INFO || !schema_is_key(c->object_class))
		return CKR_OK;
	if (attrs_get(c->from, type, &is) && bytes_equal(is, value))
		return CKR_OK;
	return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s is not that of the key", attr_name(type));
}

static CK_RV apply_one(const struct change *c, CK_ATTRIBUTE_TYPE type, struct bytes value, struct attr_list *object)
{
	const struct schema_row *row = schema_find(c->object_class, c->subtype, type);
	if (row == NULL)
		return fail(CKR_ATTRIBUTE_TYPE_INVALID, "%s: objects of this kind have no such attribute", attr_name(type));
	if (!may_change(c, row, value))
		return fail(CKR_ATTRIBUTE_READ_ONLY, "%s may not change in that way", attr_name(type));
	try(make_check_value(type, value));
	try(check_derived(c, type, value));
	return attr_list_set(object, type, value);
}

static CK_RV apply(const struct change *c, const struct attr_list *template, struct attr_list *object)
{
	for (size_t i = 0; i < template->count; i++)
		try(apply_one(c, template->items[i].type, secret_bytes(&template->items[i].value), object));
	return make_check_whole(c->object_class, object);
}

static bool uses_are_counted(const struct attrs *from)
{
	CK_ULONG left = CK_UNAVAILABLE_INFORMATION;

	return attrs_get_ulong(from, CKA_CONCLAVE_USES_LEFT, &left) && left != CK_UNAVAILABLE_INFORMATION;
}

/* A key whose value nobody may see does not become an object that needs no login to be used. */
static CK_RV check_publication(const struct change *c, const struct attr_list *object)
{
	bool published = attrs_get_bool(c->from, CKA_PRIVATE, false) && !attr_list_get_bool(object, CKA_PRIVATE, false);
	bool guarded = attrs_get_bool(c->from, CKA_SENSITIVE, false) || !attrs_get_bool(c->from, CKA_EXTRACTABLE, true);
	if (published && guarded)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a copy with CKA_PRIVATE false of a key that is sensitive or unextractable");
	return CKR_OK;
}

CK_RV make_changed(const struct make_who *who, const struct attrs *from, const struct attr_list *template, struct attr_list *ret)
{
	struct change c;
	struct attr_list object cleanup(attr_list_free) = {0};
	try(begin(who, from, false, &c));
	if (!attrs_get_bool(from, CKA_MODIFIABLE, true))
		return fail(CKR_ACTION_PROHIBITED, "CKA_MODIFIABLE is false");
	try(attrs_unpack(from, &object));
	try(apply(&c, template, &object));
	*ret = object;
	object = (struct attr_list){0};
	return CKR_OK;
}

CK_RV make_copy(const struct mech_env *env, const struct make_who *who, const struct attrs *from, const struct attr_list *template,
                struct attr_list *ret)
{
	struct change c;
	struct attr_list object cleanup(attr_list_free) = {0};
	try(begin(who, from, true, &c));
	if (!attrs_get_bool(from, CKA_COPYABLE, true))
		return fail(CKR_ACTION_PROHIBITED, "CKA_COPYABLE is false");
	if (uses_are_counted(from))
		return fail(CKR_ACTION_PROHIBITED, "the key's uses are counted: a copy would have them once more");
	try(attrs_unpack(from, &object));
	try(apply(&c, template, &object));
	try(check_publication(&c, &object));
	try(make_unique_id(env->ossl, &object));
	*ret = object;
	object = (struct attr_list){0};
	return CKR_OK;
}
