/* SPDX-License-Identifier: Apache-2.0 */
/* With room for hardly any object in memory (object_cache), everything works as with plenty: handles stay valid,
 * values and keys come back, and what is in use is not taken away. */
#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

#define OBJECTS 60

static CK_SESSION_HANDLE sess;
static CK_OBJECT_HANDLE handles[OBJECTS];
static CK_BYTE iv[16] = "sixteen bytes IV";
static CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof(iv)};

static void label_of(int i, char ret[32])
{
	snprintf(ret, 32, "kept or not %d", i);
}

static CK_OBJECT_HANDLE make_labelled_key(CK_SESSION_HANDLE session, int i, bool private)
{
	CK_BYTE value[16] = "key number      ";
	CK_BBOOL is_private = private;
	char label[32];

	label_of(i, label);
	value[15] = (CK_BYTE)i;
	return make_object(session, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
	                                       {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_TOKEN, &yes, 1},
	                                       {CKA_PRIVATE, &is_private, 1}, {CKA_ENCRYPT, &yes, 1},
	                                       {CKA_LABEL, label, strlen(label)}, {CKA_VALUE, value, sizeof(value)}));
}

static int setup_with_cache(void **state, const char *kib)
{
	setenv("CONCLAVE_OBJECT_CACHE", kib, 1);
	if (setup_token(state) != 0)
		return -1;
	sess = open_rw();
	login_user(sess);
	for (int i = 0; i < OBJECTS; i++)
		handles[i] = make_labelled_key(sess, i, i % 2 != 0);
	return 0;
}

static int setup_small(void **state)
{
	return setup_with_cache(state, "4");
}

static int setup_none(void **state)
{
	return setup_with_cache(state, "0");
}

static int teardown_cache(void **state)
{
	unsetenv("CONCLAVE_OBJECT_CACHE");
	return teardown(state);
}

static void assert_label(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, int i)
{
	char wanted[32], got[32];
	CK_ATTRIBUTE a = {CKA_LABEL, got, sizeof(got)};

	label_of(i, wanted);
	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	assert_int_equal(a.ulValueLen, strlen(wanted));
	assert_memory_equal(got, wanted, strlen(wanted));
}

static void encrypt_block(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_BYTE ret[16])
{
	CK_ULONG len = 16;

	assert_ok(p11->C_EncryptInit(session, &cbc, key));
	assert_ok(p11->C_Encrypt(session, iv, sizeof(iv), ret, &len));
}

static void every_handle_keeps_its_object(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < OBJECTS; i++)
			assert_label(sess, handles[i], i);
	assert_int_equal(count_objects(sess), OBJECTS);
	for (int i = 0; i < OBJECTS; i++) {
		char label[32];
		label_of(i, label);
		assert_int_equal(find_labelled(sess, label), handles[i]);
	}
}

static void keys_give_the_same_again(void **state)
{
	CK_BYTE first[OBJECTS][16], again[16];

	(void)state;
	for (int i = 0; i < OBJECTS; i++)
		encrypt_block(sess, handles[i], first[i]);
	for (int i = OBJECTS - 1; i >= 0; i--) {
		encrypt_block(sess, handles[i], again);
		assert_memory_equal(again, first[i], 16);
		assert_true(i == 0 || memcmp(first[i], first[i - 1], 16) != 0);
	}
}

static void an_operation_keeps_its_key(void **state)
{
	CK_BYTE alone[48], among[48];
	CK_ULONG len = 48, at = 0;
	CK_SESSION_HANDLE other = open_rw();

	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &cbc, handles[5]));
	assert_ok(p11->C_Encrypt(sess, (CK_BYTE *)handles, 48, alone, &len));
	assert_ok(p11->C_EncryptInit(sess, &cbc, handles[5]));
	for (int part = 0; part < 3; part++) {
		CK_ULONG room = 16;
		assert_ok(p11->C_EncryptUpdate(sess, (CK_BYTE *)handles + at, 16, among + at, &room));
		at += room;
		for (int i = 0; i < OBJECTS; i++)
			encrypt_block(other, handles[i], (CK_BYTE[16]){0});
	}
	len = 0;
	assert_ok(p11->C_EncryptFinal(sess, (CK_BYTE[16]){0}, &len));
	assert_memory_equal(among, alone, 48);
}

static void changes_and_destruction_are_seen(void **state)
{
	CK_ATTRIBUTE renamed = {CKA_LABEL, (char[]){"another name"}, 12};

	(void)state;
	assert_ok(p11->C_SetAttributeValue(sess, handles[3], &renamed, 1));
	assert_ok(p11->C_DestroyObject(sess, handles[4]));
	for (int i = 0; i < OBJECTS; i++) {
		if (i != 3 && i != 4)
			assert_label(sess, handles[i], i);
	}
	assert_int_equal(find_labelled(sess, "another name"), handles[3]);
	assert_rv(p11->C_DestroyObject(sess, handles[4]), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_objects(sess), OBJECTS - 1);
}

static void a_logout_ends_private_handles_and_no_others(void **state)
{
	CK_BYTE out[16];

	(void)state;
	logout(sess);
	for (int i = 0; i < OBJECTS; i++) {
		if (i % 2 != 0)
			assert_rv(p11->C_EncryptInit(sess, &cbc, handles[i]), CKR_KEY_HANDLE_INVALID);
		else
			encrypt_block(sess, handles[i], out);
	}
}

/* ---- a search with more candidates than are taken out of the store at once ------------------------ */

#define MANY 1300

static void a_large_search_finds_each_once(void **state)
{
	static CK_OBJECT_HANDLE found[MANY + OBJECTS + 1];
	static bool seen[MANY];
	CK_ATTRIBUTE wanted = {CKA_CLASS, &data_class, sizeof(data_class)};
	CK_ULONG count = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < MANY; i++) {
		char label[32];
		label_of(i, label);
		make_data(sess, true, i % 3 == 0, label);
	}
	assert_ok(p11->C_FindObjectsInit(sess, &wanted, 1));
	assert_ok(p11->C_FindObjects(sess, found, MANY + OBJECTS + 1, &count));
	assert_ok(p11->C_FindObjectsFinal(sess));
	assert_int_equal(count, MANY);
	for (CK_ULONG i = 0; i < count; i++) {
		char label[32] = {0};
		CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label) - 1};
		int number = -1;
		assert_ok(p11->C_GetAttributeValue(sess, found[i], &a, 1));
		assert_int_equal(sscanf(label, "kept or not %d", &number), 1);
		assert_in_range(number, 0, MANY - 1);
		assert_false(seen[number]);
		seen[number] = true;
	}
	assert_int_equal(count_objects(sess), MANY + OBJECTS);
	logout(sess);
	assert_int_equal(count_objects(sess), MANY - (MANY + 2) / 3 + OBJECTS / 2);
}

/* ---- threads -------------------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS 300

static atomic_uint wrong;

/* No assertions here: cmocka's belong to one thread. */
static void *churn(void *arg)
{
	unsigned turn = (unsigned)(uintptr_t)arg * 7919u;
	CK_SESSION_HANDLE session;

	if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) != CKR_OK)
		return NULL;
	for (int i = 0; i < ROUNDS; i++) {
		char wanted[32], got[32] = {0};
		CK_ATTRIBUTE a = {CKA_LABEL, got, sizeof(got)};
		CK_BYTE out[16];
		CK_ULONG len = sizeof(out);
		int at;
		turn = turn * 1103515245u + 12345u;
		at = (int)(turn >> 16) % OBJECTS;
		label_of(at, wanted);
		CK_RV rv = p11->C_GetAttributeValue(session, handles[at], &a, 1);
		bool right = rv == CKR_OK && a.ulValueLen == strlen(wanted) && memcmp(got, wanted, a.ulValueLen) == 0;
		rv = p11->C_EncryptInit(session, &cbc, handles[at]);
		right = right && rv == CKR_OK && p11->C_Encrypt(session, iv, sizeof(iv), out, &len) == CKR_OK;
		if (!right)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void threads_find_their_objects_whole(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	atomic_store(&wrong, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
	/* Beside them objects come and go. */
	for (int i = 0; i < 50; i++)
		assert_ok(p11->C_DestroyObject(sess, make_labelled_key(sess, 200 + i, i % 2 != 0)));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
}

static atomic_bool enough;

static void *read_label(void *arg)
{
	CK_SESSION_HANDLE session;

	(void)arg;
	if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK)
		atomic_fetch_add(&wrong, 1);
	while (!atomic_load(&enough)) {
		char got[32];
		CK_ATTRIBUTE a = {CKA_LABEL, got, sizeof(got)};
		if (p11->C_GetAttributeValue(session, handles[0], &a, 1) != CKR_OK)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

/* A record that was read just before a change is older than what the change leaves in memory. */
static void an_object_is_read_while_another_thread_changes_it(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	atomic_store(&wrong, 0);
	atomic_store(&enough, false);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_label, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		char label[32];
		label_of(i, label);
		CK_ATTRIBUTE renamed = {CKA_LABEL, label, strlen(label)};
		assert_ok(p11->C_SetAttributeValue(sess, handles[0], &renamed, 1));
	}
	atomic_store(&enough, true);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_label(sess, handles[0], ROUNDS - 1);
}

#define SMALL(test) cmocka_unit_test_setup_teardown(test, setup_small, teardown_cache)
#define NONE(test) {#test " (no room at all)", test, setup_none, teardown_cache, NULL}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SMALL(every_handle_keeps_its_object),
		NONE(every_handle_keeps_its_object),
		SMALL(keys_give_the_same_again),
		NONE(keys_give_the_same_again),
		SMALL(an_operation_keeps_its_key),
		NONE(an_operation_keeps_its_key),
		SMALL(changes_and_destruction_are_seen),
		NONE(changes_and_destruction_are_seen),
		SMALL(a_logout_ends_private_handles_and_no_others),
		SMALL(a_large_search_finds_each_once),
		SMALL(threads_find_their_objects_whole),
		NONE(threads_find_their_objects_whole),
		NONE(an_object_is_read_while_another_thread_changes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
