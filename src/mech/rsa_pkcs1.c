/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that come in with PKCS #1 v1.5. Whoever may send ciphertexts and see what becomes of them learns nothing of their
 * padding (Bleichenbacher's attack): libcrypto gives other bytes of some length for a bad padding, and here another length
 * than the wanted one gives another key. From the decryption on nothing branches on what came out. */
#include "mech/rsa_pkcs1.h"

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/ecdh_kdf.h"
#include "mech/secret_key.h"

/* ---- without branches ---------------------------------------------------------------------- */

/* All ones where a is b, else 0. */
static size_t equal_mask(size_t a, size_t b)
{
	size_t differ = a ^ b;

	return ((differ | (0 - differ)) >> (8 * sizeof(differ) - 1)) - 1;
}

static size_t choose(size_t mask, size_t yes, size_t no)
{
	return (yes & mask) | (no & ~mask);
}

/* ---- lengths ------------------------------------------------------------------------------- */

/* Which lengths the key may have; known before anything is decrypted. */
struct lengths {
	unsigned char fits[PKEY_RSA_MAX_SIZE];
	size_t max, count;
};

static CK_RV find_lengths(const struct attr_list *wanted, size_t max, const struct mech_key_type **ret_type, struct lengths *ret)
{
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG stated = 0;

	(void)attr_list_get_ulong(wanted, CKA_KEY_TYPE, &type);
	const struct mech_key_type *kt = mech_key_type_find(type);
	bool open = !attr_list_get_ulong(wanted, CKA_VALUE_LEN, &stated);
	*ret = (struct lengths){.max = max};
	for (size_t len = 0; len <= max; len++) {
		ret->fits[len] = (open || len == stated) && mech_key_value_fits(kt, len);
		ret->count += ret->fits[len];
	}
	if (ret->count == 0)
		return fail(CKR_TEMPLATE_INCONSISTENT, "no key of type 0x%lx and the stated length has at most %zu bytes", type, max);
	*ret_type = kt;
	return CKR_OK;
}

static size_t fits_mask(const struct lengths *l, size_t len)
{
	size_t mask = 0;

	for (size_t i = 0; i <= l->max; i++)
		mask |= equal_mask(i, len) & (0 - (size_t)l->fits[i]);
	return mask;
}

/* The length that fits and has so many shorter ones. */
static size_t length_at(const struct lengths *l, size_t n)
{
	size_t len = 0;

	while (l->fits[len] == 0 || n-- > 0)
		len++;
	return len;
}

/* ---- what stands for the key ---------------------------------------------------------------- */

/* Bytes that nobody else can compute; others for each number. */
static CK_RV substitute(const struct mech_key *own, struct bytes ciphertext, size_t number,
                        unsigned char *out, size_t len)
{
	struct secret d cleanup(secret_free) = {0};
	struct buf context cleanup(buf_free) = {0};

	try(pkey_rsa_part(own->pkey, PKEY_RSA_D, &d));
	try(buf_append(&context, ciphertext));
	try(buf_put_u32(&context, (uint32_t)number));
	return ecdh_kdf(CKD_SHA256_KDF, secret_bytes(&d), buf_bytes(&context), out, len);
}

/* Of a length that the ciphertext decides where several fit. */
static CK_RV make_other(const struct mech_key *own, struct bytes ciphertext, const struct lengths *l,
                        unsigned char *out, size_t *ret_len)
{
	unsigned char n[4];

	try(substitute(own, ciphertext, 0, n, sizeof(n)));
	size_t len = length_at(l, ((size_t)n[0] << 24 | (size_t)n[1] << 16 | (size_t)n[2] << 8 | n[3]) % l->count);
	try(substitute(own, ciphertext, len, out, len));
	*ret_len = len;
	return CKR_OK;
}

CK_RV rsa_pkcs1_open(const struct mech_key *own, struct bytes ciphertext, const struct attr_list *wanted,
                     struct secret *ret)
{
	struct secret plain cleanup(secret_free) = {0}, other cleanup(secret_free) = {0};
	const struct mech_key_type *type = NULL;
	struct lengths lengths;
	size_t size = pkey_size(own->pkey), len = 0, other_len = 0;

	try(find_lengths(wanted, size - RSA_PKCS1_OVERHEAD, &type, &lengths));
	try(secret_new(size, &plain));
	try(secret_new(size, &other));
	try(pkey_rsa_pkcs1_decrypt(own->pkey, ciphertext, plain.data, &len));
	try(make_other(own, ciphertext, &lengths, other.data, &other_len));
	size_t good = fits_mask(&lengths, len);
	for (size_t i = 0; i < size; i++)
		plain.data[i] = (unsigned char)choose(good, plain.data[i], other.data[i]);
	len = choose(good, len, other_len);
	/* A refusal of bits without meaning would be an answer, too. */
	if (type->secret->shape != NULL)
		type->secret->shape(plain.data, len);
	return secret_dup(bytes_of(plain.data, len), ret);
}

/* ---- unwrapping ----------------------------------------------------------------------------- */

static CK_RV unwrap(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	if (w->key->bits < w->row->min_key || w->key->bits > w->row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %lu bits", w->key->bits);
	if (w->mechanism->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(w->row->type));
	return rsa_pkcs1_open(w->key, wrapped, w->wanted, ret);
}

const struct mech_wrap rsa_pkcs1_wrap = {.private_keys = false, .unwrap = unwrap};
