/* SPDX-License-Identifier: Apache-2.0 */
/* The sequential model: each call in a few lines, straight from the rules, and the search for an order
 * (Wing and Gong's, with memory of the dead ends). Any slip here shows as a history that nothing explains. */
#include "session_model.h"

#include <stdlib.h>
#include <string.h>

enum { NOBODY, USER, SO };

#define BIT(i) ((uint32_t)1 << (i))

const char *model_call_name(enum model_call call)
{
	static const char *const names[MODEL_CALLS] = {
		[MODEL_OPEN] = "open", [MODEL_CLOSE] = "close", [MODEL_CLOSE_ALL] = "close-all", [MODEL_LOGIN] = "login",
		[MODEL_LOGOUT] = "logout", [MODEL_INFO] = "info", [MODEL_CREATE] = "create", [MODEL_DESTROY] = "destroy",
		[MODEL_READ] = "read", [MODEL_SIGN] = "sign", [MODEL_PRIVATE_SIGN] = "private-sign",
	};

	return names[call];
}

/* ---- transitions ----------------------------------------------------------------------------- */

static void end_private_access(const struct model_history *h, struct model_state *s)
{
	s->login = NOBODY;
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		if (h->objects[i].private)
			s->objects &= ~BIT(i);
}

static void end_session(const struct model_history *h, struct model_state *s, unsigned session)
{
	s->live &= ~BIT(session);
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		if (!h->objects[i].token && h->objects[i].maker == session)
			s->objects &= ~BIT(i);
	if (s->live == 0)
		end_private_access(h, s);
}

static bool step_open(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	(void)h;
	if (s->login == SO && !e->arg)
		return e->rv == CKR_SESSION_READ_WRITE_SO_EXISTS;
	s->live |= BIT(e->session);
	s->rw = e->arg ? s->rw | BIT(e->session) : s->rw & ~BIT(e->session);
	return e->rv == CKR_OK;
}

static bool step_close(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	end_session(h, s, e->session);
	return e->rv == CKR_OK;
}

static bool step_close_all(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		if (s->live & BIT(i))
			end_session(h, s, i);
	return e->rv == CKR_OK;
}

static bool step_login(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	uint32_t wanted = e->arg == CKU_SO ? SO : USER;
	bool read_only_exists = (s->live & ~s->rw) != 0;

	(void)h;
	if (s->login == wanted)
		return e->rv == CKR_USER_ALREADY_LOGGED_IN;
	if (s->login != NOBODY)
		return e->rv == CKR_USER_ANOTHER_ALREADY_LOGGED_IN ||
		       (wanted == SO && read_only_exists && e->rv == CKR_SESSION_READ_ONLY_EXISTS);
	if (wanted == SO && read_only_exists)
		return e->rv == CKR_SESSION_READ_ONLY_EXISTS;
	s->login = wanted;
	return e->rv == CKR_OK;
}

static bool step_logout(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	if (s->login == NOBODY)
		return e->rv == CKR_USER_NOT_LOGGED_IN;
	end_private_access(h, s);
	return e->rv == CKR_OK;
}

static bool step_info(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	static const CK_STATE states[2][3] = {
		{CKS_RO_PUBLIC_SESSION, CKS_RO_USER_FUNCTIONS, (CK_STATE)-1},
		{CKS_RW_PUBLIC_SESSION, CKS_RW_USER_FUNCTIONS, CKS_RW_SO_FUNCTIONS},
	};

	(void)h;
	return e->rv == CKR_OK && e->state == states[(s->rw & BIT(e->session)) != 0][s->login];
}

static bool step_create(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	const struct model_object *o = &h->objects[e->object];
	bool no_user = o->private && s->login != USER;
	bool read_only = o->token && !(s->rw & BIT(e->session));

	if (no_user && (e->rv == CKR_USER_NOT_LOGGED_IN || (s->login == SO && e->rv == CKR_TEMPLATE_INCONSISTENT)))
		return true;
	if (read_only && e->rv == CKR_SESSION_READ_ONLY)
		return true;
	if (no_user || read_only)
		return false;
	s->objects |= BIT(e->object);
	return e->rv == CKR_OK;
}

static bool step_destroy(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	if (!(s->objects & BIT(e->object)))
		return e->rv == CKR_OBJECT_HANDLE_INVALID;
	if (h->objects[e->object].token && !(s->rw & BIT(e->session)))
		return e->rv == CKR_SESSION_READ_ONLY;
	s->objects &= ~BIT(e->object);
	return e->rv == CKR_OK;
}

static bool step_read(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	(void)h;
	return e->rv == (s->objects & BIT(e->object) ? CKR_OK : CKR_OBJECT_HANDLE_INVALID);
}

static bool step_sign(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	(void)h, (void)s;
	return e->rv == CKR_OK;
}

/* Three calls: a logout between two of them shows as a dead key or a dead operation. */
static bool step_private_sign(const struct model_history *h, struct model_state *s, const struct model_event *e)
{
	(void)h;
	if (e->rv == CKR_OK)
		return s->login == USER;
	return s->login != USER && (e->rv == CKR_OBJECT_HANDLE_INVALID || e->rv == CKR_KEY_HANDLE_INVALID ||
	                            e->rv == CKR_OPERATION_NOT_INITIALIZED);
}

bool model_step(const struct model_history *h, struct model_state *state, const struct model_event *e)
{
	static bool (*const steps[MODEL_CALLS])(const struct model_history *, struct model_state *, const struct model_event *) = {
		[MODEL_OPEN] = step_open, [MODEL_CLOSE] = step_close, [MODEL_CLOSE_ALL] = step_close_all,
		[MODEL_LOGIN] = step_login, [MODEL_LOGOUT] = step_logout, [MODEL_INFO] = step_info,
		[MODEL_CREATE] = step_create, [MODEL_DESTROY] = step_destroy, [MODEL_READ] = step_read,
		[MODEL_SIGN] = step_sign, [MODEL_PRIVATE_SIGN] = step_private_sign,
	};
	bool needs_session = e->call != MODEL_OPEN && e->call != MODEL_CLOSE_ALL;

	if (needs_session && !(state->live & BIT(e->session)))
		return e->rv == CKR_SESSION_HANDLE_INVALID || e->rv == CKR_SESSION_CLOSED;
	return steps[e->call](h, state, e);
}

/* ---- the order ------------------------------------------------------------------------------- */

/* A point of the search: how far each lane has come, and the state there. */
struct point {
	uint8_t at[MODEL_LANES];
	struct model_state state;
};

#define TABLE_SIZE (1u << 16)

struct search {
	const struct model_history *h;
	struct point *dead; /* hash table of points from which no order was found */
	bool *used;
	size_t dead_count;
};

static size_t hash_point(const struct point *p)
{
	const unsigned char *b = (const unsigned char *)p;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < sizeof(*p); i++)
		hash = (hash ^ b[i]) * 1099511628211u;
	return (size_t)(hash ^ hash >> 29) % TABLE_SIZE;
}

/* True when the point was known; enters it otherwise. */
static bool is_dead(struct search *s, const struct point *p, bool enter)
{
	size_t i = hash_point(p);

	while (s->used[i] && memcmp(&s->dead[i], p, sizeof(*p)) != 0)
		i = (i + 1) % TABLE_SIZE;
	if (s->used[i])
		return true;
	if (enter) {
		s->used[i] = true;
		s->dead[i] = *p;
		s->dead_count++;
	}
	return false;
}

static enum model_verdict explain_from(struct search *s, const struct point *p, struct model_state *ret_end)
{
	uint64_t first_end = UINT64_MAX;

	for (unsigned lane = 0; lane < MODEL_LANES; lane++)
		if (p->at[lane] < s->h->count[lane] && s->h->events[lane][p->at[lane]].end < first_end)
			first_end = s->h->events[lane][p->at[lane]].end;
	if (first_end == UINT64_MAX) {
		*ret_end = p->state;
		return MODEL_EXPLAINED;
	}
	if (is_dead(s, p, false))
		return MODEL_IMPOSSIBLE;
	if (s->dead_count > TABLE_SIZE / 2)
		return MODEL_TOO_LARGE;
	for (unsigned lane = 0; lane < MODEL_LANES; lane++) {
		struct point next = *p;
		const struct model_event *e = &s->h->events[lane][p->at[lane]];
		enum model_verdict verdict;

		/* Next may come whatever began before the first of the open calls ended. */
		if (p->at[lane] == s->h->count[lane] || e->begin > first_end || !model_step(s->h, &next.state, e))
			continue;
		next.at[lane]++;
		verdict = explain_from(s, &next, ret_end);
		if (verdict != MODEL_IMPOSSIBLE)
			return verdict;
	}
	is_dead(s, p, true);
	return MODEL_IMPOSSIBLE;
}

enum model_verdict model_explain(const struct model_history *h, struct model_state *ret_end)
{
	struct search s = {.h = h, .dead = calloc(TABLE_SIZE, sizeof(struct point)), .used = calloc(TABLE_SIZE, sizeof(bool))};
	struct point start;
	enum model_verdict verdict = MODEL_TOO_LARGE;

	memset(&start, 0, sizeof(start));
	start.state = h->start;
	if (s.dead && s.used)
		verdict = explain_from(&s, &start, ret_end);
	free(s.dead);
	free(s.used);
	return verdict;
}
