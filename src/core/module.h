/* SPDX-License-Identifier: Apache-2.0 */
/* The library of one application: its one global, its start and stop, and the way into and out of every call.
 * A page that the kernel wipes in a fork child holds the root pointer, so a child is simply not initialised. */
#ifndef CONCLAVE_CORE_MODULE_H
#define CONCLAVE_CORE_MODULE_H

#include "base/lock.h"
#include "core/pending.h"
#include "core/config.h"
#include "core/handle.h"
#include "core/objects_cache.h"
#include "core/policy.h"
#include "core/slot.h"
#include "mech/mech.h"
#include "store/store.h"

struct session;
struct validation;

struct module {
	struct config config;
	struct mech_env env;
	struct validation *validation; /* NULL: nothing is stated */
	struct policies *policies;
	_Atomic(struct store *) store; /* NULL: none yet (nothing there to read); made by the first C_InitToken */
	_Atomic CK_RV store_trouble;   /* why a store that may be there could not be opened; CKR_OK */
	struct lock store_lock;        /* while a store is looked for or made */
	struct slot_table slots;
	struct pending pending;
	struct handle_table objects;   /* handles of all objects of all tokens */
	struct objects_cache cache;    /* which token objects are whole */
	int wake_fd;                   /* eventfd: C_Finalize and own changes wake C_WaitForSlotEvent */
	bool no_threads;               /* CKF_LIBRARY_CANT_CREATE_OS_THREADS */
	unsigned char boot_key[32];    /* random, of this initialisation */
};

/* §5.4.1, §5.4.2. */
must_check CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *args);
must_check CK_RV module_finalize(void);

/* Into a call that has no session: *ret stays until module_leave, C_Finalize waits for it.
 * CKR_CRYPTOKI_NOT_INITIALIZED. */
must_check CK_RV module_enter(struct module **ret);
void module_leave(void);
/* The table of sessions, for calls that are inside. */
struct session_table *module_sessions(void);
/* The session slot of a handle without taking part in anything: for C_GetSessionInfo. *ret may be NULL.
 * CKR_CRYPTOKI_NOT_INITIALIZED. */
must_check CK_RV module_peek_session(CK_SESSION_HANDLE handle, struct session **ret);
/* True while C_Finalize is waiting for calls in flight: a call that sleeps returns. */
bool module_stopping(void);

/* Into a call on a session: looks it up and takes its lock. CKR_CRYPTOKI_NOT_INITIALIZED,
 * CKR_SESSION_HANDLE_INVALID; CKR_FUNCTION_FAILED from inside a callback of the same session. */
must_check CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **ret);
void module_leave_session(struct session *s);

/* Opens the store if there is one by now that was not there before. */
void module_look_for_store(struct module *m);
/* The store, made if there is none yet. CKR_DEVICE_ERROR, CKR_TOKEN_WRITE_PROTECTED. */
must_check CK_RV module_need_store(struct module *m);

#endif
