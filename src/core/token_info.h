/* SPDX-License-Identifier: Apache-2.0 */
/* A token's description as the store keeps it (meta value "info"), and as C_GetTokenInfo shows it. */
#ifndef CONCLAVE_CORE_TOKEN_INFO_H
#define CONCLAVE_CORE_TOKEN_INFO_H

#include "core/token.h"
#include "object/sets.h"

struct persist;
struct pin_token;

#define TOKEN_INFO_META "info"
/* In both: whoever can read the token can tell whether it is right, and only who has the token key can change it. */
#define TOKEN_INFO_SETS (SETS_IN_OPEN | SETS_IN_PRIVATE)

must_check CK_RV token_info_encode(const struct token_info *info, struct buf *ret);
/* Writes the description inside the caller's write transaction; info->version is the expected one, then one more. The
 * keys are those of a login: the sets have the description, too. */
must_check CK_RV token_info_write(const struct persist *p, struct token_info *info);
/* Takes over what the store says now, under the token's lock. */
void token_info_put_locked(struct token *t, const struct token_info *info);
/* What is the same for every token, and all there is to say of an empty slot. */
void token_info_blank(struct module *m, CK_TOKEN_INFO *ret);
/* How pin.h names this token. Outside of any transaction; given back with pin_token_free. */
must_check CK_RV token_pin_token(struct token *t, struct pin_token *ret);

/* Who is logged in as user. */
void token_user(struct token *t, struct pin_user *ret);
/* How that user's PIN stands. */
must_check CK_RV token_user_status(struct token *t, const struct pin_user *user, struct pin_status *ret);

#endif
