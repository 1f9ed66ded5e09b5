/* SPDX-License-Identifier: Apache-2.0 */
/* Sets: a change takes the rows that its tags fall into, all in one question, changes their entries and writes them
 * and the root back, all in one more. The cost depends on the number of tags alone. Knows the rows from inside
 * (sets_row.h) and no record but by its hash. */
#include "object/sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "object/persist.h"
#include "object/sets_row.h"

#define KEY(k) bytes_of((k), sizeof(k))

/* ---- hashes -------------------------------------------------------------------------------------------- */

static void put_le64(uint64_t v, unsigned char **at)
{
	for (size_t i = 0; i < 8; i++)
		*(*at)++ = (unsigned char)(v >> (8 * i));
}

/* The end of a record's sealed part is its mark, or the tag of its seal with some of what is before it. */
#define RECORD_END 32

void sets_hash_record(const struct seal_keys *keys, enum seal_family family, const struct store_record *r, unsigned char ret[32])
{
	unsigned char in[1 + STORE_ID_SIZE + 8 + 8 + 8 * STORE_MAX_TAGS + RECORD_END];
	unsigned char *at = in;
	size_t end = r->sealed.len < RECORD_END ? r->sealed.len : RECORD_END;
	*at++ = SETS_RECORD;
	memcpy(at, r->id.b, STORE_ID_SIZE);
	at += STORE_ID_SIZE;
	put_le64(r->version, &at);
	put_le64(r->tag_count, &at);
	for (size_t i = 0; i < r->tag_count && i < STORE_MAX_TAGS; i++)
		put_le64(r->tags[i], &at);
	if (end > 0)
		memcpy(at, r->sealed.data + r->sealed.len - end, end);
	hash_hmac(KEY(keys->set_mac[family]), bytes_of(in, (size_t)(at - in) + end), ret);
}

CK_RV sets_hash_value(const struct persist *p, enum seal_family family, const char *name, struct bytes value, uint64_t version,
                      unsigned char ret[32])
{
	struct buf in cleanup(buf_wipe_free) = {0};
	try(buf_put_u8(&in, SETS_VALUE));
	try(buf_put_blob(&in, bytes_of(name, strlen(name))));
	try(buf_put_u64(&in, version));
	try(buf_append(&in, value));
	hash_hmac(KEY(p->keys->set_mac[family]), buf_bytes(&in), ret);
	return CKR_OK;
}

/* The set of a value has it as its only member. */
static uint64_t value_tag(const struct persist *p, enum seal_family family, const char *name)
{
	unsigned char mac[32];
	uint64_t ret;
	hash_hmac(family == SEAL_PRIVATE ? KEY(p->keys->tag) : KEY(p->keys->open_tag), bytes_of(name, strlen(name)), mac);
	memcpy(&ret, mac, sizeof(ret));
	return ret;
}

/* ---- one tag's part of a change --------------------------------------------------------------------------- */

/* A step's part in one set. */
struct item {
	uint64_t tag;
	const struct sets_step *step;
	size_t order;
};

static int by_tag(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* What a change works on. */
struct work {
	const struct persist *p;
	enum seal_family family;
	struct item *items;
	uint64_t *places;
	size_t item_count;
	struct sets_row *rows; /* rising */
	size_t row_count, row_cap;
	struct sets_root root;
};

static void work_free(struct work *w)
{
	for (size_t i = 0; i < w->row_count; i++)
		sets_row_free(&w->rows[i]);
	free(w->rows);
	free(w->items);
	free(w->places);
}

static CK_RV list_items(struct work *w, const struct sets_step *steps, size_t count)
{
	size_t all = 0;
	for (size_t i = 0; i < count; i++)
		all += steps[i].tag_count;
	w->items = calloc(all + 1, sizeof(*w->items));
	w->places = calloc(all + 1, sizeof(*w->places));
	if (w->items == NULL || w->places == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a change of %zu set entries", all);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < steps[i].tag_count; j++, w->item_count++)
			w->items[w->item_count] = (struct item){steps[i].tags[j], &steps[i], w->item_count};
	qsort(w->items, w->item_count, sizeof(*w->items), by_tag);
	for (size_t i = 0; i < w->item_count; i++)
		w->places[i] = SETS_PLACE(w->items[i].tag);
	return CKR_OK;
}

/* A new last row; it is the list's to free. */
static CK_RV add_row(struct work *w, struct sets_row *row)
{
	if (w->row_count == w->row_cap) {
		size_t cap = w->row_cap * 2 + 16;
		struct sets_row *rows = reallocarray(w->rows, cap, sizeof(*rows));
		if (rows == NULL) {
			sets_row_free(row);
			return fail(CKR_HOST_MEMORY, "no memory for %zu set rows", cap);
		}
		w->rows = rows;
		w->row_cap = cap;
	}
	w->rows[w->row_count++] = *row;
	return CKR_OK;
}

static CK_RV take_row(void *arg, const struct store_set *stored)
{
	struct work *w = arg;
	struct sets_row row = {0};
	try(sets_row_open(w->p, stored, &row));
	return add_row(w, &row);
}

static struct sets_row *row_of(struct sets_row *rows, size_t count, uint64_t place)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].start <= place && place <= rows[i].last)
			return &rows[i];
	return NULL;
}

static CK_RV change_entry(struct work *w, struct sets_row *row, const struct item *item)
{
	static const struct sets_sum empty;
	struct sets_entry *e = sets_row_entry(row, item->tag, item->step->add);
	if (e == NULL)
		return item->step->add ? CKR_HOST_MEMORY : sets_refuse(w->p, w->family, "what is to go is not in its set");
	row->changed = true;
	if (item->step->add) {
		sets_sum_add(&e->sum, item->step->hash);
		return CKR_OK;
	}
	sets_sum_take(&e->sum, item->step->hash);
	if (e->sum.count > 0)
		return CKR_OK;
	if (!sets_sum_equal(&e->sum, &empty))
		return sets_refuse(w->p, w->family, "what is to go is not what was stored last: changed, or put back from an older state");
	sets_row_drop(row, e);
	return CKR_OK;
}

static CK_RV change_entries(struct work *w)
{
	for (size_t i = 0; i < w->item_count; i++) {
		struct sets_row *row = row_of(w->rows, w->row_count, w->places[i]);
		if (row == NULL)
			return sets_refuse(w->p, w->family, "a row is missing");
		try(change_entry(w, row, &w->items[i]));
	}
	return CKR_OK;
}

/* Rows that have grown too long; the new ones come last. */
static CK_RV split_rows(struct work *w)
{
	for (size_t i = 0; i < w->row_count; i++) {
		while (w->rows[i].count > SETS_ROW_MAX) {
			struct sets_row upper = {0};
			CK_RV rv = sets_row_split(&w->rows[i], &upper);
			if (rv != CKR_OK) {
				sets_row_free(&upper);
				return rv;
			}
			try(add_row(w, &upper));
		}
	}
	return CKR_OK;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static CK_RV seal_row(struct work *w, struct sets_row *row)
{
	if (row->version > 0)
		sets_sum_take(&w->root.rows, row->hash);
	try(sets_row_seal(w->p, w->family, row));
	sets_sum_add(&w->root.rows, row->hash);
	return CKR_OK;
}

/* Rows that were there before are replaced, new ones inserted: a sealed one of version 1 is new. */
static CK_RV write_rows(const struct work *w)
{
	struct store_set *rows = calloc(w->row_count + 1, sizeof(*rows));
	size_t old = 0, fresh = 0;
	if (rows == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for %zu set rows", w->row_count);
	for (size_t i = 0; i < w->row_count; i++) {
		const struct sets_row *r = &w->rows[i];
		if (!r->changed)
			continue;
		size_t at = r->version > 1 ? old++ : w->row_count - ++fresh;
		rows[at] = (struct store_set){(uint8_t)w->family, r->start, r->version, buf_bytes(&r->sealed)};
	}
	CK_RV rv = store_sets_replace(w->p->store, w->p->token, rows, old);
	if (rv == CKR_OK)
		rv = store_sets_insert(w->p->store, w->p->token, rows + w->row_count - fresh, fresh);
	free(rows);
	return rv;
}

static CK_RV write_back(struct work *w, const struct sets_step *steps, size_t count)
{
	for (size_t i = 0; i < w->row_count; i++)
		if (w->rows[i].changed)
			try(seal_row(w, &w->rows[i]));
	for (size_t i = 0; i < count; i++) {
		struct sets_sum *all = steps[i].value ? &w->root.values : &w->root.all;
		if (steps[i].add)
			sets_sum_add(all, steps[i].hash);
		else
			sets_sum_take(all, steps[i].hash);
	}
	try(write_rows(w));
	return sets_root_write(w->p, w->family, &w->root);
}

CK_RV sets_apply(const struct persist *p, enum seal_family family, const struct sets_step *steps, size_t count)
{
	struct work w cleanup(work_free) = {.p = p, .family = family};
	if (!seal_has_family(p->keys, family))
		return fail(CKR_USER_NOT_LOGGED_IN, "a private object is to be stored or removed and no token key is at hand");
	try(sets_root_read(p, family, &w.root));
	try(list_items(&w, steps, count));
	try(store_sets_get(p->store, p->token, (uint8_t)family, w.places, w.item_count, take_row, &w));
	try(change_entries(&w));
	try(split_rows(&w));
	return write_back(&w, steps, count);
}

static CK_RV create_family(const struct persist *p, enum seal_family family)
{
	static const char *const names[SEAL_FAMILIES] = {[SEAL_OPEN] = SETS_ROOT_OPEN, [SEAL_PRIVATE] = SETS_ROOT_PRIVATE};
	struct work w cleanup(work_free) = {.p = p, .family = family};
	struct buf old cleanup(buf_free) = {0};
	struct sets_row all = {.last = STORE_SET_LAST, .changed = true};
	try(add_row(&w, &all));
	/* The version goes on: a root from before cannot be put back in place of this one. */
	try(store_meta_get(p->store, p->token, names[family], &old, &w.root.version));
	return write_back(&w, NULL, 0);
}

/* ---- questions ------------------------------------------------------------------------------------------------ */

CK_RV sets_of_tag(const struct persist *p, enum seal_family family, uint64_t tag, struct sets_sum *ret)
{
	struct work w cleanup(work_free) = {.p = p, .family = family};
	const uint64_t place = SETS_PLACE(tag);
	try(store_sets_get(p->store, p->token, (uint8_t)family, &place, 1, take_row, &w));
	struct sets_row *row = row_of(w.rows, w.row_count, place);
	if (row == NULL)
		return sets_refuse(p, family, "a row is missing");
	const struct sets_entry *e = sets_row_entry(row, tag, false);
	*ret = e != NULL ? e->sum : (struct sets_sum){0};
	return CKR_OK;
}

CK_RV sets_of_all(const struct persist *p, enum seal_family family, struct sets_sum *ret)
{
	struct sets_root root;
	try(sets_root_read(p, family, &root));
	*ret = root.all;
	return CKR_OK;
}

CK_RV sets_of_values(const struct persist *p, enum seal_family family, struct sets_sum *ret)
{
	struct sets_root root;
	try(sets_root_read(p, family, &root));
	*ret = root.values;
	return CKR_OK;
}

/* ---- values of the token -------------------------------------------------------------------------------------- */

static CK_RV value_step(const struct persist *p, enum seal_family family, const char *name, struct bytes value, uint64_t version, bool add,
                        struct sets_step *ret)
{
	ret->add = add;
	ret->value = true;
	return sets_hash_value(p, family, name, value, version, ret->hash);
}

/* What the value is now goes; with next, that comes in its place. */
static CK_RV value_change(const struct persist *p, enum seal_family family, const char *name, const struct bytes *next)
{
	struct buf old cleanup(buf_free) = {0};
	uint64_t tag = value_tag(p, family, name), version;
	struct sets_step steps[2] = {{.tags = &tag, .tag_count = 1}, {.tags = &tag, .tag_count = 1}};
	size_t count = 0;
	try(store_meta_get(p->store, p->token, name, &old, &version));
	if (version > 0)
		try(value_step(p, family, name, buf_bytes(&old), version, false, &steps[count++]));
	if (next != NULL)
		try(value_step(p, family, name, *next, version + 1, true, &steps[count++]));
	return count > 0 ? sets_apply(p, family, steps, count) : CKR_OK;
}

static CK_RV change_in_families(const struct persist *p, unsigned families, const char *name, const struct bytes *next)
{
	for (int family = 0; family < SEAL_FAMILIES; family++)
		if ((families & 1U << family) != 0)
			try(value_change(p, family, name, next));
	return CKR_OK;
}

CK_RV sets_value_put(const struct persist *p, unsigned families, const char *name, struct bytes value, uint64_t expected)
{
	try(change_in_families(p, families, name, &value));
	return store_meta_put(p->store, p->token, name, value, expected);
}

CK_RV sets_value_remove(const struct persist *p, unsigned families, const char *name)
{
	try(change_in_families(p, families, name, NULL));
	return store_meta_remove(p->store, p->token, name);
}

CK_RV sets_value_check(const struct persist *p, enum seal_family family, const char *name, struct bytes value, uint64_t version, bool *ret)
{
	struct sets_sum expected, found = {0};
	unsigned char hash[32];
	try(sets_of_tag(p, family, value_tag(p, family, name), &expected));
	try(sets_hash_value(p, family, name, value, version, hash));
	if (version > 0)
		sets_sum_add(&found, hash);
	*ret = sets_sum_equal(&expected, &found);
	return CKR_OK;
}

static CK_RV adopt_value(const struct persist *p, enum seal_family family, const char *name)
{
	struct buf value cleanup(buf_free) = {0};
	uint64_t tag = value_tag(p, family, name), version;
	struct sets_step step = {.tags = &tag, .tag_count = 1};
	try(store_meta_get(p->store, p->token, name, &value, &version));
	try(value_step(p, family, name, buf_bytes(&value), version, true, &step));
	return sets_apply(p, family, &step, 1);
}

CK_RV sets_create(const struct persist *p, const struct sets_value *values, size_t count)
{
	for (int family = 0; family < SEAL_FAMILIES; family++) {
		try(create_family(p, family));
		for (size_t i = 0; i < count; i++)
			if ((values[i].families & 1U << family) != 0)
				try(adopt_value(p, family, values[i].name));
	}
	return CKR_OK;
}

/* ---- verifying --------------------------------------------------------------------------------------------------- */

struct walk {
	const struct persist *p;
	enum seal_family family;
	uint64_t next; /* where the next row must start */
	struct sets_sum rows;
	struct sets_report *report;
};

static CK_RV verify_row(void *arg, const struct store_set *stored)
{
	struct walk *w = arg;
	struct sets_row row cleanup(sets_row_free) = {0};
	if (stored->family != w->family)
		return CKR_OK;
	w->report->rows++;
	CK_RV rv = sets_row_open(w->p, stored, &row);
	if (rv == CKR_DEVICE_ERROR) {
		w->report->bad++;
		w->next = UINT64_MAX; /* its end is not known: the root tells whether any is missing */
		return CKR_OK;
	}
	try(rv);
	if (row.start != w->next && w->next != UINT64_MAX) {
		w->report->bad++;
		sets_refuse(w->p, w->family, "a row is missing");
	}
	w->next = row.last + 1;
	sets_sum_add(&w->rows, row.hash);
	return CKR_OK;
}

CK_RV sets_verify(const struct persist *p, enum seal_family family, struct sets_report *ret)
{
	struct sets_report report = {0};
	struct walk w = {.p = p, .family = family, .report = &report};
	struct sets_root root;
	try(store_sets_walk(p->store, p->token, verify_row, &w));
	CK_RV rv = sets_root_read(p, family, &root);
	if (rv != CKR_OK && rv != CKR_DEVICE_ERROR)
		return rv;
	if (rv == CKR_DEVICE_ERROR)
		report.bad++;
	else if (!sets_sum_equal(&root.rows, &w.rows)) {
		report.bad++;
		sets_refuse(p, family, "the root does not match the rows: some are missing or from an older state, or the root is");
	}
	*ret = report;
	return CKR_OK;
}
