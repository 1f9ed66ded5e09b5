/* SPDX-License-Identifier: Apache-2.0 */
/* Asymmetric keys of the facade: one key in many threads, what it gives back of itself, what it is not made of.
 * The algorithms' answers are tested with the mechanisms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/pkey.h"

#define THREADS 8
#define ROUNDS 25

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

static const struct pkey_curve *curve(const char *name)
{
	const struct pkey_curve *c = pkey_curve_by_name(bytes_of(name, strlen(name)));

	assert_non_null(c);
	return c;
}

static struct pkey *new_rsa(void)
{
	static const unsigned char e[] = {1, 0, 1};
	struct pkey *k = NULL;

	assert_int_equal(pkey_rsa_generate(ossl, 1024, bytes_of(e, sizeof(e)), NULL, &k), CKR_OK);
	return k;
}

static struct pkey *new_curve_key(const char *name)
{
	struct pkey *k = NULL;

	assert_int_equal(pkey_curve_generate(ossl, curve(name), &k), CKR_OK);
	return k;
}

/* ---- threads ------------------------------------------------------------------------------- */

struct job {
	const struct pkey *k;
	CK_RV (*round)(const struct pkey *k, struct bytes message);
	unsigned char number;
	CK_RV rv;
};

static void *run_job(void *arg)
{
	struct job *job = arg;
	unsigned char message[32] = {job->number};

	for (unsigned i = 0; i < ROUNDS && job->rv == CKR_OK; i++) {
		message[1] = (unsigned char)i;
		job->rv = job->round(job->k, bytes_of(message, sizeof(message)));
	}
	return NULL;
}

static void in_many_threads(const struct pkey *k, CK_RV (*round)(const struct pkey *k, struct bytes message))
{
	pthread_t threads[THREADS];
	struct job jobs[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){.k = k, .round = round, .number = (unsigned char)i};
		assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(jobs[i].rv, CKR_OK);
	}
}

static CK_RV ecdsa_round(const struct pkey *k, struct bytes message)
{
	unsigned char signature[132];

	try(pkey_ecdsa_sign(k, message, signature));
	return pkey_ecdsa_verify(k, message, bytes_of(signature, pkey_signature_size(k)));
}

static CK_RV eddsa_round(const struct pkey *k, struct bytes message)
{
	static const struct pkey_eddsa pure;
	unsigned char signature[114];

	try(pkey_eddsa_sign(k, &pure, message, signature));
	return pkey_eddsa_verify(k, &pure, message, bytes_of(signature, pkey_signature_size(k)));
}

static CK_RV rsa_round(const struct pkey *k, struct bytes message)
{
	static const struct pkey_pss pss = {.hash = DIGEST_SHA256, .mgf_hash = DIGEST_SHA256, .salt_len = 32};
	unsigned char out[PKEY_RSA_MAX_SIZE];
	unsigned char back[PKEY_RSA_MAX_SIZE];
	size_t len = 0;

	try(pkey_rsa_pkcs1_sign(k, (struct bytes){0}, message, out));
	try(pkey_rsa_pkcs1_verify(k, (struct bytes){0}, message, bytes_of(out, pkey_size(k))));
	try(pkey_rsa_pss_sign(k, &pss, message, out));
	try(pkey_rsa_pss_verify(k, &pss, message, bytes_of(out, pkey_size(k))));
	try(pkey_rsa_pkcs1_encrypt(k, message, out));
	try(pkey_rsa_pkcs1_decrypt(k, bytes_of(out, pkey_size(k)), back, &len));
	return bytes_equal(bytes_of(back, len), message) ? CKR_OK : CKR_GENERAL_ERROR;
}

static void one_key_serves_many_threads_at_once(void **state)
{
	struct pkey *rsa = new_rsa(), *ec = new_curve_key("P-256"), *edwards = new_curve_key("Ed25519");

	(void)state;
	in_many_threads(rsa, rsa_round);
	in_many_threads(ec, ecdsa_round);
	in_many_threads(edwards, eddsa_round);
	pkey_free(rsa);
	pkey_free(ec);
	pkey_free(edwards);
}

/* ---- asking -------------------------------------------------------------------------------- */

static void an_rsa_key_gives_back_its_numbers(void **state)
{
	struct pkey *k = new_rsa(), *again = NULL, *public_half = NULL;
	struct secret numbers[PKEY_RSA_PARTS], filled[PKEY_RSA_PARTS], none = {0};
	struct bytes parts[PKEY_RSA_PARTS];

	(void)state;
	for (unsigned i = 0; i < PKEY_RSA_PARTS; i++) {
		assert_int_equal(pkey_rsa_part(k, (enum pkey_rsa_part)i, &numbers[i]), CKR_OK);
		parts[i] = secret_bytes(&numbers[i]);
	}
	assert_int_equal(pkey_bits(k), 1024);
	assert_int_equal(pkey_size(k), 128);
	assert_int_equal(parts[PKEY_RSA_N].len, 128);
	assert_int_equal(pkey_rsa_complete(ossl, parts, filled), CKR_OK);
	assert_int_equal(pkey_rsa_private(ossl, parts, &again), CKR_OK);
	assert_int_equal(pkey_rsa_public(ossl, parts[PKEY_RSA_N], parts[PKEY_RSA_E], &public_half), CKR_OK);
	assert_true(bytes_equal(pkey_spki(k), pkey_spki(again)));
	assert_true(bytes_equal(pkey_spki(k), pkey_spki(public_half)));
	assert_int_equal(rsa_round(again, bytes_of("0123456789abcdef0123456789abcdef", 32)), CKR_OK);
	assert_int_equal(pkey_rsa_part(public_half, PKEY_RSA_D, &none), CKR_FUNCTION_FAILED);
	for (unsigned i = 0; i < PKEY_RSA_PARTS; i++) {
		assert_true(bytes_equal(secret_bytes(&filled[i]), parts[i]));
		secret_free(&numbers[i]);
		secret_free(&filled[i]);
	}
	pkey_free(k);
	pkey_free(again);
	pkey_free(public_half);
}

static void a_curve_key_gives_back_its_numbers(void **state)
{
	static const char *const names[] = {"P-256", "P-521", "secp256k1", "Ed25519", "Ed448"};

	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		const struct pkey_curve *c = curve(names[i]);
		struct pkey *k = new_curve_key(names[i]), *again = NULL, *public_half = NULL;
		struct secret value = {0};
		unsigned char digest[32], wanted[32];

		assert_ptr_equal(pkey_curve(k), c);
		assert_int_equal(pkey_bits(k), c->bits);
		assert_int_equal(pkey_point(k).len, c->point_size);
		assert_int_equal(pkey_curve_value(k, &value), CKR_OK);
		assert_int_equal(value.len, c->size);
		assert_int_equal(pkey_curve_private(ossl, c, secret_bytes(&value), &again), CKR_OK);
		assert_int_equal(pkey_curve_public(ossl, c, pkey_point(k), &public_half), CKR_OK);
		assert_true(bytes_equal(pkey_spki(k), pkey_spki(again)));
		assert_true(bytes_equal(pkey_spki(k), pkey_spki(public_half)));
		pkey_public_digest(public_half, digest);
		hash_sha256(pkey_spki(k), wanted);
		assert_memory_equal(digest, wanted, 32);
		secret_free(&value);
		pkey_free(k);
		pkey_free(again);
		pkey_free(public_half);
	}
	pkey_free(NULL);
}

/* ---- curves -------------------------------------------------------------------------------- */

static void curves_are_found_by_identifier_and_by_each_name(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct pkey_curve *c; (c = pkey_curve_at(count)) != NULL; count++) {
		assert_ptr_equal(pkey_curve_by_oid(c->oid), c);
		assert_true(c->old_oid.len == 0 || pkey_curve_by_oid(c->old_oid) == c);
		assert_non_null(c->names[0]);
		for (size_t i = 0; i < PKEY_CURVE_NAMES && c->names[i] != NULL; i++)
			assert_ptr_equal(curve(c->names[i]), c);
	}
	assert_true(count > 0);
	assert_null(pkey_curve_by_oid(bytes_of(NULL, 0)));
	assert_null(pkey_curve_by_name(bytes_of(NULL, 0)));
	assert_null(pkey_curve_by_name(bytes_of("P-25", 4)));
}

static void every_curve_makes_keys_here(void **state)
{
	(void)state;
	for (size_t i = 0; pkey_curve_at(i) != NULL; i++) {
		struct pkey *k = new_curve_key(pkey_curve_at(i)->names[0]);

		assert_int_equal(pkey_signature_size(k), pkey_curve_at(i)->signature_size);
		pkey_free(k);
	}
}

/* ---- cancelling ---------------------------------------------------------------------------- */

static bool never(void *arg)
{
	(*(int *)arg)++;
	return false;
}

static void generation_stops_at_the_first_no(void **state)
{
	static const unsigned char e[] = {1, 0, 1};
	int asked = 0;
	const struct pkey_progress progress = {.go_on = never, .arg = &asked};
	struct pkey *k = NULL;

	(void)state;
	assert_int_equal(pkey_rsa_generate(ossl, 2048, bytes_of(e, sizeof(e)), &progress, &k), CKR_FUNCTION_CANCELED);
	assert_null(k);
	assert_int_equal(asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_serves_many_threads_at_once),
		cmocka_unit_test(an_rsa_key_gives_back_its_numbers),
		cmocka_unit_test(a_curve_key_gives_back_its_numbers),
		cmocka_unit_test(curves_are_found_by_identifier_and_by_each_name),
		cmocka_unit_test(every_curve_makes_keys_here),
		cmocka_unit_test(generation_stops_at_the_first_no),
	};

	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
