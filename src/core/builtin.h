/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that the token makes of itself (§4.3, §4.13 to §4.15): hardware features, mechanisms, profiles. They are
 * made when a search first names their class, live as long as the token's handles do, and nobody changes, copies or
 * destroys them. A search that does not name their class finds none of them. */
#ifndef CONCLAVE_CORE_BUILTIN_H
#define CONCLAVE_CORE_BUILTIN_H

#include <stddef.h>

#include "base/compiler.h"

struct attr_list;
struct object;
struct objects;
struct policy;
struct session;

#define BUILTIN_CLASSES 4

/* The handles of one class on one token. Under the collection's lock. */
struct builtin_set {
	CK_OBJECT_HANDLE *handles;
	size_t count;
	const struct policy *policy; /* under which it was made; NULL: it is not made */
};

/* Does the template ask for a class of the token's own objects? Then it can match no others. */
bool builtin_wanted(const struct attr_list *template);
/* Handles of those that match; the array is the caller's to free. */
must_check CK_RV builtin_find(struct session *s, const struct attr_list *template, CK_OBJECT_HANDLE **ret, size_t *ret_count);
/* Is this an attribute whose value is made when it is read? */
bool builtin_is_live(const struct object *o, CK_ATTRIBUTE_TYPE type);
/* Writes it by the rules of C_GetAttributeValue. CKR_BUFFER_TOO_SMALL, CKR_FUNCTION_FAILED (the store cannot be written). */
must_check CK_RV builtin_read(struct session *s, const struct object *o, CK_ATTRIBUTE *out);
/* All handles become invalid; a later search makes new ones. */
void builtin_end(struct objects *c);

#endif
