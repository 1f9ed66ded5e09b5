/* SPDX-License-Identifier: Apache-2.0 */
/* Text in columns: rows are collected, then printed with every column as wide as it must be. */
#ifndef CONCLAVE_TOOL_TABLE_H
#define CONCLAVE_TOOL_TABLE_H

#include "tool.h"

#define TABLE_COLUMNS 8

struct table {
	size_t columns;
	char *(*rows)[TABLE_COLUMNS];
	size_t count, cap;
};

/* Adds a row of as many texts as the table has columns; they are copied. */
must_check enum status table_add(struct table *t, const char *const cells[]);
/* Prints and frees. */
void table_print(struct table *t);
void table_free(struct table *t);

/* One line "name: value", names in one column. */
void table_line(const char *name, const char *fmt, ...) printf_like(2, 3);

#endif
