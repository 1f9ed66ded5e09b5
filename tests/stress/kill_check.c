/* SPDX-License-Identifier: Apache-2.0 */
/* The look after a kill: what entries the token holds by its labels, and whether each is whole. Asserts, so
 * for the process of the test only. */
#include "kill_work.h"

static void read_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *ret, CK_ULONG *length)
{
	CK_ATTRIBUTE a = {type, ret, *length};

	assert_ok(p11->C_GetAttributeValue(kill_session, object, &a, 1));
	*length = a.ulValueLen;
}

static void check_pair(const CK_OBJECT_HANDLE objects[2])
{
	bool first_is_public = get_ulong(kill_session, objects[0], CKA_CLASS) == CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE public = objects[first_is_public ? 0 : 1], private = objects[first_is_public ? 1 : 0];
	CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
	CK_BYTE hash[32] = {5}, signature[64];
	CK_ULONG length = sizeof(signature);

	assert_int_equal(get_ulong(kill_session, public, CKA_CLASS), CKO_PUBLIC_KEY);
	assert_int_equal(get_ulong(kill_session, private, CKA_CLASS), CKO_PRIVATE_KEY);
	assert_ok(p11->C_SignInit(kill_session, &ecdsa, private));
	assert_ok(p11->C_Sign(kill_session, hash, sizeof(hash), signature, &length));
	assert_ok(p11->C_VerifyInit(kill_session, &ecdsa, public));
	assert_ok(p11->C_Verify(kill_session, hash, sizeof(hash), signature, length));
}

static void check_secret(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE block[16] = {0};
	CK_ULONG length = sizeof(block);

	assert_ok(p11->C_EncryptInit(kill_session, &ecb, key));
	assert_ok(p11->C_Encrypt(kill_session, block, sizeof(block), block, &length));
}

void kill_check_whole(const struct entry *e)
{
	static CK_BYTE value[20001], wanted[20000];
	CK_OBJECT_HANDLE objects[3];
	CK_ULONG count = kill_objects_of(e, objects), length;
	uint32_t version;

	assert_int_equal(count, e->kind == PAIR ? 2 : 1);
	for (CK_ULONG i = 0; i < count && e->kind != DATA; i++) {
		length = sizeof(version);
		read_attribute(objects[i], CKA_ID, &version, &length);
		assert_int_equal(length, sizeof(version));
		assert_int_equal(version, e->version);
	}
	if (e->kind == PAIR)
		check_pair(objects);
	if (e->kind == SECRET)
		check_secret(objects[0]);
	if (e->kind == DATA) {
		length = sizeof(value);
		read_attribute(objects[0], CKA_VALUE, value, &length);
		assert_int_equal(length, kill_data_value(wanted, e->origin));
		assert_memory_equal(value, wanted, length);
	}
}

/* Adds what one object's label says, unless its other half has said it. */
static size_t note_entry(CK_OBJECT_HANDLE object, struct entry *entries, size_t count, size_t room)
{
	char label[LABEL_ROOM + 1];
	CK_ULONG length = LABEL_ROOM;
	struct entry e = {0};

	read_attribute(object, CKA_LABEL, label, &length);
	label[length] = '\0';
	assert_int_equal(sscanf(label, "%u/%u/%u/%u/", &e.id, &e.version, &e.origin, &e.kind), 4);
	for (size_t i = 0; i < count; i++)
		if (memcmp(&entries[i], &e, sizeof(e)) == 0)
			return count;
	assert_in_range(count, 0, room - 1);
	entries[count] = e;
	return count + 1;
}

size_t kill_list_entries(struct entry *ret, size_t room)
{
	CK_OBJECT_HANDLE found[512];
	CK_ULONG count;
	size_t entries = 0;

	assert_ok(p11->C_FindObjectsInit(kill_session, NULL, 0));
	do {
		assert_ok(p11->C_FindObjects(kill_session, found, COUNT(found), &count));
		for (CK_ULONG i = 0; i < count; i++)
			entries = note_entry(found[i], ret, entries, room);
	} while (count > 0);
	assert_ok(p11->C_FindObjectsFinal(kill_session));
	return entries;
}

bool kill_holds(const struct expectation *e, const struct entry *found, size_t count)
{
	size_t wanted = 0;

	for (size_t i = 0; i < MAX_ENTRIES; i++) {
		bool there = e->entries[i].id == 0;

		wanted += e->entries[i].id != 0;
		for (size_t j = 0; j < count && !there; j++)
			there = memcmp(&e->entries[i], &found[j], sizeof(found[j])) == 0;
		if (!there)
			return false;
	}
	return wanted == count;
}

void kill_prepare(void)
{
	char label[32], pin[32];

	memset(&kill_expected, 0, sizeof(kill_expected));
	kill_expected.so_pin = kill_next_pin();
	kill_expected.user_pin = kill_next_pin();
	kill_expected.token = kill_next_pin();
	kill_next_id = 1;
	initialize();
	slot = first_slot();
	kill_pin_text(pin, sizeof(pin), true, kill_expected.so_pin);
	kill_token_label(label, sizeof(label), kill_expected.token);
	assert_ok(init_token(slot, pin, label));
	kill_session = open_rw();
	assert_ok(kill_login(CKU_SO, kill_expected.so_pin));
	assert_ok(kill_init_pin(&(struct report){.number = kill_expected.user_pin}));
	kill_expected.has_user_pin = 1;
	finalize();
}
