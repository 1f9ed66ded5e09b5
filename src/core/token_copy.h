/* SPDX-License-Identifier: Apache-2.0 */
/* Everything of a token as a sequence of items (doc/backup.md): the one place that knows what a token consists of in a
 * store, for backup, restore and move. Records, set rows and values go byte for byte; only the open key, which is sealed under
 * the key of its store, is opened on the way out and sealed again on the way in. */
#ifndef CONCLAVE_CORE_TOKEN_COPY_H
#define CONCLAVE_CORE_TOKEN_COPY_H

#include "core/backup_file.h"
#include "core/progress.h"
#include "core/token.h"

/* Where a token is, or goes to. */
struct copy_place {
	struct ossl *ossl;
	struct store *store;
};

/* Where items go. passing: a PIN counter, or a sealed row that says what must be there and so has the counters, too;
 * both change with every proof of a PIN. They, and which incarnation this is, say nothing of whether two tokens are the same. */
struct copy_sink {
	CK_RV (*put)(void *arg, struct bytes in, bool passing);
	void *arg;
};

/* How a token introduces itself. */
struct copy_token {
	CK_SLOT_ID slot;
	unsigned char serial[TOKEN_SERIAL_SIZE];
	unsigned char label[32];
	uint64_t objects;
};

/* Inside a transaction of the caller's: puts all items of a token. slot is what the items say, whatever the store has. */
must_check CK_RV token_copy_out(const struct copy_place *from, uint64_t token, CK_SLOT_ID slot, struct progress *p, const struct copy_sink *to);
/* What ends a sequence of tokens. */
must_check CK_RV token_copy_out_end(uint32_t tokens, const struct copy_sink *to);

/* What a reader does with the items of each token. */
struct copy_parts {
	CK_RV (*begin)(void *arg, const struct copy_token *t);
	CK_RV (*open_key)(void *arg, struct bytes key, uint64_t version);
	CK_RV (*value)(void *arg, const char *name, struct bytes value, uint64_t version);
	CK_RV (*record)(void *arg, const struct store_record *r);
	CK_RV (*set)(void *arg, const struct store_set *row);
	CK_RV (*end)(void *arg);
};
/* Reads all tokens to the end of the file and gives their items to parts. CKR_ENCRYPTED_DATA_INVALID when the items
 * make no sense: the file is authentic, but not of this format. */
must_check CK_RV token_copy_in(struct backup_reader *from, struct progress *p, const struct copy_parts *parts, void *arg);

#endif
