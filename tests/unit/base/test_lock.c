/* SPDX-License-Identifier: Apache-2.0 */
/* Locks: they exclude, they go through the application's callbacks when there are some, and in debug
 * builds a wrong order is said. */
#include "base/lock.h"
#include "base/log.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define assert_ok(expr) assert_string_equal(rv_name(expr), "CKR_OK")

static struct lock shared;
static long counter;

static void *count_up(void *arg unused)
{
	for (int i = 0; i < 50000; i++) {
		lock_take(&shared);
		counter++;
		lock_release(&shared);
	}
	return NULL;
}

static void assert_excludes(void)
{
	pthread_t threads[3];
	counter = 0;
	assert_ok(lock_init(&shared, LOCK_RANK_TABLE));
	for (size_t i = 0; i < array_len(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (size_t i = 0; i < array_len(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, 150000);
	lock_destroy(&shared);
}

static void a_native_lock_excludes(void **state unused)
{
	assert_false(lock_callbacks_in_use());
	assert_excludes();
}

/* The application's mutexes: native ones, counted. */
static _Atomic int created, destroyed, locked, unlocked;
static CK_RV create_answer;

static CK_RV app_create(CK_VOID_PTR_PTR ret)
{
	if (create_answer != CKR_OK)
		return create_answer;
	pthread_mutex_t *m = malloc(sizeof(*m));
	pthread_mutex_init(m, NULL);
	*ret = m;
	created++;
	return CKR_OK;
}

static CK_RV app_destroy(CK_VOID_PTR m)
{
	pthread_mutex_destroy(m);
	free(m);
	destroyed++;
	return CKR_OK;
}

static CK_RV app_lock(CK_VOID_PTR m)
{
	pthread_mutex_lock(m);
	locked++;
	return CKR_OK;
}

static CK_RV app_unlock(CK_VOID_PTR m)
{
	unlocked++;
	pthread_mutex_unlock(m);
	return CKR_OK;
}

static const struct lock_callbacks app = {app_create, app_destroy, app_lock, app_unlock};

static int use_app(void **state unused)
{
	created = destroyed = locked = unlocked = 0;
	create_answer = CKR_OK;
	lock_use_callbacks(&app);
	return 0;
}

static int use_native(void **state unused)
{
	lock_use_callbacks(NULL);
	return 0;
}

static void the_applications_mutexes_are_used_for_everything(void **state unused)
{
	assert_true(lock_callbacks_in_use());
	assert_excludes();
	assert_int_equal(created, 1);
	assert_int_equal(destroyed, 1);
	assert_int_equal(locked, 150000);
	assert_int_equal(unlocked, 150000);
}

static void an_application_without_memory_is_believed(void **state unused)
{
	struct lock l;
	create_answer = CKR_HOST_MEMORY;
	assert_string_equal(rv_name(lock_init(&l, LOCK_RANK_TABLE)), "CKR_HOST_MEMORY");
	create_answer = CKR_MUTEX_BAD;
	assert_string_equal(rv_name(lock_init(&l, LOCK_RANK_TABLE)), "CKR_GENERAL_ERROR");
}

static void locks_of_before_stay_what_they_were(void **state unused)
{
	struct lock l;
	lock_use_callbacks(NULL);
	assert_ok(lock_init(&l, LOCK_RANK_TABLE));
	lock_use_callbacks(&app);
	lock_take(&l);
	lock_release(&l);
	lock_destroy(&l);
	assert_int_equal(locked + destroyed, 0);
}

#if !defined(NDEBUG)

/* What the log says while body runs, in a process of its own: sanitizer builds stop there. */
static const char *said_by(void (*body)(void), bool *ret_stopped)
{
	static char text[4096];
	char path[] = "/tmp/conclave-lock-XXXXXX", spec[64];
	int fd = mkstemp(path), status;
	snprintf(spec, sizeof(spec), "error:file=%s", path);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL); /* cmocka has its own */
		log_configure(spec);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*ret_stopped = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	assert_true(*ret_stopped || status == 0);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	unlink(path);
	return text;
}

static void assert_silent(void (*body)(void))
{
	bool stopped;
	assert_string_equal(said_by(body, &stopped), "");
	assert_false(stopped);
}

static void assert_said(void (*body)(void), const char *words)
{
	bool stopped;
	assert_non_null(strstr(said_by(body, &stopped), words));
#if defined(CONCLAVE_LOCK_CHECK)
	assert_true(stopped);
#else
	assert_false(stopped);
#endif
}

static struct lock first, second;

static void in_order(void)
{
	lock_take(&first);
	lock_take(&second);
	lock_release(&first);
	lock_release(&second);
	lock_take(&second);
	lock_release(&second);
}

static void out_of_order(void)
{
	lock_take(&second);
	lock_take(&first);
	lock_release(&first);
	lock_release(&second);
}

static void not_held(void)
{
	lock_take(&second);
	lock_release(&second);
	/* Only the book-keeping is asked: the mutex itself is taken behind its back. */
	pthread_mutex_lock(&first.native);
	lock_release(&first);
}

static void same_rank(void)
{
	struct lock twin;
	assert_ok(lock_init(&twin, LOCK_RANK_SESSION));
	lock_take(&first);
	lock_take(&twin);
	lock_release(&twin);
	lock_release(&first);
	lock_destroy(&twin);
}

static void foreign_inside(void)
{
	struct lock foreign;
	assert_ok(lock_init(&foreign, LOCK_RANK_FOREIGN));
	lock_take(&second);
	lock_take(&foreign);
	lock_release(&foreign);
	lock_release(&second);
	lock_destroy(&foreign);
}

static void a_wrong_order_is_said(void **state unused)
{
	assert_ok(lock_init(&first, LOCK_RANK_SESSION));
	assert_ok(lock_init(&second, LOCK_RANK_STORE));
	assert_silent(in_order);
	assert_silent(foreign_inside);
	assert_said(out_of_order, "out of order");
	assert_said(same_rank, "out of order");
	assert_said(not_held, "does not hold");
	lock_destroy(&first);
	lock_destroy(&second);
}

#else

static void a_wrong_order_is_said(void **state unused)
{
	/* Release builds do not check. */
	skip();
}

#endif

int main(void)
{
	static const struct CMUnitTest suite[] = {
		cmocka_unit_test(a_native_lock_excludes),
		cmocka_unit_test_setup_teardown(the_applications_mutexes_are_used_for_everything, use_app, use_native),
		cmocka_unit_test_setup_teardown(an_application_without_memory_is_believed, use_app, use_native),
		cmocka_unit_test_setup_teardown(locks_of_before_stay_what_they_were, use_app, use_native),
		cmocka_unit_test(a_wrong_order_is_said),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
