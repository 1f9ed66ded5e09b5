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

/* Computed by another program from the seed 00 to 1f and the form that src/crypto/hss_private.c states. */
#define STORED_KEY \
	"000000010000000500000003000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0b1944ab0f5004806b1f88" \
	"604cf8a9c6f7d6519069e2831a4dce7957c096714be8b384e02c7fe53163fc1ccdf13e0df58c043231845d3ee51137a854ecbcc10b81a6" \
	"ad706b551fcb199caa5b5ca951002723d7e682664338a6b28084d792762398a499a003d63ee59f29329667730e6cb1ac1c5a9aed89b683" \
	"f2a64f3485845e933053d33cf0d67eb73cad377f60d25f37d238ed97fc277deb0b87594b4a7da27c4715ea7e8877a5dac8fb70c29dbeb5" \
	"614a8dc020ece74ef2bce09434ab533a6d1157cb0b97ee9d16114751e8d2ace735296187739ef21b42d9fec7dbb47e5d0c167b1f28326f" \
	"6f08af8c203b07dbc4a063c1c1058a236becc9763cd5287685a4acb48f2088d3f6c9ef47f000bd14589e05230b30734f35f5a5e975a3a3" \
	"c9e9"
#define STORED_KEY_SIGNATURE "c926a177359e3513361b49c4f0be53119dd4f7aa24c1c4c2882142f35b9e03de"

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

/* ---- keys of HSS that sign ----------------------------------------------------------------- */

#define MAX_LEVELS 3

struct shape {
	unsigned levels;
	CK_ULONG trees[MAX_LEVELS], onces[MAX_LEVELS];
};

static void set_shape(struct attr_list *l, const struct shape *s)
{
	assert_int_equal(attr_list_set_ulong(l, CKA_HSS_LEVELS, s->levels), CKR_OK);
	assert_int_equal(attr_list_set(l, CKA_HSS_LMS_TYPES, bytes_of(s->trees, s->levels * sizeof(CK_ULONG))), CKR_OK);
	assert_int_equal(attr_list_set(l, CKA_HSS_LMOTS_TYPES, bytes_of(s->onces, s->levels * sizeof(CK_ULONG))), CKR_OK);
}

static CK_RV new_pair(const struct shape *s, struct kit_pair *ret)
{
	*ret = (struct kit_pair){.public_list = kit_list(CKO_PUBLIC_KEY, CKK_HSS), .private_list = kit_list(CKO_PRIVATE_KEY, CKK_HSS)};
	set_shape(&ret->private_list, s);
	CK_RV rv = kit_generate(CKM_HSS_KEY_PAIR_GEN, harness_env(), &ret->public_list, &ret->private_list);
	if (rv == CKR_OK)
		kit_pair_load(ret);
	return rv;
}

/* What is left of the key at work. */
static uint64_t left;

static CK_RV take_counter(struct mech_op *op, uint64_t *ret)
{
	(void)op;
	*ret = left--;
	return CKR_OK;
}

static const CK_MECHANISM hss = {CKM_HSS, NULL, 0};

static CK_RV hss_sign_at(const struct mech_key *key, uint64_t left_now, struct bytes message, struct buf *ret)
{
	struct mech_op op;

	assert_int_equal(harness_init(&op, MECH_SIGN, &hss, key), CKR_OK);
	op.take_counter = take_counter;
	left = left_now;
	CK_RV rv = harness_whole(&op, message, ret);
	harness_end(&op);
	return rv;
}

/* A leaf of the last tree, of each tree above. */
static void sign_and_verify(const struct kit_pair *p, uint64_t left_now)
{
	struct buf signature = {0};

	assert_int_equal(hss_sign_at(p->private_key, left_now, kit_text("message"), &signature), CKR_OK);
	assert_int_equal(left, left_now - 1);
	assert_int_equal(kit_verify(&hss, p->public_key, kit_text("message"), buf_bytes(&signature)), CKR_OK);
	assert_int_equal(kit_verify(&hss, p->public_key, kit_text("massage"), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	buf_free(&signature);
}

static void new_keys_sign_what_their_public_keys_verify(void **state)
{
	static const struct shape shapes[] = {
		{1, {5}, {1}},  {1, {5}, {2}},         {1, {5}, {3}},         {1, {5}, {4}},           {1, {6}, {3}},
		{1, {10}, {5}}, {1, {10}, {8}},        {1, {11}, {6}},        {2, {10, 10}, {7, 6}},   {3, {5, 5, 5}, {3, 1, 2}},
		{2, {15, 15}, {11, 10}}, {1, {20}, {16}}, {2, {5, 6}, {3, 2}},
	};

	(void)state;
	for (size_t i = 0; i < array_len(shapes); i++) {
		struct kit_pair p;
		CK_ULONG all = 0;

		assert_int_equal(new_pair(&shapes[i], &p), CKR_OK);
		assert_true(attr_list_get_ulong(&p.private_list, CKA_HSS_KEYS_REMAINING, &all));
		assert_true(all >= 32);
		sign_and_verify(&p, all);
		sign_and_verify(&p, all - 31);
		sign_and_verify(&p, all - all / 3);
		sign_and_verify(&p, 1);
		kit_pair_free(&p);
	}
}

/* Two messages, one number: never asked for by the token, and here to see that everything else is the same: the trees above
 * sign once, whatever is below. */
static void the_trees_above_sign_one_thing_each(void **state)
{
	const struct shape shape = {2, {5, 5}, {3, 3}};
	struct buf one = {0}, other = {0};
	struct kit_pair p;

	(void)state;
	assert_int_equal(new_pair(&shape, &p), CKR_OK);
	assert_int_equal(hss_sign_at(p.private_key, 1024, kit_text("one"), &one), CKR_OK);
	assert_int_equal(hss_sign_at(p.private_key, 1024 - 31, kit_text("other"), &other), CKR_OK);
	/* Signature of the tree above and the lower tree's public key: 4 + 2352 - ... bytes in front of the last signature. */
	size_t last = 12 + 32 * (1 + 67 + 5);
	assert_true(bytes_equal(bytes_of(one.data, one.len - last), bytes_of(other.data, other.len - last)));
	buf_free(&other);
	assert_int_equal(hss_sign_at(p.private_key, 1024 - 32, kit_text("other"), &other), CKR_OK);
	assert_false(bytes_equal(bytes_of(one.data, one.len - last), bytes_of(other.data, other.len - last)));
	assert_int_equal(other.data[7], 1); /* leaf 1 of the tree above */
	assert_int_equal(other.data[other.len - last + 3], 0);
	buf_free(&one);
	buf_free(&other);
	kit_pair_free(&p);
}

static void a_key_without_signatures_left_is_exhausted(void **state)
{
	const struct shape shape = {1, {5}, {1}};
	struct buf signature = {0};
	struct kit_pair p;

	(void)state;
	assert_int_equal(new_pair(&shape, &p), CKR_OK);
	assert_int_equal(hss_sign_at(p.private_key, 0, kit_text("message"), &signature), CKR_KEY_EXHAUSTED);
	assert_int_equal(hss_sign_at(p.private_key, 33, kit_text("message"), &signature), CKR_KEY_EXHAUSTED);
	buf_free(&signature);
	kit_pair_free(&p);
}

static void shapes_that_cannot_be_are_refused(void **state)
{
	static const struct shape shapes[] = {
		{1, {4}, {1}}, {1, {5}, {5}}, {1, {5}, {9}}, {2, {5, 10}, {1, 5}}, /* no such types, or of two hashes */
		{1, {9}, {1}}, {1, {8}, {4}}, {2, {5, 7}, {1, 4}},                 /* nobody waits for these */
	};
	struct kit_pair p;

	(void)state;
	for (size_t i = 0; i < array_len(shapes); i++) {
		assert_int_equal(new_pair(&shapes[i], &p), CKR_ATTRIBUTE_VALUE_INVALID);
		kit_pair_free(&p);
	}
}

static CK_RV pair_with(CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	const struct shape shape = {2, {5, 5}, {1, 1}};
	struct attr_list public_list = kit_list(CKO_PUBLIC_KEY, CKK_HSS), private_list = kit_list(CKO_PRIVATE_KEY, CKK_HSS);

	set_shape(&private_list, &shape);
	assert_int_equal(attr_list_set(&private_list, type, value), CKR_OK);
	CK_RV rv = kit_generate(CKM_HSS_KEY_PAIR_GEN, harness_env(), &public_list, &private_list);
	attr_list_free(&public_list);
	attr_list_free(&private_list);
	return rv;
}

static void templates_that_contradict_themselves_are_refused(void **state)
{
	const CK_ULONG none = 0, nine = 9, types[3] = {5, 5, 5};
	const CK_BBOOL true_value = CK_TRUE;

	(void)state;
	assert_int_equal(pair_with(CKA_HSS_LEVELS, bytes_of(&none, sizeof(none))), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(pair_with(CKA_HSS_LEVELS, bytes_of(&nine, sizeof(nine))), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(pair_with(CKA_HSS_LMS_TYPES, bytes_of(types, sizeof(types))), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(pair_with(CKA_HSS_LMOTS_TYPES, bytes_of(types, 7)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(pair_with(CKA_EXTRACTABLE, bytes_of(&true_value, 1)), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(pair_with(CKA_COPYABLE, bytes_of(&true_value, 1)), CKR_TEMPLATE_INCONSISTENT);
}

static bool stop(void *arg)
{
	return ++*(unsigned *)arg < 3;
}

static void making_a_tree_can_be_cancelled(void **state)
{
	const struct shape shape = {1, {7}, {4}}; /* half a minute */
	struct attr_list public_list = kit_list(CKO_PUBLIC_KEY, CKK_HSS), private_list = kit_list(CKO_PRIVATE_KEY, CKK_HSS);
	struct mech_env env = *harness_env();
	unsigned asked = 0;

	(void)state;
	env.go_on = stop;
	env.go_on_arg = &asked;
	set_shape(&private_list, &shape);
	assert_int_equal(kit_generate(CKM_HSS_KEY_PAIR_GEN, &env, &public_list, &private_list), CKR_FUNCTION_CANCELED);
	assert_int_equal(asked, 3);
	attr_list_free(&public_list);
	attr_list_free(&private_list);
}

/* The form of a stored key, for good: one level, height 5, and its root as RFC 8554's appendix A makes it from the seed. */
static void a_stored_key_goes_on_signing_as_it_did(void **state)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_HSS);
	struct mech_key *key = NULL;
	struct buf signature = {0};

	(void)state;
	kit_set_hex(&l, CKA_VALUE, STORED_KEY);
	key = kit_load(&l);
	assert_int_equal(hss_sign_at(key, 30, kit_text("message"), &signature), CKR_OK);
	pq_check_hash(buf_bytes(&signature), STORED_KEY_SIGNATURE);
	mech_key_free(key);
	buf_free(&signature);
}

static void private_values_that_are_none_are_refused(void **state)
{
	struct buf value = harness_hex(STORED_KEY);
	struct attr_list l;

	(void)state;
	for (size_t len = 0; len < value.len; len += len < 60 ? 1 : 17) {
		l = kit_list(CKO_PRIVATE_KEY, CKK_HSS);
		assert_int_equal(attr_list_set(&l, CKA_VALUE, bytes_of(value.data, len)), CKR_OK);
		assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
	}
	l = kit_list(CKO_PRIVATE_KEY, CKK_HSS);
	assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
	attr_list_free(&l);
	buf_free(&value);
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
		cmocka_unit_test(new_keys_sign_what_their_public_keys_verify),
		cmocka_unit_test(the_trees_above_sign_one_thing_each),
		cmocka_unit_test(a_key_without_signatures_left_is_exhausted),
		cmocka_unit_test(shapes_that_cannot_be_are_refused),
		cmocka_unit_test(templates_that_contradict_themselves_are_refused),
		cmocka_unit_test(making_a_tree_can_be_cancelled),
		cmocka_unit_test(a_stored_key_goes_on_signing_as_it_did),
		cmocka_unit_test(private_values_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
