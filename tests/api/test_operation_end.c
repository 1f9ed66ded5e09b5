/* SPDX-License-Identifier: Apache-2.0 */
/* What ends an operation and what does not: table T5 row by row, rules 266 to 268, 271, 276 to 288, 324. Refuses to
 * know the lengths of outputs and the bytes in them: test_output_length and the tests of each kind look at those. */
#include "operations.h"

static CK_BYTE out[4096];
static CK_ULONG out_length;

/* The first row of the table of calls that has a name; NULL mechanism: any. */
static const struct output_call *row(const char *name, CK_MECHANISM *mechanism)
{
	for (size_t i = 0; i < output_call_count; i++) {
		if (strcmp(output_calls[i].name, name) == 0 && (!mechanism || output_calls[i].mechanism == mechanism))
			return &output_calls[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

/* Success, short buffer, length query, and each kind of error, against the columns of T5. */
static void check_row(const char *name, CK_MECHANISM *mechanism)
{
	const struct output_call *call = row(name, mechanism);

	begin_output_call(call);
	out_length = 0;
	assert_ok(do_output_call(call, NULL, &out_length));
	assert_true(output_call_active(call));
	out_length = 0;
	assert_rv(do_output_call(call, out, &out_length), CKR_BUFFER_TOO_SMALL);
	assert_true(output_call_active(call));
	out_length = sizeof(out);
	assert_ok(do_output_call(call, out, &out_length));
	assert_int_equal(output_call_active(call), call->step == UPDATE);

	begin_output_call(call);
	assert_rv(do_output_call(call, out, NULL), CKR_ARGUMENTS_BAD);
	assert_false(output_call_active(call));
}

/* A NULL input with a length is an error that ends, too. */
static void check_null_input(const char *name)
{
	const struct output_call *call = row(name, NULL);
	CK_C_Encrypt with_input;

	begin_output_call(call);
	memcpy(&with_input, (const char *)p11 + call->member, sizeof(with_input));
	out_length = sizeof(out);
	assert_rv(with_input(sess, NULL, 16, out, &out_length), CKR_ARGUMENTS_BAD);
	assert_false(output_call_active(call));
}

static void rule_266_table_5_encrypt(void **state)
{
	(void)state;
	check_row("C_Encrypt", &m_cbc_pad);
	check_row("C_Encrypt", &m_rsa);
	check_null_input("C_Encrypt");
	assert_ok(p11->C_EncryptInit(sess, &m_cbc, keys.aes));
	out_length = sizeof(out);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 15, out, &out_length), CKR_DATA_LEN_RANGE);
	assert_false(is_active(ENCRYPT));
}

static void rule_267_table_5_encrypt_update(void **state)
{
	(void)state;
	check_row("C_EncryptUpdate", NULL);
	check_null_input("C_EncryptUpdate");
	assert_ok(p11->C_EncryptInit(sess, &m_rsa, keys.rsa_public));
	out_length = sizeof(out);
	assert_rv(p11->C_EncryptUpdate(sess, unconst(pattern), 15, out, &out_length), CKR_FUNCTION_NOT_SUPPORTED);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 15, out, &out_length), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_268_table_5_encrypt_final(void **state)
{
	(void)state;
	check_row("C_EncryptFinal", NULL);
	assert_ok(p11->C_EncryptInit(sess, &m_cbc, keys.aes));
	out_length = sizeof(out);
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 15, out, &out_length));
	out_length = sizeof(out);
	assert_rv(p11->C_EncryptFinal(sess, out, &out_length), CKR_DATA_LEN_RANGE);
	assert_false(is_active(ENCRYPT));
}

static void rule_271_table_5_decrypt_and_its_parts(void **state)
{
	(void)state;
	check_row("C_Decrypt", &m_cbc_pad);
	check_row("C_Decrypt", &m_rsa);
	check_row("C_DecryptUpdate", &m_cbc_pad);
	check_row("C_DecryptFinal", &m_cbc_pad);
	check_row("C_DecryptFinal", &m_gcm);
	check_null_input("C_Decrypt");
	check_null_input("C_DecryptUpdate");
	assert_ok(p11->C_DecryptInit(sess, &m_cbc, keys.aes));
	out_length = sizeof(out);
	assert_rv_in(p11->C_Decrypt(sess, unconst(pattern), 15, out, &out_length), CKR_ENCRYPTED_DATA_LEN_RANGE);
	assert_false(is_active(DECRYPT));
	assert_ok(p11->C_DecryptInit(sess, &m_cbc, keys.aes));
	out_length = sizeof(out);
	assert_ok(p11->C_DecryptUpdate(sess, unconst(pattern), 15, out, &out_length));
	out_length = sizeof(out);
	assert_rv_in(p11->C_DecryptFinal(sess, out, &out_length), CKR_ENCRYPTED_DATA_LEN_RANGE);
	assert_false(is_active(DECRYPT));
}

static void rules_276_280_table_5_digest_and_its_final(void **state)
{
	(void)state;
	check_row("C_Digest", NULL);
	check_row("C_DigestFinal", NULL);
	check_null_input("C_Digest");
}

static void rules_277_279_table_5_digest_update_and_key(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 5));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 0));
	assert_ok(p11->C_DigestUpdate(sess, NULL, 0));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	assert_true(is_active(DIGEST));
	assert_rv(p11->C_DigestUpdate(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_false(is_active(DIGEST));
}

static void rule_282_table_5_sign_and_its_final(void **state)
{
	(void)state;
	check_row("C_Sign", &m_hmac);
	check_row("C_Sign", &m_rsa);
	check_row("C_Sign", &m_ecdsa);
	check_row("C_SignFinal", NULL);
	check_null_input("C_Sign");
	assert_ok(p11->C_SignInit(sess, &m_rsa, keys.rsa_private));
	out_length = sizeof(out);
	assert_rv(p11->C_Sign(sess, unconst(pattern), 250, out, &out_length), CKR_DATA_LEN_RANGE);
	assert_rv(p11->C_Sign(sess, unconst(pattern), 20, out, &out_length), CKR_OPERATION_NOT_INITIALIZED);
}

static void rules_282_286_table_5_sign_and_verify_update(void **state)
{
	(void)state;
	assert_ok(start(SIGN));
	assert_ok(p11->C_SignUpdate(sess, unconst(pattern), 5));
	assert_ok(p11->C_SignUpdate(sess, NULL, 0));
	assert_true(is_active(SIGN));
	assert_rv(p11->C_SignUpdate(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_false(is_active(SIGN));
	assert_ok(start(VERIFY));
	assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern), 5));
	assert_true(is_active(VERIFY));
	assert_rv(p11->C_VerifyUpdate(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_false(is_active(VERIFY));
}

static void rules_284_288_table_5_the_recovering_calls(void **state)
{
	(void)state;
	check_row("C_SignRecover", &m_rsa);
	check_row("C_VerifyRecover", &m_rsa);
	check_null_input("C_SignRecover");
	check_null_input("C_VerifyRecover");
	assert_ok(start(SIGN_RECOVER));
	out_length = sizeof(out);
	assert_rv(p11->C_SignRecover(sess, unconst(pattern), 250, out, &out_length), CKR_DATA_LEN_RANGE);
	assert_false(is_active(SIGN_RECOVER));
}

static void rule_285_table_5_verify_always_ends(void **state)
{
	CK_BYTE signature[32];
	const struct {
		void *bytes;
		CK_ULONG length;
		CK_RV wanted;
	} cases[] = {
		{signature, 32, CKR_OK},
		{unconst(pattern), 32, CKR_SIGNATURE_INVALID},
		{signature, 31, CKR_SIGNATURE_LEN_RANGE},
		{NULL, 32, CKR_ARGUMENTS_BAD},
	};

	(void)state;
	sign(&m_hmac, keys.hmac, pattern, 10, signature, sizeof(signature));
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(start(VERIFY));
		assert_rv(p11->C_Verify(sess, unconst(pattern), 10, cases[i].bytes, cases[i].length), cases[i].wanted);
		assert_false(is_active(VERIFY));
		assert_ok(start(VERIFY));
		assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern), 10));
		assert_rv(p11->C_VerifyFinal(sess, cases[i].bytes, cases[i].length), cases[i].wanted);
		assert_false(is_active(VERIFY));
	}
	assert_ok(start(VERIFY));
	assert_rv(p11->C_Verify(sess, NULL, 10, signature, 32), CKR_ARGUMENTS_BAD);
	assert_false(is_active(VERIFY));
}

static void rules_318_324_table_5_the_dual_calls(void **state)
{
	(void)state;
	check_row("C_DigestEncryptUpdate", NULL);
	check_row("C_SignEncryptUpdate", NULL);
	check_row("C_DecryptDigestUpdate", NULL);
	check_row("C_DecryptVerifyUpdate", NULL);
	check_null_input("C_DigestEncryptUpdate");
	check_null_input("C_SignEncryptUpdate");
	check_null_input("C_DecryptDigestUpdate");
	check_null_input("C_DecryptVerifyUpdate");
}

static void table_5_a_search_ends_with_its_final_only(void **state)
{
	CK_OBJECT_HANDLE found[2];
	CK_ULONG count;

	(void)state;
	assert_ok(start(FIND));
	do
		assert_ok(p11->C_FindObjects(sess, found, 2, &count));
	while (count > 0);
	assert_true(is_active(FIND));
	assert_ok(p11->C_FindObjectsFinal(sess));
	assert_false(is_active(FIND));
}

static void table_5_closing_the_session_ends_everything(void **state)
{
	CK_SESSION_HANDLE old = sess;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		assert_ok(start((enum kind)kind));
		old = sess;
		renew_session();
		assert_false(is_active((enum kind)kind));
		assert_rv(p11->C_DigestUpdate(old, unconst(pattern), 5), CKR_SESSION_HANDLE_INVALID);
	}
}

/* Calls that fail before they reach the operation leave it (the last sentence of T5). */
static void table_5_a_call_to_nowhere_leaves_the_operation(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		out_length = sizeof(out);
		assert_rv(p11->C_Encrypt(closed, unconst(pattern), 16, out, &out_length), CKR_SESSION_HANDLE_INVALID);
		if (kind != ENCRYPT)
			assert_rv(p11->C_Encrypt(sess, unconst(pattern), 16, out, &out_length), CKR_OPERATION_NOT_INITIALIZED);
		assert_true(is_active((enum kind)kind));
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_266_table_5_encrypt),
		WITH_KEYS(rule_267_table_5_encrypt_update),
		WITH_KEYS(rule_268_table_5_encrypt_final),
		WITH_KEYS(rule_271_table_5_decrypt_and_its_parts),
		WITH_KEYS(rules_276_280_table_5_digest_and_its_final),
		WITH_KEYS(rules_277_279_table_5_digest_update_and_key),
		WITH_KEYS(rule_282_table_5_sign_and_its_final),
		WITH_KEYS(rules_282_286_table_5_sign_and_verify_update),
		WITH_KEYS(rules_284_288_table_5_the_recovering_calls),
		WITH_KEYS(rule_285_table_5_verify_always_ends),
		WITH_KEYS(rules_318_324_table_5_the_dual_calls),
		WITH_KEYS(table_5_a_search_ends_with_its_final_only),
		WITH_KEYS(table_5_closing_the_session_ends_everything),
		WITH_KEYS(table_5_a_call_to_nowhere_leaves_the_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
