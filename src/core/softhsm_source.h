/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of one token of SoftHSMv2: what the token says of itself, and its objects one by one, each as the items
 * of a file. Opens everything to read only, waits for SoftHSM's own locks, and knows no attribute of an object. */
#ifndef CONCLAVE_CORE_SOFTHSM_SOURCE_H
#define CONCLAVE_CORE_SOFTHSM_SOURCE_H

#include "core/token.h"

struct softhsm_source;

struct softhsm_about {
	unsigned char label[32];
	unsigned char serial[TOKEN_SERIAL_SIZE];
	bool has_serial; /* one that can be had here */
	bool same_label; /* label is as it was */
	CK_FLAGS flags;
	struct buf so_blob, user_blob; /* the token's key under each PIN; empty: no such PIN */
	size_t objects;
};

/* CKR_DATA_INVALID: no token of SoftHSM's, or damaged; CKR_DEVICE_ERROR. */
must_check CK_RV softhsm_source_open(const char *folder, struct softhsm_source **ret);
const struct softhsm_about *softhsm_source_about(const struct softhsm_source *s);
/* Object i < objects; *ret_name is valid as long as s is. */
must_check CK_RV softhsm_source_load(struct softhsm_source *s, size_t i, const char **ret_name, struct secret *ret_image);
void softhsm_source_free(struct softhsm_source *s); /* NULL is fine */

#endif
