/* SPDX-License-Identifier: Apache-2.0 */
/* The token's own objects: profiles, mechanisms, the clock and the monotonic counter; rules 204, 241. Refuses to know
 * how they are kept. */
#include <time.h>
#include <unistd.h>

#include "policy_kit.h"

static CK_SESSION_HANDLE sess;

static int setup(void **state)
{
	int rv = setup_token(state);
	sess = open_rw();
	return rv;
}

static int setup_sqlite(void **state)
{
	int rv = setup_token_sqlite(state);
	sess = open_rw();
	return rv;
}

/* ---- finding ------------------------------------------------------------------------------------ */

static size_t find(CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret, CK_ULONG max)
{
	CK_ULONG found = 0;

	assert_ok(p11->C_FindObjectsInit(sess, template, count));
	assert_ok(p11->C_FindObjects(sess, ret, max, &found));
	assert_ok(p11->C_FindObjectsFinal(sess));
	return found;
}

static size_t find_class(CK_OBJECT_CLASS object_class, CK_OBJECT_HANDLE *ret, CK_ULONG max)
{
	CK_ATTRIBUTE template = {CKA_CLASS, &object_class, sizeof(object_class)};
	return find(&template, 1, ret, max);
}

/* The one object of a class with one more attribute of a number; 0 if there is none. */
static CK_OBJECT_HANDLE find_one(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &object_class, sizeof(object_class)}, {type, &value, sizeof(value)}};
	CK_OBJECT_HANDLE found[2] = {0};

	return find(template, 2, found, 2) == 1 ? found[0] : 0;
}

static void profiles_are_those_that_hold(void **state)
{
	static const CK_PROFILE_ID there[] = {CKP_BASELINE_PROVIDER, CKP_EXTENDED_PROVIDER, CKP_AUTHENTICATION_TOKEN, CKP_HKDF_TLS_TOKEN};
	static const CK_PROFILE_ID absent[] = {CKP_INVALID_ID, CKP_PUBLIC_CERTIFICATES_TOKEN, CKP_COMPLETE_PROVIDER};
	CK_OBJECT_HANDLE all[8];

	(void)state;
	assert_int_equal(find_class(CKO_PROFILE, all, 8), COUNT(there));
	for (size_t i = 0; i < COUNT(there); i++) {
		CK_OBJECT_HANDLE profile = find_one(CKO_PROFILE, CKA_PROFILE_ID, there[i]);
		assert_true(profile != 0);
		assert_int_equal(get_ulong(sess, profile, CKA_PROFILE_ID), there[i]);
		assert_true(get_bool(sess, profile, CKA_TOKEN));
		assert_false(get_bool(sess, profile, CKA_PRIVATE));
		assert_false(get_bool(sess, profile, CKA_MODIFIABLE));
	}
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_int_equal(find_one(CKO_PROFILE, CKA_PROFILE_ID, absent[i]), 0);
}

static void every_mechanism_of_the_list_has_its_object(void **state)
{
	static CK_MECHANISM_TYPE list[1024];
	static CK_OBJECT_HANDLE all[1024];
	CK_ULONG count = COUNT(list);

	(void)state;
	assert_ok(p11->C_GetMechanismList(slot, list, &count));
	assert_int_equal(find_class(CKO_MECHANISM, all, COUNT(all)), count);
	for (CK_ULONG i = 0; i < count; i++)
		assert_true(find_one(CKO_MECHANISM, CKA_MECHANISM_TYPE, list[i]) != 0);
	assert_int_equal(find_one(CKO_MECHANISM, CKA_MECHANISM_TYPE, CKM_VENDOR_DEFINED | 1), 0);
	/* No storage object: it has the two attributes, and no more. */
	CK_BBOOL b;
	CK_ATTRIBUTE token = {CKA_TOKEN, &b, sizeof(b)};
	assert_rv(p11->C_GetAttributeValue(sess, all[0], &token, 1), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_int_equal(token.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void what_a_policy_takes_away_has_no_object(void **state)
{
	CK_ULONG count = 0;
	static CK_OBJECT_HANDLE all[1024];

	(void)state;
	use_policy("[policy]\ndeny = HKDF_DATA AES_CTR\n");
	sess = policy_session;
	assert_ok(p11->C_GetMechanismList(slot, NULL, &count));
	assert_int_equal(find_class(CKO_MECHANISM, all, COUNT(all)), count);
	assert_int_equal(find_one(CKO_MECHANISM, CKA_MECHANISM_TYPE, CKM_AES_CTR), 0);
	assert_true(find_one(CKO_MECHANISM, CKA_MECHANISM_TYPE, CKM_AES_GCM) != 0);
	assert_int_equal(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_HKDF_TLS_TOKEN), 0);
	assert_true(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER) != 0);
}

static void a_search_that_does_not_name_their_class_finds_none(void **state)
{
	CK_OBJECT_HANDLE found[8], features[4];
	CK_PROFILE_ID baseline = CKP_BASELINE_PROVIDER;
	CK_ATTRIBUTE by_id = {CKA_PROFILE_ID, &baseline, sizeof(baseline)}, on_token = {CKA_TOKEN, &yes, sizeof(yes)};

	(void)state;
	assert_int_equal(find_class(CKO_HW_FEATURE, features, 4), 2);
	assert_int_equal(find(NULL, 0, found, 8), 0);
	assert_int_equal(find(&by_id, 1, found, 8), 0);
	assert_int_equal(find(&on_token, 1, found, 8), 0);
	make_data(sess, false, false, "mine");
	assert_int_equal(find(NULL, 0, found, 8), 1);
	assert_int_equal(find_class(CKO_VALIDATION, found, 8), 0);
}

/* The profile's conditions beyond those of others: C_DeriveKey takes both pInfo of TLS 1.3 (PKCS #11 Profiles §5.5). */
static void the_hkdf_tls_profile_is_true(void **state)
{
	CK_BYTE tls[] = {0, 12, 't', 'l', 's', ' ', 'i', 'v', 0}, quic[] = {0, 12, 't', 'l', 's', ' ', 'q', 'u', 'i', 'c', ' ', 'i', 'v', 0};
	CK_BYTE secret[32] = {7}, value[32];
	CK_ULONG length = 12;
	const struct {
		CK_BYTE *info;
		CK_ULONG len;
	} rows[] = {{tls, sizeof(tls)}, {quic, sizeof(quic)}};

	(void)state;
	login_user(sess);
	CK_KEY_TYPE hkdf = CKK_HKDF;
	CK_OBJECT_HANDLE base = make_object(sess, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &hkdf, sizeof(hkdf)},
	                                                     {CKA_DERIVE, &yes, sizeof(yes)}, {CKA_VALUE, secret, sizeof(secret)}));
	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_HKDF_PARAMS params = {.bExpand = CK_TRUE, .prfHashMechanism = CKM_SHA256, .pInfo = rows[i].info, .ulInfoLen = rows[i].len};
		CK_MECHANISM mechanism = {CKM_HKDF_DATA, &params, sizeof(params)};
		CK_ATTRIBUTE template[] = {{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_VALUE_LEN, &length, sizeof(length)}};
		CK_ATTRIBUTE out = {CKA_VALUE, value, sizeof(value)};
		CK_OBJECT_HANDLE iv = 0;

		assert_ok(p11->C_DeriveKey(sess, &mechanism, base, template, COUNT(template), &iv));
		assert_ok(p11->C_GetAttributeValue(sess, iv, &out, 1));
		assert_int_equal(out.ulValueLen, length);
	}
}

/* ---- who they are --------------------------------------------------------------------------------- */

static void unique_id(CK_OBJECT_HANDLE object, CK_BYTE ret[32])
{
	CK_ATTRIBUTE id = {CKA_UNIQUE_ID, ret, 32};
	assert_ok(p11->C_GetAttributeValue(sess, object, &id, 1));
	assert_int_equal(id.ulValueLen, 32);
}

static void their_handles_and_ids_stay(void **state)
{
	CK_BYTE before[32], after[32], other[32];
	CK_OBJECT_HANDLE profile = find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER);

	(void)state;
	unique_id(profile, before);
	unique_id(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_EXTENDED_PROVIDER), other);
	assert_memory_not_equal(before, other, 32);
	assert_ok(p11->C_CloseAllSessions(slot));
	sess = open_ro();
	assert_int_equal(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER), profile);
	assert_int_equal(get_ulong(sess, profile, CKA_PROFILE_ID), CKP_BASELINE_PROVIDER);
	finalize();
	initialize();
	slot = first_slot();
	sess = open_ro();
	unique_id(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER), after);
	assert_memory_equal(before, after, 32);
}

static void a_token_made_anew_has_them_under_new_handles(void **state)
{
	CK_OBJECT_HANDLE before = find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER);
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE a = {CKA_CLASS, &object_class, sizeof(object_class)};

	(void)state;
	close_session(sess);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	sess = open_ro();
	assert_rv(p11->C_GetAttributeValue(sess, before, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_true(find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER) != 0);
}

static void rule_204_applications_neither_make_nor_change_them(void **state)
{
	CK_OBJECT_CLASS classes[] = {CKO_HW_FEATURE, CKO_MECHANISM, CKO_PROFILE, CKO_VALIDATION};
	CK_OBJECT_HANDLE all[512], made = 0;
	CK_BYTE time[16] = "2031010112000000";
	CK_ATTRIBUTE change = {CKA_VALUE, time, sizeof(time)};

	(void)state;
	login_user(sess);
	for (size_t i = 0; i < COUNT(classes); i++) {
		CK_ATTRIBUTE template = {CKA_CLASS, &classes[i], sizeof(classes[i])};
		size_t count = find_class(classes[i], all, COUNT(all));

		assert_rv(p11->C_CreateObject(sess, &template, 1, &made), CKR_ATTRIBUTE_VALUE_INVALID);
		for (size_t k = 0; k < count; k++) {
			assert_rv(p11->C_SetAttributeValue(sess, all[k], &change, 1), CKR_ACTION_PROHIBITED);
			assert_rv(p11->C_CopyObject(sess, all[k], NULL, 0, &made), CKR_ACTION_PROHIBITED);
			assert_rv(p11->C_DestroyObject(sess, all[k]), CKR_ACTION_PROHIBITED);
		}
		assert_int_equal(find_class(classes[i], all, COUNT(all)), count);
	}
}

static void they_are_no_keys(void **state)
{
	CK_OBJECT_HANDLE profile = find_one(CKO_PROFILE, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER);
	CK_MECHANISM mechanism = {CKM_AES_ECB, NULL, 0};
	CK_ULONG size = 0;

	(void)state;
	login_user(sess);
	assert_rv(p11->C_EncryptInit(sess, &mechanism, profile), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_DigestKey(sess, profile), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_GetObjectSize(sess, profile, &size));
	assert_true(size > 0);
}

/* ---- the clock ------------------------------------------------------------------------------------- */

static void read_clock(CK_OBJECT_HANDLE clock, char ret[17])
{
	CK_ATTRIBUTE value = {CKA_VALUE, ret, 16};
	assert_ok(p11->C_GetAttributeValue(sess, clock, &value, 1));
	assert_int_equal(value.ulValueLen, 16);
	ret[16] = '\0';
}

static void utc_text(char ret[17])
{
	time_t now = time(NULL);
	struct tm utc;

	assert_non_null(gmtime_r(&now, &utc));
	assert_true(strftime(ret, 17, "%Y%m%d%H%M%S00", &utc) == 16);
}

static void the_clock_shows_the_time(void **state)
{
	CK_OBJECT_HANDLE clock = find_one(CKO_HW_FEATURE, CKA_HW_FEATURE_TYPE, CKH_CLOCK);
	char before[17], shown[17], after[17];
	CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};

	(void)state;
	utc_text(before);
	read_clock(clock, shown);
	utc_text(after);
	assert_true(strcmp(before, shown) <= 0 && strcmp(shown, after) <= 0);
	assert_ok(p11->C_GetAttributeValue(sess, clock, &value, 1));
	assert_int_equal(value.ulValueLen, 16);
	value = (CK_ATTRIBUTE){CKA_VALUE, shown, 15};
	assert_rv(p11->C_GetAttributeValue(sess, clock, &value, 1), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(value.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

/* ---- the counter ----------------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE counter(void)
{
	return find_one(CKO_HW_FEATURE, CKA_HW_FEATURE_TYPE, CKH_MONOTONIC_COUNTER);
}

static uint64_t count_on(void)
{
	CK_BYTE value[8];
	CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)};
	uint64_t n = 0;

	assert_ok(p11->C_GetAttributeValue(sess, counter(), &a, 1));
	assert_int_equal(a.ulValueLen, 8);
	for (size_t i = 0; i < 8; i++)
		n = n << 8 | value[i];
	return n;
}

static void the_counter_grows_with_each_reading(void **state)
{
	uint64_t last = count_on();

	(void)state;
	assert_false(get_bool(sess, counter(), CKA_RESET_ON_INIT));
	assert_false(get_bool(sess, counter(), CKA_HAS_RESET));
	for (int i = 0; i < 50; i++) {
		uint64_t next = count_on();
		assert_true(next > last);
		last = next;
	}
}

static int count_in_child(void *arg)
{
	uint64_t *last = arg;

	assert_ok(p11->C_Initialize(NULL));
	sess = open_ro();
	uint64_t next = count_on();
	assert_ok(p11->C_Finalize(NULL));
	return next > *last ? 0 : 1;
}

static void the_counter_survives_restarts_processes_and_initialisation(void **state)
{
	uint64_t last = count_on();

	(void)state;
	finalize();
	initialize();
	sess = open_ro();
	uint64_t next = count_on();
	assert_true(next > last);
	assert_int_equal(run_child(count_in_child, &next), 0);
	last = count_on();
	assert_true(last > next);
	close_session(sess);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	sess = open_ro();
	assert_true(count_on() > last);
}

#define IN_MEMORY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(profiles_are_those_that_hold),
		IN_MEMORY(the_hkdf_tls_profile_is_true),
		IN_MEMORY(every_mechanism_of_the_list_has_its_object),
		cmocka_unit_test_setup_teardown(what_a_policy_takes_away_has_no_object, setup_module, teardown_policy),
		IN_MEMORY(a_search_that_does_not_name_their_class_finds_none),
		ON_DISK(their_handles_and_ids_stay),
		IN_MEMORY(a_token_made_anew_has_them_under_new_handles),
		IN_MEMORY(rule_204_applications_neither_make_nor_change_them),
		IN_MEMORY(they_are_no_keys),
		IN_MEMORY(the_clock_shows_the_time),
		IN_MEMORY(the_counter_grows_with_each_reading),
		ON_DISK(the_counter_survives_restarts_processes_and_initialisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
