/* SPDX-License-Identifier: Apache-2.0 */
/* Cancelling: *Init without a mechanism and C_SessionCancel, rules 326 to 337 and table T6. Refuses to know what the
 * cancelled operations would have given. */
#include "operations.h"

static CK_RV cancel(CK_FLAGS flags)
{
	return p11->C_SessionCancel(sess, flags);
}

/* *Init of a kind with no mechanism. A search has no such form. */
static CK_RV null_init(enum kind kind)
{
	return start_with(sess, kind, NULL, CK_INVALID_HANDLE);
}

static void rule_326_init_without_mechanism_ends_its_kind(void **state)
{
	(void)state;
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		print_message("# %s\n", kind_names[kind]);
		assert_ok(start((enum kind)kind));
		assert_ok(null_init((enum kind)kind));
		assert_false(is_active((enum kind)kind));
		assert_ok(start((enum kind)kind));
		/* A key beside it does not matter. */
		assert_ok(start_with(sess, (enum kind)kind, NULL, key_for((enum kind)kind)));
		assert_false(is_active((enum kind)kind));
	}
}

static void rule_326_init_without_mechanism_leaves_the_other_half(void **state)
{
	(void)state;
	for (int one = 0; one < CRYPTO_KINDS; one++) {
		for (int other = 0; other < CRYPTO_KINDS; other++) {
			if (!is_pair((enum kind)one, (enum kind)other))
				continue;
			renew_session();
			assert_ok(start((enum kind)one));
			assert_ok(start((enum kind)other));
			assert_ok(null_init((enum kind)one));
			assert_false(is_active((enum kind)one));
			assert_true(is_active((enum kind)other));
			assert_ok(start((enum kind)one));
		}
	}
}

static void rule_326_it_also_ends_what_is_under_way(void **state)
{
	CK_BYTE out[32], wanted[32];
	CK_ULONG length = sizeof(out);

	(void)state;
	digest(&m_sha256, "abc", 3, wanted, sizeof(wanted));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst(pattern), 77));
	assert_ok(null_init(DIGEST));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestUpdate(sess, unconst("abc"), 3));
	assert_ok(p11->C_DigestFinal(sess, out, &length));
	assert_memory_equal(out, wanted, 32);
}

static void rule_328_init_without_mechanism_and_nothing_active_is_fine(void **state)
{
	(void)state;
	for (int kind = 0; kind < CRYPTO_KINDS; kind++)
		assert_ok(null_init((enum kind)kind));
	/* Nor does it touch operations of other kinds. */
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		for (int other = 0; other < CRYPTO_KINDS; other++) {
			if (other != kind)
				assert_ok(null_init((enum kind)other));
		}
		assert_true(is_active((enum kind)kind));
	}
}

static void rule_329_no_flags_cancel_nothing(void **state)
{
	(void)state;
	assert_ok(cancel(0));
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		assert_ok(cancel(0));
		assert_true(is_active((enum kind)kind));
	}
}

static void rules_330_331_each_flag_cancels_its_kind_and_no_other(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		for (int flag = 0; flag < KINDS; flag++) {
			renew_session();
			assert_ok(start((enum kind)kind));
			assert_ok(cancel(kind_flags[flag]));
			assert_int_equal(is_active((enum kind)kind), kind != flag);
		}
	}
}

static void rule_330_flags_of_nothing_active_are_ignored(void **state)
{
	const CK_FLAGS flags[] = {
		CKF_ENCRYPT, CKF_DECRYPT, CKF_DIGEST, CKF_SIGN, CKF_SIGN_RECOVER, CKF_VERIFY, CKF_VERIFY_RECOVER,
		CKF_FIND_OBJECTS, CKF_MESSAGE_ENCRYPT, CKF_MESSAGE_DECRYPT, CKF_MESSAGE_SIGN, CKF_MESSAGE_VERIFY,
		CKF_GENERATE, CKF_GENERATE_KEY_PAIR, CKF_WRAP, CKF_UNWRAP, CKF_DERIVE, CKF_ENCAPSULATE, CKF_DECAPSULATE,
	};
	CK_FLAGS all = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(flags); i++) {
		assert_ok(cancel(flags[i]));
		all |= flags[i];
	}
	assert_ok(cancel(all));
}

static void rule_331_all_flags_cancel_all(void **state)
{
	(void)state;
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		assert_ok(start((enum kind)kind));
		assert_ok(start(FIND));
		assert_ok(cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY |
		                 CKF_VERIFY_RECOVER | CKF_FIND_OBJECTS));
		assert_false(is_active((enum kind)kind));
		assert_false(is_active(FIND));
	}
}

static void rule_331_cancelling_a_search_frees_the_way_for_another(void **state)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG first, second;

	(void)state;
	assert_ok(start(FIND));
	assert_ok(p11->C_FindObjects(sess, found, COUNT(found), &first));
	assert_true(first > 0);
	assert_ok(cancel(CKF_FIND_OBJECTS));
	assert_rv(p11->C_FindObjects(sess, found, COUNT(found), &second), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(start(FIND));
	assert_ok(p11->C_FindObjects(sess, found, COUNT(found), &second));
	assert_int_equal(first, second);
}

static void rule_333_one_half_of_a_pair_can_be_cancelled(void **state)
{
	(void)state;
	for (int one = 0; one < CRYPTO_KINDS; one++) {
		for (int other = 0; other < CRYPTO_KINDS; other++) {
			if (!is_pair((enum kind)one, (enum kind)other))
				continue;
			renew_session();
			assert_ok(start((enum kind)one));
			assert_ok(start((enum kind)other));
			assert_ok(cancel(kind_flags[one]));
			assert_false(is_active((enum kind)one));
			assert_true(is_active((enum kind)other));
			assert_ok(start((enum kind)one));
			assert_ok(cancel(kind_flags[one] | kind_flags[other]));
			assert_false(is_active((enum kind)one));
			assert_false(is_active((enum kind)other));
		}
	}
}

static void cancelling_stays_within_the_session(void **state)
{
	CK_SESSION_HANDLE other = open_rw();

	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(p11->C_SessionCancel(other, CKF_DIGEST));
	assert_true(is_active(DIGEST));
}

/* ---- from a callback --------------------------------------------------------------------------- */

static CK_RV cancel_in_callback;
static int callbacks;

static CK_RV notify(CK_SESSION_HANDLE session, CK_NOTIFICATION event, CK_VOID_PTR application)
{
	if (event == CKN_SURRENDER && callbacks++ == 0)
		cancel_in_callback = p11->C_SessionCancel(session, *(CK_FLAGS *)application);
	return CKR_OK;
}

static void rule_334_from_a_callback_it_does_nothing(void **state)
{
	CK_FLAGS flags = CKF_DIGEST | CKF_GENERATE_KEY_PAIR;
	CK_MECHANISM m = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE public[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}};
	CK_OBJECT_HANDLE one, other;

	(void)state;
	close_session(sess);
	callbacks = 0;
	assert_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, &flags, notify, &sess));
	assert_ok(start(DIGEST));
	assert_ok(p11->C_GenerateKeyPair(sess, &m, public, 1, NULL, 0, &one, &other));
	assert_true(is_active(DIGEST));
	if (callbacks == 0)
		skip();
	assert_rv(cancel_in_callback, CKR_FUNCTION_FAILED);
	assert_ok(cancel(CKF_DIGEST));
	assert_false(is_active(DIGEST));
}

/* ---- bad sessions ------------------------------------------------------------------------------ */

static void rule_337_a_closed_session_has_nothing_to_cancel(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	assert_rv(p11->C_SessionCancel(closed, CKF_DIGEST), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SessionCancel(CK_INVALID_HANDLE, 0), CKR_SESSION_HANDLE_INVALID);
	finalize();
	assert_rv(p11->C_SessionCancel(sess, CKF_DIGEST), CKR_CRYPTOKI_NOT_INITIALIZED);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_326_init_without_mechanism_ends_its_kind),
		WITH_KEYS(rule_326_init_without_mechanism_leaves_the_other_half),
		WITH_KEYS(rule_326_it_also_ends_what_is_under_way),
		WITH_KEYS(rule_328_init_without_mechanism_and_nothing_active_is_fine),
		WITH_KEYS(rule_329_no_flags_cancel_nothing),
		WITH_KEYS(rules_330_331_each_flag_cancels_its_kind_and_no_other),
		WITH_KEYS(rule_330_flags_of_nothing_active_are_ignored),
		WITH_KEYS(rule_331_all_flags_cancel_all),
		WITH_KEYS(rule_331_cancelling_a_search_frees_the_way_for_another),
		WITH_KEYS(rule_333_one_half_of_a_pair_can_be_cancelled),
		WITH_KEYS(cancelling_stays_within_the_session),
		WITH_KEYS(rule_334_from_a_callback_it_does_nothing),
		WITH_KEYS(rule_337_a_closed_session_has_nothing_to_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
