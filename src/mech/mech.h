/* SPDX-License-Identifier: Apache-2.0 */
/* What a mechanism is: a row of data and a few functions that transform bytes. A mechanism gets key
 * material, parameters and buffers; it never sees a session, a handle or a lock, and it never decides
 * about size queries, short buffers or the end of an operation (core/op.c does, for all of them). */
#ifndef CONCLAVE_MECH_MECH_H
#define CONCLAVE_MECH_MECH_H

#include "attr/attr.h"
#include "base/bytes.h"

struct mech_key;
struct mech_park;
struct ossl;
struct pkey;

/* What every call may need from outside. */
struct mech_env {
	struct ossl *ossl;
	/* Asked now and then by long work; false means stop with CKR_FUNCTION_CANCELED. May be NULL. */
	bool (*go_on)(void *arg);
	void *go_on_arg;
	/* C_DeriveKey only: another secret key that a parameter names; valid until the call ends. What the key forbids
	 * to its copies it forbids to the derived key too. NULL elsewhere. CKR_KEY_HANDLE_INVALID,
	 * CKR_KEY_TYPE_INCONSISTENT. */
	CK_RV (*find_key)(void *arg, CK_OBJECT_HANDLE handle, const struct mech_key **ret);
	/* C_DeriveKey only: one more key from a template that a parameter brings, which gets its CKA_VALUE in *ret and its
	 * handle in *place when the whole call has worked. */
	CK_RV (*more_key)(void *arg, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret);
	/* C_DeriveKey only: the same from the call's own template. */
	CK_RV (*same_key)(void *arg, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret);
	void *key_arg;
};

/* ---- keys ---------------------------------------------------------------------------------- */

/* How a key for one-time passwords wants to be used; its counter is in the object alone. */
struct mech_otp {
	unsigned digits;
	CK_ULONG counter; /* CKA_OTP_COUNTER_REQUIREMENT */
};

/* Decoded key material: made once per object, shared by all threads, never changed. */
struct mech_key {
	CK_OBJECT_CLASS object_class; /* CKO_SECRET_KEY, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY */
	CK_KEY_TYPE type;
	CK_ULONG bits;                /* modulus bits, order bits, 8 * value length */
	struct secret value;          /* secret keys: CKA_VALUE */
	struct pkey *pkey;            /* asymmetric keys (crypto/pkey.h) */
	struct mech_otp otp;          /* keys for one-time passwords, whose value is as a secret key's */
};

struct secret_key_kind;

struct mech_key_type {
	CK_KEY_TYPE type;
	/* Secret keys: mech/secret_key.h does it all from this. The rest is for keys of pairs. */
	const struct secret_key_kind *secret;
	/* Looks at the material of an object that is being made from outside (create, unwrap, derive): validates
	 * it (points on the curve, sizes, consistent RSA numbers), normalises it, and adds what follows from it
	 * (CKA_VALUE_LEN, CKA_MODULUS_BITS, CKA_PUBLIC_KEY_INFO, CKA_CHECK_VALUE where the schema has them; an
	 * application's own CKA_CHECK_VALUE or CKA_PUBLIC_KEY_INFO that differs is CKR_ATTRIBUTE_VALUE_INVALID).
	 * Also run on generated keys. CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE,
	 * CKR_TEMPLATE_INCONSISTENT, CKR_CURVE_NOT_SUPPORTED, CKR_KEY_SIZE_RANGE. */
	CK_RV (*complete)(const struct mech_env *env, struct attr_list *key);
	/* Decodes the material for use. CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
	CK_RV (*load)(const struct mech_env *env, const struct attrs *a, struct mech_key **ret);
	/* Private keys: the material as PrivateKeyInfo (PKCS #8, RFC 5958, DER) and back, for wrapping. from_pkcs8 sets the
	 * attributes that such a structure has (complete() looks at them afterwards); the algorithm in it must be this
	 * type's: CKR_DATA_INVALID. NULL: keys of this type are not wrapped. */
	CK_RV (*to_pkcs8)(const struct attrs *a, struct buf *ret);
	CK_RV (*from_pkcs8)(struct bytes der, struct attr_list *key);
	/* Keys of pairs: sets what tells the public key of a loaded private one, but for what complete() adds. NULL: such a
	 * key is not to be had from its private one. */
	CK_RV (*public_half)(const struct mech_key *key, struct attr_list *public_key);
	/* For mech_key_is_slow. NULL: none is. */
	bool (*slow)(const struct mech_key *k);
};

/* Is one operation with the key long work, some milliseconds and more? */
bool mech_key_is_slow(const struct mech_key *k);

/* complete and load of any type. */
must_check CK_RV mech_key_complete(const struct mech_key_type *t, const struct mech_env *env, struct attr_list *key);
must_check CK_RV mech_key_load(const struct mech_key_type *t, const struct mech_env *env, const struct attrs *a, struct mech_key **ret);
/* May a secret key's value have so many bytes? False for other types, and for NULL. */
bool mech_key_value_fits(const struct mech_key_type *t, CK_ULONG len);

void mech_key_free(struct mech_key *k); /* wipes; NULL is fine */
/* Equal material (for CKR_KEY_CHANGED): a SHA-256 over class, type and value or public part. */
void mech_key_fingerprint(const struct mech_key *k, unsigned char ret[32]);

/* ---- operations ---------------------------------------------------------------------------- */

enum mech_use {
	MECH_ENCRYPT,
	MECH_DECRYPT,
	MECH_DIGEST,
	MECH_SIGN,
	MECH_VERIFY,
	MECH_SIGN_RECOVER,
	MECH_VERIFY_RECOVER,
	MECH_USES,
};

/* The three calls that can give output. */
enum mech_step {
	MECH_WHOLE,  /* C_Encrypt, C_Decrypt, C_Digest, C_Sign, C_SignRecover, C_VerifyRecover */
	MECH_UPDATE, /* C_EncryptUpdate, C_DecryptUpdate */
	MECH_FINAL,  /* C_EncryptFinal, C_DecryptFinal, C_DigestFinal, C_SignFinal */
};

struct mech_row;

/* One operation in progress. The core owns it, sets row, env, use and key, and calls ops->end once. */
struct mech_op {
	const struct mech_row *row;
	const struct mech_env *env;
	enum mech_use use;
	const struct mech_key *key; /* NULL for digests */
	/* Of keys that count: the counter of one-time passwords, which is one more afterwards, or the signatures that were left,
	 * which are one less, for good. No two callers get the same. */
	CK_RV (*take_counter)(struct mech_op *op, uint64_t *ret);
	void *state;                /* the mechanism's own; NULL until params or start made it */
	struct mech_park *park;     /* of the key (mech/park.h); NULL: end frees all */
	unsigned lane;              /* callers that differ in it get out of each other's way there */
};

/* NULL members: the row has no such step. The core has checked that row->flags has the use, that the key's
 * type is in row->key_types and its class fits the use. */
struct mech_ops {
	/* Checks the parameter and keeps a deep copy of what it needs (the caller's memory is gone after Init).
	 * Does not look at the key and does not touch OpenSSL. NULL: the mechanism takes no parameter and the
	 * core insists on that. CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*params)(struct mech_op *op, const CK_MECHANISM *m);
	/* Does the key fit (CKR_KEY_SIZE_RANGE)? Expensive set-up is left to the first step. May be NULL. */
	CK_RV (*start)(struct mech_op *op);
	/* Output bytes of a step for in_len more input bytes: exact, or an upper bound when late() says so. */
	size_t (*room)(const struct mech_op *op, enum mech_step step, size_t in_len);
	/* True for a step whose exact length is known only after the work (unpadding): the core then
	 * lets it write to a buffer of its own and hands the result over. NULL: never. */
	bool (*late)(const struct mech_op *op, enum mech_step step);
	/* The single-part call. out has room(..) bytes. in and out may be the same place (rule 264).
	 * NULL: the core uses update and final. For MECH_VERIFY see verify_whole. */
	CK_RV (*whole)(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
	/* NULL: single-part only. Signing, verifying and digesting give no output here (*ret_len 0). */
	CK_RV (*update)(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
	CK_RV (*final)(struct mech_op *op, unsigned char *out, size_t *ret_len);
	/* CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE (which wins), CKR_DATA_LEN_RANGE. */
	CK_RV (*verify_whole)(struct mech_op *op, struct bytes in, struct bytes signature);
	CK_RV (*verify_final)(struct mech_op *op, struct bytes signature);
	/* Verification in parts is for C_VerifySignatureUpdate, not for C_VerifyUpdate (§6.67, §6.69). */
	bool verify_parts_need_signature;
	/* Ready for one more message (§5.14, §5.16) as params and start left it, wherever the one before stood. NULL: steps
	 * leave nothing behind. */
	CK_RV (*again)(struct mech_op *op);
	/* The state in the middle of a stream (or before its start), without the key: versionless bytes that restore
	 * of the same build takes. restore comes after params and start on a fresh op. NULL: CKR_STATE_UNSAVEABLE.
	 * restore: CKR_SAVED_STATE_INVALID. */
	CK_RV (*save)(struct mech_op *op, struct buf *ret);
	CK_RV (*restore)(struct mech_op *op, struct bytes state);
	/* The parameter as flat bytes and back, so that a saved operation carries it. NULL with params NULL. */
	CK_RV (*save_params)(const struct mech_op *op, struct buf *ret);
	CK_RV (*restore_params)(struct mech_op *op, struct bytes params);
	/* Wipes and frees state; called for every op, also after a failed params or start. May be NULL when state is never set. */
	void (*end)(struct mech_op *op);
};

/* ---- generation ---------------------------------------------------------------------------- */

struct mech_param;

struct mech_gen {
	/* Adds the new material to the template's attributes. The schema has been checked: what the mechanism
	 * requires is there. CKR_KEY_SIZE_RANGE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED,
	 * CKR_MECHANISM_PARAM_INVALID, CKR_FUNCTION_CANCELED. */
	CK_RV (*key)(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key);
	CK_RV (*pair)(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m,
	              struct attr_list *public_key, struct attr_list *private_key);
	CK_OBJECT_CLASS object_class; /* of key(): CKO_SECRET_KEY or CKO_DOMAIN_PARAMETERS */
	CK_KEY_TYPE key_type;         /* implied by the mechanism; a contradicting template is the core's to refuse */
	bool any_key_type;            /* key_type is the template's to say, and it must */
	bool takes_parameter;         /* else the core insists that there is none */
	/* The parameter with all that it points at, checked as far as it can be without a key (mech/param.h). NULL: the work is
	 * short, or there is no parameter. CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*copy)(const CK_MECHANISM *m, struct mech_param *ret);
	/* What other mechanisms for this object make and this one is given; ends with 0. The template must have it. */
	const CK_ATTRIBUTE_TYPE *given;
	CK_ULONG value_len; /* CKA_VALUE_LEN where the mechanism and not the template says it; else 0 */
};

/* ---- messages (§5.9, §5.11) ---------------------------------------------------------------- */

/* The parameter of one message, in one form for all mechanisms; the pointers are the application's. */
struct mech_message {
	unsigned char *iv;
	size_t iv_len;
	size_t fixed_bits;               /* the IV's first bits, which a generator leaves alone */
	CK_GENERATOR_FUNCTION generator;
	unsigned char *tag;              /* may be NULL where it is not needed yet */
	size_t tag_len;
	bool has_data_len;               /* the message's length is known before it begins (CCM) */
	uint64_t data_len;
};

/* Encryption and decryption of messages: the ciphertext is as long as the plaintext, the tag is in the parameter. op
 * and its state live from C_Message*Init to the end of the process. The core generates IVs (mech/message_iv.h) and
 * keeps plaintext back until the tag is checked. */
struct mech_message_ops {
	size_t param_size; /* of the structure that read takes */
	/* CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*read)(const void *parameter, struct mech_message *ret);
	/* Does the key fit? CKR_KEY_SIZE_RANGE. */
	CK_RV (*start)(struct mech_op *op);
	CK_RV (*begin)(struct mech_op *op, const struct mech_message *m, struct bytes associated);
	/* out has in.len bytes and is the same place or does not overlap. CKR_DATA_LEN_RANGE. */
	CK_RV (*run)(struct mech_op *op, struct bytes in, unsigned char *out);
	/* The end of encryption and of decryption; CKR_AEAD_DECRYPT_FAILED. */
	CK_RV (*seal)(struct mech_op *op, unsigned char *tag, size_t len);
	CK_RV (*check)(struct mech_op *op, struct bytes tag);
	/* As mech_ops.end, for ops of message processes. */
	void (*end)(struct mech_op *op);
};

/* ---- key encapsulation (§5.18.8, §5.18.9) --------------------------------------------------- */

/* One C_EncapsulateKey or C_DecapsulateKey. The core has checked as for operations. */
struct mech_kem_call {
	const struct mech_env *env;
	const struct mech_row *row;
	const CK_MECHANISM *mechanism;
	const struct mech_key *key;
};

struct mech_kem {
	/* Checks the parameter; NULL: the mechanism takes none and the core insists on that. CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*params)(const struct mech_kem_call *c);
	/* The exact length of the ciphertext. */
	CK_RV (*size)(const struct mech_kem_call *c, size_t *ret);
	/* Both set the new key's CKA_VALUE, as long as its template wants (mech/derive.h). CKR_KEY_SIZE_RANGE,
	 * CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT. */
	CK_RV (*encapsulate)(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct attr_list *key);
	/* CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID. */
	CK_RV (*decapsulate)(const struct mech_kem_call *c, struct bytes ciphertext, struct attr_list *key);
};

/* What a row that signs announces; with _PARTS when it has update, final and verify_final. */
#define MECH_SIGNS (CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY)
#define MECH_SIGNS_PARTS (MECH_SIGNS | CKF_MULTI_MESSAGE)

/* ---- wrapping ------------------------------------------------------------------------------ */

/* What unwrapping gives beside the key material. */
enum mech_fit {
	MECH_FIT_EXACT, /* nothing */
	MECH_FIT_HEAD,  /* behind it zero bytes, fewer than a block, that cannot be told from it: key type or CKA_VALUE_LEN do */
	MECH_FIT_TAIL,  /* in front of it bytes that nobody looks at, any number */
};

/* One C_WrapKey or C_UnwrapKey, or their authenticated form. The core has checked as for operations. */
struct mech_wrapping {
	const struct mech_env *env;
	const struct mech_row *row;
	const CK_MECHANISM *mechanism;
	const struct mech_key *key; /* that wraps or unwraps */
	bool authenticated;         /* the parameter is that of a message, which takes IV and tag (§5.18.6) */
	struct bytes associated;
	const struct attr_list *wanted; /* unwrapping: the new key as its template has it */
};

/* How a row wraps. Secret keys go in as their value, private ones as PKCS #8. wrap NULL: the row's ops encrypt and
 * decrypt the material (the usual case, mech/wrap.h has ready ones). Codes may be those of encryption and decryption:
 * mech/wrap.c turns them into CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE, CKR_WRAPPED_KEY_INVALID and so on. */
struct mech_wrap {
	bool private_keys; /* else secret keys only */
	enum mech_fit fit;
	size_t block;      /* the material is filled up with zero bytes to a multiple of this; 0: it is not */
	/* The exact length of the output. */
	CK_RV (*size)(const struct mech_wrapping *w, size_t plain_len, size_t *ret);
	CK_RV (*wrap)(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len);
	CK_RV (*unwrap)(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret);
};

/* ---- derivation ---------------------------------------------------------------------------- */

/* An attribute that a template without it takes from one of the base key. */
struct mech_handover {
	CK_ATTRIBUTE_TYPE to, from;
};

struct mech_derive {
	/* CKO_SECRET_KEY for most; what a template without CKA_CLASS means, and no other class is taken unless any_class. */
	CK_OBJECT_CLASS object_class;
	bool any_class;
	bool base_is_private; /* the base key is a private one; else a secret one */
	/* A derived key that holds bytes of the base key as they are: sensitive when that is, extractable only when that
	 * is (§6.43). */
	bool keeps_secrecy;
	/* CKA_SENSITIVE and CKA_EXTRACTABLE are the base key's: a template that says otherwise is refused (§6.39.6). */
	bool same_secrecy;
	/* The parameter's templates and places take all keys (more_key, same_key): the call itself makes none. */
	bool no_key;
	const struct mech_handover *handover; /* ends with a row of zeros (CKA_CLASS is never handed over); may be NULL */
	/* The type of a secret key whose template has none; CK_UNAVAILABLE_INFORMATION: the template must have it. NULL: a
	 * generic secret. */
	CK_KEY_TYPE (*key_type)(const CK_MECHANISM *m);
	/* Adds the material to the template's attributes (a secret key's CKA_VALUE: mech/derive.h). The template has its
	 * CKA_CLASS and CKA_KEY_TYPE. CKR_MECHANISM_PARAM_INVALID, CKR_TEMPLATE_INCOMPLETE (no length),
	 * CKR_TEMPLATE_INCONSISTENT (more bytes wanted than there are), CKR_KEY_SIZE_RANGE (the base key). */
	CK_RV (*key)(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
	             struct attr_list *key);
};

/* ---- rows ---------------------------------------------------------------------------------- */

#define MECH_MAX_KEY_TYPES 4

struct mech_row {
	CK_MECHANISM_TYPE type;
	CK_FLAGS flags; /* as C_GetMechanismInfo gives them */
	CK_ULONG min_key; /* in the unit that the standard gives the mechanism (mechanisms.tsv) */
	CK_ULONG max_key;
	CK_KEY_TYPE key_types[MECH_MAX_KEY_TYPES]; /* accepted; key_type_count of them, 0 for digests and generation */
	unsigned key_type_count;
	const struct mech_ops *ops; /* NULL for generation only */
	const struct mech_gen *gen; /* NULL for operations only */
	const struct mech_wrap *wrap;     /* CKF_WRAP and CKF_UNWRAP; authenticated, too, with message */
	const struct mech_derive *derive; /* CKF_DERIVE; with no key_types any key of its class is taken */
	const struct mech_kem *kem; /* CKF_ENCAPSULATE and CKF_DECAPSULATE */
	const struct mech_message_ops *message; /* CKF_MESSAGE_ENCRYPT and CKF_MESSAGE_DECRYPT */
	const void *data;           /* the family's own: which digest, which mode */
	const char *unsaveable;     /* why C_GetOperationState refuses: always, or beside ops->save encryption only */
};

struct mech_family {
	const char *name;
	bool (*present)(void); /* false: this libcrypto does not have it, and its rows do not exist. NULL: always */
	const struct mech_row *rows;
	size_t row_count;
	const struct mech_key_type *key_types;
	size_t key_type_count;
};

/* Families are listed in mech_families.inc (made by src/mech/meson.build): MECH_FAMILY(aes) is
 * `extern const struct mech_family mech_family_aes`. */

/* ---- registry ------------------------------------------------------------------------------ */

/* Built once per process from the const families. */
const struct mech_row *mech_find(CK_MECHANISM_TYPE type);
size_t mech_index(CK_MECHANISM_TYPE type); /* for mech_at; SIZE_MAX when there is none */
const struct mech_key_type *mech_key_type_find(CK_KEY_TYPE type);
/* Rows in rising order of type; i < mech_count(). */
size_t mech_count(void);
const struct mech_row *mech_at(size_t i);
bool mech_takes_key_type(const struct mech_row *row, CK_KEY_TYPE type);
/* "CKM_AES_CBC" or "CKM_0x..." in a thread-local buffer. */
const char *mech_name(CK_MECHANISM_TYPE type);
/* All mechanisms of the standard, whether there are rows or not; NULL after the last. */
const char *mech_name_at(size_t i, CK_MECHANISM_TYPE *ret);

#endif
