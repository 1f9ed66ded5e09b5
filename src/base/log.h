/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one line for each failure, said where its cause is known, never a secret.
 * Level and sink come from CONCLAVE_LOG or the configuration file. Knows no PKCS#11 object. */
#ifndef CONCLAVE_BASE_LOG_H
#define CONCLAVE_BASE_LOG_H

#include "base/compiler.h"

enum log_level { LOG_LEVEL_OFF, LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

/* spec: LEVEL[:SINK], LEVEL one of off error warn info debug trace, SINK one of stderr, syslog, file=PATH.
 * NULL is the default, error:stderr. false (and the default kept) when spec is not of that form. */
bool log_configure(const char *spec);
void log_close(void);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *fmt, ...) printf_like(2, 3);

/* The call that this thread is in ("C_Login", static text): printed in each of its lines. NULL: none. Gives back
 * the one before. */
const char *log_set_call(const char *function_name);

/* Logs why and gives back the code: `return fail(CKR_PIN_INCORRECT, "...")`. The level follows from
 * the code: the caller's mistakes at info, what the operator must see (device, store) at error. */
CK_RV fail(CK_RV rv, const char *fmt, ...) printf_like(2, 3);
/* "CKR_PIN_INCORRECT"; "CKR_0x..." for an unknown code. Static or thread-local text. */
const char *rv_name(CK_RV rv);

#endif
