/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms from inside: the input is a row of records, each the number of a mechanism and choices for one use of it: key,
 * parameter, data, steps in any order, saving and restoring. What is made of nothing but usual choices works; nothing else
 * may do more than answer a code. With CONCLAVE_FUZZ_REACH set, whether the usual choices reach every use of every mechanism is told first. With CONCLAVE_FUZZ_FAMILY=aes_gcm in the environment all records are of that family. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ossl.h"
#include "mech/wrap.h"
#include "mech_forms.h"
#include "mech_keys.h"

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

/* So many bytes for a use without surprises. */
static size_t usual_data(const struct mech_row *row)
{
	return row->type == CKM_HOTP ? 0 : 32;
}

/* Of few bytes, or of as many as signatures by hashes alone have. */
static size_t signature_length(struct input *in)
{
	static const size_t of_hashes[] = {1296, 2500, 4963};
	uint8_t choice = input_byte(in);

	return choice < 240 ? 1u + choice : of_hashes[choice % array_len(of_hashes)];
}

static CK_RV verify(struct mech_op *op, struct input *in, struct form_memory *memory)
{
	const struct mech_ops *ops = op->row->ops;
	uint8_t choice = input_byte(in);
	size_t len = choice < 128 ? usual_data(op->row) : choice, signature_len = signature_length(in);
	struct bytes data = bytes_of(form_bytes(memory, in, len), len), signature = bytes_of(form_bytes(memory, in, signature_len), signature_len);
	size_t none = 0;
	CK_RV rv;

	if (ops->verify_whole != NULL)
		return ops->verify_whole(op, data, signature);
	rv = ops->update(op, data, NULL, &none);
	return rv == CKR_OK ? ops->verify_final(op, signature) : rv;
}

static CK_RV work(struct mech_op *op, struct input *in, struct form_memory *memory)
{
	const struct mech_ops *ops = op->row->ops;
	unsigned parts = input_byte(in) % 5;
	size_t len = usual_data(op->row);
	CK_RV rv = CKR_OK;

	if (op->use == MECH_VERIFY)
		return verify(op, in, memory);
	if (parts == 0 && ops->whole != NULL) {
		uint8_t choice = input_byte(in);
		len = choice < 128 ? len : choice;
		return step(op, MECH_WHOLE, bytes_of(form_bytes(memory, in, len), len));
	}
	for (unsigned i = 0; i < parts && rv == CKR_OK && ops->update != NULL; i++) {
		len = input_byte(in) % MAX_DATA;
		rv = step(op, MECH_UPDATE, bytes_of(form_bytes(memory, in, len), len));
		if (rv == CKR_OK && input_byte(in) % 4 == 1)
			resume(op, in, memory);
	}
	if (rv == CKR_OK && ops->final != NULL)
		rv = step(op, MECH_FINAL, bytes_of(NULL, 0));
	if (ops->again != NULL && ops->again(op) == CKR_OK && ops->update != NULL)
		(void)!step(op, MECH_UPDATE, bytes_of("again", 5));
	return rv;
}

/* mech_op.take_counter */
static CK_RV next_counter(struct mech_op *op, uint64_t *ret)
{
	(void)op;
	*ret = 7;
	return CKR_OK;
}

static CK_RV operate(const struct mech_row *row, enum mech_use use, struct input *in, struct form_memory *memory)
{
	struct mech_op op = {.row = row, .env = &env, .use = use, .take_counter = next_counter};
	bool owned = false, keyed = use != MECH_DIGEST;
	const struct mech_key *key = NULL;

	if (keyed)
		key = keys_choose(in, row, use == MECH_DECRYPT || use == MECH_SIGN || use == MECH_SIGN_RECOVER, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});
	op.key = key;
	CK_RV rv = keyed && key == NULL ? CKR_KEY_HANDLE_INVALID : CKR_OK;
	if (rv == CKR_OK && row->ops->params != NULL)
		rv = row->ops->params(&op, &m);
	if (rv == CKR_OK && row->ops->start != NULL)
		rv = row->ops->start(&op);
	if (rv == CKR_OK)
		rv = work(&op, in, memory);
	if (row->ops->end != NULL)
		row->ops->end(&op);
	if (op.state != NULL)
		abort();
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
	return rv;
}

/* ---- wrapping, messages, keys from keys ---------------------------------------------------------------------------- */

static CK_RV wrap(const struct mech_row *row, bool unwrapping, bool sealed, struct input *in, struct form_memory *memory)
{
	bool owned = false;
	const struct mech_key *key = keys_choose(in, row, unwrapping, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, sealed ? FORM_MESSAGE : FORM_WRAP, (struct bytes){0});
	uint8_t choice = input_byte(in);
	size_t len = choice < 128 ? 32 : choice, need = 0, made = 0;
	struct bytes data = bytes_of(form_bytes(memory, in, len), len);
	struct attr_list wanted = {0};
	struct mech_wrapping w = {.env = &env, .row = row, .mechanism = &m, .key = key, .authenticated = sealed, .wanted = &wanted};
	struct secret plain = {0};

	keys_choose_template(in, &wanted, CKO_SECRET_KEY, CKK_GENERIC_SECRET, 16);
	CK_RV rv = key == NULL ? CKR_KEY_HANDLE_INVALID : unwrapping ? wrap_undo(&w, data, &plain) : wrap_size(&w, len, &need);

	if (rv == CKR_OK && !unwrapping) {
		unsigned char *out = malloc(need > 0 ? need : 1);
		if (out == NULL)
			abort();
		rv = wrap_run(&w, data, out, &made);
		if (rv == CKR_OK && made > need)
			abort();
		free(out);
	}
	if (rv == CKR_OK && unwrapping)
		secret_free(&plain);
	attr_list_free(&wanted);
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
	return rv;
}

static CK_RV message(const struct mech_row *row, enum mech_use use, struct input *in, struct form_memory *memory)
{
	struct mech_op op = {.row = row, .env = &env, .use = use};
	bool owned = false;
	const struct mech_key *key = keys_choose(in, row, false, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_MESSAGE, (struct bytes){0});
	struct mech_message one = {0};
	unsigned char data[64] = {1, 2, 3};
	CK_RV rv = key == NULL || m.pParameter == NULL || m.ulParameterLen != row->message->param_size ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;

	op.key = key;
	if (rv == CKR_OK)
		rv = row->message->start(&op);
	if (rv == CKR_OK)
		rv = row->message->read(m.pParameter, &one);
	if (rv == CKR_OK && (one.tag_len > 16 || one.tag == NULL))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		rv = row->message->begin(&op, &one, bytes_of(data, 5));
	if (rv == CKR_OK)
		rv = row->message->run(&op, bytes_of(data, 32), data);
	if (rv == CKR_OK)
		rv = use == MECH_ENCRYPT ? row->message->seal(&op, one.tag, one.tag_len) : row->message->check(&op, bytes_of(one.tag, one.tag_len));
	row->message->end(&op);
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
	return rv;
}

static CK_RV one_key(void *arg, CK_OBJECT_HANDLE handle, const struct mech_key **ret)
{
	if (handle % 2 == 1 || arg == NULL)
		return CKR_KEY_HANDLE_INVALID;
	*ret = arg;
	return CKR_OK;
}

/* What one call derives beside its own key. */
static struct {
	struct attr_list keys[16];
	size_t count;
} more;

static CK_RV same_key(void *arg, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	(void)arg;
	if (more.count == array_len(more.keys) || place == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	*place = 0;
	*ret = &more.keys[more.count++];
	keys_template(*ret, CKO_SECRET_KEY, CKK_GENERIC_SECRET, 16);
	return CKR_OK;
}

static CK_RV more_key(void *arg, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	(void)template;
	(void)count;
	return same_key(arg, place, ret);
}

static void forget_more(void)
{
	while (more.count > 0)
		attr_list_free(&more.keys[--more.count]);
}

/* The lengths of keys that mechanisms do not choose. */
static CK_ULONG usual_length(const struct mech_row *row)
{
	if (row->derive != NULL && row->min_key == 48 && row->max_key == 48)
		return 48; /* TLS's secrets */
	if (row->gen != NULL && row->gen->value_len > 0)
		return row->gen->value_len;
	if (row->gen != NULL && row->gen->object_class == CKO_SECRET_KEY && !row->gen->any_key_type &&
	    !mech_key_value_fits(mech_key_type_find(row->gen->key_type), 16))
		return 32;
	return row->type == CKM_IKE_PRF_DERIVE || row->kem != NULL ? 32 : 16;
}

static CK_RV derive(const struct mech_row *row, struct input *in, struct form_memory *memory)
{
	struct mech_env here = env;
	struct attr_list key = {0};
	bool owned = false;
	const struct mech_key *base = keys_choose(in, row, true, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, keys_peer(base));

	here.find_key = one_key;
	here.more_key = more_key;
	here.same_key = same_key;
	here.key_arg = (void *)(uintptr_t)base;
	keys_choose_template(in, &key, row->derive->object_class, CKK_GENERIC_SECRET, usual_length(row));
	CK_RV rv = base == NULL ? CKR_KEY_HANDLE_INVALID : row->derive->key(&here, row, &m, base, &key);
	attr_list_free(&key);
	forget_more();
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)base);
	return rv;
}

/* Long work is given up as soon as it asks. */
static CK_RV generate(const struct mech_row *row, struct input *in, struct form_memory *memory)
{
	CK_KEY_TYPE type = row->gen->any_key_type ? CKK_GENERIC_SECRET : row->gen->key_type;
	struct attr_list key = {0};
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});
	CK_RV rv;

	if (row->gen->object_class == CKO_DOMAIN_PARAMETERS)
		keys_choose_group(in, &key, row);
	else
		keys_choose_template(in, &key, row->gen->object_class, type, usual_length(row));
	rv = row->gen->key(&env, row, &m, &key);
	if (rv == CKR_OK && mech_key_type_find(type) != NULL)
		rv = mech_key_complete(mech_key_type_find(type), &env, &key);
	attr_list_free(&key);
	return rv;
}

static CK_RV generate_pair(const struct mech_row *row, struct input *in, struct form_memory *memory)
{
	struct attr_list public_key = {0}, private_key = {0};
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_OPERATION, (struct bytes){0});

	keys_choose_pair(in, row, &public_key, &private_key);
	CK_RV rv = row->gen->pair(&env, row, &m, &public_key, &private_key);
	attr_list_free(&public_key);
	attr_list_free(&private_key);
	return rv;
}

static CK_RV encapsulate(const struct mech_row *row, bool back, struct input *in, struct form_memory *memory)
{
	bool owned = false;
	const struct mech_key *key = keys_choose(in, row, back, &owned);
	CK_MECHANISM m = form_mechanism(memory, in, row, FORM_KEM, (struct bytes){0});
	struct mech_kem_call c = {.env = &env, .row = row, .mechanism = &m, .key = key};
	struct attr_list made = {0};
	size_t size = 0, len = 0;
	CK_RV rv = key == NULL || owned ? CKR_KEY_HANDLE_INVALID : CKR_OK;

	if (rv == CKR_OK && row->kem->params != NULL)
		rv = row->kem->params(&c);
	if (rv == CKR_OK)
		rv = row->kem->size(&c, &size);
	if (rv == CKR_OK) {
		unsigned char *out = form_bytes(memory, in, size);
		keys_choose_template(in, &made, CKO_SECRET_KEY, CKK_GENERIC_SECRET, usual_length(row));
		rv = back ? row->kem->decapsulate(&c, bytes_of(out, input_byte(in) < 200 ? size : input_byte(in)), &made)
		          : row->kem->encapsulate(&c, out, &len, &made);
		attr_list_free(&made);
	}
	if (owned)
		mech_key_free((struct mech_key *)(uintptr_t)key);
	return rv;
}

/* ---- records --------------------------------------------------------------------------------------------------------- */

static const struct use {
	CK_FLAGS flag;
	enum mech_use use;
	bool sealed; /* with the message's parameter */
} uses[] = {
	{CKF_ENCRYPT, MECH_ENCRYPT, false}, {CKF_DECRYPT, MECH_DECRYPT, false}, {CKF_DIGEST, MECH_DIGEST, false}, {CKF_SIGN, MECH_SIGN, false},
	{CKF_VERIFY, MECH_VERIFY, false}, {CKF_SIGN_RECOVER, MECH_SIGN_RECOVER, false}, {CKF_VERIFY_RECOVER, MECH_VERIFY_RECOVER, false},
	{CKF_WRAP, 0, false}, {CKF_UNWRAP, 0, false}, {CKF_DERIVE, 0, false}, {CKF_GENERATE, 0, false}, {CKF_MESSAGE_ENCRYPT, MECH_ENCRYPT, false},
	{CKF_MESSAGE_DECRYPT, MECH_DECRYPT, false}, {CKF_ENCAPSULATE, 0, false}, {CKF_DECAPSULATE, 0, false}, {CKF_GENERATE_KEY_PAIR, 0, false},
	{CKF_WRAP, 0, true}, {CKF_UNWRAP, 0, true},
};

static bool has_use(const struct mech_row *row, const struct use *u)
{
	return (row->flags & u->flag) != 0 && (!u->sealed || row->message != NULL);
}

static CK_RV one_use(const struct mech_row *row, const struct use *u, struct input *in, struct form_memory *memory)
{
	switch (u->flag) {
	case CKF_WRAP:
	case CKF_UNWRAP:
		return wrap(row, u->flag == CKF_UNWRAP, u->sealed, in, memory);
	case CKF_DERIVE:
		return derive(row, in, memory);
	case CKF_GENERATE:
		return generate(row, in, memory);
	case CKF_GENERATE_KEY_PAIR:
		return generate_pair(row, in, memory);
	case CKF_MESSAGE_ENCRYPT:
	case CKF_MESSAGE_DECRYPT:
		return message(row, u->use, in, memory);
	case CKF_ENCAPSULATE:
	case CKF_DECAPSULATE:
		return encapsulate(row, u->flag == CKF_DECAPSULATE, in, memory);
	default:
		return operate(row, u->use, in, memory);
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
		if (has_use(row, &uses[i]))
			choices[count++] = i;
	if (count > 0)
		(void)!one_use(row, &uses[choices[input_byte(in) % count]], in, &memory);
	form_free(&memory);
}

static bool stop(void *arg)
{
	(void)arg;
	return false;
}

/* ---- is everything reached? ---------------------------------------------------------------------------------------------- */

/* Where nothing that was made before is taken back, the mechanism has worked; else it has seen that what it got is no
 * ciphertext or signature of its own. */
static bool reached(const struct use *u, CK_RV rv)
{
	static const CK_FLAGS backwards = CKF_DECRYPT | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_UNWRAP | CKF_DECAPSULATE | CKF_MESSAGE_DECRYPT;
	static const CK_RV told[] = {CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE,
	                             CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE, CKR_AEAD_DECRYPT_FAILED, CKR_PUBLIC_KEY_INVALID};

	if (rv == CKR_OK || (rv == CKR_FUNCTION_CANCELED && (u->flag & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0))
		return true;
	for (size_t i = 0; (u->flag & backwards) != 0 && i < array_len(told); i++) {
		if (rv == told[i])
			return true;
	}
	return false;
}

/* Each use of each mechanism with nothing but usual choices. */
static void reach_all(void)
{
	size_t tried = 0, missed = 0;

	for (size_t k = 0; k < mech_count(); k++) {
		const struct mech_row *row = mech_at(k);

		for (size_t i = 0; i < array_len(uses); i++) {
			struct input in = {NULL, 0};
			struct form_memory memory = {0};

			if (!has_use(row, &uses[i]))
				continue;
			CK_RV rv = one_use(row, &uses[i], &in, &memory);
			form_free(&memory);
			tried++;
			if (reached(&uses[i], rv))
				continue;
			missed++;
			printf("%s, use 0x%lx%s, is not reached: 0x%lx\n", mech_name(row->type), uses[i].flag, uses[i].sealed ? " (sealed)" : "", rv);
		}
	}
	printf("%zu of %zu uses of %zu mechanisms reached\n", tried - missed, tried, mech_count());
	if (missed > 0)
		exit(1);
}

/* Each record: four bytes of the mechanism's number, the lowest first, one byte of length, so many choices. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ossl *ossl;

	if (ossl == NULL && ossl_open(&ossl) != CKR_OK)
		return 0;
	env = (struct mech_env){.ossl = ossl, .go_on = stop};
	keys_open(ossl);
	if (getenv("CONCLAVE_FUZZ_REACH") != NULL)
		reach_all();
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
