/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers behind asym_kit.h. */
#include "asym_kit.h"

#include "rsa_fixture.h"

struct bytes kit_text(const char *text)
{
	return bytes_of(text, strlen(text));
}

struct attr_list kit_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type)
{
	struct attr_list l = {0};

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, object_class), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_KEY_TYPE, type), CKR_OK);
	return l;
}

void kit_set_hex(struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex)
{
	struct buf value = harness_hex(hex);

	assert_int_equal(attr_list_set(l, type, buf_bytes(&value)), CKR_OK);
	buf_free(&value);
}

void kit_check_hex(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex)
{
	struct buf want = harness_hex(hex);
	struct bytes got = {0};

	assert_true(attr_list_get(l, type, &got));
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
	buf_free(&want);
}

static const struct mech_key_type *type_of(const struct attr_list *l)
{
	CK_ULONG type = 0;

	assert_true(attr_list_get_ulong(l, CKA_KEY_TYPE, &type));
	assert_non_null(mech_key_type_find(type));
	return mech_key_type_find(type);
}

CK_RV kit_complete(struct attr_list *l)
{
	return mech_key_complete(type_of(l), harness_env(), l);
}

static struct mech_key *load(const struct attr_list *l)
{
	struct attrs *packed = NULL;
	struct mech_key *key = NULL;

	assert_int_equal(attrs_pack(l, &packed), CKR_OK);
	assert_int_equal(mech_key_load(type_of(l), harness_env(), packed, &key), CKR_OK);
	attrs_free(packed);
	return key;
}

struct mech_key *kit_load(struct attr_list *l)
{
	assert_int_equal(kit_complete(l), CKR_OK);
	struct mech_key *key = load(l);
	attr_list_free(l);
	return key;
}

/* ---- pairs --------------------------------------------------------------------------------- */

struct attr_list kit_rsa_private_list(bool short_form)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_RSA);

	kit_set_hex(&l, CKA_MODULUS, FIXTURE_N);
	kit_set_hex(&l, CKA_PUBLIC_EXPONENT, FIXTURE_E);
	kit_set_hex(&l, CKA_PRIVATE_EXPONENT, FIXTURE_D);
	if (short_form)
		return l;
	kit_set_hex(&l, CKA_PRIME_1, FIXTURE_P);
	kit_set_hex(&l, CKA_PRIME_2, FIXTURE_Q);
	kit_set_hex(&l, CKA_EXPONENT_1, FIXTURE_DP);
	kit_set_hex(&l, CKA_EXPONENT_2, FIXTURE_DQ);
	kit_set_hex(&l, CKA_COEFFICIENT, FIXTURE_QI);
	return l;
}

struct attr_list kit_rsa_public_list(void)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_RSA);

	kit_set_hex(&l, CKA_MODULUS, FIXTURE_N);
	kit_set_hex(&l, CKA_PUBLIC_EXPONENT, FIXTURE_E);
	return l;
}

void kit_pair_load(struct kit_pair *p)
{
	p->public_key = load(&p->public_list);
	p->private_key = load(&p->private_list);
}

struct kit_pair kit_rsa_pair(void)
{
	struct kit_pair p = {.public_list = kit_rsa_public_list(), .private_list = kit_rsa_private_list(false)};

	assert_int_equal(kit_complete(&p.public_list), CKR_OK);
	assert_int_equal(kit_complete(&p.private_list), CKR_OK);
	kit_pair_load(&p);
	return p;
}

CK_RV kit_generate(CK_MECHANISM_TYPE generation, const struct mech_env *env, struct attr_list *public_list,
                   struct attr_list *private_list)
{
	const CK_MECHANISM m = {generation, NULL, 0};
	const struct mech_row *row = mech_find(generation);

	assert_non_null(row);
	try(row->gen->pair(env, row, &m, public_list, private_list));
	try(kit_complete(public_list));
	return kit_complete(private_list);
}

struct kit_pair kit_curve_pair(CK_MECHANISM_TYPE generation, CK_KEY_TYPE type, const char *params)
{
	struct kit_pair p = {.public_list = kit_list(CKO_PUBLIC_KEY, type), .private_list = kit_list(CKO_PRIVATE_KEY, type)};

	kit_set_hex(&p.public_list, CKA_EC_PARAMS, params);
	assert_int_equal(kit_generate(generation, harness_env(), &p.public_list, &p.private_list), CKR_OK);
	kit_pair_load(&p);
	return p;
}

void kit_pair_free(struct kit_pair *p)
{
	attr_list_free(&p->public_list);
	attr_list_free(&p->private_list);
	mech_key_free(p->public_key);
	mech_key_free(p->private_key);
}

/* ---- operations ---------------------------------------------------------------------------- */

CK_RV kit_init_only(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key)
{
	struct mech_op op;

	try(harness_init(&op, use, m, key));
	harness_end(&op);
	return CKR_OK;
}

CK_RV kit_whole(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct buf *ret)
{
	struct mech_op op;

	try(harness_init(&op, use, m, key));
	CK_RV rv = harness_whole(&op, in, ret);
	harness_end(&op);
	return rv;
}

CK_RV kit_verify(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes signature)
{
	struct mech_op op;

	try(harness_init(&op, MECH_VERIFY, m, key));
	CK_RV rv = harness_verify(&op, in, signature);
	harness_end(&op);
	return rv;
}

static CK_RV verify_parts(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes signature)
{
	struct mech_op op;

	try(harness_init(&op, MECH_VERIFY, m, key));
	CK_RV rv = harness_verify_parts(&op, in, 3, signature);
	harness_end(&op);
	return rv;
}

static void check_parts(const CK_MECHANISM *m, const struct kit_pair *p, struct bytes in, struct buf *signature)
{
	struct mech_op op;

	assert_int_equal(harness_init(&op, MECH_SIGN, m, p->private_key), CKR_OK);
	assert_int_equal(harness_parts(&op, in, 5, signature), CKR_OK);
	harness_end(&op);
	assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(signature)), CKR_OK);
	assert_int_equal(verify_parts(m, p->public_key, in, buf_bytes(signature)), CKR_OK);
	signature->data[signature->len / 2] ^= 1;
	assert_int_equal(verify_parts(m, p->public_key, in, buf_bytes(signature)), CKR_SIGNATURE_INVALID);
}

static void check_resumed(const CK_MECHANISM *m, const struct kit_pair *p, struct bytes in, struct buf *signature)
{
	struct mech_op op, resumed;
	size_t half = in.len / 2;

	signature->len = 0;
	assert_int_equal(harness_init(&op, MECH_SIGN, m, p->private_key), CKR_OK);
	assert_int_equal(harness_update(&op, bytes_of(in.data, half), signature), CKR_OK);
	assert_int_equal(harness_resume(&op, &resumed), CKR_OK);
	harness_end(&op);
	assert_int_equal(harness_update(&resumed, bytes_of(in.data + half, in.len - half), signature), CKR_OK);
	assert_int_equal(signature->len, 0);
	assert_int_equal(harness_final(&resumed, signature), CKR_OK);
	harness_end(&resumed);
	assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(signature)), CKR_OK);
}

static void check_damage(const CK_MECHANISM *m, const struct kit_pair *p, struct bytes in, struct buf *signature)
{
	for (size_t i = 0; i < signature->len; i += signature->len / 4) {
		signature->data[i] ^= 0x04;
		assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(signature)), CKR_SIGNATURE_INVALID);
		signature->data[i] ^= 0x04;
	}
	signature->len--;
	assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(signature)), CKR_SIGNATURE_LEN_RANGE);
	signature->len++;
	assert_int_equal(buf_put_u8(signature, 0), CKR_OK);
	assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(signature)), CKR_SIGNATURE_LEN_RANGE);
}

void kit_check_pair(const CK_MECHANISM *m, const struct kit_pair *p, struct bytes in)
{
	const struct mech_ops *ops = mech_find(m->mechanism)->ops;
	struct buf signature = {0};

	assert_int_equal(kit_whole(MECH_SIGN, m, p->private_key, in, &signature), CKR_OK);
	assert_int_equal(kit_verify(m, p->public_key, in, buf_bytes(&signature)), CKR_OK);
	check_damage(m, p, in, &signature);
	if (ops->update != NULL)
		check_parts(m, p, in, &signature);
	if (ops->save != NULL)
		check_resumed(m, p, in, &signature);
	buf_free(&signature);
}
