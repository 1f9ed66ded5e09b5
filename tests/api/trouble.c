/* SPDX-License-Identifier: Apache-2.0 */
/* What trouble.h promises. */
#include "trouble.h"

void make_kept_token(void)
{
	initialize();
	make_token();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	make_data(session, true, true, "kept");
	finalize();
}

void assert_out_of_order(void)
{
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;

	initialize();
	slot = first_slot();
	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_DEVICE_ERROR);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_DEVICE_ERROR);
	assert_rv(init_token(slot, SO_PIN, "test-other"), CKR_DEVICE_ERROR);
}

void assert_back_in_order(void)
{
	CK_TOKEN_INFO info;

	slot = first_slot();
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_memory_equal(info.label, TOKEN_LABEL, strlen(TOKEN_LABEL));
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "kept"), 1);
}

void assert_log_says(const char *log, const char *place, const char *cause)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen(log, "r");

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, place) && strstr(line, cause);
	fclose(f);
	if (!found)
		fail_msg("no line of the log has '%s' and '%s'", place, cause);
}
