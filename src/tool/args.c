/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one row per option; getopt_long does the reading. Knows which member of struct args an
 * option fills; what it means is the verb's business. PINs are never taken from here: `ps` shows arguments. */
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row {
	const char *name;
	const char *value; /* what the help calls it; NULL: the option is a flag */
	size_t offset;
	const char *help;
} rows[OPTIONS] = {
	[OPTION_MODULE] = {"module", "FILE", offsetof(struct args, module), "PKCS#11 module to load instead of the one that came with this tool"},
	[OPTION_SLOT] = {"slot", "NUMBER", offsetof(struct args, slot), "the slot, by number"},
	[OPTION_TOKEN] = {"token", "LABEL", offsetof(struct args, token), "the token, by label or serial number"},
	[OPTION_LABEL] = {"label", "TEXT", offsetof(struct args, label), "label"},
	[OPTION_ID] = {"id", "HEX", offsetof(struct args, id), "CKA_ID in hexadecimal"},
	[OPTION_CLASS] = {"class", "CLASS", offsetof(struct args, class), "private, public, secret, certificate, data, trust, parameters or otp"},
	[OPTION_LOGIN] = {"login", NULL, offsetof(struct args, login), "log in as user, to see private objects"},
	[OPTION_SO] = {"so", NULL, offsetof(struct args, so), "the security officer's PIN, not the user's"},
	[OPTION_PIN_FILE] = {"pin-file", "FILE", offsetof(struct args, pin_file), "user PIN: the first line of FILE"},
	[OPTION_PIN_FD] = {"pin-fd", "NUMBER", offsetof(struct args, pin_fd), "user PIN: the next line of an open descriptor"},
	[OPTION_SO_PIN_FILE] = {"so-pin-file", "FILE", offsetof(struct args, so_pin_file), "SO PIN: the first line of FILE"},
	[OPTION_SO_PIN_FD] = {"so-pin-fd", "NUMBER", offsetof(struct args, so_pin_fd), "SO PIN: the next line of an open descriptor"},
	[OPTION_NEW_PIN_FILE] = {"new-pin-file", "FILE", offsetof(struct args, new_pin_file), "new PIN: the first line of FILE"},
	[OPTION_NEW_PIN_FD] = {"new-pin-fd", "NUMBER", offsetof(struct args, new_pin_fd), "new PIN: the next line of an open descriptor"},
	[OPTION_NO_USER] = {"no-user", NULL, offsetof(struct args, no_user), "set no user PIN yet"},
	[OPTION_REINIT] = {"reinit", NULL, offsetof(struct args, reinit), "the slot holds a token: destroy its objects and make it anew"},
	[OPTION_TEST] = {"test", NULL, offsetof(struct args, test), "a token for tests, with cheap PIN hashing; its label begins with test-"},
	[OPTION_ALL] = {"all", NULL, offsetof(struct args, all), "all objects that match, not just one key or key pair"},
	[OPTION_DERIVE] = {"derive", NULL, offsetof(struct args, derive), "the key may be used to derive others (CKA_DERIVE), as in ECDH"},
	[OPTION_USES] = {"uses", "NUMBER", offsetof(struct args, uses), "how often the key may be used (Conclave's tokens only)"},
	[OPTION_YES] = {"yes", NULL, offsetof(struct args, yes), "do not ask"},
	[OPTION_USER] = {"user", "NAME", offsetof(struct args, user), "the user who logs in, where it is one with a name"},
	[OPTION_PASSPHRASE_FILE] = {"passphrase-file", "FILE", offsetof(struct args, passphrase_file), "passphrase of the backup: the first line of FILE"},
	[OPTION_PASSPHRASE_FD] = {"passphrase-fd", "NUMBER", offsetof(struct args, passphrase_fd), "passphrase of the backup: the next line of an open descriptor"},
	[OPTION_KEY_FILE] = {"key-file", "FILE", offsetof(struct args, key_file), "instead of a passphrase: a file of 32 to 4096 random bytes"},
	[OPTION_OVERWRITE] = {"overwrite", NULL, offsetof(struct args, overwrite), "replace a file that is there"},
	[OPTION_REPLACE] = {"replace", NULL, offsetof(struct args, replace), "replace the token that is there, with its SO PIN"},
	[OPTION_LIST] = {"list", NULL, offsetof(struct args, list), "list the tokens that there are; nothing is taken"},
	[OPTION_CONFIG] = {"config", "FILE", offsetof(struct args, config), "the softhsm2.conf that says where the tokens are"},
	[OPTION_HELP] = {"help", NULL, offsetof(struct args, help), "this text"},
};

/* getopt_long's numbers for our options begin behind all characters. */
#define FIRST_NUMBER 256

static void getopt_table(uint64_t accepted, struct option ret[OPTIONS + 1])
{
	size_t count = 0;

	for (int i = 0; i < OPTIONS; i++) {
		if (accepted & BIT(i))
			ret[count++] = (struct option){rows[i].name, rows[i].value != NULL ? required_argument : no_argument, NULL, FIRST_NUMBER + i};
	}
	ret[count] = (struct option){0};
}

static void assign(struct args *a, const struct option_row *row, const char *value)
{
	void *member = (char *)a + row->offset;

	if (row->value != NULL)
		*(const char **)member = value;
	else
		*(bool *)member = true;
}

enum status args_parse(const struct verb *v, int argc, char **argv, struct args *ret)
{
	struct option table[OPTIONS + 1];
	int number;

	*ret = (struct args){0};
	getopt_table(v->options | EVERY_VERB, table);
	while ((number = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (number == '?')
			return complain(USAGE, "see `conclave %s --help`", v->name);
		assign(ret, &rows[number == 'h' ? OPTION_HELP : number - FIRST_NUMBER], optarg);
	}
	ret->words = (const char *const *)argv + optind;
	ret->word_count = argc - optind;
	if (ret->help)
		return DONE;
	if (ret->word_count < v->min_words || ret->word_count > v->max_words)
		return complain(USAGE, "usage: conclave %s [OPTION]... %s", v->name, v->synopsis);
	if (ret->slot != NULL && ret->token != NULL)
		return complain(USAGE, "--slot and --token name the same thing: give one");
	return DONE;
}

void args_describe(uint64_t options, FILE *out)
{
	char left[40];

	for (int i = 0; i < OPTIONS; i++) {
		if (((options | EVERY_VERB) & BIT(i)) == 0)
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "", rows[i].value != NULL ? rows[i].value : "");
		fprintf(out, "  %-22s %s\n", left, rows[i].help);
	}
}

bool args_number(const char *text, CK_ULONG *ret)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*ret = n;
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return found == NULL ? -1 : (int)(found - digits);
}

bool args_hex(const char *text, unsigned char *ret, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (*text != '\0') {
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || len == size)
			return false;
		ret[len++] = (unsigned char)(high << 4 | low);
		text += 2;
		if (*text == ':')
			text++;
	}
	*ret_len = len;
	return true;
}
