/* SPDX-License-Identifier: Apache-2.0 */
/* Slots, slot events, mechanism lists (rules 53 to 73). What another process does to the store is
 * done by a child of run_child with the module initialised anew. Knows nothing of keys beyond one. */
#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#ifndef TEST_SOURCE_ROOT
#define TEST_SOURCE_ROOT "."
#endif

enum { ROOM = 512 };

static CK_ULONG slot_count(CK_BBOOL token_present)
{
	CK_ULONG count = 0;

	assert_ok(p11->C_GetSlotList(token_present, NULL, &count));
	return count;
}

static bool is_listed(CK_SLOT_ID id)
{
	CK_SLOT_ID list[ROOM];
	CK_ULONG count = COUNT(list);

	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	for (CK_ULONG i = 0; i < count; i++)
		if (list[i] == id)
			return true;
	return false;
}

/* ---- C_GetSlotList --------------------------------------------------------------------------- */

static void rule_53_slots_with_tokens_are_among_all_slots(void **state)
{
	CK_SLOT_ID with_token[ROOM];
	CK_ULONG count = COUNT(with_token);
	CK_TOKEN_INFO info;

	(void)state;
	assert_ok(p11->C_GetSlotList(CK_TRUE, with_token, &count));
	assert_in_range(count, 1, slot_count(CK_FALSE));
	for (CK_ULONG i = 0; i < count; i++) {
		assert_true(is_listed(with_token[i]));
		assert_ok(p11->C_GetTokenInfo(with_token[i], &info));
	}
}

static void an_empty_store_shows_one_uninitialised_token(void **state)
{
	CK_TOKEN_INFO info;

	(void)state;
	assert_int_equal(slot_count(CK_FALSE), 1);
	assert_int_equal(slot_count(CK_TRUE), 1);
	assert_ok(p11->C_GetTokenInfo(first_slot(), &info));
	assert_int_equal(info.flags & CKF_TOKEN_INITIALIZED, 0);
}

static void a_token_takes_the_empty_slot_with_its_number(void **state)
{
	CK_SLOT_ID before = first_slot();

	(void)state;
	assert_ok(init_token(before, SO_PIN, TOKEN_LABEL));
	assert_int_equal(slot_count(CK_FALSE), 1);
	assert_int_equal(first_slot(), before);
}

static void rule_54_null_list_gives_the_count(void **state)
{
	CK_ULONG zero = 0, huge = ~0UL;

	(void)state;
	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &zero));
	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &huge));
	assert_int_equal(zero, huge);
	assert_rv(p11->C_GetSlotList(CK_FALSE, NULL, NULL), CKR_ARGUMENTS_BAD);
}

static void rule_55_short_list_is_too_small_and_count_is_true(void **state)
{
	CK_ULONG all = slot_count(CK_FALSE), count = 0;
	CK_SLOT_ID list[ROOM];

	(void)state;
	list[0] = 4711;
	assert_rv(p11->C_GetSlotList(CK_FALSE, list, &count), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, all);
	assert_int_equal(list[0], 4711);
	count = all;
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_int_equal(count, all);
	count = ROOM;
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_int_equal(count, all);
	assert_rv(p11->C_GetSlotList(CK_FALSE, list, NULL), CKR_ARGUMENTS_BAD);
}

/* ---- what another process does ---------------------------------------------------------------- */

/* Another process makes a token in the last slot that it sees. */
static int make_another_token(void *unused)
{
	CK_SLOT_ID list[ROOM];
	CK_ULONG count = COUNT(list);

	(void)unused;
	initialize();
	slot_count(CK_FALSE);
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_ok(init_token(list[count - 1], SO_PIN, TOKEN_LABEL " 2"));
	finalize();
	return 0;
}

/* Another process initialises the token of each given slot again. */
static int reinitialise(void *arg)
{
	const CK_SLOT_ID *ids = arg; /* ended by ~0 */

	initialize();
	slot_count(CK_FALSE);
	for (; *ids != ~0UL; ids++)
		assert_ok(init_token(*ids, SO_PIN, TOKEN_LABEL " again"));
	finalize();
	return 0;
}

static int setup_spare_slot(void **state)
{
	setenv("CONCLAVE_SPARE_SLOT", "1", 1);
	return setup_token_sqlite(state);
}

static int teardown_spare_slot(void **state)
{
	unsetenv("CONCLAVE_SPARE_SLOT");
	return teardown(state);
}

static void rule_56_slots_change_only_when_the_count_is_asked_for(void **state)
{
	CK_ULONG before = slot_count(CK_FALSE), count = ROOM;
	CK_SLOT_ID list[ROOM];

	(void)state;
	assert_int_equal(run_child(make_another_token, NULL), 0);
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_int_equal(count, before);
	assert_int_equal(slot_count(CK_FALSE), before + 1);
	count = ROOM;
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_int_equal(count, before + 1);
}

static void a_token_keeps_its_slot_when_others_come(void **state)
{
	CK_SLOT_ID mine = slot;
	CK_TOKEN_INFO before, after;

	(void)state;
	assert_ok(p11->C_GetTokenInfo(mine, &before));
	assert_int_equal(run_child(make_another_token, NULL), 0);
	slot_count(CK_FALSE);
	assert_ok(p11->C_GetTokenInfo(mine, &after));
	assert_memory_equal(before.serialNumber, after.serialNumber, sizeof(before.serialNumber));
	assert_memory_equal(before.label, after.label, sizeof(before.label));
}

/* ---- C_GetSlotInfo --------------------------------------------------------------------------- */

static void rules_57_60_61_62_info_of_every_slot(void **state)
{
	CK_SLOT_ID list[ROOM];
	CK_ULONG count = COUNT(list);
	CK_SLOT_INFO info;

	(void)state;
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		memset(&info, 0, sizeof(info));
		assert_ok(p11->C_GetSlotInfo(list[i], &info));
		assert_true(info.flags & CKF_REMOVABLE_DEVICE || info.flags & CKF_TOKEN_PRESENT);
		assert_int_equal(info.flags & CKF_HW_SLOT, 0);
		assert_int_equal(info.flags & ~(CKF_REMOVABLE_DEVICE | CKF_TOKEN_PRESENT | CKF_HW_SLOT), 0);
		assert_true(is_padded(info.slotDescription, sizeof(info.slotDescription)));
		assert_true(is_padded(info.manufacturerID, sizeof(info.manufacturerID)));
	}
}

/* Tokens can be deleted, so every slot is of the removable kind, whatever it holds. */
static void rule_60_removable_never_changes(void **state)
{
	CK_SLOT_INFO info;
	CK_SLOT_ID id = first_slot();

	(void)state;
	assert_ok(p11->C_GetSlotInfo(id, &info));
	assert_int_equal(info.flags, CKF_REMOVABLE_DEVICE | CKF_TOKEN_PRESENT);
	assert_ok(init_token(id, SO_PIN, TOKEN_LABEL));
	assert_ok(p11->C_GetSlotInfo(id, &info));
	assert_int_equal(info.flags, CKF_REMOVABLE_DEVICE | CKF_TOKEN_PRESENT);
}

static void rule_58_the_first_slot_has_the_number_0(void **state)
{
	CK_SLOT_INFO info;

	(void)state;
	assert_int_equal(first_slot(), 0);
	assert_ok(p11->C_GetSlotInfo(0, &info));
}

static void rule_59_unknown_slots_are_refused_everywhere(void **state)
{
	static const CK_SLOT_ID unknown[] = {1, 77, 1UL << 31, 1UL << 32, ~0UL};
	CK_SLOT_INFO slot_info;
	CK_TOKEN_INFO token_info;
	CK_MECHANISM_INFO mechanism_info;
	CK_SESSION_HANDLE session = 4711;

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		CK_ULONG count = 0;
		assert_false(is_listed(unknown[i]));
		assert_rv(p11->C_GetSlotInfo(unknown[i], &slot_info), CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_GetTokenInfo(unknown[i], &token_info), CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_GetMechanismList(unknown[i], NULL, &count), CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_GetMechanismInfo(unknown[i], CKM_SHA256, &mechanism_info), CKR_SLOT_ID_INVALID);
		assert_rv(init_token(unknown[i], SO_PIN, TOKEN_LABEL), CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_OpenSession(unknown[i], CKF_SERIAL_SESSION, NULL, NULL, &session),
		          CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_CloseAllSessions(unknown[i]), CKR_SLOT_ID_INVALID);
	}
	assert_int_equal(session, 4711);
}

static void slot_info_needs_a_place_to_go(void **state)
{
	(void)state;
	assert_rv(p11->C_GetSlotInfo(slot, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetTokenInfo(slot, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetMechanismInfo(slot, CKM_SHA256, NULL), CKR_ARGUMENTS_BAD);
}

/* ---- C_WaitForSlotEvent ----------------------------------------------------------------------- */

static void rule_63_no_event(void **state)
{
	CK_SLOT_ID event;

	(void)state;
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void rule_67_reserved_argument_is_refused(void **state)
{
	CK_SLOT_ID event;

	(void)state;
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, &event), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_WaitForSlotEvent(0, &event, &event), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL), CKR_ARGUMENTS_BAD);
}

/* What came before the part that a test is about. */
static void forget_events(void)
{
	CK_SLOT_ID event;

	while (p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL) == CKR_OK)
		;
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void rule_64_own_init_token_is_no_event_for_a_later_call(void **state)
{
	CK_SLOT_ID event = 4711;

	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void rule_64_a_reinitialised_token_is_one_event(void **state)
{
	CK_SLOT_ID ids[] = {slot, ~0UL}, event = 4711;

	(void)state;
	forget_events();
	assert_int_equal(run_child(reinitialise, ids), 0);
	assert_ok(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL));
	assert_int_equal(event, slot);
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void rule_64_each_slot_has_an_event_of_its_own(void **state)
{
	CK_SLOT_ID first = 4711, second = 4711, third;
	CK_SLOT_ID ids[] = {0, 1, ~0UL};

	(void)state;
	assert_int_equal(run_child(make_another_token, NULL), 0);
	slot_count(CK_FALSE);
	forget_events(); /* of the new token */
	assert_int_equal(run_child(reinitialise, ids), 0);
	assert_ok(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &first, NULL));
	assert_ok(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &second, NULL));
	assert_int_not_equal(first, second);
	assert_in_range(first, 0, 1);
	assert_in_range(second, 0, 1);
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &third, NULL), CKR_NO_EVENT);
}

static void rule_65_initialize_clears_events(void **state)
{
	CK_SLOT_ID ids[] = {slot, ~0UL}, event;

	(void)state;
	forget_events();
	assert_int_equal(run_child(reinitialise, ids), 0);
	finalize();
	initialize();
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

struct waiter {
	atomic_int tid;
	CK_SLOT_ID event;
	CK_RV rv;
};

static void *wait_for_event(void *arg)
{
	struct waiter *waiter = arg;

	waiter->tid = gettid();
	waiter->rv = p11->C_WaitForSlotEvent(0, &waiter->event, NULL);
	return NULL;
}

static void rule_66_waits_until_another_process_changes_a_token(void **state)
{
	CK_SLOT_ID ids[] = {slot, ~0UL};
	struct waiter waiter = {.event = 4711};
	pthread_t thread;

	(void)state;
	forget_events();
	pthread_create(&thread, NULL, wait_for_event, &waiter);
	await_sleep(&waiter.tid);
	assert_int_equal(run_child(reinitialise, ids), 0);
	pthread_join(thread, NULL);
	assert_ok(waiter.rv);
	assert_int_equal(waiter.event, slot);
}

static void rule_66_own_init_token_wakes_a_waiting_thread(void **state)
{
	struct waiter waiter = {.event = 4711};
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, wait_for_event, &waiter);
	await_sleep(&waiter.tid);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	pthread_join(thread, NULL);
	assert_ok(waiter.rv);
	assert_int_equal(waiter.event, slot);
}

/* ---- mechanisms ------------------------------------------------------------------------------ */

static CK_ULONG mechanisms(CK_MECHANISM_TYPE list[ROOM])
{
	CK_ULONG count = ROOM;

	assert_ok(p11->C_GetMechanismList(slot, list, &count));
	return count;
}

static void rule_69_mechanism_list_counts_like_the_others(void **state)
{
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG all = 4711, count;

	(void)state;
	assert_ok(p11->C_GetMechanismList(slot, NULL, &all));
	assert_in_range(all, 1, ROOM - 1);
	count = all - 1;
	list[0] = CKM_VENDOR_DEFINED;
	assert_rv(p11->C_GetMechanismList(slot, list, &count), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, all);
	assert_int_equal(list[0], CKM_VENDOR_DEFINED);
	assert_ok(p11->C_GetMechanismList(slot, list, &count));
	assert_int_equal(count, all);
	count = ROOM;
	assert_ok(p11->C_GetMechanismList(slot, list, &count));
	assert_int_equal(count, all);
	assert_rv(p11->C_GetMechanismList(slot, list, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetMechanismList(slot, NULL, NULL), CKR_ARGUMENTS_BAD);
}

static void no_mechanism_is_listed_twice(void **state)
{
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list);

	(void)state;
	for (CK_ULONG i = 0; i < count; i++)
		for (CK_ULONG j = 0; j < i; j++)
			assert_int_not_equal(list[i], list[j]);
}

static void rule_70_listed_mechanisms_have_info_others_do_not(void **state)
{
	static const CK_MECHANISM_TYPE absent[] = {CKM_VENDOR_DEFINED, CKM_VENDOR_DEFINED | 4711, ~0UL,
	                                           CKM_SKIPJACK_KEY_GEN, CKM_KEA_KEY_PAIR_GEN};
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list);
	CK_MECHANISM_INFO info;

	(void)state;
	for (CK_ULONG i = 0; i < count; i++) {
		assert_ok(p11->C_GetMechanismInfo(slot, list[i], &info));
		assert_true(info.ulMinKeySize <= info.ulMaxKeySize);
	}
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_rv(p11->C_GetMechanismInfo(slot, absent[i], &info), CKR_MECHANISM_INVALID);
}

static void rule_71_a_mechanism_without_the_flag_is_refused_by_init(void **state)
{
	const struct {
		CK_FLAGS flag;
		CK_RV (*init)(CK_SESSION_HANDLE, CK_MECHANISM_PTR, CK_OBJECT_HANDLE);
	} kinds[] = {
		{CKF_ENCRYPT, p11->C_EncryptInit},
		{CKF_DECRYPT, p11->C_DecryptInit},
		{CKF_SIGN, p11->C_SignInit},
		{CKF_VERIFY, p11->C_VerifyInit},
		{CKF_SIGN_RECOVER, p11->C_SignRecoverInit},
		{CKF_VERIFY_RECOVER, p11->C_VerifyRecoverInit},
	};
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list);
	CK_SESSION_HANDLE session = open_ro();
	CK_OBJECT_HANDLE key = make_aes(session, false, false);
	CK_MECHANISM_INFO info;

	(void)state;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_MECHANISM mechanism = {list[i], NULL, 0};
		assert_ok(p11->C_GetMechanismInfo(slot, list[i], &info));
		for (size_t kind = 0; kind < COUNT(kinds); kind++)
			if (!(info.flags & kinds[kind].flag))
				assert_rv(kinds[kind].init(session, &mechanism, key), CKR_MECHANISM_INVALID);
		if (!(info.flags & CKF_DIGEST))
			assert_rv(p11->C_DigestInit(session, &mechanism), CKR_MECHANISM_INVALID);
	}
}

static void rule_71_digests_start_without_a_key(void **state)
{
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list), digests = 0;
	CK_SESSION_HANDLE session = open_ro();
	CK_MAC_GENERAL_PARAMS bits = 160;
	CK_MECHANISM_INFO info;

	(void)state;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_MECHANISM mechanism = {list[i], NULL, 0};
		CK_ULONG length = 0;
		assert_ok(p11->C_GetMechanismInfo(slot, list[i], &info));
		if (!(info.flags & CKF_DIGEST))
			continue;
		digests++;
		if (list[i] == CKM_SHA512_T)
			mechanism = (CK_MECHANISM){list[i], &bits, sizeof(bits)};
		assert_ok(p11->C_DigestInit(session, &mechanism));
		assert_ok(p11->C_DigestFinal(session, NULL, &length));
		assert_in_range(length, 16, 64);
		assert_ok(p11->C_SessionCancel(session, CKF_DIGEST));
	}
	assert_in_range(digests, 5, ROOM);
}

static CK_FLAGS flag_named(const char *name)
{
#define FLAG(flag) {#flag, flag}
	static const struct {
		const char *name;
		CK_FLAGS flag;
	} flags[] = {
		FLAG(CKF_ENCRYPT), FLAG(CKF_DECRYPT), FLAG(CKF_DIGEST), FLAG(CKF_SIGN), FLAG(CKF_SIGN_RECOVER),
		FLAG(CKF_VERIFY), FLAG(CKF_VERIFY_RECOVER), FLAG(CKF_GENERATE), FLAG(CKF_GENERATE_KEY_PAIR),
		FLAG(CKF_WRAP), FLAG(CKF_UNWRAP), FLAG(CKF_DERIVE), FLAG(CKF_ENCAPSULATE), FLAG(CKF_DECAPSULATE),
		FLAG(CKF_MESSAGE_ENCRYPT), FLAG(CKF_MESSAGE_DECRYPT), FLAG(CKF_MESSAGE_SIGN),
		FLAG(CKF_MESSAGE_VERIFY),
	};
#undef FLAG

	for (size_t i = 0; i < COUNT(flags); i++)
		if (strcmp(name, flags[i].name) == 0)
			return flags[i].flag;
	fail_msg("no flag %s", name);
	return 0;
}

/* The flags that the standard's table of mechanisms gives to one of them; false: not in the table. */
static bool flags_in_table(FILE *table, CK_MECHANISM_TYPE type, CK_FLAGS *ret)
{
	char line[1024], *rest, *field[6], *save = NULL;

	rewind(table);
	while (fgets(line, sizeof(line), table)) {
		rest = line;
		for (size_t i = 0; i < COUNT(field); i++)
			field[i] = strsep(&rest, "\t");
		if (!field[5] || strtoul(field[1], NULL, 16) != type || strncmp(field[0], "CKM_", 4) != 0)
			continue;
		*ret = 0;
		for (char *name = strtok_r(field[5], "|", &save); name; name = strtok_r(NULL, "|", &save))
			*ret |= flag_named(name);
		return true;
	}
	return false;
}

static void rule_71_flags_are_those_that_the_standard_gives(void **state)
{
	const CK_FLAGS of_curves = CKF_EC_F_P | CKF_EC_F_2M | CKF_EC_ECPARAMETERS | CKF_EC_OID |
	                           CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS | CKF_EC_CURVENAME;
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list);
	FILE *table = fopen(TEST_SOURCE_ROOT "/tests/spec/mechanisms.tsv", "r");
	CK_MECHANISM_INFO info;
	CK_FLAGS allowed = 0;

	(void)state;
	assert_non_null(table);
	for (CK_ULONG i = 0; i < count; i++) {
		assert_ok(p11->C_GetMechanismInfo(slot, list[i], &info));
		assert_int_equal(info.flags & (CKF_EXTENSION | CKF_HW), 0);
		if (!flags_in_table(table, list[i], &allowed))
			fail_msg("mechanism 0x%lx is not in the table", list[i]);
		/* The table gives it the flags of a cipher; the text signs and verifies (6.60). */
		if (list[i] == CKM_POLY1305)
			allowed = CKF_SIGN | CKF_VERIFY;
		/* Their table knows no wrapping; C_WrapKeyAuthenticated takes them as it takes GCM and CCM (5.18.6). */
		if (list[i] == CKM_CHACHA20_POLY1305 || list[i] == CKM_SALSA20_POLY1305)
			allowed |= CKF_WRAP | CKF_UNWRAP;
		/* The table names no mechanism for message signatures: any that signs may serve (5.14, 5.16). */
		allowed |= allowed & CKF_MESSAGE_ENCRYPT ? CKF_MULTI_MESSAGE : 0;
		allowed |= allowed & CKF_SIGN ? CKF_MESSAGE_SIGN | CKF_MULTI_MESSAGE : 0;
		allowed |= allowed & CKF_VERIFY ? CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE : 0;
		allowed |= allowed & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT) ? CKF_MULTI_MESSAGE : 0;
		if (info.flags & ~(allowed | of_curves))
			fail_msg("mechanism 0x%lx: flags 0x%lx beyond 0x%lx", list[i], info.flags, allowed);
	}
	fclose(table);
}

static void rules_72_73_message_and_search_flags_mean_something(void **state)
{
	const CK_FLAGS message = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY;
	CK_MECHANISM_TYPE list[ROOM];
	CK_ULONG count = mechanisms(list);
	CK_MECHANISM_INFO info;

	(void)state;
	for (CK_ULONG i = 0; i < count; i++) {
		assert_ok(p11->C_GetMechanismInfo(slot, list[i], &info));
		assert_true(!(info.flags & CKF_MULTI_MESSAGE) || info.flags & message);
		assert_int_equal(info.flags & CKF_FIND_OBJECTS, 0);
	}
}

#define INITIALIZED(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown)
#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)
#define SPARE(name) cmocka_unit_test_setup_teardown(name, setup_spare_slot, teardown_spare_slot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOKEN(rule_53_slots_with_tokens_are_among_all_slots),
		INITIALIZED(an_empty_store_shows_one_uninitialised_token),
		INITIALIZED(a_token_takes_the_empty_slot_with_its_number),
		TOKEN(rule_54_null_list_gives_the_count),
		TOKEN(rule_55_short_list_is_too_small_and_count_is_true),
		SPARE(rule_56_slots_change_only_when_the_count_is_asked_for),
		SPARE(a_token_keeps_its_slot_when_others_come),
		SPARE(rules_57_60_61_62_info_of_every_slot),
		INITIALIZED(rule_60_removable_never_changes),
		INITIALIZED(rule_58_the_first_slot_has_the_number_0),
		TOKEN(rule_59_unknown_slots_are_refused_everywhere),
		TOKEN(slot_info_needs_a_place_to_go),
		INITIALIZED(rule_63_no_event),
		TOKEN(rule_67_reserved_argument_is_refused),
		INITIALIZED(rule_64_own_init_token_is_no_event_for_a_later_call),
		SQLITE(rule_64_a_reinitialised_token_is_one_event),
		SPARE(rule_64_each_slot_has_an_event_of_its_own),
		SQLITE(rule_65_initialize_clears_events),
		SQLITE(rule_66_waits_until_another_process_changes_a_token),
		TOKEN(rule_66_own_init_token_wakes_a_waiting_thread),
		TOKEN(rule_69_mechanism_list_counts_like_the_others),
		TOKEN(no_mechanism_is_listed_twice),
		TOKEN(rule_70_listed_mechanisms_have_info_others_do_not),
		TOKEN(rule_71_a_mechanism_without_the_flag_is_refused_by_init),
		TOKEN(rule_71_digests_start_without_a_key),
		TOKEN(rule_71_flags_are_those_that_the_standard_gives),
		TOKEN(rules_72_73_message_and_search_flags_mean_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
