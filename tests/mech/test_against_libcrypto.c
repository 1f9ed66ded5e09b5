/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the registry is held against something from outside: ciphers, digests and MACs against libcrypto, used
 * here directly, with random keys and inputs of odd lengths, whole and in parts; rows that are another row and a digest
 * (or a wrapping of two) against those; the others against known answers in a test of this folder, which must name
 * them. A row that is in none of these fails with its name. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include "asym_kit.h"
#include "derive_kit.h"
#include "mech_secret.h"
#include "pq_kit.h"

#include <dirent.h>
#include <stdio.h>

#include "mech/wrap.h"

extern const struct mech_family mech_family_generic_secret;

static OSSL_LIB_CTX *context; /* none of the module's */
static OSSL_PROVIDER *legacy, *standard;

/* ---- the rows ------------------------------------------------------------------------------ */

enum shape { BLOCKS, PADDED, STREAM };
enum param { NOTHING, IV, COUNTER };

static const struct cipher_peer {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	size_t key_len;
	const char *name; /* libcrypto's */
	enum shape shape;
	enum param param;
	size_t block;
} ciphers[] = {
	{CKM_AES_ECB, CKK_AES, 16, "AES-128-ECB", BLOCKS, NOTHING, 16}, {CKM_AES_ECB, CKK_AES, 32, "AES-256-ECB", BLOCKS, NOTHING, 16},
	{CKM_AES_CBC, CKK_AES, 16, "AES-128-CBC", BLOCKS, IV, 16}, {CKM_AES_CBC, CKK_AES, 24, "AES-192-CBC", BLOCKS, IV, 16},
	{CKM_AES_CBC, CKK_AES, 32, "AES-256-CBC", BLOCKS, IV, 16}, {CKM_AES_CBC_PAD, CKK_AES, 32, "AES-256-CBC", PADDED, IV, 16},
	{CKM_AES_CTR, CKK_AES, 24, "AES-192-CTR", STREAM, COUNTER, 16}, {CKM_AES_OFB, CKK_AES, 32, "AES-256-OFB", STREAM, IV, 16},
	{CKM_AES_CFB8, CKK_AES, 16, "AES-128-CFB8", STREAM, IV, 16}, {CKM_AES_CFB128, CKK_AES, 32, "AES-256-CFB", STREAM, IV, 16},
	{CKM_AES_CFB1, CKK_AES, 16, "AES-128-CFB1", STREAM, IV, 16},
	{CKM_CAMELLIA_ECB, CKK_CAMELLIA, 16, "CAMELLIA-128-ECB", BLOCKS, NOTHING, 16},
	{CKM_CAMELLIA_CBC, CKK_CAMELLIA, 24, "CAMELLIA-192-CBC", BLOCKS, IV, 16},
	{CKM_CAMELLIA_CBC_PAD, CKK_CAMELLIA, 32, "CAMELLIA-256-CBC", PADDED, IV, 16},
	{CKM_CAMELLIA_CTR, CKK_CAMELLIA, 32, "CAMELLIA-256-CTR", STREAM, COUNTER, 16},
	{CKM_ARIA_ECB, CKK_ARIA, 16, "ARIA-128-ECB", BLOCKS, NOTHING, 16}, {CKM_ARIA_CBC, CKK_ARIA, 24, "ARIA-192-CBC", BLOCKS, IV, 16},
	{CKM_ARIA_CBC_PAD, CKK_ARIA, 32, "ARIA-256-CBC", PADDED, IV, 16},
	{CKM_SEED_ECB, CKK_SEED, 16, "SEED-ECB", BLOCKS, NOTHING, 16}, {CKM_SEED_CBC, CKK_SEED, 16, "SEED-CBC", BLOCKS, IV, 16},
	{CKM_SEED_CBC_PAD, CKK_SEED, 16, "SEED-CBC", PADDED, IV, 16},
	{CKM_DES3_ECB, CKK_DES3, 24, "DES-EDE3-ECB", BLOCKS, NOTHING, 8}, {CKM_DES3_CBC, CKK_DES3, 24, "DES-EDE3-CBC", BLOCKS, IV, 8},
	{CKM_DES3_CBC_PAD, CKK_DES3, 24, "DES-EDE3-CBC", PADDED, IV, 8}, {CKM_DES3_CBC, CKK_DES2, 16, "DES-EDE-CBC", BLOCKS, IV, 8},
	{CKM_DES_OFB64, CKK_DES3, 24, "DES-EDE3-OFB", STREAM, IV, 8}, {CKM_DES_CFB64, CKK_DES3, 24, "DES-EDE3-CFB", STREAM, IV, 8},
	{CKM_DES_CFB8, CKK_DES3, 24, "DES-EDE3-CFB8", STREAM, IV, 8},
	{CKM_DES_ECB, CKK_DES, 8, "DES-ECB", BLOCKS, NOTHING, 8}, {CKM_DES_CBC, CKK_DES, 8, "DES-CBC", BLOCKS, IV, 8},
	{CKM_DES_CBC_PAD, CKK_DES, 8, "DES-CBC", PADDED, IV, 8},
	{CKM_RC4, CKK_RC4, 16, "RC4", STREAM, NOTHING, 1},
	{CKM_CAST128_ECB, CKK_CAST128, 16, "CAST5-ECB", BLOCKS, NOTHING, 8}, {CKM_CAST128_CBC, CKK_CAST128, 16, "CAST5-CBC", BLOCKS, IV, 8},
	{CKM_CAST128_CBC_PAD, CKK_CAST128, 16, "CAST5-CBC", PADDED, IV, 8},
	{CKM_BLOWFISH_CBC, CKK_BLOWFISH, 16, "BF-CBC", BLOCKS, IV, 8}, {CKM_BLOWFISH_CBC_PAD, CKK_BLOWFISH, 16, "BF-CBC", PADDED, IV, 8},
	{CKM_IDEA_ECB, CKK_IDEA, 16, "IDEA-ECB", BLOCKS, NOTHING, 8}, {CKM_IDEA_CBC, CKK_IDEA, 16, "IDEA-CBC", BLOCKS, IV, 8},
	{CKM_IDEA_CBC_PAD, CKK_IDEA, 16, "IDEA-CBC", PADDED, IV, 8},
};

static const struct digest_peer {
	CK_MECHANISM_TYPE digest, hmac, general;
	const char *name;
	size_t size; /* of a digest that libcrypto can have shorter; else 0 */
} digests[] = {
	{CKM_MD5, CKM_MD5_HMAC, CKM_MD5_HMAC_GENERAL, "MD5", 0},
	{CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, "SHA1", 0},
	{CKM_RIPEMD160, CKM_RIPEMD160_HMAC, CKM_RIPEMD160_HMAC_GENERAL, "RIPEMD160", 0},
	{CKM_SHA224, CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL, "SHA224", 0},
	{CKM_SHA256, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, "SHA256", 0},
	{CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, "SHA384", 0},
	{CKM_SHA512, CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, "SHA512", 0},
	{CKM_SHA512_224, CKM_SHA512_224_HMAC, CKM_SHA512_224_HMAC_GENERAL, "SHA512-224", 0},
	{CKM_SHA512_256, CKM_SHA512_256_HMAC, CKM_SHA512_256_HMAC_GENERAL, "SHA512-256", 0},
	{CKM_SHA3_224, CKM_SHA3_224_HMAC, CKM_SHA3_224_HMAC_GENERAL, "SHA3-224", 0},
	{CKM_SHA3_256, CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL, "SHA3-256", 0},
	{CKM_SHA3_384, CKM_SHA3_384_HMAC, CKM_SHA3_384_HMAC_GENERAL, "SHA3-384", 0},
	{CKM_SHA3_512, CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL, "SHA3-512", 0},
	{CKM_BLAKE2B_512, CKM_BLAKE2B_512_HMAC, CKM_BLAKE2B_512_HMAC_GENERAL, "BLAKE2B-512", 0},
};

static const struct cmac_peer {
	CK_MECHANISM_TYPE type, general;
	CK_KEY_TYPE key_type;
	size_t key_len;
	const char *cipher;
} cmacs[] = {
	{CKM_AES_CMAC, CKM_AES_CMAC_GENERAL, CKK_AES, 32, "AES-256-CBC"},
	{CKM_DES3_CMAC, CKM_DES3_CMAC_GENERAL, CKK_DES3, 24, "DES-EDE3-CBC"},
};

/* ---- libcrypto ----------------------------------------------------------------------------- */

static int open_all(void **state)
{
	if (harness_open(state) != 0)
		return -1;
	context = OSSL_LIB_CTX_new();
	legacy = OSSL_PROVIDER_load(context, "legacy");
	standard = OSSL_PROVIDER_load(context, "default");
	return legacy == NULL || standard == NULL ? -1 : 0;
}

static int close_all(void **state)
{
	OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(standard);
	OSSL_LIB_CTX_free(context);
	return harness_close(state);
}

static void random_bytes(unsigned char *ret, size_t len)
{
	assert_int_equal(RAND_bytes_ex(context, ret, len, 0), 1);
}

static size_t encipher(const struct cipher_peer *c, const unsigned char *key, const unsigned char *iv, struct bytes in, unsigned char *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(context, c->name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0;

	if (cipher == NULL)
		fail_msg("libcrypto has no %s", c->name);
	assert_int_equal(EVP_EncryptInit_ex2(ctx, cipher, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, c->shape == PADDED);
	assert_int_equal(EVP_EncryptUpdate(ctx, out, &len, in.data, (int)in.len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, out + len, &last), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return (size_t)(len + last);
}

static size_t mac(const char *algorithm, const char *parameter, const char *name, struct bytes key, struct bytes in, unsigned char *out)
{
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(parameter, (char *)(uintptr_t)name, 0), OSSL_PARAM_END};
	EVP_MAC *m = EVP_MAC_fetch(context, algorithm, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(m);
	size_t len = 0;

	assert_int_equal(EVP_MAC_init(ctx, key.data, key.len, params), 1);
	assert_int_equal(EVP_MAC_update(ctx, in.data, in.len), 1);
	assert_int_equal(EVP_MAC_final(ctx, out, &len, 64), 1);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(m);
	return len;
}

/* ---- comparisons --------------------------------------------------------------------------- */

static const size_t lengths[] = {1, 7, 8, 15, 16, 17, 31, 32, 33, 64, 97, 128, 255, 1000};

/* DES keys have odd parity. */
static void make_key(CK_KEY_TYPE type, unsigned char *ret, size_t len)
{
	random_bytes(ret, len);
	if (type != CKK_DES && type != CKK_DES2 && type != CKK_DES3)
		return;
	for (size_t i = 0; i < len; i++)
		ret[i] = (unsigned char)((ret[i] & 0xfe) | (__builtin_parity(ret[i] & 0xfe) ? 0 : 1));
}

static void compare_cipher(const struct cipher_peer *c, size_t len)
{
	unsigned char key[32], iv[16], in[1000], out[1024];
	CK_AES_CTR_PARAMS counter = {.ulCounterBits = 128};
	CK_MECHANISM m = {.mechanism = c->type};

	make_key(c->key_type, key, c->key_len);
	random_bytes(iv, sizeof(iv));
	random_bytes(in, len);
	memcpy(counter.cb, iv, sizeof(counter.cb));
	if (c->param == IV)
		m = (CK_MECHANISM){c->type, iv, c->block};
	else if (c->param == COUNTER)
		m = (CK_MECHANISM){c->type, &counter, sizeof(counter)};
	struct mech_key *loaded = harness_key(c->key_type, bytes_of(key, c->key_len));
	size_t n = encipher(c, key, iv, bytes_of(in, len), out);
	harness_check(MECH_ENCRYPT, &m, loaded, bytes_of(in, len), bytes_of(out, n));
	harness_check(MECH_DECRYPT, &m, loaded, bytes_of(out, n), bytes_of(in, len));
	mech_key_free(loaded);
}

static void ciphers_agree_with_libcrypto(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(ciphers); i++) {
		print_message("# %s %s\n", mech_name(ciphers[i].type), ciphers[i].name);
		assert_non_null(mech_find(ciphers[i].type));
		for (size_t l = 0; l < array_len(lengths); l++)
			if (ciphers[i].shape != BLOCKS || lengths[l] % ciphers[i].block == 0)
				compare_cipher(&ciphers[i], lengths[l]);
	}
}

static void digests_agree_with_libcrypto(void **state)
{
	unsigned char in[1000], out[64];

	(void)state;
	for (size_t i = 0; i < array_len(digests); i++) {
		CK_MECHANISM m = {.mechanism = digests[i].digest};
		size_t n = 0;

		print_message("# %s\n", mech_name(m.mechanism));
		for (size_t l = 0; l < array_len(lengths); l++) {
			random_bytes(in, lengths[l]);
			assert_int_equal(EVP_Q_digest(context, digests[i].name, NULL, in, lengths[l], out, &n), 1);
			harness_check(MECH_DIGEST, &m, NULL, bytes_of(in, lengths[l]), bytes_of(out, n));
		}
	}
}

/* The whole tag, and a shortened one through the mechanism that takes a length. */
static void compare_tags(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE general, const struct mech_key *key, struct bytes in, struct bytes tag)
{
	CK_ULONG size = tag.len / 2 + 1;
	CK_MECHANISM whole = {type, NULL, 0}, part = {general, &size, sizeof(size)};

	harness_check_tag(&whole, key, in, tag);
	harness_check_tag(&part, key, in, bytes_of(tag.data, size));
}

static void hmacs_agree_with_libcrypto(void **state)
{
	unsigned char key[200], in[1000], out[64];

	(void)state;
	for (size_t i = 0; i < array_len(digests); i++) {
		print_message("# %s\n", mech_name(digests[i].hmac));
		for (size_t l = 0; l < array_len(lengths); l++) {
			size_t key_len = 1 + (13 * l) % sizeof(key);

			random_bytes(key, key_len);
			random_bytes(in, lengths[l]);
			struct mech_key *loaded = harness_key(CKK_GENERIC_SECRET, bytes_of(key, key_len));
			size_t n = mac("HMAC", OSSL_MAC_PARAM_DIGEST, digests[i].name, bytes_of(key, key_len), bytes_of(in, lengths[l]), out);
			compare_tags(digests[i].hmac, digests[i].general, loaded, bytes_of(in, lengths[l]), bytes_of(out, n));
			mech_key_free(loaded);
		}
	}
}

static void cmacs_agree_with_libcrypto(void **state)
{
	unsigned char key[32], in[1000], out[64];

	(void)state;
	for (size_t i = 0; i < array_len(cmacs); i++) {
		print_message("# %s\n", mech_name(cmacs[i].type));
		for (size_t l = 0; l < array_len(lengths); l++) {
			make_key(cmacs[i].key_type, key, cmacs[i].key_len);
			random_bytes(in, lengths[l]);
			struct mech_key *loaded = harness_key(cmacs[i].key_type, bytes_of(key, cmacs[i].key_len));
			size_t n = mac("CMAC", OSSL_MAC_PARAM_CIPHER, cmacs[i].cipher, bytes_of(key, cmacs[i].key_len), bytes_of(in, lengths[l]), out);
			compare_tags(cmacs[i].type, cmacs[i].general, loaded, bytes_of(in, lengths[l]), bytes_of(out, n));
			mech_key_free(loaded);
		}
	}
}

/* ---- rows made of other rows --------------------------------------------------------------- */

static bool compared[1024]; /* by place in the registry */

static void note(CK_MECHANISM_TYPE type)
{
	assert_non_null(mech_find(type));
	print_message("# %s\n", mech_name(type));
	compared[mech_index(type)] = true;
}

/* "CKM_ECDSA_" and "SHA3_256". false: the standard or this build has none. */
static bool find_row(const char *prefix, const char *digest, CK_MECHANISM_TYPE *ret)
{
	char wanted[64];
	const char *name;

	snprintf(wanted, sizeof(wanted), "%s%s", prefix, digest);
	for (size_t i = 0; (name = mech_name_at(i, ret)) != NULL; i++)
		if (strcmp(name, wanted) == 0)
			return mech_find(*ret) != NULL;
	return false;
}

static size_t hash(const char *name, size_t xof, struct bytes in, unsigned char *out)
{
	EVP_MD *md = EVP_MD_fetch(context, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned len = 0;

	assert_int_equal(EVP_DigestInit_ex2(ctx, md, NULL), 1);
	assert_int_equal(EVP_DigestUpdate(ctx, in.data, in.len), 1);
	assert_int_equal(xof > 0 ? EVP_DigestFinalXOF(ctx, out, xof) : EVP_DigestFinal_ex(ctx, out, &len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return xof > 0 ? xof : len;
}

static const struct {
	const char *word, *name;
	size_t xof;
	CK_MECHANISM_TYPE type;
} hashes[] = {
	{"SHA1", "SHA1", 0, CKM_SHA_1}, {"SHA224", "SHA224", 0, CKM_SHA224}, {"SHA256", "SHA256", 0, CKM_SHA256},
	{"SHA384", "SHA384", 0, CKM_SHA384}, {"SHA512", "SHA512", 0, CKM_SHA512}, {"SHA3_224", "SHA3-224", 0, CKM_SHA3_224},
	{"SHA3_256", "SHA3-256", 0, CKM_SHA3_256}, {"SHA3_384", "SHA3-384", 0, CKM_SHA3_384}, {"SHA3_512", "SHA3-512", 0, CKM_SHA3_512},
	{"SHAKE128", "SHAKE128", 32, 0}, {"SHAKE256", "SHAKE256", 64, 0},
};

/* What the hashing row signs, the plain one verifies over libcrypto's digest, and the other way round. */
static void compare_signatures(const char *prefix, CK_MECHANISM_TYPE plain, const struct kit_pair *pair)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		CK_HASH_SIGN_ADDITIONAL_CONTEXT which = {CKH_HEDGE_PREFERRED, NULL, 0, hashes[i].type};
		bool takes_hash = plain == CKM_HASH_ML_DSA || plain == CKM_HASH_SLH_DSA;
		CK_MECHANISM over_digest = {plain, takes_hash ? &which : NULL, takes_hash ? sizeof(which) : 0}, hashing = {0};
		unsigned char in[333], digest[64];
		struct buf signature = {0};

		if (!find_row(prefix, hashes[i].word, &hashing.mechanism) || hashes[i].type == 0)
			continue;
		note(hashing.mechanism);
		random_bytes(in, sizeof(in));
		size_t n = hash(hashes[i].name, hashes[i].xof, bytes_of(in, sizeof(in)), digest);
		assert_int_equal(kit_whole(MECH_SIGN, &hashing, pair->private_key, bytes_of(in, sizeof(in)), &signature), CKR_OK);
		assert_int_equal(kit_verify(&over_digest, pair->public_key, bytes_of(digest, n), buf_bytes(&signature)), CKR_OK);
		assert_int_equal(kit_whole(MECH_SIGN, &over_digest, pair->private_key, bytes_of(digest, n), &signature), CKR_OK);
		assert_int_equal(kit_verify(&hashing, pair->public_key, bytes_of(in, sizeof(in)), buf_bytes(&signature)), CKR_OK);
		in[0] ^= 1;
		assert_int_equal(kit_verify(&hashing, pair->public_key, bytes_of(in, sizeof(in)), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
		buf_free(&signature);
	}
}

/* The plain rows know no SHAKE: libcrypto verifies what FIPS 204 and 205 say is signed, 1, the context's length, the
 * digest's object identifier and the digest. */
static void libcrypto_verifies(const char *algorithm, const struct kit_pair *pair, struct bytes message, struct bytes signature)
{
	int raw = 0;
	OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_MESSAGE_ENCODING, &raw), OSSL_PARAM_END};
	struct bytes value = {0};

	assert_true(attr_list_get(&pair->public_list, CKA_VALUE, &value));
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(context, algorithm, NULL, value.data, value.len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(context, key, NULL);
	EVP_SIGNATURE *how = EVP_SIGNATURE_fetch(context, algorithm, NULL);
	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_verify_message_init(ctx, how, params), 1);
	assert_int_equal(EVP_PKEY_verify(ctx, signature.data, signature.len, message.data, message.len), 1);
	EVP_SIGNATURE_free(how);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void compare_shakes(const char *prefix, const char *algorithm, const struct kit_pair *pair)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		unsigned char in[333], m[2 + 11 + 64] = {1, 0, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hashes[i].xof == 32 ? 11 : 12};
		CK_MECHANISM hashing = {0};
		struct buf signature = {0};

		if (hashes[i].xof == 0 || !find_row(prefix, hashes[i].word, &hashing.mechanism))
			continue;
		note(hashing.mechanism);
		random_bytes(in, sizeof(in));
		size_t n = hash(hashes[i].name, hashes[i].xof, bytes_of(in, sizeof(in)), m + 13);
		assert_int_equal(kit_whole(MECH_SIGN, &hashing, pair->private_key, bytes_of(in, sizeof(in)), &signature), CKR_OK);
		libcrypto_verifies(algorithm, pair, bytes_of(m, 13 + n), buf_bytes(&signature));
		assert_int_equal(kit_verify(&hashing, pair->public_key, bytes_of(in, sizeof(in)), buf_bytes(&signature)), CKR_OK);
		buf_free(&signature);
	}
}

static struct kit_pair dsa_pair(void)
{
	const struct mech_row *row = mech_find(CKM_DSA_PARAMETER_GEN);
	CK_ATTRIBUTE_TYPE group[] = {CKA_PRIME, CKA_SUBPRIME, CKA_BASE};
	struct kit_pair p = {kit_list(CKO_PUBLIC_KEY, CKK_DSA), kit_list(CKO_PRIVATE_KEY, CKK_DSA), NULL, NULL};
	struct attr_list made = kit_list(CKO_DOMAIN_PARAMETERS, CKK_DSA);
	CK_MECHANISM m = {CKM_DSA_PARAMETER_GEN, NULL, 0};
	struct bytes value = {0};

	assert_int_equal(attr_list_set_ulong(&made, CKA_PRIME_BITS, 1024), CKR_OK);
	assert_int_equal(row->gen->key(harness_env(), row, &m, &made), CKR_OK);
	for (size_t i = 0; i < array_len(group); i++) {
		assert_true(attr_list_get(&made, group[i], &value));
		assert_int_equal(attr_list_set(&p.public_list, group[i], value), CKR_OK);
	}
	attr_list_free(&made);
	assert_int_equal(kit_generate(CKM_DSA_KEY_PAIR_GEN, harness_env(), &p.public_list, &p.private_list), CKR_OK);
	kit_pair_load(&p);
	return p;
}

static void hashed_signatures_are_signatures_of_the_hash(void **state)
{
	struct kit_pair p = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "06052b81040023");

	(void)state;
	compare_signatures("CKM_ECDSA_", CKM_ECDSA, &p);
	kit_pair_free(&p);
	p = dsa_pair();
	compare_signatures("CKM_DSA_", CKM_DSA, &p);
	kit_pair_free(&p);
}

static void hashed_post_quantum_signatures_likewise(void **state)
{
	struct kit_pair p;

	(void)state;
	pq_need(CKM_HASH_ML_DSA);
	p = pq_pair(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKP_ML_DSA_44);
	compare_signatures("CKM_HASH_ML_DSA_", CKM_HASH_ML_DSA, &p);
	compare_shakes("CKM_HASH_ML_DSA_", "ML-DSA-44", &p);
	kit_pair_free(&p);
	p = pq_pair(CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F);
	compare_signatures("CKM_HASH_SLH_DSA_", CKM_HASH_SLH_DSA, &p);
	compare_shakes("CKM_HASH_SLH_DSA_", "SLH-DSA-SHAKE-128f", &p);
	kit_pair_free(&p);
}

static void shortened_tags_begin_the_whole_ones(void **state)
{
	unsigned char key[20], in[100];

	(void)state;
	random_bytes(key, sizeof(key));
	random_bytes(in, sizeof(in));
	struct mech_key *loaded = harness_key(CKK_GENERIC_SECRET, bytes_of(key, sizeof(key)));
	for (size_t i = 0; i < mech_count(); i++) {
		CK_ULONG size = 7;
		CK_MECHANISM general = {mech_at(i)->type, &size, sizeof(size)}, whole = {0};
		const char *name = mech_name(general.mechanism), *end = strstr(name, "_HMAC_GENERAL");
		struct buf tag = {0};
		char stem[64];

		if (end == NULL)
			continue;
		snprintf(stem, sizeof(stem), "%.*s_HMAC", (int)(end - name), name);
		if (!find_row(stem, "", &whole.mechanism) || mech_at(i)->ops == NULL || strstr(stem, "512_T") != NULL)
			continue;
		note(general.mechanism);
		assert_int_equal(kit_whole(MECH_SIGN, &whole, loaded, bytes_of(in, sizeof(in)), &tag), CKR_OK);
		harness_check_tag(&general, loaded, bytes_of(in, sizeof(in)), bytes_of(tag.data, size));
		buf_free(&tag);
	}
	mech_key_free(loaded);
}

/* There is nothing to hold random keys against: they are of their type, and never the same twice. */
static void generated_hmac_keys_are_of_their_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < mech_family_generic_secret.row_count; i++) {
		const struct mech_row *row = &mech_family_generic_secret.rows[i];

		note(row->type);
		secret_check_generated(row->type, row->gen->key_type, 33);
	}
}

static void derivations_agree(void **state)
{
	unsigned char secret[32], salt[20], info[10], out[50];
	CK_HKDF_PARAMS hkdf = {CK_TRUE, CK_TRUE, CKM_SHA384, CKF_HKDF_SALT_DATA, salt, sizeof(salt), CK_INVALID_HANDLE, info, sizeof(info)};
	CK_MECHANISM data = {CKM_HKDF_DATA, &hkdf, sizeof(hkdf)};
	struct kit_pair a = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "06082a8648ce3d030107");
	struct kit_pair b = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "06082a8648ce3d030107");
	struct bytes point = {0};
	struct buf one = {0}, other = {0};

	(void)state;
	random_bytes(secret, sizeof(secret));
	random_bytes(salt, sizeof(salt));
	random_bytes(info, sizeof(info));
	EVP_KDF *kdf = EVP_KDF_fetch(context, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)"SHA384", 0),
	                       OSSL_PARAM_construct_octet_string("key", secret, sizeof(secret)),
	                       OSSL_PARAM_construct_octet_string("salt", salt, sizeof(salt)),
	                       OSSL_PARAM_construct_octet_string("info", info, sizeof(info)), OSSL_PARAM_END};
	assert_int_equal(EVP_KDF_derive(ctx, out, sizeof(out), params), 1);
	struct mech_key *base = harness_key(CKK_GENERIC_SECRET, bytes_of(secret, sizeof(secret)));
	note(CKM_HKDF_DATA);
	assert_int_equal(kit_derive_as(&data, base, CKO_DATA, CKK_GENERIC_SECRET, sizeof(out), &one), CKR_OK);
	assert_int_equal(one.len, sizeof(out));
	assert_memory_equal(one.data, out, sizeof(out));
	/* P-256 has the cofactor 1; test_ec_curves.c has the others. */
	note(CKM_ECDH1_COFACTOR_DERIVE);
	assert_true(attr_list_get(&b.public_list, CKA_EC_POINT, &point));
	CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_NULL, 0, NULL, point.len, (CK_BYTE_PTR)(uintptr_t)point.data};
	assert_int_equal(kit_derive(&(CK_MECHANISM){CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh)}, a.private_key, 32, &one), CKR_OK);
	assert_int_equal(kit_derive(&(CK_MECHANISM){CKM_ECDH1_COFACTOR_DERIVE, &ecdh, sizeof(ecdh)}, a.private_key, 32, &other), CKR_OK);
	assert_memory_equal(one.data, other.data, 32);
	/* The two names of the TLS exporter. */
	note(CKM_TLS12_KDF);
	CK_TLS_KDF_PARAMS tls = {CKM_SHA256, (CK_BYTE_PTR)(uintptr_t)"label", 5, {secret, 32, secret, 32}, NULL, 0};
	struct mech_key *master = harness_key_hex(CKK_GENERIC_SECRET, "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f");
	assert_int_equal(kit_derive(&(CK_MECHANISM){CKM_TLS_KDF, &tls, sizeof(tls)}, master, 40, &one), CKR_OK);
	assert_int_equal(kit_derive(&(CK_MECHANISM){CKM_TLS12_KDF, &tls, sizeof(tls)}, master, 40, &other), CKR_OK);
	assert_memory_equal(one.data, other.data, 40);
	mech_key_free(master);
	mech_key_free(base);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	kit_pair_free(&a);
	kit_pair_free(&b);
	buf_free(&one);
	buf_free(&other);
}

/* The modulus' length of OAEP with an AES key in it, and the key under that. */
static void rsa_aes_wrapping_is_oaep_and_kwp(void **state)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
	CK_RSA_AES_KEY_WRAP_PARAMS p = {256, &oaep};
	CK_MECHANISM m = {CKM_RSA_AES_KEY_WRAP, &p, sizeof(p)}, first = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)}, second = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	struct kit_pair pair = kit_rsa_pair();
	struct mech_wrapping w = {.env = harness_env(), .row = mech_find(m.mechanism), .mechanism = &m, .key = pair.public_key};
	unsigned char plain[37], out[512];
	struct buf kek = {0}, back = {0};
	size_t size = 0, len = 0;

	(void)state;
	note(CKM_RSA_AES_KEY_WRAP);
	random_bytes(plain, sizeof(plain));
	assert_int_equal(wrap_size(&w, sizeof(plain), &size), CKR_OK);
	assert_int_equal(size, 256 + 8 + 40);
	assert_int_equal(wrap_run(&w, bytes_of(plain, sizeof(plain)), out, &len), CKR_OK);
	assert_int_equal(len, size);
	assert_int_equal(kit_whole(MECH_DECRYPT, &first, pair.private_key, bytes_of(out, 256), &kek), CKR_OK);
	assert_int_equal(kek.len, 32);
	struct mech_key *aes = harness_key(CKK_AES, buf_bytes(&kek));
	assert_int_equal(kit_whole(MECH_DECRYPT, &second, aes, bytes_of(out + 256, len - 256), &back), CKR_OK);
	assert_int_equal(back.len, sizeof(plain));
	assert_memory_equal(back.data, plain, sizeof(plain));
	mech_key_free(aes);
	buf_free(&kek);
	buf_free(&back);
	kit_pair_free(&pair);
}

/* Where libcrypto has a digest under no name of its own, the row that digests has known answers. */
static void derivations_by_digest_are_digests(void **state)
{
	static const CK_MECHANISM_TYPE rows[][2] = {{CKM_BLAKE2B_384_KEY_DERIVE, CKM_BLAKE2B_384}, {CKM_BLAKE2B_512_KEY_DERIVE, CKM_BLAKE2B_512}};
	unsigned char secret[48];

	(void)state;
	random_bytes(secret, sizeof(secret));
	struct mech_key *base = harness_key(CKK_GENERIC_SECRET, bytes_of(secret, sizeof(secret)));
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_MECHANISM derive = {rows[i][0], NULL, 0}, digest = {rows[i][1], NULL, 0};
		struct buf one = {0}, other = {0};

		note(rows[i][0]);
		assert_int_equal(kit_whole(MECH_DIGEST, &digest, NULL, bytes_of(secret, sizeof(secret)), &one), CKR_OK);
		assert_int_equal(kit_derive(&derive, base, one.len, &other), CKR_OK);
		assert_memory_equal(one.data, other.data, one.len);
		buf_free(&one);
		buf_free(&other);
	}
	mech_key_free(base);
}

static void old_rsa_rows_agree_with_new_ones(void **state)
{
	static const unsigned char head[] = {0x30, 0x20, 0x30, 0x0c, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 2, 5, 0, 4, 0x10};
	CK_MECHANISM md2 = {CKM_MD2, NULL, 0}, hashing = {CKM_MD2_RSA_PKCS, NULL, 0}, plain = {CKM_RSA_PKCS, NULL, 0};
	CK_MECHANISM sha256 = {CKM_SHA256_RSA_PKCS, NULL, 0};
	struct kit_pair pair = kit_rsa_pair(), x931 = {kit_list(CKO_PUBLIC_KEY, CKK_RSA), kit_list(CKO_PRIVATE_KEY, CKK_RSA), NULL, NULL};
	struct buf info = {0}, digest = {0}, signature = {0};
	struct bytes text = kit_text("a text");

	(void)state;
	note(CKM_MD2_RSA_PKCS);
	assert_int_equal(kit_whole(MECH_DIGEST, &md2, NULL, text, &digest), CKR_OK);
	assert_int_equal(buf_append(&info, bytes_of(head, sizeof(head))), CKR_OK);
	assert_int_equal(buf_append(&info, buf_bytes(&digest)), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &hashing, pair.private_key, text, &signature), CKR_OK);
	assert_int_equal(kit_verify(&plain, pair.public_key, buf_bytes(&info), buf_bytes(&signature)), CKR_OK);
	note(CKM_RSA_X9_31_KEY_PAIR_GEN);
	assert_int_equal(attr_list_set_ulong(&x931.public_list, CKA_MODULUS_BITS, 2048), CKR_OK);
	assert_int_equal(kit_generate(CKM_RSA_X9_31_KEY_PAIR_GEN, harness_env(), &x931.public_list, &x931.private_list), CKR_OK);
	kit_pair_load(&x931);
	kit_check_pair(&sha256, &x931, text);
	buf_free(&info);
	buf_free(&digest);
	buf_free(&signature);
	kit_pair_free(&pair);
	kit_pair_free(&x931);
}

/* ---- nothing left out ---------------------------------------------------------------------- */

static bool has_peer(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < array_len(ciphers); i++)
		if (ciphers[i].type == type)
			return true;
	for (size_t i = 0; i < array_len(digests); i++)
		if (digests[i].digest == type || digests[i].hmac == type || digests[i].general == type)
			return true;
	for (size_t i = 0; i < array_len(cmacs); i++)
		if (cmacs[i].type == type || cmacs[i].general == type)
			return true;
	return compared[mech_index(type)];
}

/* The texts of all other tests of this folder; the caller's to free. */
static char *other_tests(void)
{
	size_t cap = 8 << 20, len = 0;
	char *text = malloc(cap), path[4096];
	DIR *folder = opendir(TEST_SOURCE_ROOT "/tests/mech");

	assert_non_null(text);
	assert_non_null(folder);
	for (struct dirent *e; (e = readdir(folder)) != NULL;) {
		if (strncmp(e->d_name, "test_", 5) != 0 || strcmp(e->d_name, "test_against_libcrypto.c") == 0)
			continue;
		snprintf(path, sizeof(path), TEST_SOURCE_ROOT "/tests/mech/%s", e->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		len += fread(text + len, 1, cap - 1 - len, f);
		fclose(f);
	}
	closedir(folder);
	text[len] = '\0';
	return text;
}

static bool names(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at += len) {
		char next = at[len];
		if (!(next >= 'A' && next <= 'Z') && !(next >= '0' && next <= '9') && next != '_')
			return true;
	}
	return false;
}

static void every_row_is_held_against_something_from_outside(void **state)
{
	char *text = other_tests();
	unsigned missing = 0;

	(void)state;
	for (size_t i = 0; i < mech_count(); i++) {
		CK_MECHANISM_TYPE type = mech_at(i)->type;

		if (has_peer(type) || names(text, mech_name(type)))
			continue;
		print_error("%s: neither compared here nor named in another test of tests/mech\n", mech_name(type));
		missing++;
	}
	free(text);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ciphers_agree_with_libcrypto),
		cmocka_unit_test(digests_agree_with_libcrypto),
		cmocka_unit_test(hmacs_agree_with_libcrypto),
		cmocka_unit_test(cmacs_agree_with_libcrypto),
		cmocka_unit_test(hashed_signatures_are_signatures_of_the_hash),
		cmocka_unit_test(hashed_post_quantum_signatures_likewise),
		cmocka_unit_test(shortened_tags_begin_the_whole_ones),
		cmocka_unit_test(generated_hmac_keys_are_of_their_type),
		cmocka_unit_test(derivations_agree),
		cmocka_unit_test(rsa_aes_wrapping_is_oaep_and_kwp),
		cmocka_unit_test(derivations_by_digest_are_digests),
		cmocka_unit_test(old_rsa_rows_agree_with_new_ones),
		/* Last: it counts what the others have compared. */
		cmocka_unit_test(every_row_is_held_against_something_from_outside),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
