/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of PostgreSQL stores share. Knows no promise of a store. */
#include "postgres_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct server server;

/* ---- what both sides of a fork use: no assertions, because a child must not run the suite on ------- */

CK_RV pg_add(struct store *s, uint32_t n)
{
	static const uint64_t tags[] = {11, 22, 33};
	struct store_record r = {.version = 1, .open = bytes_of(&n, sizeof(n)), .tags = tags, .tag_count = 3};
	memcpy(r.id.b, &n, sizeof(n));
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_insert(s, TOKEN, &r);
	if (rv == CKR_OK)
		rv = store_commit(s);
	store_rollback(s);
	return rv;
}

bool pg_has(struct store *s, uint32_t n)
{
	struct store_id id = {{0}};
	uint64_t version = 0;
	memcpy(id.b, &n, sizeof(n));
	if (store_begin(s, STORE_READ) != CKR_OK)
		return false;
	CK_RV rv = store_version(s, TOKEN, &id, &version);
	store_rollback(s);
	return rv == CKR_OK && version == 1;
}

uint64_t pg_count(struct store *s)
{
	uint64_t n = UINT64_MAX;
	if (store_begin(s, STORE_READ) != CKR_OK)
		return n;
	CK_RV rv = store_count(s, TOKEN, &n);
	store_rollback(s);
	return rv == CKR_OK ? n : UINT64_MAX;
}

/* ---- fixtures ----------------------------------------------------------------------------------- */

int pg_make_world(void **state)
{
	static unsigned worlds;
	struct world *w = calloc(1, sizeof(*w));
	fixture_dir(w->dir);
	snprintf(w->schema, sizeof(w->schema), "World %u", worlds++);
	snprintf(w->key, sizeof(w->key), "%s/store.key", w->dir);
	server_uri(&server, w->schema, w->key, w->uri);
	struct store *s;
	struct store_token t;
	if (store_open(w->uri, true, &s) != CKR_OK || store_begin(s, STORE_WRITE) != CKR_OK ||
	    store_token_add(s, &t) != CKR_OK || store_commit(s) != CKR_OK || t.token != TOKEN)
		return -1;
	store_close(s);
	*state = w;
	return 0;
}

int pg_remove_world(void **state)
{
	struct world *w = *state;
	fixture_remove(w->dir);
	free(w);
	return 0;
}

void pg_also(struct world *w, const char *parameter)
{
	size_t len = strlen(w->uri);
	snprintf(w->uri + len, sizeof(w->uri) - len, "&%s", parameter);
}

struct store *pg_open_store(struct world *w)
{
	struct store *s = NULL;
	assert_ok(store_open(w->uri, false, &s));
	assert_non_null(s);
	return s;
}

void pg_assert_child_done(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

void pg_assert_whole(struct store *s)
{
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_check(s));
	assert_ok(store_commit(s));
}

int run_group(const struct CMUnitTest *suite, size_t count)
{
	const char *log = secure_getenv("CONCLAVE_LOG");
	log_configure(log != NULL ? log : "off");
	signal(SIGPIPE, SIG_IGN);
	int status = server_start(&server);
	int failed = status == 0 ? _cmocka_run_group_tests("postgresql:", suite, count, NULL, NULL) : status;
	server_remove(&server);
	return failed;
}
