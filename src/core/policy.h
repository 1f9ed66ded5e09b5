/* SPDX-License-Identifier: Apache-2.0 */
/* What a token's operator permits: mechanisms and their uses, strengths of keys, curves, digests of signatures, and rules
 * for keys. Made once from profiles and settings (doc/policy.md), never changed; the mechanism lists that applications
 * see are views of it. Knows no session and no store. */
#ifndef CONCLAVE_CORE_POLICY_H
#define CONCLAVE_CORE_POLICY_H

#include "attr/attr.h"
#include "core/config.h"
#include "mech/mech.h"

#define POLICY_MECHANISMS 512
#define POLICY_CURVES 128
#define POLICY_DIGESTS 32

/* What a least number of bits is set for. */
enum policy_strength {
	POLICY_RSA,
	POLICY_DH,
	POLICY_DSA,
	POLICY_EC,
	POLICY_SYMMETRIC,
	POLICY_HMAC,
	POLICY_PQ, /* the strength that the parameter set is claimed to have */
	POLICY_STRENGTHS,
};

/* A mechanism as the policy lets it be seen. */
struct policy_row {
	const struct mech_row *row;
	CK_MECHANISM_INFO info;
};

struct policy {
	CK_FLAGS uses[POLICY_MECHANISMS];          /* that are permitted, by the registry's order */
	struct policy_row rows[POLICY_MECHANISMS]; /* what is left, by rising type */
	size_t count;
	CK_ULONG least[POLICY_STRENGTHS];
	bool curves[POLICY_CURVES];                /* by the order of pkey_curve_at */
	CK_MECHANISM_TYPE digests[POLICY_DIGESTS]; /* in new signatures; none listed: any */
	size_t digest_count;
	bool separate_keys;
	bool enforce_dates;
};

/* Those of one application: the one for all tokens, and those for tokens by label or serial number. */
struct policies;
/* CKR_FUNCTION_FAILED: the settings hold a mistake, which is logged. */
must_check CK_RV policies_new(const struct config *c, struct policies **ret);
void policies_free(struct policies *p);
const struct policy *policies_general(const struct policies *p);
/* label: 32 bytes, blank-padded; serial: 16. A section for the serial number goes before one for the label. */
const struct policy *policies_for(const struct policies *p, const unsigned char label[32], const unsigned char serial[16]);

/* ---- building: policy_text.c reads settings, policy.c makes the rows ---------------------------------------- */

/* Everything permitted. */
void policy_open(struct policy *p);
/* One setting of a policy section; where ("conf:12") is for the log. CKR_FUNCTION_FAILED for a mistake. */
must_check CK_RV policy_set(struct policy *p, const char *name, const char *value, const char *where);
/* Makes rows of the uses and the limits. */
void policy_close(struct policy *p);
struct policy_preset {
	const char *name, *value;
};
struct policy_profile {
	const char *name;
	const struct policy_preset *settings;
	size_t count;
};
extern const struct policy_profile policy_profiles[];
extern const size_t policy_profile_count;

/* ---- asking ------------------------------------------------------------------------------------------------- */

/* NULL: not there, or not permitted at all. */
const struct policy_row *policy_find(const struct policy *p, CK_MECHANISM_TYPE type);
/* The mechanism for one use (a CKF_ bit), and what its parameter names must be permitted too. CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV policy_admit(const struct policy *p, const CK_MECHANISM *m, CK_FLAGS use, const struct mech_row **ret);
/* The second half of it, for a mechanism that was admitted for this use before; may its parameter name anything? */
must_check CK_RV policy_check_parameter(const struct policy *p, const CK_MECHANISM *m, CK_FLAGS use);
bool policy_parameter_names(CK_MECHANISM_TYPE type);
/* The digest of a signing mechanism's name, if it has one. */
bool policy_digest_of(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE *ret);

/* Strength and curve of a key that is being made (as far as the list tells them yet), or used. CKR_KEY_SIZE_RANGE,
 * CKR_CURVE_NOT_SUPPORTED. */
must_check CK_RV policy_check_new(const struct policy *p, const struct attr_list *key);
must_check CK_RV policy_check_key(const struct policy *p, const struct attrs *key);
/* A secret key that is used for HMACs, whatever its type. CKR_KEY_SIZE_RANGE. */
must_check CK_RV policy_check_mac(const struct policy *p, const struct mech_row *row, const struct mech_key *key);
/* A key's dates, at this use. CKR_KEY_FUNCTION_NOT_PERMITTED. */
must_check CK_RV policy_check_dates(const struct policy *p, const struct attrs *key, CK_FLAGS use);

/* With separate_keys (doc/policy.md): what a template that says nothing means (a class too), what a new key may do, how a
 * key may change. CKR_TEMPLATE_INCONSISTENT; CKR_ATTRIBUTE_READ_ONLY for a change. */
must_check CK_RV policy_separate_defaults(const struct policy *p, CK_OBJECT_CLASS otherwise, struct attr_list *template);
must_check CK_RV policy_separate_new(const struct policy *p, const struct attr_list *key);
/* Of a key pair, as the two templates say; and may bytes of this key come out as they are in a derived one?
 * CKR_TEMPLATE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED. */
must_check CK_RV policy_separate_pair(const struct policy *p, const struct attr_list *public_key, const struct attr_list *private_key);
must_check CK_RV policy_separate_pieces(const struct policy *p, const struct attrs *base);
must_check CK_RV policy_separate_change(const struct policy *p, const struct attrs *from, const struct attr_list *changes);

/* Which strength a key type has a limit of; false when none. */
bool policy_strength_of(CK_KEY_TYPE type, enum policy_strength *ret);
/* The most bits that a key of a type can have, for types of one size; 0: it depends. */
CK_ULONG policy_fixed_bits(CK_KEY_TYPE type);
/* How many bits of the value are one bit of strength: 2 where half of it is a second key. */
CK_ULONG policy_value_share(CK_KEY_TYPE type);

#endif
