/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator states of a validation of this module ([validation] in the settings, doc/objects.md): the one
 * object of class CKO_VALIDATION, and the indicators of §4.15.3, which say whether an operation met the rules that the
 * section gives. Rules are a policy that is asked and not enforced. */
#ifndef CONCLAVE_CORE_VALIDATION_H
#define CONCLAVE_CORE_VALIDATION_H

#include "base/compiler.h"

struct attr_list;
struct attrs;
struct config;
struct session;
struct validation;

/* *ret is NULL when nothing is stated. CKR_FUNCTION_FAILED: the section holds a mistake, which is logged. */
must_check CK_RV validation_new(const struct config *c, struct validation **ret);
void validation_free(struct validation *v);
/* The object's attributes beside those of every object. */
must_check CK_RV validation_describe(const struct validation *v, struct attr_list *ret);

/* The flags of the validations whose rules a mechanism, used so (a CKF_ bit) with a key (or none), keeps. */
CK_FLAGS validation_judge(const struct session *s, const CK_MECHANISM *m, CK_FLAGS use, const struct attrs *key);
/* Gives a new key the flags of the operation that makes it, as far as the key itself keeps the rules. */
must_check CK_RV validation_mark(const struct session *s, CK_FLAGS judged, struct attr_list *key);

#endif
