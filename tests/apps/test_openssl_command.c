/* SPDX-License-Identifier: Apache-2.0 */
/* Every asymmetric family beside the openssl command: what one of them signs, encrypts, encapsulates, agrees on or
 * wraps, the other takes. In each family two key pairs: one that openssl made, wrapped, and the token unwrapped; one that
 * the token made, wrapped, and openssl unwrapped. */
#include "../api/operations.h"
#include "openssl_command.h"

static CK_OBJECT_HANDLE wrapping_key;
static char wrapping_hex[65];
static CK_BYTE text[40], blob[8192], out[65536];

/* ---- families ----------------------------------------------------------------------------------- */

struct family {
	const char *name;
	const char *made_by; /* words of openssl genpkey */
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generation;
	CK_ATTRIBUTE_TYPE domain[4]; /* that a key pair is generated from, as the unwrapped private key has them */
};

#define SLH(set) {"SLH-DSA-" set, "-algorithm SLH-DSA-" set, CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, {CKA_PARAMETER_SET}}
#define EC(curve) {"EC " curve, "-algorithm EC -pkeyopt ec_paramgen_curve:" curve, CKK_EC, CKM_EC_KEY_PAIR_GEN, {CKA_EC_PARAMS}}
#define EDWARDS(curve) {curve, "-algorithm " curve, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {CKA_EC_PARAMS}}
#define MONTGOMERY(curve) {curve, "-algorithm " curve, CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, {CKA_EC_PARAMS}}
#define ML_DSA(set) {"ML-DSA-" set, "-algorithm ML-DSA-" set, CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, {CKA_PARAMETER_SET}}
#define ML_KEM(set) {"ML-KEM-" set, "-algorithm ML-KEM-" set, CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, {CKA_PARAMETER_SET}}

enum { RSA, P256, P384, P521, K256, BRAINPOOL, B283, ED25519, ED448, X25519, X448, DSA, DH, X942, MLDSA44, MLDSA65, MLDSA87, SLH128,
       SLHK192, KEM512, KEM768, KEM1024 };

static const struct family families[] = {
	[RSA] = {"RSA-2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, {CKA_PUBLIC_EXPONENT}},
	[P256] = EC("P-256"),
	[P384] = EC("P-384"),
	[P521] = EC("P-521"),
	[K256] = EC("secp256k1"),
	[BRAINPOOL] = EC("brainpoolP256r1"),
	[B283] = EC("sect283r1"),
	[ED25519] = EDWARDS("ED25519"),
	[ED448] = EDWARDS("ED448"),
	[X25519] = MONTGOMERY("X25519"),
	[X448] = MONTGOMERY("X448"),
	[DSA] = {"DSA-2048", "-paramfile dsa.params", CKK_DSA, CKM_DSA_KEY_PAIR_GEN, {CKA_PRIME, CKA_SUBPRIME, CKA_BASE}},
	[DH] = {"DH-2048", "-algorithm DH -pkeyopt group:ffdhe2048", CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN, {CKA_PRIME, CKA_BASE}},
	[X942] = {"X9.42 DH", "-algorithm DHX -pkeyopt dh_rfc5114:3", CKK_X9_42_DH, CKM_X9_42_DH_KEY_PAIR_GEN,
	          {CKA_PRIME, CKA_SUBPRIME, CKA_BASE}},
	[MLDSA44] = ML_DSA("44"),
	[MLDSA65] = ML_DSA("65"),
	[MLDSA87] = ML_DSA("87"),
	[SLH128] = SLH("SHA2-128f"),
	[SLHK192] = SLH("SHAKE-192f"),
	[KEM512] = ML_KEM("512"),
	[KEM768] = ML_KEM("768"),
	[KEM1024] = ML_KEM("1024"),
};

/* The two pairs of a family; the private halves lie beside the public ones as files, "theirs.key" and "ours.pub". */
struct pairs {
	CK_OBJECT_HANDLE theirs;               /* private, unwrapped */
	CK_OBJECT_HANDLE ours, ours_public;    /* generated */
};

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}

/* RFC 5649; but the openssl command wraps every 4096 bytes for themselves, so that longer keys go by CBC. */
static CK_BYTE iv[16];
static struct wrapping {
	CK_MECHANISM mechanism;
	const char *options;
} by_kwp = {{CKM_AES_KEY_WRAP_KWP, NULL, 0}, "-id-aes256-wrap-pad -iv A65959A6"},
  by_cbc = {{CKM_AES_CBC_PAD, iv, sizeof(iv)}, "-aes-256-cbc -iv 00000000000000000000000000000000"};

static struct wrapping *wrapping_for(const struct family *f)
{
	return f->type == CKK_ML_DSA ? &by_cbc : &by_kwp;
}

/* From the file theirs.key by way of openssl's wrapping. */
static CK_OBJECT_HANDLE unwrap_theirs(const struct family *f, bool derives)
{
	struct wrapping *w = wrapping_for(f);
	CK_KEY_TYPE type = f->type;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           NO(CKA_PRIVATE), NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE), YES(CKA_DERIVE)};
	CK_OBJECT_HANDLE key = 0;

	assert_int_equal(openssl("enc %s -K %s -in theirs.key -out theirs.wrapped", w->options, wrapping_hex), 0);
	size_t len = file_read("theirs.wrapped", blob, sizeof(blob));
	assert_ok(p11->C_UnwrapKey(sess, &w->mechanism, wrapping_key, blob, len, template, COUNT(template) - (derives ? 0 : 1), &key));
	return key;
}

/* To the file ours.key by way of openssl's unwrapping. */
static void wrap_ours(const struct family *f, CK_OBJECT_HANDLE key)
{
	struct wrapping *w = wrapping_for(f);
	CK_ULONG len = sizeof(blob);

	assert_ok(p11->C_WrapKey(sess, &w->mechanism, wrapping_key, key, blob, &len));
	file_write("ours.wrapped", blob, len);
	assert_int_equal(openssl("enc -d %s -K %s -in ours.wrapped -out ours.key", w->options, wrapping_hex), 0);
}

static void generate_ours(const struct family *f, struct pairs *p, bool derives)
{
	static CK_BYTE values[4][1024];
	static CK_ULONG modulus_bits = 2048;
	CK_MECHANISM m = {f->generation, NULL, 0};
	CK_ATTRIBUTE public[6] = {NO(CKA_PRIVATE)};
	CK_ATTRIBUTE private[] = {NO(CKA_PRIVATE), NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE), YES(CKA_DERIVE)};
	CK_ULONG count = 1;

	for (size_t i = 0; i < 4 && f->domain[i] != 0; i++) {
		public[count] = (CK_ATTRIBUTE){f->domain[i], values[i], sizeof(values[i])};
		assert_ok(p11->C_GetAttributeValue(sess, p->theirs, &public[count++], 1));
	}
	if (f->type == CKK_RSA)
		public[count++] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &modulus_bits, sizeof(modulus_bits)};
	assert_ok(p11->C_GenerateKeyPair(sess, &m, public, count, private, COUNT(private) - (derives ? 0 : 1), &p->ours_public, &p->ours));
}

static void make_pairs(const struct family *f, struct pairs *ret, bool derives)
{
	CK_ATTRIBUTE info = {CKA_PUBLIC_KEY_INFO, blob, sizeof(blob)};

	assert_int_equal(openssl("genpkey %s -out theirs.pem", f->made_by), 0);
	assert_int_equal(openssl("pkcs8 -topk8 -nocrypt -in theirs.pem -outform DER -out theirs.key"), 0);
	assert_int_equal(openssl("pkey -in theirs.key -pubout -outform DER -out theirs.pub"), 0);
	ret->theirs = unwrap_theirs(f, derives);
	generate_ours(f, ret, derives);
	wrap_ours(f, ret->ours);
	/* The token's own idea of its public key is openssl's. */
	assert_int_equal(openssl("pkey -in ours.key -pubout -outform DER -out ours.pub"), 0);
	assert_ok(p11->C_GetAttributeValue(sess, ret->ours_public, &info, 1));
	assert_int_equal(file_read("ours.pub", out, sizeof(out)), info.ulValueLen);
	assert_memory_equal(out, blob, info.ulValueLen);
}

static bool family_is_there(const struct family *f)
{
	if (has_mechanism(f->generation))
		return true;
	print_message("# skipped: the token has no keys of %s\n", f->name);
	return false;
}

/* ---- signatures --------------------------------------------------------------------------------- */

static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32}, pss_3 = {CKM_SHA3_384, CKG_MGF1_SHA3_384, 48};

static CK_EDDSA_PARAMS pure = {CK_FALSE, 0, NULL};

static const struct signer {
	int family;
	CK_MECHANISM mechanism;
	const char *options; /* of openssl pkeyutl, for both sides */
	bool two_numbers;    /* r and s: the token gives them bare, openssl as a sequence */
} signers[] = {
	{RSA, {CKM_SHA256_RSA_PKCS, NULL, 0}, "-digest sha256", false},
	{RSA, {CKM_SHA3_512_RSA_PKCS, NULL, 0}, "-digest sha3-512", false},
	{RSA, {CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss)}, "-digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32", false},
	{RSA, {CKM_SHA3_384_RSA_PKCS_PSS, &pss_3, sizeof(pss_3)},
	 "-digest sha3-384 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:48", false},
	{P256, {CKM_ECDSA_SHA256, NULL, 0}, "-digest sha256", true},
	{P256, {CKM_ECDSA_SHA3_256, NULL, 0}, "-digest sha3-256", true},
	{P384, {CKM_ECDSA_SHA384, NULL, 0}, "-digest sha384", true},
	{P521, {CKM_ECDSA_SHA512, NULL, 0}, "-digest sha512", true},
	{K256, {CKM_ECDSA_SHA256, NULL, 0}, "-digest sha256", true},
	{BRAINPOOL, {CKM_ECDSA_SHA256, NULL, 0}, "-digest sha256", true},
	{B283, {CKM_ECDSA_SHA3_256, NULL, 0}, "-digest sha3-256", true},
	{ED25519, {CKM_EDDSA, NULL, 0}, "", false},
	{ED448, {CKM_EDDSA, &pure, sizeof(pure)}, "", false},
	{DSA, {CKM_DSA_SHA256, NULL, 0}, "-digest sha256", true},
	{MLDSA44, {CKM_ML_DSA, NULL, 0}, "", false},
	{MLDSA65, {CKM_ML_DSA, NULL, 0}, "", false},
	{MLDSA87, {CKM_ML_DSA, NULL, 0}, "", false},
	{SLH128, {CKM_SLH_DSA, NULL, 0}, "", false},
	{SLHK192, {CKM_SLH_DSA, NULL, 0}, "", false},
};

static void openssl_takes_our_signature(const struct signer *s, CK_OBJECT_HANDLE private, const char *public)
{
	CK_MECHANISM m = s->mechanism;
	CK_ULONG len = sign(&m, private, text, sizeof(text), out, sizeof(out));

	if (s->two_numbers) {
		len = signature_to_der(out, len, blob);
		memcpy(out, blob, len);
	}
	file_write("signature", out, len);
	assert_int_equal(openssl("pkeyutl -verify -rawin %s -pubin -inkey %s -in text -sigfile signature", s->options, public), 0);
	assert_int_not_equal(openssl("pkeyutl -verify -rawin %s -pubin -inkey %s -in other -sigfile signature", s->options, public), 0);
}

static void we_take_openssl_s_signature(const struct signer *s, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE public, const char *private_file)
{
	CK_MECHANISM m = s->mechanism;

	assert_int_equal(openssl("pkeyutl -sign -rawin %s -inkey %s -in text -out signature", s->options, private_file), 0);
	CK_ULONG len = file_read("signature", out, sizeof(out));
	if (s->two_numbers) {
		CK_ULONG raw = sign(&m, private, text, sizeof(text), blob, sizeof(blob));
		assert_true(signature_from_der(out, len, blob, raw));
		memcpy(out, blob, raw);
		len = raw;
	}
	assert_ok(verify(&m, public, text, sizeof(text), out, len));
	assert_rv(verify(&m, public, text, sizeof(text) - 1, out, len), CKR_SIGNATURE_INVALID);
}

static void signatures_are_taken_in_both_directions(void **state)
{
	struct pairs p;

	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		const struct family *f = &families[signers[i].family];
		if (!family_is_there(f))
			continue;
		print_message("# %s, mechanism 0x%lx\n", f->name, signers[i].mechanism.mechanism);
		make_pairs(f, &p, false);
		openssl_takes_our_signature(&signers[i], p.theirs, "theirs.pub");
		openssl_takes_our_signature(&signers[i], p.ours, "ours.pub");
		we_take_openssl_s_signature(&signers[i], p.ours, p.ours_public, "ours.key");
	}
}

/* ---- encryption --------------------------------------------------------------------------------- */

static CK_BYTE label[] = {'l', 'a', 'b', 'e', 'l'};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0},
                               oaep_mixed = {CKM_SHA512, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, label, sizeof(label)};

/* How each of them pads, in both languages. */
static const struct {
	CK_MECHANISM mechanism;
	const char *options;
} paddings[] = {
	{{CKM_RSA_PKCS, NULL, 0}, "-pkeyopt rsa_padding_mode:pkcs1"},
	{{CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)}, "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"},
	{{CKM_RSA_PKCS_OAEP, &oaep_mixed, sizeof(oaep_mixed)},
	 "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha512 -pkeyopt rsa_mgf1_md:sha1 -pkeyopt rsa_oaep_label:6c6162656c"},
};

static void encryption_is_undone_in_both_directions(void **state)
{
	struct pairs p;

	(void)state;
	make_pairs(&families[RSA], &p, false);
	for (size_t i = 0; i < COUNT(paddings); i++) {
		CK_MECHANISM m = paddings[i].mechanism;
		assert_int_equal(openssl("pkeyutl -encrypt %s -pubin -inkey ours.pub -in text -out sealed", paddings[i].options), 0);
		CK_ULONG len = file_read("sealed", blob, sizeof(blob));
		assert_int_equal(decrypt(&m, p.ours, blob, len, out, sizeof(out)), sizeof(text));
		assert_memory_equal(out, text, sizeof(text));

		len = encrypt(&m, p.ours_public, text, sizeof(text), blob, sizeof(blob));
		file_write("sealed", blob, len);
		assert_int_equal(openssl("pkeyutl -decrypt %s -inkey ours.key -in sealed -out opened", paddings[i].options), 0);
		assert_int_equal(file_read("opened", out, sizeof(out)), sizeof(text));
		assert_memory_equal(out, text, sizeof(text));
	}
}

/* ---- agreement ---------------------------------------------------------------------------------- */

/* The secret of a derived key; its length. */
static CK_ULONG secret_of(CK_OBJECT_HANDLE key, CK_BYTE *ret, CK_ULONG room)
{
	CK_ATTRIBUTE a = {CKA_VALUE, ret, room};

	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	return a.ulValueLen;
}

static CK_OBJECT_HANDLE agree(const struct family *f, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE public)
{
	static CK_BYTE point[2048];
	bool curve = f->type == CKK_EC || f->type == CKK_EC_MONTGOMERY;
	CK_ATTRIBUTE peer = {curve ? CKA_EC_POINT : CKA_VALUE, point, sizeof(point)};
	CK_ATTRIBUTE template[] = {NO(CKA_PRIVATE), NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)};
	CK_OBJECT_HANDLE secret = 0;

	assert_ok(p11->C_GetAttributeValue(sess, public, &peer, 1));
	CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_NULL, 0, NULL, peer.ulValueLen, point};
	CK_X9_42_DH1_DERIVE_PARAMS x942 = {CKD_NULL, 0, NULL, peer.ulValueLen, point};
	CK_MECHANISM curve_m = {CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh)}, dh_m = {CKM_DH_PKCS_DERIVE, point, peer.ulValueLen},
	             x942_m = {CKM_X9_42_DH_DERIVE, &x942, sizeof(x942)};
	CK_MECHANISM *m = curve ? &curve_m : f->type == CKK_DH ? &dh_m : &x942_m;
	assert_ok(p11->C_DeriveKey(sess, m, private, template, COUNT(template), &secret));
	return secret;
}

static void both_agree_on_one_secret(void **state)
{
	static const int rows[] = {P256, P384, P521, K256, BRAINPOOL, B283, X25519, X448, DH, X942};
	struct pairs p;
	CK_BYTE secret[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct family *f = &families[rows[i]];
		if (!family_is_there(f))
			continue;
		print_message("# %s\n", f->name);
		make_pairs(f, &p, true);
		assert_int_equal(openssl("pkeyutl -derive -inkey theirs.key -peerkey ours.pub -peerform DER -out secret"), 0);
		CK_ULONG len = file_read("secret", out, sizeof(out));
		assert_int_equal(secret_of(agree(f, p.theirs, p.ours_public), secret, sizeof(secret)), len);
		assert_memory_equal(secret, out, len);
	}
}

/* ---- encapsulation ------------------------------------------------------------------------------ */

static void secrets_are_encapsulated_in_both_directions(void **state)
{
	static const int rows[] = {KEM512, KEM768, KEM1024};
	CK_ATTRIBUTE template[] = {NO(CKA_PRIVATE), NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)};
	CK_MECHANISM m = {CKM_ML_KEM, NULL, 0};
	CK_BYTE secret[64], sealed[2048];
	CK_OBJECT_HANDLE key = 0;
	struct pairs p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct family *f = &families[rows[i]];
		if (!family_is_there(f))
			continue;
		make_pairs(f, &p, false);
		assert_int_equal(openssl("pkeyutl -encap -pubin -inkey ours.pub -out sealed -secret secret"), 0);
		CK_ULONG len = file_read("sealed", sealed, sizeof(sealed));
		assert_ok(p11->C_DecapsulateKey(sess, &m, p.ours, template, COUNT(template), sealed, len, &key));
		assert_int_equal(secret_of(key, secret, sizeof(secret)), file_read("secret", out, sizeof(out)));
		assert_memory_equal(secret, out, 32);

		len = sizeof(sealed);
		assert_ok(p11->C_EncapsulateKey(sess, &m, p.ours_public, template, COUNT(template), sealed, &len, &key));
		file_write("sealed", sealed, len);
		assert_int_equal(openssl("pkeyutl -decap -inkey ours.key -in sealed -secret secret"), 0);
		assert_int_equal(secret_of(key, secret, sizeof(secret)), file_read("secret", out, sizeof(out)));
		assert_memory_equal(secret, out, 32);
	}
}

static void secrets_go_by_rsa_in_both_directions(void **state)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE template[] = {NO(CKA_PRIVATE), NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE), {CKA_VALUE_LEN, &len, sizeof(len)}};
	CK_ATTRIBUTE may = YES(CKA_ENCAPSULATE), may_back = YES(CKA_DECAPSULATE);
	CK_OBJECT_HANDLE key = 0;
	CK_BYTE secret[64];
	struct pairs p;

	(void)state;
	make_pairs(&families[RSA], &p, false);
	assert_ok(p11->C_SetAttributeValue(sess, p.ours_public, &may, 1));
	assert_ok(p11->C_SetAttributeValue(sess, p.ours, &may_back, 1));
	file_write("secret", pattern, 32);
	for (size_t i = 0; i < COUNT(paddings); i++) {
		CK_MECHANISM m = paddings[i].mechanism;
		CK_ULONG n = sizeof(blob);

		assert_ok(p11->C_EncapsulateKey(sess, &m, p.ours_public, template, COUNT(template), blob, &n, &key));
		file_write("sealed", blob, n);
		assert_int_equal(openssl("pkeyutl -decrypt %s -inkey ours.key -in sealed -out opened", paddings[i].options), 0);
		assert_int_equal(file_read("opened", out, sizeof(out)), 32);
		assert_int_equal(secret_of(key, secret, sizeof(secret)), 32);
		assert_memory_equal(secret, out, 32);

		assert_int_equal(openssl("pkeyutl -encrypt %s -pubin -inkey ours.pub -in secret -out sealed", paddings[i].options), 0);
		n = file_read("sealed", blob, sizeof(blob));
		assert_ok(p11->C_DecapsulateKey(sess, &m, p.ours, template, COUNT(template), blob, n, &key));
		assert_int_equal(secret_of(key, secret, sizeof(secret)), 32);
		assert_memory_equal(secret, pattern, 32);
	}
}

/* ---- the run ------------------------------------------------------------------------------------ */

static int begin(void **state)
{
	setup_operations(state);
	wrapping_key = make_key(sess, CKK_AES, pattern, 32, NULL, 0);
	for (int i = 0; i < 32; i++)
		snprintf(wrapping_hex + (size_t)i * 2, 3, "%02x", (unsigned)pattern[i]);
	memcpy(text, pattern + 100, sizeof(text));
	file_write("text", text, sizeof(text));
	file_write("other", pattern, sizeof(text));
	return openssl("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out dsa.params");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_taken_in_both_directions),
		cmocka_unit_test(encryption_is_undone_in_both_directions),
		cmocka_unit_test(both_agree_on_one_secret),
		cmocka_unit_test(secrets_are_encapsulated_in_both_directions),
		cmocka_unit_test(secrets_go_by_rsa_in_both_directions),
	};

	if (!openssl_start()) {
		openssl_end();
		printf("1..0 # SKIP no openssl command of version 3.5; make check builds one\n");
		return 77;
	}
	int failures = cmocka_run_group_tests(tests, begin, teardown);
	openssl_end();
	return failures == 0 ? 0 : 1;
}
