/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one token: sessions, login, objects and signatures, random and seeded. Independent threads
 * must see exactly what they did; threads in each other's way must see what some order of their calls
 * explains (session_model.h). Invariants S1 to S7. Runs about five seconds, CONCLAVE_STRESS_SECONDS for more,
 * CONCLAVE_SEED to repeat a run. */
#include "api/harness.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "session_model.h"

#define THREADS 6
#define OPS 9                                 /* of one thread in a round */
#define PER_THREAD (MODEL_SLOTS / MODEL_LANES) /* session slots and object slots of one thread */

_Static_assert(THREADS < MODEL_LANES, "the last lane is the observer's");

static uint64_t seed;
static atomic_bool stop;

/* Threads cannot use cmocka's assertions: the first failure is kept for the main thread. */
static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;
static char failure[512];

__attribute__((format(printf, 1, 2))) static void note_failure(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&failure_lock);
	if (!*failure)
		vsnprintf(failure, sizeof(failure), format, args);
	pthread_mutex_unlock(&failure_lock);
	va_end(args);
	atomic_store(&stop, true);
}

#define EXPECT(expression, expected) \
	do { \
		CK_RV rv_ = (expression); \
		if (rv_ != (expected)) { \
			note_failure("%s:%d: %s gave %s, not %s", __FILE__, __LINE__, #expression, rv_text(rv_), rv_text(expected)); \
			return; \
		} \
	} while (0)

#define REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			note_failure("%s:%d: not true: %s", __FILE__, __LINE__, #condition); \
			return; \
		} \
	} while (0)

static void assert_no_failure(void)
{
	if (*failure) {
		print_error("seed %" PRIu64 ": %s\n", seed, failure);
		fail();
	}
}

/* ---- chance and time ------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned pick(uint64_t *state, unsigned below)
{
	return (unsigned)(random_next(state) % below);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double stress_seconds(void)
{
	const char *text = getenv("CONCLAVE_STRESS_SECONDS");

	return text && atof(text) > 0 ? atof(text) : 5;
}

static int setup_stress(void **state)
{
	const char *text = getenv("CONCLAVE_SEED");

	seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", seed);
	*failure = '\0';
	atomic_store(&stop, false);
	return setup_token(state);
}

static CK_UTF8CHAR_PTR utf8(const char *text)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)text;
}

static void run_threads(size_t count, void *(*fn)(void *), void *args, size_t arg_size)
{
	pthread_t threads[32];

	assert_in_range(count, 1, COUNT(threads));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (char *)args + i * arg_size), 0);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* ---- calls without assertions ---------------------------------------------------------------- */

static CK_RV open_session(CK_FLAGS rw, CK_SESSION_HANDLE *ret)
{
	return p11->C_OpenSession(slot, CKF_SERIAL_SESSION | rw, NULL, NULL, ret);
}

static CK_RV create_data(CK_SESSION_HANDLE session, bool token, bool private, const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

/* CKR_GENERAL_ERROR when the label is not the expected one: an object stands in for another. */
static CK_RV read_label(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *expected)
{
	char label[64];
	CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label)};
	CK_RV rv = p11->C_GetAttributeValue(session, object, &a, 1);

	if (rv == CKR_OK && (a.ulValueLen != strlen(expected) || memcmp(label, expected, a.ulValueLen) != 0))
		return CKR_GENERAL_ERROR;
	return rv;
}

static CK_RV find_one(CK_SESSION_HANDLE session, const char *label, CK_OBJECT_HANDLE *ret, CK_ULONG *ret_count)
{
	CK_ATTRIBUTE template = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};
	CK_RV rv = p11->C_FindObjectsInit(session, &template, 1), last;

	if (rv != CKR_OK)
		return rv;
	rv = p11->C_FindObjects(session, ret, 1, ret_count);
	last = p11->C_FindObjectsFinal(session);
	return rv != CKR_OK ? rv : last;
}

static CK_RV mac_with(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_BYTE ret[32])
{
	CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0};
	CK_BYTE data[] = "what all of them sign";
	CK_ULONG length = 32;
	CK_RV rv = p11->C_SignInit(session, &hmac, key);

	return rv != CKR_OK ? rv : p11->C_Sign(session, data, sizeof(data), ret, &length);
}

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

	EXPECT(find_one(session, label, &found, &count), CKR_OK);
	REQUIRE(count == expected);
	if (count)
		EXPECT(read_label(session, found, label), CKR_OK);
}

/* One life of two sessions and their objects; every answer is known beforehand. */
static void live_once(struct worker *w)
{
	CK_SESSION_HANDLE a = 0, b = 0;
	CK_OBJECT_HANDLE in_session = 0, on_token = 0, key = 0, copy = 0;
	CK_BYTE mac[2][32];
	bool private = pick(&w->random, 2);
	char label[64], token_label[64];
	CK_SESSION_INFO info;
	CK_ATTRIBUTE of_key[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                         {CKA_SIGN, &yes, sizeof(yes)}, {CKA_VALUE, aes_value, sizeof(aes_value)}};

	snprintf(label, sizeof(label), "session-%u-%lu", w->number, w->rounds);
	snprintf(token_label, sizeof(token_label), "token-%u-%lu", w->number, w->rounds);
	EXPECT(open_session(CKF_RW_SESSION, &a), CKR_OK);
	EXPECT(open_session(pick(&w->random, 2) ? CKF_RW_SESSION : 0, &b), CKR_OK);
	REQUIRE(a != b && a != 0 && b != 0);
	EXPECT(p11->C_GetSessionInfo(a, &info), CKR_OK);
	REQUIRE(info.state == CKS_RW_USER_FUNCTIONS);

	EXPECT(create_data(a, false, private, label, &in_session), CKR_OK);
	EXPECT(create_data(a, true, private, token_label, &on_token), CKR_OK);
	EXPECT(p11->C_CreateObject(b, of_key, COUNT(of_key), &key), CKR_OK);
	check_visible(b, label, 1);
	check_visible(b, token_label, 1);
	EXPECT(p11->C_CopyObject(b, in_session, NULL, 0, &copy), CKR_OK);
	EXPECT(mac_with(a, key, mac[0]), CKR_OK);
	EXPECT(mac_with(b, key, mac[1]), CKR_OK);
	REQUIRE(memcmp(mac[0], mac[1], sizeof(mac[0])) == 0);

	EXPECT(p11->C_DestroyObject(a, on_token), CKR_OK);
	EXPECT(p11->C_DestroyObject(b, on_token), CKR_OBJECT_HANDLE_INVALID);
	check_visible(b, token_label, 0);
	EXPECT(p11->C_CloseSession(a), CKR_OK);
	EXPECT(p11->C_GetSessionInfo(a, &info), CKR_SESSION_HANDLE_INVALID);
	EXPECT(p11->C_CloseSession(a), CKR_SESSION_HANDLE_INVALID);
	EXPECT(read_label(b, in_session, label), CKR_OBJECT_HANDLE_INVALID);
	EXPECT(read_label(b, copy, label), CKR_OK);
	check_visible(b, label, 1);
	EXPECT(p11->C_CloseSession(b), CKR_OK);
}

static void *live_apart(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&stop) && now() < w->until) {
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
		workers[i] = (struct worker){.number = i, .random = seed + i, .until = now() + stress_seconds() * 0.25};
	run_threads(COUNT(workers), live_apart, workers, sizeof(workers[0]));
	assert_no_failure();
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

	EXPECT(open_session(CKF_RW_SESSION, &session), CKR_OK);
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
	run_threads(THREADS, destroy_contested, contests, sizeof(contests[0]));
	pthread_barrier_destroy(&start);
	assert_no_failure();
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

	c->rv = open_session(CKF_RW_SESSION, &session);
	pthread_barrier_wait(c->start);
	if (c->rv == CKR_OK)
		c->rv = p11->C_Login(session, c->user, utf8(pin), strlen(pin));
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
		run_threads(LOGIN_THREADS, log_in_at_once, contests, sizeof(contests[0]));
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
	CK_FLAGS rw = pick(&l->random, 4) ? CKF_RW_SESSION : 0;
	CK_SESSION_HANDLE handle = 0;
	struct model_event *e = begin_event(l->number, MODEL_OPEN, place, 0, rw);

	if (end_event(e, open_session(rw, &handle)) != CKR_OK)
		return;
	if (handle == 0 || handle == places[place].stale)
		note_failure("a new session has the handle %lu, the closed one had %lu", handle, places[place].stale);
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
	CK_USER_TYPE user = pick(&l->random, 3) ? CKU_USER : CKU_SO;
	const char *pin = user == CKU_SO ? SO_PIN : USER_PIN;
	struct model_event *e = begin_event(l->number, MODEL_LOGIN, place, 0, user);

	end_event(e, p11->C_Login(places[place].handle, user, utf8(pin), strlen(pin)));
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
		note_failure("the closed session %lu answers", places[place].stale);
}

static void do_create(struct lane *l, unsigned place)
{
	unsigned at = l->number * PER_THREAD + pick(&l->random, PER_THREAD);
	struct object_place *o = &object_places[at];
	struct model_object *m = &history.objects[at];
	CK_OBJECT_HANDLE handle = 0;
	struct model_event *e;

	if (o->used || atomic_load(&o->handle))
		return;
	o->used = true;
	m->private = pick(&l->random, 2);
	m->token = m->private && pick(&l->random, 4) == 0;
	m->maker = place;
	e = begin_event(l->number, MODEL_CREATE, place, at, 0);
	if (end_event(e, create_data(places[place].handle, m->token, m->private, o->label, &handle)) == CKR_OK)
		atomic_store(&o->handle, handle);
}

static void do_object(struct lane *l, unsigned place, enum model_call call)
{
	unsigned at = pick(&l->random, MODEL_SLOTS);
	CK_OBJECT_HANDLE handle = atomic_load(&object_places[at].handle);
	struct model_event *e;

	if (!handle)
		return;
	e = begin_event(l->number, call, place, at, 0);
	if (call == MODEL_DESTROY)
		end_event(e, p11->C_DestroyObject(places[place].handle, handle));
	else if (end_event(e, read_label(places[place].handle, handle, object_places[at].label)) == CKR_GENERAL_ERROR)
		note_failure("the handle of %s stands for another object", object_places[at].label);
}

static void do_sign(struct lane *l, unsigned place, bool private)
{
	struct model_event *e = begin_event(l->number, private ? MODEL_PRIVATE_SIGN : MODEL_SIGN, place, 0, 0);
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG count = 0;
	CK_BYTE mac[32] = {0};
	CK_RV rv = find_one(places[place].handle, private ? PRIVATE_MAC_LABEL : MAC_LABEL, &key, &count);

	if (rv == CKR_OK)
		rv = count ? mac_with(places[place].handle, key, mac) : CKR_OBJECT_HANDLE_INVALID;
	if (end_event(e, rv) == CKR_OK && memcmp(mac, expected_mac, sizeof(mac)) != 0)
		note_failure("a signature came out wrong");
}

static void do_something(struct lane *l)
{
	unsigned place = l->number * PER_THREAD + pick(&l->random, PER_THREAD), what = pick(&l->random, 100);

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
		if (atomic_load(&stop))
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
			if (end_event(e, read_label(reader, handle, object_places[i].label)) == CKR_OK) {
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
	assert_ok(mac_with(session, find_labelled(session, MAC_LABEL), expected_mac));
	close_session(session);
}

/* Rounds until the time is up; how many. */
static unsigned long run_rounds(double until)
{
	struct model_state state = {0}, end;
	unsigned long rounds = 0;

	while (!atomic_load(&stop) && now() < until) {
		enum model_verdict verdict;

		begin_round(&state);
		pthread_barrier_wait(&round_begin);
		pthread_barrier_wait(&round_end);
		observe(&state);
		verdict = model_explain(&history, &end);
		if (verdict != MODEL_EXPLAINED) {
			print_history();
			note_failure("round %lu: %s", rounds, verdict == MODEL_IMPOSSIBLE ? "no order explains these answers"
			                                                                  : "the history is too large to judge");
		} else if (end.live != state.live || end.objects != state.objects) {
			print_history();
			note_failure("round %lu: the model ends with sessions %x and objects %x, the token with %x and %x", rounds,
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
		lanes[i] = (struct lane){.number = i, .random = seed * 31 + i};
		assert_int_equal(pthread_create(&threads[i], NULL, run_lane, &lanes[i]), 0);
	}
	rounds = run_rounds(now() + stress_seconds() * 0.6);
	atomic_store(&stop, true);
	pthread_barrier_wait(&round_begin);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&round_begin);
	pthread_barrier_destroy(&round_end);
	print_message("%lu rounds\n", rounds);
	assert_no_failure();
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

#define STRESS(name) cmocka_unit_test_setup_teardown(name, setup_stress, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_refuses_what_cannot_be),
		STRESS(rules_40_189_threads_with_their_own_sessions_see_what_they_did),
		STRESS(rule_194_exactly_one_thread_destroys_an_object),
		STRESS(rules_155_159_one_of_many_right_logins_wins_and_none_counts_as_wrong),
		STRESS(rules_38_147_149_every_history_has_an_order_that_explains_it),
	};
	return cmocka_run_group_tests_name("sessions_threads", tests, NULL, NULL);
}
