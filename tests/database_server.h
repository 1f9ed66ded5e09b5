/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL server of a test's own, by tests/store/postgres_server.sh. Knows how to start one, and the
 * URIs under which it is reached; knows nothing of a store. */
#ifndef TEST_DATABASE_SERVER_H
#define TEST_DATABASE_SERVER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_PATH 96
#define SERVER_URI 512

struct server {
	char folder[SERVER_PATH]; /* what is below belongs to the server's user */
};

static inline int server_script(const char *verb, const char *folder, const char *more)
{
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", TEST_SOURCE_ROOT "/tests/store/postgres_server.sh", verb, folder, more, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 128;
	return WEXITSTATUS(status);
}

static inline void server_name(struct server *server, const char *what)
{
	int count = 0;
	do
		snprintf(server->folder, sizeof(server->folder), "/tmp/conclave-postgres-%ld-%s%d", (long)getpid(), what, count++);
	while (access(server->folder, F_OK) == 0);
}

/* 0; 77 when this machine has no server or the build has no plug-in, and a line that says so. */
static inline int server_start(struct server *server)
{
	server_name(server, "s");
	if (access(TEST_BUILD_ROOT "/libconclave-postgres.so", R_OK) != 0) {
		printf("# the plug-in for PostgreSQL is not built: libpq was not found\n");
		return 77;
	}
	int status = server_script("start", server->folder, NULL);
	if (status == 77)
		printf("# PostgreSQL is not installed: its tests are left out\n");
	return status;
}

static inline int server_do(struct server *server, const char *verb)
{
	return server_script(verb, server->folder, NULL);
}

static inline void server_remove(struct server *server)
{
	(void)server_script("remove", server->folder, NULL);
}

/* Of the store in one schema; key_file is this host's store.key. */
static inline void server_uri(const struct server *server, const char *schema, const char *key_file, char ret[SERVER_URI])
{
	snprintf(ret, SERVER_URI, "postgresql:///postgres?host=%s/socket&user=conclave&conclave_schema=%s&conclave_key=%s",
		 server->folder, schema, key_file);
}

#endif
