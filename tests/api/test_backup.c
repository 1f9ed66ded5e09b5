/* SPDX-License-Identifier: Apache-2.0 */
/* Backups: what comes back, who may open one, and that one that was touched changes nothing. doc/backup.md. */
#include "moving.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ------------------------------------------------------------------------------------- */

struct content {
	unsigned char *data;
	size_t len;
};

static struct content read_file(const char *name)
{
	struct content c = {malloc(1 << 20), 0};
	int fd = open((char *)path_named(name), O_RDONLY);

	assert_true(fd >= 0);
	ssize_t n = read(fd, c.data, 1 << 20);
	assert_true(n > 0);
	c.len = (size_t)n;
	close(fd);
	return c;
}

static void write_file(const char *name, const unsigned char *data, size_t len)
{
	int fd = open((char *)path_named(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static bool there(const char *name)
{
	return access((char *)path_named(name), F_OK) == 0;
}

/* ---- there and back ---------------------------------------------------------------------------- */

static void what_comes_back(CONCLAVE_BACKUP_KEY *key)
{
	char before[17], after[17];

	fill_token();
	serial_of(slot, before);
	assert_ok(write_backup("file", key));
	open_store(store_named("b"));

	assert_ok(restore_backup("file", key));

	slot = first_slot();
	serial_of(slot, after);
	assert_string_equal(after, before);
	assert_whole();
	open_store(store_named("a"));
	assert_whole();
}

static void a_token_comes_back_whole_in_another_store(void **state)
{
	(void)state;
	what_comes_back(&by_passphrase);
}

static void a_key_file_opens_a_backup_too(void **state)
{
	(void)state;
	what_comes_back(&by_key_file);
}

static void a_restored_token_may_be_changed_and_backed_up_again(void **state)
{
	(void)state;
	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "private data")));
	make_data(session, true, true, "private data");
	close_session(session);

	assert_ok(write_backup("second", &by_key_file));

	open_store(store_named("c"));
	assert_ok(restore_backup("second", &by_key_file));
	slot = first_slot();
	assert_whole();
}

static void make_second_token(void)
{
	CK_SLOT_ID ids[8];
	CK_ULONG count = COUNT(ids);

	setenv("CONCLAVE_SPARE_SLOT", "1", 1);
	open_store(store_named("a"));
	assert_ok(p11->C_GetSlotList(CK_FALSE, ids, &count));
	assert_ok(init_token(ids[count - 1], SO_PIN, "test-second"));
	unsetenv("CONCLAVE_SPARE_SLOT");
	open_store(store_named("a"));
	assert_int_equal(count_tokens(), 2);
}

static void the_list_tells_tokens_slots_and_objects(void **state)
{
	CONCLAVE_BACKUP_TOKEN tokens[2];
	CK_ULONG count = 0;
	(void)state;

	fill_token();
	make_second_token();
	assert_ok(write_backup("file", &by_key_file));

	assert_ok(vendor()->ReadBackup(path_named("file"), &by_key_file, NULL, &count, NULL));
	assert_int_equal(count, 2);
	count = 1;
	assert_rv(vendor()->ReadBackup(path_named("file"), &by_key_file, tokens, &count, NULL), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, 2);
	assert_ok(vendor()->ReadBackup(path_named("file"), &by_key_file, tokens, &count, NULL));

	assert_int_equal(tokens[0].slotID, 0);
	assert_int_equal(tokens[0].ulObjects, 6);
	assert_memory_equal(tokens[0].label, TOKEN_LABEL " ", strlen(TOKEN_LABEL) + 1);
	assert_int_equal(tokens[1].slotID, 1);
	assert_int_equal(tokens[1].ulObjects, 0);
	assert_memory_equal(tokens[1].label, "test-second ", 12);
}

static void one_token_is_backed_up_or_restored_alone(void **state)
{
	CK_UTF8CHAR label[] = "test-second", serial[17], none[] = "none";
	CK_SLOT_ID second = 1, unknown = 7;
	CONCLAVE_BACKUP_TOKEN came[2];
	CK_ULONG count = 2;
	(void)state;

	make_second_token();
	serial_of(second, (char *)serial);
	assert_ok(vendor()->BackupTokens(path_named("one"), &by_key_file, &second, 1, CK_FALSE, NULL));
	assert_rv(vendor()->BackupTokens(path_named("none"), &by_key_file, &unknown, 1, CK_FALSE, NULL), CKR_TOKEN_NOT_PRESENT);
	assert_false(there("none"));
	assert_ok(write_backup("both", &by_key_file));

	open_store(store_named("b"));
	assert_ok(restore_backup("one", &by_key_file));
	assert_int_equal(count_tokens(), 1);
	open_store(store_named("c"));
	assert_rv(vendor()->RestoreTokens(path_named("both"), &by_key_file, none, NULL, 0, NULL, NULL, NULL), CKR_TOKEN_NOT_PRESENT);
	assert_ok(vendor()->RestoreTokens(path_named("both"), &by_key_file, label, NULL, 0, came, &count, NULL));
	assert_int_equal(count_tokens(), 1);
	assert_int_equal(count, 1);
	assert_int_equal(came[0].slotID, 1);
	assert_memory_equal(came[0].serialNumber, serial, 16);
	open_store(store_named("d"));
	assert_ok(vendor()->RestoreTokens(path_named("both"), &by_key_file, serial, NULL, 0, NULL, NULL, NULL));
	assert_int_equal(count_tokens(), 1);
}

static void a_full_slot_gives_the_next_one(void **state)
{
	CONCLAVE_BACKUP_TOKEN came;
	CK_ULONG count = 1;
	(void)state;

	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	make_token();

	assert_ok(vendor()->RestoreTokens(path_named("file"), &by_key_file, NULL, NULL, 0, &came, &count, NULL));

	assert_int_equal(came.slotID, 1);
	assert_int_equal(count_tokens(), 2);
	slot = 1;
	assert_whole();
}

/* ---- who is there already ---------------------------------------------------------------------- */

static void a_token_that_is_there_stays_as_it_is(void **state)
{
	(void)state;
	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "made later");

	assert_rv(restore_backup("file", &by_key_file), CKR_ACTION_PROHIBITED);

	assert_int_equal(count_labelled(session, "made later"), 1);
	assert_int_equal(count_tokens(), 1);
}

static void one_that_is_there_keeps_all_others_out(void **state)
{
	(void)state;
	CK_SLOT_ID second = 1;
	make_second_token();
	assert_ok(vendor()->BackupTokens(path_named("one"), &by_key_file, &second, 1, CK_FALSE, NULL));
	assert_ok(write_backup("both", &by_key_file));
	open_store(store_named("b"));
	assert_ok(restore_backup("one", &by_key_file));

	assert_rv(restore_backup("both", &by_key_file), CKR_ACTION_PROHIBITED);

	assert_int_equal(count_tokens(), 1);
}

static CK_RV replace(CK_UTF8CHAR *pin)
{
	CK_UTF8CHAR which[] = TOKEN_LABEL;

	return vendor()->RestoreTokens(path_named("file"), &by_key_file, which, pin, strlen((char *)pin), NULL, NULL, NULL);
}

static void its_so_replaces_it_when_nobody_has_it_open(void **state)
{
	CK_TOKEN_INFO info;
	(void)state;

	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "made later");

	assert_rv(replace(so_pin), CKR_SESSION_EXISTS);
	close_session(session);
	assert_rv(replace(wrong_pin), CKR_PIN_INCORRECT);
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_true(info.flags & CKF_SO_PIN_COUNT_LOW);
	assert_ok(replace(so_pin));

	/* It is another token for who looks at slots: gone, and there after the next look. */
	CK_SLOT_ID before = slot;
	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_TOKEN_NOT_PRESENT);
	slot = first_slot();
	assert_int_equal(slot, before);
	assert_int_equal(count_tokens(), 1);
	assert_whole();
}

static void replacing_names_its_token(void **state)
{
	(void)state;
	assert_ok(write_backup("file", &by_key_file));
	assert_rv(vendor()->RestoreTokens(path_named("file"), &by_key_file, NULL, so_pin, strlen(SO_PIN), NULL, NULL, NULL),
	          CKR_ARGUMENTS_BAD);
}

/* ---- secrets ----------------------------------------------------------------------------------- */

static void another_secret_opens_nothing(void **state)
{
	CK_BYTE wrong[] = "correct horse batterx", file_as_text[] = "0123456789abcdef0123456789abcdef";
	CK_BYTE other[] = "0123456789abcdef0123456789abcdee";
	CONCLAVE_BACKUP_KEY wrong_text = {wrong, sizeof(wrong) - 1, CK_FALSE}, text = {file_as_text, sizeof(file_as_text) - 1, CK_FALSE};
	CONCLAVE_BACKUP_KEY wrong_file = {other, sizeof(other) - 1, CK_TRUE};
	(void)state;

	assert_ok(write_backup("pass", &by_passphrase));
	assert_ok(write_backup("key", &by_key_file));
	open_store(store_named("b"));

	assert_rv(restore_backup("pass", &wrong_text), CKR_PIN_INCORRECT);
	assert_rv(restore_backup("pass", &by_key_file), CKR_PIN_INCORRECT);
	assert_rv(restore_backup("key", &wrong_file), CKR_PIN_INCORRECT);
	assert_rv(restore_backup("key", &text), CKR_PIN_INCORRECT);
	assert_int_equal(count_tokens(), 0);
	assert_ok(restore_backup("pass", &by_passphrase));
}

static void poor_secrets_are_refused(void **state)
{
	static CK_BYTE bytes[5000] = "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8";
	const struct {
		CONCLAVE_BACKUP_KEY key;
		CK_RV rv;
	} rows[] = {
		{{bytes + 100, 7, CK_FALSE}, CKR_PIN_LEN_RANGE}, {{bytes + 100, 256, CK_FALSE}, CKR_PIN_LEN_RANGE},
		{{bytes, 8, CK_FALSE}, CKR_PIN_INVALID},         {{NULL, 32, CK_FALSE}, CKR_PIN_LEN_RANGE},
		{{bytes, 31, CK_TRUE}, CKR_PIN_LEN_RANGE},       {{bytes, 4097, CK_TRUE}, CKR_PIN_LEN_RANGE},
		{{bytes, (CK_ULONG)-1, CK_TRUE}, CKR_PIN_LEN_RANGE},
	};
	(void)state;

	memset(bytes + 100, 'p', 300);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CONCLAVE_BACKUP_KEY key = rows[i].key;
		assert_rv(write_backup("file", &key), rows[i].rv);
		assert_false(there("file"));
	}
}

static void nothing_of_a_token_is_readable_in_the_file(void **state)
{
	(void)state;
	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	struct content c = read_file("file");
	assert_null(memmem(c.data, c.len, "made by nobody", 14));
	assert_null(memmem(c.data, c.len, TOKEN_LABEL, strlen(TOKEN_LABEL)));
	struct stat st;
	assert_int_equal(stat((char *)path_named("file"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(c.data);
}

/* ---- damage ------------------------------------------------------------------------------------ */

/* Every byte of the ends, where headers and tags are, and some between. */
static bool sampled(size_t at, size_t len)
{
	return at < 200 || at + 200 > len || at % 997 == 0;
}

static void assert_refused(const unsigned char *data, size_t len)
{
	write_file("touched", data, len);
	CK_RV rv = restore_backup("touched", &by_key_file);
	assert_rv_in(rv, CKR_DATA_INVALID, CKR_FUNCTION_NOT_SUPPORTED, CKR_ENCRYPTED_DATA_INVALID, CKR_PIN_INCORRECT);
}

static struct content backup_of_a_full_token(void)
{
	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	struct content c = read_file("file");
	open_store(store_named("b"));
	return c;
}

static void every_flipped_byte_is_refused_before_anything_changes(void **state)
{
	(void)state;
	struct content c = backup_of_a_full_token();
	assert_true(c.len > 3 * 65536);

	for (size_t i = 0; i < c.len; i++) {
		if (!sampled(i, c.len))
			continue;
		c.data[i] ^= (unsigned char)(1 << i % 8);
		assert_refused(c.data, c.len);
		c.data[i] ^= (unsigned char)(1 << i % 8);
	}

	assert_int_equal(count_tokens(), 0);
	write_file("touched", c.data, c.len);
	assert_ok(restore_backup("touched", &by_key_file));
	free(c.data);
}

static void a_file_cut_short_or_grown_is_refused(void **state)
{
	(void)state;
	struct content c = backup_of_a_full_token();

	for (size_t len = 0; len < c.len; len++) {
		if (sampled(len, c.len) || (len - 64) % (65536 + 16) < 2)
			assert_refused(c.data, len);
	}
	for (size_t more = 1; more < 100; more += 7)
		assert_refused(c.data, c.len + more);

	assert_int_equal(count_tokens(), 0);
	free(c.data);
}

#define CHUNK (65536 + 16)

static void chunks_out_of_order_doubled_or_left_out_are_refused(void **state)
{
	(void)state;
	struct content c = backup_of_a_full_token();
	struct content other = {malloc(c.len + CHUNK), c.len};
	unsigned char *first = other.data + 64, *second = first + CHUNK;

	memcpy(other.data, c.data, c.len);
	memcpy(first, c.data + 64 + CHUNK, CHUNK);
	memcpy(second, c.data + 64, CHUNK);
	assert_refused(other.data, other.len);
	memcpy(second, first, CHUNK);
	assert_refused(other.data, other.len);
	memcpy(first, c.data + 64, CHUNK);
	memcpy(second, c.data + 64, c.len - 64);
	assert_refused(other.data, c.len + CHUNK);
	memcpy(second, c.data + 64 + 2 * CHUNK, c.len - 64 - 2 * CHUNK);
	assert_refused(other.data, c.len - CHUNK);

	assert_int_equal(count_tokens(), 0);
	free(c.data);
	free(other.data);
}

static void a_chunk_of_another_backup_is_refused(void **state)
{
	(void)state;
	fill_token();
	assert_ok(write_backup("other", &by_key_file));
	assert_ok(write_backup("file", &by_key_file));
	struct content c = read_file("file"), other = read_file("other");
	open_store(store_named("b"));

	memcpy(c.data + 64, other.data + 64, CHUNK);
	assert_refused(c.data, c.len);

	free(c.data);
	free(other.data);
}

static void a_newer_format_and_what_is_no_backup_are_told_apart(void **state)
{
	(void)state;
	assert_ok(write_backup("file", &by_key_file));
	struct content c = read_file("file");
	c.data[8] = 2;
	write_file("newer", c.data, c.len);
	write_file("text", (const unsigned char *)"some text that is no backup at all, and long enough for a header ....", 69);
	write_file("empty", c.data, 0);

	assert_rv(read_backup("newer", &by_key_file), CKR_FUNCTION_NOT_SUPPORTED);
	assert_rv(read_backup("text", &by_key_file), CKR_DATA_INVALID);
	assert_rv(read_backup("empty", &by_key_file), CKR_DATA_INVALID);
	assert_rv(read_backup("none", &by_key_file), CKR_DEVICE_ERROR);
	mkdir((char *)path_named("dir"), 0700);
	assert_rv_in(read_backup("dir", &by_key_file), CKR_DATA_INVALID, CKR_DEVICE_ERROR);
	free(c.data);
}

/* ---- the file ---------------------------------------------------------------------------------- */

static void a_file_that_is_there_stays_unless_told(void **state)
{
	(void)state;
	write_file("file", (const unsigned char *)"precious", 8);

	assert_rv(write_backup("file", &by_key_file), CKR_ACTION_PROHIBITED);
	struct content c = read_file("file");
	assert_int_equal(c.len, 8);
	free(c.data);
	assert_ok(vendor()->BackupTokens(path_named("file"), &by_key_file, NULL, 0, CK_TRUE, NULL));
	assert_ok(read_backup("file", &by_key_file));
}

static void a_backup_that_is_ended_leaves_no_file(void **state)
{
	CONCLAVE_PROGRESS progress = {.ulCancel = 1};
	char command[400];
	(void)state;

	fill_token();
	assert_rv(vendor()->BackupTokens(path_named("file"), &by_key_file, NULL, 0, CK_FALSE, &progress), CKR_FUNCTION_CANCELED);
	snprintf(command, sizeof(command), "! ls %s* >/dev/null 2>&1", (char *)path_named("file"));
	assert_int_equal(system(command), 0);
	assert_rv(write_backup("no/such/folder", &by_key_file), CKR_DEVICE_ERROR);

	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	progress.ulCancel = 1;
	assert_rv(vendor()->RestoreTokens(path_named("file"), &by_key_file, NULL, NULL, 0, NULL, NULL, &progress), CKR_FUNCTION_CANCELED);
	assert_int_equal(count_tokens(), 0);
}

static void progress_ends_at_its_total(void **state)
{
	CONCLAVE_PROGRESS written = {0}, restored = {0};
	(void)state;

	fill_token();
	assert_ok(vendor()->BackupTokens(path_named("file"), &by_key_file, NULL, 0, CK_FALSE, &written));
	open_store(store_named("b"));
	assert_ok(vendor()->RestoreTokens(path_named("file"), &by_key_file, NULL, NULL, 0, NULL, NULL, &restored));

	assert_int_not_equal(written.ulTotal, 0);
	assert_int_equal(written.ulDone, written.ulTotal);
	assert_int_equal(restored.ulDone, restored.ulTotal);
}

static void without_tokens_there_is_nothing_to_write(void **state)
{
	(void)state;
	open_store(store_named("b"));
	assert_rv(write_backup("file", &by_key_file), CKR_TOKEN_NOT_PRESENT);
	assert_false(there("file"));
}

static void null_pointers_are_refused(void **state)
{
	CK_ULONG count = 0;
	CONCLAVE_FUNCTIONS *v = vendor();
	(void)state;

	assert_rv(v->BackupTokens(NULL, &by_key_file, NULL, 0, CK_FALSE, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->BackupTokens(path_named("file"), NULL, NULL, 0, CK_FALSE, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->BackupTokens(path_named("file"), &by_key_file, NULL, 1, CK_FALSE, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->ReadBackup(NULL, &by_key_file, NULL, &count, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->ReadBackup(path_named("file"), NULL, NULL, &count, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->ReadBackup(path_named("file"), &by_key_file, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->RestoreTokens(NULL, &by_key_file, NULL, NULL, 0, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(v->RestoreTokens(path_named("file"), NULL, NULL, NULL, 0, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	finalize();
	assert_rv(v->BackupTokens(path_named("file"), &by_key_file, NULL, 0, CK_FALSE, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(v->ReadBackup(path_named("file"), &by_key_file, NULL, &count, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(v->RestoreTokens(path_named("file"), &by_key_file, NULL, NULL, 0, NULL, NULL, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
}

/* ---- while another process writes -------------------------------------------------------------- */

/* Makes key pairs, each all or nothing, until the parent ends it. */
static int make_pairs(struct child *child, void *unused)
{
	CK_OBJECT_HANDLE public, private;
	(void)unused;

	initialize();
	first_slot();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	make_ec_pair(session, true, true, &public, &private);
	child_tell(child);
	while (session != CK_INVALID_HANDLE)
		make_ec_pair(session, true, true, &public, &private);
	return 1;
}

static size_t halves(CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE found[4096];
	CK_ULONG count = 0;
	CK_SESSION_HANDLE session = open_rw();

	login_user(session);
	assert_ok(p11->C_FindObjectsInit(session, template, COUNT(template)));
	assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
	close_session(session);
	return count;
}

#define BACKUPS 5

static void a_backup_is_of_one_moment_while_another_process_writes(void **state)
{
	static const char *const names[BACKUPS] = {"f", "g", "h", "i", "j"}, *const stores[BACKUPS] = {"k", "l", "m", "n", "o"};
	struct child child;
	size_t last = 0;
	(void)state;

	child_start(&child, make_pairs, NULL);
	child_wait(&child);
	for (size_t i = 0; i < BACKUPS; i++)
		assert_ok(write_backup(names[i], &by_key_file));
	kill(child.pid, SIGKILL);
	assert_int_equal(child_end(&child), 128 + SIGKILL);

	for (size_t i = 0; i < BACKUPS; i++) {
		open_store(store_named(stores[i]));
		assert_ok(restore_backup(names[i], &by_key_file));
		slot = first_slot();
		size_t public = halves(CKO_PUBLIC_KEY);
		assert_int_equal(public, halves(CKO_PRIVATE_KEY));
		assert_true(public >= 1 && public >= last);
		last = public;
	}
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup_moving, teardown)
	const struct CMUnitTest tests[] = {
		ROW(a_token_comes_back_whole_in_another_store),
		ROW(a_key_file_opens_a_backup_too),
		ROW(a_restored_token_may_be_changed_and_backed_up_again),
		ROW(the_list_tells_tokens_slots_and_objects),
		ROW(one_token_is_backed_up_or_restored_alone),
		ROW(a_full_slot_gives_the_next_one),
		ROW(a_token_that_is_there_stays_as_it_is),
		ROW(one_that_is_there_keeps_all_others_out),
		ROW(its_so_replaces_it_when_nobody_has_it_open),
		ROW(replacing_names_its_token),
		ROW(another_secret_opens_nothing),
		ROW(poor_secrets_are_refused),
		ROW(nothing_of_a_token_is_readable_in_the_file),
		ROW(every_flipped_byte_is_refused_before_anything_changes),
		ROW(a_file_cut_short_or_grown_is_refused),
		ROW(chunks_out_of_order_doubled_or_left_out_are_refused),
		ROW(a_chunk_of_another_backup_is_refused),
		ROW(a_newer_format_and_what_is_no_backup_are_told_apart),
		ROW(a_file_that_is_there_stays_unless_told),
		ROW(a_backup_that_is_ended_leaves_no_file),
		ROW(progress_ends_at_its_total),
		ROW(without_tokens_there_is_nothing_to_write),
		ROW(null_pointers_are_refused),
		ROW(a_backup_is_of_one_moment_while_another_process_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
