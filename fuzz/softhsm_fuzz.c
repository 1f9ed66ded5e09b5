/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of SoftHSMv2: any bytes as a file, and as a value of its database, are refused or read to their end, and what
 * was read is written as it was. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/softhsm_file.h"
#include "core/softhsm_object.h"
#include "core/softhsm_rows.h"
#include "crypto/ossl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[32];
static struct ossl *ossl;

static void must(bool held)
{
	if (!held)
		abort();
}

/* Items that can be read are written the same, but for booleans, which have many ways to be true. */
static void read_items(struct bytes in)
{
	struct softhsm_item item;

	for (struct bytes rest = in; in.len > 0 && softhsm_item_take(&rest, &item); in = rest) {
		struct buf again = {0};
		must(softhsm_item_put(&item, &again) == CKR_OK);
		must(again.len == in.len - rest.len);
		must(item.form == SOFTHSM_BOOL || bytes_equal(buf_bytes(&again), bytes_of(in.data, again.len)));
		buf_free(&again);
	}
}

static void make_object(struct bytes in, struct bytes with)
{
	const struct mech_env env = {.ossl = ossl};
	const struct softhsm_object object = {.name = "fuzz", .image = in, .key = with};
	struct softhsm_made made = {0};

	CK_RV rv = softhsm_object_make(&env, &object, &(struct softhsm_teller){0}, &made);
	must(rv == CKR_OK || made.attrs == NULL);
	attrs_free(made.attrs);
}

static void read_row(struct bytes in)
{
	for (uint64_t table = 0; table <= SOFTHSM_TABLE_ARRAY; table++) {
		const struct softhsm_row row = {(enum softhsm_table)table, CKA_ALLOWED_MECHANISMS, 1, in};
		struct softhsm_item item;
		struct buf out = {0};
		if (softhsm_row_put(&row, &out) == CKR_OK) {
			struct bytes written = buf_bytes(&out);
			must(softhsm_item_take(&written, &item) && written.len == 0);
		}
		buf_free(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), items = in;

	if (ossl == NULL && (!log_configure("off") || ossl_open(&ossl) != CKR_OK))
		return 0;
	if (softhsm_file_begin(&items))
		read_items(items);
	make_object(in, (struct bytes){0});
	make_object(in, bytes_of(key, sizeof(key)));
	read_row(in);
	return 0;
}
