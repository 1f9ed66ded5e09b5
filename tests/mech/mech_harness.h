/* SPDX-License-Identifier: Apache-2.0 */
/* Drives mechanisms the way core/op.c does: parameters, start, size by room, steps, end. Every output lies in
 * memory of exactly the promised size, so that a sanitizer sees one byte too many.
 * Knows no session and no family. */
#ifndef CONCLAVE_TESTS_MECH_HARNESS_H
#define CONCLAVE_TESTS_MECH_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mech/mech.h"

/* Fixtures for cmocka_run_group_tests; the environment between them. */
int harness_open(void **state);
int harness_close(void **state);
const struct mech_env *harness_env(void);

/* Bytes of a hexadecimal text (blanks allowed); the caller's to free. */
struct buf harness_hex(const char *text);
/* A loaded secret key. */
struct mech_key *harness_key(CK_KEY_TYPE type, struct bytes value);
struct mech_key *harness_key_hex(CK_KEY_TYPE type, const char *value);

/* C_*Init. On an error the operation is ended already. */
CK_RV harness_init(struct mech_op *op, enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key);
void harness_end(struct mech_op *op);
/* The single-part call; *ret is replaced. */
CK_RV harness_whole(struct mech_op *op, struct bytes in, struct buf *ret);
/* Update and final; *ret grows. */
CK_RV harness_update(struct mech_op *op, struct bytes in, struct buf *ret);
CK_RV harness_final(struct mech_op *op, struct buf *ret);
/* Updates with step bytes each, then final; *ret is replaced. */
CK_RV harness_parts(struct mech_op *op, struct bytes in, size_t step, struct buf *ret);
CK_RV harness_verify(struct mech_op *op, struct bytes in, struct bytes signature);
CK_RV harness_verify_parts(struct mech_op *op, struct bytes in, size_t step, struct bytes signature);
/* A second operation that goes on from where op stands: through save_params, save, restore_params, restore. */
CK_RV harness_resume(struct mech_op *op, struct mech_op *ret);

/* Encrypts, decrypts or digests in to out: whole, in parts of many sizes, with input and output in one place, and
 * saved and resumed at many places where the row can. m and key as for harness_init. */
void harness_check(enum mech_use use, const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes out);
/* Signs in to tag, and verifies it, in the same ways. */
void harness_check_tag(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct bytes tag);
/* A family's rows: found in the registry, flags with the steps behind them and the reverse, a reason or a save. */
void harness_check_family(const struct mech_family *family);

#endif
