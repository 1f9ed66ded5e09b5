/* SPDX-License-Identifier: Apache-2.0 */
/* The known ways to get a sensitive key out by handling keys (wrap and decrypt, known and re-imported wrapping keys,
 * permissions that come back, keys cut in pieces), under separate_keys, where none may work; and first without it, where
 * the oldest of them does, so that the search that looks for it is known to see. */
#include "policy_kit.h"

static CK_BYTE secret_value[32], blob[2048];
static CK_ULONG blob_len;
static CK_OBJECT_HANDLE target, made;
static CK_BYTE iv[16];
static CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0};

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)
#define STRICT "policy = legacy\n[policy]\nseparate_keys = yes\n"

/* A sensitive, extractable key whose value the test knows; it came in as the policy lets keys in. */
static void make_target(void)
{
	for (size_t i = 0; i < sizeof(secret_value); i++)
		secret_value[i] = (CK_BYTE)(0xc3 ^ (7 * i));
	target = make_object(policy_session, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
	                     {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_VALUE, secret_value, sizeof(secret_value)},
	                     YES(CKA_SENSITIVE), YES(CKA_EXTRACTABLE), YES(CKA_DERIVE), NO(CKA_PRIVATE)));
}

static bool shows_secret(const CK_BYTE *bytes, CK_ULONG length)
{
	for (CK_ULONG i = 0; i + 16 <= length; i++)
		if (memcmp(bytes + i, secret_value, 16) == 0)
			return true;
	return false;
}

static CK_RV aes(CK_ATTRIBUTE *extra, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return generate(CKM_AES_KEY_GEN, 32, extra, count, ret);
}

/* ---- the search ---------------------------------------------------------------------------- */

static CK_MECHANISM wrappers[] = {
	{CKM_AES_ECB, NULL, 0}, {CKM_AES_CBC, iv, sizeof(iv)}, {CKM_AES_CBC_PAD, iv, sizeof(iv)}, {CKM_AES_CTR, NULL, 0},
	{CKM_AES_KEY_WRAP, NULL, 0}, {CKM_AES_KEY_WRAP_KWP, NULL, 0}, {CKM_RSA_PKCS, NULL, 0}, {CKM_RSA_X_509, NULL, 0},
};
static CK_AES_CTR_PARAMS ctr = {128, {0}};

/* Reads what can be read of every key, and deciphers a wrapped key with every key that may. */
static bool leaks(const CK_OBJECT_HANDLE *keys, size_t count, CK_MECHANISM *m)
{
	CK_BYTE plain[2048];
	bool found = false;

	for (size_t k = 0; k < count; k++) {
		CK_ATTRIBUTE value = {CKA_VALUE, plain, sizeof(plain)};
		CK_ULONG len = sizeof(plain);

		if (p11->C_GetAttributeValue(policy_session, keys[k], &value, 1) == CKR_OK)
			found |= shows_secret(plain, value.ulValueLen);
		if (blob_len > 0 && p11->C_DecryptInit(policy_session, m, keys[k]) == CKR_OK &&
		    p11->C_Decrypt(policy_session, blob, blob_len, plain, &len) == CKR_OK)
			found |= shows_secret(plain, len);
	}
	return found;
}

/* Every key wraps the target in every way; every key unwraps that with other flags; and all is looked at. */
static bool search(CK_OBJECT_HANDLE *keys, size_t count)
{
	CK_OBJECT_HANDLE all[64];
	bool found = false;

	wrappers[3] = (CK_MECHANISM){CKM_AES_CTR, &ctr, sizeof(ctr)};
	for (size_t k = 0; k < count && !found; k++) {
		for (size_t m = 0; m < COUNT(wrappers) && !found; m++) {
			size_t n = 0;

			memcpy(all, keys, count * sizeof(*keys));
			n = count;
			blob_len = sizeof(blob);
			if (p11->C_WrapKey(policy_session, &wrappers[m], keys[k], target, blob, &blob_len) != CKR_OK)
				blob_len = 0;
			for (size_t u = 0; u < count && blob_len > 0; u++) {
				CK_ATTRIBUTE as_wrapper[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
				                             NO(CKA_SENSITIVE), YES(CKA_WRAP), YES(CKA_DECRYPT)};
				if (p11->C_UnwrapKey(policy_session, &wrappers[m], keys[u], blob, blob_len, as_wrapper, COUNT(as_wrapper), &made) == CKR_OK)
					all[n++] = made;
			}
			found = leaks(all, n, &wrappers[m]);
			while (n > count)
				p11->C_DestroyObject(policy_session, all[--n]);
		}
	}
	return found;
}

/* All the keys that an application can have made for it, with as many permissions as it gets. */
static size_t every_key(CK_OBJECT_HANDLE keys[32])
{
	static const CK_ATTRIBUTE_TYPE permissions[] = {CKA_WRAP, CKA_UNWRAP, CKA_ENCRYPT, CKA_DECRYPT};
	CK_ULONG bits = 2048;
	size_t n = 0;

	for (unsigned set = 0; set < 16; set++) {
		CK_ATTRIBUTE list[6];
		CK_ULONG count = 0;

		for (unsigned p = 0; p < 4; p++)
			list[count++] = (CK_ATTRIBUTE){permissions[p], set >> p & 1 ? &yes : &no, sizeof(yes)};
		list[count++] = (CK_ATTRIBUTE)NO(CKA_EXTRACTABLE);
		if (aes(list, count, &keys[n]) == CKR_OK)
			n++;
	}
	for (unsigned set = 0; set < 4; set++) {
		CK_MECHANISM m = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
		CK_ATTRIBUTE public[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}, YES(CKA_WRAP), YES(CKA_ENCRYPT)};
		CK_ATTRIBUTE private[] = {{CKA_UNWRAP, set & 1 ? &yes : &no, 1}, {CKA_DECRYPT, set & 2 ? &yes : &no, 1}};
		if (p11->C_GenerateKeyPair(policy_session, &m, public, 3, private, 2, &keys[n], &keys[n + 1]) == CKR_OK)
			n += 2;
	}
	return n;
}

static void without_separation_the_search_finds_the_key(void **state)
{
	CK_OBJECT_HANDLE keys[32];

	(void)state;
	use_policy("policy = legacy\n");
	make_target();
	size_t n = every_key(keys);
	assert_int_equal(n, 24);
	assert_true(search(keys, n));
}

static void with_separation_the_search_finds_nothing(void **state)
{
	CK_OBJECT_HANDLE keys[32];

	(void)state;
	use_policy(STRICT);
	make_target();
	size_t n = every_key(keys);
	/* Of four permissions of a secret key: none, four alone, wrap and unwrap, encrypt and decrypt; of pairs whose public
	 * half wraps: those whose private one does not decrypt. */
	assert_int_equal(n, 7 + 4);
	assert_false(search(keys, n));
}

/* ---- one key ------------------------------------------------------------------------------- */

static void no_key_both_handles_keys_and_works_on_data(void **state)
{
	CK_BYTE known[32] = {1};
	CK_ATTRIBUTE known_key[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                            {CKA_VALUE, known, sizeof(known)}, YES(CKA_WRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)};

	(void)state;
	use_policy(STRICT);
	assert_rv(aes(LIST(YES(CKA_WRAP), YES(CKA_DECRYPT), NO(CKA_EXTRACTABLE)), &made), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(aes(LIST(YES(CKA_UNWRAP), YES(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)), &made), CKR_TEMPLATE_INCONSISTENT);
	/* A template that says nothing makes a key for data. */
	assert_ok(aes(NULL, 0, &made));
	assert_false(get_bool(policy_session, made, CKA_WRAP));
	assert_false(get_bool(policy_session, made, CKA_UNWRAP));
	assert_true(get_bool(policy_session, made, CKA_DECRYPT));
	/* A wrapping key is not known outside, and stays here. */
	assert_rv(aes(LIST(YES(CKA_WRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT)), &made), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(p11->C_CreateObject(policy_session, known_key, COUNT(known_key), &made), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(aes(LIST(YES(CKA_WRAP), YES(CKA_UNWRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)), &made));
}

static void permissions_do_not_come_back(void **state)
{
	static const CK_ATTRIBUTE_TYPE permissions[] = {CKA_WRAP, CKA_UNWRAP, CKA_ENCRYPT, CKA_DECRYPT, CKA_DERIVE};
	CK_OBJECT_HANDLE none, copy;

	(void)state;
	use_policy(STRICT);
	assert_ok(aes(LIST(NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)), &none));
	for (size_t i = 0; i < COUNT(permissions); i++) {
		CK_ATTRIBUTE on = {permissions[i], &yes, sizeof(yes)}, off = {permissions[i], &no, sizeof(no)};
		assert_rv(p11->C_SetAttributeValue(policy_session, none, &on, 1), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv(p11->C_CopyObject(policy_session, none, &on, 1, &copy), CKR_ATTRIBUTE_READ_ONLY);
		assert_ok(p11->C_SetAttributeValue(policy_session, none, &off, 1));
	}
	assert_ok(p11->C_CopyObject(policy_session, none, NULL, 0, &copy));
}

static void keys_that_come_in_wrap_nothing(void **state)
{
	CK_OBJECT_HANDLE kek, base;
	CK_ULONG length = 32;
	CK_ATTRIBUTE as_wrapper[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                             {CKA_VALUE_LEN, &length, sizeof(length)}, YES(CKA_WRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)};
	CK_BYTE data[32] = {1};
	CK_KEY_DERIVATION_STRING_DATA string = {data, sizeof(data)};
	CK_MECHANISM kdf = {CKM_AES_ECB_ENCRYPT_DATA, &string, sizeof(string)};

	(void)state;
	use_policy(STRICT);
	make_target();
	assert_ok(aes(LIST(YES(CKA_WRAP), YES(CKA_UNWRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE)), &kek));
	blob_len = sizeof(blob);
	assert_ok(p11->C_WrapKey(policy_session, &kw, kek, target, blob, &blob_len));
	assert_rv(p11->C_UnwrapKey(policy_session, &kw, kek, blob, blob_len, as_wrapper, COUNT(as_wrapper), &made), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(p11->C_UnwrapKey(policy_session, &kw, kek, blob, blob_len, as_wrapper, 3, &made));
	assert_ok(aes(LIST(YES(CKA_DERIVE)), &base));
	assert_rv(p11->C_DeriveKey(policy_session, &kdf, base, as_wrapper, COUNT(as_wrapper), &made), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(p11->C_DeriveKey(policy_session, &kdf, base, as_wrapper, 3, &made));
	/* The wrapping key cannot leave, be it to come back. */
	assert_rv(p11->C_WrapKey(policy_session, &kw, kek, kek, blob, &blob_len), CKR_KEY_UNEXTRACTABLE);
}

static void the_so_may_vouch_for_a_key_from_outside(void **state)
{
	CK_BYTE known[32] = {1};
	CK_ATTRIBUTE known_key[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                            {CKA_VALUE, known, sizeof(known)}, YES(CKA_WRAP), NO(CKA_DECRYPT), NO(CKA_ENCRYPT), NO(CKA_EXTRACTABLE),
	                            NO(CKA_PRIVATE), YES(CKA_TRUSTED)};

	(void)state;
	use_policy(STRICT);
	assert_rv(p11->C_CreateObject(policy_session, known_key, COUNT(known_key), &made), CKR_ATTRIBUTE_READ_ONLY);
	logout(policy_session);
	login_so(policy_session);
	assert_ok(p11->C_CreateObject(policy_session, known_key, COUNT(known_key), &made));
}

/* ---- keys in pieces ------------------------------------------------------------------------ */

/* One byte of a key is found by trying 256 values: what holds bytes of a sensitive key as they are is not made. */
static void a_sensitive_key_is_not_cut_in_pieces(void **state)
{
	CK_EXTRACT_PARAMS bit = 0;
	CK_BYTE known[32] = {0};
	CK_KEY_DERIVATION_STRING_DATA string = {known, sizeof(known)};
	CK_MECHANISM ways[] = {{CKM_EXTRACT_KEY_FROM_KEY, &bit, sizeof(bit)}, {CKM_XOR_BASE_AND_DATA, &string, sizeof(string)},
	                       {CKM_CONCATENATE_BASE_AND_DATA, &string, sizeof(string)}, {CKM_CONCATENATE_DATA_AND_BASE, &string, sizeof(string)},
	                       {CKM_CONCATENATE_BASE_AND_KEY, &target, sizeof(target)}};
	CK_ULONG one = 1;
	CK_ATTRIBUTE piece[] = {{CKA_VALUE_LEN, &one, sizeof(one)}, NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)};
	CK_ATTRIBUTE value = {CKA_VALUE, blob, sizeof(blob)};

	(void)state;
	use_policy("policy = legacy\n");
	make_target();
	for (size_t i = 0; i < COUNT(ways); i++) {
		assert_ok(p11->C_DeriveKey(policy_session, &ways[i], target, piece, 2, &made));
		assert_rv(p11->C_GetAttributeValue(policy_session, made, &value, 1), CKR_ATTRIBUTE_SENSITIVE);
	}
	use_policy(STRICT);
	make_target();
	for (size_t i = 0; i < COUNT(ways); i++)
		assert_rv(p11->C_DeriveKey(policy_session, &ways[i], target, piece, 3, &made), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown_policy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_separation_the_search_finds_the_key),
		TEST(with_separation_the_search_finds_nothing),
		TEST(no_key_both_handles_keys_and_works_on_data),
		TEST(permissions_do_not_come_back),
		TEST(keys_that_come_in_wrap_nothing),
		TEST(the_so_may_vouch_for_a_key_from_outside),
		TEST(a_sensitive_key_is_not_cut_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
