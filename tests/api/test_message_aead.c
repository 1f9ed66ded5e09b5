/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with every mechanism that seals them, in one call and in parts, against C_Encrypt as the known answer; nonces
 * that the token makes, lengths that were announced, parameters that are none. What holds for all processes, whatever
 * the mechanism, is test_message.c's. */
#include "aead_cases.h"

#define LENGTH 75

static CK_BYTE sealed[LENGTH], opened[LENGTH + 1], wanted[LENGTH + AEAD_TAG], aad[] = "header";
static CK_ULONG length;
static CK_OBJECT_HANDLE key;

#define AAD aad, sizeof(aad)

static void *param(const struct aead_case *c, CK_ULONG data_length)
{
	return aead_message(c, data_length, CKG_NO_GENERATE, 0)->pParameter;
}

static CK_ULONG param_size(const struct aead_case *c)
{
	return aead_message(c, LENGTH, CKG_NO_GENERATE, 0)->ulParameterLen;
}

static void begin_process(const struct aead_case *c, bool encrypting)
{
	CK_MECHANISM m = {c->type, NULL, 0};

	assert_ok(encrypting ? p11->C_MessageEncryptInit(sess, &m, key) : p11->C_MessageDecryptInit(sess, &m, key));
}

static void end_process(bool encrypting)
{
	assert_ok(encrypting ? p11->C_MessageEncryptFinal(sess) : p11->C_MessageDecryptFinal(sess));
}

static CK_RV seal(const struct aead_case *c)
{
	length = sizeof(sealed);
	return p11->C_EncryptMessage(sess, param(c, LENGTH), param_size(c), AAD, unconst(pattern), LENGTH, sealed, &length);
}

static CK_RV open_sealed(const struct aead_case *c)
{
	length = sizeof(opened);
	return p11->C_DecryptMessage(sess, param(c, LENGTH), param_size(c), AAD, sealed, LENGTH, opened, &length);
}

static void for_each(void (*check)(const struct aead_case *c))
{
	for (size_t i = 0; i < aead_case_count; i++) {
		print_message("# mechanism 0x%lx\n", aead_cases[i].type);
		memset(aead_nonce, 0x5a, sizeof(aead_nonce));
		key = aead_key(&aead_cases[i], NULL, 0);
		check(&aead_cases[i]);
	}
}

/* ---- in one call ------------------------------------------------------------------------------------ */

static void check_whole(const struct aead_case *c)
{
	begin_process(c, true);
	assert_ok(seal(c));
	assert_int_equal(length, LENGTH);
	end_process(true);
	assert_int_equal(encrypt(aead_ordinary(c, LENGTH, AAD), key, pattern, LENGTH, wanted, sizeof(wanted)), sizeof(wanted));
	assert_memory_equal(sealed, wanted, LENGTH);
	assert_memory_equal(aead_tag, wanted + LENGTH, AEAD_TAG);
	begin_process(c, false);
	assert_ok(open_sealed(c));
	assert_memory_equal(opened, pattern, LENGTH);
	end_process(false);
}

static void a_message_is_sealed_as_by_the_ordinary_call(void **state)
{
	(void)state;
	for_each(check_whole);
}

static void check_forgery(const struct aead_case *c)
{
	CK_BYTE *places[] = {sealed, sealed + LENGTH - 1, aead_tag, aead_tag + AEAD_TAG - 1, aead_nonce, aad};

	begin_process(c, true);
	assert_ok(seal(c));
	end_process(true);
	begin_process(c, false);
	for (size_t i = 0; i < COUNT(places); i++) {
		*places[i] ^= 1;
		memset(opened, 0xee, sizeof(opened));
		assert_rv(open_sealed(c), CKR_AEAD_DECRYPT_FAILED);
		for (size_t k = 0; k < LENGTH; k++)
			assert_true(opened[k] == 0 || opened[k] == 0xee);
		*places[i] ^= 1;
	}
	/* The process goes on. */
	assert_ok(open_sealed(c));
	assert_memory_equal(opened, pattern, LENGTH);
	end_process(false);
}

static void rule_312_forged_messages_give_nothing(void **state)
{
	(void)state;
	for_each(check_forgery);
}

/* ---- in parts --------------------------------------------------------------------------------------- */

static CK_RV encrypt_parts(const struct aead_case *c, CK_ULONG first, CK_ULONG announced, CK_ULONG all)
{
	CK_ULONG n = sizeof(sealed);
	CK_RV rv = p11->C_EncryptMessageBegin(sess, param(c, announced), param_size(c), AAD);

	if (rv == CKR_OK)
		rv = p11->C_EncryptMessageNext(sess, param(c, announced), param_size(c), unconst(pattern), first, sealed, &n, 0);
	if (rv != CKR_OK)
		return rv;
	length = n;
	n = sizeof(sealed) - length;
	rv = p11->C_EncryptMessageNext(sess, param(c, announced), param_size(c), unconst(pattern + first), all - first, sealed + length, &n,
	                               CKF_END_OF_MESSAGE);
	length += n;
	return rv;
}

static void check_parts(const struct aead_case *c)
{
	CK_ULONG n;

	encrypt(aead_ordinary(c, LENGTH, AAD), key, pattern, LENGTH, wanted, sizeof(wanted));
	for (CK_ULONG first = 0; first <= LENGTH; first += 15) {
		memset(aead_tag, 0, sizeof(aead_tag));
		begin_process(c, true);
		assert_ok(encrypt_parts(c, first, LENGTH, LENGTH));
		assert_int_equal(length, LENGTH);
		assert_memory_equal(sealed, wanted, LENGTH);
		assert_memory_equal(aead_tag, wanted + LENGTH, AEAD_TAG);
		end_process(true);
		begin_process(c, false);
		assert_ok(p11->C_DecryptMessageBegin(sess, param(c, LENGTH), param_size(c), AAD));
		n = sizeof(opened);
		assert_ok(p11->C_DecryptMessageNext(sess, param(c, LENGTH), param_size(c), sealed, first, opened, &n, 0));
		assert_int_equal(n, 0); /* nothing before the tag is checked */
		n = sizeof(opened);
		assert_ok(p11->C_DecryptMessageNext(sess, param(c, LENGTH), param_size(c), sealed + first, LENGTH - first, opened, &n, CKF_END_OF_MESSAGE));
		assert_int_equal(n, LENGTH);
		assert_memory_equal(opened, pattern, LENGTH);
		end_process(false);
	}
}

static void parts_give_what_the_whole_gives(void **state)
{
	(void)state;
	for_each(check_parts);
}

static void check_announced(const struct aead_case *c)
{
	const struct {
		CK_ULONG announced;
		CK_RV rv;
	} rows[] = {{LENGTH, CKR_OK}, {LENGTH - 1, CKR_DATA_LEN_RANGE}, {LENGTH + 1, CKR_DATA_LEN_RANGE}, {0, CKR_DATA_LEN_RANGE}, {1 << 20, CKR_DATA_LEN_RANGE}};

	begin_process(c, true);
	for (size_t i = 0; i < COUNT(rows) && c->states_length; i++) {
		length = sizeof(sealed);
		assert_rv(p11->C_EncryptMessage(sess, param(c, rows[i].announced), param_size(c), AAD, unconst(pattern), LENGTH, sealed, &length), rows[i].rv);
		assert_rv(encrypt_parts(c, 10, rows[i].announced, LENGTH), rows[i].rv);
	}
	end_process(true);
}

static void the_length_that_was_announced_must_be_kept(void **state)
{
	(void)state;
	for_each(check_announced);
}

/* ---- nonces ------------------------------------------------------------------------------------------- */

static void check_generated(const struct aead_case *c)
{
	static const CK_GENERATOR_FUNCTION generators[] = {CKG_GENERATE, CKG_GENERATE_COUNTER, CKG_GENERATE_RANDOM, CKG_GENERATE_COUNTER_XOR};
	CK_BYTE made[20][AEAD_NONCE];

	for (size_t g = 0; g < COUNT(generators) && c->generates; g++) {
		memset(aead_nonce, 0x5a, sizeof(aead_nonce));
		begin_process(c, true);
		for (size_t i = 0; i < COUNT(made); i++) {
			CK_MECHANISM *m = aead_message(c, LENGTH, generators[g], 32);

			length = sizeof(sealed);
			assert_ok(p11->C_EncryptMessage(sess, m->pParameter, m->ulParameterLen, AAD, unconst(pattern), LENGTH, sealed, &length));
			assert_memory_equal(aead_nonce, "\x5a\x5a\x5a\x5a", 4);
			memcpy(made[i], aead_nonce, AEAD_NONCE);
			for (size_t k = 0; k < i; k++)
				assert_memory_not_equal(made[k], made[i], AEAD_NONCE);
		}
		end_process(true);
		/* The nonce is the application's to give back. */
		begin_process(c, false);
		assert_ok(open_sealed(c));
		assert_memory_equal(opened, pattern, LENGTH);
		end_process(false);
	}
}

static void rule_305_generated_nonces_are_all_different(void **state)
{
	(void)state;
	for_each(check_generated);
}

/* ---- parameters ---------------------------------------------------------------------------------------- */

static void check_parameters(const struct aead_case *c)
{
	CK_ULONG size = param_size(c);
	const struct {
		bool null;
		CK_ULONG size;
	} rows[] = {{true, 0}, {true, size}, {false, 0}, {false, size - 1}, {false, size + 1}, {false, ~0UL}};

	begin_process(c, true);
	for (size_t i = 0; i < COUNT(rows); i++) {
		void *p = rows[i].null ? NULL : param(c, LENGTH);

		length = sizeof(sealed);
		assert_rv(p11->C_EncryptMessage(sess, p, rows[i].size, AAD, unconst(pattern), LENGTH, sealed, &length), CKR_MECHANISM_PARAM_INVALID);
		assert_rv(p11->C_EncryptMessageBegin(sess, p, rows[i].size, AAD), CKR_MECHANISM_PARAM_INVALID);
	}
	param(c, LENGTH);
	*aead_tag_place(c) = NULL;
	length = sizeof(sealed);
	CK_MECHANISM untagged = *aead_message(c, LENGTH, CKG_NO_GENERATE, 0);
	*aead_tag_place(c) = NULL;
	assert_rv(p11->C_EncryptMessage(sess, untagged.pParameter, size, AAD, unconst(pattern), LENGTH, sealed, &length), CKR_MECHANISM_PARAM_INVALID);
	assert_rv(p11->C_EncryptMessage(sess, param(c, LENGTH), size, NULL, 1, unconst(pattern), LENGTH, sealed, &length), CKR_ARGUMENTS_BAD);
	assert_ok(seal(c));
	end_process(true);
}

static void rule_304_parameters_that_are_none_are_refused(void **state)
{
	(void)state;
	for_each(check_parameters);
}

/* Members of the structures that carry numbers. */
static void members_out_of_range_are_refused(void **state)
{
	CK_GCM_MESSAGE_PARAMS gcm[6];
	CK_CCM_MESSAGE_PARAMS ccm[7];
	CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS chacha[3];
	const CK_GCM_MESSAGE_PARAMS g = {aead_nonce, 12, 0, CKG_NO_GENERATE, aead_tag, 128};
	const CK_CCM_MESSAGE_PARAMS cc = {LENGTH, aead_nonce, 12, 0, CKG_NO_GENERATE, aead_tag, 16};

	(void)state;
	for (size_t i = 0; i < COUNT(gcm); i++)
		gcm[i] = g;
	gcm[0].pIv = NULL;
	gcm[1].ulIvLen = 0;
	gcm[2].ulIvFixedBits = 97;
	gcm[3].ivGenerator = 99;
	gcm[4].ulTagBits = 129;
	gcm[5].ulTagBits = ~0UL;
	for (size_t i = 0; i < COUNT(ccm); i++)
		ccm[i] = cc;
	ccm[0].pNonce = NULL;
	ccm[1].ulNonceLen = 6;
	ccm[2].ulNonceLen = 14;
	ccm[3].ulNonceFixedBits = 97;
	ccm[4].nonceGenerator = 99;
	ccm[5].ulMACLen = 5;
	ccm[6].ulMACLen = ~0UL;
	for (size_t i = 0; i < COUNT(chacha); i++)
		chacha[i] = (CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS){i == 0 ? NULL : aead_nonce, i == 1 ? 11 : i == 2 ? ~0UL : 12, aead_tag};
	const struct {
		const struct aead_case *c;
		CK_BYTE *first;
		CK_ULONG size, count;
	} all[] = {{&aead_cases[0], (CK_BYTE *)gcm, sizeof(gcm[0]), COUNT(gcm)},
	           {&aead_cases[1], (CK_BYTE *)ccm, sizeof(ccm[0]), COUNT(ccm)},
	           {&aead_cases[2], (CK_BYTE *)chacha, sizeof(chacha[0]), COUNT(chacha)}};
	for (size_t k = 0; k < COUNT(all); k++) {
		key = aead_key(all[k].c, NULL, 0);
		begin_process(all[k].c, true);
		for (CK_ULONG i = 0; i < all[k].count; i++) {
			length = sizeof(sealed);
			assert_rv(p11->C_EncryptMessage(sess, all[k].first + i * all[k].size, all[k].size, AAD, unconst(pattern), LENGTH, sealed, &length),
			          CKR_MECHANISM_PARAM_INVALID);
		}
		assert_ok(seal(all[k].c));
		end_process(true);
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(a_message_is_sealed_as_by_the_ordinary_call),
		WITH_KEYS(rule_312_forged_messages_give_nothing),
		WITH_KEYS(parts_give_what_the_whole_gives),
		WITH_KEYS(the_length_that_was_announced_must_be_kept),
		WITH_KEYS(rule_305_generated_nonces_are_all_different),
		WITH_KEYS(rule_304_parameters_that_are_none_are_refused),
		WITH_KEYS(members_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
