/* SPDX-License-Identifier: Apache-2.0 */
/* The family of RSA: its rows, and the two mechanisms that both sign and encrypt. */
#include "mech/asym.h"
#include "mech/pkcs8.h"
#include "mech/rsa_aes.h"
#include "mech/rsa_crypt.h"
#include "mech/rsa_kem.h"
#include "mech/rsa_key.h"
#include "mech/rsa_pkcs1.h"
#include "mech/rsa_sign.h"
#include "mech/wrap.h"

#define MIN_BITS 512   /* of an imported key */
#define MIN_NEW_BITS 1024
#define MAX_BITS 16384

/* Keys of others. */
#define CARRIES (CKF_WRAP | CKF_UNWRAP | CKF_ENCAPSULATE | CKF_DECAPSULATE)

/* ---- one mechanism, six uses --------------------------------------------------------------- */

typedef CK_RV (*whole_fn)(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);

static const whole_fn pkcs1_uses[MECH_USES] = {
	[MECH_ENCRYPT] = rsa_crypt_pkcs1_encrypt,
	[MECH_DECRYPT] = rsa_crypt_pkcs1_decrypt,
	[MECH_SIGN] = rsa_sign_pkcs1,
	[MECH_SIGN_RECOVER] = rsa_sign_pkcs1,
	[MECH_VERIFY_RECOVER] = rsa_sign_pkcs1_recover,
};

static const whole_fn raw_uses[MECH_USES] = {
	[MECH_ENCRYPT] = rsa_crypt_raw_encrypt,
	[MECH_DECRYPT] = rsa_crypt_raw_decrypt,
	[MECH_SIGN] = rsa_sign_raw,
	[MECH_SIGN_RECOVER] = rsa_sign_raw,
	[MECH_VERIFY_RECOVER] = rsa_sign_raw_recover,
};

static CK_RV pkcs1_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	return pkcs1_uses[op->use](op, in, out, ret_len);
}

static CK_RV raw_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	return raw_uses[op->use](op, in, out, ret_len);
}

/* Unpadding gives less than a modulus. */
static bool pkcs1_late(const struct mech_op *op, enum mech_step step)
{
	(void)step;
	return op->use == MECH_DECRYPT || op->use == MECH_VERIFY_RECOVER;
}

static const struct mech_ops pkcs1_ops = {
	.start = asym_start,
	.room = rsa_crypt_room,
	.late = pkcs1_late,
	.whole = pkcs1_whole,
	.verify_whole = rsa_sign_pkcs1_verify,
};

static const struct mech_ops raw_ops = {
	.start = asym_start,
	.room = rsa_crypt_room,
	.whole = raw_whole,
	.verify_whole = rsa_sign_raw_verify,
};

/* ---- rows ---------------------------------------------------------------------------------- */

/* DigestInfo in front of a digest: SEQUENCE { SEQUENCE { the hash's OID, NULL }, OCTET STRING (RFC 8017 §9.2). The
 * NIST hashes differ in the last arc and the length only. */
#define NIST_PREFIX(arc, len)                                                                                              \
	{(const unsigned char[]){0x30, 0x11 + (len), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, \
	                         (arc), 0x05, 0x00, 0x04, (len)},                                                          \
	 19}
#define SHA1_PREFIX                                                                                                       \
	{(const unsigned char[]){0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14}, \
	 15}

#define RSADSI_PREFIX(algorithm) /* MD2 and MD5 */                                                                          \
	{(const unsigned char[]){0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, (algorithm), \
	                         0x05, 0x00, 0x04, 0x10},                                                                  \
	 18}
#define RIPEMD160_PREFIX                                                                                                  \
	{(const unsigned char[]){0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x24, 0x03, 0x02, 0x01, 0x05, 0x00, 0x04, 0x14}, \
	 15}

#define RSA_KEY(least) .min_key = (least), .max_key = MAX_BITS, .key_types = {CKK_RSA}, .key_type_count = 1

#define PKCS1_HASH(mechanism, alg, info)                                                                             \
	{                                                                                                            \
		RSA_KEY(MIN_BITS), .type = (mechanism), .flags = MECH_SIGNS_PARTS, .ops = &rsa_sign_hash_ops,        \
		.data = &(const struct hash_sign){.scheme = &rsa_sign_pkcs1_scheme, .hash = (alg), .prefix = info},  \
	}

#define PSS_HASH(mechanism, alg)                                                                              \
	{                                                                                                     \
		RSA_KEY(MIN_BITS), .type = (mechanism), .flags = MECH_SIGNS_PARTS, .ops = &rsa_sign_pss_hash_ops, \
		.data = &(const struct hash_sign){.scheme = &rsa_sign_pss_scheme, .hash = (alg)},             \
	}

static const struct mech_gen pair_gen = {.pair = rsa_key_pair, .key_type = CKK_RSA};

/* From this size on libcrypto makes primes with the auxiliary primes that X9.31 wants (FIPS 186-4 B.3.6). */
#define MIN_X9_31_BITS 2048

static const struct mech_row rows[] = {
	{
		.type = CKM_RSA_PKCS_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR,
		.min_key = MIN_NEW_BITS,
		.max_key = MAX_BITS,
		.gen = &pair_gen,
	},
	{
		RSA_KEY(MIN_BITS),
		.type = CKM_RSA_PKCS,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | MECH_SIGNS | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER | CARRIES,
		.ops = &pkcs1_ops,
		.wrap = &rsa_pkcs1_wrap,
		.kem = &rsa_kem_pkcs1,
		.unsaveable = asym_single_part,
	},
	{
		RSA_KEY(MIN_BITS),
		.type = CKM_RSA_X_509,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | MECH_SIGNS | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER | CARRIES,
		.ops = &raw_ops,
		.wrap = &mech_wrap_numbers,
		.kem = &rsa_kem_raw,
		.unsaveable = asym_single_part,
	},
	{
		RSA_KEY(MIN_BITS),
		.type = CKM_RSA_PKCS_OAEP,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CARRIES,
		.ops = &rsa_crypt_oaep_ops,
		.wrap = &mech_wrap_secret,
		.kem = &rsa_kem_oaep,
		.unsaveable = asym_single_part,
	},
	{
		RSA_KEY(MIN_BITS),
		.type = CKM_RSA_AES_KEY_WRAP,
		.flags = CKF_WRAP | CKF_UNWRAP,
		.wrap = &rsa_aes_wrap,
	},
	{
		RSA_KEY(MIN_BITS),
		.type = CKM_RSA_PKCS_PSS,
		.flags = MECH_SIGNS,
		.ops = &rsa_sign_pss_ops,
		.unsaveable = asym_single_part,
	},
	{
		.type = CKM_RSA_X9_31_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR,
		.min_key = MIN_X9_31_BITS,
		.max_key = MAX_BITS,
		.gen = &pair_gen,
	},
	{
		RSA_KEY(1024),
		.type = CKM_RSA_X9_31,
		.flags = MECH_SIGNS,
		.ops = &rsa_sign_x9_31_ops,
		.unsaveable = asym_single_part,
	},
	{
		RSA_KEY(1024),
		.type = CKM_SHA1_RSA_X9_31,
		.flags = MECH_SIGNS_PARTS,
		.ops = &rsa_sign_x9_31_hash_ops,
		.data = &(const struct hash_sign){.scheme = &rsa_sign_x9_31_scheme, .hash = DIGEST_SHA1},
	},
	PKCS1_HASH(CKM_MD2_RSA_PKCS, DIGEST_MD2, RSADSI_PREFIX(2)),
	PKCS1_HASH(CKM_MD5_RSA_PKCS, DIGEST_MD5, RSADSI_PREFIX(5)),
	PKCS1_HASH(CKM_RIPEMD160_RSA_PKCS, DIGEST_RIPEMD160, RIPEMD160_PREFIX),
	PKCS1_HASH(CKM_SHA1_RSA_PKCS, DIGEST_SHA1, SHA1_PREFIX),
	PKCS1_HASH(CKM_SHA224_RSA_PKCS, DIGEST_SHA224, NIST_PREFIX(4, 28)),
	PKCS1_HASH(CKM_SHA256_RSA_PKCS, DIGEST_SHA256, NIST_PREFIX(1, 32)),
	PKCS1_HASH(CKM_SHA384_RSA_PKCS, DIGEST_SHA384, NIST_PREFIX(2, 48)),
	PKCS1_HASH(CKM_SHA512_RSA_PKCS, DIGEST_SHA512, NIST_PREFIX(3, 64)),
	PKCS1_HASH(CKM_SHA3_224_RSA_PKCS, DIGEST_SHA3_224, NIST_PREFIX(7, 28)),
	PKCS1_HASH(CKM_SHA3_256_RSA_PKCS, DIGEST_SHA3_256, NIST_PREFIX(8, 32)),
	PKCS1_HASH(CKM_SHA3_384_RSA_PKCS, DIGEST_SHA3_384, NIST_PREFIX(9, 48)),
	PKCS1_HASH(CKM_SHA3_512_RSA_PKCS, DIGEST_SHA3_512, NIST_PREFIX(10, 64)),
	PSS_HASH(CKM_SHA1_RSA_PKCS_PSS, DIGEST_SHA1),
	PSS_HASH(CKM_SHA224_RSA_PKCS_PSS, DIGEST_SHA224),
	PSS_HASH(CKM_SHA256_RSA_PKCS_PSS, DIGEST_SHA256),
	PSS_HASH(CKM_SHA384_RSA_PKCS_PSS, DIGEST_SHA384),
	PSS_HASH(CKM_SHA512_RSA_PKCS_PSS, DIGEST_SHA512),
	PSS_HASH(CKM_SHA3_224_RSA_PKCS_PSS, DIGEST_SHA3_224),
	PSS_HASH(CKM_SHA3_256_RSA_PKCS_PSS, DIGEST_SHA3_256),
	PSS_HASH(CKM_SHA3_384_RSA_PKCS_PSS, DIGEST_SHA3_384),
	PSS_HASH(CKM_SHA3_512_RSA_PKCS_PSS, DIGEST_SHA3_512),
};

/* The public half is quick. */
static bool slow(const struct mech_key *k)
{
	return k->object_class == CKO_PRIVATE_KEY && k->bits >= 4096;
}

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_RSA,
		.complete = rsa_key_complete,
		.load = rsa_key_load,
		.to_pkcs8 = pkcs8_from_rsa,
		.from_pkcs8 = pkcs8_to_rsa,
		.public_half = rsa_key_public_half,
		.slow = slow,
	},
};

const struct mech_family mech_family_rsa = {
	.name = "rsa",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
