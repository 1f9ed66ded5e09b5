/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave config show`: every setting, its value, and where that comes from. Reads the same file and environment
 * by the same rules as the module (src/core/config.c); a test holds the two tables against each other. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "args.h"
#include "table.h"

enum kind { KIND_TEXT, KIND_FLAG, KIND_NUMBER };

static const struct key {
	const char *name, *env;
	enum kind kind;
	const char *fallback; /* NULL: computed */
	CK_ULONG min, max;
} keys[] = {
	{"store", "CONCLAVE_STORE", KIND_TEXT, NULL, 0, 0},
	{"log", "CONCLAVE_LOG", KIND_TEXT, "error:stderr", 0, 0},
	{"spare_slot", "CONCLAVE_SPARE_SLOT", KIND_FLAG, "no", 0, 0},
	{"pin_to_be_changed", "CONCLAVE_PIN_TO_BE_CHANGED", KIND_FLAG, "no", 0, 0},
	{"test_tokens", "CONCLAVE_TEST_TOKENS", KIND_FLAG, "no", 0, 0},
	{"max_sessions", "CONCLAVE_MAX_SESSIONS", KIND_NUMBER, "0", 0, 1UL << 24},
	{"max_rw_sessions", "CONCLAVE_MAX_RW_SESSIONS", KIND_NUMBER, "0", 0, 1UL << 24},
	{"pin_tries", "CONCLAVE_PIN_TRIES", KIND_NUMBER, "10", 1, 255},
	{"object_cache", "CONCLAVE_OBJECT_CACHE", KIND_NUMBER, "65536", 0, 1UL << 30},
	{"policy", "CONCLAVE_POLICY", KIND_TEXT, "default", 0, 0},
};

struct setting {
	char value[1024];
	char origin[1024];
};

struct settings {
	struct setting of[array_len(keys)];
	const char *path;
};

static bool flag_good(const char *value)
{
	static const char *const words[] = {"1", "true", "yes", "on", "0", "false", "no", "off"};

	for (size_t i = 0; i < array_len(words); i++) {
		if (strcasecmp(value, words[i]) == 0)
			return true;
	}
	return false;
}

static bool good(const struct key *k, const char *value)
{
	CK_ULONG n = 0;

	if (k->kind == KIND_FLAG)
		return flag_good(value);
	return k->kind == KIND_TEXT || (args_number(value, &n) && n >= k->min && n <= k->max);
}

static void assign(struct settings *s, size_t i, const char *value, const char *origin)
{
	if (!good(&keys[i], value)) {
		complain(DONE, "%s: '%s' is no value for %s and is passed over", origin, value, keys[i].name);
		return;
	}
	snprintf(s->of[i].value, sizeof(s->of[i].value), "%s", value);
	snprintf(s->of[i].origin, sizeof(s->of[i].origin), "%s", origin);
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct settings *s = user;

	/* Policies are the module's to read; `conclave mechanisms` shows what comes of them. So is a stated validation. */
	if (strcmp(section, "validation") == 0)
		return 1;
	if (strncmp(section, "policy", 6) == 0) {
		if (strcmp(section, "policy") != 0 || strcmp(name, "profile") != 0)
			return 1;
		name = "policy";
	}
	for (size_t i = 0; i < array_len(keys); i++) {
		if (strcmp(keys[i].name, name) == 0) {
			assign(s, i, value, s->path);
			return 1;
		}
	}
	complain(DONE, "%s: unknown key '%s'", s->path, name);
	return 1;
}

static void default_store(char *ret, size_t size)
{
	const char *data = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");

	if (data != NULL && data[0] == '/')
		snprintf(ret, size, "sqlite:%s/conclave", data);
	else if (home != NULL && home[0] == '/')
		snprintf(ret, size, "sqlite:%s/.local/share/conclave", home);
	else
		snprintf(ret, size, "sqlite:/var/lib/conclave");
}

static void read_file(struct settings *s)
{
	s->path = secure_getenv("CONCLAVE_CONF");
	if (s->path == NULL || s->path[0] == '\0')
		return;
	int line = ini_parse(s->path, on_key, s);
	if (line < 0)
		complain(DONE, "%s: %s; defaults are in force", s->path, strerror(errno));
	else if (line > 0)
		complain(DONE, "%s:%d: not of the form key = value", s->path, line);
}

static void read_all(struct settings *s)
{
	for (size_t i = 0; i < array_len(keys); i++) {
		snprintf(s->of[i].origin, sizeof(s->of[i].origin), "default");
		if (keys[i].fallback != NULL)
			snprintf(s->of[i].value, sizeof(s->of[i].value), "%s", keys[i].fallback);
		else
			default_store(s->of[i].value, sizeof(s->of[i].value));
	}
	read_file(s);
	for (size_t i = 0; i < array_len(keys); i++) {
		const char *value = secure_getenv(keys[i].env);
		if (value != NULL && value[0] != '\0')
			assign(s, i, value, keys[i].env);
	}
}

/* Cuts `len` characters at `from` out and says so. */
static void blot(char *from, size_t len)
{
	static const char blotted[] = "***";

	size_t room = len < strlen(blotted) ? len : strlen(blotted);
	memmove(from + room, from + len, strlen(from + len) + 1);
	memcpy(from, blotted, room);
}

static void hide_values(char *uri, const char *name)
{
	while ((uri = strstr(uri, name)) != NULL) {
		uri += strlen(name);
		blot(uri, strcspn(uri, "&"));
	}
}

/* A store's URI may hold a password, //user:password@host or password=... behind the question mark, or the PINs of a
 * token in memory. */
static void hide_passwords(char *uri)
{
	char *user = strstr(uri, "://");

	if (user != NULL) {
		user += strlen("://");
		char *end = user + strcspn(user, "/?@");
		char *colon = memchr(user, ':', (size_t)(end - user));
		if (*end == '@' && colon != NULL)
			blot(colon + 1, (size_t)(end - colon - 1));
	}
	hide_values(uri, "password=");
	hide_values(uri, "pin=");
}

enum status cmd_config(const struct args *a)
{
	struct table t = {.columns = 3};
	struct settings s = {0};
	enum status status = DONE;

	if (strcmp(a->words[0], "show") != 0)
		return complain(USAGE, "`conclave config` takes show, not '%s'", a->words[0]);
	read_all(&s);
	hide_passwords(s.of[0].value);
	status = table_add(&t, (const char *const[]){"SETTING", "VALUE", "FROM"});
	for (size_t i = 0; i < array_len(keys) && status == DONE; i++)
		status = table_add(&t, (const char *const[]){keys[i].name, s.of[i].value, s.of[i].origin});
	if (status == DONE)
		table_print(&t);
	table_free(&t);
	return status;
}
