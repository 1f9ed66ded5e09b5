/* SPDX-License-Identifier: Apache-2.0 */
/* The options of all verbs in one table, over getopt_long: what they are called, where their values go. */
#ifndef CONCLAVE_TOOL_ARGS_H
#define CONCLAVE_TOOL_ARGS_H

#include <stdio.h>

#include "tool.h"

enum option_number {
	OPTION_MODULE, OPTION_SLOT, OPTION_TOKEN, OPTION_LABEL, OPTION_ID, OPTION_CLASS, OPTION_LOGIN, OPTION_SO,
	OPTION_PIN_FILE, OPTION_PIN_FD, OPTION_SO_PIN_FILE, OPTION_SO_PIN_FD, OPTION_NEW_PIN_FILE, OPTION_NEW_PIN_FD,
	OPTION_NO_USER, OPTION_REINIT, OPTION_TEST, OPTION_ALL, OPTION_DERIVE, OPTION_USES, OPTION_YES,
	OPTION_USER, OPTION_PASSPHRASE_FILE, OPTION_PASSPHRASE_FD, OPTION_KEY_FILE, OPTION_OVERWRITE, OPTION_REPLACE, OPTION_LIST,
	OPTION_CONFIG,
	OPTION_HELP, OPTIONS,
};

#define BIT(option) (UINT64_C(1) << (option))
#define EVERY_VERB (BIT(OPTION_MODULE) | BIT(OPTION_HELP))
#define WHICH_TOKEN (BIT(OPTION_SLOT) | BIT(OPTION_TOKEN))
#define USER_PIN (BIT(OPTION_PIN_FILE) | BIT(OPTION_PIN_FD))
#define USER_LOGIN (USER_PIN | BIT(OPTION_USER))
#define SO_PIN (BIT(OPTION_SO_PIN_FILE) | BIT(OPTION_SO_PIN_FD))
#define BACKUP_KEY (BIT(OPTION_PASSPHRASE_FILE) | BIT(OPTION_PASSPHRASE_FD) | BIT(OPTION_KEY_FILE))
#define NEW_PIN (BIT(OPTION_NEW_PIN_FILE) | BIT(OPTION_NEW_PIN_FD))

/* Reads what stands behind the verb. USAGE with a message when it makes no sense for it. */
must_check enum status args_parse(const struct verb *v, int argc, char **argv, struct args *ret);
/* The options of a verb with their meaning, one a line. */
void args_describe(uint64_t options, FILE *out);
/* A whole number, as an option's value. */
bool args_number(const char *text, CK_ULONG *ret);
/* Pairs of hexadecimal digits, colons between them allowed. */
bool args_hex(const char *text, unsigned char *ret, size_t size, size_t *ret_len);

#endif
