/* SPDX-License-Identifier: Apache-2.0 */
/* The family of Diffie-Hellman as in X9.42 (§6.4): keys, groups, derivation with one pair of keys and its functions over
 * SHA-1. */
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/pkey_dl.h"
#include "mech/derive.h"
#include "mech/dl_kem.h"
#include "mech/dl_key.h"

/* ---- the functions ------------------------------------------------------------------------- */

#define COUNTER_SIZE 4

/* Where the counter lies in DER's OtherInfo: SEQUENCE { SEQUENCE { OID, OCTET STRING of four bytes }, ... }. */
static CK_RV find_counter(struct bytes info, size_t *ret)
{
	struct bytes all = {0}, specific = {0}, oid = {0}, counter = {0};

	if (!der_only(info, DER_SEQUENCE, &all) || !der_take(&all, DER_SEQUENCE, &specific) || !der_take(&specific, DER_OID, &oid) ||
	    !der_only(specific, DER_OCTET_STRING, &counter) || counter.len != COUNTER_SIZE)
		return fail(CKR_MECHANISM_PARAM_INVALID, "pOtherInfo is no OtherInfo of X9.42 with a counter");
	*ret = (size_t)(counter.data - info.data);
	return CKR_OK;
}

/* What is hashed with each block's counter: in the middle of the information, or in front of it. */
struct kdf {
	struct bytes before, after;
};

struct derive_params {
	CK_X9_42_DH_KDF_TYPE type;
	struct kdf kdf;
	struct bytes public_value;
};

static CK_RV read_kdf(CK_X9_42_DH_KDF_TYPE type, struct bytes info, struct kdf *ret)
{
	size_t at = 0;

	switch (type) {
	case CKD_NULL:
		return info.len == 0 ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "CKD_NULL takes no other information");
	case CKD_SHA1_KDF_CONCATENATE:
		*ret = (struct kdf){.after = info};
		return CKR_OK;
	case CKD_SHA1_KDF_ASN1:
		try(find_counter(info, &at));
		*ret = (struct kdf){.before = bytes_of(info.data, at), .after = bytes_of(info.data + at + COUNTER_SIZE, info.len - at - COUNTER_SIZE)};
		return CKR_OK;
	default:
		return fail(CKR_MECHANISM_PARAM_INVALID, "key derivation function 0x%lx", type);
	}
}

static void block(const struct kdf *k, struct bytes shared, uint32_t i, unsigned char *ret)
{
	const unsigned char counter[COUNTER_SIZE] = {(unsigned char)(i >> 24), (unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i};
	struct digest d cleanup(digest_end) = {0};

	digest_start(DIGEST_SHA1, &d);
	digest_update(&d, shared);
	digest_update(&d, k->before);
	digest_update(&d, bytes_of(counter, sizeof(counter)));
	digest_update(&d, k->after);
	digest_final(&d, ret);
}

static void stretch(const struct kdf *k, struct bytes shared, struct secret *out)
{
	unsigned char made[DIGEST_MAX_SIZE];
	size_t size = digest_size(DIGEST_SHA1);

	for (size_t at = 0; at < out->len; at += size) {
		size_t n = out->len - at < size ? out->len - at : size;

		block(k, shared, (uint32_t)(at / size + 1), made);
		memcpy(out->data + at, made, n);
	}
	wipe(made, sizeof(made));
}

/* ---- derivation ---------------------------------------------------------------------------- */

static CK_RV read_params(const CK_MECHANISM *m, struct derive_params *ret)
{
	CK_X9_42_DH1_DERIVE_PARAMS p;
	struct bytes info = {0};

	try(derive_param(m, &p, sizeof(p)));
	try(derive_bytes(p.pOtherInfo, p.ulOtherInfoLen, &info));
	try(derive_bytes(p.pPublicData, p.ulPublicDataLen, &ret->public_value));
	ret->type = p.kdf;
	return read_kdf(p.kdf, info, &ret->kdf);
}

static CK_RV set_key(const struct derive_params *p, struct bytes shared, struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};
	size_t len = 0;

	if (p->type == CKD_NULL)
		return derive_set_last(key, shared);
	try(derive_length(key, 0, &len));
	try(secret_new(len, &made));
	stretch(&p->kdf, shared, &made);
	return derive_set_first(key, secret_bytes(&made));
}

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	(void)env;
	(void)row;
	try(read_params(m, &p));
	if (p.public_value.len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no public value of the other party");
	try(pkey_dl_agree(base->pkey, p.public_value, &shared));
	return set_key(&p, secret_bytes(&shared), key);
}

static const struct mech_derive agreement = {.object_class = CKO_SECRET_KEY, .base_is_private = true, .key = derive};

/* ---- encapsulation ------------------------------------------------------------------------- */

static CK_RV kem_params(const struct mech_kem_call *c)
{
	struct derive_params p = {0};

	try(read_params(c->mechanism, &p));
	if (p.public_value.data != NULL || p.public_value.len != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the other party's public value is the ciphertext, not a parameter");
	return CKR_OK;
}

static CK_RV encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	try(read_params(c->mechanism, &p));
	try(dl_kem_offer(c, ciphertext, ret_len, &shared));
	return set_key(&p, secret_bytes(&shared), key);
}

static CK_RV decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct derive_params p = {0};

	try(read_params(c->mechanism, &p));
	try(dl_kem_accept(c, ciphertext, &shared));
	return set_key(&p, secret_bytes(&shared), key);
}

static const struct mech_kem kem = {.params = kem_params, .size = dl_kem_size, .encapsulate = encapsulate, .decapsulate = decapsulate};

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_gen pair_gen = {.pair = dl_key_pair, .key_type = CKK_X9_42_DH};
static const struct mech_gen group_gen = {.key = dl_key_group, .object_class = CKO_DOMAIN_PARAMETERS, .key_type = CKK_X9_42_DH};

static const struct mech_row rows[] = {
	{.type = CKM_X9_42_DH_KEY_PAIR_GEN, .flags = CKF_GENERATE_KEY_PAIR, DL_X9_42_SIZES, .gen = &pair_gen},
	{.type = CKM_X9_42_DH_PARAMETER_GEN, .flags = CKF_GENERATE, DL_X9_42_SIZES, .gen = &group_gen},
	{
		.type = CKM_X9_42_DH_DERIVE,
		.flags = CKF_DERIVE | CKF_ENCAPSULATE | CKF_DECAPSULATE,
		DL_X9_42_SIZES,
		.key_types = {CKK_X9_42_DH},
		.key_type_count = 1,
		.derive = &agreement,
		.kem = &kem,
	},
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_X9_42_DH,
		.complete = dl_key_complete,
		.load = dl_key_load,
		.to_pkcs8 = dl_key_to_pkcs8,
		.from_pkcs8 = dl_key_from_pkcs8,
		.public_half = dl_key_public_half,
	},
};

extern const struct mech_family mech_family_x9_42;
const struct mech_family mech_family_x9_42 = {
	.name = "x9_42",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
