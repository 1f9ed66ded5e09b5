/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and their table. A session lives in a slot that never moves and is never given back, with a lock of
 * its own that is also the reference which C_Finalize waits for. C_GetSessionInfo reads without any lock. */
#ifndef CONCLAVE_CORE_SESSION_H
#define CONCLAVE_CORE_SESSION_H

#include <stdatomic.h>

#include "base/lock.h"
#include "core/login.h"
#include "core/op.h"

struct job;
struct module;
struct policy;
struct token;
struct find;
struct object;

#define SESSION_INDEX_BITS 24 /* 16 million open sessions */
#define SESSION_CHUNK_BITS 8
#define SESSION_CHUNKS (1u << (SESSION_INDEX_BITS - SESSION_CHUNK_BITS))

struct session {
	struct lock lock;
	bool lock_ready;
	/* Read without the lock by C_GetSessionInfo: */
	_Atomic CK_SESSION_HANDLE handle; /* 0: free */
	_Atomic CK_FLAGS flags;
	_Atomic CK_SLOT_ID slot;
	_Atomic(struct login_word *) login;
	_Atomic uint64_t era; /* of the login word when the session was opened */
	/* The session's call is inside the application's notify callback, and its lock is free for that time. */
	_Atomic bool in_callback;
	/* Under the lock: */
	struct module *module;
	struct token *token;
	CK_NOTIFY notify;
	CK_VOID_PTR application;
	struct op *ops[OP_KINDS];
	unsigned active; /* a bit for each of them that is there, or pending */
	struct op *spare; /* memory of an ended operation, for the next one */
	CK_FLAGS validated; /* by the last operation that was completed (§4.15.3.1) */
	_Atomic unsigned private_ops; /* operations with private keys, and a job for some: what a logout must end */
	struct find *find;
	struct job *job; /* pending call; under the module's async lock */
	struct object *objects; /* session objects that this session made; under the token's object lock */
	/* Under the token's lock: */
	struct session *next, *previous;
	/* The table's: */
	uint64_t generation;
	uint32_t index, next_free;
};

/* The table outlives C_Finalize: late callers with stale handles find slots, not freed memory. */
struct session_table;
must_check CK_RV session_table_new(struct session_table **ret);
/* At C_Initialize and C_Finalize: the kind of locks may change between. No session is open. */
must_check CK_RV session_table_start(struct session_table *t);
void session_table_stop(struct session_table *t);

/* A login word in an era that was never used before, and its return: words outlive their tokens and C_Finalize.
 * CKR_HOST_MEMORY. */
must_check CK_RV session_table_get_word(struct session_table *t, struct login_word **ret);
void session_table_put_word(struct session_table *t, struct login_word *w);
/* The slot of a handle, whoever lives there now; NULL when there never was one. */
struct session *session_table_at(struct session_table *t, CK_SESSION_HANDLE handle);

/* C_OpenSession, §5.6.1: counts, limits and R/O against SO are checked under the token's lock. */
must_check CK_RV session_open(struct module *m, struct session_table *t, struct token *token, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                              CK_SESSION_HANDLE *ret);
/* C_CloseSession with the session's lock held; it is released. */
must_check CK_RV session_close_locked(struct session_table *t, struct session *s);
/* C_CloseAllSessions. CKR_FUNCTION_FAILED from inside one of their callbacks. */
must_check CK_RV session_close_all(struct session_table *t, struct token *token);
/* C_GetSessionInfo, without locks. */
must_check CK_RV session_info(struct session *s, CK_SESSION_HANDLE handle, CK_SESSION_INFO *ret);

/* False from the instant on in which C_CloseAllSessions has ended the session's era. A call that is under way then
 * works on; its slot is cleared when it lets go. */
static inline bool session_alive(const struct session *s)
{
	const struct login_word *login = atomic_load_explicit(&s->login, memory_order_relaxed);

	return login_era_of(atomic_load(&login->word)) == atomic_load_explicit(&s->era, memory_order_relaxed);
}

/* What a call on a session answers that came to rv: CKR_SESSION_CLOSED (rule 44) when the failure may come from its
 * session's end. s is NULL when the call has closed it itself. */
static inline CK_RV session_verdict(const struct session *s, CK_RV rv)
{
	return rv != CKR_OK && s != NULL && !session_alive(s) ? CKR_SESSION_CLOSED : rv;
}

/* Was it opened with CKF_ASYNC_SESSION? */
static inline bool session_is_async(const struct session *s)
{
	return (atomic_load_explicit(&s->flags, memory_order_relaxed) & CKF_ASYNC_SESSION) != 0;
}
bool session_is_rw(const struct session *s);
CK_STATE session_state_of(const struct session *s);
/* The policy of the session's token at this moment; it lives until C_Finalize. */
const struct policy *session_policy(const struct session *s);
/* The epoch under which the user is logged in; false when the user is not. */
bool session_user_epoch(const struct session *s, uint64_t *ret);
/* Calls the application's notify with CKN_SURRENDER; false when it says CKR_CANCEL (§5.22.1). */
bool session_surrender(void *session);
/* Takes the session's lock, waiting while its call is inside the application's callback. false, and not taken: the
 * calling thread is inside a callback itself and must not wait for another. */
bool session_lock(struct session *s);
/* Is the calling thread inside a notify callback of any session? */
bool session_inside_callback(void);
/* CKR_PIN_EXPIRED while the login's PIN is to be changed (rule 82). */
must_check CK_RV session_check_pin_expired(struct session *s);
/* Ends what a session does with private objects of an epoch gone by. Under its lock. */
void session_drop_private(struct session *s);

#endif
