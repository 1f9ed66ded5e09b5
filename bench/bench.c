/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the module, making a token, measuring. The smallest round counts: noise only ever adds. */
#include "bench.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

CK_FUNCTION_LIST *p11;

static CK_UTF8CHAR so_pin[] = "so-pin-1234";

void bench_ok(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "%s: 0x%lx\n", what, rv);
	exit(1);
}

const char *bench_module(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : getenv("CONCLAVE_MODULE");

	return path && *path ? path : "build/libconclave.so";
}

void bench_load(const char *path)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;

	if (module)
		*(void **)&get = dlsym(module, "C_GetFunctionList");
	if (!get) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	bench_ok(get(&p11), "C_GetFunctionList");
}

void bench_initialize(void)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	bench_ok(p11->C_Initialize(&args), "C_Initialize");
}

void bench_start(const char *path)
{
	bench_load(path);
	bench_initialize();
}

void bench_init_token(CK_SLOT_ID slot)
{
	CK_UTF8CHAR label[32];

	memset(label, ' ', sizeof(label));
	memcpy(label, "test-bench", 10);
	bench_ok(p11->C_InitToken(slot, so_pin, sizeof(so_pin) - 1, label), "C_InitToken");
}

CK_SLOT_ID bench_begin(int argc, char **argv)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = sizeof(slots) / sizeof(slots[0]);

	setenv("CONCLAVE_STORE", "memory:", 0);
	setenv("CONCLAVE_LOG", "error", 0);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	bench_start(bench_module(argc, argv));
	bench_ok(p11->C_GetSlotList(CK_FALSE, slots, &count), "C_GetSlotList");
	bench_init_token(slots[0]);
	return slots[0];
}

void bench_end(void)
{
	bench_ok(p11->C_Finalize(NULL), "C_Finalize");
}

CK_SESSION_HANDLE bench_session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	bench_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), "C_OpenSession");
	return session;
}

double bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_round(void (*work)(void *), void *arg, unsigned calls)
{
	double start = bench_now();

	for (unsigned i = 0; i < calls; i++)
		work(arg);
	return (bench_now() - start) / calls;
}

void bench_together(void (*const *works)(void *), void *const *args, unsigned count, unsigned rounds, unsigned calls, double *ret)
{
	for (unsigned w = 0; w < count; w++)
		ret[w] = 0;
	for (unsigned r = 0; r < rounds; r++) {
		for (unsigned w = 0; w < count; w++) {
			double each = works[w] == NULL ? 0 : time_round(works[w], args[w], calls);
			if (r == 0 || each < ret[w])
				ret[w] = each;
		}
	}
}

double bench_time(void (*work)(void *), void *arg, unsigned rounds, unsigned calls)
{
	double best;

	bench_together(&work, &arg, 1, rounds, calls, &best);
	return best;
}
