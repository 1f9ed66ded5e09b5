/* SPDX-License-Identifier: Apache-2.0 */
/* The driver behind mech_harness.h. */
#include "mech_harness.h"

#include "crypto/ossl.h"

static struct mech_env env;
static const size_t steps[] = {1, 7, 16, 17, 33, 1031};

int harness_open(void **state)
{
	(void)state;
	return ossl_open(&env.ossl) == CKR_OK ? 0 : 1;
}

int harness_close(void **state)
{
	(void)state;
	ossl_close(env.ossl);
	return 0;
}

const struct mech_env *harness_env(void)
{
	return &env;
}

static unsigned nibble(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

struct buf harness_hex(const char *text)
{
	struct buf ret = {0};

	while (*text != '\0') {
		if (*text == ' ') {
			text++;
			continue;
		}
		assert_int_equal(buf_put_u8(&ret, (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]))), CKR_OK);
		text += 2;
	}
	return ret;
}

struct mech_key *harness_key(CK_KEY_TYPE type, struct bytes value)
{
	const struct mech_key_type *t = mech_key_type_find(type);
	struct attr_list list = {0};
	struct attrs *packed;
	struct mech_key *key;

	assert_non_null(t);
	assert_int_equal(attr_list_set_ulong(&list, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&list, CKA_KEY_TYPE, type), CKR_OK);
	assert_int_equal(attr_list_set(&list, CKA_VALUE, value), CKR_OK);
	assert_int_equal(attrs_pack(&list, &packed), CKR_OK);
	assert_int_equal(mech_key_load(t, &env, packed, &key), CKR_OK);
	attrs_free(packed);
	attr_list_free(&list);
	return key;
}

struct mech_key *harness_key_hex(CK_KEY_TYPE type, const char *value)
{
	struct buf raw = harness_hex(value);
	struct mech_key *key = harness_key(type, buf_bytes(&raw));

	buf_free(&raw);
	return key;
}

static CK_RV begin(struct mech_op *op, const CK_MECHANISM *m)
{
	if (op->row->ops->params != NULL)
		try(op->row->ops->params(op, m));
	else if (m->ulParameterLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return op->row->ops->start != NULL ? op->row->ops->start(op) : CKR_OK;
}

CK_RV harness_init(struct mech_op *op, enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key)
{
	CK_RV rv;

	*op = (struct mech_op){.row = mech_find(m->mechanism), .env = &env, .use = use, .key = key};
	assert_non_null(op->row);
	assert_non_null(op->row->ops);
	if (key != NULL)
		assert_true(mech_takes_key_type(op->row, key->type));
	rv = begin(op, m);
	if (rv != CKR_OK)
		harness_end(op);
	return rv;
}

void harness_end(struct mech_op *op)
{
	if (op->row->ops->end != NULL)
		op->row->ops->end(op);
	assert_null(op->state);
}

static bool is_late(const struct mech_op *op, enum mech_step step)
{
	return op->row->ops->late != NULL && op->row->ops->late(op, step);
}

static CK_RV run(struct mech_op *op, enum mech_step step, struct bytes in, unsigned char *out, size_t *len)
{
	if (step == MECH_WHOLE)
		return op->row->ops->whole(op, in, out, len);
	if (step == MECH_UPDATE)
		return op->row->ops->update(op, in, out, len);
	return op->row->ops->final(op, out, len);
}

/* One step; what it gives goes to the end of *ret. */
static CK_RV one_step(struct mech_op *op, enum mech_step step, struct bytes in, bool in_place, struct buf *ret)
{
	size_t room = op->row->ops->room(op, step, in.len), len = SIZE_MAX;
	size_t size = in_place && in.len > room ? in.len : room;
	unsigned char *out = malloc(size > 0 ? size : 1);
	bool late = is_late(op, step);
	CK_RV rv;

	assert_non_null(out);
	if (in_place && in.len > 0)
		memcpy(out, in.data, in.len);
	rv = run(op, step, in_place ? bytes_of(out, in.len) : in, out, &len);
	if (rv == CKR_OK) {
		assert_true(late ? len <= room : len == room);
		assert_int_equal(buf_append(ret, bytes_of(out, len)), CKR_OK);
	}
	free(out);
	return rv;
}

static CK_RV whole_at(struct mech_op *op, struct bytes in, bool in_place, struct buf *ret)
{
	ret->len = 0;
	if (op->row->ops->whole != NULL)
		return one_step(op, MECH_WHOLE, in, in_place, ret);
	try(one_step(op, MECH_UPDATE, in, in_place, ret));
	return one_step(op, MECH_FINAL, bytes_of(NULL, 0), false, ret);
}

CK_RV harness_whole(struct mech_op *op, struct bytes in, struct buf *ret)
{
	return whole_at(op, in, false, ret);
}

CK_RV harness_update(struct mech_op *op, struct bytes in, struct buf *ret)
{
	return one_step(op, MECH_UPDATE, in, false, ret);
}

CK_RV harness_final(struct mech_op *op, struct buf *ret)
{
	return one_step(op, MECH_FINAL, bytes_of(NULL, 0), false, ret);
}

static CK_RV updates(struct mech_op *op, struct bytes in, size_t step, bool in_place, struct buf *ret)
{
	for (size_t at = 0; at < in.len; at += step) {
		size_t n = in.len - at < step ? in.len - at : step;

		try(one_step(op, MECH_UPDATE, bytes_of(in.data + at, n), in_place, ret));
	}
	return CKR_OK;
}

CK_RV harness_parts(struct mech_op *op, struct bytes in, size_t step, struct buf *ret)
{
	ret->len = 0;
	try(updates(op, in, step, false, ret));
	return harness_final(op, ret);
}

CK_RV harness_verify(struct mech_op *op, struct bytes in, struct bytes signature)
{
	if (op->row->ops->verify_whole != NULL)
		return op->row->ops->verify_whole(op, in, signature);
	return harness_verify_parts(op, in, in.len > 0 ? in.len : 1, signature);
}

CK_RV harness_verify_parts(struct mech_op *op, struct bytes in, size_t step, struct bytes signature)
{
	struct buf none = {0};

	try(updates(op, in, step, false, &none));
	assert_int_equal(none.len, 0);
	buf_free(&none);
	return op->row->ops->verify_final(op, signature);
}

static CK_RV restore(struct mech_op *op, struct bytes params, struct bytes state)
{
	if (op->row->ops->restore_params != NULL)
		try(op->row->ops->restore_params(op, params));
	if (op->row->ops->start != NULL)
		try(op->row->ops->start(op));
	return op->row->ops->restore(op, state);
}

CK_RV harness_resume(struct mech_op *op, struct mech_op *ret)
{
	struct buf params = {0}, state = {0};
	CK_RV rv;

	*ret = (struct mech_op){.row = op->row, .env = &env, .use = op->use, .key = op->key};
	if (op->row->ops->save_params != NULL)
		assert_int_equal(op->row->ops->save_params(op, &params), CKR_OK);
	assert_int_equal(op->row->ops->save(op, &state), CKR_OK);
	rv = restore(ret, buf_bytes(&params), buf_bytes(&state));
	buf_free(&params);
	buf_free(&state);
	return rv;
}

static void check_equal(const struct buf *got, struct bytes want)
{
	assert_int_equal(got->len, want.len);
	if (want.len > 0)
		assert_memory_equal(got->data, want.data, want.len);
}

static void check_whole(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out)
{
	struct buf got = {0};
	struct mech_op op;

	for (int in_place = 0; in_place <= 1; in_place++) {
		assert_int_equal(harness_init(&op, use, m, key), CKR_OK);
		assert_int_equal(whole_at(&op, in, in_place != 0, &got), CKR_OK);
		check_equal(&got, out);
		harness_end(&op);
	}
	buf_free(&got);
}

static void check_parts(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out)
{
	struct buf got = {0};
	struct mech_op op;

	for (size_t i = 0; i < 2 * array_len(steps); i++) {
		assert_int_equal(harness_init(&op, use, m, key), CKR_OK);
		got.len = 0;
		assert_int_equal(updates(&op, in, steps[i / 2], i % 2 != 0, &got), CKR_OK);
		assert_int_equal(harness_final(&op, &got), CKR_OK);
		check_equal(&got, out);
		harness_end(&op);
	}
	buf_free(&got);
}

/* Goes on in a second operation after cut bytes, and in the first one too. */
static void check_resumed_at(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out,
                             size_t cut)
{
	struct buf got = {0}, again = {0};
	struct mech_op first, second;

	assert_int_equal(harness_init(&first, use, m, key), CKR_OK);
	assert_int_equal(updates(&first, bytes_of(in.data, cut), 16, false, &got), CKR_OK);
	assert_int_equal(harness_resume(&first, &second), CKR_OK);
	assert_int_equal(buf_append(&again, buf_bytes(&got)), CKR_OK);
	assert_int_equal(updates(&first, bytes_of(in.data + cut, in.len - cut), 16, false, &got), CKR_OK);
	assert_int_equal(harness_final(&first, &got), CKR_OK);
	harness_end(&first);
	assert_int_equal(updates(&second, bytes_of(in.data + cut, in.len - cut), 16, false, &again), CKR_OK);
	assert_int_equal(harness_final(&second, &again), CKR_OK);
	harness_end(&second);
	check_equal(&got, out);
	check_equal(&again, out);
	buf_free(&got);
	buf_free(&again);
}

static void check_resumed(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out)
{
	if (mech_find(m->mechanism)->ops->save == NULL || (use == MECH_ENCRYPT && mech_find(m->mechanism)->unsaveable != NULL))
		return;
	for (size_t cut = 0; cut <= in.len; cut += cut < 34 ? 1 : 61)
		check_resumed_at(use, m, key, in, out, cut);
}

void harness_check(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out)
{
	check_whole(use, m, key, in, out);
	check_parts(use, m, key, in, out);
	check_resumed(use, m, key, in, out);
}

static CK_RV verify_once(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes tag, size_t step)
{
	struct mech_op op;
	CK_RV rv;

	assert_int_equal(harness_init(&op, MECH_VERIFY, m, key), CKR_OK);
	rv = step == 0 ? harness_verify(&op, in, tag) : harness_verify_parts(&op, in, step, tag);
	harness_end(&op);
	return rv;
}

static void check_refused(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes tag, size_t step)
{
	struct buf bad = {0};

	assert_int_equal(buf_append(&bad, tag), CKR_OK);
	assert_int_equal(buf_put_u8(&bad, 0), CKR_OK);
	assert_int_equal(verify_once(m, key, in, buf_bytes(&bad), step), CKR_SIGNATURE_LEN_RANGE);
	bad.len = tag.len - 1;
	assert_int_equal(verify_once(m, key, in, buf_bytes(&bad), step), CKR_SIGNATURE_LEN_RANGE);
	bad.len = tag.len;
	for (size_t i = 0; i < tag.len; i++) {
		bad.data[i] ^= 0x80;
		assert_int_equal(verify_once(m, key, in, buf_bytes(&bad), step), CKR_SIGNATURE_INVALID);
		bad.data[i] ^= 0x80;
	}
	buf_free(&bad);
}

void harness_check_tag(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes tag)
{
	harness_check(MECH_SIGN, m, key, in, tag);
	assert_int_equal(verify_once(m, key, in, tag, 0), CKR_OK);
	for (size_t i = 0; i < array_len(steps); i++)
		assert_int_equal(verify_once(m, key, in, tag, steps[i]), CKR_OK);
	check_refused(m, key, in, tag, 0);
	check_refused(m, key, in, tag, 17);
}

/* A flag promises a step, and a step is behind a flag. */
static void check_steps(const struct mech_row *row)
{
	const struct mech_ops *ops = row->ops;
	bool out = ops->whole != NULL || (ops->update != NULL && ops->final != NULL);
	bool verify = ops->verify_whole != NULL || (ops->update != NULL && ops->verify_final != NULL);
	CK_FLAGS giving = CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER;

	assert_true(out == ((row->flags & giving) != 0));
	assert_true(verify == ((row->flags & CKF_VERIFY) != 0));
	assert_non_null(ops->room);
	/* A reason beside save() is about encryption. */
	assert_true(ops->save == NULL ? row->unsaveable != NULL : row->unsaveable == NULL || (row->flags & CKF_DECRYPT) != 0);
	assert_true((ops->save == NULL) == (ops->restore == NULL));
	assert_true((ops->save_params == NULL) == (ops->restore_params == NULL));
	assert_true(ops->save == NULL || (ops->params == NULL) == (ops->save_params == NULL));
}

/* Messages: who signs, signs them too, unless a nonce, a key or a counter is good for one; in parts where there are parts,
 * which then can be begun anew. */
static void check_messages(const struct mech_row *row)
{
	const struct mech_ops *ops = row->ops;
	bool cipher = row->message != NULL;
	bool once = row->type == CKM_AES_GMAC || row->type == CKM_POLY1305 || row->type == CKM_HOTP;
	bool parts = !once && ops != NULL && ops->update != NULL && ops->verify_final != NULL && !ops->verify_parts_need_signature;

	assert_true(cipher == ((row->flags & CKF_MESSAGE_ENCRYPT) != 0));
	assert_true(cipher == ((row->flags & CKF_MESSAGE_DECRYPT) != 0));
	assert_true((!once && (row->flags & CKF_SIGN) != 0) == ((row->flags & CKF_MESSAGE_SIGN) != 0));
	assert_true((!once && (row->flags & CKF_VERIFY) != 0) == ((row->flags & CKF_MESSAGE_VERIFY) != 0));
	assert_true((cipher || parts) == ((row->flags & CKF_MULTI_MESSAGE) != 0));
	if (parts)
		assert_non_null(ops->again);
}

void harness_check_family(const struct mech_family *family)
{
	if (family->present != NULL && !family->present())
		return;
	for (size_t i = 0; i < family->row_count; i++) {
		const struct mech_row *row = &family->rows[i];

		assert_ptr_equal(mech_find(row->type), row);
		assert_true(row->min_key <= row->max_key);
		assert_true(row->key_type_count <= MECH_MAX_KEY_TYPES);
		assert_true(row->ops != NULL || row->gen != NULL || row->wrap != NULL || row->derive != NULL || row->kem != NULL);
		assert_int_equal(row->flags & (CKF_ENCAPSULATE | CKF_DECAPSULATE), row->kem != NULL ? CKF_ENCAPSULATE | CKF_DECAPSULATE : 0);
		assert_int_equal(row->flags & (CKF_WRAP | CKF_UNWRAP), row->wrap != NULL ? CKF_WRAP | CKF_UNWRAP : 0);
		assert_true(row->wrap == NULL || row->ops != NULL || row->wrap->wrap != NULL);
		assert_true((row->derive != NULL) == ((row->flags & CKF_DERIVE) != 0));
		if (row->ops != NULL)
			check_steps(row);
		check_messages(row);
		if (row->gen != NULL)
			assert_true((row->gen->pair != NULL) == ((row->flags & CKF_GENERATE_KEY_PAIR) != 0));
		if (row->gen != NULL)
			assert_true((row->gen->key != NULL) == ((row->flags & CKF_GENERATE) != 0));
		for (unsigned k = 0; k < row->key_type_count; k++)
			assert_non_null(mech_key_type_find(row->key_types[k]));
	}
}
