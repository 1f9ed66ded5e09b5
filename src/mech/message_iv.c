/* SPDX-License-Identifier: Apache-2.0 */
/* Generated IVs. The fixed bits come first and stay; the rest is a counter from 0, a counter from a random start (what
 * CKG_GENERATE leaves to the token: new in this process, and hardly met in another under the same key), a counter over
 * the first message's IV, or random. Knows no mechanism. */
#include "mech/message_iv.h"

#include <string.h>

#include "base/log.h"
#include "crypto/rand.h"

/* Random IVs: no two alike but with probability 2^-32 (NIST SP 800-38D, §8). */
#define MARGIN_BITS 32
/* Without memory of those before: fewer random bits would repeat too soon. */
#define LEAST_RANDOM_BITS 64

/* Takes the 8 bits of the number in base that start 8 * k bits above its end, and the generator's for that place. */
typedef unsigned (*mix_fn)(unsigned base, unsigned counter, unsigned *carry);

static unsigned mix_counter(unsigned base, unsigned counter, unsigned *carry)
{
	(void)base;
	(void)carry;
	return counter;
}

static unsigned mix_add(unsigned base, unsigned counter, unsigned *carry)
{
	unsigned sum = base + counter + *carry;

	*carry = sum >> 8;
	return sum;
}

static unsigned mix_xor(unsigned base, unsigned counter, unsigned *carry)
{
	(void)carry;
	return base ^ counter;
}

static unsigned mix_random(unsigned base, unsigned counter, unsigned *carry)
{
	(void)counter;
	(void)carry;
	return base;
}

static const struct way {
	CK_GENERATOR_FUNCTION generator;
	mix_fn mix;
	bool random_base; /* at the first message; else the base is the IV that came with it */
	bool each_time;   /* random anew for each message */
} ways[] = {
	{.generator = CKG_GENERATE, .mix = mix_add, .random_base = true},
	{.generator = CKG_GENERATE_COUNTER, .mix = mix_counter},
	{.generator = CKG_GENERATE_RANDOM, .mix = mix_random, .each_time = true},
	{.generator = CKG_GENERATE_COUNTER_XOR, .mix = mix_xor},
};

static const struct way *find_way(CK_GENERATOR_FUNCTION generator)
{
	for (size_t i = 0; i < array_len(ways); i++) {
		if (ways[i].generator == generator)
			return &ways[i];
	}
	return NULL;
}

/* How many IVs with this many free bits; 0 means 2^64. */
static uint64_t how_many(const struct way *w, size_t bits)
{
	if (w->each_time) {
		if (bits < MARGIN_BITS)
			return 1;
		bits = (bits - MARGIN_BITS) / 2;
	}
	return bits >= 64 ? 0 : (uint64_t)1 << bits;
}

static CK_RV check(const struct message_iv *g, const struct way *w, const struct mech_message *m)
{
	if (w == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an IV generator %lu", m->generator);
	if (m->iv_len > MESSAGE_IV_MAX || m->fixed_bits >= 8 * m->iv_len)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%zu fixed bits of an IV of %zu bytes to generate", m->fixed_bits, m->iv_len);
	if (g->made == 0)
		return CKR_OK;
	/* Another form could give an IV that was there before. */
	if (g->generator != m->generator || g->iv_len != m->iv_len || g->fixed_bits != m->fixed_bits)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the IVs of a process are generated in one way");
	if (g->made == how_many(w, 8 * m->iv_len - m->fixed_bits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "no IV is left that would be new");
	return CKR_OK;
}

static void put(const struct message_iv *g, const struct way *w, unsigned char *iv)
{
	size_t bits = 8 * g->iv_len - g->fixed_bits;
	unsigned carry = 0;

	for (size_t k = 0; 8 * k < bits; k++) {
		size_t at = g->iv_len - 1 - k;
		size_t here = bits - 8 * k < 8 ? bits - 8 * k : 8;
		unsigned mask = (1u << here) - 1;
		unsigned counter = k < 8 ? (unsigned)(g->made >> (8 * k)) & 0xff : 0;
		iv[at] = (unsigned char)((iv[at] & ~mask) | (w->mix(g->base[at], counter, &carry) & mask));
	}
}

CK_RV message_iv_next(struct message_iv *g, struct ossl *o, const struct mech_message *m)
{
	const struct way *w = find_way(m->generator);

	if (m->generator == CKG_NO_GENERATE)
		return CKR_OK;
	try(check(g, w, m));
	if (g->made == 0) {
		g->generator = m->generator;
		g->iv_len = m->iv_len;
		g->fixed_bits = m->fixed_bits;
		memcpy(g->base, m->iv, m->iv_len);
	}
	if (w->each_time || (w->random_base && g->made == 0))
		try(rand_bytes(o, g->base, g->iv_len));
	put(g, w, m->iv);
	g->made++;
	return CKR_OK;
}

CK_RV message_iv_once(struct ossl *o, const struct mech_message *m)
{
	unsigned char fresh[MESSAGE_IV_MAX];
	size_t whole = m->fixed_bits / 8;
	unsigned char keep = (unsigned char)~(0xffu >> (m->fixed_bits % 8));

	if (m->generator == CKG_NO_GENERATE)
		return CKR_OK;
	if (m->generator != CKG_GENERATE && m->generator != CKG_GENERATE_RANDOM)
		return fail(CKR_MECHANISM_PARAM_INVALID, "IV generator %lu", m->generator);
	if (m->iv == NULL || m->iv_len > MESSAGE_IV_MAX || m->fixed_bits > 8 * m->iv_len || 8 * m->iv_len - m->fixed_bits < LEAST_RANDOM_BITS)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an IV of %zu bytes, %zu bits of it fixed", m->iv_len, m->fixed_bits);
	try(rand_bytes(o, fresh, m->iv_len));
	fresh[whole] = (unsigned char)((m->iv[whole] & keep) | (fresh[whole] & ~keep));
	memcpy(m->iv + whole, fresh + whole, m->iv_len - whole);
	return CKR_OK;
}
