/* SPDX-License-Identifier: Apache-2.0 */
/* The openssl command as a partner of the token: files in a folder of their own, one call a line, ECDSA and DSA
 * signatures from one form to the other. Knows no PKCS#11. */
#ifndef TEST_APPS_OPENSSL_COMMAND_H
#define TEST_APPS_OPENSSL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* A scratch folder, which becomes the current one until openssl_end. False: there is no openssl 3.5 command. */
bool openssl_start(void);
void openssl_end(void);

/* `openssl` with these words, which are cut at blanks; its exit status. What it prints is kept in openssl_said. */
int openssl(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *openssl_said(void);

/* Files of the folder; the test fails when they cannot be read or written. */
void file_write(const char *name, const void *bytes, size_t len);
size_t file_read(const char *name, unsigned char *ret, size_t room);

/* r and s of equal length one after the other, and SEQUENCE { INTEGER r, INTEGER s }; the length of the result. */
size_t signature_to_der(const unsigned char *raw, size_t len, unsigned char *ret);
/* false: no such sequence, or a number does not fit. */
bool signature_from_der(const unsigned char *der, size_t len, unsigned char *ret, size_t raw_len);

#endif
