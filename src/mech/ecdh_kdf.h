/* SPDX-License-Identifier: Apache-2.0 */
/* The agreement of ECDH with its key derivation functions (CKD_): what CKM_ECDH1_DERIVE and the key wraps over ECDH
 * share. */
#ifndef CONCLAVE_MECH_ECDH_KDF_H
#define CONCLAVE_MECH_ECDH_KDF_H

#include "mech/mech.h"

/* Is it a function of ours, and may it have shared data? CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV ecdh_kdf_check(CK_EC_KDF_TYPE kdf, struct bytes shared_data);
/* X9.63 (§5.6.3) or one-step SP 800-56A (§5.8.1.1) over secret. Not for CKD_NULL. */
must_check CK_RV ecdh_kdf(CK_EC_KDF_TYPE kdf, struct bytes secret, struct bytes shared_data, unsigned char *out, size_t len);
/* The raw secret of a private key and an encoded public one, in any form that CKA_EC_POINT may have; cofactor as for
 * pkey_ecdh.
 * CKR_MECHANISM_PARAM_INVALID (its form), CKR_PUBLIC_KEY_INVALID (not on the curve, of low order). */
must_check CK_RV ecdh_agree(struct ossl *o, const struct mech_key *own, struct bytes public_data, bool cofactor, struct secret *ret);

#endif
