/* SPDX-License-Identifier: Apache-2.0 */
/* The visible slots, made from the store's tokens: see slot.h. */
#include "core/slot.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/module.h"
#include "core/slot_event.h"
#include "core/token_info.h"

/* ---- making the set ------------------------------------------------------------------------------------------ */

struct listing {
	struct store_token *tokens;
	size_t count, cap;
	CK_SLOT_ID next;
};

static CK_RV list_one(void *arg, const struct store_token *t)
{
	struct listing *l = arg;

	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 16 : l->cap * 2;
		struct store_token *fresh = reallocarray(l->tokens, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		l->tokens = fresh;
		l->cap = cap;
	}
	l->tokens[l->count++] = *t;
	return CKR_OK;
}

static CK_RV read_listing(struct store *s, struct listing *ret)
{
	if (s == NULL)
		return CKR_OK;
	try(store_begin(s, STORE_READ));
	CK_RV rv = store_tokens(s, list_one, ret);
	if (rv == CKR_OK)
		rv = store_next_slot(s, &ret->next);
	return store_end(s, rv);
}

/* A set is sorted by ID; the spare slot at its end has the highest one. */
static struct slot *find_in(struct slot *slots, size_t count, CK_SLOT_ID id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (slots[middle].id == id)
			return &slots[middle];
		if (slots[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct slot *slot_find_locked(struct slot_table *t, CK_SLOT_ID id)
{
	return find_in(t->slots, t->count, id);
}

static CK_RV retire_locked(struct slot_table *t, struct token *token)
{
	struct token **fresh = reallocarray(t->retired, t->retired_count + 1, sizeof(struct token *));

	if (fresh == NULL)
		return CKR_HOST_MEMORY;
	t->retired = fresh;
	t->retired[t->retired_count++] = token;
	return CKR_OK;
}

/* Known tokens keep their struct; those that are gone retire. */
static void build_locked(struct slot_table *t, const struct listing *l, struct slot *fresh, size_t count)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct slot *old = slot_find_locked(t, l->tokens[i].slot);
		fresh[i] = (struct slot){.id = l->tokens[i].slot, .number = l->tokens[i].token};
		if (old != NULL && old->number == fresh[i].number)
			fresh[i].token = old->token;
	}
	if (count > l->count)
		fresh[l->count] = (struct slot){.id = l->next};
}

static bool holds(struct slot *slots, size_t count, const struct slot *wanted)
{
	const struct slot *s = find_in(slots, count, wanted->id);

	return s != NULL && s->token == wanted->token;
}

static CK_RV replace_locked(struct module *m, const struct listing *l)
{
	struct slot_table *t = &m->slots;
	size_t count = l->count + (l->count == 0 || m->config.spare_slot ? 1 : 0);
	struct slot *fresh = calloc(count, sizeof(*fresh));

	if (fresh == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = CKR_OK;
	build_locked(t, l, fresh, count);
	for (size_t i = 0; i < t->count && rv == CKR_OK; i++) {
		if (t->slots[i].token != NULL && !holds(fresh, count, &t->slots[i]))
			rv = retire_locked(t, t->slots[i].token);
	}
	if (rv != CKR_OK) {
		free(fresh);
		return rv;
	}
	free(t->slots);
	t->slots = fresh;
	t->count = count;
	return CKR_OK;
}

static CK_RV refresh(struct module *m)
{
	struct slot_table *t = &m->slots;
	struct listing l = {0};

	module_look_for_store(m);
	struct store *store = m->store;
	uint64_t stamp = store == NULL ? 1 : store_stamp(store);

	lock_take(&t->lock);
	bool current = t->slots != NULL && t->stamp == stamp;
	lock_release(&t->lock);
	if (current)
		return CKR_OK;
	CK_RV rv = read_listing(store, &l);
	if (rv == CKR_OK) {
		lock_take(&t->lock);
		rv = replace_locked(m, &l);
		if (rv == CKR_OK)
			t->stamp = stamp;
		lock_release(&t->lock);
	}
	free(l.tokens);
	return rv;
}

CK_RV slot_table_init(struct module *m)
{
	try(lock_init(&m->slots.lock, LOCK_RANK_SLOTS));
	CK_RV rv = refresh(m);
	if (rv == CKR_OK)
		rv = slot_event_start(m);
	if (rv != CKR_OK)
		slot_table_free(m);
	return rv;
}

void slot_table_free(struct module *m)
{
	struct slot_table *t = &m->slots;

	for (size_t i = 0; i < t->count; i++) {
		if (t->slots[i].token != NULL)
			token_free(t->slots[i].token);
	}
	for (size_t i = 0; i < t->retired_count; i++)
		token_free(t->retired[i]);
	free(t->slots);
	free(t->retired);
	free(t->seen);
	free(t->pending);
	lock_destroy(&t->lock);
	*t = (struct slot_table){0};
}

void slot_each_token(struct module *m, void (*fn)(struct token *t))
{
	struct slot_table *t = &m->slots;

	for (size_t i = 0; i < t->count; i++) {
		if (t->slots[i].token != NULL)
			fn(t->slots[i].token);
	}
	for (size_t i = 0; i < t->retired_count; i++)
		fn(t->retired[i]);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* A slot keeps CKF_TOKEN_PRESENT while its token, initialised or not, is there. */
static bool present(const struct slot *s)
{
	return s->token == NULL || !s->token->gone;
}

CK_RV slot_list(struct module *m, bool token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	struct slot_table *t = &m->slots;
	CK_ULONG n = 0;
	CK_RV rv = CKR_OK;

	if (count == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the number of slots");
	if (list == NULL)
		try(refresh(m));
	lock_take(&t->lock);
	for (size_t i = 0; i < t->count; i++) {
		if (token_present && !present(&t->slots[i]))
			continue;
		if (list != NULL && n < *count)
			list[n] = t->slots[i].id;
		n++;
	}
	lock_release(&t->lock);
	if (list != NULL && n > *count)
		rv = CKR_BUFFER_TOO_SMALL;
	*count = n;
	return rv;
}

static CK_RV need_token_locked(struct module *m, struct slot *s)
{
	struct store_token st = {.token = s->number, .slot = s->id};

	return s->number == 0 || s->token != NULL ? CKR_OK : token_new(m, &st, &s->token);
}

CK_RV slot_token(struct module *m, CK_SLOT_ID id, struct token **ret)
{
	struct slot_table *t = &m->slots;

	lock_take(&t->lock);
	struct slot *s = slot_find_locked(t, id);
	CK_RV rv = s == NULL ? CKR_SLOT_ID_INVALID : need_token_locked(m, s);
	if (rv == CKR_OK)
		*ret = s->token;
	lock_release(&t->lock);
	return s == NULL ? fail(CKR_SLOT_ID_INVALID, "there is no slot %lu", id) : rv;
}

/* An empty slot may be so because nobody could look: that is no token that waits to be initialised. */
static CK_RV empty_for_good_reason(struct module *m, CK_SLOT_ID id)
{
	CK_RV rv = m->store == NULL ? m->store_trouble : CKR_OK;

	return rv == CKR_OK ? CKR_OK : fail(rv, "slot %lu: the store could not be opened", id);
}

CK_RV slot_present_token(struct module *m, CK_SLOT_ID id, struct token **ret)
{
	struct token *t = NULL;

	try(slot_token(m, id, &t));
	if (t == NULL)
		try(empty_for_good_reason(m, id));
	if (t == NULL)
		return fail(CKR_TOKEN_NOT_INITIALIZED, "the token in slot %lu is not initialised", id);
	try(token_refresh(t));
	*ret = t;
	return CKR_OK;
}

CK_RV slot_get_info(struct module *m, CK_SLOT_ID id, CK_SLOT_INFO *ret)
{
	struct token *t = NULL;
	CK_FLAGS present_flag = CKF_TOKEN_PRESENT;

	try(slot_token(m, id, &t));
	if (t != NULL) {
		CK_RV rv = token_refresh(t);
		if (rv == CKR_TOKEN_NOT_PRESENT)
			present_flag = 0;
		else if (rv != CKR_OK)
			return rv;
	}
	*ret = (CK_SLOT_INFO){
		/* Tokens come and go (rule 60). */
		.flags = CKF_REMOVABLE_DEVICE | present_flag,
		.hardwareVersion = {0, 1},
		.firmwareVersion = {0, 1},
	};
	text_pad(ret->slotDescription, sizeof(ret->slotDescription), "Conclave software slot");
	text_pad(ret->manufacturerID, sizeof(ret->manufacturerID), "Conclave");
	return CKR_OK;
}

CK_RV slot_get_token_info(struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO *ret)
{
	struct token *t = NULL;

	try(slot_token(m, id, &t));
	if (t != NULL)
		return token_get_info(t, ret);
	try(empty_for_good_reason(m, id));
	token_info_blank(m, ret);
	return CKR_OK;
}

/* ---- C_InitToken ------------------------------------------------------------------------------------------------- */

/* The empty slot now holds its token; the set of slots itself is as it was. */
static void fill_slot(struct module *m, const struct store_token *st)
{
	struct slot_table *t = &m->slots;

	lock_take(&t->lock);
	struct slot *s = slot_find_locked(t, st->slot);
	if (s != NULL && s->number == 0)
		s->number = st->token;
	lock_release(&t->lock);
}

CK_RV slot_init_token(struct module *m, CK_SLOT_ID id, struct bytes pin, const unsigned char label[32])
{
	struct token *t = NULL;
	struct store_token made;

	try(slot_token(m, id, &t));
	try(module_need_store(m));
	if (t == NULL) {
		struct token_start start = {.so_pin = pin, .label = label, .test = token_is_for_tests(m, label)};
		CK_RV rv = token_create(m, &start, id, &made);
		if (rv == CKR_OK) {
			fill_slot(m, &made);
			slot_event_own_change(m, id, made.token);
		}
		if (rv != CKR_FUNCTION_FAILED)
			return rv;
		/* Another application was faster: the slot holds its token now. */
		try(refresh(m));
		try(slot_present_token(m, id, &t));
	}
	CK_RV rv = token_reinitialize(t, pin, label);
	slot_event_own_change(m, id, t->number);
	return rv;
}
