/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON reader that is just enough for well-formed files: it skips values and finds members, and never builds
 * anything. Inside the text no function of strings is called: a sanitizer looks for the end of the string each time,
 * which is the end of the file. */
#include "mech_vectors.h"

#include <stdio.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *blanks(const char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

static const char *skip_string(const char *p)
{
	for (p++; *p != '"' && *p != '\0'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return *p == '"' ? p + 1 : p;
}

/* Behind the value at p. */
static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = blanks(p);
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else {
			while (*p != '\0' && *p != ',' && *p != ':' && *p != ']' && *p != '}' && !is_blank(*p))
				p++;
		}
	} while (depth > 0 && *p != '\0');
	return p;
}

/* The value of a member of the object at p, or NULL. */
static const char *member(const char *p, const char *name, size_t len)
{
	p = blanks(p);
	if (*p != '{')
		return NULL;
	p = blanks(p + 1);
	while (*p == '"') {
		const char *end = skip_string(p);
		bool found = (size_t)(end - p) == len + 2 && bytes_equal(bytes_of(p + 1, len), bytes_of(name, len));

		p = blanks(end);
		if (*p == ':')
			p = blanks(p + 1);
		if (found)
			return p;
		p = blanks(skip_value(p));
		if (*p == ',')
			p = blanks(p + 1);
	}
	return NULL;
}

static const char *at_path(const char *p, const char *path)
{
	while (p != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		p = member(p, path, len);
		path += len + (path[len] == '.');
	}
	return p;
}

bool vector_find(const struct vector *v, const char *name, struct bytes *ret)
{
	const char *p = at_path(v->test, name);
	const char *end;

	if (p == NULL)
		p = at_path(v->group, name);
	if (p == NULL)
		return false;
	end = skip_value(p);
	*ret = *p == '"' ? bytes_of(p + 1, (size_t)(end - p) - 2) : bytes_of(p, (size_t)(end - p));
	return true;
}

bool vector_is(const struct vector *v, const char *name, const char *text)
{
	struct bytes value;

	return vector_find(v, name, &value) && bytes_equal(value, bytes_of(text, strlen(text)));
}

bool vector_has(const struct vector *v, const char *name, const char *word)
{
	struct bytes value;

	return vector_find(v, name, &value) && memmem(value.data, value.len, word, strlen(word)) != NULL;
}

struct buf vector_hex(const struct vector *v, const char *name)
{
	struct buf ret = {0};
	struct bytes value;
	char *text;

	if (!vector_find(v, name, &value))
		return ret;
	text = calloc(1, value.len + 1);
	assert_non_null(text);
	if (value.len > 0)
		memcpy(text, value.data, value.len);
	ret = harness_hex(text);
	free(text);
	return ret;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
		text = calloc(1, (size_t)size + 1);
		if (text != NULL && fread(text, 1, (size_t)size, f) != (size_t)size) {
			free(text);
			text = NULL;
		}
	}
	fclose(f);
	return text;
}

static size_t replay_group(const char *group, void (*check)(const struct vector *v))
{
	const char *test = at_path(group, "tests");
	size_t count = 0;

	assert_non_null(test);
	for (test = blanks(test + 1); *test == '{'; count++) {
		const struct vector v = {test, group};
		struct bytes id;

		/* The last one printed is the one that failed. */
		if (getenv("CONCLAVE_TEST_VERBOSE") != NULL && vector_find(&v, "tcId", &id))
			print_message("# tcId %.*s\n", (int)id.len, (const char *)id.data);
		check(&v);
		test = blanks(skip_value(test));
		if (*test == ',')
			test = blanks(test + 1);
	}
	return count;
}

void vectors_replay(const char *file, void (*check)(const struct vector *v))
{
	const char *shared = getenv("CONCLAVE_SHARED");
	char path[4096];
	const char *group;
	char *text;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/vectors/wycheproof/%s", shared != NULL ? shared : TEST_SOURCE_ROOT "/../shared", file);
	text = read_file(path);
	if (text == NULL) {
		print_message("# skipped: the published file %s is not here\n", file);
		skip();
	}
	group = at_path(text, "testGroups");
	assert_non_null(group);
	for (group = blanks(group + 1); *group == '{';) {
		count += replay_group(group, check);
		group = blanks(skip_value(group));
		if (*group == ',')
			group = blanks(group + 1);
	}
	print_message("# %zu tests of %s\n", count, file);
	assert_true(count > 0);
	free(text);
}
