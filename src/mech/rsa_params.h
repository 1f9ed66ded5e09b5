/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of PSS and OAEP: from the application's structures to the crypto layer's. */
#ifndef CONCLAVE_MECH_RSA_PARAMS_H
#define CONCLAVE_MECH_RSA_PARAMS_H

#include "crypto/pkey.h"

/* CK_RSA_PKCS_PSS_PARAMS. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV rsa_params_pss(const CK_MECHANISM *m, struct pkey_pss *ret);
/* CK_RSA_PKCS_OAEP_PARAMS; ret->label points to the application's memory. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV rsa_params_oaep(const CK_MECHANISM *m, struct pkey_oaep *ret);

#endif
