/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of ChaCha20 and Salsa20: a key stream of 64-byte blocks with a counter and a nonce, both little endian, that
 * may begin at any block. The counter may not overflow: more data than it can count is refused. What is saved is the
 * position. */
#ifndef CONCLAVE_MECH_KEY_STREAM_H
#define CONCLAVE_MECH_KEY_STREAM_H

#include "crypto/cipher.h"
#include "crypto/salsa20.h"
#include "mech/mech.h"

#define KEY_STREAM_KEY 32
#define KEY_STREAM_BLOCK 64
#define KEY_STREAM_NONCE_MAX 24

bool key_stream_key_fits(size_t len);

/* A parameter; the pointers are the application's. */
struct key_stream_params {
	const void *counter, *nonce;
	CK_ULONG counter_bits, nonce_bits;
};

/* Sizes that go together. */
struct key_stream_form {
	unsigned counter_bytes, nonce_bytes;
};

struct key_stream {
	unsigned counter_bytes, nonce_bytes;
	unsigned char counter[8];
	unsigned char nonce[KEY_STREAM_NONCE_MAX];
	uint64_t position; /* bytes done */
	bool started;
	struct cipher cipher;   /* ChaCha20 */
	struct salsa20 salsa20;
};

/* What a row's data says. */
struct key_stream_kind {
	const struct key_stream_form *forms;
	size_t form_count;
	size_t param_size;
	void (*read)(const void *parameter, struct key_stream_params *ret);
	/* Sets the stream up at that byte of that block. */
	CK_RV (*begin)(struct mech_op *op, struct key_stream *s, uint64_t block, unsigned byte);
	CK_RV (*run)(struct key_stream *s, struct bytes in, unsigned char *out);
};

extern const struct mech_ops key_stream_ops;

#endif
