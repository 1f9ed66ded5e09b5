/* SPDX-License-Identifier: Apache-2.0 */
/* What a store in a shared object of its own and the module tell each other: the module hands over the
 * functions that have state (log, locks, the head of a store), the plug-in gives its open function.
 * Both are built from one checkout; a plug-in of another build is refused. */
#ifndef CONCLAVE_STORE_PLUGIN_H
#define CONCLAVE_STORE_PLUGIN_H

#include "base/log.h"
#include "store/store_ops.h"

/* Counts up when a function here or in store_ops.h changes its meaning or its place. */
#define STORE_PLUGIN_ABI 3u
#define STORE_PLUGIN_SYMBOL "conclave_store_plugin"

/* The module's side. Texts are finished lines: no format goes over the border. */
struct store_host {
	bool (*log_enabled)(enum log_level level);
	void (*log_text)(enum log_level level, const char *text);
	CK_RV (*fail_text)(CK_RV rv, const char *text);
	const char *(*rv_name)(CK_RV rv);
	CK_RV (*lock_init)(struct lock *l, enum lock_rank rank);
	void (*lock_destroy)(struct lock *l);
	void (*lock_take)(struct lock *l);
	void (*lock_release)(struct lock *l);
	CK_RV (*head_init)(struct store *s, const struct store_ops *ops, const char *scheme, const char *rest);
	void (*head_destroy)(struct store *s);
	bool (*inside)(const struct store *s);
	CK_RV (*version_conflict)(const char *what, uint64_t expected, uint64_t found);
};

/* The plug-in's side: its one exported symbol. */
struct store_plugin {
	uint32_t abi;
	/* The sizes that it was compiled with. */
	uint32_t host_size, store_size, ops_size;
	/* As the open of a store_backend, with the whole URI. */
	CK_RV (*open)(const struct store_host *host, const char *uri, bool create, struct store **ret);
};

#endif
