/* SPDX-License-Identifier: Apache-2.0 */
/* The stored description: u8 format, 32 bytes label, 16 bytes serial, u32 generation, u8 flags. Little endian. */
#include "core/token_info.h"

#include <string.h>

#include "base/log.h"
#include "object/persist.h"

#define FORMAT 1

enum { USER_PIN_SET = 1, USER_PIN_OLD = 2, SO_PIN_OLD = 4, TEST = 8 };

CK_RV token_info_read(struct store *s, uint64_t token, struct token_info *ret)
{
	cleanup(buf_free) struct buf b = {0};
	struct bytes label, serial;
	uint8_t format = 0, flags = 0;
	uint32_t generation = 0;
	uint64_t version = 0;

	try(store_meta_get(s, token, TOKEN_INFO_META, &b, &version));
	if (version == 0)
		return CKR_TOKEN_NOT_PRESENT;
	struct bytes in = buf_bytes(&b);
	if (!bytes_take_u8(&in, &format) || format != FORMAT || !bytes_take(&in, 32, &label) ||
	    !bytes_take(&in, TOKEN_SERIAL_SIZE, &serial) || !bytes_take_u32(&in, &generation) || !bytes_take_u8(&in, &flags))
		return fail(CKR_DEVICE_ERROR, "the description of token %llu is damaged", (unsigned long long)token);
	*ret = (struct token_info){
		.version = version,
		.generation = generation,
		.user_pin_set = (flags & USER_PIN_SET) != 0,
		.user_pin_to_be_changed = (flags & USER_PIN_OLD) != 0,
		.so_pin_to_be_changed = (flags & SO_PIN_OLD) != 0,
		.test = (flags & TEST) != 0,
	};
	memcpy(ret->label, label.data, sizeof(ret->label));
	memcpy(ret->serial, serial.data, sizeof(ret->serial));
	return CKR_OK;
}

CK_RV token_info_encode(const struct token_info *info, struct buf *ret)
{
	unsigned flags = (info->user_pin_set ? USER_PIN_SET : 0u) | (info->user_pin_to_be_changed ? USER_PIN_OLD : 0u) |
	                 (info->so_pin_to_be_changed ? SO_PIN_OLD : 0u) | (info->test ? TEST : 0u);

	try(buf_put_u8(ret, FORMAT));
	try(buf_append(ret, bytes_of(info->label, sizeof(info->label))));
	try(buf_append(ret, bytes_of(info->serial, sizeof(info->serial))));
	try(buf_put_u32(ret, info->generation));
	return buf_put_u8(ret, (uint8_t)flags);
}

CK_RV token_info_write(const struct persist *p, struct token_info *info)
{
	cleanup(buf_free) struct buf b = {0};

	try(token_info_encode(info, &b));
	try(sets_value_put(p, TOKEN_INFO_SETS, TOKEN_INFO_META, buf_bytes(&b), info->version));
	info->version++;
	return CKR_OK;
}
