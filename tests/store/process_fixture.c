/* SPDX-License-Identifier: Apache-2.0 */
/* What tests with several processes share. Knows the contract, nothing of a backend. */
#include "process_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

CK_RV add_row(struct store *s, uint32_t n)
{
	static const uint64_t tags[] = {11, 22, 33};
	struct store_record r = {.version = 1, .open = bytes_of(&n, sizeof(n)), .tags = tags, .tag_count = 3};
	memcpy(r.id.b, &n, sizeof(n));
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_insert(s, TOKEN, &r);
	if (rv == CKR_OK)
		rv = store_commit(s);
	if (rv != CKR_OK)
		store_rollback(s);
	return rv;
}

CK_RV add_rows(struct store *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		try(add_row(s, first + i));
	return CKR_OK;
}

bool has_row(struct store *s, uint32_t n)
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

uint64_t count_rows(struct store *s)
{
	uint64_t n = UINT64_MAX;
	if (store_begin(s, STORE_READ) != CKR_OK)
		return n;
	CK_RV rv = store_count(s, TOKEN, &n);
	store_rollback(s);
	return rv == CKR_OK ? n : UINT64_MAX;
}

void tell(struct signal_pipe *p)
{
	if (write(p->ends[1], "x", 1) != 1)
		_exit(99);
}

void await(struct signal_pipe *p)
{
	char c;
	/* When the other side has failed nobody tells. */
	alarm(60);
	if (read(p->ends[0], &c, 1) != 1)
		_exit(98);
	alarm(0);
}

int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_dir(w->dir);
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s", w->dir);
	struct store *s;
	struct store_token t;
	if (store_open(w->uri, true, &s) != CKR_OK || store_begin(s, STORE_WRITE) != CKR_OK ||
	    store_token_add(s, &t) != CKR_OK || store_commit(s) != CKR_OK || t.token != TOKEN)
		return -1;
	store_close(s);
	*state = w;
	return 0;
}

int remove_world(void **state)
{
	struct world *w = *state;
	fixture_remove(w->dir);
	free(w);
	return 0;
}

struct store *open_store(struct world *w)
{
	struct store *s = NULL;
	assert_ok(store_open(w->uri, false, &s));
	assert_non_null(s);
	return s;
}

void open_pipe(struct signal_pipe *p)
{
	assert_int_equal(pipe(p->ends), 0);
}

void close_pipe(struct signal_pipe *p)
{
	close(p->ends[0]);
	close(p->ends[1]);
}

void assert_child_done(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

void assert_whole(struct world *w, uint64_t expected)
{
	struct store *s = open_store(w);
	assert_int_equal(count_rows(s), expected);
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_check(s));
	assert_ok(store_commit(s));
	store_close(s);
}
