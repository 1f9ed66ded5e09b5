/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that may be used so and so often: CKA_CONCLAVE_USES_LEFT counts down with each use, in the store too, gives several
 * at once no more uses than there are, and never goes up. Knows of mechanisms only that they work. */
#include <conclave.h>
#include <pthread.h>

#include "harness.h"

#define THREADS 4
#define SHARED_USES 30

static CK_SESSION_HANDLE session;
static CK_BYTE data[16] = "sixteen bytes...";
static CK_BYTE iv[16];
static CK_UTF8CHAR label[] = "counted";

static CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof(iv)};
static CK_MECHANISM cmac = {CKM_AES_CMAC, NULL, 0};
static CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0};

static void log_in(void)
{
	session = open_rw();
	login_user(session);
}

static CK_OBJECT_HANDLE make_counted(bool token, CK_ULONG uses)
{
	CK_BBOOL stays = token;

	return make_object(session, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
	                                       {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_TOKEN, &stays, 1},
	                                       {CKA_LABEL, label, 7}, {CKA_VALUE, aes_value, 16},
	                                       {CKA_DERIVE, &yes, 1}, {CKA_CONCLAVE_USES_LEFT, &uses, sizeof(uses)}));
}

static CK_ULONG left(CK_OBJECT_HANDLE key)
{
	return get_ulong(session, key, CKA_CONCLAVE_USES_LEFT);
}

static CK_RV set_left(CK_OBJECT_HANDLE key, CK_ULONG uses)
{
	CK_ATTRIBUTE a = {CKA_CONCLAVE_USES_LEFT, &uses, sizeof(uses)};

	return p11->C_SetAttributeValue(session, key, &a, 1);
}

static CK_RV sign_in(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key)
{
	CK_BYTE mac[16];
	CK_ULONG length = sizeof(mac);
	CK_RV rv = p11->C_SignInit(in, &cmac, key);

	return rv == CKR_OK ? p11->C_Sign(in, data, sizeof(data), mac, &length) : rv;
}

static void each_use_takes_one_until_none_is_left(void **state)
{
	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE key = make_counted(token == 1, 2);

		assert_ok(sign_in(session, key));
		assert_int_equal(left(key), 1);
		assert_ok(sign_in(session, key));
		assert_int_equal(left(key), 0);
		assert_rv(sign_in(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
		assert_rv(p11->C_EncryptInit(session, &cbc, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
		assert_rv(p11->C_DecryptInit(session, &cbc, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
		assert_int_equal(left(key), 0);
	}
}

static void an_operation_in_parts_is_one_use(void **state)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE out[32];
	CK_ULONG length;

	(void)state;
	log_in();
	key = make_counted(true, 2);
	assert_ok(p11->C_EncryptInit(session, &cbc, key));
	for (int i = 0; i < 3; i++) {
		length = sizeof(out);
		assert_ok(p11->C_EncryptUpdate(session, data, sizeof(data), out, &length));
	}
	length = sizeof(out);
	assert_ok(p11->C_EncryptFinal(session, out, &length));
	assert_int_equal(left(key), 1);
	assert_ok(p11->C_DecryptInit(session, &cbc, key));
	assert_int_equal(left(key), 0);
	assert_ok(p11->C_Decrypt(session, data, sizeof(data), NULL, &length));
	assert_ok(p11->C_Decrypt(session, data, sizeof(data), out, &length));
	assert_int_equal(left(key), 0);
}

static void verifying_and_what_is_refused_take_none(void **state)
{
	CK_MECHANISM odd = {CKM_AES_CBC, iv, 3};
	CK_OBJECT_HANDLE key;
	CK_BYTE mac[16];
	CK_ULONG length = sizeof(mac);

	(void)state;
	log_in();
	key = make_counted(true, 1);
	assert_rv(p11->C_EncryptInit(session, &odd, key), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(left(key), 1);
	assert_ok(p11->C_SignInit(session, &cmac, key));
	assert_ok(p11->C_Sign(session, data, sizeof(data), mac, &length));
	for (int i = 0; i < 3; i++) {
		assert_ok(p11->C_VerifyInit(session, &cmac, key));
		assert_ok(p11->C_Verify(session, data, sizeof(data), mac, length));
	}
	assert_int_equal(left(key), 0);
}

static void wrapping_and_unwrapping_take_one_each(void **state)
{
	CK_OBJECT_HANDLE key, target, unwrapped;
	CK_BYTE wrapped[64];
	CK_ULONG length = 0;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	};

	(void)state;
	log_in();
	key = make_counted(true, 2);
	target = make_aes(session, false, false);
	assert_ok(p11->C_WrapKey(session, &kw, key, target, NULL, &length));
	assert_int_equal(left(key), 2);
	length = sizeof(wrapped);
	assert_ok(p11->C_WrapKey(session, &kw, key, target, wrapped, &length));
	assert_int_equal(left(key), 1);
	assert_ok(p11->C_UnwrapKey(session, &kw, key, wrapped, length, template, COUNT(template), &unwrapped));
	assert_int_equal(left(key), 0);
	assert_rv(p11->C_UnwrapKey(session, &kw, key, wrapped, length, template, COUNT(template), &unwrapped),
	          CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_WrapKey(session, &kw, key, target, wrapped, &length), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
}

static void deriving_takes_one(void **state)
{
	CK_KEY_DERIVATION_STRING_DATA more = {data, sizeof(data)};
	CK_MECHANISM m = {CKM_CONCATENATE_BASE_AND_DATA, &more, sizeof(more)};
	CK_OBJECT_HANDLE key, derived;
	CK_ULONG wrong = 5;
	CK_ATTRIBUTE bad = {CKA_CLASS, &wrong, 1};

	(void)state;
	log_in();
	key = make_counted(true, 1);
	assert_rv(p11->C_DeriveKey(session, &m, key, &bad, 1, &derived), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(left(key), 1);
	assert_ok(p11->C_DeriveKey(session, &m, key, NULL, 0, &derived));
	assert_int_equal(left(key), 0);
	assert_rv(p11->C_DeriveKey(session, &m, key, NULL, 0, &derived), CKR_KEY_TYPE_INCONSISTENT);
}

static void a_key_that_a_parameter_names_is_used_too(void **state)
{
	CK_OBJECT_HANDLE key, base, derived;
	CK_MECHANISM m = {CKM_CONCATENATE_BASE_AND_KEY, &key, sizeof(key)};

	(void)state;
	log_in();
	key = make_counted(true, 1);
	base = make_counted(false, 5);
	assert_ok(p11->C_DeriveKey(session, &m, base, NULL, 0, &derived));
	assert_int_equal(left(key), 0);
	assert_int_equal(left(base), 4);
	assert_rv(p11->C_DeriveKey(session, &m, base, NULL, 0, &derived), CKR_KEY_TYPE_INCONSISTENT);
}

static void each_message_takes_one(void **state)
{
	CK_BYTE nonce[12] = {0}, tag[16], out[16];
	CK_GCM_MESSAGE_PARAMS p = {nonce, sizeof(nonce), 0, CKG_NO_GENERATE, tag, 128};
	CK_MECHANISM gcm = {CKM_AES_GCM, NULL, 0};
	CK_OBJECT_HANDLE key;
	CK_ULONG length = sizeof(out);

	(void)state;
	log_in();
	key = make_counted(true, 2);
	assert_ok(p11->C_MessageEncryptInit(session, &gcm, key));
	assert_int_equal(left(key), 2);
	for (CK_BYTE i = 0; i < 2; i++) {
		nonce[0] = i;
		assert_ok(p11->C_EncryptMessage(session, &p, sizeof(p), NULL, 0, data, sizeof(data), out, &length));
		assert_int_equal(left(key), 1 - i);
	}
	nonce[0] = 9;
	assert_rv(p11->C_EncryptMessage(session, &p, sizeof(p), NULL, 0, data, sizeof(data), out, &length),
	          CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_ok(p11->C_MessageEncryptFinal(session));
	assert_rv(p11->C_MessageEncryptInit(session, &gcm, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static void private_keys_of_pairs_are_counted(void **state)
{
	CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
	CK_OBJECT_HANDLE public, private;
	CK_BYTE signature[512];
	CK_ULONG length = sizeof(signature);

	(void)state;
	log_in();
	make_rsa_pair(session, true, true, &public, &private);
	assert_ok(set_left(private, 1));
	assert_rv(set_left(public, 1), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_ok(p11->C_SignInit(session, &m, private));
	assert_ok(p11->C_Sign(session, data, sizeof(data), signature, &length));
	assert_ok(p11->C_VerifyInit(session, &m, public));
	assert_ok(p11->C_Verify(session, data, sizeof(data), signature, length));
	assert_rv(p11->C_SignInit(session, &m, private), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static void a_limit_falls_and_never_rises(void **state)
{
	CK_OBJECT_HANDLE key, unlimited;

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		key = make_counted(token == 1, 9);
		assert_rv(set_left(key, 10), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(set_left(key, CK_UNAVAILABLE_INFORMATION), CKR_ATTRIBUTE_READ_ONLY);
		assert_ok(set_left(key, 9));
		assert_ok(set_left(key, 3));
		assert_rv(set_left(key, 4), CKR_ATTRIBUTE_READ_ONLY);
		assert_ok(set_left(key, 0));
		assert_rv(sign_in(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);

		/* A key that had none gets one while its use is well known. */
		unlimited = make_counted(token == 1, CK_UNAVAILABLE_INFORMATION);
		assert_ok(sign_in(session, unlimited));
		assert_ok(sign_in(session, unlimited));
		assert_true(left(unlimited) == CK_UNAVAILABLE_INFORMATION);
		assert_ok(set_left(unlimited, 1));
		assert_ok(sign_in(session, unlimited));
		assert_rv(sign_in(session, unlimited), CKR_KEY_FUNCTION_NOT_PERMITTED);
	}
}

static void a_counted_key_has_no_copy(void **state)
{
	CK_OBJECT_HANDLE copy;
	CK_ULONG one = 1;
	CK_ATTRIBUTE less = {CKA_CONCLAVE_USES_LEFT, &one, sizeof(one)};

	(void)state;
	log_in();
	assert_rv(p11->C_CopyObject(session, make_counted(true, 5), NULL, 0, &copy), CKR_ACTION_PROHIBITED);
	assert_rv(p11->C_CopyObject(session, make_counted(true, 5), &less, 1, &copy), CKR_ACTION_PROHIBITED);
	assert_ok(p11->C_CopyObject(session, make_counted(true, CK_UNAVAILABLE_INFORMATION), &less, 1, &copy));
	assert_ok(sign_in(session, copy));
	assert_rv(sign_in(session, copy), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static void a_saved_operation_is_another_use_when_it_goes_on(void **state)
{
	CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0};
	CK_OBJECT_HANDLE key = 0;
	CK_BYTE saved[2048];
	CK_ULONG length = sizeof(saved), uses = 2;

	(void)state;
	log_in();
	key = make_secret(session, true, true, data, sizeof(data));
	assert_ok(set_left(key, uses));
	assert_ok(p11->C_SignInit(session, &hmac, key));
	assert_ok(p11->C_SignUpdate(session, data, sizeof(data)));
	assert_ok(p11->C_GetOperationState(session, saved, &length));
	assert_ok(p11->C_SetOperationState(session, saved, length, 0, key));
	assert_int_equal(left(key), 0);
	assert_rv(p11->C_SetOperationState(session, saved, length, 0, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static void the_count_is_in_the_store(void **state)
{
	(void)state;
	log_in();
	assert_ok(sign_in(session, make_counted(true, 2)));
	finalize();
	initialize();
	log_in();
	assert_int_equal(left(find_labelled(session, "counted")), 1);
	assert_ok(sign_in(session, find_labelled(session, "counted")));
	finalize();
	initialize();
	log_in();
	assert_rv(sign_in(session, find_labelled(session, "counted")), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static CK_OBJECT_HANDLE shared;

static unsigned use_up(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key)
{
	unsigned got = 0;
	CK_RV rv;

	while ((rv = sign_in(in, key)) == CKR_OK && got <= SHARED_USES)
		got++;
	assert_rv(rv, CKR_KEY_FUNCTION_NOT_PERMITTED);
	return got;
}

static void *use_up_in_thread(void *arg)
{
	CK_SESSION_HANDLE own = open_ro();

	*(unsigned *)arg = use_up(own, shared);
	return NULL;
}

static void threads_get_as_many_uses_as_there_are(void **state)
{
	pthread_t threads[THREADS];
	unsigned got[THREADS];

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		unsigned all = 0;

		shared = make_counted(token == 1, SHARED_USES);
		for (size_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, use_up_in_thread, &got[i]), 0);
		for (size_t i = 0; i < THREADS; i++) {
			pthread_join(threads[i], NULL);
			all += got[i];
		}
		assert_int_equal(all, SHARED_USES);
	}
}

/* Its exit status is how many it got. */
static int use_up_in_process(struct child *child, void *arg)
{
	(void)arg;
	initialize();
	log_in();
	child_tell(child);
	child_wait(child);
	return (int)use_up(session, find_labelled(session, "counted"));
}

static void processes_get_as_many_uses_as_there_are(void **state)
{
	struct child child[2];
	int all = 0;

	(void)state;
	log_in();
	make_counted(true, SHARED_USES);
	for (size_t i = 0; i < COUNT(child); i++)
		child_start(&child[i], use_up_in_process, NULL);
	for (size_t i = 0; i < COUNT(child); i++)
		child_wait(&child[i]);
	for (size_t i = 0; i < COUNT(child); i++)
		child_tell(&child[i]);
	for (size_t i = 0; i < COUNT(child); i++)
		all += child_end(&child[i]);
	assert_int_equal(all, SHARED_USES);
	assert_int_equal(left(find_labelled(session, "counted")), 0);
}

#define with_token(test) cmocka_unit_test_setup_teardown(test, setup_token, teardown)
#define with_store(test) cmocka_unit_test_setup_teardown(test, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_token(each_use_takes_one_until_none_is_left),
		with_token(an_operation_in_parts_is_one_use),
		with_token(verifying_and_what_is_refused_take_none),
		with_token(wrapping_and_unwrapping_take_one_each),
		with_token(deriving_takes_one),
		with_token(a_key_that_a_parameter_names_is_used_too),
		with_token(each_message_takes_one),
		with_token(private_keys_of_pairs_are_counted),
		with_token(a_limit_falls_and_never_rises),
		with_token(a_counted_key_has_no_copy),
		with_token(a_saved_operation_is_another_use_when_it_goes_on),
		with_store(the_count_is_in_the_store),
		with_token(threads_get_as_many_uses_as_there_are),
		with_store(processes_get_as_many_uses_as_there_are),
	};

	return cmocka_run_group_tests_name("use_counter", tests, NULL, NULL);
}
