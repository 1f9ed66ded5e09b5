/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave verify`: is everything of a token there and as it was written last? Private objects and PIN records are
 * looked at with a login. */
#include <stdio.h>

#include "admin.h"

enum status cmd_verify(const struct args *a)
{
	CONCLAVE_VERIFY_REPORT report = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};

	try(p11_start(&p, a, false, p11_wants_login(a)));
	try(admin_find(&p, &admin));
	try(p11_status(admin->VerifyToken(p.session, &report), "the store cannot be read"));
	printf("%lu objects authentic, %lu damaged, %lu missing\n", report.ulGood, report.ulBad, report.ulMissing);
	if (report.ulBadSets > 0)
		printf("%lu of %lu rows that say what should be there are damaged, missing or old\n", report.ulBadSets, report.ulSets);
	if (report.ulBadValues > 0)
		printf("%lu of the token's PIN records, PIN counters and description are damaged, missing or old\n", report.ulBadValues);
	if (report.ulStoreDamaged > 0)
		printf("the store does not pass its own check\n");
	if (report.ulNotRead > 0)
		printf("%lu private objects were not looked at: that takes --login\n", report.ulNotRead);
	return report.ulBad + report.ulMissing + report.ulBadSets + report.ulBadValues + report.ulStoreDamaged == 0
	               ? DONE
	               : complain(FAILED, "what is damaged is refused by every call; CONCLAVE_LOG=error names it");
}
