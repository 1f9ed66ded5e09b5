/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made from keys: unwrapped and derived ones, before and after the mechanism has given the material. Knows
 * what a base key's template demands and what it hands on; knows no session and no mechanism. */
#include "object/make.h"

#include "attr/codec.h"
#include "base/log.h"
#include "object/make_internal.h"
#include "object/schema.h"

static const struct make_origin unwrapped = {.required = SCHEMA_UNWRAP_REQ, .forbidden = SCHEMA_UNWRAP_FORBID | SCHEMA_READ_ONLY};
/* The standard has no footnote for derived keys: the token makes their material as it does in generation, and what
 * generation needs as input the mechanism knows (or asks for itself: a length). */
static const struct make_origin derived = {.required = 0, .forbidden = SCHEMA_GEN_FORBID | SCHEMA_READ_ONLY};

/* ---- the base key's demands ---------------------------------------------------------------- */

static CK_RV demand(CK_ATTRIBUTE_TYPE type, struct bytes value, struct attr_list *key)
{
	struct bytes given;

	if (!attr_list_get(key, type, &given))
		return attr_list_set(key, type, value);
	if (!bytes_equal(given, value))
		return fail(CKR_TEMPLATE_INCONSISTENT, "%s is not what the base key's template demands", attr_name(type));
	return CKR_OK;
}

CK_RV make_add_demands(struct bytes encoded, struct attr_list *key)
{
	struct attr_list demands cleanup(attr_list_free) = {0};

	if (encoded.len == 0)
		return CKR_OK;
	try(codec_decode(encoded, &demands));
	for (size_t i = 0; i < demands.count; i++)
		try(demand(demands.items[i].type, secret_bytes(&demands.items[i].value), key));
	return CKR_OK;
}

/* ---- unwrapped keys ------------------------------------------------------------------------ */

CK_RV make_unwrap_begin(const struct make_who *who, struct bytes unwrap_template, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG key_type;
	struct bytes given;

	try(make_add_demands(unwrap_template, key));
	try(make_kind(key, &object_class, &key_type));
	if (object_class != CKO_SECRET_KEY && object_class != CKO_PRIVATE_KEY)
		return fail(CKR_TEMPLATE_INCONSISTENT, "only secret and private keys are unwrapped");
	try(make_check_template(&unwrapped, who, key, object_class, key_type));
	if (!attr_list_get(key, CKA_EXTRACTABLE, &given))
		try(attr_list_set_bool(key, CKA_EXTRACTABLE, true));
	try(make_add_defaults(object_class, key_type, false, key));
	return make_check_whole(object_class, key);
}

static bool gave(const struct attr_list *key, CK_ATTRIBUTE_TYPE type)
{
	struct bytes value;

	return attr_list_get(key, type, &value) && value.len > 0;
}

/* What complete() refuses is the blob's fault, unless the template named something that follows from the material. */
static CK_RV blame(CK_OBJECT_CLASS object_class, bool named, CK_RV rv)
{
	if (rv == CKR_KEY_SIZE_RANGE)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (named || (rv != CKR_ATTRIBUTE_VALUE_INVALID && rv != CKR_TEMPLATE_INCOMPLETE && rv != CKR_TEMPLATE_INCONSISTENT))
		return rv;
	return object_class == CKO_SECRET_KEY ? CKR_WRAPPED_KEY_LEN_RANGE : CKR_WRAPPED_KEY_INVALID;
}

CK_RV make_unwrap_end(const struct mech_env *env, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG key_type;
	bool named = gave(key, CKA_CHECK_VALUE) || gave(key, CKA_PUBLIC_KEY_INFO);

	try(make_kind(key, &object_class, &key_type));
	CK_RV rv = make_complete_key(env, key_type, key);
	if (rv != CKR_OK)
		return blame(object_class, named, rv);
	try(make_set_history(object_class, key_type, &(struct make_past){.local = false}, key));
	try(make_add_defaults(object_class, key_type, true, key));
	return make_unique_id(env->ossl, key);
}

/* ---- derived keys -------------------------------------------------------------------------- */

static CK_RV imply(CK_ATTRIBUTE_TYPE type, CK_ULONG value, bool free_to_differ, struct attr_list *key)
{
	struct bytes given;
	CK_ULONG n = 0;

	if (!attr_list_get(key, type, &given))
		return attr_list_set_ulong(key, type, value);
	if (!free_to_differ && (!attr_list_get_ulong(key, type, &n) || n != value))
		return fail(CKR_TEMPLATE_INCONSISTENT, "%s contradicts the mechanism", attr_name(type));
	return CKR_OK;
}

/* A data object has no CKA_VALUE_LEN; in a template it says how much is to be derived (§6.62.4). */
static CK_RV check_data(const struct make_who *who, struct attr_list *data)
{
	CK_ULONG len = 0;
	bool has_len = attr_list_get_ulong(data, CKA_VALUE_LEN, &len);
	struct bytes given;

	if (attr_list_get(data, CKA_VALUE, &given))
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_VALUE of data that is to be derived");
	attr_list_remove(data, CKA_VALUE_LEN);
	try(make_check_template(&derived, who, data, CKO_DATA, 0));
	/* The defaults have an empty CKA_VALUE, which the mechanism replaces. */
	try(make_add_defaults(CKO_DATA, 0, false, data));
	return has_len ? attr_list_set_ulong(data, CKA_VALUE_LEN, len) : CKR_OK;
}

CK_RV make_derive_begin(const struct make_who *who, const struct make_derived *how, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = how->object_class;
	CK_ULONG key_type;

	try(imply(CKA_CLASS, how->object_class, how->any_class, key));
	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (object_class == CKO_DATA)
		return check_data(who, key);
	if (!schema_is_key(object_class))
		return fail(CKR_TEMPLATE_INCONSISTENT, "what is derived is a key or data");
	try(imply(CKA_KEY_TYPE, how->key_type, object_class == CKO_SECRET_KEY, key));
	try(make_kind(key, &object_class, &key_type));
	try(make_check_template(&derived, who, key, object_class, key_type));
	try(make_add_defaults(object_class, key_type, false, key));
	return make_check_whole(object_class, key);
}

/* §6.43: bytes of a key that nobody may see do not come out of one that is derived from it. */
static CK_RV hand_on(const struct make_heritage *from, CK_OBJECT_CLASS object_class, CK_ULONG key_type, struct attr_list *key)
{
	if (from->sensitive && schema_find(object_class, key_type, CKA_SENSITIVE) != NULL)
		try(attr_list_set_bool(key, CKA_SENSITIVE, true));
	if (from->unextractable && schema_find(object_class, key_type, CKA_EXTRACTABLE) != NULL)
		try(attr_list_set_bool(key, CKA_EXTRACTABLE, false));
	return CKR_OK;
}

CK_RV make_derive_end(const struct mech_env *env, const struct make_heritage *from, struct attr_list *key)
{
	const struct make_past past = {.always_sensitive = from->always_sensitive, .never_extractable = from->never_extractable};
	CK_OBJECT_CLASS object_class;
	CK_ULONG key_type;

	try(make_kind(key, &object_class, &key_type));
	if (schema_is_key(object_class)) {
		try(hand_on(from, object_class, key_type, key));
		try(make_complete_key(env, key_type, key));
		try(make_set_history(object_class, key_type, &past, key));
	} else {
		attr_list_remove(key, CKA_VALUE_LEN);
	}
	try(make_add_defaults(object_class, key_type, true, key));
	return make_unique_id(env->ossl, key);
}
