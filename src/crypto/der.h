/* SPDX-License-Identifier: Apache-2.0 */
/* The little DER that the token needs: tag-length-value pieces, in and out. Strict on reading
 * (definite, shortest lengths, one-byte tags). Knows no ASN.1 module and no key. */
#ifndef CONCLAVE_CRYPTO_DER_H
#define CONCLAVE_CRYPTO_DER_H

#include "base/bytes.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_PRINTABLE_STRING = 0x13,
	DER_SEQUENCE = 0x30,
};

/* Takes one element with this tag off the front of *in; false when it is not there or malformed
 * (then *in is unchanged). ret is its content. */
bool der_take(struct bytes *in, unsigned char tag, struct bytes *ret);
/* The same for an in that is this one element and nothing else. */
bool der_only(struct bytes in, unsigned char tag, struct bytes *ret);
/* A BIT STRING's content without the count of unused bits, which must be 0. */
bool der_bits(struct bytes content, struct bytes *ret);

/* Appends the tag and the length of a content that follows. */
must_check CK_RV der_put_head(struct buf *b, unsigned char tag, size_t len);
must_check CK_RV der_put(struct buf *b, unsigned char tag, struct bytes content);
/* INTEGER from an unsigned magnitude, most significant byte first; leading zeros are taken off. */
must_check CK_RV der_put_unsigned(struct buf *b, struct bytes magnitude);
/* BIT STRING of whole bytes. */
must_check CK_RV der_put_bits(struct buf *b, struct bytes content);

#endif
