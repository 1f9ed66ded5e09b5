/* SPDX-License-Identifier: Apache-2.0 */
/* The family of HOTP (§6.53, RFC 4226): one-time passwords in decimal digits from HMAC-SHA-1 over a counter, which is the
 * application's or the key's own. The key's own is moved on before a password is given away, so that none comes twice. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/mac.h"
#include "crypto/rand.h"
#include "mech/derive.h"
#include "mech/secret_key.h"

#define COUNTER_SIZE 8
#define MIN_DIGITS 6 /* RFC 4226 5.3 */
#define MAX_DIGITS 9
#define MIN_BYTES 16 /* RFC 4226 4, R6: of a new key; others may bring shorter ones */
#define MAX_BYTES 256
/* More parameters than there are types of them. */
#define MAX_PARAMS 16

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct secret_key_kind kind = {.min = 1, .max = MAX_BYTES, .check_value = secret_key_check_hash};

/* An empty counter is 0. */
static CK_RV complete(const struct mech_env *env, struct attr_list *key)
{
	struct bytes counter = {0};

	(void)attr_list_get(key, CKA_OTP_COUNTER, &counter);
	if (counter.len != 0 && counter.len != COUNTER_SIZE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_OTP_COUNTER of %zu bytes", counter.len);
	return secret_key_complete(env, &kind, key);
}

/* Digits of 0: the key is for passwords that HOTP does not make. */
static CK_RV load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	struct mech_key *k = NULL;
	CK_ULONG digits = MIN_DIGITS, demand = CK_OTP_PARAM_OPTIONAL, format = CK_OTP_FORMAT_DECIMAL;

	(void)env;
	(void)attrs_get_ulong(a, CKA_OTP_LENGTH, &digits);
	(void)attrs_get_ulong(a, CKA_OTP_COUNTER_REQUIREMENT, &demand);
	(void)attrs_get_ulong(a, CKA_OTP_FORMAT, &format);
	if (digits < MIN_DIGITS || digits > MAX_DIGITS || format != CK_OTP_FORMAT_DECIMAL)
		digits = 0;
	try(secret_key_load(&kind, a, &k));
	k->otp = (struct mech_otp){.digits = (unsigned)digits, .counter = demand};
	*ret = k;
	return CKR_OK;
}

static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	static const unsigned char zero[COUNTER_SIZE];
	struct secret value cleanup(secret_free) = {0};
	struct bytes counter = {0};
	CK_ULONG len = 0;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	if (!attr_list_get_ulong(key, CKA_VALUE_LEN, &len))
		return fail(CKR_TEMPLATE_INCOMPLETE, "no CKA_VALUE_LEN");
	if (len < row->min_key || len > row->max_key)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE_LEN %lu for %s", len, mech_name(m->mechanism));
	try(secret_new(len, &value));
	try(rand_bytes(env->ossl, value.data, value.len));
	if (!attr_list_get(key, CKA_OTP_COUNTER, &counter) || counter.len == 0)
		try(attr_list_set(key, CKA_OTP_COUNTER, bytes_of(zero, sizeof(zero))));
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}

/* ---- parameters ---------------------------------------------------------------------------- */

struct state {
	bool has_counter;
	uint64_t counter;
	unsigned digits; /* 0: the key's */
};

static bool take_ulong(const CK_OTP_PARAM *p, CK_ULONG *ret)
{
	if (p->pValue == NULL || p->ulValueLen != sizeof(*ret))
		return false;
	memcpy(ret, p->pValue, sizeof(*ret));
	return true;
}

static bool read_counter(const CK_OTP_PARAM *p, struct state *s)
{
	unsigned char in[COUNTER_SIZE];

	if (p->pValue == NULL || p->ulValueLen != sizeof(in))
		return false;
	memcpy(in, p->pValue, sizeof(in));
	s->counter = 0;
	for (size_t i = 0; i < sizeof(in); i++)
		s->counter = s->counter << 8 | in[i];
	s->has_counter = true;
	return true;
}

/* HOTP has a counter and nothing else: that can neither be left out nor be the next one. */
static bool read_flags(const CK_OTP_PARAM *p)
{
	CK_ULONG flags;

	return take_ulong(p, &flags) && (flags & (CKF_NEXT_OTP | CKF_EXCLUDE_COUNTER)) == 0;
}

static bool read_length(const CK_OTP_PARAM *p, struct state *s)
{
	CK_ULONG digits;

	if (!take_ulong(p, &digits) || digits < MIN_DIGITS || digits > MAX_DIGITS)
		return false;
	s->digits = (unsigned)digits;
	return true;
}

static bool read_format(const CK_OTP_PARAM *p)
{
	CK_ULONG format;

	return take_ulong(p, &format) && format == CK_OTP_FORMAT_DECIMAL;
}

static bool read_one(const CK_OTP_PARAM *p, struct state *s)
{
	switch (p->type) {
	case CK_OTP_COUNTER:
		return read_counter(p, s);
	case CK_OTP_FLAGS:
		return read_flags(p);
	case CK_OTP_OUTPUT_LENGTH:
		return read_length(p, s);
	case CK_OTP_OUTPUT_FORMAT:
		return read_format(p);
	case CK_OTP_PIN: /* the requirement of these is CK_OTP_PARAM_IGNORED */
	case CK_OTP_CHALLENGE:
	case CK_OTP_TIME:
		return true;
	default:
		return false;
	}
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	struct state found = {0};
	CK_OTP_PARAMS p;
	CK_OTP_PARAM one;

	try(derive_param(m, &p, sizeof(p)));
	if (p.ulCount > MAX_PARAMS || (p.pParams == NULL && p.ulCount > 0))
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu OTP parameters, or none where it says so", p.ulCount);
	for (CK_ULONG i = 0; i < p.ulCount; i++) {
		memcpy(&one, &p.pParams[i], sizeof(one));
		if (!read_one(&one, &found))
			return fail(CKR_MECHANISM_PARAM_INVALID, "OTP parameter of type %lu", one.type);
	}
	if (op->use == MECH_VERIFY && !found.has_counter)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no CK_OTP_COUNTER to verify with");
	struct state *s = mem_secret_alloc(sizeof(*s));
	if (s == NULL)
		return CKR_HOST_MEMORY;
	*s = found;
	op->state = s;
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	struct state *s = op->state;
	CK_ULONG demand = op->key->otp.counter;

	if (s->digits == 0)
		s->digits = op->key->otp.digits;
	if (s->digits == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the key's CKA_OTP_FORMAT or CKA_OTP_LENGTH is not one of HOTP");
	if (op->use == MECH_VERIFY)
		return CKR_OK;
	if (demand == CK_OTP_PARAM_MANDATORY && !s->has_counter)
		return fail(CKR_MECHANISM_PARAM_INVALID, "the key wants a CK_OTP_COUNTER");
	if (demand == CK_OTP_PARAM_IGNORED)
		s->has_counter = false;
	return CKR_OK;
}

/* ---- passwords ----------------------------------------------------------------------------- */

static void put_counter(uint64_t counter, unsigned char ret[COUNTER_SIZE])
{
	for (size_t i = COUNTER_SIZE; i-- > 0; counter >>= 8)
		ret[i] = (unsigned char)counter;
}

/* RFC 4226 5.3. */
static void compute(const struct mech_op *op, uint64_t counter, unsigned digits, unsigned char *ret)
{
	unsigned char in[COUNTER_SIZE], mac[DIGEST_MAX_SIZE];
	struct hmac h cleanup(hmac_end) = {0};

	put_counter(counter, in);
	hmac_start(DIGEST_SHA1, secret_bytes(&op->key->value), &h);
	hmac_update(&h, bytes_of(in, sizeof(in)));
	hmac_final(&h, mac);
	const unsigned char *at = mac + (mac[19] & 0x0F);
	uint32_t number = (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	for (size_t i = digits; i-- > 0; number /= 10)
		ret[i] = (unsigned char)('0' + number % 10);
	wipe(mac, sizeof(mac));
}

/* What C_Sign gives: the structure, two parameters, then their values, all in one block. */
enum { VALUE, COUNTER, PARAMS };
#define HEAD (sizeof(CK_OTP_SIGNATURE_INFO) + PARAMS * sizeof(CK_OTP_PARAM))

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)step;
	(void)in_len;
	return op->use == MECH_SIGN ? HEAD + s->digits + COUNTER_SIZE : 0;
}

static CK_RV check_no_data(struct bytes in)
{
	return in.len == 0 ? CKR_OK : fail(CKR_DATA_LEN_RANGE, "%zu bytes, where a one-time password is over none", in.len);
}

static CK_RV sign(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	unsigned char *value = out + HEAD, *counter = value + s->digits;
	uint64_t number = s->counter;
	const CK_OTP_PARAM found[PARAMS] = {
		[VALUE] = {CK_OTP_VALUE, value, s->digits},
		[COUNTER] = {CK_OTP_COUNTER, counter, COUNTER_SIZE},
	};
	/* The caller's block need not be aligned. */
	const CK_OTP_SIGNATURE_INFO info = {(CK_OTP_PARAM_PTR)(void *)(out + sizeof(info)), PARAMS};

	try(check_no_data(in));
	if (!s->has_counter)
		try(op->take_counter(op, &number));
	compute(op, number, s->digits, value);
	put_counter(number, counter);
	memcpy(out, &info, sizeof(info));
	memcpy(out + sizeof(info), found, sizeof(found));
	*ret_len = HEAD + s->digits + COUNTER_SIZE;
	return CKR_OK;
}

static CK_RV verify(struct mech_op *op, struct bytes in, struct bytes signature)
{
	const struct state *s = op->state;
	unsigned char right[MAX_DIGITS];

	try(check_no_data(in));
	if (signature.len != s->digits)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a password of %zu digits, not %u", signature.len, s->digits);
	compute(op, s->counter, s->digits, right);
	bool same = secret_equal(bytes_of(right, s->digits), signature);
	wipe(right, sizeof(right));
	return same ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "a password that is not the counter's");
}

static void end(struct mech_op *op)
{
	if (op->state != NULL)
		mem_secret_free(op->state, sizeof(struct state));
	op->state = NULL;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_ops ops = {.params = params, .start = start, .room = room, .whole = sign, .verify_whole = verify, .end = end};
static const struct mech_gen gen = {.key = generate, .object_class = CKO_OTP_KEY, .key_type = CKK_HOTP};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{.type = CKM_HOTP_KEY_GEN, .flags = CKF_GENERATE, .min_key = MIN_BYTES, .max_key = MAX_BYTES, .gen = &gen},
	{
		.type = CKM_HOTP,
		.flags = CKF_SIGN | CKF_VERIFY,
		.min_key = 1,
		.max_key = MAX_BYTES,
		.key_types = {CKK_HOTP},
		.key_type_count = 1,
		.ops = &ops,
		.unsaveable = "a password is made in a single part: there is nothing to save in between",
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_HOTP, .complete = complete, .load = load},
};

extern const struct mech_family mech_family_hotp;
const struct mech_family mech_family_hotp = {
	.name = "hotp",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
