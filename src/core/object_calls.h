/* SPDX-License-Identifier: Apache-2.0 */
/* What applications do with objects (§5.7, §5.18.1, §5.18.2): create, copy, destroy, read, change, generate. Each
 * call: the template is read, the object layer makes the new attributes, the session's state decides, and then the
 * collection changes, all or nothing. Under the session's lock. */
#ifndef CONCLAVE_CORE_OBJECT_CALLS_H
#define CONCLAVE_CORE_OBJECT_CALLS_H

#include "base/compiler.h"

struct attr_list;
struct session;

/* A template from the application. */
struct template_in {
	CK_ATTRIBUTE_PTR attributes;
	CK_ULONG count;
};

must_check CK_RV object_create(struct session *s, struct template_in template, CK_OBJECT_HANDLE_PTR ret);
must_check CK_RV object_copy(struct session *s, CK_OBJECT_HANDLE from, struct template_in template, CK_OBJECT_HANDLE_PTR ret);
must_check CK_RV object_destroy(struct session *s, CK_OBJECT_HANDLE object);
must_check CK_RV object_size(struct session *s, CK_OBJECT_HANDLE object, CK_ULONG_PTR ret);
must_check CK_RV object_get_attributes(struct session *s, CK_OBJECT_HANDLE object, struct template_in template);
must_check CK_RV object_set_attributes(struct session *s, CK_OBJECT_HANDLE object, struct template_in template);

must_check CK_RV generate_key(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in template, CK_OBJECT_HANDLE_PTR ret);
must_check CK_RV generate_key_pair(struct session *s, CK_MECHANISM_PTR mechanism, struct template_in public_template,
                                   struct template_in private_template, CK_OBJECT_HANDLE_PTR ret_public, CK_OBJECT_HANDLE_PTR ret_private);

/* May the session make, change or destroy an object of this kind? CKR_TOKEN_WRITE_PROTECTED (which outranks),
 * CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN, CKR_PIN_EXPIRED. */
must_check CK_RV object_may_write(struct session *s, bool token_object, bool private_object);
/* The same for an object that is being made; and: the new objects enter the collection, all or none. */
must_check CK_RV object_may_make(struct session *s, const struct attr_list *object);
must_check CK_RV object_enter(struct session *s, const struct attr_list *const *objects, size_t count, CK_OBJECT_HANDLE *ret);
/* CKR_ARGUMENTS_BAD for a count without a template. */
must_check CK_RV object_read_template(struct template_in template, struct attr_list *ret);

#endif
