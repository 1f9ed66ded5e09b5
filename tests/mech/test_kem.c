/* SPDX-License-Identifier: Apache-2.0 */
/* Encapsulation with ephemeral keys beside libcrypto used directly, which opens what the token sends and sends what the
 * token opens; and public values that lie in small subgroups, in derivation and decapsulation. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "asym_kit.h"
#include "derive_kit.h"
#include "dl_fixture.h"

#define ROOM 1024

/* ---- the token's side ---------------------------------------------------------------------- */

static struct attr_list wanted_key(CK_ULONG len)
{
	struct attr_list l = kit_list(CKO_SECRET_KEY, CKK_GENERIC_SECRET);

	if (len > 0)
		assert_int_equal(attr_list_set_ulong(&l, CKA_VALUE_LEN, len), CKR_OK);
	return l;
}

static void take_value(struct attr_list *l, struct buf *ret)
{
	struct bytes value = {0};

	assert_true(attr_list_get(l, CKA_VALUE, &value));
	ret->len = 0;
	assert_int_equal(buf_append(ret, value), CKR_OK);
}

static void encapsulate(const CK_MECHANISM *m, const struct mech_key *key, unsigned char *ciphertext, size_t *ret_len, struct buf *ret)
{
	const struct mech_kem_call c = {.env = harness_env(), .row = mech_find(m->mechanism), .mechanism = m, .key = key};
	struct attr_list made = wanted_key(0);
	size_t promised = 0;

	assert_int_equal(c.row->kem->size(&c, &promised), CKR_OK);
	assert_in_range(promised, 1, ROOM);
	assert_int_equal(c.row->kem->encapsulate(&c, ciphertext, ret_len, &made), CKR_OK);
	assert_int_equal(*ret_len, promised);
	take_value(&made, ret);
	attr_list_free(&made);
}

static CK_RV decapsulate(const CK_MECHANISM *m, const struct mech_key *key, struct bytes ciphertext, struct buf *ret)
{
	const struct mech_kem_call c = {.env = harness_env(), .row = mech_find(m->mechanism), .mechanism = m, .key = key};
	struct attr_list made = wanted_key(0);
	CK_RV rv = c.row->kem->decapsulate(&c, ciphertext, &made);

	if (rv == CKR_OK)
		take_value(&made, ret);
	attr_list_free(&made);
	return rv;
}

/* ---- libcrypto's side ---------------------------------------------------------------------- */

static EVP_PKEY *native_private(const struct attr_list *l, CK_KEY_TYPE type)
{
	struct attrs *packed = NULL;
	struct buf der = {0};

	assert_int_equal(attrs_pack(l, &packed), CKR_OK);
	assert_int_equal(mech_key_type_find(type)->to_pkcs8(packed, &der), CKR_OK);
	const unsigned char *at = der.data;
	EVP_PKEY *k = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
	assert_non_null(k);
	attrs_free(packed);
	buf_free(&der);
	return k;
}

static EVP_PKEY *native_peer(EVP_PKEY *own, struct bytes public_value)
{
	EVP_PKEY *k = EVP_PKEY_new();

	assert_int_equal(EVP_PKEY_copy_parameters(k, own), 1);
	assert_int_equal(EVP_PKEY_set1_encoded_public_key(k, public_value.data, public_value.len), 1);
	return k;
}

static EVP_PKEY *native_ephemeral(EVP_PKEY *like)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(like, NULL);
	EVP_PKEY *k = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(EVP_PKEY_keygen(ctx, &k), 1);
	EVP_PKEY_CTX_free(ctx);
	return k;
}

static size_t native_secret(EVP_PKEY *own, EVP_PKEY *peer, bool cofactor, unsigned char ret[ROOM])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	unsigned pad = 1;
	int mode = cofactor;
	size_t len = ROOM;

	const OSSL_PARAM groups[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad), OSSL_PARAM_construct_end()};
	const OSSL_PARAM curves[] = {OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &mode), OSSL_PARAM_construct_end()};
	assert_int_equal(EVP_PKEY_derive_init_ex(ctx, EVP_PKEY_is_a(own, "EC") ? curves : groups), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	assert_int_equal(EVP_PKEY_derive(ctx, ret, &len), 1);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

static void check_same(const struct buf *ours, const unsigned char *theirs, size_t len)
{
	assert_int_equal(ours->len, len);
	assert_memory_equal(ours->data, theirs, len);
}

/* Both ways, more than once: secrets with zeros in front differ in nothing but luck. */
static void check_both_ways(const CK_MECHANISM *m, CK_KEY_TYPE type, const struct kit_pair *pair)
{
	EVP_PKEY *own = native_private(&pair->private_list, type);
	bool cofactor = m->mechanism == CKM_ECDH1_COFACTOR_DERIVE;
	unsigned char ciphertext[ROOM], theirs[ROOM];
	struct buf ours = {0};
	size_t len = 0;

	for (unsigned i = 0; i < 8; i++) {
		encapsulate(m, pair->public_key, ciphertext, &len, &ours);
		EVP_PKEY *peer = native_peer(own, bytes_of(ciphertext, len));
		check_same(&ours, theirs, native_secret(own, peer, cofactor, theirs));
		EVP_PKEY_free(peer);

		EVP_PKEY *ephemeral = native_ephemeral(own);
		unsigned char *sent = NULL;
		size_t sent_len = EVP_PKEY_get1_encoded_public_key(ephemeral, &sent);
		assert_int_equal(decapsulate(m, pair->private_key, bytes_of(sent, sent_len), &ours), CKR_OK);
		check_same(&ours, theirs, native_secret(ephemeral, own, cofactor, theirs));
		OPENSSL_free(sent);
		EVP_PKEY_free(ephemeral);
	}
	EVP_PKEY_free(own);
	buf_free(&ours);
}

static void curves_encapsulate_as_libcrypto_agrees(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE generation, agreement;
		CK_KEY_TYPE type;
		const char *params;
	} rows[] = {
		{CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_ECDH1_DERIVE, CKK_EC_MONTGOMERY, "06032b656e"},     /* X25519 */
		{CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_ECDH1_DERIVE, CKK_EC_MONTGOMERY, "06032b656f"},     /* X448 */
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_DERIVE, CKK_EC, "06052b81040023"},                       /* P-521 */
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_COFACTOR_DERIVE, CKK_EC, "06052b81040023"},
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_DERIVE, CKK_EC, "06052b8104001b"},                       /* B-233: 2 */
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_COFACTOR_DERIVE, CKK_EC, "06052b8104001b"},
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_DERIVE, CKK_EC, "06052b8104001a"},                       /* K-233: 4 */
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_COFACTOR_DERIVE, CKK_EC, "06052b8104001a"},
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_COFACTOR_DERIVE, CKK_EC, "06052b81040006"},              /* secp112r1: 1 */
		{CKM_EC_KEY_PAIR_GEN, CKM_ECDH1_COFACTOR_DERIVE, CKK_EC, "06052b81040007"},              /* secp112r2: 4, a prime field */
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct kit_pair p = kit_curve_pair(rows[i].generation, rows[i].type, rows[i].params);
		CK_ECDH1_DERIVE_PARAMS none = {CKD_NULL, 0, NULL, 0, NULL};
		const CK_MECHANISM m = {rows[i].agreement, &none, sizeof(none)};

		check_both_ways(&m, rows[i].type, &p);
		kit_pair_free(&p);
	}
}

static CK_X9_42_DH1_DERIVE_PARAMS bare = {CKD_NULL, 0, NULL, 0, NULL};
static const CK_MECHANISM dh = {CKM_DH_PKCS_DERIVE, NULL, 0}, x9_42 = {CKM_X9_42_DH_DERIVE, &bare, sizeof(bare)};

static void groups_encapsulate_as_libcrypto_agrees(void **state)
{
	struct kit_pair one = dl_new_pair(CKM_DH_PKCS_KEY_PAIR_GEN, CKK_DH), other = dl_new_pair(CKM_X9_42_DH_KEY_PAIR_GEN, CKK_X9_42_DH);

	(void)state;
	check_both_ways(&dh, CKK_DH, &one);
	check_both_ways(&x9_42, CKK_X9_42_DH, &other);
	kit_pair_free(&one);
	kit_pair_free(&other);
}

/* ---- small subgroups ----------------------------------------------------------------------- */

static CK_RV derive_from(CK_KEY_TYPE type, const struct mech_key *key, struct bytes y, struct buf *ret)
{
	CK_X9_42_DH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, y.len, (CK_BYTE_PTR)(uintptr_t)y.data};
	const CK_MECHANISM with_params = {CKM_X9_42_DH_DERIVE, &p, sizeof(p)};
	const CK_MECHANISM with_value = {CKM_DH_PKCS_DERIVE, (void *)(uintptr_t)y.data, y.len};

	return kit_derive(type == CKK_DH ? &with_value : &with_params, key, 0, ret);
}

static void check_refused(CK_KEY_TYPE type, const struct mech_key *key, struct bytes y)
{
	struct buf got = {0};

	assert_int_equal(derive_from(type, key, y, &got), CKR_PUBLIC_KEY_INVALID);
	assert_int_equal(decapsulate(type == CKK_DH ? &dh : &x9_42, key, y, &got), CKR_ENCRYPTED_DATA_INVALID);
	buf_free(&got);
}

static const CK_KEY_TYPE group_types[] = {CKK_DH, CKK_X9_42_DH};

static struct mech_key *private_in_group(CK_KEY_TYPE type)
{
	struct attr_list l = dl_key_list(CKO_PRIVATE_KEY, type);

	return kit_load(&l);
}

static void values_at_the_ends_of_the_range_are_refused(void **state)
{
	static const char *const bad[] = {"00", "0000", "01", "000001", DL_P_LESS_1, DL_P};

	(void)state;
	for (size_t t = 0; t < array_len(group_types); t++) {
		struct mech_key *key = private_in_group(group_types[t]);
		for (size_t i = 0; i < array_len(bad); i++) {
			struct buf y = harness_hex(bad[i]);
			check_refused(group_types[t], key, buf_bytes(&y));
			buf_free(&y);
		}
		mech_key_free(key);
	}
}

/* An element of order r for each small prime r that divides (p-1)/q: with one the secret would tell x modulo r. */
static void values_of_small_order_are_refused(void **state)
{
	BIGNUM *p = NULL, *q = NULL, *cofactor = BN_new(), *power = BN_new(), *y = BN_new(), *base = BN_new(), *less = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	unsigned char bytes[128];
	unsigned found = 0;

	(void)state;
	BN_hex2bn(&p, DL_P);
	BN_hex2bn(&q, DL_Q);
	assert_int_equal(BN_sub(less, p, BN_value_one()), 1);
	assert_int_equal(BN_div(cofactor, NULL, less, q, ctx), 1);
	struct mech_key *keys[] = {private_in_group(CKK_DH), private_in_group(CKK_X9_42_DH)};
	for (BN_ULONG r = 2; r < 20000; r++) {
		if (BN_mod_word(cofactor, r) != 0)
			continue;
		assert_int_equal(BN_copy(power, less) != NULL && BN_div_word(power, r) == 0, 1);
		for (BN_ULONG b = 2; b < 50; b++) {
			assert_int_equal(BN_set_word(base, b) && BN_mod_exp(y, base, power, p, ctx), 1);
			if (!BN_is_one(y))
				break;
		}
		assert_int_equal(BN_bn2binpad(y, bytes, sizeof(bytes)), sizeof(bytes));
		for (size_t t = 0; t < array_len(group_types); t++)
			check_refused(group_types[t], keys[t], bytes_of(bytes, sizeof(bytes)));
		found++;
	}
	assert_in_range(found, 2, 1000);
	for (size_t t = 0; t < array_len(group_types); t++)
		mech_key_free(keys[t]);
	BN_free(p);
	BN_free(q);
	BN_free(cofactor);
	BN_free(power);
	BN_free(y);
	BN_free(base);
	BN_free(less);
	BN_CTX_free(ctx);
}

static void ciphertexts_of_other_lengths_are_refused(void **state)
{
	struct buf good = harness_hex(DL_PEER), longer = harness_hex("00" DL_PEER), right = harness_hex(DL_Z), got = {0};

	(void)state;
	for (size_t t = 0; t < array_len(group_types); t++) {
		const CK_MECHANISM *m = group_types[t] == CKK_DH ? &dh : &x9_42;
		struct mech_key *key = private_in_group(group_types[t]);

		assert_int_equal(decapsulate(m, key, (struct bytes){0}, &got), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_int_equal(decapsulate(m, key, buf_bytes(&longer), &got), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_int_equal(decapsulate(m, key, buf_bytes(&good), &got), CKR_OK);
		check_same(&got, right.data, right.len);
		mech_key_free(key);
	}
	buf_free(&good);
	buf_free(&longer);
	buf_free(&right);
	buf_free(&got);
}

/* Of order 1, 2, 4 or 8 (RFC 7748 section 6.1; D. J. Bernstein's list), which contribute nothing. */
static void points_of_low_order_are_refused_on_x25519(void **state)
{
	static const char *const bad[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct kit_pair p = kit_curve_pair(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, "06032b656e");
	CK_ECDH1_DERIVE_PARAMS none = {CKD_NULL, 0, NULL, 0, NULL};
	const CK_MECHANISM m = {CKM_ECDH1_DERIVE, &none, sizeof(none)};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		struct buf y = harness_hex(bad[i]);
		assert_int_equal(decapsulate(&m, p.private_key, buf_bytes(&y), &got), CKR_ENCRYPTED_DATA_INVALID);
		buf_free(&y);
	}
	kit_pair_free(&p);
	buf_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curves_encapsulate_as_libcrypto_agrees),
		cmocka_unit_test(groups_encapsulate_as_libcrypto_agrees),
		cmocka_unit_test(values_at_the_ends_of_the_range_are_refused),
		cmocka_unit_test(values_of_small_order_are_refused),
		cmocka_unit_test(ciphertexts_of_other_lengths_are_refused),
		cmocka_unit_test(points_of_low_order_are_refused_on_x25519),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
