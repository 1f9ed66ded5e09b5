/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave import softhsm`: tokens of SoftHSMv2, all of a folder or one of them, come into the store, each with a
 * report on every attribute. Knows where SoftHSM keeps its tokens' folders; what is in them the module knows. */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import_report.h"
#include "moving.h"
#include "names.h"

#define PATH_ROOM 4096

struct folder {
	CK_UTF8CHAR path[PATH_ROOM];
	CONCLAVE_BACKUP_TOKEN token;
};

struct job {
	const struct args *args;
	CONCLAVE_FUNCTIONS *admin;
	char top[PATH_ROOM]; /* with a folder for each token, or such a folder itself */
	struct folder *folders;
	size_t count, cap;
};

static void job_end(struct job *j)
{
	free(j->folders);
}

static const struct p11_code codes[] = {
	{CKR_DATA_INVALID, FAILED, "it is no token of SoftHSM, or is damaged; CONCLAVE_LOG=info:stderr names the file"},
	{CKR_DEVICE_ERROR, FAILED, "the folder or the store cannot be read or written; CONCLAVE_LOG=info:stderr says which"},
	{CKR_PIN_INCORRECT, PIN_REFUSED, "the user PIN is not the one in SoftHSM"},
	{CKR_PIN_LOCKED, PIN_REFUSED, "the user PIN is locked in SoftHSM; with the SO PIN of SoftHSM it comes over all the same"},
	{CKR_USER_PIN_NOT_INITIALIZED, PIN_REFUSED, "there is no user PIN in SoftHSM: --no-user"},
	{CKR_ACTION_PROHIBITED, FAILED, "a token of this serial number is in the store already"},
};

static enum status import_status(CK_RV rv, const char *what)
{
	return p11_status_by(codes, array_len(codes), rv, "%s is not imported", what);
}

/* ---- where the tokens are ------------------------------------------------------------------------------------------ */

static int on_setting(void *arg, const char *section, const char *name, const char *value)
{
	struct job *j = arg;

	if (section[0] == '\0' && strcmp(name, "directories.tokendir") == 0)
		snprintf(j->top, sizeof(j->top), "%s", value);
	return 1;
}

static enum status read_settings(struct job *j, const char *path)
{
	if (ini_parse(path, on_setting, j) < 0)
		return complain(USAGE, "%s: %s", path, strerror(errno));
	return j->top[0] != '\0' ? DONE : complain(USAGE, "%s does not say where tokens are (directories.tokendir)", path);
}

static enum status find_top(struct job *j)
{
	const struct args *a = j->args;

	if ((a->config != NULL) == (a->word_count > 1))
		return complain(USAGE, "which tokens? `conclave import softhsm DIR`, or --config with a softhsm2.conf");
	if (a->config != NULL)
		return read_settings(j, a->config);
	if (strlen(a->words[1]) >= sizeof(j->top))
		return complain(USAGE, "%s: %s", a->words[1], strerror(ENAMETOOLONG));
	snprintf(j->top, sizeof(j->top), "%s", a->words[1]);
	return DONE;
}

static bool has_token(const char *folder)
{
	static const char *const files[] = {"token.object", "sqlite3.db"};
	char path[PATH_ROOM + 16];

	for (size_t i = 0; i < array_len(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct args *a, const CONCLAVE_BACKUP_TOKEN *t)
{
	char label[33], serial[17];

	names_text(t->label, sizeof(t->label), label, sizeof(label));
	names_text(t->serialNumber, sizeof(t->serialNumber), serial, sizeof(serial));
	return a->token == NULL || strcmp(a->token, label) == 0 || strcmp(a->token, serial) == 0;
}

/* One that cannot be read ends it all, unless another is meant. */
static enum status add_folder(struct job *j, const char *path)
{
	struct folder f = {{0}, {{0}, {0}, 0, 0}};

	snprintf((char *)f.path, sizeof(f.path), "%s", path);
	CK_RV rv = j->admin->ReadSoftHSM(f.path, &f.token);
	if (rv != CKR_OK)
		return j->args->token != NULL ? DONE : import_status(rv, path);
	if (!is_wanted(j->args, &f.token))
		return DONE;
	if (j->count == j->cap) {
		struct folder *fresh = reallocarray(j->folders, j->cap + 16, sizeof(*fresh));
		if (fresh == NULL)
			return complain(FAILED, "out of memory");
		j->folders = fresh;
		j->cap += 16;
	}
	j->folders[j->count++] = f;
	return DONE;
}

static enum status add_entry(struct job *j, const char *name)
{
	char path[PATH_ROOM];

	if (name[0] == '.' || (size_t)snprintf(path, sizeof(path), "%s/%s", j->top, name) >= sizeof(path) || !has_token(path))
		return DONE;
	return add_folder(j, path);
}

static enum status find_tokens(struct job *j)
{
	struct dirent **entries = NULL;
	enum status status = DONE;

	if (has_token(j->top))
		return add_folder(j, j->top);
	int n = scandir(j->top, &entries, NULL, alphasort);
	if (n < 0)
		return complain(USAGE, "%s: %s", j->top, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (status == DONE)
			status = add_entry(j, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (status == DONE && j->count == 0)
		return complain(MISSING, "%s: there is no %stoken of SoftHSM in it", j->top, j->args->token != NULL ? "such " : "");
	return status;
}

/* ---- importing ----------------------------------------------------------------------------------------------------- */

static void tell(const char *verb, const CONCLAVE_BACKUP_TOKEN *t)
{
	char label[33], serial[17];

	names_text(t->label, sizeof(t->label), label, sizeof(label));
	names_text(t->serialNumber, sizeof(t->serialNumber), serial, sizeof(serial));
	printf("%s: token '%s', serial number %s, ", verb, label, serial);
	if (t->slotID != CK_UNAVAILABLE_INFORMATION)
		printf("slot %lu, ", t->slotID);
	printf("%lu objects\n", t->ulObjects);
}

static enum status tell_result(const CONCLAVE_IMPORT_RESULT *r)
{
	tell("imported", &r->token);
	if (!r->bSameNames)
		printf("its label or serial number could not stay as it was\n");
	printf("its SO PIN is %s\n", r->bSameSoPin ? "that of SoftHSM" : "another than in SoftHSM");
	if (r->ulPrivateLeftOut > 0)
		printf("%lu private objects are left out: no PIN has opened them\n", r->ulPrivateLeftOut);
	if (r->ulLeftOut > 0)
		return complain(FAILED, "%lu objects could not be taken and are left out", r->ulLeftOut);
	return DONE;
}

static enum status read_pins(const struct args *a, const char *label, struct pin *so, struct pin *user)
{
	char prompt[96];

	snprintf(prompt, sizeof(prompt), "SO PIN for token '%s'", label);
	try(pin_choose((struct pin_source){a->so_pin_file, a->so_pin_fd}, prompt, so));
	if (a->no_user)
		return DONE;
	snprintf(prompt, sizeof(prompt), "user PIN of token '%s'", label);
	return pin_read((struct pin_source){a->pin_file, a->pin_fd}, prompt, user);
}

static enum status import_one(struct job *j, struct folder *f)
{
	__attribute__((cleanup(pin_wipe))) struct pin so = {0};
	__attribute__((cleanup(pin_wipe))) struct pin user = {0};
	__attribute__((cleanup(import_report_end))) struct import_report report = {0};
	CONCLAVE_IMPORT_RESULT result;
	char label[33];

	names_text(f->token.label, sizeof(f->token.label), label, sizeof(label));
	try(read_pins(j->args, label, &so, &user));
	try(import_report_start(&report));
	CONCLAVE_IMPORT order = {f->path, so.text, so.len, j->args->no_user ? NULL : user.text, user.len, import_report_note, &report};
	CK_RV rv = j->admin->ImportSoftHSM(&order, &result);
	if (rv != CKR_OK)
		return import_status(rv, (const char *)f->path);
	try(import_report_print(&report));
	return tell_result(&result);
}

/* The first that does not come whole ends it; what has come stays. Objects that are left out are told at the end. */
static enum status import_all(struct job *j)
{
	for (size_t i = 0; i < j->count; i++) {
		if (j->args->list)
			tell("softhsm", &j->folders[i].token);
		else
			try(import_one(j, &j->folders[i]));
	}
	return DONE;
}

enum status cmd_import(const struct args *a)
{
	__attribute__((cleanup(job_end))) struct job j = {.args = a};
	p11_scope p = {0};

	if (strcmp(a->words[0], "softhsm") != 0)
		return complain(USAGE, "tokens of softhsm can be imported, not of '%s'", a->words[0]);
	try(find_top(&j));
	try(p11_open(a, &p));
	try(admin_find(&p, &j.admin));
	if (j.admin->version.major != 1 || j.admin->version.minor < 3)
		return complain(FAILED, "%s is too old for this", p.path);
	try(find_tokens(&j));
	return import_all(&j);
}
