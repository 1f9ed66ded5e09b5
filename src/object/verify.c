/* SPDX-License-Identifier: Apache-2.0 */
/* See verify.h. Each record must open, and be the one in the set of its own tag; all together must be those that the
 * root names, so that a missing one is noticed without a walk through the sets. That each lookup tag has its row in the
 * store's index is the store's own check. */
#include "object/verify.h"

#include <string.h>

#include "base/log.h"

struct walk {
	const struct persist *p;
	struct verify_report *report;
	struct sets_sum met[SEAL_FAMILIES];
	const struct verify_values *values;
	size_t value_count;
	struct sets_sum met_values[SEAL_FAMILIES];
};

/* Damage is counted and does not end the walk. */
static CK_RV count(CK_RV rv, uint64_t *bad)
{
	if (rv != CKR_DEVICE_ERROR)
		return rv;
	++*bad;
	return CKR_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static CK_RV look_at_record(void *arg, const struct store_record *r)
{
	struct walk *w = arg;
	enum seal_family family = seal_family_of(r);
	unsigned char hash[32];

	if (!seal_has_family(w->p->keys, family)) {
		w->report->unread++;
		return CKR_OK;
	}
	sets_hash_record(w->p->keys, family, r, hash);
	sets_sum_add(&w->met[family], hash);
	CK_RV rv = persist_check(w->p, r);
	w->report->good += rv == CKR_OK ? 1 : 0;
	return count(rv, &w->report->bad);
}

static CK_RV compare_records(struct walk *w, enum seal_family family)
{
	struct verify_report *report = w->report;
	const struct sets_sum *met = &w->met[family];
	struct sets_sum expected;

	CK_RV rv = sets_of_all(w->p, family, &expected);
	if (rv != CKR_OK)
		return rv == CKR_DEVICE_ERROR ? CKR_OK : rv; /* counted with the rows */
	if (sets_sum_equal(&expected, met))
		return CKR_OK;
	log_write(LOG_LEVEL_ERROR, "%s: token %.*s: %llu %s objects are stored, and %llu should be", w->p->keys->place, SEAL_SERIAL_SIZE,
	          w->p->keys->serial, (unsigned long long)met->count, family == SEAL_PRIVATE ? "private" : "public",
	          (unsigned long long)expected.count);
	if (expected.count > met->count)
		report->missing += expected.count - met->count;
	else if (report->bad == 0)
		report->bad_sets++; /* each record by itself is right, and yet they are not those of the root */
	return CKR_OK;
}

/* ---- values of the token ------------------------------------------------------------------------ */

static unsigned families_of(const struct walk *w, const char *name)
{
	for (size_t i = 0; i < w->value_count; i++) {
		if (strncmp(name, w->values[i].beginning, strlen(w->values[i].beginning)) == 0)
			return w->values[i].families;
	}
	return 0;
}

static CK_RV look_at_value_in(struct walk *w, enum seal_family family, const char *name, struct bytes value, uint64_t version)
{
	const struct persist *p = w->p;
	unsigned char hash[32];
	bool right = false;

	try(sets_hash_value(p, family, name, value, version, hash));
	sets_sum_add(&w->met_values[family], hash);
	CK_RV rv = sets_value_check(p, family, name, value, version, &right);
	if (rv == CKR_OK && !right) {
		log_write(LOG_LEVEL_ERROR, "%s: token %.*s: the value %s is not the one that was written last", p->keys->place, SEAL_SERIAL_SIZE,
		          p->keys->serial, name);
		w->report->bad_values++;
	}
	return count(rv, &w->report->bad_values);
}

static CK_RV look_at_value(void *arg, const char *name, struct bytes value, uint64_t version)
{
	struct walk *w = arg;
	unsigned families = families_of(w, name);

	for (int family = 0; family < SEAL_FAMILIES; family++) {
		if ((families & 1U << family) != 0 && seal_has_family(w->p->keys, family))
			try(look_at_value_in(w, family, name, value, version));
	}
	return CKR_OK;
}

static CK_RV compare_values(struct walk *w, enum seal_family family)
{
	const struct sets_sum *met = &w->met_values[family];
	struct sets_sum expected;

	CK_RV rv = sets_of_values(w->p, family, &expected);
	if (rv != CKR_OK)
		return rv == CKR_DEVICE_ERROR ? CKR_OK : rv; /* counted with the rows */
	if (expected.count > met->count) {
		log_write(LOG_LEVEL_ERROR, "%s: token %.*s: %llu of its values are stored, and %llu should be", w->p->keys->place,
		          SEAL_SERIAL_SIZE, w->p->keys->serial, (unsigned long long)met->count, (unsigned long long)expected.count);
		w->report->bad_values += expected.count - met->count;
	}
	return CKR_OK;
}

/* ---- all ------------------------------------------------------------------------------------------ */

static CK_RV look_at_family(struct walk *w, enum seal_family family)
{
	struct sets_report sets;

	try(sets_verify(w->p, family, &sets));
	w->report->sets += sets.rows;
	w->report->bad_sets += sets.bad;
	try(compare_records(w, family));
	return compare_values(w, family);
}

CK_RV verify_token(const struct persist *p, const struct verify_values *values, size_t count, struct verify_report *ret)
{
	struct verify_report report = {0};
	struct walk w = {.p = p, .report = &report, .values = values, .value_count = count};

	try(store_scan(p->store, p->token, NULL, 0, look_at_record, &w));
	try(store_meta_walk(p->store, p->token, look_at_value, &w));
	for (int family = 0; family < SEAL_FAMILIES; family++) {
		if (seal_has_family(p->keys, family))
			try(look_at_family(&w, family));
	}
	*ret = report;
	return CKR_OK;
}
