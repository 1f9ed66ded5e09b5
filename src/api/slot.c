/* SPDX-License-Identifier: Apache-2.0 */
/* Slot and token management (§5.5). */
#include "api/enter.h"
#include "core/slot.h"
#include "core/token.h"

static CK_RV need(const void *pointer)
{
	return pointer == NULL ? fail(CKR_ARGUMENTS_BAD, "a NULL pointer where a result is to go or an argument to come from") : CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount)
{
	MODULE_CALL(C_GetSlotList, slot_list(m, tokenPresent != CK_FALSE, pSlotList, pulCount));
}

static CK_RV get_slot_info(struct module *m, CK_SLOT_ID id, CK_SLOT_INFO_PTR info)
{
	try(need(info));
	return slot_get_info(m, id, info);
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo)
{
	MODULE_CALL(C_GetSlotInfo, get_slot_info(m, slotID, pInfo));
}

static CK_RV get_token_info(struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO_PTR info)
{
	try(need(info));
	return slot_get_token_info(m, id, info);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo)
{
	MODULE_CALL(C_GetTokenInfo, get_token_info(m, slotID, pInfo));
}

/* A slot whose token is not initialised has the mechanisms of the general policy. */
static CK_RV policy_of_slot(struct module *m, CK_SLOT_ID id, const struct policy **ret)
{
	struct token *t = NULL;

	try(slot_token(m, id, &t));
	if (t != NULL)
		try(token_refresh(t));
	*ret = t == NULL ? policies_general(m->policies) : atomic_load(&t->policy);
	return CKR_OK;
}

static CK_RV get_mechanism_list(struct module *m, CK_SLOT_ID id, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count)
{
	const struct policy *p = NULL;

	try(need(count));
	try(policy_of_slot(m, id, &p));
	CK_ULONG room = *count;
	*count = p->count;
	if (list == NULL)
		return CKR_OK;
	if (room < *count)
		return CKR_BUFFER_TOO_SMALL;
	for (size_t i = 0; i < p->count; i++)
		list[i] = p->rows[i].row->type;
	return CKR_OK;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount)
{
	MODULE_CALL(C_GetMechanismList, get_mechanism_list(m, slotID, pMechanismList, pulCount));
}

static CK_RV get_mechanism_info(struct module *m, CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info)
{
	const struct policy *p = NULL;

	try(need(info));
	try(policy_of_slot(m, id, &p));
	const struct policy_row *row = policy_find(p, type);
	if (row == NULL)
		return fail(CKR_MECHANISM_INVALID, "the token does not have %s, or its policy does not permit it", mech_name(type));
	*info = row->info;
	return CKR_OK;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo)
{
	MODULE_CALL(C_GetMechanismInfo, get_mechanism_info(m, slotID, type, pInfo));
}

static CK_RV init_token(struct module *m, CK_SLOT_ID id, struct bytes pin, const CK_UTF8CHAR *label)
{
	try(need(pin.data));
	try(need(label));
	return slot_init_token(m, id, pin, label);
}

CK_RV C_InitToken(CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pLabel)
{
	MODULE_CALL(C_InitToken, init_token(m, slotID, bytes_of(pPin, ulPinLen), pLabel));
}

static CK_RV init_pin(struct session *s, struct bytes pin)
{
	try(need(pin.data));
	return token_init_pin(s, pin);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen)
{
	SESSION_CALL(C_InitPIN, hSession, init_pin(s, bytes_of(pPin, ulPinLen)));
}

static CK_RV set_pin(struct session *s, struct bytes old_pin, struct bytes new_pin)
{
	try(need(old_pin.data));
	try(need(new_pin.data));
	return token_set_pin(s, old_pin, new_pin);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen, CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen)
{
	SESSION_CALL(C_SetPIN, hSession, set_pin(s, bytes_of(pOldPin, ulOldLen), bytes_of(pNewPin, ulNewLen)));
}

static CK_RV wait_for_slot_event(struct module *m, CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved)
{
	try(need(slot));
	if (reserved != NULL)
		return fail(CKR_ARGUMENTS_BAD, "pReserved is not NULL");
	return slot_wait_event(m, (flags & CKF_DONT_BLOCK) == 0, slot);
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
	MODULE_CALL(C_WaitForSlotEvent, wait_for_slot_event(m, flags, pSlot, pReserved));
}
