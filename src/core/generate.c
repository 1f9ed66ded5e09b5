/* SPDX-License-Identifier: Apache-2.0 */
/* C_GenerateKey and C_GenerateKeyPair (§5.18.1, §5.18.2): everything that can be refused is refused before the slow
 * part; both keys of a pair are made, saved and entered, or none. */
#include "core/generate.h"

#include "base/log.h"
#include "core/leaves.h"
#include "core/pending.h"
#include "core/module.h"
#include "core/session.h"
#include "core/validation.h"
#include "object/make.h"

static CK_RV find_generator(struct session *s, const CK_MECHANISM *m, CK_FLAGS flag, const struct mech_row **ret)
{
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

/* A length that the mechanism says need not be in the template, and no other may. */
static CK_RV set_length(const struct mech_gen *gen, struct attr_list *key)
{
	CK_ULONG len = gen->value_len;

	if (gen->value_len == 0)
		return CKR_OK;
	(void)attr_list_get_ulong(key, CKA_VALUE_LEN, &len);
	if (len != gen->value_len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_VALUE_LEN is %lu, where the mechanism makes %lu bytes", len, gen->value_len);
	return attr_list_set_ulong(key, CKA_VALUE_LEN, len);
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
	try(set_length(gen, ret));
	try(set_aside(gen, ret, &given));
	try(make_generate_begin(&who, object_class, key_type, ret));
	try(put_back(&given, ret));
	try(policy_check_new(session_policy(s), ret));
	return object_may_make(s, ret);
}

void generation_free(struct generation *g)
{
	for (size_t i = 0; i < array_len(g->keys); i++)
		attr_list_free(&g->keys[i]);
}

CK_RV generation_begin(struct session *s, const CK_MECHANISM *m, const struct template_in *templates, struct generation *g)
{
	CK_FLAGS use = g->pair ? CKF_GENERATE_KEY_PAIR : CKF_GENERATE;

	try(find_generator(s, m, use, &g->row));
	g->judged = validation_judge(s, m, use, NULL);
	if (!g->pair) {
		g->count = 1;
		return begin(s, templates[0], g->row->gen, g->row->gen->object_class, &g->keys[0]);
	}
	g->count = 2;
	try(begin(s, templates[0], g->row->gen, CKO_PUBLIC_KEY, &g->keys[0]));
	try(begin(s, templates[1], g->row->gen, CKO_PRIVATE_KEY, &g->keys[1]));
	return policy_separate_pair(session_policy(s), &g->keys[0], &g->keys[1]);
}

CK_RV generation_work(const struct mech_env *env, const CK_MECHANISM *m, struct generation *g)
{
	const struct mech_row *row = g->row;

	if (g->pair)
		try(row->gen->pair(env, row, m, &g->keys[0], &g->keys[1]));
	else
		try(row->gen->key(env, row, m, &g->keys[0]));
	for (size_t i = 0; i < g->count; i++)
		try(make_generate_end(env, row->type, &g->keys[i]));
	return CKR_OK;
}

CK_RV generation_enter(struct session *s, struct generation *g, CK_OBJECT_HANDLE ret[2])
{
	const struct attr_list *const made[2] = {&g->keys[0], &g->keys[1]};
	CK_OBJECT_HANDLE handles[2] = {0};

	for (size_t i = 0; i < g->count; i++) {
		try(object_may_make(s, made[i]));
		try(validation_mark(s, g->judged, &g->keys[i]));
		try(leaves_mark(s, &g->keys[i]));
	}
	try(object_enter(s, made, g->count, handles));
	s->validated = g->judged;
	ret[0] = handles[0];
	ret[1] = handles[1];
	return CKR_OK;
}

bool generation_private(const struct generation *g)
{
	bool found = false;

	for (size_t i = 0; i < g->count; i++)
		found |= attr_list_get_bool(&g->keys[i], CKA_PRIVATE, false);
	return found;
}

/* ret gets the handles on CKR_OK only, which is not what an asynchronous session answers. */
static CK_RV generate(struct session *s, const CK_MECHANISM *m, const struct template_in *templates, bool pair, CK_OBJECT_HANDLE ret[2])
{
	cleanup(generation_free) struct generation g = {.pair = pair};
	struct mech_env env = env_of(s);

	if (m == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no mechanism");
	try(pending_may_begin(s));
	try(generation_begin(s, m, templates, &g));
	if (pending_takes_generation(s, g.row, m))
		return pending_generate(s, m, &g);
	try(generation_work(&env, m, &g));
	return generation_enter(s, &g, ret);
}

CK_RV generate_key(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	CK_OBJECT_HANDLE made[2];

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	try(generate(s, mechanism, &template, false, made));
	*ret = made[0];
	return CKR_OK;
}

CK_RV generate_key_pair(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in public_template,
                        struct template_in private_template, CK_OBJECT_HANDLE_PTR ret_public, CK_OBJECT_HANDLE_PTR ret_private)
{
	const struct template_in templates[2] = {public_template, private_template};
	CK_OBJECT_HANDLE made[2];

	if (ret_public == NULL || ret_private == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handles");
	try(generate(s, mechanism, templates, true, made));
	*ret_public = made[0];
	*ret_private = made[1];
	return CKR_OK;
}
