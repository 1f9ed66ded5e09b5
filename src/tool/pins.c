/* SPDX-License-Identifier: Apache-2.0 */
/* Reading PINs: see pins.h. Descriptors are read byte by byte, so that one descriptor can give several PINs, a line
 * each. Knows no token. */
#include "pins.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "args.h"

void pin_wipe(struct pin *p)
{
	explicit_bzero(p, sizeof(*p));
}

/* One line without its end. false: nothing there, or more than a PIN can have. */
static bool read_line(int fd, struct pin *ret)
{
	unsigned char c = 0;
	ssize_t n;

	ret->len = 0;
	for (;;) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || c == '\n')
			break;
		if (ret->len == PIN_MAX) {
			explicit_bzero(&c, sizeof(c));
			errno = EOVERFLOW;
			return false;
		}
		ret->text[ret->len++] = c;
	}
	explicit_bzero(&c, sizeof(c));
	if (ret->len > 0 && ret->text[ret->len - 1] == '\r')
		ret->len--;
	if (n == 0 && ret->len == 0)
		errno = ENODATA;
	return n > 0 || ret->len > 0;
}

static enum status from_file(const char *path, struct pin *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return complain(USAGE, "%s: %s", path, strerror(errno));
	bool good = read_line(fd, ret);
	int why = errno;
	close(fd);
	return good ? DONE : complain(USAGE, "%s: no PIN in its first line: %s", path, strerror(why));
}

static enum status from_fd(const char *text, struct pin *ret)
{
	CK_ULONG fd = 0;

	if (!args_number(text, &fd) || fd > 1023)
		return complain(USAGE, "'%s' is no file descriptor", text);
	return read_line((int)fd, ret) ? DONE : complain(USAGE, "no PIN comes from descriptor %lu: %s", fd, strerror(errno));
}

/* The terminal's echo is off only between these two, and a signal cannot end the program meanwhile. */
static bool ask(int tty, const char *prompt, struct pin *ret)
{
	struct termios before, quiet;
	sigset_t all, old;

	if (tcgetattr(tty, &before) != 0)
		return false;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON | ECHONL;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	dprintf(tty, "%s: ", prompt);
	bool good = read_line(tty, ret);
	tcsetattr(tty, TCSAFLUSH, &before);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return good;
}

static enum status from_terminal(const char *prompt, bool twice, struct pin *ret)
{
	__attribute__((cleanup(pin_wipe))) struct pin again = {0};
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return complain(USAGE, "%s: there is no terminal to ask; see --pin-file and its kin in --help", prompt);
	bool good = ask(tty, prompt, ret);
	if (good && twice)
		good = ask(tty, "once more", &again);
	close(tty);
	if (!good)
		return complain(USAGE, "%s: nothing was typed", prompt);
	if (twice && (again.len != ret->len || memcmp(again.text, ret->text, ret->len) != 0)) /* not secret from the one who typed both */
		return complain(PIN_REFUSED, "the two are not the same");
	return DONE;
}

static enum status take(struct pin_source from, const char *prompt, bool twice, struct pin *ret)
{
	if (from.file != NULL && from.fd != NULL)
		return complain(USAGE, "%s: give a file or a descriptor, not both", prompt);
	if (from.file != NULL)
		return from_file(from.file, ret);
	if (from.fd != NULL)
		return from_fd(from.fd, ret);
	return from_terminal(prompt, twice, ret);
}

enum status pin_read(struct pin_source from, const char *prompt, struct pin *ret)
{
	return take(from, prompt, false, ret);
}

enum status pin_choose(struct pin_source from, const char *prompt, struct pin *ret)
{
	return take(from, prompt, true, ret);
}

bool pin_confirm(const char *question)
{
	char answer = 'n', c = '\0';
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return false;
	dprintf(tty, "%s [y/N] ", question);
	if (read(tty, &answer, 1) != 1)
		answer = 'n';
	for (c = answer; c != '\n' && read(tty, &c, 1) == 1;)
		continue;
	close(tty);
	return answer == 'y' || answer == 'Y';
}
