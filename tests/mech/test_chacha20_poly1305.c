/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 against RFC 8439 and Wycheproof, Salsa20-Poly1305 against its parts, and everything that must be refused. */
#include "mech_answers.h"
#include "mech_vectors.h"

#define KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define NONCE "070000004041424344454647"
#define AAD "50515253c0c1c2c3c4c5c6c7"
#define PLAIN \
	"4c616469657320616e642047656e746c656d656e206f662074686520636c6173" \
	"73206f66202739393a204966204920636f756c64206f6666657220796f75206f" \
	"6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73" \
	"637265656e20776f756c642062652069742e"
#define SEALED \
	"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" \
	"3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" \
	"92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" \
	"3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060" \
	"0691"

extern const struct mech_family mech_family_chacha20_poly1305;

struct mechanism {
	CK_MECHANISM m;
	CK_SALSA20_CHACHA20_POLY1305_PARAMS p;
	struct buf nonce, aad;
};

static void make(const char *nonce, const char *aad, struct mechanism *ret)
{
	ret->nonce = harness_hex(nonce);
	ret->aad = harness_hex(aad);
	ret->p = (CK_SALSA20_CHACHA20_POLY1305_PARAMS){
		.pNonce = ret->nonce.data,
		.ulNonceLen = ret->nonce.len,
		.pAAD = ret->aad.data,
		.ulAADLen = ret->aad.len,
	};
	ret->m = (CK_MECHANISM){CKM_CHACHA20_POLY1305, &ret->p, sizeof(ret->p)};
}

static void drop(struct mechanism *m)
{
	buf_free(&m->nonce);
	buf_free(&m->aad);
}

static void check_both_ways(const CK_MECHANISM *m, const struct mech_key *key, struct bytes plain, struct bytes sealed)
{
	harness_check(MECH_ENCRYPT, m, key, plain, sealed);
	harness_check(MECH_DECRYPT, m, key, sealed, plain);
}

static CK_RV decrypt(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, size_t step)
{
	struct buf got = {0};
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_DECRYPT, m, key);

	if (rv == CKR_OK) {
		rv = step == 0 ? harness_whole(&op, in, &got) : harness_parts(&op, in, step, &got);
		harness_end(&op);
	}
	if (rv != CKR_OK)
		assert_int_equal(got.len, 0);
	buf_free(&got);
	return rv;
}

/* RFC 8439's text, put together from another library's Salsa20, XSalsa20 and Poly1305: nobody publishes answers. */
static const struct {
	const char *nonce, *aad, *sealed;
} salsa20_answers[] = {
	{"4041424344454647", AAD,
	 "58ed40b773a09844dac504839ad9d86b9e529b6eeb8b94fa22df5475505d79879140b30d88a5bbf99885addfd432a991"
	 "ae83392a81ce76a85e7e6b9c94ce4b8919ce7f8158529f9426ee5ae50f690fed26663b36889726a2e3f149cf80cc99ab"
	 "eb163b504919a5f4e60ebc2fdd6b61165e13e5252944e8ea100c7383ae8d35c94bfd"},
	{"404142434445464748494a4b4c4d4e4f5051525354555657", "",
	 "60779c35e39f91b373dd13218ebe366e3c7f17829b1fc4006ee44681d1a961e9efd1d51c54cde408d4f66ea28bb6c303"
	 "5575cc7de3b4604426e0a7a03e96e6ea87e108f60ad2bc7123d67455056588c5a8bbd275e9981cfebebfeba673f2cd1f"
	 "f3f3805c28d5cc5382859152ca2e0b33e1cbced876c5024e2fb421f60f8ff80b98c4"},
};

static void salsa20_in_the_place_of_chacha20(void **state)
{
	struct buf plain = harness_hex(PLAIN);
	struct mech_key *key = harness_key_hex(CKK_SALSA20, KEY);

	(void)state;
	for (size_t i = 0; i < array_len(salsa20_answers); i++) {
		struct buf sealed = harness_hex(salsa20_answers[i].sealed);
		struct mechanism m;

		make(salsa20_answers[i].nonce, salsa20_answers[i].aad, &m);
		m.m.mechanism = CKM_SALSA20_POLY1305;
		check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&sealed));
		for (size_t at = 0; at < sealed.len; at += 7) {
			sealed.data[at] ^= 1;
			assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
			assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 5), CKR_ENCRYPTED_DATA_INVALID);
			sealed.data[at] ^= 1;
		}
		drop(&m);
		buf_free(&sealed);
	}
	mech_key_free(key);
	buf_free(&plain);
}

static void published_answer(void **state)
{
	struct buf plain = harness_hex(PLAIN), sealed = harness_hex(SEALED);
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY);
	struct mechanism m;

	(void)state;
	make(NONCE, AAD, &m);
	check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&sealed));
	drop(&m);
	mech_key_free(key);
	buf_free(&plain);
	buf_free(&sealed);
}

static void a_flipped_bit_anywhere_releases_nothing(void **state)
{
	struct buf sealed = harness_hex(SEALED);
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY);
	struct mechanism m;

	(void)state;
	make(NONCE, AAD, &m);
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_OK);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 0x10;
		assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
		assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 5), CKR_ENCRYPTED_DATA_INVALID);
		sealed.data[i] ^= 0x10;
	}
	m.nonce.data[0] ^= 1;
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
	m.nonce.data[0] ^= 1;
	m.aad.data[0] ^= 1;
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
	drop(&m);
	mech_key_free(key);
	buf_free(&sealed);
}

static void a_ciphertext_shorter_than_its_tag_is_refused(void **state)
{
	unsigned char zeros[16] = {0};
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY);
	struct mechanism m;

	(void)state;
	make(NONCE, AAD, &m);
	for (size_t len = 0; len < 16; len++)
		assert_int_equal(decrypt(&m.m, key, bytes_of(zeros, len), 0), CKR_ENCRYPTED_DATA_LEN_RANGE);
	assert_int_equal(decrypt(&m.m, key, bytes_of(zeros, 16), 0), CKR_ENCRYPTED_DATA_INVALID);
	drop(&m);
	mech_key_free(key);
}

static void malformed_parameters_are_refused(void **state)
{
	static const struct answer row = {CKM_CHACHA20_POLY1305, CKK_CHACHA20, KEY, NULL, "", ""};
	unsigned char nonce[24] = {0}, aad[4] = {0};
	const CK_SALSA20_CHACHA20_POLY1305_PARAMS good = {nonce, 12, aad, sizeof(aad)};
	CK_SALSA20_CHACHA20_POLY1305_PARAMS p[2] = {good};

	(void)state;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_OK);
	assert_int_equal(answers_init(&row, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, NULL, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	for (CK_ULONG len = 0; len <= 24; len++) {
		p[0].ulNonceLen = len;
		assert_int_equal(answers_init(&row, p, sizeof(p[0])), len == 12 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	}
	p[0] = good;
	p[0].pNonce = NULL;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0] = good;
	p[0].pAAD = NULL;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0].ulAADLen = 0;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_OK);
}

static void check_vector(const struct vector *v)
{
	struct buf iv = vector_hex(v, "iv"), aad = vector_hex(v, "aad"), plain = vector_hex(v, "msg");
	struct buf sealed = vector_hex(v, "ct"), tag = vector_hex(v, "tag"), raw = vector_hex(v, "key");
	struct mech_key *key = harness_key(CKK_CHACHA20, buf_bytes(&raw));
	CK_SALSA20_CHACHA20_POLY1305_PARAMS p = {iv.data, iv.len, aad.data, aad.len};
	CK_MECHANISM m = {CKM_CHACHA20_POLY1305, &p, sizeof(p)};

	assert_int_equal(buf_append(&sealed, buf_bytes(&tag)), CKR_OK);
	if (vector_is(v, "result", "valid"))
		check_both_ways(&m, key, buf_bytes(&plain), buf_bytes(&sealed));
	else
		assert_int_equal(decrypt(&m, key, buf_bytes(&sealed), 0),
		                 iv.len != 12 ? CKR_MECHANISM_PARAM_INVALID : CKR_ENCRYPTED_DATA_INVALID);
	mech_key_free(key);
	buf_free(&iv);
	buf_free(&aad);
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&tag);
	buf_free(&raw);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("chacha20_poly1305_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_chacha20_poly1305);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answer),
		cmocka_unit_test(salsa20_in_the_place_of_chacha20),
		cmocka_unit_test(a_flipped_bit_anywhere_releases_nothing),
		cmocka_unit_test(a_ciphertext_shorter_than_its_tag_is_refused),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
