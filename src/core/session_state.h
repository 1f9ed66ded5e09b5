/* SPDX-License-Identifier: Apache-2.0 */
/* The five session states as data (§3.3.3, UG 2.6): which state a session has, and what it may do. */
#ifndef CONCLAVE_CORE_SESSION_STATE_H
#define CONCLAVE_CORE_SESSION_STATE_H

#include "base/compiler.h"

enum login_state { LOGIN_PUBLIC, LOGIN_USER, LOGIN_SO, LOGIN_STATES };

/* CKS_RO_PUBLIC_SESSION … CKS_RW_SO_FUNCTIONS. */
CK_STATE session_state(enum login_state login, bool rw);

enum session_access { SESSION_ACCESS_NONE, SESSION_ACCESS_READ, SESSION_ACCESS_WRITE };
/* Table T1: access of a session in state to objects of a kind. */
enum session_access session_access(CK_STATE state, bool token_object, bool private_object);
/* May an object of this kind be made, changed or destroyed? CKR_OK, CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN. */
must_check CK_RV session_may_write(CK_STATE state, bool token_object, bool private_object);

#endif
