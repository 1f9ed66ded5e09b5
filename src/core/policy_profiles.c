/* SPDX-License-Identifier: Apache-2.0 */
/* The ready-made policies, in the words of a policy section of the settings; each starts with everything permitted.
 * doc/policy.md says why what is where. */
#include "core/policy.h"

static const struct policy_preset legacy[] = {
	{"separate_keys", "no"},
};

/* Off is what has been broken in practice, and what OpenSSL 3 keeps in its legacy provider, so that programs have learnt
 * to live without it; signatures of withdrawn standards can still be verified. Else nobody's program stops. */
static const struct policy_preset by_default[] = {
	{"deny", "DES_* CDMF_* RC2_* RC4 RC4_* RC5_* CAST* BLOWFISH_* IDEA_* SEED_* SKIPJACK_* FASTHASH KEA_*"},
	{"deny", "MD2* MD5* RIPEMD128* PBE_MD2_* PBE_MD5_* PBE_SHA1_RC* SSL3_* WTLS_* RSA_9796"},
	{"deny", "*RSA_X9_31:sign RSA_X9_31_KEY_PAIR_GEN"},
	{"min_rsa_bits", "1024"},
	{"min_dh_bits", "1024"},
	{"min_dsa_bits", "1024"},
	{"min_ec_bits", "160"},
	{"min_symmetric_bits", "80"},
};

/* What SP 800-131A and SP 800-140C approve; what they keep for old data is for reading and verifying only. */
static const struct policy_preset fips_like[] = {
	{"deny", "*"},
	{"allow", "AES_*"},
	{"deny", "AES_MAC AES_MAC_GENERAL AES_XCBC_* AES_KEY_WRAP_PKCS7 AES_*_ENCRYPT_DATA"},
	{"allow", "DES3_ECB:decrypt DES3_CBC:decrypt+unwrap DES3_CBC_PAD:decrypt+unwrap DES3_CMAC*:verify"},
	{"allow", "SHA_1* SHA224* SHA256* SHA384* SHA512* SHA3_* SHA1_RSA_PKCS*"},
	{"deny", "*_KEY_DERIVATION SHA512_T*"},
	{"allow", "RSA_PKCS:sign+verify RSA_PKCS_PSS RSA_PKCS_OAEP RSA_AES_KEY_WRAP RSA_PKCS_KEY_PAIR_GEN"},
	{"allow", "EC_KEY_PAIR_GEN* ECDSA* ECDH1_* ECDH_AES_KEY_WRAP ECDH_COF_AES_KEY_WRAP EC_EDWARDS_KEY_PAIR_GEN EDDSA"},
	{"allow", "DSA*:verify DH_PKCS_* X9_42_*"},
	{"allow", "ML_KEM* ML_DSA* HASH_ML_DSA* SLH_DSA* HASH_SLH_DSA* HSS* XMSS*"},
	{"allow", "GENERIC_SECRET_KEY_GEN HKDF_* SP800_108_* PKCS5_PBKD2 TLS12_* PUB_KEY_FROM_PRIV_KEY"},
	{"curves", "P-224 P-256 P-384 P-521 Ed25519 Ed448"},
	{"signature_digests", "SHA224 SHA256 SHA384 SHA512 SHA512_224 SHA512_256 SHA3_224 SHA3_256 SHA3_384 SHA3_512"},
	{"min_rsa_bits", "2048"},
	{"min_dh_bits", "2048"},
	{"min_dsa_bits", "1024"},
	{"min_ec_bits", "224"},
	{"min_symmetric_bits", "112"},
	{"min_hmac_bits", "112"},
};

/* The Commercial National Security Algorithm Suite 2.0. */
static const struct policy_preset cnsa2[] = {
	{"deny", "*"},
	{"allow", "AES_*"},
	{"deny", "AES_ECB AES_MAC AES_MAC_GENERAL AES_XCBC_* AES_KEY_WRAP_PKCS7 AES_*_ENCRYPT_DATA"},
	{"allow", "SHA384 SHA384_HMAC* SHA384_KEY_GEN SHA512 SHA512_HMAC* SHA512_KEY_GEN"},
	{"allow", "ML_KEM* ML_DSA* HSS* XMSS*"},
	{"allow", "GENERIC_SECRET_KEY_GEN HKDF_* SP800_108_* PKCS5_PBKD2 PUB_KEY_FROM_PRIV_KEY"},
	{"signature_digests", "SHA384 SHA512"},
	{"min_symmetric_bits", "256"},
	{"min_hmac_bits", "256"},
	{"min_pq_bits", "256"},
	{"separate_keys", "yes"},
};

#define PROFILE(word, list) {.name = (word), .settings = (list), .count = array_len(list)}

const struct policy_profile policy_profiles[] = {
	PROFILE("default", by_default),
	PROFILE("legacy", legacy),
	PROFILE("fips-like", fips_like),
	PROFILE("cnsa2", cnsa2),
};
const size_t policy_profile_count = array_len(policy_profiles);
