/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave verify`: is every object of a token as it was written? Private ones are looked at with a login. */
#include <stdio.h>

#include "admin.h"

enum status cmd_verify(const struct args *a)
{
	CONCLAVE_VERIFY_REPORT report = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};

	try(p11_start(&p, a, false, p11_wants_login(a)));
	try(admin_find(&p, &admin));
	try(p11_status(admin->VerifyToken(p.session, &report), "the store does not pass its own check"));
	printf("%lu objects authentic, %lu damaged\n", report.ulGood, report.ulBad);
	if (report.ulNotRead > 0)
		printf("%lu private objects were not looked at: that takes --login\n", report.ulNotRead);
	return report.ulBad == 0 ? DONE : complain(FAILED, "damaged objects are refused by every call; CONCLAVE_LOG=error names them");
}
