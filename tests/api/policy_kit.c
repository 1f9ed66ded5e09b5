/* SPDX-License-Identifier: Apache-2.0 */
/* A token under a policy that a test writes: see policy_kit.h. */
#include "policy_kit.h"

#include <unistd.h>

CK_SESSION_HANDLE policy_session;
char policy_file[64], policy_log[80];

static void write_file(const char *text)
{
	int fd;

	if (*policy_file == '\0') {
		snprintf(policy_file, sizeof(policy_file), "/tmp/conclave-policy-XXXXXX");
		fd = mkstemp(policy_file);
		assert_true(fd >= 0);
		close(fd);
		snprintf(policy_log, sizeof(policy_log), "%s.log", policy_file);
	}
	FILE *f = fopen(policy_file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void write_policy(const char *text)
{
	char log[128];

	p11->C_Finalize(NULL);
	write_file(text);
	snprintf(log, sizeof(log), "info:file=%s", policy_log);
	unlink(policy_log);
	setenv("CONCLAVE_CONF", policy_file, 1);
	setenv("CONCLAVE_LOG", log, 1);
	unsetenv("CONCLAVE_POLICY");
}

void begin_policy_session(void)
{
	policy_session = open_rw();
	login_user(policy_session);
}

void use_policy(const char *text)
{
	write_policy(text);
	initialize();
	make_token();
	begin_policy_session();
}

bool policy_logged(const char *text)
{
	static char all[1 << 16];
	FILE *f = fopen(policy_log, "r");

	if (!f)
		return false;
	all[fread(all, 1, sizeof(all) - 1, f)] = '\0';
	fclose(f);
	return strstr(all, text) != NULL;
}

int teardown_policy(void **state)
{
	unlink(policy_file);
	unlink(policy_log);
	*policy_file = '\0';
	unsetenv("CONCLAVE_CONF");
	setenv("CONCLAVE_LOG", "off", 1);
	return teardown(state);
}

CK_RV generate(CK_MECHANISM_TYPE type, CK_ULONG length, const CK_ATTRIBUTE *extra, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[12] = {{CKA_PRIVATE, &no, sizeof(no)}};
	CK_MECHANISM m = {type, NULL, 0};
	CK_ULONG n = 1;

	if (length > 0)
		template[n++] = (CK_ATTRIBUTE){CKA_VALUE_LEN, &length, sizeof(length)};
	for (CK_ULONG i = 0; i < count; i++)
		template[n++] = extra[i];
	return p11->C_GenerateKey(policy_session, &m, template, n, ret);
}

CK_RV generate_rsa(CK_ULONG bits, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_MECHANISM m = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ATTRIBUTE template[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}};

	return p11->C_GenerateKeyPair(policy_session, &m, template, 1, NULL, 0, ret_public, ret_private);
}

CK_RV generate_ec(const char *curve, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE params[40] = {0x13, (CK_BYTE)strlen(curve)}; /* a PrintableString with the curve's name */
	CK_ATTRIBUTE template[] = {{CKA_EC_PARAMS, params, 2 + strlen(curve)}};

	memcpy(params + 2, curve, strlen(curve));
	return p11->C_GenerateKeyPair(policy_session, &m, template, 1, NULL, 0, ret_public, ret_private);
}
