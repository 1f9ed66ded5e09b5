/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks under SQLite: its system calls and its mutexes, made fit for processes that fork and for
 * two copies of the library in one process. Knows nothing of a store. */
#ifndef CONCLAVE_STORE_SQLITE_VFS_H
#define CONCLAVE_STORE_SQLITE_VFS_H

#include "base/compiler.h"

/* Readies SQLite in this process, again after a fork. The caller has its own lock against other threads. */
must_check CK_RV sqlite_vfs_prepare(void);
/* When the last store is closed: gives back what prepare took, so that a later one may use other locks. */
void sqlite_vfs_shut(void);
/* Counts the forks that this process knows of. What an older generation opened is never touched. */
unsigned sqlite_vfs_generation(void);
/* In a fork child: closes the descriptors and mappings of all older generations and starts a new one. generation is
 * the abandoned store's; nothing happens when it is already an older one. */
void sqlite_vfs_abandon(unsigned generation);

/* sqlite_mutex.c. Before the first use of SQLite, and then again in each fork child. */
must_check CK_RV sqlite_mutex_install(void);
must_check CK_RV sqlite_mutex_renew(void);

/* Whether this thread could not open a file because the medium was full, since it was asked last. */
bool sqlite_vfs_met_full(void);

#endif
