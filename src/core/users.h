/* SPDX-License-Identifier: Apache-2.0 */
/* Named users of a token (C_LoginUser): each has the user's rights, and a PIN, a wrapped token key and a counter of their
 * own. The SO adds and removes them; see conclave.h and doc/pins.md. */
#ifndef CONCLAVE_CORE_USERS_H
#define CONCLAVE_CORE_USERS_H

#include <conclave.h>

#include "core/pin.h"

struct module;
struct session;
struct token;

/* Under the lock of a read/write SO session. CKR_ACTION_PROHIBITED: there is such a user; CKR_USER_PIN_NOT_INITIALIZED:
 * there is none. */
must_check CK_RV users_add(struct session *s, struct bytes name, struct bytes pin);
must_check CK_RV users_init_pin(struct session *s, struct bytes name, struct bytes pin);
must_check CK_RV users_remove(struct session *s, struct bytes name);

enum users_want { USERS_NEW, USERS_OLD };
/* Wraps the token key under a new PIN of that user and stores it. */
must_check CK_RV users_put_pin(struct token *t, const struct pin_user *user, enum users_want want, struct bytes pin, bool to_be_changed,
                               const struct secret *token_key);

/* All named users; the array is the caller's to free. */
must_check CK_RV users_list(struct module *m, CK_SLOT_ID slot, CONCLAVE_USER **ret, CK_ULONG *ret_count);

#endif
