/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from passwords against the values that the authors of PKCS #12 programs compare, the openssl command for PKCS #5
 * version 1; parameters that are none. */
#include "mech_harness.h"

#include "mech/secret_key.h"

extern const struct mech_family mech_family_pbe;

#define SMEG "0073006D006500670000"
#define QUEEG "007100750065006500670000"

/* Keys of DES with the parity that they get. */
static const struct row {
	CK_MECHANISM_TYPE type;
	const char *password, *salt;
	CK_ULONG rounds;
	const char *key, *iv;
} rows[] = {
	{CKM_PBE_SHA1_DES3_EDE_CBC, SMEG, "0A58CF64530D823F", 1, "8aabe6297a6db04643ab5b077951294fb6138f1a2a7fbca2", "79993dfe048d3b76"},
	{CKM_PBE_SHA1_DES3_EDE_CBC, QUEEG, "05DEC959ACFF72F7", 1000, "ec2034e36229830ef19df1e0a17cd357195dad0d4f9eb3d5", "11dedad7758d4860"},
	{CKM_PBE_SHA1_DES2_EDE_CBC, SMEG, "0A58CF64530D823F", 1, "8aabe6297a6db04643ab5b077951294f", "79993dfe048d3b76"},
	{CKM_PBE_SHA1_RC2_128_CBC, SMEG, "0A58CF64530D823F", 1, "8aaae6297b6cb04642ab5b077851284e", "79993dfe048d3b76"},
	{CKM_PBE_SHA1_RC2_40_CBC, SMEG, "0A58CF64530D823F", 1, "8aaae6297b", "79993dfe048d3b76"},
	{CKM_PBE_SHA1_RC4_128, SMEG, "0A58CF64530D823F", 1, "8aaae6297b6cb04642ab5b077851284e", NULL},
	{CKM_PBE_SHA1_RC4_40, SMEG, "0A58CF64530D823F", 1, "8aaae6297b", NULL},
	{CKM_PBA_SHA1_WITH_SHA1_HMAC, SMEG, "3D83C0E4546AC140", 1, "8d967d88f6caa9d714800ab3d48051d63f73a312", NULL},
	{CKM_PBE_MD5_DES_CBC, "70617373776f7264", "0102030405060708", 1000, "2698a413f4437519", "88e26bb589323805"},
	{CKM_PBE_MD2_DES_CBC, "70617373776f7264", "0102030405060708", 10, "0870805dd93726ae", "0eb43df6842990f5"},
};

static CK_RV generate(CK_MECHANISM_TYPE type, void *p, CK_ULONG len, struct buf *ret)
{
	const struct mech_row *row = mech_find(type);
	CK_MECHANISM m = {type, p, len};
	struct attr_list key = {0};
	struct bytes value = {0};

	CK_RV rv = row->gen->key(harness_env(), row, &m, &key);
	ret->len = 0;
	assert_true(attr_list_get(&key, CKA_VALUE, &value) == (rv == CKR_OK));
	if (rv == CKR_OK)
		assert_int_equal(buf_append(ret, value), CKR_OK);
	attr_list_free(&key);
	return rv;
}

static void known_answers(void **state)
{
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf password = harness_hex(rows[i].password), salt = harness_hex(rows[i].salt), key = harness_hex(rows[i].key);
		struct buf iv = harness_hex(rows[i].iv != NULL ? rows[i].iv : "eeeeeeeeeeeeeeee");
		unsigned char place[8];
		CK_PBE_PARAMS p = {place, password.data, password.len, salt.data, salt.len, rows[i].rounds};

		memset(place, 0xee, sizeof(place));
		assert_int_equal(generate(rows[i].type, &p, sizeof(p), &got), CKR_OK);
		assert_int_equal(got.len, key.len);
		assert_memory_equal(got.data, key.data, key.len);
		assert_memory_equal(place, iv.data, sizeof(place));
		/* Who wants no IV. */
		p.pInitVector = NULL;
		assert_int_equal(generate(rows[i].type, &p, sizeof(p), &got), CKR_OK);
		assert_memory_equal(got.data, key.data, key.len);
		buf_free(&password);
		buf_free(&salt);
		buf_free(&key);
		buf_free(&iv);
	}
	buf_free(&got);
}

static void every_row_has_an_answer_and_a_length_that_its_type_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < mech_family_pbe.row_count; i++) {
		const struct mech_row *row = &mech_family_pbe.rows[i];
		const struct mech_key_type *type = mech_key_type_find(row->gen->key_type);
		size_t found = 0;

		for (size_t k = 0; k < array_len(rows); k++) {
			if (rows[k].type != row->type)
				continue;
			found++;
			assert_true(mech_key_value_fits(type, strlen(rows[k].key) / 2));
			assert_int_equal(row->gen->value_len, type->secret->no_length ? 0 : strlen(rows[k].key) / 2);
		}
		assert_true(found > 0);
	}
}

static void parameters_that_are_none_are_refused(void **state)
{
	static unsigned char bytes[8];
	const CK_PBE_PARAMS good = {NULL, bytes, sizeof(bytes), bytes, sizeof(bytes), 1};
	const CK_PBE_PARAMS bad[] = {
		{NULL, bytes, sizeof(bytes), bytes, sizeof(bytes), 0},         {NULL, bytes, sizeof(bytes), bytes, sizeof(bytes), 10000001},
		{NULL, bytes, sizeof(bytes), bytes, sizeof(bytes), (CK_ULONG)-1}, {NULL, NULL, 1, bytes, sizeof(bytes), 1},
		{NULL, bytes, sizeof(bytes), NULL, 1, 1},                      {NULL, bytes, (CK_ULONG)-1, bytes, sizeof(bytes), 1},
		{NULL, bytes, sizeof(bytes), bytes, (CK_ULONG)-1, 1},         {NULL, bytes, sizeof(bytes), bytes, 0, 1},
	};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < mech_family_pbe.row_count; i++) {
		CK_MECHANISM_TYPE type = mech_family_pbe.rows[i].type;
		CK_PBE_PARAMS p = good;

		assert_int_equal(generate(type, NULL, 0, &got), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(generate(type, NULL, sizeof(p), &got), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(generate(type, &p, sizeof(p) - 1, &got), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(generate(type, &p, (CK_ULONG)-1, &got), CKR_MECHANISM_PARAM_INVALID);
		for (size_t k = 0; k < array_len(bad); k++) {
			p = bad[k];
			assert_int_equal(generate(type, &p, sizeof(p), &got), CKR_MECHANISM_PARAM_INVALID);
		}
		/* No password is one, too. */
		p = (CK_PBE_PARAMS){NULL, NULL, 0, bytes, sizeof(bytes), 1};
		assert_int_equal(generate(type, &p, sizeof(p), &got), CKR_OK);
	}
	buf_free(&got);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_pbe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(every_row_has_an_answer_and_a_length_that_its_type_takes),
		cmocka_unit_test(parameters_that_are_none_are_refused),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
