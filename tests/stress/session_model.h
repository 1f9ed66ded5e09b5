/* SPDX-License-Identifier: Apache-2.0 */
/* A small sequential model of one token's sessions, login and objects in one application (tables T1 to T3
 * of the rules), and a check that a history of overlapping calls is explained by some order of them in
 * which each seems to happen at one instant (linearizability). Knows no threads and no module. */
#ifndef TEST_STRESS_SESSION_MODEL_H
#define TEST_STRESS_SESSION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pkcs11.h>

#define MODEL_LANES 8        /* callers, the last one being the observer at the end of a round */
#define MODEL_EVENTS 64      /* of one lane in one history */
#define MODEL_SLOTS 24       /* places for sessions, and for objects */

enum model_call {
	MODEL_OPEN,      /* arg: CKF_RW_SESSION or 0 */
	MODEL_CLOSE,
	MODEL_CLOSE_ALL,
	MODEL_LOGIN,     /* arg: CKU_USER or CKU_SO */
	MODEL_LOGOUT,
	MODEL_INFO,      /* state: what C_GetSessionInfo said */
	MODEL_CREATE,    /* object */
	MODEL_DESTROY,   /* object */
	MODEL_READ,      /* object */
	MODEL_SIGN,      /* with a public token key: find, init, sign */
	MODEL_PRIVATE_SIGN, /* with a private one; CKR_OBJECT_HANDLE_INVALID: the search found none */
	MODEL_CALLS
};

struct model_event {
	uint64_t begin, end; /* a clock that every call reads before and after */
	enum model_call call;
	unsigned session, object;
	CK_ULONG arg;
	CK_STATE state;
	CK_RV rv;
};

/* What an object slot holds in this history; it is filled at most once. */
struct model_object {
	bool private, token;
	unsigned maker; /* session slot */
};

struct model_state {
	uint32_t live, rw; /* sessions */
	uint32_t objects;  /* whose handle works for somebody */
	uint32_t login;    /* 0 nobody, 1 user, 2 SO */
};

struct model_history {
	struct model_event events[MODEL_LANES][MODEL_EVENTS];
	size_t count[MODEL_LANES];
	struct model_object objects[MODEL_SLOTS];
	struct model_state start;
};

enum model_verdict { MODEL_EXPLAINED, MODEL_IMPOSSIBLE, MODEL_TOO_LARGE };

/* Would the call give this answer in this state? If so, *state becomes the one afterwards. */
bool model_step(const struct model_history *h, struct model_state *state, const struct model_event *e);
/* Is there an order? *ret_end: a state at its end. */
enum model_verdict model_explain(const struct model_history *h, struct model_state *ret_end);
const char *model_call_name(enum model_call call);

#endif
