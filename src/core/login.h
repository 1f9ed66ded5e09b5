/* SPDX-License-Identifier: Apache-2.0 */
/* Login: one value per (application, token), the state and an epoch in one atomic word. Logout, last close,
 * close-all, re-initialisation and finalize are one transition, "private access ends": the epoch moves on and all
 * that was made under the old one is dead at once, then wiped. */
#ifndef CONCLAVE_CORE_LOGIN_H
#define CONCLAVE_CORE_LOGIN_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "core/session_state.h"

struct session;
struct token;

/* Lives as long as the process: C_GetSessionInfo may look at it after its token is gone. */
struct login_word {
	_Atomic uint64_t word; /* epoch << 2 | state; the epoch's upper bits are the era */
	struct login_word *next_free;
};

static inline enum login_state login_state_of(uint64_t word)
{
	return (enum login_state)(word & 3);
}

static inline uint64_t login_epoch_of(uint64_t word)
{
	return word >> 2;
}

/* Sessions belong to the era in which they were opened. C_CloseAllSessions begins a new one: in that instant all
 * are invalid and nobody is logged in. 2^38 logouts fit into an era, 2^24 eras into a process. */
#define LOGIN_ERA_SHIFT 40

static inline uint64_t login_era_of(uint64_t word)
{
	return word >> LOGIN_ERA_SHIFT;
}

/* C_Login and C_LoginUser (user_name may be empty), under the session's lock. §5.6.8, table T2. */
must_check CK_RV login_user(struct session *s, CK_USER_TYPE user, struct bytes pin, struct bytes user_name);
/* C_Logout, under the session's lock. */
must_check CK_RV login_logout(struct session *s);
/* The transition in two halves: the last close must move the epoch in the same breath as it counts the session out,
 * C_CloseAllSessions as it begins the next era.
 * First, under the token's lock: 0 when nobody was logged in, else the epoch that ended. */
struct token_keys;
uint64_t login_end_locked(struct token *token, struct token_keys **ret_keys);
uint64_t login_end_era_locked(struct token *token, struct token_keys **ret_keys);
/* Then, without it: wipes. */
void login_end_work(struct token *token, struct session *held, uint64_t epoch, struct token_keys *keys);

#endif
