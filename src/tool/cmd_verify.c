/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave verify`: is every object of a token as it was written? With --login private ones are looked at too. */
#include <stdio.h>

#include "admin.h"

enum status cmd_verify(const struct args *a)
{
	CONCLAVE_VERIFY_REPORT report = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};

	try(p11_start(&p, a, false, a->login));
	try(admin_find(&p, &admin));
	try(p11_status(admin->VerifyToken(p.session, &report), "the store does not pass its own check"));
	printf("%lu objects authentic, %lu damaged\n", report.ulGood, report.ulBad);
	if (!a->login)
		puts("private objects are looked at with --login only");
	return report.ulBad == 0 ? DONE : complain(FAILED, "damaged objects are refused by every call; CONCLAVE_LOG=error names them");
}
