/* SPDX-License-Identifier: Apache-2.0 */
/* The command `conclave`: a table of verbs and a loop over it. Stands outside the layers: it sees the public
 * header and loads the module as any application does. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "tool.h"

static const struct verb verbs[] = {
	{"init", cmd_init, "", 0, 0,
	 WHICH_TOKEN | USER_PIN | SO_PIN | BIT(OPTION_LABEL) | BIT(OPTION_NO_USER) | BIT(OPTION_REINIT) | BIT(OPTION_TEST),
	 "make a token, with its SO PIN and its user PIN"},
	{"slots", cmd_slots, "", 0, 0, 0, "list the slots and the tokens in them"},
	{"token", cmd_token, "", 0, 0, WHICH_TOKEN, "tell all about one token"},
	{"objects", cmd_objects, "", 0, 0,
	 WHICH_TOKEN | USER_LOGIN | BIT(OPTION_LOGIN) | BIT(OPTION_LABEL) | BIT(OPTION_ID) | BIT(OPTION_CLASS), "list the objects of a token"},
	{"sessions", cmd_sessions, "", 0, 0, WHICH_TOKEN, "tell the limits and counts of sessions"},
	{"mechanisms", cmd_mechanisms, "", 0, 0, BIT(OPTION_SLOT) | BIT(OPTION_TOKEN), "list what the token can compute"},
	{"generate", cmd_generate, "TYPE", 1, 1, WHICH_TOKEN | USER_LOGIN | BIT(OPTION_LABEL) | BIT(OPTION_ID) | BIT(OPTION_DERIVE) | BIT(OPTION_USES),
	 "make a key or a key pair: ec:P-256, rsa:3072, ed25519, aes:256, ..."},
	{"delete", cmd_delete, "", 0, 0,
	 WHICH_TOKEN | USER_LOGIN | BIT(OPTION_LABEL) | BIT(OPTION_ID) | BIT(OPTION_CLASS) | BIT(OPTION_ALL) | BIT(OPTION_YES),
	 "destroy objects"},
	{"pin", cmd_pin, "set|init|unlock", 1, 1, WHICH_TOKEN | USER_LOGIN | SO_PIN | NEW_PIN | BIT(OPTION_SO),
	 "change a PIN; or, as SO, give the user a new one"},
	{"user", cmd_user, "add|pin|remove|list [NAME]", 1, 2, WHICH_TOKEN | SO_PIN | NEW_PIN | BIT(OPTION_YES),
	 "users with names of their own: add, give a new PIN, remove, list"},
	{"rename", cmd_rename, "", 0, 0, WHICH_TOKEN | SO_PIN | BIT(OPTION_LABEL), "give a token another label"},
	{"remove", cmd_remove, "", 0, 0, WHICH_TOKEN | SO_PIN | BIT(OPTION_YES), "remove a token with all its objects, for ever"},
	{"verify", cmd_verify, "", 0, 0, WHICH_TOKEN | USER_LOGIN | BIT(OPTION_LOGIN), "look at every object of a token: is it authentic?"},
	{"backup", cmd_backup, "FILE", 1, 1, WHICH_TOKEN | BACKUP_KEY | BIT(OPTION_OVERWRITE),
	 "write all tokens, or one, to an encrypted file; they may be in use"},
	{"restore", cmd_restore, "FILE", 1, 1,
	 BIT(OPTION_TOKEN) | BACKUP_KEY | SO_PIN | BIT(OPTION_REPLACE) | BIT(OPTION_YES) | BIT(OPTION_LIST),
	 "put the tokens of a backup, or one of them, into the store"},
	{"move", cmd_move, "STORE", 1, 1, WHICH_TOKEN | SO_PIN, "move a token to another store, such as postgresql://host/database"},
	{"import", cmd_import, "softhsm [DIR]", 1, 2,
	 BIT(OPTION_TOKEN) | USER_PIN | SO_PIN | BIT(OPTION_CONFIG) | BIT(OPTION_NO_USER) | BIT(OPTION_LIST),
	 "take over tokens of SoftHSMv2, with a report on every attribute"},
	{"config", cmd_config, "show", 1, 1, 0, "show every setting and where it comes from"},
	{"version", cmd_version, "", 0, 0, 0, "tell the versions of the tool and the module"},
};

enum status complain(enum status status, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("conclave: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static void overview(FILE *out)
{
	fputs("usage: conclave VERB [OPTION]...\n\n", out);
	for (size_t i = 0; i < array_len(verbs); i++)
		fprintf(out, "  %-11s %s\n", verbs[i].name, verbs[i].description);
	fputs("\n`conclave VERB --help` tells the options of a verb, `man conclave` the rest.\n", out);
}

static enum status help_for(const struct verb *v)
{
	printf("usage: conclave %s [OPTION]...%s%s\n\n%s\n\n", v->name, v->synopsis[0] != '\0' ? " " : "", v->synopsis, v->description);
	args_describe(v->options, stdout);
	return DONE;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < array_len(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static enum status run(int argc, char **argv)
{
	struct args a;

	if (argc < 2) {
		overview(stderr);
		return USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		overview(stdout);
		return DONE;
	}
	if (strcmp(argv[1], "--version") == 0)
		argv[1] += 2;
	const struct verb *v = find_verb(argv[1]);
	if (v == NULL)
		return complain(USAGE, "there is no verb '%s'; see `conclave --help`", argv[1]);
	argv[1] = argv[0]; /* getopt's messages begin with it */
	try(args_parse(v, argc - 1, argv + 1, &a));
	return a.help ? help_for(v) : v->run(&a);
}

int main(int argc, char **argv)
{
	enum status status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout))
		status = complain(status == DONE ? FAILED : status, "standard output could not be written");
	return (int)status;
}
