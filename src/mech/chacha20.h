/* SPDX-License-Identifier: Apache-2.0 */
/* What the ChaCha20 files share: keys of 32 bytes. */
#ifndef CONCLAVE_MECH_CHACHA20_H
#define CONCLAVE_MECH_CHACHA20_H

#include "mech/mech.h"

#define CHACHA20_KEY 32

bool chacha20_key_fits(size_t len);

#endif
