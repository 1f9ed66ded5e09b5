/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions of the facade: published answers, copies, and states that are saved and resumed.
 * Knows nothing of mechanisms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hash.h"

static struct ossl *ossl;

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

static int open_ossl(void **state)
{
	(void)state;
	return ossl_open(&ossl) == CKR_OK ? 0 : 1;
}

static int close_ossl(void **state)
{
	(void)state;
	ossl_close(ossl);
	return 0;
}

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
		assert_int_equal(digest_whole(ossl, abc[i].alg, bytes_of("abc", 3), out), CKR_OK);
		check_hex(out, digest_size(abc[i].alg), abc[i].answer);
	}
}

/* A message of len bytes in pieces of step. */
static void hash_in_pieces(enum digest_alg alg, const unsigned char *m, size_t len, size_t step, unsigned char *out)
{
	struct digest d;

	assert_int_equal(digest_start(ossl, alg, &d), CKR_OK);
	for (size_t at = 0; at < len; at += step)
		assert_int_equal(digest_update(&d, bytes_of(m + at, len - at < step ? len - at : step)), CKR_OK);
	assert_int_equal(digest_final(&d, out), CKR_OK);
	digest_end(&d);
}

static void pieces_give_the_same_as_the_whole(void **state)
{
	unsigned char m[300], whole[DIGEST_MAX_SIZE], parts[DIGEST_MAX_SIZE];
	const size_t steps[] = {1, 7, 16, 17, 64, 129, 300};

	(void)state;
	memset(m, 'x', sizeof(m));
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++) {
		assert_int_equal(digest_whole(ossl, alg, bytes_of(m, sizeof(m)), whole), CKR_OK);
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

		assert_int_equal(digest_start(ossl, alg, &d), CKR_OK);
		assert_int_equal(digest_update(&d, bytes_of("a", 1)), CKR_OK);
		assert_int_equal(digest_dup(&d, &copy), CKR_OK);
		assert_int_equal(digest_update(&d, bytes_of("x", 1)), CKR_OK);
		assert_int_equal(digest_update(&copy, bytes_of("bc", 2)), CKR_OK);
		assert_int_equal(digest_final(&d, a), CKR_OK);
		assert_int_equal(digest_final(&copy, b), CKR_OK);
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

	assert_int_equal(digest_whole(ossl, alg, bytes_of(m, len), whole), CKR_OK);
	assert_int_equal(digest_start(ossl, alg, &d), CKR_OK);
	assert_int_equal(digest_update(&d, bytes_of(m, cut)), CKR_OK);
	assert_int_equal(digest_save(&d, &saved), CKR_OK);
	digest_end(&d);
	assert_int_equal(digest_start(ossl, alg, &d), CKR_OK);
	assert_int_equal(digest_restore(&d, buf_bytes(&saved)), CKR_OK);
	assert_int_equal(digest_update(&d, bytes_of(m + cut, len - cut)), CKR_OK);
	assert_int_equal(digest_final(&d, resumed), CKR_OK);
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
		for (size_t cut = 0; digest_saveable(alg) && cut <= 260; cut++)
			resume_after(alg, m, sizeof(m), cut);
}

static void what_runs_on_evp_is_not_saveable(void **state)
{
	struct buf saved = {0};
	struct digest d;

	(void)state;
	for (enum digest_alg alg = 0; alg < DIGEST_ALGS; alg++)
		assert_int_equal(digest_saveable(alg), alg < DIGEST_SHA3_224 || alg == DIGEST_RIPEMD160 || alg == DIGEST_MD5);
	assert_int_equal(digest_start(ossl, DIGEST_SHA3_256, &d), CKR_OK);
	assert_int_equal(digest_save(&d, &saved), CKR_STATE_UNSAVEABLE);
	assert_int_equal(digest_restore(&d, bytes_of("", 0)), CKR_SAVED_STATE_INVALID);
	digest_end(&d);
	buf_free(&saved);
}

static void a_malformed_state_is_refused_and_changes_nothing(void **state)
{
	unsigned char before[sizeof(struct digest)];
	struct buf saved = {0};
	struct digest d;

	(void)state;
	assert_int_equal(digest_start(ossl, DIGEST_SHA256, &d), CKR_OK);
	assert_int_equal(digest_update(&d, bytes_of("0123456789", 10)), CKR_OK);
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
		cmocka_unit_test(what_runs_on_evp_is_not_saveable),
		cmocka_unit_test(a_malformed_state_is_refused_and_changes_nothing),
		cmocka_unit_test(the_tokens_own_hashes_match_published_answers),
	};

	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
