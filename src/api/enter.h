/* SPDX-License-Identifier: Apache-2.0 */
/* The way into and out of every C_* call: check the call, take the session, one core call, let go. Also the trace:
 * one log line for every call that does not return CKR_OK. */
#ifndef CONCLAVE_API_ENTER_H
#define CONCLAVE_API_ENTER_H

#include "base/bytes.h"
#include "base/log.h"
#include "core/module.h"
#include "core/session.h"

/* One number and one name for each call, from calls.h. */
enum call {
#define CALL(name, first, object, params, args) CALL_##name,
#include "api/calls.h"
#undef CALL
	CALL_COUNT,
};
const char *call_name(enum call c);

/* Logs what a call returns; gives it back. */
CK_RV call_leave(enum call c, CK_RV rv);

/* The body of a call on a session: expr is evaluated with `s` locked, unless C_CloseAllSessions has closed it. */
#define SESSION_CALL(name, hSession, expr)                           \
	do {                                                         \
		struct session *s = NULL;                            \
		CK_RV call_rv = module_enter_session(hSession, &s);  \
		if (likely(call_rv == CKR_OK)) {                     \
			if (likely(session_alive(s))) {              \
				call_rv = (expr);                    \
				call_rv = session_verdict(s, call_rv); \
			} else {                                     \
				call_rv = CKR_SESSION_HANDLE_INVALID; \
			}                                            \
			module_leave_session(s);                     \
		}                                                    \
		return likely(call_rv == CKR_OK) ? CKR_OK : call_leave(CALL_##name, call_rv); \
	} while (0)

/* The body of a call without a session: expr is evaluated with `m` at hand. */
#define MODULE_CALL(name, expr)                                      \
	do {                                                         \
		struct module *m = NULL;                             \
		CK_RV call_rv = module_enter(&m);                    \
		if (likely(call_rv == CKR_OK)) {                     \
			call_rv = (expr);                            \
			module_leave();                              \
		}                                                    \
		return likely(call_rv == CKR_OK) ? CKR_OK : call_leave(CALL_##name, call_rv); \
	} while (0)

#endif
