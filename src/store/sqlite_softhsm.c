/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_db.h. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/softhsm_db.h"

#define MAX_VALUE (4 << 20)
#define WAIT_MS 5000 /* for a writer */

struct softhsm_db {
	sqlite3 *db;
	char *path;
};

void softhsm_db_close(struct softhsm_db *db)
{
	if (db == NULL)
		return;
	sqlite3_close(db->db);
	free(db->path);
	free(db);
}

static CK_RV trouble(const struct softhsm_db *db, int code)
{
	if (code == SQLITE_NOMEM)
		return CKR_HOST_MEMORY;
	bool damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_ERROR || code == SQLITE_TOOBIG;

	return fail(damaged ? CKR_DATA_INVALID : CKR_DEVICE_ERROR, "%s %s: %s", db->path,
	            damaged ? "is damaged, or is no database of SoftHSM" : "cannot be read", sqlite3_errmsg(db->db));
}

/* Nothing of the schema may do anything but hold rows. */
static void distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE);
	sqlite3_busy_timeout(db, WAIT_MS);
}

static CK_RV open_database(struct softhsm_db *db, const char *path)
{
	db->path = strdup(path);
	if (db->path == NULL)
		return CKR_HOST_MEMORY;
	int code = sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code != SQLITE_OK)
		return trouble(db, code);
	distrust(db->db);
	code = sqlite3_exec(db->db, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; BEGIN", NULL, NULL, NULL);
	return code == SQLITE_OK ? CKR_OK : trouble(db, code & 0xff);
}

CK_RV softhsm_db_open(const char *path, struct softhsm_db **ret)
{
	struct softhsm_db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = open_database(db, path);
	if (rv != CKR_OK) {
		softhsm_db_close(db);
		return rv;
	}
	*ret = db;
	return CKR_OK;
}

/* Steps to the end; fn sees each row. */
typedef CK_RV (*on_row)(void *arg, sqlite3_stmt *row);

static CK_RV walk(struct softhsm_db *db, const char *sql, int64_t id, on_row fn, void *arg)
{
	sqlite3_stmt *statement = NULL;
	CK_RV rv = CKR_OK;

	int code = sqlite3_prepare_v2(db->db, sql, -1, &statement, NULL);
	if (code != SQLITE_OK)
		return trouble(db, code & 0xff);
	if (sqlite3_bind_parameter_count(statement) > 0)
		sqlite3_bind_int64(statement, 1, id);
	while (rv == CKR_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
		rv = fn(arg, statement);
	if (rv == CKR_OK && code != SQLITE_DONE)
		rv = trouble(db, code & 0xff);
	sqlite3_finalize(statement);
	return rv;
}

struct object_walk {
	CK_RV (*fn)(void *arg, int64_t id);
	void *arg;
};

static CK_RV give_object(void *arg, sqlite3_stmt *row)
{
	const struct object_walk *w = arg;

	return w->fn(w->arg, sqlite3_column_int64(row, 0));
}

CK_RV softhsm_db_objects(struct softhsm_db *db, CK_RV (*fn)(void *arg, int64_t id), void *arg)
{
	struct object_walk w = {fn, arg};

	return walk(db, "SELECT id FROM object ORDER BY id", 0, give_object, &w);
}

struct row_walk {
	CK_RV (*fn)(void *arg, const struct softhsm_row *row);
	void *arg;
};

static CK_RV give_row(void *arg, sqlite3_stmt *row)
{
	const struct row_walk *w = arg;
	struct softhsm_row r = {.table = (enum softhsm_table)sqlite3_column_int(row, 0), .type = (uint64_t)sqlite3_column_int64(row, 1)};

	if (r.table == SOFTHSM_TABLE_BOOLEAN || r.table == SOFTHSM_TABLE_INTEGER) {
		r.number = (uint64_t)sqlite3_column_int64(row, 2);
	} else {
		const void *blob = sqlite3_column_blob(row, 2);
		r.value = bytes_of(blob, blob != NULL ? (size_t)sqlite3_column_bytes(row, 2) : 0);
	}
	return w->fn(w->arg, &r);
}

CK_RV softhsm_db_rows(struct softhsm_db *db, int64_t id, CK_RV (*fn)(void *arg, const struct softhsm_row *row), void *arg)
{
	struct row_walk w = {fn, arg};

	return walk(db,
	            "SELECT 0, type, value FROM attribute_boolean WHERE object_id = ?1 "
	            "UNION ALL SELECT 1, type, value FROM attribute_integer WHERE object_id = ?1 "
	            "UNION ALL SELECT 2, type, value FROM attribute_binary WHERE object_id = ?1 "
	            "UNION ALL SELECT 3, type, value FROM attribute_array WHERE object_id = ?1",
	            id, give_row, &w);
}
