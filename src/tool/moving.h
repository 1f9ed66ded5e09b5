/* SPDX-License-Identifier: Apache-2.0 */
/* What backup, restore and move share: the secret that opens a backup, and what the codes of these calls mean. */
#ifndef CONCLAVE_TOOL_MOVING_H
#define CONCLAVE_TOOL_MOVING_H

#include "admin.h"

#define KEY_FILE_MAX 4096

struct backup_key {
	unsigned char bytes[KEY_FILE_MAX];
	CONCLAVE_BACKUP_KEY key; /* points into bytes */
};

/* From --key-file, or a passphrase; fresh: one that is being chosen. */
must_check enum status backup_key_read(const struct args *a, bool fresh, struct backup_key *ret);
/* For a cleanup attribute: wipes. */
void backup_key_wipe(struct backup_key *k);

/* DONE for CKR_OK; else says what could not be done with what, and why. */
must_check enum status moving_status(CK_RV rv, const char *what, const char *subject);

/* The module's interface, when it knows these calls. */
must_check enum status moving_find(struct p11 *p, CONCLAVE_FUNCTIONS **ret);

#endif
