/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that changes a token, with every call that it makes to the store failing in turn, with each code that
 * a store may give. Stands between the module and its store. */
#include "core/module.h"
#include "store/store_ops.h" /* before cmocka, whose fail is another */

#include "fault_world.h"

static const struct store_ops *real;
static struct store_ops failing;
static struct store *store;

static CK_RV planned;
static unsigned left; /* calls until the failure, 0: none is planned */
static bool lasting, happened;

static CK_RV step(void)
{
	if (left == 0 || (--left > 0))
		return CKR_OK;
	if (lasting)
		left = 1;
	happened = true;
	return planned;
}

/* A backend's call that fails before it has done anything. */
#define AS_REAL(name, parameters, arguments) \
	static CK_RV failing_##name parameters \
	{ \
		try(step()); \
		return real->name arguments; \
	}

AS_REAL(begin, (struct store * s, enum store_mode mode), (s, mode))
AS_REAL(commit, (struct store * s), (s))
AS_REAL(tokens, (struct store * s, store_token_fn fn, void *arg), (s, fn, arg))
AS_REAL(token_add, (struct store * s, struct store_token *ret), (s, ret))
AS_REAL(next_slot, (struct store * s, CK_SLOT_ID *ret), (s, ret))
AS_REAL(meta_get, (struct store * s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version),
	(s, token, name, ret, ret_version))
AS_REAL(meta_put, (struct store * s, uint64_t token, const char *name, struct bytes value, uint64_t expected),
	(s, token, name, value, expected))
AS_REAL(meta_remove, (struct store * s, uint64_t token, const char *name), (s, token, name))
AS_REAL(insert, (struct store * s, uint64_t token, const struct store_record *r), (s, token, r))
AS_REAL(replace, (struct store * s, uint64_t token, const struct store_record *r), (s, token, r))
AS_REAL(remove, (struct store * s, uint64_t token, const struct store_id *id), (s, token, id))
AS_REAL(remove_all, (struct store * s, uint64_t token), (s, token))
AS_REAL(get, (struct store * s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg), (s, token, id, fn, arg))
AS_REAL(version, (struct store * s, uint64_t token, const struct store_id *id, uint64_t *ret), (s, token, id, ret))
AS_REAL(scan, (struct store * s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg),
	(s, token, tags, tag_count, fn, arg))
AS_REAL(count, (struct store * s, uint64_t token, uint64_t *ret), (s, token, ret))
AS_REAL(lock_take, (struct store * s, const char *name, bool exclusive, bool wait, struct store_lock **ret),
	(s, name, exclusive, wait, ret))
AS_REAL(local_key, (struct store * s, unsigned char ret[32]), (s, ret))

static void come_between(void)
{
	struct module *m;
	store = NULL;
	if (module_enter(&m) != CKR_OK)
		return;
	store = atomic_load(&m->store);
	module_leave();
	real = store->ops;
	failing = *real;
	failing.begin = failing_begin;
	failing.commit = failing_commit;
	failing.tokens = failing_tokens;
	failing.token_add = failing_token_add;
	failing.next_slot = failing_next_slot;
	failing.meta_get = failing_meta_get;
	failing.meta_put = failing_meta_put;
	failing.meta_remove = failing_meta_remove;
	failing.insert = failing_insert;
	failing.replace = failing_replace;
	failing.remove = failing_remove;
	failing.remove_all = failing_remove_all;
	failing.get = failing_get;
	failing.version = failing_version;
	failing.scan = failing_scan;
	failing.count = failing_count;
	failing.lock_take = failing_lock_take;
	failing.local_key = failing_local_key;
	store->ops = &failing;
}

static void arm(const struct fault *f, unsigned n)
{
	come_between();
	planned = f->rv;
	lasting = f->lasting;
	happened = false;
	left = n;
}

static bool disarm(void)
{
	struct module *m;
	left = 0;
	/* After C_Finalize the store is gone. */
	if (store != NULL && module_enter(&m) == CKR_OK) {
		store->ops = real;
		module_leave();
	}
	return happened;
}

static void every_call_to_the_store_may_fail(void **state unused)
{
	static const struct fault faults[] = {
		{"no room", arm, disarm, {CKR_DEVICE_MEMORY}, .rv = CKR_DEVICE_MEMORY},
		{"an I/O error", arm, disarm, {CKR_DEVICE_ERROR}, .rv = CKR_DEVICE_ERROR},
		{"an I/O error that stays", arm, disarm, {CKR_DEVICE_ERROR}, .rv = CKR_DEVICE_ERROR, .lasting = true},
		{"write-protected", arm, disarm, {CKR_TOKEN_WRITE_PROTECTED}, .rv = CKR_TOKEN_WRITE_PROTECTED},
		{"no memory", arm, disarm, {CKR_HOST_MEMORY}, .rv = CKR_HOST_MEMORY},
	};
	fault_walk(faults, array_len(faults), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_call_to_the_store_may_fail, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests_name("store_faults", tests, NULL, NULL);
}
