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

/* An attribute of private and secret keys, a CK_ULONG: how often the key may still be used. Whoever makes the key may give
 * it; it goes down by one with each use, can be set to less, and never goes up. Absent or CK_UNAVAILABLE_INFORMATION: no
 * limit. doc/objects.md says what a use is. */
#define CKA_CONCLAVE_USES_LEFT (CKA_VENDOR_DEFINED | 0x434e0001UL)

/* An attribute of private keys that sign with a state (HSS), bytes, which the token sets: in which incarnation of the token
 * the key was made. A token that was restored from a backup is another one, and its older keys of this kind do not sign. */
#define CKA_CONCLAVE_INCARNATION (CKA_VENDOR_DEFINED | 0x434e0002UL)

/* What a look at everything of a token found. Each finding has a line in the log. */
typedef struct CONCLAVE_VERIFY_REPORT {
	CK_ULONG ulGood;     /* authentic */
	CK_ULONG ulBad;      /* damaged, changed, out of place, or put back from an older state */
	CK_ULONG ulNotRead;  /* private objects, and nobody is logged in */
	/* Since 1.1: */
	CK_ULONG ulMissing;      /* objects that should be there; private ones are missed with a login only */
	CK_ULONG ulSets;         /* rows that say which objects should be there */
	CK_ULONG ulBadSets;      /* of these: damaged, missing, or put back from an older state */
	CK_ULONG ulBadValues;    /* PIN records, counters and the description: the same. PIN records with a login only */
	CK_ULONG ulStoreDamaged; /* 1: the store's own check fails */
} CONCLAVE_VERIFY_REPORT;

/* How far a long call has come, for another thread to look at while it runs: ulDone of ulTotal. Who writes another
 * value than 0 to ulCancel ends the call with CKR_FUNCTION_CANCELED; nothing is changed then. Members are read and
 * written as atomic words. */
typedef struct CONCLAVE_PROGRESS {
	CK_ULONG ulDone, ulTotal;
	CK_ULONG ulCancel;
} CONCLAVE_PROGRESS;

/* What opens a backup: a passphrase (UTF-8, 8 to 255 bytes), or the content of a key file (32 to 4096 bytes that
 * nobody can guess). */
typedef struct CONCLAVE_BACKUP_KEY {
	CK_BYTE_PTR pSecret;
	CK_ULONG ulSecretLen;
	CK_BBOOL bKeyFile;
} CONCLAVE_BACKUP_KEY;

/* A token in a backup. */
typedef struct CONCLAVE_BACKUP_TOKEN {
	CK_UTF8CHAR label[32];
	CK_CHAR serialNumber[16];
	CK_SLOT_ID slotID;  /* that it had when the backup was made; of RestoreTokens: that it has now */
	CK_ULONG ulObjects;
} CONCLAVE_BACKUP_TOKEN;

/* A named user of a token. flags: CKF_USER_PIN_INITIALIZED, _COUNT_LOW, _FINAL_TRY, _LOCKED, _TO_BE_CHANGED. */
typedef struct CONCLAVE_USER {
	CK_UTF8CHAR name[64];
	CK_ULONG ulNameLen;
	CK_FLAGS flags;
} CONCLAVE_USER;

/* What has become of a part of a token of SoftHSMv2. Texts end with a zero byte and are valid during the call that tells. */
typedef struct CONCLAVE_IMPORT_NOTE {
	CK_ULONG ulFate;
	const char *pObject;     /* what the object is called in the source */
	CK_OBJECT_CLASS ulClass; /* CK_UNAVAILABLE_INFORMATION: not known */
	const char *pLabel;      /* "": none, or private and not opened */
	const char *pAttribute;  /* NULL: the note is on the object as a whole; those on its attributes follow */
	const char *pWhy;        /* of CHANGED and LEFT_OUT */
} CONCLAVE_IMPORT_NOTE;
#define CONCLAVE_IMPORT_TAKEN 0UL    /* is as it was */
#define CONCLAVE_IMPORT_CHANGED 1UL  /* has another value */
#define CONCLAVE_IMPORT_LEFT_OUT 2UL
#define CONCLAVE_IMPORT_ADDED 3UL    /* was not there */
/* Makes no call of this library. */
typedef void (*CONCLAVE_IMPORT_TELL)(void *pArg, const CONCLAVE_IMPORT_NOTE *pNote);

/* Which token of SoftHSMv2 is to come, and how. */
typedef struct CONCLAVE_IMPORT {
	CK_UTF8CHAR_PTR pFolder;  /* the token's own, with token.object or sqlite3.db in it; it is only read */
	CK_UTF8CHAR_PTR pSoPin;   /* of the token here; that of the source opens private objects, too */
	CK_ULONG ulSoPinLen;
	CK_UTF8CHAR_PTR pUserPin; /* of the source and of the token here; NULL: the token has none yet */
	CK_ULONG ulUserPinLen;
	CONCLAVE_IMPORT_TELL Tell; /* may be NULL */
	void *pArg;
} CONCLAVE_IMPORT;

/* What came. */
typedef struct CONCLAVE_IMPORT_RESULT {
	CONCLAVE_BACKUP_TOKEN token; /* with the number of objects here */
	CK_ULONG ulPrivateLeftOut;   /* private objects that no PIN has opened */
	CK_ULONG ulLeftOut;          /* others that are left out */
	CK_BBOOL bSameSoPin;         /* the SO PIN is that of the source */
	CK_BBOOL bSameNames;         /* label and serial number are as they were */
} CONCLAVE_IMPORT_RESULT;

typedef struct CONCLAVE_FUNCTIONS {
	CK_VERSION version; /* 1.3 */
	/* Gives a token another label (32 bytes, blank-padded). Needs the SO PIN, no session and no login; serial number,
	 * slot and objects stay. Wrong PINs count. CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_TOKEN_NOT_PRESENT. */
	CK_RV (*RenameToken)(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen, CK_UTF8CHAR_PTR pLabel);
	/* Removes a token with all its objects, for ever; its slot ID is not used again. Needs the SO PIN.
	 * CKR_SESSION_EXISTS while any application has a session with it. */
	CK_RV (*RemoveToken)(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen);
	/* Looks at everything of the session's token and at the store itself. What is damaged is counted, not an error of
	 * the call; CKR_DEVICE_ERROR when the store cannot be read to the end. */
	CK_RV (*VerifyToken)(CK_SESSION_HANDLE hSession, CONCLAVE_VERIFY_REPORT *pReport);

	/* Since 1.1. Paths end with a zero byte; pProgress may be NULL. Codes of all that read a backup: CKR_DATA_INVALID,
	 * it is none; CKR_FUNCTION_NOT_SUPPORTED, a newer format; CKR_PIN_INCORRECT, another passphrase or key file;
	 * CKR_ENCRYPTED_DATA_INVALID, damaged or cut short; CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, the file or the store
	 * cannot be read or written. doc/backup.md */

	/* Writes the tokens in ulSlots slots (0: all tokens) to one encrypted file, as they are at one moment; they may be
	 * in use meanwhile. Needs no PIN: what is private stays sealed under the tokens' PINs, too. The file appears whole
	 * or not at all. CKR_ACTION_PROHIBITED: there is such a file, and bOverwrite is false. CKR_PIN_LEN_RANGE,
	 * CKR_PIN_INVALID: no good passphrase or key file. */
	CK_RV (*BackupTokens)(CK_UTF8CHAR_PTR pPath, CONCLAVE_BACKUP_KEY *pKey, CK_SLOT_ID_PTR pSlots, CK_ULONG ulSlots,
	                      CK_BBOOL bOverwrite, CONCLAVE_PROGRESS *pProgress);
	/* Reads a backup to its end and lists what is in it; the convention of §5.2 for pTokens and *pulCount. */
	CK_RV (*ReadBackup)(CK_UTF8CHAR_PTR pPath, CONCLAVE_BACKUP_KEY *pKey, CONCLAVE_BACKUP_TOKEN *pTokens,
	                    CK_ULONG_PTR pulCount, CONCLAVE_PROGRESS *pProgress);
	/* Puts the tokens of a backup into the store, each with its serial number, its PINs, and its slot where that is
	 * free: all, or the one of the label or serial number pWhich. Reads the file to its end before anything changes;
	 * then each token comes whole or not at all, the first that cannot ends the call. *pulCount is how many pTokens has
	 * room for, then how many came; both may be NULL.
	 * A token that is there already: CKR_ACTION_PROHIBITED, and none is restored. With the SO PIN of the one that is
	 * there (pSoPin not NULL; pWhich must name it) it is replaced. CKR_TOKEN_NOT_PRESENT: no such token in the backup;
	 * CKR_ARGUMENTS_BAD: several; CKR_SESSION_EXISTS; CKR_PIN_INCORRECT, CKR_PIN_LOCKED. */
	CK_RV (*RestoreTokens)(CK_UTF8CHAR_PTR pPath, CONCLAVE_BACKUP_KEY *pKey, CK_UTF8CHAR_PTR pWhich,
	                       CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen, CONCLAVE_BACKUP_TOKEN *pTokens,
	                       CK_ULONG_PTR pulCount, CONCLAVE_PROGRESS *pProgress);
	/* Moves a token to another store, named as CONCLAVE_STORE names it, with its serial number and PINs, and its slot
	 * ID where that is free; *pTargetSlot (may be NULL) is what it has there. Needs the SO PIN. It leaves this store
	 * only after it is in the other and was read there and compared; who is interrupted calls again.
	 * CKR_SESSION_EXISTS; CKR_ACTION_PROHIBITED: the other store has another version of the token;
	 * CKR_ARGUMENTS_BAD: no store that lasts. */
	CK_RV (*MoveToken)(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pSoPin, CK_ULONG ulSoPinLen, CK_UTF8CHAR_PTR pTargetStore,
	                   CK_SLOT_ID_PTR pTargetSlot, CONCLAVE_PROGRESS *pProgress);

	/* Since 1.2: named users, who log in with C_LoginUser(CKU_USER, ..., name), have the user's rights, and a PIN and a
	 * counter of their own (doc/pins.md). A name is UTF-8 of 1 to 64 bytes. The first three want a read/write session
	 * of the SO: CKR_USER_NOT_LOGGED_IN, CKR_PIN_EXPIRED. */
	/* CKR_ACTION_PROHIBITED: there is a user of this name; CKR_PIN_LEN_RANGE, CKR_PIN_INVALID, CKR_ARGUMENTS_BAD. */
	CK_RV (*AddUser)(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pName, CK_ULONG ulNameLen, CK_UTF8CHAR_PTR pPin,
	                 CK_ULONG ulPinLen);
	/* A new PIN, which also unlocks. CKR_USER_PIN_NOT_INITIALIZED: there is no user of this name. */
	CK_RV (*InitUserPin)(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pName, CK_ULONG ulNameLen, CK_UTF8CHAR_PTR pPin,
	                     CK_ULONG ulPinLen);
	/* A login that is there goes on. CKR_USER_PIN_NOT_INITIALIZED. */
	CK_RV (*RemoveUser)(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pName, CK_ULONG ulNameLen);
	/* The convention of §5.2 for pUsers and *pulCount; needs no login. */
	CK_RV (*ListUsers)(CK_SLOT_ID slotID, CONCLAVE_USER *pUsers, CK_ULONG_PTR pulCount);

	/* Since 1.3: tokens of SoftHSMv2 (2.2 to 2.7, files or SQLite), doc/migrating.md. CKR_DATA_INVALID: the folder is
	 * not that of a token, or something in it is damaged; CKR_DEVICE_ERROR: it cannot be read. */
	/* Label, serial number and number of objects of the token in a folder; needs no PIN. */
	CK_RV (*ReadSoftHSM)(CK_UTF8CHAR_PTR pFolder, CONCLAVE_BACKUP_TOKEN *pToken);
	/* Makes a token here of the one in a folder, whole or not at all. CKR_PIN_INCORRECT: the user PIN is not that of
	 * the source; CKR_PIN_LOCKED: it is locked there, and the SO PIN is not that of the source;
	 * CKR_USER_PIN_NOT_INITIALIZED: there is none in the source; CKR_PIN_LEN_RANGE, CKR_PIN_INVALID: no PIN that can be
	 * had here; CKR_ACTION_PROHIBITED: there is a token of this serial number. */
	CK_RV (*ImportSoftHSM)(const CONCLAVE_IMPORT *pImport, CONCLAVE_IMPORT_RESULT *pResult);
} CONCLAVE_FUNCTIONS;

#ifdef __cplusplus
}
#endif

#endif
