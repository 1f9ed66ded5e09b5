/* SPDX-License-Identifier: Apache-2.0 */
/* One object of SoftHSMv2 made into one of ours, attribute by attribute, with a note on what became of each. Knows the
 * attributes' forms and the schema; knows no folder and no store. */
#ifndef CONCLAVE_CORE_SOFTHSM_OBJECT_H
#define CONCLAVE_CORE_SOFTHSM_OBJECT_H

#include <conclave.h>

#include "attr/attr.h"
#include "mech/mech.h"

/* Who is told. tell NULL: nobody. */
struct softhsm_teller {
	CONCLAVE_IMPORT_TELL tell;
	void *arg;
};

/* name is what the object is called where it comes from; image are its items as in a file; key is the token's, empty
 * when no PIN has opened it. */
struct softhsm_object {
	const char *name;
	struct bytes image;
	struct bytes key;
};

struct softhsm_made {
	struct attrs *attrs; /* the caller's; NULL: the object is left out, as was told */
	bool closed;         /* because it is private, and there is no key */
};
/* CKR_DATA_INVALID: the object is damaged. */
must_check CK_RV softhsm_object_make(const struct mech_env *env, const struct softhsm_object *o, const struct softhsm_teller *t,
                                     struct softhsm_made *ret);

#endif
