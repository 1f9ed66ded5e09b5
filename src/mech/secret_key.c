/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys of any type: a value, its length and its check value. Knows no key type. */
#include "mech/secret_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/rand.h"

bool secret_key_fits(const struct secret_key_kind *kind, CK_ULONG len)
{
	return len >= kind->min && len <= kind->max && (kind->step == 0 || (len - kind->min) % kind->step == 0);
}

/* ---- check values -------------------------------------------------------------------------- */

CK_RV secret_key_check_block(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
                             unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	struct cipher c cleanup(cipher_end) = {0};
	unsigned char block[CIPHER_BLOCK] = {0};

	try(cipher_start_any(env->ossl, &c, kind->cipher, CIPHER_ECB, true, value, NULL));
	try(cipher_run(&c, bytes_of(block, cipher_block_size(kind->cipher)), block));
	memcpy(ret, block, SECRET_KEY_CHECK_LEN);
	wipe(block, sizeof(block));
	return CKR_OK;
}

CK_RV secret_key_check_hash(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
                            unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	unsigned char hash[20];

	(void)env;
	(void)kind;
	hash_sha1(value, hash);
	memcpy(ret, hash, SECRET_KEY_CHECK_LEN);
	wipe(hash, sizeof(hash));
	return CKR_OK;
}

/* ---- keys from outside --------------------------------------------------------------------- */

static CK_RV agree_length(struct attr_list *key, size_t len)
{
	CK_ULONG stated;

	if (attr_list_get_ulong(key, CKA_VALUE_LEN, &stated) && stated != len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_VALUE_LEN is %lu, the value has %zu bytes", (unsigned long)stated, len);
	return attr_list_set_ulong(key, CKA_VALUE_LEN, len);
}

static CK_RV agree_check_value(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value, struct attr_list *key)
{
	unsigned char check[SECRET_KEY_CHECK_LEN];
	struct bytes stated;
	bool given = attr_list_get(key, CKA_CHECK_VALUE, &stated);

	if (given && stated.len == 0)
		return CKR_OK;
	try(kind->check_value(env, kind, value, check));
	if (given && !bytes_equal(stated, bytes_of(check, sizeof(check))))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_CHECK_VALUE is not this key's");
	return given ? CKR_OK : attr_list_set(key, CKA_CHECK_VALUE, bytes_of(check, sizeof(check)));
}

CK_RV secret_key_complete(const struct mech_env *env, const struct secret_key_kind *kind, struct attr_list *key)
{
	struct bytes value;

	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a secret key without CKA_VALUE");
	if (!secret_key_fits(kind, value.len))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE of %zu bytes", value.len);
	if (kind->examine != NULL)
		try(kind->examine(value));
	if (!kind->no_length)
		try(agree_length(key, value.len));
	/* The list may have moved its values. */
	if (!attr_list_get(key, CKA_VALUE, &value))
		return CKR_GENERAL_ERROR;
	return agree_check_value(env, kind, value, key);
}

CK_RV secret_key_load(const struct secret_key_kind *kind, const struct attrs *a, struct mech_key **ret)
{
	struct mech_key *k;
	struct bytes value;
	CK_ULONG type;

	if (!attrs_get(a, CKA_VALUE, &value) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type))
		return fail(CKR_FUNCTION_FAILED, "a secret key without value or type");
	if (!secret_key_fits(kind, value.len))
		return fail(CKR_KEY_SIZE_RANGE, "a secret key of %zu bytes", value.len);
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return fail(CKR_HOST_MEMORY, "secret key");
	if (secret_dup(value, &k->value) != CKR_OK) {
		free(k);
		return CKR_HOST_MEMORY;
	}
	k->object_class = CKO_SECRET_KEY;
	k->type = type;
	k->bits = value.len * 8;
	*ret = k;
	return CKR_OK;
}

/* ---- generation ---------------------------------------------------------------------------- */

static CK_RV length_to_generate(const struct secret_key_kind *kind, const CK_MECHANISM *m, const struct attr_list *key, CK_ULONG *ret)
{
	*ret = kind->min;
	if (!kind->no_length && !attr_list_get_ulong(key, CKA_VALUE_LEN, ret))
		return fail(CKR_TEMPLATE_INCOMPLETE, "no CKA_VALUE_LEN");
	/* C_GenerateKey may not answer CKR_KEY_SIZE_RANGE (§5.18.1). */
	if (!secret_key_fits(kind, *ret))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE_LEN %lu for %s", (unsigned long)*ret, mech_name(m->mechanism));
	return CKR_OK;
}

CK_RV secret_key_generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	const struct secret_key_kind *kind = mech_key_type_find(row->gen->key_type)->secret;
	struct secret value cleanup(secret_free) = {0};
	CK_ULONG len;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	try(length_to_generate(kind, m, key, &len));
	try(secret_new(len, &value));
	do {
		try(rand_bytes(env->ossl, value.data, value.len));
		if (kind->shape != NULL)
			kind->shape(value.data, value.len);
	} while (kind->examine != NULL && kind->examine(secret_bytes(&value)) != CKR_OK);
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}
