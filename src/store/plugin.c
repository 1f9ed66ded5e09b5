/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that come in a shared object of their own, because what they link to should be paid for only by
 * those who use it: finds the object, checks that it fits, and opens through it.
 * Knows nothing of what the plug-in links to. */
#include "store/plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POSTGRES_FILE "libconclave-postgres.so"

static void log_text(enum log_level level, const char *text)
{
	log_write(level, "%s", text);
}

static CK_RV fail_text(CK_RV rv, const char *text)
{
	return fail(rv, "%s", text);
}

static const struct store_host host = {
	.log_enabled = log_enabled,
	.log_text = log_text,
	.fail_text = fail_text,
	.rv_name = rv_name,
	.lock_init = lock_init,
	.lock_destroy = lock_destroy,
	.lock_take = lock_take,
	.lock_release = lock_release,
	.head_init = store_head_init,
	.head_destroy = store_head_destroy,
	.inside = store_inside,
	.version_conflict = store_version_conflict,
};

/* ---- where the plug-in lies ---------------------------------------------------------------------- */

/* The folder of the file that this code was loaded from. */
static bool own_folder(char ret[PATH_MAX])
{
	Dl_info info;
	if (dladdr(&host, &info) == 0 || info.dli_fname == NULL || realpath(info.dli_fname, ret) == NULL)
		return false;
	char *slash = strrchr(ret, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

static bool there(const char *folder, const char *below, char ret[PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s/%s" POSTGRES_FILE, folder, below);
	return n > 0 && n < PATH_MAX && access(ret, R_OK) == 0;
}

/* Always a full path: the loader's search path is the host program's. */
static bool find_file(char ret[PATH_MAX])
{
	/* Beside the module in a build; LIBDIR/conclave when the module is in LIBDIR/pkcs11 or in LIBDIR. */
	static const char *const below[] = {"", "../conclave/", "conclave/"};
	const char *named = secure_getenv("CONCLAVE_PLUGIN_DIR");
	if (named != NULL && named[0] == '/')
		return there(named, "", ret);
	char folder[PATH_MAX];
	if (!own_folder(folder))
		return false;
	for (size_t i = 0; i < array_len(below); i++) {
		if (there(folder, below[i], ret))
			return true;
	}
	return false;
}

/* ---- loading ------------------------------------------------------------------------------------- */

static bool fits(const struct store_plugin *p)
{
	return p->abi == STORE_PLUGIN_ABI && p->host_size == sizeof(struct store_host) &&
	       p->store_size == sizeof(struct store) && p->ops_size == sizeof(struct store_ops);
}

static CK_RV load(const char *uri, const struct store_plugin **ret)
{
	char path[PATH_MAX];
	if (!find_file(path))
		return fail(CKR_GENERAL_ERROR, "%.*s: " POSTGRES_FILE " is not installed", (int)strcspn(uri, ":"), uri);
	/* It stays: what it links to has threads' and exit's handlers of its own. */
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL)
		return fail(CKR_GENERAL_ERROR, "%s cannot be loaded: %s", path, dlerror());
	const struct store_plugin *p = dlsym(handle, STORE_PLUGIN_SYMBOL);
	if (p == NULL || !fits(p)) {
		dlclose(handle);
		return fail(CKR_GENERAL_ERROR, "%s belongs to another version of this library", path);
	}
	*ret = p;
	return CKR_OK;
}

static CK_RV open_plugin(const char *scheme, const char *rest, bool create, struct store **ret)
{
	size_t size = strlen(scheme) + strlen(rest) + 2;
	char *uri = malloc(size);
	if (uri == NULL)
		return fail(CKR_HOST_MEMORY, "no memory to open a store");
	snprintf(uri, size, "%s:%s", scheme, rest);
	const struct store_plugin *p = NULL;
	CK_RV rv = load(uri, &p);
	if (rv == CKR_OK)
		rv = p->open(&host, uri, create, ret);
	wipe(uri, size); /* it may have a password in it */
	free(uri);
	return rv;
}

/* Both names that libpq knows. */
static CK_RV open_postgresql(const char *rest, bool create, struct store **ret)
{
	return open_plugin("postgresql", rest, create, ret);
}

static CK_RV open_postgres(const char *rest, bool create, struct store **ret)
{
	return open_plugin("postgres", rest, create, ret);
}

const struct store_backend store_postgresql = {.scheme = "postgresql", .open = open_postgresql};
const struct store_backend store_postgres = {.scheme = "postgres", .open = open_postgres};
