/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the settings: one table says for each key its name in the file, its environment variable and its
 * kind. Knows the names; what a setting does is its user's business. */
#include "core/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

#define DEFAULT_PIN_TRIES 10
#define DEFAULT_OBJECT_CACHE 65536

enum kind { KIND_TEXT, KIND_FLAG, KIND_NUMBER };

static const struct key {
	const char *name; /* in the file */
	const char *env;  /* overrides the file */
	enum kind kind;
	size_t offset;
	CK_ULONG min, max; /* of numbers */
} keys[] = {
	{"store", "CONCLAVE_STORE", KIND_TEXT, offsetof(struct config, store), 0, 0},
	{"log", "CONCLAVE_LOG", KIND_TEXT, offsetof(struct config, log), 0, 0},
	{"spare_slot", "CONCLAVE_SPARE_SLOT", KIND_FLAG, offsetof(struct config, spare_slot), 0, 0},
	{"pin_to_be_changed", "CONCLAVE_PIN_TO_BE_CHANGED", KIND_FLAG, offsetof(struct config, pin_to_be_changed), 0, 0},
	{"test_tokens", "CONCLAVE_TEST_TOKENS", KIND_FLAG, offsetof(struct config, test_tokens), 0, 0},
	{"max_sessions", "CONCLAVE_MAX_SESSIONS", KIND_NUMBER, offsetof(struct config, max_sessions), 0, 1UL << 24},
	{"max_rw_sessions", "CONCLAVE_MAX_RW_SESSIONS", KIND_NUMBER, offsetof(struct config, max_rw_sessions), 0, 1UL << 24},
	{"pin_tries", "CONCLAVE_PIN_TRIES", KIND_NUMBER, offsetof(struct config, pin_tries), 1, 255},
	{"object_cache", "CONCLAVE_OBJECT_CACHE", KIND_NUMBER, offsetof(struct config, object_cache), 0, 1UL << 30},
	{"policy", "CONCLAVE_POLICY", KIND_TEXT, offsetof(struct config, policy_profile), 0, 0},
};

bool config_flag(const char *value, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"1", true}, {"true", true}, {"yes", true}, {"on", true},
	             {"0", false}, {"false", false}, {"no", false}, {"off", false}};

	for (size_t i = 0; i < array_len(words); i++) {
		if (strcasecmp(value, words[i].word) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

static bool parse_number(const struct key *k, const char *value, CK_ULONG *ret)
{
	char *end = NULL;

	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || value[0] == '-' || n < k->min || n > k->max)
		return false;
	*ret = n;
	return true;
}

/* false: out of memory. A value that does not parse is logged and left out. */
static bool assign(struct config *c, const struct key *k, const char *value, const char *where)
{
	void *field = (char *)c + k->offset;
	bool good = true;

	if (k->kind == KIND_TEXT) {
		char *copy = strdup(value);
		if (copy == NULL)
			return false;
		free(*(char **)field);
		*(char **)field = copy;
	} else if (k->kind == KIND_FLAG) {
		good = config_flag(value, field);
	} else {
		good = parse_number(k, value, field);
	}
	if (!good)
		log_write(LOG_LEVEL_WARN, "%s: '%s' is no value for %s, the default stays", where, value, k->name);
	return true;
}

struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	unsigned line;
	bool continues;            /* the line begins with a blank: it belongs to the one before */
	struct config_line **policy_end, **validation_end; /* where the next line of such a section goes */
	bool out_of_memory;
};

/* inih's way to its next line: counts them. */
static char *next_line(char *ret, int size, void *stream)
{
	struct reading *r = stream;
	char *got = fgets(ret, size, r->file);

	if (got != NULL) {
		r->line++;
		r->continues = got[0] == ' ' || got[0] == '\t';
	}
	return got;
}

static void line_free(struct config_line *l)
{
	if (l != NULL) {
		free(l->section);
		free(l->name);
		free(l->value);
	}
	free(l);
}

/* A line that goes on is one value. */
static bool go_on_line(struct config_line *l, const char *more)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s %s", l->value, more) < 0)
		return false;
	free(l->value);
	l->value = joined;
	return true;
}

static bool keep_line(const struct reading *r, struct config_line *first, struct config_line ***end, const char *section, const char *name,
                      const char *value)
{
	struct config_line *before = first == NULL ? NULL : container_of(*end, struct config_line, next);

	if (r->continues && before != NULL && strcmp(before->name, name) == 0)
		return go_on_line(before, value);
	struct config_line *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return false;
	*l = (struct config_line){strdup(section), strdup(name), strdup(value), r->line, NULL};
	**end = l;
	*end = &l->next;
	return l->section != NULL && l->name != NULL && l->value != NULL;
}

/* [policy] profile = NAME is policy = NAME; else lines of such sections are kept for policy.c. */
static bool is_policy_line(const char *section, const char *name)
{
	return strncmp(section, "policy", 6) == 0 && !(section[6] == '\0' && strcmp(name, "profile") == 0);
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (is_policy_line(section, name)) {
		if (!keep_line(r, r->config->policy, &r->policy_end, section, name, value))
			r->out_of_memory = true;
		return 1;
	}
	if (strcmp(section, "validation") == 0) {
		if (!keep_line(r, r->config->validation, &r->validation_end, section, name, value))
			r->out_of_memory = true;
		return 1;
	}
	if (strcmp(section, "policy") == 0)
		name = "policy";
	for (size_t i = 0; i < array_len(keys); i++) {
		if (strcmp(keys[i].name, name) == 0) {
			if (!assign(r->config, &keys[i], value, r->path))
				r->out_of_memory = true;
			return 1;
		}
	}
	log_write(LOG_LEVEL_WARN, "%s:%u: unknown key '%s'", r->path, r->line, name);
	return 1;
}

/* With policies in the file, a line that is passed over could be one that forbids something. */
static CK_RV judge(const struct reading *r, int wrong_line)
{
	if (r->out_of_memory)
		return CKR_HOST_MEMORY;
	if (wrong_line > 0 && (r->config->policy != NULL || r->config->validation != NULL))
		return fail(CKR_FUNCTION_FAILED, "%s:%d: not of the form key = value, or too long; the file holds policies", r->path, wrong_line);
	if (wrong_line > 0)
		log_write(LOG_LEVEL_WARN, "%s:%d: not of the form key = value", r->path, wrong_line);
	return CKR_OK;
}

static CK_RV read_file(struct config *c)
{
	const char *path = secure_getenv("CONCLAVE_CONF");

	if (path == NULL || path[0] == '\0')
		return CKR_OK;
	struct reading r = {.config = c, .path = path, .policy_end = &c->policy, .validation_end = &c->validation};
	c->path = strdup(path);
	if (c->path == NULL)
		return CKR_HOST_MEMORY;
	r.file = fopen(path, "re");
	if (r.file == NULL) {
		log_write(LOG_LEVEL_WARN, "%s: %s; defaults are in force", path, strerror(errno));
		return CKR_OK;
	}
	int wrong_line = ini_parse_stream(next_line, &r, on_key, &r);
	(void)fclose(r.file);
	return judge(&r, wrong_line);
}

static CK_RV default_store(struct config *c)
{
	const char *data = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");
	int n;

	if (data != NULL && data[0] == '/')
		n = asprintf(&c->store, "sqlite:%s/conclave", data);
	else if (home != NULL && home[0] == '/')
		n = asprintf(&c->store, "sqlite:%s/.local/share/conclave", home);
	else
		n = asprintf(&c->store, "sqlite:/var/lib/conclave");
	if (n < 0) {
		c->store = NULL;
		return CKR_HOST_MEMORY;
	}
	return CKR_OK;
}

static CK_RV load(struct config *c)
{
	try(read_file(c));
	for (size_t i = 0; i < array_len(keys); i++) {
		const char *value = secure_getenv(keys[i].env);
		if (value != NULL && value[0] != '\0' && !assign(c, &keys[i], value, keys[i].env))
			return CKR_HOST_MEMORY;
	}
	if (c->store == NULL)
		return default_store(c);
	return CKR_OK;
}

CK_RV config_load(struct config *ret)
{
	struct config c = {.pin_tries = DEFAULT_PIN_TRIES, .object_cache = DEFAULT_OBJECT_CACHE};

	CK_RV rv = load(&c);
	if (rv != CKR_OK) {
		config_free(&c);
		return rv;
	}
	*ret = c;
	return CKR_OK;
}

static void lines_free(struct config_line *l)
{
	while (l != NULL) {
		struct config_line *next = l->next;
		line_free(l);
		l = next;
	}
}

void config_free(struct config *c)
{
	lines_free(c->policy);
	lines_free(c->validation);
	free(c->store);
	free(c->log);
	free(c->policy_profile);
	free(c->path);
	*c = (struct config){0};
}
