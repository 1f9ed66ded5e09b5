/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of pairs for the mechanism tests: attribute lists that are completed and loaded the way the object layer
 * does. Knows no mechanism's answers. */
#ifndef CONCLAVE_TESTS_MECH_ASYM_KIT_H
#define CONCLAVE_TESTS_MECH_ASYM_KIT_H

#include "mech_harness.h"

/* A list with class and type; further values in hexadecimal. */
struct attr_list kit_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type);
void kit_set_hex(struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex);
void kit_check_hex(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex);
CK_RV kit_complete(struct attr_list *l);
/* Completes (which must work), loads, frees the list. */
struct mech_key *kit_load(struct attr_list *l);

struct kit_pair {
	struct attr_list public_list, private_list;
	struct mech_key *public_key, *private_key;
};

/* The pair of the RSA fixture, complete or with only n, e and d. */
struct attr_list kit_rsa_private_list(bool short_form);
struct attr_list kit_rsa_public_list(void);
struct kit_pair kit_rsa_pair(void);
/* CKA_EC_PARAMS in hexadecimal; a new pair, which must work. */
struct kit_pair kit_curve_pair(CK_MECHANISM_TYPE generation, CK_KEY_TYPE type, const char *params);
/* Calls the mechanism's pair() with these lists and completes what came. */
CK_RV kit_generate(CK_MECHANISM_TYPE generation, const struct mech_env *env, struct attr_list *public_list,
                   struct attr_list *private_list);
/* Loads the keys of lists that are complete. */
void kit_pair_load(struct kit_pair *p);
void kit_pair_free(struct kit_pair *p);

/* Init, the single-part call, end. */
CK_RV kit_whole(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct buf *ret);
CK_RV kit_verify(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes signature);
CK_RV kit_init_only(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key);
/* Signs with the private key, verifies with the public one; whole, in parts, resumed, and with every kind of damage. */
void kit_check_pair(const CK_MECHANISM *m, const struct kit_pair *p, struct bytes in);
struct bytes kit_text(const char *text);

#endif
