/* SPDX-License-Identifier: Apache-2.0 */
/* Provable primes against NIST's answers for FIPS 186 (CAVS 11.1, dsa2_values, validation of primes after Shawe and
 * Taylor): from the first seed come p, q and the two other seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "crypto/pkey_dl.h"

static struct ossl *ossl;

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

static size_t unhex(const char *hex, unsigned char *ret)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned digit = (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
		ret[i / 2] = (unsigned char)(ret[i / 2] << 4 | digit);
	}
	return len;
}

static void check_hex(struct bytes value, const char *hex)
{
	unsigned char right[384] = {0};

	assert_int_equal(value.len, unhex(hex, right));
	assert_memory_equal(value.data, right, value.len);
}

static const struct answer {
	enum digest_alg hash;
	size_t bits, subprime_bits;
	const char *p, *q, *first, *pseed, *qseed;
} answers[] = {
	{
		DIGEST_SHA224, 1024, 160,
		"d78a84579ef1ed7508904c54aec6563c5ceb769fde518930030001d60d8b8c57f961bcb185dc926be9c0c1e0195614a4da00"
		"cc7e26320c4a8c8593a6ef776bce2a66cb18ee2f3edbbe8e796eed44b112079f0abf17f577c919a13d7596b3d48df9e1da6c"
		"2414ec17f85cce9e2e3f5c694e6561e3cb7a20679048ed2cf8754da9",
		"adf7ef6231dac38cf8292f6191e34ad22b1c6549",
		"b9f4d22d2ec5d8b8784593293833e919c473df02",
		"b9f4d22d2ec5d8b8784593293833e919c473eb0c",
		"b9f4d22d2ec5d8b8784593293833e919c473df24",
	},
	{
		DIGEST_SHA256, 1024, 160,
		"ae9df2fb373ed9325dfc0064de811e33f9c65b0aad857421bd8118c806c0d9635565f33a564a6dc2d8a840fef6dae9e50742"
		"901b1f99854af1ccb79576ae1cd4f4f6d2d3fca72584cc4c1df4c567e2b896730ad7cb573eb2706cfd6d6834b01de01aad1f"
		"ff37aaffcabc2468fd77e6b747b1c7575d831418400ca47ff32c9989",
		"f791fef78bd8375ca7278a43b73c869b0d943fd7",
		"f8e08eac2c208eeefd85a37c49dee94c545347e7",
		"f8e08eac2c208eeefd85a37c49dee94c54535bfd",
		"f8e08eac2c208eeefd85a37c49dee94c545348d4",
	},
	{
		DIGEST_SHA384, 1024, 160,
		"c190741d9ef86993711167e692c6af37721879493975237f775019fe6d64e69e7aa9ad1b680ab7e18e4c63d8bdb88eb5b76c"
		"d75ddaaea49b19406f9898a5688f7e27a4d6e1974162d469fd8f27337b572e193b862bb00fd79d13f1a99febb2e81654905e"
		"458745c8323f5e441e537407b92198448422c5ac11587d80e4a0ee21",
		"ce97a9ac870eed4112bfbdd6e0b56bda2f699ee7",
		"771ecf31c260331b19df5575414ddee00ef52e9bdc6c73d7f5e6b80c4146139e8e9a5be10692f1336b208cfc",
		"771ecf31c260331b19df5575414ddee00ef52e9bdc6c73d7f5e6b80c4146139e8e9a5be10692f1336b209233",
		"771ecf31c260331b19df5575414ddee00ef52e9bdc6c73d7f5e6b80c4146139e8e9a5be10692f1336b208d57",
	},
	{
		DIGEST_SHA512, 1024, 160,
		"de3f22a8000b7152c5221a601441a94d5f3f4ee90806bcd6619ce3f6c24784e61b2e94f6e0bb9b396125392abd77e9821859"
		"3e8d32dab174a312192727035bdb2a7e28f3af07b11122b7e028541139147510cf0f33e13a8ffa5007fc234ba65a18004fd2"
		"71ab31ce5840b230244c4caa11cd0c128e88497c1d7b0ddc6f69407b",
		"affb231b9b5863c69387a5f298fee55f7e265457",
		"f20d34d2f90c6b406f848606a431b2d58a8ff797",
		"f20d34d2f90c6b406f848606a431b2d58a8ffa96",
		"f20d34d2f90c6b406f848606a431b2d58a8ff7b7",
	},
	{
		DIGEST_SHA256, 2048, 224,
		"c5a8a400cf96bef371bd86dd57d6b369c65e43f692849cf1f93b971c96fc16726b1d15108a839099e0ae8b70f7aa6013e33f"
		"3a0d07aa62a071a270f069bd12c9bdebd2e361ddd683dffe3374b72296df731162715b55f05539c49c348a8d07f468698ec9"
		"da2f606e7e753322d4d966d797ec42c0c364fbb083f33132ac651443e1ad2387ed4ee6f826724cc6392174bf53965b58d1c7"
		"fb08399c045e469a8f7cb30e0fcab98458cbd18bf67ca9bd27611691773b467f9a854d517c24fb064c312d99ddcbdc6337d6"
		"a68a4143219e890fc7c40b3c2c84874e748c2678f5982026beeadb072c632faba6a2257c4e48f9003ba431c7731d3ae594dc"
		"86e90219f613",
		"9dac6e11e47cf4f782eafbfe30791917d3ea3ef693bbd73a9687af89",
		"c885992e7a55147634b1e3dde0fed8146b6983a8416ab2348aa864e6",
		"c885992e7a55147634b1e3dde0fed8146b6983a8416ab2348aa8838f",
		"c885992e7a55147634b1e3dde0fed8146b6983a8416ab2348aa86530",
	},
};

static void known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *a = &answers[i];
		const struct pkey_dl_wish wish = {.type = PKEY_DL_DSA, .bits = a->bits, .subprime_bits = a->subprime_bits, .hash = a->hash};
		struct pkey_dl_made made = {0};
		unsigned char seed[64] = {0};
		size_t len = unhex(a->first, seed);

		assert_int_equal(pkey_dl_make_provable(ossl, &wish, bytes_of(seed, len), NULL, &made), CKR_OK);
		check_hex(secret_bytes(&made.q), a->q);
		check_hex(secret_bytes(&made.p), a->p);
		assert_int_equal(made.seed.len, 3 * len);
		check_hex(bytes_of(made.seed.data, len), a->first);
		check_hex(bytes_of(made.seed.data + len, len), a->pseed);
		check_hex(bytes_of(made.seed.data + 2 * len, len), a->qseed);
		pkey_dl_made_free(&made);
	}
}

static void sizes_and_seeds_that_are_none_are_refused(void **state)
{
	static const struct pkey_dl_wish wishes[] = {
		{.type = PKEY_DL_DSA, .bits = 512, .subprime_bits = 160, .hash = DIGEST_SHA256},
		{.type = PKEY_DL_DSA, .bits = 1024, .subprime_bits = 224, .hash = DIGEST_SHA256},
		{.type = PKEY_DL_DSA, .bits = 4096, .subprime_bits = 256, .hash = DIGEST_SHA256},
	};
	const struct pkey_dl_wish good = {.type = PKEY_DL_DSA, .bits = 2048, .subprime_bits = 256, .hash = DIGEST_SHA256};
	unsigned char seed[32] = {0x80};
	struct pkey_dl_made made = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		assert_int_equal(pkey_dl_make_provable(ossl, &wishes[i], bytes_of(seed, sizeof(seed)), NULL, &made), CKR_ATTRIBUTE_VALUE_INVALID);
	/* Of 255 bits: the first seed has as many as the subprime. */
	seed[0] = 0x7f;
	assert_int_equal(pkey_dl_make_provable(ossl, &good, bytes_of(seed, sizeof(seed)), NULL, &made), CKR_FUNCTION_FAILED);
	pkey_dl_made_free(&made);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void it_can_be_cancelled(void **state)
{
	const struct pkey_dl_wish wish = {.type = PKEY_DL_DSA, .bits = 3072, .subprime_bits = 256, .hash = DIGEST_SHA256};
	const struct pkey_progress progress = {.go_on = never};
	const unsigned char seed[32] = {0x80};
	struct pkey_dl_made made = {0};

	(void)state;
	assert_int_equal(pkey_dl_make_provable(ossl, &wish, bytes_of(seed, sizeof(seed)), &progress, &made), CKR_FUNCTION_CANCELED);
	pkey_dl_made_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(sizes_and_seeds_that_are_none_are_refused),
		cmocka_unit_test(it_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
