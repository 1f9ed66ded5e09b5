/* SPDX-License-Identifier: Apache-2.0 */
/* The family of simple derivations: bytes of keys put together, taken out, hashed (§6.20 and the like,
 * §6.43), and public keys from private ones. Where bytes of the base key come out as they are, the row says so
 * and the core keeps them secret. */
#include <string.h>

#include "base/log.h"
#include "crypto/xof.h"
#include "mech/derive.h"

/* ---- put together -------------------------------------------------------------------------- */

static CK_RV concatenate(struct bytes a, struct bytes b, struct attr_list *key)
{
	struct secret all cleanup(secret_free) = {0};

	try(secret_new(a.len + b.len, &all));
	if (a.len > 0)
		memcpy(all.data, a.data, a.len);
	if (b.len > 0)
		memcpy(all.data + a.len, b.data, b.len);
	return derive_set_first(key, secret_bytes(&all));
}

static CK_RV base_and_key(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                          struct attr_list *key)
{
	const struct mech_key *other = NULL;
	CK_OBJECT_HANDLE handle;

	(void)row;
	try(derive_param(m, &handle, sizeof(handle)));
	if (env->find_key == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	try(env->find_key(env->key_arg, handle, &other));
	return concatenate(secret_bytes(&base->value), secret_bytes(&other->value), key);
}

static CK_RV read_string(const CK_MECHANISM *m, struct bytes *ret)
{
	CK_KEY_DERIVATION_STRING_DATA p;

	try(derive_param(m, &p, sizeof(p)));
	return derive_bytes(p.pData, p.ulLen, ret);
}

static CK_RV base_and_data(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                           struct attr_list *key)
{
	struct bytes data = {0};
	bool data_first = row->type == CKM_CONCATENATE_DATA_AND_BASE;

	(void)env;
	try(read_string(m, &data));
	return data_first ? concatenate(data, secret_bytes(&base->value), key) : concatenate(secret_bytes(&base->value), data, key);
}

static CK_RV xor_base_and_data(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                               struct attr_list *key)
{
	struct secret sum cleanup(secret_free) = {0};
	struct bytes data = {0};

	(void)env;
	(void)row;
	try(read_string(m, &data));
	size_t len = data.len < base->value.len ? data.len : base->value.len;
	if (len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no data");
	try(secret_new(len, &sum));
	for (size_t i = 0; i < len; i++)
		sum.data[i] = base->value.data[i] ^ data.data[i];
	return derive_set_first(key, secret_bytes(&sum));
}

/* ---- taken out ----------------------------------------------------------------------------- */

/* From a bit on, around the end if need be. */
static CK_RV extract(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                     struct attr_list *key)
{
	struct secret taken cleanup(secret_free) = {0};
	const struct secret *v = &base->value;
	CK_EXTRACT_PARAMS first;
	size_t len = 0;

	(void)env;
	(void)row;
	try(derive_param(m, &first, sizeof(first)));
	if (first >= 8 * v->len)
		return fail(CKR_MECHANISM_PARAM_INVALID, "bit %lu of a key of %zu", first, 8 * v->len);
	try(derive_length(key, 0, &len));
	if (len > v->len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a key of %zu bytes from %zu", len, v->len);
	try(secret_new(len, &taken));
	for (size_t i = 0; i < len; i++) {
		unsigned two = (unsigned)v->data[(first / 8 + i) % v->len] << 8 | v->data[(first / 8 + i + 1) % v->len];

		taken.data[i] = (unsigned char)(two >> (8 - first % 8));
	}
	return derive_set_first(key, secret_bytes(&taken));
}

/* ---- hashed -------------------------------------------------------------------------------- */

static CK_RV hash(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                  struct attr_list *key)
{
	enum digest_alg alg = *(const enum digest_alg *)row->data;
	unsigned char digest[DIGEST_MAX_SIZE];

	(void)env;
	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	digest_whole(alg, secret_bytes(&base->value), digest);
	CK_RV rv = derive_set_first(key, bytes_of(digest, digest_size(alg)));
	wipe(digest, sizeof(digest));
	return rv;
}

/* §6.27: t in bits, as for the digest itself; its table forgets the parameter. */
static CK_RV hash_512_t(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                        struct attr_list *key)
{
	unsigned char hashed[DIGEST_MAX_SIZE];
	CK_MAC_GENERAL_PARAMS bits;
	struct digest d = {0};

	(void)env;
	(void)row;
	try(derive_param(m, &bits, sizeof(bits)));
	if (bits == 0 || bits >= 512 || bits == 384 || bits % 8 != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a key of SHA-512/%lu", (unsigned long)bits);
	digest_start_sha512_t((unsigned)bits, &d);
	digest_update(&d, secret_bytes(&base->value));
	digest_final(&d, hashed);
	CK_RV rv = derive_set_first(key, bytes_of(hashed, bits / 8));
	digest_end(&d);
	wipe(hashed, sizeof(hashed));
	return rv;
}

/* §6.32: as long as the template wants. */
static CK_RV shake(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                   struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};
	struct xof x cleanup(xof_end) = {0};
	size_t len = 0;

	(void)env;
	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	try(derive_length(key, 0, &len));
	try(secret_new(len, &made));
	xof_start(row->type == CKM_SHAKE_128_KEY_DERIVATION ? XOF_SHAKE128 : XOF_SHAKE256, &x);
	xof_update(&x, secret_bytes(&base->value));
	xof_final(&x, made.data, made.len);
	return derive_set_first(key, secret_bytes(&made));
}

/* ---- the public half ----------------------------------------------------------------------- */

static CK_RV public_half(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                         struct attr_list *key)
{
	const struct mech_key_type *type = mech_key_type_find(base->type);

	(void)env;
	(void)row;
	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	if (type == NULL || type->public_half == NULL)
		return fail(CKR_KEY_TYPE_INCONSISTENT, "keys of type 0x%lx have no public half here", base->type);
	return type->public_half(base, key);
}

/* ---- rows ---------------------------------------------------------------------------------- */

#define DERIVE(what, keeps) {.object_class = CKO_SECRET_KEY, .keeps_secrecy = (keeps), .key = (what)}
static const struct mech_derive by_key = DERIVE(base_and_key, true);
static const struct mech_derive by_data = DERIVE(base_and_data, true);
static const struct mech_derive by_xor = DERIVE(xor_base_and_data, true);
static const struct mech_derive by_extraction = DERIVE(extract, true);
static const struct mech_derive by_hash = DERIVE(hash, false);
static const struct mech_derive by_hash_512_t = DERIVE(hash_512_t, false);
static const struct mech_derive by_shake = DERIVE(shake, false);

/* §6.43.9, and the permission that is younger than its list. */
static const struct mech_handover from_private[] = {
	{CKA_ENCRYPT, CKA_DECRYPT},
	{CKA_VERIFY, CKA_SIGN},
	{CKA_VERIFY_RECOVER, CKA_SIGN_RECOVER},
	{CKA_WRAP, CKA_UNWRAP},
	{CKA_ENCAPSULATE, CKA_DECAPSULATE},
	{CKA_DERIVE, CKA_DERIVE},
	{CKA_ID, CKA_ID},
	{CKA_START_DATE, CKA_START_DATE},
	{CKA_END_DATE, CKA_END_DATE},
	{CKA_SUBJECT, CKA_SUBJECT},
	{CKA_ALLOWED_MECHANISMS, CKA_ALLOWED_MECHANISMS},
	{0, 0},
};
static const struct mech_derive by_halving = {
	.object_class = CKO_PUBLIC_KEY,
	.base_is_private = true,
	.handover = from_private,
	.key = public_half,
};

#define ROW(mechanism, way) {.type = (mechanism), .flags = CKF_DERIVE, .derive = &(way)}
#define HASH(mechanism, alg) {.type = (mechanism), .flags = CKF_DERIVE, .derive = &by_hash, .data = &(const enum digest_alg){alg}}

static const struct mech_row rows[] = {
	ROW(CKM_CONCATENATE_BASE_AND_KEY, by_key),
	ROW(CKM_CONCATENATE_BASE_AND_DATA, by_data),
	ROW(CKM_CONCATENATE_DATA_AND_BASE, by_data),
	ROW(CKM_XOR_BASE_AND_DATA, by_xor),
	ROW(CKM_EXTRACT_KEY_FROM_KEY, by_extraction),
	HASH(CKM_MD2_KEY_DERIVATION, DIGEST_MD2),
	HASH(CKM_MD5_KEY_DERIVATION, DIGEST_MD5),
	HASH(CKM_SHA1_KEY_DERIVATION, DIGEST_SHA1),
	HASH(CKM_SHA224_KEY_DERIVATION, DIGEST_SHA224),
	HASH(CKM_SHA256_KEY_DERIVATION, DIGEST_SHA256),
	HASH(CKM_SHA384_KEY_DERIVATION, DIGEST_SHA384),
	HASH(CKM_SHA512_KEY_DERIVATION, DIGEST_SHA512),
	HASH(CKM_SHA512_224_KEY_DERIVATION, DIGEST_SHA512_224),
	HASH(CKM_SHA512_256_KEY_DERIVATION, DIGEST_SHA512_256),
	HASH(CKM_SHA3_224_KEY_DERIVATION, DIGEST_SHA3_224),
	HASH(CKM_SHA3_256_KEY_DERIVATION, DIGEST_SHA3_256),
	HASH(CKM_SHA3_384_KEY_DERIVATION, DIGEST_SHA3_384),
	HASH(CKM_SHA3_512_KEY_DERIVATION, DIGEST_SHA3_512),
	HASH(CKM_BLAKE2B_160_KEY_DERIVE, DIGEST_BLAKE2B_160),
	HASH(CKM_BLAKE2B_256_KEY_DERIVE, DIGEST_BLAKE2B_256),
	HASH(CKM_BLAKE2B_384_KEY_DERIVE, DIGEST_BLAKE2B_384),
	HASH(CKM_BLAKE2B_512_KEY_DERIVE, DIGEST_BLAKE2B_512),
	ROW(CKM_SHA512_T_KEY_DERIVATION, by_hash_512_t),
	ROW(CKM_SHAKE_128_KEY_DERIVATION, by_shake),
	ROW(CKM_SHAKE_256_KEY_DERIVATION, by_shake),
	ROW(CKM_PUB_KEY_FROM_PRIV_KEY, by_halving),
};

extern const struct mech_family mech_family_simple_derive;
const struct mech_family mech_family_simple_derive = {.name = "simple_derive", .rows = rows, .row_count = array_len(rows)};
