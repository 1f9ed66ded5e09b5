/* SPDX-License-Identifier: Apache-2.0 */
/* Does the time that C_UnwrapKey and C_DecapsulateKey take with PKCS #1 v1.5 tell a good padding from a bad one? Both kinds
 * of ciphertexts in turn, the processor's time of each call, Welch's t over them without the slowest tenth. With
 * CONCLAVE_TIMINGS (`make soak`: 50,000) so many of each kind. */
#include "api/operations.h"

#include <stdlib.h>
#include <time.h>

#define SIZE 256
#define DIFFERENT 64 /* ciphertexts of a kind */
#define FEW 300
/* Far beyond what chance gives, and less than the work of one more hash makes in that many calls. */
#define LIMIT 10.0

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTHER_CLOCK true /* what a sanitizer puts in takes its own time */
#else
#define OTHER_CLOCK false
#endif

enum kind_of { GOOD, BAD_TYPE, BAD_LENGTH, NOT_BELOW_MODULUS };

static CK_BYTE pools[2][DIFFERENT][SIZE];

static void make_pool(enum kind_of kind_of, CK_BYTE pool[DIFFERENT][SIZE])
{
	CK_BYTE block[SIZE];

	for (size_t i = 0; i < DIFFERENT; i++) {
		assert_ok(p11->C_GenerateRandom(sess, block, SIZE));
		for (size_t k = 0; k < SIZE; k++)
			block[k] |= block[k] == 0;
		block[0] = 0;
		block[1] = kind_of == BAD_TYPE ? 1 : 2;
		block[kind_of == BAD_LENGTH ? 100 : SIZE - 33] = 0;
		assert_int_equal(encrypt(&m_rsa_x509, keys.rsa_public, block, SIZE, pool[i], SIZE), SIZE);
		if (kind_of == NOT_BELOW_MODULUS)
			memset(pool[i], 0xff, SIZE);
	}
}

typedef CK_RV (*open_fn)(CK_BYTE *ciphertext, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret);

static CK_RV unwrap(CK_BYTE *ciphertext, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_UnwrapKey(sess, &m_rsa, keys.rsa_private, ciphertext, SIZE, template, count, ret);
}

static CK_RV decapsulate(CK_BYTE *ciphertext, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_DecapsulateKey(sess, &m_rsa, keys.rsa_private, template, count, ciphertext, SIZE, ret);
}

static double microseconds(open_fn open, CK_BYTE *ciphertext)
{
	CK_ULONG length = 32;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	struct timespec from, to;

	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from), 0);
	CK_RV rv = open(ciphertext, template, 3, &key);
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to), 0);
	if (rv == CKR_OK)
		assert_ok(p11->C_DestroyObject(sess, key));
	return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

/* ---- statistics ------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct summary {
	double count, mean, variance;
};

static struct summary summarize(double *times, size_t count)
{
	struct summary s = {.count = (double)(count - count / 10)};

	qsort(times, count, sizeof(*times), by_size);
	for (size_t i = 0; i < count - count / 10; i++)
		s.mean += times[i] / s.count;
	for (size_t i = 0; i < count - count / 10; i++)
		s.variance += (times[i] - s.mean) * (times[i] - s.mean) / (s.count - 1);
	return s;
}

/* The square of t. */
static double difference(open_fn open, enum kind_of one, enum kind_of other, size_t rounds)
{
	double *times[2] = {calloc(rounds, sizeof(double)), calloc(rounds, sizeof(double))};

	assert_true(times[0] != NULL && times[1] != NULL);
	make_pool(one, pools[0]);
	make_pool(other, pools[1]);
	/* In pairs, of which either may come first: RSA itself has periods (libcrypto blinds anew every 32 operations). */
	for (size_t i = 0; i < rounds; i++) {
		CK_BYTE first = 0;
		assert_ok(p11->C_GenerateRandom(sess, &first, 1));
		for (size_t n = 0; n < 2; n++) {
			size_t k = (first + n) % 2;
			times[k][i] = microseconds(open, pools[k][i % DIFFERENT]);
		}
	}
	struct summary a = summarize(times[0], rounds), b = summarize(times[1], rounds);
	double t_squared = (a.mean - b.mean) * (a.mean - b.mean) / (a.variance / a.count + b.variance / b.count);
	print_message("# %.2f and %.2f us, the square of t is %.1f\n", a.mean, b.mean, t_squared);
	free(times[0]);
	free(times[1]);
	return t_squared;
}

static size_t rounds_wanted(void)
{
	const char *text = getenv("CONCLAVE_TIMINGS");

	return text != NULL ? strtoul(text, NULL, 10) : FEW;
}

static int setup(void **state)
{
	CK_ATTRIBUTE decapsulates = {CKA_DECAPSULATE, &yes, sizeof(yes)};

	return setup_operations(state) == 0 && p11->C_SetAttributeValue(sess, keys.rsa_private, &decapsulates, 1) == CKR_OK ? 0 : -1;
}

/* What everybody sees may be told, and shows that the clock does see. */
static void a_refusal_before_the_private_key_is_seen(void **state)
{
	(void)state;
	assert_true(difference(unwrap, GOOD, NOT_BELOW_MODULUS, FEW) > LIMIT * LIMIT);
}

/* What a busy machine does to one measurement it does not do to three; what the code does, it does each time. */
static bool seen(open_fn open, enum kind_of wrong)
{
	for (int i = 0; i < 3; i++) {
		if (difference(open, GOOD, wrong, rounds_wanted()) < LIMIT * LIMIT)
			return false;
	}
	return true;
}

static void paddings_and_lengths_are_not_seen_in_unwrapping(void **state)
{
	(void)state;
	if (OTHER_CLOCK)
		skip();
	assert_false(seen(unwrap, BAD_TYPE));
	assert_false(seen(unwrap, BAD_LENGTH));
}

static void paddings_and_lengths_are_not_seen_in_decapsulation(void **state)
{
	(void)state;
	if (OTHER_CLOCK)
		skip();
	assert_false(seen(decapsulate, BAD_TYPE));
	assert_false(seen(decapsulate, BAD_LENGTH));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refusal_before_the_private_key_is_seen),
		TEST(paddings_and_lengths_are_not_seen_in_unwrapping),
		TEST(paddings_and_lengths_are_not_seen_in_decapsulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
