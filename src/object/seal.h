/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed record: an object's attributes as the store keeps them, one authenticated whole, bound to the token's
 * serial, the object's id, its version and its lookup tags, so that it means the same in every store. Private objects
 * are sealed whole under the token key; public ones lie open and are authenticated, their sensitive values sealed,
 * under the open key; when the token key is at hand a second tag under it is added. Knows no session and no SQL. */
#ifndef CONCLAVE_OBJECT_SEAL_H
#define CONCLAVE_OBJECT_SEAL_H

#include "attr/attr.h"
#include "crypto/ossl.h"
#include "store/store.h"

#define SEAL_SERIAL_SIZE 16

/* Public objects and private ones: each family has its own keys. */
enum seal_family { SEAL_OPEN, SEAL_PRIVATE, SEAL_FAMILIES };

/* Derived once (seal_keys_derive) from the 32-byte roots; in secret memory. */
struct seal_keys {
	char serial[SEAL_SERIAL_SIZE]; /* the token's: every record is bound to it */
	const char *place;          /* the store's URI for log lines, borrowed; "" when nobody said */
	bool has_token;             /* the user is logged in */
	unsigned char seal[32];     /* from the token key: private records */
	unsigned char tag[32];      /* from the token key: lookup tags of private objects */
	unsigned char mark[32];     /* from the token key: second tag of public records */
	unsigned char open_seal[32];/* from the open key: public records */
	unsigned char open_tag[32]; /* from the open key: lookup tags of public objects */
	unsigned char set_seal[SEAL_FAMILIES][32]; /* from the open key and the token key: set rows (sets.h) */
	unsigned char set_mac[SEAL_FAMILIES][32];  /* the same: what stands in them */
};

/* token_key may be empty (nobody logged in), open_key too (only what derives from the token key is wanted). serial has SEAL_SERIAL_SIZE bytes. */
must_check CK_RV seal_keys_derive(struct ossl *o, struct bytes open_key, struct bytes token_key, struct bytes serial, struct seal_keys *ret);

/* What seal_object made; owned. */
struct seal_record {
	struct buf open;
	struct buf sealed;
	uint64_t tags[STORE_MAX_TAGS];
	size_t tag_count;
};
void seal_record_free(struct seal_record *r);

/* CKR_USER_NOT_LOGGED_IN: a private object and no token key. */
must_check CK_RV seal_object(struct ossl *o, const struct seal_keys *keys, const struct store_id *id, uint64_t version,
                             const struct attrs *a, struct seal_record *ret);
/* CKR_DEVICE_ERROR (logged): does not authenticate; CKR_USER_NOT_LOGGED_IN: private and no token key. */
must_check CK_RV seal_open(struct ossl *o, const struct seal_keys *keys, const struct store_record *r, struct attr_list *ret);
/* The family that a record says it belongs to: readable without a key. */
enum seal_family seal_family_of(const struct store_record *r);
/* Has the family's keys? */
bool seal_has_family(const struct seal_keys *keys, enum seal_family family);
/* The lookup tag that is an object's own: that of its CKA_UNIQUE_ID. */
uint64_t seal_id_tag(const struct seal_keys *keys, enum seal_family family, const struct store_id *id);

/* Tags of a search template, the most selective first, at most max; *ret_count 0 when nothing searchable is in it. */
void seal_search_tags(const struct seal_keys *keys, bool private_objects, const struct attr_list *template, uint64_t *ret, size_t max, size_t *ret_count);

#endif
