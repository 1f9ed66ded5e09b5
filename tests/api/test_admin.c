/* SPDX-License-Identifier: Apache-2.0 */
/* The interface "Vendor Conclave": renaming, removing and verifying tokens, and what the standard says of a token that
 * goes away. */
#include "harness.h"

#include <conclave.h>
#include <fcntl.h>
#include <unistd.h>

static CONCLAVE_FUNCTIONS *admin(void)
{
	static CK_UTF8CHAR name[] = CONCLAVE_INTERFACE_NAME;
	CK_INTERFACE_PTR interface = NULL;

	assert_rv(p11->C_GetInterface(name, NULL, &interface, 0), CKR_OK);
	return interface->pFunctionList;
}

static CK_UTF8CHAR so_pin[] = SO_PIN, wrong_pin[] = "wrong-pin";

static void padded(const char *text, CK_UTF8CHAR label[32])
{
	memset(label, ' ', 32);
	memcpy(label, text, strlen(text));
}

static CK_TOKEN_INFO token_information(void)
{
	CK_TOKEN_INFO info;

	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	return info;
}

static CK_RV remove_it(void)
{
	return admin()->RemoveToken(slot, so_pin, strlen(SO_PIN));
}

/* ---- the interface ----------------------------------------------------------------------------- */

static void the_interface_has_a_version_and_needs_the_library(void **state)
{
	CK_UTF8CHAR label[32];
	(void)state;

	padded("other", label);
	CONCLAVE_FUNCTIONS *functions = admin();
	assert_int_equal(functions->version.major, 1);
	finalize();

	assert_rv(functions->RenameToken(slot, so_pin, strlen(SO_PIN), label), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(functions->RemoveToken(slot, so_pin, strlen(SO_PIN)), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(functions->VerifyToken(1, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(functions->ReadSoftHSM(label, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(functions->ImportSoftHSM(NULL, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
}

static void null_pointers_and_unknown_slots_are_refused(void **state)
{
	CONCLAVE_VERIFY_REPORT report;
	CK_UTF8CHAR label[32];
	(void)state;

	padded("other", label);
	assert_rv(admin()->RenameToken(slot, NULL, 4, label), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->RenameToken(slot, so_pin, 4, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->RenameToken(4711, so_pin, 4, label), CKR_SLOT_ID_INVALID);
	assert_rv(admin()->RemoveToken(slot, NULL, 4), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->RemoveToken(4711, so_pin, 4), CKR_SLOT_ID_INVALID);
	assert_rv(admin()->VerifyToken(open_ro(), NULL), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->VerifyToken(4711, &report), CKR_SESSION_HANDLE_INVALID);
}

static void an_import_wants_a_folder_and_an_so_pin(void **state)
{
	static CK_UTF8CHAR nowhere[] = "/no/such/folder", no_token[] = "/";
	CONCLAVE_IMPORT import = {.pFolder = nowhere, .pSoPin = so_pin, .ulSoPinLen = strlen(SO_PIN)};
	CONCLAVE_IMPORT_RESULT result;
	CONCLAVE_BACKUP_TOKEN token;
	(void)state;

	assert_rv(admin()->ReadSoftHSM(NULL, &token), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->ReadSoftHSM(nowhere, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->ReadSoftHSM(nowhere, &token), CKR_DEVICE_ERROR);
	assert_rv(admin()->ReadSoftHSM(no_token, &token), CKR_DATA_INVALID);
	assert_rv(admin()->ImportSoftHSM(NULL, &result), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->ImportSoftHSM(&import, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(admin()->ImportSoftHSM(&import, &result), CKR_DEVICE_ERROR);
	import.ulSoPinLen = 3;
	assert_rv(admin()->ImportSoftHSM(&import, &result), CKR_PIN_LEN_RANGE);
	import.pSoPin = NULL;
	assert_rv(admin()->ImportSoftHSM(&import, &result), CKR_ARGUMENTS_BAD);
}

/* ---- renaming ---------------------------------------------------------------------------------- */

static void a_renamed_token_is_the_same_token(void **state)
{
	CK_UTF8CHAR label[32];
	(void)state;

	CK_TOKEN_INFO before = token_information();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	make_aes(session, true, true);
	padded("another name", label);

	assert_rv(admin()->RenameToken(slot, so_pin, strlen(SO_PIN), label), CKR_OK);

	CK_TOKEN_INFO after = token_information();
	assert_memory_equal(after.label, label, 32);
	assert_memory_equal(after.serialNumber, before.serialNumber, 16);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	logout(session);
	login_user(session);
}

static void renaming_needs_the_so_pin_and_counts_wrong_ones(void **state)
{
	CK_UTF8CHAR label[32];
	(void)state;

	padded("another name", label);
	CK_TOKEN_INFO before = token_information();

	assert_rv(admin()->RenameToken(slot, wrong_pin, strlen("wrong-pin"), label), CKR_PIN_INCORRECT);

	CK_TOKEN_INFO after = token_information();
	assert_memory_equal(after.label, before.label, 32);
	assert_true(after.flags & CKF_SO_PIN_COUNT_LOW);
}

/* ---- removing ---------------------------------------------------------------------------------- */

static void rule_68_a_removed_token_is_not_present(void **state)
{
	CK_MECHANISM_TYPE mechanisms[512];
	CK_ULONG count = COUNT(mechanisms);
	CK_SESSION_HANDLE session;
	CK_MECHANISM_INFO info;
	CK_SLOT_INFO slot_info;
	CK_TOKEN_INFO token;
	(void)state;

	assert_rv(remove_it(), CKR_OK);

	assert_rv(p11->C_GetSlotInfo(slot, &slot_info), CKR_OK);
	assert_false(slot_info.flags & CKF_TOKEN_PRESENT);
	assert_true(slot_info.flags & CKF_REMOVABLE_DEVICE);
	assert_rv(p11->C_GetTokenInfo(slot, &token), CKR_TOKEN_NOT_PRESENT);
	assert_rv(p11->C_GetMechanismList(slot, mechanisms, &count), CKR_TOKEN_NOT_PRESENT);
	assert_rv(p11->C_GetMechanismInfo(slot, CKM_SHA256, &info), CKR_TOKEN_NOT_PRESENT);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_TOKEN_NOT_PRESENT);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_PRESENT);
	assert_rv(p11->C_CloseAllSessions(slot), CKR_TOKEN_NOT_PRESENT);
}

static void rules_53_56_a_removed_token_leaves_the_list_at_the_next_look(void **state)
{
	CK_SLOT_ID ids[8];
	CK_ULONG count = COUNT(ids);
	(void)state;

	CK_SLOT_ID removed = slot;
	assert_rv(remove_it(), CKR_OK);
	assert_rv(p11->C_GetSlotList(CK_FALSE, ids, &count), CKR_OK);
	assert_int_equal(count, 1);
	count = COUNT(ids);
	assert_rv(p11->C_GetSlotList(CK_TRUE, ids, &count), CKR_OK);
	assert_int_equal(count, 0);

	assert_rv(p11->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	assert_int_equal(count, 1);
	assert_rv(p11->C_GetSlotList(CK_FALSE, ids, &count), CKR_OK);

	/* Its number is not used again. */
	assert_int_not_equal(ids[0], removed);
	assert_rv(init_token(ids[0], SO_PIN, TOKEN_LABEL), CKR_OK);
}

static void removing_needs_the_so_pin(void **state)
{
	(void)state;
	assert_rv(admin()->RemoveToken(slot, wrong_pin, strlen("wrong-pin")), CKR_PIN_INCORRECT);

	assert_true(token_information().flags & CKF_TOKEN_INITIALIZED);
}

static void removing_waits_for_no_session_but_is_refused(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = open_ro();
	assert_rv(remove_it(), CKR_SESSION_EXISTS);

	close_session(session);
	assert_rv(remove_it(), CKR_OK);
}

static int remove_in_a_child(void *unused)
{
	(void)unused;
	initialize();
	first_slot();
	assert_rv(remove_it(), CKR_OK);
	finalize();
	return 0;
}

static void rule_64_a_token_removed_by_another_application_is_an_event(void **state)
{
	CK_SLOT_ID event = 4711;
	(void)state;

	assert_int_equal(run_child(remove_in_a_child, NULL), 0);

	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_OK);
	assert_int_equal(event, slot);
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void another_application_with_a_session_keeps_the_token(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = open_ro();

	assert_int_not_equal(run_child(remove_in_a_child, NULL), 0);

	close_session(session);
	assert_int_equal(run_child(remove_in_a_child, NULL), 0);
}

/* ---- verifying --------------------------------------------------------------------------------- */

static CONCLAVE_VERIFY_REPORT verify(CK_SESSION_HANDLE session)
{
	CONCLAVE_VERIFY_REPORT report = {0};

	assert_rv(admin()->VerifyToken(session, &report), CKR_OK);
	return report;
}

static void verifying_counts_every_object(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "one");
	make_data(session, true, false, "two");
	login_user(session);
	make_aes(session, true, true);
	make_aes(session, false, true); /* a session object is not the store's */

	CONCLAVE_VERIFY_REPORT all = verify(session);
	assert_int_equal(all.ulGood, 3);
	assert_int_equal(all.ulBad, 0);
	assert_int_equal(all.ulNotRead, 0);
	logout(session);
	CONCLAVE_VERIFY_REPORT open = verify(session);
	assert_int_equal(open.ulGood, 2);
	assert_int_equal(open.ulBad, 0);
}

/* Changes one byte of text in every file of the store. */
static unsigned spoil(const char *directory, const char *text)
{
	static const char *const files[] = {"conclave.db", "conclave.db-wal"};
	static unsigned char data[1 << 22];
	unsigned changed = 0;

	for (size_t f = 0; f < COUNT(files); f++) {
		char path[512];
		snprintf(path, sizeof(path), "%s/%s", directory, files[f]);
		int fd = open(path, O_RDWR);
		if (fd < 0)
			continue;
		ssize_t n = read(fd, data, sizeof(data));
		for (ssize_t i = 0; i + (ssize_t)strlen(text) <= n; i++) {
			unsigned char other = (unsigned char)(text[0] ^ 1);
			if (memcmp(data + i, text, strlen(text)) == 0 && pwrite(fd, &other, 1, i) == 1)
				changed++;
		}
		close(fd);
	}
	return changed;
}

static void a_changed_byte_is_found_and_the_others_stay_usable(void **state)
{
	const char *directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	(void)state;

	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "a label to be spoilt");
	make_data(session, true, false, "untouched");
	finalize();
	assert_int_not_equal(spoil(directory, "a label to be spoilt"), 0);
	initialize();
	slot = first_slot();
	session = open_ro();

	CONCLAVE_VERIFY_REPORT report = verify(session);

	assert_int_equal(report.ulBad, 1);
	assert_int_equal(report.ulGood, 1);
}

int main(void)
{
#define TOKEN(test) cmocka_unit_test_setup_teardown(test, setup_token, teardown)
#define SQLITE(test) cmocka_unit_test_setup_teardown(test, setup_token_sqlite, teardown)
	const struct CMUnitTest tests[] = {
		SQLITE(the_interface_has_a_version_and_needs_the_library),
		TOKEN(null_pointers_and_unknown_slots_are_refused),
		TOKEN(an_import_wants_a_folder_and_an_so_pin),
		TOKEN(a_renamed_token_is_the_same_token),
		TOKEN(renaming_needs_the_so_pin_and_counts_wrong_ones),
		TOKEN(rule_68_a_removed_token_is_not_present),
		TOKEN(rules_53_56_a_removed_token_leaves_the_list_at_the_next_look),
		TOKEN(removing_needs_the_so_pin),
		TOKEN(removing_waits_for_no_session_but_is_refused),
		SQLITE(rule_64_a_token_removed_by_another_application_is_an_event),
		SQLITE(another_application_with_a_session_keeps_the_token),
		SQLITE(verifying_counts_every_object),
		SQLITE(a_changed_byte_is_found_and_the_others_stay_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
