/* SPDX-License-Identifier: Apache-2.0 */
/* See otp.h. */
#include "core/otp.h"

#include "base/log.h"
#include "core/objects.h"
#include "core/op.h"

#define COUNTER_SIZE 8

static uint64_t read_counter(const struct attrs *a)
{
	struct bytes value = {0};
	uint64_t counter = 0;

	(void)attrs_get(a, CKA_OTP_COUNTER, &value);
	for (size_t i = 0; i < value.len; i++)
		counter = counter << 8 | value.data[i];
	return counter;
}

/* An objects_step. */
static CK_RV one_more(const struct attrs *from, struct attr_list *to, void *arg)
{
	unsigned char value[COUNTER_SIZE];
	uint64_t counter = read_counter(from);

	if (counter == UINT64_MAX)
		return fail(CKR_GENERAL_ERROR, "the key's counter has come to its end meanwhile");
	*(uint64_t *)arg = counter++;
	for (size_t i = COUNTER_SIZE; i-- > 0; counter >>= 8)
		value[i] = (unsigned char)counter;
	return attr_list_set(to, CKA_OTP_COUNTER, bytes_of(value, sizeof(value)));
}

CK_RV otp_take_counter(struct mech_op *m, uint64_t *ret)
{
	struct op *op = container_of(m, struct op, mech);

	if (read_counter(atomic_load(&op->key->attrs)) == UINT64_MAX)
		return fail(CKR_FUNCTION_FAILED, "the key's counter is at its end");
	return objects_move(op->session, op->key, one_more, ret);
}
