/* SPDX-License-Identifier: Apache-2.0 */
/* Active operations: which may run together and what they need from session, key and mechanism; rules 243 to 255
 * and 370. Refuses to know what ends them (test_operation_end.c) and the bytes that come out. */
#include "operations.h"

#include <pthread.h>

static CK_BYTE out[4096];
static CK_ULONG out_length;

/* ---- nothing active ---------------------------------------------------------------------------- */

/* Calls of each form on a session; what they need is there. */
static CK_RV call_by_name(const char *name)
{
	CK_BYTE in[32] = {0};
	CK_OBJECT_HANDLE found;

	out_length = sizeof(out);
#define WITH_INPUT(function) \
	if (strcmp(name, #function) == 0) \
		return p11->function(sess, in, sizeof(in), out, &out_length)
#define FEED(function) \
	if (strcmp(name, #function) == 0) \
		return p11->function(sess, in, sizeof(in))
#define FINISH(function) \
	if (strcmp(name, #function) == 0) \
		return p11->function(sess, out, &out_length)
	WITH_INPUT(C_Encrypt);
	WITH_INPUT(C_EncryptUpdate);
	FINISH(C_EncryptFinal);
	WITH_INPUT(C_Decrypt);
	WITH_INPUT(C_DecryptUpdate);
	FINISH(C_DecryptFinal);
	WITH_INPUT(C_Digest);
	FEED(C_DigestUpdate);
	FINISH(C_DigestFinal);
	WITH_INPUT(C_Sign);
	FEED(C_SignUpdate);
	FINISH(C_SignFinal);
	WITH_INPUT(C_SignRecover);
	FEED(C_VerifyUpdate);
	FEED(C_VerifyFinal);
	WITH_INPUT(C_VerifyRecover);
	WITH_INPUT(C_DigestEncryptUpdate);
	WITH_INPUT(C_DecryptDigestUpdate);
	WITH_INPUT(C_SignEncryptUpdate);
	WITH_INPUT(C_DecryptVerifyUpdate);
	FINISH(C_GetOperationState);
	if (strcmp(name, "C_Verify") == 0)
		return p11->C_Verify(sess, in, sizeof(in), in, sizeof(in));
	if (strcmp(name, "C_DigestKey") == 0)
		return p11->C_DigestKey(sess, keys.hmac);
	if (strcmp(name, "C_FindObjects") == 0)
		return p11->C_FindObjects(sess, &found, 1, &out_length);
	if (strcmp(name, "C_FindObjectsFinal") == 0)
		return p11->C_FindObjectsFinal(sess);
	fail_msg("no call %s", name);
	return CKR_GENERAL_ERROR;
}

/* Calls that want operations, with the kinds that they want (a bit each). */
#define K(kind) (1u << (kind))
static const struct {
	const char *name;
	unsigned wants;
} data_calls[] = {
	{"C_Encrypt", K(ENCRYPT)},
	{"C_EncryptUpdate", K(ENCRYPT)},
	{"C_EncryptFinal", K(ENCRYPT)},
	{"C_Decrypt", K(DECRYPT)},
	{"C_DecryptUpdate", K(DECRYPT)},
	{"C_DecryptFinal", K(DECRYPT)},
	{"C_Digest", K(DIGEST)},
	{"C_DigestUpdate", K(DIGEST)},
	{"C_DigestKey", K(DIGEST)},
	{"C_DigestFinal", K(DIGEST)},
	{"C_Sign", K(SIGN)},
	{"C_SignUpdate", K(SIGN)},
	{"C_SignFinal", K(SIGN)},
	{"C_SignRecover", K(SIGN_RECOVER)},
	{"C_Verify", K(VERIFY)},
	{"C_VerifyUpdate", K(VERIFY)},
	{"C_VerifyFinal", K(VERIFY)},
	{"C_VerifyRecover", K(VERIFY_RECOVER)},
	{"C_DigestEncryptUpdate", K(DIGEST) | K(ENCRYPT)},
	{"C_DecryptDigestUpdate", K(DECRYPT) | K(DIGEST)},
	{"C_SignEncryptUpdate", K(SIGN) | K(ENCRYPT)},
	{"C_DecryptVerifyUpdate", K(DECRYPT) | K(VERIFY)},
	{"C_GetOperationState", K(ENCRYPT) | K(DECRYPT) | K(DIGEST) | K(SIGN) | K(VERIFY)},
	{"C_FindObjects", K(FIND)},
	{"C_FindObjectsFinal", K(FIND)},
};

static void rule_249_data_calls_without_init_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(data_calls); i++) {
		print_message("# %s\n", data_calls[i].name);
		assert_rv(call_by_name(data_calls[i].name), CKR_OPERATION_NOT_INITIALIZED);
	}
}

/* Any other kind of operation is no substitute, and is not disturbed. */
static void rule_249_an_operation_of_another_kind_does_not_help(void **state)
{
	(void)state;
	for (int active = 0; active < KINDS; active++) {
		for (size_t i = 0; i < COUNT(data_calls); i++) {
			if (data_calls[i].wants & K(active))
				continue;
			renew_session();
			assert_ok(start((enum kind)active));
			print_message("# %s beside %s\n", data_calls[i].name, kind_names[active]);
			assert_rv(call_by_name(data_calls[i].name), CKR_OPERATION_NOT_INITIALIZED);
			assert_true(is_active((enum kind)active));
		}
	}
}

static void rule_249_refused_calls_do_not_start_anything(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(data_calls); i++)
		call_by_name(data_calls[i].name);
	for (int kind = 0; kind < KINDS; kind++)
		assert_false(is_active((enum kind)kind));
}

/* ---- kinds and pairs --------------------------------------------------------------------------- */

static void rule_243_every_kind_of_operation_can_be_active(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_false(is_active((enum kind)kind));
		assert_ok(start((enum kind)kind));
		assert_true(is_active((enum kind)kind));
	}
}

static void rules_244_245_only_the_listed_pairs_run_together(void **state)
{
	(void)state;
	for (int one = 0; one < CRYPTO_KINDS; one++) {
		for (int other = 0; other < CRYPTO_KINDS; other++) {
			bool pair = is_pair((enum kind)one, (enum kind)other);

			renew_session();
			assert_ok(start((enum kind)one));
			print_message("# %s, then %s\n", kind_names[one], kind_names[other]);
			assert_rv(start((enum kind)other), pair ? CKR_OK : CKR_OPERATION_ACTIVE);
			assert_true(is_active((enum kind)one));
			if (one != other)
				assert_int_equal(is_active((enum kind)other), pair);
		}
	}
}

static void rules_244_245_a_third_operation_is_refused(void **state)
{
	(void)state;
	for (int one = 0; one < CRYPTO_KINDS; one++) {
		for (int other = 0; other < one; other++) {
			if (!is_pair((enum kind)one, (enum kind)other))
				continue;
			for (int third = 0; third < CRYPTO_KINDS; third++) {
				renew_session();
				assert_ok(start((enum kind)one));
				assert_ok(start((enum kind)other));
				assert_rv(start((enum kind)third), CKR_OPERATION_ACTIVE);
				assert_true(is_active((enum kind)one));
				assert_true(is_active((enum kind)other));
			}
		}
	}
}

static void rule_244_a_search_runs_beside_any_operation(void **state)
{
	(void)state;
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		for (int search_first = 0; search_first < 2; search_first++) {
			renew_session();
			assert_ok(start(search_first ? FIND : (enum kind)kind));
			assert_ok(start(search_first ? (enum kind)kind : FIND));
			assert_true(is_active((enum kind)kind));
			assert_true(is_active(FIND));
			assert_ok(p11->C_FindObjectsFinal(sess));
			assert_true(is_active((enum kind)kind));
		}
	}
}

static void rule_245_a_second_search_is_refused(void **state)
{
	(void)state;
	assert_ok(start(FIND));
	assert_rv(start(FIND), CKR_OPERATION_ACTIVE);
	assert_true(is_active(FIND));
}

/* The refused Init of the same kind leaves the old operation as it was, bytes and all. */
static void rules_245_246_the_old_operation_goes_on_after_a_refused_init(void **state)
{
	CK_BYTE wanted[32];

	(void)state;
	digest(&m_sha256, pattern, 100, wanted, sizeof(wanted));
	assert_ok(p11->C_DigestInit(sess, &m_sha256));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 50));
	assert_rv(p11->C_DigestInit(sess, &m_sha1), CKR_OPERATION_ACTIVE);
	assert_rv(start(SIGN), CKR_OPERATION_ACTIVE);
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern + 50), 50));
	out_length = sizeof(out);
	assert_ok(p11->C_DigestFinal(sess, out, &out_length));
	assert_int_equal(out_length, 32);
	assert_memory_equal(out, wanted, 32);
}

static void rule_244_sessions_have_operations_of_their_own(void **state)
{
	CK_SESSION_HANDLE other = open_rw();

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		assert_false(is_active_in(other, (enum kind)kind));
	}
	assert_ok(p11->C_CloseSession(other));
	assert_true(is_active(FIND));
}

static void *digest_on(void *arg)
{
	CK_BYTE *wanted = arg;

	out_length = sizeof(out);
	if (p11->C_DigestUpdate(sess, unconst(pattern + 50), 50) != CKR_OK)
		return NULL;
	if (p11->C_DigestFinal(sess, out, &out_length) != CKR_OK)
		return NULL;
	return memcmp(out, wanted, 32) == 0 ? arg : NULL;
}

static void rule_250_another_thread_goes_on_with_the_operation(void **state)
{
	CK_BYTE wanted[32];
	pthread_t thread;
	void *good = NULL;

	(void)state;
	digest(&m_sha256, pattern, 100, wanted, sizeof(wanted));
	assert_ok(p11->C_DigestInit(sess, &m_sha256));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 50));
	assert_int_equal(pthread_create(&thread, NULL, digest_on, wanted), 0);
	assert_int_equal(pthread_join(thread, &good), 0);
	assert_non_null(good);
	assert_false(is_active(DIGEST));
}

/* ---- what an operation needs ------------------------------------------------------------------- */

static CK_MECHANISM unknown = {CKM_VENDOR_DEFINED | 0x7ab1e, NULL, 0};

static void rules_248_253_an_unknown_mechanism_starts_nothing(void **state)
{
	(void)state;
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		assert_rv(start_with(sess, (enum kind)kind, &unknown, key_for((enum kind)kind)), CKR_MECHANISM_INVALID);
		assert_false(is_active((enum kind)kind));
		assert_ok(start((enum kind)kind));
		renew_session();
	}
}

static void rules_248_253_a_mechanism_of_another_function_is_refused(void **state)
{
	static const struct {
		enum kind kind;
		CK_MECHANISM *mechanism;
	} cases[] = {
		{ENCRYPT, &m_sha256}, {ENCRYPT, &m_hmac}, {ENCRYPT, &m_ecdsa}, {DECRYPT, &m_sha256}, {DECRYPT, &m_hmac},
		{DIGEST, &m_ctr}, {DIGEST, &m_hmac}, {DIGEST, &m_rsa}, {SIGN, &m_sha256}, {SIGN, &m_cbc},
		{SIGN, &m_oaep}, {VERIFY, &m_sha256}, {VERIFY, &m_ctr}, {VERIFY, &m_oaep}, {SIGN_RECOVER, &m_sha256_rsa},
		{SIGN_RECOVER, &m_hmac}, {SIGN_RECOVER, &m_ecdsa}, {VERIFY_RECOVER, &m_pss}, {VERIFY_RECOVER, &m_sha256},
	};
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("# %s with 0x%lx\n", kind_names[cases[i].kind], cases[i].mechanism->mechanism);
		assert_rv(start_with(sess, cases[i].kind, cases[i].mechanism, key_for(cases[i].kind)), CKR_MECHANISM_INVALID);
		assert_false(is_active(cases[i].kind));
	}
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		assert_rv(start_with(sess, (enum kind)kind, &generate, key_for((enum kind)kind)), CKR_MECHANISM_INVALID);
		assert_false(is_active((enum kind)kind));
	}
}

static CK_BYTE zeros[64];
static CK_AES_CTR_PARAMS ctr_0 = {0, {0}}, ctr_129 = {129, {0}};
static CK_GCM_PARAMS gcm_no_iv = {NULL, 12, 96, NULL, 0, 128}, gcm_tag_129 = {zeros, 12, 96, NULL, 0, 129},
                     gcm_no_aad = {zeros, 12, 96, NULL, 5, 128};
static CK_RSA_PKCS_PSS_PARAMS pss_no_hash = {CKM_AES_CBC, CKG_MGF1_SHA256, 32}, pss_no_mgf = {CKM_SHA256, 0x99, 32};
static CK_RSA_PKCS_OAEP_PARAMS oaep_no_hash = {CKM_AES_CBC, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0},
                               oaep_no_mgf = {CKM_SHA_1, 0x99, CKZ_DATA_SPECIFIED, NULL, 0},
                               oaep_no_label = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 5};

static void rules_248_253_bad_parameters_start_nothing(void **state)
{
	const struct {
		enum kind kind;
		CK_MECHANISM mechanism;
	} cases[] = {
		{ENCRYPT, {CKM_AES_CBC, NULL, 0}},
		{ENCRYPT, {CKM_AES_CBC, zeros, 15}},
		{ENCRYPT, {CKM_AES_CBC, zeros, 17}},
		{ENCRYPT, {CKM_AES_CBC_PAD, zeros, 0}},
		{DECRYPT, {CKM_AES_CBC_PAD, zeros, 8}},
		{ENCRYPT, {CKM_AES_ECB, zeros, 16}},
		{ENCRYPT, {CKM_AES_CTR, NULL, 0}},
		{ENCRYPT, {CKM_AES_CTR, zeros, 16}},
		{ENCRYPT, {CKM_AES_CTR, &ctr_0, sizeof(ctr_0)}},
		{DECRYPT, {CKM_AES_CTR, &ctr_129, sizeof(ctr_129)}},
		{ENCRYPT, {CKM_AES_GCM, NULL, 0}},
		{ENCRYPT, {CKM_AES_GCM, &gcm_no_iv, sizeof(gcm_no_iv)}},
		{DECRYPT, {CKM_AES_GCM, &gcm_no_aad, sizeof(gcm_no_aad)}},
		{ENCRYPT, {CKM_AES_GCM, &gcm_tag_129, sizeof(gcm_tag_129)}},
		{DIGEST, {CKM_SHA256, zeros, 4}},
		{SIGN, {CKM_SHA256_HMAC, zeros, 8}},
		{VERIFY, {CKM_SHA256_HMAC, zeros, 8}},
		{SIGN_RECOVER, {CKM_RSA_PKCS, zeros, 8}},
		{VERIFY_RECOVER, {CKM_RSA_PKCS, zeros, 8}},
	};
	const CK_MECHANISM rsa[] = {
		{CKM_RSA_PKCS_PSS, NULL, 0},
		{CKM_RSA_PKCS_PSS, &pss_no_hash, sizeof(pss_no_hash)},
		{CKM_RSA_PKCS_PSS, &pss_no_mgf, sizeof(pss_no_mgf)},
	};
	const CK_MECHANISM oaep[] = {
		{CKM_RSA_PKCS_OAEP, NULL, 0},
		{CKM_RSA_PKCS_OAEP, &oaep_no_hash, sizeof(oaep_no_hash)},
		{CKM_RSA_PKCS_OAEP, &oaep_no_mgf, sizeof(oaep_no_mgf)},
		{CKM_RSA_PKCS_OAEP, &oaep_no_label, sizeof(oaep_no_label)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_MECHANISM m = cases[i].mechanism;

		print_message("# %s with 0x%lx and %lu bytes\n", kind_names[cases[i].kind], m.mechanism, m.ulParameterLen);
		assert_rv(start_with(sess, cases[i].kind, &m, key_for(cases[i].kind)), CKR_MECHANISM_PARAM_INVALID);
		assert_false(is_active(cases[i].kind));
	}
	for (size_t i = 0; i < COUNT(rsa); i++) {
		CK_MECHANISM m = rsa[i];

		assert_rv(p11->C_SignInit(sess, &m, keys.rsa_private), CKR_MECHANISM_PARAM_INVALID);
		assert_rv(p11->C_VerifyInit(sess, &m, keys.rsa_public), CKR_MECHANISM_PARAM_INVALID);
	}
	for (size_t i = 0; i < COUNT(oaep); i++) {
		CK_MECHANISM m = oaep[i];

		assert_rv(p11->C_EncryptInit(sess, &m, keys.rsa_public), CKR_MECHANISM_PARAM_INVALID);
		assert_rv(p11->C_DecryptInit(sess, &m, keys.rsa_private), CKR_MECHANISM_PARAM_INVALID);
	}
	assert_false(is_active(SIGN));
	assert_false(is_active(ENCRYPT));
}

static void rule_248_what_is_no_key_starts_nothing(void **state)
{
	CK_OBJECT_HANDLE gone = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), NULL, 0);
	const CK_OBJECT_HANDLE handles[] = {CK_INVALID_HANDLE, gone, ~0UL, make_data(sess, false, false, "no key")};

	(void)state;
	assert_ok(p11->C_DestroyObject(sess, gone));
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		if (kind == DIGEST)
			continue;
		for (size_t i = 0; i < COUNT(handles); i++) {
			if (i == 3) {
				assert_rv_in(start_with(sess, (enum kind)kind, kind <= DECRYPT ? &m_ctr : &m_rsa, handles[i]),
				             CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED);
			} else {
				assert_rv(start_with(sess, (enum kind)kind, kind <= DECRYPT ? &m_ctr : &m_rsa, handles[i]),
				          CKR_KEY_HANDLE_INVALID);
			}
			assert_false(is_active((enum kind)kind));
		}
	}
}

static void rule_248_a_failed_init_leaves_the_other_operation_alone(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_rv(start_with(sess, ENCRYPT, &unknown, keys.aes), CKR_MECHANISM_INVALID);
	assert_rv(start_with(sess, ENCRYPT, &m_ctr, CK_INVALID_HANDLE), CKR_KEY_HANDLE_INVALID);
	assert_false(is_active(ENCRYPT));
	assert_true(is_active(DIGEST));
	assert_ok(start(ENCRYPT));
}

static void rule_251_the_key_must_permit_the_use(void **state)
{
	static const struct {
		enum kind kind;
		CK_ATTRIBUTE_TYPE use;
		int rsa; /* 0 secret key, 1 RSA public, 2 RSA private */
		CK_MECHANISM *mechanism;
	} cases[] = {
		{ENCRYPT, CKA_ENCRYPT, 0, &m_ctr},
		{DECRYPT, CKA_DECRYPT, 0, &m_ctr},
		{SIGN, CKA_SIGN, 0, &m_hmac},
		{VERIFY, CKA_VERIFY, 0, &m_hmac},
		{ENCRYPT, CKA_ENCRYPT, 1, &m_rsa},
		{VERIFY, CKA_VERIFY, 1, &m_rsa},
		{VERIFY_RECOVER, CKA_VERIFY_RECOVER, 1, &m_rsa},
		{DECRYPT, CKA_DECRYPT, 2, &m_rsa},
		{SIGN, CKA_SIGN, 2, &m_rsa},
		{SIGN_RECOVER, CKA_SIGN_RECOVER, 2, &m_rsa},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_KEY_TYPE type = cases[i].mechanism == &m_ctr ? CKK_AES : CKK_GENERIC_SECRET;
		const CK_ATTRIBUTE forbid = {cases[i].use, &no, sizeof(no)}, allow = {cases[i].use, &yes, sizeof(yes)};

		for (int allowed = 0; allowed < 2; allowed++) {
			const CK_ATTRIBUTE *use = allowed ? &allow : &forbid;
			CK_OBJECT_HANDLE key = cases[i].rsa == 0 ? make_key(sess, type, aes_key, 16, use, 1)
			                     : cases[i].rsa == 1 ? make_rsa_public(sess, use, 1) : make_rsa_private(sess, use, 1);

			print_message("# %s, key type %d, permitted: %d\n", kind_names[cases[i].kind], cases[i].rsa, allowed);
			assert_rv(start_with(sess, cases[i].kind, cases[i].mechanism, key),
			          allowed ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED);
			renew_session();
		}
	}
}

/* The attribute counts as it is at the Init, also when it has just changed. */
static void rule_251_a_use_taken_away_is_not_permitted_any_more(void **state)
{
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, aes_key, 16, NULL, 0);
	CK_ATTRIBUTE forbid = {CKA_ENCRYPT, &no, sizeof(no)}, allow = {CKA_ENCRYPT, &yes, sizeof(yes)};

	(void)state;
	encrypt(&m_ctr, key, pattern, 10, out, sizeof(out));
	assert_ok(p11->C_SetAttributeValue(sess, key, &forbid, 1));
	assert_rv(p11->C_EncryptInit(sess, &m_ctr, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_ok(p11->C_SetAttributeValue(sess, key, &allow, 1));
	encrypt(&m_ctr, key, pattern, 10, out, sizeof(out));
}

static void rule_252_the_wrong_type_of_key_outranks_a_missing_permission(void **state)
{
	const CK_ATTRIBUTE forbid[] = {{CKA_ENCRYPT, &no, sizeof(no)}, {CKA_DECRYPT, &no, sizeof(no)},
	                               {CKA_SIGN, &no, sizeof(no)}, {CKA_VERIFY, &no, sizeof(no)}};
	CK_OBJECT_HANDLE generic = make_key(sess, CKK_GENERIC_SECRET, aes_key, 16, forbid, 4);
	CK_OBJECT_HANDLE aes = make_key(sess, CKK_AES, aes_key, 16, forbid, 4);

	(void)state;
	assert_rv(p11->C_EncryptInit(sess, &m_cbc, generic), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_DecryptInit(sess, &m_cbc, generic), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_EncryptInit(sess, &m_rsa, aes), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_SignInit(sess, &m_hmac, aes), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_SignInit(sess, &m_ecdsa, aes), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_SignInit(sess, &m_ecdsa, keys.rsa_private), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_SignInit(sess, &m_rsa, keys.ec_private), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_VerifyInit(sess, &m_eddsa, keys.ec_public), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_VerifyRecoverInit(sess, &m_rsa, generic), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_EncryptInit(sess, &m_cbc, aes), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_false(is_active(ENCRYPT));
}

/* No order is stated between the two codes for the wrong half of a pair. */
static void rule_251_the_wrong_half_of_a_pair_is_refused(void **state)
{
	const struct {
		enum kind kind;
		CK_OBJECT_HANDLE key;
	} cases[] = {
		{ENCRYPT, keys.rsa_private}, {DECRYPT, keys.rsa_public}, {SIGN, keys.rsa_public},
		{VERIFY, keys.rsa_private}, {SIGN_RECOVER, keys.rsa_public}, {VERIFY_RECOVER, keys.rsa_private},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_rv_in(start_with(sess, cases[i].kind, &m_rsa, cases[i].key), CKR_KEY_TYPE_INCONSISTENT,
		             CKR_KEY_FUNCTION_NOT_PERMITTED);
		assert_false(is_active(cases[i].kind));
	}
}

static void rule_254_a_key_with_allowed_mechanisms_takes_no_other(void **state)
{
	CK_MECHANISM_TYPE allowed[] = {CKM_AES_CBC, CKM_AES_GCM};
	const CK_ATTRIBUTE only = {CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), &only, 1);

	(void)state;
	encrypt(&m_cbc, key, pattern, 16, out, sizeof(out));
	encrypt(&m_gcm, key, pattern, 16, out, sizeof(out));
	assert_rv(p11->C_EncryptInit(sess, &m_ctr, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_EncryptInit(sess, &m_ecb, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_DecryptInit(sess, &m_ctr, key), CKR_MECHANISM_INVALID);
	assert_false(is_active(ENCRYPT));
}

static CK_OBJECT_HANDLE private_key(CK_SESSION_HANDLE session)
{
	const CK_ATTRIBUTE private = {CKA_PRIVATE, &yes, sizeof(yes)};

	return make_key(session, CKK_AES, aes_key, sizeof(aes_key), &private, 1);
}

static void rule_255_a_private_key_is_no_key_without_login(void **state)
{
	CK_OBJECT_HANDLE key = private_key(sess);

	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, key));
	renew_session();
	key = private_key(sess);
	logout(sess);
	assert_rv(p11->C_EncryptInit(sess, &m_ctr, key), CKR_KEY_HANDLE_INVALID);
	login_user(sess);
	assert_rv(p11->C_EncryptInit(sess, &m_ctr, key), CKR_KEY_HANDLE_INVALID);
}

static void rule_255_logging_out_ends_operations_with_private_keys(void **state)
{
	CK_SESSION_HANDLE other = open_rw();

	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, private_key(sess)));
	logout(other);
	out_length = sizeof(out);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 10, out, &out_length), CKR_OPERATION_NOT_INITIALIZED);
	login_user(sess);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 10, out, &out_length), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_255_a_key_that_wants_its_own_login_is_not_used_before(void **state)
{
	const CK_ATTRIBUTE always[] = {{CKA_PRIVATE, &yes, sizeof(yes)}, {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE key = make_rsa_private(sess, always, COUNT(always));

	(void)state;
	assert_ok(p11->C_SignInit(sess, &m_rsa, key));
	out_length = sizeof(out);
	assert_rv(p11->C_Sign(sess, unconst(pattern), 20, out, &out_length), CKR_USER_NOT_LOGGED_IN);
	renew_session();
	key = make_rsa_private(sess, always, COUNT(always));
	assert_ok(p11->C_SignInit(sess, &m_rsa, key));
	assert_ok(login_as(sess, CKU_CONTEXT_SPECIFIC, USER_PIN));
	out_length = sizeof(out);
	assert_ok(p11->C_Sign(sess, unconst(pattern), 20, out, &out_length));
	assert_int_equal(out_length, 256);
}

static void every_init_refuses_a_session_that_is_closed(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	for (int kind = 0; kind < KINDS; kind++) {
		CK_MECHANISM *m = kind == DIGEST ? &m_sha256 : kind <= DECRYPT ? &m_ctr : &m_rsa;

		assert_rv(start_with(closed, (enum kind)kind, m, CK_INVALID_HANDLE), CKR_SESSION_HANDLE_INVALID);
	}
}

/* ---- beside other calls ------------------------------------------------------------------------ */

static void rules_247_370_375_key_generation_and_random_do_not_disturb(void **state)
{
	CK_BYTE wanted[32], random[16];
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG bytes = 16;
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes, sizeof(bytes)}};
	CK_OBJECT_HANDLE key;

	(void)state;
	digest(&m_sha256, pattern, 64, wanted, sizeof(wanted));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 32));
	assert_ok(p11->C_GenerateRandom(sess, random, sizeof(random)));
	assert_ok(p11->C_GenerateKey(sess, &generate, template, 1, &key));
	for (int kind = 0; kind < CRYPTO_KINDS; kind++)
		assert_int_equal(is_active((enum kind)kind), kind == DIGEST);
	assert_ok(p11->C_DestroyObject(sess, key));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern + 32), 32));
	out_length = sizeof(out);
	assert_ok(p11->C_DigestFinal(sess, out, &out_length));
	assert_memory_equal(out, wanted, 32);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_249_data_calls_without_init_are_refused),
		WITH_KEYS(rule_249_an_operation_of_another_kind_does_not_help),
		WITH_KEYS(rule_249_refused_calls_do_not_start_anything),
		WITH_KEYS(rule_243_every_kind_of_operation_can_be_active),
		WITH_KEYS(rules_244_245_only_the_listed_pairs_run_together),
		WITH_KEYS(rules_244_245_a_third_operation_is_refused),
		WITH_KEYS(rule_244_a_search_runs_beside_any_operation),
		WITH_KEYS(rule_245_a_second_search_is_refused),
		WITH_KEYS(rules_245_246_the_old_operation_goes_on_after_a_refused_init),
		WITH_KEYS(rule_244_sessions_have_operations_of_their_own),
		WITH_KEYS(rule_250_another_thread_goes_on_with_the_operation),
		WITH_KEYS(rules_248_253_an_unknown_mechanism_starts_nothing),
		WITH_KEYS(rules_248_253_a_mechanism_of_another_function_is_refused),
		WITH_KEYS(rules_248_253_bad_parameters_start_nothing),
		WITH_KEYS(rule_248_what_is_no_key_starts_nothing),
		WITH_KEYS(rule_248_a_failed_init_leaves_the_other_operation_alone),
		WITH_KEYS(rule_251_the_key_must_permit_the_use),
		WITH_KEYS(rule_251_a_use_taken_away_is_not_permitted_any_more),
		WITH_KEYS(rule_252_the_wrong_type_of_key_outranks_a_missing_permission),
		WITH_KEYS(rule_251_the_wrong_half_of_a_pair_is_refused),
		WITH_KEYS(rule_254_a_key_with_allowed_mechanisms_takes_no_other),
		WITH_KEYS(rule_255_a_private_key_is_no_key_without_login),
		WITH_KEYS(rule_255_logging_out_ends_operations_with_private_keys),
		WITH_KEYS(rule_255_a_key_that_wants_its_own_login_is_not_used_before),
		WITH_KEYS(every_init_refuses_a_session_that_is_closed),
		WITH_KEYS(rules_247_370_375_key_generation_and_random_do_not_disturb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
