/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_source.h. */
#include "core/softhsm_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "core/softhsm_file.h"
#include "core/softhsm_rows.h"

#define TOKEN_FILE "token.object"
#define DATABASE "sqlite3.db"
#define DATABASE_OBJECT "object "
#define DATABASE_TOKEN 1 /* the object that is the token's own */
#define SUFFIX ".object"
#define MAX_FILE ((off_t)4 << 20) /* no object has so much: attributes end at 1 MiB here */
#define MAX_OBJECTS 1000000
#define LOCK_TRIES 100 /* of 50 ms */

/* What SoftHSM says of a token, as attributes of the token's own object. */
#define ABOUT_LABEL (CKA_VENDOR_DEFINED + 0x5349)
#define ABOUT_SERIAL (CKA_VENDOR_DEFINED + 0x534a)
#define ABOUT_FLAGS (CKA_VENDOR_DEFINED + 0x534b)
#define ABOUT_SO_PIN (CKA_VENDOR_DEFINED + 0x534c)
#define ABOUT_USER_PIN (CKA_VENDOR_DEFINED + 0x534d)

struct softhsm_source {
	char *folder;
	int dir;
	struct softhsm_about about;
	char **names; /* of the objects' files, sorted; or of those in the database */
	size_t count, cap;
	struct softhsm_db *db; /* NULL: files */
};

void softhsm_source_free(struct softhsm_source *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->names[i]);
	free(s->names);
	free(s->folder);
	buf_free(&s->about.so_blob);
	buf_free(&s->about.user_blob);
	softhsm_db_close(s->db);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

const struct softhsm_about *softhsm_source_about(const struct softhsm_source *s)
{
	return &s->about;
}

/* ---- files --------------------------------------------------------------------------------------------------------- */

static CK_RV trouble(const struct softhsm_source *s, const char *name, const char *what)
{
	if (errno == ENOMEM)
		return CKR_HOST_MEMORY;
	return fail(CKR_DEVICE_ERROR, "%s/%s %s: %s", s->folder, name, what, strerror(errno));
}

/* SoftHSM holds its locks while it reads or writes one object. */
static CK_RV lock_shared(const struct softhsm_source *s, const char *name, int fd)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	for (unsigned tries = 0; fcntl(fd, F_OFD_SETLK, &all) != 0; tries++) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return CKR_OK; /* a file system without locks */
		if (tries == LOCK_TRIES)
			return fail(CKR_DEVICE_ERROR, "%s/%s is locked: an application is writing it", s->folder, name);
		(void)nanosleep(&pause, NULL);
	}
	return CKR_OK;
}

static CK_RV read_whole(const struct softhsm_source *s, const char *name, int fd, struct secret *ret)
{
	cleanup(secret_free) struct secret image = {0};
	struct stat st;
	size_t at = 0;

	if (fstat(fd, &st) != 0)
		return trouble(s, name, "cannot be read");
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > MAX_FILE)
		return fail(CKR_DATA_INVALID, "%s/%s is damaged, or is no object of SoftHSM: no file, empty, or more than %d MiB", s->folder, name,
		            (int)(MAX_FILE >> 20));
	try(secret_new((size_t)st.st_size, &image));
	while (at < image.len) {
		ssize_t n = read(fd, image.data + at, image.len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return trouble(s, name, "cannot be read to its end");
		at += (size_t)n;
	}
	*ret = image;
	image = (struct secret){0};
	return CKR_OK;
}

static CK_RV read_file(const struct softhsm_source *s, const char *name, struct secret *ret)
{
	int fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);

	if (fd < 0)
		return trouble(s, name, "cannot be opened");
	CK_RV rv = lock_shared(s, name, fd);
	if (rv == CKR_OK)
		rv = read_whole(s, name, fd, ret);
	close(fd);
	return rv;
}

/* ---- what there is ------------------------------------------------------------------------------------------------- */

static bool is_object(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0 && strcmp(name, TOKEN_FILE) != 0;
}

static CK_RV add_name(struct softhsm_source *s, const char *name)
{
	if (s->count == MAX_OBJECTS)
		return fail(CKR_DATA_INVALID, "%s has more than %d objects", s->folder, MAX_OBJECTS);
	if (s->count == s->cap) {
		size_t cap = s->cap * 2 + 32;
		char **fresh = reallocarray(s->names, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		s->names = fresh;
		s->cap = cap;
	}
	s->names[s->count] = strdup(name);
	return s->names[s->count++] != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static CK_RV list_objects(struct softhsm_source *s)
{
	const struct dirent *entry;
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	CK_RV rv = CKR_OK;

	if (d == NULL) {
		rv = trouble(s, ".", "cannot be listed");
		if (fd >= 0)
			close(fd);
		return rv;
	}
	while (rv == CKR_OK && (entry = readdir(d)) != NULL) { /* allowed: no other thread has this stream */
		if (is_object(entry->d_name))
			rv = add_name(s, entry->d_name);
	}
	closedir(d);
	if (rv == CKR_OK && s->count > 0)
		qsort(s->names, s->count, sizeof(*s->names), by_name);
	s->about.objects = s->count;
	return rv;
}

/* ---- what the token says of itself ----------------------------------------------------------------------------------- */

static void take_label(struct softhsm_about *about, struct bytes label)
{
	about->same_label = label.len <= sizeof(about->label) && text_utf8_valid(label);
	memset(about->label, ' ', sizeof(about->label));
	for (size_t i = 0; i < label.len && i < sizeof(about->label); i++)
		about->label[i] = about->same_label || (label.data[i] >= ' ' && label.data[i] < 0x7f) ? label.data[i] : '?';
}

static void take_serial(struct softhsm_about *about, struct bytes serial)
{
	about->has_serial = serial.len == sizeof(about->serial);
	for (size_t i = 0; i < serial.len && about->has_serial; i++)
		about->has_serial = serial.data[i] > ' ' && serial.data[i] < 0x7f;
	if (about->has_serial)
		memcpy(about->serial, serial.data, sizeof(about->serial));
}

static CK_RV take_blob(struct buf *to, struct bytes blob)
{
	to->len = 0;
	return buf_append(to, blob);
}

static CK_RV take_about(struct softhsm_about *about, const struct softhsm_item *item)
{
	if (item->form == SOFTHSM_ULONG && item->type == ABOUT_FLAGS)
		about->flags = softhsm_ulong(item->number);
	if (item->form != SOFTHSM_BYTES)
		return CKR_OK;
	if (item->type == ABOUT_LABEL)
		take_label(about, item->value);
	if (item->type == ABOUT_SERIAL)
		take_serial(about, item->value);
	if (item->type == ABOUT_SO_PIN)
		return take_blob(&about->so_blob, item->value);
	return item->type == ABOUT_USER_PIN ? take_blob(&about->user_blob, item->value) : CKR_OK;
}

static CK_RV read_about(struct softhsm_source *s, const char *name, struct bytes image)
{
	struct softhsm_item item;
	bool good = softhsm_file_begin(&image);

	memset(s->about.label, ' ', sizeof(s->about.label));
	while (good && image.len > 0) {
		good = softhsm_item_take(&image, &item);
		if (good)
			try(take_about(&s->about, &item));
	}
	if (!good || s->about.so_blob.len == 0)
		return fail(CKR_DATA_INVALID, "%s/%s is damaged, or is no token of SoftHSM", s->folder, name);
	return CKR_OK;
}

/* ---- a database ------------------------------------------------------------------------------------------------------ */

static CK_RV add_id(void *arg, int64_t id)
{
	char name[32];

	if (id == DATABASE_TOKEN)
		return CKR_OK;
	snprintf(name, sizeof(name), DATABASE_OBJECT "%lld", (long long)id);
	return add_name(arg, name);
}

static CK_RV open_database(struct softhsm_source *s)
{
	cleanup(secret_free) struct secret token = {0};
	char path[PATH_MAX];
	struct stat st;

	if ((size_t)snprintf(path, sizeof(path), "%s/" DATABASE, s->folder) >= sizeof(path))
		return fail(CKR_DEVICE_ERROR, "%s: the name is too long", s->folder);
	if (stat(path, &st) != 0)
		return trouble(s, DATABASE, "cannot be opened");
	if (!S_ISREG(st.st_mode))
		return fail(CKR_DATA_INVALID, "%s is no file", path);
	try(softhsm_db_open(path, &s->db));
	try(softhsm_rows_image(s->db, DATABASE_TOKEN, &token));
	try(read_about(s, DATABASE, secret_bytes(&token)));
	try(softhsm_db_objects(s->db, add_id, s));
	s->about.objects = s->count;
	return CKR_OK;
}

/* ---- the source ------------------------------------------------------------------------------------------------------ */

static CK_RV open_folder(struct softhsm_source *s)
{
	cleanup(secret_free) struct secret token = {0};

	s->dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return fail(CKR_DEVICE_ERROR, "%s cannot be opened: %s", s->folder, strerror(errno));
	if (faccessat(s->dir, TOKEN_FILE, F_OK, 0) != 0) {
		if (faccessat(s->dir, DATABASE, F_OK, 0) == 0)
			return open_database(s);
		return fail(CKR_DATA_INVALID, "%s is not the folder of a token of SoftHSM: no " TOKEN_FILE ", no " DATABASE, s->folder);
	}
	try(read_file(s, TOKEN_FILE, &token));
	try(read_about(s, TOKEN_FILE, secret_bytes(&token)));
	return list_objects(s);
}

CK_RV softhsm_source_open(const char *folder, struct softhsm_source **ret)
{
	struct softhsm_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->dir = -1;
	s->folder = strdup(folder);
	CK_RV rv = s->folder == NULL ? CKR_HOST_MEMORY : open_folder(s);
	if (rv != CKR_OK) {
		softhsm_source_free(s);
		return rv;
	}
	*ret = s;
	return CKR_OK;
}

CK_RV softhsm_source_load(struct softhsm_source *s, size_t i, const char **ret_name, struct secret *ret_image)
{
	*ret_name = s->names[i];
	if (s->db == NULL)
		return read_file(s, s->names[i], ret_image);
	return softhsm_rows_image(s->db, strtoll(s->names[i] + strlen(DATABASE_OBJECT), NULL, 10), ret_image);
}
