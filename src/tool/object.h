/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the open session: searching by what the command line names, and reading their attributes. */
#ifndef CONCLAVE_TOOL_OBJECT_H
#define CONCLAVE_TOOL_OBJECT_H

#include "p11.h"

#define OBJECT_MAX_ID 128

/* The objects that --label, --id and --class name (all without them); the array is the caller's to free. */
must_check enum status object_find(struct p11 *p, const struct args *a, CK_OBJECT_HANDLE **ret, size_t *ret_count);

/* Values that are not there read as empty, false or CK_UNAVAILABLE_INFORMATION. */
CK_ULONG object_bytes(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, unsigned char *ret, CK_ULONG size);
bool object_flag(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type);
CK_ULONG object_number(struct p11 *p, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type);

/* CKA_LABEL, CKA_ID and the kind of key, as text. */
void object_label(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size);
void object_id(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size);
void object_kind(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size);

#endif
