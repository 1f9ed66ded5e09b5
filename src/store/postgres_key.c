/* SPDX-License-Identifier: Apache-2.0 */
/* The file store.key of this host: 32 random bytes, the same on every host of a store and never in its
 * database. The database keeps what tells two keys apart and gives neither away: SipHash of a fixed text
 * under each half. Knows nothing of what the key protects. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/text.h"
#include "store/postgres_store.h"

#define KEY_SIZE 32

/* ---- which key it is --------------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static uint64_t load64(const unsigned char *from)
{
	uint64_t value = 0;
	for (int i = 7; i >= 0; i--)
		value = value << 8 | from[i];
	return value;
}

/* SipHash-2-4 of the eight bytes "conclave" under 16 bytes of key. */
static uint64_t sip_hash(const unsigned char key[16])
{
	static const unsigned char text[8] = {'c', 'o', 'n', 'c', 'l', 'a', 'v', 'e'};
	const uint64_t blocks[] = {load64(text), UINT64_C(8) << 56};
	uint64_t k0 = load64(key), k1 = load64(key + 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
	for (size_t i = 0; i < array_len(blocks); i++) {
		v[3] ^= blocks[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= blocks[i];
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
	wipe(v, sizeof(v));
	return hash;
}

static void check_of(const unsigned char key[KEY_SIZE], unsigned char ret[POSTGRES_KEY_CHECK])
{
	for (size_t half = 0; half < 2; half++) {
		uint64_t hash = sip_hash(key + 16 * half);
		for (size_t i = 0; i < 8; i++)
			ret[8 * half + i] = (unsigned char)(hash >> (8 * i));
	}
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static CK_RV file_fail(const struct postgres_store *s, const char *what)
{
	CK_RV rv = errno == ENOSPC || errno == EDQUOT ? CKR_DEVICE_MEMORY : CKR_DEVICE_ERROR;
	return fail(rv, "%s: %s: %s", s->set.key_file, what, strerror(errno));
}

static CK_RV random_bytes(unsigned char *ret, size_t len)
{
	ssize_t n;
	do
		n = getrandom(ret, len, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? CKR_OK : fail(CKR_DEVICE_ERROR, "the system gives no random bytes");
}

/* *ret_found false when there is no such file. */
static CK_RV read_key(const struct postgres_store *s, unsigned char ret[KEY_SIZE], bool *ret_found)
{
	int fd = open(s->set.key_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	*ret_found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? CKR_OK : file_fail(s, "cannot be read");
	unsigned char key[KEY_SIZE + 1]; /* one more, to see that the file ends */
	ssize_t n = read(fd, key, sizeof(key));
	struct stat st;
	if (fstat(fd, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_write(LOG_LEVEL_WARN, "%s can be read by others than its owner", s->set.key_file);
	CK_RV rv = CKR_OK;
	if (n == KEY_SIZE)
		memcpy(ret, key, KEY_SIZE);
	else
		rv = n < 0 ? file_fail(s, "cannot be read") : fail(CKR_DEVICE_ERROR, "%s has a wrong size", s->set.key_file);
	close(fd);
	wipe(key, sizeof(key));
	return rv;
}

/* Makes the folders above the file, mode 0700. */
static CK_RV make_folders(const struct postgres_store *s)
{
	char *path = strdup(s->set.key_file);
	if (path == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the name of a file");
	CK_RV rv = CKR_OK;
	for (char *slash = strchr(path + 1, '/'); slash != NULL && rv == CKR_OK; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
			rv = file_fail(s, "its folder cannot be made");
		*slash = '/';
	}
	free(path);
	return rv;
}

static CK_RV write_key(const struct postgres_store *s, const char *name, const unsigned char key[KEY_SIZE])
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return file_fail(s, "cannot be made");
	CK_RV rv = write(fd, key, KEY_SIZE) == KEY_SIZE && fsync(fd) == 0 ? CKR_OK : file_fail(s, "cannot be written");
	close(fd);
	/* The file appears with all its bytes or not at all, and the first maker's stays. */
	if (rv == CKR_OK && link(name, s->set.key_file) != 0 && errno != EEXIST)
		rv = file_fail(s, "cannot be put in place");
	unlink(name);
	return rv;
}

static CK_RV make_key(const struct postgres_store *s)
{
	unsigned char key[KEY_SIZE];
	uint64_t unique;
	char *name;
	try(make_folders(s));
	try(random_bytes((unsigned char *)&unique, sizeof(unique)));
	try(random_bytes(key, sizeof(key)));
	if (asprintf(&name, "%s.%016llx", s->set.key_file, (unsigned long long)unique) < 0)
		return fail(CKR_HOST_MEMORY, "no memory for the name of a file");
	CK_RV rv = write_key(s, name, key);
	free(name);
	wipe(key, sizeof(key));
	return rv;
}

/* ---- the file and the database ---------------------------------------------------------------------------- */

/* Text format: \x and 32 digits, or nothing. */
static CK_RV read_check(struct postgres_store *s, bool *ret_tokens)
{
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	try(postgres_run(s, &s->main, "SELECT encode(key_check, 'hex'), EXISTS (SELECT FROM token) FROM state", postgres_limit(s),
			 &r));
	if (postgres_rows(r) != 1)
		return fail(CKR_DEVICE_ERROR, "%s: the row of the state is missing", s->base.uri);
	const char *hex = PQgetvalue(r, 0, 0);
	*ret_tokens = PQgetvalue(r, 0, 1)[0] == 't';
	s->has_key_check = strlen(hex) == 2 * sizeof(s->key_check);
	for (size_t i = 0; s->has_key_check && i < sizeof(s->key_check); i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return fail(CKR_DEVICE_ERROR, "%s: the check of the key is damaged", s->base.uri);
		s->key_check[i] = (unsigned char)byte;
	}
	return CKR_OK;
}

/* The first host's key is the store's. */
static CK_RV write_check(struct postgres_store *s, const unsigned char key[KEY_SIZE])
{
	unsigned char check[POSTGRES_KEY_CHECK];
	char hex[2 * POSTGRES_KEY_CHECK + 1];
	char sql[160];
	bool tokens;
	check_of(key, check);
	text_hex(bytes_of(check, sizeof(check)), hex);
	snprintf(sql, sizeof(sql), "UPDATE state SET key_check = decode('%s', 'hex') WHERE key_check IS NULL", hex);
	try(postgres_run(s, &s->main, sql, postgres_limit(s), NULL));
	return read_check(s, &tokens);
}

CK_RV postgres_key_open(struct postgres_store *s)
{
	unsigned char key[KEY_SIZE];
	bool tokens, found;
	try(read_check(s, &tokens));
	if (s->has_key_check || s->base.read_only)
		return CKR_OK;
	try(read_key(s, key, &found));
	/* With tokens there is something that only the lost key can check: a new one would hide the loss. */
	if (!found && !tokens) {
		try(make_key(s));
		try(read_key(s, key, &found));
	}
	CK_RV rv = found ? write_check(s, key) : CKR_OK;
	wipe(key, sizeof(key));
	return rv;
}

CK_RV postgres_local_key(struct store *base, unsigned char ret[32])
{
	struct postgres_store *s = postgres_of(base);
	unsigned char key[KEY_SIZE], check[POSTGRES_KEY_CHECK];
	bool found;
	try(read_key(s, key, &found));
	if (!found)
		return fail(CKR_DEVICE_ERROR, "%s is missing; copy it from a host that uses %s, mode 0600", s->set.key_file,
			    base->uri);
	check_of(key, check);
	CK_RV rv = CKR_OK;
	if (s->has_key_check && !secret_equal(bytes_of(check, sizeof(check)), bytes_of(s->key_check, sizeof(check))))
		rv = fail(CKR_DEVICE_ERROR, "%s is the key of another store; copy the one of %s from a host that uses it",
			  s->set.key_file, base->uri);
	else
		memcpy(ret, key, KEY_SIZE);
	wipe(key, sizeof(key));
	return rv;
}
