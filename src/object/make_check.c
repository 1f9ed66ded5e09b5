/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that creating, generating, copying and changing share: classes and types, values that have a
 * fixed range, attributes that must go together. Knows the standard's text beyond the schema's rows, no origin. */
#include "object/make_internal.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/rand.h"

CK_RV make_kind(const struct attr_list *object, CK_OBJECT_CLASS *ret_class, CK_ULONG *ret_subtype)
{
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE names_subtype;
	CK_ULONG subtype = 0;
	if (!attr_list_get_ulong(object, CKA_CLASS, &object_class))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a template without CKA_CLASS");
	if (!schema_has_class(object_class))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_CLASS 0x%lx: no object of this class can be made here", object_class);
	if (schema_subtype_attribute(object_class, &names_subtype)) {
		if (!attr_list_get_ulong(object, names_subtype, &subtype))
			return fail(CKR_TEMPLATE_INCOMPLETE, "a template without %s", attr_name(names_subtype));
		if (!schema_has_subtype(object_class, subtype))
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s 0x%lx: no object of this type can be made here",
			            attr_name(names_subtype), subtype);
	}
	*ret_class = object_class;
	*ret_subtype = subtype;
	return CKR_OK;
}

/* Numbers of which only some mean something. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	CK_ULONG last;
} ranges[] = {
	{.type = CKA_CERTIFICATE_CATEGORY, .last = CK_CERTIFICATE_CATEGORY_OTHER_ENTITY},
	{.type = CKA_JAVA_MIDP_SECURITY_DOMAIN, .last = CK_SECURITY_DOMAIN_THIRD_PARTY},
};

CK_RV make_check_value(CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	for (size_t i = 0; i < array_len(ranges); i++) {
		CK_ULONG n;
		if (ranges[i].type != type || value.len != sizeof(n))
			continue;
		memcpy(&n, value.data, sizeof(n));
		if (n > ranges[i].last)
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s has no value %lu", attr_name(type), n);
	}
	return CKR_OK;
}

static bool has_content(const struct attr_list *object, CK_ATTRIBUTE_TYPE type)
{
	struct bytes value;
	return attr_list_get(object, type, &value) && value.len > 0;
}

/* A certificate is here, or it is elsewhere and its keys are known by their hashes (§4.6.3). */
static CK_RV check_certificate(const struct attr_list *object)
{
	if (!has_content(object, CKA_URL)) {
		if (!has_content(object, CKA_VALUE))
			return fail(CKR_TEMPLATE_INCOMPLETE, "a certificate with neither CKA_VALUE nor CKA_URL");
		return CKR_OK;
	}
	if (!has_content(object, CKA_HASH_OF_SUBJECT_PUBLIC_KEY) || !has_content(object, CKA_HASH_OF_ISSUER_PUBLIC_KEY))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a certificate with CKA_URL and without the hashes of its public keys");
	return CKR_OK;
}

CK_RV make_check_whole(CK_OBJECT_CLASS object_class, const struct attr_list *object)
{
	if (object_class == CKO_CERTIFICATE)
		return check_certificate(object);
	if (attr_list_get_bool(object, CKA_ALWAYS_AUTHENTICATE, false) && !attr_list_get_bool(object, CKA_PRIVATE, false))
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_ALWAYS_AUTHENTICATE on a key that is not private");
	return CKR_OK;
}

CK_RV make_unique_id(struct ossl *o, struct attr_list *object)
{
	unsigned char id[16];
	char hex[2 * sizeof(id) + 1];
	try(rand_bytes(o, id, sizeof(id)));
	text_hex(bytes_of(id, sizeof(id)), hex);
	return attr_list_set(object, CKA_UNIQUE_ID, bytes_of(hex, 2 * sizeof(id)));
}
