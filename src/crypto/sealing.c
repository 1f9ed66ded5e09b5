/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 through EVP, Salsa20-Poly1305 from its parts, GCM from cipher_gcm.c. CCM (SP 800-38C) from CBC and counter mode: libcrypto's takes a message only as a
 * whole. Knows no mechanism. */
#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/sealing.h"

#include <string.h>

#define SCRATCH 1024
/* EVP counts in int. */
#define STRIDE ((size_t)1 << 30)

/* ---- CCM ----------------------------------------------------------------------------------- */

static CK_RV mac_blocks(struct sealing *s, struct bytes in)
{
	unsigned char scratch[SCRATCH];

	while (in.len > 0) {
		size_t n = in.len < sizeof(scratch) ? in.len : sizeof(scratch);

		try(cipher_run(&s->mac, bytes_of(in.data, n), scratch));
		memcpy(s->chain, scratch + n - CIPHER_BLOCK, CIPHER_BLOCK);
		in = bytes_of(in.data + n, in.len - n);
	}
	wipe(scratch, sizeof(scratch));
	return CKR_OK;
}

static CK_RV mac_bytes(struct sealing *s, struct bytes in)
{
	size_t free = CIPHER_BLOCK - s->pended, through;

	if (s->pended > 0 || in.len < free) {
		size_t n = in.len < free ? in.len : free;

		if (n > 0)
			memcpy(s->pend + s->pended, in.data, n);
		s->pended += n;
		if (s->pended < CIPHER_BLOCK)
			return CKR_OK;
		try(mac_blocks(s, bytes_of(s->pend, CIPHER_BLOCK)));
		in = bytes_of(in.data + n, in.len - n);
	}
	through = in.len / CIPHER_BLOCK * CIPHER_BLOCK;
	try(mac_blocks(s, bytes_of(in.data, through)));
	s->pended = in.len - through;
	if (s->pended > 0)
		memcpy(s->pend, in.data + through, s->pended);
	return CKR_OK;
}

/* Zeros up to the next block. */
static CK_RV mac_fill(struct sealing *s)
{
	static const unsigned char zeros[CIPHER_BLOCK];

	return s->pended == 0 ? CKR_OK : mac_bytes(s, bytes_of(zeros, CIPHER_BLOCK - s->pended));
}

static void put_number(uint64_t n, size_t size, unsigned char *ret)
{
	for (size_t i = 0; i < size; i++)
		ret[size - 1 - i] = i < 8 ? (unsigned char)(n >> (8 * i)) : 0;
}

/* SP 800-38C A.2.2: the length of the associated data in front of it. */
static CK_RV mac_aad(struct sealing *s, struct bytes aad)
{
	unsigned char head[10] = {0xff, 0xff};
	size_t head_len = 2;

	if (aad.len == 0)
		return CKR_OK;
	if (aad.len < 0xff00) {
		put_number(aad.len, 2, head);
	} else if (aad.len <= UINT32_MAX) {
		head[1] = 0xfe;
		put_number(aad.len, 4, head + 2);
		head_len = 6;
	} else {
		put_number(aad.len, 8, head + 2);
		head_len = 10;
	}
	try(mac_bytes(s, bytes_of(head, head_len)));
	try(mac_bytes(s, aad));
	return mac_fill(s);
}

static CK_RV start_ccm(struct ossl *o, struct sealing *s, struct bytes key, const struct sealing_message *m)
{
	static const unsigned char zeros[CIPHER_BLOCK];
	unsigned char block[CIPHER_BLOCK] = {0};
	size_t counter = CIPHER_BLOCK - 1 - m->nonce.len;

	block[0] = (unsigned char)(counter - 1);
	memcpy(block + 1, m->nonce.data, m->nonce.len);
	try(cipher_start(o, &s->cipher, CIPHER_CTR, true, key, block));
	try(cipher_run(&s->cipher, bytes_of(zeros, CIPHER_BLOCK), s->mask));
	block[0] |= (unsigned char)((m->aad.len > 0 ? 0x40 : 0) | (m->tag_len - 2) / 2 << 3);
	put_number(m->data_len, counter, block + 1 + m->nonce.len);
	try(cipher_start(o, &s->mac, CIPHER_CBC, true, key, zeros));
	s->pended = 0;
	try(mac_blocks(s, bytes_of(block, CIPHER_BLOCK)));
	return mac_aad(s, m->aad);
}

static CK_RV run_ccm(struct sealing *s, struct bytes in, unsigned char *out)
{
	if (s->encrypt)
		try(mac_bytes(s, in));
	try(cipher_run(&s->cipher, in, out));
	return s->encrypt ? CKR_OK : mac_bytes(s, bytes_of(out, in.len));
}

static CK_RV tag_ccm(struct sealing *s, unsigned char *tag, size_t len)
{
	try(mac_fill(s));
	for (size_t i = 0; i < len; i++)
		tag[i] = s->chain[i] ^ s->mask[i];
	return CKR_OK;
}

static CK_RV check_ccm(struct sealing *s, struct bytes tag)
{
	unsigned char right[CIPHER_BLOCK];
	bool same;

	try(tag_ccm(s, right, sizeof(right)));
	same = tag.len > 0 && tag.len <= sizeof(right) && secret_equal(bytes_of(right, tag.len), tag);
	wipe(right, sizeof(right));
	return same ? CKR_OK : fail(CKR_ENCRYPTED_DATA_INVALID, "the CCM tag does not match");
}

/* ---- ChaCha20-Poly1305 --------------------------------------------------------------------- */

static CK_RV start_chacha(struct ossl *o, struct sealing *s, struct bytes key, const struct sealing_message *m)
{
	const EVP_CIPHER *cipher;
	struct bytes aad = m->aad;
	int made = 0;

	if (!cipher_key_fits(CIPHER_CHACHA20, key.len))
		return fail(CKR_KEY_SIZE_RANGE, "a ChaCha20 key of %zu bytes", key.len);
	try(ossl_cipher(o, CIPHER_CHACHA20, CIPHER_POLY1305, key.len, &cipher));
	if (s->cipher.ctx == NULL)
		s->cipher.ctx = EVP_CIPHER_CTX_new();
	if (s->cipher.ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	if (EVP_CipherInit_ex2(s->cipher.ctx, cipher, key.data, m->nonce.data, s->encrypt ? 1 : 0, NULL) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "ChaCha20-Poly1305");
	while (aad.len > 0) {
		size_t n = aad.len < STRIDE ? aad.len : STRIDE;

		if (EVP_CipherUpdate(s->cipher.ctx, NULL, &made, aad.data, (int)n) != 1)
			return ossl_fail(CKR_FUNCTION_FAILED, "ChaCha20-Poly1305");
		aad = bytes_of(aad.data + n, aad.len - n);
	}
	return CKR_OK;
}

static CK_RV tag_chacha(struct sealing *s, unsigned char *tag, size_t len)
{
	unsigned char none[SEALING_TAG_MAX];
	int made = 0;

	if (EVP_CipherFinal_ex(s->cipher.ctx, none, &made) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->cipher.ctx, EVP_CTRL_AEAD_GET_TAG, (int)len, tag) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "ChaCha20-Poly1305");
	return CKR_OK;
}

static CK_RV check_chacha(struct sealing *s, struct bytes tag)
{
	unsigned char none[SEALING_TAG_MAX], copy[SEALING_TAG_MAX];
	int made = 0;
	bool right = tag.len == sizeof(copy);

	if (right) {
		memcpy(copy, tag.data, sizeof(copy));
		right = EVP_CIPHER_CTX_ctrl(s->cipher.ctx, EVP_CTRL_AEAD_SET_TAG, (int)sizeof(copy), copy) == 1 &&
		        EVP_CipherFinal_ex(s->cipher.ctx, none, &made) == 1;
	}
	ERR_clear_error();
	return right ? CKR_OK : fail(CKR_ENCRYPTED_DATA_INVALID, "the Poly1305 tag does not match");
}

static CK_RV run_chacha(struct sealing *s, struct bytes in, unsigned char *out)
{
	return cipher_run(&s->cipher, in, out);
}

/* ---- Salsa20-Poly1305 ---------------------------------------------------------------------- */

/* Zeros up to a multiple of 16. */
static CK_RV auth_fill(struct sealing *s, uint64_t len)
{
	static const unsigned char zeros[16];

	return poly1305_update(&s->poly1305, bytes_of(zeros, (16 - len % 16) % 16));
}

/* Block 0 of the stream makes the authenticator's key, the data begins with block 1. */
static CK_RV start_salsa20(struct ossl *o, struct sealing *s, struct bytes key, const struct sealing_message *m)
{
	unsigned char block[SALSA20_BLOCK] = {0};

	if (key.len != SALSA20_KEY)
		return fail(CKR_KEY_SIZE_RANGE, "a Salsa20 key of %zu bytes", key.len);
	salsa20_start(&s->salsa20, key.data, m->nonce.data, m->nonce.len, 0, 0);
	salsa20_run(&s->salsa20, bytes_of(block, sizeof(block)), block);
	CK_RV rv = poly1305_start(o, &s->poly1305, bytes_of(block, POLY1305_KEY));
	wipe(block, sizeof(block));
	s->aad_len = m->aad.len;
	s->len = 0;
	if (rv == CKR_OK)
		rv = poly1305_update(&s->poly1305, m->aad);
	return rv == CKR_OK ? auth_fill(s, s->aad_len) : rv;
}

static CK_RV run_salsa20(struct sealing *s, struct bytes in, unsigned char *out)
{
	if (!s->encrypt)
		try(poly1305_update(&s->poly1305, in));
	salsa20_run(&s->salsa20, in, out);
	s->len += in.len;
	return s->encrypt ? poly1305_update(&s->poly1305, bytes_of(out, in.len)) : CKR_OK;
}

static CK_RV finish_salsa20(struct sealing *s, unsigned char tag[POLY1305_TAG])
{
	unsigned char lengths[16];

	for (size_t i = 0; i < 8; i++) {
		lengths[i] = (unsigned char)(s->aad_len >> (8 * i));
		lengths[8 + i] = (unsigned char)(s->len >> (8 * i));
	}
	try(auth_fill(s, s->len));
	try(poly1305_update(&s->poly1305, bytes_of(lengths, sizeof(lengths))));
	return poly1305_final(&s->poly1305, tag);
}

static CK_RV tag_salsa20(struct sealing *s, unsigned char *tag, size_t len)
{
	unsigned char whole[POLY1305_TAG];

	try(finish_salsa20(s, whole));
	memcpy(tag, whole, len);
	return CKR_OK;
}

static CK_RV check_salsa20(struct sealing *s, struct bytes tag)
{
	unsigned char right[POLY1305_TAG];

	try(finish_salsa20(s, right));
	bool same = secret_equal(bytes_of(right, sizeof(right)), tag);
	wipe(right, sizeof(right));
	return same ? CKR_OK : fail(CKR_ENCRYPTED_DATA_INVALID, "the Poly1305 tag does not match");
}

/* ---- GCM ----------------------------------------------------------------------------------- */

static CK_RV start_gcm(struct ossl *o, struct sealing *s, struct bytes key, const struct sealing_message *m)
{
	if (s->gcm.keyed)
		return gcm_restart(o, &s->gcm, key, m->nonce, m->aad);
	return gcm_start(o, &s->gcm, s->encrypt, key, m->nonce, m->aad);
}

static CK_RV run_gcm(struct sealing *s, struct bytes in, unsigned char *out)
{
	return gcm_run(&s->gcm, in, out);
}

static CK_RV tag_gcm(struct sealing *s, unsigned char *tag, size_t len)
{
	return gcm_tag(&s->gcm, tag, len);
}

static CK_RV check_gcm(struct sealing *s, struct bytes tag)
{
	return gcm_check(&s->gcm, tag);
}

/* ---- all ----------------------------------------------------------------------------------- */

static const struct {
	CK_RV (*start)(struct ossl *o, struct sealing *s, struct bytes key, const struct sealing_message *m);
	CK_RV (*run)(struct sealing *s, struct bytes in, unsigned char *out);
	CK_RV (*tag)(struct sealing *s, unsigned char *tag, size_t len);
	CK_RV (*check)(struct sealing *s, struct bytes tag);
} algs[] = {
	[SEALING_AES_GCM] = {start_gcm, run_gcm, tag_gcm, check_gcm},
	[SEALING_AES_CCM] = {start_ccm, run_ccm, tag_ccm, check_ccm},
	[SEALING_CHACHA20_POLY1305] = {start_chacha, run_chacha, tag_chacha, check_chacha},
	[SEALING_SALSA20_POLY1305] = {start_salsa20, run_salsa20, tag_salsa20, check_salsa20},
};

CK_RV sealing_start(struct ossl *o, struct sealing *s, enum sealing_alg alg, bool encrypt, struct bytes key,
                    const struct sealing_message *m)
{
	s->alg = alg;
	s->encrypt = encrypt;
	return algs[alg].start(o, s, key, m);
}

CK_RV sealing_run(struct sealing *s, struct bytes in, unsigned char *out)
{
	return algs[s->alg].run(s, in, out);
}

CK_RV sealing_tag(struct sealing *s, unsigned char *ret, size_t len)
{
	return algs[s->alg].tag(s, ret, len);
}

CK_RV sealing_check(struct sealing *s, struct bytes tag)
{
	return algs[s->alg].check(s, tag);
}

bool sealing_rests(const struct sealing *s)
{
	return s->gcm.keyed;
}

void sealing_end(struct sealing *s)
{
	gcm_end(&s->gcm);
	cipher_end(&s->cipher);
	cipher_end(&s->mac);
	poly1305_end(&s->poly1305);
	wipe(s, sizeof(*s));
}
