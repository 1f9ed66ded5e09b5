/* SPDX-License-Identifier: Apache-2.0 */
/* Columns: see table.h. Widths are counted in characters of UTF-8, not in bytes. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static enum status grow(struct table *t)
{
	size_t cap = t->cap == 0 ? 16 : t->cap * 2;
	void *fresh = reallocarray(t->rows, cap, sizeof(*t->rows));

	if (fresh == NULL)
		return complain(FAILED, "out of memory");
	t->rows = fresh;
	t->cap = cap;
	return DONE;
}

enum status table_add(struct table *t, const char *const cells[])
{
	if (t->count == t->cap)
		try(grow(t));
	char **row = t->rows[t->count++];
	memset(row, 0, sizeof(t->rows[0]));
	for (size_t c = 0; c < t->columns; c++) {
		row[c] = strdup(cells[c]);
		if (row[c] == NULL)
			return complain(FAILED, "out of memory");
	}
	return DONE;
}

void table_free(struct table *t)
{
	for (size_t r = 0; r < t->count; r++) {
		for (size_t c = 0; c < t->columns; c++)
			free(t->rows[r][c]);
	}
	free(t->rows);
	*t = (struct table){.columns = t->columns};
}

/* Lines end where their text ends. */
static size_t cells_in(const struct table *t, size_t row)
{
	size_t n = t->columns;

	while (n > 0 && t->rows[row][n - 1][0] == '\0')
		n--;
	return n;
}

void table_print(struct table *t)
{
	size_t widest[TABLE_COLUMNS] = {0};

	for (size_t r = 0; r < t->count; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			size_t w = width(t->rows[r][c]);
			widest[c] = w > widest[c] ? w : widest[c];
		}
	}
	for (size_t r = 0; r < t->count; r++) {
		size_t cells = cells_in(t, r);
		for (size_t c = 0; c < cells; c++) {
			const char *cell = t->rows[r][c];
			int pad = c + 1 == cells ? 0 : (int)(widest[c] - width(cell)) + 2;
			printf("%s%*s", cell, pad, "");
		}
		putchar('\n');
	}
	table_free(t);
}

void table_line(const char *name, const char *fmt, ...)
{
	char label[32];
	va_list args;

	snprintf(label, sizeof(label), "%s:", name);
	printf("%-22s ", label);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}
