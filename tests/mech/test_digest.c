/* SPDX-License-Identifier: Apache-2.0 */
/* The digest mechanisms against the examples of FIPS 180-4 and FIPS 202, of the authors of RIPEMD-160, of RFC 1319
 * and 1321, and for BLAKE2b RFC 7693 and its reference implementation. */
#include "mech_harness.h"

static const char long_message[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                                   "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

static const struct row {
	CK_MECHANISM_TYPE type;
	const char *message;
	const char *digest;
} rows[] = {
	{CKM_SHA_1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{CKM_SHA_1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{CKM_SHA_1, long_message, "a49b2446a02c645bf419f995b67091253a04a259"},
	{CKM_SHA224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
	{CKM_SHA224, long_message, "c97ca9a559850ce97a04a96def6d99a9e0e0e2ab14e6b8df265fc0b3"},
	{CKM_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{CKM_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{CKM_SHA256, long_message, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{CKM_SHA384, "abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{CKM_SHA384, long_message,
	 "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"},
	{CKM_SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	                    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{CKM_SHA512, long_message, "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	                           "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
	{CKM_SHA512_224, "abc", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
	{CKM_SHA512_224, long_message, "23fec5bb94d60b23308192640b0c453335d664734fe40e7268674af9"},
	{CKM_SHA512_256, "abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
	{CKM_SHA512_256, long_message, "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a"},
	{CKM_SHA3_224, "abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
	{CKM_SHA3_224, "", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"},
	{CKM_SHA3_256, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	{CKM_SHA3_256, "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
	{CKM_SHA3_384, "abc", "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
	{CKM_SHA3_512, "abc", "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	                      "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
	{CKM_BLAKE2B_160, "abc", "384264f676f39536840523f284921cdc68b6846b"},
	{CKM_BLAKE2B_160, long_message,
	 "94137afe4d2750846a78f8615acae12ed0feb275"},
	{CKM_BLAKE2B_256, "abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
	{CKM_BLAKE2B_256, long_message,
	 "90a0bcf5e5a67ac1578c2754617994cfc248109275a809a0721feebd1e918738"},
	{CKM_BLAKE2B_384, "abc", "6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4"},
	{CKM_BLAKE2B_384, long_message,
	 "a294d0d11671ec3e3034f30b498f4010e9507878d301a4c9e075273674ef25559ce5975ddc3b38a8bc1e8a00877445d9"},
	{CKM_BLAKE2B_512, "abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
	{CKM_BLAKE2B_512, long_message,
	 "ce741ac5930fe346811175c5227bb7bfcd47f42612fae46c0809514f9e0e3a11"
	 "ee1773287147cdeaeedff50709aa716341fe65240f4ad6777d6bfaf9726e5e52"},
	{CKM_RIPEMD160, "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
	{CKM_RIPEMD160, "", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
	{CKM_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
	{CKM_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
	{CKM_MD5, "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	 "57edf4a22be3c955ac49da2e2107b67a"},
	{CKM_MD2, "abc", "da853b0d3f88d99b30283a69e6ded6bb"},
	{CKM_MD2, "", "8350e5a3e24c153df2275c9f80692773"},
};

extern const struct mech_family mech_family_digest;

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_MECHANISM m = {rows[i].type, NULL, 0};
		struct buf digest = harness_hex(rows[i].digest);

		harness_check(MECH_DIGEST, &m, NULL, bytes_of(rows[i].message, strlen(rows[i].message)), buf_bytes(&digest));
		buf_free(&digest);
	}
}

static void every_mechanism_has_an_answer_to_compare(void **state)
{
	(void)state;
	for (size_t i = 0; i < mech_family_digest.row_count; i++) {
		size_t found = 0;

		for (size_t k = 0; k < array_len(rows); k++)
			found += rows[k].type == mech_family_digest.rows[i].type;
		assert_true(found > 0);
	}
}

static void a_parameter_is_refused(void **state)
{
	CK_BYTE byte = 0;
	CK_MECHANISM m = {CKM_SHA256, &byte, sizeof(byte)};
	struct mech_op op;

	(void)state;
	assert_int_equal(harness_init(&op, MECH_DIGEST, &m, NULL), CKR_MECHANISM_PARAM_INVALID);
}

static void a_state_of_another_algorithm_is_refused(void **state)
{
	CK_MECHANISM m = {CKM_SHA256, NULL, 0};
	struct buf saved = {0};
	struct mech_op op, other = {.row = mech_find(CKM_SHA224), .env = harness_env(), .use = MECH_DIGEST};

	(void)state;
	assert_int_equal(harness_init(&op, MECH_DIGEST, &m, NULL), CKR_OK);
	assert_int_equal(op.row->ops->save(&op, &saved), CKR_OK);
	assert_int_equal(other.row->ops->restore(&other, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	harness_end(&other);
	assert_int_equal(op.row->ops->restore(&op, buf_bytes(&saved)), CKR_OK);
	harness_end(&op);
	buf_free(&saved);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(every_mechanism_has_an_answer_to_compare),
		cmocka_unit_test(a_parameter_is_refused),
		cmocka_unit_test(a_state_of_another_algorithm_is_refused),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
