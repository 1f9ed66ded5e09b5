/* SPDX-License-Identifier: Apache-2.0 */
/* What Conclave can do beyond the standard: the interface "Vendor Conclave" of C_GetInterface. Everything else an
 * application needs is in pkcs11.h. The structure only ever grows at its end, with a higher minor version. */
#ifndef CONCLAVE_H
#define CONCLAVE_H

#include "pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CONCLAVE_INTERFACE_NAME "Vendor Conclave"

/* What a look at every object of a token found. */
typedef struct CONCLAVE_VERIFY_REPORT {
	CK_ULONG ulGood;     /* authentic */
	CK_ULONG ulBad;      /* damaged, changed or out of place; each has a line in the log */
	CK_ULONG ulNotRead;  /* private objects, and nobody is logged in */
} CONCLAVE_VERIFY_REPORT;

typedef struct CONCLAVE_FUNCTIONS {
	CK_VERSION version; /* 1.0 */
	/* Gives a token another label (32 bytes, blank-padded). Needs the SO PIN, no session and no login; serial number,
	 * slot and objects stay. Wrong PINs count. CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_TOKEN_NOT_PRESENT. */
	CK_RV (*RenameToken)(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen, CK_UTF8CHAR_PTR pLabel);
	/* Removes a token with all its objects, for ever; its slot ID is not used again. Needs the SO PIN.
	 * CKR_SESSION_EXISTS while any application has a session with it. */
	CK_RV (*RemoveToken)(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen);
	/* Looks at every object of the session's token and at the store itself. CKR_DEVICE_ERROR when the store's own
	 * check fails; damaged objects are counted, not an error of the call. */
	CK_RV (*VerifyToken)(CK_SESSION_HANDLE hSession, CONCLAVE_VERIFY_REPORT *pReport);
} CONCLAVE_FUNCTIONS;

#ifdef __cplusplus
}
#endif

#endif
