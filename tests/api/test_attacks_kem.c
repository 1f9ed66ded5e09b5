/* SPDX-License-Identifier: Apache-2.0 */
/* C_EncapsulateKey and C_DecapsulateKey in hostile hands, over every mechanism that has them: templates that claim what
 * is not so, keys of other types, ciphertexts of other lengths and of other mechanisms. Nothing is made by what fails. */
#include "mechanisms.h"
#include "mechanisms_pq.h"

#define ROOM 2000

static CK_BYTE ciphertext[ROOM], before[ROOM];
static CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_SHA256_KDF, 0, NULL, 0, NULL};

/* One mechanism with a pair that it takes. */
static struct way {
	CK_MECHANISM m;
	CK_OBJECT_HANDLE public, private;
	bool needs_length;
} ways[8];
static size_t way_count;
static CK_ULONG length_32 = 32;

static void add(const CK_MECHANISM *m, CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private, bool needs_length)
{
	CK_ATTRIBUTE out = {CKA_ENCAPSULATE, &yes, sizeof(yes)}, in = {CKA_DECAPSULATE, &yes, sizeof(yes)};

	assert_ok(p11->C_SetAttributeValue(sess, public, &out, 1));
	assert_ok(p11->C_SetAttributeValue(sess, private, &in, 1));
	ways[way_count++] = (struct way){*m, public, private, needs_length};
}

static int setup(void **state)
{
	CK_MECHANISM ml_kem = {CKM_ML_KEM, NULL, 0}, agreement = {CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh)};
	CK_MECHANISM cofactor = {CKM_ECDH1_COFACTOR_DERIVE, &ecdh, sizeof(ecdh)};

	if (setup_operations(state) != 0)
		return -1;
	way_count = 0;
	add(&m_rsa, keys.rsa_public, keys.rsa_private, true);
	add(&m_oaep, keys.rsa_public, keys.rsa_private, true);
	add(&m_rsa_x509, keys.rsa_public, keys.rsa_private, true);
	add(&agreement, keys.ec_public, keys.ec_private, true);
	add(&cofactor, keys.ec_public, keys.ec_private, true);
	add(&agreement, keys.x_public, keys.x_private, true);
	if (has_mechanism(CKM_ML_KEM))
		add(&ml_kem, pq_key(CKK_ML_KEM, false), pq_key(CKK_ML_KEM, true), false);
	return 0;
}

static CK_RV encapsulate(struct way *w, CK_OBJECT_HANDLE by, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *len, CK_OBJECT_HANDLE *ret)
{
	*len = ROOM;
	return p11->C_EncapsulateKey(sess, &w->m, by, template, count, ciphertext, len, ret);
}

static CK_RV decapsulate(struct way *w, CK_OBJECT_HANDLE by, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG len, CK_OBJECT_HANDLE *ret)
{
	return p11->C_DecapsulateKey(sess, &w->m, by, template, count, ciphertext, len, ret);
}

/* A readable key of 32 bytes. */
#define READABLE                                                                                                \
	{CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &length_32, sizeof(length_32)}

static CK_ULONG good_ciphertext(struct way *w, CK_BYTE secret[32])
{
	CK_ATTRIBUTE readable[] = {READABLE}, value = {CKA_VALUE, secret, 32};
	CK_OBJECT_HANDLE key;
	CK_ULONG len;

	assert_ok(encapsulate(w, w->public, readable, 3, &len, &key));
	assert_ok(p11->C_GetAttributeValue(sess, key, &value, 1));
	assert_ok(p11->C_DestroyObject(sess, key));
	return len;
}

/* ---- templates ------------------------------------------------------------------------------------- */

static CK_ULONG zero, huge = ~0UL, beyond = 70000, rsa_key = CKK_RSA, a_mechanism = CKM_AES_KEY_GEN;
static CK_BYTE bytes[32] = {1, 2, 3};

static CK_ATTRIBUTE claims[] = {
	{CKA_CLASS, &public_key_class, sizeof(public_key_class)},
	{CKA_CLASS, &private_key_class, sizeof(private_key_class)},
	{CKA_CLASS, &data_class, sizeof(data_class)},
	{CKA_CLASS, &huge, sizeof(huge)},
	{CKA_CLASS, bytes, 3},
	{CKA_KEY_TYPE, &rsa_key, sizeof(rsa_key)},
	{CKA_KEY_TYPE, &huge, sizeof(huge)},
	{CKA_VALUE, bytes, sizeof(bytes)},
	{CKA_VALUE, NULL, 0},
	{CKA_LOCAL, &yes, sizeof(yes)},
	{CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes)},
	{CKA_NEVER_EXTRACTABLE, &yes, sizeof(yes)},
	{CKA_KEY_GEN_MECHANISM, &a_mechanism, sizeof(a_mechanism)},
	{CKA_UNIQUE_ID, bytes, 16},
	{CKA_TRUSTED, &yes, sizeof(yes)},
	{CKA_CHECK_VALUE, bytes, 3},
	{CKA_VALUE_LEN, &zero, sizeof(zero)},
	{CKA_VALUE_LEN, &huge, sizeof(huge)},
	{CKA_VALUE_LEN, &beyond, sizeof(beyond)},
	{CKA_MODULUS, bytes, sizeof(bytes)},
	{CKA_ENCAPSULATE, &yes, sizeof(yes)},
	{CKA_SENSITIVE, bytes + 1, 1}, /* 2 is no CK_BBOOL */
	{CKA_SENSITIVE, NULL, 1},
	{0x7fffffff, bytes, 1},
};

#define REFUSALS                                                                                                          \
	CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_TYPE_INVALID, \
		CKR_KEY_SIZE_RANGE, CKR_ARGUMENTS_BAD

static void templates_that_claim_too_much_make_nothing(void **state)
{
	CK_OBJECT_HANDLE key = 77;
	CK_BYTE secret[32];

	(void)state;
	for (size_t i = 0; i < way_count; i++) {
		struct way *w = &ways[i];
		CK_ULONG good = good_ciphertext(w, secret), len;
		size_t objects = count_objects(sess);

		memcpy(before, ciphertext, ROOM);
		for (size_t c = 0; c < COUNT(claims); c++) {
			CK_ATTRIBUTE template[] = {claims[c], {CKA_VALUE_LEN, &length_32, sizeof(length_32)}};
			CK_ULONG count = claims[c].type == CKA_VALUE_LEN || !w->needs_length ? 1 : 2;

			assert_rv_in(encapsulate(w, w->public, template, count, &len, &key), REFUSALS);
			assert_memory_equal(ciphertext, before, ROOM);
			assert_rv_in(decapsulate(w, w->private, template, count, good, &key), REFUSALS);
		}
		assert_rv(encapsulate(w, w->public, NULL, 1, &len, &key), CKR_ARGUMENTS_BAD);
		assert_rv(decapsulate(w, w->private, NULL, 1, good, &key), CKR_ARGUMENTS_BAD);
		assert_int_equal(key, 77);
		assert_int_equal(count_objects(sess), objects);
	}
}

/* What the owner of the pair demands of every key that comes through it. */
static void templates_of_the_pair_bind_every_key(void **state)
{
	CK_ATTRIBUTE demands[] = {{CKA_SENSITIVE, &yes, sizeof(yes)}, {CKA_EXTRACTABLE, &no, sizeof(no)}, {CKA_WRAP, &no, sizeof(no)}};
	CK_OBJECT_HANDLE public = make_rsa_public(sess, ATTRIBUTES({CKA_ENCAPSULATE, &yes, sizeof(yes)}, {CKA_ENCAPSULATE_TEMPLATE, demands, sizeof(demands)}));
	CK_OBJECT_HANDLE private = make_rsa_private(sess, ATTRIBUTES({CKA_DECAPSULATE, &yes, sizeof(yes)}, {CKA_DECAPSULATE_TEMPLATE, demands, sizeof(demands)}));
	CK_ATTRIBUTE against[][2] = {
		{{CKA_SENSITIVE, &no, sizeof(no)}, {CKA_VALUE_LEN, &length_32, sizeof(length_32)}},
		{{CKA_EXTRACTABLE, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &length_32, sizeof(length_32)}},
		{{CKA_WRAP, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &length_32, sizeof(length_32)}},
	};
	CK_ATTRIBUTE value = {CKA_VALUE, bytes, sizeof(bytes)}, none = {CKA_DECAPSULATE_TEMPLATE, NULL, 0};
	CK_OBJECT_HANDLE one, other, weak;
	CK_ULONG len, good;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_ok(encapsulate(&ways[i], public, &against[0][1], 1, &good, &one));
		assert_ok(decapsulate(&ways[i], private, &against[0][1], 1, good, &other));
		const CK_OBJECT_HANDLE made[] = {one, other};
		for (size_t k = 0; k < 2; k++) {
			assert_true(get_bool(sess, made[k], CKA_SENSITIVE));
			assert_false(get_bool(sess, made[k], CKA_EXTRACTABLE));
			assert_false(get_bool(sess, made[k], CKA_WRAP));
			assert_rv(p11->C_GetAttributeValue(sess, made[k], &value, 1), CKR_ATTRIBUTE_SENSITIVE);
		}
		for (size_t a = 0; a < COUNT(against); a++) {
			assert_rv(decapsulate(&ways[i], private, against[a], 2, good, &one), CKR_TEMPLATE_INCONSISTENT);
			assert_rv(encapsulate(&ways[i], public, against[a], 2, &len, &one), CKR_TEMPLATE_INCONSISTENT);
		}
	}
	/* Nor is the demand taken off, here or in a copy. */
	assert_rv_in(p11->C_SetAttributeValue(sess, private, &none, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv_in(p11->C_CopyObject(sess, private, &none, 1, &weak), CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
}

/* ---- keys ------------------------------------------------------------------------------------------ */

static void keys_of_other_types_and_classes_are_refused(void **state)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE secret[32];
	CK_ULONG len;

	(void)state;
	for (size_t i = 0; i < way_count; i++) {
		struct way *w = &ways[i];
		CK_ULONG good = good_ciphertext(w, secret);
		const CK_OBJECT_HANDLE publics[] = {keys.aes, keys.hmac, w->private, keys.ed_public, i < 3 ? keys.ec_public : keys.rsa_public};
		const CK_OBJECT_HANDLE privates[] = {keys.aes, keys.hmac, w->public, keys.ed_private, i < 3 ? keys.ec_private : keys.rsa_private};

		for (size_t k = 0; k < COUNT(publics); k++) {
			assert_rv(encapsulate(w, publics[k], NULL, 0, &len, &key), CKR_KEY_TYPE_INCONSISTENT);
			assert_rv(decapsulate(w, privates[k], NULL, 0, good, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
		}
	}
}

/* ---- ciphertexts ----------------------------------------------------------------------------------- */

/* A key from a ciphertext that is none of its mechanism's is refused, or another than the sender's. */
static void check_other_key(struct way *w, CK_ULONG len, const CK_BYTE secret[32])
{
	CK_ATTRIBUTE readable[] = {READABLE};
	CK_BYTE got[32];
	CK_ATTRIBUTE value = {CKA_VALUE, got, sizeof(got)};
	CK_OBJECT_HANDLE key;
	CK_RV rv = decapsulate(w, w->private, readable, 3, len, &key);

	assert_rv_in(rv, CKR_OK, CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_INVALID);
	if (rv != CKR_OK)
		return;
	assert_ok(p11->C_GetAttributeValue(sess, key, &value, 1));
	assert_memory_not_equal(got, secret, 32);
	assert_ok(p11->C_DestroyObject(sess, key));
}

static void ciphertexts_of_other_lengths_are_refused(void **state)
{
	CK_ATTRIBUTE readable[] = {READABLE};
	CK_OBJECT_HANDLE key;
	CK_BYTE secret[32];

	(void)state;
	for (size_t i = 0; i < way_count; i++) {
		struct way *w = &ways[i];
		CK_ULONG good = good_ciphertext(w, secret);
		const CK_ULONG lengths[] = {0, 1, good / 2, good - 1, good + 1, ROOM};

		for (size_t l = 0; l < COUNT(lengths); l++)
			assert_rv_in(decapsulate(w, w->private, readable, 3, lengths[l], &key), CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_INVALID);
		assert_rv(p11->C_DecapsulateKey(sess, &w->m, w->private, readable, 3, NULL, good, &key), CKR_ARGUMENTS_BAD);
		assert_rv_in(p11->C_DecapsulateKey(sess, &w->m, w->private, readable, 3, NULL, 0, &key), CKR_WRAPPED_KEY_LEN_RANGE,
		             CKR_WRAPPED_KEY_INVALID, CKR_ARGUMENTS_BAD);
	}
}

static void foreign_ciphertexts_never_give_the_secret(void **state)
{
	CK_BYTE secret[32];

	(void)state;
	for (size_t from = 0; from < way_count; from++) {
		for (size_t to = 0; to < way_count; to++) {
			/* Both agreements with one key on a curve of cofactor 1 are one; and bare RSA shows what is in any block. */
			if (from == to || (from >= 3 && from <= 4 && to >= 3 && to <= 4) || ways[to].m.mechanism == CKM_RSA_X_509)
				continue;
			CK_ULONG len = good_ciphertext(&ways[from], secret);
			check_other_key(&ways[to], len, secret);
		}
	}
	for (size_t i = 0; i < way_count; i++) {
		CK_ULONG len = good_ciphertext(&ways[i], secret);
		memset(ciphertext, 0, len);
		check_other_key(&ways[i], len, secret);
		memset(ciphertext, 0xff, len);
		check_other_key(&ways[i], len, secret);
		len = good_ciphertext(&ways[i], secret);
		ciphertext[len / 2] ^= 4;
		check_other_key(&ways[i], len, secret);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(templates_that_claim_too_much_make_nothing),
		TEST(templates_of_the_pair_bind_every_key),
		TEST(keys_of_other_types_and_classes_are_refused),
		TEST(ciphertexts_of_other_lengths_are_refused),
		TEST(foreign_ciphertexts_never_give_the_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
