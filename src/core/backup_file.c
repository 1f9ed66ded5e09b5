/* SPDX-License-Identifier: Apache-2.0 */
/* See backup_file.h. A chunk's nonce is its number and whether it is the last, and the header is its associated data:
 * chunks cannot be left out, doubled, moved, cut off, or brought over from another file. The salt makes each file's
 * keys its own, so no nonce is used twice. */
#include "core/backup_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/cipher_gcm.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/rand.h"

#define MAGIC "CNCLBKUP"
#define MAGIC_SIZE 8
#define MAJOR 1
#define MINOR 0
#define HEADER_SIZE 64
#define SALT_SIZE 16
#define CHECK_SIZE 16
#define CHECK_AT (HEADER_SIZE - CHECK_SIZE)
#define CHUNK (64 * 1024)
#define TAG 16
#define NONCE 12
#define KEY_SIZE 32

enum { KIND_PASSPHRASE = 1, KIND_KEY_FILE = 2 };

/* A backup is attacked where nobody counts the tries: the memory-constrained choice of RFC 9106 §4. */
static const struct argon2_cost passphrase_cost = {.memory_kib = 64 * 1024, .passes = 3, .lanes = 4};
/* What a header may ask for. */
#define COST_KIB_MAX (1024 * 1024)
#define COST_PASSES_MAX 64
#define COST_LANES_MAX 16

struct header {
	uint8_t kind;
	struct argon2_cost cost; /* zero with a key file */
	unsigned char salt[SALT_SIZE];
	unsigned char raw[HEADER_SIZE];
};

/* What both directions have. */
struct stream {
	struct ossl *ossl;
	int fd;
	const char *path;
	struct header header;
	struct secret key;
	struct gcm gcm;
	uint64_t chunk; /* the next one's number */
	struct secret plain; /* CHUNK bytes */
	unsigned char *sealed; /* CHUNK + TAG bytes */
	size_t fill; /* of plain */
};

struct backup_writer {
	struct stream s;
};

struct backup_reader {
	struct stream s;
	size_t at; /* in plain */
	uint64_t size; /* of the file */
	uint64_t last; /* the last chunk's number */
};

CK_RV backup_secret_check(const struct backup_secret *secret)
{
	size_t min = secret->key_file ? BACKUP_KEY_FILE_MIN : BACKUP_PASSPHRASE_MIN;
	size_t max = secret->key_file ? BACKUP_KEY_FILE_MAX : BACKUP_PASSPHRASE_MAX;

	if (secret->secret.data == NULL || secret->secret.len < min || secret->secret.len > max)
		return fail(CKR_PIN_LEN_RANGE, "a %s has %zu to %zu bytes", secret->key_file ? "key file" : "passphrase", min, max);
	if (!secret->key_file && !text_utf8_valid(secret->secret))
		return fail(CKR_PIN_INVALID, "a passphrase is UTF-8");
	return CKR_OK;
}

CK_RV backup_file_fail(const char *path, const char *what)
{
	CK_RV rv = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? CKR_DEVICE_MEMORY : CKR_DEVICE_ERROR;

	return fail(rv, "%s: %s: %s", path, what, strerror(errno));
}

/* ---- keys and the header ------------------------------------------------------------------------------------- */

static void put32(unsigned char *to, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = (unsigned char)(v >> (8 * i));
}

/* All but the check, which needs the key. */
static void encode_header(struct header *h)
{
	unsigned char *at = h->raw;

	memset(at, 0, HEADER_SIZE);
	memcpy(at, MAGIC, MAGIC_SIZE);
	at[8] = MAJOR;
	at[10] = MINOR;
	at[12] = h->kind;
	put32(at + 16, h->cost.memory_kib);
	put32(at + 20, h->cost.passes);
	put32(at + 24, h->cost.lanes);
	put32(at + 28, CHUNK);
	memcpy(at + 32, h->salt, SALT_SIZE);
}

static bool cost_is_sane(const struct header *h)
{
	const struct argon2_cost *c = &h->cost;

	if (h->kind == KIND_KEY_FILE)
		return c->memory_kib == 0 && c->passes == 0 && c->lanes == 0;
	return h->kind == KIND_PASSPHRASE && c->memory_kib >= 8 * c->lanes && c->memory_kib <= COST_KIB_MAX && c->passes >= 1 &&
	       c->passes <= COST_PASSES_MAX && c->lanes >= 1 && c->lanes <= COST_LANES_MAX;
}

static CK_RV decode_header(const char *path, struct header *h)
{
	struct bytes in = bytes_of(h->raw, HEADER_SIZE), magic, salt;
	uint32_t version = 0, kind = 0, chunk = 0;

	if (!bytes_take(&in, MAGIC_SIZE, &magic) || !bytes_equal(magic, bytes_of(MAGIC, MAGIC_SIZE)))
		return fail(CKR_DATA_INVALID, "%s is no backup", path);
	bool whole = bytes_take_u32(&in, &version) && bytes_take_u32(&in, &kind) && bytes_take_u32(&in, &h->cost.memory_kib) &&
	             bytes_take_u32(&in, &h->cost.passes) && bytes_take_u32(&in, &h->cost.lanes) && bytes_take_u32(&in, &chunk) &&
	             bytes_take(&in, SALT_SIZE, &salt);
	if (!whole)
		return fail(CKR_GENERAL_ERROR, "a header of a wrong size");
	if ((version & 0xffff) > MAJOR)
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s is of format %u.%u, this version reads %d", path, version & 0xffff, version >> 16, MAJOR);
	h->kind = (uint8_t)kind;
	if ((version & 0xffff) != MAJOR || kind > UINT8_MAX || chunk != CHUNK || !cost_is_sane(h))
		return fail(CKR_ENCRYPTED_DATA_INVALID, "%s: the header makes no sense", path);
	memcpy(h->salt, salt.data, SALT_SIZE);
	return CKR_OK;
}

static CK_RV root_key(struct ossl *o, const struct header *h, struct bytes secret, struct secret *ret)
{
	struct bytes salt = bytes_of(h->salt, SALT_SIZE);

	try(secret_new(KEY_SIZE, ret));
	if (h->kind == KIND_KEY_FILE)
		return kdf_hkdf(o, secret, salt, "conclave backup 1 key file", ret->data, ret->len);
	return kdf_argon2id(o, &h->cost, secret, salt, ret->data, ret->len);
}

/* The chunks' key, and the check that belongs into the header: it tells a wrong passphrase from damage. */
static CK_RV derive(struct stream *s, struct bytes secret, unsigned char ret_check[CHECK_SIZE])
{
	cleanup(secret_free) struct secret root = {0};
	cleanup(secret_free) struct secret check_key = {0};
	struct bytes salt = bytes_of(s->header.salt, SALT_SIZE);
	unsigned char mac[32];

	try(root_key(s->ossl, &s->header, secret, &root));
	try(secret_new(KEY_SIZE, &check_key));
	try(secret_new(KEY_SIZE, &s->key));
	try(kdf_hkdf(s->ossl, secret_bytes(&root), salt, "conclave backup 1 check", check_key.data, check_key.len));
	try(kdf_hkdf(s->ossl, secret_bytes(&root), salt, "conclave backup 1 chunks", s->key.data, s->key.len));
	hash_hmac(secret_bytes(&check_key), bytes_of(s->header.raw, CHECK_AT), mac);
	memcpy(ret_check, mac, CHECK_SIZE);
	return CKR_OK;
}

static CK_RV stream_init(struct stream *s, struct ossl *o, int fd, const char *path)
{
	*s = (struct stream){.ossl = o, .fd = fd, .path = path};
	s->sealed = malloc(CHUNK + TAG);
	if (s->sealed == NULL)
		return CKR_HOST_MEMORY;
	return secret_new(CHUNK, &s->plain);
}

static void stream_free(struct stream *s)
{
	gcm_end(&s->gcm);
	secret_free(&s->key);
	secret_free(&s->plain);
	free(s->sealed);
}

static CK_RV start_chunk(struct stream *s, bool encrypt, bool last)
{
	unsigned char nonce[NONCE] = {0};

	for (size_t i = 0; i < 8; i++)
		nonce[i] = (unsigned char)(s->chunk >> (8 * i));
	nonce[8] = last;
	s->chunk++;
	return gcm_start(s->ossl, &s->gcm, encrypt, secret_bytes(&s->key), bytes_of(nonce, NONCE), bytes_of(s->header.raw, HEADER_SIZE));
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static CK_RV write_all(struct stream *s, const unsigned char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(s->fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return backup_file_fail(s->path, "cannot be written");
		at += n;
		len -= (size_t)n;
	}
	return CKR_OK;
}

static CK_RV write_header(struct stream *s, const struct backup_secret *secret)
{
	struct header *h = &s->header;
	unsigned char check[CHECK_SIZE];

	h->kind = secret->key_file ? KIND_KEY_FILE : KIND_PASSPHRASE;
	if (!secret->key_file)
		h->cost = passphrase_cost;
	try(rand_bytes(s->ossl, h->salt, SALT_SIZE));
	encode_header(h);
	try(derive(s, secret->secret, check));
	memcpy(h->raw + CHECK_AT, check, CHECK_SIZE);
	return write_all(s, h->raw, HEADER_SIZE);
}

CK_RV backup_writer_new(struct ossl *o, int fd, const char *path, const struct backup_secret *secret, struct backup_writer **ret)
{
	struct backup_writer *w = malloc(sizeof(*w));

	if (w == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = stream_init(&w->s, o, fd, path);
	if (rv == CKR_OK)
		rv = write_header(&w->s, secret);
	if (rv != CKR_OK) {
		backup_writer_free(w);
		return rv;
	}
	*ret = w;
	return CKR_OK;
}

static CK_RV write_chunk(struct stream *s, bool last)
{
	try(start_chunk(s, true, last));
	try(gcm_run(&s->gcm, bytes_of(s->plain.data, s->fill), s->sealed));
	try(gcm_tag(&s->gcm, s->sealed + s->fill, TAG));
	try(write_all(s, s->sealed, s->fill + TAG));
	s->fill = 0;
	return CKR_OK;
}

CK_RV backup_writer_put(struct backup_writer *w, struct bytes in)
{
	struct stream *s = &w->s;

	while (in.len > 0) {
		/* A full chunk waits for what comes, since only then it is not the last. */
		if (s->fill == CHUNK)
			try(write_chunk(s, false));
		size_t n = in.len < CHUNK - s->fill ? in.len : CHUNK - s->fill;
		memcpy(s->plain.data + s->fill, in.data, n);
		s->fill += n;
		in = bytes_of(in.data + n, in.len - n);
	}
	return CKR_OK;
}

CK_RV backup_writer_end(struct backup_writer *w)
{
	try(write_chunk(&w->s, true));
	return fsync(w->s.fd) == 0 ? CKR_OK : backup_file_fail(w->s.path, "cannot be written");
}

void backup_writer_free(struct backup_writer *w)
{
	if (w == NULL)
		return;
	stream_free(&w->s);
	free(w);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static CK_RV damaged(const struct stream *s, const char *what)
{
	return fail(CKR_ENCRYPTED_DATA_INVALID, "%s: %s", s->path, what);
}

/* Reads at most len bytes; fewer at the end of the file only. */
static CK_RV read_at(const struct stream *s, uint64_t offset, unsigned char *ret, size_t len, size_t *ret_len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(s->fd, ret + have, len - have, (off_t)(offset + have));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return backup_file_fail(s->path, "cannot be read");
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*ret_len = have;
	return CKR_OK;
}

static CK_RV read_header(struct backup_reader *r, const struct backup_secret *secret)
{
	struct stream *s = &r->s;
	unsigned char check[CHECK_SIZE];
	size_t len = 0;

	try(read_at(s, 0, s->header.raw, HEADER_SIZE, &len));
	if (len < MAGIC_SIZE || !bytes_equal(bytes_of(s->header.raw, MAGIC_SIZE), bytes_of(MAGIC, MAGIC_SIZE)))
		return fail(CKR_DATA_INVALID, "%s is no backup", s->path);
	if (len < HEADER_SIZE || r->size < HEADER_SIZE + TAG)
		return damaged(s, "the file is cut short");
	try(decode_header(s->path, &s->header));
	if (secret->key_file != (s->header.kind == KIND_KEY_FILE))
		return fail(CKR_PIN_INCORRECT, "%s is opened by a %s", s->path, secret->key_file ? "passphrase" : "key file");
	try(derive(s, secret->secret, check));
	if (!secret_equal(bytes_of(check, CHECK_SIZE), bytes_of(s->header.raw + CHECK_AT, CHECK_SIZE)))
		return fail(CKR_PIN_INCORRECT, "%s is opened by another %s", s->path, secret->key_file ? "key file" : "passphrase");
	return CKR_OK;
}

static CK_RV reader_init(struct backup_reader *r, struct ossl *o, int fd, const char *path)
{
	struct stat st;

	try(stream_init(&r->s, o, fd, path));
	if (fstat(fd, &st) != 0)
		return backup_file_fail(path, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return fail(CKR_DATA_INVALID, "%s is no regular file", path);
	r->size = (uint64_t)st.st_size;
	if (r->size > HEADER_SIZE)
		r->last = (r->size - HEADER_SIZE - 1) / (CHUNK + TAG);
	return CKR_OK;
}

CK_RV backup_reader_new(struct ossl *o, int fd, const char *path, const struct backup_secret *secret, struct backup_reader **ret)
{
	struct backup_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = reader_init(r, o, fd, path);
	if (rv == CKR_OK)
		rv = read_header(r, secret);
	if (rv != CKR_OK) {
		backup_reader_free(r);
		return rv;
	}
	*ret = r;
	return CKR_OK;
}

static CK_RV read_chunk(struct backup_reader *r)
{
	struct stream *s = &r->s;
	uint64_t number = s->chunk;
	size_t len = 0;

	if (number > r->last)
		return damaged(s, "the content ends too early");
	try(read_at(s, HEADER_SIZE + number * (CHUNK + TAG), s->sealed, CHUNK + TAG, &len));
	if (len < TAG || (number < r->last && len < CHUNK + TAG))
		return damaged(s, "the file is cut short");
	try(start_chunk(s, false, number == r->last));
	try(gcm_run(&s->gcm, bytes_of(s->sealed, len - TAG), s->plain.data));
	CK_RV rv = gcm_check(&s->gcm, bytes_of(s->sealed + len - TAG, TAG));
	if (rv != CKR_OK) {
		wipe(s->plain.data, CHUNK);
		return rv == CKR_ENCRYPTED_DATA_INVALID ? damaged(s, number == r->last ? "damaged near its end, or cut short" : "damaged") : rv;
	}
	s->fill = len - TAG;
	r->at = 0;
	return CKR_OK;
}

CK_RV backup_reader_take(struct backup_reader *r, unsigned char *ret, size_t len)
{
	while (len > 0) {
		if (r->at == r->s.fill)
			try(read_chunk(r));
		size_t n = len < r->s.fill - r->at ? len : r->s.fill - r->at;
		memcpy(ret, r->s.plain.data + r->at, n);
		r->at += n;
		ret += n;
		len -= n;
	}
	return CKR_OK;
}

CK_RV backup_reader_end(const struct backup_reader *r)
{
	return r->s.chunk == r->last + 1 && r->at == r->s.fill ? CKR_OK : damaged(&r->s, "something follows the end of the content");
}

void backup_reader_rewind(struct backup_reader *r)
{
	r->s.chunk = 0;
	r->s.fill = 0;
	r->at = 0;
}

uint64_t backup_reader_size(const struct backup_reader *r)
{
	return r->size;
}

uint64_t backup_reader_at(const struct backup_reader *r)
{
	uint64_t at = HEADER_SIZE + r->s.chunk * (CHUNK + TAG);

	return at < r->size ? at : r->size;
}

void backup_reader_free(struct backup_reader *r)
{
	if (r == NULL)
		return;
	stream_free(&r->s);
	free(r);
}
