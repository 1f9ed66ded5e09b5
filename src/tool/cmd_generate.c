/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave generate TYPE`: a secret key or a key pair in the token. What the key may do is the module's default
 * for its type; what it may not is in doc/objects.md. */
#include <stdio.h>
#include <string.h>

#include <conclave.h>

#include "args.h"
#include "kinds.h"
#include "object.h"

#define NEW_ID_SIZE 8

/* What TYPE says: a pair on a curve, one of a parameter set or of trees, an RSA pair (none of these), or a secret key. */
struct kind {
	const struct curve *curve;
	const struct parameter_set *set;
	const struct secret_kind *secret;
	struct hss_trees hss; /* no levels: none */
	CK_ULONG bits;
};

static enum status read_kind(const char *word, struct kind *ret)
{
	size_t len = strcspn(word, ":");
	char all[1024];

	*ret = (struct kind){
		.curve = kinds_curve(strncmp(word, "ec:", 3) == 0 ? word + 3 : word),
		.set = kinds_set(word),
		.secret = kinds_secret(word, len),
	};
	if (ret->curve != NULL || ret->set != NULL || kinds_hss(word, &ret->hss))
		return DONE;
	bool sized = ret->secret != NULL || (len == 3 && strncmp(word, "rsa", len) == 0);
	if (sized && word[len] == ':' && args_number(word + len + 1, &ret->bits) && ret->bits > 0 && ret->bits % 8 == 0)
		return DONE;
	kinds_list(all, sizeof(all));
	return complain(USAGE, "'%s' is no type of key; there are %s", word, all);
}

/* A template that grows; values are borrowed. */
struct template {
	CK_ATTRIBUTE attributes[12];
	CK_ULONG count;
};

static void put(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	t->attributes[t->count++] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

static const CK_BBOOL yes = CK_TRUE;

static void put_name(struct template *t, const struct args *a, const unsigned char *id, size_t id_len)
{
	put(t, CKA_TOKEN, &yes, sizeof(yes));
	put(t, CKA_ID, id, id_len);
	if (a->label != NULL)
		put(t, CKA_LABEL, a->label, strlen(a->label));
}

static CK_RV make_pair(struct p11 *p, const struct kind *k, struct template public, struct template private, CK_OBJECT_HANDLE *ret)
{
	static const unsigned char exponent[] = {1, 0, 1};
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;

	if (k->curve != NULL) {
		mechanism.mechanism = k->curve->pair_generation;
		put(&public, CKA_EC_PARAMS, k->curve->params, k->curve->params_len);
	} else if (k->set != NULL) {
		mechanism.mechanism = k->set->pair_generation;
		put(&public, CKA_PARAMETER_SET, &k->set->number, sizeof(k->set->number));
	} else if (k->hss.levels != 0) {
		mechanism.mechanism = CKM_HSS_KEY_PAIR_GEN;
		put(&private, CKA_HSS_LEVELS, &k->hss.levels, sizeof(k->hss.levels));
		put(&private, CKA_HSS_LMS_TYPES, k->hss.trees, k->hss.levels * sizeof(CK_ULONG));
		put(&private, CKA_HSS_LMOTS_TYPES, k->hss.onces, k->hss.levels * sizeof(CK_ULONG));
	} else {
		put(&public, CKA_MODULUS_BITS, &k->bits, sizeof(k->bits));
		put(&public, CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
	}
	return p->fn->C_GenerateKeyPair(p->session, &mechanism, public.attributes, public.count, private.attributes, private.count, &public_key,
	                                ret);
}

static CK_RV make_secret(struct p11 *p, const struct kind *k, struct template secret, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM mechanism = {k->secret->generation, NULL, 0};
	CK_ULONG bytes = k->bits / 8;

	put(&secret, CKA_VALUE_LEN, &bytes, sizeof(bytes));
	return p->fn->C_GenerateKey(p->session, &mechanism, secret.attributes, secret.count, ret);
}

/* The ID that was asked for, or a random one: a pair is held together by it. */
static enum status choose_id(struct p11 *p, const struct args *a, unsigned char id[OBJECT_MAX_ID], size_t *ret_len)
{
	if (a->id == NULL) {
		*ret_len = NEW_ID_SIZE;
		return p11_status(p->fn->C_GenerateRandom(p->session, id, NEW_ID_SIZE), "no random ID");
	}
	if (!args_hex(a->id, id, OBJECT_MAX_ID, ret_len))
		return complain(USAGE, "'%s' is no CKA_ID: pairs of hexadecimal digits, %d at most", a->id, OBJECT_MAX_ID);
	return DONE;
}

enum status cmd_generate(const struct args *a)
{
	p11_scope p = {0};
	struct kind kind;
	struct template template = {0};
	unsigned char id[OBJECT_MAX_ID];
	char shown_id[2 * OBJECT_MAX_ID + 1], shown_kind[64];
	size_t id_len = 0;
	CK_ULONG uses = 0;
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	try(read_kind(a->words[0], &kind));
	if (a->uses != NULL && (!args_number(a->uses, &uses) || uses == 0 || uses == CK_UNAVAILABLE_INFORMATION))
		return complain(USAGE, "'%s' is no number of uses", a->uses);
	try(p11_start(&p, a, true, true));
	try(choose_id(&p, a, id, &id_len));
	put_name(&template, a, id, id_len);
	struct template secret = template;
	if (a->derive)
		put(&secret, CKA_DERIVE, &yes, sizeof(yes));
	if (a->uses != NULL)
		put(&secret, CKA_CONCLAVE_USES_LEFT, &uses, sizeof(uses));
	bool pair = kind.secret == NULL;
	CK_RV rv = pair ? make_pair(&p, &kind, template, secret, &key) : make_secret(&p, &kind, secret, &key);
	try(p11_status(rv, "no %s key", a->words[0]));
	object_kind(&p, key, shown_kind, sizeof(shown_kind));
	object_id(&p, key, shown_id, sizeof(shown_id));
	printf("%s %s, id %s%s%s\n", shown_kind, pair ? "key pair" : "key", shown_id, a->label != NULL ? ", label " : "",
	       a->label != NULL ? a->label : "");
	return DONE;
}
