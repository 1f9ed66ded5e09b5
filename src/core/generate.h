/* SPDX-License-Identifier: Apache-2.0 */
/* Key generation in three steps, so that the long one in the middle can be done by another thread: it needs no session,
 * no store and no lock. C_GenerateKey and C_GenerateKeyPair are in object_calls.h. */
#ifndef CONCLAVE_CORE_GENERATE_H
#define CONCLAVE_CORE_GENERATE_H

#include "attr/attr.h"
#include "core/object_calls.h"
#include "mech/mech.h"

struct generation {
	const struct mech_row *row;
	bool pair;
	struct attr_list keys[2]; /* templates, then keys; of a pair the public one first */
	size_t count;
	CK_FLAGS judged; /* see validation.h; a job that was saved and taken up again does not say */
};
void generation_free(struct generation *g); /* wipes */

/* All that can be refused is refused here. templates: one, or two for a pair. */
must_check CK_RV generation_begin(struct session *s, const CK_MECHANISM *m, const struct template_in *templates, struct generation *g);
/* CKR_FUNCTION_CANCELED when env says so. */
must_check CK_RV generation_work(const struct mech_env *env, const CK_MECHANISM *m, struct generation *g);
/* The keys become objects, all or none. */
must_check CK_RV generation_enter(struct session *s, struct generation *g, CK_OBJECT_HANDLE ret[2]);
/* Is one of the keys a private object? */
bool generation_private(const struct generation *g);

#endif
