/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the module and getting to a session: see p11.h. The module of this very build comes first: beside the
 * executable in a build folder, else where `make install` has put it. */
#include "p11.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "names.h"

/* ---- what codes mean ----------------------------------------------------------------------------------------- */

static const struct p11_code codes[] = {
	{CKR_PIN_INCORRECT, PIN_REFUSED, "the PIN is wrong"},
	{CKR_PIN_LOCKED, PIN_REFUSED, "too many wrong PINs; the SO gives the user a new one with `conclave pin unlock`"},
	{CKR_PIN_LEN_RANGE, PIN_REFUSED, "a PIN has 4 to 255 bytes"},
	{CKR_PIN_INVALID, PIN_REFUSED, "a PIN is UTF-8 text"},
	{CKR_PIN_EXPIRED, PIN_REFUSED, "the PIN must be changed first: `conclave pin set`"},
	{CKR_USER_PIN_NOT_INITIALIZED, PIN_REFUSED, "no user PIN has been set; the SO sets one with `conclave pin init`"},
	{CKR_SESSION_EXISTS, FAILED, "an application has the token open"},
	{CKR_TOKEN_NOT_PRESENT, MISSING, "there is no token in the slot"},
	{CKR_TOKEN_NOT_RECOGNIZED, MISSING, "the token has not been initialised: `conclave init`"},
	{CKR_TOKEN_NOT_INITIALIZED, MISSING, "the token has not been initialised: `conclave init`"},
	{CKR_SLOT_ID_INVALID, MISSING, "there is no such slot; `conclave slots` lists them"},
	{CKR_TOKEN_WRITE_PROTECTED, FAILED, "the store cannot be written"},
	{CKR_DEVICE_ERROR, FAILED, "the store is damaged, or cannot be read or written"},
	{CKR_DEVICE_MEMORY, FAILED, "the medium of the store is full"},
	{CKR_ACTION_PROHIBITED, FAILED, "the object says that this may not be done to it"},
	{CKR_USER_NOT_LOGGED_IN, FAILED, "this needs a login"},
	{CKR_MECHANISM_INVALID, FAILED, "the module does not have this mechanism"},
	{CKR_KEY_SIZE_RANGE, FAILED, "keys of this size are not made"},
	{CKR_CURVE_NOT_SUPPORTED, FAILED, "the module does not have this curve"},
};

static const struct p11_code *find_code(const struct p11_code *rows, size_t count, CK_RV rv)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].rv == rv)
			return &rows[i];
	}
	return NULL;
}

static printf_like(3, 0) enum status tell(const struct p11_code *code, CK_RV rv, const char *fmt, va_list args)
{
	char what[256];

	if (rv == CKR_OK)
		return DONE;
	if (code == NULL)
		code = find_code(codes, array_len(codes), rv);
	vsnprintf(what, sizeof(what), fmt, args);
	if (code == NULL)
		return complain(FAILED, "%s: %s", what, names_rv(rv));
	return complain(code->status, "%s: %s: %s", what, names_rv(rv), code->advice);
}

enum status p11_status(CK_RV rv, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	enum status status = tell(NULL, rv, fmt, args);
	va_end(args);
	return status;
}

enum status p11_status_by(const struct p11_code *own, size_t count, CK_RV rv, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	enum status status = tell(find_code(own, count, rv), rv, fmt, args);
	va_end(args);
	return status;
}

/* ---- loading ------------------------------------------------------------------------------------------------- */

static bool beside_the_executable(char *ret, size_t size)
{
	char self[4000];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return false;
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	snprintf(ret, size, "%s/libconclave.so", self);
	return access(ret, R_OK) == 0;
}

static enum status load(const struct args *a, struct p11 *p)
{
	CK_C_GetFunctionList get_list = NULL;

	if (a->module != NULL)
		snprintf(p->path, sizeof(p->path), "%s", a->module);
	else if (!beside_the_executable(p->path, sizeof(p->path)))
		snprintf(p->path, sizeof(p->path), "%s", CONCLAVE_MODULE_PATH);
	p->library = dlopen(p->path, RTLD_NOW | RTLD_LOCAL);
	if (p->library == NULL)
		return complain(MISSING, "the module cannot be loaded: %s", dlerror());
	*(void **)&get_list = dlsym(p->library, "C_GetFunctionList");
	if (get_list == NULL)
		return complain(MISSING, "%s is no PKCS#11 module", p->path);
	return p11_status(get_list(&p->fn), "%s", p->path);
}

enum status p11_open(const struct args *a, struct p11 *p)
{
	CK_C_INITIALIZE_ARGS init = {.flags = CKF_OS_LOCKING_OK};

	*p = (struct p11){.session = CK_INVALID_HANDLE, .user = a->user};
	try(load(a, p));
	try(p11_status(p->fn->C_Initialize(&init), "the module cannot be initialised"));
	p->initialized = true;
	return DONE;
}

/* Called in a cleanup: the codes come too late to change anything. */
void p11_close(struct p11 *p)
{
	if (p->session != CK_INVALID_HANDLE)
		(void)p->fn->C_CloseSession(p->session);
	if (p->initialized)
		(void)p->fn->C_Finalize(NULL);
	if (p->library != NULL)
		dlclose(p->library);
	*p = (struct p11){0};
}

/* ---- slots --------------------------------------------------------------------------------------------------- */

enum status p11_slots(struct p11 *p, CK_SLOT_ID **ret, CK_ULONG *ret_count)
{
	CK_ULONG count = 0;

	try(p11_status(p->fn->C_GetSlotList(CK_FALSE, NULL, &count), "the slots cannot be listed"));
	CK_SLOT_ID *slots = calloc(count + 1, sizeof(*slots));
	if (slots == NULL)
		return complain(FAILED, "out of memory");
	CK_RV rv = p->fn->C_GetSlotList(CK_FALSE, slots, &count);
	if (rv != CKR_OK || count == 0) {
		free(slots);
		return rv == CKR_OK ? complain(MISSING, "the store cannot be read: no slot is there") : p11_status(rv, "the slots cannot be listed");
	}
	*ret = slots;
	*ret_count = count;
	return DONE;
}

/* Does the slot hold an initialised token of that label or serial number? wanted NULL: any. */
static bool token_matches(struct p11 *p, CK_SLOT_ID slot, const char *wanted)
{
	CK_TOKEN_INFO info;
	char label[33], serial[17];

	if (p->fn->C_GetTokenInfo(slot, &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0)
		return false;
	names_text(info.label, sizeof(info.label), label, sizeof(label));
	names_text(info.serialNumber, sizeof(info.serialNumber), serial, sizeof(serial));
	return wanted == NULL || strcmp(label, wanted) == 0 || strcmp(serial, wanted) == 0;
}

static enum status only_match(struct p11 *p, const CK_SLOT_ID *slots, CK_ULONG count, const char *wanted)
{
	CK_ULONG found = 0;

	for (CK_ULONG i = 0; i < count; i++) {
		if (!token_matches(p, slots[i], wanted))
			continue;
		p->slot = slots[i];
		found++;
	}
	if (found == 1)
		return DONE;
	if (found == 0)
		return wanted == NULL ? complain(MISSING, "there is no token yet: `conclave init --label NAME` makes one")
		                      : complain(MISSING, "there is no token '%s'; `conclave slots` lists them", wanted);
	return complain(USAGE, "there are %lu such tokens: say which with --slot or --token", found);
}

enum status p11_choose_token(struct p11 *p, const struct args *a)
{
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count = 0;

	try(p11_slots(p, &slots, &count));
	if (a->slot == NULL) {
		enum status status = only_match(p, slots, count, a->token);
		free(slots);
		return status;
	}
	free(slots);
	if (!args_number(a->slot, &p->slot))
		return complain(USAGE, "'%s' is no slot number", a->slot);
	return DONE;
}

/* ---- sessions ------------------------------------------------------------------------------------------------ */

enum status p11_session(struct p11 *p, bool rw)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (rw ? CKF_RW_SESSION : 0);

	return p11_status(p->fn->C_OpenSession(p->slot, flags, NULL, NULL, &p->session), "no session opens in slot %lu", p->slot);
}

/* C_LoginUser came with version 3.0 of the standard. */
static enum status find_3_0(struct p11 *p, CK_FUNCTION_LIST_3_0 **ret)
{
	CK_VERSION version = {3, 0};
	CK_INTERFACE_PTR found = NULL;
	CK_C_GetInterface get;

	*(void **)&get = dlsym(p->library, "C_GetInterface");
	if (get == NULL || get(NULL, &version, &found, 0) != CKR_OK)
		return complain(FAILED, "%s knows no users with names", p->path);
	*ret = found->pFunctionList;
	return DONE;
}

static enum status login_by_name(struct p11 *p, struct pin *pin)
{
	CK_FUNCTION_LIST_3_0 *fn = NULL;
	CK_UTF8CHAR name[PIN_MAX];
	size_t len = strlen(p->user);

	if (len == 0 || len > sizeof(name))
		return complain(USAGE, "a user's name has 1 to 64 bytes");
	memcpy(name, p->user, len);
	try(find_3_0(p, &fn));
	CK_RV rv = fn->C_LoginUser(p->session, CKU_USER, pin->text, pin->len, name, len);
	if (rv == CKR_USER_PIN_NOT_INITIALIZED)
		return complain(PIN_REFUSED, "there is no user '%s'; the SO adds one with `conclave user add`", p->user);
	return p11_status(rv, "no login as user '%s'", p->user);
}

enum status p11_login_with(struct p11 *p, CK_USER_TYPE user, struct pin *pin)
{
	if (user == CKU_USER && p->user != NULL)
		return login_by_name(p, pin);
	return p11_status(p->fn->C_Login(p->session, user, pin->text, pin->len), "no login as %s", user == CKU_SO ? "SO" : "user");
}

enum status p11_login(struct p11 *p, CK_USER_TYPE user, struct pin_source from)
{
	__attribute__((cleanup(pin_wipe))) struct pin pin = {0};

	try(pin_read(from, user == CKU_SO ? "SO PIN" : "user PIN", &pin));
	return p11_login_with(p, user, &pin);
}

bool p11_wants_login(const struct args *a)
{
	return a->login || a->user != NULL || a->pin_file != NULL || a->pin_fd != NULL;
}

enum status p11_start(struct p11 *p, const struct args *a, bool rw, bool login)
{
	try(p11_open(a, p));
	try(p11_choose_token(p, a));
	try(p11_session(p, rw));
	return login ? p11_login(p, CKU_USER, (struct pin_source){a->pin_file, a->pin_fd}) : DONE;
}
