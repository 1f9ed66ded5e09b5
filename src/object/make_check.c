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
	if (!schema_has_class(object_class) || schema_is_builtin(object_class))
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
	{.type = CKA_TRUST_SERVER_AUTH, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_CLIENT_AUTH, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_CODE_SIGNING, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_EMAIL_PROTECTION, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_IPSEC_IKE, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_TIME_STAMPING, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_TRUST_OCSP_SIGNING, .last = CKT_TRUST_MUST_VERIFY_TRUST},
	{.type = CKA_OTP_FORMAT, .last = CK_OTP_FORMAT_BINARY},
	{.type = CKA_OTP_CHALLENGE_REQUIREMENT, .last = CK_OTP_PARAM_MANDATORY},
	{.type = CKA_OTP_TIME_REQUIREMENT, .last = CK_OTP_PARAM_MANDATORY},
	{.type = CKA_OTP_COUNTER_REQUIREMENT, .last = CK_OTP_PARAM_MANDATORY},
	{.type = CKA_OTP_PIN_REQUIREMENT, .last = CK_OTP_PARAM_MANDATORY},
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
static CK_RV check_place(const struct attr_list *object)
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

/* What must not be empty: the subject of a WTLS certificate that is here; an attribute certificate is always here
 * (§4.6.3 to §4.6.5). */
static CK_RV check_certificate(const struct attr_list *object)
{
	CK_CERTIFICATE_TYPE type = CKC_X_509;

	(void)attr_list_get_ulong(object, CKA_CERTIFICATE_TYPE, &type);
	if (type == CKC_X_509_ATTR_CERT) {
		if (!has_content(object, CKA_VALUE) || !has_content(object, CKA_OWNER))
			return fail(CKR_TEMPLATE_INCOMPLETE, "an attribute certificate with an empty value or owner");
		return CKR_OK;
	}
	if (type == CKC_WTLS && has_content(object, CKA_VALUE) && !has_content(object, CKA_SUBJECT))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a WTLS certificate with an empty subject");
	return check_place(object);
}

/* Trust that says more than "no" or "unknown" names the very certificate (§4.7). */
static CK_RV check_trust(const struct attr_list *object)
{
	static const CK_ATTRIBUTE_TYPE uses[] = {
		CKA_TRUST_SERVER_AUTH,      CKA_TRUST_CLIENT_AUTH, CKA_TRUST_CODE_SIGNING,
		CKA_TRUST_EMAIL_PROTECTION, CKA_TRUST_IPSEC_IKE,   CKA_TRUST_TIME_STAMPING, CKA_TRUST_OCSP_SIGNING,
	};
	CK_ULONG hash = 0;
	bool named = has_content(object, CKA_HASH_OF_CERTIFICATE) && attr_list_get_ulong(object, CKA_NAME_HASH_ALGORITHM, &hash);

	for (size_t i = 0; i < array_len(uses) && !named; i++) {
		CK_TRUST trust = CKT_TRUST_UNKNOWN;

		(void)attr_list_get_ulong(object, uses[i], &trust);
		if (trust != CKT_TRUST_UNKNOWN && trust != CKT_NOT_TRUSTED)
			return fail(CKR_TEMPLATE_INCOMPLETE, "%s without the certificate's hash and its algorithm", attr_name(uses[i]));
	}
	return CKR_OK;
}

CK_RV make_check_whole(CK_OBJECT_CLASS object_class, const struct attr_list *object)
{
	if (object_class == CKO_CERTIFICATE)
		return check_certificate(object);
	if (object_class == CKO_TRUST)
		return check_trust(object);
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
