/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_object.h. First all items are read into a list of what was given; then the object is made; then the two
 * are held against each other, and every difference is told. */
#include "core/softhsm_object.h"

#include <stdlib.h>
#include <string.h>

#include "attr/template.h"
#include "base/log.h"
#include "base/text.h"
#include "core/softhsm_file.h"
#include "core/softhsm_key.h"
#include "object/make.h"
#include "object/schema.h"

#define MAX_DEPTH 2 /* templates hold no templates */
#define LABEL_ROOM 256

struct left {
	CK_ATTRIBUTE_TYPE type;
	const char *why;
};

struct job {
	const struct mech_env *env;
	struct bytes key;
	const char *name;
	const struct softhsm_teller *teller;
	CK_OBJECT_CLASS object_class;
	bool private_object;
	struct attr_list given, made;
	struct left *left;
	size_t left_count, left_cap;
};

static void job_end(struct job *j)
{
	attr_list_free(&j->given);
	attr_list_free(&j->made);
	free(j->left);
}

/* ---- notes --------------------------------------------------------------------------------------------------------- */

static CK_RV leave(struct job *j, CK_ATTRIBUTE_TYPE type, const char *why)
{
	if (j->left_count == j->left_cap) {
		size_t cap = j->left_cap * 2 + 8;
		struct left *fresh = reallocarray(j->left, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		j->left = fresh;
		j->left_cap = cap;
	}
	j->left[j->left_count++] = (struct left){type, why};
	return CKR_OK;
}

static void tell(const struct job *j, CK_ULONG fate, const char *attribute, const char *why)
{
	char label[LABEL_ROOM] = "";
	struct bytes given;

	if (j->teller->tell == NULL)
		return;
	if (attr_list_get(&j->given, CKA_LABEL, &given) && given.len < sizeof(label) && memchr(given.data, '\0', given.len) == NULL)
		memcpy(label, given.data, given.len);
	CONCLAVE_IMPORT_NOTE note = {
		.ulFate = fate, .pObject = j->name, .ulClass = j->object_class, .pLabel = label, .pAttribute = attribute, .pWhy = why};
	j->teller->tell(j->teller->arg, &note);
}

static void tell_difference(const struct job *j, const struct attr_item *given)
{
	struct bytes before = secret_bytes(&given->value), after;

	if (!attr_list_get(&j->made, given->type, &after))
		tell(j, CONCLAVE_IMPORT_LEFT_OUT, attr_name(given->type), "objects of this kind do not have it here");
	else if (secret_equal(before, after))
		tell(j, CONCLAVE_IMPORT_TAKEN, attr_name(given->type), NULL);
	else
		tell(j, CONCLAVE_IMPORT_CHANGED, attr_name(given->type),
		     before.len == 0 ? "it was empty and is filled in" : "the token sets it itself, or writes it in another form");
}

static void tell_all(const struct job *j)
{
	struct bytes before;

	tell(j, CONCLAVE_IMPORT_TAKEN, NULL, NULL);
	for (size_t i = 0; i < j->given.count; i++)
		tell_difference(j, &j->given.items[i]);
	for (size_t i = 0; i < j->left_count; i++)
		tell(j, CONCLAVE_IMPORT_LEFT_OUT, attr_name(j->left[i].type), j->left[i].why);
	for (size_t i = 0; i < j->made.count; i++) {
		if (!attr_list_get(&j->given, j->made.items[i].type, &before))
			tell(j, CONCLAVE_IMPORT_ADDED, attr_name(j->made.items[i].type), NULL);
	}
}

static CK_RV damaged(const struct job *j, const char *what)
{
	return fail(CKR_DATA_INVALID, "%s is damaged, or is no object of SoftHSM: %s", j->name, what);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

/* The forms in which SoftHSM keeps the kinds of values. */
static const enum softhsm_form forms[] = {
	[ATTR_BYTES] = SOFTHSM_BYTES,   [ATTR_BOOL] = SOFTHSM_BOOL,   [ATTR_ULONG] = SOFTHSM_ULONG,   [ATTR_BIGINT] = SOFTHSM_BYTES,
	[ATTR_STRING] = SOFTHSM_BYTES,  [ATTR_DATE] = SOFTHSM_BYTES,  [ATTR_ULONGS] = SOFTHSM_ULONGS, [ATTR_NESTED] = SOFTHSM_MAP,
};

/* Through the same checks that a template's values go through. */
static CK_RV set_checked(CK_ATTRIBUTE_TYPE type, struct bytes value, struct attr_list *to)
{
	cleanup(attr_list_free) struct attr_list one = {0};
	CK_ATTRIBUTE a = {type, (void *)(uintptr_t)value.data, value.len};

	try(template_read(&a, 1, &one));
	return attr_list_set(to, type, secret_bytes(&one.items[0].value));
}

static CK_RV set_bytes(const struct job *j, const struct softhsm_item *item, enum attr_kind kind, bool encrypted, struct attr_list *to)
{
	cleanup(secret_free) struct secret plain = {0};

	/* Dates have been written as they are by some versions. */
	if (!encrypted || item->value.len == 0 || (kind == ATTR_DATE && item->value.len == sizeof(CK_DATE)))
		return set_checked(item->type, item->value, to);
	CK_RV rv = softhsm_key_decrypt(j->env->ossl, j->key, item->value, &plain);
	if (rv == CKR_DATA_INVALID)
		return damaged(j, "a value that the token's key does not open");
	return rv == CKR_OK ? set_checked(item->type, secret_bytes(&plain), to) : rv;
}

static CK_RV set_ulongs(const struct softhsm_item *item, struct attr_list *to)
{
	cleanup(buf_free) struct buf all = {0};
	struct bytes in = item->value;
	uint64_t n = 0;

	while (softhsm_number_take(&in, &n)) {
		CK_ULONG number = softhsm_ulong(n);
		try(buf_append(&all, bytes_of(&number, sizeof(number))));
	}
	return set_checked(item->type, buf_bytes(&all), to);
}

static CK_RV set_item(struct job *j, const struct softhsm_item *item, unsigned depth, struct attr_list *to);

static CK_RV set_map(struct job *j, const struct softhsm_item *item, unsigned depth, struct attr_list *to)
{
	cleanup(attr_list_free) struct attr_list inner = {0};
	cleanup(buf_free) struct buf array = {0};
	struct bytes in = item->value;
	struct softhsm_item one;

	while (in.len > 0) {
		if (!softhsm_item_take(&in, &one))
			return damaged(j, "a template");
		try(set_item(j, &one, depth + 1, &inner));
	}
	for (size_t i = 0; i < inner.count; i++) {
		CK_ATTRIBUTE a = {inner.items[i].type, inner.items[i].value.data, inner.items[i].value.len};
		try(buf_append(&array, bytes_of(&a, sizeof(a))));
	}
	return set_checked(item->type, buf_bytes(&array), to);
}

/* What an item cannot be: NULL when it can. */
static const char *misfit(const struct softhsm_item *item, unsigned depth, enum attr_kind *ret)
{
	if (!attr_kind(item->type, ret))
		return "the standard has no such attribute";
	if (forms[*ret] != item->form)
		return "its value has not the form that this attribute has";
	if (item->form == SOFTHSM_MAP && depth + 1 >= MAX_DEPTH)
		return "a template in a template";
	if ((item->form == SOFTHSM_MAP || item->form == SOFTHSM_ULONGS) && item->value.len == 0)
		return "empty it restricts nothing there; here nothing does so";
	return NULL;
}

static CK_RV set_item(struct job *j, const struct softhsm_item *item, unsigned depth, struct attr_list *to)
{
	enum attr_kind kind = ATTR_BYTES;
	const char *why = misfit(item, depth, &kind);

	if (why != NULL && depth > 0) /* a template with one demand less is another template */
		return damaged(j, why);
	if (why != NULL)
		return leave(j, item->type, why);
	switch (item->form) {
	case SOFTHSM_BOOL:
		return attr_list_set_bool(to, item->type, item->number != 0);
	case SOFTHSM_ULONG:
		return attr_list_set_ulong(to, item->type, softhsm_ulong(item->number));
	case SOFTHSM_ULONGS:
		return set_ulongs(item, to);
	case SOFTHSM_MAP:
		return set_map(j, item, depth, to);
	case SOFTHSM_BYTES:
		break;
	}
	return set_bytes(j, item, kind, depth == 0 && j->private_object, to);
}

/* ---- whole objects ------------------------------------------------------------------------------------------------- */

/* What must be known first: which kind of object, and is it private? SoftHSM takes those that do not say for private. */
static CK_RV look_ahead(struct job *j, struct bytes in)
{
	struct softhsm_item item;

	j->object_class = CK_UNAVAILABLE_INFORMATION;
	j->private_object = true;
	while (in.len > 0) {
		if (!softhsm_item_take(&in, &item))
			return damaged(j, "it ends in the middle of an attribute, or one has no form");
		if (item.type == CKA_CLASS && item.form == SOFTHSM_ULONG)
			j->object_class = softhsm_ulong(item.number);
		if (item.type == CKA_PRIVATE && item.form == SOFTHSM_BOOL)
			j->private_object = item.number != 0;
	}
	return j->object_class != CK_UNAVAILABLE_INFORMATION ? CKR_OK : damaged(j, "it has no class");
}

/* A value that has not the form of its attribute is left out. */
static CK_RV read_given(struct job *j, struct bytes in)
{
	struct softhsm_item item;

	while (in.len > 0 && softhsm_item_take(&in, &item)) {
		CK_RV rv = set_item(j, &item, 0, &j->given);
		if (rv == CKR_ATTRIBUTE_VALUE_INVALID || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_TEMPLATE_INCONSISTENT)
			rv = leave(j, item.type, "its value is not one that this attribute can have");
		try(rv);
	}
	return CKR_OK;
}

/* A copy of what was given, without what objects of this kind do not have here; what says the kind is always there. All
 * are token objects, and private where SoftHSM takes them for private, whether they say so or not. */
static CK_RV choose(struct job *j)
{
	CK_ATTRIBUTE_TYPE names_subtype = CKA_CLASS;
	CK_ULONG subtype = 0;

	if (schema_subtype_attribute(j->object_class, &names_subtype))
		(void)attr_list_get_ulong(&j->given, names_subtype, &subtype);
	for (size_t i = 0; i < j->given.count; i++) {
		const struct attr_item *item = &j->given.items[i];
		if (item->type == CKA_CLASS || item->type == names_subtype || schema_find(j->object_class, subtype, item->type) != NULL)
			try(attr_list_set(&j->made, item->type, secret_bytes(&item->value)));
	}
	try(attr_list_set_bool(&j->made, CKA_TOKEN, true));
	return attr_list_set_bool(&j->made, CKA_PRIVATE, j->private_object);
}

/* The code says what kind of object this is not; the log says why. */
static CK_RV complete(struct job *j, struct attrs **ret)
{
	CK_RV rv = make_imported(j->env, &j->made);

	if (rv == CKR_HOST_MEMORY || rv == CKR_GENERAL_ERROR || rv == CKR_FUNCTION_FAILED)
		return rv;
	if (rv != CKR_OK) {
		tell(j, CONCLAVE_IMPORT_LEFT_OUT, NULL, rv_name(rv));
		return CKR_OK;
	}
	tell_all(j);
	return attrs_pack(&j->made, ret);
}

static CK_RV make(struct job *j, struct bytes image, struct softhsm_made *ret)
{
	if (!softhsm_file_begin(&image))
		return damaged(j, "it is empty or cut short");
	try(look_ahead(j, image));
	if (j->private_object && j->key.len == 0) {
		tell(j, CONCLAVE_IMPORT_LEFT_OUT, NULL, "it is private, and no PIN has opened the token's key");
		ret->closed = true;
		return CKR_OK;
	}
	try(read_given(j, image));
	try(choose(j));
	return complete(j, &ret->attrs);
}

CK_RV softhsm_object_make(const struct mech_env *env, const struct softhsm_object *o, const struct softhsm_teller *t, struct softhsm_made *ret)
{
	cleanup(job_end) struct job j = {.env = env, .key = o->key, .name = o->name, .teller = t, .object_class = CK_UNAVAILABLE_INFORMATION};

	*ret = (struct softhsm_made){0};
	return make(&j, o->image, ret);
}
