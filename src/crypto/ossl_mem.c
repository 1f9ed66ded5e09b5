/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that the private libcrypto works in: what it gives back is wiped first, whoever it belonged to.
 * Each block carries its size in a header of 16 bytes, which keeps malloc's alignment.
 * Knows nothing of what is in a block. */
#include "crypto/ossl_mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* This thread has been refused a block since somebody last asked: libcrypto names the consequence, not the cause. */
static _Thread_local bool refused;

struct header {
	_Alignas(16) size_t size;
};

static void *take(size_t size, const char *file, int line)
{
	struct header *h;

	(void)file;
	(void)line;
	if (size == 0 || size > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + size);
	if (h == NULL) {
		refused = true;
		return NULL;
	}
	h->size = size;
	return h + 1;
}

static void give_back(void *p, const char *file, int line)
{
	struct header *h = p;

	(void)file;
	(void)line;
	if (p == NULL)
		return;
	h--;
	wipe(p, h->size);
	free(h);
}

static void *resize(void *p, size_t size, const char *file, int line)
{
	struct header *h = p;
	void *bigger;

	if (p == NULL)
		return take(size, file, line);
	if (size == 0) {
		give_back(p, file, line);
		return NULL;
	}
	h--;
	/* realloc could move the block and leave the old one as it was. */
	bigger = take(size, file, line);
	if (bigger == NULL)
		return NULL;
	memcpy(bigger, p, size < h->size ? size : h->size);
	give_back(p, file, line);
	return bigger;
}

bool ossl_mem_refused(void)
{
	bool was = refused;

	refused = false;
	return was;
}

const struct ossl_mem ossl_mem = {.take = take, .resize = resize, .give_back = give_back};
