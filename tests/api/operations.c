/* SPDX-License-Identifier: Apache-2.0 */
/* The shared session with known keys, the kinds of operation and the calls with output as tables.
 * Knows the calling conventions of the standard; refuses to know what any test makes of them. */
#include "operations.h"

CK_SESSION_HANDLE sess;
struct op_keys keys;

/* ---- values ------------------------------------------------------------------------------------ */

/* SP 800-38A F.1.1. */
const CK_BYTE aes_key[16] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
const CK_BYTE hmac_key[32] = "conclave-hmac-test-key-32-bytes";

const CK_BYTE rsa_modulus[256] = {
	0x8d, 0xec, 0x81, 0xfb, 0x4a, 0x77, 0x83, 0x4c, 0x93, 0x11, 0xda, 0x25, 0x09, 0x07, 0x0a, 0xf8,
	0xbb, 0x54, 0xf9, 0xad, 0x35, 0xe9, 0x2c, 0x85, 0x98, 0xcb, 0x27, 0xe5, 0x4a, 0xb3, 0xc1, 0x05,
	0x2d, 0x3c, 0x43, 0xe6, 0xec, 0x82, 0x4e, 0xd6, 0x62, 0x44, 0x25, 0x05, 0x04, 0x82, 0xf7, 0x48,
	0xef, 0x35, 0x76, 0x26, 0xde, 0xd9, 0xc9, 0xf8, 0x43, 0xed, 0x5e, 0xbd, 0x9f, 0x32, 0x31, 0x3f,
	0xcb, 0xaa, 0xbc, 0x1d, 0x92, 0xf2, 0x73, 0xdd, 0xe8, 0xb7, 0xfa, 0x2b, 0xdd, 0x5b, 0xa4, 0x8b,
	0x68, 0xbd, 0x20, 0xa1, 0xef, 0x5c, 0xaf, 0x0b, 0x18, 0x35, 0x58, 0x8c, 0x3d, 0xb8, 0x60, 0xae,
	0x24, 0x25, 0x79, 0xa1, 0xe9, 0xb3, 0x05, 0xcc, 0x2b, 0xf1, 0x99, 0xea, 0xaa, 0x83, 0xa3, 0xbf,
	0xd8, 0x17, 0x9c, 0x07, 0x3f, 0xaa, 0xcd, 0xd7, 0x95, 0x28, 0xea, 0x85, 0xd7, 0x95, 0x60, 0xb0,
	0x8c, 0x8e, 0xdc, 0x9e, 0xfa, 0x66, 0x1e, 0xd3, 0x6a, 0x25, 0xd9, 0x33, 0x03, 0xde, 0xbb, 0xaa,
	0x44, 0x3b, 0x5e, 0xb5, 0x2b, 0xdb, 0xbb, 0xb7, 0x77, 0x2e, 0x82, 0x0c, 0x5c, 0xb0, 0x62, 0x78,
	0x0c, 0x2e, 0xaa, 0x9b, 0xde, 0xcd, 0xed, 0x03, 0xe7, 0x0d, 0x59, 0xac, 0x0d, 0xe0, 0x81, 0xdd,
	0xf5, 0x5f, 0x3b, 0xd0, 0xed, 0xea, 0x6b, 0xcb, 0x4b, 0xc1, 0xae, 0x45, 0x37, 0x19, 0x2a, 0x16,
	0x83, 0x21, 0x1e, 0xe1, 0x44, 0xb8, 0xe6, 0x4d, 0xd0, 0x4d, 0x3e, 0x64, 0x9f, 0x51, 0x13, 0xc6,
	0xa7, 0xbb, 0xbf, 0xab, 0xe5, 0xcc, 0x67, 0xda, 0x62, 0x6d, 0xe5, 0xe3, 0xad, 0x82, 0x81, 0x61,
	0xae, 0x16, 0xe6, 0x37, 0x3b, 0xa8, 0xba, 0xd6, 0xea, 0xd0, 0x56, 0x44, 0xd6, 0x73, 0xeb, 0x35,
	0xf9, 0x35, 0x53, 0xf3, 0x80, 0x28, 0xe8, 0x66, 0xb5, 0xe1, 0x81, 0xfa, 0xbe, 0x51, 0x72, 0x2d,
};
static const CK_BYTE rsa_private_exponent[256] = {
	0x02, 0xc8, 0x1a, 0x6a, 0x16, 0xf5, 0x0d, 0xb5, 0x40, 0x02, 0xaf, 0x10, 0x5f, 0xc3, 0x6c, 0x13,
	0x20, 0xf4, 0xd2, 0xe9, 0xf2, 0xaf, 0x0d, 0xc8, 0xd6, 0x8c, 0x50, 0xcd, 0x5d, 0x2f, 0xf5, 0xbe,
	0x08, 0xbb, 0x70, 0x27, 0x44, 0x06, 0x6f, 0xce, 0x22, 0xe1, 0xec, 0x09, 0xd3, 0xa3, 0x4f, 0x7e,
	0x75, 0xf5, 0xc9, 0xc9, 0x8c, 0x3f, 0x9f, 0x86, 0x46, 0xaa, 0x8d, 0xdb, 0x50, 0x95, 0xf6, 0xc2,
	0x25, 0xd7, 0x44, 0x55, 0x9e, 0x0e, 0x33, 0x78, 0x2b, 0x7a, 0x03, 0xa4, 0xbd, 0x73, 0x70, 0xdf,
	0xac, 0x9f, 0x5c, 0x56, 0xe0, 0x2e, 0xa4, 0x5d, 0xa6, 0xcd, 0x50, 0xdd, 0x7a, 0xce, 0x34, 0xd2,
	0xe4, 0xf1, 0x79, 0x17, 0x53, 0xd1, 0xc6, 0xf0, 0xd0, 0x01, 0xad, 0xbf, 0x1c, 0x35, 0x75, 0x4d,
	0xaa, 0xca, 0x17, 0xac, 0x4a, 0xb2, 0xa9, 0xd3, 0x2a, 0x60, 0xc1, 0x6b, 0xfb, 0x24, 0x39, 0xdf,
	0x64, 0x7e, 0xcf, 0xe5, 0x8c, 0x2f, 0xb9, 0x3b, 0xe2, 0x83, 0xc6, 0x3c, 0xf0, 0x2b, 0xdc, 0x36,
	0x1b, 0xa7, 0x95, 0x9d, 0x18, 0xbf, 0x5a, 0x21, 0x28, 0x53, 0xa8, 0xbe, 0x0c, 0xec, 0xee, 0x9f,
	0x7c, 0x70, 0xd2, 0x05, 0x8f, 0x92, 0xb4, 0x48, 0x37, 0x24, 0x18, 0xb4, 0x2b, 0xed, 0x2c, 0x13,
	0x08, 0xbb, 0x78, 0xa6, 0xb2, 0x02, 0xa5, 0x92, 0x7b, 0xf5, 0x48, 0x77, 0x1f, 0x96, 0x6b, 0x8a,
	0x91, 0x06, 0x69, 0x0a, 0xa7, 0x9e, 0x40, 0x60, 0x8f, 0xdf, 0x29, 0x0a, 0x97, 0x47, 0xf7, 0xf4,
	0x34, 0x27, 0x5e, 0x57, 0x05, 0x7a, 0x2c, 0xd0, 0x9a, 0xb6, 0x9d, 0x04, 0xad, 0x70, 0x8e, 0x1f,
	0xf3, 0x40, 0x29, 0x21, 0x75, 0x68, 0x55, 0x20, 0x7e, 0x28, 0x03, 0xab, 0x35, 0x08, 0x18, 0x17,
	0x58, 0xa8, 0xca, 0xbe, 0x55, 0x02, 0xa9, 0xd8, 0x29, 0x08, 0xea, 0xa0, 0x22, 0x34, 0xaf, 0x11,
};
static const CK_BYTE rsa_prime_1[128] = {
	0xc8, 0x13, 0x44, 0x9c, 0xd9, 0x7a, 0x5b, 0x03, 0x09, 0x89, 0x13, 0x26, 0x7e, 0x17, 0x30, 0x83,
	0x6d, 0x66, 0xd3, 0xf5, 0x58, 0xd7, 0xe9, 0x38, 0x0c, 0x97, 0xaa, 0xf8, 0x8d, 0x7b, 0x49, 0x88,
	0x8e, 0xd0, 0xc8, 0x81, 0x54, 0x93, 0xdf, 0xb3, 0x43, 0x25, 0xdb, 0x20, 0xf6, 0x86, 0xad, 0xbe,
	0xb7, 0xe3, 0x34, 0x7c, 0x5a, 0xa9, 0x9f, 0x83, 0x77, 0x40, 0x64, 0x4c, 0x05, 0x43, 0xf0, 0xfb,
	0xf3, 0x1d, 0x71, 0xad, 0x3e, 0xa2, 0x02, 0x45, 0x06, 0x3c, 0x38, 0x4b, 0x80, 0xdf, 0x17, 0x89,
	0x47, 0x0c, 0xf4, 0x79, 0xc2, 0x41, 0x90, 0xf5, 0x1b, 0x15, 0x27, 0x5e, 0x5e, 0xff, 0x93, 0xa3,
	0x4d, 0xf7, 0xcb, 0x67, 0xea, 0x18, 0x30, 0x5a, 0xb5, 0x6b, 0x3c, 0x54, 0x3b, 0x5e, 0xc2, 0x91,
	0x54, 0x0c, 0x5d, 0x22, 0xbb, 0x64, 0x16, 0x9c, 0x41, 0x8a, 0x1b, 0x35, 0x74, 0xf7, 0x28, 0xc9,
};
static const CK_BYTE rsa_prime_2[128] = {
	0xb5, 0x98, 0x1d, 0x77, 0x99, 0x57, 0xe6, 0x91, 0xf2, 0x77, 0xc0, 0xd3, 0x24, 0x76, 0x40, 0xb8,
	0x41, 0x37, 0xbd, 0x55, 0xd3, 0x1f, 0xf2, 0xae, 0xc2, 0x37, 0xc2, 0xb5, 0x02, 0x54, 0xc6, 0xbd,
	0xa6, 0xf5, 0x8e, 0xb8, 0x77, 0x3d, 0x91, 0x90, 0xed, 0xfb, 0x41, 0x81, 0x19, 0xac, 0x89, 0xa4,
	0x82, 0xa3, 0xe9, 0x66, 0xfa, 0x6c, 0x07, 0x8b, 0xc8, 0xfd, 0xf7, 0x48, 0x67, 0xd5, 0x98, 0x92,
	0x21, 0x02, 0x5e, 0x2b, 0x06, 0x02, 0x2a, 0x20, 0x0e, 0xc7, 0xcc, 0x73, 0x56, 0x56, 0x3c, 0x61,
	0x3a, 0xe6, 0xb2, 0xcd, 0xba, 0x78, 0xf1, 0xa5, 0x4c, 0x49, 0x27, 0x18, 0x4c, 0x5f, 0x57, 0x45,
	0x86, 0x76, 0xeb, 0x73, 0xd5, 0x24, 0xd0, 0x13, 0x52, 0x17, 0xb5, 0x59, 0x65, 0xb5, 0xc5, 0x01,
	0x5e, 0x7b, 0x18, 0x45, 0xe7, 0xf2, 0x30, 0x64, 0xbc, 0x78, 0xf3, 0x90, 0xce, 0x05, 0xd4, 0x45,
};
static const CK_BYTE rsa_exponent_1[128] = {
	0x19, 0xa4, 0xde, 0x96, 0x7c, 0x09, 0x82, 0xc0, 0xd0, 0xe8, 0x10, 0xdc, 0x4e, 0x2d, 0x0a, 0xba,
	0xcd, 0xba, 0xf0, 0x4f, 0xf2, 0x23, 0x3a, 0x71, 0x44, 0xab, 0xeb, 0xee, 0x0f, 0xb4, 0x4d, 0xa8,
	0x83, 0x25, 0x9f, 0x8d, 0x74, 0x19, 0xc0, 0x02, 0x6a, 0x08, 0xe0, 0x1d, 0x49, 0x7b, 0xd9, 0xa9,
	0x28, 0x48, 0xa6, 0xe1, 0x89, 0x7d, 0x54, 0x44, 0xb5, 0x74, 0x3b, 0x66, 0xc3, 0x06, 0x02, 0x4d,
	0x48, 0xcb, 0xed, 0x56, 0x17, 0x41, 0x0c, 0xa9, 0x6c, 0x33, 0x2b, 0xc4, 0x01, 0xb0, 0x96, 0x83,
	0xb1, 0xe7, 0xa7, 0x2e, 0x34, 0x07, 0xd3, 0x5c, 0x97, 0x2c, 0x0e, 0xef, 0xb9, 0x9d, 0x68, 0x7e,
	0xf5, 0xef, 0x5c, 0xd2, 0xe4, 0xde, 0x54, 0xd4, 0x4b, 0x8c, 0x83, 0x1f, 0x08, 0xbd, 0x0c, 0x93,
	0x34, 0x02, 0xa1, 0xad, 0x61, 0xf7, 0x62, 0x2e, 0x84, 0xf7, 0xfe, 0xa4, 0xcb, 0x69, 0x22, 0x81,
};
static const CK_BYTE rsa_exponent_2[128] = {
	0x69, 0x3f, 0xa0, 0xd4, 0x90, 0xab, 0xc1, 0x97, 0x15, 0x51, 0x13, 0x11, 0x4d, 0x30, 0xbc, 0x92,
	0x0e, 0x3a, 0xa0, 0x21, 0xfe, 0x1b, 0xa6, 0x2c, 0x63, 0xa4, 0xad, 0xd4, 0xfb, 0x64, 0xe7, 0x4b,
	0x44, 0x59, 0x4e, 0x3e, 0xdb, 0xdd, 0x73, 0x60, 0xec, 0x8d, 0x93, 0x89, 0x9f, 0xb7, 0xc0, 0x8e,
	0xf8, 0xa8, 0xc7, 0xbe, 0x47, 0xa6, 0x15, 0x39, 0x8f, 0x64, 0xa2, 0xcd, 0xf4, 0x60, 0x77, 0xed,
	0x39, 0xf4, 0x85, 0x5f, 0xaa, 0x3b, 0xd6, 0xee, 0x7d, 0xa2, 0x8f, 0x7c, 0xc9, 0xad, 0x71, 0x91,
	0x68, 0xf2, 0x0c, 0xef, 0xf0, 0x03, 0xe9, 0x0a, 0x45, 0x0c, 0xa0, 0xfc, 0x14, 0x47, 0xad, 0xed,
	0x3d, 0xe1, 0xee, 0xd5, 0x53, 0xd3, 0xe2, 0x45, 0x50, 0x6f, 0x2d, 0x4c, 0x83, 0x06, 0xb7, 0x07,
	0xf4, 0x1a, 0xa4, 0x16, 0xe0, 0x38, 0x1e, 0x94, 0x44, 0x28, 0x56, 0x02, 0xb7, 0x65, 0xe9, 0x81,
};
static const CK_BYTE rsa_coefficient[128] = {
	0x41, 0x08, 0x02, 0x47, 0xaf, 0x5f, 0x0e, 0x3a, 0x0f, 0xbc, 0x0e, 0xc6, 0x93, 0xb2, 0xa2, 0x04,
	0xa9, 0xa7, 0xed, 0xf8, 0xfd, 0x91, 0xe9, 0x8e, 0xe3, 0x9d, 0x5e, 0x03, 0x36, 0x47, 0xbb, 0xf5,
	0x27, 0xb0, 0x4e, 0x7f, 0xcb, 0xe9, 0x65, 0x15, 0x35, 0x38, 0xcc, 0xfc, 0xb6, 0x72, 0xee, 0x48,
	0xaa, 0x26, 0xe1, 0xbe, 0xc6, 0xf2, 0x70, 0xe4, 0x8a, 0xdb, 0xe6, 0x04, 0xc8, 0x5d, 0x5a, 0x18,
	0x2c, 0xef, 0xfb, 0xf7, 0x80, 0xcc, 0x05, 0x46, 0x14, 0x6b, 0x80, 0x05, 0xd5, 0xb1, 0x70, 0xae,
	0x4d, 0xbc, 0xcb, 0xad, 0x1f, 0x89, 0xb7, 0xec, 0x01, 0x93, 0xfa, 0xb5, 0x8d, 0x36, 0xc2, 0xf5,
	0xe8, 0x23, 0x64, 0x37, 0xba, 0xda, 0xd4, 0x5a, 0x7a, 0xeb, 0x46, 0xbd, 0x17, 0x10, 0x0c, 0xdd,
	0x27, 0x5a, 0x9c, 0x3b, 0x1a, 0xd7, 0x54, 0xca, 0xec, 0x9a, 0x62, 0xd6, 0xb8, 0xca, 0xe6, 0xc8,
};
static CK_BYTE rsa_exponent[] = {1, 0, 1};

static const CK_BYTE p256_oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const CK_BYTE ec_secret[32] = {
	0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
	0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
};
const CK_BYTE ec_point[65] = {
	0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d,
	0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f,
	0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc,
	0x64, 0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22,
	0x99,
};
static const CK_BYTE ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static const CK_BYTE ed_secret[32] = {
	0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b, 0xed, 0xb7, 0x44, 0x2f, 0x31, 0xdc, 0xb7, 0xb1,
	0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f, 0x09, 0x4b, 0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7,
};
const CK_BYTE ed_point[32] = {
	0xfc, 0x51, 0xcd, 0x8e, 0x62, 0x18, 0xa1, 0xa3, 0x8d, 0xa4, 0x7e, 0xd0, 0x02, 0x30, 0xf0, 0x58,
	0x08, 0x16, 0xed, 0x13, 0xba, 0x33, 0x03, 0xac, 0x5d, 0xeb, 0x91, 0x15, 0x48, 0x90, 0x80, 0x25,
};

/* The scalar of RFC 7748 5.2. */
static const CK_BYTE x25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
static const CK_BYTE x_secret[32] = {
	0xa0, 0x46, 0xe3, 0x6b, 0xf0, 0x52, 0x7c, 0x9d, 0x3b, 0x16, 0x15, 0x4b, 0x82, 0x46, 0x5e, 0xdd,
	0x62, 0x14, 0x4c, 0x0a, 0xc1, 0xfc, 0x5a, 0x18, 0x50, 0x6a, 0x22, 0x44, 0xba, 0x44, 0x9a, 0x44,
};
static const CK_BYTE x_point[32] = {
	0x1c, 0x9f, 0xd8, 0x8f, 0x45, 0x60, 0x6d, 0x93, 0x2a, 0x80, 0xc7, 0x18, 0x24, 0xae, 0x15, 0x1d,
	0x15, 0xd7, 0x3e, 0x77, 0xde, 0x38, 0xe8, 0xe0, 0x00, 0x85, 0x2e, 0x61, 0x4f, 0xae, 0x70, 0x19,
};

#define ROW_OF_16(n) \
	(CK_BYTE)(n), (CK_BYTE)((n) + 1), (CK_BYTE)((n) + 2), (CK_BYTE)((n) + 3), (CK_BYTE)((n) + 4), \
		(CK_BYTE)((n) + 5), (CK_BYTE)((n) + 6), (CK_BYTE)((n) + 7), (CK_BYTE)((n) + 8), \
		(CK_BYTE)((n) + 9), (CK_BYTE)((n) + 10), (CK_BYTE)((n) + 11), (CK_BYTE)((n) + 12), \
		(CK_BYTE)((n) + 13), (CK_BYTE)((n) + 14), (CK_BYTE)((n) + 15)
#define ROW_OF_64(n) ROW_OF_16(n), ROW_OF_16((n) + 16), ROW_OF_16((n) + 32), ROW_OF_16((n) + 48)
#define ROW_OF_256 ROW_OF_64(0), ROW_OF_64(64), ROW_OF_64(128), ROW_OF_64(192)
const CK_BYTE pattern[512] = {ROW_OF_256, ROW_OF_256};

/* ---- mechanisms -------------------------------------------------------------------------------- */

static CK_BYTE iv[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static CK_AES_CTR_PARAMS ctr = {128, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
static CK_BYTE aad[] = "bound to the text";
static CK_GCM_PARAMS gcm = {iv, 12, 96, aad, sizeof(aad), 128};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0};
static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};

CK_MECHANISM m_ecb = {CKM_AES_ECB, NULL, 0};
CK_MECHANISM m_cbc = {CKM_AES_CBC, iv, sizeof(iv)};
CK_MECHANISM m_cbc_pad = {CKM_AES_CBC_PAD, iv, sizeof(iv)};
CK_MECHANISM m_ctr = {CKM_AES_CTR, &ctr, sizeof(ctr)};
CK_MECHANISM m_gcm = {CKM_AES_GCM, &gcm, sizeof(gcm)};
CK_MECHANISM m_sha1 = {CKM_SHA_1, NULL, 0};
CK_MECHANISM m_sha256 = {CKM_SHA256, NULL, 0};
CK_MECHANISM m_hmac = {CKM_SHA256_HMAC, NULL, 0};
CK_MECHANISM m_rsa = {CKM_RSA_PKCS, NULL, 0};
CK_MECHANISM m_rsa_x509 = {CKM_RSA_X_509, NULL, 0};
CK_MECHANISM m_oaep = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
CK_MECHANISM m_pss = {CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
CK_MECHANISM m_sha256_rsa = {CKM_SHA256_RSA_PKCS, NULL, 0};
CK_MECHANISM m_ecdsa = {CKM_ECDSA, NULL, 0};
CK_MECHANISM m_ecdsa_sha256 = {CKM_ECDSA_SHA256, NULL, 0};
CK_MECHANISM m_eddsa = {CKM_EDDSA, NULL, 0};

/* ---- keys -------------------------------------------------------------------------------------- */

CK_BYTE *unconst(const void *bytes)
{
	return (CK_BYTE *)(uintptr_t)bytes;
}

CK_ULONG unhex(const char *hex, CK_BYTE *ret)
{
	CK_ULONG n = 0;
	for (; hex[0] && hex[1]; hex += 2) {
		unsigned byte;
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		ret[n++] = (CK_BYTE)byte;
	}
	return n;
}

#define MAX_ATTRIBUTES 40

struct template {
	CK_ATTRIBUTE a[MAX_ATTRIBUTES];
	CK_ULONG count;
};

/* A later value replaces an earlier one; a NULL value with length (CK_ULONG)-1 drops it. */
static void put(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG length)
{
	CK_ULONG i = 0;
	while (i < t->count && t->a[i].type != type)
		i++;
	assert_true(i < MAX_ATTRIBUTES);
	if (i == t->count)
		t->count++;
	t->a[i] = (CK_ATTRIBUTE){type, unconst(value), length};
}

static void put_all(struct template *t, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++)
		put(t, extra[i].type, extra[i].pValue, extra[i].ulValueLen);
}

static void put_yes(struct template *t, const CK_ATTRIBUTE_TYPE *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(t, types[i], &yes, sizeof(yes));
}

static void put_common(struct template *t, CK_OBJECT_CLASS *class, CK_KEY_TYPE *type)
{
	put(t, CKA_CLASS, class, sizeof(*class));
	put(t, CKA_KEY_TYPE, type, sizeof(*type));
	put(t, CKA_TOKEN, &no, sizeof(no));
	put(t, CKA_PRIVATE, &no, sizeof(no));
}

static CK_OBJECT_HANDLE create(CK_SESSION_HANDLE session, struct template *t)
{
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
	assert_ok(p11->C_CreateObject(session, t->a, t->count, &object));
	assert_int_not_equal(object, CK_INVALID_HANDLE);
	return object;
}

CK_OBJECT_HANDLE make_key(CK_SESSION_HANDLE session, CK_KEY_TYPE type, const void *value, CK_ULONG length,
                          const CK_ATTRIBUTE *extra, CK_ULONG extra_count)
{
	static const CK_ATTRIBUTE_TYPE uses[] = {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE};
	struct template t = {.count = 0};
	put_common(&t, &secret_key_class, &type);
	put(&t, CKA_VALUE, value, length);
	put(&t, CKA_SENSITIVE, &no, sizeof(no));
	put(&t, CKA_EXTRACTABLE, &yes, sizeof(yes));
	put_yes(&t, uses, COUNT(uses));
	put_all(&t, extra, extra_count);
	return create(session, &t);
}

CK_OBJECT_HANDLE make_rsa_public(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *extra, CK_ULONG extra_count)
{
	static const CK_ATTRIBUTE_TYPE uses[] = {CKA_ENCRYPT, CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_WRAP};
	struct template t = {.count = 0};
	put_common(&t, &public_key_class, &rsa_type);
	put(&t, CKA_MODULUS, rsa_modulus, sizeof(rsa_modulus));
	put(&t, CKA_PUBLIC_EXPONENT, rsa_exponent, sizeof(rsa_exponent));
	put_yes(&t, uses, COUNT(uses));
	put_all(&t, extra, extra_count);
	return create(session, &t);
}

static void put_private(struct template *t, CK_KEY_TYPE *type)
{
	put_common(t, &private_key_class, type);
	put(t, CKA_SENSITIVE, &no, sizeof(no));
	put(t, CKA_EXTRACTABLE, &yes, sizeof(yes));
	put(t, CKA_SIGN, &yes, sizeof(yes));
}

CK_OBJECT_HANDLE make_rsa_private(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *extra, CK_ULONG extra_count)
{
	static const CK_ATTRIBUTE_TYPE uses[] = {CKA_DECRYPT, CKA_SIGN_RECOVER, CKA_UNWRAP};
	struct template t = {.count = 0};
	put_private(&t, &rsa_type);
	put_yes(&t, uses, COUNT(uses));
	put(&t, CKA_MODULUS, rsa_modulus, sizeof(rsa_modulus));
	put(&t, CKA_PUBLIC_EXPONENT, rsa_exponent, sizeof(rsa_exponent));
	put(&t, CKA_PRIVATE_EXPONENT, rsa_private_exponent, sizeof(rsa_private_exponent));
	put(&t, CKA_PRIME_1, rsa_prime_1, sizeof(rsa_prime_1));
	put(&t, CKA_PRIME_2, rsa_prime_2, sizeof(rsa_prime_2));
	put(&t, CKA_EXPONENT_1, rsa_exponent_1, sizeof(rsa_exponent_1));
	put(&t, CKA_EXPONENT_2, rsa_exponent_2, sizeof(rsa_exponent_2));
	put(&t, CKA_COEFFICIENT, rsa_coefficient, sizeof(rsa_coefficient));
	put_all(&t, extra, extra_count);
	return create(session, &t);
}

/* point: raw; goes into an OCTET STRING. */
static void make_curve_pair(CK_SESSION_HANDLE session, CK_KEY_TYPE type, const CK_BYTE *oid, CK_ULONG oid_length,
                            const CK_BYTE *point, CK_BYTE point_length, const CK_BYTE *secret,
                            CK_ULONG secret_length, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_BYTE wrapped[2 + 133] = {0x04, point_length};
	memcpy(wrapped + 2, point, point_length);
	struct template public = {.count = 0}, private = {.count = 0};
	put_common(&public, &public_key_class, &type);
	put(&public, CKA_EC_PARAMS, oid, oid_length);
	put(&public, CKA_EC_POINT, wrapped, 2 + (CK_ULONG)point_length);
	put(&public, CKA_VERIFY, &yes, sizeof(yes));
	put(&public, CKA_WRAP, &yes, sizeof(yes));
	*ret_public = create(session, &public);
	put_private(&private, &type);
	put(&private, CKA_EC_PARAMS, oid, oid_length);
	put(&private, CKA_VALUE, secret, secret_length);
	put(&private, CKA_UNWRAP, &yes, sizeof(yes));
	put(&private, CKA_DERIVE, &yes, sizeof(yes));
	*ret_private = create(session, &private);
}

void make_keys(CK_SESSION_HANDLE session, struct op_keys *ret)
{
	ret->aes = make_key(session, CKK_AES, aes_key, sizeof(aes_key), NULL, 0);
	ret->hmac = make_key(session, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), NULL, 0);
	ret->rsa_public = make_rsa_public(session, NULL, 0);
	ret->rsa_private = make_rsa_private(session, NULL, 0);
	make_curve_pair(session, CKK_EC, p256_oid, sizeof(p256_oid), ec_point, sizeof(ec_point), ec_secret,
	                sizeof(ec_secret), &ret->ec_public, &ret->ec_private);
	make_curve_pair(session, CKK_EC_EDWARDS, ed25519_oid, sizeof(ed25519_oid), ed_point, sizeof(ed_point),
	                ed_secret, sizeof(ed_secret), &ret->ed_public, &ret->ed_private);
	make_curve_pair(session, CKK_EC_MONTGOMERY, x25519_oid, sizeof(x25519_oid), x_point, sizeof(x_point), x_secret,
	                sizeof(x_secret), &ret->x_public, &ret->x_private);
}

/* The keys hang on a session of their own, so that sess can come and go. */
int setup_operations(void **state)
{
	int failed = setup_token(state);
	if (failed)
		return failed;
	CK_SESSION_HANDLE keeper = open_rw();
	login_user(keeper);
	make_keys(keeper, &keys);
	sess = open_rw();
	return 0;
}

void renew_session(void)
{
	close_session(sess);
	sess = open_rw();
}

/* ---- kinds ------------------------------------------------------------------------------------- */

const char *const kind_names[KINDS] = {
	[ENCRYPT] = "encrypt", [DECRYPT] = "decrypt", [DIGEST] = "digest", [SIGN] = "sign", [VERIFY] = "verify",
	[SIGN_RECOVER] = "sign-recover", [VERIFY_RECOVER] = "verify-recover", [FIND] = "find",
};

const CK_FLAGS kind_flags[KINDS] = {
	[ENCRYPT] = CKF_ENCRYPT, [DECRYPT] = CKF_DECRYPT, [DIGEST] = CKF_DIGEST, [SIGN] = CKF_SIGN,
	[VERIFY] = CKF_VERIFY, [SIGN_RECOVER] = CKF_SIGN_RECOVER, [VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
	[FIND] = CKF_FIND_OBJECTS,
};

CK_RV start_with(CK_SESSION_HANDLE session, enum kind kind, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	switch (kind) {
	case ENCRYPT:
		return p11->C_EncryptInit(session, mechanism, key);
	case DECRYPT:
		return p11->C_DecryptInit(session, mechanism, key);
	case DIGEST:
		return p11->C_DigestInit(session, mechanism);
	case SIGN:
		return p11->C_SignInit(session, mechanism, key);
	case VERIFY:
		return p11->C_VerifyInit(session, mechanism, key);
	case SIGN_RECOVER:
		return p11->C_SignRecoverInit(session, mechanism, key);
	case VERIFY_RECOVER:
		return p11->C_VerifyRecoverInit(session, mechanism, key);
	default:
		return p11->C_FindObjectsInit(session, NULL, 0);
	}
}

static CK_MECHANISM *mechanism_for(enum kind kind)
{
	switch (kind) {
	case ENCRYPT:
	case DECRYPT:
		return &m_ctr;
	case DIGEST:
		return &m_sha256;
	case SIGN:
	case VERIFY:
		return &m_hmac;
	default:
		return &m_rsa;
	}
}

/* Which of keys fits a mechanism and a kind. */
static CK_OBJECT_HANDLE key_of(CK_MECHANISM_TYPE mechanism, enum kind kind)
{
	bool private = kind == DECRYPT || kind == SIGN || kind == SIGN_RECOVER;
	switch (mechanism) {
	case CKM_RSA_PKCS:
	case CKM_RSA_X_509:
	case CKM_RSA_PKCS_OAEP:
	case CKM_RSA_PKCS_PSS:
	case CKM_SHA256_RSA_PKCS:
		return private ? keys.rsa_private : keys.rsa_public;
	case CKM_ECDSA:
	case CKM_ECDSA_SHA256:
		return private ? keys.ec_private : keys.ec_public;
	case CKM_EDDSA:
		return private ? keys.ed_private : keys.ed_public;
	case CKM_SHA256_HMAC:
		return keys.hmac;
	default:
		return keys.aes;
	}
}

CK_OBJECT_HANDLE key_for(enum kind kind)
{
	return key_of(mechanism_for(kind)->mechanism, kind);
}

CK_RV start(enum kind kind)
{
	return start_with(sess, kind, mechanism_for(kind), key_for(kind));
}

/* A signature that verify-recover takes: a query with a bad one may end the operation (rule 288). */
static CK_BYTE *recoverable(void)
{
	static CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);
	if (signature[255] == 0 && signature[254] == 0) {
		CK_SESSION_HANDLE other = open_rw();
		assert_ok(p11->C_SignRecoverInit(other, &m_rsa, keys.rsa_private));
		assert_ok(p11->C_SignRecover(other, unconst(pattern), 20, signature, &length));
		close_session(other);
	}
	return signature;
}

/* A length query where there is one: it changes nothing (rule 256). */
bool is_active_in(CK_SESSION_HANDLE session, enum kind kind)
{
	CK_BYTE some[1] = {0};
	CK_ULONG length = 0;
	CK_OBJECT_HANDLE object;
	CK_RV rv;
	switch (kind) {
	case ENCRYPT:
		rv = p11->C_EncryptFinal(session, NULL, &length);
		break;
	case DECRYPT:
		rv = p11->C_DecryptFinal(session, NULL, &length);
		break;
	case DIGEST:
		rv = p11->C_DigestFinal(session, NULL, &length);
		break;
	case SIGN:
		rv = p11->C_SignFinal(session, NULL, &length);
		break;
	case VERIFY:
		rv = p11->C_VerifyUpdate(session, some, 0);
		break;
	case SIGN_RECOVER:
		rv = p11->C_SignRecover(session, some, 1, NULL, &length);
		break;
	case VERIFY_RECOVER:
		rv = p11->C_VerifyRecover(session, recoverable(), 256, NULL, &length);
		break;
	default:
		rv = p11->C_FindObjects(session, &object, 1, &length);
		break;
	}
	assert_rv_in(rv, CKR_OK, CKR_OPERATION_NOT_INITIALIZED);
	return rv == CKR_OK;
}

bool is_active(enum kind kind)
{
	return is_active_in(sess, kind);
}

bool is_pair(enum kind one, enum kind other)
{
	static const enum kind pairs[][2] = {{DIGEST, ENCRYPT}, {DECRYPT, DIGEST}, {SIGN, ENCRYPT}, {DECRYPT, VERIFY}};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		if ((pairs[i][0] == one && pairs[i][1] == other) || (pairs[i][0] == other && pairs[i][1] == one))
			return true;
	}
	return false;
}

/* ---- short forms ------------------------------------------------------------------------------- */

CK_ULONG encrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room)
{
	assert_ok(p11->C_EncryptInit(sess, m, key));
	assert_ok(p11->C_Encrypt(sess, unconst(in), length, out, &room));
	return room;
}

CK_ULONG decrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room)
{
	assert_ok(p11->C_DecryptInit(sess, m, key));
	assert_ok(p11->C_Decrypt(sess, unconst(in), length, out, &room));
	return room;
}

CK_ULONG digest(CK_MECHANISM *m, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room)
{
	assert_ok(p11->C_DigestInit(sess, m));
	assert_ok(p11->C_Digest(sess, unconst(in), length, out, &room));
	return room;
}

CK_ULONG sign(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room)
{
	assert_ok(p11->C_SignInit(sess, m, key));
	assert_ok(p11->C_Sign(sess, unconst(in), length, out, &room));
	return room;
}

CK_RV verify(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, const void *signature,
             CK_ULONG signature_length)
{
	assert_ok(p11->C_VerifyInit(sess, m, key));
	return p11->C_Verify(sess, unconst(in), length, unconst(signature), signature_length);
}

/* ---- calls with output ------------------------------------------------------------------------- */

#define CALL(function) .name = #function, .member = offsetof(CK_FUNCTION_LIST_3_2, function)
#define SINGLE .beside = -1

const struct output_call output_calls[] = {
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_ecb, 32, 32, false},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_cbc, 32, 32, false},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_cbc_pad, 20, 32, false},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_ctr, 20, 20, false},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_gcm, 20, 36, false},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_rsa, 20, 256, true},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_oaep, 20, 256, true},
	{CALL(C_Encrypt), WHOLE, ENCRYPT, SINGLE, &m_rsa_x509, 256, 256, false},
	{CALL(C_EncryptUpdate), UPDATE, ENCRYPT, SINGLE, &m_ecb, 40, 32, false},
	{CALL(C_EncryptUpdate), UPDATE, ENCRYPT, SINGLE, &m_cbc, 48, 48, false},
	{CALL(C_EncryptUpdate), UPDATE, ENCRYPT, SINGLE, &m_ctr, 20, 20, false},
	{CALL(C_EncryptFinal), FINAL, ENCRYPT, SINGLE, &m_cbc_pad, 20, 16, false},
	{CALL(C_EncryptFinal), FINAL, ENCRYPT, SINGLE, &m_gcm, 32, 16, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_ecb, 32, 32, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_cbc, 32, 32, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_cbc_pad, 20, 20, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_ctr, 20, 20, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_gcm, 20, 20, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_rsa, 20, 20, false},
	{CALL(C_Decrypt), WHOLE, DECRYPT, SINGLE, &m_oaep, 20, 20, false},
	{CALL(C_DecryptUpdate), UPDATE, DECRYPT, SINGLE, &m_ecb, 48, 48, false},
	{CALL(C_DecryptUpdate), UPDATE, DECRYPT, SINGLE, &m_cbc_pad, 40, 32, false},
	{CALL(C_DecryptUpdate), UPDATE, DECRYPT, SINGLE, &m_ctr, 20, 20, false},
	{CALL(C_DecryptFinal), FINAL, DECRYPT, SINGLE, &m_cbc_pad, 20, 4, false},
	{CALL(C_DecryptFinal), FINAL, DECRYPT, SINGLE, &m_gcm, 20, 20, false},
	{CALL(C_Digest), WHOLE, DIGEST, SINGLE, &m_sha1, 20, 20, false},
	{CALL(C_Digest), WHOLE, DIGEST, SINGLE, &m_sha256, 20, 32, false},
	{CALL(C_DigestFinal), FINAL, DIGEST, SINGLE, &m_sha256, 20, 32, false},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_hmac, 20, 32, false},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_rsa, 20, 256, false},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_sha256_rsa, 20, 256, false},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_pss, 32, 256, true},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_ecdsa, 32, 64, true},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_ecdsa_sha256, 20, 64, true},
	{CALL(C_Sign), WHOLE, SIGN, SINGLE, &m_eddsa, 20, 64, false},
	{CALL(C_SignFinal), FINAL, SIGN, SINGLE, &m_hmac, 20, 32, false},
	{CALL(C_SignFinal), FINAL, SIGN, SINGLE, &m_sha256_rsa, 20, 256, false},
	{CALL(C_SignRecover), WHOLE, SIGN_RECOVER, SINGLE, &m_rsa, 20, 256, false},
	{CALL(C_SignRecover), WHOLE, SIGN_RECOVER, SINGLE, &m_rsa_x509, 256, 256, false},
	{CALL(C_VerifyRecover), WHOLE, VERIFY_RECOVER, SINGLE, &m_rsa, 20, 20, false},
	{CALL(C_VerifyRecover), WHOLE, VERIFY_RECOVER, SINGLE, &m_rsa_x509, 256, 256, false},
	{CALL(C_DigestEncryptUpdate), UPDATE, ENCRYPT, DIGEST, &m_cbc, 40, 32, false},
	{CALL(C_SignEncryptUpdate), UPDATE, ENCRYPT, SIGN, &m_ctr, 20, 20, false},
	{CALL(C_DecryptDigestUpdate), UPDATE, DECRYPT, DIGEST, &m_ctr, 20, 20, false},
	{CALL(C_DecryptVerifyUpdate), UPDATE, DECRYPT, VERIFY, &m_cbc_pad, 40, 32, false},
	{CALL(C_GetOperationState), STATE, DIGEST, SINGLE, &m_sha256, 20, 0, true},
	{CALL(C_GetOperationState), STATE, ENCRYPT, SINGLE, &m_cbc, 20, 0, true},
	{CALL(C_GetOperationState), STATE, DECRYPT, VERIFY, &m_ctr, 20, 0, true},
};
const size_t output_call_count = COUNT(output_calls);

CK_BYTE call_input[512];
CK_ULONG call_input_length;

/* What goes in: a plaintext, or what the opposite operation makes of it. */
static void make_input(const struct output_call *call)
{
	CK_BYTE plain[512];
	memcpy(plain, pattern, sizeof(plain));
	memcpy(call_input, plain, sizeof(plain));
	call_input_length = call->length;
	if (call->kind == DECRYPT) {
		call_input_length = encrypt(call->mechanism, key_of(call->mechanism->mechanism, ENCRYPT), plain, call->length,
		                            call_input, sizeof(call_input));
	} else if (call->kind == VERIFY_RECOVER) {
		call_input_length = sizeof(call_input);
		assert_ok(p11->C_SignRecoverInit(sess, call->mechanism, keys.rsa_private));
		assert_ok(p11->C_SignRecover(sess, plain, call->length, call_input, &call_input_length));
	}
}

static void feed(const struct output_call *call)
{
	CK_BYTE out[512];
	CK_ULONG length = sizeof(out);
	switch (call->kind) {
	case ENCRYPT:
		assert_ok(p11->C_EncryptUpdate(sess, call_input, call_input_length, out, &length));
		break;
	case DECRYPT:
		assert_ok(p11->C_DecryptUpdate(sess, call_input, call_input_length, out, &length));
		break;
	case DIGEST:
		assert_ok(p11->C_DigestUpdate(sess, call_input, call_input_length));
		break;
	default:
		assert_ok(p11->C_SignUpdate(sess, call_input, call_input_length));
		break;
	}
}

void begin_output_call(const struct output_call *call)
{
	renew_session();
	make_input(call);
	assert_ok(start_with(sess, call->kind, call->mechanism, key_of(call->mechanism->mechanism, call->kind)));
	if (call->beside >= 0)
		assert_ok(start((enum kind)call->beside));
	if (call->step == FINAL || call->step == STATE)
		feed(call);
}

CK_RV do_output_call(const struct output_call *call, CK_BYTE *out, CK_ULONG *length)
{
	const void *member = (const char *)p11 + call->member;
	if (call->step == FINAL || call->step == STATE) {
		CK_C_EncryptFinal final;
		memcpy(&final, member, sizeof(final));
		return final(sess, out, length);
	}
	CK_C_Encrypt with_input;
	memcpy(&with_input, member, sizeof(with_input));
	return with_input(sess, call_input, call_input_length, out, length);
}

bool output_call_active(const struct output_call *call)
{
	CK_ULONG length = 0;
	if (call->beside >= 0)
		assert_int_equal(is_active(call->kind), is_active((enum kind)call->beside));
	/* Mechanisms without multi-part form answer only to the call itself. */
	if (call->step != WHOLE)
		return is_active(call->kind);
	CK_RV rv = do_output_call(call, NULL, &length);
	assert_rv_in(rv, CKR_OK, CKR_OPERATION_NOT_INITIALIZED);
	return rv == CKR_OK;
}
