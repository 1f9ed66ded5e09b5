/* SPDX-License-Identifier: Apache-2.0 */
/* The check value of a block cipher's key. Knows no key type. */
#include "mech/block_key.h"

#include <string.h>

CK_RV block_key_check_value(const struct mech_env *env, enum cipher_alg alg, struct bytes value,
                            unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	struct cipher c cleanup(cipher_end) = {0};
	unsigned char block[CIPHER_BLOCK] = {0};

	try(cipher_start_any(env->ossl, &c, alg, CIPHER_ECB, true, value, NULL));
	try(cipher_run(&c, bytes_of(block, cipher_block_size(alg)), block));
	memcpy(ret, block, SECRET_KEY_CHECK_LEN);
	wipe(block, sizeof(block));
	return CKR_OK;
}
