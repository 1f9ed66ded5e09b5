/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading objects: see object.h. Knows attributes, not what a verb does with the objects. */
#include "object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "kinds.h"
#include "names.h"

/* ---- searching ------------------------------------------------------------------------------------------------- */

struct wanted {
	CK_ATTRIBUTE attributes[3];
	CK_ULONG count;
	CK_OBJECT_CLASS class;
	unsigned char id[OBJECT_MAX_ID];
};

static void want(struct wanted *w, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	w->attributes[w->count++] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

static enum status read_wanted(const struct args *a, struct wanted *ret)
{
	size_t id_len = 0;

	if (a->label != NULL)
		want(ret, CKA_LABEL, a->label, strlen(a->label));
	if (a->id != NULL) {
		if (!args_hex(a->id, ret->id, sizeof(ret->id), &id_len))
			return complain(USAGE, "'%s' is no CKA_ID: pairs of hexadecimal digits, %d at most", a->id, OBJECT_MAX_ID);
		want(ret, CKA_ID, ret->id, id_len);
	}
	if (a->class != NULL) {
		if (!names_class_from(a->class, &ret->class))
			return complain(USAGE, "'%s' is no class: private, public, secret, certificate, data, trust, parameters or otp", a->class);
		want(ret, CKA_CLASS, &ret->class, sizeof(ret->class));
	}
	return DONE;
}

struct found {
	CK_OBJECT_HANDLE *handles;
	size_t count, cap;
};

static CK_RV collect(struct p11 *p, struct found *f)
{
	CK_ULONG n = 0;

	do {
		if (f->cap - f->count < 64) {
			size_t cap = f->cap * 2 + 64;
			CK_OBJECT_HANDLE *fresh = reallocarray(f->handles, cap, sizeof(*fresh));
			if (fresh == NULL)
				return CKR_HOST_MEMORY;
			f->handles = fresh;
			f->cap = cap;
		}
		CK_RV rv = p->fn->C_FindObjects(p->session, f->handles + f->count, f->cap - f->count, &n);
		if (rv != CKR_OK)
			return rv;
		f->count += n;
	} while (n > 0);
	return CKR_OK;
}

enum status object_find(struct p11 *p, const struct args *a, CK_OBJECT_HANDLE **ret, size_t *ret_count)
{
	struct wanted w = {0};
	struct found f = {0};

	try(read_wanted(a, &w));
	CK_RV rv = p->fn->C_FindObjectsInit(p->session, w.attributes, w.count);
	if (rv == CKR_OK) {
		rv = collect(p, &f);
		CK_RV final = p->fn->C_FindObjectsFinal(p->session);
		rv = rv == CKR_OK ? final : rv;
	}
	if (rv != CKR_OK) {
		free(f.handles);
		return p11_status(rv, "the objects cannot be listed");
	}
	*ret = f.handles;
	*ret_count = f.count;
	return DONE;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

CK_ULONG object_bytes(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, unsigned char *ret, CK_ULONG size)
{
	CK_ATTRIBUTE one = {type, ret, size};

	return p->fn->C_GetAttributeValue(p->session, o, &one, 1) == CKR_OK ? one.ulValueLen : 0;
}

bool object_flag(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	unsigned char value = CK_FALSE;

	return object_bytes(p, o, type, &value, sizeof(value)) == sizeof(value) && value != CK_FALSE;
}

CK_ULONG object_number(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG value = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE one = {type, &value, sizeof(value)};

	return p->fn->C_GetAttributeValue(p->session, o, &one, 1) == CKR_OK ? value : CK_UNAVAILABLE_INFORMATION;
}

void object_label(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size)
{
	unsigned char label[512];
	CK_ULONG len = object_bytes(p, o, CKA_LABEL, label, sizeof(label));

	names_text(label, len, ret, size);
}

void object_id(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size)
{
	unsigned char id[OBJECT_MAX_ID];
	CK_ULONG len = object_bytes(p, o, CKA_ID, id, sizeof(id));
	size_t at = 0;

	ret[0] = '\0';
	for (CK_ULONG i = 0; i < len && at + 3 <= size; i++)
		at += (size_t)snprintf(ret + at, size - at, "%02x", id[i]);
}

static CK_ULONG rsa_bits(struct p11 *p, CK_OBJECT_HANDLE o)
{
	CK_ATTRIBUTE modulus = {CKA_MODULUS, NULL, 0};

	return p->fn->C_GetAttributeValue(p->session, o, &modulus, 1) == CKR_OK ? modulus.ulValueLen * 8 : 0;
}

void object_kind(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size)
{
	unsigned char params[64];
	CK_ULONG type = object_number(p, o, CKA_KEY_TYPE);

	ret[0] = '\0';
	if (type == CK_UNAVAILABLE_INFORMATION)
		return;
	const struct curve *curve = kinds_curve_of(params, object_bytes(p, o, CKA_EC_PARAMS, params, sizeof(params)));
	const struct parameter_set *set = kinds_set_of(type, object_number(p, o, CKA_PARAMETER_SET));
	const struct secret_kind *secret = kinds_secret_of(type);
	CK_ULONG bytes = object_number(p, o, CKA_VALUE_LEN);
	if (type == CKK_RSA)
		snprintf(ret, size, "rsa:%lu", rsa_bits(p, o));
	else if (curve != NULL)
		snprintf(ret, size, "%s%s", type == CKK_EC ? "ec:" : "", curve->name);
	else if (set != NULL)
		snprintf(ret, size, "%s", set->name);
	else if (bytes != CK_UNAVAILABLE_INFORMATION)
		snprintf(ret, size, "%s:%lu", secret != NULL ? secret->name : names_key_type(type), bytes * 8);
	else
		snprintf(ret, size, "%s", names_key_type(type));
}
