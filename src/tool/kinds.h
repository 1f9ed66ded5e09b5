/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of keys that the tool can name: curves, with how CKA_EC_PARAMS says them, parameter sets, secret keys. */
#ifndef CONCLAVE_TOOL_KINDS_H
#define CONCLAVE_TOOL_KINDS_H

#include "tool.h"

struct curve {
	const char *name;
	CK_KEY_TYPE key_type;
	CK_MECHANISM_TYPE pair_generation;
	unsigned char params[12]; /* DER of the object identifier */
	CK_ULONG params_len;
};

/* Post-quantum keys: CKA_PARAMETER_SET. */
struct parameter_set {
	const char *name;
	CK_KEY_TYPE key_type;
	CK_MECHANISM_TYPE pair_generation;
	CK_ULONG number;
};

/* Trees of HSS, from the topmost: CKA_HSS_LMS_TYPES and CKA_HSS_LMOTS_TYPES. */
#define KINDS_HSS_LEVELS 8
struct hss_trees {
	CK_ULONG levels;
	CK_ULONG trees[KINDS_HSS_LEVELS], onces[KINDS_HSS_LEVELS];
};

/* A secret key whose length is chosen. */
struct secret_kind {
	const char *name;
	CK_KEY_TYPE key_type;
	CK_MECHANISM_TYPE generation;
};

/* NULL when there is none. Names of curves and sets in any case; ed25519, x25519 and their like among them. */
const struct curve *kinds_curve(const char *name);
const struct curve *kinds_curve_of(const unsigned char *params, CK_ULONG len);
const struct parameter_set *kinds_set(const char *name);
const struct parameter_set *kinds_set_of(CK_KEY_TYPE type, CK_ULONG number);
/* "hss:10/8,10/4": height and bits of a digit, level by level, over SHA-256; hss192: over SHA-256/192. */
bool kinds_hss(const char *word, struct hss_trees *ret);
/* name has len characters. */
const struct secret_kind *kinds_secret(const char *name, size_t len);
const struct secret_kind *kinds_secret_of(CK_KEY_TYPE type);
/* The names, for a message: "ec:P-256, ..., ed25519, rsa:BITS, aes:BITS, ...". */
void kinds_list(char *ret, size_t size);

#endif
