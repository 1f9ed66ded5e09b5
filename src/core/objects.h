/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of one token that this application knows: its session objects, and the token objects it has met.
 * Gives handles, finds, and keeps what it knows in step with the store. Who may do what is decided by the session's
 * state (session_state.h); what an attribute may become, by the object layer. */
#ifndef CONCLAVE_CORE_OBJECTS_H
#define CONCLAVE_CORE_OBJECTS_H

#include <stdatomic.h>

#include "attr/attr.h"
#include "base/lock.h"
#include "core/builtin.h"
#include "core/objects_cache.h"
#include "mech/park.h"
#include "object/index.h"
#include "store/store.h"

struct builtin_live;
struct handle_table;
struct mech_key;
struct session;
struct token;

#define OBJECT_TAGS 12
/* As many new objects enter at once at most: a derived key and those that its parameter asks for. */
#define OBJECTS_TOGETHER 17

struct old_attrs {
	struct attrs *attrs;
	struct old_attrs *next;
};

/* Key material, and contexts ready for operations with it. */
struct object_key {
	struct mech_key *material;
	struct mech_park park;
};

struct object {
	struct token *token;
	CK_OBJECT_HANDLE handle;
	/* As of now; holders of a reference may keep looking at older ones. Of a token object that nobody holds it may be
	 * NULL (objects_cache.h): objects_take gives whole ones. */
	_Atomic(struct attrs *) attrs;
	bool token_object, private_object;
	bool builtin;             /* the token's own; then token_object is false: the store does not know it */
	const struct builtin_live *live; /* its value of the moment, or NULL */
	uint64_t epoch;           /* of the login under which a private object got its handle */
	/* Of a session object: the session that made it, and what that was called. It ends with it, at once and for
	 * everybody: the handle is gone from the session before anything is cleared up. */
	const struct session *maker;
	CK_SESSION_HANDLE maker_handle;
	uint64_t era;             /* of that session */
	struct store_id id;       /* token objects */
	_Atomic uint64_t version; /* stored; token objects */
	_Atomic uint32_t changes; /* goes up before attributes with another content take their place */
	_Atomic uint64_t stamp;   /* the store's stamp when version was last known to be right */
	struct lock lock;         /* the members below */
	struct old_attrs *old;
	_Atomic(struct object_key *) key; /* decoded, at first use; set under the lock */
	struct cache_place cache; /* token objects */
	/* Under the collection's lock: */
	struct session *owner;    /* of a session object */
	struct object *next, *previous;             /* all of the collection */
	struct object *owner_next, *owner_previous; /* of one session */
	unsigned node_count;
	struct index_node node[]; /* session objects: OBJECT_TAGS, for tags; token objects: one, for the id */
};

struct objects {
	struct lock lock;
	struct index session_index; /* session objects by tag */
	struct index token_index;   /* token objects by store id */
	struct object *first;       /* session objects come first found by walking `session_first` */
	struct object *session_first;
	struct handle_table *handles; /* the module's */
	struct builtin_set builtin[BUILTIN_CLASSES];
};

/* On an error, too, objects_free is to follow. */
must_check CK_RV objects_init(struct objects *o, struct handle_table *handles, const unsigned char key[16]);
void objects_free(struct objects *o);

/* A reference to the live object that a session can see (state, login, store); else `invalid`, the code that the
 * argument's meaning asks for (CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID). Give it back with objects_release. */
must_check CK_RV objects_take(struct session *s, CK_OBJECT_HANDLE h, CK_RV invalid, struct object **ret);
/* What others have made of an object that is taken already. */
must_check CK_RV objects_refresh(struct object *o);
void objects_release(struct object *o);
/* The decoded key, made at first use; lives as long as the reference. */
must_check CK_RV objects_key(struct object *o, const struct mech_key **ret);
/* Where operations with the key leave their contexts; NULL before objects_key. */
struct mech_park *objects_park(struct object *o);

/* Enters new objects made by a session (one, a key pair, the keys of one derivation; OBJECTS_TOGETHER at most) as session or token objects by their CKA_TOKEN, all or
 * none; attrs become the objects' own on CKR_OK only. Rights have been checked. */
must_check CK_RV objects_add(struct session *s, struct attrs **attrs, size_t count, CK_OBJECT_HANDLE *ret_handles);
/* Does the session that made a session object still live? True for token objects. */
bool objects_maker_lives(const struct object *o);
/* C_DestroyObject after all checks: store first, then the handle; exactly one caller gets CKR_OK. */
must_check CK_RV objects_destroy(struct session *s, struct object *o);
/* Puts changed attributes in place of those it had; attrs become the object's on CKR_OK only.
 * CKR_FUNCTION_FAILED: changed by somebody else meanwhile, decide anew. */
must_check CK_RV objects_change(struct session *s, struct object *o, struct attrs *from, struct attrs *attrs);
/* What becomes of an object, by what it is: changes `to`, which comes in as a copy of `from`. */
typedef CK_RV (*objects_step)(const struct attrs *from, struct attr_list *to, void *arg);
/* Changes an object by a step from what it is, on disk when this returns; when somebody else was faster the step is asked
 * again, so no two steps begin at the same content. The object's older attributes may be gone then. */
must_check CK_RV objects_move(struct session *s, struct object *o, objects_step step, void *arg);

/* Handles of all objects that the session can see and that match; the array is the caller's to free. *ret_incomplete
 * (false before) becomes true when records were refused or are missing from the store: the log says which. */
must_check CK_RV objects_find(struct session *s, const struct attr_list *template, CK_OBJECT_HANDLE **ret, size_t *ret_count,
                              bool *ret_incomplete);

/* A session ends: its session objects die. */
void objects_end_session(struct session *s);
/* Private access of a login (and of those before) has ended: its private session objects and all its handles to
 * private objects die. */
void objects_end_private(struct objects *o, uint64_t epoch);
/* The token is made anew: everything dies. */
void objects_end_all(struct objects *o);
/* handle_table's destructor. */
void objects_destroy_item(void *item);

#endif
