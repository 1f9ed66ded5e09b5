/* SPDX-License-Identifier: Apache-2.0 */
/* See spec_names.h. */
#include "spec_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMES 2048

static struct {
	char name[64];
	CK_ULONG value;
	bool alias;
} names[MAX_NAMES];
static size_t count;

int spec_names_read(void **state)
{
	FILE *f = fopen(TEST_SOURCE_ROOT "/tests/spec/constants.tsv", "r");
	char line[1024];
	(void)state;

	if (f == NULL)
		return -1;
	while (count < MAX_NAMES && fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *cell[6];
		for (size_t i = 0; i < array_len(cell); i++)
			cell[i] = strsep(&rest, "\t");
		if (cell[5] == NULL)
			continue;
		snprintf(names[count].name, sizeof(names[count].name), "%s", cell[0]);
		names[count].value = strtoul(cell[1], NULL, 0);
		names[count].alias = *cell[5] != '\0';
		count++;
	}
	fclose(f);
	return count > 1000 && count < MAX_NAMES ? 0 : -1;
}

bool spec_value(const char *name, CK_ULONG *ret)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].name, name) == 0) {
			*ret = names[i].value;
			return true;
		}
	return false;
}

const char *spec_name(const char *prefix, CK_ULONG value)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].value == value && !names[i].alias && strncmp(names[i].name, prefix, strlen(prefix)) == 0)
			return names[i].name;
	return NULL;
}
