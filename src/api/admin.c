/* SPDX-License-Identifier: Apache-2.0 */
/* The interface "Vendor Conclave": see conclave.h. Entered and left like every C_* call. */
#include "api/admin.h"

#include "api/enter.h"
#include "core/admin.h"

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

const CONCLAVE_FUNCTIONS api_admin_functions = {
	.version = {1, 0},
	.RenameToken = rename_token,
	.RemoveToken = remove_token,
	.VerifyToken = verify_token,
};
