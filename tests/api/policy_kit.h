/* SPDX-License-Identifier: Apache-2.0 */
/* A token under a policy that a test writes as a settings file, with a session in which the user is logged in, and
 * short ways to make keys there. Sees the module only through the harness. */
#ifndef TEST_API_POLICY_KIT_H
#define TEST_API_POLICY_KIT_H

#include "harness.h"

extern CK_SESSION_HANDLE policy_session;
extern char policy_file[64], policy_log[80];

/* The settings file of the C_Initialize that comes; the log goes to policy_log. */
void write_policy(const char *text);
/* The same, and a new token with a session. */
void use_policy(const char *text);
void begin_policy_session(void);
bool policy_logged(const char *text);
int teardown_policy(void **state);

/* Not private; the template's attributes come last. length 0: not given. */
CK_RV generate(CK_MECHANISM_TYPE type, CK_ULONG length, const CK_ATTRIBUTE *extra, CK_ULONG count, CK_OBJECT_HANDLE *ret);
CK_RV generate_rsa(CK_ULONG bits, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);
CK_RV generate_ec(const char *curve, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);

#endif
