/* SPDX-License-Identifier: Apache-2.0 */
/* See otp.h. The object is changed as C_SetAttributeValue changes it: whoever comes second sees that and looks again. */
#include "core/otp.h"

#include "base/log.h"
#include "core/objects.h"
#include "core/op.h"

#define COUNTER_SIZE 8
/* Each time somebody else was faster. */
#define MAX_ATTEMPTS 1000

static uint64_t read_counter(const struct attrs *a)
{
	struct bytes value = {0};
	uint64_t counter = 0;

	(void)attrs_get(a, CKA_OTP_COUNTER, &value);
	for (size_t i = 0; i < value.len; i++)
		counter = counter << 8 | value.data[i];
	return counter;
}

static CK_RV with_counter(const struct attrs *from, uint64_t counter, struct attrs **ret)
{
	struct attr_list list cleanup(attr_list_free) = {0};
	unsigned char value[COUNTER_SIZE];

	for (size_t i = COUNTER_SIZE; i-- > 0; counter >>= 8)
		value[i] = (unsigned char)counter;
	try(attrs_unpack(from, &list));
	try(attr_list_set(&list, CKA_OTP_COUNTER, bytes_of(value, sizeof(value))));
	return attrs_pack(&list, ret);
}

static CK_RV take_once(struct session *s, struct object *o, struct attrs *from, uint64_t counter)
{
	struct attrs *packed = NULL;

	try(with_counter(from, counter + 1, &packed));
	CK_RV rv = objects_change(s, o, from, packed);
	if (rv != CKR_OK)
		attrs_free(packed);
	return rv;
}

CK_RV otp_take_counter(struct mech_op *m, uint64_t *ret)
{
	struct op *op = container_of(m, struct op, mech);
	CK_RV rv = CKR_FUNCTION_FAILED;

	for (int attempt = 0; attempt < MAX_ATTEMPTS && rv == CKR_FUNCTION_FAILED; attempt++) {
		if (attempt > 0)
			try(objects_refresh(op->key));
		struct attrs *from = atomic_load(&op->key->attrs);
		uint64_t counter = read_counter(from);

		if (counter == UINT64_MAX)
			return fail(CKR_FUNCTION_FAILED, "the key's counter is at its end");
		rv = take_once(op->session, op->key, from, counter);
		if (rv == CKR_OK)
			*ret = counter;
	}
	return rv;
}
