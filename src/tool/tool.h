/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the tool shares: how a command ends, what the command line said, what a verb is.
 * Knows nothing of the module beyond the public header. */
#ifndef CONCLAVE_TOOL_TOOL_H
#define CONCLAVE_TOOL_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pkcs11.h>

#define array_len(a) (sizeof(a) / sizeof((a)[0]))
#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

/* The exit codes, for scripts. */
enum status {
	DONE = 0,
	FAILED = 1,      /* the module refused, or something could not be read or written */
	USAGE = 2,       /* the command line makes no sense */
	MISSING = 3,     /* no such slot, token, object or module */
	PIN_REFUSED = 4, /* wrong, locked, not set, or not one that may be chosen */
};

/* The command line; members are NULL or false when their option was not given. */
struct args {
	const char *module;
	const char *slot, *token;
	const char *label, *id, *class, *uses;
	const char *pin_file, *pin_fd;
	const char *so_pin_file, *so_pin_fd;
	const char *new_pin_file, *new_pin_fd;
	const char *user;
	const char *passphrase_file, *passphrase_fd, *key_file;
	const char *config;
	bool login, so, no_user, reinit, test, all, derive, yes, overwrite, replace, list, help;
	const char *const *words; /* what is no option, after the verb */
	int word_count;
};

/* The row of a verb in main.c. */
struct verb {
	const char *name;
	enum status (*run)(const struct args *a);
	const char *synopsis; /* of the words */
	int min_words, max_words;
	uint64_t options; /* OPTION_ bits, args.h */
	const char *description;
};

enum status cmd_init(const struct args *a);
enum status cmd_slots(const struct args *a);
enum status cmd_token(const struct args *a);
enum status cmd_objects(const struct args *a);
enum status cmd_sessions(const struct args *a);
enum status cmd_mechanisms(const struct args *a);
enum status cmd_generate(const struct args *a);
enum status cmd_delete(const struct args *a);
enum status cmd_pin(const struct args *a);
enum status cmd_config(const struct args *a);
enum status cmd_rename(const struct args *a);
enum status cmd_remove(const struct args *a);
enum status cmd_verify(const struct args *a);
enum status cmd_user(const struct args *a);
enum status cmd_backup(const struct args *a);
enum status cmd_restore(const struct args *a);
enum status cmd_move(const struct args *a);
enum status cmd_import(const struct args *a);
enum status cmd_version(const struct args *a);

/* Leaves the function when a step was not DONE. The good path runs straight on. */
#define try(expr)                              \
	do {                                   \
		enum status try_status = (expr); \
		if (try_status != DONE)        \
			return try_status;     \
	} while (0)

/* "conclave: ..." on standard error, and gives back status. */
enum status complain(enum status status, const char *fmt, ...) printf_like(2, 3);

#endif
