/* SPDX-License-Identifier: Apache-2.0 */
/* Values of crypto/digest.c and crypto/xof.c: nothing is allocated. */
#include "crypto/hbs_hash.h"

#include <string.h>

#include "crypto/digest.h"
#include "crypto/xof.h"

static void sha2(enum digest_alg alg, struct bytes head, struct bytes rest, unsigned char *ret)
{
	struct digest d;

	digest_start(alg, &d);
	digest_update(&d, head);
	digest_update(&d, rest);
	digest_final(&d, ret);
	digest_end(&d);
}

static void shake(enum xof_alg alg, struct bytes head, struct bytes rest, unsigned char *ret, size_t size)
{
	struct xof x;

	xof_start(alg, &x);
	xof_update(&x, head);
	xof_update(&x, rest);
	xof_final(&x, ret, size);
}

void hbs_hash(enum hbs_alg alg, size_t size, struct bytes head, struct bytes rest, unsigned char *ret)
{
	unsigned char out[HBS_MAX_SIZE];

	switch (alg) {
	case HBS_SHA256:
	case HBS_SHA512:
		sha2(alg == HBS_SHA256 ? DIGEST_SHA256 : DIGEST_SHA512, head, rest, out);
		break;
	case HBS_SHAKE128:
	case HBS_SHAKE256:
		shake(alg == HBS_SHAKE128 ? XOF_SHAKE128 : XOF_SHAKE256, head, rest, ret, size);
		return;
	}
	memcpy(ret, out, size);
	wipe(out, sizeof(out));
}
