/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads in each other's way on one token: sessions, login, logout, close-all, objects and signatures.
 * After each round the whole history must be explained by some order of its calls (session_model.h). Invariants
 * S1 to S4, S6 and S7. Random and seeded; runs a few seconds, CONCLAVE_STRESS_SECONDS for more, CONCLAVE_SEED to
 * repeat a run. */
#include "stress.h"

#include <inttypes.h>
#include <pthread.h>

#include "session_model.h"

#define THREADS 6
#define OPS 9                                  /* of one thread in a round */
#define PER_THREAD (MODEL_SLOTS / MODEL_LANES) /* session slots and object slots of one thread */

_Static_assert(THREADS < MODEL_LANES, "the last lane is the observer's");

/* ---- histories ------------------------------------------------------------------------------- */

#define MAC_LABEL "public-mac-key"
#define PRIVATE_MAC_LABEL "private-mac-key"

static atomic_uint_fast64_t call_clock;
static CK_BYTE expected_mac[32];

static struct session_place {
	CK_SESSION_HANDLE handle; /* the owner's; 0: none */
	CK_SESSION_HANDLE stale;  /* one that was closed; never valid again */
	bool rw;
} places[MODEL_SLOTS];

static struct object_place {
	_Atomic CK_OBJECT_HANDLE handle; /* set by the owner when the rest is */
	char label[32];
	bool used; /* in this round */
} object_places[MODEL_SLOTS];

static struct model_history history;
static unsigned long incarnations;

struct lane {
	unsigned number;
	uint64_t random;
};

static struct model_event *begin_event(unsigned lane, enum model_call call, unsigned session, unsigned object, CK_ULONG arg)
{
	struct model_event *e = &history.events[lane][history.count[lane]++];

	*e = (struct model_event){.call = call, .session = session, .object = object, .arg = arg};
	e->begin = atomic_fetch_add(&call_clock, 1);
	return e;
}

static CK_RV end_event(struct model_event *e, CK_RV rv)
{
	e->rv = rv;
	e->end = atomic_fetch_add(&call_clock, 1);
	return rv;
}

static void do_open(struct lane *l, unsigned place)
{
	CK_FLAGS rw = stress_pick(&l->random, 4) ? CKF_RW_SESSION : 0;
	CK_SESSION_HANDLE handle = 0;
	struct model_event *e = begin_event(l->number, MODEL_OPEN, place, 0, rw);

	if (end_event(e, stress_open(rw, &handle)) != CKR_OK)
		return;
	if (handle == 0 || handle == places[place].stale)
		stress_fail("a new session has the handle %lu, the closed one had %lu", handle, places[place].stale);
	places[place].handle = handle;
	places[place].rw = rw != 0;
}

static void forget_session(unsigned place)
{
	places[place].stale = places[place].handle;
	places[place].handle = 0;
}

static void do_close(struct lane *l, unsigned place)
{
	struct model_event *e = begin_event(l->number, MODEL_CLOSE, place, 0, 0);

	end_event(e, p11->C_CloseSession(places[place].handle));
	forget_session(place);
}

static void do_close_all(struct lane *l, unsigned place)
{
	struct model_event *e = begin_event(l->number, MODEL_CLOSE_ALL, place, 0, 0);

	end_event(e, p11->C_CloseAllSessions(slot));
}

static void do_login(struct lane *l, unsigned place)
{
	CK_USER_TYPE user = stress_pick(&l->random, 3) ? CKU_USER : CKU_SO;
	const char *pin = user == CKU_SO ? SO_PIN : USER_PIN;
	struct model_event *e = begin_event(l->number, MODEL_LOGIN, place, 0, user);

	end_event(e, p11->C_Login(places[place].handle, user, stress_utf8(pin), strlen(pin)));
}

static void do_logout(struct lane *l, unsigned place)
{
	struct model_event *e = begin_event(l->number, MODEL_LOGOUT, place, 0, 0);

	end_event(e, p11->C_Logout(places[place].handle));
}

static void do_info(struct lane *l, unsigned place)
{
	CK_SESSION_INFO info = {0};
	struct model_event *e = begin_event(l->number, MODEL_INFO, place, 0, 0);
	CK_RV rv = p11->C_GetSessionInfo(places[place].handle, &info);

	e->state = info.state;
	end_event(e, rv);
	if (places[place].stale && p11->C_GetSessionInfo(places[place].stale, &info) != CKR_SESSION_HANDLE_INVALID)
		stress_fail("the closed session %lu answers", places[place].stale);
}

static void do_create(struct lane *l, unsigned place)
{
	unsigned at = l->number * PER_THREAD + stress_pick(&l->random, PER_THREAD);
	struct object_place *o = &object_places[at];
	struct model_object *m = &history.objects[at];
	CK_OBJECT_HANDLE handle = 0;
	struct model_event *e;

	if (o->used || atomic_load(&o->handle))
		return;
	o->used = true;
	m->private = stress_pick(&l->random, 2);
	m->token = m->private && stress_pick(&l->random, 4) == 0;
	m->maker = place;
	e = begin_event(l->number, MODEL_CREATE, place, at, 0);
	if (end_event(e, stress_create(places[place].handle, m->token, m->private, o->label, &handle)) == CKR_OK)
		atomic_store(&o->handle, handle);
}

static void do_object(struct lane *l, unsigned place, enum model_call call)
{
	unsigned at = stress_pick(&l->random, MODEL_SLOTS);
	CK_OBJECT_HANDLE handle = atomic_load(&object_places[at].handle);
	struct model_event *e;

	if (!handle)
		return;
	e = begin_event(l->number, call, place, at, 0);
	if (call == MODEL_DESTROY)
		end_event(e, p11->C_DestroyObject(places[place].handle, handle));
	else if (end_event(e, stress_read(places[place].handle, handle, object_places[at].label)) == CKR_GENERAL_ERROR)
		stress_fail("the handle of %s stands for another object", object_places[at].label);
}

static void do_sign(struct lane *l, unsigned place, bool private)
{
	struct model_event *e = begin_event(l->number, private ? MODEL_PRIVATE_SIGN : MODEL_SIGN, place, 0, 0);
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG count = 0;
	CK_BYTE mac[32] = {0};
	CK_RV rv = stress_find(places[place].handle, private ? PRIVATE_MAC_LABEL : MAC_LABEL, &key, &count);

	if (rv == CKR_OK)
		rv = count ? stress_mac(places[place].handle, key, mac) : CKR_OBJECT_HANDLE_INVALID;
	if (end_event(e, rv) == CKR_OK && memcmp(mac, expected_mac, sizeof(mac)) != 0)
		stress_fail("a signature came out wrong");
}

static void do_something(struct lane *l)
{
	unsigned place = l->number * PER_THREAD + stress_pick(&l->random, PER_THREAD), what = stress_pick(&l->random, 100);

	if (!places[place].handle)
		do_open(l, place);
	else if (what < 14)
		do_close(l, place);
	else if (what < 16)
		do_close_all(l, place);
	else if (what < 30)
		do_login(l, place);
	else if (what < 38)
		do_logout(l, place);
	else if (what < 52)
		do_info(l, place);
	else if (what < 68)
		do_create(l, place);
	else if (what < 76)
		do_object(l, place, MODEL_DESTROY);
	else if (what < 88)
		do_object(l, place, MODEL_READ);
	else
		do_sign(l, place, what < 95);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static pthread_barrier_t round_begin, round_end;

static void *run_lane(void *arg)
{
	struct lane *l = arg;

	for (;;) {
		pthread_barrier_wait(&round_begin);
		if (atomic_load(&stress_stop))
			return NULL;
		for (int i = 0; i < OPS; i++)
			do_something(l);
		pthread_barrier_wait(&round_end);
	}
}

/* What the last lane sees when all others rest, added to the history: it pins the state at the end. */
static void observe(struct model_state *ret)
{
	const unsigned lane = MODEL_LANES - 1;
	CK_SESSION_HANDLE reader = 0;
	unsigned reader_place = 0;
	CK_SESSION_INFO info;

	*ret = (struct model_state){0};
	for (unsigned i = 0; i < MODEL_SLOTS; i++) {
		struct model_event *e;

		if (!places[i].handle)
			continue;
		memset(&info, 0, sizeof(info));
		e = begin_event(lane, MODEL_INFO, i, 0, 0);
		e->rv = p11->C_GetSessionInfo(places[i].handle, &info);
		e->state = info.state;
		if (end_event(e, e->rv) != CKR_OK) {
			forget_session(i);
			continue;
		}
		ret->live |= 1u << i;
		ret->rw |= places[i].rw ? 1u << i : 0;
		ret->login = info.state == CKS_RW_SO_FUNCTIONS ? 2 :
		             info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS;
		reader = places[i].handle;
		reader_place = i;
	}
	for (unsigned i = 0; i < MODEL_SLOTS; i++) {
		CK_OBJECT_HANDLE handle = atomic_load(&object_places[i].handle);
		struct model_event *e;

		object_places[i].used = false;
		if (!handle)
			continue;
		if (reader) {
			e = begin_event(lane, MODEL_READ, reader_place, i, 0);
			if (end_event(e, stress_read(reader, handle, object_places[i].label)) == CKR_OK) {
				ret->objects |= 1u << i;
				continue;
			}
		}
		atomic_store(&object_places[i].handle, 0);
	}
}

static void print_history(void)
{
	print_error("start: sessions %x (rw %x), objects %x, login %u\n", history.start.live, history.start.rw,
	            history.start.objects, history.start.login);
	for (unsigned lane = 0; lane < MODEL_LANES; lane++)
		for (size_t i = 0; i < history.count[lane]; i++) {
			const struct model_event *e = &history.events[lane][i];
			const struct model_object *o = &history.objects[e->object];

			print_error("%u: %6" PRIu64 "-%-6" PRIu64 " %-12s session %2u object %2u (%s%s by %u) arg %lu state %lu: %s\n", lane,
			            e->begin, e->end, model_call_name(e->call), e->session, e->object, o->private ? "private" : "public",
			            o->token ? " token" : "", o->maker, e->arg, e->state, rv_text(e->rv));
		}
}

/* Names that were never used before, for what will be made in the next round. */
static void begin_round(const struct model_state *start)
{
	memset(history.count, 0, sizeof(history.count));
	history.start = *start;
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		if (!atomic_load(&object_places[i].handle))
			snprintf(object_places[i].label, sizeof(object_places[i].label), "object-%lu", incarnations++);
}

/* Private token objects outlive their handles: between rounds all is cleared away. */
static void sweep(void)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE found[64];
	CK_ATTRIBUTE of_data = {CKA_CLASS, &data_class, sizeof(data_class)};
	CK_ULONG count;

	assert_ok(p11->C_CloseAllSessions(slot));
	session = open_rw();
	login_user(session);
	do {
		assert_ok(p11->C_FindObjectsInit(session, &of_data, 1));
		assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
		assert_ok(p11->C_FindObjectsFinal(session));
		for (CK_ULONG i = 0; i < count; i++)
			assert_ok(p11->C_DestroyObject(session, found[i]));
	} while (count > 0);
	assert_ok(p11->C_CloseAllSessions(slot));
	for (unsigned i = 0; i < MODEL_SLOTS; i++) {
		if (places[i].handle)
			forget_session(i);
		atomic_store(&object_places[i].handle, 0);
		object_places[i].used = false;
	}
}

static void make_mac_keys(void)
{
	CK_SESSION_HANDLE session = open_rw();

	login_user(session);
	for (int private = 0; private < 2; private++) {
		const char *label = private ? PRIVATE_MAC_LABEL : MAC_LABEL;

		make_object(session, ATTRIBUTES(
			{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
			{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
			{CKA_TOKEN, &yes, sizeof(yes)},
			{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
			{CKA_SIGN, &yes, sizeof(yes)},
			{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
			{CKA_VALUE, aes_value, sizeof(aes_value)}));
	}
	assert_ok(stress_mac(session, find_labelled(session, MAC_LABEL), expected_mac));
	close_session(session);
}

/* Rounds until the time is up; how many. */
static unsigned long run_rounds(double until)
{
	struct model_state state = {0}, end;
	unsigned long rounds = 0;

	while (!atomic_load(&stress_stop) && stress_now() < until) {
		enum model_verdict verdict;

		begin_round(&state);
		pthread_barrier_wait(&round_begin);
		pthread_barrier_wait(&round_end);
		observe(&state);
		verdict = model_explain(&history, &end);
		if (verdict != MODEL_EXPLAINED) {
			print_history();
			stress_fail("round %lu: %s", rounds, verdict == MODEL_IMPOSSIBLE ? "no order explains these answers"
			                                                                  : "the history is too large to judge");
		} else if (end.live != state.live || end.objects != state.objects) {
			print_history();
			stress_fail("round %lu: the model ends with sessions %x and objects %x, the token with %x and %x", rounds,
			             end.live, end.objects, state.live, state.objects);
		}
		if (++rounds % 64 == 0) {
			sweep();
			state = (struct model_state){0};
		}
	}
	return rounds;
}

static void rules_38_147_149_every_history_has_an_order_that_explains_it(void **state)
{
	struct lane lanes[THREADS];
	pthread_t threads[THREADS];
	unsigned long rounds;
	(void)state;

	memset(places, 0, sizeof(places));
	for (unsigned i = 0; i < MODEL_SLOTS; i++) {
		atomic_store(&object_places[i].handle, 0);
		object_places[i].used = false;
	}
	make_mac_keys();
	pthread_barrier_init(&round_begin, NULL, THREADS + 1);
	pthread_barrier_init(&round_end, NULL, THREADS + 1);
	for (unsigned i = 0; i < THREADS; i++) {
		lanes[i] = (struct lane){.number = i, .random = stress_seed * 31 + i};
		assert_int_equal(pthread_create(&threads[i], NULL, run_lane, &lanes[i]), 0);
	}
	rounds = run_rounds(stress_now() + stress_seconds() * 0.6);
	atomic_store(&stress_stop, true);
	pthread_barrier_wait(&round_begin);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&round_begin);
	pthread_barrier_destroy(&round_end);
	print_message("%lu rounds\n", rounds);
	stress_assert_none();
	assert_true(rounds > 3);
}

/* ---- the model itself ------------------------------------------------------------------------ */

static void put_event(unsigned lane, uint64_t begin, uint64_t end, enum model_call call, unsigned session, CK_ULONG arg, CK_RV rv)
{
	history.events[lane][history.count[lane]++] =
		(struct model_event){.begin = begin, .end = end, .call = call, .session = session, .arg = arg, .rv = rv};
}

/* A history that cannot be must be seen as such, or all the rounds prove nothing. */
static void the_model_refuses_what_cannot_be(void **state)
{
	struct model_state end;
	(void)state;

	memset(&history, 0, sizeof(history));
	put_event(0, 0, 1, MODEL_OPEN, 0, CKF_RW_SESSION, CKR_OK);
	put_event(0, 2, 5, MODEL_LOGIN, 0, CKU_USER, CKR_OK);
	put_event(1, 3, 4, MODEL_OPEN, 1, CKF_RW_SESSION, CKR_OK);
	assert_int_equal(model_explain(&history, &end), MODEL_EXPLAINED);
	assert_int_equal(end.live, 3);
	assert_int_equal(end.login, 1);
	/* A second login that overlaps the first may be the loser, but not a winner too. */
	put_event(2, 4, 6, MODEL_LOGIN, 0, CKU_USER, CKR_USER_ALREADY_LOGGED_IN);
	assert_int_equal(model_explain(&history, &end), MODEL_EXPLAINED);
	history.events[2][0].rv = CKR_OK;
	assert_int_equal(model_explain(&history, &end), MODEL_IMPOSSIBLE);
	history.events[2][0].rv = CKR_USER_ALREADY_LOGGED_IN;
	/* A handle that is refused while its session lives. */
	put_event(1, 7, 8, MODEL_CLOSE, 1, 0, CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(model_explain(&history, &end), MODEL_IMPOSSIBLE);
	history.events[1][1].rv = CKR_OK;
	assert_int_equal(model_explain(&history, &end), MODEL_EXPLAINED);
	/* An object that outlives its session. */
	history.objects[0].maker = 1;
	put_event(0, 9, 10, MODEL_READ, 0, 0, CKR_OK);
	assert_int_equal(model_explain(&history, &end), MODEL_IMPOSSIBLE);
}

#define STRESS(name) cmocka_unit_test_setup_teardown(name, stress_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_refuses_what_cannot_be),
		STRESS(rules_38_147_149_every_history_has_an_order_that_explains_it),
	};
	return cmocka_run_group_tests_name("session_histories", tests, NULL, NULL);
}
