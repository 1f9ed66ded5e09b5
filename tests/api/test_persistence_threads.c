/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of one application that change token objects at the same time, and so share the wait for the disk: each gets
 * the answer to its own call, exactly one of two destroyers wins, and what was confirmed is there after a new start. */
#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 8
#define ROUNDS 12

static CK_OBJECT_HANDLE shared[ROUNDS];

struct worker {
	pthread_t thread;
	pthread_barrier_t *together;
	unsigned number;
	unsigned destroyed; /* of the shared objects, by this one */
	unsigned kept;      /* objects of its own that must be there at the end */
	CK_RV unexpected;
};

static CK_RV create(CK_SESSION_HANDLE session, const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

/* One object stays with a new label, one goes again, and one is wanted by all. */
static CK_RV one_round(struct worker *w, CK_SESSION_HANDLE session, unsigned round)
{
	char label[32];
	CK_ATTRIBUTE change = {CKA_LABEL, label, 0};
	CK_OBJECT_HANDLE stays = 0, goes = 0;
	CK_RV rv = create(session, "new", &stays);

	change.ulValueLen = (CK_ULONG)snprintf(label, sizeof(label), "%u of %u", round, w->number);
	if (rv == CKR_OK)
		rv = create(session, "goes", &goes);
	if (rv == CKR_OK)
		rv = p11->C_SetAttributeValue(session, stays, &change, 1);
	w->kept += rv == CKR_OK;
	if (rv == CKR_OK)
		rv = p11->C_DestroyObject(session, goes);
	pthread_barrier_wait(w->together);
	CK_RV won = p11->C_DestroyObject(session, shared[round]);
	w->destroyed += won == CKR_OK;
	return rv != CKR_OK || won == CKR_OBJECT_HANDLE_INVALID ? rv : won;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	CK_SESSION_HANDLE session = open_rw();

	for (unsigned round = 0; round < ROUNDS; round++) {
		CK_RV rv = one_round(w, session, round);

		if (rv != CKR_OK)
			w->unexpected = rv;
	}
	close_session(session);
	return NULL;
}

static void assert_outcome(const struct worker *workers)
{
	unsigned destroyed = 0;

	for (size_t i = 0; i < THREADS; i++) {
		assert_ok(workers[i].unexpected);
		assert_int_equal(workers[i].kept, ROUNDS);
		destroyed += workers[i].destroyed;
	}
	assert_int_equal(destroyed, ROUNDS);
}

static void rules_190_195_threads_that_change_the_token_at_once(void **state)
{
	struct worker workers[THREADS];
	pthread_barrier_t together;
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	for (size_t i = 0; i < ROUNDS; i++)
		shared[i] = make_data(session, true, true, "of all");
	pthread_barrier_init(&together, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.together = &together, .number = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	pthread_barrier_destroy(&together);
	assert_outcome(workers);
	finalize();
	initialize();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_objects(session), THREADS * ROUNDS);
	assert_int_equal(count_labelled(session, "of all"), 0);
	assert_int_equal(count_labelled(session, "new"), 0);
	assert_int_equal(count_labelled(session, "3 of 5"), 1);
}

/* ---- numbers that are guessed ---------------------------------------------------------------- */

#define GUESSES 1000

static _Atomic CK_OBJECT_HANDLE guess; /* the handle that the next object will have; 0: no more */

static void *destroy_what_comes_next(void *arg)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_RV *unexpected = arg;
	CK_OBJECT_HANDLE next;

	while ((next = atomic_load(&guess)) != 0) {
		CK_RV rv = p11->C_DestroyObject(session, next);
		if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
			*unexpected = rv;
	}
	close_session(session);
	return NULL;
}

/* The destroyer may win against the maker's own C_DestroyObject, but never against the making. */
static void an_object_is_whole_when_its_handle_is_guessed(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_RV unexpected = CKR_OK;
	CK_OBJECT_HANDLE first = make_data(session, true, false, "first"), now = 0;
	pthread_t thread;
	(void)state;

	assert_ok(p11->C_DestroyObject(session, first));
	CK_OBJECT_HANDLE second = make_data(session, true, false, "second");
	assert_ok(p11->C_DestroyObject(session, second));
	atomic_store(&guess, second + (second - first));
	assert_int_equal(pthread_create(&thread, NULL, destroy_what_comes_next, &unexpected), 0);
	for (int i = 0; i < GUESSES; i++) {
		assert_ok(create(session, "guessed", &now));
		CK_RV rv = p11->C_DestroyObject(session, now);
		assert_true(rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID);
		atomic_store(&guess, now + (second - first));
	}
	atomic_store(&guess, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_ok(unexpected);
	assert_int_equal(count_objects(session), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_190_195_threads_that_change_the_token_at_once, setup_token_sqlite, teardown),
		cmocka_unit_test_setup_teardown(an_object_is_whole_when_its_handle_is_guessed, setup_token, teardown),
	};
	return cmocka_run_group_tests_name("persistence_threads", tests, NULL, NULL);
}
