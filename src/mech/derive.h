/* SPDX-License-Identifier: Apache-2.0 */
/* What derivation mechanisms share: how long the new key is to be, its value, and parameters with every pointer in
 * doubt. Knows no mechanism. */
#ifndef CONCLAVE_MECH_DERIVE_H
#define CONCLAVE_MECH_DERIVE_H

#include "crypto/digest.h"
#include "mech/mech.h"

/* The longest value that a mechanism makes from nothing but a counter. */
#define DERIVE_MAX 65536

/* How many bytes the template wants: CKA_VALUE_LEN, else the only length that the key type has, else (a generic secret)
 * otherwise. 0 for otherwise: there is no such length, CKR_TEMPLATE_INCOMPLETE. CKR_ATTRIBUTE_VALUE_INVALID for 0 or
 * more than DERIVE_MAX. */
must_check CK_RV derive_length(const struct attr_list *key, size_t otherwise, size_t *ret);
/* These bytes, but for the bits that have no choice in the key type, as the parity of DES keys (§6.43). */
must_check CK_RV derive_set_exactly(struct attr_list *key, struct bytes value);
/* CKA_VALUE of the length that the template wants, all of the bytes when it says nothing: the first ones, or the last
 * ones. CKR_TEMPLATE_INCONSISTENT when there are too few. */
must_check CK_RV derive_set_first(struct attr_list *key, struct bytes from);
must_check CK_RV derive_set_last(struct attr_list *key, struct bytes from);
/* All of the bytes, and no other CKA_VALUE_LEN: CKR_TEMPLATE_INCONSISTENT. */
must_check CK_RV derive_set_whole(struct attr_list *key, struct bytes from);

/* Copies a parameter of exactly this size. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV derive_param(const CK_MECHANISM *m, void *to, size_t size);
/* Bytes that a parameter points at. CKR_MECHANISM_PARAM_INVALID: NULL with a length, or an absurd length. */
must_check CK_RV derive_bytes(const void *data, CK_ULONG len, struct bytes *ret);

/* The hash of CKM_SHA256 and so on. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV derive_hash(CK_MECHANISM_TYPE mechanism, enum digest_alg *ret);

/* A MAC of the token's over pieces, one after the other, as a pseudo-random function. ret has DERIVE_MAC_MAX bytes. */
#define DERIVE_MAC_MAX 64
must_check CK_RV derive_mac(const struct mech_env *env, const struct mech_row *mac, const struct mech_key *key, const struct bytes *pieces,
                            size_t count, unsigned char *ret, size_t *ret_len);

#endif
