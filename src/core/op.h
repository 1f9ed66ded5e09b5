/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: one slot per kind in each session, and every rule of the calling convention (§5.2, tables T5 and T6):
 * size queries, short buffers, single-part after multi-part, what ends an operation, which pairs may run together.
 * Mechanisms only transform bytes. All calls run under the session's lock. */
#ifndef CONCLAVE_CORE_OP_H
#define CONCLAVE_CORE_OP_H

#include "base/bytes.h"
#include "mech/mech.h"

struct session;
struct policy;
struct object;
struct attrs;
struct message;

/* What can be active in a session: each use of a mechanism (enum mech_use), and these, which use it in other ways. */
enum op_kind {
	OP_VERIFY_SIGNATURE = MECH_USES,
	OP_MESSAGE_ENCRYPT,
	OP_MESSAGE_DECRYPT,
	OP_MESSAGE_SIGN,
	OP_MESSAGE_VERIFY,
	OP_KINDS,
};

/* What an Init was permitted, for the next one in the same memory: the same question has the same answer. */
struct op_permitted {
	const struct mech_row *row; /* NULL: nothing is known */
	const struct policy *policy;
	unsigned kind;
	CK_OBJECT_HANDLE key;
	uint32_t changes; /* of the key object */
	bool must_authenticate;
	bool counted;
	bool names; /* the parameter names what must be permitted, too */
};

/* One operation of a session. */
struct op {
	unsigned kind;
	struct mech_op mech;
	struct session *session;
	struct object *key;         /* with a reference; NULL for digests */
	const struct attrs *seen;   /* the key's attributes when its use was last permitted */
	uint64_t epoch;             /* of the login, when the key is private; else 0 */
	CK_FLAGS validated;         /* see validation.h */
	CK_FLAGS *completed;        /* where the session notes that of its last operation */
	bool multi;                 /* an Update has been made */
	bool must_authenticate;     /* CKA_ALWAYS_AUTHENTICATE */
	bool counted;               /* takes uses of the key (uses.h) */
	bool authenticated;
	bool has_held;              /* the result of a step whose length was not known before */
	enum mech_step held_step;
	struct secret held;
	size_t held_len;
	struct buf signature;       /* OP_VERIFY_SIGNATURE: given before the data */
	struct message *message;    /* OP_MESSAGE_*: see message.c */
	struct op_permitted last;   /* outlives the operation */
};

/* The application's buffer for a result: data NULL asks for the length. len may be NULL (an error). */
struct op_out {
	CK_BYTE_PTR data;
	CK_ULONG_PTR len;
};

/* C_*Init. mechanism NULL cancels (§5.8.1). */
must_check CK_RV op_init(struct session *s, unsigned kind, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
/* C_Encrypt, C_Decrypt, C_Digest, C_Sign, C_SignRecover, C_VerifyRecover. */
must_check CK_RV op_whole(struct session *s, enum mech_use use, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out);
/* C_EncryptUpdate, C_DecryptUpdate. */
must_check CK_RV op_update(struct session *s, enum mech_use use, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out);
/* C_DigestUpdate, C_SignUpdate, C_VerifyUpdate, C_VerifySignatureUpdate. */
must_check CK_RV op_feed(struct session *s, unsigned kind, CK_BYTE_PTR in, CK_ULONG in_len);
/* C_EncryptFinal, C_DecryptFinal, C_DigestFinal, C_SignFinal. */
must_check CK_RV op_final(struct session *s, enum mech_use use, struct op_out out);
/* C_Verify, C_VerifyFinal. */
must_check CK_RV op_verify(struct session *s, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR signature, CK_ULONG signature_len);
must_check CK_RV op_verify_final(struct session *s, CK_BYTE_PTR signature, CK_ULONG signature_len);
/* C_VerifySignatureInit, C_VerifySignature, C_VerifySignatureFinal (§5.15.7 to §5.15.10). */
must_check CK_RV op_signature_init(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, CK_BYTE_PTR signature,
                                   CK_ULONG signature_len);
must_check CK_RV op_signature_verify(struct session *s, CK_BYTE_PTR in, CK_ULONG in_len);
must_check CK_RV op_signature_final(struct session *s);
/* C_DigestKey. */
must_check CK_RV op_digest_key(struct session *s, CK_OBJECT_HANDLE key);

/* The four dual calls: `first` transforms, `second` is fed (§5.17). */
must_check CK_RV op_dual(struct session *s, enum mech_use transform, enum mech_use feed, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out);

/* C_SessionCancel: CKF_* bits of operations; a search is the caller's. */
void op_cancel(struct session *s, CK_FLAGS flags);
/* Ends one operation, or all of a session. */
void op_end(struct session *s, unsigned kind);
void op_end_all(struct session *s);
/* Ends operations with private keys of logins gone by. */
void op_end_private(struct session *s);

/* §4.10: is an operation waiting for the context login? And: the login was right. */
bool op_wants_context_login(const struct session *s);
void op_context_login(struct session *s);

#endif
