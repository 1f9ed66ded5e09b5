/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL store over the network: TCP, TLS with a verified server, a password, a list of hosts of which one is
 * down; and one token seen by two hosts that are two network namespaces with nothing in common but the server. */
#include "database_server.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "a-password" /* as postgres_server.sh sets it */

static struct server server;
static char port[8], passfile[SERVER_PATH + 32], key_file[SERVER_PATH + 32], log_path[SERVER_PATH + 32];

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool log_has(const char *text)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen(log_path, "r");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return found;
}

/* hosts, addresses: libpq's lists; ca: which of the server's two CAs is believed. */
static void use_store(const char *hosts, const char *addresses, const char *ca, const char *schema)
{
	char uri[1024];

	snprintf(uri, sizeof(uri),
	         "postgresql:///postgres?host=%s&hostaddr=%s&port=%s&user=conclave&passfile=%s&sslmode=verify-full"
	         "&sslrootcert=%s/tls/%s.pem&conclave_schema=%s&conclave_key=%s&conclave_wait=3",
	         hosts, addresses, port, passfile, server.folder, ca, schema, key_file);
	setenv("CONCLAVE_STORE", uri, 1);
}

static int setup_network(void **state)
{
	char sink[SERVER_PATH + 48], line[128];

	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	snprintf(passfile, sizeof(passfile), "%s.pass", server.folder);
	snprintf(key_file, sizeof(key_file), "%s.key", server.folder);
	snprintf(log_path, sizeof(log_path), "%s.log", server.folder);
	snprintf(sink, sizeof(sink), "info:file=%s", log_path);
	snprintf(line, sizeof(line), "*:*:*:conclave:" PASSWORD "\n");
	write_file(passfile, line);
	setenv("CONCLAVE_LOG", sink, 1);
	return 0;
}

static int end_network(void **state)
{
	int answer = teardown(state);

	unlink(passfile);
	unlink(key_file);
	unlink(log_path);
	unsetenv("CONCLAVE_LOG");
	return answer;
}

#define on_network(f) cmocka_unit_test_setup_teardown(f, setup_network, end_network)

/* ---- TLS and passwords ----------------------------------------------------------------------- */

/* The number of connections of the store that are encrypted, by the server's own word; -1 when one is not. */
static int encrypted_connections(void)
{
	char command[512], answer[32] = "";

	snprintf(command, sizeof(command),
	         "psql -h %s/socket -p %s -U conclave -d postgres -Atc \"SELECT CASE WHEN bool_and(ssl) THEN count(*) ELSE -1 END"
	         " FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL\"",
	         server.folder, port);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	assert_non_null(fgets(answer, sizeof(answer), p));
	pclose(p);
	return atoi(answer);
}

static void a_token_over_tls_with_a_verified_server_and_a_password(void **state)
{
	CK_SESSION_HANDLE session;
	(void)state;

	use_store("db.test", "127.0.0.1", "ca", "tls");
	initialize();
	make_token();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, "kept");
	assert_in_range(encrypted_connections(), 1, 100);
	finalize();
	initialize();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "kept"), 1);
	assert_false(log_has(PASSWORD));
}

static void assert_refused(const char *reason)
{
	CK_TOKEN_INFO info;

	initialize();
	slot = first_slot();
	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_DEVICE_ERROR);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_DEVICE_ERROR);
	finalize();
	if (!log_has(reason))
		fail_msg("no line of the log has '%s'", reason);
	assert_false(log_has(PASSWORD));
}

static void a_server_with_a_certificate_of_another_ca_is_refused(void **state)
{
	(void)state;
	use_store("db.test", "127.0.0.1", "other", "refused");
	assert_refused("certificate verify failed");
}

static void a_server_of_another_name_is_refused(void **state)
{
	(void)state;
	use_store("other.test", "127.0.0.1", "ca", "refused");
	assert_refused("does not match host name");
}

static void a_wrong_password_is_refused_and_not_shown(void **state)
{
	(void)state;
	write_file(passfile, "*:*:*:conclave:another-password\n");
	use_store("db.test", "127.0.0.1", "ca", "refused");
	assert_refused("password authentication failed");
	assert_false(log_has("another-password"));
}

static void the_next_host_of_the_list_is_taken_when_one_is_down(void **state)
{
	CK_SESSION_HANDLE session;
	(void)state;

	use_store("down.test,db.test", "127.0.0.9,127.0.0.1", "ca", "list");
	char *uri = getenv("CONCLAVE_STORE"), both[24], list[1024], *at;
	/* Nobody listens on the first one's port. */
	snprintf(both, sizeof(both), "&port=1,%s&", port);
	at = strstr(uri, "&port=");
	snprintf(list, sizeof(list), "%.*s%s%s", (int)(at - uri), uri, both, strchr(at + 1, '&') + 1);
	setenv("CONCLAVE_STORE", list, 1);
	initialize();
	make_token();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, "kept");
	assert_int_equal(count_labelled(session, "kept"), 1);
}

/* ---- two hosts ------------------------------------------------------------------------------- */

#define HOSTS 2
#define NO_NETWORK 77

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command);
}

/* In the host's process: a network of its own, with one cable to the server's. */
static void plug_in(struct child *child, int host)
{
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	child_tell(child);
	child_wait(child);
	assert_int_equal(run("ip link set lo up && ip addr add 10.77.%d.2/24 dev eth0 && ip link set eth0 up", host), 0);
}

/* In the server's process: the other end. */
static void lay_cable(struct child *child, int host)
{
	child_wait(child);
	assert_int_equal(run("ip link add h%d type veth peer name eth0 netns %d", host, child->pid), 0);
	assert_int_equal(run("ip addr add 10.77.%d.1/24 dev h%d", host, host), 0);
	assert_int_equal(run("ip link set h%d up", host), 0);
	child_tell(child);
}

/* Each host has its own copy of store.key. */
static void be_host(struct child *child, int host)
{
	char address[32], own[sizeof(key_file) + 16];

	plug_in(child, host);
	snprintf(own, sizeof(own), "%s.%d", key_file, host);
	if (host != 0)
		assert_int_equal(run("cp -p %s.0 %s", key_file, own), 0);
	snprintf(key_file, sizeof(key_file), "%.*s", (int)sizeof(key_file) - 1, own);
	snprintf(address, sizeof(address), "10.77.%d.1", host);
	use_store("db.test", address, "ca", "hosts");
	initialize();
}

static int first_host(struct child *child, void *arg)
{
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;

	(void)arg;
	be_host(child, 0);
	make_token();
	session = open_rw();
	login_user(session);
	CK_OBJECT_HANDLE object = make_data(session, true, true, "first");
	child_tell(child);
	child_wait(child); /* the other host has changed the object and tried a wrong PIN */
	assert_int_equal(count_labelled(session, "first"), 0);
	assert_int_equal(count_labelled(session, "second"), 1);
	assert_true(token_flags() & CKF_USER_PIN_COUNT_LOW);
	assert_ok(p11->C_DestroyObject(session, object));
	close_session(session);
	assert_rv(init_token(slot, SO_PIN, "test-again"), CKR_SESSION_EXISTS);
	child_tell(child);
	child_wait(child); /* the other host has closed its session */
	assert_ok(init_token(slot, SO_PIN, "test-again"));
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	child_tell(child);
	child_wait(child);
	return 0;
}

static int second_host(struct child *child, void *arg)
{
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"second", 6};

	(void)arg;
	be_host(child, 1);
	slot = first_slot();
	session = open_rw();
	login_user(session);
	CK_OBJECT_HANDLE object = find_labelled(session, "first");
	assert_int_not_equal(object, 0);
	assert_ok(p11->C_SetAttributeValue(session, object, &label, 1));
	logout(session);
	assert_rv(login_as(session, CKU_USER, "not-the-pin"), CKR_PIN_INCORRECT);
	child_tell(child);
	child_wait(child); /* the first host has destroyed the object and met this session */
	login_user(session);
	assert_int_equal(count_labelled(session, "second"), 0);
	close_session(session);
	child_tell(child);
	child_wait(child); /* the first host has initialised the token */
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_memory_equal(info.label, "test-again ", 11);
	return 0;
}

static void remove_key(int host)
{
	char own[sizeof(key_file) + 16];

	snprintf(own, sizeof(own), "%s.%d", key_file, host);
	unlink(own);
}

static void two_network_namespaces_see_one_token(void **state)
{
	struct child first, second;
	(void)state;

	if (geteuid() != 0 || run("ip link add probe type veth peer name eborp 2>&1") != 0) {
		print_message("# no networks of our own can be made here: left out\n");
		skip();
	}
	assert_int_equal(run("ip link del probe"), 0);
	child_start(&first, first_host, NULL);
	lay_cable(&first, 0);
	child_wait(&first);
	child_start(&second, second_host, NULL);
	lay_cable(&second, 1);
	child_wait(&second);
	for (int turn = 0; turn < 2; turn++) {
		child_tell(&first);
		child_wait(&first);
		child_tell(&second);
		if (turn == 0)
			child_wait(&second);
	}
	assert_int_equal(child_end(&second), 0);
	child_tell(&first);
	assert_int_equal(child_end(&first), 0);
	for (int host = 0; host < HOSTS; host++)
		remove_key(host);
}

/* ---- the server ------------------------------------------------------------------------------ */

/* As root in a network of the test's own, so that no address of the machine is touched. */
static int start(void)
{
	if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0)
		(void)!system("ip link set lo up");
	snprintf(port, sizeof(port), "%d", 20000 + (int)(getpid() % 20000));
	int status = server_start(&server);
	return status == 0 ? server_script("secure", server.folder, port) : status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_network(a_token_over_tls_with_a_verified_server_and_a_password),
		on_network(a_server_with_a_certificate_of_another_ca_is_refused),
		on_network(a_server_of_another_name_is_refused),
		on_network(a_wrong_password_is_refused_and_not_shown),
		on_network(the_next_host_of_the_list_is_taken_when_one_is_down),
		on_network(two_network_namespaces_see_one_token),
	};
	int status = start();
	int failed = status == 0 ? cmocka_run_group_tests_name("postgres_hosts", tests, NULL, NULL) : status;

	server_remove(&server);
	return failed;
}
