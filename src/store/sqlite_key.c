/* SPDX-License-Identifier: Apache-2.0 */
/* The file store.key: 32 random bytes made once for each store. Knows nothing of what they protect. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define KEY_FILE "store.key"
#define KEY_SIZE 32

static CK_RV random_bytes(unsigned char *ret, size_t len)
{
	ssize_t n;
	do
		n = getrandom(ret, len, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? CKR_OK : fail(CKR_DEVICE_ERROR, "the system gives no random bytes");
}

static CK_RV write_key(struct sqlite_store *s, const char *name, const unsigned char key[KEY_SIZE])
{
	int fd = sqlite_dir_open(s, name, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return sqlite_dir_fail(s, name, "cannot be made");
	bool written = write(fd, key, KEY_SIZE) == KEY_SIZE && fsync(fd) == 0;
	CK_RV rv = written ? CKR_OK : sqlite_dir_fail(s, name, "cannot be written");
	close(fd);
	return rv;
}

/* The file appears with all its bytes or not at all, and the first maker's stays. */
static CK_RV link_key(struct sqlite_store *s, const char *name)
{
	if (linkat(s->dir_fd, name, s->dir_fd, KEY_FILE, 0) != 0 && errno != EEXIST)
		return sqlite_dir_fail(s, KEY_FILE, "cannot be put in place");
	if (fsync(s->dir_fd) != 0)
		return sqlite_dir_fail(s, "", "cannot be synchronised");
	return CKR_OK;
}

CK_RV sqlite_key_make(struct sqlite_store *s)
{
	if (faccessat(s->dir_fd, KEY_FILE, F_OK, 0) == 0)
		return CKR_OK;
	unsigned char key[KEY_SIZE];
	uint64_t unique;
	try(random_bytes((unsigned char *)&unique, sizeof(unique)));
	try(random_bytes(key, sizeof(key)));
	char name[64];
	snprintf(name, sizeof(name), ".store.key.%016llx", (unsigned long long)unique);
	CK_RV rv = write_key(s, name, key);
	if (rv == CKR_OK)
		rv = link_key(s, name);
	unlinkat(s->dir_fd, name, 0);
	wipe(key, sizeof(key));
	return rv;
}

/* *ret_found false when there is no such file. */
static CK_RV read_key(struct sqlite_store *s, unsigned char ret[KEY_SIZE], bool *ret_found)
{
	int fd = sqlite_dir_open(s, KEY_FILE, O_RDONLY);
	*ret_found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? CKR_OK : sqlite_dir_fail(s, KEY_FILE, "cannot be read");
	unsigned char key[KEY_SIZE + 1]; /* one more, to see that the file ends */
	ssize_t n = read(fd, key, sizeof(key));
	struct stat st;
	if (fstat(fd, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_write(LOG_LEVEL_WARN, "%s/" KEY_FILE " can be read by others than its owner", s->dir);
	close(fd);
	if (n < 0)
		return sqlite_dir_fail(s, KEY_FILE, "cannot be read");
	CK_RV rv = CKR_OK;
	if (n == KEY_SIZE)
		memcpy(ret, key, KEY_SIZE);
	else
		rv = fail(CKR_DEVICE_ERROR, "%s/" KEY_FILE " has a wrong size", s->dir);
	wipe(key, sizeof(key));
	return rv;
}

static CK_RV has_tokens(struct sqlite_store *s, bool *ret)
{
	if (store_inside(&s->base))
		return sqlite_has_tokens(s, ret);
	try(store_begin(&s->base, STORE_READ));
	CK_RV rv = sqlite_has_tokens(s, ret);
	store_rollback(&s->base);
	return rv;
}

CK_RV sqlite_local_key(struct store *base, unsigned char ret[32])
{
	struct sqlite_store *s = sqlite_of(base);
	bool found, tokens;
	try(read_key(s, ret, &found));
	if (found)
		return CKR_OK;
	/* With tokens there is something that only the lost key can check: a new one would hide the loss. */
	try(has_tokens(s, &tokens));
	if (tokens)
		return fail(CKR_DEVICE_ERROR, "%s/" KEY_FILE " is missing; put it back from the backup of this store", s->dir);
	try(sqlite_key_make(s));
	try(read_key(s, ret, &found));
	return found ? CKR_OK : fail(CKR_DEVICE_ERROR, "%s/" KEY_FILE " was removed as soon as it was made", s->dir);
}
