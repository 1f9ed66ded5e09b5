/* SPDX-License-Identifier: Apache-2.0 */
/* The primary of a PostgreSQL store dies while four applications work, and its synchronous standby takes over: no call
 * gives anything but CKR_OK or CKR_DEVICE_ERROR, what was confirmed is there, no pair of keys is half, and sessions,
 * logins and handles go on without C_Finalize. The store by itself is tests/store/test_postgres_standby.c's. */
#include "database_server.h"
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 4
#define BEFORE 40  /* pairs that are confirmed before the primary dies */
#define AFTER 60   /* and at least so many afterwards */
#define PIPE_SIZE 4096
#define MOST 5000

static struct server primary, standby;
static char key_file[SERVER_PATH + 32];

/* What a client says of one try at a pair. */
struct report {
	uint32_t client, n;
	CK_RV rv;
};

static struct report reports[MOST];
static size_t report_count;

/* ---- a client -------------------------------------------------------------------------------- */

static CK_RV make_pair(CK_SESSION_HANDLE session, uint32_t client, uint32_t n)
{
	static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	char label[32];
	CK_ULONG length = (CK_ULONG)snprintf(label, sizeof(label), "pair %u/%u", client, n);
	CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_LABEL, label, length}};
	CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_LABEL, label, length}};
	CK_OBJECT_HANDLE halves[2];

	return p11->C_GenerateKeyPair(session, &mechanism, public, COUNT(public), private, COUNT(private), &halves[0], &halves[1]);
}

static CK_RV encrypt_block(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE block[16] = {1}, out[16];
	CK_ULONG length = sizeof(out);
	CK_RV rv = p11->C_EncryptInit(session, &ecb, key);

	return rv != CKR_OK ? rv : p11->C_Encrypt(session, block, sizeof(block), out, &length);
}

/* Works until the parent closes stop; whatever happened, session, login and key are still good at the end. */
static void work(uint32_t client, int to_parent, int stop)
{
	char byte;

	initialize();
	slot = first_slot();
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	CK_OBJECT_HANDLE key = find_labelled(session, "key of all");
	for (uint32_t n = 0; read(stop, &byte, 1) < 0; n++) {
		struct report r = {.client = client, .n = n, .rv = make_pair(session, client, n)};

		assert_rv_in(r.rv, CKR_OK, CKR_DEVICE_ERROR);
		assert_rv_in(encrypt_block(session, key), CKR_OK, CKR_DEVICE_ERROR);
		assert_int_equal(write(to_parent, &r, sizeof(r)), sizeof(r));
	}
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_ok(encrypt_block(session, key));
	assert_ok(make_pair(session, client, MOST));
	finalize();
}

static pid_t start_client(uint32_t client, const int report[2], const int stop[2])
{
	fflush(NULL);
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	close(stop[1]);
	close(report[0]);
	assert_int_equal(fcntl(stop[0], F_SETFL, O_NONBLOCK), 0);
	work(client, report[1], stop[0]);
	_exit(0);
}

/* ---- the test -------------------------------------------------------------------------------- */

/* Until so many more pairs were confirmed, or nobody speaks any more. */
static void take_reports(int from, size_t confirmed)
{
	size_t seen = 0;

	while (seen < confirmed && report_count < MOST && read(from, &reports[report_count], sizeof(reports[0])) == sizeof(reports[0]))
		seen += reports[report_count++].rv == CKR_OK;
}

/* Both halves of what was confirmed; of the rest both or none. */
static size_t audit(CK_SESSION_HANDLE session)
{
	size_t confirmed = 0;

	for (size_t i = 0; i < report_count; i++) {
		char label[32];

		snprintf(label, sizeof(label), "pair %u/%u", reports[i].client, reports[i].n);
		size_t count = count_labelled(session, label);
		if (count != 2 && (count != 0 || reports[i].rv == CKR_OK))
			fail_msg("%s, which gave %s: %zu objects", label, rv_text(reports[i].rv), count);
		confirmed += reports[i].rv == CKR_OK;
	}
	return confirmed;
}

static void applications_go_on_when_a_standby_takes_over(void **state)
{
	int report[2], stop[2], status;
	pid_t pids[CLIENTS];
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	make_object(session, ATTRIBUTES({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
	                                {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_TOKEN, &yes, sizeof(yes)},
	                                {CKA_ENCRYPT, &yes, sizeof(yes)}, {CKA_LABEL, (void *)(uintptr_t)"key of all", 10},
	                                {CKA_VALUE, aes_value, sizeof(aes_value)}));
	assert_int_equal(pipe(report), 0);
	assert_int_equal(fcntl(report[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
	assert_int_equal(pipe(stop), 0);
	for (uint32_t i = 0; i < CLIENTS; i++)
		pids[i] = start_client(i, report, stop);
	close(report[1]);
	take_reports(report[0], BEFORE);
	assert_int_equal(server_do(&primary, "kill"), 0);
	assert_int_equal(server_do(&standby, "promote"), 0);
	take_reports(report[0], PIPE_SIZE / sizeof(struct report) + AFTER); /* more than the pipe holds from before */
	close(stop[1]);
	take_reports(report[0], MOST);
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	/* This one has slept through it all. */
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	size_t confirmed = audit(session);
	print_message("%zu pairs tried, %zu confirmed\n", report_count, confirmed);
	assert_in_range(confirmed, BEFORE + AFTER, MOST);
	close(report[0]);
	close(stop[0]);
}

static int setup_pair(void **state)
{
	char uri[2 * SERVER_URI];

	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	server_name(&standby, "b");
	if (server_script("standby", standby.folder, primary.folder) != 0)
		return -1;
	snprintf(key_file, sizeof(key_file), "%s.key", primary.folder);
	snprintf(uri, sizeof(uri), "postgresql:///postgres?host=%s/socket,%s/socket&user=conclave&conclave_key=%s&conclave_wait=20",
	         primary.folder, standby.folder, key_file);
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
	make_token();
	return 0;
}

static int end_pair(void **state)
{
	int answer = teardown(state);

	unlink(key_file);
	server_remove(&standby);
	return answer;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(applications_go_on_when_a_standby_takes_over, setup_pair, end_pair),
	};
	signal(SIGPIPE, SIG_IGN);
	int status = server_start(&primary);
	int failed = status == 0 ? cmocka_run_group_tests_name("postgres_standby", tests, NULL, NULL) : status;

	server_remove(&primary);
	return failed;
}
