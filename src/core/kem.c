/* SPDX-License-Identifier: Apache-2.0 */
/* C_EncapsulateKey and C_DecapsulateKey. What the two sides ask of a key is a row each; the new key is made like a
 * derived one, and nothing of the history of the key that it came through goes over to it (rules 366, 368). */
#include "core/kem.h"

#include <string.h>

#include "attr/attr.h"
#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/session.h"
#include "core/uses.h"
#include "core/validation.h"
#include "mech/mech.h"
#include "object/make.h"

struct side {
	const char *what;
	CK_FLAGS flag;
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE permission, template;
	CK_RV bad_handle, bad_type, bad_size;
};

static const struct side encapsulating = {
	.what = "encapsulate",
	.flag = CKF_ENCAPSULATE,
	.object_class = CKO_PUBLIC_KEY,
	.permission = CKA_ENCAPSULATE,
	.template = CKA_ENCAPSULATE_TEMPLATE,
	.bad_handle = CKR_KEY_HANDLE_INVALID,
	.bad_type = CKR_KEY_TYPE_INCONSISTENT,
	.bad_size = CKR_KEY_SIZE_RANGE,
};

static const struct side decapsulating = {
	.what = "decapsulate",
	.flag = CKF_DECAPSULATE,
	.object_class = CKO_PRIVATE_KEY,
	.permission = CKA_DECAPSULATE,
	.template = CKA_DECAPSULATE_TEMPLATE,
	.bad_handle = CKR_UNWRAPPING_KEY_HANDLE_INVALID,
	.bad_type = CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
	.bad_size = CKR_UNWRAPPING_KEY_SIZE_RANGE,
};

/* ---- checks -------------------------------------------------------------------------------------------- */

static CK_RV find_row(struct session *s, const struct side *side, const CK_MECHANISM *m, const struct mech_row **ret)
{
	const struct mech_row *row = NULL;

	try(policy_admit(session_policy(s), m, side->flag, &row));
	if (row->kem == NULL)
		return fail(CKR_MECHANISM_INVALID, "%s cannot %s", mech_name(m->mechanism), side->what);
	*ret = row;
	return CKR_OK;
}

/* The functions' lists have no CKR_KEY_FUNCTION_NOT_PERMITTED. */
static CK_RV as_listed(const struct side *side, CK_RV rv)
{
	return rv == CKR_KEY_FUNCTION_NOT_PERMITTED ? side->bad_type : rv;
}

static CK_RV check_key(const struct side *side, const struct mech_row *row, const struct attrs *a)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;

	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type))
		return fail(side->bad_handle, "the object is no key");
	if (object_class != side->object_class || !mech_takes_key_type(row, type))
		return fail(side->bad_type, "key type 0x%lx, class %lu does not fit %s", type, object_class, mech_name(row->type));
	if (!attrs_get_bool(a, side->permission, false))
		return fail(side->bad_type, "the key's %s is false", attr_name(side->permission));
	if (!op_allows_mechanism(a, row->type))
		return fail(CKR_MECHANISM_INVALID, "%s is not among the key's CKA_ALLOWED_MECHANISMS", mech_name(row->type));
	if (attrs_get_bool(a, CKA_ALWAYS_AUTHENTICATE, false))
		return fail(CKR_USER_NOT_LOGGED_IN, "the key wants a login for each use, and this call has no place for one");
	return CKR_OK;
}

/* Everything up to the work; the key stays alive as long as the reference. */
static CK_RV prepare(struct session *s, const struct side *side, struct object *o, struct mech_kem_call *c)
{
	try(find_row(s, side, c->mechanism, &c->row));
	if (c->row->kem->params != NULL)
		try(c->row->kem->params(c));
	else if (c->mechanism->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(c->row->type));
	try(check_key(side, c->row, atomic_load(&o->attrs)));
	try(as_listed(side, policy_check_dates(session_policy(s), atomic_load(&o->attrs), side->flag)));
	if (o->private_object)
		try(session_check_pin_expired(s));
	CK_RV rv = objects_key(o, &c->key);
	return rv == CKR_KEY_SIZE_RANGE ? side->bad_size : rv;
}

/* ---- the new key --------------------------------------------------------------------------------------- */

static CK_RV begin_key(struct session *s, const struct side *side, const struct object *o, struct template_in template, struct attr_list *ret)
{
	struct make_who who = {.so = session_state_of(s) == CKS_RW_SO_FUNCTIONS};
	const struct make_derived made = {.object_class = CKO_SECRET_KEY, .key_type = CKK_GENERIC_SECRET};
	struct bytes demands = {0};

	(void)attrs_get(atomic_load(&o->attrs), side->template, &demands);
	try(object_read_template(template, ret));
	try(make_add_demands(demands, ret));
	try(policy_separate_defaults(session_policy(s), CKO_SECRET_KEY, ret));
	try(make_derive_begin(&who, &made, ret));
	return object_may_make(s, ret);
}

static CK_RV end_key(struct session *s, CK_FLAGS judged, struct attr_list *key, CK_OBJECT_HANDLE *ret)
{
	const struct make_heritage none = {0};
	const struct attr_list *made = key;

	try(make_derive_end(&s->module->env, &none, key));
	try(validation_mark(s, judged, key));
	try(object_enter(s, &made, 1, ret));
	s->validated = judged;
	return CKR_OK;
}

/* ---- encapsulation ------------------------------------------------------------------------------------- */

static CK_RV encapsulate(struct session *s, struct mech_kem_call *c, const struct object *o, struct template_in template, struct op_out out,
                         CK_OBJECT_HANDLE_PTR ret)
{
	struct attr_list key cleanup(attr_list_free) = {0};
	struct buf ciphertext cleanup(buf_free) = {0};
	size_t need = 0;

	try(c->row->kem->size(c, &need));
	if (out.data == NULL || *out.len < need) {
		*out.len = need;
		return out.data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	try(begin_key(s, &encapsulating, o, template, &key));
	try(buf_reserve(&ciphertext, need));
	try(c->row->kem->encapsulate(c, ciphertext.data, &ciphertext.len, &key));
	try(end_key(s, validation_judge(s, c->mechanism, CKF_ENCAPSULATE, atomic_load(&o->attrs)), &key, ret));
	memcpy(out.data, ciphertext.data, ciphertext.len);
	*out.len = ciphertext.len;
	return CKR_OK;
}

CK_RV kem_encapsulate(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE public_key, struct template_in template,
                      struct op_out ciphertext, CK_OBJECT_HANDLE_PTR ret)
{
	struct mech_kem_call c = {.env = &s->module->env, .mechanism = mechanism};
	struct object *o = NULL;

	if (mechanism == NULL || ciphertext.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism, or no place for the ciphertext's length");
	try(objects_take(s, public_key, encapsulating.bad_handle, &o));
	CK_RV rv = prepare(s, &encapsulating, o, &c);
	if (rv == CKR_OK)
		rv = encapsulate(s, &c, o, template, ciphertext, ret);
	objects_release(o);
	return rv;
}

/* ---- decapsulation ------------------------------------------------------------------------------------- */

static CK_RV blame(CK_RV rv)
{
	if (rv == CKR_KEY_SIZE_RANGE)
		return decapsulating.bad_size;
	if (rv == CKR_ENCRYPTED_DATA_LEN_RANGE)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	return rv == CKR_ENCRYPTED_DATA_INVALID ? CKR_WRAPPED_KEY_INVALID : rv;
}

static CK_RV decapsulate(struct session *s, struct mech_kem_call *c, struct object *o, struct template_in template, struct bytes ciphertext,
                         CK_OBJECT_HANDLE_PTR ret)
{
	struct attr_list key cleanup(attr_list_free) = {0};

	try(begin_key(s, &decapsulating, o, template, &key));
	try(as_listed(&decapsulating, uses_take(s, o, decapsulating.bad_handle)));
	try(blame(c->row->kem->decapsulate(c, ciphertext, &key)));
	return end_key(s, validation_judge(s, c->mechanism, CKF_DECAPSULATE, atomic_load(&o->attrs)), &key, ret);
}

CK_RV kem_decapsulate(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE private_key, struct template_in template,
                      CK_BYTE_PTR ciphertext, CK_ULONG ciphertext_len, CK_OBJECT_HANDLE_PTR ret)
{
	struct mech_kem_call c = {.env = &s->module->env, .mechanism = mechanism};
	struct bytes in = {0};
	struct object *o = NULL;

	if (mechanism == NULL || ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism, or no place for the handle");
	try(op_check_in(ciphertext, ciphertext_len, &in));
	try(objects_take(s, private_key, decapsulating.bad_handle, &o));
	CK_RV rv = prepare(s, &decapsulating, o, &c);
	if (rv == CKR_OK)
		rv = decapsulate(s, &c, o, template, in, ret);
	objects_release(o);
	return rv;
}
