/* SPDX-License-Identifier: Apache-2.0 */
/* What the black-box tests share: the loaded module, a fresh library or token for each test, the
 * usual sessions and objects, comparisons of return codes by name. Sees the module only through the
 * public header and dlopen; refuses to know anything of its insides. */
#ifndef TEST_API_HARNESS_H
#define TEST_API_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pkcs11.h>

#define SO_PIN "so-pin-1234"
#define USER_PIN "user-pin-5678"
#define TOKEN_LABEL "test-token"

/* Built with a sanitizer that has an allocator and locks of its own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The module under test: its interface of version 3.2 and its function list of version 2.40. */
extern CK_FUNCTION_LIST_3_2 *p11;
extern CK_FUNCTION_LIST *p11_240;
extern void *module_handle; /* of dlopen */
const char *module_path(void);

/* ---- fixtures: cmocka setup and teardown functions ------------------------------------------- */

int setup_module(void **state);       /* loaded, not initialised; memory store, no log, test tokens */
int setup_initialized(void **state);  /* C_Initialize with native locks; a fresh empty memory store */
int setup_token(void **state);        /* and one token with both PINs set, in `slot` */
int setup_token_sqlite(void **state); /* the same in a directory of its own, which teardown removes */
int teardown(void **state);           /* C_Finalize when it is due; undoes what the setup did */

extern CK_SLOT_ID slot;

/* Parts of the fixtures, for tests that end and begin the library themselves. */
void use_memory_store(void);
const char *use_sqlite_store(void); /* a new empty directory, its name; removed by teardown */
void initialize(void);              /* C_Initialize with CKF_OS_LOCKING_OK must answer CKR_OK */
void finalize(void);                /* C_Finalize must answer CKR_OK */
void make_token(void);              /* initialises the first slot's token, sets both PINs, sets `slot` */
CK_SLOT_ID first_slot(void);
CK_RV init_token(CK_SLOT_ID id, const char *so_pin, const char *label); /* pads the label */
CK_FLAGS token_flags(void);

/* ---- sessions -------------------------------------------------------------------------------- */

CK_SESSION_HANDLE open_ro(void);
CK_SESSION_HANDLE open_rw(void);
void close_session(CK_SESSION_HANDLE session);
void login_user(CK_SESSION_HANDLE session);
void login_so(CK_SESSION_HANDLE session);
void logout(CK_SESSION_HANDLE session);
CK_RV login_as(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin);
CK_STATE session_state(CK_SESSION_HANDLE session);

/* ---- objects --------------------------------------------------------------------------------- */

/* Keys are not sensitive and extractable, may do all that their type can, and their public halves
 * are never private. All but the pairs have known values. */
CK_OBJECT_HANDLE make_aes(CK_SESSION_HANDLE session, bool token, bool private);
CK_OBJECT_HANDLE make_data(CK_SESSION_HANDLE session, bool token, bool private, const char *label);
CK_OBJECT_HANDLE make_secret(CK_SESSION_HANDLE session, bool token, bool private, const void *value,
                             size_t length);
void make_rsa_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                   CK_OBJECT_HANDLE *ret_private);
void make_ec_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                  CK_OBJECT_HANDLE *ret_private);
void make_ed_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                  CK_OBJECT_HANDLE *ret_private);
extern CK_BYTE aes_value[32]; /* of every make_aes key */

/* Creates from a template written in place:
 *   make_object(session, ATTRIBUTES({CKA_CLASS, &data_class, sizeof(data_class)}, ...)) */
#define ATTRIBUTES(...) \
	(CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)
CK_OBJECT_HANDLE make_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, size_t count);

/* Values to point at from templates. */
extern CK_BBOOL yes, no;
extern CK_OBJECT_CLASS data_class, secret_key_class, public_key_class, private_key_class;
extern CK_KEY_TYPE aes_type, generic_type, rsa_type, ec_type, edwards_type;

size_t count_objects(CK_SESSION_HANDLE session);
size_t count_labelled(CK_SESSION_HANDLE session, const char *label);
CK_OBJECT_HANDLE find_labelled(CK_SESSION_HANDLE session, const char *label); /* 0 when there is none */
bool get_bool(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
CK_ULONG get_ulong(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
bool has_mechanism(CK_MECHANISM_TYPE type);

/* ---- comparisons ----------------------------------------------------------------------------- */

const char *rv_text(CK_RV rv);

/* Work in a child of run_child too, where failing ends the child. */
#define assert_rv(expression, expected) \
	expect_rv((expression), (CK_RV[]){expected}, 1, #expression, __FILE__, __LINE__)
#define assert_rv_in(expression, ...) \
	expect_rv((expression), (CK_RV[]){__VA_ARGS__}, sizeof((CK_RV[]){__VA_ARGS__}) / sizeof(CK_RV), \
	          #expression, __FILE__, __LINE__)
#define assert_ok(expression) assert_rv(expression, CKR_OK)
void expect_rv(CK_RV got, const CK_RV *expected, size_t count, const char *what, const char *file, int line);

/* Bytes filled up with blanks, no NUL. */
bool is_padded(const CK_UTF8CHAR *text, size_t length);

/* ---- other threads and processes -------------------------------------------------------------- */

/* Returns when the thread, whose ID another thread writes to *tid, sleeps in the kernel; fails after
 * ten seconds. */
void await_sleep(const atomic_int *tid);

/* Runs fn in a child made by fork; its exit status, or 128 + signal. A failing assertion in the child
 * gives 134. */
int run_child(int (*fn)(void *), void *arg);

/* A child in two halves, for tests in which both are at work: child_start returns at once, child_end
 * gives what run_child gives. The child may wait for the parent with child_wait, and
 * the other way round; child_tell ends the other's wait. */
struct child {
	int pid;
	int to_child[2], to_parent[2];
};
void child_start(struct child *child, int (*fn)(struct child *, void *), void *arg);
void child_tell(struct child *child);
void child_wait(struct child *child);
int child_end(struct child *child);

#endif
