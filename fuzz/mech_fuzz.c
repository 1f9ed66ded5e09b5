/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms from inside: the input is a row of records, each the number of a mechanism and choices for one use of it: key,
 * parameter, data, steps in any order, saving and restoring. What is made of nothing but usual choices works; nothing else
 * may do more than answer a code. With CONCLAVE_FUZZ_FAMILY=aes_gcm in the environment all records are of that family. */
#include <stdlib.h>
#include <string.h>

#include "crypto/pkey.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"
#include "mech_forms.h"

#define MAX_DATA 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mech_env env;

#define MECH_FAMILY(word) extern const struct mech_family mech_family_##word;
#include "mech/mech_families.inc"
#undef MECH_FAMILY

static const struct mech_family *const families[] = {
#define MECH_FAMILY(word) &mech_family_##word,
#include "mech/mech_families.inc"
#undef MECH_FAMILY
};

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static struct mech_key *load(struct attr_list *list, CK_KEY_TYPE type)
{
	const struct mech_key_type *t = mech_key_type_find(type);
	struct mech_key *key = NULL;
	struct attrs *packed = NULL;

	if (t != NULL && mech_key_complete(t, &env, list) == CKR_OK && attrs_pack(list, &packed) == CKR_OK)
		(void)!mech_key_load(t, &env, packed, &key);
	attrs_free(packed);
	return key;
}

static void set_ulong(struct attr_list *list, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	if (attr_list_set_ulong(list, type, value) != CKR_OK)
		abort();
}

static void set_bytes(struct attr_list *list, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	if (attr_list_set(list, type, bytes_of(value, len)) != CKR_OK)
		abort();
}

/* Of one of the lengths that its type takes. */
static struct mech_key *secret_key(struct input *in, CK_KEY_TYPE type, const struct mech_key_type *t)
{
	size_t lengths[300], count = 0;
	unsigned char value[300];
	struct attr_list list = {0};
	size_t len;

	for (len = 1; len < array_len(lengths); len++)
		if (mech_key_value_fits(t, len))
			lengths[count++] = len;
	if (count == 0)
		return NULL;
	len = lengths[(input_byte(in) + (count > 40 ? 31u : 0u)) % count];
	for (size_t i = 0; i < len; i++)
		value[i] = (unsigned char)(i * 11 + 5);
	if (t->secret->shape != NULL)
		t->secret->shape(value, len);
	set_ulong(&list, CKA_CLASS, CKO_SECRET_KEY);
	set_ulong(&list, CKA_KEY_TYPE, type);
	set_bytes(&list, CKA_VALUE, value, len);
	struct mech_key *key = load(&list, type);
	attr_list_free(&list);
	return key;
}

struct pair {
	CK_KEY_TYPE type;
	struct mech_key *public_key, *private_key;
};

static void start_pair(CK_KEY_TYPE type, struct attr_list *public_list)
{
	static const unsigned char p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static const unsigned char ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70}, x25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e}, e[] = {1, 0, 1};

	if (type == CKK_RSA) {
		set_ulong(public_list, CKA_MODULUS_BITS, 1024);
		set_bytes(public_list, CKA_PUBLIC_EXPONENT, e, sizeof(e));
	} else if (type == CKK_EC) {
		set_bytes(public_list, CKA_EC_PARAMS, p256, sizeof(p256));
	} else if (type == CKK_EC_EDWARDS) {
		set_bytes(public_list, CKA_EC_PARAMS, ed25519, sizeof(ed25519));
	} else if (type == CKK_EC_MONTGOMERY) {
		set_bytes(public_list, CKA_EC_PARAMS, x25519, sizeof(x25519));
	} else {
		set_ulong(public_list, CKA_PARAMETER_SET, type == CKK_SLH_DSA ? CKP_SLH_DSA_SHA2_128F : CKP_ML_DSA_44);
	}
}

static void make_pair(const struct mech_row *row, struct pair *ret)
{
	CK_KEY_TYPE type = row->gen->key_type;
	CK_MECHANISM m = {row->type, NULL, 0};
	struct attr_list public_list = {0}, private_list = {0};

	set_ulong(&public_list, CKA_CLASS, CKO_PUBLIC_KEY);
	set_ulong(&private_list, CKA_CLASS, CKO_PRIVATE_KEY);
	set_ulong(&public_list, CKA_KEY_TYPE, type);
	set_ulong(&private_list, CKA_KEY_TYPE, type);
	start_pair(type, &public_list);
	if (row->gen->pair(&env, row, &m, &public_list, &private_list) == CKR_OK) {
		ret->public_key = load(&public_list, type);
		ret->private_key = load(&private_list, type);
	}
	attr_list_free(&public_list);
	attr_list_free(&private_list);
}

/* Made once; NULL for types whose pairs need a group. */
static const struct pair *pair_of(CK_KEY_TYPE type)
{
	static const CK_KEY_TYPE known[] = {CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_DSA, CKK_ML_KEM, CKK_SLH_DSA};
	static struct pair pairs[array_len(known)];

	for (size_t i = 0; i < array_len(known); i++) {
		if (known[i] != type)
			continue;
		for (size_t k = 0; pairs[i].public_key == NULL && k < mech_count(); k++) {
			const struct mech_row *row = mech_at(k);

			if (row->gen != NULL && row->gen->pair != NULL && row->gen->key_type == type)
				make_pair(row, &pairs[i]);
		}
		return pairs[i].public_key != NULL && pairs[i].private_key != NULL ? &pairs[i] : NULL;
	}
	return NULL;
}

/* One key of a use; *owned: the caller's to free. */
static const struct mech_key *choose_key(struct input *in, const struct mech_row *row, bool private_half, bool *owned)
{
	static const CK_KEY_TYPE of_pairs[] = {CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY, CKK_ML_KEM};
	bool any_pair = row->derive != NULL && row->derive->base_is_private;
	CK_KEY_TYPE type = row->key_type_count > 0 ? row->key_types[input_byte(in) % row->key_type_count]
	                   : any_pair              ? of_pairs[input_byte(in) % array_len(of_pairs)]
	                                           : CKK_GENERIC_SECRET;
	const struct mech_key_type *t = mech_key_type_find(type);

	*owned = t != NULL && t->secret != NULL;
	if (*owned)
		return secret_key(in, type, t);
	const struct pair *pair = pair_of(type);
	if (pair == NULL)
		return NULL;
	return private_half ? pair->private_key : pair->public_key;
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

static CK_RV step(struct mech_op *op, enum mech_step which, struct bytes in)
{
	const struct mech_ops *ops = op->row->ops;
	size_t room = ops->room != NULL ? ops->room(op, which, in.len) : 0, len = 0;
	/* Exactly what was promised. */
	unsigned char *out = malloc(room > 0 ? room : 1);
	CK_RV rv;

	if (out == NULL)
		abort();
	if (which == MECH_WHOLE)
		rv = ops->whole(op, in, out, &len);
	else if (which == MECH_UPDATE)
		rv = ops->update(op, in, out, &len);
	else
		rv = ops->final(op, out, &len);
	if (rv == CKR_OK && len > room)
		abort();
	free(out);
	return rv;
}

/* Goes on in another operation, from a state that may be another. */
static void resume(struct mech_op *op, struct input *in, struct form_memory *memory)
{
	struct mech_op other = {.row = op->row, .env = op->env, .use = op->use, .key = op->key};
	const struct mech_ops *ops = op->row->ops;
	struct buf params = {0}, state = {0};
	CK_RV rv = CKR_OK;

	if (ops->save == NULL || (op->row->unsaveable != NULL && op->use == MECH_ENCRYPT))
		return;
	if (ops->save_params != NULL)
		rv = ops->save_params(op, &params);
	if (rv == CKR_OK)
		rv = ops->save(op, &state);
	if (rv == CKR_OK && input_byte(in) > 200 && state.len > 0)
		state.data[input_byte(in) % state.len] ^= (unsigned char)(1 + input_byte(in));
	if (rv == CKR_OK && input_byte(in) > 200 && params.len > 0)
		params.data[input_byte(in) % params.len] ^= (unsigned char)(1 + input_byte(in));
	if (rv == CKR_OK && ops->restore_params != NULL)
		rv = ops->restore_params(&other, buf_bytes(&params));
	if (rv == CKR_OK && ops->start != NULL)
		rv = ops->start(&other);
	if (rv == CKR_OK)
		rv = ops->restore(&other, buf_bytes(&state));
	if (rv == CKR_OK && op->use != MECH_VERIFY && ops->update != NULL) {
		unsigned char *data = form_bytes(memory, in, 33);
		if (step(&other, MECH_UPDATE, bytes_of(data, 33)) == CKR_OK && ops->final != NULL)
			(void)!step(&other, MECH_FINAL, bytes_of(NULL, 0));
	}
	if (ops->end != NULL)
		ops->end(&other);
	buf_free(&params);
	buf_free(&state);
}

static void verify(struct mech_op *op, struct input *in, struct form_memory *memory)
{
	const struct mech_ops *ops = op->row->ops;
	size_t len = input_byte(in) % MAX_DATA, signature_len = 1 + input_byte(in);
	struct bytes data = bytes_of(form_bytes(memory, in, len), len), signature = bytes_of(form_bytes(memory, in, signature_len), signature_len);
	size_t none = 0;

	if (ops->verify_whole != NULL)
		(void)!ops->verify_whole(op, data, signature);
	else if (ops->update != NULL && ops->verify_final != NULL && ops->update(op, data, NULL, &none) == CKR_OK)
		(void)!ops->verify_final(op, signature);
}

static void work(struct mech_op *op, struct input *in, struct form_memory *memory)
{
	const struct mech_ops *ops = op->row->ops;
	unsigned parts = input_byte(in) % 5;
	size_t len = 32;
	CK_RV rv = CKR_OK;

	if (op->use == MECH_VERIFY) {
		verify(op, in, memory);
		return;
	}
	if (parts == 0 && ops->whole != NULL) {
		uint8_t choice = input_byte(in);
		len = choice < 128 ? 32 : choice;
		(void)!step(op, MECH_WHOLE, bytes_of(form_bytes(memory, in, len), len));
		return;
	}
	for (unsigned i = 0; i < parts && rv == CKR_OK && ops->update != NULL; i++) {
		len = input_byte(in) % MAX_DATA;
		rv = step(op, MECH_UPDATE, bytes_of(form_bytes(memory, in, len), len));
		if (rv == CKR_OK && input_byte(in) % 4 == 1)
			resume(op, in, memory);
	}
	if (rv == CKR_OK && ops->final != NULL)
		(void)!step(op, MECH_FINAL, bytes_of(NULL, 0));
	if (ops->again != NULL && ops->again(op) == CKR_OK && ops->update != NULL)
		(void)!step(op, MECH_UPDATE, bytes_of("again", 5));
}

static void operate(const struct mech_row *row, enum mech_use use, struct input *in, struct form_memory *memory)
{
	struct mech_op op = {.row = row, .env = &env, .use = use};
	bool owned = false, keyed = use != MECH_DIGEST;
	const struct mech_key *key = NULL;

	if (keyed)
		key = choose_key(in, row, use == MECH_DECRYPT || use == MECH_SIGN || use == MECH_SIGN_RECOVER, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});
	op.key = key;
	CK_RV rv = keyed && key == NULL ? CKR_KEY_HANDLE_INVALID : CKR_OK;
	if (rv == CKR_OK && row->ops->params != NULL)
		rv = row->ops->params(&op, &m);
	if (rv == CKR_OK && row->ops->start != NULL)
		rv = row->ops->start(&op);
	if (rv == CKR_OK)
		work(&op, in, memory);
	if (row->ops->end != NULL)
		row->ops->end(&op);
	if (op.state != NULL)
		abort();
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
}

/* ---- wrapping, messages, keys from keys ---------------------------------------------------------------------------- */

static void wrap(const struct mech_row *row, bool unwrapping, struct input *in, struct form_memory *memory)
{
	bool owned = false, sealed = row->message != NULL && input_byte(in) % 2 == 1;
	const struct mech_key *key = choose_key(in, row, unwrapping, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, sealed ? FORM_MESSAGE : FORM_WRAP, (struct bytes){0});
	uint8_t choice = input_byte(in);
	size_t len = choice < 128 ? 32 : choice, need = 0, made = 0;
	struct bytes data = bytes_of(form_bytes(memory, in, len), len);
	struct attr_list any = {0};
	struct mech_wrapping w = {.env = &env, .row = row, .mechanism = &m, .key = key, .authenticated = sealed, .wanted = &any};
	struct secret plain = {0};

	if (key != NULL && unwrapping) {
		if (wrap_undo(&w, data, &plain) == CKR_OK)
			secret_free(&plain);
	} else if (key != NULL && wrap_size(&w, len, &need) == CKR_OK) {
		unsigned char *out = malloc(need > 0 ? need : 1);
		if (out == NULL || (wrap_run(&w, data, out, &made) == CKR_OK && made > need))
			abort();
		free(out);
	}
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
}

static void message(const struct mech_row *row, enum mech_use use, struct input *in, struct form_memory *memory)
{
	struct mech_op op = {.row = row, .env = &env, .use = use};
	bool owned = false;
	const struct mech_key *key = choose_key(in, row, false, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_MESSAGE, (struct bytes){0});
	struct mech_message one = {0};
	unsigned char data[64] = {1, 2, 3};

	op.key = key;
	if (key != NULL && m.pParameter != NULL && m.ulParameterLen == row->message->param_size && row->message->start(&op) == CKR_OK &&
	    row->message->read(m.pParameter, &one) == CKR_OK && one.tag_len <= 16 && row->message->begin(&op, &one, bytes_of(data, 5)) == CKR_OK &&
	    row->message->run(&op, bytes_of(data, 32), data) == CKR_OK && one.tag != NULL)
		(void)!(use == MECH_ENCRYPT ? row->message->seal(&op, one.tag, one.tag_len) : row->message->check(&op, bytes_of(one.tag, one.tag_len)));
	row->message->end(&op);
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
}

static void start_template(struct input *in, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, struct attr_list *ret)
{
	static const CK_KEY_TYPE types[] = {CKK_GENERIC_SECRET, CKK_AES, CKK_DES, CKK_DES3, CKK_RC4, CKK_CHACHA20, CKK_HKDF};
	uint8_t choice = input_byte(in);

	set_ulong(ret, CKA_CLASS, object_class);
	set_ulong(ret, CKA_KEY_TYPE, choice < 128 ? type : types[choice % array_len(types)]);
	choice = input_byte(in);
	if (choice < 240)
		set_ulong(ret, CKA_VALUE_LEN, choice < 128 ? 16 : choice);
}

static CK_RV one_key(void *arg, CK_OBJECT_HANDLE handle, const struct mech_key **ret)
{
	if (handle % 2 == 1 || arg == NULL)
		return CKR_KEY_HANDLE_INVALID;
	*ret = arg;
	return CKR_OK;
}

static void derive(const struct mech_row *row, struct input *in, struct form_memory *memory)
{
	struct mech_env here = env;
	struct attr_list key = {0};
	bool owned = false;
	const struct mech_key *base = choose_key(in, row, true, &owned);
	const struct pair *pair = base != NULL && base->pkey != NULL ? pair_of(base->type) : NULL;
	static const unsigned char x[32] = {9};
	struct bytes peer = pair != NULL && base->type == CKK_EC ? pkey_point(pair->public_key->pkey) : bytes_of(x, pair != NULL ? sizeof(x) : 0);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, peer);

	here.find_key = one_key;
	here.key_arg = (void *)(uintptr_t)base;
	start_template(in, row->derive->object_class, CKK_GENERIC_SECRET, &key);
	if (base != NULL && !row->derive->no_key)
		(void)!row->derive->key(&here, row, &m, base, &key);
	attr_list_free(&key);
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)base);
}

static void generate(const struct mech_row *row, struct input *in, struct form_memory *memory)
{
	struct attr_list key = {0};
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});

	/* Groups and pairs take long. */
	if (row->gen->key != NULL && row->gen->object_class == CKO_SECRET_KEY) {
		start_template(in, CKO_SECRET_KEY, row->gen->any_key_type ? CKK_GENERIC_SECRET : row->gen->key_type, &key);
		if (row->gen->key(&env, row, &m, &key) == CKR_OK)
			(void)!mech_key_complete(mech_key_type_find(row->gen->any_key_type ? CKK_GENERIC_SECRET : row->gen->key_type), &env, &key);
	}
	attr_list_free(&key);
}

static void encapsulate(const struct mech_row *row, bool back, struct input *in, struct form_memory *memory)
{
	bool owned = false;
	const struct mech_key *key = choose_key(in, row, back, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});
	struct mech_kem_call c = {.env = &env, .row = row, .mechanism = &m, .key = key};
	struct attr_list made = {0};
	size_t size = 0, len = 0;

	if (key != NULL && !owned && (row->kem->params == NULL || row->kem->params(&c) == CKR_OK) && row->kem->size(&c, &size) == CKR_OK) {
		unsigned char *out = form_bytes(memory, in, size);
		start_template(in, CKO_SECRET_KEY, CKK_GENERIC_SECRET, &made);
		if (back)
			(void)!row->kem->decapsulate(&c, bytes_of(out, input_byte(in) < 200 ? size : input_byte(in)), &made);
		else
			(void)!row->kem->encapsulate(&c, out, &len, &made);
		attr_list_free(&made);
	}
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
}

/* ---- records --------------------------------------------------------------------------------------------------------- */

static const struct {
	CK_FLAGS flag;
	enum mech_use use;
} uses[] = {
	{CKF_ENCRYPT, MECH_ENCRYPT}, {CKF_DECRYPT, MECH_DECRYPT}, {CKF_DIGEST, MECH_DIGEST}, {CKF_SIGN, MECH_SIGN}, {CKF_VERIFY, MECH_VERIFY},
	{CKF_SIGN_RECOVER, MECH_SIGN_RECOVER}, {CKF_VERIFY_RECOVER, MECH_VERIFY_RECOVER}, {CKF_WRAP, 0}, {CKF_UNWRAP, 0}, {CKF_DERIVE, 0},
	{CKF_GENERATE, 0}, {CKF_MESSAGE_ENCRYPT, 0}, {CKF_MESSAGE_DECRYPT, 0}, {CKF_ENCAPSULATE, 0}, {CKF_DECAPSULATE, 0},
};

static void one_use(const struct mech_row *row, size_t i, struct input *in, struct form_memory *memory)
{
	switch (uses[i].flag) {
	case CKF_WRAP:
	case CKF_UNWRAP:
		wrap(row, uses[i].flag == CKF_UNWRAP, in, memory);
		return;
	case CKF_DERIVE:
		derive(row, in, memory);
		return;
	case CKF_GENERATE:
		generate(row, in, memory);
		return;
	case CKF_MESSAGE_ENCRYPT:
	case CKF_MESSAGE_DECRYPT:
		message(row, uses[i].flag == CKF_MESSAGE_ENCRYPT ? MECH_ENCRYPT : MECH_DECRYPT, in, memory);
		return;
	case CKF_ENCAPSULATE:
	case CKF_DECAPSULATE:
		encapsulate(row, uses[i].flag == CKF_DECAPSULATE, in, memory);
		return;
	default:
		operate(row, uses[i].use, in, memory);
		return;
	}
}

static const struct mech_row *row_of(CK_ULONG number)
{
	const char *family = getenv("CONCLAVE_FUZZ_FAMILY");
	const struct mech_row *row;

	for (size_t i = 0; family != NULL && i < array_len(families); i++) {
		if (strcmp(families[i]->name, family) == 0 && families[i]->row_count > 0)
			return &families[i]->rows[number % families[i]->row_count];
	}
	row = mech_find(number);
	return row != NULL ? row : mech_at(number % mech_count());
}

static void record(const struct mech_row *row, struct input *in)
{
	struct form_memory memory = {0};
	size_t choices[array_len(uses)], count = 0;

	for (size_t i = 0; i < array_len(uses); i++)
		if (row->flags & uses[i].flag)
			choices[count++] = i;
	if (count > 0)
		one_use(row, choices[input_byte(in) % count], in, &memory);
	form_free(&memory);
}

static bool stop(void *arg)
{
	(void)arg;
	return false;
}

/* Each record: four bytes of the mechanism's number, the lowest first, one byte of length, so many choices. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ossl *ossl;

	if (ossl == NULL && ossl_open(&ossl) != CKR_OK)
		return 0;
	env = (struct mech_env){.ossl = ossl, .go_on = stop};
	for (unsigned i = 0; size >= 5 && i < 64; i++) {
		CK_ULONG number = data[0] | (CK_ULONG)data[1] << 8 | (CK_ULONG)data[2] << 16 | (CK_ULONG)data[3] << 24;
		size_t len = data[4] > size - 5 ? size - 5 : data[4];
		struct input in = {data + 5, len};

		record(row_of(number), &in);
		data += 5 + len;
		size -= 5 + len;
	}
	return 0;
}
