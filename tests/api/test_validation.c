/* SPDX-License-Identifier: Apache-2.0 */
/* A validation that the operator states: its object, and the indicators that say of each operation and of new keys
 * whether they kept its rules; rules 394 to 396. Without a statement there is neither. */
#include "policy_kit.h"

#define STATED \
	"[validation]\ntype = software\nversion = 3.1\nlevel = 1\nmodule = Example Module 7\nauthority = nist-cmvp\n" \
	"country = US\ncertificate = 1234\nvendor-uri = https://example.org/7\n"
#define RULES "profile = fips-like\n"

static CK_SESSION_HANDLE sess;
static CK_OBJECT_HANDLE key, pair[2];
static CK_BYTE data[64], out[1024];
static CK_ULONG out_len;

static void use(const char *text)
{
	use_policy(text);
	sess = policy_session;
}

static CK_FLAGS flags(void)
{
	CK_FLAGS now = 99;

	assert_ok(p11->C_GetSessionValidationFlags(sess, CKS_LAST_VALIDATION_OK, &now));
	return now;
}

static size_t find(CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_CLASS object_class = CKO_VALIDATION;
	CK_ATTRIBUTE template = {CKA_CLASS, &object_class, sizeof(object_class)};
	CK_OBJECT_HANDLE found[4];
	CK_ULONG count = 0;

	assert_ok(p11->C_FindObjectsInit(sess, &template, 1));
	assert_ok(p11->C_FindObjects(sess, found, COUNT(found), &count));
	assert_ok(p11->C_FindObjectsFinal(sess));
	*ret = found[0];
	return count;
}

static void assert_text(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const char *text)
{
	CK_BYTE value[64];
	CK_ATTRIBUTE a = {type, value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(sess, object, &a, 1));
	assert_int_equal(a.ulValueLen, strlen(text));
	assert_memory_equal(value, text, a.ulValueLen);
}

static void rule_396_what_is_stated_is_one_object_that_nobody_changes(void **state)
{
	CK_OBJECT_HANDLE object;
	CK_VERSION version;
	CK_ATTRIBUTE a = {CKA_VALIDATION_VERSION, &version, sizeof(version)};

	(void)state;
	use(STATED RULES);
	assert_int_equal(find(&object), 1);
	assert_int_equal(get_ulong(sess, object, CKA_VALIDATION_TYPE), CKV_TYPE_SOFTWARE);
	assert_int_equal(get_ulong(sess, object, CKA_VALIDATION_LEVEL), 1);
	assert_int_equal(get_ulong(sess, object, CKA_VALIDATION_AUTHORITY_TYPE), CKV_AUTHORITY_TYPE_NIST_CMVP);
	assert_int_equal(get_ulong(sess, object, CKA_VALIDATION_FLAG), 1);
	assert_ok(p11->C_GetAttributeValue(sess, object, &a, 1));
	assert_true(version.major == 3 && version.minor == 1);
	assert_text(object, CKA_VALIDATION_MODULE_ID, "Example Module 7");
	assert_text(object, CKA_VALIDATION_COUNTRY, "US");
	assert_text(object, CKA_VALIDATION_CERTIFICATE_IDENTIFIER, "1234");
	assert_text(object, CKA_VALIDATION_VENDOR_URI, "https://example.org/7");
	assert_text(object, CKA_VALIDATION_CERTIFICATE_URI, "");
	assert_text(object, CKA_VALIDATION_PROFILE, "");
	assert_true(get_bool(sess, object, CKA_TOKEN));
	assert_false(get_bool(sess, object, CKA_MODIFIABLE));
	assert_rv(p11->C_DestroyObject(sess, object), CKR_ACTION_PROHIBITED);
	assert_rv(p11->C_SetAttributeValue(sess, object, &a, 1), CKR_ACTION_PROHIBITED);
}

static void without_a_statement_nothing_is_validated(void **state)
{
	CK_OBJECT_HANDLE object;

	(void)state;
	use("policy = fips-like\n");
	assert_int_equal(find(&object), 0);
	assert_ok(generate(CKM_AES_KEY_GEN, 32, NULL, 0, &key));
	assert_int_equal(flags(), 0);
	assert_int_equal(get_ulong(sess, key, CKA_OBJECT_VALIDATION_FLAGS), 0);
}

/* ---- indicators ------------------------------------------------------------------------------------- */

static void digest(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM m = {type, NULL, 0};

	out_len = sizeof(out);
	assert_ok(p11->C_DigestInit(sess, &m));
	assert_ok(p11->C_Digest(sess, data, sizeof(data), out, &out_len));
}

static void rule_394_the_last_completed_operation_counts(void **state)
{
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0}, ripemd = {CKM_RIPEMD160, NULL, 0};

	(void)state;
	use(STATED RULES);
	assert_int_equal(flags(), 0);
	digest(CKM_SHA256);
	assert_int_equal(flags(), 1);
	/* The rules are asked, not enforced. */
	digest(CKM_RIPEMD160);
	assert_int_equal(flags(), 0);
	/* An operation counts when it is complete. */
	assert_ok(p11->C_DigestInit(sess, &sha));
	assert_ok(p11->C_DigestUpdate(sess, data, sizeof(data)));
	assert_int_equal(flags(), 0);
	out_len = sizeof(out);
	assert_ok(p11->C_DigestFinal(sess, NULL, &out_len));
	assert_int_equal(flags(), 0);
	assert_ok(p11->C_DigestFinal(sess, out, &out_len));
	assert_int_equal(flags(), 1);
	/* One that fails leaves the flags of the one before. */
	assert_ok(p11->C_DigestInit(sess, &ripemd));
	assert_ok(p11->C_DigestUpdate(sess, data, sizeof(data)));
	assert_rv(p11->C_DigestUpdate(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_int_equal(flags(), 1);
	assert_int_equal(policy_logged("[validation]"), true);
}

static void sign(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE by)
{
	CK_MECHANISM m = {type, NULL, 0};

	out_len = sizeof(out);
	assert_ok(p11->C_SignInit(sess, &m, by));
	assert_ok(p11->C_Sign(sess, data, sizeof(data), out, &out_len));
}

static void rules_394_395_keys_and_what_they_do(void **state)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0}, hash = {CKM_SHA256_KEY_DERIVATION, NULL, 0}, md5 = {CKM_MD5_KEY_DERIVATION, NULL, 0};
	CK_ATTRIBUTE unwrapped[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};
	CK_ATTRIBUTE uses[] = {{CKA_DERIVE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE other = 0;

	(void)state;
	use("policy = legacy\n" STATED RULES);
	assert_ok(generate_rsa(1024, &pair[0], &pair[1]));
	assert_int_equal(flags(), 1); /* the mechanism may, */
	assert_int_equal(get_ulong(sess, pair[1], CKA_OBJECT_VALIDATION_FLAGS), 0); /* the key is too short */
	sign(CKM_SHA256_RSA_PKCS, pair[1]);
	assert_int_equal(flags(), 0);
	assert_ok(generate_ec("P-256", &pair[0], &pair[1]));
	assert_int_equal(get_ulong(sess, pair[0], CKA_OBJECT_VALIDATION_FLAGS), 1);
	assert_int_equal(get_ulong(sess, pair[1], CKA_OBJECT_VALIDATION_FLAGS), 1);
	sign(CKM_ECDSA_SHA256, pair[1]);
	assert_int_equal(flags(), 1);
	sign(CKM_ECDSA_SHA1, pair[1]);
	assert_int_equal(flags(), 0);

	assert_ok(generate(CKM_AES_KEY_GEN, 32, NULL, 0, &key));
	assert_int_equal(flags(), 1);
	out_len = sizeof(out);
	assert_ok(p11->C_WrapKey(sess, &kwp, key, key, NULL, &out_len));
	digest(CKM_RIPEMD160);
	out_len = sizeof(out);
	assert_ok(p11->C_WrapKey(sess, &kwp, key, key, out, &out_len));
	assert_int_equal(flags(), 1);
	assert_ok(p11->C_UnwrapKey(sess, &kwp, key, out, out_len, unwrapped, COUNT(unwrapped), &other));
	assert_int_equal(get_ulong(sess, other, CKA_OBJECT_VALIDATION_FLAGS), 1);

	assert_ok(generate(CKM_GENERIC_SECRET_KEY_GEN, 32, uses, COUNT(uses), &key));
	assert_ok(p11->C_DeriveKey(sess, &md5, key, NULL, 0, &other));
	assert_int_equal(flags(), 0);
	assert_int_equal(get_ulong(sess, other, CKA_OBJECT_VALIDATION_FLAGS), 0);
	CK_RV rv = p11->C_DeriveKey(sess, &hash, key, NULL, 0, &other);
	assert_ok(rv);
	assert_int_equal(get_ulong(sess, other, CKA_OBJECT_VALIDATION_FLAGS), flags());
	/* A copy keeps them; an object from outside has none. */
	assert_ok(p11->C_CopyObject(sess, pair[1], NULL, 0, &other));
	assert_int_equal(get_ulong(sess, other, CKA_OBJECT_VALIDATION_FLAGS), 1);
	other = make_aes(sess, false, false);
	assert_int_equal(get_ulong(sess, other, CKA_OBJECT_VALIDATION_FLAGS), 0);
}

static void messages_and_sessions_have_flags_of_their_own(void **state)
{
	CK_BYTE iv[12] = {0}, tag[16];
	CK_GCM_MESSAGE_PARAMS p = {iv, sizeof(iv), 0, CKG_NO_GENERATE, tag, 128};
	CK_MECHANISM gcm = {CKM_AES_GCM, NULL, 0};
	CK_SESSION_HANDLE first;

	(void)state;
	use(STATED RULES);
	assert_ok(generate(CKM_AES_KEY_GEN, 32, NULL, 0, &key));
	digest(CKM_RIPEMD160);
	assert_ok(p11->C_MessageEncryptInit(sess, &gcm, key));
	assert_int_equal(flags(), 0);
	out_len = sizeof(out);
	assert_ok(p11->C_EncryptMessage(sess, &p, sizeof(p), NULL, 0, data, sizeof(data), out, &out_len));
	assert_int_equal(flags(), 1);
	first = sess;
	sess = open_rw();
	assert_int_equal(flags(), 0);
	digest(CKM_RIPEMD160);
	sess = first;
	assert_int_equal(flags(), 1);
	close_session(sess);
	sess = open_rw();
	assert_int_equal(flags(), 0);
}

/* ---- mistakes --------------------------------------------------------------------------------------- */

static void a_statement_with_a_mistake_is_no_statement(void **state)
{
	static const struct {
		const char *text, *logged;
	} rows[] = {
		{"[validation]\ntype = software\n", "does not state its version"},
		{STATED "level = one\n", "'one' is no level"},
		{STATED "version = 3.x\n", "'3.x' is no version"},
		{STATED "version = 300\n", "'300' is no version"},
		{STATED "authority = me\n", "'me' is no authority"},
		{STATED "type = cloud\n", "'cloud' is no type"},
		{STATED "rules = any\n", "rules"},
		{STATED "profile = best\n", "best"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_policy(rows[i].text);
		assert_rv(p11->C_Initialize(NULL), CKR_FUNCTION_FAILED);
		if (!policy_logged(rows[i].logged))
			fail_msg("%s: the log does not say so", rows[i].text);
	}
	write_policy("");
	initialize();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown_policy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rule_396_what_is_stated_is_one_object_that_nobody_changes),
		TEST(without_a_statement_nothing_is_validated),
		TEST(rule_394_the_last_completed_operation_counts),
		TEST(rules_394_395_keys_and_what_they_do),
		TEST(messages_and_sessions_have_flags_of_their_own),
		TEST(a_statement_with_a_mistake_is_no_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
