/* SPDX-License-Identifier: Apache-2.0 */
/* The token's own objects as one table, and their handles, a set for each class: see builtin.h. Knows what an object
 * says; who may see which attribute of it is the object layer's matter. */
#include "core/builtin.h"

#include <stdlib.h>
#include <string.h>

#include "attr/attr.h"
#include "attr/template.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/counter.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/policy.h"
#include "core/session.h"
#include "core/token.h"
#include "core/validation.h"
#include "crypto/hash.h"
#include "mech/mech.h"
#include "object/make.h"
#include "object/schema.h"

#define CLOCK_SIZE 16
#define COUNTER_SIZE 8

/* A CKA_VALUE that is of the moment. */
struct builtin_live {
	size_t len;
	CK_RV (*read)(struct session *s, unsigned char *ret);
	bool writes; /* reading it changes the store: not there when that cannot be written */
};

static CK_RV read_clock(struct session *s, unsigned char *ret)
{
	(void)s;
	clock_utc16(ret);
	return CKR_OK;
}

/* Big endian. The standard gives reading no code of its own for a store that cannot be written. */
static CK_RV read_counter(struct session *s, unsigned char *ret)
{
	uint64_t n = 0;
	CK_RV rv = counter_next(s->token, &n);

	if (rv == CKR_TOKEN_WRITE_PROTECTED)
		return CKR_FUNCTION_FAILED;
	try(rv);
	for (size_t i = 0; i < COUNTER_SIZE; i++)
		ret[i] = (unsigned char)(n >> (8 * (COUNTER_SIZE - 1 - i)));
	return CKR_OK;
}

static const struct builtin_live live_clock = {.len = CLOCK_SIZE, .read = read_clock};
static const struct builtin_live live_counter = {.len = COUNTER_SIZE, .read = read_counter, .writes = true};

/* One object. The profiles are those whose conditions (PKCS #11 Profiles 3.2, §5) hold for every token of this
 * library; that of public certificates asks what only applications decide, the complete one for everything. */
struct builtin {
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE names; /* the attribute that tells it from others of its class */
	CK_ULONG value;
	const char *label;
	CK_MECHANISM_TYPE needs; /* a mechanism that the policy must permit; 0: none */
	const struct builtin_live *live;
};

static const struct builtin builtins[] = {
	{.object_class = CKO_PROFILE, .names = CKA_PROFILE_ID, .value = CKP_BASELINE_PROVIDER, .label = "Baseline Provider"},
	{.object_class = CKO_PROFILE, .names = CKA_PROFILE_ID, .value = CKP_EXTENDED_PROVIDER, .label = "Extended Provider"},
	{.object_class = CKO_PROFILE, .names = CKA_PROFILE_ID, .value = CKP_AUTHENTICATION_TOKEN, .label = "Authentication Token"},
	{.object_class = CKO_PROFILE, .names = CKA_PROFILE_ID, .value = CKP_HKDF_TLS_TOKEN, .label = "HKDF TLS Token",
	 .needs = CKM_HKDF_DATA},
	{.object_class = CKO_HW_FEATURE, .names = CKA_HW_FEATURE_TYPE, .value = CKH_CLOCK, .live = &live_clock},
	{.object_class = CKO_HW_FEATURE, .names = CKA_HW_FEATURE_TYPE, .value = CKH_MONOTONIC_COUNTER, .live = &live_counter},
};

static const struct builtin validation = {
	.object_class = CKO_VALIDATION, .names = CKA_VALIDATION_FLAG, .value = 1, .label = "Validation"
};

/* ---- making ------------------------------------------------------------------------------------ */

/* The same in every process and for ever: from the token's serial number and what the object is. */
static CK_RV set_unique_id(const struct token *t, const struct builtin *b, struct attr_list *object)
{
	cleanup(buf_free) struct buf name = {0};
	unsigned char digest[32];
	char hex[33];

	try(buf_append(&name, bytes_of(t->info.serial, sizeof(t->info.serial))));
	try(buf_put_u64(&name, b->object_class));
	try(buf_put_u64(&name, b->value));
	hash_sha256(buf_bytes(&name), digest);
	text_hex(bytes_of(digest, 16), hex);
	return attr_list_set(object, CKA_UNIQUE_ID, bytes_of(hex, 32));
}

static CK_RV set_storage(const struct token *t, const struct builtin *b, struct attr_list *object)
{
	try(attr_list_set_bool(object, CKA_TOKEN, true));
	try(attr_list_set_bool(object, CKA_MODIFIABLE, false));
	try(attr_list_set_bool(object, CKA_COPYABLE, false));
	try(attr_list_set_bool(object, CKA_DESTROYABLE, false));
	try(attr_list_set(object, CKA_LABEL, bytes_of(b->label, strlen(b->label))));
	return set_unique_id(t, b, object);
}

static CK_RV pack(const struct token *t, const struct builtin *b, struct attrs **ret)
{
	struct attr_list list cleanup(attr_list_free) = {0};

	try(attr_list_set_ulong(&list, CKA_CLASS, b->object_class));
	try(attr_list_set_ulong(&list, b->names, b->value));
	if (b->label != NULL)
		try(set_storage(t, b, &list));
	if (b->object_class == CKO_VALIDATION)
		try(validation_describe(t->module->validation, &list));
	try(make_builtin(&list));
	return attrs_pack(&list, ret);
}

static CK_RV add(struct token *t, const struct builtin *b, struct builtin_set *set)
{
	struct attrs *a = NULL;
	struct object *o = NULL;

	try(pack(t, b, &a));
	CK_RV rv = object_new(t, a, &o);
	if (rv != CKR_OK) {
		attrs_free(a);
		return rv;
	}
	o->builtin = true;
	o->token_object = false;
	o->live = b->live;
	rv = handle_add(&t->module->objects, o, &o->handle);
	if (rv != CKR_OK) {
		object_discard(o);
		attrs_free(a);
		return rv;
	}
	set->handles[set->count++] = o->handle;
	return CKR_OK;
}

static void kill_set(struct handle_table *handles, struct builtin_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		handle_kill(handles, set->handles[i]);
	free(set->handles);
	*set = (struct builtin_set){0};
}

static CK_RV add_all(struct token *t, CK_OBJECT_CLASS object_class, struct builtin_set *set)
{
	const struct policy *p = set->policy;

	for (size_t i = 0; i < array_len(builtins); i++) {
		const struct builtin *b = &builtins[i];

		if (b->object_class == object_class && (b->needs == 0 || policy_find(p, b->needs) != NULL))
			try(add(t, b, set));
	}
	for (size_t i = 0; i < p->count && object_class == CKO_MECHANISM; i++) {
		struct builtin b = {.object_class = CKO_MECHANISM, .names = CKA_MECHANISM_TYPE, .value = p->rows[i].row->type};

		try(add(t, &b, set));
	}
	if (object_class == CKO_VALIDATION && t->module->validation != NULL)
		try(add(t, &validation, set));
	return CKR_OK;
}

static CK_RV make_set(struct token *t, CK_OBJECT_CLASS object_class, const struct policy *p, struct builtin_set *ret)
{
	size_t most = object_class == CKO_MECHANISM ? p->count + 1 : array_len(builtins);
	struct builtin_set set = {.handles = calloc(most, sizeof(*set.handles)), .policy = p};

	if (set.handles == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = add_all(t, object_class, &set);
	if (rv != CKR_OK) {
		kill_set(&t->module->objects, &set);
		return rv;
	}
	*ret = set;
	return CKR_OK;
}

/* ---- sets -------------------------------------------------------------------------------------- */

static const CK_OBJECT_CLASS classes[BUILTIN_CLASSES] = {CKO_HW_FEATURE, CKO_MECHANISM, CKO_PROFILE, CKO_VALIDATION};

/* A class's set, which stays until builtin_end or another policy: made without the lock. When another thread was
 * faster, its set serves. */
static CK_RV need_set(struct token *t, size_t i)
{
	const struct policy *policy = atomic_load(&t->policy);
	struct objects *c = &t->objects;
	struct builtin_set mine = {0};

	lock_take(&c->lock);
	bool made = c->builtin[i].policy == policy;
	lock_release(&c->lock);
	if (made)
		return CKR_OK;
	try(make_set(t, classes[i], policy, &mine));
	lock_take(&c->lock);
	struct builtin_set other = c->builtin[i];
	if (other.policy == policy)
		other = mine;
	else
		c->builtin[i] = mine;
	lock_release(&c->lock);
	kill_set(&t->module->objects, &other);
	return CKR_OK;
}

void builtin_end(struct objects *c)
{
	struct builtin_set sets[BUILTIN_CLASSES];
	struct handle_table *handles = c->handles;

	lock_take(&c->lock);
	memcpy(sets, c->builtin, sizeof(sets));
	memset(c->builtin, 0, sizeof(c->builtin));
	lock_release(&c->lock);
	for (size_t i = 0; i < BUILTIN_CLASSES; i++)
		kill_set(handles, &sets[i]);
}

/* ---- finding ----------------------------------------------------------------------------------- */

bool builtin_wanted(const struct attr_list *template)
{
	CK_OBJECT_CLASS object_class = 0;

	return attr_list_get_ulong(template, CKA_CLASS, &object_class) && schema_is_builtin(object_class);
}

static bool is_there(const struct session *s, const struct object *o)
{
	return o->live == NULL || !o->live->writes || !store_read_only(s->module->store);
}

static bool matches(struct session *s, CK_OBJECT_HANDLE handle, const struct attr_list *template)
{
	struct object *o = handle_take(&s->module->objects, handle);
	bool hit = o != NULL && is_there(s, o) && make_matches(atomic_load(&o->attrs), template);

	objects_release(o);
	return hit;
}

CK_RV builtin_find(struct session *s, const struct attr_list *template, CK_OBJECT_HANDLE **ret, size_t *ret_count)
{
	struct objects *c = &s->token->objects;
	CK_OBJECT_CLASS object_class = 0;
	size_t which = 0, count, hits = 0;

	(void)attr_list_get_ulong(template, CKA_CLASS, &object_class);
	while (which + 1 < BUILTIN_CLASSES && classes[which] != object_class)
		which++;
	try(need_set(s->token, which));
	lock_take(&c->lock);
	count = c->builtin[which].count;
	CK_OBJECT_HANDLE *handles = calloc(count + 1, sizeof(*handles));
	if (handles != NULL && count > 0)
		memcpy(handles, c->builtin[which].handles, count * sizeof(*handles));
	lock_release(&c->lock);
	if (handles == NULL)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < count; i++)
		if (matches(s, handles[i], template))
			handles[hits++] = handles[i];
	*ret = handles;
	*ret_count = hits;
	return CKR_OK;
}

/* ---- reading ----------------------------------------------------------------------------------- */

bool builtin_is_live(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	return o->live != NULL && type == CKA_VALUE;
}

CK_RV builtin_read(struct session *s, const struct object *o, CK_ATTRIBUTE *out)
{
	unsigned char value[CLOCK_SIZE] = {0};
	struct bytes now = bytes_of(value, o->live->len);

	/* A question for the length, or a buffer that is too short, counts nothing. */
	if (out->pValue == NULL || out->ulValueLen < now.len)
		return template_write(out, now);
	CK_RV rv = o->live->read(s, value);
	return rv == CKR_OK ? template_write(out, now) : template_refuse(out, rv);
}
