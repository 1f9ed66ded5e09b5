/* SPDX-License-Identifier: Apache-2.0 */
/* The keys behind mech_keys.h: secrets of every length that their type takes, and one pair of each type. */
#include "mech_keys.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/pkey.h"
#include "crypto/pkey_dl.h"
#include "mech/dl_numbers.h"
#include "mech/secret_key.h"

static struct mech_env env; /* nobody cancels here */

void keys_open(struct ossl *ossl)
{
	env.ossl = ossl;
}

static struct mech_key *load(struct attr_list *list, CK_KEY_TYPE type)
{
	const struct mech_key_type *t = mech_key_type_find(type);
	struct mech_key *key = NULL;
	struct attrs *packed = NULL;

	if (t != NULL && mech_key_complete(t, &env, list) == CKR_OK && attrs_pack(list, &packed) == CKR_OK)
		(void)!mech_key_load(t, &env, packed, &key);
	attrs_free(packed);
	return key;
}

static void set_ulong(struct attr_list *list, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	if (attr_list_set_ulong(list, type, value) != CKR_OK)
		abort();
}

static void set_bytes(struct attr_list *list, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	if (attr_list_set(list, type, bytes_of(value, len)) != CKR_OK)
		abort();
}

static void set_hex(struct attr_list *list, CK_ATTRIBUTE_TYPE type, const char *hex)
{
	unsigned char bytes[256];
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++) {
		char digits[] = {hex[2 * i], hex[2 * i + 1], 0};
		bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	set_bytes(list, type, bytes, len);
}

static void set_group(struct attr_list *list, bool subprime)
{
	set_hex(list, CKA_PRIME, DL_P);
	set_hex(list, CKA_BASE, DL_G);
	if (subprime)
		set_hex(list, CKA_SUBPRIME, DL_Q);
}

void keys_template(struct attr_list *ret, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG length)
{
	set_ulong(ret, CKA_CLASS, object_class);
	set_ulong(ret, CKA_KEY_TYPE, type);
	if (length > 0)
		set_ulong(ret, CKA_VALUE_LEN, length);
}

/* Of one of the lengths that its type takes; usually of the mechanism's where it has one only. */
static struct mech_key *secret_key(struct input *in, const struct mech_row *row, CK_KEY_TYPE type, const struct mech_key_type *t)
{
	size_t lengths[300], count = 0;
	unsigned char value[300];
	struct attr_list list = {0};
	size_t len;

	for (len = 1; len < array_len(lengths); len++)
		if (mech_key_value_fits(t, len))
			lengths[count++] = len;
	if (count == 0)
		return NULL;
	len = lengths[(input_byte(in) + (count > 40 ? 31u : 0u)) % count];
	if (type == CKK_GENERIC_SECRET && row->min_key == row->max_key && mech_key_value_fits(t, row->min_key) && input_byte(in) < 200)
		len = row->min_key;
	for (size_t i = 0; i < len; i++)
		value[i] = (unsigned char)(i * 11 + 5);
	if (t->secret->shape != NULL)
		t->secret->shape(value, len);
	set_ulong(&list, CKA_CLASS, CKO_SECRET_KEY);
	set_ulong(&list, CKA_KEY_TYPE, type);
	set_bytes(&list, CKA_VALUE, value, len);
	struct mech_key *key = load(&list, type);
	attr_list_free(&list);
	return key;
}

/* A key for one-time passwords. */
static struct mech_key *otp_key(void)
{
	struct attr_list list = {0};

	keys_template(&list, CKO_OTP_KEY, CKK_HOTP, 0);
	set_bytes(&list, CKA_VALUE, "12345678901234567890", 20);
	set_ulong(&list, CKA_OTP_LENGTH, 6);
	set_ulong(&list, CKA_OTP_FORMAT, CK_OTP_FORMAT_DECIMAL);
	struct mech_key *key = load(&list, CKK_HOTP);
	attr_list_free(&list);
	return key;
}

static bool is_hash_based(CK_KEY_TYPE type)
{
	return type == CKK_HSS || type == CKK_XMSS || type == CKK_XMSSMT;
}

/* A public key that nobody signs with; the first of the parameter sets, HSS of one level with height 5 and chains of 255. */
static struct mech_key *hash_based_key(struct input *in, CK_KEY_TYPE type)
{
	unsigned char value[68] = {0, 0, 0, 1, [7] = type == CKK_HSS ? 5 : 0, [11] = type == CKK_HSS ? 4 : 0, [20] = input_byte(in)};
	struct attr_list list = {0};

	keys_template(&list, CKO_PUBLIC_KEY, type, 0);
	if (type != CKK_HSS)
		set_ulong(&list, CKA_PARAMETER_SET, 1);
	set_bytes(&list, CKA_VALUE, value, type == CKK_HSS ? 60 : sizeof(value));
	struct mech_key *key = load(&list, type);
	attr_list_free(&list);
	return key;
}

struct pair {
	CK_KEY_TYPE type;
	struct mech_key *public_key, *private_key;
};

static void start_pair(CK_KEY_TYPE type, struct attr_list *public_list)
{
	static const unsigned char p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static const unsigned char ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70}, x25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e}, e[] = {1, 0, 1};

	if (type == CKK_RSA) {
		set_ulong(public_list, CKA_MODULUS_BITS, 1024);
		set_bytes(public_list, CKA_PUBLIC_EXPONENT, e, sizeof(e));
	} else if (type == CKK_EC) {
		set_bytes(public_list, CKA_EC_PARAMS, p256, sizeof(p256));
	} else if (type == CKK_EC_EDWARDS) {
		set_bytes(public_list, CKA_EC_PARAMS, ed25519, sizeof(ed25519));
	} else if (type == CKK_EC_MONTGOMERY) {
		set_bytes(public_list, CKA_EC_PARAMS, x25519, sizeof(x25519));
	} else if (type == CKK_DSA || type == CKK_DH || type == CKK_X9_42_DH) {
		set_group(public_list, type != CKK_DH);
	} else if (type != CKK_HSS) {
		set_ulong(public_list, CKA_PARAMETER_SET, type == CKK_SLH_DSA ? CKP_SLH_DSA_SHA2_128F : CKP_ML_DSA_44);
	}
}

static void start_both(CK_KEY_TYPE type, struct attr_list *public_list, struct attr_list *private_list)
{
	set_ulong(public_list, CKA_CLASS, CKO_PUBLIC_KEY);
	set_ulong(private_list, CKA_CLASS, CKO_PRIVATE_KEY);
	set_ulong(public_list, CKA_KEY_TYPE, type);
	set_ulong(private_list, CKA_KEY_TYPE, type);
	start_pair(type, public_list);
	if (type != CKK_HSS)
		return;
	/* One tree of height 5, chains of 15. */
	set_ulong(private_list, CKA_HSS_LEVELS, 1);
	set_ulong(private_list, CKA_HSS_LMS_TYPES, 5);
	set_ulong(private_list, CKA_HSS_LMOTS_TYPES, 3);
}

static void make_pair(const struct mech_row *row, struct pair *ret)
{
	CK_KEY_TYPE type = row->gen->key_type;
	CK_MECHANISM m = {row->type, NULL, 0};
	struct attr_list public_list = {0}, private_list = {0};

	start_both(type, &public_list, &private_list);
	if (row->gen->pair(&env, row, &m, &public_list, &private_list) == CKR_OK) {
		ret->public_key = load(&public_list, type);
		ret->private_key = load(&private_list, type);
	}
	attr_list_free(&public_list);
	attr_list_free(&private_list);
}

/* Made once. */
static const struct pair *pair_of(CK_KEY_TYPE type)
{
	static const CK_KEY_TYPE known[] = {CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_DSA, CKK_ML_KEM, CKK_SLH_DSA,
	                                    CKK_DSA, CKK_DH, CKK_X9_42_DH, CKK_HSS};
	static struct pair pairs[array_len(known)];

	for (size_t i = 0; i < array_len(known); i++) {
		if (known[i] != type)
			continue;
		for (size_t k = 0; pairs[i].public_key == NULL && k < mech_count(); k++) {
			const struct mech_row *row = mech_at(k);

			if (row->gen != NULL && row->gen->pair != NULL && row->gen->key_type == type)
				make_pair(row, &pairs[i]);
		}
		return pairs[i].public_key != NULL && pairs[i].private_key != NULL ? &pairs[i] : NULL;
	}
	return NULL;
}

const struct mech_key *keys_choose(struct input *in, const struct mech_row *row, bool private_half, bool *owned)
{
	static const CK_KEY_TYPE of_pairs[] = {CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_KEM};
	bool any_pair = row->derive != NULL && row->derive->base_is_private;
	CK_KEY_TYPE type = row->key_type_count > 0 ? row->key_types[input_byte(in) % row->key_type_count]
	                   : any_pair              ? of_pairs[input_byte(in) % array_len(of_pairs)]
	                                           : CKK_GENERIC_SECRET;
	const struct mech_key_type *t = mech_key_type_find(type);

	bool hash_based = is_hash_based(type) && !private_half;

	*owned = t != NULL && (t->secret != NULL || type == CKK_HOTP || hash_based);
	if (*owned && hash_based)
		return hash_based_key(in, type);
	if (*owned)
		return type == CKK_HOTP ? otp_key() : secret_key(in, row, type, t);
	const struct pair *pair = pair_of(type);
	if (pair == NULL)
		return NULL;
	return private_half ? pair->private_key : pair->public_key;
}

struct bytes keys_peer(const struct mech_key *base)
{
	static const unsigned char x[32] = {9};
	const struct pair *pair = base != NULL && base->pkey != NULL ? pair_of(base->type) : NULL;

	if (pair == NULL)
		return (struct bytes){0};
	if (base->type == CKK_EC)
		return pkey_point(pair->public_key->pkey);
	if (base->type == CKK_DH || base->type == CKK_X9_42_DH)
		return pkey_dl_public_value(pair->public_key->pkey);
	return bytes_of(x, sizeof(x));
}

/* ---- templates ----------------------------------------------------------------------------------------------- */

void keys_choose_template(struct input *in, struct attr_list *ret, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG length)
{
	static const CK_KEY_TYPE types[] = {CKK_GENERIC_SECRET, CKK_AES, CKK_DES, CKK_DES3, CKK_RC4, CKK_CHACHA20, CKK_HKDF};
	uint8_t choice = input_byte(in), other = input_byte(in);

	keys_template(ret, object_class, choice < 128 ? type : types[choice % array_len(types)], other < 128 ? length : other < 240 ? other : 0);
}

void keys_choose_group(struct input *in, struct attr_list *ret, const struct mech_row *row)
{
	CK_KEY_TYPE type = row->gen->key_type;
	uint8_t choice = input_byte(in);

	set_ulong(ret, CKA_CLASS, CKO_DOMAIN_PARAMETERS);
	set_ulong(ret, CKA_KEY_TYPE, type);
	set_ulong(ret, CKA_PRIME_BITS, choice >= 200 ? 16ul * choice : row->gen->takes_parameter || type == CKK_X9_42_DH ? 1024 : 512);
	if (type != CKK_DH)
		set_ulong(ret, CKA_SUBPRIME_BITS, input_byte(in) < 200 ? 160 : 8ul * choice);
	if (row->gen->given == NULL)
		return;
	set_hex(ret, CKA_PRIME, DL_P);
	set_hex(ret, CKA_SUBPRIME, input_byte(in) < 250 ? DL_Q : DL_X);
}

void keys_choose_pair(struct input *in, const struct mech_row *row, struct attr_list *public_list, struct attr_list *private_list)
{
	uint8_t choice = input_byte(in);

	start_both(row->gen->key_type, public_list, private_list);
	if (row->gen->key_type == CKK_RSA && row->min_key > 1024)
		set_ulong(public_list, CKA_MODULUS_BITS, row->min_key);
	if (choice < 128)
		return;
	set_ulong(public_list, CKA_PARAMETER_SET, choice % 16);
	set_bytes(public_list, CKA_EC_PARAMS, &choice, choice % 2);
	set_bytes(public_list, CKA_PRIME, &choice, choice % 2);
}
