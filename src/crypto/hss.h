/* SPDX-License-Identifier: Apache-2.0 */
/* HSS, the hierarchy of LMS trees (RFC 8554 §6, SP 800-208 §4): keys as the standard's byte strings. */
#ifndef CONCLAVE_CRYPTO_HSS_H
#define CONCLAVE_CRYPTO_HSS_H

#include "crypto/lms.h"

#define HSS_MAX_LEVELS 8
#define HSS_MAX_PUBLIC (4 + LMS_MAX_PUBLIC)

struct hss_public {
	unsigned levels;
	struct lms_set top; /* of the topmost tree; those below come with each signature */
	struct bytes lms;   /* the topmost tree's public key, inside the value */
};

/* Looks at a public key; false: it is none. ret borrows from the value. */
bool hss_public_read(struct bytes value, struct hss_public *ret);
/* CKR_SIGNATURE_LEN_RANGE: shorter or longer than its own types say; CKR_SIGNATURE_INVALID: everything else, types of
 * another hash than the key's (SP 800-208 §4) included. */
must_check CK_RV hss_verify(const struct hss_public *k, struct bytes message, struct bytes signature);

#endif
