/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes the library context.
 *
 * A closed context is parked, not freed: libcrypto hangs a clean-up with the context's address on every thread
 * that drew random numbers from it, and a thread that ends after OSSL_LIB_CTX_free would run into freed memory
 * (crypto/initthread.c offers no way to take it off other threads). The next opening takes the parked one. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/ossl.h"
#include "crypto/ossl_mem.h"

static _Atomic(struct ossl *) parked;
static atomic_uint_fast64_t openings;
static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_ready;

static const char *const digest_names[DIGEST_ALGS] = {
	[DIGEST_SHA1] = "SHA1",
	[DIGEST_SHA224] = "SHA2-224",
	[DIGEST_SHA256] = "SHA2-256",
	[DIGEST_SHA384] = "SHA2-384",
	[DIGEST_SHA512] = "SHA2-512",
	[DIGEST_SHA512_224] = "SHA2-512/224",
	[DIGEST_SHA512_256] = "SHA2-512/256",
	[DIGEST_SHA3_224] = "SHA3-224",
	[DIGEST_SHA3_256] = "SHA3-256",
	[DIGEST_SHA3_384] = "SHA3-384",
	[DIGEST_SHA3_512] = "SHA3-512",
	[DIGEST_BLAKE2B_160] = "BLAKE2B-512",
	[DIGEST_BLAKE2B_256] = "BLAKE2B-512",
	[DIGEST_BLAKE2B_384] = "BLAKE2B-512",
	[DIGEST_BLAKE2B_512] = "BLAKE2B-512",
	[DIGEST_RIPEMD160] = "RIPEMD160",
	[DIGEST_MD5] = "MD5",
	[DIGEST_MD2] = "MD2",
};

const char *ossl_digest_name(enum digest_alg alg)
{
	return digest_names[alg];
}

const char *ossl_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

CK_RV ossl_fail(CK_RV rv, const char *what)
{
	char why[160] = "no reason given";
	unsigned long e = ERR_peek_error();

	if (e != 0)
		ERR_error_string_n(e, why, sizeof(why));
	ERR_clear_error();
	if (ossl_mem_refused())
		rv = CKR_HOST_MEMORY;
	return fail(rv, "%s: %s", what, why);
}

/* Once per process: a fork child inherits the result. With the system's library these are the application's
 * settings too, so its allocators stay as they are. */
static void library_start(void)
{
#ifndef CONCLAVE_OPENSSL_SYSTEM
	if (!CRYPTO_set_mem_functions(ossl_mem.take, ossl_mem.resize, ossl_mem.give_back))
		return;
#endif
	library_ready = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
}

static CK_RV load(struct ossl *o)
{
	o->libctx = OSSL_LIB_CTX_new();
	if (o->libctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "library context");
	o->standard = OSSL_PROVIDER_load(o->libctx, "default");
	if (o->standard == NULL)
		return ossl_fail(CKR_FUNCTION_FAILED, "default provider");
	o->legacy = OSSL_PROVIDER_load(o->libctx, "legacy");
	ERR_clear_error();
	return CKR_OK;
}

/* Only for a context that no thread has used yet. */
static void discard(struct ossl *o)
{
	ossl_give_back_all(o);
	OSSL_PROVIDER_unload(o->legacy);
	OSSL_PROVIDER_unload(o->standard);
	OSSL_LIB_CTX_free(o->libctx);
	free(o);
}

static void park(struct ossl *o)
{
	o->next = atomic_load(&parked);
	while (!atomic_compare_exchange_weak(&parked, &o->next, o))
		continue;
}

/* A parked context of this process, or NULL. Those that a fork child inherited are left alone for ever: their
 * locks may have been held by a thread that the child does not have. */
static struct ossl *unpark(void)
{
	struct ossl *all = atomic_exchange(&parked, NULL);
	struct ossl *found = NULL;
	long pid = (long)getpid();

	while (all != NULL) {
		struct ossl *next = all->next;

		if (found == NULL && all->pid == pid)
			found = all;
		else
			park(all);
		all = next;
	}
	return found;
}

CK_RV ossl_open(struct ossl **ret)
{
	struct ossl *o;
	CK_RV rv;

	if (pthread_once(&library_once, library_start) != 0 || !library_ready)
		return ossl_fail(CKR_FUNCTION_FAILED, "libcrypto");
	o = unpark();
	if (o == NULL) {
		o = calloc(1, sizeof(*o));
		if (o == NULL)
			return fail(CKR_HOST_MEMORY, "library context");
		rv = load(o);
		if (rv != CKR_OK) {
			discard(o);
			return rv;
		}
		o->pid = (long)getpid();
	}
	o->next = NULL;
	o->id = atomic_fetch_add(&openings, 1) + 1;
	*ret = o;
	return CKR_OK;
}

void ossl_close(struct ossl *o)
{
	if (o == NULL)
		return;
	ERR_clear_error();
	/* This thread's random generators go now; those of other threads go when they end. */
	OPENSSL_thread_stop_ex(o->libctx);
	if (o->pid == (long)getpid())
		park(o);
}
