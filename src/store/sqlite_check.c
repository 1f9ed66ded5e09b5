/* SPDX-License-Identifier: Apache-2.0 */
/* The database's own integrity check: SQLite's, and whether the tables agree with each other. Each record has a row in
 * the index for each of its tags, and the index has no others: a record without one would not be found. Findings go to
 * the log. Knows nothing of what a tag stands for. */
#include "base/log.h"
#include "store/sqlite_store.h"

#define closing cleanup(sqlite_query_close)

static void finding(struct sqlite_store *s, struct bytes text, size_t *findings)
{
	/* One line for each of the first, so that a database without an index does not fill the disk. */
	if (++*findings <= 100)
		log_write(LOG_LEVEL_ERROR, "%s/conclave.db: %.*s", s->dir, (int)text.len, (const char *)text.data);
}

/* Each row that says something else than fine. */
static CK_RV check_statement(struct sqlite_store *s, enum sqlite_statement which, size_t *findings)
{
	static const struct bytes fine = {(const unsigned char *)"ok", 2};
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, which, &q));
	for (;;) {
		bool row;
		try(sqlite_query_step(&q, &row));
		if (!row)
			return CKR_OK;
		struct bytes text = sqlite_column_bytes(&q, 0);
		if (!bytes_equal(text, fine))
			finding(s, text, findings);
	}
}

static CK_RV has_row(struct sqlite_store *s, uint64_t tag, uint64_t seq, bool *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_TAG_GET, &q));
	sqlite_query_number(&q, 1, tag);
	sqlite_query_number(&q, 2, seq);
	return sqlite_query_step(&q, ret);
}

/* The rows (seq, tags) of all records against the index; counts the tags. */
static CK_RV check_records(struct sqlite_store *s, uint64_t *ret_tags, size_t *findings)
{
	static const struct bytes lost = {(const unsigned char *)"object without all its tags", 27};
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_CHECK_RECORDS, &q));
	for (*ret_tags = 0;;) {
		struct sqlite_tags tags;
		bool row, there = true;
		try(sqlite_query_step(&q, &row));
		if (!row)
			return CKR_OK;
		uint64_t seq = sqlite_column_number(&q, 0);
		try(sqlite_tags_decode(s, sqlite_column_bytes(&q, 1), &tags));
		*ret_tags += tags.count;
		for (size_t i = 0; i < tags.count && there; i++)
			try(has_row(s, tags.tags[i], seq, &there));
		if (!there)
			finding(s, lost, findings);
	}
}

/* Every tag of a record has its row; so if there are no more rows than tags, there are no others. */
static CK_RV check_index(struct sqlite_store *s, size_t *findings)
{
	static const struct bytes extra = {(const unsigned char *)"tags of no object", 17};
	struct sqlite_query q closing = {0};
	uint64_t tags;
	bool row;
	try(check_records(s, &tags, findings));
	try(sqlite_query_open(s, QUERY_TAG_COUNT, &q));
	try(sqlite_query_step(&q, &row));
	if (sqlite_column_number(&q, 0) > tags)
		finding(s, extra, findings);
	return CKR_OK;
}

CK_RV sqlite_check(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	size_t findings = 0;
	try(check_statement(s, QUERY_CHECK_PAGES, &findings));
	try(check_statement(s, QUERY_CHECK_ORPHANS, &findings));
	try(check_index(s, &findings));
	return findings == 0 ? CKR_OK : fail(CKR_DEVICE_ERROR, "%s/conclave.db is damaged: %zu findings", s->dir, findings);
}
