/* SPDX-License-Identifier: Apache-2.0 */
/* LMS over the short hashes of hbs_hash.h. Every length comes from the parameter set; no byte of a signature says how
 * much work there is. */
#include "crypto/lms.h"

#include <string.h>

#include "base/log.h"

/* What stands in place of a chain's number, so that no two uses of the hash meet (RFC 8554 §4.3, §5.3). */
enum domain {
	D_KEY = 0x8080,
	D_MESSAGE = 0x8181,
	D_LEAF = 0x8282,
	D_NODE = 0x8383,
};

#define PREFIX (LMS_ID_SIZE + 4 + 2)
#define FIRST_TREE 5
#define FIRST_ONCE 1

uint32_t lms_read_u32(const unsigned char *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void lms_write_u32(uint32_t n, unsigned char *ret)
{
	for (size_t i = 4; i-- > 0; n >>= 8)
		ret[i] = (unsigned char)n;
}

/* Both kinds of type codes come in groups of one hash: SHA-256, SHA-256/192, SHAKE256/256, SHAKE256/192. */
static const struct {
	enum hbs_alg alg;
	size_t size;
} groups[] = {{HBS_SHA256, 32}, {HBS_SHA256, 24}, {HBS_SHAKE256, 32}, {HBS_SHAKE256, 24}};

bool lms_set_find(CK_ULONG tree, CK_ULONG once, struct lms_set *ret)
{
	if (tree < FIRST_TREE || once < FIRST_ONCE || (tree - FIRST_TREE) / 5 >= array_len(groups) ||
	    (tree - FIRST_TREE) / 5 != (once - FIRST_ONCE) / 4)
		return false;
	CK_ULONG group = (tree - FIRST_TREE) / 5;
	unsigned width = 1U << ((once - FIRST_ONCE) % 4);
	unsigned hash_digits = (unsigned)(8 * groups[group].size / width);
	unsigned sum_bits = 32 - (unsigned)__builtin_clz(hash_digits * ((1U << width) - 1));
	unsigned sum_digits = (sum_bits + width - 1) / width;
	*ret = (struct lms_set){
		.tree = (uint32_t)tree,
		.once = (uint32_t)once,
		.alg = groups[group].alg,
		.size = groups[group].size,
		.height = 5 * (unsigned)((tree - FIRST_TREE) % 5 + 1),
		.width = width,
		.digits = hash_digits + sum_digits,
		.shift = 16 - sum_digits * width,
	};
	return true;
}

size_t lms_public_size(const struct lms_set *s)
{
	return 8 + LMS_ID_SIZE + s->size;
}

/* Leaf, type, randomizer, chains; type, path. */
size_t lms_signature_size(const struct lms_set *s)
{
	return 4 + 4 + s->size + s->digits * s->size + 4 + s->height * s->size;
}

static void prefix(const struct lms_tree *t, uint32_t number, unsigned domain, unsigned char ret[PREFIX])
{
	memcpy(ret, t->id, LMS_ID_SIZE);
	lms_write_u32(number, ret + LMS_ID_SIZE);
	ret[PREFIX - 2] = (unsigned char)(domain >> 8);
	ret[PREFIX - 1] = (unsigned char)domain;
}

static unsigned digit(const unsigned char *hash, unsigned i, unsigned width)
{
	unsigned at = i * width;

	return hash[at / 8] >> (8 - width - at % 8) & ((1U << width) - 1);
}

void lms_digits(const struct lms_tree *t, uint32_t leaf, const unsigned char *randomizer, struct bytes message,
                unsigned char ret[LMS_MAX_DIGITS])
{
	unsigned char head[PREFIX + LMS_MAX_SIZE], hash[LMS_MAX_SIZE + 2];
	const struct lms_set *s = &t->set;
	unsigned most = (1U << s->width) - 1, sum = 0, hash_digits = (unsigned)(8 * s->size / s->width);

	prefix(t, leaf, D_MESSAGE, head);
	memcpy(head + PREFIX, randomizer, s->size);
	hbs_hash(t->set.alg, t->set.size, bytes_of(head, PREFIX + s->size), message, hash);
	for (unsigned i = 0; i < hash_digits; i++)
		sum += most - digit(hash, i, s->width);
	sum <<= s->shift;
	hash[s->size] = (unsigned char)(sum >> 8);
	hash[s->size + 1] = (unsigned char)sum;
	for (unsigned i = 0; i < s->digits; i++)
		ret[i] = (unsigned char)digit(hash, i, s->width);
}

void lms_secret(const struct lms_tree *t, uint32_t leaf, unsigned chain, const unsigned char *seed, unsigned char *ret)
{
	unsigned char in[PREFIX + 1 + LMS_MAX_SIZE];

	prefix(t, leaf, chain, in);
	in[PREFIX] = 0xFF;
	memcpy(in + PREFIX + 1, seed, t->set.size);
	hbs_hash(t->set.alg, t->set.size, bytes_of(in, PREFIX + 1 + t->set.size), (struct bytes){0}, ret);
	wipe(in, sizeof(in));
}

void lms_chain(const struct lms_tree *t, uint32_t leaf, unsigned chain, unsigned from, unsigned to, unsigned char *value)
{
	unsigned char in[PREFIX + 1 + LMS_MAX_SIZE];
	size_t size = t->set.size;

	prefix(t, leaf, chain, in);
	memcpy(in + PREFIX + 1, value, size);
	for (unsigned i = from; i < to; i++) {
		in[PREFIX] = (unsigned char)i;
		hbs_hash(t->set.alg, t->set.size, bytes_of(in, PREFIX + 1 + size), (struct bytes){0}, in + PREFIX + 1);
	}
	memcpy(value, in + PREFIX + 1, size);
	wipe(in, sizeof(in));
}

void lms_leaf(const struct lms_tree *t, uint32_t leaf, const unsigned char *ends, unsigned char *ret)
{
	unsigned char in[PREFIX + LMS_MAX_SIZE];
	size_t size = t->set.size;

	prefix(t, leaf, D_KEY, in);
	hbs_hash(t->set.alg, t->set.size, bytes_of(in, PREFIX), bytes_of(ends, t->set.digits * size), in + PREFIX);
	prefix(t, (1U << t->set.height) + leaf, D_LEAF, in);
	hbs_hash(t->set.alg, t->set.size, bytes_of(in, PREFIX + size), (struct bytes){0}, ret);
}

void lms_node(const struct lms_tree *t, uint32_t number, const unsigned char *left, const unsigned char *right, unsigned char *ret)
{
	unsigned char in[PREFIX + 2 * LMS_MAX_SIZE];
	size_t size = t->set.size;

	prefix(t, number, D_NODE, in);
	memcpy(in + PREFIX, left, size);
	memcpy(in + PREFIX + size, right, size);
	hbs_hash(t->set.alg, t->set.size, bytes_of(in, PREFIX + 2 * size), (struct bytes){0}, ret);
}

static void leaf_of(const struct lms_tree *t, uint32_t leaf, struct bytes message, const unsigned char *once, unsigned char *ret)
{
	unsigned char digits[LMS_MAX_DIGITS], ends[LMS_MAX_DIGITS * LMS_MAX_SIZE];
	const unsigned char *randomizer = once + 4, *chains = randomizer + t->set.size;
	size_t size = t->set.size;

	lms_digits(t, leaf, randomizer, message, digits);
	memcpy(ends, chains, t->set.digits * size);
	for (unsigned i = 0; i < t->set.digits; i++)
		lms_chain(t, leaf, i, digits[i], (1U << t->set.width) - 1, ends + i * size);
	lms_leaf(t, leaf, ends, ret);
}

CK_RV lms_root_of(const struct lms_tree *t, struct bytes message, const unsigned char *signature, unsigned char *ret)
{
	const unsigned char *once = signature + 4, *tree = once + 4 + t->set.size + t->set.digits * t->set.size, *path = tree + 4;
	uint32_t leaf = lms_read_u32(signature);

	if (lms_read_u32(once) != t->set.once || lms_read_u32(tree) != t->set.tree || leaf >> t->set.height != 0)
		return fail(CKR_SIGNATURE_INVALID, "an LMS signature of other types than the key's, or of no leaf");
	leaf_of(t, leaf, message, once, ret);
	for (uint32_t node = (1U << t->set.height) + leaf; node > 1; node /= 2, path += t->set.size)
		lms_node(t, node / 2, node % 2 == 1 ? path : ret, node % 2 == 1 ? ret : path, ret);
	return CKR_OK;
}
