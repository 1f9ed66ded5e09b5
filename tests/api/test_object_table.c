/* SPDX-License-Identifier: Apache-2.0 */
/* Every class and type of the standard's table, created, read, found, changed, copied and destroyed by the table's own
 * rows: each footnote is a property over all kinds. Rules 199 to 221 in general. Refuses to look at the token's schema. */
#include "object_table.h"

static CK_SESSION_HANDLE sess;

static int setup_user(void **state)
{
	int rv = setup_token(state);

	sess = open_rw();
	login_user(sess);
	object_table_need_material(sess);
	return rv;
}

static int setup_disk(void **state)
{
	int rv = setup_token_sqlite(state);

	sess = open_rw();
	login_user(sess);
	object_table_need_material(sess);
	return rv;
}

/* ---- objects ------------------------------------------------------------------------------------- */

static CK_RV create_from(const struct template_of *t, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE a[MAX_TEMPLATE];

	*ret = CK_INVALID_HANDLE;
	memcpy(a, t->a, sizeof(a));
	return p11->C_CreateObject(sess, a, t->count, ret);
}

/* With secrets that may be seen when open. */
static CK_OBJECT_HANDLE create(const struct kind_of_object *k, bool open)
{
	struct template_of t;
	CK_OBJECT_HANDLE object;

	template_least(k, &t);
	if (kind_is_secret(k)) {
		template_set(&t, CKA_SENSITIVE, open ? &no : &yes, sizeof(no));
		template_set(&t, CKA_EXTRACTABLE, open ? &yes : &no, sizeof(yes));
	}
	expect_of(create_from(&t, &object), CKR_OK, k, "the least", "create");
	return object;
}

/* The value in memory that the next call overwrites. */
static CK_RV read_value(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ATTRIBUTE *ret)
{
	static CK_BYTE value[8192];

	*ret = (CK_ATTRIBUTE){type, value, sizeof(value)};
	return p11->C_GetAttributeValue(sess, object, ret, 1);
}

static bool has_value(CK_OBJECT_HANDLE object, const CK_ATTRIBUTE *want)
{
	CK_ATTRIBUTE is;
	CK_RV rv = read_value(object, want->type, &is);

	if (want->ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return rv == CKR_ATTRIBUTE_TYPE_INVALID;
	return rv == CKR_OK && is.ulValueLen == want->ulValueLen &&
	       (is.ulValueLen == 0 || memcmp(is.pValue, want->pValue, is.ulValueLen) == 0);
}

static bool has_nested(CK_OBJECT_HANDLE object, const CK_ATTRIBUTE *want)
{
	CK_ATTRIBUTE first;
	CK_BYTE value[16];
	CK_ATTRIBUTE element = {0, value, sizeof(value)}, is = {want->type, &element, sizeof(element)};

	memcpy(&first, want->pValue, sizeof(first));
	assert_ok(p11->C_GetAttributeValue(sess, object, &is, 1));
	return is.ulValueLen == want->ulValueLen && element.type == first.type && element.ulValueLen == first.ulValueLen &&
	       memcmp(value, first.pValue, first.ulValueLen) == 0;
}

/* All readable attributes but those that tell one copy from another, to compare later. */
static CK_ULONG snapshot(const struct kind_of_object *k, CK_OBJECT_HANDLE object, CK_BYTE *ret, CK_ULONG room)
{
	CK_ULONG used = 0;

	FOR_EACH_ROW(row, k) {
		CK_ATTRIBUTE is;
		if (row->form == FORM_NESTED || row->type == CKA_UNIQUE_ID || read_value(object, row->type, &is) != CKR_OK)
			continue;
		assert_true(used + sizeof(is.type) + is.ulValueLen <= room);
		memcpy(ret + used, &is.type, sizeof(is.type));
		memcpy(ret + used + sizeof(is.type), is.pValue, is.ulValueLen);
		used += sizeof(is.type) + is.ulValueLen;
	}
	return used;
}

static bool find_by(const struct kind_of_object *k, const CK_ATTRIBUTE *by, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS object_class = k->object_class;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &object_class, sizeof(object_class)}, *by};
	CK_OBJECT_HANDLE found[64];
	CK_ULONG count = 0;
	bool hit = false;

	assert_ok(p11->C_FindObjectsInit(sess, template, by->type == CKA_CLASS ? 1 : 2));
	assert_ok(p11->C_FindObjects(sess, found, COUNT(found), &count));
	assert_ok(p11->C_FindObjectsFinal(sess));
	for (CK_ULONG i = 0; i < count; i++)
		hit |= found[i] == object;
	return hit;
}

/* Values that must fit others of the object, so that any that is well formed will not do. */
static bool is_bound(const struct kind_of_object *k, CK_ATTRIBUTE_TYPE type)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_CHECK_VALUE, CKA_PUBLIC_KEY_INFO, CKA_URL, CKA_TRUSTED, CKA_GOST28147_PARAMS,
	                                          CKA_GOSTR3411_PARAMS};

	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i] == type)
			return true;
	/* RFC 4226: decimal digits, six to eight, and a counter of eight bytes. */
	if (k->object_class == CKO_OTP_KEY && k->type == CKK_HOTP)
		return strncmp(kind_row(k, type)->name, "CKA_OTP_", 8) == 0;
	return k->object_class == CKO_TRUST && type != CKA_LABEL;
}

/* ---- creation ------------------------------------------------------------------------------------- */

static void the_least_makes_an_object_with_the_tables_defaults(void **state)
{
	(void)state;
	FOR_EACH_KIND(k) {
		struct template_of t;
		CK_OBJECT_HANDLE object;

		template_least(k, &t);
		expect_of(create_from(&t, &object), CKR_OK, k, "the least", "create");
		FOR_EACH_ROW(row, k) {
			CK_ATTRIBUTE want;
			bool counter = row->type == CKA_OTP_COUNTER && k->type == CKK_HOTP; /* begins at 0, in eight bytes */
			if (!(row->footnotes & CREATE_REQ) && !counter && default_value(row, &want) && !has_value(object, &want))
				fail_msg("%s: %s is not %s by default", k->name, row->name, row->otherwise);
		}
		for (CK_ULONG i = 0; i < t.count; i++)
			assert_true(kind_row(k, t.a[i].type) != NULL);
		if (kind_row(k, CKA_LOCAL) != NULL)
			assert_false(get_bool(sess, object, CKA_LOCAL));
		if (kind_row(k, CKA_KEY_GEN_MECHANISM) != NULL)
			assert_int_equal(get_ulong(sess, object, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
		if (kind_is_secret(k)) {
			assert_false(get_bool(sess, object, CKA_ALWAYS_SENSITIVE));
			assert_false(get_bool(sess, object, CKA_NEVER_EXTRACTABLE));
		}
		assert_ok(p11->C_DestroyObject(sess, object));
	}
}

static void without_what_is_required_a_template_is_incomplete(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			struct template_of t;
			CK_OBJECT_HANDLE object;

			if (!(row->footnotes & CREATE_REQ))
				continue;
			template_least(k, &t);
			template_drop(&t, row->type);
			expect_of(create_from(&t, &object), CKR_TEMPLATE_INCOMPLETE, k, row->name, "create without");
			tried++;
		}
	assert_true(tried > 150);
}

static void rule_202_what_is_the_tokens_to_set_is_read_only(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			struct template_of t;
			CK_OBJECT_HANDLE object;
			CK_ATTRIBUTE a = some_value(row);

			if (!(row->footnotes & (CREATE_FORBID | READ_ONLY)))
				continue;
			template_least(k, &t);
			template_set(&t, a.type, a.pValue, a.ulValueLen);
			expect_of(create_from(&t, &object), CKR_ATTRIBUTE_READ_ONLY, k, row->name, "create with");
			tried++;
		}
	assert_true(tried > 150);
}

static void an_attribute_of_other_kinds_is_refused(void **state)
{
	static CK_BYTE vendor[] = "vendor";
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k) {
		struct template_of t;
		CK_OBJECT_HANDLE object;

		for (CK_ULONG i = 0; i < attribute_count(); i++) {
			CK_ATTRIBUTE a = some_value(attribute_at(i));
			if (kind_row(k, a.type) != NULL)
				continue;
			template_least(k, &t);
			template_set(&t, a.type, a.pValue, a.ulValueLen);
			expect_of(create_from(&t, &object), CKR_ATTRIBUTE_TYPE_INVALID, k, attribute_at(i)->name, "create with");
			tried++;
		}
		template_least(k, &t);
		template_set(&t, CKA_VENDOR_DEFINED | 7, vendor, sizeof(vendor));
		expect_of(create_from(&t, &object), CKR_ATTRIBUTE_TYPE_INVALID, k, "a vendor's attribute", "create with");
	}
	assert_true(tried > 4000);
}

static void a_value_of_the_wrong_form_is_refused(void **state)
{
	static CK_BYTE odd[] = {2, 1, 1}, bad_text[] = {0xc3, 0x28}, bad_date[] = "2024-2-9";
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			const CK_ATTRIBUTE bad[][2] = {
				[FORM_BOOL] = {{0, odd, 1}, {0, odd + 1, 2}},       [FORM_ULONG] = {{0, odd, 3}, {0, NULL, 0}},
				[FORM_DATE] = {{0, odd, 3}, {0, bad_date, 8}},      [FORM_ULONGS] = {{0, odd, 3}, {0, odd, 1}},
				[FORM_NESTED] = {{0, odd, 3}, {0, odd, 1}},         [FORM_STRING] = {{0, bad_text, 2}, {0, bad_text, 1}},
			};
			if (row->form == FORM_BYTES || row->form == FORM_BIGINT)
				continue;
			for (size_t i = 0; i < 2; i++) {
				struct template_of t;
				CK_OBJECT_HANDLE object;

				template_least(k, &t);
				template_set(&t, row->type, bad[row->form][i].pValue, bad[row->form][i].ulValueLen);
				expect_of(create_from(&t, &object), CKR_ATTRIBUTE_VALUE_INVALID, k, row->name, "create with a bad");
				tried++;
			}
		}
	assert_true(tried > 2000);
}

static void what_may_be_given_is_kept_as_given(void **state)
{
	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			CK_ATTRIBUTE a = some_value(row);
			struct template_of t;
			CK_OBJECT_HANDLE object;

			if ((row->footnotes & (CREATE_REQ | CREATE_FORBID | READ_ONLY)) || is_bound(k, row->type))
				continue;
			template_least(k, &t);
			template_set(&t, a.type, a.pValue, a.ulValueLen);
			if (row->footnotes & HIDDEN)
				continue; /* parts of RSA keys, which must fit the others */
			expect_of(create_from(&t, &object), CKR_OK, k, row->name, "create with");
			if (row->form == FORM_NESTED ? !has_nested(object, &a) : !has_value(object, &a))
				fail_msg("%s: %s is not what was given", k->name, row->name);
			assert_ok(p11->C_DestroyObject(sess, object));
		}
}

/* Curves of RFC 7748 and 8032 have byte strings of one length for keys; ECDSA keys are as long as the order. */
static void big_integers_are_kept_without_leading_zeros(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		for (size_t i = 0; i < k->material_count; i++) {
			static CK_BYTE padded[1024];
			CK_ATTRIBUTE *m = &k->material[i], is;
			CK_BYTE *digits = m->pValue;
			CK_ULONG len = m->ulValueLen;
			struct template_of t;
			CK_OBJECT_HANDLE object;

			if (kind_row(k, m->type)->form != FORM_BIGINT || k->type == CKK_EC_EDWARDS || k->type == CKK_EC_MONTGOMERY)
				continue;
			memset(padded, 0, 3);
			memcpy(padded + 3, digits, len);
			template_least(k, &t);
			template_set(&t, m->type, padded, len + 3);
			if (kind_is_secret(k)) {
				template_set(&t, CKA_SENSITIVE, &no, sizeof(no));
				template_set(&t, CKA_EXTRACTABLE, &yes, sizeof(yes));
			}
			expect_of(create_from(&t, &object), CKR_OK, k, kind_row(k, m->type)->name, "create with a padded");
			while (k->type != CKK_EC && len > 0 && *digits == 0) {
				digits++;
				len--;
			}
			assert_ok(read_value(object, m->type, &is));
			assert_int_equal(is.ulValueLen, len);
			assert_memory_equal(is.pValue, digits, len);
			assert_ok(p11->C_DestroyObject(sess, object));
			tried++;
		}
	assert_true(tried > 8);
}

/* ---- secrets ------------------------------------------------------------------------------------- */

static void hidden_values_are_neither_shown_nor_found(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		for (int i = 0; i < 4; i++) {
			bool sensitive = i & 1, extractable = i & 2, open = !sensitive && extractable;
			struct template_of t;
			CK_OBJECT_HANDLE object;

			template_least(k, &t);
			if (!kind_is_secret(k))
				continue;
			template_set(&t, CKA_SENSITIVE, sensitive ? &yes : &no, sizeof(yes));
			template_set(&t, CKA_EXTRACTABLE, extractable ? &yes : &no, sizeof(yes));
			expect_of(create_from(&t, &object), CKR_OK, k, "", "create");
			for (size_t m = 0; m < k->material_count; m++) {
				const struct attribute_row *row = kind_row(k, k->material[m].type);
				bool hidden = (row->footnotes & HIDDEN) && !open;
				CK_ATTRIBUTE is;

				expect_of(read_value(object, row->type, &is), hidden ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK, k, row->name, "read");
				if (hidden) {
					assert_int_equal(is.ulValueLen, CK_UNAVAILABLE_INFORMATION);
					assert_false(find_by(k, &k->material[m], object));
				} else {
					assert_true(find_by(k, &is, object));
				}
				tried++;
			}
			assert_ok(p11->C_DestroyObject(sess, object));
		}
	assert_true(tried > 100);
}

/* ---- search --------------------------------------------------------------------------------------- */

static void an_object_is_found_by_each_of_its_values(void **state)
{
	(void)state;
	FOR_EACH_KIND(k) {
		CK_OBJECT_HANDLE object = create(k, true);

		FOR_EACH_ROW(row, k) {
			static CK_BYTE copy[8193];
			CK_ATTRIBUTE is;

			if (row->form == FORM_NESTED || row->type == CKA_CLASS || read_value(object, row->type, &is) != CKR_OK)
				continue;
			memcpy(copy, is.pValue, is.ulValueLen);
			is.pValue = copy;
			if (!find_by(k, &is, object))
				fail_msg("%s is not found by %s", k->name, row->name);
			copy[is.ulValueLen++] = 'x';
			assert_false(find_by(k, &is, object));
		}
		assert_true(find_by(k, &(CK_ATTRIBUTE){CKA_CLASS, &k->object_class, sizeof(k->object_class)}, object));
		assert_ok(p11->C_DestroyObject(sess, object));
		assert_false(find_by(k, &(CK_ATTRIBUTE){CKA_CLASS, &k->object_class, sizeof(k->object_class)}, object));
		assert_rv(p11->C_DestroyObject(sess, object), CKR_OBJECT_HANDLE_INVALID);
	}
}

/* ---- change and copy -------------------------------------------------------------------------------- */

static CK_RV change(CK_OBJECT_HANDLE object, bool copying, CK_ATTRIBUTE a, CK_OBJECT_HANDLE *ret_copy)
{
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
	CK_RV rv = copying ? p11->C_CopyObject(sess, object, &a, 1, &made) : p11->C_SetAttributeValue(sess, object, &a, 1);

	if (ret_copy != NULL)
		*ret_copy = made;
	else if (made != CK_INVALID_HANDLE)
		assert_ok(p11->C_DestroyObject(sess, made));
	return rv;
}

static void rules_209_210_only_what_the_table_lets_change_changes(void **state)
{
	static CK_BYTE before[16384], after[16384];

	(void)state;
	FOR_EACH_KIND(k) {
		CK_OBJECT_HANDLE object = create(k, true);
		CK_ULONG len = snapshot(k, object, before, sizeof(before));

		for (int copying = 0; copying < 2; copying++)
			FOR_EACH_ROW(row, k) {
				unsigned free_to = MODIFIABLE | STICKY_TRUE | STICKY_FALSE | (copying ? COPY_MODIFIABLE : 0);
				CK_RV want = (row->footnotes & free_to) && !(row->footnotes & READ_ONLY) ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
				CK_ATTRIBUTE is;

				if (row->form == FORM_NESTED || read_value(object, row->type, &is) != CKR_OK)
					continue;
				expect_of(change(object, copying, is, NULL), want, k, row->name, copying ? "copy with its own" : "set its own");
			}
		assert_int_equal(snapshot(k, object, after, sizeof(after)), len);
		assert_memory_equal(before, after, len);
		assert_ok(p11->C_DestroyObject(sess, object));
	}
}

static CK_ATTRIBUTE other_value(const struct attribute_row *row, CK_OBJECT_HANDLE object)
{
	static CK_BYTE bytes[] = "another", date[] = "20301231";
	static CK_BBOOL flipped;

	if (row->form != FORM_BOOL)
		return row->form == FORM_DATE ? (CK_ATTRIBUTE){row->type, date, 8} : (CK_ATTRIBUTE){row->type, bytes, 7};
	flipped = get_bool(sess, object, row->type) ? CK_FALSE : CK_TRUE;
	return (CK_ATTRIBUTE){row->type, &flipped, sizeof(flipped)};
}

static void what_the_table_lets_change_takes_the_new_value(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			bool sticky = row->footnotes & (STICKY_TRUE | STICKY_FALSE);
			CK_OBJECT_HANDLE object, copy;
			CK_ATTRIBUTE want;

			if (!(row->footnotes & MODIFIABLE) || sticky || is_bound(k, row->type))
				continue;
			object = create(k, true);
			want = other_value(row, object);
			expect_of(change(object, true, want, &copy), CKR_OK, k, row->name, "copy with another");
			assert_true(has_value(copy, &want));
			assert_false(has_value(object, &want));
			expect_of(change(object, false, want, NULL), CKR_OK, k, row->name, "set another");
			assert_true(has_value(object, &want));
			assert_ok(p11->C_DestroyObject(sess, copy));
			assert_ok(p11->C_DestroyObject(sess, object));
			tried++;
		}
	assert_true(tried > 300);
}

static void rule_211_sticky_attributes_go_one_way(void **state)
{
	unsigned tried = 0;

	(void)state;
	FOR_EACH_KIND(k)
		FOR_EACH_ROW(row, k) {
			bool ends_true = row->footnotes & STICKY_TRUE;
			CK_ATTRIBUTE loose = {row->type, ends_true ? &no : &yes, 1}, stuck = {row->type, ends_true ? &yes : &no, 1};
			CK_OBJECT_HANDLE object, copy;
			struct template_of t;

			if (!(row->footnotes & (STICKY_TRUE | STICKY_FALSE)))
				continue;
			template_least(k, &t);
			template_set(&t, row->type, loose.pValue, 1);
			expect_of(create_from(&t, &object), CKR_OK, k, row->name, "create with");
			expect_of(change(object, true, stuck, &copy), CKR_OK, k, row->name, "copy into");
			assert_true(has_value(copy, &stuck) && has_value(object, &loose));
			expect_of(change(object, false, stuck, NULL), CKR_OK, k, row->name, "set");
			expect_of(change(object, false, stuck, NULL), CKR_OK, k, row->name, "set again");
			for (int copied = 0; copied < 2; copied++) {
				CK_OBJECT_HANDLE one = copied ? copy : object;
				CK_RV prohibited = row->type == CKA_COPYABLE ? CKR_ACTION_PROHIBITED : CKR_ATTRIBUTE_READ_ONLY;

				expect_of(change(one, false, loose, NULL), CKR_ATTRIBUTE_READ_ONLY, k, row->name, "set back");
				expect_of(change(one, true, loose, NULL), prohibited, k, row->name, "copy back");
				assert_true(has_value(one, &stuck));
				assert_ok(p11->C_DestroyObject(sess, one));
			}
			tried++;
		}
	assert_true(tried > 100);
}

static void a_copy_is_the_same_under_another_name(void **state)
{
	static CK_BYTE before[16384], after[16384];

	(void)state;
	FOR_EACH_KIND(k)
		for (int open = 0; open < 2; open++) {
			CK_OBJECT_HANDLE object = create(k, open), copy;
			CK_BYTE id[32];
			CK_ATTRIBUTE own = {CKA_UNIQUE_ID, id, sizeof(id)};
			CK_ULONG len;

			assert_ok(p11->C_CopyObject(sess, object, NULL, 0, &copy));
			len = snapshot(k, object, before, sizeof(before));
			assert_int_equal(snapshot(k, copy, after, sizeof(after)), len);
			assert_memory_equal(before, after, len);
			assert_ok(p11->C_GetAttributeValue(sess, object, &own, 1));
			assert_false(has_value(copy, &own));
			assert_true(find_by(k, &own, object));
			assert_false(find_by(k, &own, copy));
			assert_ok(p11->C_DestroyObject(sess, object));
			assert_ok(p11->C_DestroyObject(sess, copy));
		}
}

static void what_is_not_to_be_changed_copied_or_destroyed_is_not(void **state)
{
	static CK_BYTE label[] = "new";
	CK_ATTRIBUTE a = {CKA_LABEL, label, 3};

	(void)state;
	FOR_EACH_KIND(k) {
		struct template_of t;
		CK_OBJECT_HANDLE object;

		template_least(k, &t);
		template_set(&t, CKA_MODIFIABLE, &no, sizeof(no));
		template_set(&t, CKA_COPYABLE, &no, sizeof(no));
		template_set(&t, CKA_DESTROYABLE, &no, sizeof(no));
		expect_of(create_from(&t, &object), CKR_OK, k, "", "create fixed");
		expect_of(change(object, false, a, NULL), CKR_ACTION_PROHIBITED, k, "CKA_LABEL", "set");
		expect_of(change(object, true, a, NULL), CKR_ACTION_PROHIBITED, k, "CKA_LABEL", "copy with");
		expect_of(p11->C_DestroyObject(sess, object), CKR_ACTION_PROHIBITED, k, "", "destroy");
		assert_false(has_value(object, &a));
	}
}

/* ---- the SO ---------------------------------------------------------------------------------------- */

static void rule_172_only_the_so_calls_something_trusted(void **state)
{
	CK_ATTRIBUTE trusted = {CKA_TRUSTED, &yes, sizeof(yes)};
	unsigned tried = 0;

	(void)state;
	for (int so = 0; so < 2; so++) {
		if (so) {
			logout(sess);
			login_so(sess);
		}
		FOR_EACH_KIND(k) {
			struct template_of t;
			CK_OBJECT_HANDLE object;
			CK_RV want = so ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;

			if (kind_row(k, CKA_TRUSTED) == NULL)
				continue;
			assert_true(kind_row(k, CKA_TRUSTED)->footnotes & SO_ONLY_TRUE);
			template_least(k, &t);
			template_set(&t, CKA_PRIVATE, &no, sizeof(no));
			expect_of(create_from(&t, &object), CKR_OK, k, "", "create");
			expect_of(change(object, false, trusted, NULL), want, k, "CKA_TRUSTED", "set");
			assert_int_equal(has_value(object, &trusted), so);
			assert_ok(p11->C_DestroyObject(sess, object));
			template_set(&t, CKA_TRUSTED, &yes, sizeof(yes));
			expect_of(create_from(&t, &object), want, k, "CKA_TRUSTED", "create with");
			if (so)
				assert_ok(p11->C_DestroyObject(sess, object));
			tried++;
		}
	}
	assert_true(tried > 60);
}

/* ---- on disk --------------------------------------------------------------------------------------- */

static void reopen(void)
{
	finalize();
	initialize();
	slot = first_slot();
	sess = open_rw();
	login_user(sess);
}

static CK_ULONG label_of(const struct kind_of_object *k, char ret[80])
{
	return (CK_ULONG)snprintf(ret, 80, "one %s", k->name);
}

/* Modifies, reopens and compares again. */
static void token_objects_are_what_they_were_after_a_restart(void **state)
{
	static CK_BYTE before[96][16384], after[16384];
	static CK_ULONG lens[96];
	char label[80];

	(void)state;
	FOR_EACH_KIND(k) {
		struct template_of t;
		CK_OBJECT_HANDLE object;

		template_least(k, &t);
		template_set(&t, CKA_TOKEN, &yes, sizeof(yes));
		template_set(&t, CKA_LABEL, label, label_of(k, label));
		expect_of(create_from(&t, &object), CKR_OK, k, "", "create on the token");
		assert_true(k - kinds_of_objects < 96);
		lens[k - kinds_of_objects] = snapshot(k, object, before[k - kinds_of_objects], sizeof(before[0]));
	}
	for (int round = 0; round < 2; round++) {
		reopen();
		FOR_EACH_KIND(k) {
			CK_OBJECT_HANDLE object;

			label_of(k, label);
			label[0] = round == 0 ? 'o' : 'O';
			object = find_labelled(sess, label);
			assert_int_equal(count_labelled(sess, label), 1);
			if (snapshot(k, object, after, sizeof(after)) != lens[k - kinds_of_objects] ||
			    (round == 0 && memcmp(after, before[k - kinds_of_objects], lens[k - kinds_of_objects]) != 0))
				fail_msg("%s is another after a restart", k->name);
			label[0] = 'O';
			assert_ok(p11->C_SetAttributeValue(sess, object, &(CK_ATTRIBUTE){CKA_LABEL, label, strlen(label)}, 1));
			if (round == 1)
				assert_ok(p11->C_DestroyObject(sess, object));
		}
	}
	reopen();
	assert_int_equal(count_objects(sess), 0);
}

#define IN_MEMORY(test) cmocka_unit_test_setup_teardown(test, setup_user, teardown)
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup_disk, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(the_least_makes_an_object_with_the_tables_defaults),
		IN_MEMORY(without_what_is_required_a_template_is_incomplete),
		IN_MEMORY(rule_202_what_is_the_tokens_to_set_is_read_only),
		IN_MEMORY(an_attribute_of_other_kinds_is_refused),
		IN_MEMORY(a_value_of_the_wrong_form_is_refused),
		IN_MEMORY(what_may_be_given_is_kept_as_given),
		IN_MEMORY(big_integers_are_kept_without_leading_zeros),
		IN_MEMORY(hidden_values_are_neither_shown_nor_found),
		IN_MEMORY(an_object_is_found_by_each_of_its_values),
		IN_MEMORY(rules_209_210_only_what_the_table_lets_change_changes),
		IN_MEMORY(what_the_table_lets_change_takes_the_new_value),
		IN_MEMORY(rule_211_sticky_attributes_go_one_way),
		IN_MEMORY(a_copy_is_the_same_under_another_name),
		IN_MEMORY(what_is_not_to_be_changed_copied_or_destroyed_is_not),
		IN_MEMORY(rule_172_only_the_so_calls_something_trusted),
		ON_DISK(token_objects_are_what_they_were_after_a_restart),
	};

	return cmocka_run_group_tests(tests, object_table_read, object_table_free);
}
