/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that are none. Every mechanism of the token with its parameter missing, too short, too long and of an absurd
 * length, for every use that it announces; and every member of every structure with values that it must not have:
 * NULL, lengths of nothing, lengths of everything, numbers out of range. What is refused leaves nothing active.
 * Refuses to know what right parameters do. */
#include "parameter_rows.h"

#include "mech/dl_numbers.h"

static CK_BYTE out[8192];

#define ALL (~(CK_ULONG)0)

/* ---- one use of a mechanism ---------------------------------------------------------------------- */

static const struct use {
	CK_FLAGS flag;
	int kind; /* of an Init call, else -1 */
} uses[] = { /* flags of mechanisms, or of parameter_rows.h */
	{CKF_ENCRYPT, ENCRYPT}, {CKF_DECRYPT, DECRYPT}, {CKF_DIGEST, DIGEST}, {CKF_SIGN, SIGN}, {CKF_VERIFY, VERIFY},
	{CKF_SIGN_RECOVER, SIGN_RECOVER}, {CKF_VERIFY_RECOVER, VERIFY_RECOVER}, {CKF_WRAP, -1}, {CKF_UNWRAP, -1}, {CKF_DERIVE, -1},
	{CKF_GENERATE, -1}, {CKF_GENERATE_KEY_PAIR, -1}, {CKF_ENCAPSULATE, -1}, {CKF_DECAPSULATE, -1},
	{CKF_MESSAGE_ENCRYPT, -1}, {CKF_MESSAGE_DECRYPT, -1}, {WRAP_SEALED, -1}, {UNWRAP_SEALED, -1},
};

/* All but those with a parameter of their own kind. */
#define PLAIN_USES (~(CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | WRAP_SEALED | UNWRAP_SEALED))

static CK_RV start_and_cancel(const struct mechanism_case *c, enum kind kind, CK_MECHANISM *m)
{
	CK_RV rv = start_with(sess, kind, m, mechanism_key(c, kind));

	if (rv == CKR_OK)
		assert_ok(p11->C_SessionCancel(sess, kind_flags[kind]));
	return rv;
}

/* Domain parameters; the numbers are those of tests/mech. */
static CK_RV generate_group(CK_MECHANISM *m)
{
	static CK_ULONG bits = 1024;
	CK_BYTE p[128], q[20];
	CK_ATTRIBUTE template[] = {{CKA_PRIME_BITS, &bits, sizeof(bits)}, {CKA_PRIME, p, sizeof(p)}, {CKA_SUBPRIME, q, sizeof(q)}};
	CK_OBJECT_HANDLE group;

	unhex(DL_P, p);
	unhex(DL_Q, q);
	return p11->C_GenerateKey(sess, m, template, m->mechanism == CKM_DSA_FIPS_G_GEN ? 3 : 1, &group);
}

static CK_RV generate(const struct mechanism_case *c, CK_MECHANISM *m)
{
	CK_ULONG length = 24;
	CK_ATTRIBUTE template[] = {{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)}, {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_OBJECT_HANDLE key;

	if (c->type == CKM_DSA_PROBABILISTIC_PARAMETER_GEN || c->type == CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN || c->type == CKM_DSA_FIPS_G_GEN)
		return generate_group(m);
	return p11->C_GenerateKey(sess, m, template, c->family == F_PBKDF2 ? 2 : 0, &key);
}

static CK_RV derive(const struct mechanism_case *c, CK_MECHANISM *m)
{
	CK_OBJECT_CLASS derived = c->family == F_HKDF_DATA ? CKO_DATA : CKO_SECRET_KEY;
	CK_ULONG length = 16;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &derived, sizeof(derived)}, {CKA_VALUE_LEN, &length, sizeof(length)},
	                           {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)}};
	CK_OBJECT_HANDLE key;
	CK_ULONG count = c->family == F_PUBLIC_HALF ? 0 : c->type == CKM_IKE1_PRF_DERIVE ? 3 : 2; /* of that one it has to say the type */

	return p11->C_DeriveKey(sess, m, mechanism_key(c, DECRYPT), template, count, &key);
}

/* A message of 32 bytes, which nobody encrypted. */
static CK_RV message(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_MECHANISM process = {c->type, NULL, 0};
	bool encrypts = u->flag == CKF_MESSAGE_ENCRYPT;
	CK_ULONG room = sizeof(out);
	CK_RV rv;

	assert_ok(encrypts ? p11->C_MessageEncryptInit(sess, &process, mechanism_key(c, ENCRYPT))
	                   : p11->C_MessageDecryptInit(sess, &process, mechanism_key(c, DECRYPT)));
	rv = encrypts ? p11->C_EncryptMessage(sess, m->pParameter, m->ulParameterLen, NULL, 0, unconst(pattern), 32, out, &room)
	              : p11->C_DecryptMessage(sess, m->pParameter, m->ulParameterLen, NULL, 0, unconst(pattern), 32, out, &room);
	assert_ok(p11->C_SessionCancel(sess, u->flag));
	return rv;
}

static CK_RV wrap(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_OBJECT_HANDLE target = make_key(sess, CKK_AES, pattern, 32, NULL, 0);
	CK_ULONG room = sizeof(out);

	return u->flag == CKF_WRAP ? p11->C_WrapKey(sess, m, mechanism_key(c, ENCRYPT), target, out, &room)
	                           : p11->C_WrapKeyAuthenticated(sess, m, mechanism_key(c, ENCRYPT), target, NULL, 0, out, &room);
}

static CK_RV unwrap(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_ULONG size = 32;
	CK_ATTRIBUTE wrapped[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                          {CKA_VALUE_LEN, &size, sizeof(size)}};
	CK_OBJECT_HANDLE by = mechanism_key(c, DECRYPT), key;

	return u->flag == CKF_UNWRAP ? p11->C_UnwrapKey(sess, m, by, out, 48, wrapped, 3, &key)
	                             : p11->C_UnwrapKeyAuthenticated(sess, m, by, out, 32, wrapped, 3, NULL, 0, &key);
}

static CK_RV encapsulate(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_ULONG length = 16, room = sizeof(out);
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_ULONG count = c->family == F_ML_KEM ? 2 : 3;
	CK_OBJECT_HANDLE key;

	return u->flag == CKF_ENCAPSULATE ? p11->C_EncapsulateKey(sess, m, mechanism_key(c, ENCRYPT), template, count, out, &room, &key)
	                                  : p11->C_DecapsulateKey(sess, m, mechanism_key(c, DECRYPT), template, count, out, 768, &key);
}

static CK_RV use_with(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_OBJECT_HANDLE key, other;

	if (u->kind >= 0)
		return start_and_cancel(c, (enum kind)u->kind, m);
	switch (u->flag) {
	case CKF_WRAP:
	case WRAP_SEALED:
		return wrap(c, u, m);
	case CKF_UNWRAP:
	case UNWRAP_SEALED:
		return unwrap(c, u, m);
	case CKF_DERIVE:
		return derive(c, m);
	case CKF_GENERATE:
		return generate(c, m);
	case CKF_GENERATE_KEY_PAIR:
		return p11->C_GenerateKeyPair(sess, m, NULL, 0, NULL, 0, &key, &other);
	case CKF_ENCAPSULATE:
	case CKF_DECAPSULATE:
		return encapsulate(c, u, m);
	default:
		return message(c, u, m);
	}
}

static CK_FLAGS flags_of(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	assert_ok(p11->C_GetMechanismInfo(slot, type, &info));
	return info.flags;
}

static bool applies(const struct mechanism_case *c, const struct use *u, CK_FLAGS only)
{
	CK_FLAGS flags = flags_of(c->type);

	if (flags & CKF_MESSAGE_ENCRYPT)
		flags |= WRAP_SEALED | UNWRAP_SEALED;
	return (flags & u->flag & only) != 0;
}

static void expect_all(const struct mechanism_case *c, CK_MECHANISM *m, CK_FLAGS only, CK_RV expected, const char *what)
{
	for (size_t i = 0; i < COUNT(uses); i++) {
		if (!applies(c, &uses[i], only))
			continue;
		CK_RV rv = use_with(c, &uses[i], m);
		if (rv != expected)
			fail_msg("%s, use 0x%lx, %s: %s, not %s", c->name, uses[i].flag, what, rv_text(rv), rv_text(expected));
	}
}

/* ---- the size of the parameter --------------------------------------------------------------------- */

/* Where a parameter of another length may be right, too: a public value, a peer's number. */
static bool any_size(const struct mechanism_case *c)
{
	return c->type == CKM_DH_PKCS_DERIVE;
}

/* Mechanisms whose parameter may be left out. */
static bool optional(const struct mechanism_case *c)
{
	return c->family == F_AES_KEY_WRAP || c->family == F_AES_KEY_WRAP_PAD;
}

static void check_none(const struct mechanism_case *c)
{
	static const CK_ULONG sizes[] = {1, ALL};
	CK_BYTE byte = 0;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		CK_MECHANISM m = {c->type, &byte, sizes[i]}, nowhere = {c->type, NULL, sizes[i]};

		expect_all(c, &m, PLAIN_USES, CKR_MECHANISM_PARAM_INVALID, "a parameter where there is none");
		expect_all(c, &nowhere, PLAIN_USES, CKR_MECHANISM_PARAM_INVALID, "a length where there is no parameter");
	}
}

static void check_sizes(const struct mechanism_case *c, const CK_MECHANISM *right)
{
	const CK_ULONG sizes[] = {0, right->ulParameterLen - 1, right->ulParameterLen + 1, ALL};
	CK_MECHANISM m = {c->type, NULL, right->ulParameterLen};

	expect_all(c, &m, PLAIN_USES, CKR_MECHANISM_PARAM_INVALID, "NULL with a length");
	m.ulParameterLen = 0;
	if (!optional(c))
		expect_all(c, &m, PLAIN_USES, CKR_MECHANISM_PARAM_INVALID, "NULL");
	for (size_t i = 0; i < COUNT(sizes); i++) {
		/* Exactly as long as it is, so that a sanitizer sees what is read beyond. */
		CK_BYTE *copy = malloc(right->ulParameterLen);

		assert_non_null(copy);
		memcpy(copy, right->pParameter, right->ulParameterLen);
		m = (CK_MECHANISM){c->type, copy, sizes[i]};
		expect_all(c, &m, PLAIN_USES, CKR_MECHANISM_PARAM_INVALID, "another size");
		free(copy);
	}
}

static void the_size_must_be_right(void **state)
{
	size_t with = 0, without = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];

		if (!has_mechanism(c->type) || any_size(c))
			continue;
		CK_MECHANISM m = *mechanism_of(c);
		if (m.ulParameterLen == 0)
			check_none(c);
		else
			check_sizes(c, &m);
		with += m.ulParameterLen > 0;
		without += m.ulParameterLen == 0;
	}
	print_message("# %zu mechanisms with a parameter, %zu without\n", with, without);
	assert_true(with > 40 && without > 40);
}

/* ---- members ---------------------------------------------------------------------------------------- */

/* A mechanism with one of the structures that it takes. */
struct pairing {
	const struct mechanism_case *c;
	char structure[64];
};

/* A parameter in memory of exactly its size, with copies of what it points to on the way to a member. */
struct changed {
	CK_BYTE *parameter, *behind[2];
};

static CK_BYTE *exact_copy(const void *of, size_t size)
{
	CK_BYTE *copy = malloc(size);

	assert_non_null(copy);
	return memcpy(copy, of, size);
}

static struct changed change(const void *right, size_t size, const struct parameter_row *r)
{
	struct changed made = {.parameter = exact_copy(right, size)};
	CK_BYTE *at = made.parameter;

	for (size_t i = 0; i < COUNT(r->via) && r->via[i].size > 0; i++) {
		void *next;

		memcpy(&next, at + r->via[i].at, sizeof(next));
		made.behind[i] = exact_copy(next, r->via[i].size);
		memcpy(at + r->via[i].at, &made.behind[i], sizeof(made.behind[i]));
		at = made.behind[i];
	}
	memcpy(at + r->offset, &r->value, r->size);
	return made;
}

static void release(struct changed *made)
{
	free(made->behind[0]);
	free(made->behind[1]);
	free(made->parameter);
}

/* With a right parameter a use gets further than to the parameter. */
static void check_base(const struct mechanism_case *c, CK_MECHANISM *m, CK_FLAGS only)
{
	size_t applied = 0;

	for (size_t i = 0; i < COUNT(uses); i++) {
		if (!applies(c, &uses[i], only))
			continue;
		CK_RV rv = use_with(c, &uses[i], m);
		applied++;
		if (rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_KEY_HANDLE_INVALID)
			fail_msg("%s, use 0x%lx: the test's own parameter: %s", c->name, uses[i].flag, rv_text(rv));
	}
	if (applied == 0)
		fail_msg("%s has none of the uses 0x%lx", c->name, only);
}

static bool is_of(const struct parameter_row *r, const struct pairing *p)
{
	return strcmp(r->structure, p->structure) == 0 && (r->type == 0 || r->type == p->c->type);
}

static void check_row(const struct pairing *p, const struct parameter_row *r, const void *right, size_t size, CK_FLAGS only)
{
	struct changed made = change(r->base != NULL ? r->base : right, size, r);
	CK_MECHANISM m = {p->c->type, made.parameter, size};
	char what[160];

	snprintf(what, sizeof(what), "%s.%s = 0x%lx", r->structure, r->member, r->value);
	expect_all(p->c, &m, r->only != 0 ? r->only : only, r->expected != CKR_OK ? r->expected : CKR_MECHANISM_PARAM_INVALID, what);
	release(&made);
}

static size_t check_rows(const struct pairing *p)
{
	const struct parameter_base *base = parameter_base_of(p->structure, p->c->type);
	CK_MECHANISM usual = *mechanism_of(p->c);
	size_t size = base != NULL ? base->size : usual.ulParameterLen, checked = 0;
	CK_BYTE *right = exact_copy(base != NULL ? base->right : usual.pParameter, size);
	CK_FLAGS only = base != NULL ? base->uses : PLAIN_USES;

	check_base(p->c, &(CK_MECHANISM){p->c->type, right, size}, only);
	for (size_t i = 0; i < parameter_row_count; i++) {
		if (!is_of(&parameter_rows[i], p))
			continue;
		check_row(p, &parameter_rows[i], right, size, only);
		checked++;
	}
	free(right);
	return checked;
}

/* Has the size of its successor, and is not told from it. */
#define PREDECESSOR "CK_PKCS5_PBKD2_PARAMS"

/* What the standard's table does not say. */
static const char *untold(CK_MECHANISM_TYPE type)
{
	return type == CKM_SHA512_T_KEY_DERIVATION ? "CK_MAC_GENERAL_PARAMS" : "";
}

/* Calls fn for each structure that a text names. */
static void each_structure(const struct mechanism_case *c, const char *text, void (*fn)(const struct pairing *p, size_t *count), size_t *count)
{
	struct pairing p = {.c = c};
	size_t length;

	for (const char *at = strstr(text, "CK_"); at != NULL; at = strstr(at + length, "CK_")) {
		length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
		snprintf(p.structure, sizeof(p.structure), "%.*s", (int)length, at);
		if (strcmp(p.structure, PREDECESSOR) != 0)
			fn(&p, count);
	}
}

/* For each mechanism of the token with each structure that the standard's table gives it. */
static size_t each_pairing(void (*fn)(const struct pairing *p, size_t *count))
{
	size_t count = 0;

	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];
		struct stated stated;

		if (!has_mechanism(c->type) || !mechanism_stated(c->name, &stated))
			continue;
		each_structure(c, stated.parameter, fn, &count);
		each_structure(c, untold(c->type), fn, &count);
	}
	return count;
}

static void try_members(const struct pairing *p, size_t *count)
{
	*count += check_rows(p);
}

static void members_out_of_range_are_refused(void **state)
{
	(void)state;
	size_t checked = each_pairing(try_members);
	print_message("# %zu values of members\n", checked);
	assert_true(checked > 800);
}

/* ---- nothing is left out ------------------------------------------------------------------------------ */

/* The standard's table of structures, as text. */
static char *structures;

static void read_structures(void)
{
	const char *root = getenv("CONCLAVE_SOURCE_ROOT");
	char path[4096];
	size_t room = 1 << 20;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/spec/structs.tsv", root && *root ? root : TEST_SOURCE_ROOT);
	file = fopen(path, "r");
	assert_non_null(file);
	structures = calloc(1, room);
	assert_non_null(structures);
	assert_true(fread(structures, 1, room - 1, file) > 0);
	fclose(file);
}

/* Its members, "CK_ULONG ulCounterBits; CK_BYTE[16] cb". false: it is no structure. */
static bool find_members(const char *structure, char *ret, size_t room)
{
	char start[96], kind[32];
	const char *at;

	snprintf(start, sizeof(start), "\n%s\t", structure);
	at = strstr(structures, start);
	if (at == NULL || sscanf(at + strlen(start), "%31[^\t]\t%*[^\t]\t%*[^\t]\t", kind) != 1 || strcmp(kind, "struct") != 0)
		return false;
	at += strlen(start);
	for (int i = 0; i < 3; i++)
		at = strchr(at, '\t') + 1;
	snprintf(ret, room, "%.*s", (int)strcspn(at, "\t\n"), at);
	return true;
}

static bool has_row(const struct pairing *p, const char *member)
{
	for (size_t i = 0; i < parameter_row_count; i++) {
		if (is_of(&parameter_rows[i], p) && strcmp(parameter_rows[i].member, member) == 0)
			return true;
	}
	for (size_t i = 0; i < parameter_free_count; i++) {
		const struct parameter_free *f = &parameter_free[i];

		if (strcmp(f->structure, p->structure) == 0 && strcmp(f->member, member) == 0 && (f->type == 0 || f->type == p->c->type))
			return true;
	}
	return false;
}

#define PATH_ROOM 128

static void join(char *ret, const char *before, const char *behind)
{
	size_t first = strlen(before), second = strlen(behind);

	assert_true(first + second < PATH_ROOM);
	memcpy(ret, before, first);
	memcpy(ret + first, behind, second + 1);
}

/* What a pointer without type leads to; a name in spec/structs.tsv for each kind. */
static const struct {
	const char *structure, *member, *there;
} untyped[] = {
	{"CK_PRF_DATA_PARAM", "pValue", "CK_SP800_108_COUNTER_FORMAT"},
	{"CK_PRF_DATA_PARAM", "pValue", "CK_SP800_108_DKM_LENGTH_FORMAT"},
};

static void demand_members(const struct pairing *p, const char *structure, const char *before, size_t *count);

/* The structure in or behind a member, with members of its own: those of templates and versions have no wrong values of
 * their own here. */
static void demand_inner(const struct pairing *p, const char *structure, const char *type, const char *name, const char *member, size_t *count)
{
	char inner[64], path[PATH_ROOM];
	size_t length = strlen(type);
	bool pointer = length > 4 && strcmp(type + length - 4, "_PTR") == 0;

	snprintf(inner, sizeof(inner), "%.*s", (int)(pointer ? length - 4 : length), type);
	join(path, member, pointer ? "->" : ".");
	if (strcmp(inner, "CK_VERSION") != 0 && strcmp(inner, "CK_ATTRIBUTE") != 0)
		demand_members(p, inner, path, count);
	for (size_t i = 0; i < COUNT(untyped); i++) {
		join(path, member, "->");
		if (strcmp(untyped[i].structure, structure) == 0 && strcmp(untyped[i].member, name) == 0)
			demand_members(p, untyped[i].there, path, count);
	}
}

static bool is_embedded(const char *type)
{
	char members[2048];

	return find_members(type, members, sizeof(members));
}

static void demand_members(const struct pairing *p, const char *structure, const char *before, size_t *count)
{
	char members[2048], *rest = members, *one;

	if (!find_members(structure, members, sizeof(members)))
		return;
	while ((one = strsep(&rest, ";")) != NULL) {
		char type[64], name[64], path[PATH_ROOM];

		assert_int_equal(sscanf(one, " %63s %63s", type, name), 2);
		join(path, before, name);
		if (!is_embedded(type)) {
			(*count)++;
			if (!has_row(p, path))
				fail_msg("%s: no row changes %s.%s", p->c->name, p->structure, path);
		}
		demand_inner(p, structure, type, name, path, count);
	}
}

static void demand_rows(const struct pairing *p, size_t *count)
{
	char members[2048];

	if (find_members(p->structure, members, sizeof(members))) {
		demand_members(p, p->structure, "", count);
		return;
	}
	(*count)++;
	if (!has_row(p, ""))
		fail_msg("%s: no row changes its %s", p->c->name, p->structure);
}

static void every_member_of_every_structure_is_tried(void **state)
{
	(void)state;
	read_structures();
	size_t found = each_pairing(demand_rows);
	print_message("# %zu members of structures of mechanisms\n", found);
	assert_true(found > 300);
	free(structures);
}

/* A row for nothing is a mistake in its name. */
static bool used[1024];

static void count_uses(const struct pairing *p, size_t *count)
{
	for (size_t i = 0; i < parameter_row_count; i++) {
		if (is_of(&parameter_rows[i], p))
			used[i] = true;
	}
	(*count)++;
}

static void every_row_is_for_some_mechanism(void **state)
{
	(void)state;
	assert_true(each_pairing(count_uses) > 80);
	for (size_t i = 0; i < parameter_row_count; i++) {
		const struct parameter_row *r = &parameter_rows[i];

		if (!used[i] && (r->type == 0 || has_mechanism(r->type)))
			fail_msg("the row %s.%s = 0x%lx is no mechanism's", r->structure, r->member, r->value);
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(the_size_must_be_right),
		WITH_KEYS(members_out_of_range_are_refused),
		WITH_KEYS(every_member_of_every_structure_is_tried),
		WITH_KEYS(every_row_is_for_some_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
