/* SPDX-License-Identifier: Apache-2.0 */
/* Walks what the token announces: flags, key sizes and part limits agree with the standard's table, each announced
 * flag works (whole, in pieces, refused where it must be), each flag that is not there is refused. Refuses to judge
 * the bytes: test_mechanism_results.c does. */
#include "mechanisms.h"
#include "mechanisms_own.h"
#include "mechanisms_pq.h"
#include "mechanisms_secret.h"

#define BUILT_FLAGS \
	(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY | CKF_VERIFY_RECOVER | \
	 CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP | CKF_UNWRAP | CKF_DERIVE | \
	 CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_ENCAPSULATE | CKF_DECAPSULATE)
/* The standard's table does not say who signs messages, and who takes a message in parts: test_message.c asks them all. */
#define MESSAGE_FLAGS (CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE)
/* The table does not give C_WrapKeyAuthenticated the flags of wrapping for all that its section has (rule 365). */
#define WRAPS_TOO(type) ((type) == CKM_CHACHA20_POLY1305 || (type) == CKM_SALSA20_POLY1305 ? CKF_WRAP | CKF_UNWRAP : 0)
/* A key of these whose state is lost or copied is broken: doc/mechanisms_notes.md. */
#define NOT_SIGNED_WITH(type) ((type) == CKM_XMSS || (type) == CKM_XMSSMT ? CKF_SIGN : 0)
#define CURVE_FLAGS \
	(CKF_EC_F_P | CKF_EC_F_2M | CKF_EC_ECPARAMETERS | CKF_EC_OID | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS | CKF_EC_CURVENAME)

static CK_MECHANISM_TYPE announced[512];
static CK_ULONG announced_count;
static CK_BYTE out[20000], back[20000];
static CK_ULONG length;

static int setup_list(void **state)
{
	int failed = setup_operations(state);

	if (failed)
		return failed;
	announced_count = COUNT(announced);
	return p11->C_GetMechanismList(slot, announced, &announced_count) == CKR_OK ? 0 : -1;
}

static CK_MECHANISM_INFO info_of(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	assert_ok(p11->C_GetMechanismInfo(slot, type, &info));
	return info;
}

/* The i-th mechanism of the list; its row must be there. */
static const struct mechanism_case *nth(CK_ULONG i)
{
	const struct mechanism_case *c = mechanism_case_of(announced[i]);

	if (!c)
		fail_msg("mechanism 0x%lx is announced and has no row in mechanisms.c", announced[i]);
	return c;
}

static bool has_curves(const struct mechanism_case *c)
{
	return (c->family >= F_EC_GEN && c->family <= F_EDDSA) || (c->family >= F_ECDH && c->family <= F_X_WRAP);
}

/* ---- what is announced ------------------------------------------------------------------------- */

/* All of the table, but for what libcrypto may lack. */
static void the_list_has_every_mechanism_of_the_table_once(void **state)
{
	size_t wanted = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++)
		wanted += mechanism_cases[i].family < F_PQ || has_mechanism(mechanism_cases[i].type) ? 1 : 0;
	assert_int_equal(announced_count, wanted);
	for (CK_ULONG i = 0; i < announced_count; i++) {
		nth(i);
		for (CK_ULONG k = 0; k < i; k++)
			assert_true(announced[i] != announced[k]);
	}
}

static void flags_agree_with_the_standard(void **state)
{
	(void)state;
	for (CK_ULONG i = 0; i < announced_count; i++) {
		const struct mechanism_case *c = nth(i);
		CK_MECHANISM_INFO info = info_of(c->type);
		struct stated stated;

		print_message("# %s\n", c->name);
		assert_true(mechanism_stated(c->name, &stated));
		stated.flags |= WRAPS_TOO(c->type);
		stated.flags &= ~NOT_SIGNED_WITH(c->type);
		assert_int_equal(info.flags & ~MESSAGE_FLAGS & ~(has_curves(c) ? CURVE_FLAGS : 0), stated.flags & BUILT_FLAGS);
		if (has_curves(c)) {
			assert_true(info.flags & CKF_EC_F_P);
			assert_true(info.flags & (CKF_EC_OID | CKF_EC_CURVENAME));
		}
	}
}

/* The unit of the standard's table, and numbers that make sense in it. */
static void key_sizes_have_the_unit_of_the_standard(void **state)
{
	(void)state;
	for (CK_ULONG i = 0; i < announced_count; i++) {
		const struct mechanism_case *c = nth(i);
		CK_MECHANISM_INFO info = info_of(c->type);
		struct stated stated;

		print_message("# %s: %lu to %lu\n", c->name, info.ulMinKeySize, info.ulMaxKeySize);
		assert_true(mechanism_stated(c->name, &stated));
		assert_true(info.ulMinKeySize <= info.ulMaxKeySize);
		if (c->family == F_SECRET || c->family == F_SECRET_GEN)
			assert_true(info.ulMinKeySize == secret_case_of(c->type)->min && info.ulMaxKeySize == secret_case_of(c->type)->max);
		else if (c->family == F_OWN)
			assert_true(info.ulMinKeySize == own_case_of(c->type)->min && info.ulMaxKeySize == own_case_of(c->type)->max);
		else if (strcmp(stated.unit, "not applicable") == 0)
			assert_int_equal(info.ulMaxKeySize, 0);
		else if (strncmp(stated.unit, "bits (RSA", 9) == 0)
			assert_true(info.ulMinKeySize >= 512 && info.ulMinKeySize <= 2048 && info.ulMaxKeySize >= 4096);
		else if (strncmp(stated.unit, "bits (field size)", 17) == 0 && c->family != F_ED_GEN && c->family != F_X_GEN)
			assert_true(info.ulMinKeySize >= 112 && info.ulMinKeySize <= 256 && info.ulMaxKeySize == 571);
		else if (has_curves(c) && c->family != F_ECDH_WRAP)
			assert_true(info.ulMinKeySize == 255 && (info.ulMaxKeySize == 255 || info.ulMaxKeySize == 448));
		else if (c->family >= F_AES_GEN && c->family <= F_AES_KEY_WRAP_PAD)
			assert_true(info.ulMinKeySize == 16 && info.ulMaxKeySize == 32);
		else if (c->family == F_GENERIC_GEN)
			assert_int_equal(info.ulMinKeySize % 8, 0);
		else if (c->family >= F_PQ)
			assert_true(info.ulMinKeySize >= 32 && info.ulMaxKeySize <= 2592);
	}
}

/* ---- each flag works ---------------------------------------------------------------------------- */

/* "single-part only (Sign,Verify)": does the standard's table exclude pieces? Two functions of one name have one
 * answer. EdDSA could have pieces, and rule 289 leaves a token free to refuse them; for AES key wrap the text has the
 * restriction (§6.16.3), not its table. */
static bool pieces_allowed(const struct mechanism_case *c)
{
	struct stated stated;

	assert_true(mechanism_stated(c->name, &stated));
	return strncmp(stated.parts, "single-part only", 16) != 0 && c->family != F_EDDSA &&
	       c->family != F_AES_KEY_WRAP && c->family != F_AES_KEY_WRAP_PAD;
}

static CK_RV begin(const struct mechanism_case *c, enum kind kind)
{
	return start_with(sess, kind, mechanism_of(c), mechanism_key(c, kind));
}

/* Feeds in 7 byte pieces; for kinds with output it gathers that in to. The first refusal comes back. */
static CK_RV feed_pieces(enum kind kind, const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *to, CK_ULONG *total)
{
	CK_RV rv = CKR_OK;

	*total = 0;
	for (CK_ULONG at = 0; at < in_length && rv == CKR_OK; at += 7) {
		CK_ULONG n = in_length - at < 7 ? in_length - at : 7, room = 1024 - *total;

		switch (kind) {
		case ENCRYPT:
			rv = p11->C_EncryptUpdate(sess, unconst(in + at), n, to + *total, &room);
			*total += rv == CKR_OK ? room : 0;
			break;
		case DECRYPT:
			rv = p11->C_DecryptUpdate(sess, unconst(in + at), n, to + *total, &room);
			*total += rv == CKR_OK ? room : 0;
			break;
		case DIGEST:
			rv = p11->C_DigestUpdate(sess, unconst(in + at), n);
			break;
		case SIGN:
			rv = p11->C_SignUpdate(sess, unconst(in + at), n);
			break;
		default:
			rv = p11->C_VerifyUpdate(sess, unconst(in + at), n);
			break;
		}
	}
	return rv;
}

static void assert_refuses_pieces(const struct mechanism_case *c, enum kind kind)
{
	CK_ULONG total;

	assert_ok(begin(c, kind));
	assert_rv_in(feed_pieces(kind, pattern, 14, out, &total), CKR_FUNCTION_NOT_SUPPORTED, CKR_TOKEN_RESOURCE_EXCEEDED);
	assert_ok(begin(c, kind)); /* so the operation has ended */
	assert_ok(p11->C_SessionCancel(sess, kind_flags[kind]));
}

static void encryption_works(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c), sealed, total;

	sealed = encrypt(mechanism_of(c), mechanism_key(c, ENCRYPT), pattern, n, out, sizeof(out));
	assert_int_equal(decrypt(mechanism_of(c), mechanism_key(c, DECRYPT), out, sealed, back, sizeof(back)), n);
	assert_memory_equal(back, pattern, n);
	if (!pieces_allowed(c)) {
		assert_refuses_pieces(c, ENCRYPT);
		assert_refuses_pieces(c, DECRYPT);
		return;
	}
	assert_ok(begin(c, ENCRYPT));
	assert_ok(feed_pieces(ENCRYPT, pattern, n, back, &total));
	length = sizeof(back) - total;
	assert_ok(p11->C_EncryptFinal(sess, back + total, &length));
	assert_int_equal(total + length, sealed);
	assert_memory_equal(back, out, sealed);
	assert_ok(begin(c, DECRYPT));
	assert_ok(feed_pieces(DECRYPT, out, sealed, back, &total));
	length = sizeof(back) - total;
	assert_ok(p11->C_DecryptFinal(sess, back + total, &length));
	assert_int_equal(total + length, n);
	assert_memory_equal(back, pattern, n);
}

static void digesting_works(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c), size = digest(mechanism_of(c), pattern, n, out, sizeof(out)), total;

	assert_ok(begin(c, DIGEST));
	assert_ok(feed_pieces(DIGEST, pattern, n, back, &total));
	length = sizeof(back);
	assert_ok(p11->C_DigestFinal(sess, back, &length));
	assert_int_equal(length, size);
	assert_memory_equal(back, out, size);
}

static void signing_works(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c), total;
	CK_ULONG size = sign(mechanism_of(c), mechanism_key(c, SIGN), pattern, n, out, sizeof(out));

	assert_ok(verify(mechanism_of(c), mechanism_key(c, VERIFY), pattern, n, out, size));
	out[size - 1] ^= 1;
	assert_rv(verify(mechanism_of(c), mechanism_key(c, VERIFY), pattern, n, out, size), CKR_SIGNATURE_INVALID);
	if (!pieces_allowed(c)) {
		assert_refuses_pieces(c, SIGN);
		assert_refuses_pieces(c, VERIFY);
		return;
	}
	assert_ok(begin(c, SIGN));
	assert_ok(feed_pieces(SIGN, pattern, n, NULL, &total));
	length = sizeof(out);
	assert_ok(p11->C_SignFinal(sess, out, &length));
	assert_ok(verify(mechanism_of(c), mechanism_key(c, VERIFY), pattern, n, out, length));
	if (c->type == CKM_ML_DSA || c->type == CKM_SLH_DSA) { /* rule 299: in pieces only with the signature given first */
		assert_refuses_pieces(c, VERIFY);
		return;
	}
	assert_ok(begin(c, VERIFY));
	assert_ok(feed_pieces(VERIFY, pattern, n, NULL, &total));
	assert_ok(p11->C_VerifyFinal(sess, out, length));
	assert_ok(begin(c, VERIFY));
	assert_ok(feed_pieces(VERIFY, pattern + 1, n, NULL, &total));
	assert_rv(p11->C_VerifyFinal(sess, out, length), CKR_SIGNATURE_INVALID);
}

static void recovering_works(const struct mechanism_case *c)
{
	CK_ULONG n = mechanism_input(c), size = sizeof(out);

	assert_ok(begin(c, SIGN_RECOVER));
	assert_ok(p11->C_SignRecover(sess, unconst(pattern), n, out, &size));
	assert_ok(begin(c, VERIFY_RECOVER));
	length = sizeof(back);
	assert_ok(p11->C_VerifyRecover(sess, out, size, back, &length));
	assert_int_equal(length, n);
	assert_memory_equal(back, pattern, n);
}

static CK_ULONG bytes_24 = 24, bits_2048 = 2048;
static CK_BYTE p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}, ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static void generating_works(const struct mechanism_case *c)
{
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_24, sizeof(bytes_24)}, {CKA_ENCRYPT, &yes, sizeof(yes)},
	                           {CKA_DECRYPT, &yes, sizeof(yes)}, {CKA_SIGN, &yes, sizeof(yes)},
	                           {CKA_VERIFY, &yes, sizeof(yes)}, {CKA_DERIVE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE key, derived;
	CK_ULONG sealed;

	if (c->family == F_SECRET_GEN) {
		secret_generating_works(c->type);
		return;
	}
	if (c->family == F_PBKDF2) {
		template[5] = (CK_ATTRIBUTE){CKA_KEY_TYPE, &generic_type, sizeof(generic_type)};
		assert_rv(p11->C_GenerateKey(sess, mechanism_of(c), template, COUNT(template) - 1, &key), CKR_TEMPLATE_INCOMPLETE);
	}
	assert_ok(p11->C_GenerateKey(sess, mechanism_of(c), template, COUNT(template), &key));
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 24);
	if (c->family == F_AES_GEN) {
		sealed = encrypt(&m_gcm, key, pattern, 50, out, sizeof(out));
		assert_int_equal(decrypt(&m_gcm, key, out, sealed, back, sizeof(back)), 50);
		assert_memory_equal(back, pattern, 50);
	} else if (c->family == F_HKDF_GEN) {
		assert_ok(p11->C_DeriveKey(sess, mechanism_of(mechanism_case_of(CKM_HKDF_DERIVE)), key, template, 1, &derived));
	} else {
		length = sign(&m_hmac, key, pattern, 50, out, sizeof(out));
		assert_ok(verify(&m_hmac, key, pattern, 50, out, length));
	}
}

/* Two pairs agree on one secret. */
static void generating_agreements_works(const struct mechanism_case *c)
{
	static CK_BYTE x25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
	CK_ATTRIBUTE public[] = {{CKA_EC_PARAMS, x25519, sizeof(x25519)}};
	CK_ATTRIBUTE private[] = {{CKA_DERIVE, &yes, sizeof(yes)}}, value[] = {{CKA_VALUE, out, sizeof(out)}, {CKA_VALUE, back, sizeof(back)}};
	CK_OBJECT_HANDLE one[2], other[2], secret;

	for (int i = 0; i < 2; i++)
		assert_ok(p11->C_GenerateKeyPair(sess, mechanism_of(c), public, 1, private, 1, &one[i], &other[i]));
	for (int i = 0; i < 2; i++) {
		CK_BYTE point[64];
		CK_ATTRIBUTE peer = {CKA_EC_POINT, point, sizeof(point)};
		CK_ECDH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, 0, point};
		CK_MECHANISM m = {CKM_ECDH1_DERIVE, &p, sizeof(p)};

		assert_ok(p11->C_GetAttributeValue(sess, one[1 - i], &peer, 1));
		p.ulPublicDataLen = peer.ulValueLen;
		assert_ok(p11->C_DeriveKey(sess, &m, other[i], NULL, 0, &secret));
		assert_ok(p11->C_GetAttributeValue(sess, secret, &value[i], 1));
	}
	assert_int_equal(value[0].ulValueLen, 32);
	assert_memory_equal(out, back, 32);
}

/* As for a derivation, but that the other party's public key is the ciphertext. */
static CK_MECHANISM *kem_mechanism(const struct mechanism_case *c)
{
	static CK_X9_42_DH1_DERIVE_PARAMS x9_42 = {CKD_NULL, 0, NULL, 0, NULL};
	static CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_NULL, 0, NULL, 0, NULL};
	static CK_MECHANISM m;

	if (c->type == CKM_DH_PKCS_DERIVE)
		m = (CK_MECHANISM){c->type, NULL, 0};
	else if (c->type == CKM_X9_42_DH_DERIVE)
		m = (CK_MECHANISM){c->type, &x9_42, sizeof(x9_42)};
	else
		m = c->family == F_ECDH ? (CK_MECHANISM){c->type, &ecdh, sizeof(ecdh)} : *mechanism_of(c);
	return &m;
}

static void encapsulating_works(const struct mechanism_case *c)
{
	CK_ULONG bytes_32 = 32;
	CK_ATTRIBUTE template[] = {{CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &bytes_32, sizeof(bytes_32)}};
	CK_ATTRIBUTE may = {CKA_ENCAPSULATE, &yes, sizeof(yes)}, may_back = {CKA_DECAPSULATE, &yes, sizeof(yes)};
	CK_OBJECT_HANDLE public = mechanism_key(c, ENCRYPT), private = mechanism_key(c, DECRYPT);
	CK_ATTRIBUTE value = {CKA_VALUE, back, 32}, other = {CKA_VALUE, back + 32, 32};
	CK_OBJECT_HANDLE one, two;

	assert_ok(p11->C_SetAttributeValue(sess, public, &may, 1));
	assert_ok(p11->C_SetAttributeValue(sess, private, &may_back, 1));
	length = sizeof(out);
	assert_ok(p11->C_EncapsulateKey(sess, kem_mechanism(c), public, template, COUNT(template), out, &length, &one));
	assert_ok(p11->C_DecapsulateKey(sess, kem_mechanism(c), private, template, COUNT(template), out, length, &two));
	assert_ok(p11->C_GetAttributeValue(sess, one, &value, 1));
	assert_ok(p11->C_GetAttributeValue(sess, two, &other, 1));
	assert_memory_equal(back, back + 32, 32);
}

/* The pair is made by this mechanism; what it is for works. */
static void generating_pq_works(const struct mechanism_case *c)
{
	CK_KEY_TYPE type = c->family == F_ML_KEM_GEN ? CKK_ML_KEM : c->family == F_ML_DSA_GEN ? CKK_ML_DSA : CKK_SLH_DSA;
	CK_OBJECT_HANDLE key = pq_key(type, true);
	CK_MECHANISM_TYPE uses = type == CKK_ML_KEM ? CKM_ML_KEM : type == CKK_ML_DSA ? CKM_ML_DSA : CKM_SLH_DSA;

	assert_int_equal(get_ulong(sess, key, CKA_KEY_GEN_MECHANISM), c->type);
	assert_true(get_bool(sess, key, CKA_LOCAL));
	if (type == CKK_ML_KEM)
		encapsulating_works(mechanism_case_of(uses));
	else
		signing_works(mechanism_case_of(uses));
}

static void generating_pairs_works(const struct mechanism_case *c)
{
	if (c->family == F_X_GEN) {
		generating_agreements_works(c);
		return;
	}
	if (c->family >= F_PQ) {
		generating_pq_works(c);
		return;
	}
	CK_ATTRIBUTE rsa = {CKA_MODULUS_BITS, &bits_2048, sizeof(bits_2048)}, ec = {CKA_EC_PARAMS, p384, sizeof(p384)};
	CK_ATTRIBUTE ed = {CKA_EC_PARAMS, ed25519, sizeof(ed25519)};
	CK_ATTRIBUTE public[] = {c->family == F_RSA_GEN ? rsa : c->family == F_EC_GEN ? ec : ed,
	                         {CKA_VERIFY, &yes, sizeof(yes)}};
	CK_ATTRIBUTE private[] = {{CKA_SIGN, &yes, sizeof(yes)}};
	CK_MECHANISM *m = c->family == F_RSA_GEN ? &m_sha256_rsa : c->family == F_EC_GEN ? &m_ecdsa_sha256 : &m_eddsa;
	CK_OBJECT_HANDLE one, other;

	assert_ok(p11->C_GenerateKeyPair(sess, mechanism_of(c), public, 2, private, 1, &one, &other));
	length = sign(m, other, pattern, 50, out, sizeof(out));
	assert_ok(verify(m, one, pattern, 50, out, length));
	assert_rv(verify(m, one, pattern + 1, 50, out, length), CKR_SIGNATURE_INVALID);
}

/* An AES key goes out and comes back with its value. */
static void wrapping_works(const struct mechanism_case *c)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_ULONG bytes_32 = 32, size = 0;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           {CKA_VALUE_LEN, &bytes_32, sizeof(bytes_32)}, {CKA_SENSITIVE, &no, sizeof(no)}};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, pattern, 32, NULL, 0), again;
	CK_ATTRIBUTE value = {CKA_VALUE, back, sizeof(back)};

	assert_ok(p11->C_WrapKey(sess, mechanism_of(c), mechanism_key(c, ENCRYPT), key, NULL, &size));
	length = size - 1;
	assert_rv(p11->C_WrapKey(sess, mechanism_of(c), mechanism_key(c, ENCRYPT), key, out, &length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, size);
	assert_ok(p11->C_WrapKey(sess, mechanism_of(c), mechanism_key(c, ENCRYPT), key, out, &length));
	assert_int_equal(length, size);
	assert_ok(p11->C_UnwrapKey(sess, mechanism_of(c), mechanism_key(c, DECRYPT), out, length, template, COUNT(template), &again));
	assert_ok(p11->C_GetAttributeValue(sess, again, &value, 1));
	assert_int_equal(value.ulValueLen, 32);
	assert_memory_equal(back, pattern, 32);
}

/* Twice the same; what is derived is there and can be read. */
static void deriving_works(const struct mechanism_case *c)
{
	CK_OBJECT_CLASS class = c->family == F_HKDF_DATA ? CKO_DATA : CKO_SECRET_KEY;
	CK_ULONG bytes_16 = 16;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}};
	bool half = c->family == F_PUBLIC_HALF;
	CK_ATTRIBUTE value = {half ? CKA_EC_POINT : CKA_VALUE, out, sizeof(out)}, again = {value.type, back, sizeof(back)};
	CK_OBJECT_HANDLE one, other;

	assert_ok(p11->C_DeriveKey(sess, mechanism_of(c), mechanism_key(c, DECRYPT), template, half ? 0 : 2, &one));
	assert_ok(p11->C_DeriveKey(sess, mechanism_of(c), mechanism_key(c, DECRYPT), template, half ? 0 : 2, &other));
	assert_true(one != other);
	assert_ok(p11->C_GetAttributeValue(sess, one, &value, 1));
	assert_ok(p11->C_GetAttributeValue(sess, other, &again, 1));
	assert_int_equal(value.ulValueLen, half ? sizeof(ec_point) + 2 : 16);
	assert_int_equal(value.ulValueLen, again.ulValueLen);
	assert_memory_equal(out, back, value.ulValueLen);
}

static void every_announced_flag_works(void **state)
{
	static const struct {
		CK_FLAGS flags;
		void (*works)(const struct mechanism_case *c);
	} uses[] = {
		{CKF_ENCRYPT | CKF_DECRYPT, encryption_works}, {CKF_DIGEST, digesting_works}, {CKF_SIGN | CKF_VERIFY, signing_works},
		{CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER, recovering_works}, {CKF_GENERATE, generating_works},
		{CKF_GENERATE_KEY_PAIR, generating_pairs_works}, {CKF_WRAP | CKF_UNWRAP, wrapping_works},
		{CKF_DERIVE, deriving_works}, {CKF_ENCAPSULATE | CKF_DECAPSULATE, encapsulating_works},
	};

	(void)state;
	for (CK_ULONG i = 0; i < announced_count; i++) {
		const struct mechanism_case *c = nth(i);
		CK_FLAGS flags = info_of(c->type).flags, seen = 0;

		print_message("# %s\n", c->name);
		for (size_t k = 0; k < COUNT(uses); k++) {
			if (!(flags & uses[k].flags))
				continue;
			assert_int_equal(flags & uses[k].flags, uses[k].flags & ~NOT_SIGNED_WITH(c->type)); /* both halves or none */
			if (c->family == F_OWN && own_case_of(c->type)->works != NULL)
				own_case_of(c->type)->works(c->type);
			else
				uses[k].works(c);
			seen |= flags & uses[k].flags;
		}
		assert_int_equal(flags & ~CURVE_FLAGS & ~MESSAGE_FLAGS & ~(CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT), seen);
	}
}

static void rule_253_a_flag_that_is_not_there_is_refused(void **state)
{
	(void)state;
	for (CK_ULONG i = 0; i < announced_count; i++) {
		const struct mechanism_case *c = nth(i);
		CK_FLAGS flags = info_of(c->type).flags;
		CK_OBJECT_HANDLE one, other, aes = keys.aes;

		for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
			if (flags & kind_flags[kind])
				continue;
			assert_rv(begin(c, (enum kind)kind), CKR_MECHANISM_INVALID);
		}
		if (!(flags & CKF_GENERATE))
			assert_rv(p11->C_GenerateKey(sess, mechanism_of(c), NULL, 0, &one), CKR_MECHANISM_INVALID);
		if (!(flags & CKF_GENERATE_KEY_PAIR))
			assert_rv(p11->C_GenerateKeyPair(sess, mechanism_of(c), NULL, 0, NULL, 0, &one, &other), CKR_MECHANISM_INVALID);
		length = sizeof(out);
		if (!(flags & CKF_WRAP))
			assert_rv(p11->C_WrapKey(sess, mechanism_of(c), aes, aes, out, &length), CKR_MECHANISM_INVALID);
		if (!(flags & CKF_UNWRAP))
			assert_rv(p11->C_UnwrapKey(sess, mechanism_of(c), aes, out, 24, NULL, 0, &one), CKR_MECHANISM_INVALID);
		if (!(flags & CKF_DERIVE))
			assert_rv(p11->C_DeriveKey(sess, mechanism_of(c), aes, NULL, 0, &one), CKR_MECHANISM_INVALID);
	}
}

static void rule_253_mechanisms_outside_the_list_are_refused(void **state)
{
	const CK_MECHANISM_TYPE absent[] = {CKM_DES3_CBC, CKM_AES_XTS, CKM_MD5, CKM_RSA_9796, CKM_VENDOR_DEFINED | 1, ~0UL};

	(void)state;
	for (size_t i = 0; i < COUNT(absent); i++) {
		CK_MECHANISM m = {absent[i], NULL, 0};
		CK_MECHANISM_INFO info;

		if (has_mechanism(absent[i]))
			continue;
		assert_rv(p11->C_GetMechanismInfo(slot, absent[i], &info), CKR_MECHANISM_INVALID);
		for (int kind = 0; kind < CRYPTO_KINDS; kind++)
			assert_rv(start_with(sess, (enum kind)kind, &m, key_for((enum kind)kind)), CKR_MECHANISM_INVALID);
	}
}

/* ---- the announced sizes are the real ones -------------------------------------------------------- */

static CK_RV generate_bytes(CK_MECHANISM_TYPE type, CK_ULONG n)
{
	CK_MECHANISM m = {type, NULL, 0};
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &n, sizeof(n)}};
	CK_OBJECT_HANDLE key;

	return p11->C_GenerateKey(sess, &m, template, 1, &key);
}

static void secret_keys_of_the_announced_sizes_and_no_others(void **state)
{
	CK_MECHANISM_INFO aes = info_of(CKM_AES_KEY_GEN), generic = info_of(CKM_GENERIC_SECRET_KEY_GEN);

	(void)state;
	assert_ok(generate_bytes(CKM_AES_KEY_GEN, aes.ulMinKeySize));
	assert_ok(generate_bytes(CKM_AES_KEY_GEN, aes.ulMaxKeySize));
	assert_rv_in(generate_bytes(CKM_AES_KEY_GEN, aes.ulMinKeySize - 8), CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
	assert_rv_in(generate_bytes(CKM_AES_KEY_GEN, aes.ulMaxKeySize + 8), CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
	assert_ok(generate_bytes(CKM_GENERIC_SECRET_KEY_GEN, generic.ulMinKeySize / 8));
	assert_ok(generate_bytes(CKM_GENERIC_SECRET_KEY_GEN, generic.ulMaxKeySize / 8));
	assert_rv_in(generate_bytes(CKM_GENERIC_SECRET_KEY_GEN, generic.ulMinKeySize / 8 - 1), CKR_ATTRIBUTE_VALUE_INVALID,
	             CKR_KEY_SIZE_RANGE);
	assert_rv_in(generate_bytes(CKM_GENERIC_SECRET_KEY_GEN, generic.ulMaxKeySize / 8 + 1), CKR_ATTRIBUTE_VALUE_INVALID,
	             CKR_KEY_SIZE_RANGE);
}

static void hmac_keys_of_the_announced_sizes(void **state)
{
	static CK_BYTE value[1 << 16];

	(void)state;
	for (CK_ULONG i = 0; i < announced_count; i++) {
		const struct mechanism_case *c = nth(i);
		CK_MECHANISM_INFO info = info_of(c->type);

		if (c->family != F_HMAC && c->family != F_HMAC_GENERAL)
			continue;
		assert_in_range(info.ulMaxKeySize, hash_of(c->hash)->size, sizeof(value));
		length = sign(mechanism_of(c), make_key(sess, CKK_GENERIC_SECRET, value, info.ulMinKeySize, NULL, 0), pattern, 10,
		              out, sizeof(out));
		sign(mechanism_of(c), make_key(sess, CKK_GENERIC_SECRET, value, info.ulMaxKeySize, NULL, 0), pattern, 10, out,
		     sizeof(out));
	}
}

static void rsa_keys_below_and_above_the_announced_sizes_are_refused(void **state)
{
	CK_MECHANISM m = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_MECHANISM_INFO info = info_of(m.mechanism);
	const CK_ULONG sizes[] = {info.ulMinKeySize, info.ulMinKeySize - 1, info.ulMaxKeySize + 1};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		CK_ULONG bits = sizes[i];
		CK_ATTRIBUTE public[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}};
		CK_OBJECT_HANDLE one, other;
		CK_RV rv = p11->C_GenerateKeyPair(sess, &m, public, 1, NULL, 0, &one, &other);

		if (i == 0)
			assert_ok(rv);
		else
			assert_rv_in(rv, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
	}
}

static void curves_of_the_smallest_and_largest_announced_size(void **state)
{
	static CK_BYTE p192[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01};
	static CK_BYTE p224[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21}, p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
	static CK_BYTE secp256k1[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
	const struct {
		CK_ATTRIBUTE params;
		CK_ULONG bits;
	} curves[] = {
		{{CKA_EC_PARAMS, p192, sizeof(p192)}, 192}, {{CKA_EC_PARAMS, p224, sizeof(p224)}, 224},
		{{CKA_EC_PARAMS, p384, sizeof(p384)}, 384}, {{CKA_EC_PARAMS, p521, sizeof(p521)}, 521},
		{{CKA_EC_PARAMS, secp256k1, sizeof(secp256k1)}, 256},
	};
	CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_MECHANISM_INFO info = info_of(m.mechanism);

	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		CK_ATTRIBUTE public[] = {curves[i].params};
		CK_OBJECT_HANDLE one, other;

		if (curves[i].bits < info.ulMinKeySize || curves[i].bits > info.ulMaxKeySize)
			continue;
		assert_ok(p11->C_GenerateKeyPair(sess, &m, public, 1, NULL, 0, &one, &other));
		length = sign(&m_ecdsa, other, pattern, 32, out, sizeof(out));
		assert_int_equal(length, 2 * ((curves[i].bits + 7) / 8));
		assert_ok(verify(&m_ecdsa, one, pattern, 32, out, length));
	}
}

static void edwards_curves_of_both_announced_sizes(void **state)
{
	static CK_BYTE ed448[] = {0x06, 0x03, 0x2b, 0x65, 0x71};
	CK_MECHANISM m = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
	CK_EDDSA_PARAMS pure = {CK_FALSE, 0, NULL};
	CK_MECHANISM eddsa = {CKM_EDDSA, &pure, sizeof(pure)};
	CK_ATTRIBUTE public[] = {{CKA_EC_PARAMS, ed448, sizeof(ed448)}};
	CK_OBJECT_HANDLE one, other;

	(void)state;
	if (info_of(m.mechanism).ulMaxKeySize < 448) {
		assert_rv(p11->C_GenerateKeyPair(sess, &m, public, 1, NULL, 0, &one, &other), CKR_CURVE_NOT_SUPPORTED);
		return;
	}
	assert_ok(p11->C_GenerateKeyPair(sess, &m, public, 1, NULL, 0, &one, &other));
	length = sign(&eddsa, other, pattern, 50, out, sizeof(out));
	assert_int_equal(length, 114);
	assert_ok(verify(&eddsa, one, pattern, 50, out, length));
	assert_rv(verify(&eddsa, one, pattern + 1, 50, out, length), CKR_SIGNATURE_INVALID);
}

#define WITH_LIST(test) cmocka_unit_test_setup_teardown(test, setup_list, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LIST(the_list_has_every_mechanism_of_the_table_once),
		WITH_LIST(flags_agree_with_the_standard),
		WITH_LIST(key_sizes_have_the_unit_of_the_standard),
		WITH_LIST(every_announced_flag_works),
		WITH_LIST(rule_253_a_flag_that_is_not_there_is_refused),
		WITH_LIST(rule_253_mechanisms_outside_the_list_are_refused),
		WITH_LIST(secret_keys_of_the_announced_sizes_and_no_others),
		WITH_LIST(hmac_keys_of_the_announced_sizes),
		WITH_LIST(rsa_keys_below_and_above_the_announced_sizes_are_refused),
		WITH_LIST(curves_of_the_smallest_and_largest_announced_size),
		WITH_LIST(edwards_curves_of_both_announced_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
