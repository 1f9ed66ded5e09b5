/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's names of its constants, read from tests/spec/constants.tsv. Knows no schema and no module. */
#ifndef CONCLAVE_TESTS_SPEC_NAMES_H
#define CONCLAVE_TESTS_SPEC_NAMES_H

#include <pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_NAMES_MAX 2048

static struct {
	char name[64];
	CK_ULONG value;
	bool alias;
} spec_names[SPEC_NAMES_MAX];
static size_t spec_names_count;

/* Reads the table once; a cmocka group setup. */
static inline int spec_names_read(void **state)
{
	FILE *f = spec_names_count == 0 ? fopen(TEST_SOURCE_ROOT "/tests/spec/constants.tsv", "r") : NULL;
	char line[1024];
	(void)state;

	while (f != NULL && spec_names_count < SPEC_NAMES_MAX && fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *cell[6];
		for (size_t i = 0; i < 6; i++)
			cell[i] = strsep(&rest, "\t");
		if (cell[5] == NULL)
			continue;
		snprintf(spec_names[spec_names_count].name, sizeof(spec_names[0].name), "%s", cell[0]);
		spec_names[spec_names_count].value = strtoul(cell[1], NULL, 0);
		spec_names[spec_names_count++].alias = *cell[5] != '\0';
	}
	if (f != NULL)
		fclose(f);
	return spec_names_count > 1000 && spec_names_count < SPEC_NAMES_MAX ? 0 : -1;
}

static inline bool spec_value(const char *name, CK_ULONG *ret)
{
	for (size_t i = 0; i < spec_names_count; i++)
		if (strcmp(spec_names[i].name, name) == 0) {
			*ret = spec_names[i].value;
			return true;
		}
	return false;
}

/* The current name that begins with prefix ("CKK_"), or NULL. */
static inline const char *spec_name(const char *prefix, CK_ULONG value)
{
	for (size_t i = 0; i < spec_names_count; i++)
		if (spec_names[i].value == value && !spec_names[i].alias && strncmp(spec_names[i].name, prefix, strlen(prefix)) == 0)
			return spec_names[i].name;
	return NULL;
}

#endif
