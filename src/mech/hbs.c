/* SPDX-License-Identifier: Apache-2.0 */
/* Hash-based signatures with a state: HSS (§6.65), XMSS and XMSS^MT (§6.66). Public keys are the byte strings of RFC 8554
 * and RFC 8391, which say their own parameter sets. Keys of HSS are made and sign here, too: a private key is the seed of its trees, and which
 * leaf is next stands in the object alone. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/hss_private.h"
#include "crypto/xmss.h"
#include "mech/asym.h"

/* ---- public keys --------------------------------------------------------------------------- */

/* The algorithms' object identifiers (RFC 9708 §3, RFC 9802 §3): a SubjectPublicKeyInfo has no parameters, and the
 * public key as it is. */
static const unsigned char hss_oid[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x03, 0x11};
static const unsigned char xmss_oid[] = {0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x22};
static const unsigned char xmssmt_oid[] = {0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x23};

static CK_RV set_info(struct attr_list *key, struct bytes oid, struct bytes value)
{
	struct buf inner cleanup(buf_free) = {0}, info cleanup(buf_free) = {0};

	try(der_put(&inner, DER_SEQUENCE, oid));
	try(der_put_bits(&inner, value));
	try(der_put(&info, DER_SEQUENCE, buf_bytes(&inner)));
	return asym_set_public_key_info(key, buf_bytes(&info));
}

/* Such a key is in one place, or it is broken: whoever has two copies has two leaves of one number. */
static CK_RV check_alone(const struct attr_list *key)
{
	if (attr_list_get_bool(key, CKA_EXTRACTABLE, false) || attr_list_get_bool(key, CKA_COPYABLE, false))
		return fail(CKR_TEMPLATE_INCONSISTENT, "a key with a state is neither extractable nor copyable");
	return CKR_OK;
}

static CK_RV complete_hss_private(struct attr_list *key)
{
	unsigned char public_value[HSS_MAX_PUBLIC];
	struct hss_private k = {0};
	struct bytes value = {0};
	size_t len = 0;

	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "private keys of HSS are generated here, and nowhere else");
	if (!hss_private_read(value, &k))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%zu bytes that are no HSS key of this token", value.len);
	hss_public_of(&k, public_value, &len);
	return set_info(key, bytes_of(hss_oid, sizeof(hss_oid)), bytes_of(public_value, len));
}

static CK_RV complete_hss(const struct mech_env *env, struct attr_list *key)
{
	struct hss_public k = {0};
	struct bytes value = {0};
	bool is_private = false;

	(void)env;
	try(asym_class(key, &is_private));
	if (is_private)
		return complete_hss_private(key);
	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "an HSS key without CKA_VALUE");
	if (!hss_public_read(value, &k))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%zu bytes that are no HSS public key, or of unknown types", value.len);
	try(attr_list_set_ulong(key, CKA_HSS_LEVELS, k.levels));
	try(attr_list_set_ulong(key, CKA_HSS_LMS_TYPE, k.top.tree));
	try(attr_list_set_ulong(key, CKA_HSS_LMOTS_TYPE, k.top.once));
	return set_info(key, bytes_of(hss_oid, sizeof(hss_oid)), value);
}

static CK_RV complete_xmss(const struct mech_env *env, struct attr_list *key)
{
	CK_KEY_TYPE type = CKK_XMSS;
	struct xmss_set set = {0};
	struct bytes value = {0};
	CK_ULONG number = 0;

	(void)env;
	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	if (!attr_list_get_ulong(key, CKA_PARAMETER_SET, &number) || !attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PARAMETER_SET or CKA_VALUE is missing");
	if (!xmss_set_find(type == CKK_XMSSMT, number, &set))
		return fail(CKR_PARAMETER_SET_NOT_SUPPORTED, "key type 0x%lx has no parameter set %lu", type, number);
	if (value.len != xmss_public_size(&set) || lms_read_u32(value.data) != number)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%zu bytes that are no public key of parameter set %lu", value.len, number);
	if (type == CKK_XMSS)
		return set_info(key, bytes_of(xmss_oid, sizeof(xmss_oid)), value);
	return set_info(key, bytes_of(xmssmt_oid, sizeof(xmssmt_oid)), value);
}

static CK_RV load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	struct mech_key *k = NULL;
	struct bytes value = {0};

	(void)env;
	if (!attrs_get(a, CKA_VALUE, &value))
		return fail(CKR_FUNCTION_FAILED, "a key without CKA_VALUE");
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a key");
	(void)attrs_get_ulong(a, CKA_CLASS, &k->object_class);
	(void)attrs_get_ulong(a, CKA_KEY_TYPE, &k->type);
	k->bits = 8 * value.len;
	CK_RV rv = secret_dup(value, &k->value);
	if (rv != CKR_OK) {
		mech_key_free(k);
		return rv;
	}
	*ret = k;
	return CKR_OK;
}

/* ---- new keys ------------------------------------------------------------------------------ */

static CK_RV read_types(const struct attr_list *key, CK_ATTRIBUTE_TYPE type, CK_ULONG levels, CK_ULONG ret[HSS_MAX_LEVELS])
{
	struct bytes value = {0};

	if (!attr_list_get(key, type, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "%s is missing", attr_name(type));
	if (value.len != levels * sizeof(CK_ULONG))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s of %zu bytes for %lu levels", attr_name(type), value.len, levels);
	memcpy(ret, value.data, value.len);
	return CKR_OK;
}

static CK_RV read_sets(const struct attr_list *key, struct hss_sets *ret)
{
	CK_ULONG trees[HSS_MAX_LEVELS], onces[HSS_MAX_LEVELS], levels = 0;

	if (!attr_list_get_ulong(key, CKA_HSS_LEVELS, &levels))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_HSS_LEVELS is missing");
	if (levels < 1 || levels > HSS_MAX_LEVELS)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an HSS key of %lu levels", levels);
	try(read_types(key, CKA_HSS_LMS_TYPES, levels, trees));
	try(read_types(key, CKA_HSS_LMOTS_TYPES, levels, onces));
	ret->levels = (unsigned)levels;
	for (CK_ULONG i = 0; i < levels; i++) {
		if (!lms_set_find(trees[i], onces[i], &ret->at[i]))
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "level %lu: types %lu and %lu are not known, or not of one hash", i, trees[i], onces[i]);
	}
	return hss_sets_check(ret);
}

static CK_RV hss_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *public_key,
                      struct attr_list *private_key)
{
	const struct pkey_progress progress = {.go_on = env->go_on, .arg = env->go_on_arg};
	struct secret value cleanup(secret_free) = {0};
	struct buf public_value cleanup(buf_free) = {0};
	struct hss_sets sets = {0};

	(void)row;
	(void)m;
	try(check_alone(private_key));
	try(read_sets(private_key, &sets));
	try(hss_generate(env->ossl, &sets, &progress, &value, &public_value));
	try(attr_list_set(public_key, CKA_VALUE, buf_bytes(&public_value)));
	try(attr_list_set_ulong(private_key, CKA_HSS_KEYS_REMAINING, hss_sets_signatures(&sets)));
	return attr_list_set(private_key, CKA_VALUE, secret_bytes(&value));
}

/* ---- signatures ---------------------------------------------------------------------------- */

static size_t hss_room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	struct hss_private k = {0};

	(void)step;
	(void)in_len;
	return op->use == MECH_SIGN && hss_private_read(secret_bytes(&op->key->value), &k) ? hss_signature_size(&k.sets) : 0;
}

/* The number is the signature's before there is one: what goes wrong from here on costs it. */
static CK_RV hss_sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct hss_private k = {0};
	uint64_t left = 0;

	if (!hss_private_read(secret_bytes(&op->key->value), &k))
		return fail(CKR_FUNCTION_FAILED, "a stored HSS key that is none");
	uint64_t all = hss_sets_signatures(&k.sets);
	try(op->take_counter(op, &left));
	if (left == 0 || left > all)
		return fail(CKR_KEY_EXHAUSTED, "the HSS key has no signatures left");
	try(hss_sign(&k, all - left, in, out));
	*ret_len = hss_signature_size(&k.sets);
	return CKR_OK;
}

static size_t no_room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)op;
	(void)step;
	(void)in_len;
	return 0;
}

static CK_RV hss_verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	struct hss_public k = {0};

	if (!hss_public_read(secret_bytes(&op->key->value), &k))
		return fail(CKR_FUNCTION_FAILED, "a stored HSS key that is none");
	return hss_verify(&k, in, signature);
}

static CK_RV xmss_verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	struct bytes value = secret_bytes(&op->key->value);
	struct xmss_set set = {0};

	if (value.len < 4 || !xmss_set_find(op->key->type == CKK_XMSSMT, lms_read_u32(value.data), &set) || value.len != xmss_public_size(&set))
		return fail(CKR_FUNCTION_FAILED, "a stored XMSS key that is none");
	return xmss_verify(&set, value, in, signature);
}

/* ---- the family ---------------------------------------------------------------------------- */

static const struct mech_ops hss_ops = {.room = hss_room, .whole = hss_sign_whole, .verify_whole = hss_verify_whole};
static const struct mech_gen hss_gen = {.pair = hss_pair, .key_type = CKK_HSS};
static const struct mech_ops xmss_ops = {.room = no_room, .verify_whole = xmss_verify_whole};

/* Key sizes have no meaning here (mechanisms.tsv: 0). */
#define VERIFIES(mechanism, key_type, steps)                                                                       \
	{                                                                                                          \
		.type = (mechanism), .flags = CKF_VERIFY | CKF_MESSAGE_VERIFY, .key_types = {(key_type)},          \
		.key_type_count = 1, .ops = &(steps), .unsaveable = asym_single_part,                              \
	}

static const struct mech_row rows[] = {
	{.type = CKM_HSS_KEY_PAIR_GEN, .flags = CKF_GENERATE_KEY_PAIR, .gen = &hss_gen},
	{
		.type = CKM_HSS,
		.flags = MECH_SIGNS,
		.key_types = {CKK_HSS},
		.key_type_count = 1,
		.ops = &hss_ops,
		.unsaveable = asym_single_part,
	},
	VERIFIES(CKM_XMSS, CKK_XMSS, xmss_ops),
	VERIFIES(CKM_XMSSMT, CKK_XMSSMT, xmss_ops),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_HSS, .complete = complete_hss, .load = load},
	{.type = CKK_XMSS, .complete = complete_xmss, .load = load},
	{.type = CKK_XMSSMT, .complete = complete_xmss, .load = load},
};

extern const struct mech_family mech_family_hbs;
const struct mech_family mech_family_hbs = {
	.name = "hbs",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
