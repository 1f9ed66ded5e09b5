/* SPDX-License-Identifier: Apache-2.0 */
/* The family of SSL 3.0 and TLS up to 1.2 (§6.39, §6.40): pre-master secrets, master secrets, key blocks, exporters and the
 * bare function. Cipher suites for export are not here. */
#include <string.h>

#include "base/log.h"
#include "crypto/rand.h"
#include "mech/derive.h"
#include "mech/generic_secret.h"
#include "mech/tls_params.h"
#include "mech/tls_prf.h"

CK_RV tls_params_randoms(const CK_SSL3_RANDOM_DATA *p, struct bytes *ret_client, struct bytes *ret_server)
{
	try(derive_bytes(p->pClientRandom, p->ulClientRandomLen, ret_client));
	try(derive_bytes(p->pServerRandom, p->ulServerRandomLen, ret_server));
	if (ret_client->len != TLS_RANDOM_SIZE || ret_server->len != TLS_RANDOM_SIZE)
		return fail(CKR_MECHANISM_PARAM_INVALID, "randoms of %zu and %zu bytes", ret_client->len, ret_server->len);
	return CKR_OK;
}

CK_RV tls_params_master(const struct mech_key *key)
{
	if (key->value.len != TLS_MASTER_SIZE)
		return fail(CKR_KEY_SIZE_RANGE, "a secret of %zu bytes, not %d", key->value.len, TLS_MASTER_SIZE);
	return CKR_OK;
}

/* ---- pre-master secrets -------------------------------------------------------------------- */

/* The client's version, then random bytes. */
static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	struct secret value cleanup(secret_free) = {0};
	CK_VERSION version;

	(void)row;
	try(derive_param(m, &version, sizeof(version)));
	try(secret_new(TLS_MASTER_SIZE, &value));
	value.data[0] = version.major;
	value.data[1] = version.minor;
	try(rand_bytes(env->ossl, value.data + 2, value.len - 2));
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}

static const struct mech_gen gen = {
	.key = generate,
	.object_class = CKO_SECRET_KEY,
	.key_type = CKK_GENERIC_SECRET,
	.takes_parameter = true,
	.value_len = TLS_MASTER_SIZE,
};

/* ---- master secrets ------------------------------------------------------------------------ */

/* How a row makes its master secret. */
struct master {
	struct tls_prf prf;
	bool extended; /* RFC 7627 */
	bool versioned; /* from a pre-master secret that begins with a version; else of any length */
};

struct master_input {
	struct tls_prf prf;
	struct bytes seeds[TLS_SEEDS];
	CK_VERSION_PTR version;
};

/* TLS 1.2's structure is that of SSL 3.0 with a hash behind. */
static CK_RV read_plain(const CK_MECHANISM *m, struct master_input *ret)
{
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {0};
	bool hashed = ret->prf.version == TLS_1_2;

	try(derive_param(m, &p, hashed ? sizeof(p) : sizeof(CK_SSL3_MASTER_KEY_DERIVE_PARAMS)));
	if (hashed)
		try(derive_hash(p.prfHashMechanism, &ret->prf.hash));
	ret->version = p.pVersion;
	return tls_params_randoms(&p.RandomInfo, &ret->seeds[0], &ret->seeds[1]);
}

static CK_RV read_extended(const CK_MECHANISM *m, struct master_input *ret)
{
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	try(derive_hash(p.prfHashMechanism, &ret->prf.hash));
	try(derive_bytes(p.pSessionHash, p.ulSessionHashLen, &ret->seeds[0]));
	ret->version = p.pVersion;
	return ret->seeds[0].len > 0 ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "no session hash");
}

/* §6.39.4: the new key is a generic secret of 48 bytes, whether the template says so or not. */
static CK_RV check_template(const struct attr_list *key)
{
	CK_ULONG type = CKK_GENERIC_SECRET, len = TLS_MASTER_SIZE;

	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	(void)attr_list_get_ulong(key, CKA_VALUE_LEN, &len);
	if (type != CKK_GENERIC_SECRET || len != TLS_MASTER_SIZE)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a master secret of key type 0x%lx and %lu bytes", type, len);
	return CKR_OK;
}

/* §6.40.4: what a master secret of TLS 1.2 is for. A template may say less, not more. */
static CK_RV limit_uses(struct attr_list *key)
{
	static const CK_MECHANISM_TYPE uses[] = {
		CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE, CKM_TLS_KDF, CKM_TLS_MAC, CKM_TLS12_KDF, CKM_TLS12_MAC,
	};
	struct bytes given = {0};

	if (!attr_list_get(key, CKA_ALLOWED_MECHANISMS, &given))
		return attr_list_set(key, CKA_ALLOWED_MECHANISMS, bytes_of(uses, sizeof(uses)));
	for (size_t at = 0; at + sizeof(uses[0]) <= given.len; at += sizeof(uses[0])) {
		CK_MECHANISM_TYPE one;
		bool known = false;

		memcpy(&one, given.data + at, sizeof(one));
		for (size_t i = 0; i < array_len(uses); i++)
			known |= uses[i] == one;
		if (!known)
			return fail(CKR_TEMPLATE_INCONSISTENT, "%s with a master secret of TLS 1.2", mech_name(one));
	}
	return CKR_OK;
}

static CK_RV check_base(const struct master *how, const struct mech_key *base, CK_VERSION_PTR version)
{
	if (how->versioned)
		return tls_params_master(base);
	return version == NULL ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "pVersion, where the secret holds none");
}

static CK_RV derive_master(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                           struct attr_list *key)
{
	const struct master *how = row->data;
	struct master_input in = {.prf = how->prf};
	struct secret made cleanup(secret_free) = {0};

	(void)env;
	try(how->extended ? read_extended(m, &in) : read_plain(m, &in));
	try(check_base(how, base, in.version));
	try(check_template(key));
	if (how->prf.version == TLS_1_2)
		try(limit_uses(key));
	try(secret_new(TLS_MASTER_SIZE, &made));
	try(tls_prf_run(&in.prf, secret_bytes(&base->value), how->extended ? "extended master secret" : "master secret", in.seeds, made.data,
	                made.len));
	if (in.version != NULL)
		*in.version = (CK_VERSION){base->value.data[0], base->value.data[1]};
	return attr_list_set(key, CKA_VALUE, secret_bytes(&made));
}

static const struct mech_derive master = {.object_class = CKO_SECRET_KEY, .key = derive_master};

/* ---- key blocks ---------------------------------------------------------------------------- */

static const struct mech_handover from_master[] = {
	{CKA_SENSITIVE, CKA_SENSITIVE},
	{CKA_EXTRACTABLE, CKA_EXTRACTABLE},
	{0, 0},
};
static const struct mech_derive keys = {
	.object_class = CKO_SECRET_KEY,
	.keeps_secrecy = true,
	.same_secrecy = true,
	.no_key = true,
	.handover = from_master,
	.key = tls_keys_derive,
};

/* ---- exporters (RFC 5705) ------------------------------------------------------------------ */

static CK_RV run_labelled(const struct tls_prf *prf, const struct mech_key *base, const struct bytes parts[TLS_SEEDS],
                          unsigned char *out, size_t len)
{
	return tls_prf_run(prf, secret_bytes(&base->value), "", parts, out, len);
}

/* A context that is there is counted, an empty one too. */
static CK_RV export_to(const CK_TLS_KDF_PARAMS *p, const struct mech_key *base, struct secret *made)
{
	struct bytes label = {0}, client = {0}, server = {0}, context = {0};
	struct secret tail cleanup(secret_free) = {0};
	struct tls_prf prf;

	try(tls_prf_find(p->prfMechanism, &prf));
	try(derive_bytes(p->pLabel, p->ulLabelLength, &label));
	try(derive_bytes(p->pContextData, p->ulContextDataLength, &context));
	try(tls_params_randoms(&p->RandomInfo, &client, &server));
	if (label.len == 0 || context.len > 0xFFFF)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no label, or a context of %zu bytes", context.len);
	const unsigned char count[2] = {(unsigned char)(context.len >> 8), (unsigned char)context.len};
	try(secret_new(sizeof(count) + context.len, &tail));
	memcpy(tail.data, count, sizeof(count));
	if (context.len > 0)
		memcpy(tail.data + sizeof(count), context.data, context.len);
	const struct bytes parts[TLS_SEEDS] = {label, client, server, p->pContextData != NULL ? secret_bytes(&tail) : (struct bytes){0}};
	return run_labelled(&prf, base, parts, made->data, made->len);
}

static CK_RV derive_export(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                           struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};
	CK_TLS_KDF_PARAMS p;
	size_t len = 0;

	(void)env;
	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(derive_length(key, 0, &len));
	try(secret_new(len, &made));
	try(export_to(&p, base, &made));
	return derive_set_first(key, secret_bytes(&made));
}

static const struct mech_derive exporter = {.object_class = CKO_SECRET_KEY, .keeps_secrecy = true, .key = derive_export};

/* The function of TLS 1.0 itself: bytes for the application, no key. */
static CK_RV derive_bytes_only(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                               struct attr_list *key)
{
	const struct tls_prf prf = {.version = TLS_1_0};
	struct bytes label = {0}, seed = {0};
	CK_TLS_PRF_PARAMS p;

	(void)env;
	(void)row;
	(void)key;
	try(derive_param(m, &p, sizeof(p)));
	try(derive_bytes(p.pLabel, p.ulLabelLen, &label));
	try(derive_bytes(p.pSeed, p.ulSeedLen, &seed));
	if (p.pOutput == NULL || p.pulOutputLen == NULL || *p.pulOutputLen == 0 || *p.pulOutputLen > DERIVE_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no place for the output, or of no possible length");
	const struct bytes parts[TLS_SEEDS] = {label, seed};
	return run_labelled(&prf, base, parts, p.pOutput, *p.pulOutputLen);
}

static const struct mech_derive output = {.object_class = CKO_SECRET_KEY, .no_key = true, .key = derive_bytes_only};

/* ---- rows ---------------------------------------------------------------------------------- */

/* Key sizes in bytes. */
#define SECRET .key_types = {CKK_GENERIC_SECRET}, .key_type_count = 1
#define SIZE_48 .min_key = TLS_MASTER_SIZE, .max_key = TLS_MASTER_SIZE
#define ANY_SIZE .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX
#define MASTER(mechanism, ver, ext, ver_in_secret) \
	{.type = (mechanism), .flags = CKF_DERIVE, SIZE_48, SECRET, .derive = &master, \
	 .data = &(const struct master){.prf = {.version = (ver)}, .extended = (ext), .versioned = (ver_in_secret)}}
#define KEYS(mechanism, ver) \
	{.type = (mechanism), .flags = CKF_DERIVE, SIZE_48, SECRET, .derive = &keys, .data = &(const struct tls_prf){.version = (ver)}}

static const struct mech_row rows[] = {
	{.type = CKM_SSL3_PRE_MASTER_KEY_GEN, .flags = CKF_GENERATE, SIZE_48, .gen = &gen},
	{.type = CKM_TLS_PRE_MASTER_KEY_GEN, .flags = CKF_GENERATE, SIZE_48, .gen = &gen},
	MASTER(CKM_SSL3_MASTER_KEY_DERIVE, TLS_SSL3, false, true),
	MASTER(CKM_SSL3_MASTER_KEY_DERIVE_DH, TLS_SSL3, false, false),
	MASTER(CKM_TLS_MASTER_KEY_DERIVE, TLS_1_0, false, true),
	MASTER(CKM_TLS_MASTER_KEY_DERIVE_DH, TLS_1_0, false, false),
	MASTER(CKM_TLS12_MASTER_KEY_DERIVE, TLS_1_2, false, true),
	MASTER(CKM_TLS12_MASTER_KEY_DERIVE_DH, TLS_1_2, false, false),
	MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, TLS_1_2, true, true),
	MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, TLS_1_2, true, false),
	KEYS(CKM_SSL3_KEY_AND_MAC_DERIVE, TLS_SSL3),
	KEYS(CKM_TLS_KEY_AND_MAC_DERIVE, TLS_1_0),
	KEYS(CKM_TLS12_KEY_AND_MAC_DERIVE, TLS_1_2),
	KEYS(CKM_TLS12_KEY_SAFE_DERIVE, TLS_1_2),
	{.type = CKM_TLS_PRF, .flags = CKF_DERIVE, ANY_SIZE, SECRET, .derive = &output},
	{.type = CKM_TLS_KDF, .flags = CKF_DERIVE, ANY_SIZE, SECRET, .derive = &exporter},
	{.type = CKM_TLS12_KDF, .flags = CKF_DERIVE, ANY_SIZE, SECRET, .derive = &exporter},
};

extern const struct mech_family mech_family_tls;
const struct mech_family mech_family_tls = {.name = "tls", .rows = rows, .row_count = array_len(rows)};
