/* SPDX-License-Identifier: Apache-2.0 */
/* The family of ML-KEM (FIPS 203, §6.68): its rows and its two steps. Key sizes are those of public keys, in bytes. */
#include "crypto/pkey_pq.h"
#include "mech/derive.h"
#include "mech/pq_key.h"

static CK_RV size(const struct mech_kem_call *c, size_t *ret)
{
	*ret = pkey_pq_set(c->key->pkey)->output_size;
	return CKR_OK;
}

static CK_RV encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};

	try(pkey_pq_encapsulate(c->key->pkey, ciphertext, &shared));
	*ret_len = pkey_pq_set(c->key->pkey)->output_size;
	return derive_set_whole(key, secret_bytes(&shared));
}

static CK_RV decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret shared cleanup(secret_free) = {0};

	try(pkey_pq_decapsulate(c->key->pkey, ciphertext, &shared));
	return derive_set_whole(key, secret_bytes(&shared));
}

static const struct mech_kem kem = {.size = size, .encapsulate = encapsulate, .decapsulate = decapsulate};
static const struct mech_gen pair_gen = {.pair = pq_key_pair, .key_type = CKK_ML_KEM};

static const struct mech_row rows[] = {
	{
		.type = CKM_ML_KEM_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR,
		.min_key = 800,
		.max_key = 1568,
		.gen = &pair_gen,
	},
	{
		.type = CKM_ML_KEM,
		.flags = CKF_ENCAPSULATE | CKF_DECAPSULATE,
		.min_key = 800,
		.max_key = 1568,
		.key_types = {CKK_ML_KEM},
		.key_type_count = 1,
		.kem = &kem,
	},
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_ML_KEM,
		.complete = pq_key_complete,
		.load = pq_key_load,
		.to_pkcs8 = pq_key_to_pkcs8,
		.from_pkcs8 = pq_key_from_pkcs8,
		.public_half = pq_key_public_half,
	},
};

static bool present(void)
{
	return pkey_pq_works(PKEY_ML_KEM);
}

extern const struct mech_family mech_family_mlkem;
const struct mech_family mech_family_mlkem = {
	.name = "mlkem",
	.present = present,
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
