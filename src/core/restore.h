/* SPDX-License-Identifier: Apache-2.0 */
/* The half of restoring that moving a token shares: tokens from an opened backup into a store. */
#ifndef CONCLAVE_CORE_RESTORE_H
#define CONCLAVE_CORE_RESTORE_H

#include "core/backup.h"
#include "core/token_copy.h"

/* A token of a store, by its serial number. */
struct restore_found {
	bool found;
	struct store_token token;
};
must_check CK_RV restore_find(struct store *s, const unsigned char serial[TOKEN_SERIAL_SIZE], struct restore_found *ret);

struct restore_job {
	struct copy_place to;
	const struct backup_list *chosen; /* the tokens to take, by serial number */
	const struct restore_found *replaced; /* NULL: none */
	struct progress *progress;
	struct backup_list *restored;
	/* of the token at work */
	bool active;
	struct store_token token;
	CONCLAVE_BACKUP_TOKEN told;
	struct store_lock *alone;      /* nobody opens a session with it before it is whole */
	struct store_lock **ret_alone; /* NULL: let go then; else handed over (for one token) */
};
/* Held, exclusively, by who adds a token that comes from elsewhere: a serial number that is not there stays away. */
#define RESTORE_LOCK "restore"
/* Reads the file to its end and puts the chosen tokens into the store, a transaction each. */
must_check CK_RV restore_tokens(struct restore_job *job, struct backup_reader *from);

#endif
