/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over every call that changes a token, with something failing at its first, second, ... step until it needs
 * no more steps. After each: the code says what happened, the token is as before or as after the call and nothing
 * between, handles are valid, and the next try works. What fails, and how, is the test's own. */
#ifndef CONCLAVE_TESTS_FAULT_WORLD_H
#define CONCLAVE_TESTS_FAULT_WORLD_H

#include "base/log.h" /* before cmocka, whose fail is another */
#include "conclave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FAULT_PATH 128

/* A kind of failure. */
struct fault {
	const char *name;
	/* The next calls meet the failure at step n, counted from 1. */
	void (*arm)(const struct fault *f, unsigned n);
	/* No more failures; true when there was one. */
	bool (*disarm)(void);
	CK_RV codes[6]; /* that a call may answer with, up to the first CKR_OK */
	CK_RV rv;       /* for arm */
	int error;
	bool lasting;
	unsigned pin_stride; /* of calls that hash PINs, after the first steps: only one of so many; 0: each */
	bool kills; /* the process does not live to tell: the token is as before or as after */
};

/* The folder of the store that is at work now. */
extern char fault_folder[FAULT_PATH];

/* Walks all calls; those that need no store beforehand too, when `from_nothing` is set. */
void fault_walk(const struct fault *faults, size_t count, bool from_nothing);
/* Makes all calls without a failure; `look` is called after each that was CKR_OK. */
void fault_see_each(void (*begin)(void), void (*look)(const char *call));

int fault_setup(void **state);
int fault_teardown(void **state);

#endif
