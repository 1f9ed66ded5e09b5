/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b after RFC 7693 §3. Neither branches nor indices depend on the data. */
#include "crypto/blake2b.h"

#include <endian.h>
#include <string.h>

#define ROUNDS 12

/* RFC 7693 §2.6. */
static const uint64_t start_values[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* §2.7; the last two rounds begin again. */
static const unsigned char order[ROUNDS][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

static inline uint64_t rotate(uint64_t x, unsigned n)
{
	return x >> n | x << (64 - n);
}

/* §3.1. */
__attribute__((always_inline)) static inline void mix(uint64_t *v, unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x, uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

__attribute__((always_inline)) static inline void mix_all(uint64_t *v, const uint64_t *m, const unsigned char *s)
{
	mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
	mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
	mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
	mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
	mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
	mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
	mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
	mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
}

/* §3.2; last is all ones for the last block, else zero. */
static void compress(struct blake2b *b, const unsigned char *block, uint64_t last)
{
	uint64_t v[16], m[16];

	memcpy(m, block, sizeof(m));
	for (size_t i = 0; i < 16; i++)
		m[i] = le64toh(m[i]);
	for (size_t i = 0; i < 8; i++) {
		v[i] = b->h[i];
		v[i + 8] = start_values[i];
	}
	v[12] ^= b->done;
	v[14] ^= last;
#pragma GCC unroll 12
	for (size_t i = 0; i < ROUNDS; i++)
		mix_all(v, m, order[i]);
	for (size_t i = 0; i < 8; i++)
		b->h[i] ^= v[i] ^ v[i + 8];
}

void blake2b_start(struct blake2b *b, size_t size)
{
	*b = (struct blake2b){.size = (unsigned char)size};
	memcpy(b->h, start_values, sizeof(b->h));
	b->h[0] ^= 0x01010000 ^ size;
}

static void keep(struct blake2b *b, const unsigned char *in, size_t len)
{
	if (len > 0)
		memcpy(b->block + b->used, in, len);
	b->used = (unsigned char)(b->used + len);
}

void blake2b_update(struct blake2b *b, struct bytes in)
{
	size_t space = (size_t)BLAKE2B_BLOCK - b->used;

	if (in.len <= space) {
		keep(b, in.data, in.len);
		return;
	}
	if (b->used > 0) {
		keep(b, in.data, space);
		in = bytes_of(in.data + space, in.len - space);
		b->done += BLAKE2B_BLOCK;
		compress(b, b->block, 0);
		b->used = 0;
	}
	for (; in.len > BLAKE2B_BLOCK; in = bytes_of(in.data + BLAKE2B_BLOCK, in.len - BLAKE2B_BLOCK)) {
		b->done += BLAKE2B_BLOCK;
		compress(b, in.data, 0);
	}
	keep(b, in.data, in.len);
}

void blake2b_final(struct blake2b *b, unsigned char *ret)
{
	memset(b->block + b->used, 0, (size_t)BLAKE2B_BLOCK - b->used);
	b->done += b->used;
	compress(b, b->block, UINT64_MAX);
	for (size_t i = 0; i < b->size; i++)
		ret[i] = (unsigned char)(b->h[i / 8] >> (8 * (i % 8)));
}

CK_RV blake2b_save(const struct blake2b *b, struct buf *ret)
{
	for (size_t i = 0; i < array_len(b->h); i++)
		try(buf_put_u64(ret, b->h[i]));
	try(buf_put_u64(ret, b->done));
	return buf_append(ret, bytes_of(b->block, b->used));
}

/* Blocks are whole, and behind one there is always something that waits. */
static bool plausible(uint64_t done, size_t used)
{
	return done % BLAKE2B_BLOCK == 0 && used <= BLAKE2B_BLOCK && (used > 0 || done == 0);
}

bool blake2b_restore(struct blake2b *b, struct bytes state)
{
	struct blake2b new = *b;
	bool good = true;

	for (size_t i = 0; i < array_len(new.h); i++)
		good = good && bytes_take_u64(&state, &new.h[i]);
	good = good && bytes_take_u64(&state, &new.done) && plausible(new.done, state.len);
	if (good) {
		new.used = 0;
		keep(&new, state.data, state.len);
		*b = new;
	}
	wipe(&new, sizeof(new));
	return good;
}
