/* SPDX-License-Identifier: Apache-2.0 */
/* Key encapsulation (§5.18.8, §5.18.9): a secret key comes out of an asymmetric one and goes to whoever has the other
 * half. One call each, under the session's lock; no operation of the session is touched. */
#ifndef CONCLAVE_CORE_KEM_H
#define CONCLAVE_CORE_KEM_H

#include "core/object_calls.h"
#include "core/op.h"

/* C_EncapsulateKey. Without room for the ciphertext nothing is made (rule 367). */
must_check CK_RV kem_encapsulate(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE public_key, struct template_in template,
                                 struct op_out ciphertext, CK_OBJECT_HANDLE_PTR ret);
/* C_DecapsulateKey. */
must_check CK_RV kem_decapsulate(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE private_key, struct template_in template,
                                 CK_BYTE_PTR ciphertext, CK_ULONG ciphertext_len, CK_OBJECT_HANDLE_PTR ret);

#endif
