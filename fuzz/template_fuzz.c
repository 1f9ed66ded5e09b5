/* SPDX-License-Identifier: Apache-2.0 */
/* Templates and object making: attribute types and values from the input, through reading, the schema and the packed
 * form. An object that is made must be readable, changeable and copyable without a fault. Nested templates are left
 * out: their values are pointers, which only a caller can be right about. */
#include <stdlib.h>
#include <string.h>

#include "attr/template.h"
#include "crypto/ossl.h"
#include "mech/mech.h"
#include "object/make.h"

#define MAX_ATTRIBUTES 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const CK_ATTRIBUTE_TYPE types[] = {
	CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_APPLICATION, CKA_VALUE, CKA_OBJECT_ID, CKA_CERTIFICATE_TYPE, CKA_ISSUER,
	CKA_SERIAL_NUMBER, CKA_TRUSTED, CKA_CHECK_VALUE, CKA_KEY_TYPE, CKA_SUBJECT, CKA_ID, CKA_SENSITIVE, CKA_ENCRYPT, CKA_SIGN,
	CKA_MODULUS, CKA_MODULUS_BITS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_VALUE_LEN, CKA_EXTRACTABLE,
	CKA_LOCAL, CKA_MODIFIABLE, CKA_COPYABLE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_ALWAYS_AUTHENTICATE,
	CKA_ALLOWED_MECHANISMS, CKA_UNIQUE_ID, CKA_START_DATE, CKA_URL, CKA_PUBLIC_KEY_INFO, 0x80000001UL,
};

/* Each attribute: one byte type, one byte length, the value; a length of 255 is a NULL value with a length. */
static CK_ULONG build(const uint8_t *data, size_t size, CK_ATTRIBUTE template[MAX_ATTRIBUTES], CK_ULONG numbers[MAX_ATTRIBUTES])
{
	CK_ULONG count = 0;

	while (size >= 2 && count < MAX_ATTRIBUTES) {
		CK_ATTRIBUTE *a = &template[count];
		size_t len = data[1];
		a->type = types[data[0] % array_len(types)];
		data += 2;
		size -= 2;
		if (len == 255) {
			*a = (CK_ATTRIBUTE){a->type, NULL, 8};
		} else if (len == 254 && size > 0) {
			numbers[count] = data[0];
			*a = (CK_ATTRIBUTE){a->type, &numbers[count], sizeof(CK_ULONG)};
			data++;
			size--;
		} else {
			len = len > size ? size : len;
			*a = (CK_ATTRIBUTE){a->type, (CK_VOID_PTR)(uintptr_t)data, len};
			data += len;
			size -= len;
		}
		count++;
	}
	return count;
}

static void use(const struct mech_env *env, const struct attr_list *object, const struct attr_list *changes)
{
	struct make_who who = {.so = false};
	struct attr_list changed = {0}, copied = {0};
	struct attrs *a = NULL;

	if (attrs_pack(object, &a) != CKR_OK)
		return;
	for (size_t i = 0; i < array_len(types); i++) {
		CK_ATTRIBUTE out = {types[i], NULL, 0};
		struct bytes value;
		if (make_may_read(a, types[i]) == CKR_OK && attrs_get(a, types[i], &value) && template_write(&out, value) != CKR_OK)
			abort();
	}
	(void)make_matches(a, changes);
	CK_RV rv = make_changed(&who, a, changes, &changed);
	rv = make_copy(env, &who, a, changes, &copied);
	(void)rv;
	attr_list_free(&changed);
	attr_list_free(&copied);
	attrs_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ossl *ossl;
	CK_ATTRIBUTE template[MAX_ATTRIBUTES];
	CK_ULONG numbers[MAX_ATTRIBUTES];
	struct make_who who = {.so = size % 2 == 0};
	struct attr_list object = {0}, changes = {0};

	if (ossl == NULL && ossl_open(&ossl) != CKR_OK)
		return 0;
	struct mech_env env = {.ossl = ossl};
	CK_ULONG count = build(data, size, template, numbers);
	if (template_read(template, count, &object) == CKR_OK && make_created(&env, &who, &object) == CKR_OK) {
		if (template_read_search(template, count, &changes) == CKR_OK)
			use(&env, &object, &changes);
	}
	attr_list_free(&object);
	attr_list_free(&changes);
	return 0;
}
