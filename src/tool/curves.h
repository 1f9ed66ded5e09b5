/* SPDX-License-Identifier: Apache-2.0 */
/* The curves that the tool can name, and how CKA_EC_PARAMS says them. */
#ifndef CONCLAVE_TOOL_CURVES_H
#define CONCLAVE_TOOL_CURVES_H

#include "tool.h"

struct curve {
	const char *name;
	CK_KEY_TYPE key_type;
	CK_MECHANISM_TYPE pair_generation;
	unsigned char params[12]; /* DER of the object identifier */
	CK_ULONG params_len;
};

/* NULL when there is none. Names in any case; ed25519 and ed448 among them. */
const struct curve *curves_by_name(const char *name);
const struct curve *curves_by_params(const unsigned char *params, CK_ULONG len);

#endif
