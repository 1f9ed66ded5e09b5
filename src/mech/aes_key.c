/* SPDX-License-Identifier: Apache-2.0 */
/* AES keys: 16, 24 or 32 bytes; made by CKM_AES_KEY_GEN or from outside. Knows no mode. */
#include "mech/secret_key.h"

static const struct secret_key_kind kind = {.min = 16, .max = 32, .step = 8, .check_value = secret_key_check_block, .cipher = CIPHER_AES};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{.type = CKM_AES_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 32, .gen = SECRET_KEY_GEN(CKK_AES)},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_AES, .secret = &kind},
};

extern const struct mech_family mech_family_aes_key;
const struct mech_family mech_family_aes_key = {
	.name = "aes_key",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
