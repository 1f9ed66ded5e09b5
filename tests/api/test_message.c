/* SPDX-License-Identifier: Apache-2.0 */
/* Message-based encryption, decryption, signing and verifying: rules 302 to 317, and what of the other rules touches
 * them. Refuses to know how AES-GCM works: a known answer and the ordinary calls stand for it. */
#include "mechanisms.h"

#define PLAIN 40
static CK_BYTE iv[12], tag[16], sealed[512], opened[512];
static CK_BYTE aad[] = "header";
static CK_GCM_MESSAGE_PARAMS param;
static CK_MECHANISM m_message = {CKM_AES_GCM, NULL, 0};
static CK_ULONG length;

#define PARAM &param, sizeof(param)
#define AAD aad, sizeof(aad)

static void reset_param(CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits)
{
	memset(iv, 0xa5, sizeof(iv));
	memset(tag, 0, sizeof(tag));
	param = (CK_GCM_MESSAGE_PARAMS){iv, sizeof(iv), fixed_bits, generator, tag, 128};
}

static void begin_process(enum kind kind)
{
	reset_param(CKG_NO_GENERATE, 0);
	assert_ok(kind == ENCRYPT ? p11->C_MessageEncryptInit(sess, &m_message, keys.aes) : p11->C_MessageDecryptInit(sess, &m_message, keys.aes));
}

static CK_RV seal(const CK_BYTE *in, CK_ULONG in_length)
{
	length = sizeof(sealed);
	return p11->C_EncryptMessage(sess, PARAM, AAD, unconst(in), in_length, sealed, &length);
}

static CK_RV open_sealed(CK_ULONG in_length)
{
	length = sizeof(opened);
	return p11->C_DecryptMessage(sess, PARAM, AAD, sealed, in_length, opened, &length);
}

/* sealed and tag hold the first PLAIN bytes of pattern. */
static void begin_decryption(void)
{
	begin_process(ENCRYPT);
	assert_ok(seal(pattern, PLAIN));
	assert_ok(p11->C_MessageEncryptFinal(sess));
	assert_ok(p11->C_MessageDecryptInit(sess, &m_message, keys.aes));
}

static bool encrypting(void)
{
	return p11->C_MessageEncryptFinal(sess) == CKR_OK;
}

/* ---- one call ------------------------------------------------------------------------------------ */

static void rule_317_the_tag_is_in_the_parameter(void **state)
{
	CK_GCM_PARAMS ordinary = {iv, sizeof(iv), 0, AAD, 128};
	CK_MECHANISM m = {CKM_AES_GCM, &ordinary, sizeof(ordinary)};
	CK_BYTE wanted[PLAIN + 16];

	(void)state;
	begin_process(ENCRYPT);
	assert_ok(seal(pattern, PLAIN));
	assert_int_equal(length, PLAIN);
	assert_ok(p11->C_MessageEncryptFinal(sess));
	assert_int_equal(encrypt(&m, keys.aes, pattern, PLAIN, wanted, sizeof(wanted)), sizeof(wanted));
	assert_memory_equal(sealed, wanted, PLAIN);
	assert_memory_equal(tag, wanted + PLAIN, 16);
}

static void rule_317_a_message_without_data_has_a_tag(void **state)
{
	(void)state;
	begin_process(ENCRYPT);
	assert_ok(seal(NULL, 0));
	assert_int_equal(length, 0);
	assert_ok(p11->C_MessageEncryptFinal(sess));
	assert_ok(p11->C_MessageDecryptInit(sess, &m_message, keys.aes));
	assert_ok(open_sealed(0));
	tag[15] ^= 1;
	assert_rv(open_sealed(0), CKR_AEAD_DECRYPT_FAILED);
}

static void rules_302_305_one_process_many_messages(void **state)
{
	CK_BYTE kept[3][PLAIN], tags[3][16];

	(void)state;
	begin_process(ENCRYPT);
	for (CK_BYTE i = 0; i < 3; i++) {
		iv[0] = i;
		assert_ok(seal(pattern + i, PLAIN));
		memcpy(kept[i], sealed, PLAIN);
		memcpy(tags[i], tag, 16);
	}
	assert_memory_not_equal(kept[0], kept[1], PLAIN);
	assert_ok(p11->C_MessageEncryptFinal(sess));
	begin_process(DECRYPT);
	for (CK_BYTE i = 3; i-- > 0;) {
		iv[0] = i;
		memcpy(sealed, kept[i], PLAIN);
		memcpy(tag, tags[i], 16);
		assert_ok(open_sealed(PLAIN));
		assert_memory_equal(opened, pattern + i, PLAIN);
	}
	assert_ok(p11->C_MessageDecryptFinal(sess));
}

static void rule_303_the_key_must_be_allowed_to(void **state)
{
	CK_ATTRIBUTE never[] = {{CKA_ENCRYPT, &no, sizeof(no)}, {CKA_DECRYPT, &no, sizeof(no)}, {CKA_SIGN, &no, sizeof(no)},
	                        {CKA_VERIFY, &no, sizeof(no)}};
	CK_OBJECT_HANDLE aes = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), never, 4);
	CK_OBJECT_HANDLE secret = make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), never, 4);

	(void)state;
	assert_rv(p11->C_MessageEncryptInit(sess, &m_message, aes), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_MessageDecryptInit(sess, &m_message, aes), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_MessageSignInit(sess, &m_hmac, secret), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_MessageVerifyInit(sess, &m_hmac, secret), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_MessageEncryptInit(sess, &m_message, keys.hmac), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_MessageEncryptInit(sess, &m_message, 0), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_MessageEncryptInit(sess, &m_ctr, keys.aes), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_MessageSignInit(sess, &m_sha256, keys.hmac), CKR_MECHANISM_INVALID);
	assert_false(encrypting());
}

static void rule_304_each_message_has_its_parameter(void **state)
{
	const struct {
		CK_BYTE *iv;
		CK_ULONG iv_length, tag_bits;
		CK_BYTE *tag;
	} bad[] = {{NULL, 12, 128, tag}, {iv, 0, 128, tag}, {iv, 12, 129, tag}, {iv, 12, 0, tag}, {iv, 12, 40, tag}, {iv, 12, 128, NULL}};

	(void)state;
	begin_process(ENCRYPT);
	for (size_t i = 0; i < COUNT(bad); i++) {
		param = (CK_GCM_MESSAGE_PARAMS){bad[i].iv, bad[i].iv_length, 0, CKG_NO_GENERATE, bad[i].tag, bad[i].tag_bits};
		assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	}
	reset_param(CKG_NO_GENERATE, 0);
	length = sizeof(sealed);
	assert_rv(p11->C_EncryptMessage(sess, NULL, 0, AAD, unconst(pattern), PLAIN, sealed, &length), CKR_MECHANISM_PARAM_INVALID);
	assert_rv(p11->C_EncryptMessage(sess, &param, sizeof(param) - 1, AAD, unconst(pattern), PLAIN, sealed, &length), CKR_MECHANISM_PARAM_INVALID);
	assert_rv(p11->C_EncryptMessage(sess, PARAM, NULL, 4, unconst(pattern), PLAIN, sealed, &length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_EncryptMessage(sess, PARAM, AAD, NULL, PLAIN, sealed, &length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_EncryptMessage(sess, PARAM, AAD, unconst(pattern), PLAIN, sealed, NULL), CKR_ARGUMENTS_BAD);
	assert_ok(seal(pattern, PLAIN));
}

static void rules_256_258_lengths_are_told_and_nothing_is_used_up(void **state)
{
	CK_BYTE first_iv[12];

	(void)state;
	begin_process(ENCRYPT);
	reset_param(CKG_GENERATE_COUNTER, 32);
	memcpy(first_iv, iv, sizeof(iv));
	assert_ok(p11->C_EncryptMessage(sess, PARAM, AAD, unconst(pattern), PLAIN, NULL, &length));
	assert_int_equal(length, PLAIN);
	length = PLAIN - 1;
	assert_rv(p11->C_EncryptMessage(sess, PARAM, AAD, unconst(pattern), PLAIN, sealed, &length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, PLAIN);
	assert_memory_equal(iv, first_iv, sizeof(iv));
	assert_ok(p11->C_EncryptMessage(sess, PARAM, AAD, unconst(pattern), PLAIN, sealed, &length));
	assert_int_equal(iv[11], 0);
}

static void rule_264_input_and_output_may_be_one_place(void **state)
{
	(void)state;
	begin_decryption();
	length = PLAIN;
	assert_ok(p11->C_DecryptMessage(sess, PARAM, AAD, sealed, PLAIN, sealed, &length));
	assert_memory_equal(sealed, pattern, PLAIN);
}

static void rule_312_a_forged_message_shows_nothing(void **state)
{
	static const CK_BYTE nothing[PLAIN];

	(void)state;
	begin_decryption();
	tag[0] ^= 1;
	memset(opened, 0, sizeof(opened));
	assert_rv(open_sealed(PLAIN), CKR_AEAD_DECRYPT_FAILED);
	assert_memory_equal(opened, nothing, PLAIN);
	tag[0] ^= 1;
	aad[0] ^= 1;
	assert_rv(open_sealed(PLAIN), CKR_AEAD_DECRYPT_FAILED);
	aad[0] ^= 1;
	sealed[3] ^= 1;
	assert_rv(open_sealed(PLAIN), CKR_AEAD_DECRYPT_FAILED);
	sealed[3] ^= 1;
	/* The process has gone on all the time. */
	assert_ok(open_sealed(PLAIN));
	assert_memory_equal(opened, pattern, PLAIN);
}

/* ---- in parts ------------------------------------------------------------------------------------ */

static CK_RV next(enum kind kind, const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out, CK_FLAGS flags)
{
	return kind == ENCRYPT ? p11->C_EncryptMessageNext(sess, PARAM, unconst(in), in_length, out, &length, flags)
	                       : p11->C_DecryptMessageNext(sess, PARAM, unconst(in), in_length, out, &length, flags);
}

static void rule_308_parts_give_what_one_call_gives(void **state)
{
	CK_BYTE wanted[PLAIN], wanted_tag[16];

	(void)state;
	begin_process(ENCRYPT);
	assert_ok(seal(pattern, PLAIN));
	memcpy(wanted, sealed, PLAIN);
	memcpy(wanted_tag, tag, 16);
	for (CK_ULONG split = 0; split <= PLAIN; split += 7) {
		memset(sealed, 0, sizeof(sealed));
		memset(tag, 0, sizeof(tag));
		assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
		length = split;
		assert_ok(next(ENCRYPT, pattern, split, sealed, 0));
		assert_int_equal(length, split);
		length = PLAIN - split;
		assert_ok(next(ENCRYPT, pattern + split, PLAIN - split, sealed + split, CKF_END_OF_MESSAGE));
		assert_int_equal(length, PLAIN - split);
		assert_memory_equal(sealed, wanted, PLAIN);
		assert_memory_equal(tag, wanted_tag, 16);
	}
	assert_ok(p11->C_MessageEncryptFinal(sess));
	assert_ok(p11->C_MessageDecryptInit(sess, &m_message, keys.aes));
	for (CK_ULONG split = 0; split <= PLAIN; split += 9) {
		assert_ok(p11->C_DecryptMessageBegin(sess, PARAM, AAD));
		length = sizeof(opened);
		assert_ok(next(DECRYPT, sealed, split, opened, 0));
		assert_int_equal(length, 0);
		length = sizeof(opened);
		assert_ok(next(DECRYPT, sealed + split, PLAIN - split, opened, CKF_END_OF_MESSAGE));
		assert_int_equal(length, PLAIN);
		assert_memory_equal(opened, pattern, PLAIN);
	}
}

static void rule_308_a_short_buffer_or_a_length_query_ends_nothing(void **state)
{
	(void)state;
	begin_decryption();
	assert_ok(p11->C_DecryptMessageBegin(sess, PARAM, AAD));
	length = 0;
	assert_ok(next(DECRYPT, sealed, 10, opened, 0));
	assert_ok(next(DECRYPT, sealed + 10, PLAIN - 10, NULL, CKF_END_OF_MESSAGE));
	assert_int_equal(length, PLAIN);
	length = PLAIN - 1;
	assert_rv(next(DECRYPT, sealed + 10, PLAIN - 10, opened, CKF_END_OF_MESSAGE), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, PLAIN);
	assert_ok(next(DECRYPT, sealed + 10, PLAIN - 10, opened, CKF_END_OF_MESSAGE));
	assert_memory_equal(opened, pattern, PLAIN);
	assert_rv(next(DECRYPT, sealed, 1, opened, 0), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_308_an_error_ends_the_message_and_not_the_process(void **state)
{
	(void)state;
	begin_process(ENCRYPT);
	assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
	length = sizeof(sealed);
	assert_rv(next(ENCRYPT, NULL, 5, sealed, 0), CKR_ARGUMENTS_BAD);
	assert_rv(next(ENCRYPT, pattern, 5, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
	assert_rv(next(ENCRYPT, pattern, 5, sealed, 0x80), CKR_ARGUMENTS_BAD);
	assert_rv(next(ENCRYPT, pattern, 5, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
	param.ulTagBits = 96; /* other than at Begin */
	assert_rv(next(ENCRYPT, pattern, 5, sealed, CKF_END_OF_MESSAGE), CKR_MECHANISM_PARAM_INVALID);
	assert_ok(seal(pattern, PLAIN));
}

static void rules_273_312_no_part_is_shown_before_the_tag_is_checked(void **state)
{
	static const CK_BYTE nothing[PLAIN];

	(void)state;
	begin_decryption();
	tag[7] ^= 0x10;
	memset(opened, 0, sizeof(opened));
	assert_ok(p11->C_DecryptMessageBegin(sess, PARAM, AAD));
	length = sizeof(opened);
	assert_ok(next(DECRYPT, sealed, 30, opened, 0));
	assert_int_equal(length, 0);
	length = sizeof(opened);
	assert_rv(next(DECRYPT, sealed + 30, PLAIN - 30, opened, CKF_END_OF_MESSAGE), CKR_AEAD_DECRYPT_FAILED);
	assert_memory_equal(opened, nothing, PLAIN);
	tag[7] ^= 0x10;
	assert_ok(open_sealed(PLAIN));
}

static void rule_306_no_single_call_in_the_middle_of_a_message(void **state)
{
	(void)state;
	begin_process(ENCRYPT);
	assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
	assert_rv(seal(pattern, PLAIN), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_EncryptMessageBegin(sess, PARAM, AAD), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_MessageEncryptFinal(sess), CKR_OPERATION_ACTIVE);
	/* What was under way still is. */
	length = sizeof(sealed);
	assert_ok(next(ENCRYPT, pattern, PLAIN, sealed, CKF_END_OF_MESSAGE));
	assert_ok(p11->C_MessageEncryptFinal(sess));
}

static void rule_307_nothing_works_before_its_init(void **state)
{
	(void)state;
	reset_param(CKG_NO_GENERATE, 0);
	length = sizeof(sealed);
	assert_rv(seal(pattern, PLAIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(open_sealed(PLAIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_EncryptMessageBegin(sess, PARAM, AAD), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_DecryptMessageBegin(sess, PARAM, AAD), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(next(ENCRYPT, pattern, 1, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(next(DECRYPT, pattern, 1, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_SignMessage(sess, NULL, 0, sealed, 1, opened, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_SignMessageBegin(sess, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifyMessage(sess, NULL, 0, sealed, 1, opened, 1), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifyMessageBegin(sess, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_MessageEncryptFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_MessageDecryptFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_MessageSignFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_MessageVerifyFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	begin_process(ENCRYPT);
	assert_rv(next(ENCRYPT, pattern, 1, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
}

/* ---- generated IVs ------------------------------------------------------------------------------- */

#define MESSAGES 20
static CK_BYTE ivs[MESSAGES][12];

static void make_ivs(CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits)
{
	assert_ok(p11->C_MessageEncryptInit(sess, &m_message, keys.aes));
	reset_param(generator, fixed_bits);
	for (int i = 0; i < MESSAGES; i++) {
		if (i % 2 == 0) {
			assert_ok(seal(pattern, PLAIN));
		} else {
			assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
			length = sizeof(sealed);
			assert_ok(next(ENCRYPT, pattern, PLAIN, sealed, CKF_END_OF_MESSAGE));
		}
		memcpy(ivs[i], iv, sizeof(iv));
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(ivs[i], ivs[k], sizeof(iv));
	}
	assert_ok(p11->C_MessageEncryptFinal(sess));
}

static void rule_316_generated_ivs_are_new_and_keep_the_fixed_bits(void **state)
{
	static const CK_GENERATOR_FUNCTION generators[] = {CKG_GENERATE, CKG_GENERATE_COUNTER, CKG_GENERATE_RANDOM, CKG_GENERATE_COUNTER_XOR};
	static const CK_BYTE fixed[4] = {0xa5, 0xa5, 0xa5, 0xa5};

	(void)state;
	for (size_t g = 0; g < COUNT(generators); g++) {
		make_ivs(generators[g], 32);
		for (int i = 0; i < MESSAGES; i++)
			assert_memory_equal(ivs[i], fixed, sizeof(fixed));
		/* The IV that came back decrypts. */
		assert_ok(p11->C_MessageDecryptInit(sess, &m_message, keys.aes));
		assert_ok(open_sealed(PLAIN));
		assert_memory_equal(opened, pattern, PLAIN);
		assert_ok(p11->C_MessageDecryptFinal(sess));
	}
}

static void rule_316_counters_start_at_0(void **state)
{
	(void)state;
	make_ivs(CKG_GENERATE_COUNTER, 36);
	for (CK_BYTE i = 0; i < MESSAGES; i++) {
		const CK_BYTE wanted[12] = {0xa5, 0xa5, 0xa5, 0xa5, 0xa0, 0, 0, 0, 0, 0, 0, i};
		assert_memory_equal(ivs[i], wanted, sizeof(wanted));
	}
	make_ivs(CKG_GENERATE_COUNTER_XOR, 0);
	for (CK_BYTE i = 0; i < MESSAGES; i++) {
		assert_int_equal(ivs[i][10], 0xa5);
		assert_int_equal(ivs[i][11], 0xa5 ^ i);
	}
}

static void rule_316_no_iv_comes_twice(void **state)
{
	(void)state;
	begin_process(ENCRYPT);
	reset_param(CKG_GENERATE_COUNTER, 94);
	for (int i = 0; i < 4; i++) {
		assert_ok(seal(pattern, PLAIN));
		assert_int_equal(iv[11], 0xa4 | i);
	}
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	/* Nor by changing the way. */
	reset_param(CKG_GENERATE_COUNTER, 88);
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	reset_param(CKG_GENERATE_RANDOM, 94);
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	reset_param(99, 94);
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	reset_param(CKG_GENERATE, 96);
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
	reset_param(CKG_GENERATE, 97);
	assert_rv(seal(pattern, PLAIN), CKR_MECHANISM_PARAM_INVALID);
}

/* ---- signing and verifying ----------------------------------------------------------------------- */

static CK_BYTE signature[20000], second[20000];

static void sign_and_verify_messages(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c), second_length = sizeof(second);

	assert_ok(p11->C_MessageSignInit(sess, mechanism_of(c), mechanism_key(c, SIGN)));
	assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), n, NULL, &length));
	assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), n, signature, &length));
	assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), n, second, &second_length));
	assert_ok(p11->C_MessageSignFinal(sess));
	assert_ok(verify(mechanism_of(c), mechanism_key(c, VERIFY), pattern, n, signature, length));

	assert_ok(p11->C_MessageVerifyInit(sess, mechanism_of(c), mechanism_key(c, VERIFY)));
	assert_ok(p11->C_VerifyMessage(sess, NULL, 0, unconst(pattern), n, signature, length));
	signature[length / 2] ^= 2;
	assert_rv(p11->C_VerifyMessage(sess, NULL, 0, unconst(pattern), n, signature, length), CKR_SIGNATURE_INVALID);
	assert_ok(p11->C_VerifyMessage(sess, NULL, 0, unconst(pattern), n, second, second_length));
	assert_ok(p11->C_MessageVerifyFinal(sess));
}

static void sign_and_verify_parts(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c);

	assert_ok(p11->C_MessageSignInit(sess, mechanism_of(c), mechanism_key(c, SIGN)));
	assert_ok(p11->C_MessageVerifyInit(sess, NULL, 0));
	for (int i = 0; i < 2; i++) {
		assert_ok(p11->C_SignMessageBegin(sess, NULL, 0));
		assert_ok(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, NULL, NULL));
		length = sizeof(signature);
		assert_ok(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern) + 5, n - 5, signature, &length));
	}
	assert_ok(p11->C_MessageSignFinal(sess));
	assert_ok(verify(mechanism_of(c), mechanism_key(c, VERIFY), pattern, n, signature, length));
	assert_ok(p11->C_MessageVerifyInit(sess, mechanism_of(c), mechanism_key(c, VERIFY)));
	for (CK_BYTE i = 0; i < 3; i++) {
		signature[0] ^= i;
		assert_ok(p11->C_VerifyMessageBegin(sess, NULL, 0));
		assert_ok(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern), 7, NULL, 0));
		assert_rv(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern) + 7, n - 7, signature, length),
		          i == 0 ? CKR_OK : CKR_SIGNATURE_INVALID);
		signature[0] ^= i;
	}
	assert_ok(p11->C_MessageVerifyFinal(sess));
}

static void single_call_only(const struct mechanism_case *c)
{
	assert_ok(p11->C_MessageSignInit(sess, mechanism_of(c), mechanism_key(c, SIGN)));
	assert_rv(p11->C_SignMessageBegin(sess, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
	assert_ok(p11->C_MessageSignFinal(sess));
}

static void rule_302_every_announced_mechanism_signs_messages(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];
		CK_MECHANISM_INFO info;

		if (p11->C_GetMechanismInfo(slot, c->type, &info) != CKR_OK)
			continue;
		/* Their IV, their key and their counter are good for one message. */
		if (c->type == CKM_AES_GMAC || c->type == CKM_POLY1305 || c->type == CKM_HOTP) {
			assert_int_equal(info.flags & (CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE), 0);
			assert_rv(p11->C_MessageSignInit(sess, mechanism_of(c), mechanism_key(c, SIGN)), CKR_MECHANISM_INVALID);
			continue;
		}
		assert_int_equal((info.flags & CKF_SIGN) != 0, (info.flags & CKF_MESSAGE_SIGN) != 0);
		assert_int_equal((info.flags & CKF_VERIFY) != 0, (info.flags & CKF_MESSAGE_VERIFY) != 0);
		if (!(info.flags & CKF_MESSAGE_SIGN))
			continue;
		if (c->type == CKM_HSS) /* signs the same differently each time; test_hss.c has its messages */
			continue;
		print_message("# %s\n", c->name);
		sign_and_verify_messages(c);
		if (info.flags & CKF_MULTI_MESSAGE)
			sign_and_verify_parts(c);
		else
			single_call_only(c);
		seen++;
	}
	assert_true(seen > 20);
}

static void rule_309_a_length_finishes_a_signature(void **state)
{
	(void)state;
	assert_ok(p11->C_MessageSignInit(sess, &m_hmac, keys.hmac));
	assert_ok(p11->C_SignMessageBegin(sess, NULL, 0));
	assert_rv(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 5, signature, &length), CKR_OPERATION_ACTIVE);
	assert_ok(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, NULL, &length));
	assert_int_equal(length, 32);
	length = 31;
	assert_rv(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, signature, &length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, 32);
	assert_ok(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, signature, &length));
	assert_rv(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, NULL, NULL), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_MessageSignFinal(sess));
	assert_ok(verify(&m_hmac, keys.hmac, pattern, 5, signature, length));

	assert_ok(p11->C_MessageSignInit(sess, &m_hmac, keys.hmac));
	assert_ok(p11->C_SignMessageBegin(sess, NULL, 0));
	assert_rv(p11->C_SignMessageNext(sess, NULL, 0, NULL, 5, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_SignMessageNext(sess, NULL, 0, unconst(pattern), 5, NULL, NULL), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 5, second, &length));
	assert_memory_equal(second, signature, 32);
	assert_rv(p11->C_SignMessage(sess, &param, sizeof(param), unconst(pattern), 5, second, &length), CKR_MECHANISM_PARAM_INVALID);
	assert_ok(p11->C_MessageSignFinal(sess));
}

static void rule_310_a_signature_finishes_a_verification(void **state)
{
	(void)state;
	length = sign(&m_hmac, keys.hmac, pattern, 9, signature, sizeof(signature));
	assert_ok(p11->C_MessageVerifyInit(sess, &m_hmac, keys.hmac));
	assert_ok(p11->C_VerifyMessageBegin(sess, NULL, 0));
	assert_rv(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern), 9, signature, length - 1), CKR_SIGNATURE_LEN_RANGE);
	assert_rv(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern), 9, signature, length), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_VerifyMessageBegin(sess, NULL, 0));
	assert_ok(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern), 9, signature, length));
	assert_ok(p11->C_VerifyMessageBegin(sess, NULL, 0));
	assert_rv(p11->C_VerifyMessageNext(sess, NULL, 0, NULL, 9, NULL, 0), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_VerifyMessageNext(sess, NULL, 0, unconst(pattern), 9, signature, length), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_311_verification_in_one_call_ends_the_message_only(void **state)
{
	(void)state;
	length = sign(&m_hmac, keys.hmac, pattern, 9, signature, sizeof(signature));
	assert_ok(p11->C_MessageVerifyInit(sess, &m_hmac, keys.hmac));
	assert_rv(p11->C_VerifyMessage(sess, NULL, 0, NULL, 9, signature, length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_VerifyMessage(sess, NULL, 0, unconst(pattern), 8, signature, length), CKR_SIGNATURE_INVALID);
	assert_ok(p11->C_VerifyMessage(sess, NULL, 0, unconst(pattern), 9, signature, length));
	assert_ok(p11->C_MessageVerifyFinal(sess));
}

/* ---- the process --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	CK_FLAGS flag;
} processes[] = {
	{"encrypt", CKF_MESSAGE_ENCRYPT}, {"decrypt", CKF_MESSAGE_DECRYPT}, {"sign", CKF_MESSAGE_SIGN}, {"verify", CKF_MESSAGE_VERIFY},
};

static CK_RV init(size_t i, CK_MECHANISM *cipher, CK_MECHANISM *mac)
{
	switch (processes[i].flag) {
	case CKF_MESSAGE_ENCRYPT:
		return p11->C_MessageEncryptInit(sess, cipher, keys.aes);
	case CKF_MESSAGE_DECRYPT:
		return p11->C_MessageDecryptInit(sess, cipher, keys.aes);
	case CKF_MESSAGE_SIGN:
		return p11->C_MessageSignInit(sess, mac, keys.hmac);
	default:
		return p11->C_MessageVerifyInit(sess, mac, keys.hmac);
	}
}

static CK_RV begin_message(size_t i)
{
	switch (processes[i].flag) {
	case CKF_MESSAGE_ENCRYPT:
		return p11->C_EncryptMessageBegin(sess, PARAM, AAD);
	case CKF_MESSAGE_DECRYPT:
		return p11->C_DecryptMessageBegin(sess, PARAM, AAD);
	case CKF_MESSAGE_SIGN:
		return p11->C_SignMessageBegin(sess, NULL, 0);
	default:
		return p11->C_VerifyMessageBegin(sess, NULL, 0);
	}
}

static CK_RV final(size_t i)
{
	switch (processes[i].flag) {
	case CKF_MESSAGE_ENCRYPT:
		return p11->C_MessageEncryptFinal(sess);
	case CKF_MESSAGE_DECRYPT:
		return p11->C_MessageDecryptFinal(sess);
	case CKF_MESSAGE_SIGN:
		return p11->C_MessageSignFinal(sess);
	default:
		return p11->C_MessageVerifyFinal(sess);
	}
}

static void rule_314_final_ends_the_process(void **state)
{
	(void)state;
	reset_param(CKG_NO_GENERATE, 0);
	for (size_t i = 0; i < COUNT(processes); i++) {
		print_message("# %s\n", processes[i].name);
		assert_ok(init(i, &m_message, &m_hmac));
		assert_ok(final(i));
		assert_rv(final(i), CKR_OPERATION_NOT_INITIALIZED);
		assert_rv(begin_message(i), CKR_OPERATION_NOT_INITIALIZED);
	}
}

static void rule_315_no_mechanism_ends_process_and_message(void **state)
{
	(void)state;
	reset_param(CKG_NO_GENERATE, 0);
	for (size_t i = 0; i < COUNT(processes); i++) {
		assert_ok(init(i, &m_message, &m_hmac));
		assert_ok(begin_message(i));
		assert_ok(init(i, NULL, NULL));
		assert_rv(final(i), CKR_OPERATION_NOT_INITIALIZED);
	}
}

static void rule_328_cancelling_takes_the_named_process(void **state)
{
	(void)state;
	reset_param(CKG_NO_GENERATE, 0);
	for (size_t i = 0; i < COUNT(processes); i++) {
		const CK_FLAGS others = (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_ENCRYPT |
		                         CKF_DECRYPT | CKF_SIGN | CKF_VERIFY) & ~processes[i].flag;
		assert_ok(init(i, &m_message, &m_hmac));
		assert_ok(begin_message(i));
		assert_ok(p11->C_SessionCancel(sess, others));
		assert_rv(final(i), CKR_OPERATION_ACTIVE);
		assert_ok(p11->C_SessionCancel(sess, processes[i].flag));
		assert_rv(final(i), CKR_OPERATION_NOT_INITIALIZED);
	}
}

static void rule_245_a_process_runs_beside_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(processes); i++) {
		for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
			renew_session();
			assert_ok(init(i, &m_message, &m_hmac));
			assert_rv(start((enum kind)kind), CKR_OPERATION_ACTIVE);
			assert_ok(final(i));
			assert_ok(start((enum kind)kind));
			assert_rv(init(i, &m_message, &m_hmac), CKR_OPERATION_ACTIVE);
			assert_true(is_active((enum kind)kind));
		}
	}
}

static void rule_353_a_process_is_not_saved(void **state)
{
	CK_BYTE blob[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(processes); i++) {
		CK_ULONG n = sizeof(blob);

		assert_ok(init(i, &m_message, &m_hmac));
		assert_rv(p11->C_GetOperationState(sess, blob, &n), CKR_OPERATION_NOT_INITIALIZED);
		assert_ok(final(i));
	}
}

static void rule_168_a_logout_ends_processes_with_private_keys(void **state)
{
	CK_ATTRIBUTE private[] = {{CKA_PRIVATE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), private, 1);

	(void)state;
	reset_param(CKG_NO_GENERATE, 0);
	assert_ok(p11->C_MessageEncryptInit(sess, &m_message, key));
	assert_ok(p11->C_EncryptMessageBegin(sess, PARAM, AAD));
	logout(sess);
	length = sizeof(sealed);
	assert_rv(next(ENCRYPT, pattern, 4, sealed, 0), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_MessageEncryptFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	/* Not those with public ones. */
	begin_process(ENCRYPT);
	login_user(sess);
	assert_ok(seal(pattern, PLAIN));
}

static void rule_183_each_message_wants_its_own_context_login(void **state)
{
	CK_ATTRIBUTE careful[] = {{CKA_PRIVATE, &yes, sizeof(yes)}, {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE key = make_rsa_private(sess, careful, 2);

	(void)state;
	length = sizeof(signature);
	assert_ok(p11->C_MessageSignInit(sess, &m_sha256_rsa, key));
	for (int i = 0; i < 2; i++) {
		assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 9, NULL, &length));
		assert_rv(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 9, signature, &length), CKR_USER_NOT_LOGGED_IN);
		assert_ok(login_as(sess, CKU_CONTEXT_SPECIFIC, USER_PIN));
		assert_ok(p11->C_SignMessage(sess, NULL, 0, unconst(pattern), 9, signature, &length));
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_317_the_tag_is_in_the_parameter),
		WITH_KEYS(rule_317_a_message_without_data_has_a_tag),
		WITH_KEYS(rules_302_305_one_process_many_messages),
		WITH_KEYS(rule_303_the_key_must_be_allowed_to),
		WITH_KEYS(rule_304_each_message_has_its_parameter),
		WITH_KEYS(rules_256_258_lengths_are_told_and_nothing_is_used_up),
		WITH_KEYS(rule_264_input_and_output_may_be_one_place),
		WITH_KEYS(rule_312_a_forged_message_shows_nothing),
		WITH_KEYS(rule_308_parts_give_what_one_call_gives),
		WITH_KEYS(rule_308_a_short_buffer_or_a_length_query_ends_nothing),
		WITH_KEYS(rule_308_an_error_ends_the_message_and_not_the_process),
		WITH_KEYS(rules_273_312_no_part_is_shown_before_the_tag_is_checked),
		WITH_KEYS(rule_306_no_single_call_in_the_middle_of_a_message),
		WITH_KEYS(rule_307_nothing_works_before_its_init),
		WITH_KEYS(rule_316_generated_ivs_are_new_and_keep_the_fixed_bits),
		WITH_KEYS(rule_316_counters_start_at_0),
		WITH_KEYS(rule_316_no_iv_comes_twice),
		WITH_KEYS(rule_302_every_announced_mechanism_signs_messages),
		WITH_KEYS(rule_309_a_length_finishes_a_signature),
		WITH_KEYS(rule_310_a_signature_finishes_a_verification),
		WITH_KEYS(rule_311_verification_in_one_call_ends_the_message_only),
		WITH_KEYS(rule_314_final_ends_the_process),
		WITH_KEYS(rule_315_no_mechanism_ends_process_and_message),
		WITH_KEYS(rule_328_cancelling_takes_the_named_process),
		WITH_KEYS(rule_245_a_process_runs_beside_nothing),
		WITH_KEYS(rule_353_a_process_is_not_saved),
		WITH_KEYS(rule_168_a_logout_ends_processes_with_private_keys),
		WITH_KEYS(rule_183_each_message_wants_its_own_context_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
