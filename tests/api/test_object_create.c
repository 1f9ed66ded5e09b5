/* SPDX-License-Identifier: Apache-2.0 */
/* Making objects: rules 199 to 208 and 218 to 221 (chapters M and N): defaults, what a template may not say,
 * and that a call that fails makes nothing. Templates are a complete one with one thing changed.
 * Copies are test_object_copy.c's, later changes test_attributes.c's. */
#include "api/harness.h"

/* ---- templates ------------------------------------------------------------------------------- */

struct template {
	CK_ATTRIBUTE a[24];
	CK_ULONG count;
};

static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
/* The P-256 key of RFC 6979 A.2.5. */
static CK_BYTE ec_value[] = {
	0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
	0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
};
#define EC_POINT \
	0x04, \
	0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68, \
	0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, \
	0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, \
	0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99
static CK_BYTE ec_point[] = {0x04, 0x41, EC_POINT};
static CK_BYTE ec_point_off_curve[sizeof(ec_point)];
static CK_BYTE ec_spki[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, EC_POINT,
};
static CK_BYTE other_spki[sizeof(ec_spki)];
static CK_BYTE aes_check[] = {0xf2, 0x90, 0x00}; /* AES-256 of a zero block under aes_value */
static CK_BYTE wrong_check[] = {0xf2, 0x90, 0x01};
static CK_BYTE subject[] = {0x30, 0x00}, certificate[] = {0x30, 0x03, 0x02, 0x01, 0x01};
static CK_OBJECT_CLASS certificate_class = CKO_CERTIFICATE;
static CK_CERTIFICATE_TYPE x509 = CKC_X_509;
static CK_BYTE modulus[256], exponent[] = {1, 0, 1};

static void put(struct template *t, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG length)
{
	CK_ULONG i = 0;

	while (i < t->count && t->a[i].type != type)
		i++;
	if (i == t->count)
		t->count++;
	assert_in_range(t->count, 1, COUNT(t->a));
	t->a[i] = (CK_ATTRIBUTE){type, value, length};
}

static void drop(struct template *t, CK_ATTRIBUTE_TYPE type)
{
	for (CK_ULONG i = 0; i < t->count; i++) {
		if (t->a[i].type != type)
			continue;
		memmove(&t->a[i], &t->a[i + 1], (t->count - i - 1) * sizeof(t->a[0]));
		t->count--;
		return;
	}
	fail_msg("nothing of type 0x%lx to drop", type);
}

static struct template a_data(void)
{
	struct template t = {.count = 0};

	put(&t, CKA_CLASS, &data_class, sizeof(data_class));
	put(&t, CKA_LABEL, subject, 0);
	put(&t, CKA_VALUE, certificate, sizeof(certificate));
	return t;
}

static struct template an_aes(void)
{
	struct template t = {.count = 0};

	put(&t, CKA_CLASS, &secret_key_class, sizeof(secret_key_class));
	put(&t, CKA_KEY_TYPE, &aes_type, sizeof(aes_type));
	put(&t, CKA_VALUE, aes_value, sizeof(aes_value));
	return t;
}

static struct template a_secret(void)
{
	struct template t = an_aes();

	put(&t, CKA_KEY_TYPE, &generic_type, sizeof(generic_type));
	return t;
}

static struct template an_ec_private(void)
{
	struct template t = {.count = 0};

	put(&t, CKA_CLASS, &private_key_class, sizeof(private_key_class));
	put(&t, CKA_KEY_TYPE, &ec_type, sizeof(ec_type));
	put(&t, CKA_EC_PARAMS, p256, sizeof(p256));
	put(&t, CKA_VALUE, ec_value, sizeof(ec_value));
	return t;
}

static struct template an_ec_public(void)
{
	struct template t = {.count = 0};

	put(&t, CKA_CLASS, &public_key_class, sizeof(public_key_class));
	put(&t, CKA_KEY_TYPE, &ec_type, sizeof(ec_type));
	put(&t, CKA_EC_PARAMS, p256, sizeof(p256));
	put(&t, CKA_EC_POINT, ec_point, sizeof(ec_point));
	return t;
}

static struct template an_rsa_public(void)
{
	struct template t = {.count = 0};

	memset(modulus, 0xc5, sizeof(modulus));
	put(&t, CKA_CLASS, &public_key_class, sizeof(public_key_class));
	put(&t, CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type));
	put(&t, CKA_MODULUS, modulus, sizeof(modulus));
	put(&t, CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
	return t;
}

static struct template a_certificate(void)
{
	struct template t = {.count = 0};

	put(&t, CKA_CLASS, &certificate_class, sizeof(certificate_class));
	put(&t, CKA_CERTIFICATE_TYPE, &x509, sizeof(x509));
	put(&t, CKA_SUBJECT, subject, sizeof(subject));
	put(&t, CKA_VALUE, certificate, sizeof(certificate));
	return t;
}

static struct template (*const bases[])(void) = {
	a_data, an_aes, a_secret, an_ec_private, an_ec_public, an_rsa_public, a_certificate,
};

static CK_SESSION_HANDLE session;

static CK_RV create(struct template *t, CK_OBJECT_HANDLE *ret)
{
	return p11->C_CreateObject(session, t->a, t->count, ret);
}

static CK_OBJECT_HANDLE created(struct template t)
{
	CK_OBJECT_HANDLE object = 0;

	assert_ok(create(&t, &object));
	assert_int_not_equal(object, 0);
	return object;
}

/* Neither the code alone nor a trace in the token. */
static void refused(struct template t, const CK_RV *codes, size_t count)
{
	CK_OBJECT_HANDLE object = 0;
	size_t before = count_objects(session);

	expect_rv(create(&t, &object), codes, count, "C_CreateObject", __FILE__, __LINE__);
	assert_int_equal(count_objects(session), before);
}

#define REFUSED(template, ...) refused((template), (CK_RV[]){__VA_ARGS__}, sizeof((CK_RV[]){__VA_ARGS__}) / sizeof(CK_RV))

static int setup_user(void **state)
{
	if (setup_token(state))
		return -1;
	memcpy(other_spki, ec_spki, sizeof(ec_spki));
	other_spki[sizeof(other_spki) - 1] ^= 1;
	memcpy(ec_point_off_curve, ec_point, sizeof(ec_point));
	ec_point_off_curve[sizeof(ec_point) - 1] ^= 1;
	session = open_rw();
	login_user(session);
	return 0;
}

/* ---- defaults -------------------------------------------------------------------------------- */

static void rule_199_defaults_of_every_storage_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bases); i++) {
		CK_OBJECT_HANDLE object = created(bases[i]());
		CK_OBJECT_CLASS class = get_ulong(session, object, CKA_CLASS);
		char label[8];
		CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label)};

		assert_false(get_bool(session, object, CKA_TOKEN));
		assert_true(get_bool(session, object, CKA_MODIFIABLE));
		assert_true(get_bool(session, object, CKA_COPYABLE));
		assert_true(get_bool(session, object, CKA_DESTROYABLE));
		assert_int_equal(get_bool(session, object, CKA_PRIVATE), class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY);
		assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
		assert_int_equal(a.ulValueLen, 0);
	}
}

static void rule_199_defaults_of_keys_and_certificates(void **state)
{
	static const CK_ATTRIBUTE_TYPE empty[] = {CKA_ID, CKA_START_DATE, CKA_END_DATE};
	static const CK_ATTRIBUTE_TYPE certificate_empty[] = {CKA_ID, CKA_ISSUER, CKA_SERIAL_NUMBER, CKA_START_DATE, CKA_END_DATE};
	CK_OBJECT_HANDLE key = created(an_aes()), cert = created(a_certificate()), private = created(an_ec_private());
	(void)state;

	for (size_t i = 0; i < COUNT(empty); i++) {
		CK_ATTRIBUTE a = {empty[i], NULL, 99};
		assert_ok(p11->C_GetAttributeValue(session, key, &a, 1));
		assert_int_equal(a.ulValueLen, 0);
	}
	for (size_t i = 0; i < COUNT(certificate_empty); i++) {
		CK_ATTRIBUTE a = {certificate_empty[i], NULL, 99};
		assert_ok(p11->C_GetAttributeValue(session, cert, &a, 1));
		assert_int_equal(a.ulValueLen, 0);
	}
	assert_false(get_bool(session, key, CKA_DERIVE));
	assert_false(get_bool(session, key, CKA_WRAP_WITH_TRUSTED));
	assert_false(get_bool(session, private, CKA_ALWAYS_AUTHENTICATE));
	assert_int_equal(get_ulong(session, cert, CKA_CERTIFICATE_CATEGORY), CK_CERTIFICATE_CATEGORY_UNSPECIFIED);
}

static void rule_199_what_the_template_says_wins_over_defaults(void **state)
{
	struct template t = an_aes();
	CK_OBJECT_HANDLE object;
	(void)state;

	put(&t, CKA_TOKEN, &yes, sizeof(yes));
	put(&t, CKA_PRIVATE, &no, sizeof(no));
	put(&t, CKA_MODIFIABLE, &no, sizeof(no));
	put(&t, CKA_COPYABLE, &no, sizeof(no));
	put(&t, CKA_DERIVE, &yes, sizeof(yes));
	object = created(t);
	assert_true(get_bool(session, object, CKA_TOKEN));
	assert_false(get_bool(session, object, CKA_PRIVATE));
	assert_false(get_bool(session, object, CKA_MODIFIABLE));
	assert_false(get_bool(session, object, CKA_COPYABLE));
	assert_true(get_bool(session, object, CKA_DESTROYABLE));
	assert_true(get_bool(session, object, CKA_DERIVE));
}

static void rule_200_private_objects_need_the_user(void **state)
{
	struct template private = a_data(), key = an_aes();
	(void)state;

	put(&private, CKA_PRIVATE, &yes, sizeof(yes));
	logout(session);
	REFUSED(private, CKR_USER_NOT_LOGGED_IN);
	put(&private, CKA_TOKEN, &yes, sizeof(yes));
	REFUSED(private, CKR_USER_NOT_LOGGED_IN);
	/* Secret keys are private when nothing is said. */
	REFUSED(key, CKR_USER_NOT_LOGGED_IN);
	put(&key, CKA_PRIVATE, &no, sizeof(no));
	created(key);
	created(a_data());
	login_user(session);
	created(private);
}

/* ---- unique identifiers ---------------------------------------------------------------------- */

struct identifier {
	char text[256];
	CK_ULONG length;
};

static struct identifier identifier_of(CK_OBJECT_HANDLE object)
{
	struct identifier id;
	CK_ATTRIBUTE a = {CKA_UNIQUE_ID, id.text, sizeof(id.text)};

	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	assert_in_range(a.ulValueLen, 1, sizeof(id.text));
	id.length = a.ulValueLen;
	return id;
}

static void rule_201_every_new_object_gets_a_unique_id(void **state)
{
	CK_OBJECT_HANDLE objects[13];
	struct identifier ids[COUNT(objects)];
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_ATTRIBUTE of_length = {CKA_VALUE_LEN, &length, sizeof(length)};
	size_t n = 0;
	(void)state;

	for (; n < COUNT(bases); n++)
		objects[n] = created(bases[n]());
	assert_ok(p11->C_CopyObject(session, objects[0], NULL, 0, &objects[n++]));
	assert_ok(p11->C_GenerateKey(session, &generate, &of_length, 1, &objects[n++]));
	make_ec_pair(session, false, true, &objects[n], &objects[n + 1]);
	n += 2;
	objects[n++] = make_data(session, true, true, "token");
	objects[n++] = make_data(session, true, false, "token");
	assert_int_equal(n, COUNT(objects));

	for (size_t i = 0; i < n; i++) {
		ids[i] = identifier_of(objects[i]);
		for (size_t j = 0; j < i; j++)
			assert_false(ids[i].length == ids[j].length && memcmp(ids[i].text, ids[j].text, ids[i].length) == 0);
	}
}

static void rule_202_unique_id_in_a_template_is_read_only(void **state)
{
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_BYTE mine[] = "my-own-id";
	CK_ATTRIBUTE with_id[] = {{CKA_VALUE_LEN, &length, sizeof(length)}, {CKA_UNIQUE_ID, mine, sizeof(mine) - 1}};
	CK_OBJECT_HANDLE object;
	(void)state;

	for (size_t i = 0; i < COUNT(bases); i++) {
		struct template t = bases[i]();
		put(&t, CKA_UNIQUE_ID, mine, sizeof(mine) - 1);
		REFUSED(t, CKR_ATTRIBUTE_READ_ONLY);
	}
	assert_rv(p11->C_GenerateKey(session, &generate, with_id, 2, &object), CKR_ATTRIBUTE_READ_ONLY);
	object = created(a_data());
	assert_rv(p11->C_CopyObject(session, object, &with_id[1], 1, &object), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(p11->C_SetAttributeValue(session, object, &with_id[1], 1), CKR_ATTRIBUTE_READ_ONLY);
	with_id[1].ulValueLen = 0;
	assert_rv(p11->C_SetAttributeValue(session, object, &with_id[1], 1), CKR_ATTRIBUTE_READ_ONLY);
}

/* ---- all or nothing -------------------------------------------------------------------------- */

static CK_RV generate_pair(CK_ATTRIBUTE *public_extra, CK_ATTRIBUTE *private_extra)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE public, private;
	CK_ATTRIBUTE public_template[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_EC_PARAMS, p256, sizeof(p256)}, *public_extra};
	CK_ATTRIBUTE private_template[] = {{CKA_TOKEN, &yes, sizeof(yes)}, *private_extra};

	return p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), private_template,
	                              COUNT(private_template), &public, &private);
}

static void rule_203_a_key_pair_is_made_whole_or_not_at_all(void **state)
{
	CK_ATTRIBUTE fine = {CKA_LABEL, subject, sizeof(subject)};
	CK_ATTRIBUTE unknown = {0x4321, &yes, sizeof(yes)};
	CK_ATTRIBUTE bad = {CKA_SIGN, subject, 2}, read_only = {CKA_LOCAL, &yes, sizeof(yes)};
	CK_ATTRIBUTE wrong_class = {CKA_CLASS, &data_class, sizeof(data_class)};
	CK_ATTRIBUTE *const wrong[] = {&unknown, &bad, &read_only, &wrong_class};
	size_t before = count_objects(session);
	(void)state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_not_equal(generate_pair(&fine, wrong[i]), CKR_OK);
		assert_int_not_equal(generate_pair(wrong[i], &fine), CKR_OK);
		assert_int_equal(count_objects(session), before);
	}
	assert_ok(generate_pair(&fine, &fine));
	assert_int_equal(count_objects(session), before + 2);
}

static void rule_203_failing_generation_and_copy_make_nothing(void **state)
{
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG bad_length = 17;
	CK_ATTRIBUTE bad = {CKA_VALUE_LEN, &bad_length, sizeof(bad_length)};
	CK_ATTRIBUTE unknown = {0x4321, &yes, sizeof(yes)};
	CK_OBJECT_HANDLE from = created(a_data()), object = 0;
	size_t before = count_objects(session);
	(void)state;

	assert_rv_in(p11->C_GenerateKey(session, &generate, &bad, 1, &object), CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE,
	             CKR_TEMPLATE_INCONSISTENT);
	assert_rv(p11->C_GenerateKey(session, &generate, NULL, 0, &object), CKR_TEMPLATE_INCOMPLETE);
	assert_int_not_equal(p11->C_CopyObject(session, from, &unknown, 1, &object), CKR_OK);
	assert_int_equal(count_objects(session), before);
}

static void rule_204_built_in_classes_cannot_be_created(void **state)
{
	static CK_OBJECT_CLASS classes[] = {CKO_HW_FEATURE, CKO_MECHANISM, CKO_PROFILE, CKO_VALIDATION};
	(void)state;

	for (size_t i = 0; i < COUNT(classes); i++) {
		struct template t = a_data();
		put(&t, CKA_CLASS, &classes[i], sizeof(classes[i]));
		REFUSED(t, CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT,
		        CKR_ATTRIBUTE_TYPE_INVALID, CKR_ACTION_PROHIBITED);
	}
}

/* ---- template errors ------------------------------------------------------------------------- */

static CK_ULONG number = 7, nonsense = 0x7eadbeef;
static CK_BBOOL maybe = 2;

static void rule_205_attributes_that_the_object_does_not_have(void **state)
{
	static const struct {
		struct template (*base)(void);
		CK_ATTRIBUTE extra;
	} rows[] = {
		{a_data, {0x4321, &number, sizeof(number)}},
		{a_data, {CKA_VENDOR_DEFINED + 5, &number, sizeof(number)}},
		{a_data, {CKA_MODULUS, modulus, sizeof(modulus)}},
		{a_data, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}},
		{an_aes, {CKA_MODULUS, modulus, sizeof(modulus)}},
		{an_aes, {CKA_EC_PARAMS, p256, sizeof(p256)}},
		{an_aes, {CKA_APPLICATION, subject, sizeof(subject)}},
		{an_ec_public, {CKA_PRIME_1, modulus, 16}},
		{an_ec_public, {CKA_DECRYPT, &yes, sizeof(yes)}},
		{an_ec_private, {CKA_VERIFY, &yes, sizeof(yes)}},
		{a_certificate, {CKA_SENSITIVE, &yes, sizeof(yes)}},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct template t = rows[i].base();
		put(&t, rows[i].extra.type, rows[i].extra.pValue, rows[i].extra.ulValueLen);
		REFUSED(t, CKR_ATTRIBUTE_TYPE_INVALID, CKR_TEMPLATE_INCONSISTENT);
	}
	for (size_t i = 0; i < 2; i++) {
		struct template t = rows[i].base();
		put(&t, rows[i].extra.type, rows[i].extra.pValue, rows[i].extra.ulValueLen);
		REFUSED(t, CKR_ATTRIBUTE_TYPE_INVALID);
	}
}

static void rule_205_values_that_cannot_be(void **state)
{
	static const struct {
		struct template (*base)(void);
		CK_ATTRIBUTE bad;
	} rows[] = {
		{a_data, {CKA_CLASS, &nonsense, sizeof(nonsense)}},
		{a_data, {CKA_CLASS, &data_class, 4}},
		{a_data, {CKA_CLASS, &data_class, 0}},
		{a_data, {CKA_TOKEN, &maybe, sizeof(maybe)}},
		{a_data, {CKA_TOKEN, &number, sizeof(number)}},
		{a_data, {CKA_TOKEN, &yes, 0}},
		{a_data, {CKA_PRIVATE, &maybe, sizeof(maybe)}},
		{a_data, {CKA_MODIFIABLE, NULL, 1}},
		{an_aes, {CKA_KEY_TYPE, &nonsense, sizeof(nonsense)}},
		{an_aes, {CKA_KEY_TYPE, &aes_type, 1}},
		{an_aes, {CKA_VALUE, aes_value, 15}},
		{an_aes, {CKA_VALUE, aes_value, 0}},
		{an_aes, {CKA_ENCRYPT, &maybe, sizeof(maybe)}},
		{an_aes, {CKA_START_DATE, aes_value, 7}},
		{an_ec_private, {CKA_EC_PARAMS, p256, 5}},
		{an_ec_private, {CKA_VALUE, modulus, 0}},
		{an_ec_public, {CKA_EC_POINT, ec_point, 20}},
		{an_ec_public, {CKA_EC_POINT, ec_point_off_curve, sizeof(ec_point_off_curve)}},
		{a_certificate, {CKA_CERTIFICATE_TYPE, &nonsense, sizeof(nonsense)}},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct template t = rows[i].base();
		CK_OBJECT_HANDLE object;
		CK_RV rv;

		put(&t, rows[i].bad.type, rows[i].bad.pValue, rows[i].bad.ulValueLen);
		rv = create(&t, &object);
		if (rv == CKR_OK)
			fail_msg("row %zu was accepted", i);
		assert_rv_in(rv, CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCOMPLETE,
		             CKR_DOMAIN_PARAMS_INVALID, CKR_CURVE_NOT_SUPPORTED, CKR_KEY_SIZE_RANGE, CKR_PUBLIC_KEY_INVALID,
		             CKR_ARGUMENTS_BAD);
	}
	assert_int_equal(count_objects(session), 0);
}

static void rule_205_read_only_attributes_in_a_template(void **state)
{
	static const struct {
		struct template (*base)(void);
		CK_ATTRIBUTE given;
	} rows[] = {
		{an_aes, {CKA_LOCAL, &yes, sizeof(yes)}},
		{an_aes, {CKA_LOCAL, &no, sizeof(no)}},
		{an_aes, {CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes)}},
		{an_aes, {CKA_NEVER_EXTRACTABLE, &yes, sizeof(yes)}},
		{an_aes, {CKA_KEY_GEN_MECHANISM, &number, sizeof(number)}},
		{an_ec_private, {CKA_LOCAL, &yes, sizeof(yes)}},
		{an_ec_private, {CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes)}},
		{an_ec_public, {CKA_KEY_GEN_MECHANISM, &number, sizeof(number)}},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct template t = rows[i].base();
		put(&t, rows[i].given.type, rows[i].given.pValue, rows[i].given.ulValueLen);
		REFUSED(t, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_TYPE_INVALID);
	}
}

static void rule_205_missing_attributes_make_a_template_incomplete(void **state)
{
	static const struct {
		struct template (*base)(void);
		CK_ATTRIBUTE_TYPE missing;
	} rows[] = {
		{a_data, CKA_CLASS},
		{an_aes, CKA_CLASS},
		{an_aes, CKA_KEY_TYPE},
		{an_aes, CKA_VALUE},
		{a_secret, CKA_VALUE},
		{an_ec_private, CKA_KEY_TYPE},
		{an_ec_private, CKA_EC_PARAMS},
		{an_ec_private, CKA_VALUE},
		{an_ec_public, CKA_EC_PARAMS},
		{an_ec_public, CKA_EC_POINT},
		{an_rsa_public, CKA_MODULUS},
		{an_rsa_public, CKA_PUBLIC_EXPONENT},
		{a_certificate, CKA_CERTIFICATE_TYPE},
		{a_certificate, CKA_SUBJECT},
		{a_certificate, CKA_VALUE},
	};
	struct template nothing = {.count = 0};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct template t = rows[i].base();
		drop(&t, rows[i].missing);
		REFUSED(t, CKR_TEMPLATE_INCOMPLETE);
	}
	REFUSED(nothing, CKR_TEMPLATE_INCOMPLETE, CKR_ARGUMENTS_BAD);
}

static void rule_205_conflicting_attributes_make_a_template_inconsistent(void **state)
{
	static const struct {
		struct template (*base)(void);
		CK_ATTRIBUTE conflict;
	} rows[] = {
		{an_aes, {CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type)}},
		{an_ec_public, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}},
		{an_aes, {CKA_CLASS, &private_key_class, sizeof(private_key_class)}},
		{an_aes, {CKA_VALUE_LEN, &number, sizeof(number)}},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct template t = rows[i].base();
		put(&t, rows[i].conflict.type, rows[i].conflict.pValue, rows[i].conflict.ulValueLen);
		REFUSED(t, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_TYPE_INVALID,
		        CKR_ATTRIBUTE_READ_ONLY);
	}
}

static void rule_206_the_same_attribute_twice(void **state)
{
	struct template t = a_data();
	CK_OBJECT_HANDLE object;
	(void)state;

	t.a[t.count++] = (CK_ATTRIBUTE){CKA_LABEL, subject, 2};
	REFUSED(t, CKR_TEMPLATE_INCONSISTENT);
	t.a[t.count - 1] = (CK_ATTRIBUTE){CKA_CLASS, &data_class, sizeof(data_class)};
	assert_rv_in(create(&t, &object), CKR_OK, CKR_TEMPLATE_INCONSISTENT);
}

static void rule_207_the_order_of_attributes_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bases); i++) {
		struct template t = bases[i](), turned = {.count = t.count};

		put(&t, CKA_TOKEN, &no, sizeof(no));
		put(&t, CKA_MODIFIABLE, &no, sizeof(no));
		turned.count = t.count;
		for (CK_ULONG shift = 0; shift < t.count; shift++) {
			for (CK_ULONG j = 0; j < t.count; j++)
				turned.a[j] = t.a[(shift + t.count - 1 - j) % t.count];
			assert_false(get_bool(session, created(turned), CKA_MODIFIABLE));
		}
	}
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void rule_208_a_created_key_was_never_kept_in_the_token(void **state)
{
	CK_OBJECT_HANDLE secret, private, public;
	struct template t = an_aes(), u = an_ec_private();
	(void)state;

	put(&t, CKA_SENSITIVE, &yes, sizeof(yes));
	put(&t, CKA_EXTRACTABLE, &no, sizeof(no));
	put(&u, CKA_SENSITIVE, &yes, sizeof(yes));
	put(&u, CKA_EXTRACTABLE, &no, sizeof(no));
	secret = created(t);
	private = created(u);
	public = created(an_ec_public());
	assert_false(get_bool(session, public, CKA_LOCAL));
	assert_false(get_bool(session, secret, CKA_LOCAL));
	assert_false(get_bool(session, secret, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(session, secret, CKA_NEVER_EXTRACTABLE));
	assert_false(get_bool(session, private, CKA_LOCAL));
	assert_false(get_bool(session, private, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(session, private, CKA_NEVER_EXTRACTABLE));
}

static void rules_208_215_a_generated_key_knows_its_history(void **state)
{
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 32;
	CK_OBJECT_HANDLE key, open;
	CK_ATTRIBUTE closed_template[] = {{CKA_VALUE_LEN, &length, sizeof(length)}, {CKA_SENSITIVE, &yes, sizeof(yes)},
	                                  {CKA_EXTRACTABLE, &no, sizeof(no)}};
	CK_ATTRIBUTE open_template[] = {{CKA_VALUE_LEN, &length, sizeof(length)}, {CKA_SENSITIVE, &no, sizeof(no)},
	                                {CKA_EXTRACTABLE, &yes, sizeof(yes)}};
	(void)state;

	assert_ok(p11->C_GenerateKey(session, &generate, closed_template, COUNT(closed_template), &key));
	assert_ok(p11->C_GenerateKey(session, &generate, open_template, COUNT(open_template), &open));
	assert_true(get_bool(session, key, CKA_LOCAL));
	assert_true(get_bool(session, key, CKA_ALWAYS_SENSITIVE));
	assert_true(get_bool(session, key, CKA_NEVER_EXTRACTABLE));
	assert_true(get_bool(session, open, CKA_LOCAL));
	assert_false(get_bool(session, open, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(session, open, CKA_NEVER_EXTRACTABLE));
}

static void rule_218_generation_mechanism_is_known_of_local_keys_only(void **state)
{
	CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_ATTRIBUTE of_length = {CKA_VALUE_LEN, &length, sizeof(length)};
	CK_OBJECT_HANDLE key, public, private;
	(void)state;

	assert_ok(p11->C_GenerateKey(session, &generate, &of_length, 1, &key));
	make_ec_pair(session, false, true, &public, &private);
	assert_int_equal(get_ulong(session, key, CKA_KEY_GEN_MECHANISM), CKM_AES_KEY_GEN);
	assert_int_equal(get_ulong(session, public, CKA_KEY_GEN_MECHANISM), CKM_EC_KEY_PAIR_GEN);
	assert_int_equal(get_ulong(session, private, CKA_KEY_GEN_MECHANISM), CKM_EC_KEY_PAIR_GEN);
	assert_int_equal(get_ulong(session, created(an_aes()), CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
	assert_int_equal(get_ulong(session, created(an_ec_public()), CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
	assert_int_equal(get_ulong(session, created(an_ec_private()), CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
}

static CK_ULONG check_value_of(CK_OBJECT_HANDLE object, CK_BYTE *ret, CK_ULONG room)
{
	CK_ATTRIBUTE a = {CKA_CHECK_VALUE, ret, room};

	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	return a.ulValueLen;
}

static void rule_219_a_check_value_must_match(void **state)
{
	struct template t = an_aes();
	CK_BYTE value[8];
	(void)state;

	assert_int_equal(check_value_of(created(t), value, sizeof(value)), 3);
	assert_memory_equal(value, aes_check, 3);
	put(&t, CKA_CHECK_VALUE, aes_check, sizeof(aes_check));
	assert_int_equal(check_value_of(created(t), value, sizeof(value)), 3);
	assert_memory_equal(value, aes_check, 3);
	put(&t, CKA_CHECK_VALUE, wrong_check, sizeof(wrong_check));
	REFUSED(t, CKR_ATTRIBUTE_VALUE_INVALID);
	put(&t, CKA_CHECK_VALUE, aes_check, 0);
	assert_int_equal(check_value_of(created(t), value, sizeof(value)), 0);
}

static void rule_220_public_key_info_must_match_the_private_key(void **state)
{
	struct template t = an_ec_private();
	CK_BYTE info[sizeof(ec_spki)];
	CK_ATTRIBUTE a = {CKA_PUBLIC_KEY_INFO, info, sizeof(info)};
	(void)state;

	put(&t, CKA_PUBLIC_KEY_INFO, other_spki, sizeof(other_spki));
	REFUSED(t, CKR_ATTRIBUTE_VALUE_INVALID);
	put(&t, CKA_PUBLIC_KEY_INFO, ec_spki, sizeof(ec_spki));
	assert_ok(p11->C_GetAttributeValue(session, created(t), &a, 1));
	assert_int_equal(a.ulValueLen, sizeof(ec_spki));
	assert_memory_equal(info, ec_spki, sizeof(ec_spki));
}

static void rule_221_a_trusted_certificate_cannot_be_modified(void **state)
{
	struct template t = a_certificate();
	CK_ATTRIBUTE label = {CKA_LABEL, subject, sizeof(subject)}, distrust = {CKA_TRUSTED, &no, sizeof(no)};
	CK_OBJECT_HANDLE trusted, plain;
	(void)state;

	logout(session);
	login_so(session);
	put(&t, CKA_TOKEN, &yes, sizeof(yes));
	plain = created(t);
	put(&t, CKA_TRUSTED, &yes, sizeof(yes));
	trusted = created(t);
	assert_rv_in(p11->C_SetAttributeValue(session, trusted, &label, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED);
	logout(session);
	login_user(session);
	assert_rv_in(p11->C_SetAttributeValue(session, trusted, &label, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED);
	assert_rv_in(p11->C_SetAttributeValue(session, trusted, &distrust, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED);
	assert_ok(p11->C_SetAttributeValue(session, plain, &label, 1));
}

static void rule_205_arguments_of_create(void **state)
{
	struct template t = a_data();
	CK_OBJECT_HANDLE object;
	(void)state;

	assert_rv(p11->C_CreateObject(session, t.a, t.count, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_CreateObject(session, NULL, t.count, &object), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_CreateObject(0, t.a, t.count, &object), CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(count_objects(session), 0);
}

#define AS_USER(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AS_USER(rule_199_defaults_of_every_storage_object),
		AS_USER(rule_199_defaults_of_keys_and_certificates),
		AS_USER(rule_199_what_the_template_says_wins_over_defaults),
		AS_USER(rule_200_private_objects_need_the_user),
		AS_USER(rule_201_every_new_object_gets_a_unique_id),
		AS_USER(rule_202_unique_id_in_a_template_is_read_only),
		AS_USER(rule_203_a_key_pair_is_made_whole_or_not_at_all),
		AS_USER(rule_203_failing_generation_and_copy_make_nothing),
		AS_USER(rule_204_built_in_classes_cannot_be_created),
		AS_USER(rule_205_attributes_that_the_object_does_not_have),
		AS_USER(rule_205_values_that_cannot_be),
		AS_USER(rule_205_read_only_attributes_in_a_template),
		AS_USER(rule_205_missing_attributes_make_a_template_incomplete),
		AS_USER(rule_205_conflicting_attributes_make_a_template_inconsistent),
		AS_USER(rule_205_arguments_of_create),
		AS_USER(rule_206_the_same_attribute_twice),
		AS_USER(rule_207_the_order_of_attributes_does_not_matter),
		AS_USER(rule_208_a_created_key_was_never_kept_in_the_token),
		AS_USER(rules_208_215_a_generated_key_knows_its_history),
		AS_USER(rule_218_generation_mechanism_is_known_of_local_keys_only),
		AS_USER(rule_219_a_check_value_must_match),
		AS_USER(rule_220_public_key_info_must_match_the_private_key),
		AS_USER(rule_221_a_trusted_certificate_cannot_be_modified),
	};
	return cmocka_run_group_tests_name("object_create", tests, NULL, NULL);
}
