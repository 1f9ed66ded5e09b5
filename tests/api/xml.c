/* SPDX-License-Identifier: Apache-2.0 */
/* The reader cuts the file's text in place: names and values point into it. Text between elements is
 * skipped, for one of the published cases holds a stray line of it. Knows nothing of PKCS#11. */
#include "xml.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t length = 0;
	ssize_t got;

	if (!file)
		return NULL;
	got = getdelim(&text, &length, '\0', file);
	fclose(file);
	return got < 0 ? NULL : text;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static char *skip_blanks(char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* name="value" pairs up to the end of the tag, which stays. NULL: not understood. */
static char *read_attributes(char *at, struct xml_element *element)
{
	int count = 0;

	while (is_name(*at)) {
		char *name = at, *end, quote;
		while (is_name(*at))
			at++;
		if (at[0] != '=' || (at[1] != '"' && at[1] != '\'') || count == XML_MAX_ATTRIBUTES - 1)
			return NULL;
		quote = at[1];
		*at = '\0';
		end = strchr(at + 2, quote);
		if (!end || memchr(at + 2, '&', (size_t)(end - at - 2)))
			return NULL;
		*end = '\0';
		element->attributes[count].name = name;
		element->attributes[count++].value = at + 2;
		at = skip_blanks(end + 1);
	}
	return at;
}

static char *read_element(char *at, struct xml_element **ret);

/* Up to and beyond the parent's closing tag. */
static char *read_children(char *at, struct xml_element *parent)
{
	struct xml_element **last = &parent->children;
	size_t length = strlen(parent->name);

	for (;;) {
		at = strchr(at, '<');
		if (!at)
			return NULL;
		if (strncmp(at, "<!--", 4) == 0) {
			at = strstr(at, "-->");
			if (!at)
				return NULL;
			continue;
		}
		if (at[1] == '/')
			return strncmp(at + 2, parent->name, length) == 0 && at[2 + length] == '>' ? at + 3 + length : NULL;
		at = read_element(at + 1, last);
		if (!at)
			return NULL;
		last = &(*last)->next;
	}
}

/* From behind the '<'. */
static char *read_element(char *at, struct xml_element **ret)
{
	struct xml_element *element = calloc(1, sizeof(*element));
	char *end = at, *rest;
	bool empty;

	*ret = element;
	while (is_name(*end))
		end++;
	if (!element || end == at)
		return NULL;
	element->name = at;
	rest = read_attributes(skip_blanks(end), element);
	if (!rest)
		return NULL;
	empty = rest[0] == '/' && rest[1] == '>';
	if (!empty && rest[0] != '>')
		return NULL;
	*end = '\0';
	return empty ? rest + 2 : read_children(rest + 1, element);
}

/* Declarations and comments before the root. */
static char *skip_prolog(char *at)
{
	while ((at = strchr(at, '<')) && (at[1] == '?' || at[1] == '!')) {
		at = strstr(at, at[1] == '?' ? "?>" : "-->");
		if (!at)
			return NULL;
	}
	return at;
}

static void free_element(struct xml_element *element)
{
	while (element) {
		struct xml_element *next = element->next;
		free_element(element->children);
		free(element);
		element = next;
	}
}

void xml_free(struct xml_document *document)
{
	free_element(document->root);
	free(document->text);
	*document = (struct xml_document){0};
}

struct xml_document xml_read(const char *path)
{
	struct xml_document document = {.text = read_text(path)};
	char *at = document.text ? skip_prolog(document.text) : NULL;

	if (!at || !read_element(at + 1, &document.root))
		xml_free(&document);
	return document;
}

const char *xml_attribute(const struct xml_element *element, const char *name)
{
	for (int i = 0; element->attributes[i].name; i++)
		if (strcmp(element->attributes[i].name, name) == 0)
			return element->attributes[i].value;
	return NULL;
}

struct xml_element *xml_child(const struct xml_element *element, const char *name)
{
	for (struct xml_element *child = element->children; child; child = child->next)
		if (strcmp(child->name, name) == 0)
			return child;
	return NULL;
}
