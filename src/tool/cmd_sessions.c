/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave sessions`: limits and counts. PKCS#11 shows an application its own sessions and nobody else's, so the
 * one that this command opens is the only one that it can ever list; it says so. */
#include <stdio.h>

#include "names.h"
#include "p11.h"
#include "table.h"

static const char *const states[] = {
	[CKS_RO_PUBLIC_SESSION] = "read-only, nobody logged in",
	[CKS_RO_USER_FUNCTIONS] = "read-only, user logged in",
	[CKS_RW_PUBLIC_SESSION] = "read/write, nobody logged in",
	[CKS_RW_USER_FUNCTIONS] = "read/write, user logged in",
	[CKS_RW_SO_FUNCTIONS] = "read/write, SO logged in",
};

static void count_line(const char *name, CK_ULONG open, CK_ULONG max)
{
	if (open == CK_UNAVAILABLE_INFORMATION)
		table_line(name, "not told");
	else if (max == CK_EFFECTIVELY_INFINITE || max == CK_UNAVAILABLE_INFORMATION)
		table_line(name, "%lu open, no limit", open);
	else
		table_line(name, "%lu open of %lu", open, max);
}

static const char *pin_line(CK_FLAGS flags, CK_FLAGS locked, CK_FLAGS final, CK_FLAGS low)
{
	if (flags & locked)
		return "locked: no login";
	if (flags & final)
		return "one try left";
	return flags & low ? "wrong tries since the last login" : "no wrong tries";
}

enum status cmd_sessions(const struct args *a)
{
	p11_scope p = {0};
	CK_TOKEN_INFO info;
	CK_SESSION_INFO session;
	char label[64];

	try(p11_start(&p, a, false, false));
	try(p11_status(p.fn->C_GetTokenInfo(p.slot, &info), "slot %lu", p.slot));
	try(p11_status(p.fn->C_GetSessionInfo(p.session, &session), "the session's state"));
	names_text(info.label, sizeof(info.label), label, sizeof(label));
	table_line("token", "%s (slot %lu)", label, p.slot);
	count_line("sessions", info.ulSessionCount, info.ulMaxSessionCount);
	count_line("read/write sessions", info.ulRwSessionCount, info.ulMaxRwSessionCount);
	table_line("session of this tool", "%s", session.state < array_len(states) ? states[session.state] : "unknown state");
	table_line("user PIN", "%s",
	           info.flags & CKF_USER_PIN_INITIALIZED
	                   ? pin_line(info.flags, CKF_USER_PIN_LOCKED, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_COUNT_LOW)
	                   : "not set");
	table_line("SO PIN", "%s", pin_line(info.flags, CKF_SO_PIN_LOCKED, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_COUNT_LOW));
	puts("\nSessions and logins belong to one application: those of other programs are neither counted nor shown here.");
	return DONE;
}
