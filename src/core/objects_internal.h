/* SPDX-License-Identifier: Apache-2.0 */
/* What the files objects*.c share: one collection, by what is done with it. For nobody else. */
#ifndef CONCLAVE_CORE_OBJECTS_INTERNAL_H
#define CONCLAVE_CORE_OBJECTS_INTERNAL_H

#include "core/objects.h"

struct persist;
struct token_keys;

void objects_enter_locked(struct objects *c, struct object *o, struct session *owner);
/* After the attributes of a session object have changed. */
void objects_reindex_locked(struct objects *c, struct object *o);
void objects_leave_locked(struct objects *c, struct object *o);
/* Takes an object out of the collection and makes its handle invalid; true for the one caller that did.
 * The caller holds a reference. */
bool objects_end(struct objects *c, struct object *o);
/* Gives a token object that a search met its handle, under the login epoch of the search, and enters it: then it belongs
 * to all and may be gone already. On an error its attributes are the caller's again and it is gone. When another thread
 * entered it first, *ret is that handle and the object and its attributes are freed. */
must_check CK_RV objects_register_found(struct session *s, struct object *o, uint64_t epoch, CK_OBJECT_HANDLE *ret);
void objects_persist(struct token *t, const struct token_keys *k, struct persist *ret);
/* What of an object can be had again from the store. */
struct object_content {
	struct attrs *attrs;
	struct old_attrs *old;
	struct object_key *key;
};
/* Takes it out of a sealed object. */
void object_take_content(struct object *o, struct object_content *ret);
void object_free_content(struct object_content *c);
/* Attributes that were read from the store become the object's if it has none; else they are freed. */
void object_offer(struct object *o, struct attrs *a, uint64_t version);
/* A new token object of which only this is known. */
must_check CK_RV object_new_bare(struct token *t, bool private_object, struct object **ret);
/* A new object around attributes; these become its own once it is registered. */
must_check CK_RV object_new(struct token *t, struct attrs *a, struct object **ret);
/* An object that never had a handle: its attributes stay the caller's. */
void object_discard(struct object *o);
/* Puts newer attributes in place. Older ones stay in *node, which it takes over, while other holders of a reference may
 * look at them. */
void object_swap_attrs_locked(struct object *o, struct attrs *fresh, struct old_attrs **node);
/* A token object has come to have more than it had. */
void object_keep_whole(struct object *o);
/* May the session see the object, in its state and login of now? */
bool objects_visible(const struct session *s, const struct object *o);

#endif
