/* SPDX-License-Identifier: Apache-2.0 */
/* The language of policies: one row for each setting, applied in the order in which they are written, so that a later one
 * wins. A name that the standard does not have is a mistake and never passed over: a policy with a gap is none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "core/policy.h"
#include "crypto/pkey_curve.h"

#define BLANKS " \t,"
#define MAX_WORD 80

struct setting;
/* One word of a list, or the whole value. */
typedef CK_RV setting_fn(struct policy *p, const struct setting *s, const char *word, const char *where);

struct setting {
	const char *name;
	setting_fn *set;
	bool list;      /* set is called for each word */
	size_t argument;
	void (*begin)(struct policy *p); /* before a list's first word */
};

static CK_RV mistake(const struct setting *s, const char *word, const char *where, const char *why)
{
	return fail(CKR_FUNCTION_FAILED, "%s: %s: '%s' %s", where, s->name, word, why);
}

/* ---- mechanisms ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	CK_FLAGS flags;
} uses[] = {
	{"encrypt", CKF_ENCRYPT | CKF_MESSAGE_ENCRYPT},
	{"decrypt", CKF_DECRYPT | CKF_MESSAGE_DECRYPT},
	{"digest", CKF_DIGEST},
	{"sign", CKF_SIGN | CKF_SIGN_RECOVER | CKF_MESSAGE_SIGN},
	{"verify", CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_MESSAGE_VERIFY},
	{"generate", CKF_GENERATE | CKF_GENERATE_KEY_PAIR},
	{"wrap", CKF_WRAP},
	{"unwrap", CKF_UNWRAP},
	{"derive", CKF_DERIVE},
	{"encapsulate", CKF_ENCAPSULATE},
	{"decapsulate", CKF_DECAPSULATE},
};

/* "sign+verify"; no text is all. */
static bool read_uses(char *text, CK_FLAGS *ret)
{
	const char *word;

	*ret = text == NULL ? ~(CK_FLAGS)0 : 0;
	while ((word = strsep(&text, "+")) != NULL) {
		size_t i = 0;
		while (i < array_len(uses) && strcmp(uses[i].name, word) != 0)
			i++;
		if (i == array_len(uses))
			return false;
		*ret |= uses[i].flags;
	}
	return true;
}

struct pattern {
	const char *name;
	bool is_number;
	CK_MECHANISM_TYPE number;
};

static struct pattern read_pattern(const char *text)
{
	struct pattern p = {.name = strncmp(text, "CKM_", 4) == 0 ? text + 4 : text};
	char *end = NULL;

	p.number = strtoul(text, &end, 16);
	p.is_number = strncmp(text, "0x", 2) == 0 && *end == '\0';
	return p;
}

/* A star stands for any text. C_Initialize asks this some 20,000 times, which is too much for fnmatch. */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL, *from = name;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star + 1;
			name = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static bool fits(const struct pattern *p, CK_MECHANISM_TYPE type, const char *name)
{
	return p->is_number ? p->number == type : matches(p->name, name + strlen("CKM_"));
}

static void permit(struct policy *p, size_t i, CK_FLAGS flags, bool allow)
{
	if (i >= POLICY_MECHANISMS)
		return;
	if (allow)
		p->uses[i] |= flags;
	else
		p->uses[i] &= ~flags;
}

/* Numbers are for mechanisms that the standard does not have. A name may be of one that this build does not have. */
static CK_RV set_mechanism(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	char text[MAX_WORD], *rest = text;
	CK_MECHANISM_TYPE type = 0;
	CK_FLAGS flags = 0;
	const char *name;

	memcpy(text, word, strlen(word) + 1);
	struct pattern pattern = read_pattern(strsep(&rest, ":"));
	bool known = pattern.is_number;
	if (!read_uses(rest, &flags))
		return mistake(s, word, where, "names a use that there is not");
	if (pattern.is_number)
		permit(p, mech_index(pattern.number), flags, s->argument != 0);
	for (size_t i = 0; !pattern.is_number && (name = mech_name_at(i, &type)) != NULL; i++) {
		if (!fits(&pattern, type, name))
			continue;
		known = true;
		permit(p, mech_index(type), flags, s->argument != 0);
	}
	return known ? CKR_OK : mistake(s, word, where, "is no mechanism of the standard");
}

/* ---- curves, digests ----------------------------------------------------------------------- */

static void no_curves(struct policy *p)
{
	memset(p->curves, 0, sizeof(p->curves));
}

static CK_RV set_curve(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	const struct pkey_curve *wanted = pkey_curve_by_name(bytes_of(word, strlen(word)));
	bool all = strcmp(word, "*") == 0;

	if (wanted == NULL && !all)
		return mistake(s, word, where, "is no curve that the token has");
	for (size_t i = 0; i < POLICY_CURVES; i++)
		p->curves[i] |= all || pkey_curve_at(i) == wanted;
	return CKR_OK;
}

static void no_digests(struct policy *p)
{
	p->digest_count = 0;
}

static CK_RV set_digest(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	struct pattern pattern = read_pattern(word);
	CK_MECHANISM_TYPE type = 0;
	const char *name;

	if (strcmp(word, "*") == 0)
		return CKR_OK;
	for (size_t i = 0; (name = mech_name_at(i, &type)) != NULL; i++) {
		if (!fits(&pattern, type, name))
			continue;
		if (p->digest_count == POLICY_DIGESTS)
			return mistake(s, word, where, "is one too many");
		p->digests[p->digest_count++] = type;
		return CKR_OK;
	}
	return mistake(s, word, where, "is no digest of the standard");
}

/* ---- numbers, flags, profiles -------------------------------------------------------------- */

static CK_RV set_least(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	char *end = NULL;

	errno = 0;
	unsigned long n = strtoul(word, &end, 10);
	if (errno != 0 || end == word || *end != '\0' || word[0] == '-' || n > 65536)
		return mistake(s, word, where, "is no number of bits");
	p->least[s->argument] = n;
	return CKR_OK;
}

static CK_RV set_flag(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	if (!config_flag(word, (bool *)(void *)((char *)p + s->argument)))
		return mistake(s, word, where, "is neither yes nor no");
	return CKR_OK;
}

static CK_RV set_profile(struct policy *p, const struct setting *s, const char *word, const char *where)
{
	for (size_t i = 0; i < policy_profile_count; i++) {
		const struct policy_profile *profile = &policy_profiles[i];

		if (strcmp(profile->name, word) != 0)
			continue;
		policy_open(p);
		for (size_t n = 0; n < profile->count; n++)
			try(policy_set(p, profile->settings[n].name, profile->settings[n].value, profile->name));
		return CKR_OK;
	}
	return mistake(s, word, where, "is no profile");
}

#define LEAST(word, strength) {.name = (word), .set = set_least, .argument = (strength)}
#define FLAG(word) {.name = #word, .set = set_flag, .argument = offsetof(struct policy, word)}

static const struct setting settings[] = {
	{.name = "profile", .set = set_profile},
	{.name = "allow", .set = set_mechanism, .list = true, .argument = 1},
	{.name = "deny", .set = set_mechanism, .list = true, .argument = 0},
	{.name = "curves", .set = set_curve, .list = true, .begin = no_curves},
	{.name = "signature_digests", .set = set_digest, .list = true, .begin = no_digests},
	LEAST("min_rsa_bits", POLICY_RSA),
	LEAST("min_dh_bits", POLICY_DH),
	LEAST("min_dsa_bits", POLICY_DSA),
	LEAST("min_ec_bits", POLICY_EC),
	LEAST("min_symmetric_bits", POLICY_SYMMETRIC),
	LEAST("min_hmac_bits", POLICY_HMAC),
	LEAST("min_pq_bits", POLICY_PQ),
	FLAG(separate_keys),
	FLAG(enforce_dates),
};

static CK_RV set_list(struct policy *p, const struct setting *s, const char *value, const char *where)
{
	char word[MAX_WORD];

	if (s->begin != NULL)
		s->begin(p);
	for (;;) {
		value += strspn(value, BLANKS);
		size_t len = strcspn(value, BLANKS);
		if (len == 0)
			return CKR_OK;
		if (len >= sizeof(word))
			return mistake(s, value, where, "is too long");
		memcpy(word, value, len);
		word[len] = '\0';
		try(s->set(p, s, word, where));
		value += len;
	}
}

CK_RV policy_set(struct policy *p, const char *name, const char *value, const char *where)
{
	for (size_t i = 0; i < array_len(settings); i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->name, name) == 0)
			return s->list ? set_list(p, s, value, where) : s->set(p, s, value, where);
	}
	return fail(CKR_FUNCTION_FAILED, "%s: policies have no '%s'", where, name);
}
