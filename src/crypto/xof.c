/* SPDX-License-Identifier: Apache-2.0 */
/* The extendable-output functions of FIPS 202 §6.2. */
#include "crypto/xof.h"

#include "base/log.h"

static const unsigned char rates[] = {[XOF_SHAKE128] = 168, [XOF_SHAKE256] = 136};

void xof_start(enum xof_alg alg, struct xof *ret)
{
	keccak_start(&ret->sponge, rates[alg], KECCAK_SHAKE);
}

void xof_update(struct xof *x, struct bytes in)
{
	keccak_absorb(&x->sponge, in);
}

void xof_final(struct xof *x, unsigned char *ret, size_t len)
{
	keccak_squeeze(&x->sponge, ret, len);
}

void xof_end(struct xof *x)
{
	wipe(x, sizeof(*x));
}

CK_RV xof_save(const struct xof *x, struct buf *ret)
{
	return keccak_save(&x->sponge, ret);
}

CK_RV xof_restore(struct xof *x, struct bytes state)
{
	return keccak_restore(&x->sponge, state) ? CKR_OK : fail(CKR_SAVED_STATE_INVALID, "malformed SHAKE state");
}
