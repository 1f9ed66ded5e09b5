/* SPDX-License-Identifier: Apache-2.0 */
/* Every short Weierstrass curve that libcrypto has, beside libcrypto used directly: the table's lengths and identifiers,
 * the forms of points, signatures taken both ways, agreements against the multiplication of points, and points outside
 * of the subgroup. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "asym_kit.h"
#include "derive_kit.h"

#include "base/text.h"
#include "crypto/pkey.h"

/* ---- the table ----------------------------------------------------------------------------- */

/* doc/mechanisms_notes.md says why. */
static bool left_out(int nid)
{
	return nid == NID_sm2 || nid == NID_ipsec3 || nid == NID_ipsec4;
}

static void every_curve_of_libcrypto_is_here(void **state)
{
	EC_builtin_curve all[128];
	size_t count = EC_get_builtin_curves(all, array_len(all)), found = 0;

	(void)state;
	assert_in_range(count, 60, array_len(all));
	for (size_t i = 0; i < count; i++) {
		const char *name = OBJ_nid2sn(all[i].nid);
		unsigned char *der = NULL;

		if (left_out(all[i].nid)) {
			assert_null(pkey_curve_by_name(kit_text(name)));
			continue;
		}
		int len = i2d_ASN1_OBJECT(OBJ_nid2obj(all[i].nid), &der);
		const struct pkey_curve *c = pkey_curve_by_oid(bytes_of(der, (size_t)len));
		if (c == NULL || c != pkey_curve_by_name(kit_text(name)) || strcmp(c->group, name) != 0)
			fail_msg("%s is not here", name);
		OPENSSL_free(der);
		found++;
	}
	for (size_t i = 0; pkey_curve_at(i) != NULL; i++)
		found -= pkey_curve_at(i)->kind == PKEY_EC;
	assert_int_equal(found, 0);
}

static void lengths_are_the_field_s_and_the_order_s(void **state)
{
	const struct pkey_curve *c;

	(void)state;
	for (size_t i = 0; (c = pkey_curve_at(i)) != NULL; i++) {
		if (c->kind != PKEY_EC)
			continue;
		EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(c->group));
		size_t field = ((size_t)EC_GROUP_get_degree(group) + 7) / 8, order = ((size_t)EC_GROUP_order_bits(group) + 7) / 8;

		assert_int_equal(c->bits, EC_GROUP_get_degree(group));
		assert_int_equal(c->binary, EC_GROUP_get_field_type(group) == NID_X9_62_characteristic_two_field);
		assert_int_equal(c->point_size, 1 + 2 * field);
		assert_int_equal(c->size, order);
		assert_int_equal(c->signature_size, 2 * order);
		EC_GROUP_free(group);
	}
}

/* ---- both sides' keys ---------------------------------------------------------------------- */

struct sides {
	const struct pkey_curve *curve;
	EC_GROUP *group;
	struct kit_pair own;  /* the token's */
	EVP_PKEY *own_public; /* libcrypto's, from CKA_PUBLIC_KEY_INFO */
	EVP_PKEY *own_private; /* libcrypto's, from the wrapped form */
};

static void pkcs8_of(const struct attr_list *l, struct buf *ret)
{
	const struct mech_key_type *type = mech_key_type_find(CKK_EC);
	struct attrs *packed = NULL;

	assert_int_equal(attrs_pack(l, &packed), CKR_OK);
	assert_int_equal(type->to_pkcs8(packed, ret), CKR_OK);
	attrs_free(packed);
}

static struct sides sides_of(const struct pkey_curve *c)
{
	struct sides s = {.curve = c, .group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(c->group))};
	struct bytes info = {0};
	struct buf pkcs8 = {0};
	char hex[64];

	text_hex(c->oid, hex);
	s.own = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, hex);
	assert_true(attr_list_get(&s.own.public_list, CKA_PUBLIC_KEY_INFO, &info));
	const unsigned char *at = info.data;
	s.own_public = d2i_PUBKEY(NULL, &at, (long)info.len);
	pkcs8_of(&s.own.private_list, &pkcs8);
	at = pkcs8.data;
	s.own_private = d2i_AutoPrivateKey(NULL, &at, (long)pkcs8.len);
	if (s.own_public == NULL || s.own_private == NULL || EVP_PKEY_eq(s.own_public, s.own_private) != 1)
		fail_msg("libcrypto does not take the keys of %s", c->group);
	buf_free(&pkcs8);
	return s;
}

static void sides_end(struct sides *s)
{
	kit_pair_free(&s->own);
	EVP_PKEY_free(s->own_public);
	EVP_PKEY_free(s->own_private);
	EC_GROUP_free(s->group);
}

static void on_every_curve(void (*check)(struct sides *))
{
	for (size_t i = 0; pkey_curve_at(i) != NULL; i++) {
		if (pkey_curve_at(i)->kind != PKEY_EC)
			continue;
		print_message("# %s\n", pkey_curve_at(i)->group);
		struct sides s = sides_of(pkey_curve_at(i));
		check(&s);
		sides_end(&s);
	}
}

/* ---- signatures ---------------------------------------------------------------------------- */

static const CK_MECHANISM ecdsa = {CKM_ECDSA_SHA256, NULL, 0};

static void libcrypto_takes(const struct sides *s, struct bytes text, struct bytes signature)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t half = signature.len / 2;
	unsigned char *der = NULL;

	ECDSA_SIG_set0(sig, BN_bin2bn(signature.data, (int)half, NULL), BN_bin2bn(signature.data + half, (int)half, NULL));
	int len = i2d_ECDSA_SIG(sig, &der);
	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, s->own_public, NULL), 1);
	assert_int_equal(EVP_DigestVerify(ctx, der, (size_t)len, text.data, text.len), 1);
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(sig);
}

static void libcrypto_signs(const struct sides *s, struct bytes text, unsigned char *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[256];
	const unsigned char *at = der;
	size_t len = sizeof(der);
	int half = (int)s->curve->size;

	assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, s->own_private, NULL), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &len, text.data, text.len), 1);
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, half), half);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + half, half), half);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

static void check_signatures(struct sides *s)
{
	struct bytes text = kit_text("taken both ways");
	unsigned char theirs[144];
	struct buf ours = {0};

	assert_int_equal(kit_whole(MECH_SIGN, &ecdsa, s->own.private_key, text, &ours), CKR_OK);
	assert_int_equal(ours.len, s->curve->signature_size);
	libcrypto_takes(s, text, buf_bytes(&ours));
	libcrypto_signs(s, text, theirs);
	assert_int_equal(kit_verify(&ecdsa, s->own.public_key, text, bytes_of(theirs, s->curve->signature_size)), CKR_OK);
	assert_int_equal(kit_verify(&ecdsa, s->own.public_key, kit_text("another"), bytes_of(theirs, s->curve->signature_size)),
	                 CKR_SIGNATURE_INVALID);
	buf_free(&ours);
}

static void signatures_are_taken_both_ways(void **state)
{
	(void)state;
	on_every_curve(check_signatures);
}

/* ---- agreements ---------------------------------------------------------------------------- */

static EC_POINT *point_of(const struct sides *s)
{
	struct bytes own = pkey_point(s->own.public_key->pkey);
	EC_POINT *p = EC_POINT_new(s->group);

	assert_int_equal(EC_POINT_oct2point(s->group, p, own.data, own.len, NULL), 1);
	return p;
}

/* x of the private value times the peer's point, or of the cofactor times that. */
static void multiply(const struct sides *s, const EC_POINT *peer, bool cofactor, unsigned char *ret)
{
	BIGNUM *d = NULL, *x = BN_new();
	EC_POINT *p = EC_POINT_new(s->group);
	int field = (int)(s->curve->point_size / 2);

	assert_int_equal(EVP_PKEY_get_bn_param(s->own_private, "priv", &d), 1);
	assert_int_equal(EC_POINT_mul(s->group, p, NULL, peer, d, NULL), 1);
	if (cofactor)
		assert_int_equal(EC_POINT_mul(s->group, p, NULL, p, EC_GROUP_get0_cofactor(s->group), NULL), 1);
	assert_int_equal(EC_POINT_get_affine_coordinates(s->group, p, x, NULL, NULL), 1);
	assert_int_equal(BN_bn2binpad(x, ret, field), field);
	BN_free(d);
	BN_free(x);
	EC_POINT_free(p);
}

static void check_agreements(struct sides *s)
{
	static const CK_MECHANISM_TYPE types[] = {CKM_ECDH1_DERIVE, CKM_ECDH1_COFACTOR_DERIVE};
	struct sides peer = sides_of(s->curve);
	struct bytes point = pkey_point(peer.own.public_key->pkey);
	CK_ECDH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, point.len, (CK_BYTE_PTR)(uintptr_t)point.data};
	EC_POINT *theirs = point_of(&peer);
	unsigned char right[72];

	for (size_t i = 0; i < array_len(types); i++) {
		struct buf got = {0};

		multiply(s, theirs, types[i] == CKM_ECDH1_COFACTOR_DERIVE, right);
		assert_int_equal(kit_derive(&(CK_MECHANISM){types[i], &p, sizeof(p)}, s->own.private_key, 0, &got), CKR_OK);
		assert_int_equal(got.len, s->curve->point_size / 2);
		assert_memory_equal(got.data, right, got.len);
		buf_free(&got);
	}
	EC_POINT_free(theirs);
	sides_end(&peer);
}

static void agreements_are_products_of_points(void **state)
{
	(void)state;
	on_every_curve(check_agreements);
}

/* ---- points -------------------------------------------------------------------------------- */

static CK_RV complete_point(const struct sides *s, struct bytes point, struct attr_list *ret)
{
	*ret = kit_list(CKO_PUBLIC_KEY, CKK_EC);
	assert_int_equal(attr_list_set(ret, CKA_EC_PARAMS, s->curve->oid), CKR_OK);
	assert_int_equal(attr_list_set(ret, CKA_EC_POINT, point), CKR_OK);
	return kit_complete(ret);
}

static CK_RV take(const struct sides *s, const EC_POINT *p, point_conversion_form_t form, struct attr_list *ret)
{
	unsigned char encoded[160];
	size_t len = EC_POINT_point2oct(s->group, p, form, encoded, sizeof(encoded), NULL);

	return complete_point(s, bytes_of(encoded, len), ret);
}

static void check_points(struct sides *s)
{
	struct bytes own = {0}, kept = {0};
	EC_POINT *p = point_of(s);
	struct attr_list l;

	assert_int_equal(take(s, p, POINT_CONVERSION_COMPRESSED, &l), CKR_OK);
	assert_true(attr_list_get(&s->own.public_list, CKA_EC_POINT, &own) && attr_list_get(&l, CKA_EC_POINT, &kept));
	assert_true(bytes_equal(own, kept));
	attr_list_free(&l);
	assert_int_equal(take(s, p, POINT_CONVERSION_HYBRID, &l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
	unsigned char off[160];
	size_t len = EC_POINT_point2oct(s->group, p, POINT_CONVERSION_UNCOMPRESSED, off, sizeof(off), NULL);
	off[len - 1] ^= 1;
	assert_int_equal(complete_point(s, bytes_of(off, len), &l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
	EC_POINT_free(p);
}

static void points_become_one_form_or_are_refused(void **state)
{
	(void)state;
	on_every_curve(check_points);
}

/* A binary curve's point of order 2 has x = 0. Alone, or added to a good point, it is on the curve. */
static void check_subgroup(struct sides *s)
{
	unsigned char zero[73] = {POINT_CONVERSION_COMPRESSED};
	EC_POINT *p = point_of(s), *two = EC_POINT_new(s->group);
	struct attr_list l;

	if (s->curve->binary) {
		assert_int_equal(EC_POINT_oct2point(s->group, two, zero, 1 + s->curve->point_size / 2, NULL), 1);
		assert_int_equal(take(s, two, POINT_CONVERSION_UNCOMPRESSED, &l), CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
		assert_int_equal(EC_POINT_add(s->group, p, p, two, NULL), 1);
		assert_int_equal(EC_POINT_is_on_curve(s->group, p, NULL), 1);
		assert_int_equal(take(s, p, POINT_CONVERSION_UNCOMPRESSED, &l), CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
	}
	EC_POINT_free(two);
	EC_POINT_free(p);
}

static void points_outside_of_the_subgroup_are_refused(void **state)
{
	(void)state;
	on_every_curve(check_subgroup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_curve_of_libcrypto_is_here),
		cmocka_unit_test(lengths_are_the_field_s_and_the_order_s),
		cmocka_unit_test(signatures_are_taken_both_ways),
		cmocka_unit_test(agreements_are_products_of_points),
		cmocka_unit_test(points_become_one_form_or_are_refused),
		cmocka_unit_test(points_outside_of_the_subgroup_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
