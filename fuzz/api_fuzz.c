/* SPDX-License-Identifier: Apache-2.0 */
/* The C_* calls in any order: the input is a program of calls over four sessions, a few keys and mechanisms. Nothing
 * may crash, no buffer may be written beyond the length that was given, and every code is one of the standard's. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define SESSIONS 4
#define OBJECTS 8
#define ROOM 512
#define GUARD 0xA5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static CK_SLOT_ID slot;
static CK_UTF8CHAR pin[] = "1234";

struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t byte(struct input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_ULONG aes_len = 16, secret_len = 20;

static const CK_MECHANISM_TYPE mechanisms[] = {
	CKM_SHA_1, CKM_SHA256, CKM_SHA512, CKM_SHA3_256, CKM_SHA256_HMAC, CKM_SHA512_HMAC_GENERAL, CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD,
	CKM_AES_CTR, CKM_AES_GCM, CKM_ECDSA, CKM_ECDSA_SHA256, CKM_EDDSA, CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_PKCS_OAEP, 0x80000001UL,
};

static CK_BYTE iv[16];
static CK_GCM_PARAMS gcm = {.pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};
static CK_AES_CTR_PARAMS ctr = {.ulCounterBits = 32};
static CK_MAC_GENERAL_PARAMS mac_len = 10;

/* A parameter that fits, one of a wrong length, or none. */
static CK_MECHANISM mechanism(struct input *in)
{
	CK_MECHANISM m = {mechanisms[byte(in) % array_len(mechanisms)], NULL, 0};

	if (m.mechanism == CKM_AES_CBC || m.mechanism == CKM_AES_CBC_PAD)
		m = (CK_MECHANISM){m.mechanism, iv, sizeof(iv)};
	else if (m.mechanism == CKM_AES_GCM)
		m = (CK_MECHANISM){m.mechanism, &gcm, sizeof(gcm)};
	else if (m.mechanism == CKM_AES_CTR)
		m = (CK_MECHANISM){m.mechanism, &ctr, sizeof(ctr)};
	else if (m.mechanism == CKM_SHA512_HMAC_GENERAL)
		m = (CK_MECHANISM){m.mechanism, &mac_len, sizeof(mac_len)};
	switch (byte(in) % 8) {
	case 0:
		m.ulParameterLen = byte(in);
		if (m.ulParameterLen > 8 && m.pParameter == NULL)
			m.ulParameterLen = 0;
		if (m.ulParameterLen > 16)
			m.ulParameterLen = 16;
		break;
	case 1:
		m.pParameter = NULL;
		break;
	default:
		break;
	}
	return m;
}

struct world {
	CK_SESSION_HANDLE session[SESSIONS];
	CK_OBJECT_HANDLE object[OBJECTS];
	unsigned next;
	CK_BYTE saved[4096];
	CK_ULONG saved_len;
};

static CK_SESSION_HANDLE session(struct world *w, struct input *in)
{
	return w->session[byte(in) % SESSIONS];
}

static CK_OBJECT_HANDLE object(struct world *w, struct input *in)
{
	return w->object[byte(in) % OBJECTS];
}

static void keep(struct world *w, CK_OBJECT_HANDLE h)
{
	w->object[w->next++ % OBJECTS] = h;
}

struct place {
	CK_BYTE data[ROOM + 16];
	CK_ULONG given, len;
	bool query;
};

static CK_BYTE_PTR place_start(struct place *p, struct input *in)
{
	memset(p->data, GUARD, sizeof(p->data));
	p->query = byte(in) % 4 == 0;
	p->given = p->len = byte(in) % 2 == 0 ? ROOM : byte(in);
	return p->query ? NULL : p->data;
}

static void place_check(const struct place *p)
{
	for (size_t i = p->query ? 0 : p->given; i < sizeof(p->data); i++) {
		if (p->data[i] != GUARD)
			abort();
	}
}

static CK_BYTE *data_of(struct input *in, CK_ULONG *len)
{
	static CK_BYTE copy[256];

	*len = byte(in);
	for (CK_ULONG i = 0; i < *len; i++)
		copy[i] = byte(in);
	return copy;
}

static void call_sessions(struct world *w, struct input *in)
{
	CK_SESSION_INFO info;
	unsigned i = byte(in) % SESSIONS;

	switch (byte(in) % 8) {
	case 0:
		C_CloseSession(w->session[i]);
		break;
	case 1:
		C_OpenSession(slot, CKF_SERIAL_SESSION | (byte(in) % 2 ? CKF_RW_SESSION : 0), NULL, NULL, &w->session[i]);
		break;
	case 2:
		C_Login(w->session[i], byte(in) % 4, pin, sizeof(pin) - 1);
		break;
	case 3:
		C_Logout(w->session[i]);
		break;
	case 4:
		C_SessionCancel(w->session[i], (CK_FLAGS)byte(in) << 8);
		break;
	case 5:
		if (byte(in) % 8 == 0)
			C_CloseAllSessions(slot);
		break;
	default:
		C_GetSessionInfo(w->session[i], &info);
	}
}

static void call_objects(struct world *w, struct input *in)
{
	CK_SESSION_HANDLE s = session(w, in);
	CK_OBJECT_HANDLE h = CK_INVALID_HANDLE;
	CK_BBOOL *priv = byte(in) % 2 ? &yes : &no;
	CK_ATTRIBUTE aes[] = {{CKA_VALUE_LEN, &aes_len, sizeof(aes_len)}, {CKA_PRIVATE, priv, 1}, {CKA_SENSITIVE, &no, 1}};
	CK_ATTRIBUTE secret[] = {{CKA_VALUE_LEN, &secret_len, sizeof(secret_len)}, {CKA_PRIVATE, priv, 1}, {CKA_SIGN, &yes, 1}, {CKA_VERIFY, &yes, 1}};
	CK_MECHANISM aes_gen = {CKM_AES_KEY_GEN, NULL, 0}, secret_gen = {CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
	struct place p;
	CK_BYTE_PTR out;
	CK_ULONG n = 0;

	switch (byte(in) % 8) {
	case 0:
		if (C_GenerateKey(s, &aes_gen, aes, array_len(aes), &h) == CKR_OK)
			keep(w, h);
		break;
	case 1:
		if (C_GenerateKey(s, &secret_gen, secret, array_len(secret), &h) == CKR_OK)
			keep(w, h);
		break;
	case 2:
		C_DestroyObject(s, object(w, in));
		break;
	case 3:
		if (C_CopyObject(s, object(w, in), aes + 1, 1, &h) == CKR_OK)
			keep(w, h);
		break;
	case 4: {
		out = place_start(&p, in);
		CK_ATTRIBUTE a = {byte(in) % 2 ? CKA_VALUE : CKA_LABEL, out, p.len};
		C_GetAttributeValue(s, object(w, in), &a, 1);
		place_check(&p);
		break;
	}
	case 5:
		C_FindObjectsInit(s, aes + 1, byte(in) % 2);
		break;
	case 6:
		C_FindObjects(s, &h, 1, &n);
		break;
	default:
		C_FindObjectsFinal(s);
	}
}

static void call_begin(struct world *w, struct input *in)
{
	CK_SESSION_HANDLE s = session(w, in);
	CK_MECHANISM m = mechanism(in);
	CK_MECHANISM_PTR p = byte(in) % 8 == 0 ? NULL : &m;

	switch (byte(in) % 7) {
	case 0:
		C_EncryptInit(s, p, object(w, in));
		break;
	case 1:
		C_DecryptInit(s, p, object(w, in));
		break;
	case 2:
		C_DigestInit(s, p);
		break;
	case 3:
		C_SignInit(s, p, object(w, in));
		break;
	case 4:
		C_VerifyInit(s, p, object(w, in));
		break;
	case 5:
		C_SignRecoverInit(s, p, object(w, in));
		break;
	default:
		C_VerifyRecoverInit(s, p, object(w, in));
	}
}

typedef CK_RV (*with_output)(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR);
typedef CK_RV (*only_output)(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG_PTR);
typedef CK_RV (*only_input)(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG);

static const with_output transforms[] = {
	C_Encrypt, C_EncryptUpdate, C_Decrypt, C_DecryptUpdate, C_Digest, C_Sign, C_SignRecover, C_VerifyRecover,
	C_DigestEncryptUpdate, C_DecryptDigestUpdate, C_SignEncryptUpdate, C_DecryptVerifyUpdate,
};
static const only_output finals[] = {C_EncryptFinal, C_DecryptFinal, C_DigestFinal, C_SignFinal};
static const only_input feeds[] = {C_DigestUpdate, C_SignUpdate, C_VerifyUpdate, C_VerifyFinal};

static void call_data(struct world *w, struct input *in)
{
	CK_SESSION_HANDLE s = session(w, in);
	uint8_t which = byte(in);
	struct place p;
	CK_ULONG len;

	if (which % 3 == 0) {
		CK_BYTE_PTR out = place_start(&p, in);
		finals[which / 3 % array_len(finals)](s, out, &p.len);
		place_check(&p);
	} else if (which % 3 == 1) {
		CK_BYTE *data = data_of(in, &len);
		feeds[which / 3 % array_len(feeds)](s, data, len);
	} else {
		CK_BYTE_PTR out = place_start(&p, in);
		CK_BYTE *data = data_of(in, &len);
		transforms[which / 3 % array_len(transforms)](s, data, len, out, &p.len);
		place_check(&p);
	}
}

static void call_state(struct world *w, struct input *in)
{
	CK_SESSION_HANDLE s = session(w, in);

	if (byte(in) % 2 == 0) {
		CK_ULONG len = sizeof(w->saved);
		if (C_GetOperationState(s, w->saved, &len) == CKR_OK)
			w->saved_len = len;
		return;
	}
	if (w->saved_len > 0 && byte(in) % 4 == 0)
		w->saved[byte(in) % w->saved_len] ^= byte(in);
	C_SetOperationState(s, w->saved, w->saved_len, object(w, in), object(w, in));
}

static void start(void)
{
	static CK_UTF8CHAR label[33] = "test-fuzz                       ";
	CK_SESSION_HANDLE s = 0;

	setenv("CONCLAVE_STORE", "memory:", 1);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	setenv("CONCLAVE_LOG", "off", 1);
	if (C_Initialize(NULL) != CKR_OK || C_InitToken(0, pin, 4, label) != CKR_OK ||
	    C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s) != CKR_OK || C_Login(s, CKU_SO, pin, 4) != CKR_OK ||
	    C_InitPIN(s, pin, 4) != CKR_OK || C_CloseAllSessions(0) != CKR_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const calls[])(struct world *, struct input *) = {call_sessions, call_objects, call_begin, call_data, call_data, call_state};
	static bool started;
	struct world w = {0};
	struct input in = {data, size};

	if (!started)
		start();
	started = true;
	for (unsigned i = 0; i < SESSIONS; i++)
		C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &w.session[i]);
	C_Login(w.session[0], CKU_USER, pin, 4);
	while (in.size > 0)
		calls[byte(&in) % array_len(calls)](&w, &in);
	C_CloseAllSessions(slot);
	return 0;
}
