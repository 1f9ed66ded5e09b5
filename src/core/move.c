/* SPDX-License-Identifier: Apache-2.0 */
/* Moving a token between stores: out into a spool file that has no name and whose key nobody has, in from there, read
 * there and compared, and only then removed here. No two stores are locked at once, and memory does not grow. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "core/admin.h"
#include "core/leaves.h"
#include "core/module.h"
#include "core/restore.h"
#include "core/slot_event.h"
#include "core/token_info.h"
#include "crypto/digest.h"
#include "crypto/rand.h"

#define FINGERPRINT 32
#define SPOOL "the spool file"
#define PARTS 4 /* out, in, compared there, compared here */

struct moving {
	struct token *token;
	struct copy_place from, to;
	struct progress progress;
	unsigned char fingerprint[FINGERPRINT]; /* of the token when it was copied */
	struct store_token moved;
	struct buf incarnation; /* of the token that is gone from here */
};

/* ---- fingerprints ---------------------------------------------------------------------------------------------- */

struct tee {
	struct digest digest;
	struct backup_writer *file; /* NULL: the fingerprint alone */
};

static CK_RV put_both(void *arg, struct bytes in, bool passing)
{
	struct tee *t = arg;

	if (!passing)
		digest_update(&t->digest, in);
	return t->file == NULL ? CKR_OK : backup_writer_put(t->file, in);
}

/* Inside a transaction: SHA-256 over the items of a token but the passing ones, in which the slot is that of the source, whatever the
 * store; and the items into file. */
static CK_RV copy_out(struct moving *m, const struct copy_place *place, uint64_t token, struct backup_writer *file, unsigned char ret[FINGERPRINT])
{
	struct tee t = {.file = file};
	const struct copy_sink sink = {put_both, &t};
	uint64_t objects = 0;

	try(store_count(place->store, token, &objects));
	progress_part(&m->progress, objects);
	digest_start(DIGEST_SHA256, &t.digest);
	CK_RV rv = token_copy_out(place, token, m->token->slot, &m->progress, &sink);
	if (rv == CKR_OK)
		digest_final(&t.digest, ret);
	digest_end(&t.digest);
	return rv;
}

static CK_RV copy_out_alone(struct moving *m, const struct copy_place *place, uint64_t token, struct backup_writer *file,
                            unsigned char ret[FINGERPRINT])
{
	try(store_begin(place->store, STORE_READ));
	return store_end(place->store, copy_out(m, place, token, file, ret));
}

static bool same(const struct moving *m, const unsigned char fingerprint[FINGERPRINT])
{
	return bytes_equal(bytes_of(m->fingerprint, FINGERPRINT), bytes_of(fingerprint, FINGERPRINT));
}

/* ---- the spool file -------------------------------------------------------------------------------------------- */

static int open_spool(void)
{
	const char *folder = secure_getenv("TMPDIR");
	char name[] = "/tmp/conclave.XXXXXX";

	if (folder == NULL || folder[0] != '/')
		folder = "/var/tmp";
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0) {
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	return fd;
}

static CK_RV put_file(void *arg, struct bytes in, bool passing unused)
{
	return backup_writer_put(arg, in);
}

static CK_RV fill_spool(struct moving *m, int fd, const struct backup_secret *secret)
{
	struct backup_writer *file = NULL;

	try(backup_writer_new(m->from.ossl, fd, SPOOL, secret, &file));
	CK_RV rv = copy_out_alone(m, &m->from, m->token->number, file, m->fingerprint);
	if (rv == CKR_OK)
		rv = token_copy_out_end(1, &(struct copy_sink){put_file, file});
	if (rv == CKR_OK)
		rv = backup_writer_end(file);
	backup_writer_free(file);
	return rv;
}

/* *ret_alone: nobody opens a session with the token there before this call is done. */
static CK_RV empty_spool(struct moving *m, int fd, const struct backup_secret *secret, struct store_lock **ret_alone)
{
	cleanup(backup_list_free) struct backup_list chosen = {0};
	cleanup(backup_list_free) struct backup_list restored = {0};
	CONCLAVE_BACKUP_TOKEN wanted = {0};
	struct backup_reader *file = NULL;

	memcpy(wanted.serialNumber, m->token->info.serial, TOKEN_SERIAL_SIZE);
	try(backup_list_add(&chosen, &wanted));
	struct restore_job job = {
		.to = m->to, .chosen = &chosen, .progress = &m->progress, .restored = &restored, .ret_alone = ret_alone};
	try(backup_reader_new(m->from.ossl, fd, SPOOL, secret, &file));
	CK_RV rv = restore_tokens(&job, file);
	backup_reader_free(file);
	if (rv == CKR_OK)
		m->moved = job.token;
	return rv;
}

static CK_RV copy_over(struct moving *m, struct store_lock **ret_alone)
{
	cleanup(secret_free) struct secret key = {0};
	int fd = open_spool();

	if (fd < 0)
		return backup_file_fail(SPOOL, "cannot be made");
	CK_RV rv = secret_new(BACKUP_KEY_FILE_MIN, &key);
	if (rv == CKR_OK)
		rv = rand_bytes(m->from.ossl, key.data, key.len);
	const struct backup_secret secret = {secret_bytes(&key), true};
	if (rv == CKR_OK)
		rv = fill_spool(m, fd, &secret);
	if (rv == CKR_OK)
		rv = empty_spool(m, fd, &secret, ret_alone);
	close(fd);
	return rv;
}

/* ---- there and here -------------------------------------------------------------------------------------------- */

/* Somebody was interrupted after the token had come whole: it is there, and the same. */
static CK_RV take_up(struct moving *m, const struct restore_found *there, struct store_lock **ret_alone)
{
	m->moved = there->token;
	try(token_take_alone(m->to.store, there->token.token, ret_alone));
	return copy_out_alone(m, &m->from, m->token->number, NULL, m->fingerprint);
}

static CK_RV compare_there(struct moving *m, bool was_there)
{
	unsigned char fingerprint[FINGERPRINT];

	try(copy_out_alone(m, &m->to, m->moved.token, NULL, fingerprint));
	if (same(m, fingerprint))
		return CKR_OK;
	if (was_there)
		return fail(CKR_ACTION_PROHIBITED, "%s has another version of the token in slot %lu", store_uri(m->to.store), m->moved.slot);
	return fail(CKR_DEVICE_ERROR, "%s: the token was not read as it was written", store_uri(m->to.store));
}

static CK_RV remove_if_same(struct moving *m)
{
	unsigned char fingerprint[FINGERPRINT];

	try(copy_out(m, &m->from, m->token->number, NULL, fingerprint));
	if (!same(m, fingerprint))
		return fail(CKR_FUNCTION_FAILED, "the token was changed while it was being moved");
	try(leaves_incarnation(m->from.store, m->token->number, &m->incarnation));
	return store_token_remove(m->from.store, m->token->number);
}

/* Now that it is there alone, its keys with a state sign on. A kill before this leaves them exhausted, and never in two places. */
static void wake_there(struct moving *m)
{
	struct store *s = m->to.store;
	CK_RV rv = store_begin(s, STORE_WRITE);

	if (rv == CKR_OK)
		rv = store_end(s, leaves_adopt(s, m->moved.token, buf_bytes(&m->incarnation)));
	if (rv != CKR_OK)
		log_write(LOG_LEVEL_ERROR, "%s: the token has come, but its keys with a state do not sign there", store_uri(s));
}

static CK_RV remove_here(struct moving *m)
{
	try(store_begin(m->from.store, STORE_WRITE));
	return store_end(m->from.store, remove_if_same(m));
}

/* What has come and is not the same goes again; what was there stays. */
static void take_back(struct moving *m)
{
	CK_RV rv = store_begin(m->to.store, STORE_WRITE);

	if (rv == CKR_OK)
		rv = store_end(m->to.store, store_token_remove(m->to.store, m->moved.token));
	if (rv != CKR_OK)
		log_write(LOG_LEVEL_ERROR, "%s: the token in slot %lu stays there", store_uri(m->to.store), m->moved.slot);
}

static CK_RV move_alone(struct moving *m)
{
	struct restore_found there = {0};
	struct store_lock *alone = NULL;

	try(restore_find(m->to.store, m->token->info.serial, &there));
	CK_RV rv = there.found ? take_up(m, &there, &alone) : copy_over(m, &alone);
	bool back = false;
	if (rv == CKR_OK) {
		rv = compare_there(m, there.found);
		back = rv != CKR_OK;
	}
	if (rv == CKR_OK) {
		rv = remove_here(m);
		/* With any other code it may not be known whether the removal was made: both stay. */
		back = rv == CKR_FUNCTION_FAILED || rv == CKR_FUNCTION_CANCELED;
	}
	if (rv == CKR_OK)
		wake_there(m);
	if (back && !there.found)
		take_back(m);
	store_lock_release(alone);
	return rv;
}

static CK_RV move_in_turn(struct moving *m)
{
	struct store_lock *turn = NULL;

	try(store_lock_take(m->to.store, RESTORE_LOCK, true, true, &turn));
	CK_RV rv = move_alone(m);
	store_lock_release(turn);
	return rv;
}

static CK_RV move_to(struct moving *m, const char *target)
{
	struct store *to = NULL;

	try(store_open(target, true, &to));
	m->to.store = to;
	CK_RV rv = to == m->from.store ? fail(CKR_ARGUMENTS_BAD, "%s is the store that the token is in", target) : move_in_turn(m);
	store_close(to);
	return rv;
}

CK_RV move_token(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const char *target, CONCLAVE_PROGRESS *progress, CK_SLOT_ID *ret)
{
	struct moving moving = {0};
	struct store_lock *alone = NULL;

	if (strncmp(target, "memory:", strlen("memory:")) == 0)
		return fail(CKR_ARGUMENTS_BAD, "a store in memory ends with its process");
	try(slot_present_token(m, slot, &moving.token));
	moving.from = moving.to = (struct copy_place){m->env.ossl, m->store};
	progress_begin(&moving.progress, progress, PARTS);
	try(token_take_alone(m->store, moving.token->number, &alone));
	CK_RV rv = admin_prove_so(moving.token, so_pin);
	if (rv == CKR_OK)
		rv = move_to(&moving, target);
	if (rv == CKR_OK)
		admin_token_gone(moving.token);
	store_lock_release(alone);
	buf_free(&moving.incarnation);
	if (rv != CKR_OK)
		return rv;
	slot_event_own_change(m, slot, moving.token->number);
	progress_end(&moving.progress);
	*ret = moving.moved.slot;
	return CKR_OK;
}
