/* SPDX-License-Identifier: Apache-2.0 */
/* The allocators that the private libcrypto is given: they wipe what is freed. */
#ifndef CONCLAVE_CRYPTO_OSSL_MEM_H
#define CONCLAVE_CRYPTO_OSSL_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* In the form of CRYPTO_set_mem_functions. */
struct ossl_mem {
	void *(*take)(size_t size, const char *file, int line);
	void *(*resize)(void *p, size_t size, const char *file, int line);
	void (*give_back)(void *p, const char *file, int line);
};

extern const struct ossl_mem ossl_mem;
/* Has this thread been refused memory since it was last asked? */
bool ossl_mem_refused(void);

#endif
