/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and their verification, rules 282 to 287: published values, whole and in pieces, what may not follow
 * what, wrong signatures. Refuses to know output conventions (test_output_length). */
#include "operations.h"

static CK_BYTE out[512];
static CK_ULONG length;

struct scheme {
	const char *name;
	CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE *sign_key, *verify_key;
	CK_ULONG input, size;
	bool multi; /* the mechanism has a multi-part form */
};

static const struct scheme schemes[] = {
	{"HMAC", &m_hmac, &keys.hmac, &keys.hmac, 100, 32, true},
	{"RSA", &m_rsa, &keys.rsa_private, &keys.rsa_public, 100, 256, false},
	{"raw RSA", &m_rsa_x509, &keys.rsa_private, &keys.rsa_public, 256, 256, false},
	{"RSA with SHA-256", &m_sha256_rsa, &keys.rsa_private, &keys.rsa_public, 100, 256, true},
	{"PSS", &m_pss, &keys.rsa_private, &keys.rsa_public, 32, 256, false},
	{"ECDSA", &m_ecdsa, &keys.ec_private, &keys.ec_public, 32, 64, false},
	{"ECDSA with SHA-256", &m_ecdsa_sha256, &keys.ec_private, &keys.ec_public, 100, 64, true},
	{"EdDSA", &m_eddsa, &keys.ed_private, &keys.ed_public, 100, 64, false},
};

static void begin_sign(const struct scheme *s)
{
	assert_ok(p11->C_SignInit(sess, s->mechanism, *s->sign_key));
}

static void begin_verify(const struct scheme *s)
{
	assert_ok(p11->C_VerifyInit(sess, s->mechanism, *s->verify_key));
}

static void make_signature(const struct scheme *s)
{
	length = sign(s->mechanism, *s->sign_key, pattern, s->input, out, sizeof(out));
	assert_int_equal(length, s->size);
}

static CK_RV check(const struct scheme *s, const void *in, CK_ULONG in_length, const void *signature, CK_ULONG size)
{
	return verify(s->mechanism, *s->verify_key, in, in_length, signature, size);
}

/* RFC 4231 test case 2 and RFC 8032 7.1 TEST 3. */
static void rule_282_published_values(void **state)
{
	CK_OBJECT_HANDLE jefe = make_key(sess, CKK_GENERIC_SECRET, "Jefe", 4, NULL, 0);
	CK_BYTE wanted[64], text[2] = {0xaf, 0x82};

	(void)state;
	unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", wanted);
	assert_int_equal(sign(&m_hmac, jefe, "what do ya want for nothing?", 28, out, sizeof(out)), 32);
	assert_memory_equal(out, wanted, 32);
	unhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", wanted);
	assert_int_equal(sign(&m_eddsa, keys.ed_private, text, 2, out, sizeof(out)), 64);
	assert_memory_equal(out, wanted, 64);
	assert_ok(verify(&m_eddsa, keys.ed_public, text, 2, wanted, 64));
}

/* RFC 6979 A.2.5: the signatures of another implementation verify here. */
static void rule_285_published_ecdsa_signature_verifies(void **state)
{
	CK_BYTE signature[64], hash[32];

	(void)state;
	unhex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8", signature);
	assert_ok(verify(&m_ecdsa_sha256, keys.ec_public, "sample", 6, signature, 64));
	assert_rv(verify(&m_ecdsa_sha256, keys.ec_public, "simple", 6, signature, 64), CKR_SIGNATURE_INVALID);
	digest(&m_sha256, "sample", 6, hash, sizeof(hash));
	assert_ok(verify(&m_ecdsa, keys.ec_public, hash, 32, signature, 64));
}

static void rules_282_285_what_is_signed_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		print_message("# %s\n", schemes[i].name);
		make_signature(&schemes[i]);
		assert_ok(check(&schemes[i], pattern, schemes[i].input, out, length));
	}
}

static void rules_282_286_pieces_and_the_whole_are_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const struct scheme *s = &schemes[i];

		if (!s->multi)
			continue;
		for (CK_ULONG piece = 1; piece <= s->input; piece += 24) {
			begin_sign(s);
			for (CK_ULONG at = 0; at < s->input; at += piece)
				assert_ok(p11->C_SignUpdate(sess, unconst(pattern + at), at + piece > s->input ? s->input - at : piece));
			length = sizeof(out);
			assert_ok(p11->C_SignFinal(sess, out, &length));
			assert_int_equal(length, s->size);
			assert_ok(check(s, pattern, s->input, out, length));
			begin_verify(s);
			for (CK_ULONG at = 0; at < s->input; at += piece)
				assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern + at), at + piece > s->input ? s->input - at : piece));
			assert_ok(p11->C_VerifyFinal(sess, out, length));
		}
	}
}

static void rules_282_286_no_data_at_all_can_be_signed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const struct scheme *s = &schemes[i];

		if (!s->multi)
			continue;
		begin_sign(s);
		length = sizeof(out);
		assert_ok(p11->C_SignFinal(sess, out, &length));
		begin_verify(s);
		assert_ok(p11->C_VerifyFinal(sess, out, length));
		assert_ok(check(s, "", 0, out, length));
		assert_ok(check(s, NULL, 0, out, length));
	}
}

static void rules_282_286_a_single_part_mechanism_takes_no_pieces(void **state)
{
	static const struct scheme *const single[] = {&schemes[1], &schemes[2], &schemes[4], &schemes[5]};

	(void)state;
	for (size_t i = 0; i < COUNT(single); i++) {
		print_message("# %s\n", single[i]->name);
		begin_sign(single[i]);
		assert_rv(p11->C_SignUpdate(sess, unconst(pattern), 20), CKR_FUNCTION_NOT_SUPPORTED);
		length = sizeof(out);
		assert_rv(p11->C_Sign(sess, unconst(pattern), single[i]->input, out, &length), CKR_OPERATION_NOT_INITIALIZED);
		begin_verify(single[i]);
		assert_rv(p11->C_VerifyUpdate(sess, unconst(pattern), 20), CKR_FUNCTION_NOT_SUPPORTED);
		assert_rv(p11->C_Verify(sess, unconst(pattern), single[i]->input, out, single[i]->size),
		          CKR_OPERATION_NOT_INITIALIZED);
	}
}

static void rule_283_one_shot_may_not_follow_update(void **state)
{
	(void)state;
	assert_ok(start(SIGN));
	assert_ok(p11->C_SignUpdate(sess, unconst(pattern), 5));
	length = sizeof(out);
	assert_rv(p11->C_Sign(sess, unconst(pattern), 5, out, &length), CKR_OPERATION_ACTIVE);
	assert_false(is_active(SIGN));
	assert_rv(p11->C_SignUpdate(sess, unconst(pattern), 5), CKR_OPERATION_NOT_INITIALIZED);
}

static void rules_285_286_one_shot_verify_may_not_follow_update(void **state)
{
	CK_BYTE signature[32];

	(void)state;
	sign(&m_hmac, keys.hmac, pattern, 10, signature, sizeof(signature));
	assert_ok(start(VERIFY));
	assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern), 5));
	assert_rv(p11->C_Verify(sess, unconst(pattern), 10, signature, 32), CKR_OPERATION_ACTIVE);
	assert_false(is_active(VERIFY));
	assert_rv(p11->C_VerifyFinal(sess, signature, 32), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_282_data_that_is_too_long_is_refused(void **state)
{
	const struct {
		CK_MECHANISM *mechanism;
		CK_OBJECT_HANDLE key;
		CK_ULONG length;
	} cases[] = {
		{&m_rsa, keys.rsa_private, 256 - 10}, {&m_rsa_x509, keys.rsa_private, 257}, {&m_pss, keys.rsa_private, 31},
		{&m_pss, keys.rsa_private, 33},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("# 0x%lx, %lu bytes\n", cases[i].mechanism->mechanism, cases[i].length);
		assert_ok(p11->C_SignInit(sess, cases[i].mechanism, cases[i].key));
		length = sizeof(out);
		assert_rv(p11->C_Sign(sess, unconst(pattern), cases[i].length, out, &length), CKR_DATA_LEN_RANGE);
		assert_rv(p11->C_Sign(sess, unconst(pattern), 32, out, &length), CKR_OPERATION_NOT_INITIALIZED);
	}
}

static void rules_285_287_a_changed_signature_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const struct scheme *s = &schemes[i];

		print_message("# %s\n", s->name);
		make_signature(s);
		for (CK_ULONG bit = 8; bit < length * 8; bit += length * 8 / 5) {
			out[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
			assert_rv(check(s, pattern, s->input, out, length), CKR_SIGNATURE_INVALID);
			assert_rv(p11->C_Verify(sess, unconst(pattern), s->input, out, length), CKR_OPERATION_NOT_INITIALIZED);
			out[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
		}
		/* Other data, of the same length. */
		assert_rv(check(s, pattern + 1, s->input, out, length), CKR_SIGNATURE_INVALID);
		assert_ok(check(s, pattern, s->input, out, length));
	}
}

static void rules_285_287_a_changed_signature_is_invalid_in_pieces_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const struct scheme *s = &schemes[i];

		if (!s->multi)
			continue;
		make_signature(s);
		out[length / 2] ^= 1;
		begin_verify(s);
		assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern), s->input));
		assert_rv(p11->C_VerifyFinal(sess, out, length), CKR_SIGNATURE_INVALID);
		assert_false(is_active(VERIFY));
	}
}

static void rule_287_a_wrong_length_outranks_a_wrong_signature(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const struct scheme *s = &schemes[i];
		const CK_ULONG lengths[] = {s->size - 1, s->size + 1, 0, 1};

		make_signature(s);
		for (int wrong = 0; wrong < 2; wrong++) {
			for (size_t k = 0; k < COUNT(lengths); k++) {
				print_message("# %s, %lu bytes\n", s->name, lengths[k]);
				assert_rv(check(s, pattern, s->input, out, lengths[k]), CKR_SIGNATURE_LEN_RANGE);
				if (!s->multi)
					continue;
				begin_verify(s);
				assert_ok(p11->C_VerifyUpdate(sess, unconst(pattern), s->input));
				assert_rv(p11->C_VerifyFinal(sess, out, lengths[k]), CKR_SIGNATURE_LEN_RANGE);
			}
			out[0] ^= 1;
		}
	}
}

static void rule_285_another_key_does_not_verify(void **state)
{
	CK_OBJECT_HANDLE other = make_key(sess, CKK_GENERIC_SECRET, pattern, 32, NULL, 0);

	(void)state;
	make_signature(&schemes[0]);
	assert_rv(verify(&m_hmac, other, pattern, schemes[0].input, out, 32), CKR_SIGNATURE_INVALID);
	assert_ok(verify(&m_hmac, keys.hmac, pattern, schemes[0].input, out, 32));
}

/* ECDSA takes the leftmost bits of longer data. */
static void rule_282_ecdsa_takes_hashes_of_other_lengths(void **state)
{
	const CK_ULONG lengths[] = {20, 28, 32, 48, 64};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		sign(&m_ecdsa, keys.ec_private, pattern, lengths[i], out, sizeof(out));
		assert_ok(verify(&m_ecdsa, keys.ec_public, pattern, lengths[i], out, 64));
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_282_published_values),
		WITH_KEYS(rule_285_published_ecdsa_signature_verifies),
		WITH_KEYS(rules_282_285_what_is_signed_verifies),
		WITH_KEYS(rules_282_286_pieces_and_the_whole_are_the_same),
		WITH_KEYS(rules_282_286_no_data_at_all_can_be_signed),
		WITH_KEYS(rules_282_286_a_single_part_mechanism_takes_no_pieces),
		WITH_KEYS(rule_283_one_shot_may_not_follow_update),
		WITH_KEYS(rules_285_286_one_shot_verify_may_not_follow_update),
		WITH_KEYS(rule_282_data_that_is_too_long_is_refused),
		WITH_KEYS(rules_285_287_a_changed_signature_is_invalid),
		WITH_KEYS(rules_285_287_a_changed_signature_is_invalid_in_pieces_too),
		WITH_KEYS(rule_287_a_wrong_length_outranks_a_wrong_signature),
		WITH_KEYS(rule_285_another_key_does_not_verify),
		WITH_KEYS(rule_282_ecdsa_takes_hashes_of_other_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
