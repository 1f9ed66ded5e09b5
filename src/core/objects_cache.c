/* SPDX-License-Identifier: Apache-2.0 */
/* A queue with a second chance: see objects_cache.h. An object is emptied while its handle is sealed, which only
 * works when nobody holds it, and which keeps everybody out for those few instructions. */
#include "core/objects_cache.h"

#include "core/handle.h"
#include "core/objects_internal.h"

/* What a decoded key and the contexts that are ready for it come to, roughly. */
#define KEY_BYTES 4096

CK_RV objects_cache_init(struct objects_cache *c, struct handle_table *handles, size_t limit)
{
	*c = (struct objects_cache){.handles = handles, .limit = limit};
	return lock_init(&c->lock, LOCK_RANK_CACHE);
}

void objects_cache_free(struct objects_cache *c)
{
	if (c->lock.rank != 0)
		lock_destroy(&c->lock);
}

static void unlink_locked(struct objects_cache *c, struct object *o)
{
	struct cache_place *p = &o->cache;

	*(p->newer != NULL ? &p->newer->cache.older : &c->newest) = p->older;
	*(p->older != NULL ? &p->older->cache.newer : &c->oldest) = p->newer;
	p->newer = p->older = NULL;
}

static void link_newest_locked(struct objects_cache *c, struct object *o)
{
	o->cache.older = c->newest;
	*(c->newest != NULL ? &c->newest->cache.newer : &c->oldest) = o;
	c->newest = o;
}

static void drop_locked(struct objects_cache *c, struct object *o)
{
	if (o->cache.bytes == 0)
		return;
	unlink_locked(c, o);
	c->bytes -= o->cache.bytes;
	c->count--;
	o->cache.bytes = 0;
}

void objects_cache_enter(struct objects_cache *c, struct object *o)
{
	const struct attrs *a = atomic_load(&o->attrs);

	lock_take(&c->lock);
	o->cache.home = c;
	drop_locked(c, o);
	if (a != NULL) {
		o->cache.bytes = a->size + (atomic_load(&o->key) != NULL ? KEY_BYTES : 0);
		c->bytes += o->cache.bytes;
		c->count++;
		link_newest_locked(c, o);
	}
	lock_release(&c->lock);
}

void objects_cache_leave(struct object *o)
{
	struct objects_cache *c = o->cache.home;

	if (c == NULL)
		return;
	lock_take(&c->lock);
	drop_locked(c, o);
	lock_release(&c->lock);
}

/* The oldest object gives what it has, or goes to the other end of the queue. */
static void try_oldest_locked(struct objects_cache *c, struct object_content *ret)
{
	struct object *o = c->oldest;

	if (atomic_exchange_explicit(&o->cache.used, false, memory_order_relaxed) || !handle_seal(c->handles, o->handle)) {
		unlink_locked(c, o);
		link_newest_locked(c, o);
		return;
	}
	object_take_content(o, ret);
	handle_unseal(c->handles, o->handle);
	drop_locked(c, o);
}

void objects_cache_trim(struct objects_cache *c)
{
	/* Twice around at most: all may be in use. */
	for (size_t left = SIZE_MAX; left > 0; left--) {
		struct object_content content = {0};

		lock_take(&c->lock);
		if (left == SIZE_MAX)
			left = 2 * c->count + 1;
		bool more = c->bytes > c->limit && c->oldest != NULL;
		if (more)
			try_oldest_locked(c, &content);
		lock_release(&c->lock);
		object_free_content(&content);
		if (!more)
			return;
	}
}
