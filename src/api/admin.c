/* SPDX-License-Identifier: Apache-2.0 */
/* The interface "Vendor Conclave": see conclave.h. Entered and left like every C_* call. */
#include "api/admin.h"

#include <stdlib.h>
#include <string.h>

#include "api/enter.h"
#include "core/admin.h"
#include "core/backup.h"
#include "core/softhsm.h"
#include "core/users.h"

static CK_RV need(const void *pointer)
{
	return pointer == NULL ? fail(CKR_ARGUMENTS_BAD, "a NULL pointer") : CKR_OK;
}

static CK_RV rename_checked(struct module *m, CK_SLOT_ID slot, struct bytes pin, const CK_UTF8CHAR *label)
{
	try(need(pin.data));
	try(need(label));
	return admin_rename(m, slot, pin, label);
}

static CK_RV rename_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR so_pin, CK_ULONG so_pin_len, CK_UTF8CHAR_PTR label)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = rename_checked(m, slot, bytes_of(so_pin, so_pin_len), label);
	module_leave();
	return rv;
}

static CK_RV remove_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR so_pin, CK_ULONG so_pin_len)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = need(so_pin);
	if (rv == CKR_OK)
		rv = admin_remove(m, slot, bytes_of(so_pin, so_pin_len));
	module_leave();
	return rv;
}

static CK_RV verify_token(CK_SESSION_HANDLE session, CONCLAVE_VERIFY_REPORT *report)
{
	struct session *s = NULL;

	try(module_enter_session(session, &s));
	CK_RV rv = need(report);
	if (rv == CKR_OK)
		rv = session_alive(s) ? admin_verify(s, report) : CKR_SESSION_HANDLE_INVALID;
	module_leave_session(s);
	return rv;
}

/* ---- backup, restore, move ------------------------------------------------------------------------------------- */

static CK_RV backup_checked(struct module *m, const CK_UTF8CHAR *path, const CONCLAVE_BACKUP_KEY *key, const CK_SLOT_ID *slots,
                            CK_ULONG count, bool overwrite, CONCLAVE_PROGRESS *progress)
{
	try(need(path));
	try(need(key));
	if (count > 0)
		try(need(slots));
	const struct backup_order order = {
		.path = (const char *)path,
		.secret = {bytes_of(key->pSecret, key->ulSecretLen), key->bKeyFile != CK_FALSE},
		.slots = slots,
		.slot_count = count,
		.overwrite = overwrite,
		.progress = progress,
	};
	return backup_write(m, &order);
}

static CK_RV backup_tokens(CK_UTF8CHAR_PTR path, CONCLAVE_BACKUP_KEY *key, CK_SLOT_ID_PTR slots, CK_ULONG count, CK_BBOOL overwrite,
                           CONCLAVE_PROGRESS *progress)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = backup_checked(m, path, key, slots, count, overwrite != CK_FALSE, progress);
	module_leave();
	return rv;
}

static CK_RV restore_order_of(const CK_UTF8CHAR *path, const CONCLAVE_BACKUP_KEY *key, CONCLAVE_PROGRESS *progress, struct restore_order *ret)
{
	try(need(path));
	try(need(key));
	*ret = (struct restore_order){
		.path = (const char *)path,
		.secret = {bytes_of(key->pSecret, key->ulSecretLen), key->bKeyFile != CK_FALSE},
		.progress = progress,
	};
	return CKR_OK;
}

/* §5.2. */
static CK_RV give_list(const struct backup_list *l, CONCLAVE_BACKUP_TOKEN *tokens, CK_ULONG *count)
{
	CK_ULONG room = *count;

	*count = l->count;
	if (tokens == NULL)
		return CKR_OK;
	if (room < l->count)
		return CKR_BUFFER_TOO_SMALL;
	if (l->count > 0)
		memcpy(tokens, l->items, l->count * sizeof(*tokens));
	return CKR_OK;
}

static CK_RV read_checked(struct module *m, const CK_UTF8CHAR *path, const CONCLAVE_BACKUP_KEY *key, CONCLAVE_BACKUP_TOKEN *tokens,
                          CK_ULONG *count, CONCLAVE_PROGRESS *progress)
{
	cleanup(backup_list_free) struct backup_list list = {0};
	struct restore_order order;

	try(restore_order_of(path, key, progress, &order));
	try(need(count));
	try(restore_read(m, &order, &list));
	return give_list(&list, tokens, count);
}

static CK_RV read_backup(CK_UTF8CHAR_PTR path, CONCLAVE_BACKUP_KEY *key, CONCLAVE_BACKUP_TOKEN *tokens, CK_ULONG_PTR count,
                         CONCLAVE_PROGRESS *progress)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = read_checked(m, path, key, tokens, count, progress);
	module_leave();
	return rv;
}

/* What came is told, as far as there is room, also when the call has failed. */
static void give_restored(const struct backup_list *l, CONCLAVE_BACKUP_TOKEN *tokens, CK_ULONG *count)
{
	if (count == NULL)
		return;
	for (CK_ULONG i = 0; tokens != NULL && i < l->count && i < *count; i++)
		tokens[i] = l->items[i];
	*count = l->count;
}

static CK_RV restore_from_backup(CK_UTF8CHAR_PTR path, CONCLAVE_BACKUP_KEY *key, CK_UTF8CHAR_PTR which, CK_UTF8CHAR_PTR so_pin, CK_ULONG so_pin_len,
                            CONCLAVE_BACKUP_TOKEN *tokens, CK_ULONG_PTR count, CONCLAVE_PROGRESS *progress)
{
	cleanup(backup_list_free) struct backup_list list = {0};
	struct restore_order order;
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = restore_order_of(path, key, progress, &order);
	if (rv == CKR_OK) {
		order.which = (const char *)which;
		order.so_pin = bytes_of(so_pin, so_pin_len);
		rv = restore_run(m, &order, &list);
	}
	module_leave();
	give_restored(&list, tokens, count);
	return rv;
}

static CK_RV move_checked(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const CK_UTF8CHAR *target, CK_SLOT_ID *target_slot,
                          CONCLAVE_PROGRESS *progress)
{
	CK_SLOT_ID there = 0;

	try(need(so_pin.data));
	try(need(target));
	try(move_token(m, slot, so_pin, (const char *)target, progress, &there));
	if (target_slot != NULL)
		*target_slot = there;
	return CKR_OK;
}

static CK_RV move_to_store(CK_SLOT_ID slot, CK_UTF8CHAR_PTR so_pin, CK_ULONG so_pin_len, CK_UTF8CHAR_PTR target, CK_SLOT_ID_PTR target_slot,
                        CONCLAVE_PROGRESS *progress)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = move_checked(m, slot, bytes_of(so_pin, so_pin_len), target, target_slot, progress);
	module_leave();
	return rv;
}

/* ---- named users ----------------------------------------------------------------------------------------------- */

static CK_RV add_user(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR name, CK_ULONG name_len, CK_UTF8CHAR_PTR pin, CK_ULONG pin_len)
{
	struct session *s = NULL;

	try(module_enter_session(session, &s));
	CK_RV rv = need(pin);
	if (rv == CKR_OK)
		rv = session_alive(s) ? users_add(s, bytes_of(name, name_len), bytes_of(pin, pin_len)) : CKR_SESSION_HANDLE_INVALID;
	module_leave_session(s);
	return rv;
}

static CK_RV init_user_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR name, CK_ULONG name_len, CK_UTF8CHAR_PTR pin, CK_ULONG pin_len)
{
	struct session *s = NULL;

	try(module_enter_session(session, &s));
	CK_RV rv = need(pin);
	if (rv == CKR_OK)
		rv = session_alive(s) ? users_init_pin(s, bytes_of(name, name_len), bytes_of(pin, pin_len)) : CKR_SESSION_HANDLE_INVALID;
	module_leave_session(s);
	return rv;
}

static CK_RV remove_user(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR name, CK_ULONG name_len)
{
	struct session *s = NULL;

	try(module_enter_session(session, &s));
	CK_RV rv = session_alive(s) ? users_remove(s, bytes_of(name, name_len)) : CKR_SESSION_HANDLE_INVALID;
	module_leave_session(s);
	return rv;
}

static CK_RV list_users_checked(struct module *m, CK_SLOT_ID slot, CONCLAVE_USER *users, CK_ULONG *count)
{
	CONCLAVE_USER *all = NULL;
	CK_ULONG all_count = 0;

	try(need(count));
	try(users_list(m, slot, &all, &all_count));
	CK_RV rv = users != NULL && *count < all_count ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	if (rv == CKR_OK && users != NULL && all_count > 0)
		memcpy(users, all, all_count * sizeof(*users));
	*count = all_count;
	free(all);
	return rv;
}

static CK_RV list_users(CK_SLOT_ID slot, CONCLAVE_USER *users, CK_ULONG_PTR count)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = list_users_checked(m, slot, users, count);
	module_leave();
	return rv;
}

/* ---- tokens of SoftHSM ----------------------------------------------------------------------------------------- */

static CK_RV read_softhsm(CK_UTF8CHAR_PTR folder, CONCLAVE_BACKUP_TOKEN *token)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = need(folder);
	if (rv == CKR_OK)
		rv = need(token);
	if (rv == CKR_OK)
		rv = softhsm_read((const char *)folder, token);
	module_leave();
	return rv;
}

static CK_RV import_checked(struct module *m, const CONCLAVE_IMPORT *import, CONCLAVE_IMPORT_RESULT *result)
{
	try(need(import));
	try(need(import->pFolder));
	try(need(import->pSoPin));
	try(need(result));
	const struct softhsm_order order = {
		.folder = (const char *)import->pFolder,
		.so_pin = bytes_of(import->pSoPin, import->ulSoPinLen),
		.user_pin = bytes_of(import->pUserPin, import->pUserPin != NULL ? import->ulUserPinLen : 0),
		.tell = import->Tell,
		.arg = import->pArg,
	};
	return softhsm_import(m, &order, result);
}

static CK_RV import_softhsm(const CONCLAVE_IMPORT *import, CONCLAVE_IMPORT_RESULT *result)
{
	struct module *m = NULL;

	try(module_enter(&m));
	CK_RV rv = import_checked(m, import, result);
	module_leave();
	return rv;
}

const CONCLAVE_FUNCTIONS api_admin_functions = {
	.version = {1, 3},
	.RenameToken = rename_token,
	.RemoveToken = remove_token,
	.VerifyToken = verify_token,
	.BackupTokens = backup_tokens,
	.ReadBackup = read_backup,
	.RestoreTokens = restore_from_backup,
	.MoveToken = move_to_store,
	.AddUser = add_user,
	.InitUserPin = init_user_pin,
	.RemoveUser = remove_user,
	.ListUsers = list_users,
	.ReadSoftHSM = read_softhsm,
	.ImportSoftHSM = import_softhsm,
};
