/* SPDX-License-Identifier: Apache-2.0 */
/* PINs: the rules for new ones, the slow hash, the token key wrapped once per role, and the try counters that a
 * kill cannot win and parallel right logins cannot exhaust. Knows no session. */
#ifndef CONCLAVE_CORE_PIN_H
#define CONCLAVE_CORE_PIN_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "crypto/kdf.h"
#include "store/store.h"

struct module;
struct persist;
struct token_keys;
struct pin_memo;

#define PIN_MIN 4
#define PIN_MAX 255

enum pin_role { PIN_SO, PIN_USER, PIN_ROLES };

/* Which token: the store's number and the serial that binds its wrapped keys. */
struct pin_token {
	struct module *module;
	uint64_t number;
	const unsigned char *serial;
	bool test;
	/* Wrong tries of this application while the store cannot be written: one counter per role. NULL: none yet. */
	_Atomic uint32_t *unwritten_failures;
	/* What this application remembers of right PINs: one per role. NULL: nothing yet. */
	struct pin_memo *memos;
	/* For what is stored of the tries. NULL: nothing yet. */
	struct token_keys *keys;
};
void pin_token_free(struct pin_token *t);

/* A new PIN: CKR_PIN_LEN_RANGE (outside 4..255 bytes), CKR_PIN_INVALID (not UTF-8). */
must_check CK_RV pin_check_new(struct bytes pin);

/* The token key wrapped under the PIN, ready to be stored. Slow: outside all locks. */
must_check CK_RV pin_wrap(const struct pin_token *t, enum pin_role role, struct bytes pin, const struct secret *token_key, struct buf *ret);
/* The name of the value that has a role's wrapped key, and the sets that it is in. */
#define PIN_ROLE_META "role."
#define PIN_ROLE_SETS SETS_IN_PRIVATE
const char *pin_role_name(enum pin_role role);
/* Stores a wrapped key and clears the role's counter, inside the caller's write transaction. The keys are those of a
 * login: the sets have the value, too, so that no older one can be put in its place. */
must_check CK_RV pin_store(const struct pin_token *t, const struct persist *p, enum pin_role role, struct bytes wrapped);
/* Removes a role from a token whose sets are made anew: C_InitToken and the user. */
must_check CK_RV pin_remove(const struct pin_token *t, enum pin_role role);

/* Checks a PIN and gives the token key. Counts the try: durable before the hash begins. No lock may be held but a
 * session's. CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_USER_PIN_NOT_INITIALIZED (no such role). CKR_DEVICE_ERROR (logged):
 * the PIN is right, but what is stored of the role or the token is not what was written last. */
must_check CK_RV pin_verify(const struct pin_token *t, enum pin_role role, struct bytes pin, struct secret *ret_token_key);

/* The same, for one who is to destroy all there is: what else is stored may be damaged. */
must_check CK_RV pin_prove(const struct pin_token *t, enum pin_role role, struct bytes pin, struct secret *ret_token_key);

/* Counted failures of a role and whether it is locked; inside a transaction of the caller's. */
struct pin_status {
	bool exists;
	uint32_t failures;
	bool count_low, final_try, locked;
};
must_check CK_RV pin_status(const struct pin_token *t, enum pin_role role, struct pin_status *ret);

#endif
