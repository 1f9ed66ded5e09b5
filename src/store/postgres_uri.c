/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the URI: what begins with "conclave_" in its query is ours and is cut out, the rest is libpq's.
 * Knows names and defaults of the settings; connects to nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/text.h"
#include "store/postgres_store.h"

#define OWN_PREFIX "conclave_"
#define DEFAULT_SCHEMA "conclave"
#define DEFAULT_WAIT_MS 10000
#define DEFAULT_NEWS_MS 10
#define WAIT_MAX_MS 3600000u
/* PostgreSQL cuts longer names off. */
#define SCHEMA_MAX 63

void postgres_settings_free(struct postgres_settings *set)
{
	if (set->conninfo != NULL)
		wipe(set->conninfo, strlen(set->conninfo));
	free(set->conninfo);
	free(set->shown);
	free(set->schema);
	free(set->key_file);
	*set = (struct postgres_settings){0};
}

static CK_RV no_memory(void)
{
	return fail(CKR_HOST_MEMORY, "no memory for the settings of a store");
}

/* ---- our own parameters --------------------------------------------------------------------------- */

static bool set_text(char **field, const char *value)
{
	char *copy = strdup(value);
	if (copy == NULL)
		return false;
	free(*field);
	*field = copy;
	return true;
}

static bool set_schema(struct postgres_settings *set, const char *value)
{
	size_t len = strlen(value);
	return len > 0 && len <= SCHEMA_MAX && set_text(&set->schema, value);
}

static bool set_key_file(struct postgres_settings *set, const char *value)
{
	return value[0] == '/' && set_text(&set->key_file, value);
}

static bool read_ms(const char *value, unsigned scale, unsigned min, unsigned *ret)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || value[0] == '-' || n < min || n > WAIT_MAX_MS / scale)
		return false;
	*ret = (unsigned)n * scale;
	return true;
}

static bool set_wait(struct postgres_settings *set, const char *value)
{
	return read_ms(value, 1000, 1, &set->wait_ms);
}

static bool set_news(struct postgres_settings *set, const char *value)
{
	return read_ms(value, 1, 0, &set->news_ms);
}

static const struct parameter {
	const char *name;
	bool (*set)(struct postgres_settings *set, const char *value);
} parameters[] = {
	{OWN_PREFIX "schema", set_schema},
	{OWN_PREFIX "key", set_key_file},
	{OWN_PREFIX "wait", set_wait},
	{OWN_PREFIX "news_ms", set_news},
};

static CK_RV take_parameter(struct postgres_settings *set, const char *text, size_t len)
{
	size_t name_len = strcspn(text, "=&");
	for (size_t i = 0; i < array_len(parameters); i++) {
		if (name_len >= len || strlen(parameters[i].name) != name_len ||
		    strncmp(parameters[i].name, text, name_len) != 0)
			continue;
		char *value = text_percent_decode(bytes_of(text + name_len + 1, len - name_len - 1));
		if (value == NULL)
			return no_memory();
		bool good = parameters[i].set(set, value);
		free(value);
		return good ? CKR_OK : fail(CKR_GENERAL_ERROR, "postgresql: %.*s is no good value", (int)len, text);
	}
	return fail(CKR_GENERAL_ERROR, "postgresql: there is no parameter %.*s", (int)name_len, text);
}

/* Splits the URI into conninfo and our parameters. */
static CK_RV split(const char *uri, struct postgres_settings *set)
{
	const char *query = strchr(uri, '?');
	set->conninfo = strdup(uri);
	if (set->conninfo == NULL)
		return no_memory();
	if (query == NULL)
		return CKR_OK;
	char *out = set->conninfo + (query - uri);
	char separator = '?';
	for (const char *at = query + 1; *at != '\0';) {
		size_t len = strcspn(at, "&");
		if (strncmp(at, OWN_PREFIX, strlen(OWN_PREFIX)) == 0) {
			try(take_parameter(set, at, len));
		} else {
			*out++ = separator;
			memcpy(out, at, len);
			out += len;
			separator = '&';
		}
		at += len + (at[len] == '&');
	}
	*out = '\0';
	return CKR_OK;
}

/* ---- what libpq makes of its part ------------------------------------------------------------------ */

static const char *option(const PQconninfoOption *options, const char *name)
{
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, name) == 0 && o->val != NULL)
			return o->val;
	}
	return "";
}

static CK_RV show(struct postgres_settings *set)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(set->conninfo, &why);
	if (options == NULL) {
		/* Its message quotes the URI, with the password. */
		PQfreemem(why);
		return fail(CKR_GENERAL_ERROR, "postgresql: the URI is not of the form that libpq reads");
	}
	const char *port = option(options, "port");
	int n = asprintf(&set->shown, "//%s%s%s/%s", option(options, "host"), port[0] != '\0' ? ":" : "", port,
			 option(options, "dbname"));
	PQconninfoFree(options);
	if (n < 0) {
		set->shown = NULL;
		return no_memory();
	}
	return CKR_OK;
}

/* The environment first, then the URI, then a place where a user's settings are. */
static CK_RV choose_key_file(struct postgres_settings *set)
{
	const char *named = secure_getenv("CONCLAVE_STORE_KEY");
	const char *config = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	int n = 0;
	if (named != NULL && named[0] == '/')
		return set_text(&set->key_file, named) ? CKR_OK : no_memory();
	if (set->key_file != NULL)
		return CKR_OK;
	if (config != NULL && config[0] == '/')
		n = asprintf(&set->key_file, "%s/conclave/store.key", config);
	else if (home != NULL && home[0] == '/')
		n = asprintf(&set->key_file, "%s/.config/conclave/store.key", home);
	else
		n = asprintf(&set->key_file, "/etc/conclave/store.key");
	if (n < 0) {
		set->key_file = NULL;
		return no_memory();
	}
	return CKR_OK;
}

static CK_RV read_settings(const char *uri, struct postgres_settings *set)
{
	try(split(uri, set));
	try(show(set));
	if (set->schema == NULL && !set_schema(set, DEFAULT_SCHEMA))
		return no_memory();
	return choose_key_file(set);
}

CK_RV postgres_settings_read(const char *uri, struct postgres_settings *ret)
{
	struct postgres_settings set = {.wait_ms = DEFAULT_WAIT_MS, .news_ms = DEFAULT_NEWS_MS};
	CK_RV rv = read_settings(uri, &set);
	if (rv != CKR_OK) {
		postgres_settings_free(&set);
		return rv;
	}
	*ret = set;
	return CKR_OK;
}
