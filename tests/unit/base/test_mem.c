/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: zeroed, aligned, apart from each other, wiped, locked as far as the limit goes. */
#include "base/mem.h"
#include "base/log.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* With one sanitizer the blocks are malloc's, with the other nothing is ever locked. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_ARENA 0
#else
#define OWN_ARENA 1
#endif

static const size_t sizes[] = {0,    1,    15,   16,   17,   255,   256,   257,   320,   321,   511,  512,
			       513,  1000, 1024, 1025, 4095, 4096,  4097,  16383, 16384, 16385, 70000};

static bool all_zero(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

static void every_size_is_zeroed_and_aligned_and_again_after_use(void **state unused)
{
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < array_len(sizes); i++) {
			unsigned char *p = mem_secret_alloc(sizes[i]);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % 16, 0);
			assert_true(all_zero(p, sizes[i]));
			memset(p, 0xff, sizes[i]);
			mem_secret_free(p, sizes[i]);
		}
	}
	mem_secret_free(NULL, 5);
}

#define BLOCKS 4000

static void blocks_do_not_overlap(void **state unused)
{
	static unsigned char *blocks[BLOCKS];
	for (size_t i = 0; i < BLOCKS; i++) {
		size_t size = sizes[i % array_len(sizes)];
		blocks[i] = mem_secret_alloc(size);
		assert_true(all_zero(blocks[i], size));
		memset(blocks[i], (int)(i % 251 + 1), size);
	}
	for (size_t i = 0; i < BLOCKS; i++) {
		size_t size = sizes[i % array_len(sizes)];
		for (size_t at = 0; at < size; at++) {
			if (blocks[i][at] != i % 251 + 1)
				fail_msg("block %zu was written by another", i);
		}
		mem_secret_free(blocks[i], size);
	}
}

static void a_freed_block_is_wiped_and_used_again(void **state)
{
	(void)state;
#if OWN_ARENA
	unsigned char *p = mem_secret_alloc(200);
	memset(p, 0xc3, 200);
	mem_secret_free(p, 200);
	/* The first bytes of a free block link it to the next one. */
	assert_true(all_zero(p + sizeof(void *), 200 - sizeof(void *)));
	unsigned char *again = mem_secret_alloc(193);
	assert_ptr_equal(again, p);
	mem_secret_free(again, 193);
#else
	skip();
#endif
}

static void *churn(void *arg)
{
	unsigned char mark = (unsigned char)(uintptr_t)arg;
	for (int i = 0; i < 2000; i++) {
		size_t size = sizes[(size_t)i % 16];
		unsigned char *p = mem_secret_alloc(size);
		if (p == NULL || !all_zero(p, size))
			return NULL;
		memset(p, mark, size);
		for (size_t at = 0; at < size; at++) {
			if (p[at] != mark)
				return NULL;
		}
		mem_secret_free(p, size);
	}
	return arg;
}

static void threads_get_different_blocks(void **state unused)
{
	pthread_t threads[4];
	for (uintptr_t i = 0; i < array_len(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
	for (uintptr_t i = 0; i < array_len(threads); i++) {
		void *done;
		pthread_join(threads[i], &done);
		assert_non_null(done);
	}
}

/* Kilobytes of a line of /proc/self/status. */
static long status_kb(const char *name)
{
	char line[256];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtol(line + strlen(name), NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return kb;
}

static void what_is_used_is_locked(void **state)
{
	(void)state;
#if OWN_ARENA
	if (mem_secret_degraded())
		skip();
	unsigned char *p = mem_secret_alloc(100);
	memset(p, 1, 100);
	assert_true(status_kb("VmLck:") > 0);
	mem_secret_free(p, 100);
#else
	(void)status_kb;
	skip();
#endif
}

/* Runs in a process of its own, whose limit it may lower and whose rights it may drop. */
static int beyond_the_limit(void)
{
	struct rlimit none = {0, 0};
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
		return 99;
	char path[] = "/tmp/conclave-mem-XXXXXX", spec[64];
	int fd = mkstemp(path);
	snprintf(spec, sizeof(spec), "warn:file=%s", path);
	if (fd < 0 || !log_configure(spec))
		return 98;
	bool before = mem_secret_degraded();
	for (int i = 0; i < 3; i++) {
		unsigned char *big = mem_secret_alloc(100000);
		if (big == NULL)
			return 1;
		memset(big, 1, 100000);
		mem_secret_free(big, 100000);
	}
	log_close();
	char text[1024] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);
	unlink(path);
	if (before || !mem_secret_degraded())
		return 2;
	/* One line, not three. */
	if (n <= 0 || strstr(text, "RLIMIT_MEMLOCK") == NULL || strchr(text, '\n') != text + n - 1)
		return 3;
	return 0;
}

static void beyond_the_limit_memory_still_comes_with_one_warning(void **state)
{
	(void)state;
#if OWN_ARENA
	pid_t pid = fork();
	if (pid == 0)
		_exit(beyond_the_limit());
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
#else
	(void)beyond_the_limit;
	skip();
#endif
}

static int use_after_abandon(unsigned char *inherited)
{
	mem_secret_abandon();
	for (int i = 0; i < 100; i++) {
		unsigned char *p = mem_secret_alloc(64);
		if (p == NULL || !all_zero(p, 64) || p == inherited)
			return 1;
		memset(p, 9, 64);
	}
	return inherited[0] == 7 ? 0 : 2;
}

static void a_fork_child_leaves_inherited_pages_alone(void **state unused)
{
	unsigned char *free_block = mem_secret_alloc(64), *used = mem_secret_alloc(64);
	mem_secret_free(free_block, 64);
	used[0] = 7;
	pid_t pid = fork();
	if (pid == 0)
		_exit(use_after_abandon(used));
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	mem_secret_free(used, 64);
}

int main(void)
{
	static const struct CMUnitTest suite[] = {
		cmocka_unit_test(beyond_the_limit_memory_still_comes_with_one_warning),
		cmocka_unit_test(every_size_is_zeroed_and_aligned_and_again_after_use),
		cmocka_unit_test(blocks_do_not_overlap),
		cmocka_unit_test(a_freed_block_is_wiped_and_used_again),
		cmocka_unit_test(threads_get_different_blocks),
		cmocka_unit_test(what_is_used_is_locked),
		cmocka_unit_test(a_fork_child_leaves_inherited_pages_alone),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
