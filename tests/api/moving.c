/* SPDX-License-Identifier: Apache-2.0 */
/* See moving.h. */
#include "moving.h"

#define LARGE 200000

CK_UTF8CHAR so_pin[] = SO_PIN, wrong_pin[] = "wrong-pin";

static CK_BYTE passphrase_text[] = "correct horse battery", key_file_bytes[] = "0123456789abcdef0123456789abcdef";
CONCLAVE_BACKUP_KEY by_passphrase = {passphrase_text, sizeof(passphrase_text) - 1, CK_FALSE};
CONCLAVE_BACKUP_KEY by_key_file = {key_file_bytes, sizeof(key_file_bytes) - 1, CK_TRUE};

static char folder[256];

CONCLAVE_FUNCTIONS *vendor(void)
{
	static CK_UTF8CHAR name[] = CONCLAVE_INTERFACE_NAME;
	CK_INTERFACE_PTR interface = NULL;

	assert_rv(p11->C_GetInterface(name, NULL, &interface, 0), CKR_OK);
	return interface->pFunctionList;
}

const char *store_named(const char *name)
{
	static char uris[26][320];
	char *uri = uris[name[0] - 'a'];

	snprintf(uri, sizeof(uris[0]), "sqlite:%s/%s", folder, name);
	return uri;
}

CK_UTF8CHAR *path_named(const char *name)
{
	static CK_UTF8CHAR paths[26][320];
	CK_UTF8CHAR *path = paths[name[0] - 'a'];

	snprintf((char *)path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

int setup_moving(void **state)
{
	if (setup_initialized(state))
		return -1;
	finalize();
	snprintf(folder, sizeof(folder), "%s", use_sqlite_store());
	setenv("CONCLAVE_STORE", store_named("a"), 1);
	initialize();
	make_token();
	return 0;
}

void open_store(const char *uri)
{
	finalize();
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
	slot = first_slot();
}

CK_ULONG count_tokens(void)
{
	CK_SLOT_ID ids[16];
	CK_ULONG count = COUNT(ids), tokens = 0;

	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &(CK_ULONG){0}));
	assert_ok(p11->C_GetSlotList(CK_FALSE, ids, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO info;
		tokens += p11->C_GetTokenInfo(ids[i], &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0 ? 1 : 0;
	}
	return tokens;
}

void serial_of(CK_SLOT_ID id, char ret[17])
{
	CK_TOKEN_INFO info;

	assert_ok(p11->C_GetTokenInfo(id, &info));
	memcpy(ret, info.serialNumber, 16);
	ret[16] = '\0';
}

void fill_token(void)
{
	CK_OBJECT_HANDLE public, private;
	static CK_BYTE large[LARGE];

	memset(large, 'l', sizeof(large));
	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "public data, made by nobody");
	login_user(session);
	make_data(session, true, true, "private data");
	make_aes(session, true, true);
	make_ec_pair(session, true, true, &public, &private);
	make_object(session, ATTRIBUTES({CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_TOKEN, &yes, sizeof(yes)},
	                                {CKA_PRIVATE, &no, sizeof(no)}, {CKA_VALUE, large, sizeof(large)}));
	close_session(session);
}

static CK_OBJECT_HANDLE key_of_class(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	assert_ok(p11->C_FindObjectsInit(session, template, COUNT(template)));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_int_equal(count, 1);
	return found;
}

static void sign_and_verify(CK_SESSION_HANDLE session)
{
	CK_MECHANISM ecdsa = {CKM_ECDSA_SHA256, NULL, 0};
	CK_BYTE message[] = "message", signature[256];
	CK_ULONG len = sizeof(signature);

	assert_ok(p11->C_SignInit(session, &ecdsa, key_of_class(session, CKO_PRIVATE_KEY)));
	assert_ok(p11->C_Sign(session, message, sizeof(message), signature, &len));
	assert_ok(p11->C_VerifyInit(session, &ecdsa, key_of_class(session, CKO_PUBLIC_KEY)));
	assert_ok(p11->C_Verify(session, message, sizeof(message), signature, len));
}

void assert_whole(void)
{
	CONCLAVE_VERIFY_REPORT report;
	CK_SESSION_HANDLE session = open_rw();

	assert_int_equal(count_objects(session), 3);
	login_user(session);
	assert_int_equal(count_objects(session), 6);
	assert_int_equal(count_labelled(session, "public data, made by nobody"), 1);
	assert_int_equal(count_labelled(session, "private data"), 1);
	sign_and_verify(session);
	assert_ok(vendor()->VerifyToken(session, &report));
	assert_int_equal(report.ulGood, 6);
	assert_int_equal(report.ulBad, 0);
	logout(session);
	login_so(session);
	close_session(session);
}

CK_RV write_backup(const char *name, CONCLAVE_BACKUP_KEY *key)
{
	return vendor()->BackupTokens(path_named(name), key, NULL, 0, CK_FALSE, NULL);
}

CK_RV read_backup(const char *name, CONCLAVE_BACKUP_KEY *key)
{
	CK_ULONG count = 0;

	return vendor()->ReadBackup(path_named(name), key, NULL, &count, NULL);
}

CK_RV restore_backup(const char *name, CONCLAVE_BACKUP_KEY *key)
{
	return vendor()->RestoreTokens(path_named(name), key, NULL, NULL, 0, NULL, NULL, NULL);
}
