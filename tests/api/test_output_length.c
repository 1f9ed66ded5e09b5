/* SPDX-License-Identifier: Apache-2.0 */
/* The convention for output of section 5.2 and table T5, rules 256 to 264, for every call that gives output:
 * length query, short buffer, exact buffer, no length pointer. Walks the rows of operations.c; refuses to know
 * how a mechanism makes its bytes. */
#include "operations.h"

#define ROOM 4096
#define CANARY 0xa5

static CK_BYTE out[ROOM], wanted[ROOM];

static void fill(void)
{
	memset(out, CANARY, sizeof(out));
}

static void assert_untouched_from(CK_ULONG at)
{
	for (; at < ROOM; at++)
		assert_int_equal(out[at], CANARY);
}

static void say(const struct output_call *call)
{
	print_message("# %s, mechanism 0x%lx\n", call->name, call->mechanism->mechanism);
}

/* The result of an undisturbed run. */
static CK_ULONG reference(const struct output_call *call)
{
	CK_ULONG length = sizeof(wanted);

	begin_output_call(call);
	assert_ok(do_output_call(call, wanted, &length));
	return length;
}

static CK_ULONG need_of(const struct output_call *call)
{
	CK_ULONG length = 0;

	if (call->need)
		return call->need;
	begin_output_call(call);
	assert_ok(do_output_call(call, NULL, &length));
	return length;
}

static void assert_result(const struct output_call *call, CK_ULONG length, CK_ULONG wanted_length)
{
	assert_int_equal(length, call->need ? call->need : wanted_length);
	if (!call->random)
		assert_memory_equal(out, wanted, length);
}

static void rule_256_null_output_asks_for_the_length_and_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];
		CK_ULONG plain = reference(call), length = 0;

		say(call);
		begin_output_call(call);
		for (int twice = 0; twice < 2; twice++) {
			length = 0;
			assert_ok(do_output_call(call, NULL, &length));
			assert_true(length >= plain || call->step == STATE);
			assert_true(output_call_active(call));
		}
		fill();
		length = sizeof(out);
		assert_ok(do_output_call(call, out, &length));
		assert_result(call, length, plain);
	}
}

static void rule_257_a_large_buffer_gets_the_output_and_its_exact_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];
		CK_ULONG plain = reference(call), length = sizeof(out);

		say(call);
		begin_output_call(call);
		fill();
		assert_ok(do_output_call(call, out, &length));
		assert_result(call, length, plain);
		assert_untouched_from(length);
	}
}

/* Rule 260 would allow a refusal where the length is known only afterwards: this token never refuses. */
static void rules_257_260_an_exact_buffer_is_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];
		CK_ULONG need = need_of(call), plain = reference(call), length = need;

		say(call);
		begin_output_call(call);
		fill();
		assert_ok(do_output_call(call, out, &length));
		assert_result(call, length, plain);
		assert_untouched_from(length);
	}
}

static void rules_258_259_a_short_buffer_consumes_nothing_and_can_be_retried(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];
		CK_ULONG need = need_of(call), plain = reference(call);
		const CK_ULONG shorts[] = {need - 1, 0, need / 2};

		say(call);
		begin_output_call(call);
		for (size_t k = 0; k < COUNT(shorts); k++) {
			CK_ULONG length = shorts[k];

			fill();
			assert_rv(do_output_call(call, out, &length), CKR_BUFFER_TOO_SMALL);
			assert_true(length >= need);
			assert_untouched_from(shorts[k]);
			assert_true(output_call_active(call));
		}
		CK_ULONG length = sizeof(out);

		fill();
		assert_ok(do_output_call(call, out, &length));
		assert_result(call, length, plain);
	}
}

/* A short buffer must not show a plaintext before its time either. */
static void rules_258_273_a_short_buffer_gets_no_unverified_plaintext(void **state)
{
	CK_BYTE sealed[64];
	CK_ULONG length = 19, sealed_length;

	(void)state;
	sealed_length = encrypt(&m_gcm, keys.aes, pattern + 7, 20, sealed, sizeof(sealed));
	sealed[3] ^= 1;
	assert_ok(p11->C_DecryptInit(sess, &m_gcm, keys.aes));
	fill();
	assert_rv_in(p11->C_Decrypt(sess, sealed, sealed_length, out, &length), CKR_BUFFER_TOO_SMALL,
	             CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED);
	assert_untouched_from(0);
}

/* One step after another gives what the whole gives, whatever the pieces and however often a short buffer
 * came between (rule 259 over a long stream). */
static void rule_259_short_buffers_between_updates_do_not_disturb_the_stream(void **state)
{
	CK_MECHANISM *mechanisms[] = {&m_cbc, &m_ctr, &m_cbc_pad, &m_ecb};

	(void)state;
	for (size_t i = 0; i < COUNT(mechanisms); i++) {
		CK_ULONG total = 0, whole = encrypt(mechanisms[i], keys.aes, pattern, 160, wanted, sizeof(wanted)), length;

		fill();
		assert_ok(p11->C_EncryptInit(sess, mechanisms[i], keys.aes));
		for (CK_ULONG at = 0, piece = 1; at < 160; at += piece, piece = piece * 2 + 1) {
			if (piece > 160 - at)
				piece = 160 - at;
			length = 0;
			CK_RV rv = p11->C_EncryptUpdate(sess, unconst(pattern + at), piece, out + total, &length);

			/* Nothing to write fits in nothing. */
			assert_rv(rv, length == 0 ? CKR_OK : CKR_BUFFER_TOO_SMALL);
			if (rv == CKR_OK)
				continue;
			length = sizeof(out) - total;
			assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern + at), piece, out + total, &length));
			total += length;
		}
		length = sizeof(out) - total;
		assert_ok(p11->C_EncryptFinal(sess, out + total, &length));
		assert_int_equal(total + length, whole);
		assert_memory_equal(out, wanted, whole);
	}
}

static void rule_261_an_update_gives_all_that_the_input_allows(void **state)
{
	static const struct {
		CK_MECHANISM *mechanism;
		CK_ULONG pieces[4], outputs[4], final;
	} streams[] = {
		{&m_ecb, {5, 11, 17, 15}, {0, 16, 16, 16}, 0},
		{&m_cbc, {16, 15, 1, 32}, {16, 0, 16, 32}, 0},
		{&m_ctr, {1, 30, 0, 7}, {1, 30, 0, 7}, 0},
		{&m_cbc_pad, {5, 12, 15, 33}, {0, 16, 16, 32}, 16},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(streams); i++) {
		CK_ULONG at = 0, length;

		assert_ok(p11->C_EncryptInit(sess, streams[i].mechanism, keys.aes));
		for (size_t k = 0; k < 4; k++) {
			length = sizeof(out);
			assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern + at), streams[i].pieces[k], out, &length));
			assert_int_equal(length, streams[i].outputs[k]);
			at += streams[i].pieces[k];
		}
		length = sizeof(out);
		assert_ok(p11->C_EncryptFinal(sess, out, &length));
		assert_int_equal(length, streams[i].final);
	}
}

static void rule_261_an_unpadding_update_holds_the_last_block_back(void **state)
{
	CK_ULONG sealed = encrypt(&m_cbc_pad, keys.aes, pattern, 31, wanted, sizeof(wanted)), length = sizeof(out);

	(void)state;
	assert_int_equal(sealed, 32);
	assert_ok(p11->C_DecryptInit(sess, &m_cbc_pad, keys.aes));
	assert_ok(p11->C_DecryptUpdate(sess, wanted, 32, out, &length));
	assert_int_equal(length, 16);
	length = sizeof(out) - 16;
	assert_ok(p11->C_DecryptFinal(sess, out + 16, &length));
	assert_int_equal(length, 15);
	assert_memory_equal(out, pattern, 31);
}

/* Every function that section 5.2 names and this token has is among the rows above. */
static void rule_262_every_function_with_output_follows_the_convention(void **state)
{
	static const char *const names[] = {
		"C_Encrypt", "C_EncryptUpdate", "C_EncryptFinal", "C_Decrypt", "C_DecryptUpdate", "C_DecryptFinal",
		"C_Digest", "C_DigestFinal", "C_Sign", "C_SignFinal", "C_SignRecover", "C_VerifyRecover",
		"C_DigestEncryptUpdate", "C_SignEncryptUpdate", "C_DecryptDigestUpdate", "C_DecryptVerifyUpdate",
		"C_GetOperationState",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct output_call *call = output_calls;
		CK_ULONG length = 0;

		while (call < output_calls + output_call_count && strcmp(call->name, names[i]) != 0)
			call++;
		assert_true(call < output_calls + output_call_count);
		begin_output_call(call);
		assert_ok(do_output_call(call, NULL, &length));
		assert_true(length > 0);
		length = 0;
		assert_rv(do_output_call(call, out, &length), CKR_BUFFER_TOO_SMALL);
		assert_true(length > 0);
	}
}

static void rule_263_no_length_pointer_is_bad_and_ends_the_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];

		say(call);
		begin_output_call(call);
		assert_rv(do_output_call(call, out, NULL), CKR_ARGUMENTS_BAD);
		if (call->step == STATE) /* only looks at the operation, and does not end it */
			assert_true(output_call_active(call));
		else
			assert_false(output_call_active(call));
	}
}

static void rule_263_no_length_pointer_is_bad_in_a_length_query_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		begin_output_call(&output_calls[i]);
		assert_rv(do_output_call(&output_calls[i], NULL, NULL), CKR_ARGUMENTS_BAD);
	}
}

static void rule_264_input_and_output_may_be_the_same_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < output_call_count; i++) {
		const struct output_call *call = &output_calls[i];
		CK_BYTE both[512];
		CK_ULONG plain = reference(call), length = sizeof(both);

		if (call->step > UPDATE || call->kind > DIGEST || call->beside >= 0)
			continue;
		say(call);
		begin_output_call(call);
		memcpy(both, call_input, call_input_length);
		memcpy(call_input, both, sizeof(call_input));
		length = sizeof(call_input);
		assert_ok(do_output_call(call, call_input, &length));
		assert_int_equal(length, plain);
		if (!call->random)
			assert_memory_equal(call_input, wanted, plain);
	}
}

/* A block held back from one update makes the next one's output run ahead of its input. */
static void rule_264_in_place_works_with_bytes_held_back(void **state)
{
	CK_ULONG whole = encrypt(&m_cbc_pad, keys.aes, pattern, 64, wanted, sizeof(wanted)), total = 0, length;
	CK_BYTE both[96];

	(void)state;
	memcpy(both, wanted, whole);
	assert_ok(p11->C_DecryptInit(sess, &m_cbc_pad, keys.aes));
	length = sizeof(out);
	assert_ok(p11->C_DecryptUpdate(sess, both, 16, out, &length));
	total = length;
	length = sizeof(both) - 16;
	assert_ok(p11->C_DecryptUpdate(sess, both + 16, whole - 16, both + 16, &length));
	memcpy(out + total, both + 16, length);
	total += length;
	length = sizeof(out) - total;
	assert_ok(p11->C_DecryptFinal(sess, out + total, &length));
	assert_int_equal(total + length, 64);
	assert_memory_equal(out, pattern, 64);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_256_null_output_asks_for_the_length_and_changes_nothing),
		WITH_KEYS(rule_257_a_large_buffer_gets_the_output_and_its_exact_length),
		WITH_KEYS(rules_257_260_an_exact_buffer_is_enough),
		WITH_KEYS(rules_258_259_a_short_buffer_consumes_nothing_and_can_be_retried),
		WITH_KEYS(rules_258_273_a_short_buffer_gets_no_unverified_plaintext),
		WITH_KEYS(rule_259_short_buffers_between_updates_do_not_disturb_the_stream),
		WITH_KEYS(rule_261_an_update_gives_all_that_the_input_allows),
		WITH_KEYS(rule_261_an_unpadding_update_holds_the_last_block_back),
		WITH_KEYS(rule_262_every_function_with_output_follows_the_convention),
		WITH_KEYS(rule_263_no_length_pointer_is_bad_and_ends_the_operation),
		WITH_KEYS(rule_263_no_length_pointer_is_bad_in_a_length_query_too),
		WITH_KEYS(rule_264_input_and_output_may_be_the_same_place),
		WITH_KEYS(rule_264_in_place_works_with_bytes_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
