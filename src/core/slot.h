/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: which the application sees, and which token is in each. The visible set changes only when C_GetSlotList
 * asks with a NULL list (rule 56). A token keeps its slot for ever; an empty store shows one empty slot. */
#ifndef CONCLAVE_CORE_SLOT_H
#define CONCLAVE_CORE_SLOT_H

#include "base/lock.h"
#include "store/store.h"

struct module;
struct token;

struct slot {
	CK_SLOT_ID id;
	uint64_t number;     /* the store's, of the token; 0: none initialised */
	struct token *token; /* made when somebody first asks for it */
};

/* What slot events were told about: a token and its initialisation. */
struct slot_seen {
	uint64_t number;
	CK_SLOT_ID id;
	uint32_t generation; /* of initialisations */
};

struct slot_table {
	struct lock lock;
	struct slot *slots; /* the visible set, by rising ID, the spare one last */
	size_t count;
	uint64_t stamp; /* the store's, when the set was made */
	struct token **retired; /* tokens that left the set; freed at C_Finalize */
	size_t retired_count;
	/* slot events */
	struct slot_seen *seen;
	size_t seen_count;
	CK_SLOT_ID *pending;
	size_t pending_count;
	uint64_t event_stamp;
	bool seen_ready;
	unsigned waiting; /* threads inside a blocking C_WaitForSlotEvent */
};

must_check CK_RV slot_table_init(struct module *m);
void slot_table_free(struct module *m);

/* C_GetSlotList, §5.5.1. */
must_check CK_RV slot_list(struct module *m, bool token_present, CK_SLOT_ID *list, CK_ULONG *count);
must_check CK_RV slot_get_info(struct module *m, CK_SLOT_ID id, CK_SLOT_INFO *ret);
/* The token in a slot: CKR_SLOT_ID_INVALID; *ret NULL for a slot whose token is not initialised.
 * Tokens live until C_Finalize, so the pointer stays good for the call. */
must_check CK_RV slot_token(struct module *m, CK_SLOT_ID id, struct token **ret);
/* The same for calls that need an initialised token: CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_INITIALIZED. */
must_check CK_RV slot_present_token(struct module *m, CK_SLOT_ID id, struct token **ret);
must_check CK_RV slot_get_token_info(struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO *ret);
/* C_InitToken, §5.5.7. */
must_check CK_RV slot_init_token(struct module *m, CK_SLOT_ID id, struct bytes pin, const unsigned char label[32]);
/* C_WaitForSlotEvent, §5.5.4. */
must_check CK_RV slot_wait_event(struct module *m, bool block, CK_SLOT_ID *ret);
/* Calls fn for each token of the table, retired ones too. */
void slot_each_token(struct module *m, void (*fn)(struct token *t));

#endif
