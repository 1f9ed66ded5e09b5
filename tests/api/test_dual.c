/* SPDX-License-Identifier: Apache-2.0 */
/* The four calls that do two things at once, rules 318 to 325: both results are those of two separate operations,
 * whatever is mixed in, whatever went wrong between. Refuses to know lengths (test_output_length). */
#include "operations.h"

static CK_BYTE out[1024], cipher[1024], hash[64], mac[64];
static CK_ULONG length, cipher_length;

enum dual { DIGEST_ENCRYPT, SIGN_ENCRYPT, DECRYPT_DIGEST, DECRYPT_VERIFY, DUALS };

static const struct {
	const char *name;
	enum kind transform, fed;
} duals[DUALS] = {
	[DIGEST_ENCRYPT] = {"C_DigestEncryptUpdate", ENCRYPT, DIGEST},
	[SIGN_ENCRYPT] = {"C_SignEncryptUpdate", ENCRYPT, SIGN},
	[DECRYPT_DIGEST] = {"C_DecryptDigestUpdate", DECRYPT, DIGEST},
	[DECRYPT_VERIFY] = {"C_DecryptVerifyUpdate", DECRYPT, VERIFY},
};

static CK_RV dual(enum dual which, const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *to, CK_ULONG *to_length)
{
	switch (which) {
	case DIGEST_ENCRYPT:
		return p11->C_DigestEncryptUpdate(sess, unconst(in), in_length, to, to_length);
	case SIGN_ENCRYPT:
		return p11->C_SignEncryptUpdate(sess, unconst(in), in_length, to, to_length);
	case DECRYPT_DIGEST:
		return p11->C_DecryptDigestUpdate(sess, unconst(in), in_length, to, to_length);
	default:
		return p11->C_DecryptVerifyUpdate(sess, unconst(in), in_length, to, to_length);
	}
}

/* The separate results for pattern[0..n) under m. */
static void prepare(CK_MECHANISM *m, CK_ULONG n)
{
	renew_session();
	cipher_length = encrypt(m, keys.aes, pattern, n, cipher, sizeof(cipher));
	digest(&m_sha256, pattern, n, hash, sizeof(hash));
	sign(&m_hmac, keys.hmac, pattern, n, mac, sizeof(mac));
}

static void begin(enum dual which, CK_MECHANISM *m, bool fed_first)
{
	if (fed_first)
		assert_ok(start(duals[which].fed));
	assert_ok(start_with(sess, duals[which].transform, m, keys.aes));
	if (!fed_first)
		assert_ok(start(duals[which].fed));
}

/* Ends the fed half; its result is the separate one. */
static void finish_fed(enum dual which)
{
	CK_BYTE result[64];

	length = sizeof(result);
	switch (duals[which].fed) {
	case DIGEST:
		assert_ok(p11->C_DigestFinal(sess, result, &length));
		assert_int_equal(length, 32);
		assert_memory_equal(result, hash, 32);
		break;
	case SIGN:
		assert_ok(p11->C_SignFinal(sess, result, &length));
		assert_int_equal(length, 32);
		assert_memory_equal(result, mac, 32);
		break;
	default:
		assert_ok(p11->C_VerifyFinal(sess, mac, 32));
		break;
	}
}

static CK_ULONG finish_transform(enum dual which, CK_BYTE *to)
{
	length = 64;
	if (duals[which].transform == ENCRYPT)
		assert_ok(p11->C_EncryptFinal(sess, to, &length));
	else
		assert_ok(p11->C_DecryptFinal(sess, to, &length));
	return length;
}

static const CK_BYTE *input_of(enum dual which)
{
	return duals[which].transform == ENCRYPT ? pattern : cipher;
}

static const CK_BYTE *result_of(enum dual which)
{
	return duals[which].transform == ENCRYPT ? cipher : pattern;
}

static void rule_318_both_operations_must_be_active(void **state)
{
	(void)state;
	for (int which = 0; which < DUALS; which++) {
		const enum kind halves[] = {duals[which].transform, duals[which].fed};

		length = sizeof(out);
		assert_rv(dual((enum dual)which, pattern, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
		for (size_t i = 0; i < 2; i++) {
			renew_session();
			assert_ok(start(halves[i]));
			length = sizeof(out);
			assert_rv(dual((enum dual)which, pattern, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
			assert_true(is_active(halves[i]));
			assert_false(is_active(halves[1 - i]));
		}
	}
}

static void rule_318_the_other_pair_does_not_help(void **state)
{
	(void)state;
	for (int active = 0; active < DUALS; active++) {
		for (int which = 0; which < DUALS; which++) {
			if (which == active)
				continue;
			renew_session();
			begin((enum dual)active, &m_ctr, false);
			length = sizeof(out);
			assert_rv(dual((enum dual)which, pattern, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
			assert_true(is_active(duals[active].transform));
			assert_true(is_active(duals[active].fed));
		}
	}
}

static void rules_318_320_both_results_are_the_separate_ones(void **state)
{
	(void)state;
	for (int which = 0; which < DUALS; which++) {
		for (int fed_first = 0; fed_first < 2; fed_first++) {
			for (CK_ULONG piece = 7; piece < 120; piece += 25) {
				CK_ULONG total = 0;

				prepare(&m_ctr, 112);
				begin((enum dual)which, &m_ctr, fed_first);
				for (CK_ULONG at = 0; at < 112; at += piece) {
					length = sizeof(out) - total;
					assert_ok(dual((enum dual)which, input_of((enum dual)which) + at, at + piece > 112 ? 112 - at : piece,
					               out + total, &length));
					total += length;
				}
				total += finish_transform((enum dual)which, out + total);
				assert_int_equal(total, 112);
				assert_memory_equal(out, result_of((enum dual)which), 112);
				finish_fed((enum dual)which);
			}
		}
	}
}

static void rule_319_without_output_nothing_is_fed(void **state)
{
	(void)state;
	for (int which = 0; which < DUALS; which++) {
		prepare(&m_ctr, 64);
		begin((enum dual)which, &m_ctr, false);
		length = 0;
		assert_ok(dual((enum dual)which, input_of((enum dual)which), 64, NULL, &length));
		assert_true(length >= 64);
		for (CK_ULONG room = 0; room < 64; room += 63) {
			length = room;
			assert_rv(dual((enum dual)which, input_of((enum dual)which), 64, out, &length), CKR_BUFFER_TOO_SMALL);
			assert_true(length >= 64);
		}
		assert_true(is_active(duals[which].transform));
		assert_true(is_active(duals[which].fed));
		length = sizeof(out);
		assert_ok(dual((enum dual)which, input_of((enum dual)which), 64, out, &length));
		assert_memory_equal(out, result_of((enum dual)which), 64);
		finish_fed((enum dual)which);
	}
}

/* The plaintext is fed at once, also what the cipher holds back. */
static void rule_320_encryption_feeds_its_whole_input(void **state)
{
	(void)state;
	for (int which = DIGEST_ENCRYPT; which <= SIGN_ENCRYPT; which++) {
		prepare(&m_cbc_pad, 20);
		begin((enum dual)which, &m_cbc_pad, true);
		length = sizeof(out);
		assert_ok(dual((enum dual)which, pattern, 20, out, &length));
		assert_int_equal(length, 16);
		finish_fed((enum dual)which);
		assert_true(is_active(ENCRYPT));
		assert_int_equal(finish_transform((enum dual)which, out + 16), 16);
		assert_memory_equal(out, cipher, 32);
	}
}

static void rule_321_what_decrypt_final_releases_is_fed_by_the_caller(void **state)
{
	(void)state;
	for (int which = DECRYPT_DIGEST; which <= DECRYPT_VERIFY; which++) {
		CK_ULONG rest;

		prepare(&m_cbc_pad, 40);
		begin((enum dual)which, &m_cbc_pad, false);
		length = sizeof(out);
		assert_ok(dual((enum dual)which, cipher, cipher_length, out, &length));
		assert_int_equal(length, 32);
		rest = finish_transform((enum dual)which, out + 32);
		assert_int_equal(rest, 8);
		assert_memory_equal(out, pattern, 40);
		assert_true(is_active(duals[which].fed));
		if (which == DECRYPT_DIGEST)
			assert_ok(p11->C_DigestUpdate(sess, out + 32, rest));
		else
			assert_ok(p11->C_VerifyUpdate(sess, out + 32, rest));
		finish_fed((enum dual)which);
	}
}

static void rule_321_without_the_last_bytes_the_digest_is_another(void **state)
{
	CK_BYTE shorter[32], result[32];

	(void)state;
	prepare(&m_cbc_pad, 40);
	digest(&m_sha256, pattern, 32, shorter, sizeof(shorter));
	begin(DECRYPT_DIGEST, &m_cbc_pad, false);
	length = sizeof(out);
	assert_ok(dual(DECRYPT_DIGEST, cipher, cipher_length, out, &length));
	finish_transform(DECRYPT_DIGEST, out + 32);
	length = sizeof(result);
	assert_ok(p11->C_DigestFinal(sess, result, &length));
	assert_memory_equal(result, shorter, 32);
}

static void rule_322_dual_and_single_updates_mix(void **state)
{
	CK_BYTE text[16 + 16 + sizeof(hmac_key) + 16], wanted[32], result[32];

	(void)state;
	/* digested: pattern[0..16) by the dual call, pattern[100..116) and a key alone, pattern[48..64) by the dual call */
	memcpy(text, pattern, 16);
	memcpy(text + 16, pattern + 100, 16);
	memcpy(text + 32, hmac_key, sizeof(hmac_key));
	memcpy(text + 32 + sizeof(hmac_key), pattern + 48, 16);
	prepare(&m_ctr, 64);
	digest(&m_sha256, text, sizeof(text), wanted, sizeof(wanted));
	begin(DIGEST_ENCRYPT, &m_ctr, true);
	length = 64;
	assert_ok(dual(DIGEST_ENCRYPT, pattern, 16, out, &length));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern + 100), 16));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	length = 64;
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern + 16), 32, out + 16, &length));
	length = 64;
	assert_ok(dual(DIGEST_ENCRYPT, pattern + 48, 16, out + 48, &length));
	assert_memory_equal(out, cipher, 64);
	length = sizeof(result);
	assert_ok(p11->C_DigestFinal(sess, result, &length));
	assert_memory_equal(result, wanted, 32);
}

static void rule_322_single_updates_of_the_other_pairs_mix_too(void **state)
{
	(void)state;
	prepare(&m_ctr, 64);
	begin(SIGN_ENCRYPT, &m_ctr, true);
	length = 64;
	assert_ok(dual(SIGN_ENCRYPT, pattern, 20, out, &length));
	assert_ok(p11->C_SignUpdate(sess, unconst(pattern + 20), 44));
	length = 64;
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern + 20), 44, out + 20, &length));
	assert_memory_equal(out, cipher, 64);
	finish_fed(SIGN_ENCRYPT);
	for (int which = DECRYPT_DIGEST; which <= DECRYPT_VERIFY; which++) {
		prepare(&m_ctr, 64);
		begin((enum dual)which, &m_ctr, true);
		length = 64;
		assert_ok(dual((enum dual)which, cipher, 20, out, &length));
		length = 64;
		assert_ok(p11->C_DecryptUpdate(sess, cipher + 20, 44, out + 20, &length));
		if (which == DECRYPT_DIGEST)
			assert_ok(p11->C_DigestUpdate(sess, out + 20, 44));
		else
			assert_ok(p11->C_VerifyUpdate(sess, out + 20, 44));
		assert_memory_equal(out, pattern, 64);
		finish_fed((enum dual)which);
	}
}

static void rule_323_each_final_leaves_the_other_half(void **state)
{
	(void)state;
	for (int which = 0; which < DUALS; which++) {
		for (int fed_first = 0; fed_first < 2; fed_first++) {
			prepare(&m_ctr, 48);
			begin((enum dual)which, &m_ctr, false);
			length = sizeof(out);
			assert_ok(dual((enum dual)which, input_of((enum dual)which), 48, out, &length));
			if (fed_first) {
				finish_fed((enum dual)which);
				assert_false(is_active(duals[which].fed));
				assert_true(is_active(duals[which].transform));
				finish_transform((enum dual)which, out);
			} else {
				finish_transform((enum dual)which, out);
				assert_false(is_active(duals[which].transform));
				assert_true(is_active(duals[which].fed));
				finish_fed((enum dual)which);
			}
			/* With one half gone the dual call has nothing to stand on. */
			length = sizeof(out);
			assert_rv(dual((enum dual)which, pattern, 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
		}
	}
}

static void rule_324_an_error_ends_both(void **state)
{
	(void)state;
	for (int which = 0; which < DUALS; which++) {
		renew_session();
		begin((enum dual)which, &m_ctr, false);
		assert_rv(dual((enum dual)which, pattern, 16, out, NULL), CKR_ARGUMENTS_BAD);
		assert_false(is_active(duals[which].transform));
		assert_false(is_active(duals[which].fed));
		begin((enum dual)which, &m_ctr, false);
		length = sizeof(out);
		assert_rv(dual((enum dual)which, NULL, 16, out, &length), CKR_ARGUMENTS_BAD);
		assert_false(is_active(duals[which].transform));
		assert_false(is_active(duals[which].fed));
	}
}

static void rule_325_the_token_says_that_it_can(void **state)
{
	(void)state;
	assert_true(token_flags() & CKF_DUAL_CRYPTO_OPERATIONS);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_318_both_operations_must_be_active),
		WITH_KEYS(rule_318_the_other_pair_does_not_help),
		WITH_KEYS(rules_318_320_both_results_are_the_separate_ones),
		WITH_KEYS(rule_319_without_output_nothing_is_fed),
		WITH_KEYS(rule_320_encryption_feeds_its_whole_input),
		WITH_KEYS(rule_321_what_decrypt_final_releases_is_fed_by_the_caller),
		WITH_KEYS(rule_321_without_the_last_bytes_the_digest_is_another),
		WITH_KEYS(rule_322_dual_and_single_updates_mix),
		WITH_KEYS(rule_322_single_updates_of_the_other_pairs_mix_too),
		WITH_KEYS(rule_323_each_final_leaves_the_other_half),
		WITH_KEYS(rule_324_an_error_ends_both),
		WITH_KEYS(rule_325_the_token_says_that_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
