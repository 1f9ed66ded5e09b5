/* SPDX-License-Identifier: Apache-2.0 */
/* The family of SP 800-108 (§6.42): counter, feedback and double pipeline mode over the token's own MACs, with the input
 * put together as the parameter says, and several keys from one call, each from segments of its own. */
#include <string.h>

#include "base/log.h"
#include "mech/derive.h"

#define MAX_FIELDS 64
#define MAX_KEYS 16

enum mode { COUNTER, FEEDBACK, PIPELINE };

static const CK_MECHANISM_TYPE prfs[] = {
	CKM_SHA_1_HMAC,    CKM_SHA224_HMAC,   CKM_SHA256_HMAC,   CKM_SHA384_HMAC,   CKM_SHA512_HMAC,
	CKM_SHA3_224_HMAC, CKM_SHA3_256_HMAC, CKM_SHA3_384_HMAC, CKM_SHA3_512_HMAC, CKM_AES_CMAC,
};

/* One piece of the PRF's input. */
struct field {
	CK_PRF_DATA_TYPE type;
	bool little_endian;
	unsigned width;     /* bytes of a number */
	CK_ULONG method;    /* of the length */
	struct bytes bytes; /* fixed ones */
};

struct kdf {
	const struct mech_env *env;
	const struct mech_key *base;
	const struct mech_row *prf;
	enum mode mode;
	struct field fields[MAX_FIELDS];
	size_t field_count;
	struct bytes iv;
	size_t prf_len;
	uint64_t length_bits[3]; /* by method */
	uint64_t most_segments;
};

/* ---- the parameter ------------------------------------------------------------------------- */

static CK_RV bad(const char *why)
{
	return fail(CKR_MECHANISM_PARAM_INVALID, "SP 800-108: %s", why);
}

static CK_RV find_prf(struct kdf *k, CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < array_len(prfs) && k->prf == NULL; i++) {
		if (prfs[i] == type)
			k->prf = mech_find(type);
	}
	if (k->prf == NULL || k->prf->ops == NULL)
		return bad("a PRF that cannot be used here");
	if (!mech_takes_key_type(k->prf, k->base->type))
		return fail(CKR_KEY_TYPE_INCONSISTENT, "the base key is none for %s", mech_name(type));
	return CKR_OK;
}

static CK_RV read_counter(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	CK_SP800_108_COUNTER_FORMAT format;

	if (p->pValue == NULL || p->ulValueLen != sizeof(format))
		return bad("a counter without format");
	memcpy(&format, p->pValue, sizeof(format));
	if (format.bLittleEndian > 1 || format.ulWidthInBits % 8 != 0 || format.ulWidthInBits < 8 || format.ulWidthInBits > 32)
		return bad("a counter of no width that can be used");
	f->little_endian = format.bLittleEndian;
	f->width = (unsigned)format.ulWidthInBits / 8;
	k->most_segments = ((uint64_t)1 << format.ulWidthInBits) - 1;
	return CKR_OK;
}

static CK_RV read_iteration(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	if (k->mode == COUNTER)
		return read_counter(p, k, f);
	return p->pValue == NULL && p->ulValueLen == 0 ? CKR_OK : bad("a format for an iteration variable that has none");
}

static CK_RV read_optional_counter(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	return k->mode == COUNTER ? bad("a second counter") : read_counter(p, k, f);
}

static CK_RV read_length(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	CK_SP800_108_DKM_LENGTH_FORMAT format;

	(void)k;
	if (p->pValue == NULL || p->ulValueLen != sizeof(format))
		return bad("a length without format");
	memcpy(&format, p->pValue, sizeof(format));
	if (format.bLittleEndian > 1 || format.ulWidthInBits % 8 != 0 || format.ulWidthInBits < 8 || format.ulWidthInBits > 64)
		return bad("a length of no width that can be used");
	if (format.dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS && format.dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS)
		return bad("an unknown way to count the length");
	f->little_endian = format.bLittleEndian;
	f->width = (unsigned)format.ulWidthInBits / 8;
	f->method = format.dkmLengthMethod;
	return CKR_OK;
}

static CK_RV read_array(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	(void)k;
	if (p->ulValueLen == 0)
		return bad("a byte array without bytes");
	return derive_bytes(p->pValue, p->ulValueLen, &f->bytes);
}

static CK_RV read_key(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f)
{
	const struct mech_key *key = NULL;
	CK_OBJECT_HANDLE handle;

	if (p->pValue == NULL || p->ulValueLen != sizeof(handle) || k->env->find_key == NULL)
		return bad("a key handle of another size");
	memcpy(&handle, p->pValue, sizeof(handle));
	try(k->env->find_key(k->env->key_arg, handle, &key));
	f->bytes = secret_bytes(&key->value);
	return CKR_OK;
}

static const struct {
	CK_PRF_DATA_TYPE type;
	bool once;
	CK_RV (*read)(const CK_PRF_DATA_PARAM *p, struct kdf *k, struct field *f);
} readers[] = {
	{CK_SP800_108_ITERATION_VARIABLE, true, read_iteration},
	{CK_SP800_108_COUNTER, true, read_optional_counter},
	{CK_SP800_108_DKM_LENGTH, true, read_length},
	{CK_SP800_108_BYTE_ARRAY, false, read_array},
	{CK_SP800_108_KEY_HANDLE, false, read_key},
};

static bool has_field(const struct kdf *k, CK_PRF_DATA_TYPE type)
{
	for (size_t i = 0; i < k->field_count; i++) {
		if (k->fields[i].type == type)
			return true;
	}
	return false;
}

static CK_RV read_field(struct kdf *k, const CK_PRF_DATA_PARAM *p)
{
	struct field f = {.type = p->type};

	for (size_t i = 0; i < array_len(readers); i++) {
		if (readers[i].type != p->type)
			continue;
		if (readers[i].once && has_field(k, p->type))
			return bad("a field twice");
		try(readers[i].read(p, k, &f));
		k->fields[k->field_count++] = f;
		return CKR_OK;
	}
	return bad("a field of an unknown type");
}

static CK_RV read_fields(struct kdf *k, const CK_PRF_DATA_PARAM *p, CK_ULONG count)
{
	if (p == NULL || count > MAX_FIELDS)
		return bad("no fields, or too many");
	for (CK_ULONG i = 0; i < count; i++) {
		CK_PRF_DATA_PARAM one;

		memcpy(&one, p + i, sizeof(one));
		try(read_field(k, &one));
	}
	return has_field(k, CK_SP800_108_ITERATION_VARIABLE) ? CKR_OK : bad("no iteration variable");
}

/* ---- the function -------------------------------------------------------------------------- */

static CK_RV mac(const struct kdf *k, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	return derive_mac(k->env, k->prf, k->base, &in, 1, ret, ret_len);
}

static void put_number(const struct field *f, uint64_t n, unsigned char *to)
{
	for (unsigned i = 0; i < f->width; i++)
		to[f->little_endian ? i : f->width - 1 - i] = (unsigned char)(i < 8 ? n >> (8 * i) : 0);
}

/* Where one field goes; without the changing ones for the double pipeline's first A (§6.42.5). */
static size_t put_field(const struct kdf *k, const struct field *f, uint64_t i, struct bytes chain, bool fixed_only, unsigned char *to)
{
	bool number = f->type == CK_SP800_108_COUNTER || (f->type == CK_SP800_108_ITERATION_VARIABLE && k->mode == COUNTER);
	struct bytes bytes = f->type == CK_SP800_108_ITERATION_VARIABLE ? chain : f->bytes;

	if (fixed_only && (f->type == CK_SP800_108_COUNTER || f->type == CK_SP800_108_ITERATION_VARIABLE))
		return 0;
	if (number || f->type == CK_SP800_108_DKM_LENGTH) {
		put_number(f, number ? i : k->length_bits[f->method], to);
		return f->width;
	}
	if (bytes.len > 0)
		memcpy(to, bytes.data, bytes.len);
	return bytes.len;
}

static struct bytes put_fields(const struct kdf *k, uint64_t i, struct bytes chain, bool fixed_only, struct secret *room)
{
	size_t at = 0;

	for (size_t f = 0; f < k->field_count; f++)
		at += put_field(k, &k->fields[f], i, chain, fixed_only, room->data + at);
	return bytes_of(room->data, at);
}

static size_t input_room(const struct kdf *k)
{
	size_t most = k->iv.len + DERIVE_MAC_MAX + 1;

	for (size_t f = 0; f < k->field_count; f++)
		most += k->fields[f].bytes.len + 8;
	return most;
}

/* What goes from one segment to the next. */
struct chain {
	unsigned char a[DERIVE_MAC_MAX], segment[DERIVE_MAC_MAX];
	struct secret input;
	uint64_t i;
};

static void chain_end(struct chain *c)
{
	secret_free(&c->input);
	wipe(c, sizeof(*c));
}

static CK_RV next_segment(const struct kdf *k, struct chain *c)
{
	struct bytes before = {0};
	size_t len = 0;

	c->i++;
	if (k->mode == FEEDBACK)
		before = c->i == 1 ? k->iv : bytes_of(c->segment, k->prf_len);
	if (k->mode == PIPELINE) {
		struct bytes in = c->i == 1 ? put_fields(k, 0, before, true, &c->input) : bytes_of(c->a, k->prf_len);
		unsigned char a[DERIVE_MAC_MAX];

		try(mac(k, in, a, &len));
		memcpy(c->a, a, k->prf_len);
		wipe(a, sizeof(a));
		before = bytes_of(c->a, k->prf_len);
	}
	return mac(k, put_fields(k, c->i, before, false, &c->input), c->segment, &len);
}

static CK_RV make_key(const struct kdf *k, struct chain *c, size_t len, struct attr_list *key)
{
	struct secret value cleanup(secret_free) = {0};

	try(secret_new(len, &value));
	for (size_t at = 0; at < len; at += k->prf_len) {
		try(next_segment(k, c));
		memcpy(value.data + at, c->segment, len - at < k->prf_len ? len - at : k->prf_len);
	}
	return derive_set_exactly(key, secret_bytes(&value));
}

/* ---- the mechanism ------------------------------------------------------------------------- */

static CK_RV read_params(struct kdf *k, const CK_MECHANISM *m, CK_SP800_108_KDF_PARAMS *p)
{
	CK_SP800_108_FEEDBACK_KDF_PARAMS f;

	if (k->mode == FEEDBACK) {
		try(derive_param(m, &f, sizeof(f)));
		try(derive_bytes(f.pIV, f.ulIVLen, &k->iv));
		*p = (CK_SP800_108_KDF_PARAMS){f.prfType, f.ulNumberOfDataParams, f.pDataParams, f.ulAdditionalDerivedKeys, f.pAdditionalDerivedKeys};
	} else {
		try(derive_param(m, p, sizeof(*p)));
	}
	if (p->ulAdditionalDerivedKeys >= MAX_KEYS || (p->ulAdditionalDerivedKeys > 0 && p->pAdditionalDerivedKeys == NULL))
		return bad("too many keys at once, or none where it says so");
	try(find_prf(k, p->prfType));
	return read_fields(k, p->pDataParams, p->ulNumberOfDataParams);
}

static CK_RV take_keys(const struct kdf *k, const CK_SP800_108_KDF_PARAMS *p, struct attr_list **keys)
{
	if (p->ulAdditionalDerivedKeys > 0 && k->env->more_key == NULL)
		return bad("no place for more keys");
	for (CK_ULONG i = 0; i < p->ulAdditionalDerivedKeys; i++) {
		CK_DERIVED_KEY d;

		memcpy(&d, p->pAdditionalDerivedKeys + i, sizeof(d));
		try(k->env->more_key(k->env->key_arg, d.pTemplate, d.ulAttributeCount, d.phKey, &keys[1 + i]));
	}
	return CKR_OK;
}

/* No key has part of a segment of another one. */
static CK_RV measure(struct kdf *k, struct attr_list *const *keys, size_t count, size_t *lengths)
{
	unsigned char probe[DERIVE_MAC_MAX];
	uint64_t bytes = 0, segments = 0;

	try(mac(k, (struct bytes){0}, probe, &k->prf_len));
	wipe(probe, sizeof(probe));
	for (size_t i = 0; i < count; i++) {
		try(derive_length(keys[i], 0, &lengths[i]));
		bytes += lengths[i];
		segments += (lengths[i] + k->prf_len - 1) / k->prf_len;
	}
	if (segments > k->most_segments)
		return bad("a counter that is too short for so many bytes");
	k->length_bits[CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS] = 8 * bytes;
	k->length_bits[CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS] = 8 * segments * k->prf_len;
	return CKR_OK;
}

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	struct kdf k = {.env = env, .base = base, .mode = *(const enum mode *)row->data, .most_segments = UINT32_MAX};
	struct chain chain cleanup(chain_end) = {.i = 0};
	struct attr_list *keys[MAX_KEYS] = {key};
	size_t lengths[MAX_KEYS];
	CK_SP800_108_KDF_PARAMS p;

	try(read_params(&k, m, &p));
	try(take_keys(&k, &p, keys));
	try(measure(&k, keys, 1 + p.ulAdditionalDerivedKeys, lengths));
	try(secret_new(input_room(&k), &chain.input));
	for (CK_ULONG i = 0; i <= p.ulAdditionalDerivedKeys; i++)
		try(make_key(&k, &chain, lengths[i], keys[i]));
	return CKR_OK;
}

/* §6.42.7. */
static const struct mech_handover from_base[] = {{CKA_SENSITIVE, CKA_SENSITIVE}, {CKA_EXTRACTABLE, CKA_EXTRACTABLE}, {0, 0}};
static const struct mech_derive by_kdf = {.object_class = CKO_SECRET_KEY, .handover = from_base, .key = derive};

/* Bits of the base key. */
#define ROW(mechanism, how) \
	{.type = (mechanism), .flags = CKF_DERIVE, .min_key = 8, .max_key = 8 * DERIVE_MAX, .derive = &by_kdf, .data = &(const enum mode){how}}

static const struct mech_row rows[] = {
	ROW(CKM_SP800_108_COUNTER_KDF, COUNTER),
	ROW(CKM_SP800_108_FEEDBACK_KDF, FEEDBACK),
	ROW(CKM_SP800_108_DOUBLE_PIPELINE_KDF, PIPELINE),
};

extern const struct mech_family mech_family_sp800_108;
const struct mech_family mech_family_sp800_108 = {.name = "sp800_108", .rows = rows, .row_count = array_len(rows)};
