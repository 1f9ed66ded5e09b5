/* SPDX-License-Identifier: Apache-2.0 */
/* Create, copy, destroy, read and change: see object_calls.h. Generation is in generate.c. */
#include "core/object_calls.h"

#include "attr/template.h"
#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/session.h"
#include "core/token.h"
#include "object/make.h"

/* Attempts at a change that others make at the same time, before giving up. */
#define MAX_ATTEMPTS 100

CK_RV object_read_template(struct template_in template, struct attr_list *ret)
{
	if (template.attributes == NULL && template.count > 0)
		return fail(CKR_ARGUMENTS_BAD, "no template, but a count");
	return template_read(template.attributes, template.count, ret);
}

CK_RV object_may_write(struct session *s, bool token_object, bool private_object)
{
	if (token_object && store_read_only(s->module->store))
		return fail(CKR_TOKEN_WRITE_PROTECTED, "the token's store cannot be written");
	CK_RV rv = session_may_write(session_state_of(s), token_object, private_object);
	if (rv != CKR_OK)
		return fail(rv, "this session may not make or change a %s %s object", private_object ? "private" : "public",
		            token_object ? "token" : "session");
	return private_object ? session_check_pin_expired(s) : CKR_OK;
}

CK_RV object_may_make(struct session *s, const struct attr_list *object)
{
	return object_may_write(s, attr_list_get_bool(object, CKA_TOKEN, false), attr_list_get_bool(object, CKA_PRIVATE, false));
}

static struct make_who who_is(const struct session *s)
{
	return (struct make_who){.so = session_state_of(s) == CKS_RW_SO_FUNCTIONS};
}

CK_RV object_enter(struct session *s, const struct attr_list *const *objects, size_t count, CK_OBJECT_HANDLE *ret)
{
	struct attrs *packed[OBJECTS_TOGETHER] = {NULL};
	CK_RV rv = CKR_OK;

	for (size_t i = 0; i < count; i++) {
		try(policy_check_new(session_policy(s), objects[i]));
		try(policy_separate_new(session_policy(s), objects[i]));
	}
	for (size_t i = 0; i < count && rv == CKR_OK; i++)
		rv = attrs_pack(objects[i], &packed[i]);
	if (rv == CKR_OK)
		rv = objects_add(s, packed, count, ret);
	if (rv != CKR_OK) {
		for (size_t i = 0; i < count; i++)
			attrs_free(packed[i]);
	}
	return rv;
}

static CK_RV enter_one(struct session *s, const struct attr_list *object, CK_OBJECT_HANDLE_PTR ret)
{
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;

	try(object_may_make(s, object));
	CK_RV rv = object_enter(s, &object, 1, &handle);
	if (rv == CKR_OK)
		*ret = handle;
	return rv == CKR_KEY_SIZE_RANGE ? CKR_ATTRIBUTE_VALUE_INVALID : rv;
}

CK_RV object_create(struct session *s, struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	cleanup(attr_list_free) struct attr_list object = {0};
	struct make_who who = who_is(s);

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	try(object_read_template(template, &object));
	try(policy_separate_defaults(session_policy(s), CK_UNAVAILABLE_INFORMATION, &object));
	try(make_created(&s->module->env, &who, &object));
	return enter_one(s, &object, ret);
}

/* What the token made of itself, no application changes (rule 204). */
static CK_RV check_not_builtin(const struct object *o)
{
	return o->builtin ? fail(CKR_ACTION_PROHIBITED, "the object is the token's own") : CKR_OK;
}

static CK_RV copy(struct session *s, const struct object *from, const struct attr_list *changes, CK_OBJECT_HANDLE_PTR ret)
{
	cleanup(attr_list_free) struct attr_list object = {0};
	struct make_who who = who_is(s);

	try(policy_separate_change(session_policy(s), atomic_load(&from->attrs), changes));
	try(make_copy(&s->module->env, &who, atomic_load(&from->attrs), changes, &object));
	return enter_one(s, &object, ret);
}

CK_RV object_copy(struct session *s, CK_OBJECT_HANDLE from, struct template_in template, CK_OBJECT_HANDLE_PTR ret)
{
	cleanup(attr_list_free) struct attr_list changes = {0};
	struct object *original = NULL;

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	try(objects_take(s, from, CKR_OBJECT_HANDLE_INVALID, &original));
	CK_RV rv = check_not_builtin(original);
	if (rv == CKR_OK)
		rv = object_read_template(template, &changes);
	if (rv == CKR_OK)
		rv = copy(s, original, &changes, ret);
	objects_release(original);
	return rv;
}

/* May the session change this object? A logout between the taking and now has made a private object's handle
 * invalid, and that is what the call says. */
static CK_RV may_write_taken(struct session *s, const struct object *o)
{
	try(check_not_builtin(o));
	CK_RV rv = object_may_write(s, o->token_object, o->private_object);

	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_OBJECT_HANDLE_INVALID : rv;
}

CK_RV object_destroy(struct session *s, CK_OBJECT_HANDLE handle)
{
	struct object *o = NULL;

	try(objects_take(s, handle, CKR_OBJECT_HANDLE_INVALID, &o));
	CK_RV rv = may_write_taken(s, o);
	if (rv == CKR_OK && !attrs_get_bool(atomic_load(&o->attrs), CKA_DESTROYABLE, true))
		rv = fail(CKR_ACTION_PROHIBITED, "the object's CKA_DESTROYABLE is false");
	if (rv == CKR_OK)
		rv = objects_destroy(s, o);
	objects_release(o);
	return rv;
}

CK_RV object_size(struct session *s, CK_OBJECT_HANDLE handle, CK_ULONG_PTR ret)
{
	struct object *o = NULL;

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the size");
	try(objects_take(s, handle, CKR_OBJECT_HANDLE_INVALID, &o));
	*ret = make_size(atomic_load(&o->attrs));
	objects_release(o);
	return CKR_OK;
}

static CK_RV read_one(const struct attrs *a, CK_ATTRIBUTE *out)
{
	struct bytes value = {0};
	CK_RV rv = make_may_read(a, out->type);

	if (rv == CKR_OK && !attrs_get(a, out->type, &value))
		rv = CKR_ATTRIBUTE_TYPE_INVALID;
	return rv == CKR_OK ? template_write(out, value) : template_refuse(out, rv);
}

/* Every entry is worked on, whatever the others gave (rule 222). */
static CK_RV read_all(struct session *s, const struct object *o, struct template_in template)
{
	const struct attrs *a = atomic_load(&o->attrs);
	CK_RV result = CKR_OK;

	for (CK_ULONG i = 0; i < template.count; i++) {
		CK_ATTRIBUTE *out = &template.attributes[i];
		CK_RV rv = builtin_is_live(o, out->type) ? builtin_read(s, o, out) : read_one(a, out);
		if (rv != CKR_OK)
			result = rv;
	}
	return result;
}

CK_RV object_get_attributes(struct session *s, CK_OBJECT_HANDLE handle, struct template_in template)
{
	struct object *o = NULL;

	if (template.attributes == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no template");
	try(objects_take(s, handle, CKR_OBJECT_HANDLE_INVALID, &o));
	CK_RV rv = read_all(s, o, template);
	objects_release(o);
	return rv;
}

static CK_RV change_once(struct session *s, struct object *o, const struct attr_list *changes)
{
	cleanup(attr_list_free) struct attr_list list = {0};
	struct attrs *from = atomic_load(&o->attrs);
	struct make_who who = who_is(s);
	struct attrs *packed = NULL;

	try(policy_separate_change(session_policy(s), from, changes));
	try(make_changed(&who, from, changes, &list));
	try(attrs_pack(&list, &packed));
	CK_RV rv = objects_change(s, o, from, packed);
	if (rv != CKR_OK)
		attrs_free(packed);
	return rv;
}

CK_RV object_set_attributes(struct session *s, CK_OBJECT_HANDLE handle, struct template_in template)
{
	cleanup(attr_list_free) struct attr_list changes = {0};
	CK_RV rv = CKR_FUNCTION_FAILED;

	if (template.attributes == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no template");
	/* Somebody else's change between reading and writing: look again and decide anew. */
	for (int attempt = 0; attempt < MAX_ATTEMPTS && rv == CKR_FUNCTION_FAILED; attempt++) {
		struct object *o = NULL;
		try(objects_take(s, handle, CKR_OBJECT_HANDLE_INVALID, &o));
		rv = attempt > 0 ? CKR_OK : object_read_template(template, &changes);
		if (rv == CKR_OK)
			rv = may_write_taken(s, o);
		if (rv == CKR_OK)
			rv = change_once(s, o, &changes);
		objects_release(o);
	}
	return rv;
}
