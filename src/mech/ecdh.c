/* SPDX-License-Identifier: Apache-2.0 */
/* The family of Diffie-Hellman on curves (§6.3): derivation, encapsulation, key wraps over it, and the keys of Montgomery
 * curves, which can nothing else and clear their cofactor in the scalar. */
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/pkey.h"
#include "mech/aes_kw.h"
#include "mech/asym.h"
#include "mech/derive.h"
#include "mech/ec_key.h"
#include "mech/ecdh_kdf.h"
#include "mech/pkcs8.h"

#define MIN_BITS 112
#define MAX_BITS 571
#define MIN_X_BITS 255
#define MAX_X_BITS 448

#define EC_FLAGS (CKF_EC_F_P | CKF_EC_F_2M | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)
#define DERIVES (CKF_DERIVE | CKF_ENCAPSULATE | CKF_DECAPSULATE | EC_FLAGS)
#define X_FLAGS (CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME)

static bool with_cofactor(const struct mech_row *row)
{
	return row->type == CKM_ECDH1_COFACTOR_DERIVE || row->type == CKM_ECDH_COF_AES_KEY_WRAP;
}

/* ---- derivation ---------------------------------------------------------------------------- */

struct derive_params {
	CK_EC_KDF_TYPE kdf;
	struct bytes shared_data, public_data;
};

static CK_RV read_derive_params(const CK_MECHANISM *m, struct derive_params *ret)
{
	CK_ECDH1_DERIVE_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	ret->kdf = p.kdf;
	try(derive_bytes(p.pSharedData, p.ulSharedDataLen, &ret->shared_data));
	try(derive_bytes(p.pPublicData, p.ulPublicDataLen, &ret->public_data));
	return ecdh_kdf_check(ret->kdf, ret->shared_data);
}

static CK_RV check_size(const struct mech_row *row, const struct mech_key *k)
{
	if (k->bits < row->min_key || k->bits > row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "a curve of %lu bits", k->bits);
	return CKR_OK;
}

/* A function that makes any number of bytes has to be told how many. */
static CK_RV check_length(const struct derive_params *p, const struct attr_list *key)
{
	size_t len = 0;

	return p->kdf == CKD_NULL ? CKR_OK : derive_length(key, 0, &len);
}

static CK_RV set_key(const struct derive_params *p, const struct secret *shared, struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};
	size_t len = 0;

	if (p->kdf == CKD_NULL)
		return derive_set_last(key, secret_bytes(shared));
	try(derive_length(key, 0, &len));
	try(secret_new(len, &made));
	try(ecdh_kdf(p->kdf, secret_bytes(shared), p->shared_data, made.data, len));
	return derive_set_first(key, secret_bytes(&made));
}

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	try(read_derive_params(m, &p));
	try(check_size(row, base));
	try(check_length(&p, key));
	try(ecdh_agree(env->ossl, base, p.public_data, with_cofactor(row), &shared));
	return set_key(&p, &shared, key);
}

static const struct mech_derive ecdh_derive = {.object_class = CKO_SECRET_KEY, .base_is_private = true, .key = derive};

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

/* ---- encapsulation: the ciphertext is an ephemeral public key, derivation does the rest -------- */

static CK_RV kem_params(const struct mech_kem_call *c)
{
	struct derive_params p = {0};

	try(read_derive_params(c->mechanism, &p));
	if (p.public_data.data != NULL || p.public_data.len != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the other party's public key is the ciphertext, not a parameter");
	return CKR_OK;
}

static CK_RV kem_size(const struct mech_kem_call *c, size_t *ret)
{
	*ret = pkey_curve(c->key->pkey)->point_size;
	return check_size(c->row, c->key);
}

static CK_RV encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct pkey *ephemeral cleanup(pkey_end) = NULL;
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	try(read_derive_params(c->mechanism, &p));
	try(check_length(&p, key));
	try(pkey_curve_generate(c->env->ossl, pkey_curve(c->key->pkey), &ephemeral));
	CK_RV rv = pkey_ecdh(ephemeral, c->key->pkey, with_cofactor(c->row), &shared);
	if (rv == CKR_PUBLIC_KEY_INVALID)
		return fail(CKR_FUNCTION_FAILED, "a public key of low order");
	try(rv);
	struct bytes point = pkey_point(ephemeral);
	memcpy(ciphertext, point.data, point.len);
	*ret_len = point.len;
	return set_key(&p, &shared, key);
}

/* Takes every form of a public key that derivation takes. */
static CK_RV decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	try(read_derive_params(c->mechanism, &p));
	try(check_size(c->row, c->key));
	try(check_length(&p, key));
	CK_RV rv = ecdh_agree(c->env->ossl, c->key, ciphertext, with_cofactor(c->row), &shared);
	if (rv == CKR_PUBLIC_KEY_INVALID || rv == CKR_MECHANISM_PARAM_INVALID)
		return fail(CKR_ENCRYPTED_DATA_INVALID, "the ciphertext is no public key on the curve");
	try(rv);
	return set_key(&p, &shared, key);
}

static const struct mech_kem ecdh_kem = {.params = kem_params, .size = kem_size, .encapsulate = encapsulate, .decapsulate = decapsulate};

/* ---- key wrap: an ephemeral public key, then KWP under what it agrees on --------------------- */

struct wrap_params {
	size_t kek_len;
	CK_EC_KDF_TYPE kdf;
	struct bytes shared_data;
};

static CK_RV read_params(const CK_MECHANISM *m, struct wrap_params *ret)
{
	CK_ECDH_AES_KEY_WRAP_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	try(derive_bytes(p.pSharedData, p.ulSharedDataLen, &ret->shared_data));
	try(ecdh_kdf_check(p.kdf, ret->shared_data));
	if (p.ulAESKeyBits != 128 && p.ulAESKeyBits != 192 && p.ulAESKeyBits != 256)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an AES key of %lu bits", p.ulAESKeyBits);
	ret->kek_len = p.ulAESKeyBits / 8;
	ret->kdf = p.kdf;
	return CKR_OK;
}

/* The first bits of the derived key. */
static CK_RV make_kek(const struct wrap_params *p, struct bytes shared, unsigned char *kek)
{
	if (p->kdf != CKD_NULL)
		return ecdh_kdf(p->kdf, shared, p->shared_data, kek, p->kek_len);
	if (shared.len < p->kek_len)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an AES key of %zu bytes from a secret of %zu", p->kek_len, shared.len);
	memcpy(kek, shared.data, p->kek_len);
	return CKR_OK;
}

/* §6.3: the cofactor wrap writes the point as CKA_EC_POINT has it, the older ones as it is. */
static bool writes_der(const struct mech_row *row)
{
	return row->type == CKM_ECDH_COF_AES_KEY_WRAP;
}

static size_t head_of(size_t point_len)
{
	return point_len < 0x80 ? 2 : 3;
}

static size_t point_room(const struct mech_wrapping *w)
{
	size_t len = pkey_curve(w->key->pkey)->point_size;

	return writes_der(w->row) ? head_of(len) + len : len;
}

static CK_RV wrap_length(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	struct wrap_params p;

	try(read_params(w->mechanism, &p));
	*ret = point_room(w) + aes_kwp_size(plain_len);
	return CKR_OK;
}

static CK_RV put_point(const struct mech_wrapping *w, struct bytes point, unsigned char *out)
{
	struct buf encoded cleanup(buf_free) = {0};

	if (writes_der(w->row))
		try(der_put(&encoded, DER_OCTET_STRING, point));
	else
		try(buf_append(&encoded, point));
	memcpy(out, encoded.data, encoded.len);
	return CKR_OK;
}

static CK_RV wrap(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	struct pkey *ephemeral cleanup(pkey_end) = NULL;
	struct secret shared cleanup(secret_free) = {0};
	struct wrap_params p;
	unsigned char kek[32];
	size_t room = point_room(w);

	try(read_params(w->mechanism, &p));
	try(pkey_curve_generate(w->env->ossl, pkey_curve(w->key->pkey), &ephemeral));
	try(pkey_ecdh(ephemeral, w->key->pkey, with_cofactor(w->row), &shared));
	try(put_point(w, pkey_point(ephemeral), out));
	CK_RV rv = make_kek(&p, secret_bytes(&shared), kek);
	if (rv == CKR_OK)
		rv = aes_kwp_wrap(w->env->ossl, bytes_of(kek, p.kek_len), aes_kwp_iv, plain, out + room);
	wipe(kek, sizeof(kek));
	*ret_len = room + aes_kwp_size(plain.len);
	return rv;
}

static CK_RV unwrap(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	struct secret shared cleanup(secret_free) = {0};
	struct secret plain cleanup(secret_free) = {0};
	struct bytes point = {0};
	struct wrap_params p;
	unsigned char kek[32];
	size_t len = 0;

	try(read_params(w->mechanism, &p));
	if (!bytes_take(&wrapped, point_room(w), &point) || wrapped.len < 2 * AES_KW_SEMIBLOCK)
		return fail(CKR_WRAPPED_KEY_LEN_RANGE, "too short for a public key and a wrapped key");
	CK_RV rv = ecdh_agree(w->env->ossl, w->key, point, with_cofactor(w->row), &shared);
	if (rv == CKR_PUBLIC_KEY_INVALID || rv == CKR_MECHANISM_PARAM_INVALID)
		return fail(CKR_WRAPPED_KEY_INVALID, "the ephemeral public key is none");
	try(rv);
	try(secret_new(wrapped.len, &plain));
	rv = make_kek(&p, secret_bytes(&shared), kek);
	if (rv == CKR_OK)
		rv = aes_kwp_unwrap(w->env->ossl, bytes_of(kek, p.kek_len), aes_kwp_iv, wrapped, plain.data, &len);
	wipe(kek, sizeof(kek));
	return rv == CKR_OK ? secret_dup(bytes_of(plain.data, len), ret) : rv;
}

static const struct mech_wrap ecdh_wrap = {.private_keys = true, .size = wrap_length, .wrap = wrap, .unwrap = unwrap};

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_gen pair_gen = {.pair = ec_key_pair, .key_type = CKK_EC_MONTGOMERY};

#define BOTH .min_key = MIN_BITS, .max_key = MAX_BITS, .key_types = {CKK_EC, CKK_EC_MONTGOMERY}, .key_type_count = 2
#define WEIERSTRASS .min_key = MIN_BITS, .max_key = MAX_BITS, .key_types = {CKK_EC}, .key_type_count = 1
#define MONTGOMERY .min_key = MIN_X_BITS, .max_key = MAX_X_BITS, .key_types = {CKK_EC_MONTGOMERY}, .key_type_count = 1

static const struct mech_row rows[] = {
	{.type = CKM_ECDH1_DERIVE, .flags = DERIVES, BOTH, .derive = &ecdh_derive, .kem = &ecdh_kem},
	{.type = CKM_ECDH1_COFACTOR_DERIVE, .flags = DERIVES, WEIERSTRASS, .derive = &ecdh_derive, .kem = &ecdh_kem},
	{.type = CKM_ECDH_AES_KEY_WRAP, .flags = CKF_WRAP | CKF_UNWRAP | EC_FLAGS, BOTH, .wrap = &ecdh_wrap},
	{.type = CKM_ECDH_COF_AES_KEY_WRAP, .flags = CKF_WRAP | CKF_UNWRAP | EC_FLAGS, WEIERSTRASS, .wrap = &ecdh_wrap},
	{.type = CKM_ECDH_X_AES_KEY_WRAP, .flags = CKF_WRAP | CKF_UNWRAP | X_FLAGS, MONTGOMERY, .wrap = &ecdh_wrap},
	{
		.type = CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR | X_FLAGS,
		.min_key = MIN_X_BITS,
		.max_key = MAX_X_BITS,
		.gen = &pair_gen,
	},
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_EC_MONTGOMERY,
		.complete = ec_key_complete,
		.load = ec_key_load,
		.to_pkcs8 = pkcs8_from_raw,
		.from_pkcs8 = pkcs8_to_raw,
		.public_half = ec_key_public_half,
	},
};

extern const struct mech_family mech_family_ecdh;
const struct mech_family mech_family_ecdh = {
	.name = "ecdh",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
