/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all mechanisms: sorted, complete, in agreement with tests/spec/mechanisms.tsv, and the names.
 * Walks whatever families are built in. */
#include "mech_harness.h"

#include <stdio.h>

#define MECH_FAMILY(word) extern const struct mech_family mech_family_##word;
#include "mech/mech_families.inc"
#undef MECH_FAMILY

static const struct mech_family *const families[] = {
#define MECH_FAMILY(word) &mech_family_##word,
#include "mech/mech_families.inc"
#undef MECH_FAMILY
};

static bool absent(const struct mech_family *family)
{
	return family->present != NULL && !family->present();
}

static void every_row_of_every_family_is_in_the_table_once(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t f = 0; f < array_len(families); f++)
		for (size_t i = 0; i < families[f]->row_count && !absent(families[f]); i++, rows++)
			assert_ptr_equal(mech_find(families[f]->rows[i].type), &families[f]->rows[i]);
	assert_int_equal(mech_count(), rows);
	assert_true(rows > 0);
}

static void every_key_type_of_every_family_is_found(void **state)
{
	(void)state;
	for (size_t f = 0; f < array_len(families); f++)
		for (size_t i = 0; i < families[f]->key_type_count && !absent(families[f]); i++)
			assert_ptr_equal(mech_key_type_find(families[f]->key_types[i].type), &families[f]->key_types[i]);
}

static void the_table_rises(void **state)
{
	(void)state;
	for (size_t i = 1; i < mech_count(); i++)
		assert_true(mech_at(i - 1)->type < mech_at(i)->type);
	assert_null(mech_at(mech_count()));
}

static void unknown_types_are_not_found(void **state)
{
	(void)state;
	assert_null(mech_find(CKM_VENDOR_DEFINED));
	assert_null(mech_find((CK_MECHANISM_TYPE)-1));
	assert_null(mech_find(0x3fffffff));
	assert_null(mech_key_type_find(CKK_VENDOR_DEFINED));
}

static void families_are_sound(void **state)
{
	(void)state;
	for (size_t f = 0; f < array_len(families); f++)
		harness_check_family(families[f]);
}

static void names_are_the_standards(void **state)
{
	(void)state;
	assert_string_equal(mech_name(CKM_RSA_PKCS_KEY_PAIR_GEN), "CKM_RSA_PKCS_KEY_PAIR_GEN");
	assert_string_equal(mech_name(CKM_AES_CBC), "CKM_AES_CBC");
	assert_string_equal(mech_name(CKM_EC_KEY_PAIR_GEN), "CKM_EC_KEY_PAIR_GEN");
	assert_string_equal(mech_name(CKM_VENDOR_DEFINED + 0x12), "CKM_0x80000012");
}

static void keys_take_part_in_the_types_that_the_row_names(void **state)
{
	const struct mech_row *row = mech_find(CKM_SHA256_HMAC);

	(void)state;
	assert_true(mech_takes_key_type(row, CKK_GENERIC_SECRET));
	assert_true(mech_takes_key_type(row, CKK_SHA256_HMAC));
	assert_false(mech_takes_key_type(row, CKK_AES));
	assert_false(mech_takes_key_type(mech_find(CKM_SHA256), CKK_GENERIC_SECRET));
}

static void fingerprints_tell_keys_apart(void **state)
{
	unsigned char a[32], b[32];
	struct mech_key *key = harness_key_hex(CKK_AES, "000102030405060708090a0b0c0d0e0f");
	struct mech_key *same = harness_key_hex(CKK_AES, "000102030405060708090a0b0c0d0e0f");
	struct mech_key *other_value = harness_key_hex(CKK_AES, "000102030405060708090a0b0c0d0e0e");
	struct mech_key *other_type = harness_key_hex(CKK_GENERIC_SECRET, "000102030405060708090a0b0c0d0e0f");

	(void)state;
	mech_key_fingerprint(key, a);
	mech_key_fingerprint(same, b);
	assert_memory_equal(a, b, sizeof(a));
	mech_key_fingerprint(other_value, b);
	assert_memory_not_equal(a, b, sizeof(a));
	mech_key_fingerprint(other_type, b);
	assert_memory_not_equal(a, b, sizeof(a));
	mech_key_free(key);
	mech_key_free(same);
	mech_key_free(other_value);
	mech_key_free(other_type);
	mech_key_free(NULL);
}

/* ---- against the tables of the standard ------------------------------------------------------ */

/* Field n of a line of tab-separated values, cut out in place. */
static char *field(char *line, unsigned n)
{
	char *rest = line, *cell = strsep(&rest, "\t\n");

	while (n-- > 0)
		cell = strsep(&rest, "\t\n");
	return cell;
}

static FILE *table(const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), TEST_SOURCE_ROOT "/tests/spec/%s", name);
	f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static const struct flag {
	const char *name;
	CK_FLAGS flag;
} flag_names[] = {
	{"CKF_ENCRYPT", CKF_ENCRYPT}, {"CKF_DECRYPT", CKF_DECRYPT}, {"CKF_DIGEST", CKF_DIGEST},
	{"CKF_SIGN", CKF_SIGN}, {"CKF_SIGN_RECOVER", CKF_SIGN_RECOVER}, {"CKF_VERIFY", CKF_VERIFY},
	{"CKF_VERIFY_RECOVER", CKF_VERIFY_RECOVER}, {"CKF_GENERATE", CKF_GENERATE},
	{"CKF_GENERATE_KEY_PAIR", CKF_GENERATE_KEY_PAIR}, {"CKF_WRAP", CKF_WRAP}, {"CKF_UNWRAP", CKF_UNWRAP},
	{"CKF_DERIVE", CKF_DERIVE}, {"CKF_ENCAPSULATE", CKF_ENCAPSULATE}, {"CKF_DECAPSULATE", CKF_DECAPSULATE},
};

static CK_FLAGS flags_of(char *text)
{
	CK_FLAGS flags = 0;
	char *word;

	while ((word = strsep(&text, "|")) != NULL)
		for (size_t i = 0; i < array_len(flag_names); i++)
			if (strcmp(word, flag_names[i].name) == 0)
				flags |= flag_names[i].flag;
	return flags;
}

/* What a row does must be what the standard lets the mechanism do. */
static void flags_stay_inside_the_standards(void **state)
{
	const CK_FLAGS ours = CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY |
	                      CKF_VERIFY_RECOVER | CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP | CKF_UNWRAP | CKF_DERIVE |
	                      CKF_ENCAPSULATE | CKF_DECAPSULATE;
	FILE *f = table("mechanisms.tsv");
	size_t found = 0;
	char line[4096], copy[4096];

	(void)state;
	while (fgets(line, sizeof(line), f) != NULL) {
		const struct mech_row *row;

		memcpy(copy, line, sizeof(copy));
		if (strcmp(field(copy, 3), "alias") == 0)
			continue;
		memcpy(copy, line, sizeof(copy));
		row = mech_find(strtoul(field(copy, 1), NULL, 0));
		if (row == NULL || strncmp(line, mech_name(row->type), strcspn(line, "\t")) != 0)
			continue;
		found++;
		/* The standard's table gives it the flags of a cipher; its text signs and verifies (§6.60). */
		if (row->type == CKM_POLY1305)
			assert_int_equal(row->flags & ours, CKF_SIGN | CKF_VERIFY);
		else if (row->type == CKM_CHACHA20_POLY1305 || row->type == CKM_SALSA20_POLY1305) /* C_WrapKeyAuthenticated (rule 365) */
			assert_int_equal(row->flags & ours & ~flags_of(field(line, 5)), CKF_WRAP | CKF_UNWRAP);
		else
			assert_int_equal(row->flags & ours & ~flags_of(field(line, 5)), 0);
		assert_int_not_equal(row->flags & ours, 0);
	}
	fclose(f);
	assert_int_equal(found, mech_count());
}

static void names_are_complete(void **state)
{
	FILE *f = table("constants.tsv");
	char line[4096], copy[4096];
	size_t seen = 0;

	(void)state;
	while (fgets(line, sizeof(line), f) != NULL) {
		CK_MECHANISM_TYPE type;

		memcpy(copy, line, sizeof(copy));
		if (strncmp(line, "CKM_", 4) != 0 || strcmp(field(copy, 4), "current") != 0)
			continue;
		memcpy(copy, line, sizeof(copy));
		type = strtoul(field(copy, 1), NULL, 0);
		if (type == CKM_VENDOR_DEFINED)
			continue;
		assert_string_equal(mech_name(type), field(line, 0));
		seen++;
	}
	fclose(f);
	assert_true(seen > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_every_family_is_in_the_table_once),
		cmocka_unit_test(every_key_type_of_every_family_is_found),
		cmocka_unit_test(the_table_rises),
		cmocka_unit_test(unknown_types_are_not_found),
		cmocka_unit_test(families_are_sound),
		cmocka_unit_test(names_are_the_standards),
		cmocka_unit_test(keys_take_part_in_the_types_that_the_row_names),
		cmocka_unit_test(fingerprints_tell_keys_apart),
		cmocka_unit_test(flags_stay_inside_the_standards),
		cmocka_unit_test(names_are_complete),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
