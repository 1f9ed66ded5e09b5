/* SPDX-License-Identifier: Apache-2.0 */
/* The MACs of TLS over a handshake's hash and of SSL 3.0 over records, against values worked out independently, in every
 * way and with parameters that are none. */
#include "mech_harness.h"

extern const struct mech_family mech_family_tls_mac;

#define MASTER "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf"
#define HASH "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

static void check(const CK_MECHANISM *m, const char *key_hex, const char *in_hex, const char *tag_hex)
{
	struct mech_key *key = harness_key_hex(CKK_GENERIC_SECRET, key_hex);
	struct buf in = harness_hex(in_hex), tag = harness_hex(tag_hex);

	harness_check_tag(m, key, buf_bytes(&in), buf_bytes(&tag));
	mech_key_free(key);
	buf_free(&in);
	buf_free(&tag);
}

static void known_finished_messages(void **state)
{
	static const struct {
		CK_TLS_MAC_PARAMS p;
		const char *tag;
	} rows[] = {
		{{CKM_SHA256, 12, 1}, "d34bfa41a17112ace4d7d557"},
		{{CKM_SHA384, 20, 2}, "950e79ae834cc6e81e05db20f68fe5506db441d4"},
		{{CKM_TLS_PRF, 12, 2}, "da86499186a3d21e024569c8"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_TLS_MAC_PARAMS p = rows[i].p;
		const CK_MECHANISM m = {CKM_TLS_MAC, &p, sizeof(p)}, old_name = {CKM_TLS12_MAC, &p, sizeof(p)};

		check(&m, MASTER, HASH, rows[i].tag);
		check(&old_name, MASTER, HASH, rows[i].tag);
	}
}

/* "a record" */
static void known_record_macs(void **state)
{
	CK_MAC_GENERAL_PARAMS eight = 8, four = 4;
	const CK_MECHANISM md5 = {CKM_SSL3_MD5_MAC, &eight, sizeof(eight)}, sha1 = {CKM_SSL3_SHA1_MAC, &four, sizeof(four)};

	(void)state;
	check(&md5, "202c88c00f84a17a2002707960478746", "61207265636f7264", "8c5c394a381387b8");
	check(&sha1, "202c88c00f84a17a200270796047874611764555", "61207265636f7264", "6d1e4d47");
}

static CK_RV init(CK_MECHANISM_TYPE type, void *param, CK_ULONG len)
{
	const CK_MECHANISM m = {type, param, len};
	struct mech_key *key = harness_key_hex(CKK_GENERIC_SECRET, MASTER);
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_SIGN, &m, key);

	if (rv == CKR_OK)
		harness_end(&op);
	mech_key_free(key);
	return rv;
}

static void parameters_that_are_none_are_refused(void **state)
{
	static const CK_TLS_MAC_PARAMS bad[] = {
		{CKM_SHA256, 11, 1}, {CKM_SHA256, 65, 1}, {CKM_SHA256, 12, 0}, {CKM_SHA256, 12, 3}, {CKM_TLS_PRF, 13, 1}, {CKM_SHA256_HMAC, 12, 1},
	};
	CK_TLS_MAC_PARAMS good = {CKM_SHA256, 64, 2};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		CK_TLS_MAC_PARAMS p = bad[i];

		assert_int_equal(init(CKM_TLS_MAC, &p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	}
	assert_int_equal(init(CKM_TLS_MAC, &good, sizeof(good)), CKR_OK);
	assert_int_equal(init(CKM_TLS_MAC, &good, sizeof(good) - 8), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init(CKM_TLS_MAC, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	for (CK_MAC_GENERAL_PARAMS len = 0; len <= 16; len++)
		assert_int_equal(init(CKM_SSL3_SHA1_MAC, &len, sizeof(len)), len >= 4 && len <= 8 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init(CKM_SSL3_MD5_MAC, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
}

static void data_beyond_any_handshake_is_refused(void **state)
{
	static unsigned char data[65537];
	CK_TLS_MAC_PARAMS p = {CKM_SHA256, 12, 1};
	const CK_MECHANISM m = {CKM_TLS_MAC, &p, sizeof(p)};
	struct mech_key *key = harness_key_hex(CKK_GENERIC_SECRET, MASTER);
	struct buf tag = {0};
	struct mech_op op;

	(void)state;
	for (size_t len = sizeof(data) - 1; len <= sizeof(data); len++) {
		assert_int_equal(harness_init(&op, MECH_SIGN, &m, key), CKR_OK);
		assert_int_equal(harness_whole(&op, bytes_of(data, len), &tag), len < sizeof(data) ? CKR_OK : CKR_DATA_LEN_RANGE);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&tag);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_tls_mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_finished_messages),
		cmocka_unit_test(known_record_macs),
		cmocka_unit_test(parameters_that_are_none_are_refused),
		cmocka_unit_test(data_beyond_any_handshake_is_refused),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
