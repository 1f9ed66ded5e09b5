/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: a fork child is another application, whatever the parent was doing (rules 36, 45 to 52).
 * Children run in this program; that of another program's is the stress tests' business. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what the child finds --------------------------------------------------------------------- */

struct inherited {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
};

static int call_without_initialize(void *arg)
{
	const struct inherited *parent = arg;
	CK_SESSION_INFO info;
	CK_SLOT_ID list[4];
	CK_ULONG count = COUNT(list), size;
	CK_BYTE noise[8];

	assert_rv(p11->C_GetSessionInfo(parent->session, &info), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_GetObjectSize(parent->session, parent->object, &size), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_GetSlotList(CK_TRUE, list, &count), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_GenerateRandom(parent->session, noise, sizeof(noise)), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_CloseSession(parent->session), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	return 0;
}

static struct inherited start_parent(void)
{
	struct inherited parent;

	parent.session = open_rw();
	login_user(parent.session);
	parent.object = make_data(parent.session, false, true, "of the parent");
	make_data(parent.session, true, true, "of the token");
	return parent;
}

/* Logged in, its session object alive, and able to write. */
static void assert_parent_works(const struct inherited *parent)
{
	CK_ULONG size;

	assert_int_equal(session_state(parent->session), CKS_RW_USER_FUNCTIONS);
	assert_ok(p11->C_GetObjectSize(parent->session, parent->object, &size));
	make_data(parent->session, true, true, "after the fork");
	assert_int_equal(count_labelled(parent->session, "of the token"), 1);
	assert_int_equal(count_labelled(parent->session, "after the fork"), 1);
}

static void rule_46_child_without_initialize_is_not_initialized(void **state)
{
	struct inherited parent = start_parent();

	(void)state;
	assert_int_equal(run_child(call_without_initialize, &parent), 0);
	assert_parent_works(&parent);
}

static int initialise_and_look(void *arg)
{
	const struct inherited *parent = arg;
	CK_SESSION_HANDLE session;
	CK_SESSION_INFO info;
	CK_ULONG size;

	initialize();
	slot = first_slot();
	assert_rv(p11->C_GetSessionInfo(parent->session, &info), CKR_SESSION_HANDLE_INVALID);
	session = open_rw();
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_rv(p11->C_GetObjectSize(session, parent->object, &size), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_labelled(session, "of the token"), 0);
	login_user(session);
	assert_int_equal(count_labelled(session, "of the token"), 1);
	assert_int_equal(count_labelled(session, "of the parent"), 0);
	make_data(session, true, true, "of the child");
	logout(session);
	finalize();
	return 0;
}

static void rules_45_47_48_50_child_is_an_application_of_its_own(void **state)
{
	struct inherited parent = start_parent();

	(void)state;
	assert_int_equal(run_child(initialise_and_look, &parent), 0);
	assert_parent_works(&parent);
	assert_int_equal(count_labelled(parent.session, "of the child"), 1);
}

static int initialise_and_finalise(void *arg)
{
	(void)arg;
	initialize();
	finalize();
	assert_rv(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
	return 0;
}

static void rule_49_child_that_drops_what_it_inherited_harms_nobody(void **state)
{
	struct inherited parent = start_parent();

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(run_child(initialise_and_finalise, NULL), 0);
	assert_parent_works(&parent);
}

static int exit_at_once(void *arg)
{
	(void)arg;
	exit(0);
}

static void rule_49_child_that_just_exits_harms_nobody(void **state)
{
	struct inherited parent = start_parent();

	(void)state;
	assert_int_equal(run_child(exit_at_once, NULL), 0);
	assert_parent_works(&parent);
}

static int look_at_an_empty_memory_store(void *arg)
{
	CK_TOKEN_INFO info;

	(void)arg;
	initialize();
	assert_ok(p11->C_GetTokenInfo(first_slot(), &info));
	assert_int_equal(info.flags & CKF_TOKEN_INITIALIZED, 0);
	make_token();
	return 0;
}

static void rule_50_a_memory_store_is_not_shared_with_the_child(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	make_data(session, true, true, "mine");
	assert_int_equal(run_child(look_at_an_empty_memory_store, NULL), 0);
	assert_int_equal(count_labelled(session, "mine"), 1);
}

static int hold_equal_handles(void *arg)
{
	const struct inherited *parent = arg;
	CK_SESSION_HANDLE session;

	initialize();
	slot = first_slot();
	session = open_rw();
	/* Whether the numbers are equal or not, they are this process's own. */
	close_session(session);
	(void)parent;
	return 0;
}

static void rule_51_closing_a_session_of_the_child_closes_none_of_the_parent(void **state)
{
	struct inherited parent = start_parent();

	(void)state;
	assert_int_equal(run_child(hold_equal_handles, &parent), 0);
	assert_parent_works(&parent);
}

static int be_the_so(struct child *child, void *arg)
{
	(void)arg;
	initialize();
	slot = first_slot();
	login_so(open_rw());
	child_tell(child);
	child_wait(child);
	finalize();
	return 0;
}

static void rule_52_so_and_user_of_different_applications_work_together(void **state)
{
	struct inherited parent = start_parent();
	struct child child;

	(void)state;
	child_start(&child, be_the_so, NULL);
	child_wait(&child);
	assert_parent_works(&parent);
	logout(parent.session);
	login_user(parent.session);
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

static int grandchild(void *arg)
{
	int *depth = arg;

	if (*depth > 0) {
		(*depth)--;
		initialize();
		slot = first_slot();
		login_user(open_rw());
		return run_child(grandchild, depth);
	}
	initialize();
	slot = first_slot();
	open_rw();
	finalize();
	return 0;
}

static void rule_47_children_of_children_initialise_too(void **state)
{
	struct inherited parent = start_parent();
	int depth = 3;

	(void)state;
	assert_int_equal(run_child(grandchild, &depth), 0);
	assert_parent_works(&parent);
}

/* ---- nothing is lost --------------------------------------------------------------------------- */

enum { EACH = 20 };

static void write_rows(CK_SESSION_HANDLE session, const char *label)
{
	for (int i = 0; i < EACH; i++)
		make_data(session, true, true, label);
}

static int write_while_the_parent_writes(struct child *child, void *arg)
{
	CK_SESSION_HANDLE session;

	(void)arg;
	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	child_tell(child);
	write_rows(session, "of the child");
	finalize();
	return 0;
}

static void rule_47_child_and_parent_write_at_once_and_lose_nothing(void **state)
{
	struct inherited parent = start_parent();
	struct child child;

	(void)state;
	child_start(&child, write_while_the_parent_writes, NULL);
	child_wait(&child);
	write_rows(parent.session, "of both");
	assert_int_equal(child_end(&child), 0);
	assert_int_equal(count_labelled(parent.session, "of both"), EACH);
	assert_int_equal(count_labelled(parent.session, "of the child"), EACH);
}

/* The parent closes the store while the child has it open: that must not take the child's locks. */
static int write_after_the_parent_closed(struct child *child, void *arg)
{
	CK_SESSION_HANDLE session;

	(void)arg;
	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	write_rows(session, "of the child");
	child_tell(child);
	child_wait(child);
	write_rows(session, "of the child");
	child_tell(child);
	child_wait(child);
	write_rows(session, "of the child");
	finalize();
	return 0;
}

static void rule_47_child_writes_after_the_parent_has_closed_and_reopened(void **state)
{
	CK_SESSION_HANDLE session;
	struct child child;

	(void)state;
	start_parent();
	child_start(&child, write_after_the_parent_closed, NULL);
	child_wait(&child);
	finalize();
	child_tell(&child);
	child_wait(&child);
	initialize();
	session = open_rw();
	login_user(session);
	write_rows(session, "of both");
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
	finalize();
	initialize();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "of the child"), 3 * EACH);
	assert_int_equal(count_labelled(session, "of both"), EACH);
}

/* ---- random numbers --------------------------------------------------------------------------- */

static int send_random(void *arg)
{
	int *out = arg;
	CK_BYTE noise[32];

	initialize();
	slot = first_slot();
	assert_ok(p11->C_GenerateRandom(open_ro(), noise, sizeof(noise)));
	assert_int_equal(write(*out, noise, sizeof(noise)), sizeof(noise));
	return 0;
}

static void rule_45_random_numbers_of_parent_and_children_differ(void **state)
{
	CK_BYTE noise[5][32];
	CK_SESSION_HANDLE session = open_ro();
	int channel[2];

	(void)state;
	assert_int_equal(pipe(channel), 0);
	assert_ok(p11->C_GenerateRandom(session, noise[0], sizeof(noise[0])));
	for (size_t i = 1; i < COUNT(noise) - 1; i++) {
		assert_int_equal(run_child(send_random, &channel[1]), 0);
		assert_int_equal(read(channel[0], noise[i], sizeof(noise[i])), sizeof(noise[i]));
	}
	assert_ok(p11->C_GenerateRandom(session, noise[4], sizeof(noise[4])));
	for (size_t i = 0; i < COUNT(noise); i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(noise[i], noise[j], sizeof(noise[i]));
	close(channel[0]);
	close(channel[1]);
}

/* ---- fork in the middle of everything ---------------------------------------------------------- */

enum { SIGNERS = 8, FORKS = 200 };

struct signer {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_RV rv;
};

static atomic_bool stop;
static atomic_int signatures;

static void *sign_often(void *arg)
{
	CK_MECHANISM ecdsa = {CKM_ECDSA_SHA256, NULL, 0};
	struct signer *signer = arg;
	CK_BYTE data[100] = {0}, signature[128];

	while (!stop && signer->rv == CKR_OK) {
		CK_ULONG length = sizeof(signature);
		signer->rv = p11->C_SignInit(signer->session, &ecdsa, signer->key);
		if (signer->rv == CKR_OK)
			signer->rv = p11->C_Sign(signer->session, data, sizeof(data), signature, &length);
		signatures++;
	}
	return NULL;
}

/* Locks of the parent's threads are held for ever in this copy of its memory. */
static int sign_in_the_child(void *arg)
{
	CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
	CK_SESSION_HANDLE session;
	CK_BYTE digest[32], noise[16];
	CK_ULONG length = sizeof(digest);

	(void)arg;
	alarm(30);
	assert_rv(p11->C_CloseAllSessions(slot), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
	slot = first_slot();
	session = open_ro();
	assert_ok(p11->C_DigestInit(session, &sha256));
	assert_ok(p11->C_Digest(session, noise, 0, digest, &length));
	assert_ok(p11->C_GenerateRandom(session, noise, sizeof(noise)));
	finalize();
	return 0;
}

static void rules_45_47_fork_while_threads_sign(void **state)
{
	CK_SESSION_HANDLE owner = open_rw();
	struct signer signers[SIGNERS] = {{0}};
	pthread_t threads[SIGNERS];
	CK_OBJECT_HANDLE public, private;
	int status = 0;

	(void)state;
	if (SANITIZED)
		skip(); /* its own allocator does not survive a fork between threads */
	login_user(owner);
	make_ec_pair(owner, true, true, &public, &private);
	stop = false;
	signatures = 0;
	for (size_t i = 0; i < SIGNERS; i++) {
		signers[i].session = open_rw();
		signers[i].key = private;
		pthread_create(&threads[i], NULL, sign_often, &signers[i]);
	}
	while (signatures < SIGNERS)
		sched_yield();
	for (int i = 0; i < FORKS && status == 0; i++)
		status = run_child(sign_in_the_child, NULL);
	stop = true;
	for (size_t i = 0; i < SIGNERS; i++) {
		pthread_join(threads[i], NULL);
		assert_ok(signers[i].rv);
	}
	assert_int_equal(status, 0);
}

#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQLITE(rule_46_child_without_initialize_is_not_initialized),
		SQLITE(rules_45_47_48_50_child_is_an_application_of_its_own),
		SQLITE(rule_49_child_that_drops_what_it_inherited_harms_nobody),
		SQLITE(rule_49_child_that_just_exits_harms_nobody),
		TOKEN(rule_50_a_memory_store_is_not_shared_with_the_child),
		SQLITE(rule_51_closing_a_session_of_the_child_closes_none_of_the_parent),
		SQLITE(rule_52_so_and_user_of_different_applications_work_together),
		SQLITE(rule_47_children_of_children_initialise_too),
		SQLITE(rule_47_child_and_parent_write_at_once_and_lose_nothing),
		SQLITE(rule_47_child_writes_after_the_parent_has_closed_and_reopened),
		SQLITE(rule_45_random_numbers_of_parent_and_children_differ),
		SQLITE(rules_45_47_fork_while_threads_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
