/* SPDX-License-Identifier: Apache-2.0 */
/* See mechanisms_hbs.h. Verification is single-part in every form of the calls. */
#include "mechanisms_hbs.h"

#include "mechanisms.h"

#include <stdio.h>

static const struct {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
	const char *name;
} kinds[] = {{CKM_HSS, CKK_HSS, "CKM_HSS "}, {CKM_XMSS, CKK_XMSS, "CKM_XMSS "}, {CKM_XMSSMT, CKK_XMSSMT, "CKM_XMSSMT "}};

static size_t kind_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].mechanism == type)
			return i;
	}
	fail_msg("0x%lx is no hash-based signature", type);
	return 0;
}

static CK_BYTE *bytes_of_hex(const char *hex, CK_ULONG *ret_len)
{
	CK_ULONG len = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
	CK_BYTE *ret = calloc(1, len + 1);

	assert_non_null(ret);
	for (CK_ULONG i = 0; i < len; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], 0};
		ret[i] = (CK_BYTE)strtoul(digits, NULL, 16);
	}
	*ret_len = len;
	return ret;
}

struct hbs_vector hbs_first(CK_MECHANISM_TYPE type)
{
	FILE *file = fopen(TEST_SOURCE_ROOT "/tests/mech/hbs_vectors.txt", "r");
	const char *name = kinds[kind_of(type)].name;
	struct hbs_vector v = {0};
	char *line = NULL, *rest = NULL;
	size_t size = 0;

	assert_non_null(file);
	do {
		assert_true(getline(&line, &size, file) > 0);
	} while (strncmp(line, name, strlen(name)) != 0);
	strtok_r(line, " \n", &rest);
	strtok_r(NULL, " \n", &rest);
	v.key = bytes_of_hex(strtok_r(NULL, " \n", &rest), &v.key_len);
	v.message = bytes_of_hex(strtok_r(NULL, " \n", &rest), &v.message_len);
	v.signature = bytes_of_hex(strtok_r(NULL, " \n", &rest), &v.signature_len);
	free(line);
	fclose(file);
	return v;
}

void hbs_free(struct hbs_vector *v)
{
	free(v->key);
	free(v->message);
	free(v->signature);
}

CK_OBJECT_HANDLE hbs_key(CK_MECHANISM_TYPE type, const struct hbs_vector *v)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_KEY_TYPE key_type = kinds[kind_of(type)].type;
	CK_ULONG set = v->key[3];
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &key_type, sizeof(key_type)}, {CKA_VERIFY, &yes, 1},
		{CKA_VALUE, v->key, v->key_len},    {CKA_PARAMETER_SET, &set, sizeof(set)},
	};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_CreateObject(sess, template, COUNT(template) - (type == CKM_HSS ? 1 : 0), &key));
	return key;
}

static CK_RV verify_message(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const struct hbs_vector *v)
{
	assert_ok(p11->C_MessageVerifyInit(sess, m, key));
	CK_RV rv = p11->C_VerifyMessage(sess, NULL, 0, v->message, v->message_len, v->signature, v->signature_len);
	assert_ok(p11->C_MessageVerifyFinal(sess));
	return rv;
}

static CK_RV verify_signature(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const struct hbs_vector *v)
{
	assert_ok(p11->C_VerifySignatureInit(sess, m, key, v->signature, v->signature_len));
	return p11->C_VerifySignature(sess, v->message, v->message_len);
}

static CK_RV verify_whole(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const struct hbs_vector *v)
{
	assert_ok(p11->C_VerifyInit(sess, m, key));
	return p11->C_Verify(sess, v->message, v->message_len, v->signature, v->signature_len);
}

/* mechanisms.tsv: single-part only. */
static void no_parts(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const struct hbs_vector *v)
{
	CK_BYTE one = 1;

	assert_ok(p11->C_VerifyInit(sess, m, key));
	assert_rv(p11->C_VerifyUpdate(sess, &one, 1), CKR_FUNCTION_NOT_SUPPORTED);
	assert_ok(p11->C_VerifySignatureInit(sess, m, key, v->signature, v->signature_len));
	assert_rv(p11->C_VerifySignatureUpdate(sess, &one, 1), CKR_FUNCTION_NOT_SUPPORTED);
}

void hbs_works(CK_MECHANISM_TYPE type)
{
	CK_RV (*const ways[])(CK_MECHANISM *m, CK_OBJECT_HANDLE key, const struct hbs_vector *v) = {verify_whole, verify_message, verify_signature};
	struct hbs_vector v = hbs_first(type);
	CK_OBJECT_HANDLE key = hbs_key(type, &v);
	CK_MECHANISM m = {type, NULL, 0};

	for (size_t i = 0; i < COUNT(ways); i++) {
		assert_ok(ways[i](&m, key, &v));
		v.signature[v.signature_len / 2] ^= 1;
		assert_rv(ways[i](&m, key, &v), CKR_SIGNATURE_INVALID);
		v.signature[v.signature_len / 2] ^= 1;
		v.signature_len--;
		assert_rv(ways[i](&m, key, &v), CKR_SIGNATURE_LEN_RANGE);
		v.signature_len++;
	}
	no_parts(&m, key, &v);
	m.pParameter = &m;
	m.ulParameterLen = 1;
	assert_rv(p11->C_VerifyInit(sess, &m, key), CKR_MECHANISM_PARAM_INVALID);
	assert_ok(p11->C_DestroyObject(sess, key));
	hbs_free(&v);
}

void hss_pair_works(CK_MECHANISM_TYPE type)
{
	CK_ULONG levels = 2, trees[] = {15, 15}, onces[] = {12, 11}, len;
	CK_ATTRIBUTE public[] = {{CKA_VERIFY, &yes, 1}};
	CK_ATTRIBUTE private[] = {
		{CKA_HSS_LEVELS, &levels, sizeof(levels)},
		{CKA_HSS_LMS_TYPES, trees, sizeof(trees)},
		{CKA_HSS_LMOTS_TYPES, onces, sizeof(onces)},
		{CKA_SIGN, &yes, 1},
	};
	CK_MECHANISM generation = {CKM_HSS_KEY_PAIR_GEN, NULL, 0}, m = {CKM_HSS, NULL, 0};
	CK_OBJECT_HANDLE one, other;
	CK_BYTE signature[8192];

	(void)type;
	assert_ok(p11->C_GenerateKeyPair(sess, &generation, public, COUNT(public), private, COUNT(private), &one, &other));
	assert_int_equal(get_ulong(sess, other, CKA_KEY_GEN_MECHANISM), CKM_HSS_KEY_PAIR_GEN);
	len = sign(&m, other, pattern, 50, signature, sizeof(signature));
	assert_ok(verify(&m, one, pattern, 50, signature, len));
	assert_rv(verify(&m, one, pattern + 1, 50, signature, len), CKR_SIGNATURE_INVALID);
}

void hss_works(CK_MECHANISM_TYPE type)
{
	hbs_works(type);
	hss_pair_works(type);
}
