/* SPDX-License-Identifier: Apache-2.0 */
/* Key types without a mechanism here: they can be kept, found, wrapped and fed to what takes any secret, and their
 * material is checked as far as that needs no algorithm. Knows forms and lengths; computes nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/hash.h"
#include "mech/mech.h"

#define CHECK_VALUE_SIZE 3
#define MAX_OTP_VALUE 256

/* ---- secret values ------------------------------------------------------------------------- */

/* How long a value is: from least to most in steps. */
struct form {
	CK_KEY_TYPE type;
	size_t least, most, step;
	bool has_len;    /* the type has CKA_VALUE_LEN */
	bool odd_parity; /* each byte has it, as in DES */
	bool sums;       /* CKA_CHECK_VALUE is of the value's SHA-1; else it needs the cipher and cannot be told */
};

static const struct form forms[] = {
	{.type = CKK_TWOFISH, .least = 16, .most = 32, .step = 8, .has_len = true},
	{.type = CKK_CAST, .least = 1, .most = 8, .step = 1, .has_len = true},
	{.type = CKK_CAST3, .least = 1, .most = 8, .step = 1, .has_len = true},
	{.type = CKK_CDMF, .least = 8, .most = 8, .step = 1, .odd_parity = true},
	{.type = CKK_GOST28147, .least = 32, .most = 32, .step = 1},
	{.type = CKK_SECURID, .least = 1, .most = MAX_OTP_VALUE, .step = 1, .has_len = true, .sums = true},
	{.type = CKK_ACTI, .least = 1, .most = MAX_OTP_VALUE, .step = 1, .has_len = true, .sums = true},
};

static const struct form *form_of(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < array_len(forms); i++)
		if (forms[i].type == type)
			return &forms[i];
	return NULL;
}

static bool has_odd_parity(struct bytes value)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned ones = 0;

		for (unsigned bit = 0; bit < 8; bit++)
			ones += value.data[i] >> bit & 1;
		wrong |= ~ones & 1;
	}
	return wrong == 0;
}

static CK_RV set_length(struct attr_list *key, size_t len)
{
	CK_ULONG given = len;

	if (attr_list_get_ulong(key, CKA_VALUE_LEN, &given) && given != len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "CKA_VALUE_LEN is %lu, the value has %zu bytes", given, len);
	return attr_list_set_ulong(key, CKA_VALUE_LEN, len);
}

static CK_RV set_check_value(const struct form *f, struct bytes value, struct attr_list *key)
{
	unsigned char digest[20] = {0};
	struct bytes given = {0};
	bool has = attr_list_get(key, CKA_CHECK_VALUE, &given);

	if (has && given.len == 0)
		return CKR_OK;
	if (!f->sums)
		return has ? fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_CHECK_VALUE cannot be verified without the cipher") : CKR_OK;
	hash_sha1(value, digest);
	if (has && !bytes_equal(given, bytes_of(digest, CHECK_VALUE_SIZE)))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_CHECK_VALUE is not this key's");
	return has ? CKR_OK : attr_list_set(key, CKA_CHECK_VALUE, bytes_of(digest, CHECK_VALUE_SIZE));
}

static CK_RV check_oid(const struct attr_list *key, CK_ATTRIBUTE_TYPE type, bool required)
{
	struct bytes value = {0}, content = {0};

	if (!attr_list_get(key, type, &value) && !required)
		return CKR_OK;
	if (!der_only(value, DER_OID, &content) || content.len == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s is no DER object identifier", attr_name(type));
	return CKR_OK;
}

static CK_RV complete_secret(const struct mech_env *env, struct attr_list *key)
{
	struct bytes value = {0};
	CK_KEY_TYPE type = 0;

	(void)env;
	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	const struct form *f = form_of(type);
	if (f == NULL)
		return fail(CKR_GENERAL_ERROR, "key type 0x%lx has no form", type);
	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "a secret key without CKA_VALUE");
	if (value.len < f->least || value.len > f->most || (value.len - f->least) % f->step != 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE of %zu bytes", value.len);
	if (f->odd_parity && !has_odd_parity(value))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE without odd parity");
	if (type == CKK_GOST28147)
		try(check_oid(key, CKA_GOST28147_PARAMS, true));
	try(set_check_value(f, value, key));
	return f->has_len ? set_length(key, value.len) : CKR_OK;
}

static CK_RV load_secret(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	struct mech_key *k = calloc(1, sizeof(*k));
	struct bytes value = {0};

	(void)env;
	if (k == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a key");
	(void)attrs_get(a, CKA_VALUE, &value);
	(void)attrs_get_ulong(a, CKA_CLASS, &k->object_class);
	(void)attrs_get_ulong(a, CKA_KEY_TYPE, &k->type);
	CK_RV rv = secret_dup(value, &k->value);
	if (rv != CKR_OK) {
		free(k);
		return rv;
	}
	k->bits = value.len * 8;
	*ret = k;
	return CKR_OK;
}

/* ---- GOST R 34.10 and parameters ------------------------------------------------------------ */

#define GOST_PUBLIC_SIZE 64
#define GOST_PRIVATE_SIZE 32

/* §6.57: two coordinates or one scalar of 256 bits, little endian. */
static CK_RV complete_gost_key(const struct attr_list *key, CK_OBJECT_CLASS object_class)
{
	size_t want = object_class == CKO_PUBLIC_KEY ? GOST_PUBLIC_SIZE : GOST_PRIVATE_SIZE;
	struct bytes value = {0};

	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_VALUE is missing");
	if (value.len != want)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE of %zu bytes, %zu are wanted", value.len, want);
	try(check_oid(key, CKA_GOSTR3410_PARAMS, true));
	try(check_oid(key, CKA_GOSTR3411_PARAMS, true));
	return check_oid(key, CKA_GOST28147_PARAMS, false);
}

/* Parameters that an object identifier names, with their DER, which is somebody else's to read. */
static CK_RV complete_gost_parameters(const struct attr_list *key)
{
	struct bytes value = {0};

	if (!attr_list_get(key, CKA_VALUE, &value) || value.len == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "domain parameters without content");
	return check_oid(key, CKA_OBJECT_ID, true);
}

static CK_RV complete_gost(const struct mech_env *env, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = 0;

	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	if (object_class == CKO_DOMAIN_PARAMETERS)
		return complete_gost_parameters(key);
	return object_class == CKO_SECRET_KEY ? complete_secret(env, key) : complete_gost_key(key, object_class);
}

/* ---- KEA ----------------------------------------------------------------------------------- */

static struct bytes number(const struct attr_list *key, CK_ATTRIBUTE_TYPE type)
{
	struct bytes value = {0};

	(void)attr_list_get(key, type, &value);
	while (value.len > 0 && value.data[0] == 0) {
		value.data++;
		value.len--;
	}
	return value;
}

/* Does a - b borrow? In constant time for numbers of one length: a may be secret. */
static bool below(struct bytes a, struct bytes b)
{
	unsigned borrow = 0;

	if (a.len != b.len)
		return a.len < b.len;
	for (size_t i = a.len; i-- > 0;)
		borrow = ((unsigned)a.data[i] - b.data[i] - borrow) >> 31;
	return borrow == 1;
}

static bool is_above_one(struct bytes a)
{
	return a.len > 1 || (a.len == 1 && a.data[0] > 1);
}

static bool is_odd(struct bytes a)
{
	return a.len > 0 && (a.data[a.len - 1] & 1);
}

/* Odd moduli, and a base and a value in range. */
static CK_RV complete_kea(const struct mech_env *env, struct attr_list *key)
{
	struct bytes p = number(key, CKA_PRIME), q = number(key, CKA_SUBPRIME), g = number(key, CKA_BASE), v = number(key, CKA_VALUE);
	CK_OBJECT_CLASS object_class = 0;
	struct secret copy cleanup(secret_free) = {0};

	(void)env;
	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	bool fits = is_odd(p) && is_odd(q) && below(q, p) && is_above_one(g) && below(g, p);
	fits = fits && (object_class == CKO_PUBLIC_KEY ? is_above_one(v) && below(v, p) : v.len > 0 && below(v, q));
	if (!fits)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "the numbers are not those of a KEA key");
	try(secret_dup(v, &copy)); /* a value may not be set from itself */
	return attr_list_set(key, CKA_VALUE, secret_bytes(&copy));
}

/* ---- the family ---------------------------------------------------------------------------- */

static CK_RV load_nothing(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	(void)env;
	(void)a;
	(void)ret;
	return fail(CKR_KEY_TYPE_INCONSISTENT, "keys of this type are kept here and not used");
}

#define SECRET(key_type) {.type = (key_type), .complete = complete_secret, .load = load_secret}
#define PUBLIC(key_type, completes) {.type = (key_type), .complete = (completes), .load = load_nothing}

static const struct mech_key_type key_types[] = {
	SECRET(CKK_TWOFISH),
	SECRET(CKK_CAST),
	SECRET(CKK_CAST3),
	SECRET(CKK_CDMF),
	SECRET(CKK_SECURID),
	SECRET(CKK_ACTI),
	{.type = CKK_GOST28147, .complete = complete_gost, .load = load_secret},
	PUBLIC(CKK_GOSTR3410, complete_gost),
	PUBLIC(CKK_GOSTR3411, complete_gost),
	PUBLIC(CKK_KEA, complete_kea),
};

const struct mech_family mech_family_stored = {
	.name = "stored",
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
