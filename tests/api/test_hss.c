/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of HSS as applications get them: each signature takes a leaf, for good and before it is given, whoever signs where;
 * a key is in one place, and one that came out of a backup does not sign. Refuses to know trees (tests/mech/test_hbs.c). */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "moving.h"

#define LEAVES 32
#define THREADS 4
#define EACH 6
#define SIGNATURE (4 + 12 + 32 * (1 + 34 + 5)) /* one level, height 5, digits of 8 bits */

static CK_SESSION_HANDLE session;
static CK_MECHANISM hss = {CKM_HSS, NULL, 0};
static CK_BYTE text[] = "the quick brown fox";

static void log_in(void)
{
	session = open_rw();
	login_user(session);
}

struct pair {
	CK_OBJECT_HANDLE public_key, private_key;
};

static CK_RV generate(bool token, CK_ATTRIBUTE *more, CK_ULONG count, struct pair *ret)
{
	static CK_MECHANISM m = {CKM_HSS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG levels = 1, tree = 5, once = 4;
	CK_BBOOL stays = token;
	CK_UTF8CHAR label[] = "hss";
	CK_ATTRIBUTE public[] = {{CKA_TOKEN, &stays, 1}, {CKA_VERIFY, &yes, 1}, {CKA_LABEL, label, 3}, {CKA_PRIVATE, &no, 1}};
	CK_ATTRIBUTE private[12] = {
		{CKA_TOKEN, &stays, 1},
		{CKA_SIGN, &yes, 1},
		{CKA_LABEL, label, 3},
		{CKA_HSS_LEVELS, &levels, sizeof(levels)},
		{CKA_HSS_LMS_TYPES, &tree, sizeof(tree)},
		{CKA_HSS_LMOTS_TYPES, &once, sizeof(once)},
	};

	for (CK_ULONG i = 0; i < count; i++)
		private[6 + i] = more[i];
	return p11->C_GenerateKeyPair(session, &m, public, 4, private, 6 + count, &ret->public_key, &ret->private_key);
}

static struct pair make_pair(bool token)
{
	struct pair p;

	assert_ok(generate(token, NULL, 0, &p));
	return p;
}

static CK_OBJECT_HANDLE find_half(CK_OBJECT_CLASS class)
{
	CK_UTF8CHAR label[] = "hss";
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_LABEL, label, 3}};
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	assert_ok(p11->C_FindObjectsInit(session, template, 2));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_int_equal(count, 1);
	return found;
}

static CK_RV try_sign(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key, CK_BYTE signature[SIGNATURE])
{
	CK_ULONG len = SIGNATURE;

	assert_ok(p11->C_SignInit(in, &hss, key));
	CK_RV rv = p11->C_Sign(in, text, sizeof(text), signature, &len);
	if (rv == CKR_OK)
		assert_rv(len == SIGNATURE ? CKR_OK : CKR_GENERAL_ERROR, CKR_OK);
	return rv;
}

/* The leaf that the signature took. */
static unsigned leaf_of(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key)
{
	CK_BYTE signature[SIGNATURE];

	assert_ok(try_sign(in, key, signature));
	return signature[7];
}

static CK_ULONG remaining(CK_OBJECT_HANDLE key)
{
	return get_ulong(session, key, CKA_HSS_KEYS_REMAINING);
}

static CK_RV verify(CK_OBJECT_HANDLE key, CK_BYTE *signature)
{
	assert_ok(p11->C_VerifyInit(session, &hss, key));
	return p11->C_Verify(session, text, sizeof(text), signature, SIGNATURE);
}

/* ---- one leaf for each signature --------------------------------------------------------------- */

static void a_signature_takes_a_leaf(void **state)
{
	CK_BYTE signature[SIGNATURE];

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		struct pair p = make_pair(token == 1);

		assert_int_equal(remaining(p.private_key), LEAVES);
		assert_ok(try_sign(session, p.private_key, signature));
		assert_int_equal(signature[7], 0);
		assert_int_equal(remaining(p.private_key), LEAVES - 1);
		assert_ok(verify(p.public_key, signature));
		signature[100] ^= 1;
		assert_rv(verify(p.public_key, signature), CKR_SIGNATURE_INVALID);
		assert_int_equal(leaf_of(session, p.private_key), 1);
		assert_int_equal(remaining(p.private_key), LEAVES - 2);
		assert_int_equal(get_ulong(session, p.public_key, CKA_HSS_LEVELS), 1);
		assert_int_equal(get_ulong(session, p.public_key, CKA_HSS_LMS_TYPE), 5);
		assert_int_equal(get_ulong(session, p.public_key, CKA_HSS_LMOTS_TYPE), 4);
		assert_ok(p11->C_DestroyObject(session, p.private_key));
		assert_ok(p11->C_DestroyObject(session, p.public_key));
	}
}

static void what_gives_no_signature_takes_none(void **state)
{
	struct pair p;
	CK_BYTE signature[SIGNATURE];
	CK_ULONG len = 0;

	(void)state;
	log_in();
	p = make_pair(true);
	assert_ok(p11->C_SignInit(session, &hss, p.private_key));
	assert_ok(p11->C_Sign(session, text, sizeof(text), NULL, &len));
	assert_int_equal(len, SIGNATURE);
	len--;
	assert_rv(p11->C_Sign(session, text, sizeof(text), signature, &len), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(remaining(p.private_key), LEAVES);
	assert_rv(p11->C_Sign(session, NULL, 1, signature, &len), CKR_ARGUMENTS_BAD);
	assert_ok(p11->C_SignInit(session, &hss, p.private_key));
	assert_rv(p11->C_SignUpdate(session, text, 1), CKR_FUNCTION_NOT_SUPPORTED);
	assert_int_equal(remaining(p.private_key), LEAVES);
	assert_int_equal(leaf_of(session, p.private_key), 0);
}

static void messages_take_a_leaf_each(void **state)
{
	struct pair p;
	CK_BYTE signature[SIGNATURE];

	(void)state;
	log_in();
	p = make_pair(true);
	assert_ok(p11->C_MessageSignInit(session, &hss, p.private_key));
	for (unsigned i = 0; i < 3; i++) {
		CK_ULONG len = SIGNATURE;
		assert_ok(p11->C_SignMessage(session, NULL, 0, text, sizeof(text), signature, &len));
		assert_int_equal(signature[7], i);
	}
	assert_ok(p11->C_MessageSignFinal(session));
	assert_ok(verify(p.public_key, signature));
	assert_int_equal(remaining(p.private_key), LEAVES - 3);
}

static void the_state_is_in_the_store(void **state)
{
	CK_BYTE signature[SIGNATURE];

	(void)state;
	log_in();
	assert_int_equal(leaf_of(session, make_pair(true).private_key), 0);
	finalize();
	initialize();
	log_in();
	assert_int_equal(remaining(find_half(CKO_PRIVATE_KEY)), LEAVES - 1);
	assert_ok(try_sign(session, find_half(CKO_PRIVATE_KEY), signature));
	assert_int_equal(signature[7], 1);
	assert_ok(verify(find_half(CKO_PUBLIC_KEY), signature));
}

static void rule_291_an_exhausted_key_says_so(void **state)
{
	CK_BYTE signature[SIGNATURE];
	struct pair p;

	(void)state;
	log_in();
	p = make_pair(false);
	for (unsigned i = 0; i < LEAVES; i++)
		assert_int_equal(leaf_of(session, p.private_key), i);
	assert_int_equal(remaining(p.private_key), 0);
	assert_rv(try_sign(session, p.private_key, signature), CKR_KEY_EXHAUSTED);
	assert_rv(try_sign(session, p.private_key, signature), CKR_KEY_EXHAUSTED);
	assert_int_equal(remaining(p.private_key), 0);
}

/* ---- several at once ----------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE shared;

static void *sign_some(void *arg)
{
	unsigned *mine = arg;
	CK_SESSION_HANDLE own = open_ro();

	for (size_t i = 0; i < EACH; i++)
		mine[i] = leaf_of(own, shared);
	return NULL;
}

static void no_two_threads_get_the_same_leaf(void **state)
{
	static unsigned seen[THREADS][EACH];
	pthread_t threads[THREADS];

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		unsigned times[LEAVES] = {0};

		shared = make_pair(token == 1).private_key;
		for (size_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, sign_some, seen[i]), 0);
		for (size_t i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (size_t i = 0; i < THREADS * EACH; i++)
			times[seen[i / EACH][i % EACH]]++;
		for (size_t i = 0; i < LEAVES; i++)
			assert_int_equal(times[i], i < THREADS * EACH ? 1 : 0);
	}
}

static int sign_in_child(struct child *me, void *arg)
{
	unsigned *mine = arg;

	initialize();
	log_in();
	shared = find_half(CKO_PRIVATE_KEY);
	child_tell(me);
	for (size_t i = 0; i < EACH; i++)
		mine[i] = leaf_of(session, shared);
	finalize();
	return 0;
}

static void no_two_processes_get_the_same_leaf(void **state)
{
	unsigned *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned times[LEAVES] = {0};
	struct child child;

	(void)state;
	assert_true(seen != MAP_FAILED);
	log_in();
	shared = make_pair(true).private_key;
	child_start(&child, sign_in_child, seen);
	child_wait(&child);
	for (size_t i = 0; i < EACH; i++)
		seen[EACH + i] = leaf_of(session, shared);
	assert_int_equal(child_end(&child), 0);
	for (size_t i = 0; i < 2 * EACH; i++)
		times[seen[i]]++;
	for (size_t i = 0; i < 2 * EACH; i++)
		assert_int_equal(times[i], 1);
	munmap(seen, 4096);
}

struct log {
	atomic_uint count;
	unsigned leaves[LEAVES];
};

/* Until it is killed, or nothing is left. */
static int sign_all_in_child(struct child *me, void *arg)
{
	struct log *log = arg;
	CK_BYTE signature[SIGNATURE];

	initialize();
	log_in();
	shared = find_half(CKO_PRIVATE_KEY);
	child_tell(me);
	while (try_sign(session, shared, signature) == CKR_OK) {
		log->leaves[log->count] = signature[7];
		atomic_fetch_add(&log->count, 1);
	}
	return 0;
}

static void a_kill_repeats_no_leaf(void **state)
{
	struct log *log = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned times[LEAVES] = {0};
	CK_BYTE signature[SIGNATURE];
	struct child child;

	(void)state;
	assert_true(log != MAP_FAILED);
	log_in();
	shared = make_pair(true).private_key;
	for (unsigned round = 0; round < 4; round++) {
		unsigned before = log->count;
		child_start(&child, sign_all_in_child, log);
		child_wait(&child);
		for (unsigned mine = 0; log->count < before + round + 1 && remaining(shared) > 0; mine++) {
			if (mine >= round)
				sched_yield();
			else if (try_sign(session, shared, signature) == CKR_OK)
				times[signature[7]]++;
		}
		kill(child.pid, SIGKILL);
		child_end(&child);
	}
	for (unsigned i = 0; i < log->count; i++)
		times[log->leaves[i]]++;
	for (unsigned i = 0; i < LEAVES; i++)
		assert_in_range(times[i], 0, 1);
	if (remaining(shared) > 0)
		assert_int_equal(times[leaf_of(session, shared)], 0);
	munmap(log, 4096);
}

/* ---- one place for each key ------------------------------------------------------------------------ */

static void such_a_key_comes_from_nowhere_and_goes_nowhere(void **state)
{
	CK_KEY_TYPE type = CKK_HSS;
	CK_BYTE value[400] = {0}, wrapped[2048];
	CK_ULONG one = 1, len = sizeof(wrapped);
	CK_MECHANISM wrap = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	CK_ATTRIBUTE read = {CKA_VALUE, value, sizeof(value)}, less = {CKA_HSS_KEYS_REMAINING, &one, sizeof(one)};
	CK_ATTRIBUTE more[] = {{CKA_EXTRACTABLE, &yes, 1}, {CKA_SENSITIVE, &no, 1}, {CKA_COPYABLE, &yes, 1}};
	CK_ATTRIBUTE given[] = {
		{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_VALUE, value, sizeof(value)}};
	CK_OBJECT_HANDLE other;
	struct pair p;

	(void)state;
	log_in();
	assert_ok(generate(true, &more[1], 1, &p)); /* CKA_SENSITIVE false: what is not extractable is hidden all the same */
	assert_rv(p11->C_GetAttributeValue(session, p.private_key, &read, 1), CKR_ATTRIBUTE_SENSITIVE);
	assert_rv(p11->C_CopyObject(session, p.private_key, NULL, 0, &other), CKR_ACTION_PROHIBITED);
	assert_rv(p11->C_WrapKey(session, &wrap, make_aes(session, false, false), p.private_key, wrapped, &len), CKR_KEY_UNEXTRACTABLE);
	assert_rv(p11->C_SetAttributeValue(session, p.private_key, &less, 1), CKR_ATTRIBUTE_READ_ONLY);
	for (size_t i = 0; i < 2; i++)
		assert_rv_in(p11->C_SetAttributeValue(session, p.private_key, &more[2 * i], 1), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(generate(true, &more[0], 1, &p), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(generate(true, &more[2], 1, &p), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(p11->C_CreateObject(session, given, 3, &other), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(p11->C_CreateObject(session, given, 2, &other), CKR_TEMPLATE_INCOMPLETE);
}

static void a_key_out_of_a_backup_does_not_sign(void **state)
{
	CONCLAVE_VERIFY_REPORT report;
	CK_BYTE signature[SIGNATURE];
	struct pair p;

	(void)state;
	log_in();
	assert_int_equal(leaf_of(session, make_pair(true).private_key), 0);
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();
	log_in();
	assert_rv(try_sign(session, find_half(CKO_PRIVATE_KEY), signature), CKR_KEY_EXHAUSTED);
	assert_ok(vendor()->VerifyToken(session, &report));
	/* A new one does, until it comes out of a backup. */
	assert_ok(p11->C_DestroyObject(session, find_half(CKO_PRIVATE_KEY)));
	assert_ok(p11->C_DestroyObject(session, find_half(CKO_PUBLIC_KEY)));
	p = make_pair(true);
	assert_ok(try_sign(session, p.private_key, signature));
	assert_ok(verify(p.public_key, signature));
	assert_ok(write_backup("gile", &by_key_file));
	open_store(store_named("c"));
	assert_ok(restore_backup("gile", &by_key_file));
	slot = first_slot();
	log_in();
	assert_rv(try_sign(session, find_half(CKO_PRIVATE_KEY), signature), CKR_KEY_EXHAUSTED);
	assert_ok(verify(find_half(CKO_PUBLIC_KEY), signature));
	/* The one that was backed up goes on. */
	open_store(store_named("a"));
	slot = first_slot();
	log_in();
	assert_int_equal(leaf_of(session, find_half(CKO_PRIVATE_KEY)), 1);
}

static CK_UTF8CHAR *path_of(const char *uri)
{
	return (CK_UTF8CHAR *)(uintptr_t)uri;
}

/* Twice; the second time it is there already, as after a kill between the coming there and the removal here. */
static void a_moved_key_goes_on(void **state)
{
	CK_BYTE signature[SIGNATURE];

	(void)state;
	log_in();
	assert_int_equal(leaf_of(session, make_pair(true).private_key), 0);
	logout(session);
	close_session(session);
	assert_ok(vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), path_of(store_named("b")), NULL, NULL));
	open_store(store_named("b"));
	slot = first_slot();
	log_in();
	assert_int_equal(leaf_of(session, find_half(CKO_PRIVATE_KEY)), 1);
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("c"));
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();
	log_in();
	assert_rv(try_sign(session, find_half(CKO_PRIVATE_KEY), signature), CKR_KEY_EXHAUSTED);
	open_store(store_named("b"));
	slot = first_slot();
	assert_ok(vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), path_of(store_named("c")), NULL, NULL));
	open_store(store_named("c"));
	slot = first_slot();
	log_in();
	assert_int_equal(leaf_of(session, find_half(CKO_PRIVATE_KEY)), 2);
}

#define WITH_TOKEN(test) cmocka_unit_test_setup_teardown(test, setup_token_sqlite, teardown)
#define WITH_STORES(test) cmocka_unit_test_setup_teardown(test, setup_moving, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOKEN(a_signature_takes_a_leaf),
		WITH_TOKEN(what_gives_no_signature_takes_none),
		WITH_TOKEN(messages_take_a_leaf_each),
		WITH_TOKEN(the_state_is_in_the_store),
		WITH_TOKEN(rule_291_an_exhausted_key_says_so),
		WITH_TOKEN(no_two_threads_get_the_same_leaf),
		WITH_TOKEN(no_two_processes_get_the_same_leaf),
		WITH_TOKEN(a_kill_repeats_no_leaf),
		WITH_TOKEN(such_a_key_comes_from_nowhere_and_goes_nowhere),
		WITH_STORES(a_key_out_of_a_backup_does_not_sign),
		WITH_STORES(a_moved_key_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
