/* SPDX-License-Identifier: Apache-2.0 */
/* Backup, restore and move of a token that is larger than the memory they may take: a few large objects, or with
 * CONCLAVE_MOVE_OBJECTS (`make soak`: 100,000) so many small ones. Each runs in a process of its own, whose peak of
 * memory is looked at. */
#include "api/moving.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define LARGE_OBJECTS 96
#define LARGE (1024 * 1024)
#define SMALL 300
#define THREADS 8
#define MEMORY_KIB (72 * 1024) /* less than the large token has; the caches of two stores and what they hold */

static CK_ULONG objects = LARGE_OBJECTS, object_size = LARGE;

/* A line of /proc/self/status, in KiB. */
static long memory(const char *what)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, what, strlen(what)) == 0)
			kib = strtol(line + strlen(what) + 1, NULL, 10);
	}
	fclose(f);
	return kib;
}

static void *make_some(void *arg)
{
	static CK_BYTE value[LARGE];
	CK_ULONG count = objects / THREADS + ((CK_ULONG)(uintptr_t)arg < objects % THREADS ? 1 : 0);
	CK_SESSION_HANDLE session = open_rw();

	for (CK_ULONG i = 0; i < count; i++)
		make_object(session, ATTRIBUTES({CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_TOKEN, &yes, sizeof(yes)},
		                                {CKA_PRIVATE, &yes, sizeof(yes)}, {CKA_VALUE, value, object_size}));
	close_session(session);
	return NULL;
}

static int make_all(void *unused)
{
	pthread_t threads[THREADS];
	(void)unused;

	initialize();
	slot = first_slot();
	login_user(open_rw());
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_some, (void *)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	finalize();
	return 0;
}

/* In the child: what the work takes above what the library takes by itself. */
static int measured(const char *what, CK_RV (*work)(void))
{
	struct timespec start, end;

	initialize();
	slot = first_slot();
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	bool reset = fd >= 0 && write(fd, "5", 1) == 1;
	close(fd);
	long before = memory("VmRSS:");
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_ok(work());
	clock_gettime(CLOCK_MONOTONIC, &end);
	long taken = memory("VmHWM:") - before;
	double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
	printf("# %s of %lu objects of %lu bytes: %.1f s, %ld KiB\n", what, objects, object_size, seconds, taken);
	fflush(stdout);
	if (reset && !SANITIZED)
		assert_true(taken < MEMORY_KIB);
	finalize();
	return 0;
}

static CK_RV back_up(void)
{
	return write_backup("file", &by_key_file);
}

static CK_RV restore(void)
{
	return restore_backup("file", &by_key_file);
}

static CK_RV move(void)
{
	CK_UTF8CHAR target[400];

	snprintf((char *)target, sizeof(target), "%s", store_named("c"));
	return vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), target, NULL, NULL);
}

static int run_backup(void *unused)
{
	(void)unused;
	return measured("backup", back_up);
}

static int run_restore(void *unused)
{
	(void)unused;
	setenv("CONCLAVE_STORE", store_named("b"), 1);
	return measured("restore", restore);
}

static int run_move(void *unused)
{
	(void)unused;
	setenv("CONCLAVE_STORE", store_named("b"), 1);
	return measured("move", move);
}

static int count_all(void *uri)
{
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
	slot = first_slot();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	CONCLAVE_VERIFY_REPORT report;
	assert_ok(vendor()->VerifyToken(session, &report));
	assert_int_equal(report.ulGood, objects);
	assert_int_equal(report.ulBad, 0);
	finalize();
	return 0;
}

static void memory_does_not_grow_with_the_token(void **state)
{
	(void)state;

	finalize();
	assert_int_equal(run_child(make_all, NULL), 0);
	assert_int_equal(run_child(run_backup, NULL), 0);
	assert_int_equal(run_child(run_restore, NULL), 0);
	assert_int_equal(run_child(count_all, (void *)(uintptr_t)store_named("b")), 0);
	assert_int_equal(run_child(run_move, NULL), 0);
	assert_int_equal(run_child(count_all, (void *)(uintptr_t)store_named("c")), 0);
	initialize();
}

int main(void)
{
	const char *many = getenv("CONCLAVE_MOVE_OBJECTS");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_does_not_grow_with_the_token, setup_moving, teardown),
	};

	if (many != NULL) {
		objects = strtoul(many, NULL, 10);
		object_size = SMALL;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
