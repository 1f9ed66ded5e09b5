/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of HSS from a seed. The value of a key: levels, two types for each, seed, the topmost tree's root and its nodes
 * halfway up, which make signing a matter of half a tree's leaves. Trees below are made when they are needed. Randomizers
 * come from the seed too, so that a tree signs the one below it the same way each time. */
#include "crypto/hss_private.h"

#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/rand.h"

/* Hashes: of the topmost tree, once; of a tree below, for each signature. */
#define MAX_TOP_WORK ((uint64_t)1 << 31)
#define MAX_BELOW_WORK ((uint64_t)1 << 24)
#define ASK_EVERY 64 /* leaves */

/* ---- parameter sets ------------------------------------------------------------------------ */

static uint64_t work(const struct lms_set *s)
{
	return (uint64_t)s->digits << s->width << s->height;
}

CK_RV hss_sets_check(const struct hss_sets *s)
{
	unsigned height = 0;

	for (unsigned i = 0; i < s->levels; i++) {
		const struct lms_set *set = &s->at[i];

		height += set->height;
		if (set->alg != s->at[0].alg || set->size != s->at[0].size)
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "all levels of an HSS key have one hash");
		if (work(set) > (i == 0 ? MAX_TOP_WORK : MAX_BELOW_WORK))
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "level %u: a tree of height %u with digits of %u bits takes too long", i, set->height,
			            set->width);
	}
	if (height > HSS_MAX_HEIGHT)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an HSS key of 2^%u signatures, where 2^%u can be counted", height, HSS_MAX_HEIGHT);
	return CKR_OK;
}

static unsigned total_height(const struct hss_sets *s)
{
	unsigned height = 0;

	for (unsigned i = 0; i < s->levels; i++)
		height += s->at[i].height;
	return height;
}

uint64_t hss_sets_signatures(const struct hss_sets *s)
{
	return (uint64_t)1 << total_height(s);
}

size_t hss_signature_size(const struct hss_sets *s)
{
	size_t size = 4;

	for (unsigned i = 0; i < s->levels; i++)
		size += lms_signature_size(&s->at[i]) + (i > 0 ? lms_public_size(&s->at[i]) : 0);
	return size;
}

static unsigned halfway(const struct lms_set *s)
{
	return s->height / 2;
}

static size_t nodes_size(const struct lms_set *s)
{
	return s->size << (s->height - halfway(s));
}

/* ---- one tree ------------------------------------------------------------------------------ */

struct tree {
	struct lms_tree lms;
	unsigned char seed[LMS_MAX_SIZE];
	const struct pkey_progress *progress;
};

static void tree_end(struct tree *t)
{
	wipe(t->seed, sizeof(t->seed));
}

/* What belongs to a tree, from the key's seed: level and number of the tree, and what it is for. */
static void tree_secret(struct bytes seed, unsigned level, uint64_t number, unsigned char purpose, unsigned char ret[32])
{
	unsigned char in[4 + 8 + 1];

	lms_write_u32(level, in);
	lms_write_u32((uint32_t)(number >> 32), in + 4);
	lms_write_u32((uint32_t)number, in + 8);
	in[12] = purpose;
	hash_hmac(seed, bytes_of(in, sizeof(in)), ret);
}

static void tree_begin(const struct hss_sets *s, struct bytes seed, unsigned level, uint64_t number, struct tree *ret)
{
	unsigned char secret[32];

	*ret = (struct tree){.lms = {.set = s->at[level]}};
	tree_secret(seed, level, number, 'i', secret);
	memcpy(ret->lms.id, secret, LMS_ID_SIZE);
	tree_secret(seed, level, number, 's', secret);
	memcpy(ret->seed, secret, ret->lms.set.size);
	wipe(secret, sizeof(secret));
}

static void make_leaf(const struct tree *t, uint32_t leaf, unsigned char *ret)
{
	unsigned char ends[LMS_MAX_DIGITS * LMS_MAX_SIZE];
	const struct lms_set *s = &t->lms.set;

	for (unsigned i = 0; i < s->digits; i++) {
		lms_secret(&t->lms, leaf, i, t->seed, ends + i * s->size);
		lms_chain(&t->lms, leaf, i, 0, (1U << s->width) - 1, ends + i * s->size);
	}
	lms_leaf(&t->lms, leaf, ends, ret);
}

/* A walk over neighbouring nodes of one height, and what is wanted of the nodes above them. */
struct walk {
	unsigned low, high;         /* heights: of the nodes, of their common root */
	uint32_t first;             /* the leftmost node's place in its row */
	const unsigned char *nodes; /* in place of leaves: all of that row */
	uint32_t leaf;              /* whose path is wanted */
	unsigned char *path;        /* may be NULL */
	unsigned char *halfway;     /* gets the nodes of that height; may be NULL */
};

static void keep(const struct tree *t, const struct walk *w, unsigned height, uint32_t place, const unsigned char *node)
{
	size_t size = t->lms.set.size;

	if (w->path != NULL && height < w->high && place == (w->leaf >> height ^ 1))
		memcpy(w->path + height * size, node, size);
	if (w->halfway != NULL && height == halfway(&t->lms.set))
		memcpy(w->halfway + place * size, node, size);
}

static CK_RV node_at(const struct tree *t, const struct walk *w, uint32_t place, unsigned char *ret)
{
	const struct pkey_progress *p = t->progress;

	if (w->nodes != NULL) {
		memcpy(ret, w->nodes + place * t->lms.set.size, t->lms.set.size);
		return CKR_OK;
	}
	if (p != NULL && p->go_on != NULL && place % ASK_EVERY == 0 && !p->go_on(p->arg))
		return fail(CKR_FUNCTION_CANCELED, "the application has cancelled the making of a tree");
	make_leaf(t, place, ret);
	return CKR_OK;
}

/* From left to right, joining what has its left neighbour already. */
static CK_RV walk_tree(const struct tree *t, const struct walk *w, unsigned char *root)
{
	unsigned char left[LMS_MAX_HEIGHT + 1][LMS_MAX_SIZE], node[LMS_MAX_SIZE];
	size_t size = t->lms.set.size;

	for (uint32_t i = 0; i < 1U << (w->high - w->low); i++) {
		unsigned height = w->low;
		uint32_t place = w->first + i;

		try(node_at(t, w, place, node));
		keep(t, w, height, place, node);
		for (; height < w->high && (place & 1) == 1; height++) {
			place /= 2;
			lms_node(&t->lms, (1U << (t->lms.set.height - height - 1)) + place, left[height], node, node);
			keep(t, w, height + 1, place, node);
		}
		memcpy(left[height], node, size);
	}
	memcpy(root, node, size);
	return CKR_OK;
}

/* A leaf's path and the root, over the whole tree or, with the nodes halfway up, over its part of it. */
static CK_RV find_path(const struct tree *t, uint32_t leaf, struct bytes nodes, unsigned char *path, unsigned char *root)
{
	unsigned middle = nodes.len > 0 ? halfway(&t->lms.set) : t->lms.set.height;
	struct walk below = {.high = middle, .first = leaf >> middle << middle, .leaf = leaf, .path = path};
	struct walk above = {.low = middle, .high = t->lms.set.height, .nodes = nodes.data, .leaf = leaf, .path = path};

	try(walk_tree(t, &below, root));
	return nodes.len > 0 ? walk_tree(t, &above, root) : CKR_OK;
}

/* Leaf, type, randomizer, chains; type, path. The tree's root, too. */
static CK_RV tree_sign(const struct tree *t, uint32_t leaf, struct bytes nodes, struct bytes message, unsigned char *ret, unsigned char *root)
{
	const struct lms_set *s = &t->lms.set;
	unsigned char *randomizer = ret + 8, *chains = randomizer + s->size, *type = chains + s->digits * s->size;
	unsigned char digits[LMS_MAX_DIGITS];

	lms_write_u32(leaf, ret);
	lms_write_u32(s->once, ret + 4);
	lms_secret(&t->lms, leaf, LMS_RANDOMIZER, t->seed, randomizer);
	lms_digits(&t->lms, leaf, randomizer, message, digits);
	for (unsigned i = 0; i < s->digits; i++) {
		lms_secret(&t->lms, leaf, i, t->seed, chains + i * s->size);
		lms_chain(&t->lms, leaf, i, 0, digits[i], chains + i * s->size);
	}
	lms_write_u32(s->tree, type);
	return find_path(t, leaf, nodes, type + 4, root);
}

static void put_public(const struct tree *t, const unsigned char *root, unsigned char *ret)
{
	lms_write_u32(t->lms.set.tree, ret);
	lms_write_u32(t->lms.set.once, ret + 4);
	memcpy(ret + 8, t->lms.id, LMS_ID_SIZE);
	memcpy(ret + 8 + LMS_ID_SIZE, root, t->lms.set.size);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static size_t head_size(unsigned levels)
{
	return 4 + 8 * (size_t)levels + HSS_SEED_SIZE;
}

static void put_head(const struct hss_sets *s, unsigned char *ret)
{
	lms_write_u32(s->levels, ret);
	for (unsigned i = 0; i < s->levels; i++) {
		lms_write_u32(s->at[i].tree, ret + 4 + 8 * (size_t)i);
		lms_write_u32(s->at[i].once, ret + 8 + 8 * (size_t)i);
	}
}

static bool read_sets(struct bytes *in, struct hss_sets *ret)
{
	struct bytes part = {0};

	if (!bytes_take(in, 4, &part))
		return false;
	ret->levels = lms_read_u32(part.data);
	if (ret->levels < 1 || ret->levels > HSS_MAX_LEVELS)
		return false;
	for (unsigned i = 0; i < ret->levels; i++) {
		if (!bytes_take(in, 8, &part) || !lms_set_find(lms_read_u32(part.data), lms_read_u32(part.data + 4), &ret->at[i]))
			return false;
	}
	return true;
}

bool hss_private_read(struct bytes value, struct hss_private *ret)
{
	struct hss_private k = {0};

	if (!read_sets(&value, &k.sets) || !bytes_take(&value, HSS_SEED_SIZE, &k.seed) || !bytes_take(&value, k.sets.at[0].size, &k.root) ||
	    !bytes_take(&value, nodes_size(&k.sets.at[0]), &k.nodes) || value.len != 0 || hss_sets_check(&k.sets) != CKR_OK)
		return false;
	*ret = k;
	return true;
}

static void put_whole_public(const struct hss_sets *s, const struct tree *top, const unsigned char *root, unsigned char *ret)
{
	lms_write_u32(s->levels, ret);
	put_public(top, root, ret + 4);
}

static CK_RV generate(struct ossl *o, const struct hss_sets *s, const struct pkey_progress *progress, unsigned char *value,
                      unsigned char *public_value)
{
	struct tree top cleanup(tree_end) = {0};
	unsigned char *seed = value + head_size(s->levels) - HSS_SEED_SIZE, *root = seed + HSS_SEED_SIZE;
	struct walk w = {.high = s->at[0].height, .halfway = root + s->at[0].size};

	put_head(s, value);
	try(rand_bytes(o, seed, HSS_SEED_SIZE));
	tree_begin(s, bytes_of(seed, HSS_SEED_SIZE), 0, 0, &top);
	top.progress = progress;
	try(walk_tree(&top, &w, root));
	put_whole_public(s, &top, root, public_value);
	return CKR_OK;
}

CK_RV hss_generate(struct ossl *o, const struct hss_sets *s, const struct pkey_progress *progress, struct secret *ret, struct buf *ret_public)
{
	struct secret value cleanup(secret_free) = {0};
	unsigned char public_value[HSS_MAX_PUBLIC];

	try(hss_sets_check(s));
	try(secret_new(head_size(s->levels) + s->at[0].size + nodes_size(&s->at[0]), &value));
	try(generate(o, s, progress, value.data, public_value));
	try(buf_append(ret_public, bytes_of(public_value, 4 + lms_public_size(&s->at[0]))));
	*ret = value;
	value = (struct secret){0};
	return CKR_OK;
}

/* ---- signing ------------------------------------------------------------------------------- */

/* From the last tree upwards: each one's public key is what the one above signs. */
static CK_RV sign(const struct hss_private *k, uint64_t number, struct bytes message, unsigned char *ret)
{
	unsigned char root[LMS_MAX_SIZE];
	unsigned char *end = ret + hss_signature_size(&k->sets);

	for (unsigned level = k->sets.levels; level-- > 0;) {
		const struct lms_set *s = &k->sets.at[level];
		uint32_t leaf = (uint32_t)(number & ((1U << s->height) - 1));
		struct tree t cleanup(tree_end) = {0};

		number >>= s->height;
		tree_begin(&k->sets, k->seed, level, number, &t);
		end -= lms_signature_size(s);
		try(tree_sign(&t, leaf, level == 0 ? k->nodes : (struct bytes){0}, message, end, root));
		if (level == 0)
			break;
		end -= lms_public_size(s);
		put_public(&t, root, end);
		message = bytes_of(end, lms_public_size(s));
	}
	lms_write_u32(k->sets.levels - 1, ret);
	return CKR_OK;
}

void hss_public_of(const struct hss_private *k, unsigned char ret[HSS_MAX_PUBLIC], size_t *ret_len)
{
	struct tree top cleanup(tree_end) = {0};

	tree_begin(&k->sets, k->seed, 0, 0, &top);
	put_whole_public(&k->sets, &top, k->root.data, ret);
	*ret_len = 4 + lms_public_size(&k->sets.at[0]);
}

/* A signature that went wrong would give away more of a one-time key than one may. */
static CK_RV check(const struct hss_private *k, struct bytes message, struct bytes signature)
{
	unsigned char value[HSS_MAX_PUBLIC];
	struct hss_public public_key = {0};
	size_t len = 0;

	hss_public_of(k, value, &len);
	if (!hss_public_read(bytes_of(value, len), &public_key) || hss_verify(&public_key, message, signature) != CKR_OK)
		return fail(CKR_FUNCTION_FAILED, "an HSS signature came out wrong and is not given away");
	return CKR_OK;
}

CK_RV hss_sign(const struct hss_private *k, uint64_t number, struct bytes message, unsigned char *ret)
{
	struct bytes signature = bytes_of(ret, hss_signature_size(&k->sets));

	if (number >= hss_sets_signatures(&k->sets))
		return fail(CKR_KEY_EXHAUSTED, "the HSS key has no signatures left");
	CK_RV rv = sign(k, number, message, ret);
	if (rv == CKR_OK)
		rv = check(k, message, signature);
	if (rv != CKR_OK)
		wipe(ret, signature.len);
	return rv;
}
