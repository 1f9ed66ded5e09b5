/* SPDX-License-Identifier: Apache-2.0 */
/* The section [validation]: a table of what it may state; every other line of it is one of a policy, its rules. */
#include "core/validation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr/attr.h"
#include "base/log.h"
#include "base/text.h"
#include "core/config.h"
#include "core/module.h"
#include "core/policy.h"
#include "core/session.h"
#include "object/schema.h"

#define FLAG 1 /* of the one validation */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_VERSION, KIND_TYPE, KIND_AUTHORITY };

/* In the order of §4.15.2. */
static const struct fact {
	const char *name;
	CK_ATTRIBUTE_TYPE type;
	enum kind kind;
	bool required;
} facts[] = {
	{"type", CKA_VALIDATION_TYPE, KIND_TYPE, true},
	{"version", CKA_VALIDATION_VERSION, KIND_VERSION, true},
	{"level", CKA_VALIDATION_LEVEL, KIND_NUMBER, true},
	{"module", CKA_VALIDATION_MODULE_ID, KIND_TEXT, true},
	{"authority", CKA_VALIDATION_AUTHORITY_TYPE, KIND_AUTHORITY, true},
	{"country", CKA_VALIDATION_COUNTRY, KIND_TEXT, false},
	{"certificate", CKA_VALIDATION_CERTIFICATE_IDENTIFIER, KIND_TEXT, false},
	{"certificate-uri", CKA_VALIDATION_CERTIFICATE_URI, KIND_TEXT, false},
	{"vendor-uri", CKA_VALIDATION_VENDOR_URI, KIND_TEXT, false},
	{"validation-profile", CKA_VALIDATION_PROFILE, KIND_TEXT, false},
};

static const struct word {
	enum kind kind;
	const char *name;
	CK_ULONG value;
} words[] = {
	{KIND_TYPE, "unspecified", CKV_TYPE_UNSPECIFIED},
	{KIND_TYPE, "software", CKV_TYPE_SOFTWARE},
	{KIND_TYPE, "hardware", CKV_TYPE_HARDWARE},
	{KIND_TYPE, "firmware", CKV_TYPE_FIRMWARE},
	{KIND_TYPE, "hybrid", CKV_TYPE_HYBRID},
	{KIND_AUTHORITY, "unspecified", CKV_AUTHORITY_TYPE_UNSPECIFIED},
	{KIND_AUTHORITY, "nist-cmvp", CKV_AUTHORITY_TYPE_NIST_CMVP},
	{KIND_AUTHORITY, "common-criteria", CKV_AUTHORITY_TYPE_COMMON_CRITERIA},
};

struct validation {
	struct attr_list stated;
	struct policy rules;
};

/* ---- reading ------------------------------------------------------------------------------- */

static bool read_number(const char *text, const char *end_at, CK_ULONG most, CK_ULONG *ret)
{
	char *end = NULL;

	*ret = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && strspn(end, end_at) == strlen(end) && *ret <= most;
}

/* "3" or "3.1" */
static bool read_version(const char *text, CK_VERSION *ret)
{
	const char *point = strchr(text, '.');
	char major[4] = "";
	CK_ULONG high = 0, low = 0;
	size_t len = point != NULL ? (size_t)(point - text) : strlen(text);

	if (len >= sizeof(major))
		return false;
	memcpy(major, text, len);
	if (!read_number(major, "", 255, &high) || (point != NULL && !read_number(point + 1, "", 255, &low)))
		return false;
	*ret = (CK_VERSION){(CK_BYTE)high, (CK_BYTE)low};
	return true;
}

static bool read_word(enum kind kind, const char *text, CK_ULONG *ret)
{
	for (size_t i = 0; i < array_len(words); i++)
		if (words[i].kind == kind && strcmp(words[i].name, text) == 0) {
			*ret = words[i].value;
			return true;
		}
	return false;
}

static CK_RV set_fact(const struct fact *f, const char *value, const char *where, struct attr_list *ret)
{
	CK_VERSION version;
	CK_ULONG n = 0;

	if (f->kind == KIND_TEXT && text_utf8_valid(bytes_of(value, strlen(value))))
		return attr_list_set(ret, f->type, bytes_of(value, strlen(value)));
	if (f->kind == KIND_VERSION && read_version(value, &version))
		return attr_list_set(ret, f->type, bytes_of(&version, sizeof(version)));
	if (f->kind == KIND_NUMBER ? read_number(value, "", CK_UNAVAILABLE_INFORMATION, &n) : read_word(f->kind, value, &n))
		return attr_list_set_ulong(ret, f->type, n);
	return fail(CKR_FUNCTION_FAILED, "%s: '%s' is no %s of a validation", where, value, f->name);
}

static CK_RV read_line(struct validation *v, const struct config_line *l, const char *path)
{
	char where[512];

	snprintf(where, sizeof(where), "%s:%u", path, l->number);
	for (size_t i = 0; i < array_len(facts); i++)
		if (strcmp(facts[i].name, l->name) == 0)
			return set_fact(&facts[i], l->value, where, &v->stated);
	return policy_set(&v->rules, l->name, l->value, where);
}

static CK_RV read_section(struct validation *v, const struct config *c)
{
	struct bytes value;

	policy_open(&v->rules);
	for (const struct config_line *l = c->validation; l != NULL; l = l->next)
		try(read_line(v, l, c->path));
	policy_close(&v->rules);
	for (size_t i = 0; i < array_len(facts); i++) {
		if (attr_list_get(&v->stated, facts[i].type, &value))
			continue;
		if (facts[i].required)
			return fail(CKR_FUNCTION_FAILED, "%s: [validation] does not state its %s", c->path, facts[i].name);
		try(attr_list_set(&v->stated, facts[i].type, (struct bytes){0}));
	}
	return attr_list_set_ulong(&v->stated, CKA_VALIDATION_FLAG, FLAG);
}

CK_RV validation_new(const struct config *c, struct validation **ret)
{
	if (c->validation == NULL)
		return CKR_OK;
	struct validation *v = calloc(1, sizeof(*v));
	if (v == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = read_section(v, c);
	if (rv != CKR_OK) {
		validation_free(v);
		return rv;
	}
	*ret = v;
	return CKR_OK;
}

void validation_free(struct validation *v)
{
	if (v != NULL)
		attr_list_free(&v->stated);
	free(v);
}

CK_RV validation_describe(const struct validation *v, struct attr_list *ret)
{
	for (size_t i = 0; i < v->stated.count; i++)
		try(attr_list_set(ret, v->stated.items[i].type, secret_bytes(&v->stated.items[i].value)));
	return CKR_OK;
}

/* ---- judging ------------------------------------------------------------------------------- */

/* What the rules do not permit is told in the log as theirs, not as the call's failure. */
static const char judging[] = "[validation]";

CK_FLAGS validation_judge(const struct session *s, const CK_MECHANISM *m, CK_FLAGS use, const struct attrs *key)
{
	const struct validation *v = s->module->validation;
	const struct mech_row *row = NULL;

	if (likely(v == NULL))
		return 0;
	const char *call = log_set_call(judging);
	bool kept = policy_admit(&v->rules, m, use, &row) == CKR_OK && (key == NULL || policy_check_key(&v->rules, key) == CKR_OK);
	log_set_call(call);
	return kept ? FLAG : 0;
}

CK_RV validation_mark(const struct session *s, CK_FLAGS judged, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = CK_UNAVAILABLE_INFORMATION;

	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (judged == 0 || !schema_is_key(object_class))
		return CKR_OK;
	const char *call = log_set_call(judging);
	bool kept = policy_check_new(&s->module->validation->rules, key) == CKR_OK;
	log_set_call(call);
	return kept ? attr_list_set_ulong(key, CKA_OBJECT_VALIDATION_FLAGS, judged) : CKR_OK;
}
