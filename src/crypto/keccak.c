/* SPDX-License-Identifier: Apache-2.0 */
/* Keccak-f[1600] and the sponge. The permutation has neither branches nor indices that depend on the data. It is compiled
 * twice on x86-64: with the rotations and the and-not of BMI it is a quarter faster. */
#include "crypto/keccak.h"

#include <endian.h>
#include <string.h>

#define ROUNDS 24

/* FIPS 202 §3.2.5. */
static const uint64_t round_constants[ROUNDS] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t rotate(uint64_t x, unsigned n)
{
	return n == 0 ? x : x << n | x >> (64 - n);
}

/* Chi and iota on the plane of five lanes that theta, rho and pi have made. */
__attribute__((always_inline)) static inline void plane(uint64_t *to, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                                        uint64_t e, uint64_t constant)
{
	to[0] = a ^ (~b & c) ^ constant;
	to[1] = b ^ (~c & d);
	to[2] = c ^ (~d & e);
	to[3] = d ^ (~e & a);
	to[4] = e ^ (~a & b);
}

/* One round; lane (x, y) of the standard is [x + 5 * y]. */
__attribute__((always_inline)) static inline void permute_once(const uint64_t *a, uint64_t *to, uint64_t constant)
{
	uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
	uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
	uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
	uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
	uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
	uint64_t d0 = c4 ^ rotate(c1, 1);
	uint64_t d1 = c0 ^ rotate(c2, 1);
	uint64_t d2 = c1 ^ rotate(c3, 1);
	uint64_t d3 = c2 ^ rotate(c4, 1);
	uint64_t d4 = c3 ^ rotate(c0, 1);

	plane(to, a[0] ^ d0, rotate(a[6] ^ d1, 44), rotate(a[12] ^ d2, 43), rotate(a[18] ^ d3, 21), rotate(a[24] ^ d4, 14), constant);
	plane(to + 5, rotate(a[3] ^ d3, 28), rotate(a[9] ^ d4, 20), rotate(a[10] ^ d0, 3), rotate(a[16] ^ d1, 45), rotate(a[22] ^ d2, 61), 0);
	plane(to + 10, rotate(a[1] ^ d1, 1), rotate(a[7] ^ d2, 6), rotate(a[13] ^ d3, 25), rotate(a[19] ^ d4, 8), rotate(a[20] ^ d0, 18), 0);
	plane(to + 15, rotate(a[4] ^ d4, 27), rotate(a[5] ^ d0, 36), rotate(a[11] ^ d1, 10), rotate(a[17] ^ d2, 15), rotate(a[23] ^ d3, 56), 0);
	plane(to + 20, rotate(a[2] ^ d2, 62), rotate(a[8] ^ d3, 55), rotate(a[14] ^ d4, 39), rotate(a[15] ^ d0, 41), rotate(a[21] ^ d1, 2), 0);
}

/* Two rounds a turn, from one set of variables into the other and back. */
__attribute__((always_inline)) static inline void permute_with(uint64_t *lanes)
{
	uint64_t a[KECCAK_LANES], b[KECCAK_LANES];

	memcpy(a, lanes, sizeof(a));
	for (unsigned i = 0; i < ROUNDS; i += 2) {
		permute_once(a, b, round_constants[i]);
		permute_once(b, a, round_constants[i + 1]);
	}
	memcpy(lanes, a, sizeof(a));
}

#ifdef __x86_64__
__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t *lanes)
{
	permute_with(lanes);
}
#endif

static void permute(uint64_t *lanes)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
		permute_bmi(lanes);
		return;
	}
#endif
	permute_with(lanes);
}

/* ---- the sponge ---------------------------------------------------------------------------- */

static void add_byte(struct keccak *k, unsigned char byte)
{
	k->lanes[k->at / 8] ^= (uint64_t)byte << (8 * (k->at % 8));
	k->at++;
}

/* No more than the block has room for. */
static void add(struct keccak *k, const unsigned char *in, size_t len)
{
	for (; len > 0 && k->at % 8 != 0; len--)
		add_byte(k, *in++);
	for (; len >= 8; len -= 8, in += 8, k->at += 8) {
		uint64_t lane;

		memcpy(&lane, in, sizeof(lane));
		k->lanes[k->at / 8] ^= le64toh(lane);
	}
	for (; len > 0; len--)
		add_byte(k, *in++);
}

void keccak_start(struct keccak *k, size_t rate, unsigned char suffix)
{
	*k = (struct keccak){.rate = (unsigned char)rate, .suffix = suffix};
}

void keccak_absorb(struct keccak *k, struct bytes in)
{
	while (in.len > 0) {
		size_t space = (size_t)k->rate - k->at;
		size_t len = in.len < space ? in.len : space;

		add(k, in.data, len);
		in.data += len;
		in.len -= len;
		if (k->at == k->rate) {
			permute(k->lanes);
			k->at = 0;
		}
	}
}

static void give(const struct keccak *k, unsigned char *ret, size_t len)
{
	for (size_t i = 0; len > 0; i++) {
		uint64_t lane = htole64(k->lanes[i]);
		size_t part = len < sizeof(lane) ? len : sizeof(lane);

		memcpy(ret, &lane, part);
		ret += part;
		len -= part;
	}
}

void keccak_squeeze(struct keccak *k, unsigned char *ret, size_t len)
{
	add_byte(k, k->suffix);
	k->at = k->rate - 1;
	add_byte(k, 0x80);
	while (len > 0) {
		size_t part = len < k->rate ? len : k->rate;

		permute(k->lanes);
		give(k, ret, part);
		ret += part;
		len -= part;
	}
}

CK_RV keccak_save(const struct keccak *k, struct buf *ret)
{
	for (size_t i = 0; i < KECCAK_LANES; i++)
		try(buf_put_u64(ret, k->lanes[i]));
	return buf_put_u8(ret, k->at);
}

bool keccak_restore(struct keccak *k, struct bytes state)
{
	struct keccak new = *k;
	bool good = true;

	for (size_t i = 0; i < KECCAK_LANES; i++)
		good = good && bytes_take_u64(&state, &new.lanes[i]);
	good = good && bytes_take_u8(&state, &new.at) && state.len == 0 && new.at < new.rate;
	if (good)
		*k = new;
	wipe(&new, sizeof(new));
	return good;
}
