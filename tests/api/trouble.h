/* SPDX-License-Identifier: Apache-2.0 */
/* A store in trouble, whichever it is: a token with one object that must be there again afterwards, what an application is
 * told meanwhile, and what the log says. */
#ifndef TEST_API_TROUBLE_H
#define TEST_API_TROUBLE_H

#include "harness.h"

/* In the store that is set, and nobody uses it any more. */
void make_kept_token(void);
/* The library starts, and whatever wants the token is told. */
void assert_out_of_order(void);
/* Without a new start. */
void assert_back_in_order(void);
/* Some line of the log has both. */
void assert_log_says(const char *log, const char *place, const char *cause);

#endif
