/* SPDX-License-Identifier: Apache-2.0 */
/* The meta value "counter" holds the last number given, u64. The next one is at least the time in nanoseconds, so
 * that a store that was put back from a copy does not give numbers twice. */
#include "core/counter.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/module.h"
#include "core/token.h"

#define META "counter"

static CK_RV advance(struct store *s, uint64_t token, uint64_t *ret)
{
	cleanup(buf_free) struct buf before = {0}, after = {0};
	uint64_t last = 0, version = 0;

	try(store_meta_get(s, token, META, &before, &version));
	struct bytes in = buf_bytes(&before);
	if (version != 0 && !bytes_take_u64(&in, &last))
		return fail(CKR_DEVICE_ERROR, "the monotonic counter of token %llu is damaged", (unsigned long long)token);
	uint64_t now = clock_realtime_ns();
	uint64_t next = now > last ? now : last + 1;
	try(buf_put_u64(&after, next));
	try(store_meta_put(s, token, META, buf_bytes(&after), version));
	*ret = next;
	return CKR_OK;
}

CK_RV counter_next(struct token *t, uint64_t *ret)
{
	struct store *s = t->module->store;
	uint64_t next = 0;

	try(store_begin(s, STORE_WRITE));
	try(store_end(s, advance(s, t->number, &next)));
	*ret = next;
	return CKR_OK;
}
