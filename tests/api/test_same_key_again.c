/* SPDX-License-Identifier: Apache-2.0 */
/* Operations leave their contexts for the next one with the same key. It must not show: whatever the one before did,
 * and however it ended, the next one gives what the first one in a new session gives. */
#include "operations.h"

struct case_row {
	const char *name;
	CK_MECHANISM *first, *second; /* the same mechanism with other parameters */
	bool signs;
};

static CK_BYTE iv_one[16] = "the first IV....", iv_two[16] = "and the second..";
static CK_BYTE aad[100];
static CK_GCM_PARAMS gcm_one = {iv_one, 12, 96, NULL, 0, 128}, gcm_two = {iv_two, 12, 96, aad, 20, 96};
static CK_GCM_PARAMS gcm_other_length = {iv_two, 16, 128, aad, sizeof(aad), 128};
static CK_AES_CTR_PARAMS ctr_one = {128, {1}}, ctr_two = {64, {2}};
static CK_MAC_GENERAL_PARAMS short_tag = 4, long_tag = 20;
static CK_MECHANISM cbc_one = {CKM_AES_CBC, iv_one, 16}, cbc_two = {CKM_AES_CBC, iv_two, 16};
static CK_MECHANISM pad_one = {CKM_AES_CBC_PAD, iv_one, 16}, pad_two = {CKM_AES_CBC_PAD, iv_two, 16};
static CK_MECHANISM ofb_one = {CKM_AES_OFB, iv_one, 16}, ofb_two = {CKM_AES_OFB, iv_two, 16};
static CK_MECHANISM c_one = {CKM_AES_CTR, &ctr_one, sizeof(ctr_one)}, c_two = {CKM_AES_CTR, &ctr_two, sizeof(ctr_two)};
static CK_MECHANISM g_one = {CKM_AES_GCM, &gcm_one, sizeof(gcm_one)}, g_two = {CKM_AES_GCM, &gcm_two, sizeof(gcm_two)};
static CK_MECHANISM g_long = {CKM_AES_GCM, &gcm_other_length, sizeof(gcm_other_length)};
static CK_MECHANISM h_short = {CKM_SHA256_HMAC_GENERAL, &short_tag, sizeof(short_tag)};
static CK_MECHANISM h_long = {CKM_SHA256_HMAC_GENERAL, &long_tag, sizeof(long_tag)};

static const struct case_row cases[] = {
	{"ECB", &m_ecb, &m_ecb, false},       {"CBC", &cbc_one, &cbc_two, false},   {"CBC_PAD", &pad_one, &pad_two, false},
	{"OFB", &ofb_one, &ofb_two, false},   {"CTR", &c_one, &c_two, false},       {"GCM", &g_one, &g_two, false},
	{"GCM, longer IV", &g_one, &g_long, false}, {"GCM, shorter IV", &g_long, &g_one, false},
	{"HMAC", &m_hmac, &m_hmac, true},     {"HMAC_GENERAL", &h_short, &h_long, true},
};

static CK_OBJECT_HANDLE aes, mac;

/* A new session with new key objects: there is nothing to take up. */
static void start_anew(void)
{
	renew_session();
	aes = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), NULL, 0);
	mac = make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), NULL, 0);
}

static CK_OBJECT_HANDLE key_of(const struct case_row *c)
{
	return c->signs ? mac : aes;
}

static CK_ULONG do_whole(const struct case_row *c, CK_MECHANISM *m, CK_BYTE *out)
{
	return c->signs ? sign(m, key_of(c), pattern, 48, out, 128) : encrypt(m, key_of(c), pattern, 48, out, 128);
}

static CK_ULONG fresh(const struct case_row *c, CK_BYTE *out)
{
	start_anew();
	return do_whole(c, c->second, out);
}

static void begin_first(const struct case_row *c)
{
	assert_ok(start_with(sess, c->signs ? SIGN : ENCRYPT, c->first, key_of(c)));
}

static void end_complete(const struct case_row *c)
{
	CK_BYTE out[128];

	do_whole(c, c->first, out);
}

static void end_in_the_middle(const struct case_row *c)
{
	CK_BYTE out[128];
	CK_ULONG len = sizeof(out);

	begin_first(c);
	if (c->signs)
		assert_ok(p11->C_SignUpdate(sess, unconst(pattern + 7), 21));
	else
		assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern + 7), 21, out, &len));
	assert_ok(start_with(sess, c->signs ? SIGN : ENCRYPT, NULL, 0));
}

static void end_before_it_begins(const struct case_row *c)
{
	begin_first(c);
	assert_ok(start_with(sess, c->signs ? SIGN : ENCRYPT, NULL, 0));
}

static void each_case_gives_the_same(void (*before)(const struct case_row *c))
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CK_BYTE wanted[128], got[128];
		CK_ULONG len = fresh(&cases[i], wanted);

		start_anew();
		before(&cases[i]);
		for (int twice = 0; twice < 2; twice++) {
			memset(got, 0, sizeof(got));
			assert_int_equal(do_whole(&cases[i], cases[i].second, got), len);
			if (memcmp(got, wanted, len) != 0)
				fail_msg("%s differs", cases[i].name);
		}
	}
}

static void after_a_complete_one(void **state)
{
	(void)state;
	each_case_gives_the_same(end_complete);
}

static void after_one_that_was_cancelled_in_the_middle(void **state)
{
	(void)state;
	each_case_gives_the_same(end_in_the_middle);
}

static void after_one_that_was_cancelled_before_its_first_step(void **state)
{
	(void)state;
	each_case_gives_the_same(end_before_it_begins);
}

static void a_forged_message_does_not_spoil_the_next(void **state)
{
	CK_BYTE sealed[128], plain[128];
	CK_ULONG len, plain_len = sizeof(plain);

	(void)state;
	start_anew();
	len = encrypt(&g_one, aes, pattern, 48, sealed, sizeof(sealed));
	sealed[3] ^= 1;
	assert_ok(start_with(sess, DECRYPT, &g_one, aes));
	assert_rv(p11->C_Decrypt(sess, sealed, len, plain, &plain_len), CKR_ENCRYPTED_DATA_INVALID);
	sealed[3] ^= 1;
	assert_int_equal(decrypt(&g_one, aes, sealed, len, plain, sizeof(plain)), 48);
	assert_memory_equal(plain, pattern, 48);
}

/* Two keys in turn: a context never meets the other's. */
static void each_key_has_its_own(void **state)
{
	CK_BYTE other_value[16] = "another AES key", one[48], other[48], got[48];
	CK_OBJECT_HANDLE other_key;

	(void)state;
	start_anew();
	other_key = make_key(sess, CKK_AES, other_value, sizeof(other_value), NULL, 0);
	encrypt(&cbc_one, aes, pattern, 48, one, sizeof(one));
	encrypt(&cbc_one, other_key, pattern, 48, other, sizeof(other));
	assert_memory_not_equal(one, other, sizeof(one));
	encrypt(&cbc_one, aes, pattern, 48, got, sizeof(got));
	assert_memory_equal(got, one, sizeof(one));
	encrypt(&cbc_one, other_key, pattern, 48, got, sizeof(got));
	assert_memory_equal(got, other, sizeof(other));
}

/* The next key may get the memory, and the number, of the one before. */
/* RC2's effective bits and RC5's rounds are part of how a context is keyed. */
static void other_tuning_is_another_context(void **state)
{
	static const CK_BYTE by_64[8] = {0x1a, 0x80, 0x7d, 0x27, 0x2b, 0xbe, 0x5d, 0xb1};   /* RFC 2268 */
	static const CK_BYTE by_128[8] = {0x22, 0x69, 0x55, 0x2a, 0xb0, 0xf8, 0x5c, 0xa6};
	CK_RC2_PARAMS bits = 64;
	CK_RC5_PARAMS rounds = {4, 8};
	CK_MECHANISM rc2 = {CKM_RC2_ECB, &bits, sizeof(bits)}, rc5 = {CKM_RC5_ECB, &rounds, sizeof(rounds)};
	CK_BYTE value[16], zeros[8] = {0}, out[8], first[8];
	CK_OBJECT_HANDLE key;

	(void)state;
	unhex("88bca90e90875a7f0f79c384627bafb2", value);
	key = make_key(sess, CKK_RC2, value, sizeof(value), NULL, 0);
	for (int i = 0; i < 4; i++) {
		bits = i % 2 == 0 ? 64 : 128;
		assert_int_equal(encrypt(&rc2, key, zeros, 8, out, sizeof(out)), 8);
		assert_memory_equal(out, i % 2 == 0 ? by_64 : by_128, 8);
	}
	key = make_key(sess, CKK_RC5, value, sizeof(value), NULL, 0);
	encrypt(&rc5, key, zeros, 8, first, sizeof(first));
	rounds.ulRounds = 12;
	encrypt(&rc5, key, zeros, 8, out, sizeof(out));
	assert_memory_not_equal(out, first, 8);
	rounds.ulRounds = 8;
	encrypt(&rc5, key, zeros, 8, out, sizeof(out));
	assert_memory_equal(out, first, 8);
}

static void a_destroyed_key_leaves_nothing_to_the_next(void **state)
{
	CK_BYTE value[16] = "one of many keys", first[48], next[48];

	(void)state;
	start_anew();
	for (int i = 0; i < 50; i++) {
		CK_OBJECT_HANDLE key;
		value[0] = (CK_BYTE)i;
		key = make_key(sess, CKK_AES, value, sizeof(value), NULL, 0);
		encrypt(&cbc_one, key, pattern, 48, i == 0 ? first : next, sizeof(next));
		assert_ok(p11->C_DestroyObject(sess, key));
		assert_rv(start_with(sess, ENCRYPT, &cbc_one, key), CKR_KEY_HANDLE_INVALID);
		if (i > 0)
			assert_memory_not_equal(first, next, sizeof(next));
	}
}

/* What was permitted once is asked again as soon as anything about it is another. */
static void a_permission_that_is_taken_away_is_gone(void **state)
{
	CK_BBOOL no_more = CK_FALSE, again = CK_TRUE;
	CK_ATTRIBUTE off = {CKA_ENCRYPT, &no_more, 1}, on = {CKA_ENCRYPT, &again, 1};
	CK_BYTE out[48];

	(void)state;
	start_anew();
	for (int round = 0; round < 3; round++) {
		encrypt(&cbc_one, aes, pattern, 48, out, sizeof(out));
		encrypt(&cbc_one, aes, pattern, 48, out, sizeof(out));
		assert_ok(p11->C_SetAttributeValue(sess, aes, &off, 1));
		assert_rv(start_with(sess, ENCRYPT, &cbc_one, aes), CKR_KEY_FUNCTION_NOT_PERMITTED);
		assert_ok(p11->C_SetAttributeValue(sess, aes, &on, 1));
	}
}

static void one_use_permits_no_other(void **state)
{
	CK_BBOOL never = CK_FALSE;
	CK_MECHANISM_TYPE allowed[] = {CKM_AES_CBC};
	CK_ATTRIBUTE limits[] = {{CKA_DECRYPT, &never, 1}, {CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)}};
	CK_OBJECT_HANDLE key;
	CK_BYTE out[48];

	(void)state;
	start_anew();
	key = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), limits, 2);
	for (int round = 0; round < 2; round++) {
		encrypt(&cbc_one, key, pattern, 48, out, sizeof(out));
		assert_rv(start_with(sess, DECRYPT, &cbc_one, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
		encrypt(&cbc_one, key, pattern, 48, out, sizeof(out));
		assert_rv(start_with(sess, ENCRYPT, &m_ecb, key), CKR_MECHANISM_INVALID);
		encrypt(&cbc_one, key, pattern, 48, out, sizeof(out));
		assert_rv(start_with(sess, ENCRYPT, &cbc_one, mac), CKR_KEY_TYPE_INCONSISTENT);
		assert_rv(start_with(sess, SIGN, &cbc_one, key), CKR_MECHANISM_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_complete_one),
		cmocka_unit_test(after_one_that_was_cancelled_in_the_middle),
		cmocka_unit_test(after_one_that_was_cancelled_before_its_first_step),
		cmocka_unit_test(a_forged_message_does_not_spoil_the_next),
		cmocka_unit_test(each_key_has_its_own),
		cmocka_unit_test(other_tuning_is_another_context),
		cmocka_unit_test(a_destroyed_key_leaves_nothing_to_the_next),
		cmocka_unit_test(a_permission_that_is_taken_away_is_gone),
		cmocka_unit_test(one_use_permits_no_other),
	};

	return cmocka_run_group_tests(tests, setup_operations, teardown);
}
