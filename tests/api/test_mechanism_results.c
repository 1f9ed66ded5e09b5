/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that mechanisms give, made again by other means: HMAC from the digest, modes of AES from single blocks,
 * RSA from long multiplication and its encodings, hashed signatures from unhashed ones, published values for the
 * rest. Refuses to know flags and sizes (test_mechanisms.c). */
#include "mechanisms.h"

static CK_BYTE out[1024], wanted[1024];
static CK_ULONG length;

/* Runs a check for each announced mechanism of one or two families. */
static void for_family(enum family one, enum family other, void (*check)(const struct mechanism_case *c))
{
	size_t seen = 0;

	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];

		if ((c->family != one && c->family != other) || !has_mechanism(c->type))
			continue;
		print_message("# %s\n", c->name);
		check(c);
		seen++;
	}
	assert_true(seen > 0);
}

static CK_ULONG hash(CK_MECHANISM_TYPE type, const CK_BYTE *in, CK_ULONG n, CK_BYTE *to)
{
	CK_MECHANISM m = {type, NULL, 0};

	return digest(&m, in, n, to, 64);
}

/* ---- digests and HMAC ---------------------------------------------------------------------------- */

static void check_digest(const struct mechanism_case *c)
{
	CK_ULONG n = unhex(hash_of(c->hash)->abc, wanted);

	assert_int_equal(n, hash_of(c->hash)->size);
	assert_int_equal(hash(c->type, (const CK_BYTE *)"abc", 3, out), n);
	assert_memory_equal(out, wanted, n);
}

static void digests_are_the_published_ones(void **state)
{
	(void)state;
	for_family(F_DIGEST, F_DIGEST, check_digest);
}

/* FIPS 198-1: H((K ^ opad) || H((K ^ ipad) || text)). */
static void check_hmac(const struct mechanism_case *c)
{
	const struct hash *h = hash_of(c->hash);
	CK_BYTE inner[144 + 100], outer[144 + 64];
	CK_ULONG size = c->family == F_HMAC ? h->size : h->size / 2;
	CK_BYTE key[64] = {0};

	if (sizeof(hmac_key) > h->block)
		hash(c->hash, hmac_key, sizeof(hmac_key), key);
	else
		memcpy(key, hmac_key, sizeof(hmac_key));
	memset(inner, 0x36, h->block);
	memset(outer, 0x5c, h->block);
	for (size_t i = 0; i < sizeof(hmac_key) && i < h->block; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	memcpy(inner + h->block, pattern, 100);
	hash(c->hash, inner, h->block + 100, outer + h->block);
	hash(c->hash, outer, h->block + h->size, wanted);
	assert_int_equal(sign(mechanism_of(c), keys.hmac, pattern, 100, out, sizeof(out)), size);
	assert_memory_equal(out, wanted, size);
}

static void hmac_is_two_digests(void **state)
{
	(void)state;
	for_family(F_HMAC, F_HMAC_GENERAL, check_hmac);
}

/* ---- AES: every mode from single blocks ------------------------------------------------------------ */

static void block(const CK_BYTE *in, CK_BYTE *to)
{
	encrypt(&m_ecb, keys.aes, in, 16, to, 16);
}

static void aes_blocks_are_the_published_ones(void **state)
{
	CK_BYTE plain[16];

	(void)state; /* SP 800-38A F.1.1 */
	unhex("6bc1bee22e409f96e93d7e117393172a", plain);
	unhex("3ad77bb40d7a3660a89ecaf32466ef97", wanted);
	block(plain, out);
	assert_memory_equal(out, wanted, 16);
}

static void check_cbc(const struct mechanism_case *c)
{
	CK_ULONG n = c->family == F_AES_CBC ? 96 : 100, whole = c->family == F_AES_CBC ? 96 : 112;
	CK_BYTE last[16], in[112];

	memset(in, 112 - 100, sizeof(in)); /* PKCS #7 */
	memcpy(in, pattern, n);
	memcpy(last, mechanism_of(c)->pParameter, 16);
	for (CK_ULONG at = 0; at < whole; at += 16) {
		for (int i = 0; i < 16; i++)
			last[i] ^= in[at + (CK_ULONG)i];
		block(last, last);
		memcpy(wanted + at, last, 16);
	}
	assert_int_equal(encrypt(mechanism_of(c), keys.aes, pattern, n, out, sizeof(out)), whole);
	assert_memory_equal(out, wanted, whole);
}

static void cbc_is_a_chain_of_blocks(void **state)
{
	(void)state;
	for_family(F_AES_CBC, F_AES_CBC_PAD, check_cbc);
}

/* The last bits of the counter block count, big-endian, modulo 2^bits. */
static void count_up(CK_BYTE *counter, CK_ULONG bits)
{
	for (int at = 15; bits > 0; at--) {
		CK_ULONG here = bits < 8 ? bits : 8;
		CK_BYTE mask = (CK_BYTE)((1u << here) - 1), next = (CK_BYTE)((counter[at] + 1) & mask);

		counter[at] = (CK_BYTE)((counter[at] & ~mask) | next);
		if (next != 0)
			return;
		bits -= here;
	}
}

static void with_counter(CK_BYTE *counter, CK_ULONG bits, const CK_BYTE *in, CK_ULONG n, CK_BYTE *to)
{
	CK_BYTE stream[16];

	for (CK_ULONG at = 0; at < n; at++) {
		if (at % 16 == 0) {
			block(counter, stream);
			count_up(counter, bits);
		}
		to[at] = in[at] ^ stream[at % 16];
	}
}

/* What stands above the counter stays, whatever the carry inside. */
static void ctr_counts_in_the_bits_it_was_given(void **state)
{
	static const struct {
		CK_ULONG bits;
		const char *block;
	} cases[] = {
		{128, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"}, {128, "00ffffffffffffffffffffffffffffff"},
		{127, "80fffffffffffffffffffffffffffffe"}, {64, "ffffffffffffffff00ffffffffffffff"},
		{64, "ffffffffffffffff0000000000000001"}, {32, "ffffffffffffffffffffffff0ffffffe"},
		{24, "ffffffffffffffffffffffffff00ffff"}, {12, "fffffffffffffffffffffffffffff0fe"},
		{8, "fffffffffffffffffffffffffffffff0"}, {4, "fffffffffffffffffffffffffffffff1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_AES_CTR_PARAMS params = {cases[i].bits, {0}};
		CK_MECHANISM m = {CKM_AES_CTR, &params, sizeof(params)};
		CK_BYTE counter[16];

		unhex(cases[i].block, counter);
		memcpy(params.cb, counter, sizeof(params.cb));
		with_counter(counter, cases[i].bits, pattern, 100, wanted);
		print_message("# %lu bits\n", cases[i].bits);
		assert_int_equal(encrypt(&m, keys.aes, pattern, 100, out, sizeof(out)), 100);
		assert_memory_equal(out, wanted, 100);
	}
}

static void ctr_never_uses_a_counter_twice(void **state)
{
	CK_AES_CTR_PARAMS params = {2, {0}};
	CK_MECHANISM m = {CKM_AES_CTR, &params, sizeof(params)};

	(void)state;
	assert_int_equal(encrypt(&m, keys.aes, pattern, 64, out, sizeof(out)), 64);
	assert_ok(p11->C_EncryptInit(sess, &m, keys.aes));
	length = sizeof(out);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 65, out, &length), CKR_DATA_LEN_RANGE);
	assert_ok(p11->C_EncryptInit(sess, &m, keys.aes));
	length = sizeof(out);
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 64, out, &length));
	length = sizeof(out);
	assert_rv(p11->C_EncryptUpdate(sess, unconst(pattern), 1, out, &length), CKR_DATA_LEN_RANGE);
	assert_false(is_active(ENCRYPT));
}

/* SP 800-38D, one bit at a time. */
static void ghash_multiply(CK_BYTE *x, const CK_BYTE *h)
{
	CK_BYTE z[16] = {0}, v[16];

	memcpy(v, h, 16);
	for (int bit = 0; bit < 128; bit++) {
		CK_BYTE carry = v[15] & 1;

		if (x[bit / 8] >> (7 - bit % 8) & 1) {
			for (int i = 0; i < 16; i++)
				z[i] ^= v[i];
		}
		for (int i = 15; i > 0; i--)
			v[i] = (CK_BYTE)(v[i] >> 1 | v[i - 1] << 7);
		v[0] = (CK_BYTE)(v[0] >> 1 ^ (carry ? 0xe1 : 0));
	}
	memcpy(x, z, 16);
}

static void ghash(CK_BYTE *y, const CK_BYTE *h, const CK_BYTE *in, CK_ULONG n)
{
	for (CK_ULONG at = 0; at < n; at++) {
		y[at % 16] ^= in[at];
		if (at % 16 == 15 || at == n - 1)
			ghash_multiply(y, h);
	}
}

static void put_bits(CK_BYTE *to, CK_ULONG bytes)
{
	for (int i = 0; i < 8; i++)
		to[i] = (CK_BYTE)(bytes * 8 >> (56 - 8 * i));
}

static void gcm_is_a_counter_and_a_hash(void **state)
{
	const CK_GCM_PARAMS *params = m_gcm.pParameter;
	CK_BYTE h[16] = {0}, y[16] = {0}, counter[16] = {0}, mask[16], lengths[16];

	(void)state;
	assert_int_equal(params->ulIvLen, 12);
	block(h, h);
	memcpy(counter, params->pIv, 12);
	counter[15] = 1;
	block(counter, mask);
	counter[15] = 2;
	with_counter(counter, 32, pattern, 100, wanted);
	ghash(y, h, params->pAAD, params->ulAADLen);
	ghash(y, h, wanted, 100);
	put_bits(lengths, params->ulAADLen);
	put_bits(lengths + 8, 100);
	ghash(y, h, lengths, 16);
	for (int i = 0; i < 16; i++)
		wanted[100 + i] = y[i] ^ mask[i];
	assert_int_equal(encrypt(&m_gcm, keys.aes, pattern, 100, out, sizeof(out)), 116);
	assert_memory_equal(out, wanted, 116);
}

/* ---- RSA: the numbers ------------------------------------------------------------------------------ */

#define N 256

/* a = a + a, or a + b, modulo the modulus; big-endian; all below it. */
static void add_mod(CK_BYTE *a, const CK_BYTE *b)
{
	unsigned carry = 0, borrow = 0;
	CK_BYTE less[N];

	for (int i = N - 1; i >= 0; i--) {
		carry += (unsigned)a[i] + b[i];
		a[i] = (CK_BYTE)carry;
		carry >>= 8;
	}
	for (int i = N - 1; i >= 0; i--) {
		unsigned difference = (unsigned)a[i] - rsa_modulus[i] - borrow;

		less[i] = (CK_BYTE)difference;
		borrow = difference >> 8 & 1;
	}
	if (carry || !borrow)
		memcpy(a, less, N);
}

static void multiply_mod(CK_BYTE *a, const CK_BYTE *b)
{
	CK_BYTE product[N] = {0};

	for (int bit = 0; bit < N * 8; bit++) {
		CK_BYTE twice[N];

		memcpy(twice, product, N);
		add_mod(product, twice);
		if (a[bit / 8] >> (7 - bit % 8) & 1)
			add_mod(product, b);
	}
	memcpy(a, product, N);
}

/* in^65537 modulo the modulus. */
static void public_power(const CK_BYTE *in, CK_BYTE *to)
{
	CK_BYTE square[N];

	memcpy(to, in, N);
	for (int i = 0; i < 16; i++) {
		memcpy(square, to, N);
		multiply_mod(to, square);
	}
	multiply_mod(to, in);
}

static void raw_rsa_is_the_power(void **state)
{
	(void)state;
	public_power(pattern, wanted);
	assert_int_equal(encrypt(&m_rsa_x509, keys.rsa_public, pattern, N, out, sizeof(out)), N);
	assert_memory_equal(out, wanted, N);
	assert_int_equal(sign(&m_rsa_x509, keys.rsa_private, pattern, N, out, sizeof(out)), N);
	public_power(out, wanted);
	assert_memory_equal(wanted, pattern, N);
}

/* Shorter data are numbers with zeros in front. */
static void raw_rsa_takes_short_numbers(void **state)
{
	CK_BYTE padded[N] = {0};

	(void)state;
	memcpy(padded + N - 10, pattern + 1, 10);
	public_power(padded, wanted);
	assert_int_equal(encrypt(&m_rsa_x509, keys.rsa_public, pattern + 1, 10, out, sizeof(out)), N);
	assert_memory_equal(out, wanted, N);
}

/* ---- RSA: the encodings (RFC 8017) ------------------------------------------------------------------ */

/* 00 01 FF .. FF 00 and the data. */
static void encode_pkcs1(const CK_BYTE *data, CK_ULONG n, CK_BYTE *to)
{
	memset(to, 0xff, N);
	to[0] = 0;
	to[1] = 1;
	to[N - n - 1] = 0;
	memcpy(to + N - n, data, n);
}

static void rsa_signatures_are_padded_data(void **state)
{
	(void)state;
	encode_pkcs1(pattern, 100, wanted);
	assert_int_equal(sign(&m_rsa, keys.rsa_private, pattern, 100, out, sizeof(out)), N);
	public_power(out, out + N);
	assert_memory_equal(out + N, wanted, N);
}

static CK_ULONG digest_info(const struct hash *h, const CK_BYTE *value, CK_BYTE *to)
{
	CK_BYTE sha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
	CK_BYTE nist[] = {0x30, (CK_BYTE)(17 + h->size), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	                  0x02, h->oid, 0x05, 0x00, 0x04, (CK_BYTE)h->size};
	CK_ULONG n = h->oid ? sizeof(nist) : sizeof(sha1);

	memcpy(to, h->oid ? nist : sha1, n);
	memcpy(to + n, value, h->size);
	return n + h->size;
}

static void check_rsa_hash(const struct mechanism_case *c)
{
	CK_BYTE value[64], info[100];

	hash(c->hash, pattern, 100, value);
	encode_pkcs1(info, digest_info(hash_of(c->hash), value, info), wanted);
	assert_int_equal(sign(mechanism_of(c), keys.rsa_private, pattern, 100, out, sizeof(out)), N);
	public_power(out, out + N);
	assert_memory_equal(out + N, wanted, N);
}

static void hashed_rsa_signatures_are_padded_digest_infos(void **state)
{
	(void)state;
	for_family(F_RSA_HASH, F_RSA_HASH, check_rsa_hash);
}

static void mask(const struct hash *h, const CK_BYTE *seed, CK_ULONG seed_length, CK_BYTE *data, CK_ULONG n)
{
	CK_BYTE in[256], stream[64];

	memcpy(in, seed, seed_length);
	for (CK_ULONG at = 0; at < n; at++) {
		if (at % h->size == 0) {
			CK_ULONG counter = at / h->size;

			in[seed_length] = in[seed_length + 1] = in[seed_length + 2] = 0;
			in[seed_length + 3] = (CK_BYTE)counter;
			hash(h->type, in, seed_length + 4, stream);
		}
		data[at] ^= stream[at % h->size];
	}
}

/* RFC 8017 9.1.2; the modulus has 2048 bits, the salt the hash's length. */
static void assert_pss(const struct hash *h, const CK_BYTE *message_hash, const CK_BYTE *encoded)
{
	CK_ULONG db_length = N - h->size - 1;
	CK_BYTE db[N], again[8 + 64 + 64] = {0}, value[64];

	assert_int_equal(encoded[N - 1], 0xbc);
	memcpy(db, encoded, db_length);
	mask(h, encoded + db_length, h->size, db, db_length);
	db[0] &= 0x7f;
	for (CK_ULONG i = 0; i < db_length - h->size - 1; i++)
		assert_int_equal(db[i], 0);
	assert_int_equal(db[db_length - h->size - 1], 1);
	memcpy(again + 8, message_hash, h->size);
	memcpy(again + 8 + h->size, db + db_length - h->size, h->size);
	hash(h->type, again, 8 + 2 * h->size, value);
	assert_memory_equal(value, encoded + db_length, h->size);
}

static void check_pss(const struct mechanism_case *c)
{
	CK_BYTE value[64];

	if (c->family == F_PSS_HASH)
		hash(c->hash, pattern, 100, value);
	else
		memcpy(value, pattern, hash_of(c->hash)->size);
	sign(mechanism_of(c), keys.rsa_private, pattern, mechanism_input(c), out, sizeof(out));
	public_power(out, out + N);
	assert_pss(hash_of(c->hash), value, out + N);
}

static void pss_signatures_are_encoded_as_published(void **state)
{
	(void)state;
	for_family(F_PSS, F_PSS_HASH, check_pss);
}

/* The raw private power gives the padded text. */
static void unpad(CK_MECHANISM *m, CK_BYTE *encoded)
{
	encrypt(m, keys.rsa_public, pattern, 100, out, sizeof(out));
	assert_int_equal(decrypt(&m_rsa_x509, keys.rsa_private, out, N, encoded, N), N);
}

static void rsa_encryption_pads_with_what_is_not_zero(void **state)
{
	CK_BYTE encoded[N];

	(void)state;
	unpad(&m_rsa, encoded);
	assert_int_equal(encoded[0], 0);
	assert_int_equal(encoded[1], 2);
	for (int i = 2; i < N - 101; i++)
		assert_int_not_equal(encoded[i], 0);
	assert_int_equal(encoded[N - 101], 0);
	assert_memory_equal(encoded + N - 100, pattern, 100);
}

static void oaep_is_encoded_as_published(void **state)
{
	static CK_BYTE label[] = "a label";
	const CK_MECHANISM_TYPE types[] = {CKM_SHA_1, CKM_SHA256, CKM_SHA384};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		const struct hash *h = hash_of(types[i]);
		CK_RSA_PKCS_OAEP_PARAMS params = {h->type, h->mgf, CKZ_DATA_SPECIFIED, label, sizeof(label)};
		CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &params, sizeof(params)};
		CK_ULONG db_length = N - h->size - 1, at = h->size;
		CK_BYTE encoded[N], value[64], *seed = encoded + 1, *db = encoded + 1 + h->size;

		unpad(&m, encoded);
		assert_int_equal(encoded[0], 0);
		mask(h, db, db_length, seed, h->size);
		mask(h, seed, h->size, db, db_length);
		hash(h->type, label, sizeof(label), value);
		assert_memory_equal(db, value, h->size);
		while (db[at] == 0)
			at++;
		assert_int_equal(db[at], 1);
		assert_int_equal(db_length - at - 1, 100);
		assert_memory_equal(db + at + 1, pattern, 100);
	}
}

/* ---- curves ---------------------------------------------------------------------------------------- */

/* A hashed signature verifies as a signature of the hash, and the other way round. */
static void check_ecdsa(const struct mechanism_case *c)
{
	CK_BYTE value[64];
	CK_ULONG n = hash(c->hash, pattern, 100, value);

	length = sign(mechanism_of(c), keys.ec_private, pattern, 100, out, sizeof(out));
	assert_int_equal(length, 64);
	assert_ok(verify(&m_ecdsa, keys.ec_public, value, n, out, 64));
	sign(&m_ecdsa, keys.ec_private, value, n, out, sizeof(out));
	assert_ok(verify(mechanism_of(c), keys.ec_public, pattern, 100, out, 64));
	assert_rv(verify(mechanism_of(c), keys.ec_public, pattern + 1, 100, out, 64), CKR_SIGNATURE_INVALID);
}

static void hashed_ecdsa_signs_the_hash(void **state)
{
	(void)state;
	for_family(F_ECDSA_HASH, F_ECDSA_HASH, check_ecdsa);
}

/* RFC 6979 A.2.5, messages "sample" and "test". */
static void published_ecdsa_signatures_verify(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		const char *message, *signature;
	} cases[] = {
		{CKM_ECDSA_SHA1, "sample", "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32"
		                           "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb"},
		{CKM_ECDSA_SHA256, "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		                             "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
		{CKM_ECDSA_SHA256, "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
		                           "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
		{CKM_ECDSA_SHA512, "sample", "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
		                             "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_MECHANISM m = {cases[i].type, NULL, 0};

		unhex(cases[i].signature, wanted);
		assert_ok(verify(&m, keys.ec_public, cases[i].message, strlen(cases[i].message), wanted, 64));
	}
}

/* Published Ed25519 values are in test_sign.c. A context makes another signature. */
static void eddsa_depends_on_its_context(void **state)
{
	static CK_BYTE foo[] = {'f', 'o', 'o'};
	CK_EDDSA_PARAMS params = {CK_FALSE, sizeof(foo), foo};
	CK_MECHANISM with_context = {CKM_EDDSA, &params, sizeof(params)};

	(void)state;
	length = sign(&with_context, keys.ed_private, pattern, 50, out, sizeof(out));
	assert_int_equal(length, 64);
	assert_ok(verify(&with_context, keys.ed_public, pattern, 50, out, 64));
	assert_rv(verify(&m_eddsa, keys.ed_public, pattern, 50, out, 64), CKR_SIGNATURE_INVALID);
	foo[0] = 'g';
	assert_rv(verify(&with_context, keys.ed_public, pattern, 50, out, 64), CKR_SIGNATURE_INVALID);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(digests_are_the_published_ones),
		WITH_KEYS(hmac_is_two_digests),
		WITH_KEYS(aes_blocks_are_the_published_ones),
		WITH_KEYS(cbc_is_a_chain_of_blocks),
		WITH_KEYS(ctr_counts_in_the_bits_it_was_given),
		WITH_KEYS(ctr_never_uses_a_counter_twice),
		WITH_KEYS(gcm_is_a_counter_and_a_hash),
		WITH_KEYS(raw_rsa_is_the_power),
		WITH_KEYS(raw_rsa_takes_short_numbers),
		WITH_KEYS(rsa_signatures_are_padded_data),
		WITH_KEYS(hashed_rsa_signatures_are_padded_digest_infos),
		WITH_KEYS(pss_signatures_are_encoded_as_published),
		WITH_KEYS(rsa_encryption_pads_with_what_is_not_zero),
		WITH_KEYS(oaep_is_encoded_as_published),
		WITH_KEYS(hashed_ecdsa_signs_the_hash),
		WITH_KEYS(published_ecdsa_signatures_verify),
		WITH_KEYS(eddsa_depends_on_its_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
