/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that changes a token, with every allocation failing in turn, the library's own, libcrypto's and SQLite's:
 * what was answered with an error is undone, in memory and on disk, and what was answered with CKR_OK is done.
 * The program's own functions stand in for libc's; a sanitizer has its own, and then there is no walk. */
#include "fault_world.h"

#include <errno.h>
#include <stdlib.h>

/* Of the thread that makes the calls: what another works on meanwhile is its own. */
static _Thread_local unsigned left; /* allocations until the failure, 0: none is planned */
static bool happened, lasting;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTHER_ALLOCATOR 1
#else
#define OTHER_ALLOCATOR 0

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool fails(void)
{
	if (left == 0 || --left > 0)
		return false;
	if (lasting)
		left = 1;
	happened = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t total = 0;

	return __builtin_mul_overflow(count, size, &total) || fails() ? NULL : __libc_realloc(old, total);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}
#endif

static void arm(const struct fault *f, unsigned n)
{
	happened = false;
	lasting = f->lasting;
	left = n;
}

static bool disarm(void)
{
	left = 0;
	return happened;
}

static void every_allocation_may_fail(void **state unused)
{
	bool all = getenv("CONCLAVE_ALLOCATIONS") != NULL; /* `make soak` */
	const struct fault faults[] = {
		{.name = "no memory", .arm = arm, .disarm = disarm, .codes = {CKR_HOST_MEMORY}, .pin_stride = all ? 0 : 29},
	};

	if (OTHER_ALLOCATOR)
		skip();
	fault_walk(faults, array_len(faults), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_allocation_may_fail, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests_name("memory_faults", tests, NULL, NULL);
}
