/* SPDX-License-Identifier: Apache-2.0 */
/* Structures of parameters member by member: the values that each must not have, with the code for it, and the members
 * of which every value is right, with the reason. A row holds for every mechanism that takes the structure, or for one. */
#ifndef TEST_API_PARAMETER_ROWS_H
#define TEST_API_PARAMETER_ROWS_H

#include "mechanisms.h"

/* Beside the flags of mechanisms: C_WrapKeyAuthenticated and its counterpart, which CKF_WRAP and CKF_UNWRAP announce. */
#define WRAP_SEALED ((CK_FLAGS)1 << 62)
#define UNWRAP_SEALED ((CK_FLAGS)1 << 63)

struct parameter_row {
	const char *structure;
	const char *member;     /* "RandomInfo.pClientRandom", "pOAEPParams->mgf"; "" where the parameter is one number */
	CK_MECHANISM_TYPE type; /* 0: of every mechanism with the structure */
	const void *base;       /* what is changed; NULL: the structure's usual one */
	CK_FLAGS only;          /* for these uses; 0: for all that take the structure */
	struct {
		size_t at, size; /* a pointer, and how much there is behind it */
	} via[2];                /* on the way to the member; size 0: none */
	size_t offset, size;     /* of the member, in what the last pointer leads to */
	CK_ULONG value;
	CK_RV expected; /* CKR_OK: CKR_MECHANISM_PARAM_INVALID */
};

extern const struct parameter_row parameter_rows[];
extern const size_t parameter_row_count;

/* Where it is not mechanism_of's parameter, or not for every use that the mechanism announces. */
struct parameter_base {
	const char *structure;
	const void *right;
	size_t size;
	CK_FLAGS uses;
	CK_MECHANISM_TYPE type; /* 0: of every other mechanism with the structure */
};

const struct parameter_base *parameter_base_of(const char *structure, CK_MECHANISM_TYPE type); /* NULL: mechanism_of's, for all */

/* Members that take every value. */
struct parameter_free {
	const char *structure, *member;
	CK_MECHANISM_TYPE type; /* 0: of every mechanism with the structure */
	const char *why;
};

extern const struct parameter_free parameter_free[];
extern const size_t parameter_free_count;

#endif
