/* SPDX-License-Identifier: Apache-2.0 */
/* An encrypted file as a stream (doc/backup.md): a header, then chunks sealed with AES-256-GCM, of which the last one
 * is known as the last. Memory does not grow with the file. Knows nothing of what is in it. */
#ifndef CONCLAVE_CORE_BACKUP_FILE_H
#define CONCLAVE_CORE_BACKUP_FILE_H

#include "crypto/ossl.h"

/* What opens the file. */
struct backup_secret {
	struct bytes secret;
	bool key_file; /* the content of one; else a passphrase */
};
#define BACKUP_PASSPHRASE_MIN 8
#define BACKUP_PASSPHRASE_MAX 255
#define BACKUP_KEY_FILE_MIN 32
#define BACKUP_KEY_FILE_MAX 4096

/* CKR_PIN_LEN_RANGE; a passphrase that is no UTF-8: CKR_PIN_INVALID. */
must_check CK_RV backup_secret_check(const struct backup_secret *secret);

/* The code for a failed system call on the file, by errno: CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR. */
CK_RV backup_file_fail(const char *path, const char *what);

struct backup_writer;
/* Derives the key (slow with a passphrase) and writes the header to fd, which stays the caller's. path is borrowed. */
must_check CK_RV backup_writer_new(struct ossl *o, int fd, const char *path, const struct backup_secret *secret, struct backup_writer **ret);
must_check CK_RV backup_writer_put(struct backup_writer *w, struct bytes in);
/* The last chunk, and the file is on disk. */
must_check CK_RV backup_writer_end(struct backup_writer *w);
void backup_writer_free(struct backup_writer *w); /* NULL is fine */

struct backup_reader;
/* CKR_DATA_INVALID: no backup; CKR_FUNCTION_NOT_SUPPORTED: of a newer format; CKR_ENCRYPTED_DATA_INVALID: damaged;
 * CKR_PIN_INCORRECT: another passphrase or key file, or a damaged header. */
must_check CK_RV backup_reader_new(struct ossl *o, int fd, const char *path, const struct backup_secret *secret, struct backup_reader **ret);
/* The next len bytes, all authentic. CKR_ENCRYPTED_DATA_INVALID: damaged, cut short, or out of order. */
must_check CK_RV backup_reader_take(struct backup_reader *r, unsigned char *ret, size_t len);
/* CKR_ENCRYPTED_DATA_INVALID unless everything has been taken. */
must_check CK_RV backup_reader_end(const struct backup_reader *r);
/* Back to the first byte behind the header. */
void backup_reader_rewind(struct backup_reader *r);
uint64_t backup_reader_size(const struct backup_reader *r); /* of the file */
uint64_t backup_reader_at(const struct backup_reader *r);   /* how much of it has been read */
void backup_reader_free(struct backup_reader *r); /* NULL is fine */

#endif
