/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of one initialised library: from the file that CONCLAVE_CONF names, overridden by single
 * environment variables. Nothing is required; a fresh machine works with defaults (doc/conclave.conf.md). */
#ifndef CONCLAVE_CORE_CONFIG_H
#define CONCLAVE_CORE_CONFIG_H

#include "base/compiler.h"

/* A line of a section that core/policy.h or core/validation.h reads. In the file's order. */
struct config_line {
	char *section, *name, *value;
	unsigned number;
	struct config_line *next;
};

struct config {
	char *store;              /* store URI */
	char *log;                /* log_configure's form, or NULL */
	bool spare_slot;          /* show an uninitialised slot beside tokens */
	bool pin_to_be_changed;   /* C_InitToken and C_InitPIN set TO_BE_CHANGED */
	bool test_tokens;         /* tokens whose label starts with "test-" get cheap PIN hashing at creation */
	CK_ULONG max_sessions;    /* of one token in this application; 0: no limit */
	CK_ULONG max_rw_sessions; /* likewise */
	CK_ULONG pin_tries;       /* wrong PINs until a role is locked */
	CK_ULONG object_cache;    /* KiB of decoded token objects */
	char *policy_profile;     /* of all tokens, or NULL */
	char *path;               /* of the file, or NULL */
	struct config_line *policy, *validation;
};

/* CKR_HOST_MEMORY. An unreadable file or a wrong value is logged and the default kept, but a line in a file with
 * policies that cannot be read is CKR_FUNCTION_FAILED. */
must_check CK_RV config_load(struct config *ret);
void config_free(struct config *c);
/* "yes", "off", ...; false for anything else. */
bool config_flag(const char *value, bool *ret);

#endif
