/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that uses a key whose uses are counted (CKA_CONCLAVE_USES_LEFT), as rows: what is refused before the key works
 * costs nothing, a use costs one, and when none is left the call's own code says so and nothing is made. */
#include <conclave.h>

#include "mechanisms.h"

#define YES(type) {type, &yes, sizeof(yes)}

static CK_BYTE out[1024], iv[12], tag[16];
static CK_ULONG length_16 = 16;
static CK_GCM_MESSAGE_PARAMS sealed = {iv, sizeof(iv), 0, CKG_NO_GENERATE, tag, 128};
static CK_ECDH1_DERIVE_PARAMS agree = {CKD_NULL, 0, NULL, sizeof(ec_point), NULL}, kem = {CKD_NULL, 0, NULL, 0, NULL};
static CK_MECHANISM m_cmac = {CKM_AES_CMAC, NULL, 0}, m_kw = {CKM_AES_KEY_WRAP, NULL, 0}, m_sealed = {CKM_AES_GCM, &sealed, sizeof(sealed)};
static CK_MECHANISM m_agree = {CKM_ECDH1_DERIVE, &agree, sizeof(agree)}, m_kem = {CKM_ECDH1_DERIVE, &kem, sizeof(kem)};
static CK_ATTRIBUTE secret[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
                                {CKA_VALUE_LEN, &length_16, sizeof(length_16)}};

/* ---- uses: each in one go ---------------------------------------------------------------------------- */

static CK_RV do_encrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);
	CK_RV rv = p11->C_EncryptInit(sess, m, key);

	return rv == CKR_OK ? p11->C_Encrypt(sess, unconst(pattern), 32, out, &n) : rv;
}

/* The ciphertext is none; that costs a use all the same. */
static CK_RV do_decrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);
	CK_RV rv = p11->C_DecryptInit(sess, m, key);

	if (rv == CKR_OK)
		(void)p11->C_Decrypt(sess, unconst(pattern), 256, out, &n);
	return rv;
}

static CK_RV do_sign(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);
	CK_RV rv = p11->C_SignInit(sess, m, key);

	return rv == CKR_OK ? p11->C_Sign(sess, unconst(pattern), 32, out, &n) : rv;
}

static CK_RV do_sign_recover(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);
	CK_RV rv = p11->C_SignRecoverInit(sess, m, key);

	return rv == CKR_OK ? p11->C_SignRecover(sess, unconst(pattern), 32, out, &n) : rv;
}

static CK_RV do_sign_message(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);
	CK_RV rv = p11->C_MessageSignInit(sess, m, key);

	if (rv != CKR_OK)
		return rv;
	rv = p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 32, out, &n);
	assert_ok(p11->C_SessionCancel(sess, CKF_MESSAGE_SIGN));
	return rv;
}

static CK_RV do_wrap(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);

	return p11->C_WrapKey(sess, m, key, keys.hmac, out, &n);
}

static CK_RV do_wrap_sealed(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof(out);

	return p11->C_WrapKeyAuthenticated(sess, m, key, keys.hmac, NULL, 0, out, &n);
}

/* What is not to be opened costs a use as well: the key has worked. */
static CK_RV do_unwrap(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE made;
	CK_RV rv = p11->C_UnwrapKey(sess, m, key, unconst(pattern), 24, secret, 2, &made);

	return rv == CKR_WRAPPED_KEY_INVALID ? CKR_OK : rv;
}

static CK_RV do_unwrap_sealed(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE made;
	CK_RV rv = p11->C_UnwrapKeyAuthenticated(sess, m, key, unconst(pattern), 24, secret, 2, NULL, 0, &made);

	return rv == CKR_WRAPPED_KEY_INVALID ? CKR_OK : rv;
}

static CK_RV do_derive(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE made;

	return p11->C_DeriveKey(sess, m, key, secret, 3, &made);
}

static CK_RV do_decapsulate(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE made;

	return p11->C_DecapsulateKey(sess, m, key, secret, 3, unconst(ec_point), sizeof(ec_point), &made);
}

static const struct counted {
	const char *name;
	CK_RV (*use)(CK_MECHANISM *m, CK_OBJECT_HANDLE key);
	CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE *key;
	CK_ATTRIBUTE_TYPE permission;
	CK_RV used_up;
	bool late; /* the mechanism looks at its parameter when it works already, and that is a use */
} rows[] = {
	{"encrypt", do_encrypt, &m_cbc, &keys.aes, CKA_ENCRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"decrypt", do_decrypt, &m_cbc, &keys.aes, CKA_DECRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"decrypt with RSA", do_decrypt, &m_rsa, &keys.rsa_private, CKA_DECRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"sign", do_sign, &m_ecdsa, &keys.ec_private, CKA_SIGN, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"sign a hash's data", do_sign, &m_sha256_rsa, &keys.rsa_private, CKA_SIGN, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"MAC", do_sign, &m_cmac, &keys.aes, CKA_SIGN, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"sign and recover", do_sign_recover, &m_rsa, &keys.rsa_private, CKA_SIGN_RECOVER, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"sign a message", do_sign_message, &m_ecdsa_sha256, &keys.ec_private, CKA_SIGN, CKR_KEY_FUNCTION_NOT_PERMITTED, false},
	{"wrap", do_wrap, &m_kw, &keys.aes, CKA_WRAP, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, false},
	{"wrap and seal", do_wrap_sealed, &m_sealed, &keys.aes, CKA_WRAP, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, false},
	{"unwrap", do_unwrap, &m_kw, &keys.aes, CKA_UNWRAP, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, true},
	{"unwrap what is sealed", do_unwrap_sealed, &m_sealed, &keys.aes, CKA_UNWRAP, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, true},
	{"derive", do_derive, &m_agree, &keys.ec_private, CKA_DERIVE, CKR_KEY_TYPE_INCONSISTENT, true},
	{"decapsulate", do_decapsulate, &m_kem, &keys.ec_private, CKA_DECAPSULATE, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, false},
};

/* ---- the walk ---------------------------------------------------------------------------------------- */

static CK_ULONG left(CK_OBJECT_HANDLE key)
{
	return get_ulong(sess, key, CKA_CONCLAVE_USES_LEFT);
}

/* A copy of the row's key on the token, with so many uses. */
static CK_OBJECT_HANDLE counted_key(const struct counted *r, bool token, CK_ULONG uses)
{
	CK_BBOOL stays = token;
	CK_ATTRIBUTE place = {CKA_TOKEN, &stays, sizeof(stays)}, allowed = {r->permission, &yes, sizeof(yes)};
	CK_ATTRIBUTE count = {CKA_CONCLAVE_USES_LEFT, &uses, sizeof(uses)};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_CopyObject(sess, *r->key, &place, 1, &key));
	assert_ok(p11->C_SetAttributeValue(sess, key, &allowed, 1));
	assert_ok(p11->C_SetAttributeValue(sess, key, &count, 1));
	return key;
}

static void check_row(const struct counted *r, bool token)
{
	CK_OBJECT_HANDLE key = counted_key(r, token, r->late ? 3 : 2);
	CK_MECHANISM bad = {r->mechanism->mechanism, out, 3};
	size_t before;

	print_message("# %s\n", r->name);
	assert_rv(r->use(&bad, key), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(left(key), 2);
	assert_ok(r->use(r->mechanism, key));
	assert_int_equal(left(key), 1);
	assert_ok(r->use(r->mechanism, key));
	assert_int_equal(left(key), 0);
	before = count_objects(sess);
	assert_rv(r->use(r->mechanism, key), r->used_up);
	assert_int_equal(left(key), 0);
	assert_int_equal(count_objects(sess), before);
}

static int setup_uses(void **state)
{
	agree.pPublicData = unconst(ec_point);
	return setup_operations(state);
}

static void every_use_costs_one_and_no_refusal_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_row(&rows[i], false);
		check_row(&rows[i], true);
	}
}

static void public_keys_are_not_counted(void **state)
{
	CK_OBJECT_HANDLE public[] = {keys.rsa_public, keys.ec_public, keys.ed_public};
	CK_ULONG one = 1;
	CK_ATTRIBUTE count = {CKA_CONCLAVE_USES_LEFT, &one, sizeof(one)};

	(void)state;
	for (size_t i = 0; i < COUNT(public); i++)
		assert_rv(p11->C_SetAttributeValue(sess, public[i], &count, 1), CKR_ATTRIBUTE_TYPE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_use_costs_one_and_no_refusal_does, setup_uses, teardown),
		cmocka_unit_test_setup_teardown(public_keys_are_not_counted, setup_uses, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
