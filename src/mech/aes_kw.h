/* SPDX-License-Identifier: Apache-2.0 */
/* AES key wrap: KW and KWP of NIST SP 800-38F (RFC 3394, RFC 5649). */
#ifndef CONCLAVE_MECH_AES_KW_H
#define CONCLAVE_MECH_AES_KW_H

#include "mech/mech.h"

#define AES_KW_SEMIBLOCK 8

/* The standards' own initial values: 8 bytes for KW, 4 for KWP. */
extern const unsigned char aes_kw_iv[8];
extern const unsigned char aes_kwp_iv[4];

/* plain: a multiple of 8 bytes, 16 at least; out has 8 more and may be the same place. CKR_DATA_LEN_RANGE. */
must_check CK_RV aes_kw_wrap(struct ossl *o, struct bytes kek, const unsigned char iv[8], struct bytes plain, unsigned char *out);
/* out has 8 fewer. CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID (then out is wiped). */
must_check CK_RV aes_kw_unwrap(struct ossl *o, struct bytes kek, const unsigned char iv[8], struct bytes wrapped, unsigned char *out);

/* Bytes that KWP makes of so many. */
size_t aes_kwp_size(size_t plain_len);
/* plain: 1 to 2^32-1 bytes. CKR_DATA_LEN_RANGE. */
must_check CK_RV aes_kwp_wrap(struct ossl *o, struct bytes kek, const unsigned char iv[4], struct bytes plain, unsigned char *out);
/* out has 8 bytes fewer than wrapped, of which *ret_len are the plaintext. Codes as above. */
must_check CK_RV aes_kwp_unwrap(struct ossl *o, struct bytes kek, const unsigned char iv[4], struct bytes wrapped, unsigned char *out, size_t *ret_len);

#endif
