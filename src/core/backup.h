/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens out of a store into a file, back, and into another store: the calls of conclave.h behind their checks. What
 * they do when something goes wrong in the middle is told in doc/backup.md. */
#ifndef CONCLAVE_CORE_BACKUP_H
#define CONCLAVE_CORE_BACKUP_H

#include "core/backup_file.h"
#include "core/progress.h"

struct module;

struct backup_order {
	const char *path;
	struct backup_secret secret;
	const CK_SLOT_ID *slots;
	CK_ULONG slot_count; /* 0: all */
	bool overwrite;
	CONCLAVE_PROGRESS *progress;
};
must_check CK_RV backup_write(struct module *m, const struct backup_order *o);

/* The tokens of a backup, in its order. */
struct backup_list {
	CONCLAVE_BACKUP_TOKEN *items;
	size_t count, cap;
};
void backup_list_free(struct backup_list *l);
must_check CK_RV backup_list_add(struct backup_list *l, const CONCLAVE_BACKUP_TOKEN *t);

struct restore_order {
	const char *path;
	struct backup_secret secret;
	const char *which;   /* label or serial; NULL: all */
	struct bytes so_pin; /* of the token that is replaced; data NULL: none is */
	CONCLAVE_PROGRESS *progress;
};
/* Reads to the end and lists. */
must_check CK_RV restore_read(struct module *m, const struct restore_order *o, struct backup_list *ret);
/* ret: the tokens that came, also when a later one did not. */
must_check CK_RV restore_run(struct module *m, const struct restore_order *o, struct backup_list *ret);

must_check CK_RV move_token(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const char *target, CONCLAVE_PROGRESS *progress, CK_SLOT_ID *ret);

#endif
