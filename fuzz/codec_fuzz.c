/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of stored attribute lists: any bytes are refused or give a list that encodes and decodes to itself. */
#include <stdlib.h>
#include <string.h>

#include "attr/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct attr_list first = {0}, second = {0};
	struct attrs *packed = NULL, *again = NULL;
	struct buf encoded = {0};

	if (codec_decode(bytes_of(data, size), &first) == CKR_OK) {
		must(attrs_pack(&first, &packed) == CKR_OK);
		must(codec_encode(packed, NULL, NULL, &encoded) == CKR_OK);
		must(codec_decode(buf_bytes(&encoded), &second) == CKR_OK);
		must(attrs_pack(&second, &again) == CKR_OK);
		must(packed->count == again->count);
		for (uint32_t i = 0; i < packed->count; i++) {
			must(packed->entry[i].type == again->entry[i].type);
			must(bytes_equal(attrs_value(packed, i), attrs_value(again, i)));
		}
	}
	attrs_free(packed);
	attrs_free(again);
	buf_free(&encoded);
	attr_list_free(&first);
	attr_list_free(&second);
	return 0;
}
