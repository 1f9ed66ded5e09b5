/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the mandatory test cases of the OASIS profiles from their XML, as far as they are there:
 * each recorded call is made, each recorded answer compared. Where this token's true answer differs
 * from the recording, the difference has a row with its reason, and is printed; any other one fails. */
#include "harness.h"
#include "xml.h"

#include <ctype.h>
#include <strings.h>
#include <unistd.h>

#ifndef TEST_SOURCE_ROOT
#define TEST_SOURCE_ROOT "."
#endif

/* ---- differences ------------------------------------------------------------------------------ */

static const struct {
	const char *function, *field, *reason;
} differences[] = {
	{"C_GetInfo", "CryptokiVersion", "3.2, whichever version's case is replayed"},
	{"C_GetInfo", "ManufacturerID", "ours"},
	{"C_GetInfo", "LibraryDescription", "ours"},
	{"C_GetInfo", "LibraryVersion", "ours"},
	{"C_GetSlotInfo", "SlotDescription", "ours"},
	{"C_GetSlotInfo", "ManufacturerID", "ours"},
	{"C_GetSlotInfo", "Flags", "tokens can be deleted: REMOVABLE_DEVICE is true"},
	{"C_GetSlotInfo", "HardwareVersion", "ours"},
	{"C_GetSlotInfo", "FirmwareVersion", "ours"},
	{"C_GetTokenInfo", "label", "ours"},
	{"C_GetTokenInfo", "ManufacturerID", "ours"},
	{"C_GetTokenInfo", "model", "ours"},
	{"C_GetTokenInfo", "serialNumber", "ours"},
	{"C_GetTokenInfo", "Flags", "DUAL_CRYPTO_OPERATIONS and CLOCK_ON_TOKEN are true, and a saved state never "
	                            "holds its keys: RESTORE_KEY_NOT_NEEDED is not"},
	{"C_GetTokenInfo", "TotalPublicMemory", "not known: CK_UNAVAILABLE_INFORMATION"},
	{"C_GetTokenInfo", "FreePublicMemory", "not known: CK_UNAVAILABLE_INFORMATION"},
	{"C_GetTokenInfo", "TotalPrivateMemory", "not known: CK_UNAVAILABLE_INFORMATION"},
	{"C_GetTokenInfo", "FreePrivateMemory", "not known: CK_UNAVAILABLE_INFORMATION"},
	{"C_GetTokenInfo", "HardwareVersion", "ours"},
	{"C_GetTokenInfo", "FirmwareVersion", "ours"},
	{"C_GetTokenInfo", "utcTime", "the time of the run"},
	{"C_GetMechanismInfo", "MinKeySize", "RSA keys under 1024 bits are not made"},
	{"C_GetMechanismInfo", "MaxKeySize", "what libcrypto handles in reasonable time"},
	{"C_GetMechanismInfo", "Flags", "what this token's mechanism does now"},
	{"C_GetAttributeValue", "MODULUS", "another key: the recording's private key is not published"},
	{"C_GetAttributeValue", "LABEL length", "the recording counts a NUL that its text lacks"},
	{"C_Sign", "Signature", "another key; verified instead"},
};

static const char *function; /* being replayed */

static void differs(const char *field, const char *recorded, const char *ours)
{
	for (size_t i = 0; i < COUNT(differences); i++) {
		if (strcmp(differences[i].function, function) == 0 && strcmp(differences[i].field, field) == 0) {
			print_message("difference: %s %s: recorded %.40s, ours %.40s (%s)\n", function, field, recorded,
			              ours, differences[i].reason);
			return;
		}
	}
	fail_msg("%s %s: recorded %s, ours %s", function, field, recorded, ours);
}

static void compare_text(const char *field, const char *recorded, const char *ours)
{
	if (recorded && strcmp(recorded, ours) != 0)
		differs(field, recorded, ours);
}

static void compare_number(const char *field, CK_ULONG recorded, CK_ULONG ours)
{
	char left[32], right[32];

	snprintf(left, sizeof(left), "0x%lx", recorded);
	snprintf(right, sizeof(right), "0x%lx", ours);
	compare_text(field, left, right);
}

/* ---- variables and names ---------------------------------------------------------------------- */

static struct {
	char name[64];
	CK_ULONG value;
} variables[64];

static CK_ULONG *variable(const char *name)
{
	size_t i = 0;

	while (variables[i].name[0] && strcmp(variables[i].name, name) != 0)
		i++;
	assert_in_range(i, 0, COUNT(variables) - 2);
	snprintf(variables[i].name, sizeof(variables[i].name), "%s", name);
	return &variables[i].value;
}

static bool is_variable(const char *text)
{
	return strncmp(text, "${", 2) == 0;
}

/* From the table of all constants: the recordings leave the prefix out. */
static CK_ULONG constant(const char *prefix, const char *name, size_t length)
{
	FILE *table = fopen(TEST_SOURCE_ROOT "/tests/spec/constants.tsv", "r");
	char line[1024], wanted[128];
	int size = snprintf(wanted, sizeof(wanted), "%s%.*s\t", prefix, (int)length, name);
	bool found = false;
	CK_ULONG value = 0;

	assert_non_null(table);
	while (!found && fgets(line, sizeof(line), table))
		if (strncmp(line, wanted, (size_t)size) == 0) {
			value = strtoul(line + size, NULL, 0);
			found = true;
		}
	fclose(table);
	if (!found)
		fail_msg("no constant %s", wanted);
	return value;
}

/* A number, a variable, true or false, or names joined by '|' or blanks. */
static CK_ULONG number_of(const char *text, const char *prefix)
{
	CK_ULONG value = 0;

	if (is_variable(text))
		return *variable(text);
	if (isdigit((unsigned char)text[0]))
		return strtoul(text, NULL, 0);
	if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
		return strcasecmp(text, "true") == 0;
	while (*text) {
		size_t length = strcspn(text, "| ");
		value |= constant(prefix, text, length);
		text += length + strspn(text + length, "| ");
	}
	return value;
}

/* The value of a child of the call. */
static CK_ULONG argument(const struct xml_element *call, const char *child, const char *prefix)
{
	const struct xml_element *element = xml_child(call, child);
	const char *value = element ? xml_attribute(element, "value") : NULL;

	if (!value)
		fail_msg("%s lacks %s", call->name, child);
	return number_of(value, prefix);
}

static size_t from_hex(const char *hex, CK_BYTE *out, size_t room)
{
	size_t length = strlen(hex) / 2;

	assert_in_range(length, 0, room);
	for (size_t i = 0; i < length; i++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (CK_BYTE)byte;
	}
	return length;
}

static void to_hex(const CK_BYTE *bytes, size_t length, char *out)
{
	for (size_t i = 0; i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	out[2 * length] = '\0';
}

/* ---- comparing the members of structures ------------------------------------------------------- */

/* v3.1 has some numbers as attributes of the answer's element, v3.2 as children. */
static const char *recorded_member(const struct xml_element *info, const char *name)
{
	const struct xml_element *child = xml_child(info, name);
	const char *value = child ? xml_attribute(child, "value") : NULL;

	return value ? value : xml_attribute(info, name);
}

static void compare_member(const struct xml_element *info, const char *name, const char *prefix, CK_ULONG ours)
{
	const char *recorded = recorded_member(info, name);

	if (recorded)
		compare_number(name, number_of(recorded, prefix), ours);
}

static void compare_padded(const struct xml_element *info, const char *name, const CK_UTF8CHAR *ours, size_t length)
{
	const char *recorded = recorded_member(info, name);
	char text[65] = "";

	assert_in_range(length, 0, sizeof(text) - 1);
	memcpy(text, ours, length);
	assert_true(is_padded(ours, length));
	if (recorded) {
		assert_int_equal(strlen(recorded), length);
		compare_text(name, recorded, text);
	}
}

static void compare_version(const struct xml_element *info, const char *name, CK_VERSION ours)
{
	const struct xml_element *child = xml_child(info, name);
	char left[16], right[16];

	if (!child)
		return;
	snprintf(left, sizeof(left), "%s.%s", xml_attribute(child, "major"), xml_attribute(child, "minor"));
	snprintf(right, sizeof(right), "%d.%d", ours.major, ours.minor);
	compare_text(name, left, right);
}

/* The answer's structure is its only child, whatever its name. */
static const struct xml_element *answered_structure(const struct xml_element *answer)
{
	assert_non_null(answer->children);
	return answer->children;
}

/* ---- the calls -------------------------------------------------------------------------------- */

static CK_RV replay_initialize(const struct xml_element *call, const struct xml_element *answer)
{
	(void)call, (void)answer;
	return p11->C_Initialize(NULL);
}

static CK_RV replay_finalize(const struct xml_element *call, const struct xml_element *answer)
{
	(void)call, (void)answer;
	return p11->C_Finalize(NULL);
}

static CK_RV replay_get_info(const struct xml_element *call, const struct xml_element *answer)
{
	const struct xml_element *recorded = answered_structure(answer);
	CK_INFO info;
	CK_RV rv = p11->C_GetInfo(&info);

	(void)call;
	compare_version(recorded, "CryptokiVersion", info.cryptokiVersion);
	compare_padded(recorded, "ManufacturerID", info.manufacturerID, sizeof(info.manufacturerID));
	compare_member(recorded, "Flags", "CKF_", info.flags);
	compare_padded(recorded, "LibraryDescription", info.libraryDescription, sizeof(info.libraryDescription));
	compare_version(recorded, "LibraryVersion", info.libraryVersion);
	return rv;
}

/* Lists: a query binds the length, the list itself binds or must hold the entries. */
static void bind_list(const struct xml_element *answer, const char *list, const char *prefix, const CK_ULONG *ours,
                      CK_ULONG count)
{
	const struct xml_element *recorded = xml_child(answer, list);
	const char *length = recorded ? xml_attribute(recorded, "length") : NULL;
	CK_ULONG index = 0;

	if (length && is_variable(length))
		*variable(length) = count;
	if (!ours || !recorded)
		return;
	for (const struct xml_element *entry = recorded->children; entry; entry = entry->next, index++) {
		const char *value = xml_attribute(entry, "value");
		bool there = false;
		assert_in_range(index, 0, count - 1);
		if (is_variable(value)) {
			*variable(value) = ours[index];
			continue;
		}
		for (CK_ULONG i = 0; i < count; i++)
			there |= ours[i] == number_of(value, prefix);
		if (!there)
			fail_msg("%s lacks %s", function, value);
	}
}

static CK_RV replay_get_slot_list(const struct xml_element *call, const struct xml_element *answer)
{
	const char *length = xml_attribute(xml_child(call, "SlotList"), "length");
	CK_ULONG count = length ? number_of(length, "") : 0;
	CK_SLOT_ID list[64];
	CK_RV rv;

	assert_in_range(count, 0, COUNT(list));
	rv = p11->C_GetSlotList((CK_BBOOL)argument(call, "TokenPresent", ""), length ? list : NULL, &count);
	bind_list(answer, "SlotList", "", length ? list : NULL, count);
	return rv;
}

static CK_RV replay_get_mechanism_list(const struct xml_element *call, const struct xml_element *answer)
{
	const char *length = xml_attribute(xml_child(call, "MechanismList"), "length");
	CK_ULONG count = length ? number_of(length, "") : 0;
	CK_MECHANISM_TYPE list[512];
	CK_RV rv;

	assert_in_range(count, 0, COUNT(list));
	rv = p11->C_GetMechanismList(argument(call, "SlotID", ""), length ? list : NULL, &count);
	bind_list(answer, "MechanismList", "CKM_", length ? list : NULL, count);
	return rv;
}

static CK_RV replay_get_slot_info(const struct xml_element *call, const struct xml_element *answer)
{
	const struct xml_element *recorded = answered_structure(answer);
	CK_SLOT_INFO info;
	CK_RV rv = p11->C_GetSlotInfo(argument(call, "SlotID", ""), &info);

	compare_padded(recorded, "SlotDescription", info.slotDescription, sizeof(info.slotDescription));
	compare_padded(recorded, "ManufacturerID", info.manufacturerID, sizeof(info.manufacturerID));
	compare_member(recorded, "Flags", "CKF_", info.flags);
	compare_version(recorded, "HardwareVersion", info.hardwareVersion);
	compare_version(recorded, "FirmwareVersion", info.firmwareVersion);
	return rv;
}

static CK_RV replay_get_token_info(const struct xml_element *call, const struct xml_element *answer)
{
	const struct xml_element *recorded = answered_structure(answer);
	CK_TOKEN_INFO info;
	CK_RV rv = p11->C_GetTokenInfo(argument(call, "SlotID", ""), &info);

	compare_padded(recorded, "label", info.label, sizeof(info.label));
	compare_padded(recorded, "ManufacturerID", info.manufacturerID, sizeof(info.manufacturerID));
	compare_padded(recorded, "model", info.model, sizeof(info.model));
	compare_padded(recorded, "serialNumber", info.serialNumber, sizeof(info.serialNumber));
	compare_member(recorded, "Flags", "CKF_", info.flags);
	compare_member(recorded, "MaxSessionCount", "", info.ulMaxSessionCount);
	compare_member(recorded, "SessionCount", "", info.ulSessionCount);
	compare_member(recorded, "MaxRwSessionCount", "", info.ulMaxRwSessionCount);
	compare_member(recorded, "RwSessionCount", "", info.ulRwSessionCount);
	compare_member(recorded, "MaxPinLen", "", info.ulMaxPinLen);
	compare_member(recorded, "MinPinLen", "", info.ulMinPinLen);
	compare_member(recorded, "TotalPublicMemory", "", info.ulTotalPublicMemory);
	compare_member(recorded, "FreePublicMemory", "", info.ulFreePublicMemory);
	compare_member(recorded, "TotalPrivateMemory", "", info.ulTotalPrivateMemory);
	compare_member(recorded, "FreePrivateMemory", "", info.ulFreePrivateMemory);
	compare_version(recorded, "HardwareVersion", info.hardwareVersion);
	compare_version(recorded, "FirmwareVersion", info.firmwareVersion);
	compare_padded(recorded, "utcTime", info.utcTime, sizeof(info.utcTime));
	return rv;
}

static CK_RV replay_get_mechanism_info(const struct xml_element *call, const struct xml_element *answer)
{
	const struct xml_element *recorded = answered_structure(answer);
	CK_MECHANISM_INFO info;
	CK_RV rv = p11->C_GetMechanismInfo(argument(call, "SlotID", ""), argument(call, "Type", "CKM_"), &info);

	compare_member(recorded, "MinKeySize", "", info.ulMinKeySize);
	compare_member(recorded, "MaxKeySize", "", info.ulMaxKeySize);
	compare_member(recorded, "Flags", "CKF_", info.flags);
	return rv;
}

static CK_RV replay_open_session(const struct xml_element *call, const struct xml_element *answer)
{
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
	CK_RV rv = p11->C_OpenSession(argument(call, "SlotID", ""), argument(call, "Flags", "CKF_"), NULL, NULL,
	                              &session);

	*variable(xml_attribute(xml_child(answer, "Session"), "value")) = session;
	return rv;
}

static CK_RV replay_close_session(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	return p11->C_CloseSession(argument(call, "Session", ""));
}

static CK_RV replay_close_all_sessions(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	return p11->C_CloseAllSessions(argument(call, "SlotID", ""));
}

static CK_RV replay_login(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	assert_string_equal(xml_attribute(xml_child(call, "Pin"), "value"), "${Pin}");
	return login_as(argument(call, "Session", ""), argument(call, "UserType", "CKU_"), USER_PIN);
}

static CK_RV replay_logout(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	return p11->C_Logout(argument(call, "Session", ""));
}

/* ---- templates --------------------------------------------------------------------------------- */

enum { MAX_ATTRIBUTES = 8, ATTRIBUTE_ROOM = 4096 };

struct recorded_template {
	CK_ATTRIBUTE attributes[MAX_ATTRIBUTES];
	CK_BYTE room[MAX_ATTRIBUTES][ATTRIBUTE_ROOM];
	CK_ULONG count;
};

static void read_attribute(const struct xml_element *element, CK_ATTRIBUTE *attribute, CK_BYTE *room)
{
	const char *type = xml_attribute(element, "type");
	const char *value = xml_attribute(element, "value"), *length = xml_attribute(element, "length");

	*attribute = (CK_ATTRIBUTE){constant("CKA_", type, strlen(type)), room, 0};
	if (length) {
		attribute->ulValueLen = number_of(length, "");
		assert_in_range(attribute->ulValueLen, 0, ATTRIBUTE_ROOM);
	} else if (!value) {
		attribute->pValue = NULL;
	} else if (attribute->type == CKA_TOKEN) {
		room[0] = (CK_BYTE)number_of(value, "");
		attribute->ulValueLen = 1;
	} else if (attribute->type == CKA_CLASS) {
		CK_OBJECT_CLASS class = number_of(value, "CKO_");
		memcpy(room, &class, sizeof(class));
		attribute->ulValueLen = sizeof(class);
	} else if (attribute->type == CKA_LABEL) {
		attribute->ulValueLen = strlen(value);
		memcpy(room, value, attribute->ulValueLen);
	} else {
		attribute->ulValueLen = from_hex(value, room, ATTRIBUTE_ROOM);
	}
}

static struct recorded_template *read_template(const struct xml_element *call)
{
	static struct recorded_template template;
	const struct xml_element *recorded = xml_child(call, "Template");

	template.count = 0;
	for (const struct xml_element *child = recorded ? recorded->children : NULL; child; child = child->next) {
		assert_in_range(template.count, 0, MAX_ATTRIBUTES - 1);
		read_attribute(child, &template.attributes[template.count], template.room[template.count]);
		template.count++;
	}
	return &template;
}

static void compare_attribute(const struct xml_element *recorded, const CK_ATTRIBUTE *ours)
{
	const char *type = xml_attribute(recorded, "type"), *value = xml_attribute(recorded, "value");
	const char *length = xml_attribute(recorded, "length");
	char field[64], text[2 * ATTRIBUTE_ROOM + 1];

	assert_int_equal(constant("CKA_", type, strlen(type)), ours->type);
	if (length) {
		snprintf(field, sizeof(field), "%s length", type);
		compare_number(field, number_of(length, ""), ours->ulValueLen);
	} else if (ours->type == CKA_LABEL) {
		snprintf(text, sizeof(text), "%.*s", (int)ours->ulValueLen, (const char *)ours->pValue);
		compare_text(type, value, text);
	} else {
		to_hex(ours->pValue, ours->ulValueLen, text);
		compare_text(type, value, text);
	}
}

static CK_RV replay_get_attribute_value(const struct xml_element *call, const struct xml_element *answer)
{
	struct recorded_template *template = read_template(call);
	CK_RV rv = p11->C_GetAttributeValue(argument(call, "Session", ""), argument(call, "Object", ""),
	                                    template->attributes, template->count);
	const struct xml_element *recorded = xml_child(answer, "Template")->children;

	assert_ok(rv);
	for (CK_ULONG i = 0; recorded; recorded = recorded->next, i++)
		compare_attribute(recorded, &template->attributes[i]);
	return rv;
}

static CK_RV replay_find_objects_init(const struct xml_element *call, const struct xml_element *answer)
{
	struct recorded_template *template = read_template(call);

	(void)answer;
	return p11->C_FindObjectsInit(argument(call, "Session", ""), template->attributes, template->count);
}

static CK_RV replay_find_objects(const struct xml_element *call, const struct xml_element *answer)
{
	CK_ULONG room = number_of(xml_attribute(xml_child(call, "Object"), "length"), ""), count = 0;
	CK_OBJECT_HANDLE found[16];
	CK_RV rv;

	assert_in_range(room, 1, COUNT(found));
	rv = p11->C_FindObjects(argument(call, "Session", ""), found, room, &count);
	bind_list(answer, "Object", "", found, count);
	return rv;
}

static CK_RV replay_find_objects_final(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	return p11->C_FindObjectsFinal(argument(call, "Session", ""));
}

/* ---- signatures -------------------------------------------------------------------------------- */

static CK_MECHANISM signing;

static CK_RV replay_sign_init(const struct xml_element *call, const struct xml_element *answer)
{
	(void)answer;
	signing = (CK_MECHANISM){argument(xml_child(call, "Mechanism"), "Type", "CKM_"), NULL, 0};
	return p11->C_SignInit(argument(call, "Session", ""), &signing, argument(call, "Key", ""));
}

static CK_RV replay_sign(const struct xml_element *call, const struct xml_element *answer)
{
	CK_SESSION_HANDLE session = argument(call, "Session", "");
	CK_BYTE data[1024], signature[512];
	CK_ULONG size = from_hex(xml_attribute(xml_child(call, "Data"), "value"), data, sizeof(data));
	CK_ULONG length = number_of(xml_attribute(xml_child(call, "Signature"), "length"), "");
	const char *recorded = xml_attribute(xml_child(answer, "Signature"), "value");
	char text[2 * sizeof(signature) + 1];

	assert_in_range(length, 1, sizeof(signature));
	assert_ok(p11->C_Sign(session, data, size, signature, &length));
	assert_int_equal(length, strlen(recorded) / 2);
	to_hex(signature, length, text);
	compare_text("Signature", recorded, text);
	assert_ok(p11->C_VerifyInit(session, &signing, find_labelled(session, "testrsa-pub")));
	return p11->C_Verify(session, data, size, signature, length);
}

/* ---- replaying --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	CK_RV (*replay)(const struct xml_element *call, const struct xml_element *answer);
} replays[] = {
	{"C_Initialize", replay_initialize},
	{"C_Finalize", replay_finalize},
	{"C_GetInfo", replay_get_info},
	{"C_GetSlotList", replay_get_slot_list},
	{"C_GetSlotInfo", replay_get_slot_info},
	{"C_GetTokenInfo", replay_get_token_info},
	{"C_GetMechanismList", replay_get_mechanism_list},
	{"C_GetMechanismInfo", replay_get_mechanism_info},
	{"C_OpenSession", replay_open_session},
	{"C_CloseSession", replay_close_session},
	{"C_CloseAllSessions", replay_close_all_sessions},
	{"C_Login", replay_login},
	{"C_Logout", replay_logout},
	{"C_GetAttributeValue", replay_get_attribute_value},
	{"C_FindObjectsInit", replay_find_objects_init},
	{"C_FindObjects", replay_find_objects},
	{"C_FindObjectsFinal", replay_find_objects_final},
	{"C_SignInit", replay_sign_init},
	{"C_Sign", replay_sign},
};

static void replay_call(const struct xml_element *call, const struct xml_element *answer)
{
	const char *expected = xml_attribute(answer, "rv");
	CK_RV rv;

	function = call->name;
	assert_string_equal(call->name, answer->name);
	for (size_t i = 0; i < COUNT(replays); i++) {
		if (strcmp(replays[i].name, call->name) != 0)
			continue;
		rv = replays[i].replay(call, answer);
		if (rv != constant("CKR_", expected, strlen(expected)))
			fail_msg("%s gave %s, not CKR_%s", call->name, rv_text(rv), expected);
		return;
	}
	fail_msg("no way to replay %s", call->name);
}

static const char *case_path(const char *name)
{
	static char path[512];
	const char *shared = getenv("CONCLAVE_SHARED");

	if (shared && *shared)
		snprintf(path, sizeof(path), "%s/spec/profiles/%s.xml", shared, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/spec/profiles/%s.xml", TEST_SOURCE_ROOT, name);
	return path;
}

/* C_Initialize(NULL) at the start, C_Finalize at the end: the token is made before and lasts. */
static void replay_case(const char *name)
{
	struct xml_document document = xml_read(case_path(name));

	finalize();
	memset(variables, 0, sizeof(variables));
	if (!document.root)
		fail_msg("%s is not understood", case_path(name));
	assert_string_equal(document.root->name, "PKCS11");
	for (const struct xml_element *call = document.root->children; call; call = call->next->next) {
		assert_non_null(call->next);
		replay_call(call, call->next);
	}
	xml_free(&document);
}

static void require_case(const char *name)
{
	if (access(case_path(name), R_OK) == 0)
		return;
	print_message("%s is not here: skipped\n", case_path(name));
	skip();
}

/* ---- what each case needs to find --------------------------------------------------------------- */

static void prepare_rsa_pair(void)
{
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_BYTE exponent[] = {1, 0, 1};
	CK_ATTRIBUTE public_template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)"testrsa-pub", 11},
		{CKA_VERIFY, &yes, sizeof(yes)},
		{CKA_MODULUS_BITS, &bits, sizeof(bits)},
		{CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)},
	};
	CK_ATTRIBUTE private_template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)"testrsa-pri", 11},
		{CKA_SIGN, &yes, sizeof(yes)},
	};
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE public, private;

	login_user(session);
	assert_ok(p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), private_template,
	                                 COUNT(private_template), &public, &private));
}

/* The recorded certificate, taken from the case itself, as often as the case looks for objects. */
static void prepare_certificates(const char *name)
{
	struct xml_document document = xml_read(case_path(name));
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BYTE value[2048], subject[] = {0x30, 0x00};
	CK_SESSION_HANDLE session = open_rw();
	const char *hex = NULL, label[] = "Mozilla Builtin Roots";
	CK_ULONG length;

	assert_non_null(document.root);
	for (const struct xml_element *element = document.root->children; element; element = element->next) {
		const struct xml_element *template = xml_child(element, "Template");
		const struct xml_element *attribute = template ? template->children : NULL;
		if (attribute && strcmp(xml_attribute(attribute, "type"), "VALUE") == 0 &&
		    xml_attribute(attribute, "value"))
			hex = xml_attribute(attribute, "value");
	}
	assert_non_null(hex);
	length = from_hex(hex, value, sizeof(value));
	xml_free(&document);
	login_user(session);
	for (int i = 0; i < 5; i++)
		make_object(session, ATTRIBUTES(
			{CKA_CLASS, &class, sizeof(class)},
			{CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
			{CKA_TOKEN, &yes, sizeof(yes)},
			{CKA_PRIVATE, &no, sizeof(no)},
			{CKA_LABEL, (void *)(uintptr_t)label, sizeof(label) - 1},
			{CKA_SUBJECT, subject, sizeof(subject)},
			{CKA_VALUE, value, length}));
}

#define CASE(identifier, name, prepare) \
	static void identifier(void **state) \
	{ \
		(void)state; \
		require_case(name); \
		prepare; \
		replay_case(name); \
	}
CASE(baseline_provider_of_3_1, "v3.1/BL-M-1-31", (void)0)
CASE(baseline_provider_of_3_2, "v3.2/BL-M-1-32", (void)0)
CASE(extended_provider_of_3_1, "v3.1/EXT-M-1-31", (void)0)
CASE(extended_provider_of_3_2, "v3.2/EXT-M-1-32", (void)0)
CASE(authentication_token_of_3_1, "v3.1/AUTH-M-1-31", prepare_rsa_pair())
CASE(authentication_token_of_3_2, "v3.2/AUTH-M-1-32", prepare_rsa_pair())
CASE(public_certificates_token_of_3_1, "v3.1/CERT-M-1-31", prepare_certificates("v3.1/CERT-M-1-31"))
CASE(public_certificates_token_of_3_2, "v3.2/CERT-M-1-32", prepare_certificates("v3.2/CERT-M-1-32"))
#undef CASE

#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQLITE(baseline_provider_of_3_1),
		SQLITE(baseline_provider_of_3_2),
		SQLITE(extended_provider_of_3_1),
		SQLITE(extended_provider_of_3_2),
		SQLITE(authentication_token_of_3_1),
		SQLITE(authentication_token_of_3_2),
		SQLITE(public_certificates_token_of_3_1),
		SQLITE(public_certificates_token_of_3_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
