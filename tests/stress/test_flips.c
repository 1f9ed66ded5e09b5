/* SPDX-License-Identifier: Apache-2.0 */
/* Bits flipped in the files of a token at rest: whatever an application then reads is as it was, or refused; nothing is
 * changed silently, nothing crashes. CONCLAVE_FLIPS flips in all (400; the long run has 20,000), spread over the parts
 * of the files that hold something; CONCLAVE_SEED to repeat a run. */
#include "api/harness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the files ------------------------------------------------------------------------------------------ */

static struct file {
	const char *name;
	unsigned char *data;
	size_t len;
	size_t *places; /* of bytes in parts that are not empty */
	size_t count;
} files[] = {{.name = "conclave.db"}, {.name = "conclave.db-wal"}, {.name = "store.key"}, {.name = "conclave.stamp"}};

static const char *directory;

static const char *path_of(const char *name)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

#define PART 32

static void list_places(struct file *f)
{
	static const unsigned char nothing[PART];
	f->places = calloc(f->len + 1, sizeof(*f->places));
	assert_non_null(f->places);
	for (size_t at = 0; at < f->len; at += PART) {
		size_t len = f->len - at < PART ? f->len - at : PART;
		if (memcmp(f->data + at, nothing, len) == 0 && f->len > 4096)
			continue;
		for (size_t i = 0; i < len; i++)
			f->places[f->count++] = at + i;
	}
}

static void read_file(struct file *f)
{
	struct stat st;
	int fd = open(path_of(f->name), O_RDONLY);
	f->len = fd >= 0 && fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
	f->data = malloc(f->len + 1);
	assert_non_null(f->data);
	assert_true(f->len == 0 || read(fd, f->data, f->len) == (ssize_t)f->len);
	if (fd >= 0)
		close(fd);
	list_places(f);
}

/* All files as they were, but for one. */
static void write_files(void)
{
	unlink(path_of("conclave.db-shm"));
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = open(path_of(files[i].name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, files[i].data, files[i].len), (ssize_t)files[i].len);
		close(fd);
	}
}

/* ---- what an application sees ------------------------------------------------------------------------------ */

static struct note {
	CK_RV rv;
	unsigned char data[256];
	size_t len;
} seen[128], expected[128];
static size_t noted, login_note;

static void note(CK_RV rv, const void *data, size_t len)
{
	assert_true(noted < COUNT(seen) && len <= sizeof(seen[0].data));
	seen[noted].rv = rv;
	seen[noted].len = rv == CKR_OK ? len : 0;
	memcpy(seen[noted].data, data, seen[noted].len);
	noted++;
}

static const char *const labels[] = {"public one", "public two", "a key", "a sensitive key", "another", "in the log"};
#define PUBLIC 2

static void note_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS, CKA_LABEL, CKA_VALUE, CKA_ID, CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ENCRYPT,
	                                          CKA_ALWAYS_SENSITIVE, CKA_MODIFIABLE, CKA_PRIVATE, CKA_UNIQUE_ID};
	for (size_t i = 0; i < COUNT(types); i++) {
		unsigned char value[200];
		CK_ATTRIBUTE a = {types[i], value, sizeof(value)};
		CK_RV rv = p11->C_GetAttributeValue(session, object, &a, 1);
		note(rv, value, rv == CKR_OK ? a.ulValueLen : 0);
	}
}

static void note_use(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE in[16] = {1}, out[16];
	CK_ULONG len = sizeof(out);
	CK_RV rv = p11->C_EncryptInit(session, &ecb, key);
	if (rv == CKR_OK)
		rv = p11->C_Encrypt(session, in, sizeof(in), out, &len);
	note(rv, out, sizeof(out));
}

static CK_RV search(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret_first, CK_ULONG *ret_found)
{
	CK_OBJECT_HANDLE handles[16];
	CK_ULONG n = 0;
	CK_RV rv = p11->C_FindObjectsInit(session, template, count);
	*ret_found = 0;
	if (rv != CKR_OK)
		return rv;
	while ((rv = p11->C_FindObjects(session, handles, COUNT(handles), &n)) == CKR_OK && n > 0) {
		*ret_first = handles[0];
		*ret_found += n;
	}
	p11->C_FindObjectsFinal(session);
	return rv;
}

static void note_object(CK_SESSION_HANDLE session, const char *label)
{
	CK_ATTRIBUTE by_label = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
	CK_ULONG found = 0;
	CK_RV rv = search(session, &by_label, 1, &object, &found);
	note(rv, &found, sizeof(found));
	/* What a handle gives must be right, whether the search was or not. */
	note_attributes(session, object);
	if (strstr(label, "key") != NULL)
		note_use(session, object);
}

static void note_objects(CK_SESSION_HANDLE session)
{
	CK_RV rv;
	CK_OBJECT_HANDLE object = 0;
	CK_ULONG found = 0;
	for (size_t i = 0; i < PUBLIC; i++)
		note_object(session, labels[i]);
	CK_UTF8CHAR pin[] = USER_PIN, so_pin[] = SO_PIN;
	login_note = noted;
	note(p11->C_Login(session, CKU_USER, pin, sizeof(pin) - 1), "", 0);
	for (size_t i = PUBLIC; i < COUNT(labels); i++)
		note_object(session, labels[i]);
	rv = search(session, NULL, 0, &object, &found);
	note(rv, &found, sizeof(found));
	p11->C_Logout(session);
	note(p11->C_Login(session, CKU_SO, so_pin, sizeof(so_pin) - 1), "", 0);
}

/* False: there is no token to be seen. */
static bool look(void)
{
	CK_SESSION_HANDLE session = 0;
	CK_TOKEN_INFO info;
	CK_SLOT_ID slots[8];
	CK_ULONG count = COUNT(slots);
	noted = 0;
	if (p11->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK || count == 0)
		return false;
	CK_RV rv = p11->C_GetTokenInfo(slots[0], &info);
	note(rv, info.label, sizeof(info.label) + sizeof(info.manufacturerID) + sizeof(info.model) + sizeof(info.serialNumber));
	note(rv, &info.flags, sizeof(info.flags));
	if (p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) != CKR_OK)
		return false;
	note_objects(session);
	return true;
}

/* ---- a flip --------------------------------------------------------------------------------------------------- */

enum { SAME, REFUSED, CHANGED };

static bool same(size_t i)
{
	return seen[i].rv == expected[i].rv && seen[i].len == expected[i].len && memcmp(seen[i].data, expected[i].data, seen[i].len) == 0;
}

static int compare(void)
{
	int outcome = SAME;
	for (size_t i = 0; i < noted; i++) {
		/* When the login is refused, searches for private objects give nothing, and that is right. */
		bool unseen = i > login_note && seen[login_note].rv != CKR_OK;
		if (same(i))
			continue;
		outcome = REFUSED;
		if (seen[i].rv == CKR_OK && !unseen) {
			print_message("note %zu: %zu bytes; it was 0x%lx, %zu bytes\n", i, seen[i].len, expected[i].rv, expected[i].len);
			return CHANGED;
		}
	}
	return outcome;
}

static int look_again(void *unused)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	(void)unused;
	if (p11->C_Initialize(&args) != CKR_OK || !look())
		_exit(REFUSED);
	_exit(compare());
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);
	return value != NULL ? strtoul(value, NULL, 10) : otherwise;
}

static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void flip(struct file *f, size_t place, unsigned count[3])
{
	unsigned char bit = (unsigned char)(1 << next_random() % 8);
	f->data[place] ^= bit;
	write_files();
	int outcome = run_child(look_again, NULL);
	f->data[place] ^= bit;
	if (outcome != SAME && outcome != REFUSED)
		fail_msg("%s, byte %zu, bit 0x%02x: %s (%d)", f->name, place, bit, outcome == CHANGED ? "changed unnoticed" : "crashed", outcome);
	count[outcome]++;
}

/* With the system's SQLite, where there is one; else all lies in the log. */
static void move_log_into_database(void)
{
	int (*open_database)(const char *, void **) = NULL;
	int (*exec)(void *, const char *, void *, void *, char **) = NULL;
	int (*close_database)(void *) = NULL;
	void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
	void *db = NULL;
	if (library == NULL)
		return;
	*(void **)&open_database = dlsym(library, "sqlite3_open");
	*(void **)&exec = dlsym(library, "sqlite3_exec");
	*(void **)&close_database = dlsym(library, "sqlite3_close");
	assert_int_equal(open_database(path_of("conclave.db"), &db), 0);
	assert_int_equal(exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), 0);
	assert_int_equal(close_database(db), 0);
}

static void forget_files(void)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		free(files[i].data);
		free(files[i].places);
		files[i] = (struct file){.name = files[i].name};
	}
}

/* The last object lies in the log, or all in the database. */
static void prepare(bool in_log)
{
	CK_ATTRIBUTE sensitive[] = {{CKA_SENSITIVE, &yes, 1}};
	CK_ATTRIBUTE named[] = {{CKA_LABEL, NULL, 0}};
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	for (size_t i = 0; i < PUBLIC; i++)
		make_data(session, true, false, labels[i]);
	for (size_t i = PUBLIC; i < PUBLIC + 2; i++) {
		CK_OBJECT_HANDLE key = make_aes(session, true, true);
		named[0].pValue = (void *)(uintptr_t)labels[i];
		named[0].ulValueLen = strlen(labels[i]);
		assert_ok(p11->C_SetAttributeValue(session, key, named, 1));
		if (i == PUBLIC + 1)
			assert_ok(p11->C_SetAttributeValue(session, key, sensitive, 1));
	}
	make_data(session, true, true, labels[4]);
	finalize();
	move_log_into_database();
	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, labels[5]);
	if (!in_log) {
		finalize();
		move_log_into_database();
	}
	for (size_t i = 0; i < COUNT(files); i++)
		read_file(&files[i]);
	if (in_log)
		finalize();
}

static void flip_and_look(bool in_log)
{
	unsigned long flips = setting("CONCLAVE_FLIPS", 400) / 2;
	size_t all = 0;
	random_state = setting("CONCLAVE_SEED", 20260101);
	directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	prepare(in_log);
	write_files();
	initialize();
	assert_true(look());
	finalize();
	memcpy(expected, seen, sizeof(expected));
	write_files();
	assert_int_equal(run_child(look_again, NULL), SAME);
	for (size_t i = 0; i < COUNT(files); i++)
		all += files[i].count;
	for (size_t i = 0; i < COUNT(files); i++) {
		unsigned count[3] = {0};
		struct file *f = &files[i];
		/* Small files are flipped at every byte. */
		unsigned long mine = flips * f->count / all;
		if (mine < f->count && f->count <= 64)
			mine = f->count;
		for (unsigned long n = 0; n < mine; n++)
			flip(f, f->places[f->count * n / mine + next_random() % (f->count / mine)], count);
		print_message("# %s: %lu flips in %zu bytes: %u refused, %u without effect\n", f->name, mine, f->count, count[REFUSED], count[SAME]);
	}
	forget_files();
}

static void every_flip_in_database_and_log_is_noticed_or_does_no_harm(void **state)
{
	(void)state;
	flip_and_look(true);
}

static void every_flip_in_a_database_without_log_is_noticed_or_does_no_harm(void **state)
{
	(void)state;
	flip_and_look(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_flip_in_database_and_log_is_noticed_or_does_no_harm, setup_token_sqlite, teardown),
		cmocka_unit_test_setup_teardown(every_flip_in_a_database_without_log_is_noticed_or_does_no_harm, setup_token_sqlite, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
