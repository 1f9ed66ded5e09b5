/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody with write access to the database, but without PIN and store.key, deletes, hides, swaps and puts back single
 * rows with plain SQL: every search, load, login or verification that this concerns says so, and what it does not
 * concern stays usable. Run on SQLite and on PostgreSQL, each through the system's own client library. */
#include "api/harness.h"
#include "database_server.h"

#include <dlfcn.h>
#include <unistd.h>

#include <conclave.h>

/* ---- SQL behind the token's back ------------------------------------------------------------------------- */

static enum { ON_SQLITE, ON_POSTGRESQL } kind;
static struct server server;
static char database[SERVER_PATH + 64]; /* the file, or the schema */

static struct {
	int (*open)(const char *path, void **ret_db);
	int (*exec)(void *db, const char *sql, void *callback, void *arg, char **ret_error);
	int (*close)(void *db);
} sqlite;

static struct {
	void *(*connect)(const char *conninfo);
	void *(*exec)(void *conn, const char *sql);
	char *(*message)(const void *conn);
	int (*status)(const void *result);
	void (*clear)(void *result);
	void (*finish)(void *conn);
} libpq;

static bool load_sqlite(void)
{
	void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return false;
	*(void **)&sqlite.open = dlsym(library, "sqlite3_open");
	*(void **)&sqlite.exec = dlsym(library, "sqlite3_exec");
	*(void **)&sqlite.close = dlsym(library, "sqlite3_close");
	return sqlite.open && sqlite.exec && sqlite.close;
}

static bool load_libpq(void)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return false;
	*(void **)&libpq.connect = dlsym(library, "PQconnectdb");
	*(void **)&libpq.exec = dlsym(library, "PQexec");
	*(void **)&libpq.message = dlsym(library, "PQerrorMessage");
	*(void **)&libpq.status = dlsym(library, "PQresultStatus");
	*(void **)&libpq.clear = dlsym(library, "PQclear");
	*(void **)&libpq.finish = dlsym(library, "PQfinish");
	return libpq.connect && libpq.exec && libpq.message && libpq.status && libpq.clear && libpq.finish;
}

static void run_on_sqlite(const char *sql)
{
	char *error = NULL;
	void *db;
	assert_int_equal(sqlite.open(database, &db), 0);
	if (sqlite.exec(db, sql, NULL, NULL, &error) != 0)
		fail_msg("%s: %s", sql, error);
	assert_int_equal(sqlite.close(db), 0);
}

#define COMMAND_OK 1
#define TUPLES_OK 2

static void run_on_postgresql(const char *sql)
{
	char text[2048];
	snprintf(text, sizeof(text), "host=%s/socket user=conclave dbname=postgres", server.folder);
	void *conn = libpq.connect(text);
	snprintf(text, sizeof(text), "SET search_path TO %s; %s", database, sql);
	void *result = libpq.exec(conn, text);
	if (libpq.status(result) != COMMAND_OK && libpq.status(result) != TUPLES_OK)
		fail_msg("%s: %s", sql, libpq.message(conn));
	libpq.clear(result);
	libpq.finish(conn);
}

static CK_SESSION_HANDLE session;

static void begin_again(void)
{
	initialize();
	slot = first_slot();
	session = open_rw();
}

/* While the library is not at work. */
static void tamper(const char *sql)
{
	finalize();
	if (kind == ON_SQLITE)
		run_on_sqlite(sql);
	else
		run_on_postgresql(sql);
	begin_again();
}

/* ---- the token -------------------------------------------------------------------------------------------- */

/* In the order in which they are made: the n-th record is NTH(n). */
static const char *const labels[] = {"public 0", "public 1", "public 2", "private 3", "private 4", "private 5"};
#define PUBLIC 1
#define PRIVATE 4
#define NTH(n) "(SELECT seq FROM object ORDER BY seq LIMIT 1 OFFSET " #n ")"

/* What was: to be put back later. */
#define REMEMBER \
	"CREATE TABLE old_object AS SELECT * FROM object; CREATE TABLE old_tag AS SELECT * FROM tag;" \
	"CREATE TABLE old_meta AS SELECT * FROM meta; CREATE TABLE old_sets AS SELECT * FROM sets;"
#define PUT_RECORDS_BACK \
	"UPDATE object SET version = o.version, tags = o.tags, open = o.open, sealed = o.sealed FROM old_object o" \
	" WHERE object.seq = o.seq;" \
	"DELETE FROM tag; INSERT INTO tag SELECT * FROM old_tag;"
#define PUT_VALUE_BACK(name) \
	"UPDATE meta SET version = o.version, value = o.value FROM old_meta o" \
	" WHERE meta.token = o.token AND meta.name = o.name AND meta.name = '" name "';"
/* The value of before under the version of now. */
#define PUT_VALUE_UNDER(name) \
	"UPDATE meta SET value = o.value FROM old_meta o" \
	" WHERE meta.token = o.token AND meta.name = o.name AND meta.name = '" name "';"

static int setup_store(void **state)
{
	static unsigned count;
	char uri[SERVER_URI], key_file[SERVER_PATH + 32];

	if (kind == ON_SQLITE) {
		if (setup_token_sqlite(state))
			return -1;
		snprintf(database, sizeof(database), "%s/conclave.db", getenv("CONCLAVE_STORE") + strlen("sqlite:"));
		return 0;
	}
	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	snprintf(database, sizeof(database), "authenticity%u", count);
	snprintf(key_file, sizeof(key_file), "%s.key/%u", server.folder, count++);
	server_uri(&server, database, key_file, uri);
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
	make_token();
	return 0;
}

static int setup_objects(void **state)
{
	if (setup_store(state))
		return -1;
	session = open_rw();
	login_user(session);
	for (unsigned i = 0; i < COUNT(labels); i++)
		make_data(session, true, i >= COUNT(labels) / 2, labels[i]);
	return 0;
}

/* Searches by label: every handle that the search gives is counted; how it ends is given back. */
static CK_RV search(CK_ATTRIBUTE *template, CK_ULONG count, size_t *ret_found)
{
	CK_OBJECT_HANDLE handles[2];
	CK_ULONG n = 0;
	CK_RV rv;

	*ret_found = 0;
	assert_ok(p11->C_FindObjectsInit(session, template, count));
	while ((rv = p11->C_FindObjects(session, handles, 2, &n)) == CKR_OK && n > 0)
		*ret_found += n;
	assert_ok(p11->C_FindObjectsFinal(session));
	return rv;
}

static CK_RV search_label(const char *label, size_t *ret_found)
{
	CK_ATTRIBUTE by_label = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};
	return search(&by_label, 1, ret_found);
}

/* All but the one at `without` are found, by label and among all, and their labels are right. */
static void assert_others_usable(size_t without, size_t found_among_all)
{
	CK_ATTRIBUTE by_class = {CKA_CLASS, &data_class, sizeof(data_class)};
	size_t found;

	for (size_t i = 0; i < COUNT(labels); i++) {
		if (i == without)
			continue;
		assert_rv(search_label(labels[i], &found), CKR_OK);
		assert_int_equal(found, 1);
		char label[32] = "";
		CK_ATTRIBUTE read = {CKA_LABEL, label, sizeof(label)};
		assert_ok(p11->C_GetAttributeValue(session, find_labelled(session, labels[i]), &read, 1));
		assert_string_equal(label, labels[i]);
	}
	assert_rv(search(&by_class, 1, &found), without < COUNT(labels) ? CKR_DEVICE_ERROR : CKR_OK);
	assert_int_equal(found, found_among_all);
	assert_rv(search(NULL, 0, &found), without < COUNT(labels) ? CKR_DEVICE_ERROR : CKR_OK);
	assert_int_equal(found, found_among_all);
}

static void assert_lost(const char *label)
{
	size_t found;
	assert_rv(search_label(label, &found), CKR_DEVICE_ERROR);
	assert_int_equal(found, 0);
}

static CONCLAVE_VERIFY_REPORT verify(void)
{
	CONCLAVE_VERIFY_REPORT report;
	CK_UTF8CHAR name[] = CONCLAVE_INTERFACE_NAME;
	CK_INTERFACE *found = NULL;
	assert_ok(p11->C_GetInterface(name, NULL, &found, 0));
	assert_ok(((CONCLAVE_FUNCTIONS *)found->pFunctionList)->VerifyToken(session, &report));
	return report;
}

static void assert_verified(CONCLAVE_VERIFY_REPORT expected)
{
	CONCLAVE_VERIFY_REPORT report = verify();
	assert_int_equal(report.ulGood, expected.ulGood);
	assert_int_equal(report.ulBad, expected.ulBad);
	assert_int_equal(report.ulNotRead, expected.ulNotRead);
	assert_int_equal(report.ulMissing, expected.ulMissing);
	assert_int_equal(report.ulBadSets, expected.ulBadSets);
	assert_int_equal(report.ulBadValues, expected.ulBadValues);
	assert_int_equal(report.ulStoreDamaged, expected.ulStoreDamaged);
}

#define ANOTHER_PIN "another-pin"

static void change_pin(const char *from)
{
	CK_UTF8CHAR old[32], new[] = ANOTHER_PIN;
	CK_ULONG length = strlen(from);
	memcpy(old, from, length);
	assert_ok(p11->C_SetPIN(session, old, length, new, sizeof(new) - 1));
}

static void relabel(const char *from, const char *to)
{
	CK_ATTRIBUTE a = {CKA_LABEL, (void *)(uintptr_t)to, strlen(to)};
	assert_ok(p11->C_SetAttributeValue(session, find_labelled(session, from), &a, 1));
}

/* ---- records -------------------------------------------------------------------------------------------------- */

static void nothing_is_wrong_with_what_nobody_touched(void **state)
{
	(void)state;
	tamper(REMEMBER);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 3, .ulNotRead = 3});
	login_user(session);
	assert_others_usable(COUNT(labels), 6);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 6});
	assert_true(verify().ulSets >= 2);
}

static void a_deleted_record_is_missed(void **state)
{
	(void)state;
	tamper("DELETE FROM tag WHERE seq = " NTH(1) "; DELETE FROM object WHERE seq = " NTH(1));
	assert_lost(labels[PUBLIC]);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 2, .ulNotRead = 3, .ulMissing = 1});
	login_user(session);
	assert_others_usable(PUBLIC, 5);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulMissing = 1});
}

static void a_deleted_private_record_is_missed_with_a_login(void **state)
{
	(void)state;
	tamper("DELETE FROM tag WHERE seq = " NTH(4) "; DELETE FROM object WHERE seq = " NTH(4));
	login_user(session);
	assert_lost(labels[PRIVATE]);
	assert_others_usable(PRIVATE, 5);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulMissing = 1});
}

static void all_records_deleted_is_no_empty_token(void **state)
{
	size_t found;
	(void)state;
	tamper("DELETE FROM tag; DELETE FROM object");
	assert_rv(search(NULL, 0, &found), CKR_DEVICE_ERROR);
	assert_int_equal(found, 0);
	login_user(session);
	for (size_t i = 0; i < COUNT(labels); i++)
		assert_lost(labels[i]);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulMissing = 6});
}

static void a_record_hidden_from_the_index_is_missed(void **state)
{
	(void)state;
	tamper("DELETE FROM tag WHERE seq = " NTH(1));
	assert_lost(labels[PUBLIC]);
	login_user(session);
	CONCLAVE_VERIFY_REPORT report = verify();
	assert_int_equal(report.ulStoreDamaged, 1);
	assert_int_equal(report.ulGood, 6);
}

/* The store holds the other tags of a search against this list. */
static void a_record_hidden_by_its_list_of_tags_is_missed(void **state)
{
	(void)state;
	tamper(kind == ON_SQLITE ? "UPDATE object SET tags = x'' WHERE seq = " NTH(1)
	                         : "UPDATE object SET tags = '{}' WHERE seq = " NTH(1));
	assert_lost(labels[PUBLIC]);
	login_user(session);
	assert_others_usable(PUBLIC, 5);
	assert_int_equal(verify().ulBad, 1);
}

static void an_index_row_that_leads_astray_finds_nothing_and_is_noticed(void **state)
{
	(void)state;
	tamper(kind == ON_SQLITE ? "INSERT INTO tag SELECT tag, " NTH(1) " FROM tag WHERE seq = " NTH(0) " AND tag NOT IN"
	                           " (SELECT tag FROM tag WHERE seq = " NTH(1) ")"
	                         : "INSERT INTO tag SELECT token, tag, " NTH(1) " FROM tag WHERE seq = " NTH(0) " AND tag NOT IN"
	                           " (SELECT tag FROM tag WHERE seq = " NTH(1) ")");
	login_user(session);
	assert_others_usable(COUNT(labels), 6);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 6, .ulStoreDamaged = 1});
}

static void swapped_contents_are_refused(void **state)
{
	(void)state;
	tamper(REMEMBER "UPDATE object SET open = (SELECT o.open FROM old_object o WHERE o.seq = " NTH(0) "),"
	                " sealed = (SELECT o.sealed FROM old_object o WHERE o.seq = " NTH(0) ") WHERE seq = " NTH(1));
	assert_lost(labels[PUBLIC]);
	login_user(session);
	assert_others_usable(PUBLIC, 5);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulBad = 1});
}

static void an_older_record_put_back_is_refused(void **state)
{
	size_t found;
	(void)state;
	tamper(REMEMBER);
	login_user(session);
	relabel(labels[PUBLIC], "new");
	tamper(PUT_RECORDS_BACK);
	assert_lost(labels[PUBLIC]);
	assert_lost("new");
	login_user(session);
	assert_others_usable(PUBLIC, 5);
	assert_rv(search_label("never there", &found), CKR_OK);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulBad = 1});
}

static void an_older_private_record_put_back_is_refused(void **state)
{
	(void)state;
	tamper(REMEMBER);
	login_user(session);
	relabel(labels[PRIVATE], "new");
	tamper(PUT_RECORDS_BACK);
	login_user(session);
	assert_lost(labels[PRIVATE]);
	assert_lost("new");
	assert_others_usable(PRIVATE, 5);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulBad = 1});
}

static void a_destroyed_object_does_not_come_back(void **state)
{
	(void)state;
	tamper(REMEMBER);
	login_user(session);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, labels[PUBLIC])));
	tamper(kind == ON_SQLITE ? "INSERT INTO object SELECT * FROM old_object WHERE seq NOT IN (SELECT seq FROM object);"
	                           "DELETE FROM tag; INSERT INTO tag SELECT * FROM old_tag"
	                         : "INSERT INTO object OVERRIDING SYSTEM VALUE SELECT * FROM old_object WHERE seq NOT IN"
	                           " (SELECT seq FROM object); DELETE FROM tag; INSERT INTO tag SELECT * FROM old_tag");
	assert_lost(labels[PUBLIC]);
	login_user(session);
	assert_others_usable(PUBLIC, 5);
	assert_verified((CONCLAVE_VERIFY_REPORT){.ulGood = 5, .ulBad = 1});
}

/* A search that read the same set rows could not tell; the root does. */
static void an_older_record_with_its_set_rows_is_found_by_verify(void **state)
{
	(void)state;
	tamper(REMEMBER);
	login_user(session);
	relabel(labels[PUBLIC], "new");
	tamper(PUT_RECORDS_BACK "UPDATE sets SET version = o.version, value = o.value FROM old_sets o"
	                        " WHERE sets.family = o.family AND sets.start = o.start");
	assert_true(verify().ulBadSets > 0);
}

/* Nothing can be written that the root would have to count, and a PIN's tries are such. */
static void a_root_that_is_gone_is_noticed(void **state)
{
	(void)state;
	tamper("DELETE FROM meta WHERE name = 'root.open'");
	assert_int_equal(verify().ulBadSets, 1);
	assert_int_equal(count_labelled(session, labels[PUBLIC]), 1);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
}

/* ---- a handle from before -------------------------------------------------------------------------------------- */

/* The application keeps its handle while another host's administrator does this. */
static void tamper_meanwhile(const char *sql)
{
	char *error = NULL;
	if (kind == ON_POSTGRESQL) {
		run_on_postgresql(sql);
		return;
	}
	/* In a child: closing the file here would take the module's locks away. */
	pid_t pid = fork();
	if (pid == 0) {
		void *db;
		_exit(sqlite.open(database, &db) != 0 || sqlite.exec(db, sql, NULL, NULL, &error) != 0 || sqlite.close(db) != 0);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_record_taken_from_under_a_handle_is_missed(void **state)
{
	char label[32];
	CK_ATTRIBUTE read = {CKA_LABEL, label, sizeof(label)};
	(void)state;
	CK_OBJECT_HANDLE object = find_labelled(session, labels[PRIVATE]);
	tamper_meanwhile("DELETE FROM tag WHERE seq = " NTH(4) "; DELETE FROM object WHERE seq = " NTH(4));
	make_data(session, true, false, "so that the store has changed");
	assert_rv(p11->C_GetAttributeValue(session, object, &read, 1), CKR_DEVICE_ERROR);
	assert_rv_in(p11->C_DestroyObject(session, object), CKR_DEVICE_ERROR);
}

static void a_record_put_back_under_a_handle_is_refused(void **state)
{
	char label[32];
	CK_ATTRIBUTE read = {CKA_LABEL, label, sizeof(label)};
	(void)state;
	CK_OBJECT_HANDLE object = find_labelled(session, labels[PRIVATE]);
	tamper_meanwhile(REMEMBER);
	relabel(labels[PRIVATE], "new");
	tamper_meanwhile(PUT_RECORDS_BACK);
	make_data(session, true, false, "so that the store has changed");
	assert_rv(p11->C_GetAttributeValue(session, object, &read, 1), CKR_DEVICE_ERROR);
	assert_rv(p11->C_SetAttributeValue(session, object, &read, 1), CKR_DEVICE_ERROR);
}

/* ---- PINs and the description ------------------------------------------------------------------------------------ */

static void an_old_pin_does_not_work_again(void **state)
{
	static const char *const ways[] = {PUT_VALUE_BACK("role.user"), PUT_VALUE_UNDER("role.user")};
	(void)state;
	tamper(REMEMBER);
	login_user(session);
	change_pin(USER_PIN);
	for (size_t i = 0; i < COUNT(ways); i++) {
		tamper(ways[i]);
		assert_rv_in(login_as(session, CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
		assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
		assert_int_equal(count_objects(session), 3);
	}
	login_so(session);
	assert_int_equal(verify().ulBadValues, 1);
}

static void an_old_so_pin_does_not_work_again(void **state)
{
	(void)state;
	tamper(REMEMBER);
	login_so(session);
	change_pin(SO_PIN);
	tamper(PUT_VALUE_BACK("role.so"));
	assert_rv(login_as(session, CKU_SO, SO_PIN), CKR_DEVICE_ERROR);
	login_user(session);
	assert_int_equal(verify().ulBadValues, 1);
}

static void a_user_taken_away_is_found_by_verify(void **state)
{
	(void)state;
	tamper("DELETE FROM meta WHERE name = 'role.user'");
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	login_so(session);
	assert_int_equal(verify().ulBadValues, 1);
}

static void counted_tries_are_not_set_back(void **state)
{
	static const char *const ways[] = {PUT_VALUE_BACK("tries.user"), "DELETE FROM meta WHERE name = 'tries.user'"};
	CK_TOKEN_INFO info;
	(void)state;
	logout(session);
	tamper(REMEMBER);
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	for (size_t i = 0; i < COUNT(ways); i++) {
		tamper(ways[i]);
		assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_DEVICE_ERROR);
		assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
		assert_int_equal(verify().ulBadValues, 1);
	}
}

static void a_changed_description_is_refused(void **state)
{
	CK_TOKEN_INFO info;
	(void)state;
	tamper(REMEMBER);
	login_so(session);
	change_pin(SO_PIN);
	tamper(PUT_VALUE_UNDER("info"));
	/* The same but for its version: nothing that anybody could see, and yet not what was written. */
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	tamper(PUT_VALUE_BACK("info"));
	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_DEVICE_ERROR);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
	assert_int_equal(count_objects(session), 3);
	assert_int_equal(verify().ulBadValues, 1);
}

/* What is damaged can be made anew by the SO. */
static void a_damaged_token_can_be_initialised_again(void **state)
{
	(void)state;
	tamper("DELETE FROM tag; DELETE FROM object; DELETE FROM sets WHERE family = 1");
	finalize();
	initialize();
	slot = first_slot();
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	login_so(session);
	assert_int_equal(count_objects(session), 0);
	assert_verified((CONCLAVE_VERIFY_REPORT){0});
}

static int run_suite(const char *name)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_objects, teardown)
	const struct CMUnitTest suite[] = {
		TEST(nothing_is_wrong_with_what_nobody_touched),
		TEST(a_deleted_record_is_missed),
		TEST(a_deleted_private_record_is_missed_with_a_login),
		TEST(all_records_deleted_is_no_empty_token),
		TEST(a_record_hidden_from_the_index_is_missed),
		TEST(a_record_hidden_by_its_list_of_tags_is_missed),
		TEST(an_index_row_that_leads_astray_finds_nothing_and_is_noticed),
		TEST(swapped_contents_are_refused),
		TEST(an_older_record_put_back_is_refused),
		TEST(an_older_private_record_put_back_is_refused),
		TEST(a_destroyed_object_does_not_come_back),
		TEST(an_older_record_with_its_set_rows_is_found_by_verify),
		TEST(a_root_that_is_gone_is_noticed),
		TEST(a_record_taken_from_under_a_handle_is_missed),
		TEST(a_record_put_back_under_a_handle_is_refused),
		TEST(an_old_pin_does_not_work_again),
		TEST(an_old_so_pin_does_not_work_again),
		TEST(a_user_taken_away_is_found_by_verify),
		TEST(counted_tries_are_not_set_back),
		TEST(a_changed_description_is_refused),
		TEST(a_damaged_token_can_be_initialised_again),
	};
	return _cmocka_run_group_tests(name, suite, COUNT(suite), NULL, NULL);
}

static int run_on_server(void)
{
	int status = server_start(&server);
	if (status == 77)
		return 0;
	char command[SERVER_PATH + 32];
	snprintf(command, sizeof(command), "rm -rf %s.key", server.folder);
	kind = ON_POSTGRESQL;
	int failed = status == 0 && load_libpq() ? run_suite("on PostgreSQL") : 1;
	if (system(command) != 0)
		failed++;
	server_remove(&server);
	return failed;
}

int main(void)
{
	if (!load_sqlite()) {
		printf("1..0 # SKIP libsqlite3.so.0 is not here\n");
		return 77;
	}
	int failed = run_suite("on SQLite");
	return failed + run_on_server();
}
