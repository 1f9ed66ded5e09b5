/* SPDX-License-Identifier: Apache-2.0 */
/* Salsa20: sums, differences and rotations of fixed distance only, so constant in time. */
#include "crypto/salsa20.h"

#include <string.h>

#define ROUNDS 20

static uint32_t load(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store(unsigned char *p, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(n >> (8 * i));
}

static inline uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

__attribute__((always_inline)) static inline void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[b] ^= rotate(x[a] + x[d], 7);
	x[c] ^= rotate(x[b] + x[a], 9);
	x[d] ^= rotate(x[c] + x[b], 13);
	x[a] ^= rotate(x[d] + x[c], 18);
}

/* Columns, then rows. */
static void run_rounds(uint32_t x[16])
{
	for (unsigned i = 0; i < ROUNDS; i += 2) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 5, 9, 13, 1);
		quarter(x, 10, 14, 2, 6);
		quarter(x, 15, 3, 7, 11);
		quarter(x, 0, 1, 2, 3);
		quarter(x, 5, 6, 7, 4);
		quarter(x, 10, 11, 8, 9);
		quarter(x, 15, 12, 13, 14);
	}
}

/* The 16 bytes of input behind the key: nonce and counter, or half of a long nonce. */
static void set_words(uint32_t w[16], const unsigned char key[SALSA20_KEY], const unsigned char input[16])
{
	static const unsigned char constants[] = "expand 32-byte k";

	for (unsigned i = 0; i < 4; i++) {
		w[5 * i] = load(constants + 4 * i);
		w[1 + i] = load(key + 4 * i);
		w[6 + i] = load(input + 4 * i);
		w[11 + i] = load(key + 16 + 4 * i);
	}
}

/* HSalsa20: the key that the first 16 bytes of a long nonce make. */
static void subkey(const unsigned char key[SALSA20_KEY], const unsigned char nonce[16], unsigned char ret[SALSA20_KEY])
{
	uint32_t w[16];

	set_words(w, key, nonce);
	run_rounds(w);
	for (unsigned i = 0; i < 4; i++) {
		store(ret + 4 * i, w[5 * i]);
		store(ret + 16 + 4 * i, w[6 + i]);
	}
	wipe(w, sizeof(w));
}

static void next_block(struct salsa20 *s)
{
	uint32_t x[16];

	memcpy(x, s->words, sizeof(x));
	run_rounds(x);
	for (unsigned i = 0; i < 16; i++)
		store(s->stream + 4 * i, x[i] + s->words[i]);
	wipe(x, sizeof(x));
	s->used = 0;
	if (++s->words[8] == 0)
		s->words[9]++;
}

void salsa20_start(struct salsa20 *s, const unsigned char key[SALSA20_KEY], const unsigned char *nonce, size_t nonce_len,
                   uint64_t block, unsigned byte)
{
	unsigned char made[SALSA20_KEY], input[16] = {0};

	memcpy(input, nonce + nonce_len - SALSA20_NONCE, SALSA20_NONCE);
	store(input + 8, (uint32_t)block);
	store(input + 12, (uint32_t)(block >> 32));
	if (nonce_len == SALSA20_LONG_NONCE) {
		subkey(key, nonce, made);
		key = made;
	}
	set_words(s->words, key, input);
	wipe(made, sizeof(made));
	s->used = SALSA20_BLOCK;
	if (byte > 0)
		next_block(s);
	if (byte > 0)
		s->used = byte;
}

void salsa20_run(struct salsa20 *s, struct bytes in, unsigned char *out)
{
	for (size_t i = 0; i < in.len;) {
		if (s->used == SALSA20_BLOCK)
			next_block(s);
		size_t space = SALSA20_BLOCK - s->used, n = in.len - i < space ? in.len - i : space;

		for (size_t k = 0; k < n; k++)
			out[i + k] = in.data[i + k] ^ s->stream[s->used + k];
		s->used += (unsigned)n;
		i += n;
	}
}

void salsa20_end(struct salsa20 *s)
{
	wipe(s, sizeof(*s));
}
