/* SPDX-License-Identifier: Apache-2.0 */
/* What the threaded tests share: see stress.h. */
#include "stress.h"

#include <inttypes.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

uint64_t stress_seed;
atomic_bool stress_stop;

static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;
static char stress_failure[512];

void stress_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&failure_lock);
	if (!*stress_failure)
		vsnprintf(stress_failure, sizeof(stress_failure), format, args);
	pthread_mutex_unlock(&failure_lock);
	va_end(args);
	atomic_store(&stress_stop, true);
}

void stress_assert_none(void)
{
	if (*stress_failure) {
		print_error("seed %" PRIu64 ": %s\n", stress_seed, stress_failure);
		fail();
	}
}

/* ---- chance and time ------------------------------------------------------------------------- */

uint64_t stress_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

unsigned stress_pick(uint64_t *state, unsigned below)
{
	return (unsigned)(stress_random(state) % below);
}

double stress_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double stress_seconds(void)
{
	const char *text = getenv("CONCLAVE_STRESS_SECONDS");

	return text && atof(text) > 0 ? atof(text) : 5;
}

int stress_setup(void **state)
{
	const char *text = getenv("CONCLAVE_SEED");

	stress_seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", stress_seed);
	*stress_failure = '\0';
	atomic_store(&stress_stop, false);
	return setup_token(state);
}

CK_UTF8CHAR_PTR stress_utf8(const char *text)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)text;
}

void stress_run(size_t count, void *(*fn)(void *), void *args, size_t arg_size)
{
	pthread_t threads[32];

	assert_in_range(count, 1, COUNT(threads));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (char *)args + i * arg_size), 0);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* ---- calls without assertions ---------------------------------------------------------------- */

CK_RV stress_open(CK_FLAGS rw, CK_SESSION_HANDLE *ret)
{
	return p11->C_OpenSession(slot, CKF_SERIAL_SESSION | rw, NULL, NULL, ret);
}

CK_RV stress_create(CK_SESSION_HANDLE session, bool token, bool private, const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

CK_RV stress_read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *expected)
{
	char label[64];
	CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label)};
	CK_RV rv = p11->C_GetAttributeValue(session, object, &a, 1);

	if (rv == CKR_OK && (a.ulValueLen != strlen(expected) || memcmp(label, expected, a.ulValueLen) != 0))
		return CKR_GENERAL_ERROR;
	return rv;
}

CK_RV stress_find(CK_SESSION_HANDLE session, const char *label, CK_OBJECT_HANDLE *ret, CK_ULONG *ret_count)
{
	CK_ATTRIBUTE template = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};
	CK_RV rv = p11->C_FindObjectsInit(session, &template, 1), last;

	if (rv != CKR_OK)
		return rv;
	rv = p11->C_FindObjects(session, ret, 1, ret_count);
	last = p11->C_FindObjectsFinal(session);
	return rv != CKR_OK ? rv : last;
}

CK_RV stress_mac(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_BYTE ret[32])
{
	CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0};
	CK_BYTE data[] = "what all of them sign";
	CK_ULONG length = 32;
	CK_RV rv = p11->C_SignInit(session, &hmac, key);

	return rv != CKR_OK ? rv : p11->C_Sign(session, data, sizeof(data), ret, &length);
}
