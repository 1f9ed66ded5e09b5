/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of parameters: see param.h. Passwords are among them, so all is secret memory. */
#include "mech/param.h"

#include <string.h>

CK_RV mech_param_take(const CK_MECHANISM *m, struct mech_param *ret)
{
	ret->mechanism = (CK_MECHANISM){.mechanism = m->mechanism};
	if (m->ulParameterLen == 0)
		return CKR_OK;
	try(secret_dup(bytes_of(m->pParameter, m->ulParameterLen), &ret->whole));
	ret->mechanism.pParameter = ret->whole.data;
	ret->mechanism.ulParameterLen = m->ulParameterLen;
	return CKR_OK;
}

CK_RV mech_param_part(struct mech_param *p, void *pointer, size_t len)
{
	struct secret *part = &p->parts[p->part_count];
	const unsigned char *from = NULL;

	memcpy(&from, pointer, sizeof(from));
	if (from == NULL || len == 0)
		return CKR_OK;
	try(secret_dup(bytes_of(from, len), part));
	p->part_count++;
	memcpy(pointer, &part->data, sizeof(part->data));
	return CKR_OK;
}

void mech_param_result(struct mech_param *p, void *to, const void *from, size_t len)
{
	p->results[p->result_count].to = to;
	p->results[p->result_count].from = from;
	p->results[p->result_count++].len = len;
}

void mech_param_give(const struct mech_param *p)
{
	for (size_t i = 0; i < p->result_count; i++)
		memcpy(p->results[i].to, p->results[i].from, p->results[i].len);
}

void mech_param_free(struct mech_param *p)
{
	secret_free(&p->whole);
	for (size_t i = 0; i < p->part_count; i++)
		secret_free(&p->parts[i]);
	*p = (struct mech_param){0};
}
