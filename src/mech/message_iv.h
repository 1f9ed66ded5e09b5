/* SPDX-License-Identifier: Apache-2.0 */
/* IVs for the messages of one process (§6.13.2): different for each, in the way that the application chose. */
#ifndef CONCLAVE_MECH_MESSAGE_IV_H
#define CONCLAVE_MECH_MESSAGE_IV_H

#include "mech/mech.h"

#define MESSAGE_IV_MAX 256

/* {0} has made none. */
struct message_iv {
	CK_GENERATOR_FUNCTION generator; /* and the next two: those of the first message, and of all others */
	size_t iv_len;
	size_t fixed_bits;
	uint64_t made;
	unsigned char base[MESSAGE_IV_MAX];
};

/* Writes the next IV to m->iv; CKG_NO_GENERATE changes nothing. CKR_MECHANISM_PARAM_INVALID: an unknown generator, one
 * other than before, or no IV left that would be new. */
must_check CK_RV message_iv_next(struct message_iv *g, struct ossl *o, const struct mech_message *m);

/* For calls that remember nothing, as wrapping: CKG_GENERATE and CKG_GENERATE_RANDOM make the bits behind the fixed ones
 * random (at least 64), CKG_NO_GENERATE changes nothing. CKR_MECHANISM_PARAM_INVALID: counters, fewer bits. */
must_check CK_RV message_iv_once(struct ossl *o, const struct mech_message *m);

#endif
