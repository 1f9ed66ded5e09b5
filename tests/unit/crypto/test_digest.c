/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions of the facade: published answers, copies, and states that are saved and resumed.
 * Knows nothing of mechanisms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hash.h"
#include "crypto/mac.h"
#include "crypto/xof.h"

/* FIPS 180-4 and FIPS 202 examples, RFC 7693 and its reference implementation for BLAKE2b: the message is "abc". */
static const struct {
	enum digest_alg alg;
	const char *answer;
} abc[] = {
	{DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{DIGEST_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
	{DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{DIGEST_SHA512_224, "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
	{DIGEST_SHA512_256, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
	{DIGEST_SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
	{DIGEST_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	{DIGEST_SHA3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
	{DIGEST_SHA3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	                  "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
	{DIGEST_BLAKE2B_160, "384264f676f39536840523f284921cdc68b6846b"},
	{DIGEST_BLAKE2B_256, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
	{DIGEST_BLAKE2B_384, "6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4"},
	{DIGEST_BLAKE2B_512, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
	{DIGEST_RIPEMD160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
	{DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72"},
	{DIGEST_MD2, "da853b0d3f88d99b30283a69e6ded6bb"},
};

static void check_hex(const unsigned char *got, size_t len, const char *want)
{
	char hex[2 * DIGEST_MAX_SIZE + 1];

	text_hex(bytes_of(got, len), hex);
	assert_string_equal(hex, want);
}

static void published_answers_of_all_algorithms(void **state)
{
	unsigned char out[DIGEST_MAX_SIZE];

	(void)state;
	assert_int_equal(array_len(abc), DIGEST_ALGS);
	for (size_t i = 0; i < array_len(abc); i++) {
		assert_int_equal(digest_size(abc[i].alg) * 2, strlen(abc[i].answer));
		digest_whole(abc[i].alg, bytes_of("abc", 3), out);
		check_hex(out, digest_size(abc[i].alg), abc[i].answer);
	}
}

/* A message of len bytes in pieces of step. */
static void hash_in_pieces(enum digest_alg alg, const unsigned char *m, size_t len, size_t step, unsigned char *out)
{
	struct digest d;

	digest_start(alg, &d);
	for (size_t at = 0; at < len; at += step)
		digest_update(&d, bytes_of(m + at, len - at < step ? len - at : step));
	digest_final(&d, out);
	digest_end(&d);
}

static void pieces_give_the_same_as_the_whole(void **state)
{
	unsigned char m[300], whole[DIGEST_MAX_SIZE], parts[DIGEST_MAX_SIZE];
	const size_t steps[] = {1, 7, 16, 17, 64, 129, 300};

	(void)state;
	memset(m, 'x', sizeof(m));
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++) {
		digest_whole(alg, bytes_of(m, sizeof(m)), whole);
		for (size_t i = 0; i < array_len(steps); i++) {
			hash_in_pieces(alg, m, sizeof(m), steps[i], parts);
			assert_memory_equal(parts, whole, digest_size(alg));
		}
	}
}

static void a_copy_goes_its_own_way(void **state)
{
	unsigned char a[DIGEST_MAX_SIZE], b[DIGEST_MAX_SIZE];

	(void)state;
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++) {
		struct digest d, copy;

		digest_start(alg, &d);
		digest_update(&d, bytes_of("a", 1));
		copy = d;
		digest_update(&d, bytes_of("x", 1));
		digest_update(&copy, bytes_of("bc", 2));
		digest_final(&d, a);
		digest_final(&copy, b);
		check_hex(b, digest_size(alg), abc[alg].answer);
		assert_memory_not_equal(a, b, digest_size(alg));
		digest_end(&d);
		digest_end(&copy);
	}
}

/* Saves after cut bytes, resumes in a new digest, compares. */
static void resume_after(enum digest_alg alg, const unsigned char *m, size_t len, size_t cut)
{
	unsigned char whole[DIGEST_MAX_SIZE], resumed[DIGEST_MAX_SIZE];
	struct buf saved = {0};
	struct digest d;

	digest_whole(alg, bytes_of(m, len), whole);
	digest_start(alg, &d);
	digest_update(&d, bytes_of(m, cut));
	assert_int_equal(digest_save(&d, &saved), CKR_OK);
	digest_end(&d);
	digest_start(alg, &d);
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_OK);
	digest_update(&d, bytes_of(m + cut, len - cut));
	digest_final(&d, resumed);
	assert_memory_equal(resumed, whole, digest_size(alg));
	digest_end(&d);
	buf_free(&saved);
}

static void a_saved_state_resumes_anywhere_in_a_block(void **state)
{
	unsigned char m[400];

	(void)state;
	for (size_t i = 0; i < sizeof(m); i++)
		m[i] = (unsigned char)(i * 7);
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++)
		for (size_t cut = 0; cut <= 260; cut++)
			resume_after(alg, m, sizeof(m), cut);
}

/* ---- beside libcrypto ---------------------------------------------------------------------- */

static void evp_hash(const char *name, size_t size, bool sized, struct bytes in, unsigned char *ret)
{
	OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	assert_non_null(md);
	assert_int_equal(EVP_DigestInit_ex2(ctx, md, sized ? params : NULL), 1);
	assert_int_equal(EVP_DigestUpdate(ctx, in.data, in.len), 1);
	if (strncmp(name, "SHAKE", 5) == 0)
		assert_int_equal(EVP_DigestFinalXOF(ctx, ret, size), 1);
	else
		assert_int_equal(EVP_DigestFinal_ex(ctx, ret, NULL), 1);
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
}

static const struct {
	enum digest_alg alg;
	const char *name;
	bool sized;
} own[] = {
	{DIGEST_SHA3_224, "SHA3-224", false},      {DIGEST_SHA3_256, "SHA3-256", false},
	{DIGEST_SHA3_384, "SHA3-384", false},      {DIGEST_SHA3_512, "SHA3-512", false},
	{DIGEST_BLAKE2B_160, "BLAKE2B-512", true}, {DIGEST_BLAKE2B_256, "BLAKE2B-512", true},
	{DIGEST_BLAKE2B_384, "BLAKE2B-512", true}, {DIGEST_BLAKE2B_512, "BLAKE2B-512", true},
};

static void fill(unsigned char *m, size_t len)
{
	for (size_t i = 0; i < len; i++)
		m[i] = (unsigned char)(i * 151 + i / 251);
}

/* Around every block's end of every rate, and in pieces that do not fit it. */
static void the_own_hash_functions_agree_with_libcrypto_at_every_length(void **state)
{
	unsigned char m[600], right[DIGEST_MAX_SIZE], got[DIGEST_MAX_SIZE];

	(void)state;
	fill(m, sizeof(m));
	for (size_t i = 0; i < array_len(own); i++) {
		for (size_t len = 0; len <= sizeof(m); len++) {
			size_t size = digest_size(own[i].alg);

			evp_hash(own[i].name, size, own[i].sized, bytes_of(m, len), right);
			digest_whole(own[i].alg, bytes_of(m, len), got);
			assert_memory_equal(got, right, size);
			hash_in_pieces(own[i].alg, m, len, len % 37 + 1, got);
			assert_memory_equal(got, right, size);
		}
	}
}

static void md2_has_its_published_answers(void **state)
{
	static const char *const rfc1319[][2] = {
		{"", "8350e5a3e24c153df2275c9f80692773"},
		{"a", "32ec01ec4a6dac72c0ab96fb34c0b5d1"},
		{"message digest", "ab4f496bfb2a530b219ff33031fe06b0"},
		{"abcdefghijklmnopqrstuvwxyz", "4e8ddff3650292ab5a4108c3aa47940b"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "da33def2a42df13975352846c30338cd"},
		{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		 "d5976f79d83d3a0dc9806c3c66f3efd8"},
	};
	unsigned char out[16];

	(void)state;
	for (size_t i = 0; i < array_len(rfc1319); i++) {
		digest_whole(DIGEST_MD2, bytes_of(rfc1319[i][0], strlen(rfc1319[i][0])), out);
		check_hex(out, sizeof(out), rfc1319[i][1]);
	}
}

static void shake_agrees_with_libcrypto_at_every_length(void **state)
{
	static const char *const names[] = {[XOF_SHAKE128] = "SHAKE128", [XOF_SHAKE256] = "SHAKE256"};
	unsigned char m[400], right[400], got[400];

	(void)state;
	fill(m, sizeof(m));
	for (enum xof_alg alg = XOF_SHAKE128; alg <= XOF_SHAKE256; alg++) {
		for (size_t len = 0; len <= sizeof(m); len++) {
			size_t size = sizeof(got) - len / 2;
			struct xof x;

			evp_hash(names[alg], size, false, bytes_of(m, len), right);
			xof_start(alg, &x);
			xof_update(&x, bytes_of(m, len / 3));
			xof_update(&x, bytes_of(m + len / 3, len - len / 3));
			xof_final(&x, got, size);
			assert_memory_equal(got, right, size);
			xof_end(&x);
		}
	}
}

/* ---- states ---------------------------------------------------------------------------------- */

static void an_xof_resumes_and_refuses_what_is_no_state(void **state)
{
	unsigned char right[64], got[64];
	struct buf saved = {0};
	struct xof x;

	(void)state;
	xof_start(XOF_SHAKE128, &x);
	xof_update(&x, bytes_of("ab", 2));
	assert_int_equal(xof_save(&x, &saved), CKR_OK);
	xof_update(&x, bytes_of("c", 1));
	xof_final(&x, right, sizeof(right));
	xof_start(XOF_SHAKE128, &x);
	for (size_t len = 0; len < saved.len; len++)
		assert_int_equal(xof_restore(&x, bytes_of(saved.data, len)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(xof_restore(&x, buf_bytes(&saved)), CKR_OK);
	xof_update(&x, bytes_of("c", 1));
	xof_final(&x, got, sizeof(got));
	assert_memory_equal(got, right, sizeof(got));
	xof_end(&x);
	buf_free(&saved);
}

static void restored(enum digest_alg alg, const struct buf *saved, CK_RV rv)
{
	struct digest d;

	digest_start(alg, &d);
	assert_int_equal(digest_restore(&d, buf_bytes(saved)), rv);
	digest_end(&d);
}

static void save_after(enum digest_alg alg, size_t len, struct buf *ret)
{
	unsigned char m[300];
	struct digest d;

	fill(m, sizeof(m));
	digest_start(alg, &d);
	digest_update(&d, bytes_of(m, len));
	ret->len = 0;
	assert_int_equal(digest_save(&d, ret), CKR_OK);
	digest_end(&d);
}

static void positions_that_cannot_be_are_refused(void **state)
{
	struct buf saved = {0};

	(void)state;
	save_after(DIGEST_SHA3_512, 100, &saved);
	restored(DIGEST_SHA3_512, &saved, CKR_OK);
	restored(DIGEST_SHA3_256, &saved, CKR_SAVED_STATE_INVALID);
	assert_int_equal(saved.data[saved.len - 1], 100 - 72);
	saved.data[saved.len - 1] = 71;
	restored(DIGEST_SHA3_512, &saved, CKR_OK);
	saved.data[saved.len - 1] = 72; /* a full block, which would have been worked off */
	restored(DIGEST_SHA3_512, &saved, CKR_SAVED_STATE_INVALID);

	save_after(DIGEST_BLAKE2B_256, 128, &saved);
	assert_int_equal(saved.len, 1 + 8 * 8 + 8 + 128);
	restored(DIGEST_BLAKE2B_256, &saved, CKR_OK);
	assert_int_equal(buf_put_u8(&saved, 0), CKR_OK); /* more than a block waits */
	restored(DIGEST_BLAKE2B_256, &saved, CKR_SAVED_STATE_INVALID);
	save_after(DIGEST_BLAKE2B_256, 129, &saved);
	restored(DIGEST_BLAKE2B_256, &saved, CKR_OK);
	saved.len--; /* nothing waits behind a block */
	restored(DIGEST_BLAKE2B_256, &saved, CKR_SAVED_STATE_INVALID);
	save_after(DIGEST_BLAKE2B_256, 129, &saved);
	saved.data[1 + 8 * 8] ^= 1; /* a part of a block */
	restored(DIGEST_BLAKE2B_256, &saved, CKR_SAVED_STATE_INVALID);

	save_after(DIGEST_MD2, 15, &saved);
	restored(DIGEST_MD2, &saved, CKR_OK);
	assert_int_equal(buf_put_u8(&saved, 0), CKR_OK);
	restored(DIGEST_MD2, &saved, CKR_SAVED_STATE_INVALID);
	buf_free(&saved);
}

static void hmac_after(enum digest_alg alg, struct bytes key, size_t len, struct hmac *ret_keyed, struct hmac *ret)
{
	unsigned char m[300];

	fill(m, sizeof(m));
	hmac_start(alg, key, ret_keyed);
	*ret = *ret_keyed;
	hmac_update(ret, bytes_of(m, len));
}

static void an_hmac_resumes_with_its_own_key_only(void **state)
{
	unsigned char right[DIGEST_MAX_SIZE], got[DIGEST_MAX_SIZE];

	(void)state;
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++) {
		struct hmac keyed, other, h, again;
		struct buf saved = {0};

		hmac_after(alg, bytes_of("one key", 7), 200, &keyed, &h);
		assert_int_equal(hmac_save(&keyed, &h, &saved), CKR_OK);
		hmac_after(alg, bytes_of("other key", 9), 0, &other, &again);
		assert_int_equal(hmac_restore(&other, &again, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
		again = keyed;
		for (size_t i = 0; i < saved.len; i += 13) {
			saved.data[i] ^= 1;
			assert_int_equal(hmac_restore(&keyed, &again, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
			saved.data[i] ^= 1;
			assert_int_equal(hmac_restore(&keyed, &again, bytes_of(saved.data, i)), CKR_SAVED_STATE_INVALID);
		}
		assert_int_equal(hmac_restore(&keyed, &again, buf_bytes(&saved)), CKR_OK);
		hmac_final(&h, right);
		hmac_final(&again, got);
		assert_memory_equal(got, right, digest_size(alg));
		buf_free(&saved);
	}
}

/* One can compute HMAC-SHA3's key from the bare state: the permutation is a bijection. */
static void a_saved_hmac_does_not_show_its_state(void **state)
{
	struct hmac keyed, h;
	struct buf bare = {0}, saved = {0};

	(void)state;
	hmac_after(DIGEST_SHA3_256, bytes_of("key", 3), 0, &keyed, &h);
	assert_int_equal(digest_save(&h.inner, &bare), CKR_OK);
	assert_int_equal(hmac_save(&keyed, &h, &saved), CKR_OK);
	assert_int_equal(saved.len, bare.len + 32);
	for (size_t i = 0; i + 8 <= bare.len; i++)
		assert_null(memmem(saved.data, saved.len, bare.data + i, 8));
	buf_free(&bare);
	buf_free(&saved);
}

static void a_malformed_state_is_refused_and_changes_nothing(void **state)
{
	unsigned char before[sizeof(struct digest)];
	struct buf saved = {0};
	struct digest d;

	(void)state;
	digest_start(DIGEST_SHA256, &d);
	digest_update(&d, bytes_of("0123456789", 10));
	assert_int_equal(digest_save(&d, &saved), CKR_OK);
	memcpy(before, &d, sizeof(d));
	for (size_t len = 0; len < saved.len; len++)
		assert_int_equal(digest_restore(&d, bytes_of(saved.data, len)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(buf_put_u8(&saved, 0), CKR_OK);
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	saved.len--;
	saved.data[0] = DIGEST_SHA224;
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	saved.data[0] = DIGEST_SHA256;
	saved.data[1 + 4] = 1; /* a chaining word of more than 32 bits */
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	saved.data[1 + 4] = 0;
	saved.data[1 + 8 * 8 + 8] ^= 1; /* a length that is no whole number of bytes */
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	saved.data[1 + 8 * 8 + 8] ^= 1;
	saved.data[1 + 8 * 8] = 1; /* a length of more than 64 bits */
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_SAVED_STATE_INVALID);
	assert_memory_equal(&d, before, sizeof(d));
	saved.data[1 + 8 * 8] = 0;
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_OK);
	digest_end(&d);
	buf_free(&saved);
}

static void the_tokens_own_hashes_match_published_answers(void **state)
{
	unsigned char out[32];
	unsigned char key[131];

	(void)state;
	hash_sha1(bytes_of("abc", 3), out);
	check_hex(out, 20, abc[DIGEST_SHA1].answer);
	hash_sha256(bytes_of("abc", 3), out);
	check_hex(out, 32, abc[DIGEST_SHA256].answer);
	/* RFC 4231, cases 2 and 6 (a key longer than a block). */
	hash_hmac(bytes_of("Jefe", 4), bytes_of("what do ya want for nothing?", 28), out);
	check_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hash_hmac(bytes_of(key, sizeof(key)), bytes_of("Test Using Larger Than Block-Size Key - Hash Key First", 54), out);
	check_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers_of_all_algorithms),
		cmocka_unit_test(pieces_give_the_same_as_the_whole),
		cmocka_unit_test(a_copy_goes_its_own_way),
		cmocka_unit_test(a_saved_state_resumes_anywhere_in_a_block),
		cmocka_unit_test(the_own_hash_functions_agree_with_libcrypto_at_every_length),
		cmocka_unit_test(md2_has_its_published_answers),
		cmocka_unit_test(shake_agrees_with_libcrypto_at_every_length),
		cmocka_unit_test(an_xof_resumes_and_refuses_what_is_no_state),
		cmocka_unit_test(positions_that_cannot_be_are_refused),
		cmocka_unit_test(an_hmac_resumes_with_its_own_key_only),
		cmocka_unit_test(a_saved_hmac_does_not_show_its_state),
		cmocka_unit_test(a_malformed_state_is_refused_and_changes_nothing),
		cmocka_unit_test(the_tokens_own_hashes_match_published_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
