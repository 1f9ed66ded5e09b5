/* SPDX-License-Identifier: Apache-2.0 */
/* What the kill test's child does and says, and what a token must hold after what it said: entries, PINs and
 * labels from which everything can be told again. Knows nothing of kills. */
#ifndef TEST_STRESS_KILL_WORK_H
#define TEST_STRESS_KILL_WORK_H

#include "api/harness.h"

#define MAX_ENTRIES 48 /* a child's work stays around this size */
#define PIN_LIMIT 10
#define WRONG_PIN "not-the-pin"
#define LABEL_ROOM 4096

enum kind { DATA, SECRET, PAIR };

struct entry {
	uint32_t id;      /* in the label; 0: free */
	uint32_t version; /* in the label and, of keys, in CKA_ID: both change in one call */
	uint32_t origin;  /* of data: what its value is made from; a copy has the original's */
	uint32_t kind;
};

struct expectation {
	struct entry entries[MAX_ENTRIES];
	uint32_t user_pin, so_pin; /* numbers of the PINs now valid */
	uint32_t has_user_pin;
	uint32_t token;            /* number in the token's label */
	uint32_t wrong;            /* wrong user PINs since the last right one */
};

enum action {
	START,      /* the child is logged in and about to begin */
	CREATE,     /* entry */
	COPY,       /* entry: the new one */
	CHANGE,     /* entry: with its new version */
	DESTROY,    /* entry */
	GENERATE,   /* entry: a secret key */
	GENERATE_PAIR, /* entry */
	INIT_PIN,   /* pin */
	SET_PIN,    /* pin */
	SET_SO_PIN, /* pin */
	INIT_TOKEN, /* token */
	WRONG_LOGIN,
	RIGHT_LOGIN,
	ACTIONS
};

/* What goes through the pipe, in one write each. */
struct report {
	uint32_t action, confirmed;
	struct entry entry;
	uint32_t number; /* of a PIN or token */
};

enum work { OBJECTS, PINS, TOKENS, LOGINS, WORKS };

extern const char *const kill_action_names[ACTIONS];
extern uint64_t kill_random_state;
extern struct expectation kill_expected; /* as confirmed so far */
extern CK_SESSION_HANDLE kill_session;
extern int kill_report_fd;
extern uint32_t kill_next_id;

uint32_t kill_pick(uint32_t below);
uint32_t kill_next_pin(void);
struct entry *kill_entry_of(struct expectation *e, uint32_t id);
/* The token after an action. */
void kill_apply(struct expectation *e, const struct report *r);

CK_ULONG kill_pin_text(char *ret, size_t room, bool so, uint32_t number);
void kill_token_label(char *ret, size_t room, uint32_t number);
CK_ULONG kill_entry_label(char *ret, size_t room, const struct entry *e);
CK_ULONG kill_data_value(CK_BYTE *ret, uint32_t origin);

CK_RV kill_login(CK_USER_TYPE user, uint32_t number);
CK_ULONG kill_objects_of(const struct entry *e, CK_OBJECT_HANDLE ret[3]);
CK_RV kill_init_pin(const struct report *r);
/* CKR_OK when the PIN was refused as wrong. */
CK_RV kill_wrong_login(const struct report *r);

/* A token with both PINs in the store that is now empty; sets kill_expected. Leaves the library finalized. */
void kill_prepare(void);

/* In kill_check.c, for a session in which the user is logged in. Everything in the token; a pair's halves are one. */
size_t kill_list_entries(struct entry *ret, size_t room);
/* Are these the entries that are expected, no more and no less? */
bool kill_holds(const struct expectation *e, const struct entry *found, size_t count);
/* Nothing half: the objects of an entry are complete, agree with each other and work. */
void kill_check_whole(const struct entry *e);

/* The child: works until it is killed. */
void kill_work(enum work what);

#endif
