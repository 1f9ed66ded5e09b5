/* SPDX-License-Identifier: Apache-2.0 */
/* Templates that nobody writes by accident, given to every call that takes one: each is refused with its code, nothing
 * is made or changed, and the session works on. Rules 205, 206. */
#include "operations.h"

static CK_OBJECT_HANDLE target, base, kem_public, kem_private, made;
static CK_BYTE wrapped[64], ciphertext[2048];
static CK_ULONG wrapped_length, ciphertext_length;

#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)

static int setup(void **state)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0}, kem = {CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG set = CKP_ML_KEM_512;
	int rv = setup_token(state);

	sess = open_rw();
	login_user(sess);
	target = make_data(sess, false, false, "target");
	base = make_aes(sess, false, false);
	wrapped_length = sizeof(wrapped);
	assert_ok(p11->C_WrapKey(sess, &kwp, base, base, wrapped, &wrapped_length));
	if (!has_mechanism(CKM_ML_KEM))
		return rv;
	CK_ATTRIBUTE public = {CKA_PARAMETER_SET, &set, sizeof(set)};
	assert_ok(p11->C_GenerateKeyPair(sess, &kem, &public, 1, NULL, 0, &kem_public, &kem_private));
	ciphertext_length = sizeof(ciphertext);
	CK_MECHANISM m = {CKM_ML_KEM, NULL, 0};
	assert_ok(p11->C_EncapsulateKey(sess, &m, kem_public, NULL, 0, ciphertext, &ciphertext_length, &made));
	return rv;
}

/* ---- the calls ------------------------------------------------------------------------------------- */

static CK_RV create(CK_ATTRIBUTE *t, CK_ULONG n)
{
	return p11->C_CreateObject(sess, t, n, &made);
}

static CK_RV copy(CK_ATTRIBUTE *t, CK_ULONG n)
{
	return p11->C_CopyObject(sess, target, t, n, &made);
}

static CK_RV set(CK_ATTRIBUTE *t, CK_ULONG n)
{
	return p11->C_SetAttributeValue(sess, target, t, n);
}

static CK_RV find(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_RV rv = p11->C_FindObjectsInit(sess, t, n);

	if (rv == CKR_OK)
		assert_ok(p11->C_FindObjectsFinal(sess));
	return rv;
}

static CK_RV generate(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_MECHANISM m = {CKM_AES_KEY_GEN, NULL, 0};
	return p11->C_GenerateKey(sess, &m, t, n, &made);
}

static CK_ATTRIBUTE *p256(void)
{
	static CK_BYTE oid[] = {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static CK_ATTRIBUTE params;

	params = (CK_ATTRIBUTE){CKA_EC_PARAMS, oid, sizeof(oid)};
	return &params;
}

static CK_RV generate_public(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE other;
	return p11->C_GenerateKeyPair(sess, &m, t, n, NULL, 0, &made, &other);
}

static CK_RV generate_private(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE other;
	return p11->C_GenerateKeyPair(sess, &m, p256(), 1, t, n, &made, &other);
}

static CK_RV unwrap(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_MECHANISM m = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	return p11->C_UnwrapKey(sess, &m, base, wrapped, wrapped_length, t, n, &made);
}

static CK_RV unwrap_authenticated(CK_ATTRIBUTE *t, CK_ULONG n)
{
	static CK_BYTE iv[12], tag[16];
	CK_GCM_MESSAGE_PARAMS p = {iv, sizeof(iv), 0, CKG_NO_GENERATE, tag, 128};
	CK_MECHANISM m = {CKM_AES_GCM, &p, sizeof(p)};
	return p11->C_UnwrapKeyAuthenticated(sess, &m, base, wrapped, wrapped_length, t, n, NULL, 0, &made);
}

static CK_RV derive(CK_ATTRIBUTE *t, CK_ULONG n)
{
	static CK_BYTE block[16];
	CK_KEY_DERIVATION_STRING_DATA data = {block, sizeof(block)};
	CK_MECHANISM m = {CKM_AES_ECB_ENCRYPT_DATA, &data, sizeof(data)};
	return p11->C_DeriveKey(sess, &m, base, t, n, &made);
}

static CK_RV encapsulate(CK_ATTRIBUTE *t, CK_ULONG n)
{
	static CK_BYTE out[2048];
	CK_MECHANISM m = {CKM_ML_KEM, NULL, 0};
	CK_ULONG length = sizeof(out);
	return p11->C_EncapsulateKey(sess, &m, kem_public, t, n, out, &length, &made);
}

static CK_RV decapsulate(CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_MECHANISM m = {CKM_ML_KEM, NULL, 0};
	return p11->C_DecapsulateKey(sess, &m, kem_private, t, n, ciphertext, ciphertext_length, &made);
}

static const struct taker {
	const char *name;
	CK_RV (*call)(CK_ATTRIBUTE *t, CK_ULONG n);
	CK_MECHANISM_TYPE needs; /* ML-KEM is not with every libcrypto */
} takers[] = {
	{"C_CreateObject", create, CKM_AES_KEY_GEN},
	{"C_CopyObject", copy, CKM_AES_KEY_GEN},
	{"C_SetAttributeValue", set, CKM_AES_KEY_GEN},
	{"C_GenerateKey", generate, CKM_AES_KEY_GEN},
	{"C_GenerateKeyPair, public", generate_public, CKM_EC_KEY_PAIR_GEN},
	{"C_GenerateKeyPair, private", generate_private, CKM_EC_KEY_PAIR_GEN},
	{"C_UnwrapKey", unwrap, CKM_AES_KEY_WRAP_KWP},
	{"C_UnwrapKeyAuthenticated", unwrap_authenticated, CKM_AES_GCM},
	{"C_DeriveKey", derive, CKM_AES_ECB_ENCRYPT_DATA},
	{"C_EncapsulateKey", encapsulate, CKM_ML_KEM},
	{"C_DecapsulateKey", decapsulate, CKM_ML_KEM},
};

/* Refused by all that make or change, and, with a code of its own, by a search (CKR_OK: it finds nothing). */
static void refused(const char *what, CK_ATTRIBUTE *t, CK_ULONG n, CK_RV code, CK_RV in_search)
{
	size_t before = count_objects(sess);

	for (size_t i = 0; i < COUNT(takers); i++) {
		if (!has_mechanism(takers[i].needs))
			continue;
		CK_RV rv = takers[i].call(t, n);
		if (rv != code)
			fail_msg("%s with %s: %s instead of %s", takers[i].name, what, rv_text(rv), rv_text(code));
	}
	if (find(t, n) != in_search)
		fail_msg("a search with %s: %s instead of %s", what, rv_text(find(t, n)), rv_text(in_search));
	assert_int_equal(count_objects(sess), before);
	assert_int_equal(count_labelled(sess, "target"), 1);
}

/* ---- the templates --------------------------------------------------------------------------------- */

static void counts_that_lie(void **state)
{
	CK_ATTRIBUTE one = {CKA_LABEL, unconst("x"), 1};

	(void)state;
	refused("no template and a count", NULL, 1, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("no template and a huge count", NULL, (CK_ULONG)-1, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("a huge count", &one, (CK_ULONG)-1, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("a count whose size overflows", &one, (CK_ULONG)-1 / sizeof(CK_ATTRIBUTE) + 2, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
}

static void ten_thousand_attributes(void **state)
{
	static CK_ATTRIBUTE many[10000];
	CK_ULONG length = 16;

	(void)state;
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (CK_ATTRIBUTE){CKA_LABEL, unconst("many"), 4};
	refused("10,000 attributes", many, COUNT(many), CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	/* As many as are taken, all the same, are one. */
	many[0] = (CK_ATTRIBUTE){CKA_VALUE_LEN, &length, sizeof(length)};
	assert_ok(generate(many, 1024));
	assert_int_equal(count_labelled(sess, "many"), 1);
	assert_rv(generate(many, 1025), CKR_ARGUMENTS_BAD);
}

static void values_that_lie(void **state)
{
	static CK_BYTE byte = 1;

	(void)state;
	refused("no value and a length", LIST({CKA_LABEL, NULL, 8}), CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("no value and all lengths", LIST({CKA_LABEL, NULL, (CK_ULONG)-1}), CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("a length of -1", LIST({CKA_LABEL, &byte, (CK_ULONG)-1}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID);
	refused("a length of 2 GiB", LIST({CKA_LABEL, &byte, 0x80000000}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID);
	refused("a boolean of 2", LIST({CKA_PRIVATE, (CK_BYTE[]){2}, 1}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("a boolean of nothing", LIST({CKA_PRIVATE, NULL, 0}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("a short number", LIST({CKA_CLASS, &byte, 1}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("text that is none", LIST({CKA_LABEL, (CK_BYTE[]){0xff, 0xfe}, 2}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
}

static void the_same_attribute_with_two_values(void **state)
{
	(void)state;
	refused("two labels", LIST({CKA_LABEL, unconst("a"), 1}, {CKA_LABEL, unconst("b"), 1}), CKR_TEMPLATE_INCONSISTENT,
	        CKR_ATTRIBUTE_VALUE_INVALID);
	refused("a label and none", LIST({CKA_LABEL, unconst("a"), 1}, {CKA_LABEL, NULL, 0}), CKR_TEMPLATE_INCONSISTENT,
	        CKR_ATTRIBUTE_VALUE_INVALID);
	refused("both of a flag", LIST({CKA_PRIVATE, &no, 1}, {CKA_LABEL, NULL, 0}, {CKA_PRIVATE, &yes, 1}), CKR_TEMPLATE_INCONSISTENT,
	        CKR_ATTRIBUTE_VALUE_INVALID);
}

static void attributes_that_nobody_knows(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_VENDOR_DEFINED, CKA_VENDOR_DEFINED | 0x4d5a, 0x7fffffff, (CK_ULONG)-1, 0x00000009,
	                                          CKF_ARRAY_ATTRIBUTE | 1};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		refused("an unknown attribute", LIST({types[i], unconst("x"), 1}), CKR_ATTRIBUTE_TYPE_INVALID, CKR_OK);
}

static void nested_templates(void **state)
{
	CK_ATTRIBUTE depth[6] = {{CKA_LABEL, unconst("x"), 1}};
	CK_ATTRIBUTE self[2] = {{CKA_WRAP_TEMPLATE, self, sizeof(self)}, {CKA_DERIVE_TEMPLATE, self, sizeof(self)}};
	CK_ATTRIBUTE lies = {CKA_LABEL, NULL, 8}, vendor = {CKA_VENDOR_DEFINED, NULL, 0}, bad = {CKA_TOKEN, unconst("xx"), 2};
	CK_ATTRIBUTE twice[2] = {{CKA_TOKEN, &yes, 1}, {CKA_TOKEN, &no, 1}};

	(void)state;
	for (size_t i = 1; i < COUNT(depth); i++)
		depth[i] = (CK_ATTRIBUTE){CKA_UNWRAP_TEMPLATE, &depth[i - 1], sizeof(depth[0])};
	refused("five templates in each other", &depth[5], 1, CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("a template inside itself", self, 1, CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("half an attribute", LIST({CKA_UNWRAP_TEMPLATE, &lies, sizeof(lies) - 1}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("an inner value of nothing", LIST({CKA_UNWRAP_TEMPLATE, &lies, sizeof(lies)}), CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD);
	refused("an inner unknown", LIST({CKA_UNWRAP_TEMPLATE, &vendor, sizeof(vendor)}), CKR_ATTRIBUTE_TYPE_INVALID, CKR_OK);
	refused("an inner bad value", LIST({CKA_UNWRAP_TEMPLATE, &bad, sizeof(bad)}), CKR_ATTRIBUTE_VALUE_INVALID, CKR_OK);
	refused("an inner contradiction", LIST({CKA_UNWRAP_TEMPLATE, twice, sizeof(twice)}), CKR_TEMPLATE_INCONSISTENT, CKR_OK);
}

#define ON_TOKEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(counts_that_lie),
		ON_TOKEN(ten_thousand_attributes),
		ON_TOKEN(values_that_lie),
		ON_TOKEN(the_same_attribute_with_two_values),
		ON_TOKEN(attributes_that_nobody_knows),
		ON_TOKEN(nested_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
