/* SPDX-License-Identifier: Apache-2.0 */
/* The library's one global and its start and stop: see module.h. The root page is wiped by the kernel in a fork child
 * (MADV_WIPEONFORK), so a child finds nothing initialised and no lock taken, whatever the parent was doing. */
#include "core/module.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/ready_token.h"
#include "core/session.h"
#include "core/slot_event.h"
#include "core/token.h"
#include "core/validation.h"
#include "crypto/ossl.h"
#include "crypto/rand.h"

#define SHARDS 16

struct shard {
	_Alignas(cache_line) _Atomic int64_t calls;
};

struct root {
	_Atomic(struct module *) module; /* NULL: not initialised, in a fork child too */
	_Atomic bool stopping;
	_Atomic bool count_all;          /* session calls are counted too: the application's mutexes are in use */
	_Atomic uintptr_t starter;       /* the thread inside C_Initialize or C_Finalize */
	pthread_mutex_t start_stop;      /* all zero is unlocked */
	struct session_table *sessions;
	pid_t owner;                     /* whose page this is, where the kernel cannot wipe it; 0 otherwise */
	struct shard shard[SHARDS];
};

/* The one global. living: the module of the last C_Initialize, also seen by a fork child, which must give back what
 * it inherited without touching the parent's. */
static struct {
	_Atomic(struct root *) root;
	struct module *living;
	struct session_table *sessions;
} global;

/* ---- the root page ------------------------------------------------------------------------------------------- */

static struct root *root_make(void)
{
	struct root *fresh = mmap(NULL, sizeof(*fresh), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct root *none = NULL;

	if (fresh == MAP_FAILED)
		return NULL;
	if (madvise(fresh, sizeof(*fresh), MADV_WIPEONFORK) != 0)
		fresh->owner = getpid();
	if (!atomic_compare_exchange_strong(&global.root, &none, fresh)) {
		munmap(fresh, sizeof(*fresh));
		return none;
	}
	return fresh;
}

static struct root *root_get(void)
{
	struct root *r = atomic_load_explicit(&global.root, memory_order_acquire);

	/* Only on kernels without MADV_WIPEONFORK: one getpid() a call. */
	if (r != NULL && unlikely(r->owner != 0) && r->owner != getpid()) {
		memset(r, 0, sizeof(*r));
		r->owner = getpid();
	}
	return r;
}

static struct module *current(const struct root *r)
{
	return r == NULL ? NULL : atomic_load_explicit(&r->module, memory_order_acquire);
}

/* ---- in and out ------------------------------------------------------------------------------------------------ */

static struct shard *my_shard(struct root *r)
{
	return &r->shard[((uintptr_t)pthread_self() >> 12) % SHARDS];
}

CK_RV module_enter(struct module **ret)
{
	struct root *r = root_get();

	if (current(r) == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	/* Counted first, looked at again then: C_Finalize sees either the count or nobody. */
	atomic_fetch_add(&my_shard(r)->calls, 1);
	struct module *m = atomic_load(&r->module);
	if (m == NULL) {
		atomic_fetch_sub(&my_shard(r)->calls, 1);
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	*ret = m;
	return CKR_OK;
}

void module_leave(void)
{
	struct root *r = atomic_load(&global.root);

	atomic_fetch_sub(&my_shard(r)->calls, 1);
}

bool module_stopping(void)
{
	return atomic_load(&atomic_load(&global.root)->stopping);
}

struct session_table *module_sessions(void)
{
	return atomic_load(&global.root)->sessions;
}

CK_RV module_peek_session(CK_SESSION_HANDLE handle, struct session **ret)
{
	struct root *r = root_get();

	if (current(r) == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	*ret = session_table_at(r->sessions, handle);
	return CKR_OK;
}

static CK_RV enter_uncounted(struct root *r, CK_SESSION_HANDLE handle, struct session **ret)
{
	struct session *s = session_table_at(r->sessions, handle);

	if (s == NULL || handle == 0 || atomic_load_explicit(&s->handle, memory_order_acquire) != handle)
		return CKR_SESSION_HANDLE_INVALID;
	if (!session_lock(s))
		return CKR_FUNCTION_FAILED;
	if (atomic_load_explicit(&s->handle, memory_order_relaxed) != handle) {
		lock_release(&s->lock);
		return current(r) == NULL ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_SESSION_HANDLE_INVALID;
	}
	*ret = s;
	return CKR_OK;
}

CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **ret)
{
	struct root *r = root_get();
	struct module *m = NULL;

	if (current(r) == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (likely(!atomic_load_explicit(&r->count_all, memory_order_relaxed)))
		return enter_uncounted(r, handle, ret);
	try(module_enter(&m));
	CK_RV rv = enter_uncounted(r, handle, ret);
	if (rv != CKR_OK)
		module_leave();
	return rv;
}

/* A call whose session was closed in it (C_CloseSession) has let go of the lock already: s is NULL then. */
void module_leave_session(struct session *s)
{
	/* Looked at while the session's lock still keeps C_Finalize waiting. */
	bool counted = atomic_load_explicit(&atomic_load(&global.root)->count_all, memory_order_relaxed);

	if (s != NULL) {
		if (unlikely(atomic_load_explicit(&s->private_ops, memory_order_relaxed) > 0))
			session_drop_private(s);
		lock_release(&s->lock);
	}
	if (unlikely(counted))
		module_leave();
}

/* ---- C_Initialize ------------------------------------------------------------------------------------------------ */

struct locking {
	bool use_callbacks;
	struct lock_callbacks callbacks;
};

/* Rules 1 to 8. */
static CK_RV check_args(const CK_C_INITIALIZE_ARGS *a, struct locking *ret)
{
	*ret = (struct locking){0};
	if (a == NULL)
		return CKR_OK;
	int given = (a->CreateMutex != NULL) + (a->DestroyMutex != NULL) + (a->LockMutex != NULL) + (a->UnlockMutex != NULL);
	if (a->pReserved != NULL)
		return fail(CKR_ARGUMENTS_BAD, "pReserved is not NULL");
	if (given != 0 && given != 4)
		return fail(CKR_ARGUMENTS_BAD, "%d of the four mutex callbacks are given", given);
	ret->use_callbacks = given == 4 && (a->flags & CKF_OS_LOCKING_OK) == 0;
	ret->callbacks = (struct lock_callbacks){a->CreateMutex, a->DestroyMutex, a->LockMutex, a->UnlockMutex};
	return CKR_OK;
}

static void open_store(struct module *m, bool create)
{
	struct store *s = NULL;

	/* A store that cannot be opened is logged by the store; the library starts, with no token to show. */
	m->store_trouble = store_open(m->config.store, create, &s);
	if (m->store_trouble == CKR_OK)
		m->store = s;
}

void module_look_for_store(struct module *m)
{
	if (m->store != NULL)
		return;
	lock_take(&m->store_lock);
	if (m->store == NULL)
		open_store(m, false);
	lock_release(&m->store_lock);
}

CK_RV module_need_store(struct module *m)
{
	CK_RV rv = CKR_OK;
	struct store *s = NULL;

	if (m->store != NULL)
		return CKR_OK;
	lock_take(&m->store_lock);
	if (m->store == NULL) {
		rv = store_open(m->config.store, true, &s);
		if (rv == CKR_OK)
			m->store = s;
	}
	lock_release(&m->store_lock);
	return rv;
}

static void module_free(struct module *m)
{
	if (m->pending.lock.rank != 0)
		pending_free(&m->pending);
	if (m->slots.lock.rank != 0)
		slot_table_free(m);
	if (m->objects.lock.rank != 0)
		handle_table_free(&m->objects);
	objects_cache_free(&m->cache);
	if (m->store != NULL)
		store_close(m->store);
	if (m->store_lock.rank != 0)
		lock_destroy(&m->store_lock);
	if (m->env.ossl != NULL)
		ossl_close(m->env.ossl);
	if (m->wake_fd >= 0)
		close(m->wake_fd);
	policies_free(m->policies);
	validation_free(m->validation);
	config_free(&m->config);
	wipe(m->boot_key, sizeof(m->boot_key));
	free(m);
}

static CK_RV module_fill(struct module *m)
{
	try(policies_new(&m->config, &m->policies));
	try(validation_new(&m->config, &m->validation));
	m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->wake_fd < 0)
		return fail(CKR_FUNCTION_FAILED, "no eventfd");
	try(ossl_open(&m->env.ossl));
	try(rand_boot(m->boot_key, sizeof(m->boot_key)));
	try(lock_init(&m->store_lock, LOCK_RANK_TOKEN));
	try(pending_init(&m->pending));
	try(handle_table_init(&m->objects, objects_destroy_item));
	try(objects_cache_init(&m->cache, &m->objects, (size_t)m->config.object_cache * 1024));
	bool ready = ready_token_wanted(m->config.store);
	open_store(m, ready);
	if (ready && m->store != NULL)
		try(ready_token_make(m));
	return slot_table_init(m);
}

/* Takes the configuration over, on an error too. */
static CK_RV module_new(struct config *config, struct module **ret)
{
	struct module *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		config_free(config);
		return CKR_HOST_MEMORY;
	}
	m->config = *config;
	m->wake_fd = -1;
	CK_RV rv = module_fill(m);
	if (rv != CKR_OK) {
		module_free(m);
		return rv;
	}
	*ret = m;
	return CKR_OK;
}

/* In a fork child, before anything else of ours is touched. */
static void give_up_inherited(void)
{
	if (global.living == NULL)
		return;
	mem_secret_abandon();
	if (global.living->store != NULL)
		store_abandon(global.living->store);
	if (global.living->wake_fd >= 0)
		close(global.living->wake_fd);
	global.living = NULL;
	global.sessions = NULL; /* the parent's table: its locks may be taken */
}

static CK_RV start_sessions(struct root *r, const struct locking *locking)
{
	lock_use_callbacks(locking->use_callbacks ? &locking->callbacks : NULL);
	if (global.sessions == NULL)
		try(session_table_new(&global.sessions));
	r->sessions = global.sessions;
	return session_table_start(r->sessions);
}

static CK_RV start(struct root *r, const CK_C_INITIALIZE_ARGS *args)
{
	struct locking locking;
	struct config config;
	struct module *m = NULL;

	if (atomic_load(&r->module) != NULL)
		return fail(CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize has been called, C_Finalize has not");
	give_up_inherited();
	log_configure(secure_getenv("CONCLAVE_LOG"));
	try(check_args(args, &locking));
	try(config_load(&config));
	log_configure(config.log);
	CK_RV rv = start_sessions(r, &locking);
	if (rv != CKR_OK) {
		config_free(&config);
		return rv;
	}
	rv = module_new(&config, &m);
	if (rv != CKR_OK) {
		session_table_stop(r->sessions);
		return rv;
	}
	m->no_threads = args != NULL && (args->flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS) != 0;
	global.living = m;
	atomic_store(&r->count_all, locking.use_callbacks);
	atomic_store(&r->stopping, false);
	atomic_store(&r->module, m);
	return CKR_OK;
}

CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *args)
{
	struct root *r = root_get();

	if (r == NULL && (r = root_make()) == NULL)
		return CKR_HOST_MEMORY;
	/* Answered without the lock: a callback of the application or libcrypto may have led back here. */
	if (current(r) != NULL || atomic_load(&r->starter) == (uintptr_t)pthread_self())
		return fail(CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize has been called, C_Finalize has not");
	pthread_mutex_lock(&r->start_stop);
	atomic_store(&r->starter, (uintptr_t)pthread_self());
	CK_RV rv = start(r, args);
	atomic_store(&r->starter, 0);
	pthread_mutex_unlock(&r->start_stop);
	return rv;
}

/* ---- C_Finalize --------------------------------------------------------------------------------------------------- */

static void wait_for_calls(struct root *r)
{
	const struct timespec a_moment = {0, 50 * 1000};

	for (;;) {
		int64_t calls = 0;
		for (size_t i = 0; i < SHARDS; i++)
			calls += atomic_load(&r->shard[i].calls);
		if (calls == 0)
			return;
		nanosleep(&a_moment, NULL);
	}
}

static void close_sessions(struct token *t)
{
	CK_RV rv = session_close_all(module_sessions(), t);
	(void)rv; /* no callback of ours is running: module_finalize has looked */
}

static CK_RV stop(struct root *r)
{
	struct module *m = atomic_load(&r->module);

	if (m == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (session_inside_callback())
		return fail(CKR_FUNCTION_FAILED, "called from inside a notify callback");
	atomic_store(&r->stopping, true);
	atomic_store(&r->module, NULL);
	slot_event_poke(m);
	wait_for_calls(r);
	slot_each_token(m, close_sessions);
	global.living = NULL;
	module_free(m);
	session_table_stop(r->sessions);
	atomic_store(&r->count_all, false);
	lock_use_callbacks(NULL);
	log_close();
	return CKR_OK;
}

CK_RV module_finalize(void)
{
	struct root *r = root_get();

	if (current(r) == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (atomic_load(&r->starter) == (uintptr_t)pthread_self())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	pthread_mutex_lock(&r->start_stop);
	atomic_store(&r->starter, (uintptr_t)pthread_self());
	CK_RV rv = stop(r);
	atomic_store(&r->starter, 0);
	pthread_mutex_unlock(&r->start_stop);
	return rv;
}
