/* SPDX-License-Identifier: Apache-2.0 */
/* A token: its description, its keys while somebody is logged in, its sessions' counts and its objects. Its
 * description and PIN records live in the store as meta values; this is what one application knows of them. */
#ifndef CONCLAVE_CORE_TOKEN_H
#define CONCLAVE_CORE_TOKEN_H

#include <stdatomic.h>

#include "base/lock.h"
#include "core/login.h"
#include "core/objects.h"
#include "core/pin.h"
#include "core/pin_memo.h"
#include "object/seal.h"
#include "store/store.h"

struct module;
struct persist;
struct policy;
struct session;

#define TOKEN_SERIAL_SIZE 16

/* The meta value "info". */
struct token_info {
	uint64_t version; /* of the meta value */
	unsigned char label[32];
	unsigned char serial[TOKEN_SERIAL_SIZE]; /* printable */
	uint32_t generation; /* of initialisations: C_InitToken adds one */
	bool user_pin_set;
	bool user_pin_to_be_changed;
	bool so_pin_to_be_changed;
	bool test; /* cheap PIN hashing, chosen at creation */
};

/* The record keys of a login, shared by calls in flight; wiped when the last lets go. */
struct token_keys {
	_Atomic unsigned refs;
	struct seal_keys seal;
	unsigned char token_key[32]; /* valid when seal.has_token */
};

struct token {
	struct module *module;
	uint64_t number; /* the store's */
	CK_SLOT_ID slot;
	struct login_word *login;
	_Atomic(const struct policy *) policy; /* follows the label */
	struct lock lock; /* the members below */
	struct token_info info;
	uint64_t info_stamp; /* the store's stamp when info was read */
	struct token_keys *keys;
	struct session *sessions;
	CK_ULONG session_count, rw_session_count;
	struct store_lock *in_use; /* shared, held from the first to the last session */
	bool gone; /* deleted from the store */
	atomic_bool pin_expired; /* logged in with a PIN that is to be changed; written under the lock */
	struct pin_user user; /* who is logged in as user; {0} when that is the one without a name */
	_Atomic uint32_t unwritten_failures[PIN_COUNTERS]; /* wrong PINs that a read-only store could not count */
	struct pin_memo memos[PIN_ROLES];
	struct objects objects;
};

must_check CK_RV token_new(struct module *m, const struct store_token *t, struct token **ret);
/* No session is open. Ends private access and frees. */
void token_free(struct token *t);

/* Reads the description again if the store has moved. CKR_TOKEN_NOT_PRESENT when the token is gone. */
must_check CK_RV token_refresh(struct token *t);
must_check CK_RV token_get_info(struct token *t, CK_TOKEN_INFO *ret);
/* What a token begins with. */
struct token_start {
	struct bytes so_pin;
	struct bytes user_pin;      /* empty: none yet */
	const unsigned char *label; /* 32 bytes, blank-padded */
	bool test;                  /* hash PINs at almost no cost */
	const unsigned char *serial; /* NULL: a fresh one */
	/* Puts objects in, in the transaction that makes the token. NULL: none. */
	CK_RV (*fill)(void *arg, const struct persist *p);
	void *arg;
};
#define TOKEN_ANY_SLOT CK_UNAVAILABLE_INFORMATION
/* Makes a token in an empty slot. CKR_FUNCTION_FAILED: the slot has been filled by another meanwhile. */
must_check CK_RV token_create(struct module *m, const struct token_start *start, CK_SLOT_ID slot, struct store_token *ret);
/* Is a token with this label one for tests, by the settings? */
bool token_is_for_tests(const struct module *m, const unsigned char label[32]);
/* C_InitToken on a token: §5.5.7. */
must_check CK_RV token_reinitialize(struct token *t, struct bytes pin, const unsigned char label[32]);
/* The store lock that is held (shared) while sessions are open with the token. */
void token_use_name(uint64_t number, char name[48]);
/* The same lock exclusively: CKR_SESSION_EXISTS while any application has sessions open with the token. */
must_check CK_RV token_take_alone(struct store *s, uint64_t number, struct store_lock **ret);
/* May the session's user set the PINs of users? CKR_USER_NOT_LOGGED_IN, CKR_PIN_EXPIRED. */
must_check CK_RV token_need_so(struct session *s);
/* The token key of the one who is logged in now. */
must_check CK_RV token_key_of_login(struct token *t, struct secret *ret);
/* C_InitPIN, C_SetPIN under the session's lock. */
must_check CK_RV token_init_pin(struct session *s, struct bytes pin);
must_check CK_RV token_set_pin(struct session *s, struct bytes old_pin, struct bytes new_pin);

/* The record keys as they are now; never NULL on CKR_OK. */
must_check CK_RV token_keys_take(struct token *t, struct token_keys **ret);
void token_keys_release(struct token_keys *k);
/* Keys made of the token key (login) or without it (NULL) and of the open key, which is read from the store. Outside
 * of the lock and of any transaction. */
must_check CK_RV token_keys_make(struct token *t, const struct secret *token_key, struct token_keys **ret);
/* The same for a token of the store that this application may not have seen yet. */
must_check CK_RV token_keys_read(struct module *m, uint64_t token, const unsigned char *serial, const struct secret *token_key,
                                 struct token_keys **ret);

/* Encodes and decodes the meta value "info"; for slot events too. */
must_check CK_RV token_info_read(struct store *s, uint64_t token, struct token_info *ret);

#endif
