/* SPDX-License-Identifier: Apache-2.0 */
/* Input bytes as choices, and parameters of mechanisms that are made of them: the right structure with members that are
 * right, odd or missing, every pointer to memory of exactly the length beside it. Knows no mechanism's rules. */
#ifndef CONCLAVE_FUZZ_MECH_FORMS_H
#define CONCLAVE_FUZZ_MECH_FORMS_H

#include "mech/mech.h"

struct input {
	const uint8_t *data;
	size_t size;
};

/* 0 when the input is used up: the usual choice everywhere. */
uint8_t input_byte(struct input *in);

/* What the parameter is for; some mechanisms have several. */
enum form_use { FORM_OPERATION, FORM_WRAP, FORM_MESSAGE, FORM_KEM };

/* Memory for one parameter. {0} is empty. */
struct form_memory {
	void *blocks[64];
	size_t count;
};

/* Memory of exactly this size with bytes of the input, or of a pattern when there are none. */
unsigned char *form_bytes(struct form_memory *memory, struct input *in, size_t len);
/* The parameter for a mechanism; its own public value for those that take one. */
CK_MECHANISM form_mechanism(struct form_memory *memory, struct input *in, const struct mech_row *row, enum form_use use, struct bytes peer);
void form_free(struct form_memory *memory);

#endif
