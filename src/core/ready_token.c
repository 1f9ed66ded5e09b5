/* SPDX-License-Identifier: Apache-2.0 */
/* See ready_token.h. PINs of such a token are hashed at almost no cost: it lies in the memory that knows them. */
#include "core/ready_token.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/module.h"
#include "core/token.h"

#define MEMORY "memory:?"

enum part { PART_LABEL, PART_PIN, PART_SO_PIN, PARTS };

static const char *const names[PARTS] = {
	[PART_LABEL] = "label",
	[PART_PIN] = "pin",
	[PART_SO_PIN] = "so_pin", /* default: the user's */
};

struct wish {
	char *part[PARTS];
};

static void wish_free(struct wish *w)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (w->part[i] != NULL)
			wipe(w->part[i], strlen(w->part[i]));
		free(w->part[i]);
	}
}

bool ready_token_wanted(const char *store_uri)
{
	return strncmp(store_uri, MEMORY, strlen(MEMORY)) == 0;
}

/* One "name=value". */
static CK_RV take(struct wish *w, const char *text, size_t len)
{
	size_t name_len = strcspn(text, "=&");

	for (size_t i = 0; i < PARTS && name_len < len; i++) {
		if (strlen(names[i]) != name_len || strncmp(names[i], text, name_len) != 0 || w->part[i] != NULL)
			continue;
		w->part[i] = text_percent_decode(bytes_of(text + name_len + 1, len - name_len - 1));
		return w->part[i] != NULL ? CKR_OK : CKR_HOST_MEMORY;
	}
	return fail(CKR_ARGUMENTS_BAD, "memory: no part '%.*s' here; there are label=, pin= and so_pin=, each once", (int)name_len, text);
}

static CK_RV parse(const char *query, struct wish *ret)
{
	while (*query != '\0') {
		size_t len = strcspn(query, "&");
		try(take(ret, query, len));
		query += len + (query[len] == '&');
	}
	if (ret->part[PART_PIN] == NULL)
		return fail(CKR_ARGUMENTS_BAD, "memory: a token to begin with needs pin=");
	return CKR_OK;
}

static struct bytes text_bytes(const char *text)
{
	return bytes_of(text, strlen(text));
}

static CK_RV make(struct module *m, const struct wish *w)
{
	unsigned char label[32];
	struct store_token made;
	const char *so_pin = w->part[PART_SO_PIN] != NULL ? w->part[PART_SO_PIN] : w->part[PART_PIN];

	text_pad(label, sizeof(label), w->part[PART_LABEL] != NULL ? w->part[PART_LABEL] : "memory");
	struct token_start start = {.so_pin = text_bytes(so_pin), .user_pin = text_bytes(w->part[PART_PIN]), .label = label, .test = true};
	return token_create(m, &start, 0, &made);
}

CK_RV ready_token_make(struct module *m)
{
	struct wish w cleanup(wish_free) = {{NULL}};
	CK_RV rv = parse(m->config.store + strlen(MEMORY), &w);

	if (rv == CKR_OK)
		rv = make(m, &w);
	if (rv == CKR_OK || rv == CKR_HOST_MEMORY)
		return rv;
	log_write(LOG_LEVEL_ERROR, "the store memory: begins without a token");
	return CKR_OK;
}
