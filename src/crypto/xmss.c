/* SPDX-License-Identifier: Apache-2.0 */
/* XMSS as RFC 8391 puts it together: a chain's step and a node take a key and masks of their own, which come from the
 * seed and the place in the structure. All lengths come from the parameter set. */
#include "crypto/xmss.h"

#include <string.h>

#include "base/log.h"

#define ADDRESS 32
#define WIDTH 16 /* w: a digit has four bits in every set */
#define SUM_DIGITS 3
#define MAX_CHAINS (2 * HBS_MAX_SIZE + SUM_DIGITS)

/* ---- parameter sets ------------------------------------------------------------------------ */

/* The numbers come in groups of one hash. */
static const struct {
	enum hbs_alg alg;
	size_t size, padding;
} groups[] = {
	{HBS_SHA256, 32, 32},   {HBS_SHA512, 64, 64}, {HBS_SHAKE128, 32, 32}, {HBS_SHAKE256, 64, 64},
	{HBS_SHA256, 24, 4},    {HBS_SHAKE256, 32, 32}, {HBS_SHAKE256, 24, 4},
};

struct shape {
	unsigned height, layers;
};

static const struct shape one_tree[] = {{10, 1}, {16, 1}, {20, 1}};
static const struct shape many_trees[] = {{20, 2}, {20, 4}, {40, 2}, {40, 4}, {40, 8}, {60, 3}, {60, 6}, {60, 12}};

bool xmss_set_find(bool many, CK_ULONG number, struct xmss_set *ret)
{
	const struct shape *shapes = many ? many_trees : one_tree;
	CK_ULONG count = many ? array_len(many_trees) : array_len(one_tree);

	if (number < 1 || (number - 1) / count >= array_len(groups))
		return false;
	CK_ULONG group = (number - 1) / count, shape = (number - 1) % count;
	*ret = (struct xmss_set){
		.many = many,
		.number = (uint32_t)number,
		.alg = groups[group].alg,
		.size = groups[group].size,
		.padding = groups[group].padding,
		.height = shapes[shape].height,
		.layers = shapes[shape].layers,
	};
	return true;
}

static unsigned chains(const struct xmss_set *s)
{
	return (unsigned)(2 * s->size + SUM_DIGITS);
}

static size_t index_size(const struct xmss_set *s)
{
	return s->many ? (s->height + 7) / 8 : 4;
}

size_t xmss_public_size(const struct xmss_set *s)
{
	return 4 + 2 * s->size;
}

size_t xmss_signature_size(const struct xmss_set *s)
{
	return index_size(s) + s->size + (s->layers * chains(s) + s->height) * s->size;
}

/* ---- hashing with an address --------------------------------------------------------------- */

/* An address's words (RFC 8391 §2.5); their meaning from word 4 on depends on the type. */
enum word {
	LAYER,
	TREE_HIGH,
	TREE_LOW,
	TYPE,
	LEAF,
	CHAIN,
	STEP,
	KEY_AND_MASK,
	LEVEL = CHAIN,
	INDEX = STEP,
};

enum type {
	ONCE,
	KEY_TREE, /* over the ends of a one-time key's chains */
	TREE,
};

/* What the first bytes of an input say, so that no two uses of the hash meet. */
enum domain {
	F,
	H,
	H_MSG,
	PRF,
};

struct verifier {
	const struct xmss_set *set;
	const unsigned char *root, *seed;
	unsigned char address[ADDRESS];
};

static void put(unsigned char *to, size_t len, uint64_t n)
{
	for (size_t i = len; i-- > 0; n >>= 8)
		to[i] = (unsigned char)n;
}

static void set_word(struct verifier *v, enum word word, uint32_t n)
{
	put(v->address + 4 * word, 4, n);
}

/* The words behind the type begin at 0. */
static void set_type(struct verifier *v, enum type type)
{
	memset(v->address + 4 * TYPE, 0, ADDRESS - 4 * TYPE);
	set_word(v, TYPE, type);
}

static void prf(struct verifier *v, uint32_t key_and_mask, unsigned char *ret)
{
	unsigned char in[2 * HBS_MAX_SIZE + ADDRESS];
	size_t pad = v->set->padding, size = v->set->size;

	set_word(v, KEY_AND_MASK, key_and_mask);
	put(in, pad, PRF);
	memcpy(in + pad, v->seed, size);
	memcpy(in + pad + size, v->address, ADDRESS);
	hbs_hash(v->set->alg, v->set->size, bytes_of(in, pad + size + ADDRESS), (struct bytes){0}, ret);
}

/* F over one value or H over two, under the key and the masks of this address. ret may be the input. */
static void masked(struct verifier *v, enum domain domain, const unsigned char *left, const unsigned char *right, unsigned char *ret)
{
	unsigned char in[4 * HBS_MAX_SIZE], mask[HBS_MAX_SIZE];
	const unsigned char *const parts[] = {left, right};
	size_t pad = v->set->padding, size = v->set->size, len = pad + size;

	put(in, pad, domain);
	prf(v, 0, in + pad);
	for (uint32_t i = 0; i < (domain == H ? 2 : 1); i++) {
		prf(v, i + 1, mask);
		for (size_t k = 0; k < size; k++)
			in[len + k] = parts[i][k] ^ mask[k];
		len += size;
	}
	hbs_hash(v->set->alg, v->set->size, bytes_of(in, len), (struct bytes){0}, ret);
}

/* ---- from a signature to a root ------------------------------------------------------------- */

static void digits_of(const struct xmss_set *s, const unsigned char *hash, unsigned char ret[MAX_CHAINS])
{
	unsigned sum = 0, count = (unsigned)(2 * s->size);

	for (unsigned i = 0; i < count; i++) {
		ret[i] = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
		sum += WIDTH - 1U - ret[i];
	}
	for (unsigned i = SUM_DIGITS; i-- > 0; sum /= WIDTH)
		ret[count + i] = sum % WIDTH;
}

static void chain(struct verifier *v, unsigned number, unsigned from, unsigned char *value)
{
	set_word(v, CHAIN, number);
	for (unsigned step = from; step < WIDTH - 1; step++) {
		set_word(v, STEP, step);
		masked(v, F, value, NULL, value);
	}
}

/* One node over the ends of the chains, which are overwritten (RFC 8391 §4.1.5). */
static void fold(struct verifier *v, unsigned char *ends, unsigned char *ret)
{
	size_t size = v->set->size;
	uint32_t level = 0;

	for (unsigned count = chains(v->set); count > 1; count = (count + 1) / 2) {
		set_word(v, LEVEL, level++);
		for (unsigned i = 0; i < count / 2; i++) {
			set_word(v, INDEX, i);
			masked(v, H, ends + 2 * i * size, ends + (2 * i + 1) * size, ends + i * size);
		}
		if (count % 2 == 1)
			memmove(ends + count / 2 * size, ends + (count - 1) * size, size);
	}
	memcpy(ret, ends, size);
}

static void leaf_of(struct verifier *v, uint32_t leaf, const unsigned char *signed_hash, const unsigned char *once, unsigned char *ret)
{
	unsigned char digits[MAX_CHAINS], ends[MAX_CHAINS * HBS_MAX_SIZE];
	size_t size = v->set->size;

	digits_of(v->set, signed_hash, digits);
	memcpy(ends, once, chains(v->set) * size);
	set_type(v, ONCE);
	set_word(v, LEAF, leaf);
	for (unsigned i = 0; i < chains(v->set); i++)
		chain(v, i, digits[i], ends + i * size);
	set_type(v, KEY_TREE);
	set_word(v, LEAF, leaf);
	fold(v, ends, ret);
}

/* One layer: the root of the tree whose leaf signed the hash in node, which it replaces. */
static void climb(struct verifier *v, uint32_t leaf, const unsigned char *once, unsigned char *node)
{
	const unsigned char *path = once + chains(v->set) * v->set->size;

	leaf_of(v, leaf, node, once, node);
	set_type(v, TREE);
	for (uint32_t level = 0; level < v->set->height / v->set->layers; level++, path += v->set->size) {
		bool right = leaf >> level & 1;

		set_word(v, LEVEL, level);
		set_word(v, INDEX, leaf >> (level + 1));
		masked(v, H, right ? path : node, right ? node : path, node);
	}
}

static void hash_message(struct verifier *v, uint64_t index, const unsigned char *randomizer, struct bytes message, unsigned char *ret)
{
	unsigned char head[4 * HBS_MAX_SIZE];
	size_t pad = v->set->padding, size = v->set->size;

	put(head, pad, H_MSG);
	memcpy(head + pad, randomizer, size);
	memcpy(head + pad + size, v->root, size);
	put(head + pad + 2 * size, size, index);
	hbs_hash(v->set->alg, v->set->size, bytes_of(head, pad + 3 * size), message, ret);
}

static CK_RV verify(struct verifier *v, struct bytes message, const unsigned char *signature)
{
	const struct xmss_set *s = v->set;
	unsigned height = s->height / s->layers;
	unsigned char node[HBS_MAX_SIZE];
	uint64_t index = 0;

	for (size_t i = 0; i < index_size(s); i++)
		index = index << 8 | signature[i];
	if (index >> s->height != 0)
		return fail(CKR_SIGNATURE_INVALID, "an XMSS signature of no leaf");
	const unsigned char *randomizer = signature + index_size(s), *layer = randomizer + s->size;
	hash_message(v, index, randomizer, message, node);
	for (uint32_t i = 0; i < s->layers; i++, layer += (chains(s) + height) * s->size) {
		uint32_t leaf = (uint32_t)index & ((1U << height) - 1);

		index >>= height;
		set_word(v, LAYER, i);
		put(v->address + 4 * TREE_HIGH, 8, index);
		climb(v, leaf, layer, node);
	}
	if (!bytes_equal(bytes_of(node, s->size), bytes_of(v->root, s->size)))
		return fail(CKR_SIGNATURE_INVALID, "an XMSS signature that does not lead to the key's root");
	return CKR_OK;
}

CK_RV xmss_verify(const struct xmss_set *s, struct bytes value, struct bytes message, struct bytes signature)
{
	struct verifier v = {.set = s, .root = value.data + 4, .seed = value.data + 4 + s->size};

	if (signature.len != xmss_signature_size(s))
		return fail(CKR_SIGNATURE_LEN_RANGE, "an XMSS signature of %zu bytes, not %zu", signature.len, xmss_signature_size(s));
	return verify(&v, message, signature.data);
}
