/* SPDX-License-Identifier: Apache-2.0 */
/* HSS, XMSS and XMSS^MT: signatures that others made (hbs_vectors.txt: CKM_HSS, CKM_XMSS, CKM_XMSSMT) and those of the
 * standards, every parameter set's sizes, damage in every part of a signature, forms of keys. */
#include "pq_kit.h"

#include <stdio.h>

#include "crypto/hss.h"
#include "crypto/xmss.h"

extern const struct mech_family mech_family_hbs;

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_hbs);
}

/* ---- vectors ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
} kinds[] = {{"CKM_HSS", CKM_HSS, CKK_HSS}, {"CKM_XMSS", CKM_XMSS, CKK_XMSS}, {"CKM_XMSSMT", CKM_XMSSMT, CKK_XMSSMT}};

struct vector {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE type;
	const char *set;
	struct buf key, message, signature;
};

static struct attr_list list_of(CK_KEY_TYPE type, const struct buf *key)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, type);

	assert_int_equal(attr_list_set(&l, CKA_VALUE, buf_bytes(key)), CKR_OK);
	if (type != CKK_HSS)
		assert_int_equal(attr_list_set_ulong(&l, CKA_PARAMETER_SET, lms_read_u32(key->data)), CKR_OK);
	return l;
}

static bool read_vector(char *line, struct vector *ret)
{
	char *rest = NULL, *kind = strtok_r(line, " \n", &rest);
	*ret = (struct vector){0};

	if (kind == NULL || kind[0] == '#')
		return false;
	for (size_t i = 0; i < array_len(kinds); i++) {
		if (strcmp(kind, kinds[i].name) == 0) {
			ret->mechanism.mechanism = kinds[i].mechanism;
			ret->type = kinds[i].type;
		}
	}
	ret->set = strtok_r(NULL, " \n", &rest);
	ret->key = harness_hex(strtok_r(NULL, " \n", &rest));
	const char *message = strtok_r(NULL, " \n", &rest);
	ret->message = harness_hex(strcmp(message, "-") == 0 ? "" : message);
	ret->signature = harness_hex(strtok_r(NULL, " \n", &rest));
	return true;
}

static unsigned each_vector(void (*check)(const struct vector *v, const struct mech_key *key))
{
	FILE *file = fopen(TEST_SOURCE_ROOT "/tests/mech/hbs_vectors.txt", "r");
	char *line = NULL;
	size_t size = 0;
	unsigned count = 0;
	struct vector v;

	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		if (!read_vector(line, &v))
			continue;
		struct attr_list l = list_of(v.type, &v.key);
		struct mech_key *key = kit_load(&l);
		check(&v, key);
		mech_key_free(key);
		buf_free(&v.key);
		buf_free(&v.message);
		buf_free(&v.signature);
		count++;
	}
	free(line);
	fclose(file);
	return count;
}

static void expect(const struct vector *v, const struct mech_key *key, struct bytes message, struct bytes signature, CK_RV want)
{
	CK_RV rv = kit_verify(&v->mechanism, key, message, signature);

	if (rv != want)
		print_error("%s: 0x%lx, not 0x%lx\n", v->set, rv, want);
	assert_int_equal(rv, want);
}

static void takes(const struct vector *v, const struct mech_key *key)
{
	expect(v, key, buf_bytes(&v->message), buf_bytes(&v->signature), CKR_OK);
}

static void signatures_of_others_are_taken(void **state)
{
	(void)state;
	assert_int_equal(each_vector(takes), 25);
}

static void refuses_lengths(const struct vector *v, const struct mech_key *key)
{
	struct bytes message = buf_bytes(&v->message);
	struct buf longer = {0};

	assert_int_equal(buf_append(&longer, buf_bytes(&v->signature)), CKR_OK);
	assert_int_equal(buf_put_u8(&longer, 0), CKR_OK);
	expect(v, key, message, buf_bytes(&longer), CKR_SIGNATURE_LEN_RANGE);
	for (size_t less = 1; less <= v->signature.len; less += less < 40 ? 1 : v->signature.len / 40) {
		/* A copy, so that a sanitizer sees a read behind its end. */
		struct buf shorter = {0};
		if (less < v->signature.len)
			assert_int_equal(buf_append(&shorter, bytes_of(v->signature.data, v->signature.len - less)), CKR_OK);
		expect(v, key, message, buf_bytes(&shorter), CKR_SIGNATURE_LEN_RANGE);
		buf_free(&shorter);
	}
	expect(v, key, message, (struct bytes){0}, CKR_SIGNATURE_LEN_RANGE);
	buf_free(&longer);
}

static void signatures_of_another_length_are_refused_as_such(void **state)
{
	(void)state;
	each_vector(refuses_lengths);
}

/* One bit of each hash in the signature, and of each byte at its start, where the numbers are. A type that says another
 * length makes the length wrong. */
static void refuses_damage(const struct vector *v, const struct mech_key *key)
{
	struct buf copy = {0};
	unsigned seen = 0;

	assert_int_equal(buf_append(&copy, buf_bytes(&v->signature)), CKR_OK);
	for (size_t at = 0; at < copy.len; at += at < 16 ? 1 : copy.len / 40) {
		copy.data[at] ^= (unsigned char)(1U << (at % 8));
		CK_RV rv = kit_verify(&v->mechanism, key, buf_bytes(&v->message), buf_bytes(&copy));
		if (rv != CKR_SIGNATURE_INVALID && !(rv == CKR_SIGNATURE_LEN_RANGE && v->type == CKK_HSS))
			print_error("%s, byte %zu: 0x%lx\n", v->set, at, rv);
		assert_true(rv == CKR_SIGNATURE_INVALID || (rv == CKR_SIGNATURE_LEN_RANGE && v->type == CKK_HSS));
		copy.data[at] ^= (unsigned char)(1U << (at % 8));
		seen++;
	}
	assert_true(seen > 30);
	expect(v, key, kit_text("another message"), buf_bytes(&copy), CKR_SIGNATURE_INVALID);
	buf_free(&copy);
}

static void damage_in_every_part_is_refused(void **state)
{
	(void)state;
	each_vector(refuses_damage);
}

static void refuses_other_keys(const struct vector *v, const struct mech_key *key)
{
	struct buf other = {0};

	(void)key;
	assert_int_equal(buf_append(&other, buf_bytes(&v->key)), CKR_OK);
	/* Identifier or root, root or seed. */
	for (unsigned i = 0; i < 2; i++) {
		size_t at = i == 0 ? other.len - 1 : other.len - 33;
		other.data[at] ^= 0x10;
		struct attr_list l = list_of(v->type, &other);
		struct mech_key *wrong = kit_load(&l);
		expect(v, wrong, buf_bytes(&v->message), buf_bytes(&v->signature), CKR_SIGNATURE_INVALID);
		mech_key_free(wrong);
		other.data[at] ^= 0x10;
	}
	buf_free(&other);
}

static void another_keys_signatures_are_refused(void **state)
{
	(void)state;
	each_vector(refuses_other_keys);
}

/* ---- parameter sets ------------------------------------------------------------------------ */

/* RFC 8554 §4.1 table 1 and SP 800-208 tables 1 to 8: chains and checksum shifts. */
static void hss_parameters_are_those_of_the_standards(void **state)
{
	static const struct {
		size_t size;
		unsigned width, digits, shift;
	} once[] = {{32, 1, 265, 7}, {32, 2, 133, 6}, {32, 4, 67, 4}, {32, 8, 34, 0}, {24, 1, 200, 8}, {24, 2, 101, 6}, {24, 4, 51, 4}, {24, 8, 26, 0}};
	struct lms_set s;

	(void)state;
	for (CK_ULONG tree = 0; tree < 40; tree++) {
		for (CK_ULONG type = 0; type < 40; type++) {
			bool fits = tree >= 5 && tree <= 24 && type >= 1 && type <= 16 && (tree - 5) / 5 == (type - 1) / 4;

			assert_int_equal(lms_set_find(tree, type, &s), fits);
			if (!fits)
				continue;
			const unsigned row = (type - 1) % 8;
			assert_int_equal(s.size, once[row].size);
			assert_int_equal(s.width, once[row].width);
			assert_int_equal(s.digits, once[row].digits);
			assert_int_equal(s.shift, once[row].shift);
			assert_int_equal(s.height, 5 + 5 * ((tree - 5) % 5));
			assert_int_equal(s.alg, tree < 15 ? HBS_SHA256 : HBS_SHAKE256);
			assert_int_equal(lms_signature_size(&s), 12 + s.size * (1 + s.digits + s.height));
		}
	}
	assert_false(lms_set_find(~0UL, 1, &s));
	assert_false(lms_set_find(5, ~0UL, &s));
}

/* RFC 8391 §5.3 and §5.4, SP 800-208 §5: signatures in bytes. */
static void xmss_parameters_are_those_of_the_standards(void **state)
{
	static const size_t one[] = {2500, 2692, 2820, 9092, 9476, 9732, 2500, 2692, 2820, 9092, 9476, 9732, 1492, 1636, 1732, 2500, 2692, 2820, 1492, 1636, 1732};
	static const size_t of_32[] = {4963, 9251, 5605, 9893, 18469, 8392, 14824, 27688};
	static const size_t of_64[] = {18115, 34883, 19397, 36165, 69701, 29064, 54216, 104520};
	static const size_t of_24[] = {2955, 5403, 3437, 5885, 10781, 5144, 8816, 16160};
	static const size_t *const many[] = {of_32, of_64, of_32, of_64, of_24, of_32, of_24};
	struct xmss_set s;

	(void)state;
	for (CK_ULONG number = 1; number <= 21; number++) {
		assert_true(xmss_set_find(false, number, &s));
		assert_int_equal(xmss_signature_size(&s), one[number - 1]);
	}
	for (CK_ULONG number = 1; number <= 56; number++) {
		assert_true(xmss_set_find(true, number, &s));
		assert_int_equal(xmss_signature_size(&s), many[(number - 1) / 8][(number - 1) % 8]);
	}
	assert_false(xmss_set_find(false, 0, &s) || xmss_set_find(false, 22, &s) || xmss_set_find(false, ~0UL, &s));
	assert_false(xmss_set_find(true, 0, &s) || xmss_set_find(true, 57, &s) || xmss_set_find(true, ~0UL, &s));
}

/* ---- keys ---------------------------------------------------------------------------------- */

#define ID "00112233445566778899aabbccddeeff"
#define HASH ID ID
#define HASH_64 HASH HASH

static const struct {
	const char *what;
	CK_KEY_TYPE type;
	CK_ULONG set;
	const char *value;
	CK_RV want;
} forms[] = {
	{"HSS", CKK_HSS, 0, "000000020000000500000004" ID HASH, CKR_OK},
	{"HSS of no levels", CKK_HSS, 0, "000000000000000500000004" ID HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS of 9 levels", CKK_HSS, 0, "000000090000000500000004" ID HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS of no tree", CKK_HSS, 0, "000000020000000400000004" ID HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS of hashes of two sizes", CKK_HSS, 0, "000000020000000500000005" ID HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS of two hashes", CKK_HSS, 0, "000000020000000500000009" ID HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS with a byte too many", CKK_HSS, 0, "000000020000000500000004" ID HASH "00", CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS cut", CKK_HSS, 0, "0000000200000005", CKR_ATTRIBUTE_VALUE_INVALID},
	{"HSS of nothing", CKK_HSS, 0, "", CKR_ATTRIBUTE_VALUE_INVALID},
	{"XMSS", CKK_XMSS, 2, "00000002" HASH HASH, CKR_OK},
	{"XMSS of another set", CKK_XMSS, 2, "00000003" HASH HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"XMSS of a larger hash", CKK_XMSS, 4, "00000004" HASH HASH, CKR_ATTRIBUTE_VALUE_INVALID},
	{"XMSS of SHA-512", CKK_XMSS, 4, "00000004" HASH_64 HASH_64, CKR_OK},
	{"XMSS of no set", CKK_XMSS, 0, "00000000" HASH HASH, CKR_PARAMETER_SET_NOT_SUPPORTED},
	{"XMSS of a set that is none", CKK_XMSS, 22, "00000016" HASH HASH, CKR_PARAMETER_SET_NOT_SUPPORTED},
	{"XMSS of nothing", CKK_XMSS, 2, "", CKR_ATTRIBUTE_VALUE_INVALID},
	{"XMSS^MT", CKK_XMSSMT, 8, "00000008" HASH HASH, CKR_OK},
	{"XMSS^MT of a larger hash", CKK_XMSSMT, 9, "00000009" HASH HASH, CKR_ATTRIBUTE_VALUE_INVALID},
};

static struct attr_list form(size_t i)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, forms[i].type);

	kit_set_hex(&l, CKA_VALUE, forms[i].value);
	if (forms[i].type != CKK_HSS)
		assert_int_equal(attr_list_set_ulong(&l, CKA_PARAMETER_SET, forms[i].set), CKR_OK);
	return l;
}

static void keys_have_the_form_of_their_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(forms); i++) {
		struct attr_list l = form(i);
		CK_RV rv = kit_complete(&l);

		if (rv != forms[i].want)
			print_error("%s: 0x%lx\n", forms[i].what, rv);
		assert_int_equal(rv, forms[i].want);
		attr_list_free(&l);
	}
}

static void what_follows_from_the_value_is_set(void **state)
{
	struct attr_list l = form(0);
	CK_ULONG n = 0;

	(void)state;
	assert_int_equal(kit_complete(&l), CKR_OK);
	assert_true(attr_list_get_ulong(&l, CKA_HSS_LEVELS, &n) && n == 2);
	assert_true(attr_list_get_ulong(&l, CKA_HSS_LMS_TYPE, &n) && n == 5);
	assert_true(attr_list_get_ulong(&l, CKA_HSS_LMOTS_TYPE, &n) && n == 4);
	/* RFC 9708 appendix: id-alg-hss-lms-hashsig without parameters, the key as it is. */
	kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, "304e300d060b2a864886f70d0109100311033d00000000020000000500000004" ID HASH);
	kit_set_hex(&l, CKA_PUBLIC_KEY_INFO, "3000");
	assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
	l = form(9);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, "3053300a06082b06010505070622034500" "00000002" HASH HASH);
	attr_list_free(&l);
	l = form(16);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, "3053300a06082b06010505070623034500" "00000008" HASH HASH);
	attr_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(signatures_of_others_are_taken),
		cmocka_unit_test(signatures_of_another_length_are_refused_as_such),
		cmocka_unit_test(damage_in_every_part_is_refused),
		cmocka_unit_test(another_keys_signatures_are_refused),
		cmocka_unit_test(hss_parameters_are_those_of_the_standards),
		cmocka_unit_test(xmss_parameters_are_those_of_the_standards),
		cmocka_unit_test(keys_have_the_form_of_their_set),
		cmocka_unit_test(what_follows_from_the_value_is_set),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
