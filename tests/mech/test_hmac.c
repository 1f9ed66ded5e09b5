/* SPDX-License-Identifier: Apache-2.0 */
/* The HMAC mechanisms: cases 1, 2 and 6 of RFC 4231 (SHA-2), the same inputs with the other hash functions,
 * case 5 for the shortened tag, RFC 2202 for SHA-1 with a key longer than a block. */
#include "mech_harness.h"

#include "mech_vectors.h"

#define CASES 3

static const struct {
	int key_fill; /* or -1: the text */
	size_t key_len;
	const char *key_text;
	const char *message;
} inputs[CASES] = {
	{0x0b, 20, NULL, "Hi There"},
	{-1, 4, "Jefe", "what do ya want for nothing?"},
	{0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First"},
};

static const struct row {
	CK_MECHANISM_TYPE type;
	const char *tags[CASES];
} rows[] = {
	{CKM_SHA_1_HMAC, {
		"b617318655057264e28bc0b6fb378c8ef146be00",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		"90d0dace1c1bdc957339307803160335bde6df2b",
	}},
	{CKM_SHA224_HMAC, {
		"896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
		"a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
		"95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
	}},
	{CKM_SHA256_HMAC, {
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	}},
	{CKM_SHA384_HMAC, {
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
		"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
	}},
	{CKM_SHA512_HMAC, {
		"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
		"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
		"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
	}},
	{CKM_SHA512_224_HMAC, {
		"b244ba01307c0e7a8ccaad13b1067a4cf6b961fe0c6a20bda3d92039",
		"4a530b31a79ebcce36916546317c45f247d83241dfb818fd37254bde",
		"29bef8ce88b54d4226c3c7718ea9e32ace2429026f089e38cea9aeda",
	}},
	{CKM_SHA512_256_HMAC, {
		"9f9126c3d9c3c330d760425ca8a217e31feae31bfe70196ff81642b868402eab",
		"6df7b24630d5ccb2ee335407081a87188c221489768fa2020513b2d593359456",
		"87123c45f7c537a404f8f47cdbedda1fc9bec60eeb971982ce7ef10e774e6539",
	}},
	{CKM_SHA3_224_HMAC, {
		"3b16546bbc7be2706a031dcafd56373d9884367641d8c59af3c860f7",
		"7fdb8dd88bd2f60d1b798634ad386811c2cfc85bfaf5d52bbace5e66",
		"b4a1f04c00287a9b7f6075b313d279b833bc8f75124352d05fb9995f",
	}},
	{CKM_SHA3_256_HMAC, {
		"ba85192310dffa96e2a3a40e69774351140bb7185e1202cdcc917589f95e16bb",
		"c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5",
		"ed73a374b96c005235f948032f09674a58c0ce555cfc1f223b02356560312c3b",
	}},
	{CKM_SHA3_384_HMAC, {
		"68d2dcf7fd4ddd0a2240c8a437305f61fb7334cfb5d0226e1bc27dc10a2e723a20d370b47743130e26ac7e3d532886bd",
		"f1101f8cbf9766fd6764d2ed61903f21ca9b18f57cf3e1a23ca13508a93243ce48c045dc007f26a21b3f5e0e9df4c20a",
		"0fc19513bf6bd878037016706a0e57bc528139836b9a42c3d419e498e0e1fb9616fd669138d33a1105e07c72b6953bcc",
	}},
	{CKM_SHA3_512_HMAC, {
		"eb3fbd4b2eaab8f5c504bd3a41465aacec15770a7cabac531e482f860b5ec7ba"
		"47ccb2c6f2afce8f88d22b6dc61380f23a668fd3888bb80537c0a0b86407689e",
		"5a4bfeab6166427c7a3647b747292b8384537cdb89afb3bf5665e4c5e709350b"
		"287baec921fd7ca0ee7a0c31d022a95e1fc92ba9d77df883960275beb4e62024",
		"00f751a9e50695b090ed6911a4b65524951cdc15a73a5d58bb55215ea2cd839a"
		"c79d2b44a39bafab27e83fde9e11f6340b11d991b1b91bf2eee7fc872426c3a4",
	}},
	{CKM_BLAKE2B_160_HMAC, {
		"8e52620843a0942dc68ff03ef437d379a361175e",
		"c4728ccc2f7600f89d9a480514910b9f5daf3dd6",
		"f8f7ca79e3aff829ac9f09e028d3648d21896d50",
	}},
	{CKM_BLAKE2B_256_HMAC, {
		"b6996ecae165cdb17a02becfbf442b5dee41c5075ded9a5763185cd68bd261d0",
		"3cf096eeeb2202a250db168c4823a44ef4618ebabb225789386fed316131e3a0",
		"8211788e2a5a2113c9297ab147e9e0cf0630e83a52f1c7d46241bbe0e1fc7bdc",
	}},
	{CKM_BLAKE2B_384_HMAC, {
		"948364b074f4739bb1be6e7f8c918405f1f06c7a18a125534618269d57e337b67750ba54bd3d6456a59b6b9bb39a7601",
		"e87f61624bc6c1db706a1efcc98e7e98c0ab8fea0978dbd87e2852406fdd313c87968c5b825847f3c04d975b8b88598d",
		"6678408fb4f257732f692cde19c21571f8e9c263d95300efdd97832a6a3c73bb5e3bbba03ce4af8562aba97eb1e645d9",
	}},
	{CKM_BLAKE2B_512_HMAC, {
		"358a6a184924894fc34bee5680eedf57d84a37bb38832f288e3b27dc63a98cc8"
		"c91e76da476b508bc6b2d408a248857452906e4a20b48c6b4b55d2df0fe1dd24",
		"6ff884f8ddc2a6586b3c98a4cd6ebdf14ec10204b6710073eb5865ade37a2643"
		"b8807c1335d107ecdb9ffeaeb6828c4625ba172c66379efcd222c2de11727ab4",
		"a54b2943b2a20227d41ca46c0945af09bc1faefb2f49894c23aebc557fb79c48"
		"89dca74408dc865086667aedee4a3185c53a49c80b814c4c5813ea0c8b38a8f8",
	}},
	{CKM_RIPEMD160_HMAC, {
		"24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668",
		"dda6c0213a485a9e24f4742064a7f033b43c4069",
		"71bb52d26408e5a221393d5811b03cc7f94bcd3a",
	}},
	{CKM_MD5_HMAC, {
		"5ccec34ea9656392457fa1ac27f08fbc",
		"750c783e6ab0b503eaa86e310a5db738",
		"bfecaf4efff90a3a668f3922fec3762d",
	}},
	{CKM_MD2_HMAC, {
		"dc1923ef5f161d35bef839ca8c807808",
		"292f9d34f9e311846de86c495d7adfa2",
		"5c47872738133867b7340f703d4796f4",
	}},
};

extern const struct mech_family mech_family_hmac;

static struct mech_key *input_key(size_t i)
{
	unsigned char fill[131];

	if (inputs[i].key_fill < 0)
		return harness_key(CKK_GENERIC_SECRET, bytes_of(inputs[i].key_text, inputs[i].key_len));
	memset(fill, inputs[i].key_fill, sizeof(fill));
	return harness_key(CKK_GENERIC_SECRET, bytes_of(fill, inputs[i].key_len));
}

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct mech_key *key = input_key(i);

		for (size_t k = 0; k < array_len(rows); k++) {
			CK_MECHANISM m = {rows[k].type, NULL, 0};
			struct buf tag = harness_hex(rows[k].tags[i]);

			harness_check_tag(&m, key, text(inputs[i].message), buf_bytes(&tag));
			buf_free(&tag);
		}
		mech_key_free(key);
	}
}

static void sha1_with_a_long_key(void **state)
{
	CK_MECHANISM m = {CKM_SHA_1_HMAC, NULL, 0};
	unsigned char fill[80];
	struct buf tag = harness_hex("aa4ae5e15272d00e95705637ce8a3b55ed402112");
	struct mech_key *key;

	(void)state;
	memset(fill, 0xaa, sizeof(fill));
	key = harness_key(CKK_SHA_1_HMAC, bytes_of(fill, sizeof(fill)));
	harness_check_tag(&m, key, text(inputs[2].message), buf_bytes(&tag));
	mech_key_free(key);
	buf_free(&tag);
}

/* CKM_x_GENERAL follows CKM_x in number. */
static void general_gives_the_first_bytes_for_every_length(void **state)
{
	struct mech_key *key = input_key(1);

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf tag = harness_hex(rows[i].tags[1]);

		for (CK_MAC_GENERAL_PARAMS len = 1; len <= tag.len; len += len < 5 ? 1 : 9) {
			CK_MECHANISM m = {rows[i].type + 1, &len, sizeof(len)};

			harness_check_tag(&m, key, text(inputs[1].message), bytes_of(tag.data, len));
		}
		buf_free(&tag);
	}
	mech_key_free(key);
}

static void a_shortened_tag_as_published(void **state)
{
	CK_MAC_GENERAL_PARAMS len = 16;
	CK_MECHANISM m = {CKM_SHA256_HMAC_GENERAL, &len, sizeof(len)};
	struct mech_key *key = harness_key_hex(CKK_SHA256_HMAC, "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c");
	struct buf tag = harness_hex("a3b6167473100ee06e0c796c2955552b");

	(void)state;
	harness_check_tag(&m, key, text("Test With Truncation"), buf_bytes(&tag));
	mech_key_free(key);
	buf_free(&tag);
}

static CK_RV init_general(CK_ULONG value, CK_ULONG size, bool null)
{
	CK_ULONG values[2] = {value, 0};
	CK_MECHANISM m = {CKM_SHA256_HMAC_GENERAL, null ? NULL : values, size};
	struct mech_key *key = input_key(0);
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_SIGN, &m, key);

	if (rv == CKR_OK)
		harness_end(&op);
	mech_key_free(key);
	return rv;
}

static void the_tag_length_must_be_from_one_to_all(void **state)
{
	(void)state;
	assert_int_equal(init_general(0, sizeof(CK_ULONG), false), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_general(1, sizeof(CK_ULONG), false), CKR_OK);
	assert_int_equal(init_general(32, sizeof(CK_ULONG), false), CKR_OK);
	assert_int_equal(init_general(33, sizeof(CK_ULONG), false), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_general((CK_ULONG)-1, sizeof(CK_ULONG), false), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_general(16, sizeof(CK_ULONG) - 1, false), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_general(16, sizeof(CK_ULONG) + 1, false), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_general(16, 0, true), CKR_MECHANISM_PARAM_INVALID);
}

static void a_parameter_without_general_is_refused(void **state)
{
	CK_ULONG len = 16;
	CK_MECHANISM m = {CKM_SHA256_HMAC, &len, sizeof(len)};
	struct mech_key *key = input_key(0);
	struct mech_op op;

	(void)state;
	assert_int_equal(harness_init(&op, MECH_SIGN, &m, key), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
}

static void a_malformed_state_is_refused(void **state)
{
	CK_MAC_GENERAL_PARAMS len = 16;
	CK_MECHANISM m = {CKM_SHA512_HMAC_GENERAL, &len, sizeof(len)};
	struct mech_key *key = input_key(0);
	struct buf saved = {0};
	struct mech_op op;

	(void)state;
	assert_int_equal(harness_init(&op, MECH_SIGN, &m, key), CKR_OK);
	assert_int_equal(op.row->ops->save(&op, &saved), CKR_OK);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(saved.data, saved.len - 1)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(NULL, 0)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, buf_bytes(&saved)), CKR_OK);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\x10\0\0", 3)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\x41\0\0\0", 4)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\x40\0\0\0", 4)), CKR_OK);
	harness_end(&op);
	mech_key_free(key);
	buf_free(&saved);
}

static CK_MECHANISM_TYPE vector_type;

static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), message = vector_hex(v, "msg"), tag = vector_hex(v, "tag");
	struct mech_key *key = harness_key(CKK_GENERIC_SECRET, buf_bytes(&raw));
	CK_MAC_GENERAL_PARAMS len = tag.len;
	CK_MECHANISM m = {vector_type, &len, sizeof(len)};
	struct mech_op op;

	if (vector_is(v, "result", "valid")) {
		harness_check_tag(&m, key, buf_bytes(&message), buf_bytes(&tag));
	} else {
		assert_int_equal(harness_init(&op, MECH_VERIFY, &m, key), CKR_OK);
		assert_int_equal(harness_verify(&op, buf_bytes(&message), buf_bytes(&tag)), CKR_SIGNATURE_INVALID);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&raw);
	buf_free(&message);
	buf_free(&tag);
}

static void wycheproof(void **state)
{
	static const struct {
		const char *file;
		CK_MECHANISM_TYPE type;
	} files[] = {
		{"hmac_sha1_test.json", CKM_SHA_1_HMAC_GENERAL},
		{"hmac_sha256_test.json", CKM_SHA256_HMAC_GENERAL},
		{"hmac_sha512_test.json", CKM_SHA512_HMAC_GENERAL},
		{"hmac_sha512_256_test.json", CKM_SHA512_256_HMAC_GENERAL},
		{"hmac_sha3_256_test.json", CKM_SHA3_256_HMAC_GENERAL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(files); i++) {
		vector_type = files[i].type;
		vectors_replay(files[i].file, check_vector);
	}
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_hmac);
	assert_int_equal(mech_family_hmac.row_count, 2 * array_len(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(sha1_with_a_long_key),
		cmocka_unit_test(general_gives_the_first_bytes_for_every_length),
		cmocka_unit_test(a_shortened_tag_as_published),
		cmocka_unit_test(the_tag_length_must_be_from_one_to_all),
		cmocka_unit_test(a_parameter_without_general_is_refused),
		cmocka_unit_test(a_malformed_state_is_refused),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
