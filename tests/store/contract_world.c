/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract's tests share. Knows how each backend's URI is made; knows no promise of the contract. */
#include "contract_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind kind;
static struct server server;

/* The URI of a store that is not there yet; name tells those of one world apart. */
void new_uri(const struct world *w, const char *name, char ret[SERVER_URI])
{
	static unsigned count;
	char schema[32], key[FIXTURE_PATH + 16];
	snprintf(schema, sizeof(schema), "world%u", count++);
	snprintf(key, sizeof(key), "%s/store.key", w->dir);
	if (kind == POSTGRESQL)
		server_uri(&server, schema, key, ret);
	else
		snprintf(ret, SERVER_URI, kind == SQLITE ? "sqlite:%s%s" : "memory:", w->dir, name);
}

int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char uri[SERVER_URI];
	if (kind != MEMORY)
		fixture_dir(w->dir);
	new_uri(w, "", uri);
	struct store_token t;
	if (store_open(uri, true, &w->s) != CKR_OK || store_begin(w->s, STORE_WRITE) != CKR_OK ||
	    store_token_add(w->s, &t) != CKR_OK || store_commit(w->s) != CKR_OK)
		return -1;
	w->token = t.token;
	*state = w;
	return 0;
}

int close_world(void **state)
{
	struct world *w = *state;
	store_rollback(w->s);
	store_close(w->s);
	if (kind != MEMORY)
		fixture_remove(w->dir);
	free(w);
	return 0;
}

struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

struct store_id id_of(unsigned n)
{
	struct store_id id = {{0}};
	memcpy(id.b, &n, sizeof(n));
	id.b[15] = 0xa5;
	return id;
}

struct store_record record(unsigned n, const uint64_t *tags, size_t tag_count)
{
	return (struct store_record){
		.id = id_of(n), .version = 1, .open = text("open"), .sealed = text("sealed"), .tags = tags, .tag_count = tag_count};
}

/* Inserts record n in a transaction of its own. */
void put(struct world *w, unsigned n, const uint64_t *tags, size_t tag_count)
{
	struct store_record r = record(n, tags, tag_count);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &r));
	assert_ok(store_commit(w->s));
}

CK_RV see(void *arg, const struct store_record *r)
{
	struct seen *seen = arg;
	unsigned n;
	memcpy(&n, r->id.b, sizeof(n));
	seen->len += (size_t)snprintf(seen->list + seen->len, sizeof(seen->list) - seen->len, "%u ", n);
	seen->last = *r;
	snprintf(seen->open, sizeof(seen->open), "%.*s", (int)r->open.len, (const char *)r->open.data);
	snprintf(seen->sealed, sizeof(seen->sealed), "%.*s", (int)r->sealed.len, (const char *)r->sealed.data);
	if (r->tag_count > 0)
		memcpy(seen->tags, r->tags, r->tag_count * sizeof(*r->tags));
	return seen->answer;
}

void assert_scan(struct world *w, const uint64_t *tags, size_t tag_count, const char *expected)
{
	struct seen seen = {0};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_scan(w->s, w->token, tags, tag_count, see, &seen));
	assert_ok(store_commit(w->s));
	assert_string_equal(seen.list, expected);
}

uint64_t count(struct world *w)
{
	uint64_t n = UINT64_MAX;
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_count(w->s, w->token, &n));
	assert_ok(store_commit(w->s));
	return n;
}

CK_RV list_token(void *arg, const struct store_token *t)
{
	char *list = arg;
	snprintf(list + strlen(list), 64, "%lu:%llu ", (unsigned long)t->slot, (unsigned long long)t->token);
	return CKR_OK;
}

void fill(struct world *w)
{
	static const uint64_t a[] = {10, 20}, b[] = {10, 30}, c[] = {10, 20, 30}, d[] = {20};
	put(w, 3, a, 2);
	put(w, 1, b, 2);
	put(w, 2, c, 3);
	put(w, 4, d, 1);
}

/* cmocka's own macro wants to see the array. */
static int run_kind(enum kind which, const struct CMUnitTest *suite, size_t size)
{
	static const char *const names[KINDS] = {"memory:", "sqlite:", "postgresql:"};
	kind = which;
	return _cmocka_run_group_tests(names[which], suite, size, NULL, NULL);
}

int run_suite(const struct CMUnitTest *suite, size_t size)
{
	log_configure("off");
	int failed = run_kind(MEMORY, suite, size) + run_kind(SQLITE, suite, size);
	int status = server_start(&server);
	if (status == 0)
		failed += run_kind(POSTGRESQL, suite, size);
	server_remove(&server);
	return failed + (status != 0 && status != 77);
}
