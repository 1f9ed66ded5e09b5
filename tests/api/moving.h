/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of backups and moves share: several stores side by side, a token full of things, and whether a token
 * is whole: its PINs, every kind of object, and a key that still fits its other half. */
#ifndef TEST_API_MOVING_H
#define TEST_API_MOVING_H

#include <conclave.h>

#include "harness.h"

CONCLAVE_FUNCTIONS *vendor(void);
extern CK_UTF8CHAR so_pin[], wrong_pin[];

/* Fixture: the library with a token in the store "a" of a folder of its own. */
int setup_moving(void **state);
/* The URI of a store of that folder, or the path of a file in it; static text, one for each name's first letter. */
const char *store_named(const char *name);
CK_UTF8CHAR *path_named(const char *name);
/* Ends the library and starts it with that store, whose token it then looks at. */
void open_store(const char *uri);
CK_ULONG count_tokens(void);

/* Private and public objects, a key pair, a large one. */
void fill_token(void);
/* Fails unless the token in `slot` has all that fill_token made, and its user gets at it. */
void assert_whole(void);
/* The token's serial number, with a final zero. */
void serial_of(CK_SLOT_ID id, char ret[17]);

extern CONCLAVE_BACKUP_KEY by_passphrase, by_key_file;
CK_RV write_backup(const char *name, CONCLAVE_BACKUP_KEY *key);
CK_RV read_backup(const char *name, CONCLAVE_BACKUP_KEY *key);
CK_RV restore_backup(const char *name, CONCLAVE_BACKUP_KEY *key);

#endif
