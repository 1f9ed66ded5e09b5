/* SPDX-License-Identifier: Apache-2.0 */
/* A man in the middle between a store and its server. Knows nothing of the protocol but the word COMMIT. */
#include "postgres_proxy.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET ".s.PGSQL.5432"
#define PAIRS 8

struct pair {
	int client, server; /* -1: free */
	bool mute;          /* the server's next answer is swallowed, and then the line is cut */
};

static int unix_socket(const char *path, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	const struct sockaddr *a = (const struct sockaddr *)&address;
	if (fd >= 0 && (listening ? bind(fd, a, sizeof(address)) != 0 || listen(fd, PAIRS) != 0
				  : connect(fd, a, sizeof(address)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void cut(struct proxy *p, struct pair *pair)
{
	if (pair->mute)
		atomic_fetch_add(&p->cuts, 1);
	close(pair->client);
	close(pair->server);
	*pair = (struct pair){-1, -1, false};
}

static void welcome(struct proxy *p, struct pair *pairs)
{
	int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	struct pair *free_one = NULL;
	for (size_t i = 0; i < PAIRS; i++) {
		if (pairs[i].client < 0)
			free_one = &pairs[i];
	}
	int server = free_one != NULL ? unix_socket(p->server, false) : -1;
	if (server < 0) {
		close(client);
		return;
	}
	*free_one = (struct pair){client, server, false};
}

static bool is_commit(const char *data, size_t len)
{
	return memmem(data, len, "INSERT INTO change", 18) != NULL && memmem(data, len, "COMMIT", 6) != NULL;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* False when the line is to be cut. */
static bool from_client(struct proxy *p, struct pair *pair)
{
	char data[16384];
	ssize_t n = recv(pair->client, data, sizeof(data), 0);
	if (n <= 0)
		return false;
	int mode = atomic_load(&p->mode);
	if (mode != PROXY_PASS && is_commit(data, (size_t)n)) {
		atomic_store(&p->mode, PROXY_PASS);
		pair->mute = true;
		if (mode == PROXY_CUT_BEFORE)
			return false;
	}
	return send_all(pair->server, data, (size_t)n);
}

static bool from_server(struct pair *pair)
{
	char data[16384];
	ssize_t n = recv(pair->server, data, sizeof(data), 0);
	return n > 0 && !pair->mute && send_all(pair->client, data, (size_t)n);
}

static void *serve(void *arg)
{
	struct proxy *p = arg;
	struct pair pairs[PAIRS];
	for (size_t i = 0; i < PAIRS; i++)
		pairs[i] = (struct pair){-1, -1, false};
	for (;;) {
		struct pollfd fds[2 + 2 * PAIRS] = {{.fd = p->stop[0], .events = POLLIN}, {.fd = p->listener, .events = POLLIN}};
		for (size_t i = 0; i < PAIRS; i++) {
			fds[2 + 2 * i] = (struct pollfd){.fd = pairs[i].client, .events = POLLIN};
			fds[3 + 2 * i] = (struct pollfd){.fd = pairs[i].server, .events = POLLIN};
		}
		if (poll(fds, 2 + 2 * PAIRS, -1) < 0)
			continue;
		if (fds[0].revents != 0)
			break;
		for (size_t i = 0; i < PAIRS; i++) {
			if ((fds[2 + 2 * i].revents != 0 && !from_client(p, &pairs[i])) ||
			    (fds[3 + 2 * i].revents != 0 && pairs[i].client >= 0 && !from_server(&pairs[i])))
				cut(p, &pairs[i]);
		}
		if (fds[1].revents != 0)
			welcome(p, pairs);
	}
	for (size_t i = 0; i < PAIRS; i++) {
		if (pairs[i].client >= 0)
			cut(p, &pairs[i]);
	}
	return NULL;
}

int proxy_start(struct proxy *p, const char *folder, const char *server_folder)
{
	char path[160];
	*p = (struct proxy){.listener = -1};
	snprintf(p->folder, sizeof(p->folder), "%s", folder);
	snprintf(p->server, sizeof(p->server), "%s/" SOCKET, server_folder);
	snprintf(path, sizeof(path), "%s/" SOCKET, folder);
	p->listener = unix_socket(path, true);
	if (p->listener < 0 || pipe(p->stop) != 0)
		return -1;
	return pthread_create(&p->thread, NULL, serve, p) == 0 ? 0 : -1;
}

void proxy_stop(struct proxy *p)
{
	close(p->stop[1]); /* the other end becomes readable */
	pthread_join(p->thread, NULL);
	close(p->stop[0]);
	close(p->listener);
}
