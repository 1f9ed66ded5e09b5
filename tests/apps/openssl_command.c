/* SPDX-License-Identifier: Apache-2.0 */
/* See openssl_command.h. */
#include "openssl_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 40

static char folder[] = "/tmp/conclave-openssl.XXXXXX";
static char home[4096], said[4096];

static _Noreturn void broken(const char *what, const char *name)
{
	perror(name);
	fprintf(stderr, "%s %s\n", what, name);
	abort();
}

static const char *command(void)
{
	const char *path = getenv("CONCLAVE_OPENSSL");

	return path != NULL && path[0] == '/' ? path : "/usr/bin/openssl";
}

bool openssl_start(void)
{
	int major = 0, minor = 0;

	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (getcwd(home, sizeof(home)) == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0)
		broken("no folder", folder);
	return openssl("version") == 0 && sscanf(openssl_said(), "OpenSSL %d.%d", &major, &minor) == 2 &&
	       (major > 3 || (major == 3 && minor >= 5));
}

void openssl_end(void)
{
	char remove[sizeof(folder) + 10];

	if (chdir(home) != 0)
		broken("no way back to", home);
	snprintf(remove, sizeof(remove), "rm -rf %s", folder);
	if (system(remove) != 0)
		broken("cannot remove", folder);
}

static void run(char *const *words, pid_t *ret)
{
	static char configuration[] = "OPENSSL_CONF=/dev/null", language[] = "LC_ALL=C";
	char *const environment[] = {configuration, language, NULL};
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawn(ret, command(), &actions, NULL, words, environment) != 0)
		broken("cannot start", command());
	posix_spawn_file_actions_destroy(&actions);
}

int openssl(const char *format, ...)
{
	char line[2048] = "openssl ", *words[MAX_WORDS + 1] = {NULL}, *rest = NULL;
	size_t count = 0, begun = strlen(line);
	int status = 0;
	pid_t pid;
	va_list args;

	va_start(args, format);
	if (vsnprintf(line + begun, sizeof(line) - begun, format, args) >= (int)(sizeof(line) - begun))
		broken("too long:", line);
	va_end(args);
	for (char *word = strtok_r(line, " ", &rest); word != NULL && count < MAX_WORDS; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	run(words, &pid);
	if (waitpid(pid, &status, 0) != pid)
		broken("cannot wait for", command());
	said[file_read("said", (unsigned char *)said, sizeof(said) - 1)] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *openssl_said(void)
{
	return said;
}

void file_write(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
		broken("cannot write", name);
}

size_t file_read(const char *name, unsigned char *ret, size_t room)
{
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		broken("cannot read", name);
	size_t len = fread(ret, 1, room, f);
	fclose(f);
	return len;
}

/* ---- SEQUENCE { INTEGER r, INTEGER s } --------------------------------------------------------- */

static size_t put_length(unsigned char *ret, size_t len)
{
	if (len < 0x80) {
		ret[0] = (unsigned char)len;
		return 1;
	}
	ret[0] = 0x81; /* signatures here have fewer than 256 bytes */
	ret[1] = (unsigned char)len;
	return 2;
}

static size_t put_integer(unsigned char *ret, const unsigned char *number, size_t len)
{
	while (len > 1 && number[0] == 0) {
		number++;
		len--;
	}
	bool sign = number[0] & 0x80;
	ret[0] = 0x02;
	size_t at = 1 + put_length(ret + 1, len + sign);
	if (sign)
		ret[at++] = 0;
	memcpy(ret + at, number, len);
	return at + len;
}

size_t signature_to_der(const unsigned char *raw, size_t len, unsigned char *ret)
{
	unsigned char body[512];
	size_t body_len = put_integer(body, raw, len / 2);

	body_len += put_integer(body + body_len, raw + len / 2, len / 2);
	ret[0] = 0x30;
	size_t at = 1 + put_length(ret + 1, body_len);
	memcpy(ret + at, body, body_len);
	return at + body_len;
}

/* The value of the next element, whose tag must be this; *at stands behind its head. */
static bool take(const unsigned char *der, size_t len, size_t *at, unsigned char tag, size_t *ret_len)
{
	if (*at + 2 > len || der[*at] != tag)
		return false;
	size_t head = 2, value = der[*at + 1];
	if (value == 0x81 && *at + 3 <= len) {
		value = der[*at + 2];
		head = 3;
	}
	*at += head;
	*ret_len = value;
	return *at + value <= len;
}

bool signature_from_der(const unsigned char *der, size_t len, unsigned char *ret, size_t raw_len)
{
	size_t at = 0, part = 0, half = raw_len / 2;

	if (!take(der, len, &at, 0x30, &part))
		return false;
	memset(ret, 0, raw_len);
	for (int i = 0; i < 2; i++) {
		if (!take(der, len, &at, 0x02, &part))
			return false;
		for (; part > 0 && der[at] == 0; part--)
			at++;
		if (part > half)
			return false;
		memcpy(ret + (size_t)i * half + half - part, der + at, part);
		at += part;
	}
	return at == len;
}
