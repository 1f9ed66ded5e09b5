/* SPDX-License-Identifier: Apache-2.0 */
/* The application's CK_ATTRIBUTE arrays: reads them with every pointer and length in doubt, and
 * writes values back by the rules of C_GetAttributeValue (§5.7.5). Knows no object. */
#ifndef CONCLAVE_ATTR_TEMPLATE_H
#define CONCLAVE_ATTR_TEMPLATE_H

#include "attr/attr.h"

/* Copies a template into *ret (which starts empty): the kind's length and form are checked (boolean one byte
 * 0 or 1, ulong sizeof(CK_ULONG), date 0 or 8 digits, string UTF-8), big integers lose leading zeros, nested
 * templates are encoded. The same attribute twice with one value is taken once (rule 206).
 * CKR_ARGUMENTS_BAD: count > 0 without a template, a NULL value with a length, an absurd count or length;
 * CKR_ATTRIBUTE_TYPE_INVALID: a type the standard does not have;
 * CKR_ATTRIBUTE_VALUE_INVALID: wrong length or form; CKR_TEMPLATE_INCONSISTENT: twice with two values. */
must_check CK_RV template_read(const CK_ATTRIBUTE *template, CK_ULONG count, struct attr_list *ret);

/* As template_read but for searches: an unknown type or a malformed value is kept as raw bytes
 * (it will match nothing) and no form is checked. */
must_check CK_RV template_read_search(const CK_ATTRIBUTE *template, CK_ULONG count, struct attr_list *ret);

/* Writes one value into *out by rules 225 to 227 and 229: NULL pValue asks for the length.
 * CKR_OK or CKR_BUFFER_TOO_SMALL (then ulValueLen is CK_UNAVAILABLE_INFORMATION). */
must_check CK_RV template_write(CK_ATTRIBUTE *out, struct bytes value);
/* Marks *out as not to be had: ulValueLen = CK_UNAVAILABLE_INFORMATION; gives back rv. */
CK_RV template_refuse(CK_ATTRIBUTE *out, CK_RV rv);

#endif
