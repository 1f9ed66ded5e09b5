/* SPDX-License-Identifier: Apache-2.0 */
/* Key encapsulation with RSA (§6.1.6, §6.1.8, §6.1.12): a new random key, encrypted. */
#include "mech/rsa_kem.h"

#include "base/log.h"
#include "crypto/pkey.h"
#include "crypto/rand.h"
#include "mech/derive.h"
#include "mech/rsa_params.h"
#include "mech/rsa_pkcs1.h"

static CK_RV size(const struct mech_kem_call *c, size_t *ret)
{
	*ret = pkey_size(c->key->pkey);
	if (c->key->bits < c->row->min_key || c->key->bits > c->row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %lu bits", c->key->bits);
	return CKR_OK;
}

/* A new value of the length that the template wants; at most max bytes. */
static CK_RV make_value(const struct mech_kem_call *c, size_t max, struct attr_list *key, struct bytes *ret)
{
	struct secret made cleanup(secret_free) = {0};
	size_t len = 0;

	try(derive_length(key, 0, &len));
	if (len > max)
		return fail(CKR_KEY_SIZE_RANGE, "a key of %zu bytes where the modulus has room for %zu", len, max);
	try(secret_new(len, &made));
	try(rand_bytes(c->env->ossl, made.data, len));
	try(derive_set_first(key, secret_bytes(&made)));
	return attr_list_get(key, CKA_VALUE, ret) ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV new_plain(const struct mech_kem_call *c, struct secret *ret)
{
	size_t len = 0;

	try(size(c, &len));
	return secret_new(len, ret);
}

/* ---- PKCS #1 v1.5 -------------------------------------------------------------------------- */

static CK_RV pkcs1_encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct bytes value = {0};

	try(size(c, ret_len));
	try(make_value(c, *ret_len - RSA_PKCS1_OVERHEAD, key, &value));
	return pkey_rsa_pkcs1_encrypt(c->key->pkey, value, ciphertext);
}

static CK_RV pkcs1_decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};
	size_t len = 0;

	try(size(c, &len));
	try(rsa_pkcs1_open(c->key, ciphertext, key, &made));
	return derive_set_whole(key, secret_bytes(&made));
}

const struct mech_kem rsa_kem_pkcs1 = {.size = size, .encapsulate = pkcs1_encapsulate, .decapsulate = pkcs1_decapsulate};

/* ---- OAEP ---------------------------------------------------------------------------------- */

static CK_RV oaep_params(const struct mech_kem_call *c)
{
	struct pkey_oaep oaep = {0};

	return rsa_params_oaep(c->mechanism, &oaep);
}

/* And the room for a value, which may be none. */
static CK_RV read_oaep(const struct mech_kem_call *c, struct pkey_oaep *ret, size_t *ret_room)
{
	size_t len = 0;

	try(size(c, &len));
	try(rsa_params_oaep(c->mechanism, ret));
	size_t overhead = 2 * digest_size(ret->hash) + 2;
	if (len < overhead)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %zu bytes where OAEP needs %zu", len, overhead);
	*ret_room = len - overhead;
	return CKR_OK;
}

static CK_RV oaep_encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct pkey_oaep oaep = {0};
	struct bytes value = {0};
	size_t room = 0;

	try(read_oaep(c, &oaep, &room));
	try(make_value(c, room, key, &value));
	try(pkey_rsa_oaep_encrypt(c->key->pkey, &oaep, value, ciphertext));
	return size(c, ret_len);
}

static CK_RV oaep_decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret plain cleanup(secret_free) = {0};
	struct pkey_oaep oaep = {0};
	size_t len = 0;

	try(read_oaep(c, &oaep, &len));
	try(new_plain(c, &plain));
	try(pkey_rsa_oaep_decrypt(c->key->pkey, &oaep, ciphertext, plain.data, &len));
	if (len == 0)
		return fail(CKR_ENCRYPTED_DATA_INVALID, "an empty key");
	return derive_set_whole(key, bytes_of(plain.data, len));
}

const struct mech_kem rsa_kem_oaep = {.params = oaep_params, .size = size, .encapsulate = oaep_encapsulate, .decapsulate = oaep_decapsulate};

/* ---- bare: a random number as long as the modulus, whose last bytes are the key ---------------- */

static CK_RV raw_encapsulate(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key)
{
	struct secret number cleanup(secret_free) = {0};

	try(new_plain(c, &number));
	try(rand_bytes(c->env->ossl, number.data, number.len));
	/* One bit shorter than the modulus: below it, whatever it is. */
	number.data[0] &= (unsigned char)(0xff >> (8 * number.len - c->key->bits + 1));
	try(pkey_rsa_raw_public(c->key->pkey, secret_bytes(&number), ciphertext));
	*ret_len = number.len;
	return derive_set_last(key, secret_bytes(&number));
}

static CK_RV raw_decapsulate(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key)
{
	struct secret number cleanup(secret_free) = {0};

	try(new_plain(c, &number));
	if (ciphertext.len != number.len)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "%zu bytes to decrypt with a modulus of %zu", ciphertext.len, number.len);
	CK_RV rv = pkey_rsa_raw_private(c->key->pkey, ciphertext, number.data);
	if (rv == CKR_DATA_INVALID)
		return CKR_ENCRYPTED_DATA_INVALID;
	try(rv);
	return derive_set_last(key, secret_bytes(&number));
}

const struct mech_kem rsa_kem_raw = {.size = size, .encapsulate = raw_encapsulate, .decapsulate = raw_decapsulate};
