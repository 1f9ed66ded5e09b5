/* SPDX-License-Identifier: Apache-2.0 */
/* What a process remembers of PINs that were right: the token key sealed under a keyed hash of the PIN, in locked
 * memory, so that a right PIN repeated is recognised without the slow hash. A wrong PIN is never recognised and
 * always pays; a memo serves only the stored record that it was made of. */
#ifndef CONCLAVE_CORE_PIN_MEMO_H
#define CONCLAVE_CORE_PIN_MEMO_H

#include "base/bytes.h"
#include "base/lock.h"

struct ossl;

struct pin_memo {
	struct lock lock;
	struct secret sealed; /* empty: nothing remembered */
};

must_check CK_RV pin_memo_init(struct pin_memo *m);
void pin_memo_free(struct pin_memo *m);
/* true: pin is the remembered one of this stored record, *ret the token key. process_key has 32 bytes. */
bool pin_memo_recall(struct pin_memo *m, struct ossl *o, struct bytes process_key, struct bytes record, struct bytes pin, struct secret *ret);
/* Remembers a PIN that was right. What cannot be remembered is forgotten. */
void pin_memo_keep(struct pin_memo *m, struct ossl *o, struct bytes process_key, struct bytes record, struct bytes pin,
                   const struct secret *token_key);

#endif
