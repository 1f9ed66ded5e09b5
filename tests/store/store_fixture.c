/* SPDX-License-Identifier: Apache-2.0 */
/* Directories for stores under test. Knows nothing of a store. */
#include "store_fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

void fixture_dir(char ret[FIXTURE_PATH])
{
	const char *base = secure_getenv("TMPDIR");
	snprintf(ret, FIXTURE_PATH, "%s/conclave-test-XXXXXX", base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(ret));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void fixture_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
