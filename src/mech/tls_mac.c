/* SPDX-License-Identifier: Apache-2.0 */
/* The MACs of SSL and TLS: that of TLS over a handshake's hash (§6.40.3), and SSL 3.0's over records (§6.39.7, RFC 6101
 * 5.2.3.1). The function of TLS meets its seed many times, so that parts are kept until the end. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mech/derive.h"
#include "mech/generic_secret.h"
#include "mech/tls_prf.h"

/* A handshake's hash has 64 bytes at most. */
#define DATA_MAX 65536
#define TLS_MAC_MIN 12
#define TLS_MAC_MAX 64
#define SSL3_MAC_MIN 4
#define SSL3_MAC_MAX 8

struct state {
	struct tls_prf prf;
	bool server;
	size_t len; /* of the MAC */
	struct buf data;
};

static CK_RV new_state(struct mech_op *op, size_t len, struct state **ret)
{
	struct state *s = mem_secret_alloc(sizeof(*s));

	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->len = len;
	op->state = s;
	*ret = s;
	return CKR_OK;
}

/* ---- parameters ---------------------------------------------------------------------------- */

static CK_RV tls_params(struct mech_op *op, const CK_MECHANISM *m)
{
	struct state *s = NULL;
	CK_TLS_MAC_PARAMS p;
	struct tls_prf prf;

	try(derive_param(m, &p, sizeof(p)));
	try(tls_prf_find(p.prfHashMechanism, &prf));
	if (p.ulMacLength < TLS_MAC_MIN || p.ulMacLength > (prf.version == TLS_1_0 ? TLS_MAC_MIN : TLS_MAC_MAX))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a MAC of %lu bytes", p.ulMacLength);
	if (p.ulServerOrClient != 1 && p.ulServerOrClient != 2)
		return fail(CKR_MECHANISM_PARAM_INVALID, "neither the server's nor the client's");
	try(new_state(op, p.ulMacLength, &s));
	s->prf = prf;
	s->server = p.ulServerOrClient == 1;
	return CKR_OK;
}

static CK_RV ssl3_params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_MAC_GENERAL_PARAMS len;
	struct state *s = NULL;

	try(derive_param(m, &len, sizeof(len)));
	if (len < SSL3_MAC_MIN || len > SSL3_MAC_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a MAC of %lu bytes, where %d to %d are taken", len, SSL3_MAC_MIN, SSL3_MAC_MAX);
	return new_state(op, len, &s);
}

/* ---- computing ----------------------------------------------------------------------------- */

/* secret || pad || text, hashed. */
static void padded_hash(const struct mech_op *op, enum digest_alg alg, unsigned char pad, struct bytes text, unsigned char *ret)
{
	struct digest d cleanup(digest_end) = {0};
	unsigned char pads[48];

	memset(pads, pad, sizeof(pads));
	digest_start(alg, &d);
	digest_update(&d, secret_bytes(&op->key->value));
	digest_update(&d, bytes_of(pads, alg == DIGEST_MD5 ? 48 : 40));
	digest_update(&d, text);
	digest_final(&d, ret);
}

static void compute_ssl3(const struct mech_op *op, enum digest_alg alg, struct bytes data, unsigned char *ret)
{
	unsigned char inner[DIGEST_MAX_SIZE];

	padded_hash(op, alg, 0x36, data, inner);
	padded_hash(op, alg, 0x5C, bytes_of(inner, digest_size(alg)), ret);
}

/* ret has room for DIGEST_MAX_SIZE bytes, which no MAC is longer than. */
static CK_RV compute(const struct mech_op *op, unsigned char *ret)
{
	const struct state *s = op->state;
	const enum digest_alg *ssl3 = op->row->data;
	struct bytes data = buf_bytes(&s->data);
	const struct bytes seeds[TLS_SEEDS] = {data};

	if (ssl3 != NULL) {
		compute_ssl3(op, *ssl3, data, ret);
		return CKR_OK;
	}
	return tls_prf_run(&s->prf, secret_bytes(&op->key->value), s->server ? "server finished" : "client finished", seeds, ret, s->len);
}

/* ---- steps --------------------------------------------------------------------------------- */

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)in_len;
	return step == MECH_UPDATE ? 0 : s->len;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s = op->state;

	(void)out;
	if (ret_len != NULL)
		*ret_len = 0;
	if (in.len > DATA_MAX - s->data.len)
		return fail(CKR_DATA_LEN_RANGE, "more than %d bytes", DATA_MAX);
	return buf_append(&s->data, in);
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	unsigned char mac[DIGEST_MAX_SIZE];

	try(compute(op, mac));
	memcpy(out, mac, s->len);
	wipe(mac, sizeof(mac));
	*ret_len = s->len;
	return CKR_OK;
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	const struct state *s = op->state;
	unsigned char mac[DIGEST_MAX_SIZE];

	if (signature.len != s->len)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a MAC of %zu bytes, not %zu", signature.len, s->len);
	try(compute(op, mac));
	bool right = secret_equal(bytes_of(mac, s->len), signature);
	wipe(mac, sizeof(mac));
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the MAC does not match");
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(update(op, in, NULL, NULL));
	return final(op, out, ret_len);
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	try(update(op, in, NULL, NULL));
	return verify_final(op, signature);
}

static CK_RV again(struct mech_op *op)
{
	struct state *s = op->state;

	buf_wipe_free(&s->data);
	return CKR_OK;
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	buf_wipe_free(&s->data);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

#define STEPS \
	.room = room, .whole = whole, .update = update, .final = final, .verify_whole = verify_whole, .verify_final = verify_final, \
	.again = again, .end = end

static const struct mech_ops tls_ops = {STEPS, .params = tls_params};
static const struct mech_ops ssl3_ops = {STEPS, .params = ssl3_params};

/* ---- rows ---------------------------------------------------------------------------------- */

static const char short_lived[] = "a MAC of one handshake or record: nobody carries it elsewhere";

#define SECRET .key_types = {CKK_GENERIC_SECRET}, .key_type_count = 1
#define TLS(mechanism) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX, SECRET, \
	 .ops = &tls_ops, .unsaveable = short_lived}
/* Key sizes in bits. */
#define SSL3(mechanism, alg) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, .min_key = 8 * GENERIC_SECRET_MIN, .max_key = 8 * GENERIC_SECRET_MAX, SECRET, \
	 .ops = &ssl3_ops, .data = &(const enum digest_alg){alg}, .unsaveable = short_lived}

static const struct mech_row rows[] = {
	TLS(CKM_TLS_MAC),
	TLS(CKM_TLS12_MAC),
	SSL3(CKM_SSL3_MD5_MAC, DIGEST_MD5),
	SSL3(CKM_SSL3_SHA1_MAC, DIGEST_SHA1),
};

extern const struct mech_family mech_family_tls_mac;
const struct mech_family mech_family_tls_mac = {.name = "tls_mac", .rows = rows, .row_count = array_len(rows)};
