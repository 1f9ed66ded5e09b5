/* SPDX-License-Identifier: Apache-2.0 */
/* The rows behind aead_cases.h. */
#include "aead_cases.h"

const struct aead_case aead_cases[] = {
	{CKM_AES_GCM, CKK_AES, true, false},
	{CKM_AES_CCM, CKK_AES, true, true},
	{CKM_CHACHA20_POLY1305, CKK_CHACHA20, false, false},
	{CKM_SALSA20_POLY1305, CKK_SALSA20, false, false},
};
const size_t aead_case_count = COUNT(aead_cases);

CK_BYTE aead_nonce[AEAD_NONCE], aead_tag[AEAD_TAG];

static union {
	CK_GCM_MESSAGE_PARAMS gcm;
	CK_CCM_MESSAGE_PARAMS ccm;
	CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS chacha;
} message;
static union {
	CK_GCM_PARAMS gcm;
	CK_CCM_PARAMS ccm;
	CK_SALSA20_CHACHA20_POLY1305_PARAMS chacha;
} ordinary;
/* Where it is no matter of choice. */
static CK_ULONG nonce_of(const struct aead_case *c)
{
	return c->type == CKM_SALSA20_POLY1305 ? 8 : AEAD_NONCE;
}

static CK_MECHANISM message_mechanism, ordinary_mechanism;

CK_OBJECT_HANDLE aead_key(const struct aead_case *c, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return make_key(sess, c->key_type, pattern + 100, 32, extra, count);
}

CK_MECHANISM *aead_message(const struct aead_case *c, CK_ULONG data_length, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits)
{
	CK_ULONG size = 0;

	if (c->type == CKM_AES_GCM) {
		message.gcm = (CK_GCM_MESSAGE_PARAMS){aead_nonce, AEAD_NONCE, fixed_bits, generator, aead_tag, 8 * AEAD_TAG};
		size = sizeof(message.gcm);
	} else if (c->type == CKM_AES_CCM) {
		message.ccm = (CK_CCM_MESSAGE_PARAMS){data_length, aead_nonce, AEAD_NONCE, fixed_bits, generator, aead_tag, AEAD_TAG};
		size = sizeof(message.ccm);
	} else {
		message.chacha = (CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS){aead_nonce, nonce_of(c), aead_tag};
		size = sizeof(message.chacha);
	}
	message_mechanism = (CK_MECHANISM){c->type, &message, size};
	return &message_mechanism;
}

CK_BYTE_PTR *aead_tag_place(const struct aead_case *c)
{
	if (c->type == CKM_AES_GCM)
		return &message.gcm.pTag;
	return c->type == CKM_AES_CCM ? &message.ccm.pMAC : &message.chacha.pTag;
}

CK_MECHANISM *aead_ordinary(const struct aead_case *c, CK_ULONG data_length, CK_BYTE *aad, CK_ULONG aad_length)
{
	CK_ULONG size = 0;

	if (c->type == CKM_AES_GCM) {
		ordinary.gcm = (CK_GCM_PARAMS){aead_nonce, AEAD_NONCE, 0, aad, aad_length, 8 * AEAD_TAG};
		size = sizeof(ordinary.gcm);
	} else if (c->type == CKM_AES_CCM) {
		ordinary.ccm = (CK_CCM_PARAMS){data_length, aead_nonce, AEAD_NONCE, aad, aad_length, AEAD_TAG};
		size = sizeof(ordinary.ccm);
	} else {
		ordinary.chacha = (CK_SALSA20_CHACHA20_POLY1305_PARAMS){aead_nonce, nonce_of(c), aad, aad_length};
		size = sizeof(ordinary.chacha);
	}
	ordinary_mechanism = (CK_MECHANISM){c->type, &ordinary, size};
	return &ordinary_mechanism;
}
