/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot operations through the module beside the same work done with bare libcrypto (the same version, algorithms
 * fetched once, contexts reused), in turn, in one process. Prints both and the ratio; knows no bound.
 * A second argument names the rows to run by a part of their name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "bench.h"

/* Short rounds and many of them: on a busy machine some meet no other work. */
#define ROUNDS 300

static CK_SESSION_HANDLE session;
static CK_BYTE data[65536], out[65536 + 64];
static CK_BYTE key_bytes[32], iv[16];
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

struct work {
	const char *name;
	unsigned calls;
	size_t len;
	CK_MECHANISM mechanism;
	CK_OBJECT_HANDLE *key;
	void (*module)(void *);
	void (*bare)(void *);
};

static void must(int ok, const char *what)
{
	if (ok <= 0) {
		fprintf(stderr, "bare libcrypto: %s\n", what);
		exit(1);
	}
}

/* ---- through the module ------------------------------------------------------------------------ */

static void module_digest(void *arg)
{
	struct work *w = arg;
	CK_ULONG n = sizeof(out);

	bench_ok(p11->C_DigestInit(session, &w->mechanism), "C_DigestInit");
	bench_ok(p11->C_Digest(session, data, w->len, out, &n), "C_Digest");
}

static void module_sign(void *arg)
{
	struct work *w = arg;
	CK_ULONG n = sizeof(out);

	bench_ok(p11->C_SignInit(session, &w->mechanism, *w->key), "C_SignInit");
	bench_ok(p11->C_Sign(session, data, w->len, out, &n), "C_Sign");
}

static void module_encrypt(void *arg)
{
	struct work *w = arg;
	CK_ULONG n = sizeof(out);

	bench_ok(p11->C_EncryptInit(session, &w->mechanism, *w->key), "C_EncryptInit");
	bench_ok(p11->C_Encrypt(session, data, w->len, out, &n), "C_Encrypt");
}

static void module_random(void *arg)
{
	struct work *w = arg;

	bench_ok(p11->C_GenerateRandom(session, out, w->len), "C_GenerateRandom");
}

/* ---- bare ---------------------------------------------------------------------------------------- */

static EVP_MD *sha256, *sha3;
static EVP_MD_CTX *md_ctx;
static EVP_MAC_CTX *mac_ctx;
static EVP_CIPHER *cbc, *gcm;
static EVP_CIPHER_CTX *cbc_ctx, *gcm_ctx;
static EVP_PKEY *ec, *rsa;
static EVP_PKEY_CTX *ec_ctx, *rsa_ctx;

static void bare_digest(void *arg)
{
	struct work *w = arg;

	must(EVP_DigestInit_ex2(md_ctx, w->mechanism.mechanism == CKM_SHA256 ? sha256 : sha3, NULL) && EVP_DigestUpdate(md_ctx, data, w->len) && EVP_DigestFinal_ex(md_ctx, out, NULL), "digest");
}

static void bare_hmac(void *arg)
{
	struct work *w = arg;
	size_t n = 0;

	must(EVP_MAC_init(mac_ctx, NULL, 0, NULL) && EVP_MAC_update(mac_ctx, data, w->len) && EVP_MAC_final(mac_ctx, out, &n, sizeof(out)), "HMAC");
}

static void bare_cbc(void *arg)
{
	struct work *w = arg;
	int n = 0;

	must(EVP_EncryptInit_ex2(cbc_ctx, NULL, NULL, iv, NULL) && EVP_EncryptUpdate(cbc_ctx, out, &n, data, (int)w->len), "CBC");
}

static void bare_gcm(void *arg)
{
	struct work *w = arg;
	int n = 0;

	must(EVP_EncryptInit_ex2(gcm_ctx, NULL, NULL, iv, NULL) && EVP_EncryptUpdate(gcm_ctx, out, &n, data, (int)w->len) &&
	             EVP_EncryptFinal_ex(gcm_ctx, out + n, &n) && EVP_CIPHER_CTX_ctrl(gcm_ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + w->len),
	     "GCM");
}

static void bare_sign(EVP_PKEY_CTX *ctx, size_t len)
{
	size_t n = sizeof(out);

	must(EVP_PKEY_sign(ctx, out, &n, data, len), "sign");
}

static void bare_ecdsa(void *arg)
{
	bare_sign(ec_ctx, ((struct work *)arg)->len);
}

static void bare_rsa(void *arg)
{
	bare_sign(rsa_ctx, ((struct work *)arg)->len);
}

static void bare_random(void *arg)
{
	must(RAND_bytes(out, (int)((struct work *)arg)->len), "random");
}

static void bare_begin(void)
{
	OSSL_PARAM hash[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0), OSSL_PARAM_construct_end()};

	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
	md_ctx = EVP_MD_CTX_new();
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	mac_ctx = EVP_MAC_CTX_new(mac);
	must(EVP_MAC_init(mac_ctx, key_bytes, sizeof(key_bytes), hash), "HMAC key");
	EVP_MAC_free(mac);
	cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	cbc_ctx = EVP_CIPHER_CTX_new();
	gcm_ctx = EVP_CIPHER_CTX_new();
	must(EVP_EncryptInit_ex2(cbc_ctx, cbc, key_bytes, iv, NULL) && EVP_CIPHER_CTX_set_padding(cbc_ctx, 0), "CBC key");
	must(EVP_EncryptInit_ex2(gcm_ctx, gcm, key_bytes, iv, NULL), "GCM key");
	ec = EVP_EC_gen("P-256");
	rsa = EVP_RSA_gen(2048);
	ec_ctx = EVP_PKEY_CTX_new(ec, NULL);
	rsa_ctx = EVP_PKEY_CTX_new(rsa, NULL);
	must(EVP_PKEY_sign_init(ec_ctx), "EC key");
	must(EVP_PKEY_sign_init(rsa_ctx) && EVP_PKEY_CTX_set_rsa_padding(rsa_ctx, RSA_PKCS1_PADDING), "RSA key");
}

static void bare_end(void)
{
	EVP_PKEY_CTX_free(ec_ctx);
	EVP_PKEY_CTX_free(rsa_ctx);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
	EVP_CIPHER_CTX_free(cbc_ctx);
	EVP_CIPHER_CTX_free(gcm_ctx);
	EVP_CIPHER_free(cbc);
	EVP_CIPHER_free(gcm);
	EVP_MAC_CTX_free(mac_ctx);
	EVP_MD_CTX_free(md_ctx);
	EVP_MD_free(sha256);
}

/* ---- keys in the token --------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE aes, secret, ec_key, rsa_key;

static CK_OBJECT_HANDLE make_secret(CK_KEY_TYPE type)
{
	CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
	CK_OBJECT_HANDLE h = 0;
	CK_ATTRIBUTE a[] = {
		{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_PRIVATE, &no, 1},
		{CKA_VALUE, key_bytes, sizeof(key_bytes)},        {CKA_SIGN, &yes, 1},                 {CKA_ENCRYPT, &yes, 1},
	};

	bench_ok(p11->C_CreateObject(session, a, sizeof(a) / sizeof(a[0]) - (type == CKK_AES ? 0 : 1), &h), "C_CreateObject");
	return h;
}

static CK_OBJECT_HANDLE make_pair(CK_MECHANISM_TYPE type, CK_ATTRIBUTE *parameter)
{
	CK_MECHANISM m = {type, NULL, 0};
	CK_ATTRIBUTE private_template[] = {{CKA_PRIVATE, &no, 1}, {CKA_SIGN, &yes, 1}};
	CK_OBJECT_HANDLE public_key = 0, private_key = 0;

	bench_ok(p11->C_GenerateKeyPair(session, &m, parameter, 1, private_template, 2, &public_key, &private_key), "C_GenerateKeyPair");
	return private_key;
}

static void make_keys(void)
{
	static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ULONG bits = 2048;

	aes = make_secret(CKK_AES);
	secret = make_secret(CKK_GENERIC_SECRET);
	ec_key = make_pair(CKM_EC_KEY_PAIR_GEN, &(CK_ATTRIBUTE){CKA_EC_PARAMS, p256, sizeof(p256)});
	rsa_key = make_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, &(CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof(bits)});
}

int main(int argc, char **argv)
{
	static CK_GCM_PARAMS gcm_params = {iv, 12, 96, NULL, 0, 128};
	struct work works[] = {
		{"SHA-256, 16 B", 1000, 16, {CKM_SHA256, NULL, 0}, NULL, module_digest, bare_digest},
		{"SHA-256, 64 KiB", 5, 65536, {CKM_SHA256, NULL, 0}, NULL, module_digest, bare_digest},
		{"SHA3-256, 16 B", 1000, 16, {CKM_SHA3_256, NULL, 0}, NULL, module_digest, bare_digest},
		{"SHA3-256, 1 KiB", 200, 1024, {CKM_SHA3_256, NULL, 0}, NULL, module_digest, bare_digest},
		{"SHA3-256, 64 KiB", 5, 65536, {CKM_SHA3_256, NULL, 0}, NULL, module_digest, bare_digest},
		{"HMAC-SHA256, 32 B", 1000, 32, {CKM_SHA256_HMAC, NULL, 0}, &secret, module_sign, bare_hmac},
		{"AES-256-CBC, 16 B", 1000, 16, {CKM_AES_CBC, iv, 16}, &aes, module_encrypt, bare_cbc},
		{"AES-256-CBC, 64 KiB", 5, 65536, {CKM_AES_CBC, iv, 16}, &aes, module_encrypt, bare_cbc},
		{"AES-256-GCM, 16 B", 1000, 16, {CKM_AES_GCM, &gcm_params, sizeof(gcm_params)}, &aes, module_encrypt, bare_gcm},
		{"AES-256-GCM, 64 KiB", 20, 65536, {CKM_AES_GCM, &gcm_params, sizeof(gcm_params)}, &aes, module_encrypt, bare_gcm},
		{"ECDSA P-256 sign", 10, 32, {CKM_ECDSA, NULL, 0}, &ec_key, module_sign, bare_ecdsa},
		{"RSA-2048 sign", 1, 51, {CKM_RSA_PKCS, NULL, 0}, &rsa_key, module_sign, bare_rsa},
		{"random, 32 B", 1000, 32, {0, NULL, 0}, NULL, module_random, bare_random},
	};

	session = bench_session(bench_begin(argc, argv));
	make_keys();
	bare_begin();
	printf("%-22s %14s %14s %10s\n", "", "module", "bare", "bare/module");
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		struct work *w = &works[i];
		double ns[2];
		if (argc > 2 && strstr(w->name, argv[2]) == NULL)
			continue;
		bench_together((void (*const[])(void *)){w->module, w->bare}, (void *const[]){w, w}, 2, ROUNDS, w->calls, ns);
		printf("%-22s %11.1f ns %11.1f ns %10.2f\n", w->name, ns[0], ns[1], ns[1] / ns[0]);
	}
	bare_end();
	bench_end();
	return 0;
}
