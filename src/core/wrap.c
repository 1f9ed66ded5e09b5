/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping and unwrapping. The mistakes are told in this order: arguments, handles, mechanism, the wrapping key (type,
 * permission, context login), the other key (rights, form), template, parameter, lengths. A permission that is
 * missing is told as a type that is not consistent: the standard gives these calls no other code. */
#include "core/wrap.h"

#include <string.h>

#include "attr/codec.h"
#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/session.h"
#include "core/uses.h"
#include "core/validation.h"
#include "crypto/der.h"
#include "mech/wrap.h"
#include "object/make.h"
#include "object/schema.h"

/* ---- the key that wraps or unwraps --------------------------------------------------------- */

/* What the two calls ask of it. */
struct role {
	CK_FLAGS flag;
	CK_ATTRIBUTE_TYPE permission;
	CK_OBJECT_CLASS pair_class; /* of a key pair */
	CK_RV handle_invalid, type_inconsistent, size_range;
};

static const struct role wrapping = {CKF_WRAP, CKA_WRAP, CKO_PUBLIC_KEY, CKR_WRAPPING_KEY_HANDLE_INVALID,
                                     CKR_WRAPPING_KEY_TYPE_INCONSISTENT, CKR_WRAPPING_KEY_SIZE_RANGE};
static const struct role unwrapping = {CKF_UNWRAP, CKA_UNWRAP, CKO_PRIVATE_KEY, CKR_UNWRAPPING_KEY_HANDLE_INVALID,
                                       CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_UNWRAPPING_KEY_SIZE_RANGE};

static CK_RV find_row(struct session *s, const struct role *role, const struct wrap_in *in, const struct mech_row **ret)
{
	const struct mech_row *row = NULL;

	try(policy_admit(session_policy(s), in->mechanism, role->flag, &row));
	if (row->wrap == NULL || (in->authenticated && row->message == NULL))
		return fail(CKR_MECHANISM_INVALID, "%s cannot be used here", mech_name(in->mechanism->mechanism));
	*ret = row;
	return CKR_OK;
}

static CK_RV check_role(const struct role *role, const struct mech_row *row, const struct attrs *a)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;

	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type))
		return fail(role->handle_invalid, "the object is no key");
	if ((object_class != CKO_SECRET_KEY && object_class != role->pair_class) || !mech_takes_key_type(row, type))
		return fail(role->type_inconsistent, "key type 0x%lx, class %lu does not fit %s", type, object_class, mech_name(row->type));
	if (!attrs_get_bool(a, role->permission, false))
		return fail(role->type_inconsistent, "the key's %s is false", attr_name(role->permission));
	if (!op_allows_mechanism(a, row->type))
		return fail(CKR_MECHANISM_INVALID, "%s is not among the key's CKA_ALLOWED_MECHANISMS", mech_name(row->type));
	if (attrs_get_bool(a, CKA_ALWAYS_AUTHENTICATE, false))
		return fail(CKR_USER_NOT_LOGGED_IN, "the key wants a login for each use, and this call has no place for one");
	return CKR_OK;
}

static CK_RV bind(struct session *s, const struct role *role, const struct wrap_in *in, struct object *o, struct mech_wrapping *ret)
{
	ret->env = &s->module->env;
	ret->mechanism = in->mechanism;
	ret->authenticated = in->authenticated;
	ret->associated = bytes_of(in->associated, in->associated_len);
	try(find_row(s, role, in, &ret->row));
	try(check_role(role, ret->row, atomic_load(&o->attrs)));
	if (policy_check_dates(session_policy(s), atomic_load(&o->attrs), role->flag) != CKR_OK)
		return role->type_inconsistent;
	if (o->private_object)
		try(session_check_pin_expired(s));
	CK_RV rv = objects_key(o, &ret->key);
	return rv == CKR_KEY_SIZE_RANGE ? role->size_range : rv;
}

/* From here on the key is at work. */
static CK_RV take_use(struct session *s, const struct role *role, struct object *by)
{
	CK_RV rv = uses_take(s, by, role->handle_invalid);

	return rv == CKR_KEY_FUNCTION_NOT_PERMITTED ? role->type_inconsistent : rv;
}

/* ---- the key that is wrapped --------------------------------------------------------------- */

/* Every attribute of the wrapping key's CKA_WRAP_TEMPLATE is the target's too (rule 358). */
static CK_RV check_wrap_template(const struct attrs *by, const struct attrs *target)
{
	struct attr_list demands cleanup(attr_list_free) = {0};
	struct bytes encoded = {0}, value = {0};

	if (!attrs_get(by, CKA_WRAP_TEMPLATE, &encoded) || encoded.len == 0)
		return CKR_OK;
	try(codec_decode(encoded, &demands));
	for (size_t i = 0; i < demands.count; i++) {
		const struct attr_item *d = &demands.items[i];

		if (!attrs_get(target, d->type, &value) || !secret_equal(value, secret_bytes(&d->value)))
			return fail(CKR_KEY_HANDLE_INVALID, "%s is not what CKA_WRAP_TEMPLATE demands", attr_name(d->type));
	}
	return CKR_OK;
}

static CK_RV check_target(const struct mech_row *row, const struct attrs *by, const struct attrs *target)
{
	CK_OBJECT_CLASS object_class = 0;

	if (!attrs_get_ulong(target, CKA_CLASS, &object_class))
		return fail(CKR_KEY_HANDLE_INVALID, "the object is no key");
	if (object_class != CKO_SECRET_KEY && object_class != CKO_PRIVATE_KEY)
		return fail(schema_is_key(object_class) ? CKR_KEY_NOT_WRAPPABLE : CKR_KEY_HANDLE_INVALID,
		            "class %lu: only secret and private keys are wrapped", object_class);
	if (!attrs_get_bool(target, CKA_EXTRACTABLE, false))
		return fail(CKR_KEY_UNEXTRACTABLE, "the key's CKA_EXTRACTABLE is false");
	if (attrs_get_bool(target, CKA_WRAP_WITH_TRUSTED, false) && !attrs_get_bool(by, CKA_TRUSTED, false))
		return fail(CKR_KEY_NOT_WRAPPABLE, "the key is wrapped with trusted keys only");
	try(check_wrap_template(by, target));
	if (object_class == CKO_PRIVATE_KEY && !row->wrap->private_keys)
		return fail(CKR_KEY_NOT_WRAPPABLE, "%s wraps secret keys only", mech_name(row->type));
	return CKR_OK;
}

/* The value, or PrivateKeyInfo in *encoded. */
static CK_RV material_of(const struct attrs *target, struct buf *encoded, struct bytes *ret)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;

	(void)attrs_get_ulong(target, CKA_CLASS, &object_class);
	(void)attrs_get_ulong(target, CKA_KEY_TYPE, &type);
	if (object_class == CKO_SECRET_KEY) {
		if (!attrs_get(target, CKA_VALUE, ret))
			return fail(CKR_KEY_NOT_WRAPPABLE, "a key without value");
		return CKR_OK;
	}
	const struct mech_key_type *kt = mech_key_type_find(type);
	if (kt == NULL || kt->to_pkcs8 == NULL)
		return fail(CKR_KEY_NOT_WRAPPABLE, "private keys of type 0x%lx have no form for wrapping here", type);
	try(kt->to_pkcs8(target, encoded));
	*ret = buf_bytes(encoded);
	return CKR_OK;
}

static CK_RV wrap_material(struct session *s, const struct mech_wrapping *w, struct object *by, struct bytes plain, struct op_out out)
{
	size_t need = 0, len = 0;

	try(wrap_size(w, plain.len, &need));
	if (out.data == NULL || *out.len < need) {
		*out.len = need;
		return out.data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	try(take_use(s, &wrapping, by));
	try(wrap_run(w, plain, out.data, &len));
	*out.len = len;
	return CKR_OK;
}

static CK_RV wrap_objects(struct session *s, const struct wrap_in *in, struct object *by, struct object *target, struct op_out out)
{
	struct buf encoded cleanup(buf_wipe_free) = {0};
	const struct attrs *a = atomic_load(&target->attrs);
	struct mech_wrapping w = {0};
	struct bytes plain = {0};

	try(bind(s, &wrapping, in, by, &w));
	if (target->private_object)
		try(session_check_pin_expired(s));
	try(check_target(w.row, atomic_load(&by->attrs), a));
	try(material_of(a, &encoded, &plain));
	try(wrap_material(s, &w, by, plain, out));
	if (out.data != NULL)
		s->validated = validation_judge(s, in->mechanism, CKF_WRAP, atomic_load(&by->attrs));
	return CKR_OK;
}

static CK_RV check_in(const struct wrap_in *in)
{
	if (in->mechanism == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism");
	if (in->associated == NULL && in->associated_len > 0)
		return fail(CKR_ARGUMENTS_BAD, "no associated data, but a length of it");
	return CKR_OK;
}

CK_RV wrap_key(struct session *s, const struct wrap_in *in, CK_OBJECT_HANDLE key, struct op_out out)
{
	struct object *by = NULL, *target = NULL;

	try(check_in(in));
	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length");
	try(objects_take(s, in->key, wrapping.handle_invalid, &by));
	CK_RV rv = objects_take(s, key, CKR_KEY_HANDLE_INVALID, &target);
	if (rv == CKR_OK)
		rv = wrap_objects(s, in, by, target, out);
	objects_release(target);
	objects_release(by);
	return rv;
}

/* ---- the key that comes out ---------------------------------------------------------------- */

/* How many of so many bytes the key may have at least. */
static size_t least(const struct mech_wrap *way, size_t len)
{
	if (way->fit == MECH_FIT_EXACT)
		return len;
	return way->fit == MECH_FIT_HEAD && len >= way->block ? len - way->block + 1 : 1;
}

/* The one length that the key type leaves open; false when there are several or none. */
static bool only_length(CK_KEY_TYPE type, size_t from, size_t to, CK_ULONG *ret)
{
	const struct mech_key_type *kt = mech_key_type_find(type);
	unsigned found = 0;

	for (size_t len = from; len <= to && found < 2; len++) {
		if (mech_key_value_fits(kt, len)) {
			found++;
			*ret = len;
		}
	}
	return found == 1;
}

/* Which of so many bytes are the key. CKA_VALUE_LEN is needed when nothing else says it, and must be right (rule 361). */
static CK_RV cut(const struct mech_wrap *way, const struct attr_list *key, struct bytes *plain)
{
	size_t from = least(way, plain->len);
	CK_KEY_TYPE type = 0;
	CK_ULONG len = plain->len;

	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	if (!attr_list_get_ulong(key, CKA_VALUE_LEN, &len) && from < plain->len && !only_length(type, from, plain->len, &len))
		return fail(CKR_TEMPLATE_INCOMPLETE, "no CKA_VALUE_LEN, and nothing else tells the length");
	if (len < from || len > plain->len)
		return fail(CKR_WRAPPED_KEY_LEN_RANGE, "a key of %lu bytes where %zu were wrapped", len, plain->len);
	struct bytes zeros = bytes_of(plain->data + len, plain->len - len);
	if (way->fit == MECH_FIT_TAIL) {
		plain->data += zeros.len;
		zeros.len = 0; /* whether these were zero would tell of a number that was made up whether it is small */
	}
	plain->len = len;
	unsigned char any = 0;
	for (size_t i = 0; i < zeros.len; i++)
		any |= zeros.data[i];
	return any == 0 ? CKR_OK : fail(CKR_WRAPPED_KEY_LEN_RANGE, "more bytes were wrapped than a key of %lu", len);
}

static CK_RV set_secret(const struct mech_row *row, struct bytes plain, struct attr_list *key)
{
	try(cut(row->wrap, key, &plain));
	return attr_list_set(key, CKA_VALUE, plain);
}

/* Without the zero bytes that filled it up. */
static struct bytes trimmed(const struct mech_wrap *way, struct bytes plain)
{
	size_t from = least(way, plain.len);

	while (plain.len > from && plain.data[plain.len - 1] == 0) {
		struct bytes rest = plain, content = {0};

		if (der_only(rest, DER_SEQUENCE, &content))
			break;
		plain.len--;
	}
	return plain;
}

static CK_RV set_private(const struct mech_wrap *way, struct bytes plain, struct attr_list *key)
{
	CK_KEY_TYPE type = 0;

	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	const struct mech_key_type *kt = mech_key_type_find(type);
	if (kt == NULL || kt->from_pkcs8 == NULL)
		return fail(CKR_TEMPLATE_INCONSISTENT, "private keys of type 0x%lx have no form for wrapping here", type);
	CK_RV rv = kt->from_pkcs8(trimmed(way, plain), key);
	return rv == CKR_DATA_INVALID ? CKR_WRAPPED_KEY_INVALID : rv;
}

static CK_RV unwrap_material(const struct mech_wrapping *w, struct bytes wrapped, struct attr_list *key)
{
	struct secret plain cleanup(secret_free) = {0};
	CK_OBJECT_CLASS object_class = 0;

	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (object_class == CKO_PRIVATE_KEY && !w->row->wrap->private_keys)
		return fail(CKR_TEMPLATE_INCONSISTENT, "%s unwraps secret keys only", mech_name(w->row->type));
	try(wrap_undo(w, wrapped, &plain));
	if (object_class == CKO_SECRET_KEY)
		try(set_secret(w->row, secret_bytes(&plain), key));
	else
		try(set_private(w->row->wrap, secret_bytes(&plain), key));
	return make_unwrap_end(w->env, key);
}

static CK_RV unwrap_object(struct session *s, const struct wrap_in *in, struct object *by, struct bytes wrapped,
                           struct template_in template, CK_OBJECT_HANDLE *ret)
{
	struct make_who who = {.so = session_state_of(s) == CKS_RW_SO_FUNCTIONS};
	struct attr_list key cleanup(attr_list_free) = {0};
	const struct attr_list *made = &key;
	struct mech_wrapping w = {0};
	struct bytes demands = {0};

	try(bind(s, &unwrapping, in, by, &w));
	try(object_read_template(template, &key));
	try(policy_separate_defaults(session_policy(s), CK_UNAVAILABLE_INFORMATION, &key));
	(void)attrs_get(atomic_load(&by->attrs), CKA_UNWRAP_TEMPLATE, &demands);
	try(make_unwrap_begin(&who, demands, &key));
	w.wanted = &key;
	try(object_may_make(s, &key));
	CK_FLAGS judged = validation_judge(s, in->mechanism, CKF_UNWRAP, atomic_load(&by->attrs));
	try(take_use(s, &unwrapping, by));
	try(unwrap_material(&w, wrapped, &key));
	try(validation_mark(s, judged, &key));
	CK_RV rv = object_enter(s, &made, 1, ret);
	if (rv == CKR_OK)
		s->validated = judged;
	return rv == CKR_KEY_SIZE_RANGE ? CKR_WRAPPED_KEY_LEN_RANGE : rv;
}

CK_RV unwrap_key(struct session *s, const struct wrap_in *in, CK_BYTE_PTR wrapped, CK_ULONG wrapped_len,
                 struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
	struct object *by = NULL;

	try(check_in(in));
	if (ret == NULL || (wrapped == NULL && wrapped_len > 0))
		return fail(CKR_ARGUMENTS_BAD, "no wrapped key, or no place for the handle");
	try(objects_take(s, in->key, unwrapping.handle_invalid, &by));
	CK_RV rv = unwrap_object(s, in, by, bytes_of(wrapped, wrapped_len), template, &handle);
	objects_release(by);
	if (rv == CKR_OK)
		*ret = handle;
	return rv;
}
