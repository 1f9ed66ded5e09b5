/* SPDX-License-Identifier: Apache-2.0 */
/* One tree of LMS with its one-time signatures (RFC 8554 §4, §5; parameter sets of SP 800-208 §4 too): the pieces of
 * which verifying, signing and making keys are made. hss.h has the trees above each other. */
#ifndef CONCLAVE_CRYPTO_LMS_H
#define CONCLAVE_CRYPTO_LMS_H

#include "crypto/hbs_hash.h"

#define LMS_ID_SIZE 16
#define LMS_MAX_SIZE 32 /* of a hash */
#define LMS_MAX_HEIGHT 25
#define LMS_MAX_DIGITS 265
#define LMS_MAX_TYPE 24
/* Two type codes, identifier, root. */
#define LMS_MAX_PUBLIC (8 + LMS_ID_SIZE + LMS_MAX_SIZE)

/* Both types of one tree. */
struct lms_set {
	uint32_t tree, once; /* the type codes of the tree and of its one-time signatures */
	enum hbs_alg alg;
	size_t size;         /* of a hash */
	unsigned height;
	unsigned width;      /* bits of a digit */
	unsigned digits;     /* of a hash and its checksum: as many chains has a one-time key */
	unsigned shift;      /* of the checksum */
};

/* False for types that the standards do not have, and for two of different hashes, which SP 800-208 §4 does not permit. */
bool lms_set_find(CK_ULONG tree, CK_ULONG once, struct lms_set *ret);
size_t lms_public_size(const struct lms_set *s);
size_t lms_signature_size(const struct lms_set *s);

struct lms_tree {
	struct lms_set set;
	unsigned char id[LMS_ID_SIZE];
};

/* The digits of a message's hash with the randomizer C, the checksum's at the end. */
void lms_digits(const struct lms_tree *t, uint32_t leaf, const unsigned char *randomizer, struct bytes message,
                unsigned char ret[LMS_MAX_DIGITS]);
/* A chain's first value from the tree's seed (RFC 8554 appendix A); LMS_RANDOMIZER in place of a chain: the randomizer. */
#define LMS_RANDOMIZER 0xFFFD
void lms_secret(const struct lms_tree *t, uint32_t leaf, unsigned chain, const unsigned char *seed, unsigned char *ret);
/* From one place of a chain to another, up to 2^width - 1. value has a hash's size. */
void lms_chain(const struct lms_tree *t, uint32_t leaf, unsigned chain, unsigned from, unsigned to, unsigned char *value);
/* The tree's node over a one-time key, whose chains' ends lie one after the other. */
void lms_leaf(const struct lms_tree *t, uint32_t leaf, const unsigned char *ends, unsigned char *ret);
/* The node with this number (the root is 1) over two others. ret may be one of these. */
void lms_node(const struct lms_tree *t, uint32_t number, const unsigned char *left, const unsigned char *right, unsigned char *ret);
/* The root that a signature of lms_signature_size bytes leads to. CKR_SIGNATURE_INVALID: it is none of this set. */
must_check CK_RV lms_root_of(const struct lms_tree *t, struct bytes message, const unsigned char *signature, unsigned char *ret);

/* Numbers most significant byte first. */
uint32_t lms_read_u32(const unsigned char *from);
void lms_write_u32(uint32_t n, unsigned char *ret);

#endif
