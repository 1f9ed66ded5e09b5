/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables, rows in the standard's order: states by login and mode, and the access matrix T1. */
#include "core/session_state.h"

static const CK_STATE states[LOGIN_STATES][2] = {
	/*                 read-only               read/write            */
	[LOGIN_PUBLIC] = {CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION},
	[LOGIN_USER] = {CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS},
	[LOGIN_SO] = {CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS}, /* no read-only SO state exists (rule 148) */
};

#define NO SESSION_ACCESS_NONE
#define RD SESSION_ACCESS_READ
#define WR SESSION_ACCESS_WRITE
/* T1: [token object][private object][state]; the state's number is its column. */
static const unsigned char access_table[2][2][5] = {
	/*                RO-Public RO-User RW-Public RW-User RW-SO */
	{/* session */
	 /* public  */ {WR, WR, WR, WR, WR},
	 /* private */ {NO, WR, NO, WR, NO}},
	{/* token */
	 /* public  */ {RD, RD, WR, WR, WR},
	 /* private */ {NO, RD, NO, WR, NO}},
};
#undef NO
#undef RD
#undef WR

CK_STATE session_state(enum login_state login, bool rw)
{
	return states[login][rw];
}

enum session_access session_access(CK_STATE state, bool token_object, bool private_object)
{
	return state < 5 ? (enum session_access)access_table[token_object][private_object][state] : SESSION_ACCESS_NONE;
}

CK_RV session_may_write(CK_STATE state, bool token_object, bool private_object)
{
	switch (session_access(state, token_object, private_object)) {
	case SESSION_ACCESS_WRITE:
		return CKR_OK;
	case SESSION_ACCESS_READ:
		return CKR_SESSION_READ_ONLY;
	case SESSION_ACCESS_NONE:
		break;
	}
	return CKR_USER_NOT_LOGGED_IN;
}
