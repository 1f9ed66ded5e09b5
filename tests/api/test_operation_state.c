/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and restoring operations, rules 338 to 353: the same result in the same session and in another one, what
 * cannot be saved, every tampering refused. Refuses to know other processes (test_operation_state_processes.c). */
#include "aead_cases.h"
#include "streams.h"

/* ---- saving ------------------------------------------------------------------------------------ */

static void rules_339_340_nothing_to_save(void **state)
{
	const enum kind not_savable[] = {FIND, SIGN_RECOVER, VERIFY_RECOVER};

	(void)state;
	assert_rv(save_from(sess, &saved), CKR_OPERATION_NOT_INITIALIZED);
	for (size_t i = 0; i < COUNT(not_savable); i++) {
		assert_ok(start(not_savable[i]));
		assert_rv(save_from(sess, &saved), CKR_OPERATION_NOT_INITIALIZED);
		length = 0;
		assert_rv(p11->C_GetOperationState(sess, NULL, &length), CKR_OPERATION_NOT_INITIALIZED);
		assert_true(is_active(not_savable[i]));
		renew_session();
	}
}

/* The documentation says why for each: GCM must not meet an IV twice, the others have no middle. */
static void rule_340_mechanisms_that_cannot_be_saved(void **state)
{
	const struct {
		enum kind kind;
		CK_MECHANISM *mechanism;
		CK_OBJECT_HANDLE key;
	} cases[] = {
		{ENCRYPT, &m_gcm, keys.aes},
		{SIGN, &m_rsa, keys.rsa_private}, {SIGN, &m_ecdsa, keys.ec_private}, {SIGN, &m_eddsa, keys.ed_private},
		{VERIFY, &m_pss, keys.rsa_public}, {ENCRYPT, &m_oaep, keys.rsa_public}, {DECRYPT, &m_rsa, keys.rsa_private},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("# %s 0x%lx\n", kind_names[cases[i].kind], cases[i].mechanism->mechanism);
		assert_ok(start_with(sess, cases[i].kind, cases[i].mechanism, cases[i].key));
		assert_rv(save_from(sess, &saved), CKR_STATE_UNSAVEABLE);
		length = 0;
		assert_rv(p11->C_GetOperationState(sess, NULL, &length), CKR_STATE_UNSAVEABLE);
		renew_session();
	}
	/* Half a pair is enough. */
	assert_ok(p11->C_DigestInit(sess, &m_sha256));
	assert_ok(p11->C_EncryptInit(sess, &m_gcm, keys.aes));
	assert_rv(save_from(sess, &saved), CKR_STATE_UNSAVEABLE);
}

/* What opens sealed data holds ciphertext only until the tag is checked: that may be carried. What seals may not. */
static void rule_340_opening_can_be_saved_and_sealing_cannot(void **state)
{
	CK_BYTE sealed[75 + AEAD_TAG], opened[75];
	const CK_ULONG cuts[] = {0, 1, 16, 74, 75, 76, 91};

	(void)state;
	for (size_t i = 0; i < aead_case_count; i++) {
		const struct aead_case *c = &aead_cases[i];
		CK_OBJECT_HANDLE key = aead_key(c, NULL, 0);
		CK_MECHANISM *m = aead_ordinary(c, 75, unconst(pattern), 5);

		assert_ok(p11->C_EncryptInit(sess, m, key));
		assert_rv(save_from(sess, &saved), CKR_STATE_UNSAVEABLE);
		assert_ok(p11->C_SessionCancel(sess, CKF_ENCRYPT));
		encrypt(m, key, pattern, 75, sealed, sizeof(sealed));
		for (size_t k = 0; k < COUNT(cuts); k++) {
			CK_SESSION_HANDLE other = open_rw();
			CK_ULONG n = sizeof(opened);

			assert_ok(p11->C_DecryptInit(sess, m, key));
			assert_ok(p11->C_DecryptUpdate(sess, sealed, cuts[k], opened, &n));
			assert_ok(save_from(sess, &saved));
			assert_ok(p11->C_SessionCancel(sess, CKF_DECRYPT));
			/* Twice, once with a forged end. */
			for (int forged = 1; forged >= 0; forged--) {
				sealed[sizeof(sealed) - 1] ^= (CK_BYTE)forged;
				assert_ok(p11->C_SetOperationState(other, saved.bytes, saved.length, key, 0));
				n = sizeof(opened);
				assert_ok(p11->C_DecryptUpdate(other, sealed + cuts[k], sizeof(sealed) - cuts[k], opened, &n));
				assert_int_equal(n, 0);
				n = sizeof(opened);
				if (!forged || cuts[k] == sizeof(sealed))
					assert_ok(p11->C_DecryptFinal(other, opened, &n));
				else
					assert_rv(p11->C_DecryptFinal(other, opened, &n), CKR_ENCRYPTED_DATA_INVALID);
				sealed[sizeof(sealed) - 1] ^= (CK_BYTE)forged;
			}
			assert_int_equal(n, 75);
			assert_memory_equal(opened, pattern, 75);
			close_session(other);
		}
		assert_ok(p11->C_DestroyObject(sess, key));
	}
}

static void rules_338_341_saving_does_not_disturb(void **state)
{
	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		const struct stream *s = &streams[i];
		CK_ULONG result = reference(sess, s, own_keys());

		print_message("# %s\n", s->name);
		begin_stream(sess, s, own_keys());
		length = 0;
		for (CK_ULONG at = 0; at < s->text; at += 4) {
			CK_ULONG query = 0, before;

			assert_ok(p11->C_GetOperationState(sess, NULL, &query));
			assert_ok(save_from(sess, &saved));
			assert_in_range(saved.length, 1, query);
			before = query - 1;
			if (saved.length == query)
				assert_rv(p11->C_GetOperationState(sess, saved.bytes, &before), CKR_BUFFER_TOO_SMALL);
			feed(sess, s, at, at + 4);
		}
		finish(sess, s);
		check_result(result);
	}
}

/* ---- restoring --------------------------------------------------------------------------------- */

static void rules_338_343_another_session_goes_on_from_any_point(void **state)
{
	const CK_ULONG cuts[] = {0, 1, 15, 16, 17, 31, 55, 56, 63, 64, 65, 80, 95, 96};

	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		const struct stream *s = &streams[i];
		CK_ULONG result = reference(sess, s, own_keys());

		print_message("# %s\n", s->name);
		for (size_t k = 0; k < COUNT(cuts); k++) {
			CK_SESSION_HANDLE other = open_rw();

			begin_stream(sess, s, own_keys());
			length = 0;
			feed(sess, s, 0, cuts[k]);
			assert_ok(save_from(sess, &saved));
			renew_session();
			assert_ok(restore_stream(other, s, own_keys()));
			feed(other, s, cuts[k], s->text);
			finish(other, s);
			check_result(result);
			close_session(other);
		}
	}
}

static void rules_341_349_the_same_session_goes_back(void **state)
{
	CK_ULONG result = reference(sess, &streams[SHA256_ROW], own_keys());

	(void)state;
	begin_stream(sess, &streams[SHA256_ROW], own_keys());
	feed(sess, &streams[SHA256_ROW], 0, 50);
	assert_ok(save_from(sess, &saved));
	feed(sess, &streams[SHA256_ROW], 3, 20);
	length = 0;
	assert_ok(restore_stream(sess, &streams[SHA256_ROW], own_keys()));
	feed(sess, &streams[SHA256_ROW], 50, TEXT);
	finish(sess, &streams[SHA256_ROW]);
	check_result(result);
}

static void rule_352_one_state_can_be_restored_again_and_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		const struct stream *s = &streams[i];
		CK_ULONG result = reference(sess, s, own_keys()), so_far;
		CK_BYTE start_of_output[512];

		begin_stream(sess, s, own_keys());
		length = 0;
		feed(sess, s, 0, 37);
		so_far = length;
		memcpy(start_of_output, out, so_far);
		assert_ok(save_from(sess, &saved));
		for (int times = 0; times < 3; times++) {
			assert_ok(restore_stream(sess, s, own_keys()));
			memcpy(out, start_of_output, so_far);
			length = so_far;
			feed(sess, s, 37, s->text);
			finish(sess, s);
			check_result(result);
		}
	}
}

/* A restored operation can be saved again. */
static void rule_352_a_state_of_a_restored_operation(void **state)
{
	const struct stream *s = &streams[CTR_ROW];
	CK_ULONG result = reference(sess, s, own_keys());

	(void)state;
	begin_stream(sess, s, own_keys());
	length = 0;
	for (CK_ULONG at = 0; at < s->text; at += 5) {
		feed(sess, s, at, at + 5);
		assert_ok(save_from(sess, &saved));
		renew_session();
		assert_ok(restore_stream(sess, s, own_keys()));
	}
	finish(sess, s);
	check_result(result);
}

static void rule_343_a_key_digested_into_the_state_is_in_it(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(p11->C_DigestKey(sess, keys.hmac));
	assert_ok(save_from(sess, &saved));
	renew_session();
	assert_ok(restore_to(sess, &saved, CK_INVALID_HANDLE, CK_INVALID_HANDLE));
	length = sizeof(out);
	assert_ok(p11->C_DigestFinal(sess, out, &length));
	digest(&m_sha256, hmac_key, sizeof(hmac_key), wanted, sizeof(wanted));
	assert_memory_equal(out, wanted, 32);
}

static void rule_342_pairs_are_saved_and_restored_whole(void **state)
{
	static const struct {
		size_t cipher, fed; /* rows of streams */
	} pairs[] = {
		{CTR_ROW, SHA256_ROW}, {CTR_BACK_ROW, SHA256_ROW}, {CTR_ROW, HMAC_ROW},
		{CTR_BACK_ROW, VERIFY_ROW}, {CBC_ROW, SHA512_ROW}, {CBC_BACK_ROW, VERIFY_ROW},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct stream *cipher = &streams[pairs[i].cipher], *fed = &streams[pairs[i].fed];
		CK_OBJECT_HANDLE authenticate = fed->kind == DIGEST ? CK_INVALID_HANDLE : keys.hmac;
		CK_BYTE cipher_wanted[512];
		CK_ULONG cipher_result, fed_result;
		struct stream shorter = *fed;

		print_message("# %s and %s\n", cipher->name, fed->name);
		shorter.text = cipher->text;
		cipher_result = reference(sess, cipher, own_keys());
		memcpy(cipher_wanted, wanted, cipher_result);
		fed_result = reference(sess, &shorter, own_keys());
		begin_stream(sess, cipher, own_keys());
		begin_stream(sess, fed, own_keys());
		length = 0;
		feed(sess, fed, 0, 33);
		feed(sess, cipher, 0, 48);
		assert_ok(save_from(sess, &saved));
		renew_session();
		assert_rv_in(restore_to(sess, &saved, CK_INVALID_HANDLE, authenticate), CKR_KEY_NEEDED);
		if (authenticate)
			assert_rv(restore_to(sess, &saved, keys.aes, CK_INVALID_HANDLE), CKR_KEY_NEEDED);
		else
			assert_rv(restore_to(sess, &saved, keys.aes, keys.hmac), CKR_KEY_NOT_NEEDED);
		assert_false(is_active(cipher->kind));
		assert_false(is_active(fed->kind));
		assert_ok(restore_to(sess, &saved, keys.aes, authenticate));
		assert_true(is_active(cipher->kind));
		assert_true(is_active(fed->kind));
		feed(sess, cipher, 48, cipher->text);
		finish(sess, cipher);
		assert_int_equal(length, cipher_result);
		assert_memory_equal(out, cipher_wanted, length);
		length = 0;
		feed(sess, fed, 33, cipher->text);
		finish(sess, fed);
		check_result(fed_result);
	}
}

/* ---- keys -------------------------------------------------------------------------------------- */

/* Saves a stream that has begun and ends it. */
static void save_stream(const struct stream *s)
{
	begin_stream(sess, s, own_keys());
	length = 0;
	feed(sess, s, 0, 20);
	assert_ok(save_from(sess, &saved));
	renew_session();
}

static void rule_345_the_key_must_be_given(void **state)
{
	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		if (streams[i].kind == DIGEST)
			continue;
		save_stream(&streams[i]);
		assert_rv(restore_to(sess, &saved, CK_INVALID_HANDLE, CK_INVALID_HANDLE), CKR_KEY_NEEDED);
		assert_false(is_active(streams[i].kind));
		assert_ok(restore_stream(sess, &streams[i], own_keys()));
		renew_session();
	}
}

static void rule_346_a_key_without_a_role_is_not_needed(void **state)
{
	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		const struct stream *s = &streams[i];

		save_stream(s);
		if (s->kind == DIGEST) {
			assert_rv(restore_to(sess, &saved, keys.aes, CK_INVALID_HANDLE), CKR_KEY_NOT_NEEDED);
			assert_rv(restore_to(sess, &saved, CK_INVALID_HANDLE, keys.hmac), CKR_KEY_NOT_NEEDED);
			assert_rv(restore_to(sess, &saved, keys.aes, keys.hmac), CKR_KEY_NOT_NEEDED);
		} else {
			assert_rv(restore_to(sess, &saved, keys.aes, keys.hmac), CKR_KEY_NOT_NEEDED);
			assert_rv_in(is_cipher(s) ? restore_to(sess, &saved, CK_INVALID_HANDLE, keys.hmac)
			                          : restore_to(sess, &saved, keys.aes, CK_INVALID_HANDLE),
			             CKR_KEY_NOT_NEEDED, CKR_KEY_NEEDED);
		}
		assert_false(is_active(s->kind));
		assert_ok(restore_stream(sess, s, own_keys()));
		renew_session();
	}
}

static void rule_347_another_key_is_noticed(void **state)
{
	CK_BYTE near[32];
	struct role_keys others, swapped = {keys.hmac, keys.aes};

	(void)state;
	memcpy(near, aes_key, 16);
	near[15] ^= 1;
	others.aes = make_key(sess, CKK_AES, near, 16, NULL, 0);
	memcpy(near, hmac_key, 32);
	near[0] ^= 0x80;
	others.hmac = make_key(sess, CKK_GENERIC_SECRET, near, 32, NULL, 0);
	for (size_t i = 0; i < stream_count; i++) {
		if (streams[i].kind == DIGEST)
			continue;
		/* sess must live on: the other keys are its own. */
		begin_stream(sess, &streams[i], own_keys());
		length = 0;
		feed(sess, &streams[i], 0, 20);
		assert_ok(save_from(sess, &saved));
		assert_ok(p11->C_SessionCancel(sess, kind_flags[streams[i].kind]));
		assert_rv(restore_stream(sess, &streams[i], others), CKR_KEY_CHANGED);
		assert_rv_in(restore_stream(sess, &streams[i], swapped), CKR_KEY_CHANGED, CKR_KEY_TYPE_INCONSISTENT);
		assert_false(is_active(streams[i].kind));
	}
}

static void rule_347_a_handle_of_nothing_is_not_the_key(void **state)
{
	CK_OBJECT_HANDLE gone = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), NULL, 0);

	(void)state;
	assert_ok(p11->C_DestroyObject(sess, gone));
	save_stream(&streams[CBC_ROW]);
	assert_rv_in(restore_to(sess, &saved, gone, CK_INVALID_HANDLE), CKR_KEY_CHANGED, CKR_KEY_HANDLE_INVALID);
	assert_rv_in(restore_to(sess, &saved, ~0UL, CK_INVALID_HANDLE), CKR_KEY_CHANGED, CKR_KEY_HANDLE_INVALID);
	assert_false(is_active(ENCRYPT));
}

/* Same value, another object: nothing detects that, and the result is the same. */
static void rule_347_a_copy_of_the_key_serves(void **state)
{
	CK_OBJECT_HANDLE copy;
	CK_ULONG result = reference(sess, &streams[CBC_ROW], own_keys());

	(void)state;
	begin_stream(sess, &streams[CBC_ROW], own_keys());
	length = 0;
	feed(sess, &streams[CBC_ROW], 0, 20);
	assert_ok(save_from(sess, &saved));
	renew_session();
	copy = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), NULL, 0);
	assert_ok(restore_to(sess, &saved, copy, CK_INVALID_HANDLE));
	feed(sess, &streams[CBC_ROW], 20, 96);
	finish(sess, &streams[CBC_ROW]);
	check_result(result);
}

/* ---- where a state belongs --------------------------------------------------------------------- */

static void rule_343_the_session_must_be_in_the_same_state(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();

	(void)state;
	save_stream(&streams[SHA256_ROW]);
	assert_int_equal(session_state(ro), CKS_RO_USER_FUNCTIONS);
	assert_rv(restore_to(ro, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	assert_ok(restore_to(sess, &saved, 0, 0));
	renew_session();
	logout(sess);
	assert_int_equal(session_state(sess), CKS_RW_PUBLIC_SESSION);
	assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	assert_rv(restore_to(ro, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	/* And the other way round. */
	assert_ok(start(DIGEST));
	assert_ok(save_from(sess, &saved));
	renew_session();
	assert_ok(restore_to(sess, &saved, 0, 0));
	assert_rv(restore_to(ro, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	login_user(sess);
	renew_session();
	assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
}

static void rule_343_the_so_has_states_of_her_own(void **state)
{
	(void)state;
	save_stream(&streams[SHA256_ROW]);
	logout(sess);
	login_so(sess);
	assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	assert_ok(start(DIGEST));
	assert_ok(save_from(sess, &saved));
	renew_session();
	assert_ok(restore_to(sess, &saved, 0, 0));
	logout(sess);
	login_user(sess);
	assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
}

/* More than the rule asks for: the user's next login takes the state up again. */
static void rule_343_a_state_outlives_the_login(void **state)
{
	CK_ULONG result = reference(sess, &streams[HMAC_ROW], own_keys());

	(void)state;
	save_stream(&streams[HMAC_ROW]);
	logout(sess);
	login_user(sess);
	assert_ok(restore_stream(sess, &streams[HMAC_ROW], own_keys()));
	length = 0;
	feed(sess, &streams[HMAC_ROW], 20, TEXT);
	finish(sess, &streams[HMAC_ROW]);
	check_result(result);
}

static int setup_two_tokens(void **state)
{
	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	setenv("CONCLAVE_SPARE_SLOT", "1", 1);
	initialize();
	make_token();
	return 0;
}

static int teardown_two_tokens(void **state)
{
	int failed = teardown(state);

	unsetenv("CONCLAVE_SPARE_SLOT");
	return failed;
}

static void rule_343_another_token_does_not_take_the_state(void **state)
{
	CK_SLOT_ID slots[8], first = slot;
	CK_ULONG count;

	(void)state;
	for (int logged_in = 0; logged_in < 2; logged_in++) {
		CK_SESSION_HANDLE other;

		count = COUNT(slots);
		assert_ok(p11->C_GetSlotList(CK_TRUE, NULL, &count));
		assert_ok(p11->C_GetSlotList(CK_TRUE, slots, &count));
		assert_true(count >= 2);
		if (!logged_in)
			assert_ok(init_token(slots[1], SO_PIN, "test-other"));
		slot = slots[1];
		other = open_rw();
		if (logged_in) {
			login_so(other);
			assert_ok(p11->C_InitPIN(other, (CK_UTF8CHAR_PTR)(uintptr_t)USER_PIN, strlen(USER_PIN)));
			logout(other);
			login_user(other);
		}
		slot = first;
		sess = open_rw();
		if (logged_in)
			login_user(sess);
		assert_int_equal(session_state(sess), session_state(other));
		assert_ok(start(DIGEST));
		assert_ok(save_from(sess, &saved));
		assert_rv(restore_to(other, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
		close_session(sess);
		close_session(other);
	}
}

/* ---- tampering --------------------------------------------------------------------------------- */

static void rule_344_no_changed_bit_is_taken(void **state)
{
	const size_t rows[] = {SHA256_ROW, HMAC_ROW, CBC_ROW, CTR_ROW};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct stream *s = &streams[rows[i]];

		save_stream(s);
		for (CK_ULONG bit = 0; bit < saved.length * 8; bit += bit < 256 ? 1 : 5) {
			saved.bytes[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
			assert_rv(restore_stream(sess, s, own_keys()), CKR_SAVED_STATE_INVALID);
			saved.bytes[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
		}
		assert_false(is_active(s->kind));
		assert_ok(restore_stream(sess, s, own_keys()));
		renew_session();
	}
}

static void rule_344_no_other_length_is_taken(void **state)
{
	CK_ULONG whole;

	(void)state;
	save_stream(&streams[SHA256_ROW]);
	whole = saved.length;
	for (saved.length = 1; saved.length < whole; saved.length++)
		assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	for (saved.length = whole + 1; saved.length < whole + 40; saved.length++)
		assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
	saved.length = 0;
	assert_rv_in(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID, CKR_ARGUMENTS_BAD);
	saved.length = whole;
	assert_ok(restore_to(sess, &saved, 0, 0));
}

static void rule_344_foreign_bytes_are_not_taken(void **state)
{
	CK_BYTE noise[STATE_ROOM];

	(void)state;
	for (CK_ULONG n = 1; n < sizeof(noise); n = n * 2 + 1) {
		memset(noise, 0, n);
		assert_rv(p11->C_SetOperationState(sess, noise, n, 0, 0), CKR_SAVED_STATE_INVALID);
		assert_ok(p11->C_GenerateRandom(sess, noise, n));
		assert_rv(p11->C_SetOperationState(sess, noise, n, 0, 0), CKR_SAVED_STATE_INVALID);
		memset(noise, 0xff, n);
		assert_rv(p11->C_SetOperationState(sess, noise, n, keys.aes, keys.hmac), CKR_SAVED_STATE_INVALID);
	}
	assert_rv(p11->C_SetOperationState(sess, NULL, 100, 0, 0), CKR_ARGUMENTS_BAD);
}

/* Halves of two good states make no third. */
static void rule_344_mixed_states_are_not_taken(void **state)
{
	struct saved first;

	(void)state;
	save_stream(&streams[SHA256_ROW]);
	first = saved;
	save_stream(&streams[SHA256_ROW]);
	assert_int_equal(first.length, saved.length);
	assert_memory_not_equal(first.bytes, saved.bytes, saved.length);
	memcpy(saved.bytes + saved.length / 2, first.bytes + saved.length / 2, saved.length - saved.length / 2);
	assert_rv(restore_to(sess, &saved, 0, 0), CKR_SAVED_STATE_INVALID);
}

/* A state shows nothing of the key or of the data that went in. */
static void a_state_shows_neither_key_nor_data(void **state)
{
	(void)state;
	begin_stream(sess, &streams[CBC_ROW], own_keys());
	length = 0;
	feed(sess, &streams[CBC_ROW], 0, 24);
	assert_ok(save_from(sess, &saved));
	assert_null(memmem(saved.bytes, saved.length, aes_key, sizeof(aes_key)));
	assert_null(memmem(saved.bytes, saved.length, pattern + 16, 8));
	assert_null(memmem(saved.bytes, saved.length, out, 16));
}

/* ---- the target's own operations --------------------------------------------------------------- */

static void rule_349_restoring_replaces_what_was_active(void **state)
{
	CK_ULONG result = reference(sess, &streams[SHA256_ROW], own_keys());

	(void)state;
	save_stream(&streams[SHA256_ROW]);
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		assert_ok(start((enum kind)kind));
		assert_ok(start(FIND));
		assert_ok(restore_to(sess, &saved, 0, 0));
		if (kind != DIGEST)
			assert_false(is_active((enum kind)kind));
		assert_false(is_active(FIND));
		length = 0;
		feed(sess, &streams[SHA256_ROW], 20, TEXT);
		finish(sess, &streams[SHA256_ROW]);
		check_result(result);
	}
}

static void rule_350_a_refused_state_leaves_what_was_active(void **state)
{
	struct saved digest_state, cipher_state;
	CK_OBJECT_HANDLE other_key = make_key(sess, CKK_AES, pattern, 16, NULL, 0);
	CK_SESSION_HANDLE source = open_rw();

	(void)state;
	begin_stream(source, &streams[SHA256_ROW], own_keys());
	assert_ok(save_from(source, &digest_state));
	close_session(source);
	source = open_rw();
	begin_stream(source, &streams[CBC_ROW], own_keys());
	assert_ok(save_from(source, &cipher_state));
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		assert_ok(start((enum kind)kind));
		assert_ok(start(FIND));
		assert_rv(restore_to(sess, &digest_state, keys.aes, 0), CKR_KEY_NOT_NEEDED);
		assert_rv(restore_to(sess, &cipher_state, 0, 0), CKR_KEY_NEEDED);
		assert_rv(restore_to(sess, &cipher_state, other_key, 0), CKR_KEY_CHANGED);
		digest_state.bytes[digest_state.length - 1] ^= 1;
		assert_rv(restore_to(sess, &digest_state, 0, 0), CKR_SAVED_STATE_INVALID);
		digest_state.bytes[digest_state.length - 1] ^= 1;
		assert_true(is_active((enum kind)kind));
		assert_true(is_active(FIND));
		assert_ok(p11->C_SessionCancel(sess, kind_flags[kind] | CKF_FIND_OBJECTS));
	}
}

static void rule_353_a_search_beside_it_is_not_saved(void **state)
{
	(void)state;
	assert_ok(start(DIGEST));
	assert_ok(start(FIND));
	assert_ok(save_from(sess, &saved));
	assert_true(is_active(FIND));
	renew_session();
	assert_ok(restore_to(sess, &saved, 0, 0));
	assert_true(is_active(DIGEST));
	assert_false(is_active(FIND));
}

static void states_need_a_session(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	save_stream(&streams[SHA256_ROW]);
	length = 0;
	assert_rv(p11->C_GetOperationState(closed, NULL, &length), CKR_SESSION_HANDLE_INVALID);
	assert_rv(restore_to(closed, &saved, 0, 0), CKR_SESSION_HANDLE_INVALID);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rules_339_340_nothing_to_save),
		WITH_KEYS(rule_340_mechanisms_that_cannot_be_saved),
		WITH_KEYS(rule_340_opening_can_be_saved_and_sealing_cannot),
		WITH_KEYS(rules_338_341_saving_does_not_disturb),
		WITH_KEYS(rules_338_343_another_session_goes_on_from_any_point),
		WITH_KEYS(rules_341_349_the_same_session_goes_back),
		WITH_KEYS(rule_352_one_state_can_be_restored_again_and_again),
		WITH_KEYS(rule_352_a_state_of_a_restored_operation),
		WITH_KEYS(rule_343_a_key_digested_into_the_state_is_in_it),
		WITH_KEYS(rule_342_pairs_are_saved_and_restored_whole),
		WITH_KEYS(rule_345_the_key_must_be_given),
		WITH_KEYS(rule_346_a_key_without_a_role_is_not_needed),
		WITH_KEYS(rule_347_another_key_is_noticed),
		WITH_KEYS(rule_347_a_handle_of_nothing_is_not_the_key),
		WITH_KEYS(rule_347_a_copy_of_the_key_serves),
		WITH_KEYS(rule_343_the_session_must_be_in_the_same_state),
		WITH_KEYS(rule_343_the_so_has_states_of_her_own),
		WITH_KEYS(rule_343_a_state_outlives_the_login),
		cmocka_unit_test_setup_teardown(rule_343_another_token_does_not_take_the_state, setup_two_tokens,
		                                teardown_two_tokens),
		WITH_KEYS(rule_344_no_changed_bit_is_taken),
		WITH_KEYS(rule_344_no_other_length_is_taken),
		WITH_KEYS(rule_344_foreign_bytes_are_not_taken),
		WITH_KEYS(rule_344_mixed_states_are_not_taken),
		WITH_KEYS(a_state_shows_neither_key_nor_data),
		WITH_KEYS(rule_349_restoring_replaces_what_was_active),
		WITH_KEYS(rule_350_a_refused_state_leaves_what_was_active),
		WITH_KEYS(rule_353_a_search_beside_it_is_not_saved),
		WITH_KEYS(states_need_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
