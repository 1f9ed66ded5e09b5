/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, rules 276 to 281: published values whole and in pieces, keys mixed in, what may not follow what.
 * Refuses to know output conventions (test_output_length). */
#include "operations.h"

static CK_BYTE out[256];
static CK_ULONG length;

/* FIPS 180-4 and FIPS 202, of "abc" and of the empty string. */
static const struct {
	CK_MECHANISM_TYPE type;
	const char *abc, *empty;
} vectors[] = {
	{CKM_SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{CKM_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
	 "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"},
	{CKM_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{CKM_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
	 "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
	{CKM_SHA512,
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	 "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{CKM_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
	 "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
	{CKM_SHA3_512,
	 "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	 "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
	 "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
	 "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"},
};

static void digest_final(const CK_BYTE *wanted, CK_ULONG wanted_length)
{
	length = sizeof(out);
	assert_ok(p11->C_DigestFinal(sess, out, &length));
	assert_int_equal(length, wanted_length);
	assert_memory_equal(out, wanted, length);
}

static void rules_276_281_published_values_whole_and_in_pieces(void **state)
{
	CK_BYTE wanted[64];

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		CK_MECHANISM m = {vectors[i].type, NULL, 0};
		CK_ULONG size = unhex(vectors[i].abc, wanted);

		assert_int_equal(digest(&m, "abc", 3, out, sizeof(out)), size);
		assert_memory_equal(out, wanted, size);
		assert_ok(p11->C_DigestInit(sess, &m));
		for (int at = 0; at < 3; at++)
			assert_ok(p11->C_DigestUpdate(sess, unconst(&"abc"[at]), 1));
		digest_final(wanted, size);
		unhex(vectors[i].empty, wanted);
		assert_ok(p11->C_DigestInit(sess, &m));
		digest_final(wanted, size);
		assert_int_equal(digest(&m, "", 0, out, sizeof(out)), size);
		assert_memory_equal(out, wanted, size);
		assert_int_equal(digest(&m, NULL, 0, out, sizeof(out)), size);
		assert_memory_equal(out, wanted, size);
	}
}

/* 1000 times "a" in pieces that do not fit any block. */
static void rule_276_pieces_of_any_size_give_the_same(void **state)
{
	CK_BYTE text[1000], wanted[32];

	(void)state;
	memset(text, 'a', sizeof(text));
	unhex("41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3", wanted);
	for (CK_ULONG piece = 1; piece < 200; piece += 33) {
		assert_ok(p11->C_DigestInit(sess, &m_sha256));
		for (CK_ULONG at = 0; at < sizeof(text); at += piece)
			assert_ok(p11->C_DigestUpdate(sess, text + at, at + piece > sizeof(text) ? sizeof(text) - at : piece));
		digest_final(wanted, 32);
	}
}

static void rule_276_one_shot_may_not_follow_update_or_key(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 5));
	length = sizeof(out);
	assert_rv(p11->C_Digest(sess, unconst(pattern), 5, out, &length), CKR_OPERATION_ACTIVE);
	assert_false(is_active(DIGEST));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	assert_rv(p11->C_Digest(sess, unconst(pattern), 5, out, &length), CKR_OPERATION_ACTIVE);
	assert_false(is_active(DIGEST));
}

static void rule_277_a_bad_update_ends_the_operation(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_rv(p11->C_DigestUpdate(sess, NULL, 1), CKR_ARGUMENTS_BAD);
	assert_false(is_active(DIGEST));
	assert_rv(p11->C_DigestUpdate(sess, unconst(pattern), 1), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_278_keys_mix_with_updates(void **state)
{
	CK_BYTE text[10 + sizeof(hmac_key) + 7 + sizeof(aes_key)], wanted[32];

	(void)state;
	memcpy(text, pattern, 10);
	memcpy(text + 10, hmac_key, sizeof(hmac_key));
	memcpy(text + 10 + sizeof(hmac_key), pattern, 7);
	memcpy(text + 17 + sizeof(hmac_key), aes_key, sizeof(aes_key));
	digest(&m_sha256, text, sizeof(text), wanted, sizeof(wanted));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 10));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 7));
	assert_ok(p11->C_DigestKey(sess, keys.aes));
	digest_final(wanted, 32);
	digest(&m_sha256, hmac_key, sizeof(hmac_key), wanted, sizeof(wanted));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	digest_final(wanted, 32);
}

static void rule_278_only_secret_keys_can_be_digested(void **state)
{
	const CK_OBJECT_HANDLE cases[] = {keys.rsa_public, keys.rsa_private, keys.ec_private, keys.ed_public};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		renew_session();
		assert_ok(start(DIGEST));
		assert_rv(p11->C_DigestKey(sess, cases[i]), CKR_KEY_INDIGESTIBLE);
	}
	renew_session();
	assert_ok(start(DIGEST));
	assert_rv_in(p11->C_DigestKey(sess, make_data(sess, false, false, "no key")), CKR_KEY_HANDLE_INVALID,
	             CKR_KEY_INDIGESTIBLE);
	renew_session();
	assert_ok(start(DIGEST));
	assert_rv(p11->C_DigestKey(sess, CK_INVALID_HANDLE), CKR_KEY_HANDLE_INVALID);
}

static void rule_278_a_private_key_object_of_a_logged_out_user_is_none(void **state)
{
	const CK_ATTRIBUTE private = {CKA_PRIVATE, &yes, sizeof(yes)};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), &private, 1);

	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestKey(sess, key));
	renew_session();
	key = make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), &private, 1);
	logout(sess);
	assert_ok(start(DIGEST));
	assert_rv(p11->C_DigestKey(sess, key), CKR_KEY_HANDLE_INVALID);
}

static void rule_280_final_ends_and_the_next_digest_starts_fresh(void **state)
{
	CK_BYTE wanted[32];

	(void)state;
	digest(&m_sha256, "abc", 3, wanted, sizeof(wanted));
	for (int twice = 0; twice < 2; twice++) {
		assert_ok(start(DIGEST));
		assert_ok(p11->C_DigestUpdate(sess, unconst("abc"), 3));
		digest_final(wanted, 32);
		assert_false(is_active(DIGEST));
	}
}

static void digests_need_no_login_and_no_rw_session(void **state)
{
	CK_BYTE wanted[32];

	(void)state;
	unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", wanted);
	logout(sess);
	close_session(sess);
	sess = open_ro();
	assert_int_equal(digest(&m_sha256, "abc", 3, out, sizeof(out)), 32);
	assert_memory_equal(out, wanted, 32);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rules_276_281_published_values_whole_and_in_pieces),
		WITH_KEYS(rule_276_pieces_of_any_size_give_the_same),
		WITH_KEYS(rule_276_one_shot_may_not_follow_update_or_key),
		WITH_KEYS(rule_277_a_bad_update_ends_the_operation),
		WITH_KEYS(rule_278_keys_mix_with_updates),
		WITH_KEYS(rule_278_only_secret_keys_can_be_digested),
		WITH_KEYS(rule_278_a_private_key_object_of_a_logged_out_user_is_none),
		WITH_KEYS(rule_280_final_ends_and_the_next_digest_starts_fresh),
		WITH_KEYS(digests_need_no_login_and_no_rw_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
