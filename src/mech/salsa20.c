/* SPDX-License-Identifier: Apache-2.0 */
/* Salsa20 (CK_SALSA20_PARAMS, §6.59) and its keys: the original with a nonce of 64 bits, XSalsa20 with one of 192. The
 * steps are key_stream.c's. */
#include <string.h>

#include "mech/key_stream.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define KEY KEY_STREAM_KEY

static const struct key_stream_form forms[] = {{8, SALSA20_NONCE}, {8, SALSA20_LONG_NONCE}};

static const struct secret_key_kind keys = {.min = KEY, .max = KEY, .check_value = secret_key_check_hash};

/* The counter has one size, so the parameter does not say it. */
static void read_params(const void *parameter, struct key_stream_params *ret)
{
	CK_SALSA20_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	*ret = (struct key_stream_params){p.pBlockCounter, p.pNonce, 64, p.ulNonceBits};
}

static CK_RV begin(struct mech_op *op, struct key_stream *s, uint64_t block, unsigned byte)
{
	salsa20_start(&s->salsa20, op->key->value.data, s->nonce, s->nonce_bytes, block, byte);
	return CKR_OK;
}

static CK_RV run(struct key_stream *s, struct bytes in, unsigned char *out)
{
	salsa20_run(&s->salsa20, in, out);
	return CKR_OK;
}

static const struct key_stream_kind kind = {
	.forms = forms,
	.form_count = array_len(forms),
	.param_size = sizeof(CK_SALSA20_PARAMS),
	.read = read_params,
	.begin = begin,
	.run = run,
};

static const struct mech_row rows[] = {
	/* In bytes. */
	{.type = CKM_SALSA20_KEY_GEN, .flags = CKF_GENERATE, .min_key = KEY, .max_key = KEY, .gen = SECRET_KEY_GEN(CKK_SALSA20)},
	/* In bits. */
	{
		.type = CKM_SALSA20,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP,
		.min_key = 8 * KEY,
		.max_key = 8 * KEY,
		.key_types = {CKK_SALSA20},
		.key_type_count = 1,
		.ops = &key_stream_ops,
		.data = &kind,
		.wrap = &mech_wrap_any,
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_SALSA20, .secret = &keys},
};

extern const struct mech_family mech_family_salsa20;
const struct mech_family mech_family_salsa20 = {
	.name = "salsa20",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
