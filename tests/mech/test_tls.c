/* SPDX-License-Identifier: Apache-2.0 */
/* SSL 3.0 and TLS: master secrets, key blocks, exporters and the bare function against NIST's example of TLS 1.2 (CAVP,
 * SHA-256) and values worked out independently; parameters that are none; templates that contradict. */
#include "derive_kit.h"

extern const struct mech_family mech_family_tls;

/* The example's pre-master secret and randoms. */
#define SHORT_PRE_MASTER "f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bcadb"
#define PRE_MASTER SHORT_PRE_MASTER "386b411fd4fe4313a604fce6c17fbc"
#define CLIENT "36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c"
#define SERVER "f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce"
#define CLIENT_2 "62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616"
#define SERVER_2 "ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868"
#define MASTER "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf"
#define SESSION_HASH "dfff30d188055f20aaa1610f29102805528465bbad91709ded764e8899f5ad2b"
#define BLOCK_1_2 \
	"d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b" \
	"2f387f8d11fd4f731cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f" \
	"1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928"
#define BLOCK_1_0 \
	"b62c9bb62629d6a72c3c9a7f6400c87efcfd0a830ae84867e2ed257091c042bc7983166aa5b96bfc916d9b296bd11bab" \
	"a043c81672e3e7d9a021c433d6e8b7dc6617d46f24148d16dc153a2d9bd814cdd04d17cb4b4232cadb111b339619a7c0" \
	"9b51903b28650a4c"
#define BLOCK_SSL3 \
	"a101efe24f07134e8ea864b662cf46179114d53ec87ccff3b73db23b9fbad1fab8596ca66285bca4bbfe486f97503af1" \
	"d9fdf3ec7d27964293bd538947ec959fcad2a40991c78d7ea565ce86427d4c01ae77be309ac68120ba6b31caf7364e90" \
	"8bf389af557ee7dd"

/* ---- parameters ---------------------------------------------------------------------------- */

struct hello {
	struct buf client, server;
};

static void hello_start(struct hello *h, const char *client, const char *server, CK_SSL3_RANDOM_DATA *ret)
{
	h->client = harness_hex(client);
	h->server = harness_hex(server);
	*ret = (CK_SSL3_RANDOM_DATA){h->client.data, h->client.len, h->server.data, h->server.len};
}

static void hello_end(struct hello *h)
{
	buf_free(&h->client);
	buf_free(&h->server);
}

/* ---- master secrets ------------------------------------------------------------------------ */

static const struct master_answer {
	CK_MECHANISM_TYPE type;
	CK_MECHANISM_TYPE hash; /* 0: the structure of SSL 3.0, which is the beginning of TLS 1.2's */
	bool versioned;
	const char *base, *master;
} masters[] = {
	{CKM_TLS12_MASTER_KEY_DERIVE, CKM_SHA256, true, PRE_MASTER, MASTER},
	{CKM_TLS12_MASTER_KEY_DERIVE_DH, CKM_SHA384, false, SHORT_PRE_MASTER,
	 "bee53367b7483a4423ec2c4b1269c48f49a7406964f55a73f1467200d9eacd78a0f4f701ad07fe945b00841a1d8aaa57"},
	{CKM_TLS_MASTER_KEY_DERIVE, 0, true, PRE_MASTER,
	 "86dce54e3fcb30beda01d9befa853b24ff5efa94338e94da6d6f8bbb34a9b549fe986f98f38970cead34c764b66db24e"},
	{CKM_TLS_MASTER_KEY_DERIVE_DH, 0, false, SHORT_PRE_MASTER,
	 "4420f00154ae935c99df50aadc25cdf274bb551e8677cb2e53bbae58b28f8bab57f56456ce18176e02f7868c2265c1ec"},
	{CKM_SSL3_MASTER_KEY_DERIVE, 0, true, PRE_MASTER,
	 "a0c002ba644498771e5b03f4604910c37befca2bcf5093c423e1b4582607eb68780ffbabd71e980ed5763c5fb9f7afbb"},
	{CKM_SSL3_MASTER_KEY_DERIVE_DH, 0, false, SHORT_PRE_MASTER,
	 "ea21a4f02aecbf7df0a24f00e949cc98445b03df262d92440998274259a7c5fea6ca3695247bc8c28b5bf39233f9515b"},
};

static const struct master_answer extended[] = {
	{CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, CKM_SHA256, true, PRE_MASTER,
	 "8f7712ef3d5defb1532607785a718ff6d6dfdc2f3a8d5ab3237e15a1e1de2f2e1fad2c2f436e2f0e11dfc4dae819b952"},
	{CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, CKM_SHA384, false, SHORT_PRE_MASTER,
	 "51bafc4948598e05f38ee6cda835820110da162d8be50a5549eaf25ab24394ea2a3650a4ec36fc81c4bd850fd1ae9133"},
};

/* The key, and the base key's first two bytes as version where there is one. */
static void check_master(const struct master_answer *a, const CK_MECHANISM *m, const CK_VERSION *version)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, a->base);

	kit_check_derived(m, base, 48, a->master);
	kit_check_derived(m, base, 0, a->master);
	if (a->versioned)
		assert_true(version->major == 0xf8 && version->minor == 0x93);
	mech_key_free(base);
}

static void known_master_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(masters); i++) {
		const struct master_answer *a = &masters[i];
		CK_VERSION version = {0, 0};
		CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {.pVersion = a->versioned ? &version : NULL, .prfHashMechanism = a->hash};
		const CK_MECHANISM m = {a->type, &p, a->hash != 0 ? sizeof(p) : sizeof(CK_SSL3_MASTER_KEY_DERIVE_PARAMS)};
		struct hello h;

		hello_start(&h, CLIENT, SERVER, &p.RandomInfo);
		check_master(a, &m, &version);
		hello_end(&h);
	}
}

static void known_extended_master_secrets(void **state)
{
	struct buf hash = harness_hex(SESSION_HASH);

	(void)state;
	for (size_t i = 0; i < array_len(extended); i++) {
		const struct master_answer *a = &extended[i];
		CK_VERSION version = {0, 0};
		CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p = {a->hash, hash.data, hash.len, a->versioned ? &version : NULL};
		const CK_MECHANISM m = {a->type, &p, sizeof(p)};

		check_master(a, &m, &version);
	}
	buf_free(&hash);
}

static CK_RV derive_master(const CK_MECHANISM *m, const char *base_hex, CK_KEY_TYPE type, CK_ULONG len)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, base_hex);
	struct buf got = {0};
	CK_RV rv = kit_derive_as(m, base, CKO_SECRET_KEY, type, len, &got);

	mech_key_free(base);
	buf_free(&got);
	return rv;
}

static void master_secrets_of_another_form_are_refused(void **state)
{
	CK_VERSION version;
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {.pVersion = &version, .prfHashMechanism = CKM_SHA256};
	CK_MECHANISM m = {CKM_TLS12_MASTER_KEY_DERIVE, &p, sizeof(p)};
	struct hello h;

	(void)state;
	hello_start(&h, CLIENT, SERVER, &p.RandomInfo);
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_OK);
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 47), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_AES, 48), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(derive_master(&m, SHORT_PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_KEY_SIZE_RANGE);
	/* A secret of Diffie-Hellman holds no version. */
	m.mechanism = CKM_TLS12_MASTER_KEY_DERIVE_DH;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	p.pVersion = NULL;
	assert_int_equal(derive_master(&m, SHORT_PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_OK);
	hello_end(&h);
}

static void master_parameters_that_are_none_are_refused(void **state)
{
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS good = {.prfHashMechanism = CKM_SHA256}, p;
	CK_MECHANISM m = {CKM_TLS12_MASTER_KEY_DERIVE, &p, sizeof(p)};
	struct hello h;

	(void)state;
	hello_start(&h, CLIENT, SERVER, &good.RandomInfo);
	p = good;
	for (m.ulParameterLen = 0; m.ulParameterLen < sizeof(p); m.ulParameterLen += 8)
		assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	m.ulParameterLen = sizeof(p);
	p.prfHashMechanism = CKM_SHA256_HMAC;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.RandomInfo.ulClientRandomLen = 31;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.RandomInfo.pServerRandom = NULL;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	hello_end(&h);
}

static void an_extended_master_secret_needs_its_hash(void **state)
{
	unsigned char hash[32] = {0};
	CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p = {CKM_SHA256, hash, 0, NULL};
	const CK_MECHANISM m = {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &p, sizeof(p)};

	(void)state;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
	p.ulSessionHashLen = sizeof(hash);
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_OK);
	p.pSessionHash = NULL;
	assert_int_equal(derive_master(&m, PRE_MASTER, CKK_GENERIC_SECRET, 0), CKR_MECHANISM_PARAM_INVALID);
}

/* §6.40.4: it may make keys of TLS and nothing else. */
static void a_master_secret_of_tls_1_2_is_for_tls_alone(void **state)
{
	static const CK_MECHANISM_TYPE less = CKM_TLS_MAC, other = CKM_EXTRACT_KEY_FROM_KEY;
	CK_TLS12_MASTER_KEY_DERIVE_PARAMS p = {.prfHashMechanism = CKM_SHA256};
	const CK_MECHANISM m = {CKM_TLS12_MASTER_KEY_DERIVE_DH, &p, sizeof(p)};
	const struct mech_row *row = mech_find(m.mechanism);
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, PRE_MASTER);
	struct attr_list key = {0};
	struct bytes allowed = {0};
	struct hello h;

	(void)state;
	hello_start(&h, CLIENT, SERVER, &p.RandomInfo);
	assert_int_equal(row->derive->key(harness_env(), row, &m, base, &key), CKR_OK);
	assert_true(attr_list_get(&key, CKA_ALLOWED_MECHANISMS, &allowed) && allowed.len == 6 * sizeof(CK_MECHANISM_TYPE));
	assert_int_equal(attr_list_set(&key, CKA_ALLOWED_MECHANISMS, bytes_of(&less, sizeof(less))), CKR_OK);
	assert_int_equal(row->derive->key(harness_env(), row, &m, base, &key), CKR_OK);
	assert_true(attr_list_get(&key, CKA_ALLOWED_MECHANISMS, &allowed) && allowed.len == sizeof(less));
	assert_int_equal(attr_list_set(&key, CKA_ALLOWED_MECHANISMS, bytes_of(&other, sizeof(other))), CKR_OK);
	assert_int_equal(row->derive->key(harness_env(), row, &m, base, &key), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&key);
	mech_key_free(base);
	hello_end(&h);
}

/* ---- key blocks ---------------------------------------------------------------------------- */

/* The keys that a call has made, in order. */
static struct made {
	struct attr_list keys[4];
	CK_OBJECT_HANDLE_PTR places[4];
	CK_ULONG types[4]; /* of the templates; CK_UNAVAILABLE_INFORMATION: the call's own */
	size_t count;
} made;

static CK_RV add_key(CK_ULONG type, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	assert_true(made.count < array_len(made.keys));
	made.types[made.count] = type;
	made.places[made.count] = place;
	*ret = &made.keys[made.count++];
	return CKR_OK;
}

static CK_RV more_key(void *arg, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	(void)arg;
	assert_true(count > 2 && template[1].type == CKA_KEY_TYPE);
	return add_key(*(CK_KEY_TYPE *)template[1].pValue, place, ret);
}

static CK_RV same_key(void *arg, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	(void)arg;
	return add_key(CK_UNAVAILABLE_INFORMATION, place, ret);
}

static void forget_keys(void)
{
	for (size_t i = 0; i < made.count; i++)
		attr_list_free(&made.keys[i]);
	made = (struct made){0};
}

static CK_RV derive_keys(const CK_MECHANISM *m, const char *base_hex)
{
	const struct mech_row *row = mech_find(m->mechanism);
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, base_hex);
	struct mech_env env = *harness_env();
	struct attr_list own = {0};

	env.more_key = more_key;
	env.same_key = same_key;
	CK_RV rv = row->derive->key(&env, row, m, base, &own);
	attr_list_free(&own);
	mech_key_free(base);
	return rv;
}

static void check_key(size_t i, const unsigned char *at, size_t len, CK_ULONG type, CK_OBJECT_HANDLE_PTR place)
{
	struct bytes value = {0};

	assert_true(attr_list_get(&made.keys[i], CKA_VALUE, &value));
	assert_int_equal(value.len, len);
	assert_memory_equal(value.data, at, len);
	assert_int_equal(made.types[i], type);
	assert_ptr_equal(made.places[i], place);
}

static void known_key_blocks(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type, hash;
		const char *block;
	} rows[] = {
		{CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_SHA256, BLOCK_1_2},
		{CKM_TLS_KEY_AND_MAC_DERIVE, 0, BLOCK_1_0},
		{CKM_SSL3_KEY_AND_MAC_DERIVE, 0, BLOCK_SSL3},
		{CKM_TLS12_KEY_SAFE_DERIVE, CKM_SHA256, BLOCK_1_2},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned char iv[2][16] = {{0}};
		CK_SSL3_KEY_MAT_OUT out = {1, 2, 3, 4, iv[0], iv[1]};
		CK_TLS12_KEY_MAT_PARAMS p = {160, 128, 128, CK_FALSE, {0}, &out, rows[i].hash};
		const CK_MECHANISM m = {rows[i].type, &p, rows[i].hash != 0 ? sizeof(p) : sizeof(CK_SSL3_KEY_MAT_PARAMS)};
		struct buf block = harness_hex(rows[i].block);
		const unsigned char none[16] = {0};
		bool safe = rows[i].type == CKM_TLS12_KEY_SAFE_DERIVE;
		struct hello h;

		hello_start(&h, CLIENT_2, SERVER_2, &p.RandomInfo);
		assert_int_equal(derive_keys(&m, MASTER), CKR_OK);
		assert_int_equal(made.count, 4);
		check_key(0, block.data, 20, CKK_GENERIC_SECRET, &out.hClientMacSecret);
		check_key(1, block.data + 20, 20, CKK_GENERIC_SECRET, &out.hServerMacSecret);
		check_key(2, block.data + 40, 16, CK_UNAVAILABLE_INFORMATION, &out.hClientKey);
		check_key(3, block.data + 56, 16, CK_UNAVAILABLE_INFORMATION, &out.hServerKey);
		assert_memory_equal(iv[0], safe ? none : block.data + 72, 16);
		assert_memory_equal(iv[1], safe ? none : block.data + 88, 16);
		forget_keys();
		hello_end(&h);
		buf_free(&block);
	}
}

/* Suites with authenticated encryption have no MAC keys. */
static void keys_of_no_bits_are_not_made(void **state)
{
	unsigned char iv[2][4] = {{0}};
	CK_SSL3_KEY_MAT_OUT out = {1, 2, 3, 4, iv[0], iv[1]};
	CK_TLS12_KEY_MAT_PARAMS p = {0, 128, 32, CK_FALSE, {0}, &out, CKM_SHA256};
	const CK_MECHANISM m = {CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof(p)};
	struct buf block = harness_hex(BLOCK_1_2);
	struct hello h;

	(void)state;
	hello_start(&h, CLIENT_2, SERVER_2, &p.RandomInfo);
	assert_int_equal(derive_keys(&m, MASTER), CKR_OK);
	assert_int_equal(made.count, 2);
	check_key(0, block.data, 16, CK_UNAVAILABLE_INFORMATION, &out.hClientKey);
	assert_memory_equal(iv[0], block.data + 32, 4);
	assert_memory_equal(iv[1], block.data + 36, 4);
	assert_true(out.hClientMacSecret == CK_INVALID_HANDLE && out.hServerMacSecret == CK_INVALID_HANDLE);
	forget_keys();
	hello_end(&h);
	buf_free(&block);
}

static void key_blocks_that_are_none_are_refused(void **state)
{
	unsigned char iv[2][16];
	CK_SSL3_KEY_MAT_OUT out = {0, 0, 0, 0, iv[0], iv[1]};
	static const struct {
		CK_ULONG mac, key, vector;
		CK_BBOOL export;
		CK_MECHANISM_TYPE hash;
		CK_ULONG client_len;
	} bad[] = {
		{161, 128, 128, CK_FALSE, CKM_SHA256, 32}, {160, 127, 128, CK_FALSE, CKM_SHA256, 32}, {160, 128, 4, CK_FALSE, CKM_SHA256, 32},
		{520, 128, 128, CK_FALSE, CKM_SHA256, 32}, {160, 520, 128, CK_FALSE, CKM_SHA256, 32}, {160, 128, 136, CK_FALSE, CKM_SHA256, 32},
		{160, 128, 128, CK_TRUE, CKM_SHA256, 32},  {160, 128, 128, CK_FALSE, CKM_AES_CBC, 32}, {160, 128, 128, CK_FALSE, CKM_SHA256, 33},
		{0, 0, 128, CK_FALSE, CKM_SHA256, 32},     {160, 0, 128, CK_FALSE, CKM_SHA256, 32},   {0, 0, 0, CK_FALSE, CKM_SHA256, 32},
	};
	struct hello h;
	CK_SSL3_RANDOM_DATA r;

	(void)state;
	hello_start(&h, CLIENT_2 "00", SERVER_2, &r);
	for (size_t i = 0; i < array_len(bad); i++) {
		CK_TLS12_KEY_MAT_PARAMS p = {bad[i].mac, bad[i].key, bad[i].vector, bad[i].export, r, &out, bad[i].hash};
		const CK_MECHANISM m = {CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof(p)};

		p.RandomInfo.ulClientRandomLen = bad[i].client_len;
		assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	}
	assert_int_equal(made.count, 0);
	hello_end(&h);
}

static void key_blocks_without_a_place_are_refused(void **state)
{
	unsigned char iv[2][16];
	CK_SSL3_KEY_MAT_OUT out = {0, 0, 0, 0, iv[0], iv[1]}, no_place = {0};
	CK_TLS12_KEY_MAT_PARAMS p = {160, 128, 128, CK_FALSE, {0}, NULL, CKM_SHA256};
	CK_MECHANISM m = {CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof(p)};
	struct hello h;

	(void)state;
	hello_start(&h, CLIENT_2, SERVER_2, &p.RandomInfo);
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	p.pReturnedKeyMaterial = &no_place;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	p.pReturnedKeyMaterial = &out;
	assert_int_equal(derive_keys(&m, SHORT_PRE_MASTER), CKR_KEY_SIZE_RANGE);
	m.ulParameterLen = sizeof(CK_SSL3_KEY_MAT_PARAMS);
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	hello_end(&h);
}

/* ---- exporters and the bare function ------------------------------------------------------- */

static CK_RV export_with(CK_MECHANISM_TYPE hash, const char *label, void *context, CK_ULONG context_len, CK_ULONG len, struct buf *ret)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, MASTER);
	CK_TLS_KDF_PARAMS p = {hash, (CK_BYTE_PTR)(uintptr_t)label, strlen(label), {0}, context, context_len};
	const CK_MECHANISM m = {CKM_TLS_KDF, &p, sizeof(p)};
	struct hello h;

	hello_start(&h, CLIENT, SERVER, &p.RandomInfo);
	CK_RV rv = kit_derive(&m, base, len, ret);
	mech_key_free(base);
	hello_end(&h);
	return rv;
}

static void known_exports(void **state)
{
	static char abc[] = "abc";
	static const struct {
		CK_MECHANISM_TYPE hash;
		char *context;
		CK_ULONG context_len;
		const char *right;
	} rows[] = {
		{CKM_SHA256, NULL, 0, "399fc960b35ecd7c9ebccc59ba27a61e3f1654738926285eb051ad0a843371e853a137cc99862192"},
		{CKM_SHA256, abc, 3, "7f354bb5d372d1d9add220b5d09e8f45cc8e38eb641d8805a46c2c5501c317792bd3b53ba8bcfa01"},
		{CKM_SHA256, abc, 0, "83ab64e9dc7447cc125e918954d029a4770267a7d8656a3284764166e7a5ec231802613180caa355"},
		{CKM_TLS_PRF, NULL, 0, "43283cd5dee0376113b60a865bebf5f657cd7f540f2b10d1c1c060ee995ca5556800f724a4d02b48"},
	};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf right = harness_hex(rows[i].right);

		assert_int_equal(export_with(rows[i].hash, "EXPORTER_x", rows[i].context, rows[i].context_len, 40, &got), CKR_OK);
		assert_int_equal(got.len, right.len);
		assert_memory_equal(got.data, right.data, right.len);
		buf_free(&right);
	}
	assert_int_equal(export_with(CKM_SHA256, "EXPORTER_x", NULL, 0, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(export_with(CKM_SHA256, "", NULL, 0, 40, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(export_with(CKM_SHA256, "EXPORTER_x", NULL, 1, 40, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(export_with(CKM_SHA256, "EXPORTER_x", abc, 1 << 20, 40, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(export_with(CKM_SHA256_HMAC, "EXPORTER_x", NULL, 0, 40, &got), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&got);
}

static void the_bare_function_gives_bytes(void **state)
{
	unsigned char out[50], label[] = "a label", seed[] = "a seed";
	CK_ULONG len = sizeof(out);
	const CK_TLS_PRF_PARAMS good = {seed, 6, label, 7, out, &len};
	CK_TLS_PRF_PARAMS p = good;
	const CK_MECHANISM m = {CKM_TLS_PRF, &p, sizeof(p)};
	struct buf right = harness_hex("7dfd0191522a641a7787a483b18be842669daf385df1ba201052f4717f58b5a3dcded66da5178b52fe51884b6e2ca3ec41ec");

	(void)state;
	assert_int_equal(derive_keys(&m, MASTER), CKR_OK);
	assert_memory_equal(out, right.data, sizeof(out));
	len = 0;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	len = (CK_ULONG)-1;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	len = sizeof(out);
	p.pulOutputLen = NULL;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.pOutput = NULL;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.pSeed = NULL;
	assert_int_equal(derive_keys(&m, MASTER), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&right);
}

/* ---- pre-master secrets -------------------------------------------------------------------- */

static void pre_master_secrets_begin_with_the_version(void **state)
{
	static const CK_MECHANISM_TYPE types[] = {CKM_SSL3_PRE_MASTER_KEY_GEN, CKM_TLS_PRE_MASTER_KEY_GEN};
	CK_VERSION version = {3, 3};

	(void)state;
	for (size_t i = 0; i < array_len(types); i++) {
		const CK_MECHANISM m = {types[i], &version, sizeof(version)}, none = {types[i], NULL, 0};
		const struct mech_row *row = mech_find(types[i]);
		struct attr_list one = {0}, other = {0};
		struct bytes a = {0}, b = {0};

		assert_int_equal(row->gen->value_len, 48);
		assert_int_equal(row->gen->key(harness_env(), row, &m, &one), CKR_OK);
		assert_int_equal(row->gen->key(harness_env(), row, &m, &other), CKR_OK);
		assert_true(attr_list_get(&one, CKA_VALUE, &a) && attr_list_get(&other, CKA_VALUE, &b));
		assert_true(a.len == 48 && a.data[0] == 3 && a.data[1] == 3 && !bytes_equal(a, b));
		assert_int_equal(row->gen->key(harness_env(), row, &none, &one), CKR_MECHANISM_PARAM_INVALID);
		attr_list_free(&one);
		attr_list_free(&other);
	}
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_master_secrets),
		cmocka_unit_test(known_extended_master_secrets),
		cmocka_unit_test(master_secrets_of_another_form_are_refused),
		cmocka_unit_test(master_parameters_that_are_none_are_refused),
		cmocka_unit_test(an_extended_master_secret_needs_its_hash),
		cmocka_unit_test(a_master_secret_of_tls_1_2_is_for_tls_alone),
		cmocka_unit_test(known_key_blocks),
		cmocka_unit_test(keys_of_no_bits_are_not_made),
		cmocka_unit_test(key_blocks_that_are_none_are_refused),
		cmocka_unit_test(key_blocks_without_a_place_are_refused),
		cmocka_unit_test(known_exports),
		cmocka_unit_test(the_bare_function_gives_bytes),
		cmocka_unit_test(pre_master_secrets_begin_with_the_version),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
