/* SPDX-License-Identifier: Apache-2.0 */
/* Where PINs come from: a file, an open descriptor, or the terminal without echo. Never the command line. */
#ifndef CONCLAVE_TOOL_PINS_H
#define CONCLAVE_TOOL_PINS_H

#include "tool.h"

#define PIN_MAX 255

struct pin {
	unsigned char text[PIN_MAX + 1];
	CK_ULONG len;
};

/* The sources of one PIN, from the command line; both NULL: the terminal. */
struct pin_source {
	const char *file, *fd;
};

/* A PIN that exists. USAGE when there is no source and no terminal. */
must_check enum status pin_read(struct pin_source from, const char *prompt, struct pin *ret);
/* A PIN that is being chosen: asked for twice on a terminal. */
must_check enum status pin_choose(struct pin_source from, const char *prompt, struct pin *ret);
/* For a cleanup attribute: wipes. */
void pin_wipe(struct pin *p);
/* A question on the terminal; false without one. */
bool pin_confirm(const char *question);

#endif
