/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of set rows and roots: u8 format, then nonce, ciphertext and tag of AES-256-GCM. The associated
 * data says whose row it is, where it stands and which version it has, so that no other can stand in its place. */
#include "object/sets_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "object/persist.h"

#define FORMAT 1
#define ENTRY_SIZE (8 + 4 + 32)

#define KEY(k) bytes_of((k), sizeof(k))

static const char *const family_names[SEAL_FAMILIES] = {[SEAL_OPEN] = "public", [SEAL_PRIVATE] = "private"};
static const char *const root_names[SEAL_FAMILIES] = {[SEAL_OPEN] = SETS_ROOT_OPEN, [SEAL_PRIVATE] = SETS_ROOT_PRIVATE};

CK_RV sets_refuse(const struct persist *p, enum seal_family family, const char *why)
{
	return fail(CKR_DEVICE_ERROR, "%s: token %.*s: the sets of its %s objects: %s", p->keys->place, SEAL_SERIAL_SIZE, p->keys->serial,
	            family_names[family], why);
}

/* ---- sums ------------------------------------------------------------------------------------------ */

void sets_sum_add(struct sets_sum *s, const unsigned char hash[32])
{
	unsigned carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)s->sum[i] + hash[i];
		s->sum[i] = (unsigned char)carry;
		carry >>= 8;
	}
	s->count++;
}

void sets_sum_take(struct sets_sum *s, const unsigned char hash[32])
{
	unsigned borrow = 0;
	for (size_t i = 0; i < 32; i++) {
		unsigned take = hash[i] + borrow;
		borrow = s->sum[i] < take;
		s->sum[i] = (unsigned char)(s->sum[i] - take);
	}
	s->count--;
}

bool sets_sum_equal(const struct sets_sum *a, const struct sets_sum *b)
{
	return a->count == b->count && secret_equal(KEY(a->sum), KEY(b->sum));
}

/* ---- sealing ----------------------------------------------------------------------------------------- */

/* What a row is bound to; a root is at the place that no row has. */
#define ROOT_PLACE UINT64_MAX

static CK_RV put_binding(const struct persist *p, enum seal_family family, uint64_t start, uint64_t version, struct buf *ret)
{
	static const char label[] = "conclave set row";
	try(buf_append(ret, bytes_of(label, sizeof(label))));
	try(buf_append(ret, KEY(p->keys->serial)));
	try(buf_put_u8(ret, (uint8_t)family));
	try(buf_put_u64(ret, start));
	return buf_put_u64(ret, version);
}

static CK_RV seal(const struct persist *p, enum seal_family family, uint64_t start, uint64_t version, const struct buf *plain,
                  struct buf *ret)
{
	struct buf binding cleanup(buf_free) = {0};
	try(put_binding(p, family, start, version, &binding));
	try(buf_put_u8(ret, FORMAT));
	return aead_seal(p->ossl, KEY(p->keys->set_seal[family]), buf_bytes(&binding), buf_bytes(plain), ret);
}

static CK_RV open_value(const struct persist *p, enum seal_family family, uint64_t start, uint64_t version, struct bytes value,
                        struct secret *ret)
{
	struct buf binding cleanup(buf_free) = {0};
	uint8_t format;
	if (!bytes_take_u8(&value, &format) || format != FORMAT)
		return sets_refuse(p, family, start == ROOT_PLACE ? "the root has no known form" : "a row has no known form");
	try(put_binding(p, family, start, version, &binding));
	CK_RV rv = aead_open(p->ossl, KEY(p->keys->set_seal[family]), buf_bytes(&binding), value, ret);
	if (rv == CKR_DATA_INVALID)
		return sets_refuse(p, family, start == ROOT_PLACE ? "the root does not authenticate" : "a row does not authenticate");
	return rv;
}

static CK_RV put_sum(const struct sets_sum *s, struct buf *ret)
{
	try(buf_put_u64(ret, s->count));
	return buf_append(ret, KEY(s->sum));
}

static bool take_sum(struct bytes *in, struct sets_sum *ret)
{
	struct bytes sum;
	if (!bytes_take_u64(in, &ret->count) || !bytes_take(in, sizeof(ret->sum), &sum))
		return false;
	memcpy(ret->sum, sum.data, sizeof(ret->sum));
	return true;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

void sets_row_free(struct sets_row *r)
{
	free(r->entries);
	buf_free(&r->sealed);
	*r = (struct sets_row){0};
}

/* A row's part in the root's sum: the end of its value authenticates the rest. */
static void hash_row(const struct persist *p, enum seal_family family, uint64_t start, uint64_t version, struct bytes value,
                     unsigned char ret[32])
{
	unsigned char in[1 + 8 + 8 + 16] = {SETS_ROW};
	for (size_t i = 0; i < 8; i++) {
		in[1 + i] = (unsigned char)(start >> (8 * i));
		in[9 + i] = (unsigned char)(version >> (8 * i));
	}
	size_t end = value.len < 16 ? value.len : 16;
	if (end > 0)
		memcpy(in + 17, value.data + value.len - end, end);
	hash_hmac(KEY(p->keys->set_mac[family]), KEY(in), ret);
}

static CK_RV reserve(struct sets_row *r, size_t count)
{
	if (count <= r->cap)
		return CKR_OK;
	size_t cap = count + SETS_ROW_MAX / 2;
	struct sets_entry *entries = reallocarray(r->entries, cap, sizeof(*entries));
	if (entries == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a set row");
	r->entries = entries;
	r->cap = cap;
	return CKR_OK;
}

static bool take_entry(struct bytes *in, struct sets_entry *ret)
{
	uint32_t count;
	struct bytes sum;
	if (!bytes_take_u64(in, &ret->tag) || !bytes_take_u32(in, &count) || !bytes_take(in, sizeof(ret->sum.sum), &sum))
		return false;
	ret->sum.count = count;
	memcpy(ret->sum.sum, sum.data, sizeof(ret->sum.sum));
	return true;
}

CK_RV sets_row_open(const struct persist *p, const struct store_set *stored, struct sets_row *ret)
{
	struct secret plain cleanup(secret_free) = {0};
	struct sets_row r cleanup(sets_row_free) = {.start = stored->start, .version = stored->version};
	enum seal_family family = stored->family;
	try(open_value(p, family, stored->start, stored->version, stored->value, &plain));
	struct bytes in = secret_bytes(&plain);
	if (!bytes_take_u64(&in, &r.last) || r.last < r.start || in.len % ENTRY_SIZE != 0)
		return sets_refuse(p, family, "a row has no known form");
	try(reserve(&r, in.len / ENTRY_SIZE + 1));
	while (take_entry(&in, &r.entries[r.count]))
		r.count++;
	hash_row(p, family, r.start, r.version, stored->value, r.hash);
	*ret = r;
	r = (struct sets_row){0};
	return CKR_OK;
}

CK_RV sets_row_seal(const struct persist *p, enum seal_family family, struct sets_row *r)
{
	struct buf plain cleanup(buf_wipe_free) = {0};
	try(buf_put_u64(&plain, r->last));
	for (size_t i = 0; i < r->count; i++) {
		const struct sets_entry *e = &r->entries[i];
		if (e->sum.count > UINT32_MAX)
			return fail(CKR_DEVICE_MEMORY, "more than 2^32 objects with one attribute value");
		try(buf_put_u64(&plain, e->tag));
		try(buf_put_u32(&plain, (uint32_t)e->sum.count));
		try(buf_append(&plain, KEY(e->sum.sum)));
	}
	r->version++;
	r->sealed.len = 0;
	try(seal(p, family, r->start, r->version, &plain, &r->sealed));
	hash_row(p, family, r->start, r->version, buf_bytes(&r->sealed), r->hash);
	return CKR_OK;
}

struct sets_entry *sets_row_entry(struct sets_row *r, uint64_t tag, bool make)
{
	size_t at = 0;
	while (at < r->count && r->entries[at].tag < tag)
		at++;
	if (at < r->count && r->entries[at].tag == tag)
		return &r->entries[at];
	if (!make || reserve(r, r->count + 1) != CKR_OK)
		return NULL;
	memmove(&r->entries[at + 1], &r->entries[at], (r->count - at) * sizeof(r->entries[0]));
	r->count++;
	r->entries[at] = (struct sets_entry){.tag = tag};
	return &r->entries[at];
}

void sets_row_drop(struct sets_row *r, struct sets_entry *e)
{
	size_t at = (size_t)(e - r->entries);
	memmove(e, e + 1, (r->count - at - 1) * sizeof(*e));
	r->count--;
}

CK_RV sets_row_split(struct sets_row *r, struct sets_row *ret)
{
	size_t at = r->count / 2;
	/* Two tags of one place stay together. */
	while (at < r->count && SETS_PLACE(r->entries[at].tag) == SETS_PLACE(r->entries[at - 1].tag))
		at++;
	if (at == r->count)
		return fail(CKR_GENERAL_ERROR, "a set row of one place");
	*ret = (struct sets_row){.start = SETS_PLACE(r->entries[at].tag), .last = r->last, .changed = true};
	try(reserve(ret, r->count - at));
	ret->count = r->count - at;
	memcpy(ret->entries, &r->entries[at], ret->count * sizeof(ret->entries[0]));
	r->count = at;
	r->last = ret->start - 1;
	return CKR_OK;
}

/* ---- roots ---------------------------------------------------------------------------------------------- */

CK_RV sets_root_read(const struct persist *p, enum seal_family family, struct sets_root *ret)
{
	struct buf value cleanup(buf_free) = {0};
	struct secret plain cleanup(secret_free) = {0};
	struct sets_root root = {0};
	try(store_meta_get(p->store, p->token, root_names[family], &value, &root.version));
	if (root.version == 0)
		return sets_refuse(p, family, "the root is missing");
	try(open_value(p, family, ROOT_PLACE, root.version, buf_bytes(&value), &plain));
	struct bytes in = secret_bytes(&plain);
	if (!take_sum(&in, &root.all) || !take_sum(&in, &root.values) || !take_sum(&in, &root.rows) || in.len > 0)
		return sets_refuse(p, family, "the root has no known form");
	*ret = root;
	return CKR_OK;
}

CK_RV sets_root_write(const struct persist *p, enum seal_family family, const struct sets_root *root)
{
	struct buf plain cleanup(buf_wipe_free) = {0};
	struct buf value cleanup(buf_free) = {0};
	try(put_sum(&root->all, &plain));
	try(put_sum(&root->values, &plain));
	try(put_sum(&root->rows, &plain));
	try(seal(p, family, ROOT_PLACE, root->version + 1, &plain, &value));
	return store_meta_put(p->store, p->token, root_names[family], buf_bytes(&value), root->version);
}
