/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: the rows that are left of the registry when a policy has been read, what the parameter of a mechanism may
 * name, and which token has which policy. The language is policy_text.c, keys are policy_key.c. */
#include "core/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/pkey_curve.h"

/* The flags of a row that are uses; the others describe it. */
#define USES                                                                                                             \
	(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY | CKF_VERIFY_RECOVER |        \
	 CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP | CKF_UNWRAP | CKF_DERIVE | CKF_MESSAGE_ENCRYPT |               \
	 CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define MESSAGES (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY)
#define SIGNS (CKF_SIGN | CKF_SIGN_RECOVER | CKF_MESSAGE_SIGN)

/* ---- digests ------------------------------------------------------------------------------- */

/* How the standard spells digests in the names of mechanisms that sign. */
static const struct {
	CK_MECHANISM_TYPE digest;
	const char *word;
} words[] = {
	{CKM_MD2, "_MD2"}, {CKM_MD5, "_MD5"}, {CKM_RIPEMD128, "_RIPEMD128"}, {CKM_RIPEMD160, "_RIPEMD160"},
	{CKM_SHA_1, "_SHA1"}, {CKM_SHA224, "_SHA224"}, {CKM_SHA256, "_SHA256"}, {CKM_SHA384, "_SHA384"},
	{CKM_SHA512, "_SHA512"}, {CKM_SHA512_224, "_SHA512_224"}, {CKM_SHA512_256, "_SHA512_256"},
	{CKM_SHA3_224, "_SHA3_224"}, {CKM_SHA3_256, "_SHA3_256"}, {CKM_SHA3_384, "_SHA3_384"}, {CKM_SHA3_512, "_SHA3_512"},
};

bool policy_digest_of(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE *ret)
{
	const char *name = mech_name(type);
	size_t longest = 0;

	for (size_t i = 0; i < array_len(words); i++) {
		const char *found = strstr(name, words[i].word);
		size_t len = strlen(words[i].word);

		if (found == NULL || len <= longest || (found[len] != '\0' && found[len] != '_'))
			continue;
		longest = len;
		*ret = words[i].digest;
	}
	return longest > 0;
}

static bool signs_with(const struct policy *p, CK_MECHANISM_TYPE digest)
{
	for (size_t i = 0; i < p->digest_count; i++) {
		if (p->digests[i] == digest)
			return true;
	}
	return p->digest_count == 0;
}

static bool asymmetric(const struct mech_row *row)
{
	enum policy_strength strength = POLICY_HMAC;

	return row->key_type_count > 0 && policy_strength_of(row->key_types[0], &strength) && strength != POLICY_SYMMETRIC &&
	       strength != POLICY_HMAC;
}

/* ---- rows ---------------------------------------------------------------------------------- */

#define FIELDS (CKF_EC_F_P | CKF_EC_F_2M)

/* The limits of one of a row's key types, in bits, and then in the row's unit. */
struct range {
	CK_ULONG least, most;
	CK_FLAGS fields; /* of curves: CKF_EC_F_P, CKF_EC_F_2M */
};

static bool curve_of(CK_KEY_TYPE type, const struct pkey_curve *c)
{
	return type == (c->kind == PKEY_EDWARDS ? CKK_EC_EDWARDS : c->kind == PKEY_MONTGOMERY ? CKK_EC_MONTGOMERY : CKK_EC);
}

/* What the curves that are permitted leave. */
static bool curve_range(const struct policy *p, CK_KEY_TYPE type, struct range *r)
{
	struct range left = {~0UL, 0, 0};
	const struct pkey_curve *c;

	for (size_t i = 0; i < POLICY_CURVES && (c = pkey_curve_at(i)) != NULL; i++) {
		if (!p->curves[i] || !curve_of(type, c) || c->bits < p->least[POLICY_EC])
			continue;
		left.least = c->bits < left.least ? c->bits : left.least;
		left.most = c->bits > left.most ? c->bits : left.most;
		left.fields |= c->binary ? CKF_EC_F_2M : CKF_EC_F_P;
	}
	r->least = left.least > r->least ? left.least : r->least;
	r->most = left.most < r->most ? left.most : r->most;
	r->fields = left.fields;
	return r->least <= r->most;
}

/* The least size of a row of a parameter set's type is its public key's; the standard gives it in bytes. */
static const struct {
	CK_KEY_TYPE type;
	CK_ULONG bits, bytes;
} sets[] = {
	{CKK_ML_KEM, 128, 800}, {CKK_ML_KEM, 192, 1184}, {CKK_ML_KEM, 256, 1568},
	{CKK_ML_DSA, 128, 1312}, {CKK_ML_DSA, 192, 1952}, {CKK_ML_DSA, 256, 2592},
	{CKK_SLH_DSA, 128, 32}, {CKK_SLH_DSA, 192, 48}, {CKK_SLH_DSA, 256, 64},
};

static bool set_range(CK_ULONG least, CK_KEY_TYPE type, struct range *r)
{
	for (size_t i = 0; i < array_len(sets); i++) {
		if (sets[i].type == type && sets[i].bits >= least) {
			r->least = sets[i].bytes > r->least ? sets[i].bytes : r->least;
			return true;
		}
	}
	return false;
}

/* Sizes of secret keys are in bytes, with these exceptions. */
static bool in_bits(CK_MECHANISM_TYPE type)
{
	return type == CKM_CHACHA20 || type == CKM_SALSA20 || type == CKM_GENERIC_SECRET_KEY_GEN;
}

static bool secret_range(CK_ULONG least, const struct mech_row *row, CK_KEY_TYPE type, struct range *r)
{
	CK_ULONG fixed = policy_fixed_bits(type);
	CK_ULONG needed = in_bits(row->type) ? least : (least * policy_value_share(type) + 7) / 8;

	if (fixed != 0)
		return fixed >= least;
	if (row->max_key == 0)
		return true;
	r->least = needed > r->least ? needed : r->least;
	return r->least <= r->most;
}

/* False: the row cannot have keys of this type that are strong enough. */
static bool range_of(const struct policy *p, const struct mech_row *row, CK_KEY_TYPE type, struct range *r)
{
	enum policy_strength strength = POLICY_HMAC;

	*r = (struct range){row->min_key, row->max_key, 0};
	if (!policy_strength_of(type, &strength))
		return true;
	CK_ULONG least = p->least[strength];
	if (strength == POLICY_EC)
		return curve_range(p, type, r);
	if (strength == POLICY_PQ)
		return set_range(least, type, r);
	if (strength == POLICY_SYMMETRIC || strength == POLICY_HMAC)
		return secret_range(least, row, type, r);
	if (row->max_key != 0 && least > r->least)
		r->least = least;
	return row->max_key == 0 || r->least <= r->most;
}

/* False: nothing is left. */
static bool limit(const struct policy *p, const struct mech_row *row, CK_MECHANISM_INFO *info)
{
	struct range all = {~0UL, 0, 0}, one;

	if (row->key_type_count == 0 && row->gen == NULL)
		return true;
	if (row->key_type_count == 0) {
		if (row->gen->any_key_type)
			return true;
		if (!range_of(p, row, row->gen->key_type, &all))
			return false;
	}
	for (unsigned i = 0; i < row->key_type_count; i++) {
		if (!range_of(p, row, row->key_types[i], &one))
			continue;
		all.least = one.least < all.least ? one.least : all.least;
		all.most = one.most > all.most ? one.most : all.most;
		all.fields |= one.fields;
	}
	info->ulMinKeySize = all.least;
	info->ulMaxKeySize = all.most;
	info->flags &= ~(CK_FLAGS)FIELDS | all.fields;
	return all.least <= all.most;
}

static CK_FLAGS flags_left(const struct policy *p, size_t i, const struct mech_row *row)
{
	CK_MECHANISM_TYPE digest = 0;
	CK_FLAGS flags = row->flags & (p->uses[i] | ~(CK_FLAGS)USES);

	if (p->digest_count > 0 && (flags & SIGNS) != 0 && asymmetric(row) && policy_digest_of(row->type, &digest) && !signs_with(p, digest))
		flags &= ~(CK_FLAGS)SIGNS;
	return (flags & MESSAGES) == 0 ? flags & ~(CK_FLAGS)CKF_MULTI_MESSAGE : flags;
}

void policy_open(struct policy *p)
{
	memset(p, 0, sizeof(*p));
	memset(p->uses, 0xff, sizeof(p->uses));
	memset(p->curves, true, sizeof(p->curves));
}

void policy_close(struct policy *p)
{
	p->count = 0;
	for (size_t i = 0; i < mech_count() && i < POLICY_MECHANISMS; i++) {
		const struct mech_row *row = mech_at(i);
		struct policy_row *made = &p->rows[p->count];

		*made = (struct policy_row){.row = row, .info = {row->min_key, row->max_key, flags_left(p, i, row)}};
		if ((made->info.flags & USES) != 0 && limit(p, row, &made->info))
			p->count++;
	}
}

const struct policy_row *policy_find(const struct policy *p, CK_MECHANISM_TYPE type)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->rows[middle].row->type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->count && p->rows[low].row->type == type ? &p->rows[low] : NULL;
}

/* ---- parameters ---------------------------------------------------------------------------- */

/* How a parameter's field names a digest or a mechanism. */
enum field_kind {
	FIELD_MECHANISM, /* CKM_ */
	FIELD_MGF,       /* CKG_ */
	FIELD_KDF,       /* CKD_ */
	FIELD_PRF,       /* CKP_ */
	FIELD_OAEP,      /* a pointer to CK_RSA_PKCS_OAEP_PARAMS */
};

static const struct field {
	CK_MECHANISM_TYPE mechanism;
	enum field_kind kind;
	size_t size, offset;
	bool signs; /* the digest of a signature */
} fields[] = {
#define FIELD(type, parameter, member, how, signature) {type, how, sizeof(parameter), offsetof(parameter, member), signature}
	FIELD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, FIELD_MECHANISM, true),
	FIELD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, mgf, FIELD_MGF, true),
	FIELD(CKM_HASH_ML_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, FIELD_MECHANISM, true),
	FIELD(CKM_HASH_SLH_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, FIELD_MECHANISM, true),
	FIELD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, hashAlg, FIELD_MECHANISM, false),
	FIELD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, mgf, FIELD_MGF, false),
	FIELD(CKM_RSA_AES_KEY_WRAP, CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams, FIELD_OAEP, false),
	FIELD(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_ECDH1_COFACTOR_DERIVE, CK_ECDH1_DERIVE_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_X9_42_DH_DERIVE, CK_X9_42_DH1_DERIVE_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_ECDH_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_ECDH_COF_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_ECDH_X_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, FIELD_KDF, false),
	FIELD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, prfHashMechanism, FIELD_MECHANISM, false),
	FIELD(CKM_HKDF_DATA, CK_HKDF_PARAMS, prfHashMechanism, FIELD_MECHANISM, false),
	FIELD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, prfType, FIELD_MECHANISM, false),
	FIELD(CKM_SP800_108_DOUBLE_PIPELINE_KDF, CK_SP800_108_KDF_PARAMS, prfType, FIELD_MECHANISM, false),
	FIELD(CKM_SP800_108_FEEDBACK_KDF, CK_SP800_108_FEEDBACK_KDF_PARAMS, prfType, FIELD_MECHANISM, false),
	FIELD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, prf, FIELD_PRF, false),
#undef FIELD
};

/* What a CKG_, CKD_ or CKP_ value stands for. */
static const struct {
	enum field_kind kind;
	CK_ULONG value;
	CK_MECHANISM_TYPE mechanism;
} meanings[] = {
	{FIELD_MGF, CKG_MGF1_SHA1, CKM_SHA_1}, {FIELD_MGF, CKG_MGF1_SHA224, CKM_SHA224}, {FIELD_MGF, CKG_MGF1_SHA256, CKM_SHA256},
	{FIELD_MGF, CKG_MGF1_SHA384, CKM_SHA384}, {FIELD_MGF, CKG_MGF1_SHA512, CKM_SHA512},
	{FIELD_MGF, CKG_MGF1_SHA3_224, CKM_SHA3_224}, {FIELD_MGF, CKG_MGF1_SHA3_256, CKM_SHA3_256},
	{FIELD_MGF, CKG_MGF1_SHA3_384, CKM_SHA3_384}, {FIELD_MGF, CKG_MGF1_SHA3_512, CKM_SHA3_512},
	{FIELD_KDF, CKD_SHA1_KDF, CKM_SHA_1}, {FIELD_KDF, CKD_SHA224_KDF, CKM_SHA224}, {FIELD_KDF, CKD_SHA256_KDF, CKM_SHA256},
	{FIELD_KDF, CKD_SHA384_KDF, CKM_SHA384}, {FIELD_KDF, CKD_SHA512_KDF, CKM_SHA512},
	{FIELD_KDF, CKD_SHA3_224_KDF, CKM_SHA3_224}, {FIELD_KDF, CKD_SHA3_256_KDF, CKM_SHA3_256},
	{FIELD_KDF, CKD_SHA3_384_KDF, CKM_SHA3_384}, {FIELD_KDF, CKD_SHA3_512_KDF, CKM_SHA3_512},
	{FIELD_KDF, CKD_SHA1_KDF_SP800, CKM_SHA_1}, {FIELD_KDF, CKD_SHA224_KDF_SP800, CKM_SHA224},
	{FIELD_KDF, CKD_SHA256_KDF_SP800, CKM_SHA256}, {FIELD_KDF, CKD_SHA384_KDF_SP800, CKM_SHA384},
	{FIELD_KDF, CKD_SHA512_KDF_SP800, CKM_SHA512}, {FIELD_KDF, CKD_SHA3_224_KDF_SP800, CKM_SHA3_224},
	{FIELD_KDF, CKD_SHA3_256_KDF_SP800, CKM_SHA3_256}, {FIELD_KDF, CKD_SHA3_384_KDF_SP800, CKM_SHA3_384},
	{FIELD_KDF, CKD_SHA3_512_KDF_SP800, CKM_SHA3_512},
	{FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA1, CKM_SHA_1_HMAC}, {FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA224, CKM_SHA224_HMAC},
	{FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA256, CKM_SHA256_HMAC}, {FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA384, CKM_SHA384_HMAC},
	{FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA512, CKM_SHA512_HMAC}, {FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA512_224, CKM_SHA512_224_HMAC},
	{FIELD_PRF, CKP_PKCS5_PBKD2_HMAC_SHA512_256, CKM_SHA512_256_HMAC},
};

static bool named_by(enum field_kind kind, CK_ULONG value, CK_MECHANISM_TYPE *ret)
{
	*ret = value;
	for (size_t i = 0; i < array_len(meanings) && kind != FIELD_MECHANISM; i++) {
		if (meanings[i].kind == kind && meanings[i].value == value) {
			*ret = meanings[i].mechanism;
			return true;
		}
	}
	return kind == FIELD_MECHANISM;
}

/* A value that the token does not know is the mechanism's to refuse. */
static CK_RV check_field(const struct policy *p, const struct field *f, CK_ULONG value, CK_FLAGS use)
{
	CK_MECHANISM_TYPE named = 0;

	if (!named_by(f->kind, value, &named) || mech_find(named) == NULL)
		return CKR_OK;
	if (f->signs && (use & SIGNS) != 0 && !signs_with(p, named))
		return fail(CKR_MECHANISM_PARAM_INVALID, "the token's policy makes no signatures with %s", mech_name(named));
	if (policy_find(p, named) == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the token's policy does not permit %s", mech_name(named));
	return CKR_OK;
}

bool policy_parameter_names(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		if (fields[i].mechanism == type)
			return true;
	}
	return false;
}

CK_RV policy_check_parameter(const struct policy *p, const CK_MECHANISM *m, CK_FLAGS use)
{
	CK_RSA_PKCS_OAEP_PARAMS *oaep = NULL;
	CK_ULONG value = 0;

	for (size_t i = 0; i < array_len(fields); i++) {
		const struct field *f = &fields[i];

		if (f->mechanism != m->mechanism || m->pParameter == NULL || m->ulParameterLen != f->size)
			continue;
		if (f->kind == FIELD_OAEP) {
			memcpy(&oaep, (const char *)m->pParameter + f->offset, sizeof(oaep));
			if (oaep != NULL)
				try(policy_check_parameter(p, &(CK_MECHANISM){CKM_RSA_PKCS_OAEP, oaep, sizeof(*oaep)}, use));
			continue;
		}
		memcpy(&value, (const char *)m->pParameter + f->offset, sizeof(value));
		try(check_field(p, f, value, use));
	}
	return CKR_OK;
}

CK_RV policy_admit(const struct policy *p, const CK_MECHANISM *m, CK_FLAGS use, const struct mech_row **ret)
{
	const struct mech_row *row = mech_find(m->mechanism);
	const struct policy_row *left = policy_find(p, m->mechanism);

	if (row == NULL || (row->flags & use) == 0)
		return fail(CKR_MECHANISM_INVALID, "%s cannot be used here", mech_name(m->mechanism));
	if (left == NULL || (left->info.flags & use) == 0)
		return fail(CKR_MECHANISM_INVALID, "the token's policy does not permit this use of %s", mech_name(m->mechanism));
	try(policy_check_parameter(p, m, use));
	*ret = row;
	return CKR_OK;
}

/* ---- which policy -------------------------------------------------------------------------- */

/* One section of the settings: "policy", "policy label=NAME" or "policy serial=NUMBER". */
struct section {
	char *name;
	struct policy policy;
	struct section *next;
};

struct policies {
	struct section *general;
	struct section *special;
};

static void section_free(struct section *s)
{
	if (s != NULL)
		free(s->name);
	free(s);
}

void policies_free(struct policies *p)
{
	struct section *s;

	if (p == NULL)
		return;
	while ((s = p->special) != NULL) {
		p->special = s->next;
		section_free(s);
	}
	section_free(p->general);
	free(p);
}

static struct section *section_new(const char *name, const struct policy *from)
{
	struct section *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->name = strdup(name)) == NULL) {
		free(s);
		return NULL;
	}
	if (from == NULL)
		policy_open(&s->policy);
	else
		s->policy = *from;
	return s;
}

static CK_RV apply_lines(struct section *s, const struct config *c)
{
	char where[512];

	for (const struct config_line *l = c->policy; l != NULL; l = l->next) {
		if (strcmp(l->section, s->name) != 0)
			continue;
		snprintf(where, sizeof(where), "%s:%u", c->path, l->number);
		try(policy_set(&s->policy, l->name, l->value, where));
	}
	policy_close(&s->policy);
	return CKR_OK;
}

static CK_RV make_general(struct policies *p, const struct config *c)
{
	p->general = section_new("policy", NULL);
	if (p->general == NULL)
		return CKR_HOST_MEMORY;
	try(policy_set(&p->general->policy, "profile", c->policy_profile == NULL ? "default" : c->policy_profile, "policy"));
	return apply_lines(p->general, c);
}

static const struct section *find_special(const struct policies *p, const char *name)
{
	const struct section *s = p->special;

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

/* Starts from the general one. */
static CK_RV make_special(struct policies *p, const struct config *c, const struct config_line *first)
{
	if (strcmp(first->section, p->general->name) == 0 || find_special(p, first->section) != NULL)
		return CKR_OK;
	if (strncmp(first->section, "policy label=", 13) != 0 && strncmp(first->section, "policy serial=", 14) != 0)
		return fail(CKR_FUNCTION_FAILED, "%s:%u: [%s] is neither [policy] nor [policy label=...] nor [policy serial=...]", c->path,
		            first->number, first->section);
	struct section *s = section_new(first->section, &p->general->policy);
	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->next = p->special;
	p->special = s;
	return apply_lines(s, c);
}

static CK_RV fill(struct policies *p, const struct config *c)
{
	try(make_general(p, c));
	for (const struct config_line *l = c->policy; l != NULL; l = l->next)
		try(make_special(p, c, l));
	return CKR_OK;
}

CK_RV policies_new(const struct config *c, struct policies **ret)
{
	struct policies *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = fill(p, c);
	if (rv != CKR_OK) {
		policies_free(p);
		return rv;
	}
	*ret = p;
	return CKR_OK;
}

const struct policy *policies_general(const struct policies *p)
{
	return &p->general->policy;
}

/* Without the blanks that fill a field up. */
static int text_len(const unsigned char *field, int size)
{
	while (size > 0 && field[size - 1] == ' ')
		size--;
	return size;
}

const struct policy *policies_for(const struct policies *p, const unsigned char label[32], const unsigned char serial[16])
{
	char name[64];

	snprintf(name, sizeof(name), "policy serial=%.*s", text_len(serial, 16), (const char *)serial);
	const struct section *s = find_special(p, name);
	if (s == NULL) {
		snprintf(name, sizeof(name), "policy label=%.*s", text_len(label, 32), (const char *)label);
		s = find_special(p, name);
	}
	return s == NULL ? policies_general(p) : &s->policy;
}
