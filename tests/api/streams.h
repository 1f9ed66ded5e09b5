/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of saved operations share: every operation that can be saved as a row, fed with the first bytes of
 * `pattern`; its undisturbed result; states on their way. Refuses to know what a state looks like inside. */
#ifndef TEST_API_STREAMS_H
#define TEST_API_STREAMS_H

#include "operations.h"

#define STATE_ROOM 4096
#define TEXT 100

struct saved {
	CK_BYTE bytes[STATE_ROOM];
	CK_ULONG length;
};

struct stream {
	const char *name;
	enum kind kind;
	CK_MECHANISM mechanism;
	CK_ULONG text; /* how much goes through */
};

/* Keys that a session works with: handles differ between processes. */
struct role_keys {
	CK_OBJECT_HANDLE aes, hmac;
};

extern const struct stream streams[];
extern const size_t stream_count;
/* Rows that tests pick. */
enum { SHA256_ROW = 2, SHA512_ROW = 4, HMAC_ROW = 8, VERIFY_ROW = 11, CBC_ROW = 13, CTR_ROW = 14, CBC_BACK_ROW = 16, CTR_BACK_ROW = 17 };

extern struct saved saved;
extern CK_BYTE out[512], wanted[512]; /* what came out so far, what should */
extern CK_ULONG length;               /* of out */

CK_RV save_from(CK_SESSION_HANDLE session, struct saved *to);
CK_RV restore_to(CK_SESSION_HANDLE session, const struct saved *from, CK_OBJECT_HANDLE crypt,
                 CK_OBJECT_HANDLE authenticate);
/* From `saved`, each key in its role. */
CK_RV restore_stream(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k);

struct role_keys own_keys(void);
bool is_cipher(const struct stream *s);
void begin_stream(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k);
/* Feeds pattern[from..to); what comes out is put behind out[0..length). */
void feed(CK_SESSION_HANDLE session, const struct stream *s, CK_ULONG from, CK_ULONG to);
void finish(CK_SESSION_HANDLE session, const struct stream *s);
/* The result without any interruption, in wanted; its length. */
CK_ULONG reference(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k);
void check_result(CK_ULONG wanted_length);

#endif
