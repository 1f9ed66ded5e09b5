/* SPDX-License-Identifier: Apache-2.0 */
/* Logout and what it ends, and what the SO may: rules 162, 163 and 166 to 172 (chapter K), invariant S2: private
 * access ends for handles, objects, operations and searches of all sessions at once. */
#include "api/harness.h"

static CK_RV read_class(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof(class)};

	return p11->C_GetAttributeValue(session, object, &a, 1);
}

/* ---- logout ---------------------------------------------------------------------------------- */

static void rule_163_login_again_needs_a_logout(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
	for (int i = 0; i < 5; i++) {
		logout(session);
		login_user(session);
	}
}

static void rule_166_logout_needs_a_login(void **state)
{
	CK_SESSION_HANDLE rw = open_rw(), ro = open_ro();
	(void)state;

	assert_rv(p11->C_Logout(rw), CKR_USER_NOT_LOGGED_IN);
	login_user(ro);
	assert_ok(p11->C_Logout(rw));
	assert_rv(p11->C_Logout(ro), CKR_USER_NOT_LOGGED_IN);
	close_session(ro);
	login_so(rw);
	assert_ok(p11->C_Logout(rw));
	assert_rv(p11->C_Logout(rw), CKR_USER_NOT_LOGGED_IN);
}

static void rule_167_private_handles_are_dead_for_good_after_logout(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other = open_ro();
	CK_OBJECT_HANDLE made, found, again;
	(void)state;

	login_user(session);
	made = make_data(session, true, true, "secret");
	found = find_labelled(other, "secret");
	assert_ok(read_class(other, made));
	logout(other);

	assert_rv(read_class(session, made), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(read_class(other, found), CKR_OBJECT_HANDLE_INVALID);
	login_user(session);
	assert_rv(read_class(session, made), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(read_class(other, found), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_DestroyObject(session, made), CKR_OBJECT_HANDLE_INVALID);
	again = find_labelled(session, "secret");
	assert_int_not_equal(again, 0);
	assert_int_not_equal(again, made);
	assert_int_not_equal(again, found);
	assert_ok(read_class(session, again));
}

static void rule_167_private_keys_cannot_be_used_by_old_handles(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_OBJECT_HANDLE key;
	(void)state;

	login_user(session);
	key = make_aes(session, true, true);
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	logout(session);
	assert_rv_in(p11->C_EncryptInit(session, &ecb, key), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
	login_user(session);
	assert_rv_in(p11->C_EncryptInit(session, &ecb, key), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
	assert_rv_in(p11->C_DecryptInit(session, &ecb, key), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
}

static void rule_168_logout_destroys_private_session_objects_of_all_sessions(void **state)
{
	CK_SESSION_HANDLE sessions[3] = {open_rw(), open_ro(), open_rw()};
	CK_OBJECT_HANDLE objects[3];
	(void)state;

	login_user(sessions[0]);
	for (size_t i = 0; i < COUNT(sessions); i++)
		objects[i] = make_data(sessions[i], false, true, "ephemeral");
	assert_int_equal(count_labelled(sessions[1], "ephemeral"), 3);
	logout(sessions[2]);
	assert_int_equal(count_labelled(sessions[0], "ephemeral"), 0);
	login_user(sessions[1]);
	assert_int_equal(count_labelled(sessions[0], "ephemeral"), 0);
	for (size_t i = 0; i < COUNT(objects); i++)
		assert_rv(read_class(sessions[i], objects[i]), CKR_OBJECT_HANDLE_INVALID);
}

static void rule_169_public_objects_and_handles_survive_logout(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE in_session, on_token, key;
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	(void)state;

	login_user(session);
	in_session = make_data(session, false, false, "public-session");
	on_token = make_data(session, true, false, "public-token");
	key = make_aes(session, false, false);
	logout(session);
	assert_ok(read_class(session, in_session));
	assert_ok(read_class(session, on_token));
	assert_int_equal(count_labelled(session, "public-session"), 1);
	assert_int_equal(count_labelled(session, "public-token"), 1);
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
}

/* ---- operations and the end of private access (S2, R5) --------------------------------------- */

struct private_world {
	CK_SESSION_HANDLE session, other;
	CK_OBJECT_HANDLE aes, secret, rsa_private;
};

static CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, hmac = {CKM_SHA256_HMAC, NULL, 0}, rsa = {CKM_RSA_PKCS, NULL, 0};
static CK_BYTE block[256], out[512];

static CK_RV encrypt_init(struct private_world *w) { return p11->C_EncryptInit(w->session, &ecb, w->aes); }
static CK_RV decrypt_init(struct private_world *w) { return p11->C_DecryptInit(w->session, &ecb, w->aes); }
static CK_RV sign_init(struct private_world *w) { return p11->C_SignInit(w->session, &hmac, w->secret); }
static CK_RV verify_init(struct private_world *w) { return p11->C_VerifyInit(w->session, &hmac, w->secret); }
static CK_RV rsa_sign_init(struct private_world *w) { return p11->C_SignInit(w->session, &rsa, w->rsa_private); }
static CK_RV rsa_decrypt_init(struct private_world *w) { return p11->C_DecryptInit(w->session, &rsa, w->rsa_private); }
static CK_RV recover_init(struct private_world *w) { return p11->C_SignRecoverInit(w->session, &rsa, w->rsa_private); }

static CK_RV encrypt(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_Encrypt(w->session, block, 16, out, &length);
}

static CK_RV encrypt_update(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_EncryptUpdate(w->session, block, 16, out, &length);
}

static CK_RV encrypt_final(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_EncryptFinal(w->session, out, &length);
}

static CK_RV decrypt(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_Decrypt(w->session, block, 256, out, &length);
}

static CK_RV decrypt_update(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_DecryptUpdate(w->session, block, 16, out, &length);
}

static CK_RV sign(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_Sign(w->session, block, 32, out, &length);
}

static CK_RV sign_update(struct private_world *w)
{
	return p11->C_SignUpdate(w->session, block, 32);
}

static CK_RV sign_final(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_SignFinal(w->session, out, &length);
}

static CK_RV verify(struct private_world *w)
{
	return p11->C_Verify(w->session, block, 32, out, 32);
}

static CK_RV sign_recover(struct private_world *w)
{
	CK_ULONG length = sizeof(out);

	return p11->C_SignRecover(w->session, block, 32, out, &length);
}

static CK_RV size_query(struct private_world *w)
{
	CK_ULONG length = 0;

	return p11->C_Sign(w->session, block, 32, NULL, &length);
}

static void by_logout(struct private_world *w)
{
	logout(w->session);
}

static void by_logout_elsewhere(struct private_world *w)
{
	logout(w->other);
}

static void by_logout_and_new_login(struct private_world *w)
{
	logout(w->other);
	login_user(w->other);
}

static void rule_170_operations_with_private_keys_end_at_logout(void **state)
{
	static const struct {
		const char *name;
		CK_RV (*begin)(struct private_world *), (*first)(struct private_world *), (*then)(struct private_world *);
	} kinds[] = {
		{"encrypt", encrypt_init, NULL, encrypt},
		{"encrypt update", encrypt_init, NULL, encrypt_update},
		{"encrypt final", encrypt_init, encrypt_update, encrypt_final},
		{"decrypt", decrypt_init, NULL, decrypt},
		{"decrypt update", decrypt_init, decrypt_update, decrypt_update},
		{"sign", sign_init, NULL, sign},
		{"sign update", sign_init, sign_update, sign_update},
		{"sign final", sign_init, sign_update, sign_final},
		{"sign size query", sign_init, NULL, size_query},
		{"verify", verify_init, NULL, verify},
		{"RSA sign", rsa_sign_init, NULL, sign},
		{"RSA decrypt", rsa_decrypt_init, NULL, decrypt},
		{"RSA sign-recover", recover_init, NULL, sign_recover},
	};
	static void (*const endings[])(struct private_world *) = {by_logout, by_logout_elsewhere, by_logout_and_new_login};
	struct private_world w = {.session = open_rw(), .other = open_ro()};
	CK_OBJECT_HANDLE public;
	(void)state;

	login_user(w.session);
	make_rsa_pair(w.session, true, true, &public, &w.rsa_private);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		for (size_t j = 0; j < COUNT(endings); j++) {
			CK_ATTRIBUTE rsa_key = {CKA_CLASS, &private_key_class, sizeof(private_key_class)};
			CK_ULONG count;
			CK_RV rv;

			w.aes = make_aes(w.session, false, true);
			w.secret = make_secret(w.session, false, true, "0123456789abcdef", 16);
			assert_ok(p11->C_FindObjectsInit(w.session, &rsa_key, 1));
			assert_ok(p11->C_FindObjects(w.session, &w.rsa_private, 1, &count));
			assert_ok(p11->C_FindObjectsFinal(w.session));
			assert_int_equal(count, 1);

			assert_ok(kinds[i].begin(&w));
			if (kinds[i].first)
				assert_ok(kinds[i].first(&w));
			endings[j](&w);
			rv = kinds[i].then(&w);
			if (rv != CKR_OPERATION_NOT_INITIALIZED)
				fail_msg("%s after ending %zu gave %s", kinds[i].name, j, rv_text(rv));
			if (session_state(w.session) == CKS_RW_PUBLIC_SESSION)
				login_user(w.session);
		}
	}
}

static void rule_162_operations_with_public_keys_survive_or_end_cleanly(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	CK_OBJECT_HANDLE key;
	CK_ULONG length = sizeof(out);
	(void)state;

	key = make_aes(session, false, false);
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	login_user(session);
	assert_rv_in(p11->C_Encrypt(session, block, 16, out, &length), CKR_OK, CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_ok(p11->C_DigestUpdate(session, block, 16));
	logout(session);
	length = sizeof(out);
	assert_rv_in(p11->C_DigestFinal(session, out, &length), CKR_OK, CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_DigestInit(session, &sha));
	length = sizeof(out);
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	assert_ok(p11->C_Encrypt(session, block, 16, out, &length));
}

static bool contains(const CK_OBJECT_HANDLE *list, size_t count, CK_OBJECT_HANDLE object)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == object)
			return true;
	return false;
}

static void rules_162_235_a_search_gives_no_private_objects_after_logout(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE found[20], private[4];
	CK_ULONG count = 0;
	CK_RV rv;
	(void)state;

	login_user(session);
	for (size_t i = 0; i < COUNT(private); i++)
		private[i] = make_data(session, i % 2, true, "private");
	make_data(session, true, false, "public");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, 1, &count));
	logout(session);
	rv = p11->C_FindObjects(session, found, COUNT(found), &count);
	assert_rv_in(rv, CKR_OK, CKR_OPERATION_NOT_INITIALIZED);
	/* Handles that the search had collected may come out dead (rule 239), never alive. */
	for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++)
		assert_int_equal(read_class(session, found[i]),
		                 contains(private, COUNT(private), found[i]) ? CKR_OBJECT_HANDLE_INVALID : CKR_OK);
	for (size_t i = 0; i < COUNT(private); i++)
		assert_rv(read_class(session, private[i]), CKR_OBJECT_HANDLE_INVALID);
}

/* ---- the SO ---------------------------------------------------------------------------------- */

static void rule_171_the_so_sees_and_handles_only_public_objects(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE private, made;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &no, sizeof(no)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
	};
	(void)state;

	login_user(session);
	private = make_data(session, true, true, "private");
	make_data(session, true, false, "public");
	logout(session);
	login_so(session);

	assert_int_equal(count_labelled(session, "private"), 0);
	assert_int_equal(count_labelled(session, "public"), 1);
	assert_int_equal(count_objects(session), 1);
	assert_rv(read_class(session, private), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_DestroyObject(session, private), CKR_OBJECT_HANDLE_INVALID);
	assert_rv_in(p11->C_CreateObject(session, template, COUNT(template), &made), CKR_USER_NOT_LOGGED_IN,
	             CKR_TEMPLATE_INCONSISTENT);
	template[1].pValue = &yes;
	assert_rv_in(p11->C_CreateObject(session, template, COUNT(template), &made), CKR_USER_NOT_LOGGED_IN,
	             CKR_TEMPLATE_INCONSISTENT);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "public")));
}

static CK_RV create_trusted(CK_SESSION_HANDLE session, CK_BBOOL trusted, CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BYTE subject[] = {0x30, 0x00}, value[] = {0x30, 0x03, 0x02, 0x01, 0x01};
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &no, sizeof(no)},
		{CKA_SUBJECT, subject, sizeof(subject)},
		{CKA_VALUE, value, sizeof(value)},
		{CKA_TRUSTED, &trusted, sizeof(trusted)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

static void rule_172_only_the_so_creates_trusted_objects(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE object;
	(void)state;

	assert_rv_in(create_trusted(session, CK_TRUE, &object), CKR_ATTRIBUTE_READ_ONLY, CKR_USER_NOT_LOGGED_IN,
	             CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
	login_user(session);
	assert_rv_in(create_trusted(session, CK_TRUE, &object), CKR_ATTRIBUTE_READ_ONLY, CKR_USER_NOT_LOGGED_IN,
	             CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_ok(create_trusted(session, CK_FALSE, &object));
	assert_false(get_bool(session, object, CKA_TRUSTED));
	logout(session);
	login_so(session);
	assert_ok(create_trusted(session, CK_TRUE, &object));
	assert_true(get_bool(session, object, CKA_TRUSTED));
}

static void rule_172_only_the_so_sets_trusted(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE certificate, key, private;
	CK_ATTRIBUTE trust = {CKA_TRUSTED, &yes, sizeof(yes)};
	CK_BYTE id[] = "key";
	(void)state;

	login_user(session);
	assert_ok(create_trusted(session, CK_FALSE, &certificate));
	make_ec_pair(session, true, true, &key, &private);
	assert_ok(p11->C_SetAttributeValue(session, key, (CK_ATTRIBUTE[]){{CKA_ID, id, sizeof(id)}}, 1));
	assert_rv_in(p11->C_SetAttributeValue(session, certificate, &trust, 1), CKR_ATTRIBUTE_READ_ONLY,
	             CKR_USER_NOT_LOGGED_IN, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv_in(p11->C_SetAttributeValue(session, key, &trust, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_USER_NOT_LOGGED_IN,
	             CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_false(get_bool(session, key, CKA_TRUSTED));
	logout(session);
	login_so(session);
	assert_ok(p11->C_SetAttributeValue(session, key, &trust, 1));
	assert_true(get_bool(session, key, CKA_TRUSTED));
	logout(session);
	assert_true(get_bool(session, key, CKA_TRUSTED));
}

#define ON_TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rule_163_login_again_needs_a_logout),
		ON_TOKEN(rule_166_logout_needs_a_login),
		ON_TOKEN(rule_167_private_handles_are_dead_for_good_after_logout),
		ON_TOKEN(rule_167_private_keys_cannot_be_used_by_old_handles),
		ON_TOKEN(rule_168_logout_destroys_private_session_objects_of_all_sessions),
		ON_TOKEN(rule_169_public_objects_and_handles_survive_logout),
		ON_TOKEN(rule_170_operations_with_private_keys_end_at_logout),
		ON_TOKEN(rule_162_operations_with_public_keys_survive_or_end_cleanly),
		ON_TOKEN(rules_162_235_a_search_gives_no_private_objects_after_logout),
		ON_TOKEN(rule_171_the_so_sees_and_handles_only_public_objects),
		ON_TOKEN(rule_172_only_the_so_creates_trusted_objects),
		ON_TOKEN(rule_172_only_the_so_sets_trusted),
	};
	return cmocka_run_group_tests_name("logout", tests, NULL, NULL);
}
