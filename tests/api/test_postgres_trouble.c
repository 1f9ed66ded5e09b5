/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL store in trouble, as an application meets it: a full disk, a server that takes no writes, a role without
 * rights, a newer format, a missing row. Each has a code, and a line in the log that names the server and the cause. */
#include "database_server.h"
#include "trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct server server;
static char key_file[SERVER_PATH + 32], log_path[SERVER_PATH + 32], uri[SERVER_URI];
static char disk[SERVER_PATH + 8]; /* a small one for tables, when one can be had */
static bool has_disk;

/* parameters: more of the URI, from a & on. */
static void use_store(const char *parameters)
{
	char whole[2 * SERVER_URI];

	snprintf(whole, sizeof(whole), "%s%s", uri, parameters);
	setenv("CONCLAVE_STORE", whole, 1);
}

static int setup_trouble(void **state)
{
	static unsigned count;
	char schema[48], sink[SERVER_PATH + 48];

	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	snprintf(schema, sizeof(schema), "trouble%u&conclave_wait=3", count++);
	snprintf(key_file, sizeof(key_file), "%s.key", server.folder);
	snprintf(log_path, sizeof(log_path), "%s.log", server.folder);
	server_uri(&server, schema, key_file, uri);
	snprintf(sink, sizeof(sink), "info:file=%s", log_path);
	setenv("CONCLAVE_LOG", sink, 1);
	use_store("");
	return 0;
}

static int end_trouble(void **state)
{
	unlink(key_file);
	unlink(log_path);
	unsetenv("CONCLAVE_LOG");
	return teardown(state);
}

#define in_trouble(f) cmocka_unit_test_setup_teardown(f, setup_trouble, end_trouble)

/* Some line of the log has the server's place and the cause. */
static void assert_logged(const char *cause)
{
	assert_log_says(log_path, server.folder, cause);
}

static void sql(const char *statement)
{
	char command[1024];

	snprintf(command, sizeof(command), "psql -h %s/socket -U conclave -d postgres -q -v ON_ERROR_STOP=1 -c \"%s\"", server.folder,
	         statement);
	assert_int_equal(system(command), 0);
}

/* In the schema of this test. */
static void sql_in_store(const char *statement)
{
	char whole[512];
	const char *schema = strstr(uri, "conclave_schema=") + strlen("conclave_schema=");

	snprintf(whole, sizeof(whole), "SET search_path = %.*s; %s", (int)strcspn(schema, "&"), schema, statement);
	sql(whole);
}

/* ---- what the database says -------------------------------------------------------------------- */

static void a_newer_format_is_refused_and_left_alone(void **state)
{
	(void)state;
	make_kept_token();
	sql_in_store("UPDATE state SET major = major + 7");
	assert_out_of_order();
	assert_logged("this library knows format");
	sql_in_store("UPDATE state SET major = major - 7");
	assert_back_in_order();
}

static void tables_without_their_state_are_refused(void **state)
{
	(void)state;
	make_kept_token();
	sql_in_store("CREATE TABLE kept AS SELECT * FROM state; DELETE FROM state");
	assert_out_of_order();
	assert_logged("the row of the state is missing");
	sql_in_store("INSERT INTO state SELECT * FROM kept");
	assert_back_in_order();
}

static void use_guest(void)
{
	char whole[2 * SERVER_URI], *user = strstr(uri, "user=conclave");

	snprintf(whole, sizeof(whole), "%.*suser=guest%s", (int)(user - uri), uri, user + strlen("user=conclave"));
	setenv("CONCLAVE_STORE", whole, 1);
}

/* The owner's rights are the store's; another role may come into the database and no further. */
static void a_role_without_rights_is_reported(void **state)
{
	(void)state;

	make_kept_token();
	sql("CREATE ROLE guest LOGIN");
	use_guest();
	assert_out_of_order();
	assert_logged("permission denied");
	finalize();
	use_store("");
	initialize();
	assert_back_in_order();
	sql("DROP ROLE guest");
}

/* Reads as before, and says so when asked to write. */
static void assert_write_protected(void)
{
	CK_SESSION_HANDLE session;

	initialize();
	slot = first_slot();
	assert_true(token_flags() & CKF_WRITE_PROTECTED);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), CKR_TOKEN_WRITE_PROTECTED);
	session = open_ro();
	login_user(session);
	assert_int_equal(count_labelled(session, "kept"), 1);
	assert_rv(init_token(slot, SO_PIN, "test-other"), CKR_SESSION_EXISTS);
	close_session(session);
	assert_rv(init_token(slot, SO_PIN, "test-other"), CKR_TOKEN_WRITE_PROTECTED);
	finalize();
}

static void a_server_that_takes_no_writes_is_read(void **state)
{
	(void)state;
	make_kept_token();
	use_store("&target_session_attrs=any&options=-cdefault_transaction_read_only%3Don");
	assert_write_protected();
}

static void a_role_that_may_only_read_has_a_protected_token(void **state)
{
	(void)state;
	make_kept_token();
	sql("CREATE ROLE guest LOGIN");
	sql_in_store("DO 'BEGIN EXECUTE format(''GRANT USAGE ON SCHEMA %I TO guest'', current_schema);"
	             " EXECUTE format(''GRANT SELECT ON ALL TABLES IN SCHEMA %I TO guest'', current_schema); END'");
	use_guest();
	assert_write_protected();
	assert_logged("this role may not write");
	sql("DROP OWNED BY guest; DROP ROLE guest");
}

/* ---- a full disk ------------------------------------------------------------------------------- */

static size_t fill_the_disk(const char *path)
{
	static const char block[8192];
	size_t written = 0;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	while (write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
		written += sizeof(block);
	assert_int_equal(errno, ENOSPC);
	close(fd);
	return written;
}

static CK_RV make_large(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret)
{
	static CK_BYTE value[32768];
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VALUE, value, sizeof(value)},
	};

	/* What is alike all over is pressed to nothing. */
	assert_ok(p11->C_GenerateRandom(session, value, sizeof(value)));
	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

static void a_full_disk_is_told_and_costs_nothing_that_was_there(void **state)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	char filler[SERVER_PATH + 16];
	size_t made = 0;
	CK_RV rv;
	(void)state;

	if (!has_disk) {
		print_message("a disk of its own cannot be mounted here\n");
		skip();
	}
	use_store("&options=-cdefault_tablespace%3Dsmall");
	initialize();
	make_token();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, "kept");
	snprintf(filler, sizeof(filler), "%s/filler", disk);
	assert_in_range(fill_the_disk(filler), 8192, 8 << 20);
	while ((rv = make_large(session, &object)) == CKR_OK)
		assert_in_range(++made, 1, 400);
	assert_rv(rv, CKR_DEVICE_MEMORY);
	assert_logged("could not extend file");
	assert_int_equal(count_objects(session), made + 1);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_int_equal(unlink(filler), 0);
	assert_ok(make_large(session, &object));
	finalize();
	initialize();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_objects(session), made + 2);
}

/* ---- the server -------------------------------------------------------------------------------- */

/* Before the server starts, so that it sees it, too. */
static void mount_disk(void)
{
	struct passwd *owner = getpwnam("postgres");
	char options[64];

	snprintf(disk, sizeof(disk), "/tmp/conclave-disk-%ld", (long)getpid());
	snprintf(options, sizeof(options), "size=8m,mode=0700,uid=%u", owner ? owner->pw_uid : 65534u);
	has_disk = geteuid() == 0 && mkdir(disk, 0700) == 0 && unshare(CLONE_NEWNS) == 0 &&
	           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", disk, "tmpfs", 0, options) == 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_trouble(a_newer_format_is_refused_and_left_alone),
		in_trouble(tables_without_their_state_are_refused),
		in_trouble(a_role_without_rights_is_reported),
		in_trouble(a_server_that_takes_no_writes_is_read),
		in_trouble(a_role_that_may_only_read_has_a_protected_token),
		in_trouble(a_full_disk_is_told_and_costs_nothing_that_was_there),
	};
	char make[SERVER_PATH + 64];

	mount_disk();
	int status = server_start(&server);
	int failed = status;
	if (status == 0 && has_disk) {
		snprintf(make, sizeof(make), "CREATE TABLESPACE small LOCATION '%s'", disk);
		sql(make);
	}
	if (status == 0)
		failed = cmocka_run_group_tests_name("postgres_trouble", tests, NULL, NULL);
	server_remove(&server);
	if (has_disk)
		umount(disk);
	rmdir(disk);
	return failed;
}
