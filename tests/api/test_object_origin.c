/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of every kind of the standard's table that are generated or unwrapped: what a template must and must not say,
 * by the table's footnotes 3 to 6, and what the new key says of its past; rules 218, 354, 360. Refuses to judge the
 * material: tests of the mechanisms do. */
#include "object_table.h"

static CK_SESSION_HANDLE sess;
static CK_OBJECT_HANDLE wrapping;

static int setup(void **state)
{
	int rv = setup_token(state);

	sess = open_rw();
	login_user(sess);
	object_table_need_material(sess);
	wrapping = make_aes(sess, false, false);
	return rv;
}

/* ---- generation ------------------------------------------------------------------------------------- */

/* One object, or a pair; *ret is that of the kind. The rest of the pair's templates is the least. */
static CK_RV generate(struct kind_of_object *k, CK_MECHANISM_TYPE type, struct template_of *t, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = {type, NULL, 0};
	CK_OBJECT_HANDLE pair[2] = {0};
	struct template_of other;
	CK_MECHANISM_TYPE same;
	CK_RV rv;

	*ret = CK_INVALID_HANDLE;
	if (k->object_class != CKO_PUBLIC_KEY && k->object_class != CKO_PRIVATE_KEY)
		return p11->C_GenerateKey(sess, &m, t->a, t->count, ret);
	if (k->object_class == CKO_PUBLIC_KEY) {
		rv = p11->C_GenerateKeyPair(sess, &m, t->a, t->count, NULL, 0, &pair[0], &pair[1]);
	} else {
		assert_true(kind_generation(k, &same, &other));
		rv = p11->C_GenerateKeyPair(sess, &m, other.a, other.count, t->a, t->count, &pair[0], &pair[1]);
	}
	if (rv == CKR_OK) {
		*ret = pair[k->object_class == CKO_PRIVATE_KEY];
		assert_ok(p11->C_DestroyObject(sess, pair[k->object_class == CKO_PUBLIC_KEY]));
	}
	return rv;
}

/* The least for the kind's own template; a private key's says nothing. */
static bool generation_of(struct kind_of_object *k, CK_MECHANISM_TYPE *ret, struct template_of *ret_template)
{
	bool here = kind_generation(k, ret, ret_template);

	if (k->object_class == CKO_PRIVATE_KEY)
		ret_template->count = 0;
	return here;
}

static void rule_354_generation_asks_for_what_the_table_says(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			CK_ATTRIBUTE a = some_value(row);
			CK_RV want = CKR_ATTRIBUTE_READ_ONLY;
			CK_MECHANISM_TYPE mechanism;
			CK_OBJECT_HANDLE object;
			struct template_of t;

			if (!generation_of(k, &mechanism, &t))
				continue;
			if (row->footnotes & GEN_REQ) {
				template_drop(&t, row->type);
				want = CKR_TEMPLATE_INCOMPLETE;
			} else if (row->footnotes & (GEN_FORBID | READ_ONLY)) {
				template_set(&t, row->type, a.pValue, a.ulValueLen);
			} else {
				continue;
			}
			expect_of(generate(k, mechanism, &t, &object), want, k, row->name, "generate about");
			tried++;
		}
	assert_true(tried > 200);
}

static void rules_218_354_a_generated_key_knows_its_past(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		for (int i = 0; i < 4; i++) {
			bool sensitive = i & 1, extractable = i & 2, secret = kind_is_secret(k);
			CK_MECHANISM_TYPE mechanism;
			CK_OBJECT_HANDLE object;
			struct template_of t;

			if (!generation_of(k, &mechanism, &t) || (!secret && i > 0))
				continue;
			if (secret) {
				template_set(&t, CKA_SENSITIVE, sensitive ? &yes : &no, 1);
				template_set(&t, CKA_EXTRACTABLE, extractable ? &yes : &no, 1);
			}
			expect_of(generate(k, mechanism, &t, &object), CKR_OK, k, "", "generate");
			assert_true(get_bool(sess, object, CKA_LOCAL));
			assert_int_equal(get_ulong(sess, object, CKA_CLASS), k->object_class);
			assert_int_equal(get_ulong(sess, object, CKA_KEY_TYPE), k->type);
			if (kind_is_key(k))
				assert_int_equal(get_ulong(sess, object, CKA_KEY_GEN_MECHANISM), mechanism);
			if (secret) {
				assert_int_equal(get_bool(sess, object, CKA_ALWAYS_SENSITIVE), sensitive);
				assert_int_equal(get_bool(sess, object, CKA_NEVER_EXTRACTABLE), !extractable);
			}
			assert_ok(p11->C_DestroyObject(sess, object));
			tried++;
		}
	assert_true(tried > 50);
}

/* Every attribute that the table gives the kind without a condition is there. */
static void a_generated_object_has_what_a_created_one_has(void **state)
{
	(void)state;
	FOR_EACH_KIND(k) {
		CK_MECHANISM_TYPE mechanism;
		CK_OBJECT_HANDLE object;
		struct template_of t;

		if (!generation_of(k, &mechanism, &t))
			continue;
		expect_of(generate(k, mechanism, &t, &object), CKR_OK, k, "", "generate");
		FOR_EACH_ROW(row, k) {
			CK_ATTRIBUTE want, is = {row->type, NULL, 0};
			bool must = (row->footnotes & (CREATE_REQ | GEN_REQ)) || (default_value(row, &want) && want.ulValueLen != CK_UNAVAILABLE_INFORMATION);

			if (must)
				assert_rv_in(p11->C_GetAttributeValue(sess, object, &is, 1), CKR_OK, CKR_ATTRIBUTE_SENSITIVE);
		}
		assert_ok(p11->C_DestroyObject(sess, object));
	}
}

/* ---- unwrapping ------------------------------------------------------------------------------------- */

/* A key of the kind, wrapped; false where there is no form for it. */
static bool wrap(struct kind_of_object *k, CK_BYTE *ret, CK_ULONG *ret_len)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	CK_OBJECT_HANDLE key;
	struct template_of t;

	if (k->object_class != CKO_SECRET_KEY && k->object_class != CKO_PRIVATE_KEY)
		return false;
	template_least(k, &t);
	template_set(&t, CKA_EXTRACTABLE, &yes, sizeof(yes));
	assert_ok(p11->C_CreateObject(sess, t.a, t.count, &key));
	CK_RV rv = p11->C_WrapKey(sess, &kwp, wrapping, key, ret, ret_len);
	assert_ok(p11->C_DestroyObject(sess, key));
	if (rv == CKR_KEY_NOT_WRAPPABLE)
		assert_true(k->type == CKK_GOSTR3410 || k->type == CKK_KEA);
	else
		assert_ok(rv);
	return rv == CKR_OK;
}

static CK_RV unwrap(struct template_of *t, CK_BYTE *wrapped, CK_ULONG len, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0};

	return p11->C_UnwrapKey(sess, &kwp, wrapping, wrapped, len, t->a, t->count, ret);
}

static void unwrapping_least(const struct kind_of_object *k, struct template_of *ret)
{
	*ret = (struct template_of){0};
	template_set(ret, CKA_CLASS, &k->object_class, sizeof(k->object_class));
	template_set(ret, CKA_KEY_TYPE, &k->type, sizeof(k->type));
	for (size_t i = 0; i < k->material_count; i++)
		if (kind_row(k, k->material[i].type)->footnotes & UNWRAP_REQ)
			template_set(ret, k->material[i].type, k->material[i].pValue, k->material[i].ulValueLen);
}

static void unwrapping_asks_for_what_the_table_says(void **state)
{
	static CK_BYTE wrapped[8192];
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k) {
		CK_ULONG len = sizeof(wrapped);
		struct template_of t;
		CK_OBJECT_HANDLE key;

		if (!wrap(k, wrapped, &len))
			continue;
		FOR_EACH_ROW(row, k) {
			CK_ATTRIBUTE a = some_value(row);
			CK_RV want = CKR_ATTRIBUTE_READ_ONLY;

			unwrapping_least(k, &t);
			if (row->footnotes & UNWRAP_REQ) {
				template_drop(&t, row->type);
				want = CKR_TEMPLATE_INCOMPLETE;
			} else if (row->footnotes & (UNWRAP_FORBID | READ_ONLY)) {
				template_set(&t, row->type, a.pValue, a.ulValueLen);
			} else {
				continue;
			}
			expect_of(unwrap(&t, wrapped, len, &key), want, k, row->name, "unwrap about");
			tried++;
		}
	}
	assert_true(tried > 200);
}

static void rule_360_an_unwrapped_key_is_the_one_that_was_wrapped(void **state)
{
	static CK_BYTE wrapped[8192], value[8192];
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k) {
		CK_ULONG len = sizeof(wrapped);
		struct template_of t;
		CK_OBJECT_HANDLE key;

		if (!wrap(k, wrapped, &len))
			continue;
		unwrapping_least(k, &t);
		template_set(&t, CKA_SENSITIVE, &no, sizeof(no));
		expect_of(unwrap(&t, wrapped, len, &key), CKR_OK, k, "", "unwrap");
		assert_true(get_bool(sess, key, CKA_EXTRACTABLE));
		assert_false(get_bool(sess, key, CKA_LOCAL));
		assert_false(get_bool(sess, key, CKA_ALWAYS_SENSITIVE));
		assert_false(get_bool(sess, key, CKA_NEVER_EXTRACTABLE));
		assert_int_equal(get_ulong(sess, key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
		for (size_t i = 0; i < k->material_count; i++) {
			CK_ATTRIBUTE *m = &k->material[i], is = {m->type, value, sizeof(value)};
			CK_BYTE *digits = m->pValue;
			CK_ULONG n = m->ulValueLen;

			while (kind_row(k, m->type)->form == FORM_BIGINT && k->type != CKK_EC && k->type != CKK_EC_EDWARDS &&
			       k->type != CKK_EC_MONTGOMERY && n > 0 && *digits == 0) {
				digits++;
				n--;
			}
			assert_ok(p11->C_GetAttributeValue(sess, key, &is, 1));
			assert_int_equal(is.ulValueLen, n);
			assert_memory_equal(value, digits, n);
		}
		assert_ok(p11->C_DestroyObject(sess, key));
		tried++;
	}
	assert_true(tried > 20);
}

#define ON_TOKEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rule_354_generation_asks_for_what_the_table_says),
		ON_TOKEN(rules_218_354_a_generated_key_knows_its_past),
		ON_TOKEN(a_generated_object_has_what_a_created_one_has),
		ON_TOKEN(unwrapping_asks_for_what_the_table_says),
		ON_TOKEN(rule_360_an_unwrapped_key_is_the_one_that_was_wrapped),
	};

	return cmocka_run_group_tests(tests, object_table_read, object_table_free);
}
