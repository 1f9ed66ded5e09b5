/* SPDX-License-Identifier: Apache-2.0 */
/* Derivation. A mechanism sees key material and templates only; the keys that its parameter names and the further
 * keys that its parameter asks for come and go through two callbacks that live here. */
#include "core/derive.h"

#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/session.h"
#include "core/uses.h"
#include "core/validation.h"
#include "mech/mech.h"
#include "object/make.h"

#define MAX_NAMED 16

/* One C_DeriveKey. keys[0] is the call's own, the others are the parameter's. */
struct derivation {
	struct session *session;
	const struct mech_row *row;
	const CK_MECHANISM *mechanism;
	struct mech_env env;
	const struct attrs *base; /* whose reference the caller holds */
	CK_KEY_TYPE base_type;
	struct bytes derive_template;
	struct template_in template; /* the call's own */
	struct make_heritage heritage;
	CK_FLAGS judged; /* see validation.h */
	struct object *named[MAX_NAMED];
	size_t named_count;
	struct attr_list keys[OBJECTS_TOGETHER];
	CK_OBJECT_HANDLE_PTR places[OBJECTS_TOGETHER];
	size_t count;
};

/* ---- base keys ----------------------------------------------------------------------------- */

static CK_RV check_base(const struct mech_row *row, CK_OBJECT_CLASS wanted, bool by_type, const struct attrs *a)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;

	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type))
		return fail(CKR_KEY_HANDLE_INVALID, "the object is no key");
	if (object_class != wanted || (by_type && row->key_type_count > 0 && !mech_takes_key_type(row, type)))
		return fail(CKR_KEY_TYPE_INCONSISTENT, "key type 0x%lx, class %lu does not fit %s", type, object_class, mech_name(row->type));
	if (!attrs_get_bool(a, CKA_DERIVE, false))
		return fail(CKR_KEY_TYPE_INCONSISTENT, "the key's CKA_DERIVE is false");
	if (!op_allows_mechanism(a, row->type))
		return fail(CKR_MECHANISM_INVALID, "%s is not among the key's CKA_ALLOWED_MECHANISMS", mech_name(row->type));
	if (attrs_get_bool(a, CKA_ALWAYS_AUTHENTICATE, false))
		return fail(CKR_USER_NOT_LOGGED_IN, "the key wants a login for each use, and this call has no place for one");
	return CKR_OK;
}

static void inherit(const struct mech_row *row, const struct attrs *from, struct make_heritage *to)
{
	to->always_sensitive &= attrs_get_bool(from, CKA_ALWAYS_SENSITIVE, false);
	to->never_extractable &= attrs_get_bool(from, CKA_NEVER_EXTRACTABLE, false);
	to->sensitive |= row->derive->keeps_secrecy && attrs_get_bool(from, CKA_SENSITIVE, false);
	to->unextractable |= row->derive->keeps_secrecy && !attrs_get_bool(from, CKA_EXTRACTABLE, true);
}

static CK_RV take_key(struct derivation *d, struct object *o, CK_OBJECT_CLASS wanted, bool by_type, const struct mech_key **ret)
{
	const struct attrs *a = atomic_load(&o->attrs);

	try(check_base(d->row, wanted, by_type, a));
	try(policy_check_dates(session_policy(d->session), a, CKF_DERIVE));
	if (d->row->derive->keeps_secrecy)
		try(policy_separate_pieces(session_policy(d->session), a));
	if (o->private_object)
		try(session_check_pin_expired(d->session));
	try(objects_key(o, ret));
	inherit(d->row, a, &d->heritage);
	return CKR_OK;
}

/* From here on the key is at work. */
static CK_RV take_use(struct derivation *d, struct object *o)
{
	CK_RV rv = uses_take(d->session, o, CKR_KEY_HANDLE_INVALID);

	return rv == CKR_KEY_FUNCTION_NOT_PERMITTED ? CKR_KEY_TYPE_INCONSISTENT : rv;
}

/* mech_env.find_key */
static CK_RV find_key(void *arg, CK_OBJECT_HANDLE handle, const struct mech_key **ret)
{
	struct derivation *d = arg;
	struct object *o = NULL;

	if (d->named_count == MAX_NAMED)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a parameter that names more than %d keys", MAX_NAMED);
	try(objects_take(d->session, handle, CKR_KEY_HANDLE_INVALID, &o));
	d->named[d->named_count++] = o;
	try(take_key(d, o, CKO_SECRET_KEY, false, ret));
	return take_use(d, o);
}

/* ---- derived keys -------------------------------------------------------------------------- */

/* What a template that says nothing gets from the base key. */
static CK_RV take_over(const struct derivation *d, const struct mech_handover *h, struct attr_list *key)
{
	struct bytes value = {0};

	for (; h != NULL && h->to != 0; h++) {
		if (!attr_list_get(key, h->to, &value) && attrs_get(d->base, h->from, &value))
			try(attr_list_set(key, h->to, value));
	}
	return CKR_OK;
}

/* After take_over both are there. */
static CK_RV check_secrecy(const struct derivation *d, const struct attr_list *key)
{
	if (attr_list_get_bool(key, CKA_SENSITIVE, false) != attrs_get_bool(d->base, CKA_SENSITIVE, false) ||
	    attr_list_get_bool(key, CKA_EXTRACTABLE, true) != attrs_get_bool(d->base, CKA_EXTRACTABLE, true))
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_SENSITIVE or CKA_EXTRACTABLE differ from the base key's");
	return CKR_OK;
}

/* Of a template without CKA_KEY_TYPE. */
static CK_RV usual_type(const struct derivation *d, const struct attr_list *key, CK_KEY_TYPE *ret)
{
	const struct mech_derive *how = d->row->derive;
	CK_ULONG given;

	*ret = how->object_class == CKO_PUBLIC_KEY ? d->base_type : CKK_GENERIC_SECRET;
	if (how->key_type == NULL || attr_list_get_ulong(key, CKA_KEY_TYPE, &given))
		return CKR_OK;
	*ret = how->key_type(d->mechanism);
	return *ret != CK_UNAVAILABLE_INFORMATION ? CKR_OK : fail(CKR_TEMPLATE_INCOMPLETE, "a template without CKA_KEY_TYPE");
}

static CK_RV begin_key(struct derivation *d, struct template_in template, struct attr_list *key)
{
	const struct mech_derive *how = d->row->derive;
	struct make_who who = {.so = session_state_of(d->session) == CKS_RW_SO_FUNCTIONS};
	struct make_derived made = {
		.object_class = how->object_class,
		.any_class = how->any_class,
	};

	try(object_read_template(template, key));
	try(make_add_demands(d->derive_template, key));
	try(usual_type(d, key, &made.key_type));
	try(take_over(d, how->handover, key));
	try(policy_separate_defaults(session_policy(d->session), how->object_class, key));
	if (how->same_secrecy)
		try(check_secrecy(d, key));
	try(make_derive_begin(&who, &made, key));
	return object_may_make(d->session, key);
}

/* mech_env.more_key */
static CK_RV more_key(void *arg, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	struct derivation *d = arg;

	if (d->count == OBJECTS_TOGETHER || place == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "too many derived keys, or no place for a handle");
	struct attr_list *key = &d->keys[d->count];
	d->places[d->count++] = place;
	CK_RV rv = begin_key(d, (struct template_in){template, count}, key);
	/* Which template was at fault is told by its place (§6.42.6). */
	if (rv != CKR_OK)
		*place = CK_INVALID_HANDLE;
	*ret = key;
	return rv;
}

/* mech_env.same_key */
static CK_RV same_key(void *arg, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	struct derivation *d = arg;

	return more_key(d, d->template.attributes, d->template.count, place, ret);
}

static CK_RV enter_all(struct derivation *d)
{
	size_t first = d->row->derive->no_key ? 1 : 0;
	const struct attr_list *made[OBJECTS_TOGETHER];
	CK_OBJECT_HANDLE handles[OBJECTS_TOGETHER] = {0};

	for (size_t i = first; i < d->count; i++) {
		try(make_derive_end(&d->env, &d->heritage, &d->keys[i]));
		try(validation_mark(d->session, d->judged, &d->keys[i]));
		made[i] = &d->keys[i];
	}
	if (first < d->count)
		try(object_enter(d->session, made + first, d->count - first, handles + first));
	for (size_t i = first; i < d->count; i++)
		*d->places[i] = handles[i];
	d->session->validated = d->judged;
	return CKR_OK;
}

static void look_at_base(struct derivation *d, struct object *base)
{
	d->base = atomic_load(&base->attrs);
	d->derive_template = (struct bytes){0};
	(void)attrs_get(d->base, CKA_DERIVE_TEMPLATE, &d->derive_template);
}

static CK_RV derive(struct derivation *d, const CK_MECHANISM *m, struct object *base, struct template_in template)
{
	const struct mech_derive *how = d->row->derive;
	const struct mech_key *key = NULL;

	try(take_key(d, base, how->base_is_private ? CKO_PRIVATE_KEY : CKO_SECRET_KEY, true, &key));
	look_at_base(d, base);
	d->base_type = key->type;
	d->judged = validation_judge(d->session, m, CKF_DERIVE, d->base);
	d->template = template;
	d->mechanism = m;
	try(begin_key(d, template, &d->keys[0]));
	try(take_use(d, base));
	look_at_base(d, base);
	try(how->key(&d->env, d->row, m, key, &d->keys[0]));
	return enter_all(d);
}

static void derivation_end(struct derivation *d)
{
	for (size_t i = 0; i < d->count; i++)
		attr_list_free(&d->keys[i]);
	for (size_t i = 0; i < d->named_count; i++)
		objects_release(d->named[i]);
}

CK_RV derive_key(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key, struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	struct derivation d = {
		.session = s,
		.env = s->module->env,
		.heritage = {.always_sensitive = true, .never_extractable = true},
		.places = {ret},
		.count = 1,
	};
	struct object *base = NULL;

	if (mechanism == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism");
	d.env.find_key = find_key;
	d.env.more_key = more_key;
	d.env.same_key = same_key;
	d.env.key_arg = &d;
	try(objects_take(s, base_key, CKR_KEY_HANDLE_INVALID, &base));
	CK_RV rv = policy_admit(session_policy(s), mechanism, CKF_DERIVE, &d.row);
	if (rv == CKR_OK && d.row->derive == NULL)
		rv = fail(CKR_MECHANISM_INVALID, "%s derives no key", mech_name(mechanism->mechanism));
	else if (rv == CKR_OK && ret == NULL && !d.row->derive->no_key)
		rv = fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	if (rv == CKR_OK)
		rv = derive(&d, mechanism, base, template);
	derivation_end(&d);
	objects_release(base);
	return rv;
}
