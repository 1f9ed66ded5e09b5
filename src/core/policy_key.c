/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy asks of keys: enough bits, a permitted curve, dates that hold, and with separate_keys that no key can
 * undo what another use of it protects (doc/policy.md). Reads attributes; never sees a session. */
#include "base/clock.h"
#include "base/log.h"
#include "core/policy.h"
#include "mech/ec_curves.h"

/* ---- strength ------------------------------------------------------------------------------ */

static const struct type_row {
	CK_KEY_TYPE type;
	enum policy_strength strength;
	CK_ULONG fixed; /* bits of strength, whatever the key */
	CK_ULONG share; /* see policy_value_share; 0: 1 */
} types[] = {
	{CKK_RSA, POLICY_RSA, 0, 0}, {CKK_DH, POLICY_DH, 0, 0}, {CKK_X9_42_DH, POLICY_DH, 0, 0}, {CKK_DSA, POLICY_DSA, 0, 0},
	{CKK_EC, POLICY_EC, 0, 0}, {CKK_EC_EDWARDS, POLICY_EC, 0, 0}, {CKK_EC_MONTGOMERY, POLICY_EC, 0, 0},
	{CKK_ML_KEM, POLICY_PQ, 0, 0}, {CKK_ML_DSA, POLICY_PQ, 0, 0}, {CKK_SLH_DSA, POLICY_PQ, 0, 0},
	{CKK_AES, POLICY_SYMMETRIC, 0, 0}, {CKK_AES_XTS, POLICY_SYMMETRIC, 0, 2}, {CKK_CAMELLIA, POLICY_SYMMETRIC, 0, 0},
	{CKK_ARIA, POLICY_SYMMETRIC, 0, 0}, {CKK_SEED, POLICY_SYMMETRIC, 0, 0}, {CKK_CHACHA20, POLICY_SYMMETRIC, 0, 0},
	{CKK_SALSA20, POLICY_SYMMETRIC, 0, 0}, {CKK_BLOWFISH, POLICY_SYMMETRIC, 0, 0}, {CKK_TWOFISH, POLICY_SYMMETRIC, 0, 0},
	{CKK_CAST128, POLICY_SYMMETRIC, 0, 0}, {CKK_IDEA, POLICY_SYMMETRIC, 0, 0}, {CKK_RC2, POLICY_SYMMETRIC, 0, 0},
	{CKK_RC4, POLICY_SYMMETRIC, 0, 0}, {CKK_RC5, POLICY_SYMMETRIC, 0, 0}, {CKK_POLY1305, POLICY_SYMMETRIC, 0, 0},
	{CKK_DES, POLICY_SYMMETRIC, 56, 0}, {CKK_DES2, POLICY_SYMMETRIC, 80, 0}, {CKK_DES3, POLICY_SYMMETRIC, 112, 0},
	{CKK_MD5_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA_1_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA224_HMAC, POLICY_HMAC, 0, 0},
	{CKK_SHA256_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA384_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA512_HMAC, POLICY_HMAC, 0, 0},
	{CKK_SHA512_224_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA512_256_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA3_224_HMAC, POLICY_HMAC, 0, 0},
	{CKK_SHA3_256_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA3_384_HMAC, POLICY_HMAC, 0, 0}, {CKK_SHA3_512_HMAC, POLICY_HMAC, 0, 0},
	{CKK_RIPEMD128_HMAC, POLICY_HMAC, 0, 0}, {CKK_RIPEMD160_HMAC, POLICY_HMAC, 0, 0}, {CKK_BLAKE2B_160_HMAC, POLICY_HMAC, 0, 0},
	{CKK_BLAKE2B_256_HMAC, POLICY_HMAC, 0, 0}, {CKK_BLAKE2B_384_HMAC, POLICY_HMAC, 0, 0}, {CKK_BLAKE2B_512_HMAC, POLICY_HMAC, 0, 0},
};

static const struct type_row *find_type(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < array_len(types); i++) {
		if (types[i].type == type)
			return &types[i];
	}
	return NULL;
}

bool policy_strength_of(CK_KEY_TYPE type, enum policy_strength *ret)
{
	const struct type_row *row = find_type(type);

	if (row != NULL)
		*ret = row->strength;
	return row != NULL;
}

CK_ULONG policy_fixed_bits(CK_KEY_TYPE type)
{
	const struct type_row *row = find_type(type);

	return row == NULL ? 0 : row->fixed;
}

CK_ULONG policy_value_share(CK_KEY_TYPE type)
{
	const struct type_row *row = find_type(type);

	return row == NULL || row->share == 0 ? 1 : row->share;
}

/* A key on its way or a key that is there. */
struct view {
	const struct attr_list *list;
	const struct attrs *attrs;
};

static bool get(const struct view *v, CK_ATTRIBUTE_TYPE type, struct bytes *ret)
{
	return v->list != NULL ? attr_list_get(v->list, type, ret) : attrs_get(v->attrs, type, ret);
}

static bool get_ulong(const struct view *v, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret)
{
	return v->list != NULL ? attr_list_get_ulong(v->list, type, ret) : attrs_get_ulong(v->attrs, type, ret);
}

static CK_ULONG bit_length(struct bytes n)
{
	while (n.len > 0 && n.data[0] == 0) {
		n.data++;
		n.len--;
	}
	return n.len == 0 ? 0 : 8 * n.len - ((CK_ULONG)__builtin_clz(n.data[0]) - 24);
}

/* The size of a number that the key has, or that its template asks for. */
static bool number_bits(const struct view *v, CK_ATTRIBUTE_TYPE number, CK_ATTRIBUTE_TYPE bits, CK_ULONG *ret)
{
	struct bytes value = {0};

	if (!get(v, number, &value))
		return get_ulong(v, bits, ret);
	*ret = bit_length(value);
	return true;
}

static bool secret_bits(const struct view *v, const struct type_row *type, CK_ULONG *ret)
{
	struct bytes value = {0};

	if (type->fixed != 0) {
		*ret = type->fixed;
		return true;
	}
	if (get(v, CKA_VALUE, &value))
		*ret = value.len;
	else if (!get_ulong(v, CKA_VALUE_LEN, ret))
		return false;
	*ret = *ret > ~0UL / 8 ? ~0UL : *ret * 8 / policy_value_share(type->type);
	return true;
}

/* By the number of each set: what it is claimed to be as hard to break as, a search for a key of so many bits. */
static bool set_bits(const struct view *v, CK_KEY_TYPE type, CK_ULONG *ret)
{
	static const CK_ULONG three[] = {0, 128, 192, 256};
	CK_ULONG set = 0;

	if (!get_ulong(v, CKA_PARAMETER_SET, &set))
		return false;
	/* CKP_ML_*: 1 to 3; CKP_SLH_DSA_*: 1 to 12, four of each strength (SHA2 and SHAKE, small and fast). */
	if (type == CKK_SLH_DSA)
		set = (set + 3) / 4;
	*ret = set < array_len(three) ? three[set] : 0;
	return true;
}

static CK_RV check_curve(const struct policy *p, const struct view *v)
{
	const struct pkey_curve *c = NULL;
	struct bytes params = {0};

	if (!get(v, CKA_EC_PARAMS, &params) || ec_curves_find(params, &c) != CKR_OK)
		return CKR_OK; /* the key type's to refuse */
	for (size_t i = 0; i < POLICY_CURVES; i++) {
		if (pkey_curve_at(i) == c && !p->curves[i])
			return fail(CKR_CURVE_NOT_SUPPORTED, "the token's policy does not permit %s", c->names[0]);
	}
	if (c->bits < p->least[POLICY_EC])
		return fail(CKR_CURVE_NOT_SUPPORTED, "%s has %u bits, the token's policy wants %lu", c->names[0], c->bits, p->least[POLICY_EC]);
	return CKR_OK;
}

/* False: nothing is known yet. */
static bool bits_of(const struct view *v, const struct type_row *type, CK_ULONG *ret)
{
	switch (type->strength) {
	case POLICY_RSA:
		return number_bits(v, CKA_MODULUS, CKA_MODULUS_BITS, ret);
	case POLICY_DH:
	case POLICY_DSA:
		return number_bits(v, CKA_PRIME, CKA_PRIME_BITS, ret);
	case POLICY_SYMMETRIC:
	case POLICY_HMAC:
		return secret_bits(v, type, ret);
	case POLICY_PQ:
		return set_bits(v, type->type, ret);
	case POLICY_EC:
	case POLICY_STRENGTHS:
		break;
	}
	return false;
}

static CK_RV check(const struct policy *p, const struct view *v)
{
	CK_KEY_TYPE type = 0;
	CK_ULONG bits = 0;

	if (!get_ulong(v, CKA_KEY_TYPE, &type))
		return CKR_OK;
	const struct type_row *row = find_type(type);
	if (row == NULL)
		return CKR_OK;
	if (row->strength == POLICY_EC)
		return check_curve(p, v);
	if (bits_of(v, row, &bits) && bits < p->least[row->strength])
		return fail(CKR_KEY_SIZE_RANGE, "a key of %lu bits, the token's policy wants %lu", bits, p->least[row->strength]);
	return CKR_OK;
}

CK_RV policy_check_new(const struct policy *p, const struct attr_list *key)
{
	return check(p, &(struct view){.list = key});
}

CK_RV policy_check_key(const struct policy *p, const struct attrs *key)
{
	return check(p, &(struct view){.attrs = key});
}

CK_RV policy_check_mac(const struct policy *p, const struct mech_row *row, const struct mech_key *key)
{
	if (key->type != CKK_GENERIC_SECRET || (row->flags & CKF_SIGN) == 0 || key->bits >= p->least[POLICY_HMAC])
		return CKR_OK;
	return fail(CKR_KEY_SIZE_RANGE, "a key of %lu bits, the token's policy wants %lu", key->bits, p->least[POLICY_HMAC]);
}

/* ---- dates --------------------------------------------------------------------------------- */

/* What goes on with a key whose time is over, so that nothing is lost that it has protected. */
#define READS (CKF_DECRYPT | CKF_MESSAGE_DECRYPT | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_MESSAGE_VERIFY | CKF_UNWRAP | CKF_DECAPSULATE)

/* As yyyymmdd; false when the key has no such date. */
static bool date_of(const struct attrs *key, CK_ATTRIBUTE_TYPE type, unsigned long *ret)
{
	struct bytes value = {0};

	if (!attrs_get(key, type, &value) || value.len != sizeof(CK_DATE))
		return false;
	*ret = 0;
	for (size_t i = 0; i < value.len; i++)
		*ret = 10 * *ret + (unsigned long)(value.data[i] - '0');
	return true;
}

CK_RV policy_check_dates(const struct policy *p, const struct attrs *key, CK_FLAGS use)
{
	struct clock_utc now;
	unsigned long date = 0;

	if (likely(!p->enforce_dates))
		return CKR_OK;
	clock_utc_now(&now);
	unsigned long today = 10000UL * (unsigned long)now.year + 100UL * now.month + now.day;
	if (date_of(key, CKA_START_DATE, &date) && today < date)
		return fail(CKR_KEY_FUNCTION_NOT_PERMITTED, "the key's CKA_START_DATE has not come yet");
	if (date_of(key, CKA_END_DATE, &date) && today > date && (use & READS) == 0)
		return fail(CKR_KEY_FUNCTION_NOT_PERMITTED, "the key's CKA_END_DATE is over");
	return CKR_OK;
}

/* ---- separation ---------------------------------------------------------------------------- */

/* Uses that undo each other: what one protects the other lays open, or lets in what its owner knows. */
static const struct {
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE one, other;
} opposites[] = {
	{CKO_SECRET_KEY, CKA_WRAP, CKA_DECRYPT},
	{CKO_SECRET_KEY, CKA_UNWRAP, CKA_ENCRYPT},
	{CKO_SECRET_KEY, CKA_UNWRAP, CKA_DECRYPT},
	{CKO_SECRET_KEY, CKA_WRAP, CKA_ENCRYPT},
	{CKO_PRIVATE_KEY, CKA_UNWRAP, CKA_DECRYPT},
};

static const CK_ATTRIBUTE_TYPE key_handling[] = {CKA_WRAP, CKA_UNWRAP};
static const CK_ATTRIBUTE_TYPE permissions[] = {CKA_WRAP, CKA_UNWRAP, CKA_ENCRYPT, CKA_DECRYPT, CKA_DERIVE};

static bool has_permission(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type)
{
	return object_class == CKO_SECRET_KEY || (object_class == CKO_PUBLIC_KEY && type == CKA_WRAP) ||
	       (object_class == CKO_PRIVATE_KEY && type == CKA_UNWRAP);
}

CK_RV policy_separate_defaults(const struct policy *p, CK_OBJECT_CLASS otherwise, struct attr_list *template)
{
	CK_OBJECT_CLASS object_class = otherwise;
	struct bytes given = {0};

	(void)attr_list_get_ulong(template, CKA_CLASS, &object_class);
	for (size_t i = 0; i < array_len(key_handling) && p->separate_keys; i++) {
		if (has_permission(object_class, key_handling[i]) && !attr_list_get(template, key_handling[i], &given))
			try(attr_list_set_bool(template, key_handling[i], false));
	}
	return CKR_OK;
}

/* A key that handles others must have been made here and stay here: else somebody may know it. The SO may vouch for
 * one from outside (CKA_TRUSTED). A private key's value comes only with its public half's, so both rules hold for it. */
static CK_RV check_handler(const struct attr_list *key, CK_OBJECT_CLASS object_class)
{
	if (!attr_list_get_bool(key, CKA_WRAP, false) && !attr_list_get_bool(key, CKA_UNWRAP, false))
		return CKR_OK;
	if (!attr_list_get_bool(key, CKA_LOCAL, false) && !attr_list_get_bool(key, CKA_TRUSTED, false))
		return fail(CKR_TEMPLATE_INCONSISTENT, "separate_keys: a key that wraps or unwraps is generated on the token, or trusted");
	if (object_class != CKO_PUBLIC_KEY && attr_list_get_bool(key, CKA_EXTRACTABLE, true))
		return fail(CKR_TEMPLATE_INCONSISTENT, "separate_keys: a key that wraps or unwraps is not extractable");
	return CKR_OK;
}

CK_RV policy_separate_new(const struct policy *p, const struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = 0;

	if (!p->separate_keys || !attr_list_get_ulong(key, CKA_CLASS, &object_class) ||
	    (object_class != CKO_SECRET_KEY && object_class != CKO_PRIVATE_KEY && object_class != CKO_PUBLIC_KEY))
		return CKR_OK;
	for (size_t i = 0; i < array_len(opposites); i++) {
		if (opposites[i].object_class == object_class && attr_list_get_bool(key, opposites[i].one, false) &&
		    attr_list_get_bool(key, opposites[i].other, false))
			return fail(CKR_TEMPLATE_INCONSISTENT, "separate_keys: %s and %s on one key", attr_name(opposites[i].one),
			            attr_name(opposites[i].other));
	}
	return check_handler(key, object_class);
}

CK_RV policy_separate_pair(const struct policy *p, const struct attr_list *public_key, const struct attr_list *private_key)
{
	if (p->separate_keys && attr_list_get_bool(public_key, CKA_WRAP, false) && attr_list_get_bool(private_key, CKA_DECRYPT, false))
		return fail(CKR_TEMPLATE_INCONSISTENT, "separate_keys: a pair that wraps and decrypts");
	return CKR_OK;
}

/* A key that is short or partly known gives its bytes away to whoever tries them all. */
CK_RV policy_separate_pieces(const struct policy *p, const struct attrs *base)
{
	if (p->separate_keys && attrs_get_bool(base, CKA_SENSITIVE, false))
		return fail(CKR_KEY_FUNCTION_NOT_PERMITTED, "separate_keys: a derived key would hold bytes of a sensitive one as they are");
	return CKR_OK;
}

CK_RV policy_separate_change(const struct policy *p, const struct attrs *from, const struct attr_list *changes)
{
	for (size_t i = 0; i < array_len(permissions) && p->separate_keys; i++) {
		if (attr_list_get_bool(changes, permissions[i], false) && !attrs_get_bool(from, permissions[i], false))
			return fail(CKR_ATTRIBUTE_READ_ONLY, "separate_keys: %s cannot become true", attr_name(permissions[i]));
	}
	return CKR_OK;
}
