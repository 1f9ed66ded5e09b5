/* SPDX-License-Identifier: Apache-2.0 */
/* Directories for stores under test. Knows nothing of a store. */
#ifndef CONCLAVE_TESTS_STORE_FIXTURE_H
#define CONCLAVE_TESTS_STORE_FIXTURE_H

#define FIXTURE_PATH 128

/* Makes an empty directory of its own. */
void fixture_dir(char ret[FIXTURE_PATH]);
void fixture_remove(const char *dir);

#endif
