/* SPDX-License-Identifier: Apache-2.0 */
/* See moving.h. */
#include "moving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


void backup_key_wipe(struct backup_key *k)
{
	explicit_bzero(k, sizeof(*k));
}

static enum status read_key_file(const char *path, struct backup_key *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return complain(USAGE, "%s: %s", path, strerror(errno));
	while (n > 0 && len < sizeof(ret->bytes)) {
		n = read(fd, ret->bytes + len, sizeof(ret->bytes) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	int why = errno;
	close(fd);
	if (n < 0)
		return complain(USAGE, "%s: %s", path, strerror(why));
	ret->key = (CONCLAVE_BACKUP_KEY){ret->bytes, len, CK_TRUE};
	return DONE;
}

enum status backup_key_read(const struct args *a, bool fresh, struct backup_key *ret)
{
	__attribute__((cleanup(pin_wipe))) struct pin passphrase = {0};
	struct pin_source from = {a->passphrase_file, a->passphrase_fd};

	if (a->key_file != NULL) {
		if (from.file != NULL || from.fd != NULL)
			return complain(USAGE, "a key file opens the backup, or a passphrase: not both");
		return read_key_file(a->key_file, ret);
	}
	try(fresh ? pin_choose(from, "new passphrase of the backup", &passphrase) : pin_read(from, "passphrase of the backup", &passphrase));
	memcpy(ret->bytes, passphrase.text, passphrase.len);
	ret->key = (CONCLAVE_BACKUP_KEY){ret->bytes, passphrase.len, CK_FALSE};
	return DONE;
}

static const struct p11_code codes[] = {
	{CKR_DATA_INVALID, FAILED, "it is no backup"},
	{CKR_FUNCTION_NOT_SUPPORTED, FAILED, "it is of a newer format than this version reads"},
	{CKR_ENCRYPTED_DATA_INVALID, FAILED, "it is damaged or cut short"},
	{CKR_PIN_INCORRECT, PIN_REFUSED, "the passphrase, key file or PIN is another"},
	{CKR_PIN_LEN_RANGE, PIN_REFUSED, "a passphrase has 8 to 255 bytes, a key file 32 to 4096"},
	{CKR_PIN_INVALID, PIN_REFUSED, "a passphrase is UTF-8 text"},
	{CKR_TOKEN_NOT_PRESENT, MISSING, "there is no such token"},
	{CKR_FUNCTION_CANCELED, FAILED, "interrupted"},
	{CKR_FUNCTION_FAILED, FAILED, "somebody else has changed it meanwhile: try again"},
	{CKR_DEVICE_ERROR, FAILED, "a file or a store cannot be read or written"},
	{CKR_DEVICE_MEMORY, FAILED, "the medium is full"},
};

enum status moving_status(CK_RV rv, const char *what, const char *subject)
{
	return p11_status_by(codes, array_len(codes), rv, "%s %s", subject, what);
}

enum status moving_find(struct p11 *p, CONCLAVE_FUNCTIONS **ret)
{
	try(admin_find(p, ret));
	if ((*ret)->version.major == 1 && (*ret)->version.minor >= 1)
		return DONE;
	return complain(FAILED, "%s is too old for this", p->path);
}
