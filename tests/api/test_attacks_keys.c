/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks with what a key is made of or says of itself: weak and invalid parameters, points and public values that lie in
 * small groups, histories and check values that are not true, attributes that should go one way, and errors of
 * decryption that could tell about the plaintext. */
#include "operations.h"

#include <unistd.h>

static CK_OBJECT_HANDLE made;
static CK_BYTE bytes[2048];

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)

static CK_RV create(CK_ATTRIBUTE *list, CK_ULONG count)
{
	return p11->C_CreateObject(sess, list, count, &made);
}

/* ---- weak material ------------------------------------------------------------------------- */

static CK_RV rsa_public(const CK_BYTE *modulus, CK_ULONG length, const CK_BYTE *exponent, CK_ULONG exponent_length)
{
	return create(LIST({CKA_CLASS, &public_key_class, sizeof(public_key_class)}, {CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type)},
	                   {CKA_MODULUS, unconst(modulus), length}, {CKA_PUBLIC_EXPONENT, unconst(exponent), exponent_length}));
}

static void rsa_keys_that_hide_nothing(void **state)
{
	static const CK_BYTE one[] = {1}, even[] = {1, 0, 2}, f4[] = {1, 0, 1};
	CK_BYTE modulus[256];
	CK_MECHANISM m = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE template[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}, {CKA_PUBLIC_EXPONENT, unconst(one), sizeof(one)}};

	(void)state;
	memcpy(modulus, rsa_modulus, sizeof(modulus));
	assert_ok(rsa_public(modulus, sizeof(modulus), f4, sizeof(f4)));
	assert_rv(rsa_public(modulus, sizeof(modulus), one, sizeof(one)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv(rsa_public(modulus, sizeof(modulus), even, sizeof(even)), CKR_ATTRIBUTE_VALUE_INVALID);
	modulus[255] &= 0xfe;
	assert_rv(rsa_public(modulus, sizeof(modulus), f4, sizeof(f4)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv(p11->C_GenerateKeyPair(sess, &m, template, 2, NULL, 0, &made, &made), CKR_ATTRIBUTE_VALUE_INVALID);
	template[1] = (CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, unconst(even), sizeof(even)};
	assert_rv(p11->C_GenerateKeyPair(sess, &m, template, 2, NULL, 0, &made, &made), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* A private key whose numbers do not belong together gives its factors away with its first signature. */
static void rsa_numbers_must_belong_together(void **state)
{
	CK_ATTRIBUTE_TYPE types[] = {CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT, CKA_PRIVATE_EXPONENT};
	CK_OBJECT_HANDLE open_key = make_rsa_private(sess, LIST(NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)));

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		CK_ATTRIBUTE a = {types[i], bytes, sizeof(bytes)};

		assert_ok(p11->C_GetAttributeValue(sess, open_key, &a, 1));
		bytes[a.ulValueLen / 2] ^= 4;
		CK_ATTRIBUTE parts[] = {{CKA_MODULUS, unconst(rsa_modulus), 256}, {CKA_PUBLIC_EXPONENT, NULL, 0}, {CKA_PRIVATE_EXPONENT, NULL, 0},
		                        {CKA_PRIME_1, NULL, 0}, {CKA_PRIME_2, NULL, 0}, {CKA_EXPONENT_1, NULL, 0}, {CKA_EXPONENT_2, NULL, 0},
		                        {CKA_COEFFICIENT, NULL, 0}};
		static CK_BYTE room[8][512];
		CK_ATTRIBUTE template[10] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type)}};
		for (size_t p = 0; p < COUNT(parts); p++) {
			parts[p].pValue = room[p];
			parts[p].ulValueLen = sizeof(room[p]);
			assert_ok(p11->C_GetAttributeValue(sess, open_key, &parts[p], 1));
			if (parts[p].type == types[i])
				memcpy(room[p], bytes, a.ulValueLen);
			template[2 + p] = parts[p];
		}
		assert_rv(create(template, 10), CKR_ATTRIBUTE_VALUE_INVALID);
	}
}

static CK_RV ec_public(CK_KEY_TYPE *type, const char *params, const char *point)
{
	CK_BYTE p[32], q[160];
	CK_ULONG params_length = unhex(params, p), point_length = unhex(point, q);

	return create(LIST({CKA_CLASS, &public_key_class, sizeof(public_key_class)}, {CKA_KEY_TYPE, type, sizeof(*type)},
	                   {CKA_EC_PARAMS, p, params_length}, {CKA_EC_POINT, q, point_length}));
}

#define P256 "06082a8648ce3d030107"
#define ED25519 "06032b6570"

static void points_off_the_curve_and_in_small_groups(void **state)
{
	static const char *const bad_ec[] = {
		/* not on the curve; infinity; a coordinate of the field's prime; compressed without a root */
		"0441040000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000001",
		"040100",
		"044104ffffffff00000001000000000000000000000000ffffffffffffffffffffffff0000000000000000000000000000000000000000000000000000000000000000",
	};
	static const char *const bad_ed[] = {
		/* y not of any point; y above the prime */
		"04200200000000000000000000000000000000000000000000000000000000000000",
		"0420ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad_ec); i++)
		assert_rv(ec_public(&ec_type, P256, bad_ec[i]), CKR_ATTRIBUTE_VALUE_INVALID);
	for (size_t i = 0; i < COUNT(bad_ed); i++)
		assert_rv(ec_public(&edwards_type, ED25519, bad_ed[i]), CKR_ATTRIBUTE_VALUE_INVALID);
	/* Explicit parameters could name a generator of the attacker's. */
	assert_rv(ec_public(&ec_type, "3003020101", "0403020101"), CKR_CURVE_NOT_SUPPORTED);
}

/* The other side's public value, in the parameter of a derivation. */
static CK_RV agree(CK_OBJECT_HANDLE key, const char *point)
{
	CK_BYTE q[160];
	CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, unhex(point, q), q};
	CK_MECHANISM m = {CKM_ECDH1_DERIVE, &params, sizeof(params)};

	return p11->C_DeriveKey(sess, &m, key, LIST(NO(CKA_PRIVATE)), &made);
}

static void shared_secrets_that_the_other_side_chose(void **state)
{
	static const char *const low_order[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	CK_OBJECT_HANDLE ec_public_key, ec_key;

	(void)state;
	for (size_t i = 0; i < COUNT(low_order); i++)
		assert_rv(agree(keys.x_private, low_order[i]), CKR_PUBLIC_KEY_INVALID);
	make_ec_pair(sess, false, false, &ec_public_key, &ec_key);
	/* On another curve (y + 1), and infinity. */
	assert_rv(agree(ec_key, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6"),
	          CKR_PUBLIC_KEY_INVALID);
	assert_rv_in(agree(ec_key, "00"), CKR_PUBLIC_KEY_INVALID, CKR_MECHANISM_PARAM_INVALID);
	assert_ok(agree(ec_key, "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
}

/* ---- lies ---------------------------------------------------------------------------------- */

static void check_values_must_be_true(void **state)
{
	CK_BYTE lie[3] = {1, 2, 3}, right[3], wrapped[64];
	CK_ATTRIBUTE ask = {CKA_CHECK_VALUE, right, sizeof(right)};
	CK_ULONG length = sizeof(wrapped);
	CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, pattern, 16, NULL, 0);
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                           {CKA_CHECK_VALUE, lie, sizeof(lie)}, {CKA_VALUE, unconst(pattern), 16}};

	(void)state;
	assert_ok(p11->C_GetAttributeValue(sess, key, &ask, 1));
	assert_rv(create(template, 4), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_ok(p11->C_WrapKey(sess, &kw, keys.aes, key, wrapped, &length));
	assert_rv(p11->C_UnwrapKey(sess, &kw, keys.aes, wrapped, length, template, 3, &made), CKR_ATTRIBUTE_VALUE_INVALID);
	template[2].pValue = right;
	assert_ok(create(template, 4));
	assert_ok(p11->C_UnwrapKey(sess, &kw, keys.aes, wrapped, length, template, 3, &made));
}

static void histories_are_the_tokens_to_tell(void **state)
{
	CK_ATTRIBUTE lies[] = {YES(CKA_LOCAL), YES(CKA_ALWAYS_SENSITIVE), YES(CKA_NEVER_EXTRACTABLE), YES(CKA_TRUSTED)};
	CK_MECHANISM gen = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, pattern, 16, NULL, 0), copy;

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++) {
		CK_ATTRIBUTE known[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		                        {CKA_VALUE, unconst(pattern), 16}, lies[i]};
		CK_ATTRIBUTE fresh[] = {{CKA_VALUE_LEN, &length, sizeof(length)}, lies[i]};
		assert_rv(create(known, 4), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(p11->C_GenerateKey(sess, &gen, fresh, 2, &made), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(p11->C_SetAttributeValue(sess, key, &lies[i], 1), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(p11->C_CopyObject(sess, key, &lies[i], 1, &copy), CKR_ATTRIBUTE_READ_ONLY);
	}
	assert_false(get_bool(sess, key, CKA_LOCAL));
	assert_false(get_bool(sess, key, CKA_NEVER_EXTRACTABLE));
}

static void protection_goes_one_way(void **state)
{
	CK_ATTRIBUTE weaker[] = {NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE), NO(CKA_WRAP_WITH_TRUSTED)};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, pattern, 16, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE), YES(CKA_WRAP_WITH_TRUSTED))), copy;

	(void)state;
	for (size_t i = 0; i < COUNT(weaker); i++) {
		assert_rv(p11->C_SetAttributeValue(sess, key, &weaker[i], 1), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(p11->C_CopyObject(sess, key, &weaker[i], 1, &copy), CKR_ATTRIBUTE_READ_ONLY);
	}
	/* The good beside the bad changes nothing. */
	CK_ATTRIBUTE both[] = {{CKA_LABEL, bytes, 1}, NO(CKA_SENSITIVE)};
	assert_rv(p11->C_SetAttributeValue(sess, key, both, 2), CKR_ATTRIBUTE_READ_ONLY);
	assert_true(get_bool(sess, key, CKA_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
}

/* ---- oracles ------------------------------------------------------------------------------- */

static char log_file[64];

static size_t read_log(char *ret, size_t room)
{
	FILE *f = fopen(log_file, "r");
	size_t n = f ? fread(ret, 1, room - 1, f) : 0;

	ret[n] = '\0';
	if (f)
		fclose(f);
	assert_int_equal(truncate(log_file, 0), 0);
	return n;
}

static int setup_logged(void **state)
{
	char spec[128];
	int fd;

	snprintf(log_file, sizeof(log_file), "/tmp/conclave-oracle-XXXXXX");
	fd = mkstemp(log_file);
	if (fd < 0)
		return -1;
	close(fd);
	snprintf(spec, sizeof(spec), "trace:file=%s", log_file);
	setenv("CONCLAVE_LOG", spec, 1);
	return setup_operations(state);
}

static int teardown_logged(void **state)
{
	unlink(log_file);
	setenv("CONCLAVE_LOG", "off", 1);
	return teardown(state);
}

/* Without the times that begin the lines, and other numbers. */
static void blot_digits(char *text)
{
	char *start = text, *to = text;

	for (; *text; text++) {
		bool digit = *text >= '0' && *text <= '9';
		if (!digit || to == start || to[-1] != '#')
			*to++ = digit ? '#' : *text;
	}
	*to = '\0';
}

/* What decrypting says, in code and log, must be the same for all of these. */
struct answer {
	CK_RV rv;
	char log[4096];
};

static void decrypt_answer(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const CK_BYTE *in, CK_ULONG length, struct answer *ret)
{
	CK_BYTE out[512];
	CK_ULONG out_length = sizeof(out);
	char before[4096];

	read_log(before, sizeof(before));
	assert_ok(p11->C_DecryptInit(sess, m, key));
	ret->rv = p11->C_Decrypt(sess, unconst(in), length, out, &out_length);
	read_log(ret->log, sizeof(ret->log));
	blot_digits(ret->log);
}

/* Every last byte, of which one or two make right paddings; all others are wrong in different ways. */
static void block_paddings_are_wrong_in_one_way(void **state)
{
	CK_BYTE block[32];
	struct answer first = {0}, next;
	unsigned wrong = 0;

	(void)state;
	for (unsigned b = 0; b < 256; b++) {
		memset(block, 7, sizeof(block));
		block[15] = (CK_BYTE)b;
		decrypt_answer(&m_cbc_pad, keys.aes, block, sizeof(block), &next);
		if (next.rv == CKR_OK)
			continue;
		if (wrong++ == 0)
			first = next;
		assert_int_equal(next.rv, first.rv);
		assert_string_equal(next.log, first.log);
	}
	assert_true(wrong > 250);
	assert_int_equal(first.rv, CKR_ENCRYPTED_DATA_INVALID);
}

/* Raw RSA makes blocks that are wrong in chosen places. */
static void raw_block(CK_BYTE *block, CK_BYTE *ret)
{
	assert_int_equal(encrypt(&m_rsa_x509, keys.rsa_public, block, 256, ret, 256), 256);
}

static void oaep_is_wrong_in_one_way(void **state)
{
	CK_BYTE block[256], in[256];
	struct answer first = {0}, next;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		for (size_t k = 0; k < sizeof(block); k++)
			block[k] = (CK_BYTE)(k * 31 + i);
		/* Manger's question is whether the first byte is zero. */
		block[0] = i % 2 == 0 ? 0 : 1;
		raw_block(block, in);
		decrypt_answer(&m_oaep, keys.rsa_private, in, sizeof(in), &next);
		if (i == 0)
			first = next;
		assert_int_equal(next.rv, CKR_ENCRYPTED_DATA_INVALID);
		assert_string_equal(next.log, first.log);
	}
}

/* PKCS #1 v1.5 is never wrong: what does not decrypt gives other bytes, always the same for one ciphertext. */
static void old_padding_is_never_wrong(void **state)
{
	static const struct {
		unsigned place;
		CK_BYTE value;
	} faults[] = {{0, 1}, {1, 1}, {5, 0}, {255, 9}};
	CK_BYTE block[256], in[256], out[2][256];

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		CK_ULONG lengths[2] = {256, 256};

		memset(block, 0x55, sizeof(block));
		block[0] = 0;
		block[1] = 2;
		block[faults[i].place] = faults[i].value;
		raw_block(block, in);
		for (int again = 0; again < 2; again++) {
			assert_ok(p11->C_DecryptInit(sess, &m_rsa, keys.rsa_private));
			assert_ok(p11->C_Decrypt(sess, in, sizeof(in), out[again], &lengths[again]));
		}
		assert_int_equal(lengths[0], lengths[1]);
		assert_memory_equal(out[0], out[1], lengths[0]);
	}
}

/* The same question put to C_UnwrapKey: a block that is wrong and one whose key has another length answer alike. */
static void unwrapping_old_padding_tells_nothing(void **state)
{
	CK_BYTE block[256], in[256];
	CK_ULONG length = 48;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	static char logs[2][4096], before[4096];
	CK_RV rv[2];

	(void)state;
	for (int wrong = 0; wrong < 2; wrong++) {
		memset(block, 0x55, sizeof(block));
		block[0] = 0;
		block[1] = wrong ? 1 : 2;
		block[256 - 33] = 0; /* a key of 32 bytes */
		raw_block(block, in);
		read_log(before, sizeof(before));
		rv[wrong] = p11->C_UnwrapKey(sess, &m_rsa, keys.rsa_private, in, sizeof(in), template, 3, &made);
		read_log(logs[wrong], sizeof(logs[wrong]));
		blot_digits(logs[wrong]);
	}
	assert_ok(rv[0]);
	assert_ok(rv[1]);
	assert_string_equal(logs[0], logs[1]);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)
#define LOGGED(test) cmocka_unit_test_setup_teardown(test, setup_logged, teardown_logged)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rsa_keys_that_hide_nothing),
		WITH_KEYS(rsa_numbers_must_belong_together),
		WITH_KEYS(points_off_the_curve_and_in_small_groups),
		WITH_KEYS(shared_secrets_that_the_other_side_chose),
		WITH_KEYS(check_values_must_be_true),
		WITH_KEYS(histories_are_the_tokens_to_tell),
		WITH_KEYS(protection_goes_one_way),
		LOGGED(block_paddings_are_wrong_in_one_way),
		LOGGED(oaep_is_wrong_in_one_way),
		WITH_KEYS(old_padding_is_never_wrong),
		LOGGED(unwrapping_old_padding_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
