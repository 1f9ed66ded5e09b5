/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a database of SoftHSMv2 (sqlite3.db in a token's folder), opened to read only, as they are at one moment.
 * Distrusts the schema and the sizes; knows the tables, not what is in them. */
#ifndef CONCLAVE_STORE_SOFTHSM_DB_H
#define CONCLAVE_STORE_SOFTHSM_DB_H

#include "base/bytes.h"

struct softhsm_db;

enum softhsm_table { SOFTHSM_TABLE_BOOLEAN, SOFTHSM_TABLE_INTEGER, SOFTHSM_TABLE_BINARY, SOFTHSM_TABLE_ARRAY };

struct softhsm_row {
	enum softhsm_table table;
	uint64_t type;
	uint64_t number;    /* of the first two tables */
	struct bytes value; /* of the others; valid during the call */
};

/* CKR_DATA_INVALID: no such database, or damaged; CKR_DEVICE_ERROR: it cannot be read now. */
must_check CK_RV softhsm_db_open(const char *path, struct softhsm_db **ret);
/* Calls fn for every object, by rising number; the first is the token's own. */
must_check CK_RV softhsm_db_objects(struct softhsm_db *db, CK_RV (*fn)(void *arg, int64_t id), void *arg);
/* Calls fn for every attribute of one. */
must_check CK_RV softhsm_db_rows(struct softhsm_db *db, int64_t id, CK_RV (*fn)(void *arg, const struct softhsm_row *row), void *arg);
void softhsm_db_close(struct softhsm_db *db); /* NULL is fine */

#endif
