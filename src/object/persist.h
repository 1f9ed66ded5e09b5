/* SPDX-License-Identifier: Apache-2.0 */
/* Token objects between memory and the store: seals and opens records, one transaction for each change. Knows the
 * store and the seal; knows no handle, no session and no login. */
#ifndef CONCLAVE_OBJECT_PERSIST_H
#define CONCLAVE_OBJECT_PERSIST_H

#include "attr/attr.h"
#include "object/seal.h"
#include "store/store.h"

/* Which token, with which keys. */
struct persist {
	struct store *store;
	struct ossl *ossl;
	uint64_t token;
	const struct seal_keys *keys;
};

/* The store's name of a token object: its CKA_UNIQUE_ID. false when it has none of our form. */
bool persist_id(const struct attrs *a, struct store_id *ret);

/* Saves new objects, all or none. */
must_check CK_RV persist_insert(const struct persist *p, const struct attrs *const *objects, size_t count);
/* The same for one, inside the caller's write transaction. */
must_check CK_RV persist_insert_within(const struct persist *p, const struct attrs *a);
/* Replaces an object's attributes when the stored version is `version`; it becomes version + 1.
 * CKR_FUNCTION_FAILED: somebody else was faster; CKR_OBJECT_HANDLE_INVALID: gone. */
must_check CK_RV persist_replace(const struct persist *p, const struct store_id *id, uint64_t version, const struct attrs *a);
/* CKR_OBJECT_HANDLE_INVALID: gone already. CKR_USER_NOT_LOGGED_IN: a private object and no token key. */
must_check CK_RV persist_remove(const struct persist *p, const struct store_id *id);

/* The stored version, 0 when the object is gone. CKR_DEVICE_ERROR (logged): it is gone and should not be. */
must_check CK_RV persist_version(const struct persist *p, const struct store_id *id, uint64_t *ret);
/* An object as it is stored now. CKR_OBJECT_HANDLE_INVALID when gone; CKR_DEVICE_ERROR (logged) when the record is not
 * the one that was written last. */
must_check CK_RV persist_load(const struct persist *p, const struct store_id *id, struct attrs **ret, uint64_t *ret_version);

/* Inside the caller's transaction: does the record open, and is it the one that was written last? CKR_DEVICE_ERROR
 * (logged), CKR_USER_NOT_LOGGED_IN. */
must_check CK_RV persist_check(const struct persist *p, const struct store_record *r);

/* Records found by a search, copied out of the store; decoded one by one with persist_open. */
struct persist_found {
	struct store_id id;
	uint64_t version;
	struct buf open, sealed;
	uint64_t tags[STORE_MAX_TAGS];
	size_t tag_count;
};
/* One that the search has opened and compared itself. */
struct persist_match {
	struct store_id id;
	uint64_t version;
	bool private_object;
};
struct persist_list {
	struct persist_found *items;
	size_t count, cap;
	size_t keep; /* so many items at most: candidates beyond are opened, and those that match are among the matches */
	struct persist_match *matches;
	size_t match_count, match_cap;
	bool incomplete; /* more should be there, or some were refused (logged) */
};
void persist_list_free(struct persist_list *l);
/* Candidates for a template: every record that carries its tags, held against the sets of what must be there.
 * private_too: with the token key's tags as well. */
must_check CK_RV persist_search(const struct persist *p, const struct attr_list *template, bool private_too, struct persist_list *ret);
must_check CK_RV persist_open(const struct persist *p, const struct persist_found *f, struct attrs **ret);

#endif
