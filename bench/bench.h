/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks share: the module with one token in a memory store, a clock, the smallest of many rounds.
 * Refuses to know what is measured. A benchmark that cannot go on says why and ends the program. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>

#include <pkcs11.h>

extern CK_FUNCTION_LIST *p11;

/* The module named on the command line, else by CONCLAVE_MODULE, else that of the build folder. */
const char *bench_module(int argc, char **argv);
/* Loads a module; C_Initialize; both. */
void bench_load(const char *path);
void bench_initialize(void);
void bench_start(const char *path);
/* C_InitToken with cheap PIN hashing where the module has it. */
void bench_init_token(CK_SLOT_ID slot);
/* All of that in a memory store: the new token's slot. */
CK_SLOT_ID bench_begin(int argc, char **argv);
void bench_end(void);
CK_SESSION_HANDLE bench_session(CK_SLOT_ID slot);
/* Nanoseconds of a clock that never goes back. */
double bench_now(void);
/* Ends the program unless rv is CKR_OK. */
void bench_ok(CK_RV rv, const char *what);
/* Nanoseconds for one call of work, the smallest average of `rounds` rounds with `calls` calls each. */
double bench_time(void (*work)(void *), void *arg, unsigned rounds, unsigned calls);
/* The same for several works, a round of each in turn, so that all meet the same machine. NULL works give 0. */
void bench_together(void (*const *works)(void *), void *const *args, unsigned count, unsigned rounds, unsigned calls, double *ret);

#endif
