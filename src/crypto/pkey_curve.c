/* SPDX-License-Identifier: Apache-2.0 */
/* The table of curves. A curve that this libcrypto was built without is still listed: making a key
 * on it gives CKR_CURVE_NOT_SUPPORTED. */
#include "crypto/pkey_curve.h"

#include <string.h>
#include <strings.h>

#define DER(...) {(const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})}
/* Points are as long as the field, scalars and halves of signatures as the order. */
#define WEIERSTRASS(field_bits, order_bits)                                    \
	.kind = PKEY_EC, .bits = (field_bits), .size = ((order_bits) + 7) / 8, \
	.point_size = 1 + 2 * (((field_bits) + 7) / 8), .signature_size = 2 * (((order_bits) + 7) / 8)
#define PRIME(field_bits, order_bits) WEIERSTRASS(field_bits, order_bits)
#define BINARY(field_bits, order_bits) WEIERSTRASS(field_bits, order_bits), .binary = true
#define EDWARDS(field_bits, key_size) \
	.kind = PKEY_EDWARDS, .bits = (field_bits), .size = (key_size), .point_size = (key_size), .signature_size = 2 * (key_size)
#define MONTGOMERY(field_bits, key_size) \
	.kind = PKEY_MONTGOMERY, .bits = (field_bits), .size = (key_size), .point_size = (key_size)

/* The arcs that curves have their identifiers under. */
#define SECG(last) DER(0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, last)
#define X962_PRIME(last) DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, last)
#define X962_BINARY(last) DER(0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x00, last)
#define WTLS(last) DER(0x06, 0x05, 0x67, 0x2B, 0x01, 0x04, last)
#define BRAINPOOL(last) DER(0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, last)

static const struct pkey_curve curves[] = {
	/* NIST's over prime fields (SP 800-186), and the one of Bitcoin */
	{PRIME(192, 192), .oid = X962_PRIME(0x01), .group = "prime192v1", .names = {"secp192r1", "prime192v1", "P-192"}},
	{PRIME(224, 224), .oid = SECG(0x21), .group = "secp224r1", .names = {"secp224r1", "P-224"}},
	{PRIME(256, 256), .oid = X962_PRIME(0x07), .group = "prime256v1", .names = {"secp256r1", "prime256v1", "P-256"}},
	{PRIME(384, 384), .oid = SECG(0x22), .group = "secp384r1", .names = {"secp384r1", "P-384"}},
	{PRIME(521, 521), .oid = SECG(0x23), .group = "secp521r1", .names = {"secp521r1", "P-521"}},
	{PRIME(256, 256), .oid = SECG(0x0A), .group = "secp256k1", .names = {"secp256k1"}},
	/* SEC 2 */
	{PRIME(112, 112), .oid = SECG(0x06), .group = "secp112r1", .names = {"secp112r1"}},
	{PRIME(112, 110), .oid = SECG(0x07), .group = "secp112r2", .names = {"secp112r2"}},
	{PRIME(128, 128), .oid = SECG(0x1C), .group = "secp128r1", .names = {"secp128r1"}},
	{PRIME(128, 126), .oid = SECG(0x1D), .group = "secp128r2", .names = {"secp128r2"}},
	{PRIME(160, 161), .oid = SECG(0x09), .group = "secp160k1", .names = {"secp160k1"}},
	{PRIME(160, 161), .oid = SECG(0x08), .group = "secp160r1", .names = {"secp160r1"}},
	{PRIME(160, 161), .oid = SECG(0x1E), .group = "secp160r2", .names = {"secp160r2"}},
	{PRIME(192, 192), .oid = SECG(0x1F), .group = "secp192k1", .names = {"secp192k1"}},
	{PRIME(224, 225), .oid = SECG(0x20), .group = "secp224k1", .names = {"secp224k1"}},
	/* X9.62 */
	{PRIME(192, 192), .oid = X962_PRIME(0x02), .group = "prime192v2", .names = {"prime192v2"}},
	{PRIME(192, 192), .oid = X962_PRIME(0x03), .group = "prime192v3", .names = {"prime192v3"}},
	{PRIME(239, 239), .oid = X962_PRIME(0x04), .group = "prime239v1", .names = {"prime239v1"}},
	{PRIME(239, 239), .oid = X962_PRIME(0x05), .group = "prime239v2", .names = {"prime239v2"}},
	{PRIME(239, 239), .oid = X962_PRIME(0x06), .group = "prime239v3", .names = {"prime239v3"}},
	/* RFC 5639 */
	{PRIME(160, 160), .oid = BRAINPOOL(0x01), .group = "brainpoolP160r1", .names = {"brainpoolP160r1"}},
	{PRIME(160, 160), .oid = BRAINPOOL(0x02), .group = "brainpoolP160t1", .names = {"brainpoolP160t1"}},
	{PRIME(192, 192), .oid = BRAINPOOL(0x03), .group = "brainpoolP192r1", .names = {"brainpoolP192r1"}},
	{PRIME(192, 192), .oid = BRAINPOOL(0x04), .group = "brainpoolP192t1", .names = {"brainpoolP192t1"}},
	{PRIME(224, 224), .oid = BRAINPOOL(0x05), .group = "brainpoolP224r1", .names = {"brainpoolP224r1"}},
	{PRIME(224, 224), .oid = BRAINPOOL(0x06), .group = "brainpoolP224t1", .names = {"brainpoolP224t1"}},
	{PRIME(256, 256), .oid = BRAINPOOL(0x07), .group = "brainpoolP256r1", .names = {"brainpoolP256r1"}},
	{PRIME(256, 256), .oid = BRAINPOOL(0x08), .group = "brainpoolP256t1", .names = {"brainpoolP256t1"}},
	{PRIME(320, 320), .oid = BRAINPOOL(0x09), .group = "brainpoolP320r1", .names = {"brainpoolP320r1"}},
	{PRIME(320, 320), .oid = BRAINPOOL(0x0A), .group = "brainpoolP320t1", .names = {"brainpoolP320t1"}},
	{PRIME(384, 384), .oid = BRAINPOOL(0x0B), .group = "brainpoolP384r1", .names = {"brainpoolP384r1"}},
	{PRIME(384, 384), .oid = BRAINPOOL(0x0C), .group = "brainpoolP384t1", .names = {"brainpoolP384t1"}},
	{PRIME(512, 512), .oid = BRAINPOOL(0x0D), .group = "brainpoolP512r1", .names = {"brainpoolP512r1"}},
	{PRIME(512, 512), .oid = BRAINPOOL(0x0E), .group = "brainpoolP512t1", .names = {"brainpoolP512t1"}},
	/* WAP's WTLS over prime fields */
	{PRIME(112, 112), .oid = WTLS(0x06), .group = "wap-wsg-idm-ecid-wtls6", .names = {"wap-wsg-idm-ecid-wtls6"}},
	{PRIME(160, 161), .oid = WTLS(0x07), .group = "wap-wsg-idm-ecid-wtls7", .names = {"wap-wsg-idm-ecid-wtls7"}},
	{PRIME(112, 113), .oid = WTLS(0x08), .group = "wap-wsg-idm-ecid-wtls8", .names = {"wap-wsg-idm-ecid-wtls8"}},
	{PRIME(160, 161), .oid = WTLS(0x09), .group = "wap-wsg-idm-ecid-wtls9", .names = {"wap-wsg-idm-ecid-wtls9"}},
	{PRIME(224, 224), .oid = WTLS(0x0C), .group = "wap-wsg-idm-ecid-wtls12", .names = {"wap-wsg-idm-ecid-wtls12"}},
	/* SEC 2 over binary fields; NIST's B and K are among them */
	{BINARY(113, 113), .oid = SECG(0x04), .group = "sect113r1", .names = {"sect113r1"}},
	{BINARY(113, 113), .oid = SECG(0x05), .group = "sect113r2", .names = {"sect113r2"}},
	{BINARY(131, 131), .oid = SECG(0x16), .group = "sect131r1", .names = {"sect131r1"}},
	{BINARY(131, 131), .oid = SECG(0x17), .group = "sect131r2", .names = {"sect131r2"}},
	{BINARY(163, 163), .oid = SECG(0x01), .group = "sect163k1", .names = {"sect163k1", "K-163"}},
	{BINARY(163, 162), .oid = SECG(0x02), .group = "sect163r1", .names = {"sect163r1"}},
	{BINARY(163, 163), .oid = SECG(0x0F), .group = "sect163r2", .names = {"sect163r2", "B-163"}},
	{BINARY(193, 193), .oid = SECG(0x18), .group = "sect193r1", .names = {"sect193r1"}},
	{BINARY(193, 193), .oid = SECG(0x19), .group = "sect193r2", .names = {"sect193r2"}},
	{BINARY(233, 232), .oid = SECG(0x1A), .group = "sect233k1", .names = {"sect233k1", "K-233"}},
	{BINARY(233, 233), .oid = SECG(0x1B), .group = "sect233r1", .names = {"sect233r1", "B-233"}},
	{BINARY(239, 238), .oid = SECG(0x03), .group = "sect239k1", .names = {"sect239k1"}},
	{BINARY(283, 281), .oid = SECG(0x10), .group = "sect283k1", .names = {"sect283k1", "K-283"}},
	{BINARY(283, 282), .oid = SECG(0x11), .group = "sect283r1", .names = {"sect283r1", "B-283"}},
	{BINARY(409, 407), .oid = SECG(0x24), .group = "sect409k1", .names = {"sect409k1", "K-409"}},
	{BINARY(409, 409), .oid = SECG(0x25), .group = "sect409r1", .names = {"sect409r1", "B-409"}},
	{BINARY(571, 570), .oid = SECG(0x26), .group = "sect571k1", .names = {"sect571k1", "K-571"}},
	{BINARY(571, 570), .oid = SECG(0x27), .group = "sect571r1", .names = {"sect571r1", "B-571"}},
	/* X9.62 over binary fields */
	{BINARY(163, 163), .oid = X962_BINARY(0x01), .group = "c2pnb163v1", .names = {"c2pnb163v1"}},
	{BINARY(163, 162), .oid = X962_BINARY(0x02), .group = "c2pnb163v2", .names = {"c2pnb163v2"}},
	{BINARY(163, 162), .oid = X962_BINARY(0x03), .group = "c2pnb163v3", .names = {"c2pnb163v3"}},
	{BINARY(176, 161), .oid = X962_BINARY(0x04), .group = "c2pnb176v1", .names = {"c2pnb176v1"}},
	{BINARY(191, 191), .oid = X962_BINARY(0x05), .group = "c2tnb191v1", .names = {"c2tnb191v1"}},
	{BINARY(191, 190), .oid = X962_BINARY(0x06), .group = "c2tnb191v2", .names = {"c2tnb191v2"}},
	{BINARY(191, 189), .oid = X962_BINARY(0x07), .group = "c2tnb191v3", .names = {"c2tnb191v3"}},
	{BINARY(208, 193), .oid = X962_BINARY(0x0A), .group = "c2pnb208w1", .names = {"c2pnb208w1"}},
	{BINARY(239, 238), .oid = X962_BINARY(0x0B), .group = "c2tnb239v1", .names = {"c2tnb239v1"}},
	{BINARY(239, 237), .oid = X962_BINARY(0x0C), .group = "c2tnb239v2", .names = {"c2tnb239v2"}},
	{BINARY(239, 236), .oid = X962_BINARY(0x0D), .group = "c2tnb239v3", .names = {"c2tnb239v3"}},
	{BINARY(272, 257), .oid = X962_BINARY(0x10), .group = "c2pnb272w1", .names = {"c2pnb272w1"}},
	{BINARY(304, 289), .oid = X962_BINARY(0x11), .group = "c2pnb304w1", .names = {"c2pnb304w1"}},
	{BINARY(359, 353), .oid = X962_BINARY(0x12), .group = "c2tnb359v1", .names = {"c2tnb359v1"}},
	{BINARY(368, 353), .oid = X962_BINARY(0x13), .group = "c2pnb368w1", .names = {"c2pnb368w1"}},
	{BINARY(431, 418), .oid = X962_BINARY(0x14), .group = "c2tnb431r1", .names = {"c2tnb431r1"}},
	/* WAP's WTLS over binary fields */
	{BINARY(113, 112), .oid = WTLS(0x01), .group = "wap-wsg-idm-ecid-wtls1", .names = {"wap-wsg-idm-ecid-wtls1"}},
	{BINARY(163, 163), .oid = WTLS(0x03), .group = "wap-wsg-idm-ecid-wtls3", .names = {"wap-wsg-idm-ecid-wtls3"}},
	{BINARY(113, 113), .oid = WTLS(0x04), .group = "wap-wsg-idm-ecid-wtls4", .names = {"wap-wsg-idm-ecid-wtls4"}},
	{BINARY(163, 163), .oid = WTLS(0x05), .group = "wap-wsg-idm-ecid-wtls5", .names = {"wap-wsg-idm-ecid-wtls5"}},
	{BINARY(233, 232), .oid = WTLS(0x0A), .group = "wap-wsg-idm-ecid-wtls10", .names = {"wap-wsg-idm-ecid-wtls10"}},
	{BINARY(233, 233), .oid = WTLS(0x0B), .group = "wap-wsg-idm-ecid-wtls11", .names = {"wap-wsg-idm-ecid-wtls11"}},
	/* RFC 8410 */
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
