/* SPDX-License-Identifier: Apache-2.0 */
/* ECDH against RFC 7748, RFC 8037 and whole files of Project Wycheproof; its key derivation functions against the CAVP
 * answer for X9.63 and against values computed from their definitions by another program; the key wraps over ECDH; peers
 * and parameters that are none. */
#include "asym_kit.h"
#include "derive_kit.h"

#include "crypto/pkey.h"
#include "mech/ecdh_kdf.h"
#include "mech/wrap.h"
#include "mech_vectors.h"

extern const struct mech_family mech_family_ecdh;

#define P256 "06082a8648ce3d030107"
#define P384 "06052b81040022"
#define SECP256K1 "06052b8104000a"
#define BRAINPOOL256 "06092b2403030208010107"
#define X25519 "06032b656e"
#define X448 "06032b656f"

static struct mech_key *private_key(CK_KEY_TYPE type, const char *curve, struct bytes value)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, type);

	kit_set_hex(&l, CKA_EC_PARAMS, curve);
	assert_int_equal(attr_list_set(&l, CKA_VALUE, value), CKR_OK);
	return kit_load(&l);
}

static CK_MECHANISM ecdh(CK_ECDH1_DERIVE_PARAMS *p, CK_EC_KDF_TYPE kdf, struct bytes peer, struct bytes shared)
{
	*p = (CK_ECDH1_DERIVE_PARAMS){kdf, shared.len, (CK_BYTE_PTR)(uintptr_t)shared.data, peer.len, (CK_BYTE_PTR)(uintptr_t)peer.data};
	return (CK_MECHANISM){CKM_ECDH1_DERIVE, p, sizeof(*p)};
}

/* ---- agreements -------------------------------------------------------------------------------- */

static void published_agreements(void **state)
{
	static const struct {
		const char *curve, *value, *peer, *secret;
	} rows[] = {
		{X25519, "a046e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449a44",
		 "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
		{X448, "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
		 "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
		 "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf value = harness_hex(rows[i].value), peer = harness_hex(rows[i].peer);
		struct mech_key *key = private_key(CKK_EC_MONTGOMERY, rows[i].curve, buf_bytes(&value));
		CK_ECDH1_DERIVE_PARAMS p;
		CK_MECHANISM m = ecdh(&p, CKD_NULL, buf_bytes(&peer), (struct bytes){0});

		kit_check_derived(&m, key, 0, rows[i].secret);
		/* Fewer bytes are the last ones (§6.3). */
		kit_check_derived(&m, key, 5, rows[i].secret + strlen(rows[i].secret) - 10);
		mech_key_free(key);
		buf_free(&value);
		buf_free(&peer);
	}
}

static const char *replay_curve;
static CK_KEY_TYPE replay_type;

/* The point in a SubjectPublicKeyInfo of the named curve stands at its end. */
static struct bytes point_of(const struct vector *v, const struct buf *public)
{
	if (vector_is(v, "encoding", "asn") && public->len > 65)
		return bytes_of(public->data + public->len - 65, 65);
	return buf_bytes(public);
}

static void replay(const struct vector *v)
{
	struct buf public = vector_hex(v, "public"), value = vector_hex(v, "private"), shared = vector_hex(v, "shared"), got = {0};
	struct bytes number = buf_bytes(&value);
	CK_ECDH1_DERIVE_PARAMS p;

	/* Of encodings of the whole key we test what the valid ones have. */
	if (vector_is(v, "encoding", "asn") && !vector_is(v, "result", "valid")) {
		buf_free(&public);
		buf_free(&value);
		buf_free(&shared);
		return;
	}
	while (replay_type == CKK_EC && number.len > 1 && number.data[0] == 0)
		number = bytes_of(number.data + 1, number.len - 1);
	struct mech_key *key = private_key(replay_type, replay_curve, number);
	CK_MECHANISM m = ecdh(&p, CKD_NULL, point_of(v, &public), (struct bytes){0});
	CK_RV rv = kit_derive(&m, key, 0, &got);
	if (vector_has(v, "flags", "ZeroSharedSecret"))
		assert_int_equal(rv, CKR_PUBLIC_KEY_INVALID);
	else if (vector_is(v, "result", "invalid"))
		assert_true(rv == CKR_PUBLIC_KEY_INVALID || rv == CKR_MECHANISM_PARAM_INVALID);
	else if (vector_is(v, "result", "valid") || rv == CKR_OK)
		assert_int_equal(rv, CKR_OK);
	if (rv == CKR_OK) {
		assert_int_equal(got.len, shared.len);
		assert_memory_equal(got.data, shared.data, shared.len);
	}
	mech_key_free(key);
	buf_free(&public);
	buf_free(&value);
	buf_free(&shared);
	buf_free(&got);
}

#define WYCHEPROOF(name, file, type, curve)             \
	static void name(void **state)                  \
	{                                               \
		(void)state;                            \
		replay_curve = curve;                   \
		replay_type = type;                     \
		vectors_replay(file "_test.json", replay); \
	}
WYCHEPROOF(wycheproof_x25519, "x25519", CKK_EC_MONTGOMERY, X25519)
WYCHEPROOF(wycheproof_x448, "x448", CKK_EC_MONTGOMERY, X448)
WYCHEPROOF(wycheproof_p256, "ecdh_secp256r1_ecpoint", CKK_EC, P256)
WYCHEPROOF(wycheproof_p384, "ecdh_secp384r1_ecpoint", CKK_EC, P384)
WYCHEPROOF(wycheproof_secp256k1, "ecdh_secp256k1", CKK_EC, SECP256K1)
WYCHEPROOF(wycheproof_brainpool, "ecdh_brainpoolP256r1", CKK_EC, BRAINPOOL256)

/* ---- derivation functions ---------------------------------------------------------------------- */

static void the_published_answer_of_x963(void **state)
{
	struct buf z = harness_hex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08"), right = harness_hex("443024c3dae66b95e6f5670601558f71");
	unsigned char out[16];

	(void)state;
	assert_int_equal(ecdh_kdf(CKD_SHA256_KDF, buf_bytes(&z), (struct bytes){0}, out, sizeof(out)), CKR_OK);
	assert_memory_equal(out, right.data, sizeof(out));
	buf_free(&z);
	buf_free(&right);
}

static const struct {
	CK_EC_KDF_TYPE kdf;
	const char *out;
} kdfs[] = {
	{CKD_SHA1_KDF,
	 "4011ea603f80e0ee1a1724d45854c25790566e05ec2a78794d8c1af6a379b62b078e20f66ac752b88d123b8c1b9685952fd1"
	 "88b17b47ffaeb4c6c30a5980273c7712a6f81b060d73015028"},
	{CKD_SHA1_KDF_SP800,
	 "26873f02a83fb04bc46d995979f90801ed2b76c04e4ade809b7d00e1383b04ae77b59f3a90dd9f23f5eb4b7c78256a81bdac"
	 "bfbd156137888a4c642baf1814e2fa29d2fe128a4f2616f7e6"},
	{CKD_SHA224_KDF,
	 "ba97ae9ec743eefa1913eabe4b28fa4473b5c2ee2f8af2ff4d917560944cf6da0d3f72e7626ef0e6ce6b83a6e79ed44187b6"
	 "e7f9364af6ce98978366d1985512864d995fecb6482070d027"},
	{CKD_SHA224_KDF_SP800,
	 "53bd99d452b0720453f91c3e5f367b2e54906904ee3f5dacb879ff1a644f2e93b477e6052da7638faf565a211c492b13e854"
	 "5f25778f8c4aeb9de63d5aa0ff1a21d15b6c2297e28a4d50ba"},
	{CKD_SHA256_KDF,
	 "a2ba25392f91013464ed530b7260876d7d85630fd24cd7894a49600ab4c7a8c33354555992b455ebe41e722867504954a4df"
	 "484c1d3c0c1bdf6ecefb467afb36a3c7188e88fda97d332a14"},
	{CKD_SHA256_KDF_SP800,
	 "5df78c9e87a5c2a7bdeab2c69428c070470a67cb1c82ef8be1c1f7533d960f8fca05449abeb7caec712dbc8de4b995327b65"
	 "49d62c34aa6079ced5beacd818e0515db12525316862531719"},
	{CKD_SHA384_KDF,
	 "fe47a5704e323b60d97fbdfa55af2525a9efc40096903d5429bde8357b7dbff91bcabad902d4268de06cec789de712635a4e"
	 "9611e1cb5d2c07520309d03456477a434792978183d5e527ef"},
	{CKD_SHA384_KDF_SP800,
	 "dfc646cbed1505134cf2c874003e430412f70f882298da72adada0ba89f0cf6073d73e6e6cd5d77175c38ad91d2fa8df4df0"
	 "aad9dc091b16fdbe6b8e3b54d007b86a42657a730874ab28fc"},
	{CKD_SHA512_KDF,
	 "690226c0e6ac85fe577d4e7f1751e44be3028e400b2a2f4c824cbe97e147b133e204741bb20286e114d6907b66113c6f3839"
	 "6388e0000477725636aacd40db67b5fe27c2eb0f2c73ea5c5c"},
	{CKD_SHA512_KDF_SP800,
	 "e59de8c9a688ab5e4e9ee0f7b89733bd2f51ba6d9bfd1ce81a483ba9aec5046aa3f1176a3203a1de94e15427f7ab417178f8"
	 "35d52ee9fe01b0ecb3b17f36ed75c08a0a8e9fd9fbd696d29f"},
	{CKD_SHA3_224_KDF,
	 "d0172f68c1e992556031daca8ce17b6556fc7635e5dacad071b7fd68f49f2f97a2623c1a71f343959c561914f950f764cc19"
	 "b7e56b00ea39150a41ac64e3a37ec53efdac9392ab5d520261"},
	{CKD_SHA3_224_KDF_SP800,
	 "6c2903b1f6c5f3db43f5aa2ee39a1fcb01cb06851fdbf89c3dee55dee92e0f0f3c77094797a9ade8a3c5c1313520a546b3d9"
	 "aba61c9e35d99e85c5dc5667bb423d4ad5c452cb86c01fee03"},
	{CKD_SHA3_256_KDF,
	 "3bd2c566d378f2fa30bb66c981eab8280865a4633a40323b187731540eb71c4fd369ed27746efd941b438bc164ace21cfc80"
	 "b4fab250bdad6f5fa94a4e41093db7e8a757632df3af06a84b"},
	{CKD_SHA3_256_KDF_SP800,
	 "7a56a16753b8811d0c503bf70b2e7478441bba59da2376ef55cfa82ed997436fbe1f439fe2c8c67e5adbee6ad3be9d39e0fe"
	 "258785e9e87ed378732e95d223c3575f39f9dc2351ace22fc2"},
	{CKD_SHA3_384_KDF,
	 "3a754e8cc26af74f8e0975d5d60407f8b0e43fd68b50ed626c3fe67994dffc37f214d90d2f0febf364dfed43d91f31eb084e"
	 "a4290c82c12968d27424db076d4cf594dbb73e1356c98ddabe"},
	{CKD_SHA3_384_KDF_SP800,
	 "8bfd58f72db0a9fd9b9d0b058508801ee48d5fc896c6cf4365319cd59b0ace6fdecbf8d14e79c6801c348edcb97e98798d0a"
	 "1d30e61207188adfd0eedf57178fd06c5d0cba1b025263e7f1"},
	{CKD_SHA3_512_KDF,
	 "3981b1963b4f016b989a907b7effff95f7514283a9ef2f34805e6195a5c7c9f03d37e32c5bc4fb3e8a56c6f9183aeaef482b"
	 "6560cdfe5f88e4cd55ef18f30226906b7241248f177cc1273a"},
	{CKD_SHA3_512_KDF_SP800,
	 "52f902745bdb760d19cfcd2d5827f62848b06f085f48c366e7ef5f0d5d0d4b6dee4f2688a3a9d484d2e2aefa0fa20125c1dc"
	 "75a446337bcdbd3bccd50469bd19a67f26ca847c929e5375a7"},
};

static void every_derivation_function_by_its_definition(void **state)
{
	unsigned char z[32], out[75];

	(void)state;
	for (unsigned i = 0; i < sizeof(z); i++)
		z[i] = (unsigned char)i;
	for (size_t i = 0; i < array_len(kdfs); i++) {
		struct buf right = harness_hex(kdfs[i].out);

		assert_int_equal(ecdh_kdf_check(kdfs[i].kdf, kit_text("shared info")), CKR_OK);
		for (size_t len = 1; len <= sizeof(out); len += 37) {
			assert_int_equal(ecdh_kdf(kdfs[i].kdf, bytes_of(z, sizeof(z)), kit_text("shared info"), out, len), CKR_OK);
			assert_memory_equal(out, right.data, len);
		}
		buf_free(&right);
	}
}

/* ---- parameters -------------------------------------------------------------------------------- */

static void bad_parameters_are_refused(void **state)
{
	struct kit_pair pair = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, P256), other = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, P384);
	struct bytes peer = pkey_point(pair.public_key->pkey), text = kit_text("x");
	CK_ECDH1_DERIVE_PARAMS p;
	struct buf got = {0};

	(void)state;
	CK_MECHANISM m = ecdh(&p, CKD_SHA256_KDF, peer, text);
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_OK);
	assert_int_equal(kit_derive(&m, pair.private_key, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	m.ulParameterLen--;
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	m = (CK_MECHANISM){CKM_ECDH1_DERIVE, NULL, sizeof(p)};
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	m = ecdh(&p, CKD_NULL, peer, text);
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	m = ecdh(&p, 0x77, peer, (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	m = ecdh(&p, CKD_NULL, peer, (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 33, &got), CKR_TEMPLATE_INCONSISTENT);
	p.pPublicData = NULL;
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	m = ecdh(&p, CKD_NULL, pkey_point(other.public_key->pkey), (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	struct buf broken = {0};
	assert_int_equal(buf_append(&broken, peer), CKR_OK);
	broken.data[40] ^= 1;
	m = ecdh(&p, CKD_NULL, buf_bytes(&broken), (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 16, &got), CKR_PUBLIC_KEY_INVALID);
	buf_free(&broken);
	buf_free(&got);
	kit_pair_free(&pair);
	kit_pair_free(&other);
}

/* A raw point and CKA_EC_POINT's form agree on the same secret. */
static void a_peer_in_both_forms(void **state)
{
	struct kit_pair pair = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, P256);
	struct buf one = {0}, two = {0};
	struct bytes encoded = {0};
	CK_ECDH1_DERIVE_PARAMS p;

	(void)state;
	CK_MECHANISM m = ecdh(&p, CKD_NULL, pkey_point(pair.public_key->pkey), (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 0, &one), CKR_OK);
	assert_true(attr_list_get(&pair.public_list, CKA_EC_POINT, &encoded));
	m = ecdh(&p, CKD_NULL, encoded, (struct bytes){0});
	assert_int_equal(kit_derive(&m, pair.private_key, 0, &two), CKR_OK);
	assert_int_equal(one.len, 32);
	assert_memory_equal(one.data, two.data, 32);
	buf_free(&one);
	buf_free(&two);
	kit_pair_free(&pair);
}

/* ---- key wrap ---------------------------------------------------------------------------------- */

static void check_wrap(CK_MECHANISM_TYPE type, const struct kit_pair *pair, CK_EC_KDF_TYPE kdf, CK_ULONG bits, size_t head)
{
	CK_ECDH_AES_KEY_WRAP_PARAMS p = {bits, kdf, 0, NULL};
	CK_MECHANISM m = {type, &p, sizeof(p)};
	struct mech_wrapping out = {.env = harness_env(), .row = mech_find(type), .mechanism = &m, .key = pair->public_key}, in = out;
	unsigned char plain[100], wrapped[400];
	struct secret back = {0};
	size_t size = 0, len = 0;

	memset(plain, 0x11, sizeof(plain));
	in.key = pair->private_key;
	assert_int_equal(wrap_size(&out, sizeof(plain), &size), CKR_OK);
	assert_int_equal(size, head + 112);
	assert_int_equal(wrap_run(&out, bytes_of(plain, sizeof(plain)), wrapped, &len), CKR_OK);
	assert_int_equal(len, size);
	assert_int_equal(wrap_undo(&in, bytes_of(wrapped, len), &back), CKR_OK);
	assert_int_equal(back.len, sizeof(plain));
	assert_memory_equal(back.data, plain, sizeof(plain));
	secret_free(&back);
	for (size_t i = 0; i < len; i += 13) {
		wrapped[i] ^= 1;
		assert_int_equal(wrap_undo(&in, bytes_of(wrapped, len), &back), CKR_WRAPPED_KEY_INVALID);
		wrapped[i] ^= 1;
	}
	assert_int_equal(wrap_undo(&in, bytes_of(wrapped, head + 8), &back), CKR_WRAPPED_KEY_LEN_RANGE);
	assert_int_equal(wrap_undo(&in, bytes_of(wrapped, len - 1), &back), CKR_WRAPPED_KEY_LEN_RANGE);
	p.ulAESKeyBits = 129;
	assert_int_equal(wrap_size(&out, sizeof(plain), &size), CKR_MECHANISM_PARAM_INVALID);
}

static void wrapping_and_unwrapping(void **state)
{
	struct kit_pair ec = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, P256);
	struct kit_pair x = kit_curve_pair(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, X25519);

	(void)state;
	check_wrap(CKM_ECDH_AES_KEY_WRAP, &ec, CKD_SHA256_KDF, 256, 65);
	check_wrap(CKM_ECDH_AES_KEY_WRAP, &ec, CKD_NULL, 128, 65);
	check_wrap(CKM_ECDH_COF_AES_KEY_WRAP, &ec, CKD_SHA384_KDF_SP800, 192, 67);
	check_wrap(CKM_ECDH_X_AES_KEY_WRAP, &x, CKD_SHA256_KDF, 256, 32);
	kit_pair_free(&ec);
	kit_pair_free(&x);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_ecdh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_agreements),
		cmocka_unit_test(wycheproof_x25519),
		cmocka_unit_test(wycheproof_x448),
		cmocka_unit_test(wycheproof_p256),
		cmocka_unit_test(wycheproof_p384),
		cmocka_unit_test(wycheproof_secp256k1),
		cmocka_unit_test(wycheproof_brainpool),
		cmocka_unit_test(the_published_answer_of_x963),
		cmocka_unit_test(every_derivation_function_by_its_definition),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(a_peer_in_both_forms),
		cmocka_unit_test(wrapping_and_unwrapping),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
