/* SPDX-License-Identifier: Apache-2.0 */
/* The table of curves. A curve that this libcrypto was built without is still listed: making a key
 * on it gives CKR_CURVE_NOT_SUPPORTED. */
#include "crypto/pkey_curve.h"

#include <string.h>
#include <strings.h>

#define DER(...) {(const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})}
#define WEIERSTRASS(field_bits)                                                     \
	.kind = PKEY_EC, .bits = (field_bits), .size = ((field_bits) + 7) / 8,      \
	.point_size = 1 + 2 * (((field_bits) + 7) / 8), .signature_size = 2 * (((field_bits) + 7) / 8)
#define EDWARDS(field_bits, key_size) \
	.kind = PKEY_EDWARDS, .bits = (field_bits), .size = (key_size), .point_size = (key_size), .signature_size = 2 * (key_size)
#define MONTGOMERY(field_bits, key_size) \
	.kind = PKEY_MONTGOMERY, .bits = (field_bits), .size = (key_size), .point_size = (key_size)

static const struct pkey_curve curves[] = {
	{
		WEIERSTRASS(192),
		.group = "prime192v1",
		.names = {"secp192r1", "prime192v1", "P-192"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x01),
	},
	{
		WEIERSTRASS(224),
		.group = "secp224r1",
		.names = {"secp224r1", "P-224"},
		.oid = DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x21),
	},
	{
		WEIERSTRASS(256),
		.group = "prime256v1",
		.names = {"secp256r1", "prime256v1", "P-256"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07),
	},
	{
		WEIERSTRASS(384),
		.group = "secp384r1",
		.names = {"secp384r1", "P-384"},
		.oid = DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22),
	},
	{
		WEIERSTRASS(521),
		.group = "secp521r1",
		.names = {"secp521r1", "P-521"},
		.oid = DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23),
	},
	{
		WEIERSTRASS(256),
		.group = "secp256k1",
		.names = {"secp256k1"},
		.oid = DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A),
	},
	{
		WEIERSTRASS(256),
		.group = "brainpoolP256r1",
		.names = {"brainpoolP256r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07),
	},
	{
		WEIERSTRASS(384),
		.group = "brainpoolP384r1",
		.names = {"brainpoolP384r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0B),
	},
	{
		WEIERSTRASS(512),
		.group = "brainpoolP512r1",
		.names = {"brainpoolP512r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0D),
	},
	{
		WEIERSTRASS(192),
		.group = "secp192k1",
		.names = {"secp192k1"},
		.oid = DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x1F),
	},
	{
		WEIERSTRASS(192),
		.group = "prime192v2",
		.names = {"prime192v2"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x02),
	},
	{
		WEIERSTRASS(192),
		.group = "prime192v3",
		.names = {"prime192v3"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x03),
	},
	{
		WEIERSTRASS(239),
		.group = "prime239v1",
		.names = {"prime239v1"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x04),
	},
	{
		WEIERSTRASS(239),
		.group = "prime239v2",
		.names = {"prime239v2"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x05),
	},
	{
		WEIERSTRASS(239),
		.group = "prime239v3",
		.names = {"prime239v3"},
		.oid = DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x06),
	},
	{
		WEIERSTRASS(160),
		.group = "brainpoolP160r1",
		.names = {"brainpoolP160r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x01),
	},
	{
		WEIERSTRASS(160),
		.group = "brainpoolP160t1",
		.names = {"brainpoolP160t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x02),
	},
	{
		WEIERSTRASS(192),
		.group = "brainpoolP192r1",
		.names = {"brainpoolP192r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x03),
	},
	{
		WEIERSTRASS(192),
		.group = "brainpoolP192t1",
		.names = {"brainpoolP192t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x04),
	},
	{
		WEIERSTRASS(224),
		.group = "brainpoolP224r1",
		.names = {"brainpoolP224r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x05),
	},
	{
		WEIERSTRASS(224),
		.group = "brainpoolP224t1",
		.names = {"brainpoolP224t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x06),
	},
	{
		WEIERSTRASS(256),
		.group = "brainpoolP256t1",
		.names = {"brainpoolP256t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x08),
	},
	{
		WEIERSTRASS(320),
		.group = "brainpoolP320r1",
		.names = {"brainpoolP320r1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x09),
	},
	{
		WEIERSTRASS(320),
		.group = "brainpoolP320t1",
		.names = {"brainpoolP320t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0A),
	},
	{
		WEIERSTRASS(384),
		.group = "brainpoolP384t1",
		.names = {"brainpoolP384t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0C),
	},
	{
		WEIERSTRASS(512),
		.group = "brainpoolP512t1",
		.names = {"brainpoolP512t1"},
		.oid = DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0E),
	},
	{
		EDWARDS(255, 32),
		.group = "ED25519",
		.names = {"edwards25519", "Ed25519", "id-Ed25519"},
		.oid = DER(0x06, 0x03, 0x2B, 0x65, 0x70),
		.old_oid = DER(0x06, 0x09, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01),
	},
	{
		EDWARDS(448, 57),
		.group = "ED448",
		.names = {"edwards448", "Ed448", "id-Ed448"},
		.oid = DER(0x06, 0x03, 0x2B, 0x65, 0x71),
	},
	{
		MONTGOMERY(255, 32),
		.group = "X25519",
		.names = {"curve25519", "X25519", "id-X25519"},
		.oid = DER(0x06, 0x03, 0x2B, 0x65, 0x6E),
		.old_oid = DER(0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01),
	},
	{
		MONTGOMERY(448, 56),
		.group = "X448",
		.names = {"curve448", "X448", "id-X448"},
		.oid = DER(0x06, 0x03, 0x2B, 0x65, 0x6F),
	},
};

const struct pkey_curve *pkey_curve_at(size_t i)
{
	return i < array_len(curves) ? &curves[i] : NULL;
}

const struct pkey_curve *pkey_curve_by_oid(struct bytes oid)
{
	for (size_t i = 0; i < array_len(curves); i++) {
		const struct pkey_curve *c = &curves[i];

		if (bytes_equal(oid, c->oid) || (oid.len > 0 && bytes_equal(oid, c->old_oid)))
			return c;
	}
	return NULL;
}

static bool has_name(const struct pkey_curve *c, struct bytes name)
{
	for (size_t i = 0; i < PKEY_CURVE_NAMES && c->names[i] != NULL; i++) {
		if (strlen(c->names[i]) == name.len &&
		    strncasecmp(c->names[i], (const char *)name.data, name.len) == 0)
			return true;
	}
	return false;
}

const struct pkey_curve *pkey_curve_by_name(struct bytes name)
{
	for (size_t i = 0; i < array_len(curves) && name.len > 0; i++) {
		if (has_name(&curves[i], name))
			return &curves[i];
	}
	return NULL;
}
