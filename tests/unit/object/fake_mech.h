/* SPDX-License-Identifier: Apache-2.0 */
/* Key types for tests of the object layer: mech_key_type_find() answers for every type, and completing a key does
 * what the test says. Knows no material. */
#ifndef CONCLAVE_TESTS_FAKE_MECH_H
#define CONCLAVE_TESTS_FAKE_MECH_H

#include "mech/mech.h"

struct fake_mech {
	CK_RV rv;             /* what complete() gives back */
	bool absent;          /* no such key type */
	unsigned completed;   /* how often complete() ran */
	bool info_was_given;  /* CKA_PUBLIC_KEY_INFO was there when it ran */
	bool label_was_given; /* an attribute whose default is empty */
};

extern struct fake_mech fake_mech;
/* What complete() sets as CKA_PUBLIC_KEY_INFO of public and private keys. */
#define FAKE_INFO "derived info"

#endif
