/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that can be saved, as rows, and how each is fed and finished. Refuses to know what is saved where. */
#include "streams.h"

struct saved saved;
CK_BYTE out[512], wanted[512];
CK_ULONG length;

CK_RV save_from(CK_SESSION_HANDLE session, struct saved *to)
{
	to->length = sizeof(to->bytes);
	return p11->C_GetOperationState(session, to->bytes, &to->length);
}

CK_RV restore_to(CK_SESSION_HANDLE session, const struct saved *from, CK_OBJECT_HANDLE crypt,
                        CK_OBJECT_HANDLE authenticate)
{
	return p11->C_SetOperationState(session, unconst(from->bytes), from->length, crypt, authenticate);
}

/* ---- streams: an operation fed with pattern[0..TEXT), whole blocks --------------------------------- */

static CK_BYTE some_iv[16] = {1, 2, 3};
static CK_AES_CTR_PARAMS some_counter = {32, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0xff, 0xff, 0xfe}};

const struct stream streams[] = {
	{"SHA-1", DIGEST, {CKM_SHA_1, NULL, 0}, TEXT},
	{"SHA-224", DIGEST, {CKM_SHA224, NULL, 0}, TEXT},
	{"SHA-256", DIGEST, {CKM_SHA256, NULL, 0}, TEXT},
	{"SHA-384", DIGEST, {CKM_SHA384, NULL, 0}, TEXT},
	{"SHA-512", DIGEST, {CKM_SHA512, NULL, 0}, TEXT},
	{"SHA-512/224", DIGEST, {CKM_SHA512_224, NULL, 0}, TEXT},
	{"SHA-512/256", DIGEST, {CKM_SHA512_256, NULL, 0}, TEXT},
	{"HMAC SHA-1", SIGN, {CKM_SHA_1_HMAC, NULL, 0}, TEXT},
	{"HMAC SHA-256", SIGN, {CKM_SHA256_HMAC, NULL, 0}, TEXT},
	{"HMAC SHA-384", SIGN, {CKM_SHA384_HMAC, NULL, 0}, TEXT},
	{"HMAC SHA-512", SIGN, {CKM_SHA512_HMAC, NULL, 0}, TEXT},
	{"verified HMAC SHA-256", VERIFY, {CKM_SHA256_HMAC, NULL, 0}, TEXT},
	{"AES-ECB", ENCRYPT, {CKM_AES_ECB, NULL, 0}, 96},
	{"AES-CBC", ENCRYPT, {CKM_AES_CBC, some_iv, sizeof(some_iv)}, 96},
	{"AES-CTR", ENCRYPT, {CKM_AES_CTR, &some_counter, sizeof(some_counter)}, TEXT},
	{"AES-ECB back", DECRYPT, {CKM_AES_ECB, NULL, 0}, 96},
	{"AES-CBC back", DECRYPT, {CKM_AES_CBC, some_iv, sizeof(some_iv)}, 96},
	{"AES-CTR back", DECRYPT, {CKM_AES_CTR, &some_counter, sizeof(some_counter)}, TEXT},
	{"SHA3-256", DIGEST, {CKM_SHA3_256, NULL, 0}, TEXT},
	{"SHA3-512", DIGEST, {CKM_SHA3_512, NULL, 0}, TEXT},
	{"BLAKE2b-384", DIGEST, {CKM_BLAKE2B_384, NULL, 0}, TEXT},
	{"MD2", DIGEST, {CKM_MD2, NULL, 0}, TEXT},
	{"HMAC SHA3-224", SIGN, {CKM_SHA3_224_HMAC, NULL, 0}, TEXT},
	{"HMAC BLAKE2b-512", SIGN, {CKM_BLAKE2B_512_HMAC, NULL, 0}, TEXT},
	{"verified HMAC SHA3-256", VERIFY, {CKM_SHA3_256_HMAC, NULL, 0}, TEXT},
};
const size_t stream_count = COUNT(streams);

struct role_keys own_keys(void)
{
	return (struct role_keys){keys.aes, keys.hmac};
}

bool is_cipher(const struct stream *s)
{
	return s->kind == ENCRYPT || s->kind == DECRYPT;
}

static CK_OBJECT_HANDLE stream_key(const struct stream *s, struct role_keys k)
{
	return is_cipher(s) ? k.aes : k.hmac;
}

void begin_stream(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k)
{
	CK_MECHANISM m = s->mechanism;

	assert_ok(start_with(session, s->kind, &m, stream_key(s, k)));
}

/* Feeds pattern[from..to); what comes out is put behind out[0..length). */
void feed(CK_SESSION_HANDLE session, const struct stream *s, CK_ULONG from, CK_ULONG to)
{
	CK_BYTE *in = unconst(pattern + from);
	CK_ULONG room = sizeof(out) - length;

	switch (s->kind) {
	case ENCRYPT:
		assert_ok(p11->C_EncryptUpdate(session, in, to - from, out + length, &room));
		length += room;
		break;
	case DECRYPT:
		assert_ok(p11->C_DecryptUpdate(session, in, to - from, out + length, &room));
		length += room;
		break;
	case DIGEST:
		assert_ok(p11->C_DigestUpdate(session, in, to - from));
		break;
	case SIGN:
		assert_ok(p11->C_SignUpdate(session, in, to - from));
		break;
	default:
		assert_ok(p11->C_VerifyUpdate(session, in, to - from));
		break;
	}
}

void finish(CK_SESSION_HANDLE session, const struct stream *s)
{
	CK_ULONG room = sizeof(out) - length;

	switch (s->kind) {
	case ENCRYPT:
		assert_ok(p11->C_EncryptFinal(session, out + length, &room));
		break;
	case DECRYPT:
		assert_ok(p11->C_DecryptFinal(session, out + length, &room));
		break;
	case DIGEST:
		assert_ok(p11->C_DigestFinal(session, out + length, &room));
		break;
	case SIGN:
		assert_ok(p11->C_SignFinal(session, out + length, &room));
		break;
	default: /* wanted holds the signature */
		assert_ok(p11->C_VerifyFinal(session, wanted, 32));
		return;
	}
	length += room;
}

/* The result without any interruption, in wanted; its length. */
CK_ULONG reference(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k)
{
	struct stream signing = *s;

	if (s->kind == VERIFY)
		signing.kind = SIGN;
	begin_stream(session, &signing, k);
	length = 0;
	feed(session, &signing, 0, s->text);
	finish(session, &signing);
	memcpy(wanted, out, length);
	return s->kind == VERIFY ? 0 : length;
}

CK_RV restore_stream(CK_SESSION_HANDLE session, const struct stream *s, struct role_keys k)
{
	CK_OBJECT_HANDLE key = s->kind == DIGEST ? CK_INVALID_HANDLE : stream_key(s, k);

	return restore_to(session, &saved, is_cipher(s) ? key : CK_INVALID_HANDLE, is_cipher(s) ? CK_INVALID_HANDLE : key);
}

void check_result(CK_ULONG wanted_length)
{
	assert_int_equal(length, wanted_length);
	assert_memory_equal(out, wanted, length);
}
