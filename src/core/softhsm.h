/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of SoftHSMv2 made into tokens of ours: the calls of conclave.h behind their checks. */
#ifndef CONCLAVE_CORE_SOFTHSM_H
#define CONCLAVE_CORE_SOFTHSM_H

#include <conclave.h>

#include "base/bytes.h"

struct module;

must_check CK_RV softhsm_read(const char *folder, CONCLAVE_BACKUP_TOKEN *ret);

struct softhsm_order {
	const char *folder;
	struct bytes so_pin;
	struct bytes user_pin; /* data NULL: none */
	CONCLAVE_IMPORT_TELL tell;
	void *arg;
};
must_check CK_RV softhsm_import(struct module *m, const struct softhsm_order *o, CONCLAVE_IMPORT_RESULT *ret);

#endif
