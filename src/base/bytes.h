/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings whose type says who frees them: `struct bytes` borrows, `struct buf` owns,
 * `struct secret` owns locked memory and wipes it. Knows no attribute and no key. */
#ifndef CONCLAVE_BASE_BYTES_H
#define CONCLAVE_BASE_BYTES_H

#include "base/compiler.h"

/* Borrowed, never freed through this type. data may be NULL when len is 0. */
struct bytes {
	const unsigned char *data;
	size_t len;
};

/* Owned, grows. {0} is empty. */
struct buf {
	unsigned char *data;
	size_t len;
	size_t cap;
};

/* Owned, fixed size, in locked memory, wiped when freed. {0} is empty. */
struct secret {
	unsigned char *data;
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){(const unsigned char *)data, len};
}

static inline struct bytes buf_bytes(const struct buf *b)
{
	return (struct bytes){b->data, b->len};
}

static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){s->data, s->len};
}

/* Equal length and content. Not for secrets: see secret_equal. */
bool bytes_equal(struct bytes a, struct bytes b);

/* Appends; on CKR_HOST_MEMORY the buffer is as before. Growth of a buffer wipes nothing:
 * secrets never go into a struct buf (see buf_wipe_free for sealed scratch). */
must_check CK_RV buf_append(struct buf *b, struct bytes in);
must_check CK_RV buf_reserve(struct buf *b, size_t extra);
must_check CK_RV buf_put_u8(struct buf *b, uint8_t v);
must_check CK_RV buf_put_u32(struct buf *b, uint32_t v); /* little endian */
must_check CK_RV buf_put_u64(struct buf *b, uint64_t v); /* little endian */
must_check CK_RV buf_put_blob(struct buf *b, struct bytes in); /* u32 length, then the bytes */
void buf_free(struct buf *b);
void buf_wipe_free(struct buf *b); /* wipes first: for encodings that hold a secret */

/* Reads off the front of *in and advances it; false when *in is too short (then *in is unchanged). */
bool bytes_take(struct bytes *in, size_t len, struct bytes *ret);
bool bytes_take_u8(struct bytes *in, uint8_t *ret);
bool bytes_take_u32(struct bytes *in, uint32_t *ret);
bool bytes_take_u64(struct bytes *in, uint64_t *ret);
bool bytes_take_blob(struct bytes *in, struct bytes *ret);

/* New secret of len zero bytes; CKR_HOST_MEMORY. */
must_check CK_RV secret_new(size_t len, struct secret *ret);
must_check CK_RV secret_dup(struct bytes from, struct secret *ret);
void secret_free(struct secret *s); /* wipes; *s becomes {0} */
/* Constant time in the content (not in the length). */
bool secret_equal(struct bytes a, struct bytes b);
/* Overwrites in a way that the compiler keeps. */
void wipe(void *data, size_t len);

#endif
