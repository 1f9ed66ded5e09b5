/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of keys for one-time passwords (§6.53). Knows no password. */
#ifndef CONCLAVE_CORE_OTP_H
#define CONCLAVE_CORE_OTP_H

#include "mech/mech.h"

/* mech_op.take_counter: the value of CKA_OTP_COUNTER, which is one more when this returns, in the store too when the key is
 * a token object. No two callers get the same value. CKR_FUNCTION_FAILED: the counter is at its end. */
must_check CK_RV otp_take_counter(struct mech_op *op, uint64_t *ret);

#endif
