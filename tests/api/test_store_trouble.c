/* SPDX-License-Identifier: Apache-2.0 */
/* Stores in trouble, as an application meets them: a full disk, a read-only disk, somebody else's folder, a newer
 * format, a damaged header. Each has a code, and a line in the log that names the path and the cause; what is wrong is
 * left as it is, and the token is back as soon as it is put right. */
#include "trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534
#define SOMEBODY 54321
#define FORMAT_OFFSET 60 /* of user_version in the header of a database, four bytes, most significant first */

static char log_path[64];
static const char *folder;

static int setup_trouble(void **state)
{
	snprintf(log_path, sizeof(log_path), "/tmp/conclave-trouble-%ld.log", (long)getpid());
	if (setup_module(state))
		return -1;
	folder = use_sqlite_store();
	return 0;
}

static int end_trouble(void **state)
{
	unlink(log_path);
	unsetenv("CONCLAVE_LOG");
	return teardown(state);
}

#define in_trouble(f) cmocka_unit_test_setup_teardown(f, setup_trouble, end_trouble)

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* ---- the log --------------------------------------------------------------------------------- */

static void start_log(void)
{
	char sink[96];

	snprintf(sink, sizeof(sink), "info:file=%s", log_path);
	setenv("CONCLAVE_LOG", sink, 1);
}

/* ---- a store that cannot be opened ------------------------------------------------------------- */

static void make_token_and_log(void)
{
	make_kept_token();
	start_log();
}

/* Puts bytes into the database while nobody uses it, and gives back those that were there. */
static void swap_bytes(off_t offset, unsigned char *bytes, size_t length)
{
	unsigned char old[64];
	int fd = open(path_of("conclave.db"), O_RDWR | O_CLOEXEC);

	assert_in_range(length, 1, sizeof(old));
	assert_int_equal(pread(fd, old, length, offset), length);
	assert_int_equal(pwrite(fd, bytes, length, offset), length);
	close(fd);
	memcpy(bytes, old, length);
}

static void broken_bytes_are_reported(off_t offset, const unsigned char *wrong, size_t length, const char *cause)
{
	unsigned char bytes[64], left[64];

	make_token_and_log();
	memcpy(bytes, wrong, length);
	swap_bytes(offset, bytes, length);
	assert_out_of_order();
	assert_log_says(log_path, path_of("conclave.db"), cause);
	memcpy(left, bytes, length);
	swap_bytes(offset, left, length);
	assert_memory_equal(left, wrong, length);
	assert_back_in_order();
	finalize();
}

static void a_newer_format_is_refused_and_left_alone(void **state)
{
	(void)state;
	broken_bytes_are_reported(FORMAT_OFFSET, (const unsigned char[]){0, 0, 0x27, 0x10}, 4, "has format 10.0, this library knows format ");
}

static void a_corrupt_header_is_refused_and_left_alone(void **state)
{
	(void)state;
	broken_bytes_are_reported(0, (const unsigned char *)"SQLite format X", 16, "file is not a database");
}

static void a_database_of_another_program_is_refused_and_left_alone(void **state)
{
	(void)state;
	broken_bytes_are_reported(FORMAT_OFFSET + 8, (const unsigned char[]){1, 2, 3, 4}, 4, "is a database of another program");
}

/* ---- somebody else's store --------------------------------------------------------------------- */

static int meet_a_closed_door(void *arg)
{
	(void)arg;
	if (geteuid() == 0)
		assert_int_equal(setuid(NOBODY), 0);
	assert_out_of_order();
	finalize();
	return 0;
}

static void a_folder_of_somebody_else_is_reported(void **state)
{
	struct stat before;
	(void)state;

	make_token_and_log();
	assert_int_equal(stat(folder, &before), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(folder, SOMEBODY, SOMEBODY), 0);
	else
		assert_int_equal(chmod(folder, 0), 0);
	/* The log is the child's to write. */
	close(open(log_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(chmod(log_path, 0666), 0);
	assert_int_equal(run_child(meet_a_closed_door, NULL), 0);
	if (geteuid() == 0)
		assert_log_says(log_path, folder, "belongs to user 54321");
	else
		assert_log_says(log_path, folder, "Permission denied");
	assert_int_equal(chown(folder, before.st_uid, before.st_gid), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	initialize();
	assert_back_in_order();
	finalize();
}

static void a_database_that_may_not_be_read_is_reported(void **state)
{
	(void)state;

	if (geteuid() != 0) {
		print_message("only root can make files that others may not read\n");
		skip();
	}
	make_token_and_log();
	close(open(log_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(chmod(log_path, 0666), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(run_child(meet_a_closed_door, NULL), 0);
	assert_log_says(log_path, path_of("conclave.db"), "belongs to user 0");
	assert_int_equal(chmod(folder, 0700), 0);
	initialize();
	assert_back_in_order();
	finalize();
}

/* ---- disks ------------------------------------------------------------------------------------- */

/* In a child: a small disk of its own over the store's folder. False, with the reason, when there can be none. */
static bool mount_disk(void)
{
	bool mounted = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	               mount("none", folder, "tmpfs", 0, "size=2m,mode=0700") == 0;

	if (!mounted)
		print_message("a disk of its own cannot be mounted here: %s\n", geteuid() == 0 ? strerror(errno) : "not root");
	return mounted;
}

#define NO_DISK 77

static CK_RV make_large(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret)
{
	static CK_BYTE value[32768];
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VALUE, value, sizeof(value)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

static size_t fill_the_disk(const char *path)
{
	static const char block[4096];
	size_t written = 0;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	while (write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
		written += sizeof(block);
	assert_int_equal(errno, ENOSPC);
	close(fd);
	return written;
}

static void use_a_full_disk(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kept)
{
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"changed", 7};
	CK_OBJECT_HANDLE object;
	size_t made = 0;
	CK_RV rv;

	/* What the log has room for still goes through. */
	while ((rv = make_large(session, &object)) == CKR_OK)
		assert_in_range(++made, 1, 200);
	assert_rv(rv, CKR_DEVICE_MEMORY);
	assert_int_equal(count_objects(session), made + 1);
	/* Nothing of it is the token's or the session's end. */
	rv = p11->C_SetAttributeValue(session, kept, &label, 1);
	assert_rv_in(rv, CKR_OK, CKR_DEVICE_MEMORY);
	assert_int_equal(count_labelled(session, rv == CKR_OK ? "changed" : "kept"), 1);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	make_data(session, false, true, "of the session");
	assert_log_says(log_path, path_of("conclave.db"), "full");
}

static int fill_and_empty(void *arg)
{
	CK_OBJECT_HANDLE object;
	CK_SESSION_HANDLE session;

	(void)arg;
	if (!mount_disk())
		return NO_DISK;
	initialize();
	make_token();
	finalize();
	start_log();
	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	object = make_data(session, true, true, "kept");
	assert_in_range(fill_the_disk(path_of("filler")), 4096, 2 << 20);
	use_a_full_disk(session, object);
	assert_int_equal(unlink(path_of("filler")), 0);
	assert_ok(make_large(session, &object));
	size_t all = count_objects(session) - 1; /* one is the session's */
	finalize();
	initialize();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_objects(session), all);
	finalize();
	return 0;
}

static void a_full_disk_is_told_and_costs_nothing_that_was_there(void **state)
{
	int status = run_child(fill_and_empty, NULL);

	(void)state;
	if (status == NO_DISK)
		skip();
	assert_int_equal(status, 0);
}

static int make_on_a_full_disk(void *arg)
{
	(void)arg;
	if (!mount_disk())
		return NO_DISK;
	start_log();
	fill_the_disk(path_of("filler"));
	initialize();
	slot = first_slot();
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_DEVICE_MEMORY);
	assert_log_says(log_path, folder, "No space left on device");
	assert_int_equal(unlink(path_of("filler")), 0);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	finalize();
	return 0;
}

static void a_store_that_finds_no_room_is_made_when_there_is_some(void **state)
{
	int status = run_child(make_on_a_full_disk, NULL);

	(void)state;
	if (status == NO_DISK)
		skip();
	assert_int_equal(status, 0);
}

/* Root may write everywhere but here. */
static int use_a_read_only_disk(void *arg)
{
	CK_SESSION_HANDLE session;

	(void)arg;
	if (!mount_disk())
		return NO_DISK;
	make_token_and_log();
	assert_int_equal(mount("none", folder, "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);
	initialize();
	slot = first_slot();
	assert_true(token_flags() & CKF_WRITE_PROTECTED);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), CKR_TOKEN_WRITE_PROTECTED);
	session = open_ro();
	login_user(session);
	assert_int_equal(count_labelled(session, "kept"), 1);
	finalize();
	assert_log_says(log_path, folder, "cannot be written");
	return 0;
}

static void a_read_only_disk_is_read(void **state)
{
	int status = run_child(use_a_read_only_disk, NULL);

	(void)state;
	if (status == NO_DISK)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_trouble(a_newer_format_is_refused_and_left_alone),
		in_trouble(a_corrupt_header_is_refused_and_left_alone),
		in_trouble(a_database_of_another_program_is_refused_and_left_alone),
		in_trouble(a_folder_of_somebody_else_is_reported),
		in_trouble(a_database_that_may_not_be_read_is_reported),
		in_trouble(a_full_disk_is_told_and_costs_nothing_that_was_there),
		in_trouble(a_store_that_finds_no_room_is_made_when_there_is_some),
		in_trouble(a_read_only_disk_is_read),
	};
	return cmocka_run_group_tests_name("store_trouble", tests, NULL, NULL);
}
