/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the compiler: attributes and small macros that every layer uses.
 * Knows nothing of PKCS#11 beyond the type CK_RV. */
#ifndef CONCLAVE_BASE_COMPILER_H
#define CONCLAVE_BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The C_* functions are the module's only visible symbols; all else is compiled hidden. */
#pragma GCC visibility push(default)
#include <pkcs11.h>
#pragma GCC visibility pop

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define cleanup(fn) __attribute__((cleanup(fn)))
#define unused __attribute__((unused))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define array_len(a) (sizeof(a) / sizeof((a)[0]))
#define cache_line 64

/* container_of: from a member back to the struct that holds it. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* try: leaves the function with the code of a call that failed. The good path runs straight on. */
#define try(expr)                              \
	do {                                   \
		CK_RV try_rv = (expr);         \
		if (unlikely(try_rv != CKR_OK)) \
			return try_rv;         \
	} while (0)

#endif
