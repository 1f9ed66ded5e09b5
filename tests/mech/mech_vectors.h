/* SPDX-License-Identifier: Apache-2.0 */
/* Replays Wycheproof files (JSON) from the folder vectors/wycheproof in $CONCLAVE_SHARED. Knows the files'
 * outer form: testGroups, each with values of its own and tests. */
#ifndef CONCLAVE_TESTS_MECH_VECTORS_H
#define CONCLAVE_TESTS_MECH_VECTORS_H

#include "mech_harness.h"

/* One test, with what its group and the file say. */
struct vector {
	const char *test;
	const char *group;
};

/* The text of a value: a string's content (escapes as they stand), else its JSON; the test's own before the
 * group's. false when neither has it. name may lead into objects: "publicKey.wx". */
bool vector_find(const struct vector *v, const char *name, struct bytes *ret);
bool vector_is(const struct vector *v, const char *name, const char *text);
/* True when an array or a string holds the word: "flags". */
bool vector_has(const struct vector *v, const char *name, const char *word);
/* The bytes of a hexadecimal value; empty when there is none. */
struct buf vector_hex(const struct vector *v, const char *name);
/* Calls check for every test; skips the cmocka test, with a message, when the file is not there. */
void vectors_replay(const char *file, void (*check)(const struct vector *v));

#endif
