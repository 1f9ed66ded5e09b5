/* SPDX-License-Identifier: Apache-2.0 */
/* How much of token objects stays in memory: decoded attributes and keys up to a limit (setting object_cache). What
 * nobody has used for longest goes first; its handle stays valid, and the next use reads the record again. An object
 * that a call or an operation holds stays whole. */
#ifndef CONCLAVE_CORE_OBJECTS_CACHE_H
#define CONCLAVE_CORE_OBJECTS_CACHE_H

#include <stdatomic.h>

#include "base/lock.h"

struct handle_table;
struct object;

struct objects_cache {
	struct lock lock;
	struct handle_table *handles;
	struct object *newest, *oldest; /* whole token objects */
	size_t count, bytes, limit;
};

/* An object's place in it, under its lock but for `used`. */
struct cache_place {
	struct objects_cache *home; /* NULL: it was never in one */
	struct object *newer, *older;
	size_t bytes; /* 0: it is not in it */
	_Atomic bool used; /* since somebody last looked for what may go */
};

must_check CK_RV objects_cache_init(struct objects_cache *c, struct handle_table *handles, size_t limit);
void objects_cache_free(struct objects_cache *c);

/* A token object has its attributes, or more than it had. May be called with the collection's lock. */
void objects_cache_enter(struct objects_cache *c, struct object *o);
/* Before an object's memory goes. */
void objects_cache_leave(struct object *o);
/* Takes attributes and keys from objects until the limit is kept. With no lock of an object or a collection. */
void objects_cache_trim(struct objects_cache *c);

#endif
