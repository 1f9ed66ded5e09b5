/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign with a state (HSS): what is left of them, and in which token they may be used up. A key that came out of a
 * backup does not sign: the one that it is a copy of may have gone on meanwhile. Knows no tree. */
#ifndef CONCLAVE_CORE_LEAVES_H
#define CONCLAVE_CORE_LEAVES_H

#include "mech/mech.h"
#include "store/store.h"

struct session;

/* mech_op.take_counter: CKA_HSS_KEYS_REMAINING, which is one less when this returns, in the store too when the key is a token
 * object. No two callers get the same value. CKR_KEY_EXHAUSTED: nothing is left, or the key came out of a backup. */
must_check CK_RV leaves_take(struct mech_op *op, uint64_t *ret);
/* Ties a new key to the token as it is now; nothing for keys without a state. */
must_check CK_RV leaves_mark(struct session *s, struct attr_list *key);

/* The value of a token that says which of its incarnations it is; absent in the first. */
#define LEAVES_META "incarnation"
/* In a write transaction: the token has just come out of a backup, and is another one from now on. */
must_check CK_RV leaves_renew(struct ossl *o, struct store *s, uint64_t token);
/* In a transaction: which one it is (empty: the first). And in a write transaction: it is this one, since that is not
 * elsewhere any more. */
must_check CK_RV leaves_incarnation(struct store *s, uint64_t token, struct buf *ret);
must_check CK_RV leaves_adopt(struct store *s, uint64_t token, struct bytes incarnation);

#endif
