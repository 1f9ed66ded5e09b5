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
/* Of wrong tries that cannot be written: by role, then some that named users share. */
#define PIN_COUNTERS (PIN_ROLES + 64)

/* A named user (C_LoginUser), who has PIN_USER's rights and a PIN, a wrapped key and a counter of their own.
 * {0}: the user without a name. */
#define PIN_NAME_MAX 64
struct pin_user {
	unsigned char name[PIN_NAME_MAX];
	size_t len;
	char id[33]; /* what stands for the name in the names of values */
};
/* CKR_ARGUMENTS_BAD: empty, longer than PIN_NAME_MAX, or not UTF-8. */
must_check CK_RV pin_user_of(struct bytes name, struct pin_user *ret);
bool pin_user_same(const struct pin_user *a, const struct pin_user *b);

/* Which token: the store's number and the serial that binds its wrapped keys. */
struct pin_token {
	struct module *module;
	uint64_t number;
	const unsigned char *serial;
	bool test;
	/* Which user PIN_USER is. */
	struct pin_user user;
	/* Wrong tries of this application while the store cannot be written: PIN_COUNTERS. NULL: none yet. */
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
/* The same for a named user, whose record says itself whether the PIN is to be changed. */
must_check CK_RV pin_wrap_named(const struct pin_token *t, bool to_be_changed, struct bytes pin, const struct secret *token_key, struct buf *ret);
/* What a named user's record says of the user. CKR_DEVICE_ERROR. */
must_check CK_RV pin_record_user(struct bytes record, struct pin_user *ret, bool *ret_to_be_changed);
/* The name of the value that has a role's wrapped key, and the sets that it is in. A named user's goes on with an ID. */
#define PIN_ROLE_META "role."
#define PIN_ROLE_SETS SETS_IN_PRIVATE
#define PIN_NAMED_META "role.user."
const char *pin_role_name(enum pin_role role);
/* PREFIX.so, PREFIX.user, PREFIX.user.ID. */
void pin_value_name(const struct pin_token *t, enum pin_role role, const char *prefix, char ret[STORE_META_NAME + 1]);
/* Stores a wrapped key and clears the role's counter, inside the caller's write transaction. The keys are those of a
 * login: the sets have the value, too, so that no older one can be put in its place. */
must_check CK_RV pin_store(const struct pin_token *t, const struct persist *p, enum pin_role role, struct bytes wrapped);
/* Removes a named user, inside the caller's write transaction. CKR_USER_PIN_NOT_INITIALIZED: there is no such one. */
must_check CK_RV pin_drop_named(const struct pin_token *t, const struct persist *p);
/* Removes a role from a token whose sets are made anew: C_InitToken and the user. */
must_check CK_RV pin_remove(const struct pin_token *t, enum pin_role role);
/* The same for all named users. */
must_check CK_RV pin_remove_named(const struct pin_token *t);

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
	bool to_be_changed; /* of a named user; the others' is in the token's description */
};
must_check CK_RV pin_status(const struct pin_token *t, enum pin_role role, struct pin_status *ret);

#endif
