/* SPDX-License-Identifier: Apache-2.0 */
/* What a search, a start and memory cost in a small and in a large token, and a start in a store of many tokens, on disk
 * (sqlite:), beside SoftHSM2 where it is installed. Every measurement is made by a process of its own that has seen
 * nothing yet. Exits with 1 when a bound (the table below) is not kept.
 * CONCLAVE_BENCH_OBJECTS, CONCLAVE_BENCH_PEER_OBJECTS, CONCLAVE_BENCH_TOKENS set the sizes, CONCLAVE_BENCH_PEER the
 * other module (empty: none), CONCLAVE_BENCH_DIR a folder whose stores are kept and used again. */
#include "bench.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FEW 100
#define SAMPLES 1000
#define STARTS 5
#define PEER "/usr/lib/softhsm/libsofthsm2.so"

/* What one store gave. Microseconds and KiB. */
struct figures {
	double create, first, label, id, class_id;
	double cold, resident;
};

struct module {
	const char *name, *path;
	bool peer;
	unsigned long many; /* objects */
	struct figures few_figures, many_figures;
	double empty_resident;
	double start_none, start_one, start_many; /* with no store at all, with one token, with many */
};

static char folder[256];

/* ---- stores -------------------------------------------------------------------------------------- */

static unsigned long size_of(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 10) : otherwise;
}

/* Sets the environment for a module and a store of this name; true when the store is new. */
static bool choose_store(const struct module *m, const char *kind, unsigned long size)
{
	char path[512], text[1024];
	struct stat st;
	bool fresh;

	snprintf(path, sizeof(path), "%s/%s-%s-%lu", folder, m->peer ? "peer" : "own", kind, size);
	fresh = stat(path, &st) != 0;
	if (fresh && mkdir(path, 0700) != 0)
		bench_ok(CKR_GENERAL_ERROR, path);
	snprintf(text, sizeof(text), "sqlite:%s/store", path);
	setenv("CONCLAVE_STORE", text, 1);
	setenv("CONCLAVE_LOG", "error", 1);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	setenv("CONCLAVE_SPARE_SLOT", strcmp(kind, "tokens") == 0 && fresh ? "1" : "0", 1);
	if (!m->peer)
		return fresh;
	snprintf(text, sizeof(text), "%s/softhsm2.conf", path);
	setenv("SOFTHSM2_CONF", text, 1);
	FILE *f = fopen(text, "w");
	if (!f)
		bench_ok(CKR_GENERAL_ERROR, text);
	fprintf(f, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", path);
	fclose(f);
	return fresh;
}

static CK_SLOT_ID last_slot(void)
{
	CK_ULONG count = 0;
	CK_SLOT_ID *slots, last;

	bench_ok(p11->C_GetSlotList(CK_TRUE, NULL, &count), "C_GetSlotList");
	slots = calloc(count + 1, sizeof(*slots));
	if (!slots)
		bench_ok(CKR_HOST_MEMORY, "slots");
	bench_ok(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	last = slots[count - 1];
	free(slots);
	return last;
}

/* SoftHSM's new token gets another slot number, Conclave's keeps its own: both are asked for again. */
static CK_SESSION_HANDLE session_with_token(bool make)
{
	CK_ULONG count = 0;
	CK_SLOT_ID slots[8];

	if (make)
		bench_init_token(last_slot());
	bench_ok(p11->C_GetSlotList(CK_TRUE, NULL, &count), "C_GetSlotList");
	count = sizeof(slots) / sizeof(slots[0]);
	bench_ok(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	return bench_session(slots[0]);
}

/* ---- objects ------------------------------------------------------------------------------------- */

static CK_OBJECT_CLASS class_secret = CKO_SECRET_KEY;

struct name {
	char label[40];
	unsigned char id[8];
};

static void name_of(unsigned long number, struct name *ret)
{
	snprintf(ret->label, sizeof(ret->label), "object number %lu", number);
	for (size_t i = 0; i < sizeof(ret->id); i++)
		ret->id[i] = (unsigned char)(number * 0x9e3779b97f4a7c15u >> (8 * i));
}

static void create(CK_SESSION_HANDLE session, unsigned long number)
{
	static CK_KEY_TYPE type = CKK_AES;
	static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	static unsigned char value[32];
	struct name n;
	CK_OBJECT_HANDLE h;

	name_of(number, &n);
	CK_ATTRIBUTE a[] = {
		{CKA_CLASS, &class_secret, sizeof(class_secret)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_TOKEN, &yes, 1},
		{CKA_PRIVATE, &no, 1}, {CKA_SENSITIVE, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}, {CKA_ENCRYPT, &yes, 1},
		{CKA_VALUE, value, sizeof(value)}, {CKA_LABEL, n.label, strlen(n.label)}, {CKA_ID, n.id, sizeof(n.id)},
	};
	bench_ok(p11->C_CreateObject(session, a, sizeof(a) / sizeof(a[0]), &h), "C_CreateObject");
}

static CK_OBJECT_HANDLE find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE found[2] = {0};
	CK_ULONG n = 0;

	bench_ok(p11->C_FindObjectsInit(session, template, count), "C_FindObjectsInit");
	bench_ok(p11->C_FindObjects(session, found, 2, &n), "C_FindObjects");
	bench_ok(p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	if (n != 1)
		bench_ok(CKR_GENERAL_ERROR, "not exactly one object was found");
	return found[0];
}

static void find_label(CK_SESSION_HANDLE session, unsigned long number)
{
	struct name n;

	name_of(number, &n);
	find(session, &(CK_ATTRIBUTE){CKA_LABEL, n.label, strlen(n.label)}, 1);
}

static void find_id(CK_SESSION_HANDLE session, unsigned long number)
{
	struct name n;

	name_of(number, &n);
	find(session, &(CK_ATTRIBUTE){CKA_ID, n.id, sizeof(n.id)}, 1);
}

static void find_class_id(CK_SESSION_HANDLE session, unsigned long number)
{
	struct name n;

	name_of(number, &n);
	find(session, (CK_ATTRIBUTE[]){{CKA_CLASS, &class_secret, sizeof(class_secret)}, {CKA_ID, n.id, sizeof(n.id)}}, 2);
}

/* ---- what the child processes do ----------------------------------------------------------------- */

static double resident_kib(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		bench_ok(CKR_GENERAL_ERROR, "/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Median microseconds over objects all over the token; in a large one each is another. */
static double median_us(void (*look)(CK_SESSION_HANDLE, unsigned long), CK_SESSION_HANDLE session, unsigned long size)
{
	static double each[SAMPLES];

	for (unsigned i = 0; i < SAMPLES; i++) {
		double start = bench_now();
		look(session, (i * 7919ul + 13) % size);
		each[i] = (bench_now() - start) / 1000;
	}
	qsort(each, SAMPLES, sizeof(each[0]), by_size);
	return each[SAMPLES / 2];
}

static void make_objects(const struct module *m, unsigned long size, double *ret)
{
	bool fresh = choose_store(m, "objects", size);
	double start;

	*ret = 0;
	if (!fresh)
		return;
	bench_start(m->path);
	CK_SESSION_HANDLE session = session_with_token(true);
	start = bench_now();
	for (unsigned long i = 0; i < size; i++)
		create(session, i);
	*ret = size ? (bench_now() - start) / 1000 / (double)size : 0;
	bench_end();
}

/* ret: microseconds to the first find, KiB then; size 0: KiB of an empty token. */
static void start_cold(const struct module *m, unsigned long size, double *ret)
{
	choose_store(m, "objects", size);
	bench_load(m->path);
	double start = bench_now();
	bench_initialize();
	CK_SESSION_HANDLE session = session_with_token(false);
	if (size > 0)
		find_label(session, size / 2);
	ret[0] = (bench_now() - start) / 1000;
	ret[1] = resident_kib();
	bench_end();
}

static void search(const struct module *m, unsigned long size, double *ret)
{
	choose_store(m, "objects", size);
	bench_start(m->path);
	CK_SESSION_HANDLE session = session_with_token(false);
	ret[0] = median_us(find_label, session, size);
	ret[1] = median_us(find_label, session, size);
	ret[2] = median_us(find_id, session, size);
	ret[3] = median_us(find_class_id, session, size);
	bench_end();
}

static void make_tokens(const struct module *m, unsigned long size, double *ret)
{
	bool fresh = choose_store(m, "tokens", size);

	*ret = 0;
	if (!fresh)
		return;
	bench_start(m->path);
	for (unsigned long i = 0; i < size; i++)
		bench_init_token(last_slot());
	bench_end();
}

/* C_Initialize alone, where there is no store. */
static void start_nowhere(const struct module *m, unsigned long size, double *ret)
{
	char text[300];

	(void)size;
	snprintf(text, sizeof(text), "sqlite:%s/nowhere", folder);
	setenv("CONCLAVE_STORE", text, 1);
	bench_load(m->path);
	double start = bench_now();
	bench_initialize();
	*ret = (bench_now() - start) / 1000;
	bench_end();
}

static void start_tokens(const struct module *m, unsigned long size, double *ret)
{
	static CK_SLOT_ID slots[200000];
	CK_ULONG count = sizeof(slots) / sizeof(slots[0]);
	CK_TOKEN_INFO info;

	choose_store(m, "tokens", size);
	bench_load(m->path);
	double start = bench_now();
	bench_initialize();
	bench_ok(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	bench_ok(p11->C_GetTokenInfo(slots[count / 2], &info), "C_GetTokenInfo");
	*ret = (bench_now() - start) / 1000;
	if (count < size)
		bench_ok(CKR_GENERAL_ERROR, "not all tokens are there");
	bench_end();
}

/* Runs one of the above in a process of its own. */
static void apart(void (*work)(const struct module *, unsigned long, double *), const struct module *m, unsigned long size, double *ret,
                  size_t count)
{
	int ends[2], status = 0;
	pid_t child = -1;

	fflush(stdout);
	if (pipe(ends) != 0 || (child = fork()) < 0)
		bench_ok(CKR_GENERAL_ERROR, "fork");
	if (child == 0) {
		double figures[4] = {0};
		work(m, size, figures);
		_exit(write(ends[1], figures, sizeof(figures)) == sizeof(figures) ? 0 : 1);
	}
	close(ends[1]);
	double got[4] = {0};
	bool read_all = read(ends[0], got, sizeof(got)) == sizeof(got);
	close(ends[0]);
	if (waitpid(child, &status, 0) != child || status != 0 || !read_all)
		bench_ok(CKR_GENERAL_ERROR, m->name);
	memcpy(ret, got, count * sizeof(*ret));
}

/* ---- the table ----------------------------------------------------------------------------------- */

/* Starts are short and meet all the noise there is: the shortest of several, each by a new process. */
static void best_start(void (*work)(const struct module *, unsigned long, double *), const struct module *m, unsigned long size, double *ret,
                       size_t count)
{
	double next[4];

	apart(work, m, size, ret, count);
	for (int i = 1; i < STARTS; i++) {
		apart(work, m, size, next, count);
		for (size_t j = 0; j < count; j++)
			ret[j] = next[j] < ret[j] ? next[j] : ret[j];
	}
}

static void measure_size(const struct module *m, unsigned long size, struct figures *f)
{
	double cold[2], found[4], made;

	apart(make_objects, m, size, &made, 1);
	if (made > 0)
		f->create = made;
	best_start(start_cold, m, size, cold, 2);
	apart(search, m, size, found, 4);
	f->cold = cold[0];
	f->resident = cold[1];
	f->first = found[0];
	f->label = found[1];
	f->id = found[2];
	f->class_id = found[3];
}

static void measure(struct module *m, unsigned long tokens)
{
	double cold[2], none;

	apart(make_objects, m, 0, &none, 1);
	best_start(start_cold, m, 0, cold, 2);
	m->empty_resident = cold[1];
	measure_size(m, FEW, &m->few_figures);
	measure_size(m, m->many, &m->many_figures);
	apart(make_tokens, m, 1, &none, 1);
	best_start(start_tokens, m, 1, &m->start_one, 1);
	if (m->peer)
		return;
	best_start(start_nowhere, m, 0, &m->start_none, 1);
	apart(make_tokens, m, tokens, &none, 1);
	best_start(start_tokens, m, tokens, &m->start_many, 1);
}

static const struct row {
	const char *name;
	size_t offset;
	double most, most_times; /* 0: no bound */
} rows[] = {
	{"create one, no disk (us)",offsetof(struct figures, create), 0, 0},
	{"find by label, first time (us)", offsetof(struct figures, first), 50, 0},
	{"find by label (us)", offsetof(struct figures, label), 50, 2},
	{"find by ID (us)", offsetof(struct figures, id), 50, 2},
	{"find by class and ID (us)", offsetof(struct figures, class_id), 50, 2},
	{"cold start to first find (us)", offsetof(struct figures, cold), 30000, 0},
	{"memory beyond empty token (KiB)", offsetof(struct figures, resident), 20480, 0},
};

static double cell(const struct module *m, const struct figures *f, const struct row *r)
{
	double value;

	memcpy(&value, (const char *)f + r->offset, sizeof(value));

	return r->offset == offsetof(struct figures, resident) ? value - m->empty_resident : value;
}

static bool print_row(const struct module *m, const struct row *r)
{
	double few = cell(m, &m->few_figures, r), many = cell(m, &m->many_figures, r);
	bool kept = m->peer || ((r->most == 0 || many <= r->most) && (r->most_times == 0 || many <= r->most_times * few));

	printf("%-32s %12.1f %12.1f %8.2f%s\n", r->name, few, many, few > 0 ? many / few : 0, kept ? "" : "  more than it may");
	return kept;
}

static bool print(const struct module *m, unsigned long tokens)
{
	bool kept = true;

	printf("%-32s %8u obj. %8lu obj.    times\n", m->name, FEW, m->many);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		kept = print_row(m, &rows[i]) && kept;
	printf("%-32s %12.1f", "start with 1 token (us)", m->start_one);
	if (m->peer) {
		printf("\n\n");
		return true;
	}
	bool quick = m->start_many <= 5000, light = m->start_none <= 2000;
	printf("\nstart with %6lu tokens (us)       %12.1f%s\n", tokens, m->start_many, quick ? "" : "  more than 5 ms");
	printf("start without a store (us)         %12.1f%s\n\n", m->start_none, light ? "" : "  more than 2 ms");
	return kept && quick && light;
}

static void choose_folder(void)
{
	const char *kept = getenv("CONCLAVE_BENCH_DIR");

	/* In memory where there is such a place: what the disk does to a commit is not the question here. */
	const char *otherwise = access("/dev/shm", W_OK) == 0 ? "/dev/shm/conclave-bench-XXXXXX" : "/tmp/conclave-bench-XXXXXX";

	snprintf(folder, sizeof(folder), "%s", kept && *kept ? kept : otherwise);
	if (kept && *kept ? mkdir(folder, 0700) != 0 && access(folder, W_OK) != 0 : mkdtemp(folder) == NULL)
		bench_ok(CKR_GENERAL_ERROR, folder);
}

static void remove_folder(void)
{
	const char *kept = getenv("CONCLAVE_BENCH_DIR");
	char command[300];

	if (kept && *kept)
		return;
	snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", folder);
}

/* A noisy machine gets three tries. */
int main(int argc, char **argv)
{
	const char *peer = getenv("CONCLAVE_BENCH_PEER");
	unsigned long tokens = size_of("CONCLAVE_BENCH_TOKENS", 10000);
	struct module own = {.name = "Conclave", .path = bench_module(argc, argv), .many = size_of("CONCLAVE_BENCH_OBJECTS", 100000)};
	struct module other = {.name = "SoftHSM2", .path = peer ? peer : PEER, .peer = true, .many = size_of("CONCLAVE_BENCH_PEER_OBJECTS", 2000)};
	bool kept = false;

	choose_folder();
	for (int tries = 0; tries < 3 && !kept; tries++) {
		measure(&own, tokens);
		kept = print(&own, tokens);
	}
	if (access(other.path, R_OK) == 0) {
		measure(&other, tokens);
		print(&other, tokens);
	} else {
		printf("SoftHSM2 is not installed: no column of its own\n");
	}
	remove_folder();
	return kept ? 0 : 1;
}
