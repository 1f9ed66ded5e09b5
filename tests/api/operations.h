/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of operations share: one session with keys of known value, every kind of operation
 * as a row (start it, is it active), every call with output as a row (make it ready, its exact length).
 * Sees the module only through the harness. */
#ifndef TEST_API_OPERATIONS_H
#define TEST_API_OPERATIONS_H

#include "harness.h"

/* ---- one session and its keys ---------------------------------------------------------------- */

/* Session objects, not private, so that logging out leaves them alone; every use allowed. */
struct op_keys {
	CK_OBJECT_HANDLE aes;  /* aes_key, 16 bytes */
	CK_OBJECT_HANDLE hmac; /* generic secret, hmac_key */
	CK_OBJECT_HANDLE rsa_public, rsa_private; /* 2048 bits */
	CK_OBJECT_HANDLE ec_public, ec_private;   /* P-256, the key of RFC 6979 A.2.5 */
	CK_OBJECT_HANDLE ed_public, ed_private;   /* Ed25519, RFC 8032 7.1 TEST 3 */
	CK_OBJECT_HANDLE x_public, x_private;     /* X25519 */
};

extern CK_SESSION_HANDLE sess; /* R/W, user logged in */
extern struct op_keys keys;
extern const CK_BYTE aes_key[16], hmac_key[32], rsa_modulus[256], ec_point[65], ed_point[32];
extern const CK_BYTE pattern[512]; /* 0, 1, 2, ... */

int setup_operations(void **state); /* setup_token, sess, keys */
void renew_session(void);           /* closes sess, opens it again with the same keys: nothing is active */
void make_keys(CK_SESSION_HANDLE session, struct op_keys *ret);

/* A secret key of type with value; extra attributes come last and win. */
CK_OBJECT_HANDLE make_key(CK_SESSION_HANDLE session, CK_KEY_TYPE type, const void *value, CK_ULONG length,
                          const CK_ATTRIBUTE *extra, CK_ULONG extra_count);
/* The RSA key pair's halves with other attributes beside the material. */
CK_OBJECT_HANDLE make_rsa_private(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *extra, CK_ULONG extra_count);
CK_OBJECT_HANDLE make_rsa_public(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *extra, CK_ULONG extra_count);

/* ---- mechanisms with parameters that work ------------------------------------------------------ */

extern CK_MECHANISM m_ecb, m_cbc, m_cbc_pad, m_ctr, m_gcm, m_sha1, m_sha256, m_hmac;
extern CK_MECHANISM m_rsa, m_rsa_x509, m_oaep, m_pss, m_sha256_rsa, m_ecdsa, m_ecdsa_sha256, m_eddsa;

/* ---- kinds of operation ------------------------------------------------------------------------ */

enum kind { ENCRYPT, DECRYPT, DIGEST, SIGN, VERIFY, SIGN_RECOVER, VERIFY_RECOVER, CRYPTO_KINDS, FIND = CRYPTO_KINDS, KINDS };

extern const char *const kind_names[KINDS];
extern const CK_FLAGS kind_flags[KINDS]; /* for C_SessionCancel, table T6 */

/* *Init of a kind. Digests take no key. */
CK_RV start_with(CK_SESSION_HANDLE session, enum kind kind, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
/* The same with a multi-part mechanism (recover: RSA) and one of keys. */
CK_RV start(enum kind kind);
/* Asks without changing anything; for what start began. */
bool is_active(enum kind kind);
bool is_active_in(CK_SESSION_HANDLE session, enum kind kind);
/* Digest and encrypt, decrypt and digest, sign and encrypt, decrypt and verify. */
bool is_pair(enum kind one, enum kind other);
/* The key that a mechanism of start takes for a kind. */
CK_OBJECT_HANDLE key_for(enum kind kind);

/* ---- calls with output ------------------------------------------------------------------------- */

enum step { WHOLE, UPDATE, FINAL, STATE };

struct output_call {
	const char *name;
	size_t member; /* where the function list has it */
	enum step step;
	enum kind kind;
	int beside; /* of a dual call: the second kind, else -1 */
	CK_MECHANISM *mechanism;
	CK_ULONG length; /* of the plain input */
	CK_ULONG need;   /* exact length of the output; 0 for "what the length query says" */
	bool random;     /* two runs give different output */
};

extern const struct output_call output_calls[];
extern const size_t output_call_count;

/* The input of the call that begin_output_call made ready. */
extern CK_BYTE call_input[512];
extern CK_ULONG call_input_length;

/* In a new session: everything up to the call. */
void begin_output_call(const struct output_call *call);
CK_RV do_output_call(const struct output_call *call, CK_BYTE *out, CK_ULONG *length);
/* Is what the call works on still there? Asked without changing it. */
bool output_call_active(const struct output_call *call);

/* ---- short forms ------------------------------------------------------------------------------- */

/* One-shot in session; the length of the result. */
CK_ULONG encrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room);
CK_ULONG decrypt(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room);
CK_ULONG digest(CK_MECHANISM *m, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room);
CK_ULONG sign(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, CK_BYTE *out, CK_ULONG room);
CK_RV verify(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const void *in, CK_ULONG length, const void *signature,
             CK_ULONG signature_length);

/* Standard functions take pointers to non-const. */
CK_BYTE *unconst(const void *bytes);
/* Bytes from hexadecimal, 2 * n digits. */
CK_ULONG unhex(const char *hex, CK_BYTE *ret);

#endif
