/* SPDX-License-Identifier: Apache-2.0 */
/* Triple DES with two and three keys, for data of old. Keys must have odd parity (§6.18). Single DES is not here: its
 * keys are found by trying them all. */
#include "base/log.h"
#include "crypto/rand.h"
#include "mech/block.h"
#include "mech/block_key.h"
#include "mech/block_mac.h"
#include "mech/wrap.h"

#define BLOCK 8

static bool two_fit(CK_ULONG len)
{
	return len == 16;
}

static bool three_fit(CK_ULONG len)
{
	return len == 24;
}

static CK_RV check_value(const struct mech_env *env, struct bytes value, unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	return block_key_check_value(env, CIPHER_DES3, value, ret);
}

static const struct secret_key_kind two = {.length_fits = two_fit, .check_value = check_value, .fixed_len = 16};
static const struct secret_key_kind three = {.length_fits = three_fit, .check_value = check_value, .fixed_len = 24};

/* ---- parity -------------------------------------------------------------------------------- */

static unsigned char with_parity(unsigned char byte)
{
	unsigned ones = 0;

	for (unsigned i = 1; i < 8; i++)
		ones += byte >> i & 1;
	return (unsigned char)((byte & 0xfe) | (~ones & 1));
}

/* Says nothing of which byte is wrong. */
static bool parity_right(struct bytes value)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < value.len; i++)
		wrong |= (unsigned)(value.data[i] ^ with_parity(value.data[i]));
	return wrong == 0;
}

/* Two equal halves are single DES. */
static bool halves_differ(struct bytes value)
{
	return !secret_equal(bytes_of(value.data, 8), bytes_of(value.data + 8, 8)) &&
	       (value.len == 16 || !secret_equal(bytes_of(value.data + 8, 8), bytes_of(value.data + 16, 8)));
}

static CK_RV complete(const struct mech_env *env, const struct secret_key_kind *kind, struct attr_list *key)
{
	struct bytes value;

	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a secret key without CKA_VALUE");
	if (value.len == kind->fixed_len && (!parity_right(value) || !halves_differ(value)))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a DES key without odd parity, or one that is single DES");
	return secret_key_complete(env, kind, key);
}

static CK_RV complete_two(const struct mech_env *env, struct attr_list *key)
{
	return complete(env, &two, key);
}

static CK_RV complete_three(const struct mech_env *env, struct attr_list *key)
{
	return complete(env, &three, key);
}

static CK_RV load_two(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	(void)env;
	return secret_key_load(&two, a, ret);
}

static CK_RV load_three(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	(void)env;
	return secret_key_load(&three, a, ret);
}

static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	const struct secret_key_kind *kind = row->data;
	struct secret value cleanup(secret_free) = {0};

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	try(secret_new(kind->fixed_len, &value));
	do {
		try(rand_bytes(env->ossl, value.data, value.len));
		for (size_t i = 0; i < value.len; i++)
			value.data[i] = with_parity(value.data[i]);
	} while (!halves_differ(secret_bytes(&value)));
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_gen gen_two = {.key = generate, .object_class = CKO_SECRET_KEY, .key_type = CKK_DES2};
static const struct mech_gen gen_three = {.key = generate, .object_class = CKO_SECRET_KEY, .key_type = CKK_DES3};

/* Zero bytes fill the last block of 8. */
static const struct mech_wrap wrap_blocks = {.fit = MECH_FIT_HEAD, .block = BLOCK};

/* The standard does not use the key sizes: they are fixed. */
#define DES3 .key_types = {CKK_DES2, CKK_DES3}, .key_type_count = 2
#define MODE(mode_name, end_name) .data = &(const struct block_mode){.alg = CIPHER_DES3, .mode = (mode_name), .end = (end_name)}
#define ROW(mechanism, steps, mode_name, end_name, way) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, DES3, .ops = &(steps), .wrap = &(way), \
	 MODE(mode_name, end_name)}
#define STREAM_ROW(mechanism, mode_name) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT, DES3, .ops = &block_stream_ops, MODE(mode_name, BLOCK_EXACT)}
#define MAC_ROW(mechanism, steps, kind_name, len) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, DES3, .ops = &(steps), \
	 .data = &(const struct block_mac){.alg = CIPHER_DES3, .kind = (kind_name), .tag_len = (len)}}

static const struct mech_row rows[] = {
	{.type = CKM_DES2_KEY_GEN, .flags = CKF_GENERATE, .gen = &gen_two, .data = &two},
	{.type = CKM_DES3_KEY_GEN, .flags = CKF_GENERATE, .gen = &gen_three, .data = &three},
	ROW(CKM_DES3_ECB, block_ecb_ops, CIPHER_ECB, BLOCK_EXACT, wrap_blocks),
	ROW(CKM_DES3_CBC, block_cbc_ops, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	ROW(CKM_DES3_CBC_PAD, block_cbc_ops, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	STREAM_ROW(CKM_DES_OFB64, CIPHER_OFB),
	STREAM_ROW(CKM_DES_CFB64, CIPHER_CFB),
	STREAM_ROW(CKM_DES_CFB8, CIPHER_CFB8),
	MAC_ROW(CKM_DES3_MAC, block_mac_ops, BLOCK_MAC_CBC, BLOCK / 2),
	MAC_ROW(CKM_DES3_MAC_GENERAL, block_mac_general_ops, BLOCK_MAC_CBC, BLOCK / 2),
	MAC_ROW(CKM_DES3_CMAC, block_mac_ops, BLOCK_MAC_CMAC, BLOCK),
	MAC_ROW(CKM_DES3_CMAC_GENERAL, block_mac_general_ops, BLOCK_MAC_CMAC, BLOCK),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_DES2, .complete = complete_two, .load = load_two, .value_fits = two_fit},
	{.type = CKK_DES3, .complete = complete_three, .load = load_three, .value_fits = three_fit},
};

extern const struct mech_family mech_family_des3;
const struct mech_family mech_family_des3 = {
	.name = "des3",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
