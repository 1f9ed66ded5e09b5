/* SPDX-License-Identifier: Apache-2.0 */
/* The module as this tool uses it: loaded, initialised, one slot chosen, one session open. Knows which file to load
 * and how to say what a return code means; what is done with the session is the verb's business. */
#ifndef CONCLAVE_TOOL_P11_H
#define CONCLAVE_TOOL_P11_H

#include "pins.h"
#include "tool.h"

struct p11 {
	void *library;
	char path[4096];
	CK_FUNCTION_LIST_PTR fn;
	bool initialized;
	const char *user; /* NULL: the one without a name */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
};

/* Loads and initialises. MISSING when there is no module. */
must_check enum status p11_open(const struct args *a, struct p11 *ret);
/* For a cleanup attribute: closes all that is open. */
void p11_close(struct p11 *p);
#define p11_scope __attribute__((cleanup(p11_close))) struct p11

/* All slots, the array is the caller's to free; never empty with DONE. */
must_check enum status p11_slots(struct p11 *p, CK_SLOT_ID **ret, CK_ULONG *ret_count);
/* Chooses the slot that --slot or --token names, else the only token that there is. */
must_check enum status p11_choose_token(struct p11 *p, const struct args *a);
/* A session with the chosen token. */
must_check enum status p11_session(struct p11 *p, bool rw);
must_check enum status p11_login(struct p11 *p, CK_USER_TYPE user, struct pin_source from);
/* The same with a PIN that is there. */
must_check enum status p11_login_with(struct p11 *p, CK_USER_TYPE user, struct pin *pin);
/* Is the user to be logged in: by --login, or because a PIN was given? */
bool p11_wants_login(const struct args *a);
/* Chosen token, session and the user's login in one. */
must_check enum status p11_start(struct p11 *p, const struct args *a, bool rw, bool login);

/* DONE for CKR_OK; else says what could not be done, the code, and what to do about it. */
must_check enum status p11_status(CK_RV rv, const char *fmt, ...) printf_like(2, 3);

/* What a code means. */
struct p11_code {
	CK_RV rv;
	enum status status;
	const char *advice;
};
/* The same for a verb to which some codes say something of its own. */
must_check enum status p11_status_by(const struct p11_code *own, size_t count, CK_RV rv, const char *fmt, ...) printf_like(4, 5);

#endif
