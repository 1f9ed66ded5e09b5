/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one token, each with sessions and objects of its own: every answer is known beforehand. Then
 * contests that exactly one may win, and one object in many hands. Invariants S1, S3, S6 and S7. Random and seeded; runs a few seconds,
 * CONCLAVE_STRESS_SECONDS for more, CONCLAVE_SEED to repeat a run. */
#include "stress.h"

#include <pthread.h>

#define THREADS 6

/* ---- independent threads --------------------------------------------------------------------- */

struct worker {
	unsigned number;
	uint64_t random;
	double until;
	unsigned long rounds;
};

static void check_visible(CK_SESSION_HANDLE session, const char *label, CK_ULONG expected)
{
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	EXPECT(stress_find(session, label, &found, &count), CKR_OK);
	REQUIRE(count == expected);
	if (count)
		EXPECT(stress_read(session, found, label), CKR_OK);
}

/* One life of two sessions and their objects; every answer is known beforehand. */
static void live_once(struct worker *w)
{
	CK_SESSION_HANDLE a = 0, b = 0;
	CK_OBJECT_HANDLE in_session = 0, on_token = 0, key = 0, copy = 0;
	CK_BYTE mac[2][32];
	bool private = stress_pick(&w->random, 2);
	char label[64], token_label[64];
	CK_SESSION_INFO info;
	CK_ATTRIBUTE of_key[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                         {CKA_SIGN, &yes, sizeof(yes)}, {CKA_VALUE, aes_value, sizeof(aes_value)}};

	snprintf(label, sizeof(label), "session-%u-%lu", w->number, w->rounds);
	snprintf(token_label, sizeof(token_label), "token-%u-%lu", w->number, w->rounds);
	EXPECT(stress_open(CKF_RW_SESSION, &a), CKR_OK);
	EXPECT(stress_open(stress_pick(&w->random, 2) ? CKF_RW_SESSION : 0, &b), CKR_OK);
	REQUIRE(a != b && a != 0 && b != 0);
	EXPECT(p11->C_GetSessionInfo(a, &info), CKR_OK);
	REQUIRE(info.state == CKS_RW_USER_FUNCTIONS);

	EXPECT(stress_create(a, false, private, label, &in_session), CKR_OK);
	EXPECT(stress_create(a, true, private, token_label, &on_token), CKR_OK);
	EXPECT(p11->C_CreateObject(b, of_key, COUNT(of_key), &key), CKR_OK);
	check_visible(b, label, 1);
	check_visible(b, token_label, 1);
	EXPECT(p11->C_CopyObject(b, in_session, NULL, 0, &copy), CKR_OK);
	EXPECT(stress_mac(a, key, mac[0]), CKR_OK);
	EXPECT(stress_mac(b, key, mac[1]), CKR_OK);
	REQUIRE(memcmp(mac[0], mac[1], sizeof(mac[0])) == 0);

	EXPECT(p11->C_DestroyObject(a, on_token), CKR_OK);
	EXPECT(p11->C_DestroyObject(b, on_token), CKR_OBJECT_HANDLE_INVALID);
	check_visible(b, token_label, 0);
	EXPECT(p11->C_CloseSession(a), CKR_OK);
	EXPECT(p11->C_GetSessionInfo(a, &info), CKR_SESSION_HANDLE_INVALID);
	EXPECT(p11->C_CloseSession(a), CKR_SESSION_HANDLE_INVALID);
	EXPECT(stress_read(b, in_session, label), CKR_OBJECT_HANDLE_INVALID);
	EXPECT(stress_read(b, copy, label), CKR_OK);
	check_visible(b, label, 1);
	EXPECT(p11->C_CloseSession(b), CKR_OK);
}

static void *live_apart(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&stress_stop) && stress_now() < w->until) {
		live_once(w);
		w->rounds++;
	}
	return NULL;
}

static void rules_40_189_threads_with_their_own_sessions_see_what_they_did(void **state)
{
	struct worker workers[8];
	CK_SESSION_HANDLE anchor = open_rw();
	CK_TOKEN_INFO info;
	unsigned long rounds = 0;
	(void)state;

	login_user(anchor);
	for (unsigned i = 0; i < COUNT(workers); i++)
		workers[i] = (struct worker){.number = i, .random = stress_seed + i, .until = stress_now() + stress_seconds() * 0.25};
	stress_run(COUNT(workers), live_apart, workers, sizeof(workers[0]));
	stress_assert_none();
	for (size_t i = 0; i < COUNT(workers); i++)
		rounds += workers[i].rounds;
	assert_true(rounds >= COUNT(workers));
	assert_int_equal(count_objects(anchor), 0);
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_int_equal(info.ulSessionCount, 1);
}

/* ---- contests -------------------------------------------------------------------------------- */

enum { CONTESTED = 200 };

struct contest {
	pthread_barrier_t *start;
	const CK_OBJECT_HANDLE *objects;
	_Atomic int *winners;
};

static void compete_for_objects(const struct contest *c)
{
	CK_SESSION_HANDLE session = 0;

	EXPECT(stress_open(CKF_RW_SESSION, &session), CKR_OK);
	pthread_barrier_wait(c->start);
	for (size_t i = 0; i < CONTESTED; i++) {
		CK_RV rv = p11->C_DestroyObject(session, c->objects[i]);

		if (rv == CKR_OK)
			atomic_fetch_add(&c->winners[i], 1);
		else
			EXPECT(rv, CKR_OBJECT_HANDLE_INVALID);
	}
	EXPECT(p11->C_CloseSession(session), CKR_OK);
}

static void *destroy_contested(void *arg)
{
	compete_for_objects(arg);
	return NULL;
}

static void rule_194_exactly_one_thread_destroys_an_object(void **state)
{
	static _Atomic int winners[CONTESTED];
	CK_OBJECT_HANDLE objects[CONTESTED];
	pthread_barrier_t start;
	struct contest contests[THREADS];
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	for (size_t i = 0; i < CONTESTED; i++) {
		objects[i] = make_data(session, i % 2, i % 4 / 2, "contested");
		atomic_store(&winners[i], 0);
	}
	pthread_barrier_init(&start, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		contests[i] = (struct contest){&start, objects, winners};
	stress_run(THREADS, destroy_contested, contests, sizeof(contests[0]));
	pthread_barrier_destroy(&start);
	stress_assert_none();
	for (size_t i = 0; i < CONTESTED; i++)
		assert_int_equal(atomic_load(&winners[i]), 1);
	assert_int_equal(count_objects(session), 0);
}

enum { LOGIN_THREADS = 16 };

struct login_contest {
	pthread_barrier_t *start;
	CK_USER_TYPE user;
	CK_RV rv;
};

static void *log_in_at_once(void *arg)
{
	struct login_contest *c = arg;
	const char *pin = c->user == CKU_SO ? SO_PIN : USER_PIN;
	CK_SESSION_HANDLE session = 0;

	c->rv = stress_open(CKF_RW_SESSION, &session);
	pthread_barrier_wait(c->start);
	if (c->rv == CKR_OK)
		c->rv = p11->C_Login(session, c->user, stress_utf8(pin), strlen(pin));
	return NULL;
}

static void rules_155_159_one_of_many_right_logins_wins_and_none_counts_as_wrong(void **state)
{
	pthread_barrier_t start;
	(void)state;

	pthread_barrier_init(&start, NULL, LOGIN_THREADS);
	for (int round = 0; round < 4; round++) {
		struct login_contest contests[LOGIN_THREADS];
		CK_SESSION_HANDLE anchor = open_rw();
		size_t winner = LOGIN_THREADS;

		for (size_t i = 0; i < LOGIN_THREADS; i++)
			contests[i] = (struct login_contest){&start, round % 2 && i % 2 ? CKU_SO : CKU_USER, CKR_GENERAL_ERROR};
		stress_run(LOGIN_THREADS, log_in_at_once, contests, sizeof(contests[0]));
		for (size_t i = 0; i < LOGIN_THREADS; i++) {
			if (contests[i].rv != CKR_OK)
				continue;
			assert_int_equal(winner, LOGIN_THREADS);
			winner = i;
		}
		assert_int_not_equal(winner, LOGIN_THREADS);
		for (size_t i = 0; i < LOGIN_THREADS; i++)
			if (i != winner)
				assert_rv(contests[i].rv, contests[i].user == contests[winner].user ? CKR_USER_ALREADY_LOGGED_IN
				                                                                    : CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
		assert_int_equal(session_state(anchor), contests[winner].user == CKU_SO ? CKS_RW_SO_FUNCTIONS : CKS_RW_USER_FUNCTIONS);
		assert_false(token_flags() & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED | CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_LOCKED));
		assert_ok(p11->C_CloseAllSessions(slot));
	}
	pthread_barrier_destroy(&start);
}

/* ---- one object, many hands ------------------------------------------------------------------ */

struct hand {
	unsigned number;
	double until;
	CK_OBJECT_HANDLE objects[2]; /* in a session, on the token */
	unsigned long done;
};

/* Sets two attributes to one value, in one call. */
static void change_often(struct hand *h)
{
	CK_SESSION_HANDLE session = 0;

	EXPECT(stress_open(CKF_RW_SESSION, &session), CKR_OK);
	while (!atomic_load(&stress_stop) && stress_now() < h->until) {
		char value[17];
		CK_ATTRIBUTE both[] = {{CKA_ID, value, 16}, {CKA_LABEL, value, 16}};

		snprintf(value, sizeof(value), "%016lx", h->done * 8 + h->number);
		EXPECT(p11->C_SetAttributeValue(session, h->objects[h->done % 2], both, 2), CKR_OK);
		h->done++;
	}
	EXPECT(p11->C_CloseSession(session), CKR_OK);
}

/* Reads both in one call: they must be of one change. Searches by what was read may miss, not fail. */
static void read_often(struct hand *h)
{
	CK_SESSION_HANDLE session = 0;

	EXPECT(stress_open(0, &session), CKR_OK);
	while (!atomic_load(&stress_stop) && stress_now() < h->until) {
		char id[16] = "", label[16] = "";
		CK_ATTRIBUTE both[] = {{CKA_ID, id, sizeof(id)}, {CKA_LABEL, label, sizeof(label)}};
		CK_OBJECT_HANDLE found;
		CK_ULONG count = 0;

		EXPECT(p11->C_GetAttributeValue(session, h->objects[h->done % 2], both, 2), CKR_OK);
		REQUIRE(memcmp(id, label, sizeof(id)) == 0);
		EXPECT(p11->C_FindObjectsInit(session, both, 2), CKR_OK);
		EXPECT(p11->C_FindObjects(session, &found, 1, &count), CKR_OK);
		EXPECT(p11->C_FindObjectsFinal(session), CKR_OK);
		REQUIRE(count == 0 || found == h->objects[0] || found == h->objects[1]);
		h->done++;
	}
	EXPECT(p11->C_CloseSession(session), CKR_OK);
}

static void *lend_a_hand(void *arg)
{
	struct hand *h = arg;

	if (h->number % 2)
		change_often(h);
	else
		read_often(h);
	return NULL;
}

static void rule_198_changes_by_many_threads_are_seen_whole(void **state)
{
	struct hand hands[THREADS];
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE objects[2];
	char zero[] = "0000000000000000";
	CK_ATTRIBUTE both[] = {{CKA_ID, zero, 16}, {CKA_LABEL, zero, 16}};
	(void)state;

	login_user(session);
	for (int token = 0; token < 2; token++) {
		objects[token] = make_aes(session, token, true);
		assert_ok(p11->C_SetAttributeValue(session, objects[token], both, 2));
	}
	for (unsigned i = 0; i < THREADS; i++)
		hands[i] = (struct hand){.number = i, .until = stress_now() + stress_seconds() * 0.1, .objects = {objects[0], objects[1]}};
	stress_run(THREADS, lend_a_hand, hands, sizeof(hands[0]));
	stress_assert_none();
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(hands[i].done > 0);
}

#define STRESS(name) cmocka_unit_test_setup_teardown(name, stress_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STRESS(rules_40_189_threads_with_their_own_sessions_see_what_they_did),
		STRESS(rule_194_exactly_one_thread_destroys_an_object),
		STRESS(rule_198_changes_by_many_threads_are_seen_whole),
		STRESS(rules_155_159_one_of_many_right_logins_wins_and_none_counts_as_wrong),
	};
	return cmocka_run_group_tests_name("sessions_threads", tests, NULL, NULL);
}
