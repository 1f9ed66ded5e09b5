/* SPDX-License-Identifier: Apache-2.0 */
/* The driver behind mech_answers.h. */
#include "mech_answers.h"

/* A row ready to be used. */
struct ready {
	struct mech_key *key;
	struct buf param, in, out;
	CK_MECHANISM m;
};

static void ready_begin(const struct answer *row, struct ready *r)
{
	*r = (struct ready){.key = harness_key_hex(row->key_type, row->key), .m = {row->type, NULL, 0}};
	if (row->param != NULL && row->param[0] == '#') {
		CK_ULONG number = strtoul(row->param + 1, NULL, 10);

		assert_int_equal(buf_append(&r->param, bytes_of(&number, sizeof(number))), CKR_OK);
	} else if (row->param != NULL) {
		r->param = harness_hex(row->param);
	}
	if (row->param != NULL)
		r->m = (CK_MECHANISM){row->type, r->param.data, r->param.len};
	r->in = harness_hex(row->in);
	r->out = harness_hex(row->out);
}

static void ready_end(struct ready *r)
{
	mech_key_free(r->key);
	buf_free(&r->param);
	buf_free(&r->in);
	buf_free(&r->out);
}

void answers_check_ciphers(const struct answer *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ready r;

		ready_begin(&rows[i], &r);
		harness_check(MECH_ENCRYPT, &r.m, r.key, buf_bytes(&r.in), buf_bytes(&r.out));
		harness_check(MECH_DECRYPT, &r.m, r.key, buf_bytes(&r.out), buf_bytes(&r.in));
		ready_end(&r);
	}
}

void answers_check_macs(const struct answer *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ready r;

		ready_begin(&rows[i], &r);
		harness_check_tag(&r.m, r.key, buf_bytes(&r.in), buf_bytes(&r.out));
		ready_end(&r);
	}
}

void answers_check_complete(const struct mech_family *family, const struct answer *rows, size_t count)
{
	for (size_t i = 0; i < family->row_count; i++) {
		size_t found = 0;

		if (family->rows[i].ops == NULL)
			continue;
		for (size_t k = 0; k < count; k++)
			found += rows[k].type == family->rows[i].type;
		if (found == 0)
			fail_msg("%s has no known answer", mech_name(family->rows[i].type));
	}
}

static enum mech_use forward(CK_MECHANISM_TYPE type)
{
	return (mech_find(type)->flags & CKF_SIGN) != 0 ? MECH_SIGN : MECH_ENCRYPT;
}

static CK_RV init(CK_MECHANISM *m, const struct mech_key *key)
{
	struct mech_op op;
	CK_RV rv = harness_init(&op, forward(m->mechanism), m, key);

	if (rv == CKR_OK)
		harness_end(&op);
	return rv;
}

CK_RV answers_init(const struct answer *row, const void *param, CK_ULONG len)
{
	struct mech_key *key = harness_key_hex(row->key_type, row->key);
	CK_MECHANISM m = {row->type, (void *)(uintptr_t)param, len};
	CK_RV rv = init(&m, key);

	mech_key_free(key);
	return rv;
}

void answers_check_param_size(const struct answer *row, CK_ULONG len)
{
	unsigned char *zeros = calloc(1, len + 1);

	assert_non_null(zeros);
	assert_int_equal(answers_init(row, len == 0 ? NULL : zeros, len), CKR_OK);
	assert_int_equal(answers_init(row, zeros, len + 1), CKR_MECHANISM_PARAM_INVALID);
	if (len > 0) {
		assert_int_equal(answers_init(row, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(answers_init(row, NULL, len), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(answers_init(row, zeros, 0), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(answers_init(row, zeros, len - 1), CKR_MECHANISM_PARAM_INVALID);
	}
	free(zeros);
}

void answers_check_general(const struct answer *row, CK_ULONG max)
{
	CK_ULONG values[2] = {0, 0};
	const struct {
		CK_ULONG value, size;
		CK_RV want;
	} cases[] = {
		{0, sizeof(CK_ULONG), CKR_MECHANISM_PARAM_INVALID},
		{1, sizeof(CK_ULONG), CKR_OK},
		{max, sizeof(CK_ULONG), CKR_OK},
		{max + 1, sizeof(CK_ULONG), CKR_MECHANISM_PARAM_INVALID},
		{(CK_ULONG)-1, sizeof(CK_ULONG), CKR_MECHANISM_PARAM_INVALID},
		{1, 0, CKR_MECHANISM_PARAM_INVALID},
		{1, sizeof(CK_ULONG) - 1, CKR_MECHANISM_PARAM_INVALID},
		{1, sizeof(CK_ULONG) + 1, CKR_MECHANISM_PARAM_INVALID},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		values[0] = cases[i].value;
		assert_int_equal(answers_init(row, values, cases[i].size), cases[i].want);
	}
	assert_int_equal(answers_init(row, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(row, NULL, sizeof(CK_ULONG)), CKR_MECHANISM_PARAM_INVALID);
}

void answers_check_key_sizes(const struct answer *row, const size_t *lengths)
{
	for (size_t len = 1; len <= 65; len++) {
		struct mech_key key = {.object_class = CKO_SECRET_KEY, .type = row->key_type, .bits = 8 * len};
		bool wanted = false;
		struct ready r;

		for (const size_t *l = lengths; *l != 0; l++)
			wanted = wanted || *l == len;
		ready_begin(row, &r);
		assert_int_equal(secret_new(len, &key.value), CKR_OK);
		assert_int_equal(init(&r.m, &key), wanted ? CKR_OK : CKR_KEY_SIZE_RANGE);
		secret_free(&key.value);
		ready_end(&r);
	}
}

static CK_RV once(enum mech_use use, const struct ready *r, struct bytes in, size_t step, struct buf *ret)
{
	struct mech_op op;
	CK_RV rv = harness_init(&op, use, &r->m, r->key);

	if (rv == CKR_OK) {
		rv = step == 0 ? harness_whole(&op, in, ret) : harness_parts(&op, in, step, ret);
		harness_end(&op);
	}
	return rv;
}

void answers_check_long(const struct answer *row, size_t len)
{
	unsigned char *plain = malloc(len);
	struct buf sealed = {0};
	struct ready r;

	assert_non_null(plain);
	for (size_t i = 0; i < len; i++)
		plain[i] = (unsigned char)(i * 31);
	ready_begin(row, &r);
	assert_int_equal(once(forward(row->type), &r, bytes_of(plain, len), 0, &sealed), CKR_OK);
	if (forward(row->type) == MECH_SIGN) {
		harness_check_tag(&r.m, r.key, bytes_of(plain, len), buf_bytes(&sealed));
	} else {
		harness_check(MECH_ENCRYPT, &r.m, r.key, bytes_of(plain, len), buf_bytes(&sealed));
		harness_check(MECH_DECRYPT, &r.m, r.key, buf_bytes(&sealed), bytes_of(plain, len));
	}
	ready_end(&r);
	buf_free(&sealed);
	free(plain);
}

void answers_check_length(const struct answer *row, size_t len, CK_RV encrypted, CK_RV decrypted)
{
	unsigned char *zeros = calloc(1, len + 1);
	struct buf out = {0};
	struct ready r;

	assert_non_null(zeros);
	ready_begin(row, &r);
	for (size_t step = 0; step <= 7; step += 7) {
		assert_int_equal(once(MECH_ENCRYPT, &r, bytes_of(zeros, len), step, &out), encrypted);
		assert_int_equal(once(MECH_DECRYPT, &r, bytes_of(zeros, len), step, &out), decrypted);
	}
	ready_end(&r);
	buf_free(&out);
	free(zeros);
}

CK_RV answers_restore(const struct answer *row, enum mech_use use, size_t len)
{
	unsigned char zeros[256] = {0};
	struct ready r;
	struct mech_op op;
	CK_RV rv;

	assert_true(len <= sizeof(zeros));
	ready_begin(row, &r);
	assert_int_equal(harness_init(&op, use, &r.m, r.key), CKR_OK);
	rv = op.row->ops->restore(&op, bytes_of(zeros, len));
	harness_end(&op);
	ready_end(&r);
	return rv;
}
