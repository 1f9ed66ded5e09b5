/* SPDX-License-Identifier: Apache-2.0 */
/* RSA as an oracle: ciphertexts with every mistake that a padding can have, as Bleichenbacher and Manger send them, at
 * every call that opens one. All of them must get one answer, which tells nothing but what the sender knows. */
#include "mechanisms.h"

#define SIZE 256

static CK_BYTE block[SIZE], blob[SIZE + 64];
static CK_ULONG blob_length;

/* RSA with the public key and nothing else. */
static void seal_block(const CK_BYTE *from)
{
	blob_length = encrypt(&m_rsa_x509, keys.rsa_public, from, SIZE, blob, sizeof(blob));
	assert_int_equal(blob_length, SIZE);
}

/* ---- PKCS #1 v1.5 -------------------------------------------------------------------------------- */

struct mistake {
	const char *name;
	CK_ULONG key_length;      /* of a block that is right otherwise */
	CK_ULONG at;              /* where a byte is changed, if any */
	int to;                   /* -1: nowhere */
};

/* The padding of a block with a key of 32 bytes goes from 2 to 222, and a zero follows. */
static const struct mistake mistakes[] = {
	{"first byte 1", 32, 0, 1},        {"first byte 127", 32, 0, 0x7f},    {"block type 0", 32, 1, 0},
	{"block type 1", 32, 1, 1},        {"block type 3", 32, 1, 3},         {"block type 255", 32, 1, 0xff},
	{"padding of 0 bytes", 32, 2, 0},  {"padding of 1 byte", 32, 3, 0},    {"padding of 7 bytes", 32, 9, 0},
	{"padding of 8 bytes", 32, 10, 0}, {"padding a byte short", 32, 222, 0}, {"no zero byte", 32, 223, 1},
	{"an empty key", 0, 0, -1},        {"a key of one byte", 1, 0, -1},    {"a byte too short", 31, 0, -1},
	{"a byte too long", 33, 0, -1},    {"a block too long", 48, 0, -1},    {"half a key", 16, 0, -1},
	{"as long as goes", 245, 0, -1},
};

static void make_block(const struct mistake *m)
{
	memset(block, 0x5a, SIZE);
	block[0] = 0;
	block[1] = 2;
	block[SIZE - 1 - m->key_length] = 0;
	memcpy(block + SIZE - m->key_length, pattern + 1, m->key_length);
	if (m->to >= 0)
		block[m->at] = (CK_BYTE)m->to;
	if (m->at == 223) /* no zero byte behind it either */
		assert_null(memchr(block + 2, 0, SIZE - 2));
	seal_block(block);
}

static const struct target {
	CK_KEY_TYPE type;
	CK_ULONG length; /* 0: the template leaves it open */
	CK_ULONG fits[3];
} targets[] = {
	{CKK_AES, 32, {32}}, {CKK_AES, 0, {16, 24, 32}}, {CKK_GENERIC_SECRET, 32, {32}}, {CKK_GENERIC_SECRET, 48, {48}},
	{CKK_SHA256_HMAC, 32, {32}}, {CKK_DES3, 0, {24}}, {CKK_GENERIC_SECRET, 0, {0}},
};

typedef CK_RV (*open_fn)(CK_MECHANISM *m, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret);

static CK_RV unwrap(CK_MECHANISM *m, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_UnwrapKey(sess, m, keys.rsa_private, blob, blob_length, template, count, ret);
}

static CK_RV decapsulate(CK_MECHANISM *m, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_DecapsulateKey(sess, m, keys.rsa_private, template, count, blob, blob_length, ret);
}

static const open_fn opens[] = {unwrap, decapsulate};

static CK_RV open_as(open_fn open, CK_MECHANISM *m, const struct target *t, CK_OBJECT_HANDLE *ret)
{
	CK_KEY_TYPE type = t->type;
	CK_ULONG length = t->length;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           {CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}, {CKA_PRIVATE, &no, sizeof(no)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};

	return open(m, template, t->length > 0 ? 6 : 5, ret);
}

/* The value of the key, which goes. */
static CK_ULONG opened(open_fn open, const struct target *t, CK_BYTE value[SIZE])
{
	CK_ATTRIBUTE a = {CKA_VALUE, value, SIZE};
	CK_OBJECT_HANDLE key;

	assert_ok(open_as(open, &m_rsa, t, &key));
	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_ok(p11->C_DestroyObject(sess, key));
	return a.ulValueLen;
}

static bool has_length(const struct target *t, CK_ULONG length)
{
	return t->fits[0] == 0 ? length >= 1 && length <= SIZE - 11
	                       : length == t->fits[0] || (t->fits[1] != 0 && (length == t->fits[1] || length == t->fits[2]));
}

static void check_one_answer(open_fn open, const struct target *t)
{
	CK_BYTE one[SIZE], again[SIZE];
	CK_ULONG length = opened(open, t, one);

	assert_true(has_length(t, length));
	assert_int_equal(opened(open, t, again), length);
	assert_memory_equal(one, again, length);
}

static void every_bad_pkcs1_padding_gives_a_key_always_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++)
		for (size_t t = 0; t < COUNT(targets); t++)
			for (size_t o = 0; o < COUNT(opens); o++) {
				make_block(&mistakes[i]);
				check_one_answer(opens[o], &targets[t]);
			}
}

static void a_good_padding_gives_the_key(void **state)
{
	static const struct mistake right = {"", 32, 0, -1};
	CK_BYTE value[SIZE];

	(void)state;
	make_block(&right);
	for (size_t t = 0; t < 3; t++)
		for (size_t o = 0; o < COUNT(opens); o++) {
			assert_int_equal(opened(opens[o], &targets[t], value), 32);
			assert_memory_equal(value, pattern + 1, 32);
		}
	/* A padding of 8 bytes is the shortest. */
	static const struct mistake longest = {"", 245, 0, -1};
	make_block(&longest);
	for (size_t o = 0; o < COUNT(opens); o++) {
		assert_int_equal(opened(opens[o], &targets[6], value), 245);
		assert_memory_equal(value, pattern + 1, 245);
	}
}

/* Bleichenbacher's walk: multiples of a good ciphertext, of which some have a right padding by chance. */
static void multiples_of_a_good_ciphertext_all_get_a_key(void **state)
{
	CK_BYTE one[SIZE] = {0};

	(void)state;
	for (unsigned s = 2; s < 200; s++) {
		one[SIZE - 1] = (CK_BYTE)s;
		one[SIZE - 40] = (CK_BYTE)(s * 7);
		seal_block(one);
		check_one_answer(unwrap, &targets[s % 4]);
	}
}

/* What stands for a key differs with its length as real ones do, and leaks nothing of the block. */
static void what_stands_for_a_key_is_unlike_the_block_and_unlike_other_lengths(void **state)
{
	static const struct target short_one = {CKK_GENERIC_SECRET, 16, {16}}, long_one = {CKK_GENERIC_SECRET, 32, {32}};
	CK_BYTE one[SIZE], other[SIZE];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make_block(&mistakes[i]);
		(void)opened(unwrap, &short_one, one);
		(void)opened(unwrap, &long_one, other);
		assert_memory_not_equal(one, other, 16);
		assert_memory_not_equal(other, pattern + 1, 16);
	}
}

/* The template and the bytes of the ciphertext are no secrets. */
static void what_everybody_sees_has_a_code(void **state)
{
	static const struct target too_long = {CKK_GENERIC_SECRET, 246, {0}}, wrong = {CKK_AES, 20, {0}};
	CK_OBJECT_HANDLE key;

	(void)state;
	make_block(&mistakes[0]);
	for (size_t o = 0; o < COUNT(opens); o++) {
		assert_rv(open_as(opens[o], &m_rsa, &too_long, &key), CKR_TEMPLATE_INCONSISTENT);
		assert_rv(open_as(opens[o], &m_rsa, &wrong, &key), CKR_TEMPLATE_INCONSISTENT);
		blob_length = SIZE - 1;
		assert_rv(open_as(opens[o], &m_rsa, &targets[0], &key), CKR_WRAPPED_KEY_LEN_RANGE);
		blob_length = SIZE;
	}
	memset(blob, 0xff, SIZE);
	for (size_t o = 0; o < COUNT(opens); o++)
		assert_rv(open_as(opens[o], &m_rsa, &targets[0], &key), CKR_WRAPPED_KEY_INVALID);
}

static void decryption_gives_something_for_every_padding(void **state)
{
	CK_BYTE one[SIZE], again[SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		make_block(&mistakes[i]);
		CK_ULONG length = decrypt(&m_rsa, keys.rsa_private, blob, SIZE, one, sizeof(one));
		assert_int_equal(decrypt(&m_rsa, keys.rsa_private, blob, SIZE, again, sizeof(again)), length);
		assert_memory_equal(one, again, length);
	}
}

/* ---- bare RSA ------------------------------------------------------------------------------------ */

/* Whether a number is small is what Manger's attack asks. */
static void bare_rsa_does_not_tell_small_numbers(void **state)
{
	static const CK_ULONG places[] = {SIZE - 32, SIZE - 33, SIZE - 34, 128, 1, 0};
	CK_ATTRIBUTE value = {CKA_VALUE, blob, sizeof(blob)};
	CK_OBJECT_HANDLE key;

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		memset(block, 0, SIZE);
		memcpy(block + SIZE - 32, pattern + 1, 32);
		block[places[i]] = 1;
		for (size_t o = 0; o < COUNT(opens); o++) {
			seal_block(block);
			assert_ok(open_as(opens[o], &m_rsa_x509, &targets[0], &key));
			value.ulValueLen = sizeof(blob);
			assert_ok(p11->C_GetAttributeValue(sess, key, &value, 1));
			assert_memory_equal(blob, block + SIZE - 32, 32);
			assert_ok(p11->C_DestroyObject(sess, key));
		}
	}
}

/* ---- OAEP ---------------------------------------------------------------------------------------- */

static void restore_and_change(const CK_BYTE *right, size_t at, CK_BYTE by)
{
	memcpy(block, right, SIZE);
	block[at] ^= by;
	seal_block(block);
}

/* Manger's question is about the first byte, the others about what is behind the masks. */
static const struct {
	size_t at;
	CK_BYTE by;
} damages[] = {{0, 1}, {0, 0x7f}, {1, 1}, {20, 0x80}, {21, 1}, {40, 1}, {41, 1}, {60, 2}, {128, 1}, {222, 1}, {223, 1}, {224, 1}, {255, 1}};

static void check_oaep_answers(CK_MECHANISM *m, const CK_BYTE *right)
{
	CK_BYTE plain[SIZE];
	CK_OBJECT_HANDLE key;

	for (size_t i = 0; i < COUNT(damages); i++) {
		for (size_t o = 0; o < COUNT(opens); o++) {
			restore_and_change(right, damages[i].at, damages[i].by);
			assert_rv(open_as(opens[o], m, &targets[0], &key), CKR_WRAPPED_KEY_INVALID);
		}
		CK_ULONG n = sizeof(plain);
		assert_ok(p11->C_DecryptInit(sess, m, keys.rsa_private));
		assert_rv(p11->C_Decrypt(sess, blob, SIZE, plain, &n), CKR_ENCRYPTED_DATA_INVALID);
	}
}

static void every_bad_oaep_block_has_one_code(void **state)
{
	CK_BYTE right[SIZE];
	CK_OBJECT_HANDLE key;

	(void)state;
	blob_length = encrypt(&m_oaep, keys.rsa_public, pattern + 1, 32, blob, sizeof(blob));
	for (size_t o = 0; o < COUNT(opens); o++)
		assert_ok(open_as(opens[o], &m_oaep, &targets[0], &key));
	assert_int_equal(decrypt(&m_rsa_x509, keys.rsa_private, blob, SIZE, right, sizeof(right)), SIZE);
	check_oaep_answers(&m_oaep, right);
}

/* Whether OAEP, the length of the AES key or the key wrap was wrong: one code. */
static void every_bad_rsa_aes_blob_has_one_code(void **state)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
	CK_RSA_AES_KEY_WRAP_PARAMS params = {256, &oaep};
	CK_MECHANISM both = {CKM_RSA_AES_KEY_WRAP, &params, sizeof(params)}, bare = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
	CK_OBJECT_HANDLE target = make_key(sess, CKK_AES, pattern, 32, NULL, 0), key;
	CK_BYTE right[SIZE], whole[SIZE + 64];
	CK_ULONG whole_length = sizeof(whole);

	(void)state;
	assert_ok(p11->C_WrapKey(sess, &both, keys.rsa_public, target, whole, &whole_length));
	memcpy(blob, whole, whole_length);
	blob_length = whole_length;
	assert_ok(open_as(unwrap, &both, &targets[0], &key));
	assert_int_equal(decrypt(&m_rsa_x509, keys.rsa_private, whole, SIZE, right, sizeof(right)), SIZE);
	for (size_t i = 0; i < COUNT(damages); i++) {
		restore_and_change(right, damages[i].at, damages[i].by);
		memcpy(blob + SIZE, whole + SIZE, whole_length - SIZE);
		blob_length = whole_length;
		assert_rv(open_as(unwrap, &both, &targets[0], &key), CKR_WRAPPED_KEY_INVALID);
	}
	for (size_t i = 0; i <= 48; i += 16) { /* AES keys of 0, 16 and 48 bytes, and another one */
		(void)encrypt(&bare, keys.rsa_public, pattern, i, blob, sizeof(blob));
		blob_length = whole_length;
		assert_rv(open_as(unwrap, &both, &targets[0], &key), CKR_WRAPPED_KEY_INVALID);
	}
	memcpy(blob, whole, whole_length);
	blob[whole_length - 1] ^= 1;
	assert_rv(open_as(unwrap, &both, &targets[0], &key), CKR_WRAPPED_KEY_INVALID);
}

static int setup(void **state)
{
	CK_ATTRIBUTE decapsulates = {CKA_DECAPSULATE, &yes, sizeof(yes)};

	return setup_operations(state) == 0 && p11->C_SetAttributeValue(sess, keys.rsa_private, &decapsulates, 1) == CKR_OK ? 0 : -1;
}

#define WITH_KEYS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(every_bad_pkcs1_padding_gives_a_key_always_the_same),
		WITH_KEYS(a_good_padding_gives_the_key),
		WITH_KEYS(multiples_of_a_good_ciphertext_all_get_a_key),
		WITH_KEYS(what_stands_for_a_key_is_unlike_the_block_and_unlike_other_lengths),
		WITH_KEYS(what_everybody_sees_has_a_code),
		WITH_KEYS(decryption_gives_something_for_every_padding),
		WITH_KEYS(bare_rsa_does_not_tell_small_numbers),
		WITH_KEYS(every_bad_oaep_block_has_one_code),
		WITH_KEYS(every_bad_rsa_aes_blob_has_one_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
