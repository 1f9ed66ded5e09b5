/* SPDX-License-Identifier: Apache-2.0 */
/* Keys derived by enciphering data with the base key (§6.17, §6.47, §6.49, §6.51). The last bytes of the ciphertext are
 * cut off when there are too many. */
#include "base/log.h"
#include "crypto/cipher.h"
#include "mech/derive.h"

/* What a row's data says. */
struct mode {
	enum cipher_alg alg;
	enum cipher_mode mode;
};

/* The standard has one structure for each cipher; they differ in the length of the IV only. */
_Static_assert(sizeof(CK_CAMELLIA_CBC_ENCRYPT_DATA_PARAMS) == sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS), "one form");
_Static_assert(sizeof(CK_ARIA_CBC_ENCRYPT_DATA_PARAMS) == sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS), "one form");
_Static_assert(sizeof(CK_SEED_CBC_ENCRYPT_DATA_PARAMS) == sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS), "one form");

/* The IV is copied; the data is the application's. */
struct input {
	unsigned char iv[CIPHER_BLOCK];
	struct bytes data;
};

static CK_RV read_ecb(const CK_MECHANISM *m, struct input *ret)
{
	CK_KEY_DERIVATION_STRING_DATA p;

	try(derive_param(m, &p, sizeof(p)));
	return derive_bytes(p.pData, p.ulLen, &ret->data);
}

static CK_RV read_cbc_8(const CK_MECHANISM *m, struct input *ret)
{
	CK_DES_CBC_ENCRYPT_DATA_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	for (size_t i = 0; i < sizeof(p.iv); i++)
		ret->iv[i] = p.iv[i];
	return derive_bytes(p.pData, p.length, &ret->data);
}

static CK_RV read_cbc_16(const CK_MECHANISM *m, struct input *ret)
{
	CK_AES_CBC_ENCRYPT_DATA_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	for (size_t i = 0; i < sizeof(p.iv); i++)
		ret->iv[i] = p.iv[i];
	return derive_bytes(p.pData, p.length, &ret->data);
}

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	const struct mode *mode = row->data;
	size_t block = cipher_block_size(mode->alg);
	struct cipher c cleanup(cipher_end) = {0};
	struct secret made cleanup(secret_free) = {0};
	struct input in = {0};

	if (mode->mode == CIPHER_ECB)
		try(read_ecb(m, &in));
	else
		try(block == 8 ? read_cbc_8(m, &in) : read_cbc_16(m, &in));
	if (in.data.len == 0 || in.data.len % block != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%zu bytes of data are no whole number of blocks", in.data.len);
	try(secret_new(in.data.len, &made));
	try(cipher_start_any(env->ossl, &c, mode->alg, mode->mode, true, secret_bytes(&base->value), mode->mode == CIPHER_ECB ? NULL : in.iv));
	try(cipher_run(&c, in.data, made.data));
	return derive_set_first(key, secret_bytes(&made));
}

static const struct mech_derive way = {.object_class = CKO_SECRET_KEY, .key = derive};

/* Key sizes in bytes; the standard does not use those of DES, which are fixed. */
#define SIZES .min_key = 16, .max_key = 32
#define ROW(mechanism, keys, cipher_name, mode_name) \
	{.type = (mechanism), .flags = CKF_DERIVE, keys, .derive = &way, .data = &(const struct mode){(cipher_name), (mode_name)}}

#define AES .key_types = {CKK_AES}, .key_type_count = 1, SIZES
#define CAMELLIA .key_types = {CKK_CAMELLIA}, .key_type_count = 1, SIZES
#define ARIA .key_types = {CKK_ARIA}, .key_type_count = 1, SIZES
#define SEED .key_types = {CKK_SEED}, .key_type_count = 1, .min_key = 16, .max_key = 16
#define DES .key_types = {CKK_DES}, .key_type_count = 1
#define DES3 .key_types = {CKK_DES2, CKK_DES3}, .key_type_count = 2

static const struct mech_row rows[] = {
	ROW(CKM_AES_ECB_ENCRYPT_DATA, AES, CIPHER_AES, CIPHER_ECB),
	ROW(CKM_AES_CBC_ENCRYPT_DATA, AES, CIPHER_AES, CIPHER_CBC),
	ROW(CKM_CAMELLIA_ECB_ENCRYPT_DATA, CAMELLIA, CIPHER_CAMELLIA, CIPHER_ECB),
	ROW(CKM_CAMELLIA_CBC_ENCRYPT_DATA, CAMELLIA, CIPHER_CAMELLIA, CIPHER_CBC),
	ROW(CKM_ARIA_ECB_ENCRYPT_DATA, ARIA, CIPHER_ARIA, CIPHER_ECB),
	ROW(CKM_ARIA_CBC_ENCRYPT_DATA, ARIA, CIPHER_ARIA, CIPHER_CBC),
	ROW(CKM_SEED_ECB_ENCRYPT_DATA, SEED, CIPHER_SEED, CIPHER_ECB),
	ROW(CKM_SEED_CBC_ENCRYPT_DATA, SEED, CIPHER_SEED, CIPHER_CBC),
	ROW(CKM_DES_ECB_ENCRYPT_DATA, DES, CIPHER_DES3, CIPHER_ECB),
	ROW(CKM_DES_CBC_ENCRYPT_DATA, DES, CIPHER_DES3, CIPHER_CBC),
	ROW(CKM_DES3_ECB_ENCRYPT_DATA, DES3, CIPHER_DES3, CIPHER_ECB),
	ROW(CKM_DES3_CBC_ENCRYPT_DATA, DES3, CIPHER_DES3, CIPHER_CBC),
};

extern const struct mech_family mech_family_encrypt_data;
const struct mech_family mech_family_encrypt_data = {.name = "encrypt_data", .rows = rows, .row_count = array_len(rows)};
