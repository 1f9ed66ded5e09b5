/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of two numbers: libcrypto speaks DER, PKCS #11 fixed-length halves. The change between them is done here on
 * bytes. Knows neither ECDSA nor DSA. */
#include "crypto/pkey_internal.h"

#include <string.h>

#include "crypto/der.h"
#include "crypto/ossl_internal.h"

/* The longest half of a signature: sect571r1. */
#define HALF_MAX 72
/* SEQUENCE, its length in up to two bytes more, two INTEGERs with a zero in front each. */
#define DER_MAX (4 + 2 * (3 + HALF_MAX))

/* One INTEGER off the front of *in, padded to len. */
static bool take_half(struct bytes *in, unsigned char *ret, size_t len)
{
	struct bytes number = {0};

	if (!der_take(in, DER_INTEGER, &number))
		return false;
	if (number.len > 0 && number.data[0] == 0) {
		number.data++;
		number.len--;
	}
	if (number.len > len)
		return false;
	memset(ret, 0, len - number.len);
	memcpy(ret + len - number.len, number.data, number.len);
	return true;
}

static bool from_der(struct bytes der, unsigned char *ret, size_t half)
{
	struct bytes inner = {0};

	return der_only(der, DER_SEQUENCE, &inner) && take_half(&inner, ret, half) && take_half(&inner, ret + half, half) &&
	       inner.len == 0;
}

static size_t put_half(unsigned char *to, const unsigned char *half, size_t len)
{
	while (len > 1 && half[0] == 0) {
		half++;
		len--;
	}
	size_t zero = half[0] >> 7;
	to[0] = DER_INTEGER;
	to[1] = (unsigned char)(len + zero);
	to[2] = 0;
	memcpy(to + 2 + zero, half, len);
	return 2 + zero + len;
}

static size_t to_der(struct bytes signature, unsigned char *ret)
{
	unsigned char inner[2 * (3 + HALF_MAX)];
	size_t half = signature.len / 2;
	size_t len = put_half(inner, signature.data, half);
	size_t head = 0;

	len += put_half(inner + len, signature.data + half, half);
	ret[head++] = DER_SEQUENCE;
	if (len >= 0x80)
		ret[head++] = 0x81;
	ret[head++] = (unsigned char)len;
	memcpy(ret + head, inner, len);
	return head + len;
}

CK_RV pkey_halves_sign(const struct pkey *k, const char *what, struct bytes digest, size_t half, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkey_context(k, PKEY_WAY_SIGN);
	unsigned char der[DER_MAX];
	size_t len = sizeof(der);

	if (ctx == NULL || EVP_PKEY_sign(ctx, der, &len, digest.data, digest.len) <= 0 || !from_der(bytes_of(der, len), ret, half))
		return ossl_fail(CKR_FUNCTION_FAILED, what);
	return CKR_OK;
}

CK_RV pkey_halves_verify(const struct pkey *k, const char *what, struct bytes digest, struct bytes signature)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkey_context(k, PKEY_WAY_VERIFY);
	unsigned char der[DER_MAX];

	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	if (EVP_PKEY_verify(ctx, der, to_der(signature, der), digest.data, digest.len) > 0)
		return CKR_OK;
	return ossl_fail(CKR_SIGNATURE_INVALID, what);
}
