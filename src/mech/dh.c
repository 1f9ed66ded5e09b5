/* SPDX-License-Identifier: Apache-2.0 */
/* The family of Diffie-Hellman as in PKCS #3 (§6.4): keys, groups of safe primes, derivation, encapsulation. The secret is as long as
 * the prime; bytes are cut off in front. */
#include "base/log.h"
#include "crypto/pkey_dl.h"
#include "mech/derive.h"
#include "mech/dl_kem.h"
#include "mech/dl_key.h"

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};
	struct bytes public_value = {0};

	(void)env;
	(void)row;
	try(derive_bytes(m->pParameter, m->ulParameterLen, &public_value));
	if (public_value.len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no public value of the other party");
	try(pkey_dl_agree(base->pkey, public_value, &shared));
	return derive_set_last(key, secret_bytes(&shared));
}

static const struct mech_derive agreement = {.object_class = CKO_SECRET_KEY, .base_is_private = true, .key = derive};
static CK_RV encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};

	try(dl_kem_offer(c, ciphertext, ret_len, &shared));
	return derive_set_last(key, secret_bytes(&shared));
}

static CK_RV decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};

	try(dl_kem_accept(c, ciphertext, &shared));
	return derive_set_last(key, secret_bytes(&shared));
}

static const struct mech_kem kem = {.size = dl_kem_size, .encapsulate = encapsulate, .decapsulate = decapsulate};
static const struct mech_gen pair_gen = {.pair = dl_key_pair, .key_type = CKK_DH};
static const struct mech_gen group_gen = {.key = dl_key_group, .object_class = CKO_DOMAIN_PARAMETERS, .key_type = CKK_DH};

static const struct mech_row rows[] = {
	{.type = CKM_DH_PKCS_KEY_PAIR_GEN, .flags = CKF_GENERATE_KEY_PAIR, DL_DH_SIZES, .gen = &pair_gen},
	{.type = CKM_DH_PKCS_PARAMETER_GEN, .flags = CKF_GENERATE, DL_DH_SIZES, .gen = &group_gen},
	{
		.type = CKM_DH_PKCS_DERIVE,
		.flags = CKF_DERIVE | CKF_ENCAPSULATE | CKF_DECAPSULATE,
		DL_DH_SIZES,
		.key_types = {CKK_DH},
		.key_type_count = 1,
		.derive = &agreement,
		.kem = &kem,
	},
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_DH,
		.complete = dl_key_complete,
		.load = dl_key_load,
		.to_pkcs8 = dl_key_to_pkcs8,
		.from_pkcs8 = dl_key_from_pkcs8,
		.public_half = dl_key_public_half,
	},
};

extern const struct mech_family mech_family_dh;
const struct mech_family mech_family_dh = {
	.name = "dh",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
