/* SPDX-License-Identifier: Apache-2.0 */
/* The private library context: opened and closed many times, in threads that end later and in fork children; its
 * random bytes; its error queue; its memory. */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "crypto/ossl.h"
#include "crypto/ossl_mem.h"
#include "crypto/rand.h"

static void opening_again_and_again_works(void **state)
{
	unsigned char out[16];

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct ossl *o;

		assert_int_equal(ossl_open(&o), CKR_OK);
		assert_int_equal(rand_bytes(o, out, sizeof(out)), CKR_OK);
		ossl_close(o);
	}
	ossl_close(NULL);
}

static void two_at_once_are_two(void **state)
{
	struct ossl *a, *b;

	(void)state;
	assert_int_equal(ossl_open(&a), CKR_OK);
	assert_int_equal(ossl_open(&b), CKR_OK);
	assert_ptr_not_equal(a, b);
	ossl_close(a);
	ossl_close(b);
}

static void the_version_is_told(void **state)
{
	(void)state;
	assert_non_null(strstr(ossl_version(), "OpenSSL"));
}

static void a_failure_clears_the_error_queue(void **state)
{
	(void)state;
	ERR_raise(ERR_LIB_USER, 1);
	assert_int_equal(ossl_fail(CKR_FUNCTION_FAILED, "a test"), CKR_FUNCTION_FAILED);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(ossl_fail(CKR_HOST_MEMORY, "a test without a reason"), CKR_HOST_MEMORY);
}

/* ---- threads ------------------------------------------------------------------------------- */

struct worker {
	struct ossl *ossl;
	sem_t drew, leave;
	CK_RV rv;
};

static void *draw_then_wait(void *arg)
{
	struct worker *w = arg;
	unsigned char out[200];

	w->rv = rand_bytes(w->ossl, out, sizeof(out));
	sem_post(&w->drew);
	sem_wait(&w->leave);
	return NULL;
}

/* Its clean-up at the end runs on what the context holds: a sanitizer sees when that is gone. */
static void a_thread_may_end_after_the_context_was_closed(void **state)
{
	struct worker w = {0};
	pthread_t thread;

	(void)state;
	assert_int_equal(ossl_open(&w.ossl), CKR_OK);
	sem_init(&w.drew, 0, 0);
	sem_init(&w.leave, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, draw_then_wait, &w), 0);
	sem_wait(&w.drew);
	ossl_close(w.ossl);
	sem_post(&w.leave);
	pthread_join(thread, NULL);
	assert_int_equal(w.rv, CKR_OK);
	sem_destroy(&w.drew);
	sem_destroy(&w.leave);
}

/* ---- random bytes -------------------------------------------------------------------------- */

static void random_bytes_differ_for_every_length(void **state)
{
	struct ossl *o;
	unsigned char a[300], b[300];

	(void)state;
	assert_int_equal(ossl_open(&o), CKR_OK);
	assert_int_equal(rand_bytes(o, a, 0), CKR_OK);
	for (size_t len = 8; len <= sizeof(a); len += len < 140 ? 1 : 40) {
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		assert_int_equal(rand_bytes(o, a, len), CKR_OK);
		assert_int_equal(rand_bytes(o, b, len), CKR_OK);
		assert_memory_not_equal(a, b, len);
		assert_memory_not_equal(a + len - 8, "\0\0\0\0\0\0\0\0", 8);
	}
	ossl_close(o);
}

static void seeding_is_taken_in_any_length(void **state)
{
	static const unsigned char seed[100000];
	struct ossl *o;
	unsigned char a[16], b[16];

	(void)state;
	assert_int_equal(ossl_open(&o), CKR_OK);
	assert_int_equal(rand_seed(o, bytes_of(seed, 1)), CKR_OK);
	assert_int_equal(rand_bytes(o, a, sizeof(a)), CKR_OK);
	assert_int_equal(rand_seed(o, bytes_of(seed, sizeof(seed))), CKR_OK);
	assert_int_equal(rand_bytes(o, b, sizeof(b)), CKR_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	ossl_close(o);
}

/* ---- fork ---------------------------------------------------------------------------------- */

#define DRAWN 32

/* In the child: a context of its own, then random bytes up the pipe. */
static void child_main(int out)
{
	unsigned char data[DRAWN] = {0};
	struct ossl *o;
	bool good = ossl_open(&o) == CKR_OK && rand_bytes(o, data, sizeof(data)) == CKR_OK;

	if (good)
		ossl_close(o);
	_exit(good && write(out, data, sizeof(data)) == sizeof(data) ? 0 : 1);
}

static void read_child(unsigned char ret[DRAWN])
{
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_main(ends[1]);
	close(ends[1]);
	assert_int_equal(read(ends[0], ret, DRAWN), DRAWN);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The parent has bytes in its batch, which the children inherit. */
static void children_and_parent_draw_different_bytes(void **state)
{
	struct ossl *o;
	unsigned char drawn[3][DRAWN];

	(void)state;
	assert_int_equal(ossl_open(&o), CKR_OK);
	assert_int_equal(rand_bytes(o, drawn[0], 1), CKR_OK);
	read_child(drawn[0]);
	read_child(drawn[1]);
	assert_int_equal(rand_bytes(o, drawn[2], DRAWN), CKR_OK);
	assert_memory_not_equal(drawn[0], drawn[1], DRAWN);
	assert_memory_not_equal(drawn[0], drawn[2], DRAWN);
	assert_memory_not_equal(drawn[1], drawn[2], DRAWN);
	ossl_close(o);
}

/* A context that was parked before the fork is not taken up by the child. */
static void a_child_opens_after_its_parent_closed(void **state)
{
	unsigned char drawn[DRAWN];
	struct ossl *o;

	(void)state;
	assert_int_equal(ossl_open(&o), CKR_OK);
	ossl_close(o);
	read_child(drawn);
}

/* ---- memory -------------------------------------------------------------------------------- */

static void resized_memory_keeps_its_content(void **state)
{
	unsigned char *p = ossl_mem.take(16, NULL, 0);

	(void)state;
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % 16, 0);
	memset(p, 7, 16);
	p = ossl_mem.resize(p, 1000, NULL, 0);
	assert_non_null(p);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(p[i], 7);
	p = ossl_mem.resize(p, 8, NULL, 0);
	assert_non_null(p);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(p[i], 7);
	assert_null(ossl_mem.resize(p, 0, NULL, 0));
	assert_null(ossl_mem.take(0, NULL, 0));
	assert_null(ossl_mem.take(SIZE_MAX, NULL, 0));
	p = ossl_mem.resize(NULL, 8, NULL, 0);
	assert_non_null(p);
	ossl_mem.give_back(p, NULL, 0);
	ossl_mem.give_back(NULL, NULL, 0);
}

#ifndef CONCLAVE_OPENSSL_SYSTEM
static void libcrypto_works_in_memory_that_is_wiped(void **state)
{
	CRYPTO_malloc_fn take;
	CRYPTO_realloc_fn resize;
	CRYPTO_free_fn give_back;

	(void)state;
	CRYPTO_get_mem_functions(&take, &resize, &give_back);
	assert_true(take == ossl_mem.take);
	assert_true(resize == ossl_mem.resize);
	assert_true(give_back == ossl_mem.give_back);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_again_and_again_works),
		cmocka_unit_test(two_at_once_are_two),
		cmocka_unit_test(the_version_is_told),
		cmocka_unit_test(a_failure_clears_the_error_queue),
		cmocka_unit_test(a_thread_may_end_after_the_context_was_closed),
		cmocka_unit_test(random_bytes_differ_for_every_length),
		cmocka_unit_test(seeding_is_taken_in_any_length),
		cmocka_unit_test(children_and_parent_draw_different_bytes),
		cmocka_unit_test(a_child_opens_after_its_parent_closed),
		cmocka_unit_test(resized_memory_keeps_its_content),
#ifndef CONCLAVE_OPENSSL_SYSTEM
		cmocka_unit_test(libcrypto_works_in_memory_that_is_wiped),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
