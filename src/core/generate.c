/* SPDX-License-Identifier: Apache-2.0 */
/* C_GenerateKey and C_GenerateKeyPair (§5.18.1, §5.18.2): everything that can be refused is refused before the slow
 * part; both keys of a pair are made, saved and entered, or none. */
#include "attr/attr.h"
#include "base/log.h"
#include "core/module.h"
#include "core/object_calls.h"
#include "core/session.h"
#include "mech/mech.h"
#include "object/make.h"

static CK_RV find_generator(struct session *s, const CK_MECHANISM *m, CK_FLAGS flag, const struct mech_row **ret)
{
	if (m == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism");
	const struct mech_row *row = NULL;
	try(policy_admit(session_policy(s), m, flag, &row));
	if (row->gen == NULL)
		return fail(CKR_MECHANISM_INVALID, "%s generates no %s", mech_name(m->mechanism), flag == CKF_GENERATE ? "key" : "key pair");
	if (m->ulParameterLen != 0 && !row->gen->takes_parameter)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	*ret = row;
	return CKR_OK;
}

/* Long work asks the application now and then whether to go on (§5.22.1). */
static struct mech_env env_of(struct session *s)
{
	struct mech_env env = s->module->env;

	if (s->notify != NULL) {
		env.go_on = session_surrender;
		env.go_on_arg = s;
	}
	return env;
}

/* Moves the attributes that the mechanism is given: the schema knows them as made. */
static CK_RV set_aside(const struct mech_gen *gen, struct attr_list *from, struct attr_list *to)
{
	struct bytes value = {0};

	for (const CK_ATTRIBUTE_TYPE *type = gen->given; type != NULL && *type != 0; type++) {
		if (!attr_list_get(from, *type, &value))
			return fail(CKR_TEMPLATE_INCOMPLETE, "a template without %s", attr_name(*type));
		try(attr_list_set(to, *type, value));
		attr_list_remove(from, *type);
	}
	return CKR_OK;
}

static CK_RV put_back(const struct attr_list *from, struct attr_list *to)
{
	for (size_t i = 0; i < from->count; i++)
		try(attr_list_set(to, from->items[i].type, secret_bytes(&from->items[i].value)));
	return CKR_OK;
}

static CK_RV begin(struct session *s, struct template_in template, const struct mech_gen *gen, CK_OBJECT_CLASS object_class, struct attr_list *ret)
{
	cleanup(attr_list_free) struct attr_list given = {0};
	CK_KEY_TYPE key_type = gen->key_type;
	struct make_who who = {.so = session_state_of(s) == CKS_RW_SO_FUNCTIONS};

	try(object_read_template(template, ret));
	if (gen->any_key_type && !attr_list_get_ulong(ret, CKA_KEY_TYPE, &key_type))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a template without CKA_KEY_TYPE, which the mechanism leaves open");
	try(policy_separate_defaults(session_policy(s), object_class, ret));
	try(set_aside(gen, ret, &given));
	try(make_generate_begin(&who, object_class, key_type, ret));
	try(put_back(&given, ret));
	try(policy_check_new(session_policy(s), ret));
	return object_may_make(s, ret);
}

CK_RV generate_key(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	cleanup(attr_list_free) struct attr_list key = {0};
	const struct attr_list *made = &key;
	const struct mech_row *row = NULL;
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
	struct mech_env env = env_of(s);

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	try(find_generator(s, mechanism, CKF_GENERATE, &row));
	try(begin(s, template, row->gen, row->gen->object_class, &key));
	try(row->gen->key(&env, row, mechanism, &key));
	try(make_generate_end(&env, row->type, &key));
	try(object_enter(s, &made, 1, &handle));
	*ret = handle;
	return CKR_OK;
}

CK_RV generate_key_pair(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in public_template,
                        struct template_in private_template, CK_OBJECT_HANDLE_PTR ret_public, CK_OBJECT_HANDLE_PTR ret_private)
{
	cleanup(attr_list_free) struct attr_list public_key = {0};
	cleanup(attr_list_free) struct attr_list private_key = {0};
	const struct attr_list *const made[2] = {&public_key, &private_key};
	CK_OBJECT_HANDLE handles[2] = {0};
	const struct mech_row *row = NULL;
	struct mech_env env = env_of(s);

	if (ret_public == NULL || ret_private == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handles");
	try(find_generator(s, mechanism, CKF_GENERATE_KEY_PAIR, &row));
	try(begin(s, public_template, row->gen, CKO_PUBLIC_KEY, &public_key));
	try(begin(s, private_template, row->gen, CKO_PRIVATE_KEY, &private_key));
	try(row->gen->pair(&env, row, mechanism, &public_key, &private_key));
	try(make_generate_end(&env, row->type, &public_key));
	try(make_generate_end(&env, row->type, &private_key));
	try(object_enter(s, made, 2, handles));
	*ret_public = handles[0];
	*ret_private = handles[1];
	return CKR_OK;
}
