/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made by enciphering data: AES against SP 800-38A F.1.1 and F.2.1, the other ciphers against the openssl command
 * (what their own tests hold, too); lengths, parity of DES keys, parameters that are none. */
#include "derive_kit.h"

#include "mech/secret_key.h"

extern const struct mech_family mech_family_encrypt_data;

#define PLAIN "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
#define KEY16 "2b7e151628aed2a6abf7158809cf4f3c"

static const struct row {
	CK_MECHANISM_TYPE ecb, cbc;
	CK_KEY_TYPE type;
	const char *key;
	size_t block;
	const char *by_ecb, *by_cbc; /* the IV counts up from 0 */
} rows[] = {
	{CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA, CKK_AES, KEY16, 16,
	 "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf",
	 "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
	{CKM_CAMELLIA_ECB_ENCRYPT_DATA, CKM_CAMELLIA_CBC_ENCRYPT_DATA, CKK_CAMELLIA, KEY16, 16,
	 "432fc5dcd628115b7c388d770b270c960be1f14023782a22e8384c5abb7fab2b",
	 "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb5074887"},
	{CKM_ARIA_ECB_ENCRYPT_DATA, CKM_ARIA_CBC_ENCRYPT_DATA, CKK_ARIA, KEY16, 16,
	 "baf07d1f1c72b4926a29a5e2f536e47a73b69c748818e36b6781104c93a7b10a",
	 "a9f7b5dccaddf6b43a508169291dd5fb103934265c51b36f2701313975bc27d4"},
	{CKM_SEED_ECB_ENCRYPT_DATA, CKM_SEED_CBC_ENCRYPT_DATA, CKK_SEED, KEY16, 16,
	 "ae30adb23d708b63d49e5161d74444430b0c0290824a7f4087385bb685638a93",
	 "34549cb0c34a67afd1a61843e724a6365be2ea9a521ffeba11f813420d253a7c"},
	{CKM_DES_ECB_ENCRYPT_DATA, CKM_DES_CBC_ENCRYPT_DATA, CKK_DES, "0123456789abcdef", 8,
	 "7277a00dc1c1c36b2256338b7a9f36ef6e511022cfebec489a4a53a1c7d22e5b",
	 "498f28fc0efbbbd46a44291be66a214ba639a43c8a41dac807d1904f52a94726"},
	{CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC_ENCRYPT_DATA, CKK_DES2, "0123456789abcdeff1e0d3c2b5a49786", 8,
	 "26a4d5f98a20b40321b1d30e2305574616db91d7b3ea36cff991b889fddd4e43",
	 "fd5cb69f5e6a613238802ba75e8e8822398e641acf308ee6c8374c8bbd891821"},
	{CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC_ENCRYPT_DATA, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", 8,
	 "0ca045510f00c8b10f4012856e5b4d59764e60ebb9696f8f0adbc0c4bbdcd12a",
	 "82280fa2a2573b75c699e411e36bc1d7b21284cee390f4b5bb8058884632b43e"},
};

/* The parameters of one row over some data. */
struct ready {
	CK_KEY_DERIVATION_STRING_DATA string;
	CK_AES_CBC_ENCRYPT_DATA_PARAMS long_iv;
	CK_DES_CBC_ENCRYPT_DATA_PARAMS short_iv;
	CK_MECHANISM ecb, cbc;
};

static void make_ready(const struct row *r, unsigned char *data, CK_ULONG len, struct ready *ret)
{
	*ret = (struct ready){
		.string = {data, len},
		.long_iv = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, data, len},
		.short_iv = {{0, 1, 2, 3, 4, 5, 6, 7}, data, len},
		.ecb = {r->ecb, &ret->string, sizeof(ret->string)},
		.cbc = {r->cbc, r->block == 8 ? (void *)&ret->short_iv : &ret->long_iv, r->block == 8 ? sizeof(ret->short_iv) : sizeof(ret->long_iv)},
	};
}

static void known_answers(void **state)
{
	struct buf plain = harness_hex(PLAIN);
	struct ready p;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *base = harness_key_hex(rows[i].type, rows[i].key);
		char cut[2 * 17 + 1] = {0};

		make_ready(&rows[i], plain.data, plain.len, &p);
		kit_check_derived(&p.ecb, base, 0, rows[i].by_ecb);
		kit_check_derived(&p.cbc, base, 0, rows[i].by_cbc);
		/* The last bytes are cut off. */
		memcpy(cut, rows[i].by_cbc, sizeof(cut) - 1);
		kit_check_derived(&p.cbc, base, 17, cut);
		mech_key_free(base);
	}
	buf_free(&plain);
}

static void data_of_no_whole_blocks_is_refused(void **state)
{
	struct buf plain = harness_hex(PLAIN), got = {0};
	struct ready p;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *base = harness_key_hex(rows[i].type, rows[i].key);

		for (size_t len = 0; len <= plain.len; len++) {
			CK_RV want = len > 0 && len % rows[i].block == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;

			make_ready(&rows[i], plain.data, len, &p);
			assert_int_equal(kit_derive(&p.ecb, base, 1, &got), want);
			assert_int_equal(kit_derive(&p.cbc, base, 1, &got), want);
		}
		make_ready(&rows[i], plain.data, plain.len, &p);
		assert_int_equal(kit_derive(&p.ecb, base, plain.len + 1, &got), CKR_TEMPLATE_INCONSISTENT);
		mech_key_free(base);
	}
	buf_free(&plain);
	buf_free(&got);
}

static void check_refused(CK_MECHANISM m, const struct mech_key *base)
{
	const CK_MECHANISM wrong[] = {{m.mechanism, NULL, 0},
	                              {m.mechanism, NULL, m.ulParameterLen},
	                              {m.mechanism, m.pParameter, m.ulParameterLen - 1},
	                              {m.mechanism, m.pParameter, m.ulParameterLen + 1},
	                              {m.mechanism, m.pParameter, (CK_ULONG)-1}};
	struct buf got = {0};

	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(kit_derive(&wrong[i], base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
}

static void bad_parameters_are_refused(void **state)
{
	struct buf plain = harness_hex(PLAIN), got = {0};
	const CK_ULONG huge[] = {(CK_ULONG)-16, 16};
	struct ready p;

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *base = harness_key_hex(rows[i].type, rows[i].key);

		make_ready(&rows[i], plain.data, plain.len, &p);
		check_refused(p.ecb, base);
		check_refused(p.cbc, base);
		for (size_t k = 0; k < array_len(huge); k++) {
			make_ready(&rows[i], k == 0 ? plain.data : NULL, huge[k], &p);
			assert_int_equal(kit_derive(&p.ecb, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
			assert_int_equal(kit_derive(&p.cbc, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
		}
		mech_key_free(base);
	}
	buf_free(&plain);
}

/* §6.43 and the like: the parity of a DES key is set. */
static void derived_des_keys_have_their_parity(void **state)
{
	static const CK_KEY_TYPE types[] = {CKK_DES, CKK_DES2, CKK_DES3};
	struct buf plain = harness_hex(PLAIN), got = {0};
	struct mech_key *base = harness_key_hex(rows[0].type, rows[0].key);
	struct ready p;

	(void)state;
	make_ready(&rows[0], plain.data, plain.len, &p);
	for (size_t i = 0; i < array_len(types); i++) {
		assert_int_equal(kit_derive_as(&p.ecb, base, CKO_SECRET_KEY, types[i], 0, &got), CKR_OK);
		assert_int_equal(got.len, 8 * (i + 1));
		assert_int_equal(mech_key_type_find(types[i])->secret->examine(buf_bytes(&got)), CKR_OK);
		assert_int_equal(got.data[0], 0x3b); /* 0x3a in the ciphertext */
	}
	mech_key_free(base);
	buf_free(&plain);
	buf_free(&got);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_encrypt_data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(data_of_no_whole_blocks_is_refused),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(derived_des_keys_have_their_parity),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
