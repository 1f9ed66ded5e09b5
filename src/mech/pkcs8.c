/* SPDX-License-Identifier: Apache-2.0 */
/* PrivateKeyInfo in and out, for RSA and for keys on curves. Strict DER; attributes and a public key at the end are
 * skipped. Checks the form only: whether the numbers make a key is the key type's complete() to say. */
#include "mech/pkcs8.h"

#include "base/log.h"
#include "crypto/der.h"

/* [0] attributes and [1] publicKey of RFC 5958; [0] parameters and [1] publicKey of RFC 5915. */
#define CONTEXT_0 0xa0
#define CONTEXT_1_PRIMITIVE 0x81
#define CONTEXT_1 0xa1

/* rsaEncryption with NULL; id-ecPublicKey. */
static const unsigned char rsa_algorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const unsigned char ec_oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const unsigned char rsa_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};

static const CK_ATTRIBUTE_TYPE rsa_parts[] = {
	CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
	CKA_PRIME_2, CKA_EXPONENT_1,      CKA_EXPONENT_2,       CKA_COEFFICIENT,
};

static CK_RV malformed(const char *what)
{
	return fail(CKR_DATA_INVALID, "PKCS #8: %s", what);
}

/* ---- the envelope -------------------------------------------------------------------------- */

CK_RV pkcs8_put(struct bytes algorithm, struct bytes key, struct buf *ret)
{
	struct buf inner cleanup(buf_wipe_free) = {0};
	/* Every head is at most 6 bytes. */
	size_t most = 32 + algorithm.len + key.len;

	try(buf_reserve(&inner, most));
	try(buf_reserve(ret, most));
	try(der_put_unsigned(&inner, (struct bytes){0}));
	try(der_put(&inner, DER_SEQUENCE, algorithm));
	try(der_put(&inner, DER_OCTET_STRING, key));
	return der_put(ret, DER_SEQUENCE, buf_bytes(&inner));
}

CK_RV pkcs8_take(struct bytes der, struct bytes *ret_algorithm, struct bytes *ret_key)
{
	struct bytes content = {0}, version = {0}, skipped = {0};

	if (!der_only(der, DER_SEQUENCE, &content) || !der_take(&content, DER_INTEGER, &version) || version.len != 1 || version.data[0] > 1)
		return malformed("no PrivateKeyInfo of version 0 or 1");
	if (!der_take(&content, DER_SEQUENCE, ret_algorithm) || !der_take(&content, DER_OCTET_STRING, ret_key))
		return malformed("no algorithm or no key");
	(void)der_take(&content, CONTEXT_0, &skipped);
	(void)der_take(&content, CONTEXT_1_PRIMITIVE, &skipped);
	return content.len == 0 ? CKR_OK : malformed("bytes at the end");
}

/* ---- RSA ----------------------------------------------------------------------------------- */

CK_RV pkcs8_from_rsa(const struct attrs *a, struct buf *ret)
{
	struct buf numbers cleanup(buf_wipe_free) = {0};
	struct buf key cleanup(buf_wipe_free) = {0};
	struct bytes part[array_len(rsa_parts)];
	size_t most = 16;

	for (size_t i = 0; i < array_len(rsa_parts); i++) {
		if (!attrs_get(a, rsa_parts[i], &part[i]))
			return fail(CKR_KEY_NOT_WRAPPABLE, "an RSA key without %s", attr_name(rsa_parts[i]));
		most += part[i].len + 8;
	}
	try(buf_reserve(&numbers, most));
	try(buf_reserve(&key, most));
	try(der_put_unsigned(&numbers, (struct bytes){0}));
	for (size_t i = 0; i < array_len(rsa_parts); i++)
		try(der_put_unsigned(&numbers, part[i]));
	try(der_put(&key, DER_SEQUENCE, buf_bytes(&numbers)));
	return pkcs8_put(bytes_of(rsa_algorithm, sizeof(rsa_algorithm)), buf_bytes(&key), ret);
}

static bool take_number(struct bytes *in, struct bytes *ret)
{
	if (!der_take(in, DER_INTEGER, ret) || ret->len == 0 || (ret->data[0] & 0x80) != 0)
		return false;
	while (ret->len > 0 && ret->data[0] == 0) {
		ret->data++;
		ret->len--;
	}
	return true;
}

CK_RV pkcs8_to_rsa(struct bytes der, struct attr_list *key)
{
	struct bytes algorithm = {0}, inner = {0}, oid = {0}, numbers = {0}, number = {0};

	try(pkcs8_take(der, &algorithm, &inner));
	if (!der_take(&algorithm, DER_OID, &oid) || !bytes_equal(oid, bytes_of(rsa_oid, sizeof(rsa_oid))))
		return malformed("another algorithm than RSA");
	if (!der_only(inner, DER_SEQUENCE, &numbers) || !take_number(&numbers, &number) || number.len != 0)
		return malformed("no RSAPrivateKey of two primes");
	for (size_t i = 0; i < array_len(rsa_parts); i++) {
		if (!take_number(&numbers, &number))
			return malformed("a number of an RSAPrivateKey is missing");
		try(attr_list_set(key, rsa_parts[i], number));
	}
	return numbers.len == 0 ? CKR_OK : malformed("bytes behind an RSAPrivateKey");
}

/* ---- short Weierstrass --------------------------------------------------------------------- */

CK_RV pkcs8_from_ec(const struct attrs *a, struct buf *ret)
{
	struct buf content cleanup(buf_wipe_free) = {0};
	struct buf key cleanup(buf_wipe_free) = {0};
	struct buf algorithm cleanup(buf_free) = {0};
	const unsigned char one = 1;
	struct bytes value = {0}, params = {0};

	if (!attrs_get(a, CKA_VALUE, &value) || !attrs_get(a, CKA_EC_PARAMS, &params))
		return fail(CKR_KEY_NOT_WRAPPABLE, "a key without value or curve");
	try(buf_reserve(&content, value.len + 16));
	try(buf_reserve(&key, value.len + 32));
	try(der_put_unsigned(&content, bytes_of(&one, 1)));
	try(der_put(&content, DER_OCTET_STRING, value));
	try(der_put(&key, DER_SEQUENCE, buf_bytes(&content)));
	try(der_put(&algorithm, DER_OID, bytes_of(ec_oid, sizeof(ec_oid))));
	try(buf_append(&algorithm, params));
	return pkcs8_put(buf_bytes(&algorithm), buf_bytes(&key), ret);
}

CK_RV pkcs8_to_ec(struct bytes der, struct attr_list *key)
{
	struct bytes algorithm = {0}, inner = {0}, oid = {0}, content = {0}, version = {0}, value = {0}, skipped = {0};

	try(pkcs8_take(der, &algorithm, &inner));
	if (!der_take(&algorithm, DER_OID, &oid) || !bytes_equal(oid, bytes_of(ec_oid, sizeof(ec_oid))))
		return malformed("another algorithm than elliptic curves");
	if (!der_only(inner, DER_SEQUENCE, &content) || !take_number(&content, &version) || version.len != 1 || version.data[0] != 1 ||
	    !der_take(&content, DER_OCTET_STRING, &value))
		return malformed("no ECPrivateKey");
	(void)der_take(&content, CONTEXT_0, &skipped);
	(void)der_take(&content, CONTEXT_1, &skipped);
	if (content.len != 0 || value.len == 0)
		return malformed("bytes behind an ECPrivateKey");
	try(attr_list_set(key, CKA_EC_PARAMS, algorithm));
	return attr_list_set(key, CKA_VALUE, value);
}

/* ---- Edwards and Montgomery ---------------------------------------------------------------- */

CK_RV pkcs8_from_raw(const struct attrs *a, struct buf *ret)
{
	struct buf key cleanup(buf_wipe_free) = {0};
	struct bytes value = {0}, params = {0};

	if (!attrs_get(a, CKA_VALUE, &value) || !attrs_get(a, CKA_EC_PARAMS, &params))
		return fail(CKR_KEY_NOT_WRAPPABLE, "a key without value or curve");
	try(buf_reserve(&key, value.len + 16));
	try(der_put(&key, DER_OCTET_STRING, value));
	return pkcs8_put(params, buf_bytes(&key), ret);
}

CK_RV pkcs8_to_raw(struct bytes der, struct attr_list *key)
{
	struct bytes algorithm = {0}, inner = {0}, value = {0}, rest, oid = {0};

	try(pkcs8_take(der, &algorithm, &inner));
	rest = algorithm;
	if (!der_take(&rest, DER_OID, &oid) || rest.len != 0)
		return malformed("an algorithm that is no curve of RFC 8410");
	if (!der_only(inner, DER_OCTET_STRING, &value))
		return malformed("no CurvePrivateKey");
	try(attr_list_set(key, CKA_EC_PARAMS, algorithm));
	return attr_list_set(key, CKA_VALUE, value);
}
