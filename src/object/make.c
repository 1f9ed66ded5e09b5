/* SPDX-License-Identifier: Apache-2.0 */
/* New objects: from C_CreateObject's template, and a generated key's template before and after the material is
 * there. What an attribute may be comes from the schema, what key material must be from the key type. Knows no
 * session and no store. */
#include "object/make.h"

#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "object/make_internal.h"
#include "object/schema.h"

#define CHECK_VALUE_SIZE 3

static const struct make_origin created = {.required = SCHEMA_CREATE_REQ, .forbidden = SCHEMA_CREATE_FORBID | SCHEMA_READ_ONLY};
static const struct make_origin generated = {.required = SCHEMA_GEN_REQ, .forbidden = SCHEMA_GEN_FORBID | SCHEMA_READ_ONLY};

/* ---- the template -------------------------------------------------------------------------- */

static bool is_true(struct bytes value)
{
	return value.len == sizeof(CK_BBOOL) && value.data[0] != CK_FALSE;
}

static CK_RV check_given(const struct make_origin *from, const struct make_who *who, const struct schema_row *row,
                         CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	if (row == NULL)
		return fail(CKR_ATTRIBUTE_TYPE_INVALID, "%s: objects of this kind have no such attribute", attr_name(type));
	if (row->flags & from->forbidden)
		return fail(CKR_ATTRIBUTE_READ_ONLY, "%s is the token's to set", attr_name(type));
	if ((row->flags & SCHEMA_SO_TRUE) && is_true(value) && !who->so)
		return fail(CKR_ATTRIBUTE_READ_ONLY, "%s: only the SO may set it to true", attr_name(type));
	return make_check_value(type, value);
}

CK_RV make_check_template(const struct make_origin *from, const struct make_who *who, const struct attr_list *object,
                          CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	const struct schema_row *row;
	struct bytes value;
	for (size_t i = 0; i < object->count; i++) {
		const struct attr_item *item = &object->items[i];
		row = schema_find(object_class, subtype, item->type);
		try(check_given(from, who, row, item->type, secret_bytes(&item->value)));
	}
	for (size_t i = 0; (row = schema_walk(object_class, subtype, &i)) != NULL;)
		if ((row->flags & from->required) && !attr_list_get(object, row->type, &value))
			return fail(CKR_TEMPLATE_INCOMPLETE, "a template without %s", attr_name(row->type));
	return CKR_OK;
}

/* ---- defaults ------------------------------------------------------------------------------ */

static CK_RV set_default(const struct schema_row *row, struct attr_list *object)
{
	switch (row->otherwise) {
	case SCHEMA_NONE:
		break;
	case SCHEMA_EMPTY:
		return attr_list_set(object, row->type, (struct bytes){0});
	case SCHEMA_FALSE:
	case SCHEMA_TRUE:
		return attr_list_set_bool(object, row->type, row->otherwise == SCHEMA_TRUE);
	case SCHEMA_ULONG:
		return attr_list_set_ulong(object, row->type, row->default_ulong);
	}
	return CKR_OK;
}

/* empty: those that are empty, last of all, so that the key type can tell "not given" from "given as nothing";
 * else those with a value. */
CK_RV make_add_defaults(CK_OBJECT_CLASS object_class, CK_ULONG subtype, bool empty, struct attr_list *object)
{
	const struct schema_row *row;
	struct bytes value;
	for (size_t i = 0; (row = schema_walk(object_class, subtype, &i)) != NULL;)
		if ((row->otherwise == SCHEMA_EMPTY) == empty && !attr_list_get(object, row->type, &value))
			try(set_default(row, object));
	return CKR_OK;
}

/* ---- the token's own attributes ------------------------------------------------------------ */

static CK_RV set_if_has(CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type, bool value, struct attr_list *object)
{
	if (schema_find(object_class, subtype, type) == NULL)
		return CKR_OK;
	return attr_list_set_bool(object, type, value);
}

/* Where a key comes from and whether it has ever been outside (rules 208, 218, 354, 360, 364). Domain parameters come
 * from somewhere, too, and are no secret. */
CK_RV make_set_history(CK_OBJECT_CLASS object_class, CK_ULONG subtype, const struct make_past *past, struct attr_list *key)
{
	bool always_sensitive = past->always_sensitive && attr_list_get_bool(key, CKA_SENSITIVE, false);
	bool never_extractable = past->never_extractable && !attr_list_get_bool(key, CKA_EXTRACTABLE, true);
	try(attr_list_set_bool(key, CKA_LOCAL, past->local));
	if (schema_is_key(object_class))
		try(attr_list_set_ulong(key, CKA_KEY_GEN_MECHANISM, past->local ? past->mechanism : CK_UNAVAILABLE_INFORMATION));
	try(set_if_has(object_class, subtype, CKA_ALWAYS_SENSITIVE, always_sensitive, key));
	return set_if_has(object_class, subtype, CKA_NEVER_EXTRACTABLE, never_extractable, key);
}

/* An empty CKA_PUBLIC_KEY_INFO says nothing about the key: it is filled in as if it had not been given. */
static void drop_empty_info(struct attr_list *key)
{
	struct bytes info;
	if (attr_list_get(key, CKA_PUBLIC_KEY_INFO, &info) && info.len == 0)
		attr_list_remove(key, CKA_PUBLIC_KEY_INFO);
}

CK_RV make_complete_key(const struct mech_env *env, CK_KEY_TYPE type, struct attr_list *key)
{
	const struct mech_key_type *hooks = mech_key_type_find(type);
	if (hooks == NULL)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_KEY_TYPE 0x%lx: this build has no such keys", type);
	drop_empty_info(key);
	return mech_key_complete(hooks, env, key);
}

/* The first bytes of the value's SHA-1; one that is given must be right, an empty one suppresses it. */
static CK_RV complete_certificate(struct attr_list *certificate)
{
	struct bytes value, given;
	unsigned char digest[20];
	if (!attr_list_get(certificate, CKA_VALUE, &value) || value.len == 0)
		return CKR_OK;
	hash_sha1(value, digest);
	struct bytes right = bytes_of(digest, CHECK_VALUE_SIZE);
	if (!attr_list_get(certificate, CKA_CHECK_VALUE, &given))
		return attr_list_set(certificate, CKA_CHECK_VALUE, right);
	if (given.len > 0 && !bytes_equal(given, right))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_CHECK_VALUE is not that of the certificate");
	return CKR_OK;
}

/* ---- the life's beginning ------------------------------------------------------------------ */

static CK_RV complete_created(const struct mech_env *env, CK_OBJECT_CLASS object_class, CK_ULONG subtype, struct attr_list *object)
{
	if (object_class == CKO_CERTIFICATE)
		return complete_certificate(object);
	if (!schema_has_material(object_class))
		return CKR_OK;
	try(make_complete_key(env, subtype, object));
	return make_set_history(object_class, subtype, &(struct make_past){.local = false}, object);
}

CK_RV make_builtin(struct attr_list *object)
{
	CK_OBJECT_CLASS object_class = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE_TYPE names_subtype;
	CK_ULONG subtype = 0;

	(void)attr_list_get_ulong(object, CKA_CLASS, &object_class);
	if (schema_subtype_attribute(object_class, &names_subtype))
		(void)attr_list_get_ulong(object, names_subtype, &subtype);
	for (size_t i = 0; i < object->count; i++)
		if (schema_find(object_class, subtype, object->items[i].type) == NULL)
			return fail(CKR_GENERAL_ERROR, "%s in an object of class %lu", attr_name(object->items[i].type), object_class);
	try(make_add_defaults(object_class, subtype, false, object));
	return make_add_defaults(object_class, subtype, true, object);
}

CK_RV make_created(const struct mech_env *env, const struct make_who *who, struct attr_list *object)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	try(make_kind(object, &object_class, &subtype));
	try(make_check_template(&created, who, object, object_class, subtype));
	try(make_add_defaults(object_class, subtype, false, object));
	try(make_check_whole(object_class, object));
	try(complete_created(env, object_class, subtype, object));
	try(make_add_defaults(object_class, subtype, true, object));
	return make_unique_id(env->ossl, object);
}

/* ---- from elsewhere ------------------------------------------------------------------------ */

/* Takes out what only a token sets. */
static void drop_forbidden(CK_OBJECT_CLASS object_class, CK_ULONG subtype, struct attr_list *object)
{
	for (size_t i = object->count; i > 0; i--) {
		CK_ATTRIBUTE_TYPE type = object->items[i - 1].type;
		const struct schema_row *row = schema_find(object_class, subtype, type);
		if (row != NULL && (row->flags & created.forbidden) != 0)
			attr_list_remove(object, type);
	}
}

CK_RV make_imported(const struct mech_env *env, struct attr_list *object)
{
	static const struct make_who anybody = {.so = true};
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	struct make_past past = {
		.local = attr_list_get_bool(object, CKA_LOCAL, false),
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.always_sensitive = attr_list_get_bool(object, CKA_ALWAYS_SENSITIVE, false),
		.never_extractable = attr_list_get_bool(object, CKA_NEVER_EXTRACTABLE, false),
	};
	(void)attr_list_get_ulong(object, CKA_KEY_GEN_MECHANISM, &past.mechanism);
	try(make_kind(object, &object_class, &subtype));
	drop_forbidden(object_class, subtype, object);
	try(make_created(env, &anybody, object));
	return schema_has_material(object_class) ? make_set_history(object_class, subtype, &past, object) : CKR_OK;
}

/* ---- generated keys ------------------------------------------------------------------------ */

/* What the mechanism implies; the template may say it too, but nothing else (rule 354). */
static CK_RV imply(struct attr_list *key, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	struct bytes given;
	CK_ULONG n;
	if (attr_list_get(key, type, &given) && (!attr_list_get_ulong(key, type, &n) || n != value))
		return fail(CKR_TEMPLATE_INCONSISTENT, "%s contradicts the mechanism", attr_name(type));
	return attr_list_set_ulong(key, type, value);
}

CK_RV make_generate_begin(const struct make_who *who, CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, struct attr_list *key)
{
	CK_OBJECT_CLASS made_class;
	CK_ULONG made_type;
	try(imply(key, CKA_CLASS, object_class));
	try(imply(key, CKA_KEY_TYPE, key_type));
	try(make_kind(key, &made_class, &made_type));
	try(make_check_template(&generated, who, key, made_class, made_type));
	try(make_add_defaults(made_class, made_type, false, key));
	return make_check_whole(made_class, key);
}

CK_RV make_generate_end(const struct mech_env *env, CK_MECHANISM_TYPE mechanism, struct attr_list *key)
{
	const struct make_past past = {.local = true, .mechanism = mechanism, .always_sensitive = true, .never_extractable = true};
	CK_OBJECT_CLASS object_class;
	CK_ULONG key_type;
	try(make_kind(key, &object_class, &key_type));
	try(make_complete_key(env, key_type, key));
	try(make_set_history(object_class, key_type, &past, key));
	try(make_add_defaults(object_class, key_type, true, key));
	return make_unique_id(env->ossl, key);
}
