/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms with keys, parameters and uses of their own kind, as rows: a parameter that works, the key, the length of an
 * input, the sizes that are to be announced, and for those that make objects a way to see that they are good. */
#ifndef TEST_API_MECHANISMS_OWN_H
#define TEST_API_MECHANISMS_OWN_H

#include "mechanisms.h"

struct own_case {
	CK_MECHANISM_TYPE type;
	CK_ULONG min, max; /* announced */
	CK_ULONG input;
	CK_MECHANISM *(*mechanism)(CK_MECHANISM_TYPE type);                 /* NULL: no parameter */
	CK_OBJECT_HANDLE (*key)(CK_MECHANISM_TYPE type, bool private);      /* a new one, in sess; NULL: none fits */
	void (*works)(CK_MECHANISM_TYPE type);                              /* NULL: as its flags say */
};

const struct own_case *own_case_of(CK_MECHANISM_TYPE type);
CK_MECHANISM *own_mechanism(CK_MECHANISM_TYPE type);
CK_OBJECT_HANDLE own_key(CK_MECHANISM_TYPE type, bool private);

#endif
