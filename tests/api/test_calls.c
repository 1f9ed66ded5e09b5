/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every function alike: the state of the library and the session handle come first,
 * bad input of any kind gives a code that the standard lists for the function, never a crash. Runs
 * from tables made of tests/spec; knows of single functions only what arguments suit them. */
#include "harness.h"

#include <dlfcn.h>

enum { MAX_ARGUMENTS = 12, SCRATCH = 1 << 16 };

/* Which member is used is up to the parameter's type. */
struct value {
	CK_ULONG number;
	void *pointer;
};

#define CALL(name, names, list) \
	static CK_RV call_##name(const struct value *v) \
	{ \
		return p11->name list; \
	}
#include "arguments.inc"
#undef CALL

struct call {
	const char *name;
	CK_RV (*run)(const struct value *v);
	const char *parameters[MAX_ARGUMENTS];
};

#define NAMES(...) {__VA_ARGS__}
static const struct call calls[] = {
#define CALL(name, names, list) {#name, call_##name, NAMES names},
#include "arguments.inc"
#undef CALL
};

#define EVERY_CODE (~0UL)
static const struct {
	const char *function;
	CK_RV code;
} listed[] = {
#define LISTED(function, code) {#function, code},
#include "returns.inc"
#undef LISTED
};

/* Codes that this token gives though the function's list lacks them. */
static const struct {
	const char *function;
	CK_RV code;
} deliberate[] = {
	{"C_InitToken", CKR_PIN_LEN_RANGE}, /* rule 103: says more than CKR_PIN_INCORRECT */
	{"C_InitToken", CKR_PIN_INVALID},
	{"C_GetSessionValidationFlags", CKR_ARGUMENTS_BAD}, /* its list has no code for an unknown type */
	{"C_AsyncGetID", CKR_OPERATION_NOT_INITIALIZED}, /* rule 384: the text has it, the list has not */
};

static bool takes_session(const struct call *call)
{
	return call->parameters[0] && strcmp(call->parameters[0], "hSession") == 0;
}

static bool takes_slot(const struct call *call)
{
	return call->parameters[0] && strcmp(call->parameters[0], "slotID") == 0;
}

static bool is_one_of(const struct call *call, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(call->name, names[i]) == 0)
			return true;
	return false;
}

static bool is_pointer(const char *parameter)
{
	return parameter[0] == 'p' || strcmp(parameter, "RandomData") == 0;
}

static bool is_length(const struct call *call, size_t i)
{
	return i > 0 && strncmp(call->parameters[i], "ul", 2) == 0 && is_pointer(call->parameters[i - 1]) &&
	       strncmp(call->parameters[i - 1], "pul", 3) != 0;
}

/* ---- is the code listed? ---------------------------------------------------------------------- */

static bool list_has(const char *function, CK_RV code)
{
	for (size_t i = 0; i < COUNT(listed); i++)
		if ((listed[i].code == code || listed[i].code == EVERY_CODE) && strcmp(listed[i].function, function) == 0)
			return true;
	return false;
}

static bool may_return(const struct call *call, CK_RV code)
{
	/* Every function may, but not because of what the caller passed in. */
	if (code == CKR_GENERAL_ERROR || code == CKR_FUNCTION_FAILED)
		return code == CKR_FUNCTION_FAILED && strcmp(call->name, "C_GetInterface") == 0;
	if (takes_session(call) && code == CKR_TOKEN_NOT_PRESENT)
		return false; /* rule 400 */
	if (list_has(call->name, code) || list_has("ANY", code))
		return true;
	if (takes_session(call) && list_has("ANY_WITH_SESSION_HANDLE", code))
		return true;
	if ((takes_session(call) || takes_slot(call)) && list_has("ANY_USING_A_TOKEN", code))
		return true;
	for (size_t i = 0; i < COUNT(deliberate); i++)
		if (deliberate[i].code == code && strcmp(deliberate[i].function, call->name) == 0)
			return true;
	return false;
}

static int surprises;

static void check_code(const struct call *call, CK_RV code, const char *what)
{
	static CK_RV reported[COUNT(calls)][16]; /* each surprise once */
	CK_RV *mine = reported[call - calls];

	if (may_return(call, code))
		return;
	surprises++;
	for (size_t i = 0; i < COUNT(reported[0]); i++) {
		if (mine[i] == code)
			return;
		if (mine[i] == CKR_OK) {
			mine[i] = code;
			break;
		}
	}
	print_error("%s gives %s, which its list lacks: %s\n", call->name, rv_text(code), what);
}

/* ---- good arguments --------------------------------------------------------------------------- */

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE aes_key, mac_key;
static CK_BYTE scratch[SCRATCH];
static CK_ULONG out_length;
static CK_UTF8CHAR label[32];
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_ULONG sixteen = 16;
static CK_VERSION version = {3, 2};
static char pin[32] = USER_PIN, function_name[32] = "C_Sign", interface_name[32] = "PKCS 11";

static CK_ATTRIBUTE data_template[] = {{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_TOKEN, &no, 1}};
static CK_ATTRIBUTE aes_template[] = {{CKA_VALUE_LEN, &sixteen, sizeof(sixteen)}, {CKA_TOKEN, &no, 1}};
static CK_ATTRIBUTE public_template[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_TOKEN, &no, 1}};
static CK_ATTRIBUTE private_template[] = {{CKA_SENSITIVE, &no, 1}, {CKA_TOKEN, &no, 1}};
static CK_ATTRIBUTE label_template[] = {{CKA_LABEL, scratch, 16}, {CKA_LABEL, scratch + 32, 16}};

static CK_MECHANISM mechanism_for(const char *function)
{
	static const struct {
		const char *part;
		CK_MECHANISM_TYPE type;
	} by_name[] = {
		{"Digest", CKM_SHA256},
		{"GenerateKeyPair", CKM_EC_KEY_PAIR_GEN},
		{"GenerateKey", CKM_AES_KEY_GEN},
		{"Sign", CKM_SHA256_HMAC},
		{"Verify", CKM_SHA256_HMAC},
	};

	for (size_t i = 0; i < COUNT(by_name); i++)
		if (strstr(function, by_name[i].part))
			return (CK_MECHANISM){by_name[i].type, NULL, 0};
	return (CK_MECHANISM){CKM_AES_ECB, NULL, 0};
}

static CK_ATTRIBUTE *template_for(const struct call *call, const char *parameter)
{
	if (strcmp(parameter, "pPublicKeyTemplate") == 0)
		return public_template;
	if (strcmp(parameter, "pPrivateKeyTemplate") == 0)
		return private_template;
	if (strcmp(call->name, "C_CreateObject") == 0)
		return data_template;
	return strstr(call->name, "Attribute") ? label_template : aes_template;
}

static CK_ULONG good_number(const struct call *call, const char *parameter)
{
	static const struct {
		const char *parameter;
		CK_ULONG number;
	} numbers[] = {
		{"flags", CKF_SERIAL_SESSION | CKF_RW_SESSION}, {"tokenPresent", CK_TRUE}, {"type", CKM_SHA256},
		{"userType", CKU_USER}, {"ulPinLen", sizeof(USER_PIN) - 1}, {"ulOldLen", sizeof(USER_PIN) - 1},
		{"ulNewLen", sizeof(USER_PIN) - 1}, {"ulUsernameLen", 0}, {"ulMaxObjectCount", 4}, {"Notify", 0},
		{"ulParameterLen", 0}, {"ulID", 1},
	};

	if (strcmp(parameter, "hSession") == 0)
		return session;
	if (strcmp(parameter, "slotID") == 0)
		return slot;
	if (parameter[0] == 'h')
		return strstr(call->name, "Sign") || strstr(call->name, "Verify") ? mac_key : aes_key;
	if (strcmp(call->name, "C_WaitForSlotEvent") == 0)
		return CKF_DONT_BLOCK;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (strcmp(parameter, numbers[i].parameter) == 0)
			return numbers[i].number;
	return strstr(parameter, "Count") ? 2 : 16;
}

static void *good_pointer(const struct call *call, const char *parameter, CK_MECHANISM *mechanism)
{
	const struct {
		const char *parameter;
		void *pointer;
	} pointers[] = {
		{"pInitArgs", NULL}, {"pReserved", NULL}, {"pRserved", NULL}, {"pApplication", NULL},
		{"pMechanism", mechanism}, {"pLabel", label}, {"pPin", pin}, {"pOldPin", pin}, {"pNewPin", pin},
		{"pFunctionName", function_name}, {"pInterfaceName", interface_name}, {"pVersion", &version},
	};

	if (strncmp(parameter, "pul", 3) == 0)
		return &out_length;
	if (strstr(parameter, "Template"))
		return template_for(call, parameter);
	for (size_t i = 0; i < COUNT(pointers); i++)
		if (strcmp(parameter, pointers[i].parameter) == 0)
			return pointers[i].pointer;
	return scratch;
}

static size_t good_values(const struct call *call, struct value *values, CK_MECHANISM *mechanism)
{
	size_t count = 0;

	*mechanism = mechanism_for(call->name);
	out_length = SCRATCH / 2;
	memset(label, ' ', sizeof(label));
	memcpy(label, TOKEN_LABEL, strlen(TOKEN_LABEL));
	label_template[0].ulValueLen = label_template[1].ulValueLen = 16;
	memset(scratch, 0, 512);
	for (; call->parameters[count]; count++) {
		const char *parameter = call->parameters[count];
		values[count] = is_pointer(parameter)
		                ? (struct value){.pointer = good_pointer(call, parameter, mechanism)}
		                : (struct value){.number = good_number(call, parameter)};
	}
	return count;
}

static void null_values(const struct call *call, struct value *values, CK_ULONG numbers)
{
	for (size_t i = 0; call->parameters[i]; i++)
		if (is_pointer(call->parameters[i]))
			values[i].pointer = NULL;
		else if (is_length(call, i))
			values[i].number = numbers;
}

/* ---- the tables ------------------------------------------------------------------------------- */

static void rule_23_members_are_the_exported_functions_in_order(void **state)
{
	const void *lists[] = {p11_240, p11};
	const size_t counts[] = {68, 104};
	void *in_list;

	(void)state;
	assert_int_equal(COUNT(calls), 104);
	for (size_t list = 0; list < COUNT(lists); list++) {
		for (size_t i = 0; i < counts[list]; i++) {
			size_t at = offsetof(CK_FUNCTION_LIST, C_Initialize) + i * sizeof(in_list);
			memcpy(&in_list, (const char *)lists[list] + at, sizeof(in_list));
			if (dlsym(module_handle, calls[i].name) != in_list)
				fail_msg("%s is not at its place in list %zu", calls[i].name, list);
		}
	}
}

static void every_function_has_a_list_of_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (!list_has(calls[i].name, CKR_CRYPTOKI_NOT_INITIALIZED) && !list_has(calls[i].name, CKR_OK))
			fail_msg("%s has none", calls[i].name);
}

/* ---- the library's state, the session, the slot ----------------------------------------------- */

static const char *const before_initialize[] = {"C_Initialize", "C_GetFunctionList", "C_GetInterfaceList",
                                                "C_GetInterface"};

static void assert_all_not_initialized(void)
{
	struct value values[MAX_ARGUMENTS];
	CK_MECHANISM mechanism;

	for (size_t i = 0; i < COUNT(calls); i++) {
		CK_RV good, null;
		if (is_one_of(&calls[i], before_initialize, COUNT(before_initialize)))
			continue;
		good_values(&calls[i], values, &mechanism);
		good = calls[i].run(values);
		null_values(&calls[i], values, 16);
		null = calls[i].run(values);
		if (good != CKR_CRYPTOKI_NOT_INITIALIZED || null != CKR_CRYPTOKI_NOT_INITIALIZED)
			fail_msg("%s gives %s, with NULL pointers %s", calls[i].name, rv_text(good), rv_text(null));
	}
}

static void rules_10_403_not_initialized_comes_before_everything(void **state)
{
	(void)state;
	assert_all_not_initialized();
	initialize();
	finalize();
	assert_all_not_initialized();
}

static void rules_139_398_400_dead_session_handles_come_before_arguments(void **state)
{
	CK_SESSION_HANDLE closed = open_rw(), handles[] = {CK_INVALID_HANDLE, ~0UL, closed, 0x80000000UL};
	struct value values[MAX_ARGUMENTS];
	CK_MECHANISM mechanism;

	(void)state;
	close_session(closed);
	session = open_rw();
	for (size_t i = 0; i < COUNT(calls); i++) {
		for (size_t h = 0; h < COUNT(handles) && takes_session(&calls[i]); h++) {
			CK_RV good, null;
			good_values(&calls[i], values, &mechanism);
			values[0].number = handles[h];
			good = calls[i].run(values);
			null_values(&calls[i], values, 16);
			null = calls[i].run(values);
			if (good != CKR_SESSION_HANDLE_INVALID || null != CKR_SESSION_HANDLE_INVALID)
				fail_msg("%s with session 0x%lx gives %s, with NULL pointers %s", calls[i].name,
				         handles[h], rv_text(good), rv_text(null));
		}
	}
}

static void rule_377_legacy_functions_look_at_the_session_first(void **state)
{
	CK_SESSION_HANDLE open = open_ro();

	(void)state;
	assert_rv(p11->C_GetFunctionStatus(open), CKR_FUNCTION_NOT_PARALLEL);
	assert_rv(p11->C_CancelFunction(open), CKR_FUNCTION_NOT_PARALLEL);
	close_session(open);
	assert_rv(p11->C_GetFunctionStatus(open), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_CancelFunction(open), CKR_SESSION_HANDLE_INVALID);
}

static void rule_59_unknown_slots_are_refused_with_good_and_bad_arguments(void **state)
{
	struct value values[MAX_ARGUMENTS];
	CK_MECHANISM mechanism;

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		if (!takes_slot(&calls[i]))
			continue;
		good_values(&calls[i], values, &mechanism);
		values[0].number = 4711;
		assert_rv(calls[i].run(values), CKR_SLOT_ID_INVALID);
		null_values(&calls[i], values, 16);
		assert_rv_in(calls[i].run(values), CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD);
	}
}

/* ---- hostile arguments ------------------------------------------------------------------------ */

static void prepare_token(void)
{
	p11->C_Finalize(NULL);
	initialize();
	make_token();
	session = open_rw();
	login_user(session);
}

static void prepare_keys(void)
{
	aes_key = make_aes(session, false, false);
	mac_key = make_secret(session, false, false, aes_value, sizeof(aes_value));
}

/* Whatever the last call has closed, logged out, locked or destroyed. */
static void repair(void)
{
	const CK_FLAGS trouble = CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED;
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;
	CK_ULONG size;

	if (p11->C_GetSessionInfo(session, &info) != CKR_OK || info.state != CKS_RW_USER_FUNCTIONS ||
	    p11->C_GetTokenInfo(slot, &token) != CKR_OK || token.flags & trouble || token.ulSessionCount > 64)
		prepare_token();
	if (p11->C_GetObjectSize(session, aes_key, &size) != CKR_OK ||
	    p11->C_GetObjectSize(session, mac_key, &size) != CKR_OK)
		prepare_keys();
}

/* What may be going on in the session when a call comes. */
static const struct context {
	const char *name;
	bool find, digest, encrypt, decrypt, sign, verify;
} contexts[] = {
	{.name = "no operation"},
	{.name = "digest and encrypt", .digest = true, .encrypt = true},
	{.name = "search", .find = true},
	{.name = "digest", .digest = true},
	{.name = "encrypt", .encrypt = true},
	{.name = "decrypt", .decrypt = true},
	{.name = "sign", .sign = true},
	{.name = "verify", .verify = true},
	{.name = "sign and encrypt", .sign = true, .encrypt = true},
	{.name = "decrypt and digest", .digest = true, .decrypt = true},
	{.name = "decrypt and verify", .decrypt = true, .verify = true},
};

static void enter(const struct context *context)
{
	CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0}, ecb = {CKM_AES_ECB, NULL, 0}, hmac = {CKM_SHA256_HMAC, NULL, 0};

	repair();
	assert_ok(p11->C_SessionCancel(session, ~0UL));
	if (context->find)
		assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	if (context->digest)
		assert_ok(p11->C_DigestInit(session, &sha256));
	if (context->encrypt)
		assert_ok(p11->C_EncryptInit(session, &ecb, aes_key));
	if (context->decrypt)
		assert_ok(p11->C_DecryptInit(session, &ecb, aes_key));
	if (context->sign)
		assert_ok(p11->C_SignInit(session, &hmac, mac_key));
	if (context->verify)
		assert_ok(p11->C_VerifyInit(session, &hmac, mac_key));
}

/* Calls that end more than an operation: in few contexts, for each costs a new token. */
static const char *const far_reaching[] = {
	"C_Finalize", "C_CloseSession", "C_CloseAllSessions", "C_Logout", "C_InitToken",
	"C_InitPIN", "C_SetPIN", "C_Login", "C_LoginUser", "C_GenerateKeyPair",
};

static void attempt(const struct call *call, const struct context *context, const struct value *changed, size_t index,
                    const char *what)
{
	struct value values[MAX_ARGUMENTS] = {{0}};
	CK_MECHANISM mechanism;
	char text[160];

	enter(context);
	good_values(call, values, &mechanism);
	if (index < MAX_ARGUMENTS)
		values[index] = *changed;
	snprintf(text, sizeof(text), "%s %s while: %s", index < MAX_ARGUMENTS ? call->parameters[index] : "", what,
	         context->name);
	check_code(call, call->run(values), text);
}

static void attempt_pair(const struct call *call, const struct context *context, size_t index, CK_ULONG length)
{
	struct value values[MAX_ARGUMENTS] = {{0}};
	CK_MECHANISM mechanism;
	CK_RV rv;

	enter(context);
	good_values(call, values, &mechanism);
	values[index].number = length;
	values[index - 1].pointer = NULL;
	rv = call->run(values);
	check_code(call, rv, call->parameters[index]);
}

static void attempt_nulls(const struct call *call, const struct context *context, CK_ULONG numbers)
{
	struct value values[MAX_ARGUMENTS] = {{0}};
	CK_MECHANISM mechanism;

	enter(context);
	good_values(call, values, &mechanism);
	null_values(call, values, numbers);
	check_code(call, call->run(values), "all pointers NULL");
}

/* A length beyond the buffer is a lie that no library can see through: lengths only shrink, or grow
 * behind a NULL pointer. All other numbers go to extremes. */
static void attempt_number(const struct call *call, const struct context *context, size_t index)
{
	static const CK_ULONG extremes[] = {0, 1, 2, 3, 4, 8, 0x7fffffffUL, 0x80000000UL, 0x8000000000000000UL, ~0UL};
	static const CK_ULONG lengths[] = {0, 1, 15}; /* of a buffer; an array has two entries */
	static const CK_ULONG behind_null[] = {0, 1, 16, 0x80000000UL, ~0UL};
	bool length = is_length(call, index), array = strstr(call->parameters[index], "Count") != NULL;
	bool waits = strcmp(call->name, "C_WaitForSlotEvent") == 0;

	for (size_t i = 0; length && i < COUNT(lengths) - array; i++)
		attempt(call, context, &(struct value){.number = lengths[i]}, index, "short");
	for (size_t i = 0; length && i < COUNT(behind_null); i++)
		attempt_pair(call, context, index, behind_null[i]);
	for (size_t i = 0; !length && i < COUNT(extremes); i++)
		attempt(call, context, &(struct value){.number = extremes[i] | (waits ? CKF_DONT_BLOCK : 0)}, index,
		        "extreme");
}

static void attempt_all(const struct call *call, const struct context *context)
{
	static const CK_ULONG numbers[] = {0, 1, 16, ~0UL};

	attempt(call, context, NULL, MAX_ARGUMENTS, "good arguments");
	for (size_t i = 0; i < COUNT(numbers); i++)
		attempt_nulls(call, context, numbers[i]);
	for (size_t i = 0; call->parameters[i]; i++) {
		if (strcmp(call->parameters[i], "Notify") == 0)
			continue;
		if (is_pointer(call->parameters[i]))
			attempt(call, context, &(struct value){.pointer = NULL}, i, "NULL");
		else
			attempt_number(call, context, i);
	}
}

static void rules_351_401_404_bad_arguments_give_listed_codes(void **state)
{
	(void)state;
	surprises = 0;
	for (size_t i = 0; i < COUNT(calls); i++) {
		size_t some = is_one_of(&calls[i], far_reaching, COUNT(far_reaching)) ? 2 : COUNT(contexts);
		for (size_t c = 0; c < some; c++)
			attempt_all(&calls[i], &contexts[c]);
	}
	assert_int_equal(surprises, 0);
}

/* ---- too little room for the output ----------------------------------------------------------- */

static void rule_262_no_byte_beyond_the_room_given(void **state)
{
	static const CK_ULONG rooms[] = {0, 1, 7, 15};
	struct value values[MAX_ARGUMENTS];
	CK_MECHANISM mechanism;

	(void)state;
	surprises = 0;
	for (size_t i = 0; i < COUNT(calls); i++) {
		const char *last = "";
		for (size_t n = 0; calls[i].parameters[n]; n++)
			last = calls[i].parameters[n];
		/* Room in bytes behind a buffer: not the handles and counts of searches and lists. */
		if (strncmp(last, "pul", 3) != 0 || !strstr(last, "Len"))
			continue;
		for (size_t c = 0; c < COUNT(contexts); c++) {
			for (size_t r = 0; r < COUNT(rooms); r++) {
				CK_BYTE room[64];
				size_t count;
				CK_RV rv;
				enter(&contexts[c]);
				count = good_values(&calls[i], values, &mechanism);
				memset(room, 0xa5, sizeof(room));
				values[count - 2].pointer = room;
				out_length = rooms[r];
				rv = calls[i].run(values);
				check_code(&calls[i], rv, "little room");
				for (size_t at = rooms[r]; at < sizeof(room); at++)
					if (room[at] != 0xa5)
						fail_msg("%s writes beyond %lu bytes (%s)", calls[i].name, rooms[r],
						         contexts[c].name);
			}
		}
	}
	assert_int_equal(surprises, 0);
}

/* ---- hostile templates ------------------------------------------------------------------------ */

static CK_ATTRIBUTE inner[] = {{CKA_LABEL, NULL, 16}, {CKA_TOKEN, NULL, ~0UL}};
static CK_ATTRIBUTE innermost[] = {{CKA_WRAP_TEMPLATE, inner, sizeof(inner)}};

static const CK_ATTRIBUTE hostile_attributes[] = {
	{CKA_LABEL, NULL, 16},
	{CKA_LABEL, NULL, ~0UL},
	{CKA_LABEL, scratch, ~0UL},
	{CKA_LABEL, NULL, 0},
	{CKA_CLASS, NULL, 0},
	{CKA_CLASS, NULL, sizeof(CK_OBJECT_CLASS)},
	{CKA_CLASS, scratch, 0},
	{CKA_CLASS, scratch, 1},
	{CKA_CLASS, scratch, 64},
	{CKA_CLASS, scratch, ~0UL},
	{CKA_KEY_TYPE, scratch, 3},
	{CKA_TOKEN, NULL, 1},
	{CKA_TOKEN, scratch, 0},
	{CKA_TOKEN, scratch, 8},
	{CKA_PRIVATE, scratch, ~0UL},
	{CKA_VALUE, NULL, 32},
	{CKA_VALUE, scratch, 0},
	{CKA_VALUE, scratch, ~0UL},
	{CKA_VALUE_LEN, scratch, 0},
	{CKA_VALUE_LEN, scratch, 7},
	{CKA_MODULUS_BITS, scratch, 3},
	{CKA_EC_PARAMS, scratch, 0},
	{CKA_EC_PARAMS, scratch, 200},
	{CKA_EC_PARAMS, NULL, 10},
	{CKA_START_DATE, scratch, 5},
	{CKA_ALLOWED_MECHANISMS, scratch, 7},
	{CKA_ALLOWED_MECHANISMS, NULL, 16},
	{CKA_ALLOWED_MECHANISMS, scratch, ~0UL},
	{CKA_WRAP_TEMPLATE, scratch, 5},
	{CKA_WRAP_TEMPLATE, NULL, sizeof(inner)},
	{CKA_WRAP_TEMPLATE, inner, sizeof(inner)},
	{CKA_WRAP_TEMPLATE, innermost, sizeof(innermost)},
	{CKA_WRAP_TEMPLATE, inner, ~0UL},
	{CKA_UNWRAP_TEMPLATE, inner, sizeof(inner) - 1},
	{CKA_UNIQUE_ID, scratch, 16},
	{CKA_VENDOR_DEFINED, scratch, 16},
	{CKA_VENDOR_DEFINED | CKF_ARRAY_ATTRIBUTE, inner, sizeof(inner)},
	{~0UL, NULL, ~0UL},
};

static void attempt_template(const struct call *call, size_t index, const CK_ATTRIBUTE *hostile)
{
	struct value values[MAX_ARGUMENTS] = {{0}};
	CK_MECHANISM mechanism;
	CK_ATTRIBUTE template[3];
	char text[64];

	enter(&contexts[0]);
	good_values(call, values, &mechanism);
	memcpy(template, values[index].pointer, 2 * sizeof(template[0]));
	template[2] = *hostile;
	for (int alone = 0; alone <= 1; alone++) {
		values[index].pointer = alone ? template + 2 : template;
		values[index + 1].number = alone ? 1 : 3;
		snprintf(text, sizeof(text), "attribute 0x%lx, %lu bytes", hostile->type, hostile->ulValueLen);
		check_code(call, call->run(values), text);
	}
	p11->C_FindObjectsFinal(session);
}

static void rule_205_hostile_templates_give_listed_codes(void **state)
{
	(void)state;
	surprises = 0;
	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t n = 0; calls[i].parameters[n]; n++)
			for (size_t h = 0; strstr(calls[i].parameters[n], "Template") && h < COUNT(hostile_attributes); h++)
				attempt_template(&calls[i], n, &hostile_attributes[h]);
	assert_int_equal(surprises, 0);
}

/* ---- hostile mechanisms ----------------------------------------------------------------------- */

/* Every mechanism of the token and some that it lacks, with parameters of every size that hold
 * zeros, and with parameters that promise bytes behind a NULL pointer. */
static CK_GCM_PARAMS gcm_without_iv = {NULL, 12, 96, NULL, 0, 128}, gcm_without_aad = {scratch, 12, 96, NULL, 16, 128};
static CK_GCM_PARAMS gcm_long_tag = {scratch, 12, 96, NULL, 0, ~0UL}, gcm_huge_iv = {NULL, ~0UL, ~0UL, NULL, ~0UL, 128};
static CK_RSA_PKCS_OAEP_PARAMS oaep_without_source = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 16};
static CK_RSA_PKCS_PSS_PARAMS pss_long_salt = {CKM_SHA256, CKG_MGF1_SHA256, ~0UL};
static CK_EDDSA_PARAMS eddsa_without_context = {CK_FALSE, 16, NULL};
static CK_ULONG huge_length = ~0UL;
static CK_OBJECT_HANDLE pairs[6]; /* RSA, EC, Edwards: public, private */

static const struct {
	CK_MECHANISM_TYPE type;
	void *parameter;
	CK_ULONG length;
} lying[] = {
	{CKM_AES_GCM, &gcm_without_iv, sizeof(gcm_without_iv)},
	{CKM_AES_GCM, &gcm_without_aad, sizeof(gcm_without_aad)},
	{CKM_AES_GCM, &gcm_long_tag, sizeof(gcm_long_tag)},
	{CKM_AES_GCM, &gcm_huge_iv, sizeof(gcm_huge_iv)},
	{CKM_RSA_PKCS_OAEP, &oaep_without_source, sizeof(oaep_without_source)},
	{CKM_RSA_PKCS_PSS, &pss_long_salt, sizeof(pss_long_salt)},
	{CKM_SHA256_RSA_PKCS_PSS, &pss_long_salt, sizeof(pss_long_salt)},
	{CKM_EDDSA, &eddsa_without_context, sizeof(eddsa_without_context)},
	{CKM_SHA256_HMAC_GENERAL, &huge_length, sizeof(huge_length)},
};

static void attempt_mechanism(const struct call *call, size_t index, CK_MECHANISM_TYPE type, void *parameter,
                              CK_ULONG length)
{
	const CK_OBJECT_HANDLE keys[] = {aes_key, mac_key, pairs[0], pairs[1], pairs[2], pairs[3], pairs[4], pairs[5]};
	struct value values[MAX_ARGUMENTS] = {{0}};
	CK_MECHANISM mechanism;
	char text[64];

	for (size_t k = 0; k < COUNT(keys); k++) {
		good_values(call, values, &mechanism);
		mechanism = (CK_MECHANISM){type, parameter, length};
		values[index].pointer = &mechanism;
		for (size_t i = 1; call->parameters[i]; i++)
			if (call->parameters[i][0] == 'h')
				values[i].number = keys[k];
		snprintf(text, sizeof(text), "mechanism 0x%lx, %lu bytes", type, length);
		check_code(call, call->run(values), text);
		p11->C_SessionCancel(session, ~0UL);
	}
}

static void attempt_mechanism_shapes(const struct call *call, size_t index, CK_MECHANISM_TYPE type)
{
	static CK_BYTE zeros[256];

	enter(&contexts[0]);
	for (CK_ULONG length = 0; length <= sizeof(CK_GCM_PARAMS) + 8; length++)
		attempt_mechanism(call, index, type, zeros, length);
	attempt_mechanism(call, index, type, NULL, 16);
	attempt_mechanism(call, index, type, NULL, ~0UL);
	attempt_mechanism(call, index, type, zeros, ~0UL);
	/* Authenticated wrapping takes the parameters of messages, as long and with other pointers in other places. */
	for (size_t i = 0; i < COUNT(lying); i++)
		if (lying[i].type == type && !strstr(call->name, "Authenticated"))
			attempt_mechanism(call, index, type, lying[i].parameter, lying[i].length);
}

static void rule_253_hostile_mechanisms_give_listed_codes(void **state)
{
	static const CK_MECHANISM_TYPE unknown[] = {CKM_VENDOR_DEFINED, ~0UL, CKM_SKIPJACK_CBC64};
	CK_MECHANISM_TYPE list[512];
	CK_ULONG count = COUNT(list) - COUNT(unknown);

	(void)state;
	surprises = 0;
	assert_ok(p11->C_GetMechanismList(slot, list, &count));
	memcpy(list + count, unknown, sizeof(unknown));
	count += COUNT(unknown);
	enter(&contexts[0]);
	make_rsa_pair(session, false, false, &pairs[0], &pairs[1]);
	make_ec_pair(session, false, false, &pairs[2], &pairs[3]);
	make_ed_pair(session, false, false, &pairs[4], &pairs[5]);
	for (size_t i = 0; i < COUNT(calls); i++) {
		for (size_t n = 0; calls[i].parameters[n]; n++) {
			/* Making key pairs is slow and takes no parameter. */
			if (strcmp(calls[i].parameters[n], "pMechanism") != 0 || strstr(calls[i].name, "KeyPair"))
				continue;
			for (CK_ULONG m = 0; m < count; m++)
				attempt_mechanism_shapes(&calls[i], n, list[m]);
		}
	}
	assert_int_equal(surprises, 0);
}

#define LOADED(name) cmocka_unit_test_setup_teardown(name, setup_module, teardown)
#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(rule_23_members_are_the_exported_functions_in_order),
		LOADED(every_function_has_a_list_of_codes),
		LOADED(rules_10_403_not_initialized_comes_before_everything),
		TOKEN(rules_139_398_400_dead_session_handles_come_before_arguments),
		TOKEN(rule_377_legacy_functions_look_at_the_session_first),
		TOKEN(rule_59_unknown_slots_are_refused_with_good_and_bad_arguments),
		TOKEN(rules_351_401_404_bad_arguments_give_listed_codes),
		TOKEN(rule_262_no_byte_beyond_the_room_given),
		TOKEN(rule_205_hostile_templates_give_listed_codes),
		TOKEN(rule_253_hostile_mechanisms_give_listed_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
