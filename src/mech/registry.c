/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of all mechanisms and key types, sorted once from the families that were built in, and what
 * holds for a key of any type. Knows no family by name: the build's list does. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "crypto/pkey.h"
#include "mech/secret_key.h"

#define MAX_ROWS 512
#define PLACES (2 * MAX_ROWS)
#define MAX_KEY_TYPES 128

#define MECH_FAMILY(word) extern const struct mech_family mech_family_##word;
#include "mech/mech_families.inc"
#undef MECH_FAMILY

static const struct mech_family *const families[] = {
#define MECH_FAMILY(word) &mech_family_##word,
#include "mech/mech_families.inc"
#undef MECH_FAMILY
};

static const struct name_row {
	CK_MECHANISM_TYPE type;
	const char *name;
} names[] = {
#define X(mechanism) {.type = mechanism, .name = #mechanism},
#include "mech/registry_names.inc"
#undef X
};

static pthread_once_t table_once = PTHREAD_ONCE_INIT;
static const struct mech_row *table[MAX_ROWS];
static size_t table_count;
static uint16_t places[PLACES]; /* index in table + 1, by the hash of the type; 0 is none */
static const struct mech_key_type *key_table[MAX_KEY_TYPES];
static size_t key_table_count;

static int by_type(const void *a, const void *b)
{
	CK_MECHANISM_TYPE left = (*(const struct mech_row *const *)a)->type;
	CK_MECHANISM_TYPE right = (*(const struct mech_row *const *)b)->type;

	return left < right ? -1 : left > right;
}

/* Open addressing; less than half of the places are ever taken. */
static size_t place_of(CK_MECHANISM_TYPE type)
{
	return (size_t)((uint64_t)type * UINT64_C(0x9e3779b97f4a7c15) >> 32) % PLACES;
}

static void enter_place(size_t i)
{
	size_t at = place_of(table[i]->type);

	while (places[at] != 0)
		at = (at + 1) % PLACES;
	places[at] = (uint16_t)(i + 1);
}

/* A test makes sure that the tables are large enough for what is built in. */
static void build(void)
{
	for (size_t f = 0; f < array_len(families); f++) {
		if (families[f]->present != NULL && !families[f]->present())
			continue;
		for (size_t i = 0; i < families[f]->row_count && table_count < MAX_ROWS; i++)
			table[table_count++] = &families[f]->rows[i];
		for (size_t i = 0; i < families[f]->key_type_count && key_table_count < MAX_KEY_TYPES; i++)
			key_table[key_table_count++] = &families[f]->key_types[i];
	}
	qsort(table, table_count, sizeof(table[0]), by_type);
	for (size_t i = 0; i < table_count; i++)
		enter_place(i);
}

static void need_table(void)
{
	(void)pthread_once(&table_once, build);
}

size_t mech_index(CK_MECHANISM_TYPE type)
{
	need_table();
	for (size_t at = place_of(type); places[at] != 0; at = (at + 1) % PLACES) {
		size_t i = places[at] - 1u;

		if (table[i]->type == type)
			return i;
	}
	return SIZE_MAX;
}

const struct mech_row *mech_find(CK_MECHANISM_TYPE type)
{
	return mech_at(mech_index(type));
}

const struct mech_key_type *mech_key_type_find(CK_KEY_TYPE type)
{
	need_table();
	for (size_t i = 0; i < key_table_count; i++)
		if (key_table[i]->type == type)
			return key_table[i];
	return NULL;
}

CK_RV mech_key_complete(const struct mech_key_type *t, const struct mech_env *env, struct attr_list *key)
{
	return t->secret != NULL ? secret_key_complete(env, t->secret, key) : t->complete(env, key);
}

CK_RV mech_key_load(const struct mech_key_type *t, const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	return t->secret != NULL ? secret_key_load(t->secret, a, ret) : t->load(env, a, ret);
}

bool mech_key_is_slow(const struct mech_key *k)
{
	const struct mech_key_type *t = k == NULL ? NULL : mech_key_type_find(k->type);

	return t != NULL && t->slow != NULL && t->slow(k);
}

bool mech_key_value_fits(const struct mech_key_type *t, CK_ULONG len)
{
	return t != NULL && t->secret != NULL && secret_key_fits(t->secret, len);
}

size_t mech_count(void)
{
	need_table();
	return table_count;
}

const struct mech_row *mech_at(size_t i)
{
	need_table();
	return i < table_count ? table[i] : NULL;
}

bool mech_takes_key_type(const struct mech_row *row, CK_KEY_TYPE type)
{
	for (unsigned i = 0; i < row->key_type_count; i++)
		if (row->key_types[i] == type)
			return true;
	return false;
}

const char *mech_name_at(size_t i, CK_MECHANISM_TYPE *ret)
{
	if (i >= array_len(names))
		return NULL;
	*ret = names[i].type;
	return names[i].name;
}

const char *mech_name(CK_MECHANISM_TYPE type)
{
	static _Thread_local char unknown[32];

	for (size_t i = 0; i < array_len(names); i++)
		if (names[i].type == type)
			return names[i].name;
	snprintf(unknown, sizeof(unknown), "CKM_0x%08lX", (unsigned long)type);
	return unknown;
}

void mech_key_free(struct mech_key *k)
{
	if (k == NULL)
		return;
	pkey_free(k->pkey);
	secret_free(&k->value);
	wipe(k, sizeof(*k));
	free(k);
}

/* Hashed twice, so that the material is never beside the rest in one buffer: class, type, hash of the material. */
void mech_key_fingerprint(const struct mech_key *k, unsigned char ret[32])
{
	unsigned char all[8 + 8 + 32];

	for (size_t i = 0; i < 8; i++) {
		all[i] = (unsigned char)((uint64_t)k->object_class >> (8 * i));
		all[8 + i] = (unsigned char)((uint64_t)k->type >> (8 * i));
	}
	if (k->pkey != NULL)
		pkey_public_digest(k->pkey, all + 16);
	else
		hash_sha256(secret_bytes(&k->value), all + 16);
	hash_sha256(bytes_of(all, sizeof(all)), ret);
	wipe(all, sizeof(all));
}
