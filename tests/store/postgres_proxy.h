/* SPDX-License-Identifier: Apache-2.0 */
/* A man in the middle between a store and its server: passes on what both say until it is told to cut the
 * line around the next COMMIT of a change. Knows nothing of the protocol but that word. */
#ifndef CONCLAVE_TESTS_STORE_POSTGRES_PROXY_H
#define CONCLAVE_TESTS_STORE_POSTGRES_PROXY_H

#include <pthread.h>
#include <stdatomic.h>

enum proxy_mode {
	PROXY_PASS,
	PROXY_CUT_BEFORE, /* COMMIT never arrives */
	PROXY_CUT_AFTER,  /* COMMIT arrives, its answer does not */
};

struct proxy {
	char folder[128]; /* of its socket, for the parameter host */
	char server[160]; /* the server's socket */
	int listener;
	int stop[2];
	_Atomic int mode; /* back to PROXY_PASS once done */
	_Atomic unsigned cuts;
	pthread_t thread;
};

/* folder is an empty directory; server_folder holds the server's socket. 0, or -1. */
int proxy_start(struct proxy *p, const char *folder, const char *server_folder);
void proxy_stop(struct proxy *p);

#endif
