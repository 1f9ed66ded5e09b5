/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey: rules 356 to 363, 369, 370, the order and the codes of refusals, private keys of every type,
 * and the known ways to get a key out by wrapping it, which must fail. */
#include "operations.h"

static CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0}, kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
static CK_BYTE blob[4096], value[4096];
static CK_ULONG blob_length;
static CK_ULONG length_32 = 32;

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)

/* An AES key of known value with these attributes. */
static CK_OBJECT_HANDLE aes_with(const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return make_key(sess, CKK_AES, pattern, 32, extra, count);
}

static CK_RV wrap(CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key)
{
	blob_length = sizeof(blob);
	return p11->C_WrapKey(sess, m, by, key, blob, &blob_length);
}

static CK_RV unwrap_with(CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_UnwrapKey(sess, m, by, blob, blob_length, template, count, ret);
}

/* An AES key from the blob with extra attributes. */
static CK_RV unwrap(CK_MECHANISM *m, CK_OBJECT_HANDLE by, const CK_ATTRIBUTE *extra, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[16] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                             NO(CKA_PRIVATE)};

	for (CK_ULONG i = 0; i < count; i++)
		template[3 + i] = extra[i];
	return unwrap_with(m, by, template, 3 + count, ret);
}

static void check_value(CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, const void *right, CK_ULONG length)
{
	CK_ATTRIBUTE a = {type, value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_int_equal(a.ulValueLen, length);
	assert_memory_equal(value, right, length);
}

/* ---- wrapping ---------------------------------------------------------------------------------- */

static void rule_356_what_wrapping_needs(void **state)
{
	CK_OBJECT_HANDLE no_wrap = aes_with(LIST(NO(CKA_WRAP))), kept = aes_with(LIST(NO(CKA_EXTRACTABLE)));
	CK_OBJECT_HANDLE target = aes_with(NULL, 0), tiny = make_key(sess, CKK_GENERIC_SECRET, pattern, 8, NULL, 0);
	CK_OBJECT_HANDLE data = make_data(sess, false, false, "data");

	(void)state;
	assert_ok(wrap(&kw, keys.aes, target));
	assert_rv(wrap(&kw, no_wrap, target), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(wrap(&kw, keys.aes, kept), CKR_KEY_UNEXTRACTABLE);
	assert_rv(wrap(&kw, keys.aes, keys.rsa_public), CKR_KEY_NOT_WRAPPABLE);
	assert_rv(wrap(&kw, keys.aes, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(wrap(&kw, keys.aes, tiny), CKR_KEY_SIZE_RANGE);
	assert_rv(wrap(&m_cbc, keys.aes, keys.rsa_private), CKR_KEY_NOT_WRAPPABLE);
	assert_ok(wrap(&m_cbc_pad, keys.aes, keys.rsa_private));
	/* More than PKCS #1 has room for. */
	assert_rv(wrap(&m_rsa, keys.rsa_public, make_key(sess, CKK_GENERIC_SECRET, pattern, 246, NULL, 0)), CKR_KEY_SIZE_RANGE);
	assert_ok(wrap(&m_rsa, keys.rsa_public, make_key(sess, CKK_GENERIC_SECRET, pattern, 245, NULL, 0)));
}

static void rule_356_the_length_follows_the_output_convention(void **state)
{
	CK_OBJECT_HANDLE target = aes_with(NULL, 0);
	CK_BYTE small[40];

	(void)state;
	assert_rv(p11->C_WrapKey(sess, &kw, keys.aes, target, small, NULL), CKR_ARGUMENTS_BAD);
	blob_length = 0;
	assert_ok(p11->C_WrapKey(sess, &kw, keys.aes, target, NULL, &blob_length));
	assert_int_equal(blob_length, 40);
	blob_length = 39;
	memset(small, 0xee, sizeof(small));
	assert_rv(p11->C_WrapKey(sess, &kw, keys.aes, target, small, &blob_length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(blob_length, 40);
	for (size_t i = 0; i < sizeof(small); i++)
		assert_int_equal(small[i], 0xee);
	assert_ok(p11->C_WrapKey(sess, &kw, keys.aes, target, small, &blob_length));
	assert_int_equal(blob_length, 40);
}

/* The SO makes a trusted key that everybody can use. */
static CK_OBJECT_HANDLE trusted_key(void)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE raw[32] = {1};
	CK_SESSION_HANDLE so;

	logout(sess);
	so = open_rw();
	login_so(so);
	key = make_object(so, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                                 {CKA_VALUE, raw, sizeof(raw)}, YES(CKA_TOKEN), NO(CKA_PRIVATE), YES(CKA_TRUSTED), YES(CKA_WRAP)));
	logout(so);
	close_session(so);
	login_user(sess);
	return key;
}

static void rule_357_wrap_with_trusted(void **state)
{
	CK_OBJECT_HANDLE target = aes_with(LIST(YES(CKA_WRAP_WITH_TRUSTED))), trusted = trusted_key(), own;

	(void)state;
	target = aes_with(LIST(YES(CKA_WRAP_WITH_TRUSTED)));
	assert_rv(wrap(&kw, keys.aes, target), CKR_KEY_NOT_WRAPPABLE);
	assert_ok(wrap(&kw, trusted, target));
	/* Nobody but the SO makes a trusted key, also not by unwrapping one. */
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_rv(unwrap(&kw, keys.aes, LIST(YES(CKA_TRUSTED)), &own), CKR_ATTRIBUTE_READ_ONLY);
}

static void rule_358_wrap_template(void **state)
{
	CK_ATTRIBUTE inner[] = {{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, NO(CKA_SENSITIVE)};
	CK_OBJECT_HANDLE by = aes_with(LIST({CKA_WRAP_TEMPLATE, inner, sizeof(inner)}));

	(void)state;
	assert_ok(wrap(&kw, by, aes_with(NULL, 0)));
	assert_rv(wrap(&kw, by, aes_with(LIST(YES(CKA_SENSITIVE)))), CKR_KEY_HANDLE_INVALID);
	assert_rv(wrap(&kw, by, make_key(sess, CKK_GENERIC_SECRET, pattern, 32, NULL, 0)), CKR_KEY_HANDLE_INVALID);
}

static void rule_359_whose_fault_the_code_says(void **state)
{
	CK_OBJECT_HANDLE target = aes_with(NULL, 0), none = 0x7fffffff;
	CK_MECHANISM absent = {CKM_SHA256, NULL, 0}, bad_iv = {CKM_AES_KEY_WRAP, blob, 5}, none_at_all = {CKM_VENDOR_DEFINED, NULL, 0};
	CK_OBJECT_HANDLE listed = aes_with(LIST({CKA_ALLOWED_MECHANISMS, &m_cbc_pad.mechanism, sizeof(CK_MECHANISM_TYPE)}));

	(void)state;
	assert_rv(wrap(NULL, keys.aes, target), CKR_ARGUMENTS_BAD);
	assert_rv(wrap(&kw, none, target), CKR_WRAPPING_KEY_HANDLE_INVALID);
	assert_rv(wrap(&kw, keys.aes, none), CKR_KEY_HANDLE_INVALID);
	assert_rv(wrap(&kw, none, none), CKR_WRAPPING_KEY_HANDLE_INVALID);
	assert_rv(wrap(&absent, keys.aes, target), CKR_MECHANISM_INVALID);
	assert_rv(wrap(&none_at_all, keys.aes, target), CKR_MECHANISM_INVALID);
	assert_rv(wrap(&bad_iv, keys.aes, target), CKR_MECHANISM_PARAM_INVALID);
	assert_rv(wrap(&kw, keys.rsa_public, target), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(wrap(&m_rsa, keys.rsa_private, target), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(wrap(&kw, listed, target), CKR_MECHANISM_INVALID);
	assert_ok(wrap(&m_cbc_pad, listed, target));
}

/* ---- unwrapping -------------------------------------------------------------------------------- */

static void rule_360_what_an_unwrapped_key_is(void **state)
{
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_ok(unwrap(&kw, keys.aes, NULL, 0, &key));
	check_value(key, CKA_VALUE, pattern, 32);
	assert_true(get_bool(sess, key, CKA_EXTRACTABLE));
	assert_false(get_bool(sess, key, CKA_LOCAL));
	assert_false(get_bool(sess, key, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_NEVER_EXTRACTABLE));
	assert_true(get_ulong(sess, key, CKA_KEY_GEN_MECHANISM) == CK_UNAVAILABLE_INFORMATION);
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 32);
	/* However it is asked for. */
	assert_ok(unwrap(&kw, keys.aes, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)), &key));
	assert_false(get_bool(sess, key, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_NEVER_EXTRACTABLE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
	assert_rv(unwrap(&kw, keys.aes, LIST(YES(CKA_NEVER_EXTRACTABLE)), &key), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(unwrap(&kw, keys.aes, LIST(YES(CKA_LOCAL)), &key), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(unwrap(&kw, keys.aes, LIST({CKA_VALUE, unconst(pattern), 32}), &key), CKR_ATTRIBUTE_READ_ONLY);
}

static void rule_361_the_length(void **state)
{
	CK_ULONG length_16 = 16, length_20 = 20;
	CK_ATTRIBUTE generic[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                          NO(CKA_PRIVATE), {CKA_VALUE_LEN, &length_20, sizeof(length_20)}};
	CK_OBJECT_HANDLE key;

	(void)state;
	/* KW pads to 8 bytes: a generic secret's length must be told. */
	assert_ok(wrap(&kw, keys.aes, make_key(sess, CKK_GENERIC_SECRET, pattern, 20, NULL, 0)));
	assert_rv(unwrap_with(&kw, keys.aes, generic, 3, &key), CKR_TEMPLATE_INCOMPLETE);
	assert_ok(unwrap_with(&kw, keys.aes, generic, 4, &key));
	check_value(key, CKA_VALUE, pattern, 20);
	length_20 = 16;
	assert_rv(unwrap_with(&kw, keys.aes, generic, 4, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	length_20 = 25;
	assert_rv(unwrap_with(&kw, keys.aes, generic, 4, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	/* What was cut off would not have been padding. */
	length_20 = 19;
	assert_rv(unwrap_with(&kw, keys.aes, generic, 4, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	/* KWP knows its length, and a wrong one is told. */
	assert_ok(wrap(&kwp, keys.aes, make_key(sess, CKK_GENERIC_SECRET, pattern, 20, NULL, 0)));
	assert_ok(unwrap_with(&kwp, keys.aes, generic, 3, &key));
	assert_rv(unwrap_with(&kwp, keys.aes, generic, 4, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	/* CBC: 24 or 32 bytes? */
	assert_ok(wrap(&m_cbc, keys.aes, aes_with(NULL, 0)));
	assert_rv(unwrap(&m_cbc, keys.aes, NULL, 0, &key), CKR_TEMPLATE_INCOMPLETE);
	assert_ok(unwrap(&m_cbc, keys.aes, LIST({CKA_VALUE_LEN, &length_32, sizeof(length_32)}), &key));
	check_value(key, CKA_VALUE, pattern, 32);
	assert_rv(unwrap(&m_cbc, keys.aes, LIST({CKA_VALUE_LEN, &length_16, sizeof(length_16)}), &key), CKR_WRAPPED_KEY_LEN_RANGE);
}

static void rule_362_unwrap_template(void **state)
{
	CK_ATTRIBUTE inner[] = {YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE), NO(CKA_DECRYPT)};
	CK_OBJECT_HANDLE by = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), LIST({CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)}));
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_ok(unwrap(&kw, by, NULL, 0, &key));
	assert_true(get_bool(sess, key, CKA_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
	assert_false(get_bool(sess, key, CKA_DECRYPT));
	assert_ok(unwrap(&kw, by, LIST(YES(CKA_SENSITIVE)), &key));
	assert_rv(unwrap(&kw, by, LIST(NO(CKA_SENSITIVE)), &key), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(unwrap(&kw, by, LIST(YES(CKA_EXTRACTABLE)), &key), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(unwrap(&kw, by, LIST(YES(CKA_DECRYPT)), &key), CKR_TEMPLATE_INCONSISTENT);
}

static void rule_363_whose_fault_the_code_says(void **state)
{
	CK_OBJECT_HANDLE key, none = 0x7fffffff, no_unwrap = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), LIST(NO(CKA_UNWRAP)));
	CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE as_public[] = {{CKA_CLASS, &public_class, sizeof(public_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};

	(void)state;
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_rv(unwrap(&kw, none, NULL, 0, &key), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	assert_rv(unwrap(&kw, no_unwrap, NULL, 0, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(unwrap(&kw, keys.rsa_private, NULL, 0, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(unwrap(&m_rsa, keys.rsa_public, NULL, 0, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(unwrap(&m_sha256, keys.aes, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_rv(unwrap(&kw, keys.aes, NULL, 0, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(unwrap_with(&kw, keys.aes, as_public, 2, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv(unwrap_with(&kw, keys.aes, as_public + 1, 1, &key), CKR_TEMPLATE_INCOMPLETE);
	blob_length--;
	assert_rv(unwrap(&kw, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	blob_length++;
	blob[9] ^= 1;
	assert_rv(unwrap(&kw, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_INVALID);
	blob[9] ^= 1;
	assert_ok(unwrap(&kw, keys.aes, NULL, 0, &key));
}

static void rule_369_new_keys_need_the_right_session(void **state)
{
	CK_SESSION_HANDLE read_only = open_ro();
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                           YES(CKA_TOKEN), NO(CKA_PRIVATE)};
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_rv(p11->C_UnwrapKey(read_only, &kw, keys.aes, blob, blob_length, template, 4, &key), CKR_SESSION_READ_ONLY);
	assert_ok(p11->C_UnwrapKey(sess, &kw, keys.aes, blob, blob_length, template, 4, &key));
	logout(sess);
	template[2].pValue = &no;
	template[3].pValue = &yes;
	assert_rv(p11->C_UnwrapKey(sess, &kw, keys.aes, blob, blob_length, template, 4, &key), CKR_USER_NOT_LOGGED_IN);
	close_session(read_only);
}

static void rule_370_an_operation_goes_on(void **state)
{
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(start(ENCRYPT));
	assert_ok(wrap(&kw, keys.aes, aes_with(NULL, 0)));
	assert_ok(unwrap(&kw, keys.aes, NULL, 0, &key));
	assert_true(is_active(ENCRYPT));
}

/* ---- private keys ------------------------------------------------------------------------------ */

static CK_RV unwrap_private(CK_KEY_TYPE type, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           NO(CKA_SENSITIVE), YES(CKA_DERIVE)};

	return unwrap_with(&kwp, keys.aes, template, COUNT(template), ret);
}

static void private_keys_of_every_type_come_back(void **state)
{
	const struct {
		CK_OBJECT_HANDLE key;
		CK_KEY_TYPE type;
		CK_ATTRIBUTE_TYPE material;
	} rows[] = {
		{keys.rsa_private, CKK_RSA, CKA_PRIVATE_EXPONENT}, {keys.ec_private, CKK_EC, CKA_VALUE},
		{keys.ed_private, CKK_EC_EDWARDS, CKA_VALUE}, {keys.x_private, CKK_EC_MONTGOMERY, CKA_VALUE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_BYTE original[512];
		CK_ATTRIBUTE a = {rows[i].material, original, sizeof(original)};
		CK_OBJECT_HANDLE key;

		assert_ok(p11->C_GetAttributeValue(sess, rows[i].key, &a, 1));
		assert_ok(wrap(&kwp, keys.aes, rows[i].key));
		assert_ok(unwrap_private(rows[i].type, &key));
		check_value(key, rows[i].material, original, a.ulValueLen);
		assert_true(get_bool(sess, key, CKA_EXTRACTABLE));
		assert_false(get_bool(sess, key, CKA_LOCAL));
		/* Type confusion: neither another private type nor a secret key. */
		for (size_t k = 0; k < COUNT(rows); k++) {
			if (k != i)
				assert_rv_in(unwrap_private(rows[k].type, &key), CKR_WRAPPED_KEY_INVALID, CKR_CURVE_NOT_SUPPORTED);
		}
		assert_rv(unwrap(&kwp, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	}
	/* A secret key is no private one. */
	assert_ok(wrap(&kwp, keys.aes, aes_with(NULL, 0)));
	CK_OBJECT_HANDLE key;
	assert_rv(unwrap_private(CKK_RSA, &key), CKR_WRAPPED_KEY_INVALID);
}

/* KW fills a private key's structure up with zeros. */
static void private_keys_through_kw(void **state)
{
	CK_KEY_TYPE type = CKK_EC;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)}};
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(wrap(&kw, keys.aes, keys.ec_private));
	assert_int_equal(blob_length % 8, 0);
	assert_ok(unwrap_with(&kw, keys.aes, template, 2, &key));
	blob_length = sign(&m_ecdsa, key, pattern, 32, blob, sizeof(blob));
	assert_ok(verify(&m_ecdsa, keys.ec_public, pattern, 32, blob, blob_length));
}

static void a_key_that_wants_a_login_for_each_use_does_not_unwrap(void **state)
{
	CK_OBJECT_HANDLE careful = make_rsa_private(sess, LIST(YES(CKA_PRIVATE), YES(CKA_ALWAYS_AUTHENTICATE))), key;

	(void)state;
	assert_ok(wrap(&m_rsa, keys.rsa_public, aes_with(NULL, 0)));
	assert_rv(unwrap(&m_rsa, careful, NULL, 0, &key), CKR_USER_NOT_LOGGED_IN);
	assert_ok(unwrap(&m_rsa, keys.rsa_private, NULL, 0, &key));
}

static void gcm_chooses_an_iv(void **state)
{
	CK_BYTE iv[12] = {1, 2, 3, 4}, first[12];
	CK_GCM_WRAP_PARAMS p = {iv, sizeof(iv), 32, CKG_GENERATE_RANDOM, NULL, 0, 128};
	CK_MECHANISM gcm = {CKM_AES_GCM, &p, sizeof(p)};
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(wrap(&gcm, keys.aes, aes_with(NULL, 0)));
	memcpy(first, iv, sizeof(iv));
	assert_memory_equal(iv, "\1\2\3\4", 4);
	assert_ok(unwrap(&gcm, keys.aes, NULL, 0, &key));
	check_value(key, CKA_VALUE, pattern, 32);
	assert_ok(wrap(&gcm, keys.aes, aes_with(NULL, 0)));
	assert_memory_not_equal(iv, first, sizeof(iv));
	blob[40] ^= 1;
	assert_rv(unwrap(&gcm, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_INVALID);
	p.ulIvFixedBits = 90;
	assert_rv(wrap(&gcm, keys.aes, aes_with(NULL, 0)), CKR_MECHANISM_PARAM_INVALID);
	p.ivGenerator = CKG_GENERATE_COUNTER;
	assert_rv(wrap(&gcm, keys.aes, aes_with(NULL, 0)), CKR_MECHANISM_PARAM_INVALID);
	p.ivGenerator = CKG_NO_GENERATE;
	assert_ok(wrap(&gcm, keys.aes, aes_with(NULL, 0)));
}

/* ---- attacks that must fail -------------------------------------------------------------------- */

/* A sensitive key is not read by wrapping it, unwrapping it with other flags and looking. The standard's answer is
 * CKA_EXTRACTABLE false, or templates that leave no such key. */
static void no_way_out_by_unwrapping_with_other_flags(void **state)
{
	CK_ATTRIBUTE keep[] = {YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)};
	CK_OBJECT_HANDLE kek = aes_with(LIST({CKA_UNWRAP_TEMPLATE, keep, sizeof(keep)}, NO(CKA_DECRYPT), NO(CKA_ENCRYPT)));
	CK_OBJECT_HANDLE secret = aes_with(LIST(YES(CKA_SENSITIVE))), again;
	CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)};

	(void)state;
	assert_ok(wrap(&kw, kek, secret));
	assert_rv(unwrap(&kw, kek, LIST(NO(CKA_SENSITIVE)), &again), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(unwrap(&kw, kek, NULL, 0, &again));
	assert_rv(p11->C_GetAttributeValue(sess, again, &a, 1), CKR_ATTRIBUTE_SENSITIVE);
	assert_rv(wrap(&kw, kek, again), CKR_KEY_UNEXTRACTABLE);
	/* The template is not the application's to change. */
	CK_ATTRIBUTE none = {CKA_UNWRAP_TEMPLATE, NULL, 0};
	assert_rv(p11->C_SetAttributeValue(sess, kek, &none, 1), CKR_ATTRIBUTE_READ_ONLY);
}

/* Wrap and decrypt: the wrapping key may not decrypt, so what it wraps cannot be deciphered with it. */
static void wrap_then_decrypt_needs_a_key_that_may_both(void **state)
{
	CK_OBJECT_HANDLE kek = aes_with(LIST(NO(CKA_DECRYPT))), secret = aes_with(LIST(YES(CKA_SENSITIVE)));

	(void)state;
	assert_ok(wrap(&m_cbc_pad, kek, secret));
	assert_rv(start_with(sess, DECRYPT, &m_cbc_pad, kek), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(start_with(sess, DECRYPT, &kw, kek), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* An unextractable key never leaves, whatever wraps it and however it was copied. */
static void unextractable_never_wraps(void **state)
{
	CK_MECHANISM *mechanisms[] = {&kw, &kwp, &m_ecb, &m_cbc, &m_cbc_pad, &m_ctr};
	CK_OBJECT_HANDLE kept = aes_with(LIST(NO(CKA_EXTRACTABLE))), copy;
	CK_ATTRIBUTE open = YES(CKA_EXTRACTABLE);

	(void)state;
	for (size_t i = 0; i < COUNT(mechanisms); i++)
		assert_rv(wrap(mechanisms[i], keys.aes, kept), CKR_KEY_UNEXTRACTABLE);
	assert_rv(wrap(&m_rsa, keys.rsa_public, kept), CKR_KEY_UNEXTRACTABLE);
	assert_rv(p11->C_SetAttributeValue(sess, kept, &open, 1), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(p11->C_CopyObject(sess, kept, &open, 1, &copy), CKR_ATTRIBUTE_READ_ONLY);
	assert_ok(p11->C_CopyObject(sess, kept, NULL, 0, &copy));
	assert_rv(wrap(&kw, keys.aes, copy), CKR_KEY_UNEXTRACTABLE);
}

/* Conjuring: random bytes do not become a key through the authenticated wraps. */
static void no_key_from_random_bytes(void **state)
{
	CK_OBJECT_HANDLE key;
	CK_ULONG before = count_objects(sess);

	(void)state;
	for (CK_ULONG n = 16; n <= 48; n += 8) {
		assert_ok(p11->C_GenerateRandom(sess, blob, n));
		blob_length = n;
		assert_rv_in(unwrap(&kw, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE);
		assert_rv_in(unwrap(&kwp, keys.aes, NULL, 0, &key), CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE);
	}
	assert_int_equal(count_objects(sess), before);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_356_what_wrapping_needs),
		WITH_KEYS(rule_356_the_length_follows_the_output_convention),
		WITH_KEYS(rule_357_wrap_with_trusted),
		WITH_KEYS(rule_358_wrap_template),
		WITH_KEYS(rule_359_whose_fault_the_code_says),
		WITH_KEYS(rule_360_what_an_unwrapped_key_is),
		WITH_KEYS(rule_361_the_length),
		WITH_KEYS(rule_362_unwrap_template),
		WITH_KEYS(rule_363_whose_fault_the_code_says),
		WITH_KEYS(rule_369_new_keys_need_the_right_session),
		WITH_KEYS(rule_370_an_operation_goes_on),
		WITH_KEYS(private_keys_of_every_type_come_back),
		WITH_KEYS(private_keys_through_kw),
		WITH_KEYS(a_key_that_wants_a_login_for_each_use_does_not_unwrap),
		WITH_KEYS(gcm_chooses_an_iv),
		WITH_KEYS(no_way_out_by_unwrapping_with_other_flags),
		WITH_KEYS(wrap_then_decrypt_needs_a_key_that_may_both),
		WITH_KEYS(unextractable_never_wraps),
		WITH_KEYS(no_key_from_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
