/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes. A call of the DRBG costs the same for one byte as for a thousand, so that small requests are
 * served from a buffer of the thread's own, whose bytes are wiped as they go out.
 * The buffer belongs to one opening of the context: a fork child must open its own (core sees to that), whose
 * number differs, and never draws from what its parent had buffered. */
#include <openssl/rand.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/rand.h"

#define BATCH 1024
#define SMALL 128
#define SEED_MAX 4096

static _Thread_local struct {
	uint64_t opening;
	size_t left; /* the last so many bytes are still fresh */
	unsigned char data[BATCH];
} batch;

CK_RV rand_boot(unsigned char *ret, size_t len)
{
	ssize_t n;

	do
		n = getrandom(ret, len, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? CKR_OK : fail(CKR_DEVICE_ERROR, "the system gives no random bytes");
}

static CK_RV draw(struct ossl *o, unsigned char *ret, size_t len)
{
	if (RAND_priv_bytes_ex(o->libctx, ret, len, 0) != 1) {
		wipe(ret, len);
		return ossl_fail(CKR_DEVICE_ERROR, "random generator");
	}
	return CKR_OK;
}

static CK_RV refill(struct ossl *o)
{
	batch.left = 0;
	try(draw(o, batch.data, BATCH));
	batch.opening = o->id;
	batch.left = BATCH;
	return CKR_OK;
}

CK_RV rand_bytes(struct ossl *o, unsigned char *ret, size_t len)
{
	unsigned char *from;

	if (len == 0)
		return CKR_OK;
	if (len > SMALL)
		return draw(o, ret, len);
	if (batch.opening != o->id || batch.left < len)
		try(refill(o));
	from = batch.data + BATCH - batch.left;
	memcpy(ret, from, len);
	wipe(from, len);
	batch.left -= len;
	return CKR_OK;
}

CK_RV rand_seed(struct ossl *o, struct bytes seed)
{
	EVP_RAND_CTX *generator = RAND_get0_private(o->libctx);
	unsigned char hash[32];

	if (generator == NULL)
		return ossl_fail(CKR_DEVICE_ERROR, "random generator");
	/* The generator has an upper limit, the application none. */
	if (seed.len > SEED_MAX) {
		hash_sha256(seed, hash);
		seed = bytes_of(hash, sizeof(hash));
	}
	/* Additional input to a reseed from the system's entropy: it can only add. */
	if (EVP_RAND_reseed(generator, 0, NULL, 0, seed.data, seed.len) != 1)
		return ossl_fail(CKR_DEVICE_ERROR, "random generator");
	wipe(batch.data, sizeof(batch.data));
	batch.left = 0;
	return CKR_OK;
}
