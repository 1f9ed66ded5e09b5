/* SPDX-License-Identifier: Apache-2.0 */
/* The log: which lines come, how they look, where they go; and the names of the return codes, held
 * against the table of the standard. */
#include "base/log.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

static int make_file(void **state unused)
{
	snprintf(path, sizeof(path), "/tmp/conclave-log-XXXXXX");
	int fd = mkstemp(path);
	close(fd);
	/* The log makes the file itself. */
	return unlink(path);
}

static int remove_file(void **state unused)
{
	log_set_call(NULL);
	log_close();
	unlink(path);
	return 0;
}

static void log_to_file(const char *level)
{
	char spec[128];
	snprintf(spec, sizeof(spec), "%s:file=%s", level, path);
	assert_true(log_configure(spec));
}

static char *content(void)
{
	static char text[65536];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void only_specs_of_the_form_are_taken(void **state unused)
{
	static const char *const good[] = {"off", "error", "warn:stderr", "info:syslog", "debug", "trace:stderr"};
	static const char *const wrong[] = {"", "loud", "ERROR", "error:", "error:stdout", "error:file=", ":stderr",
					    "errors", "error:file=/nonexistent/log"};
	for (size_t i = 0; i < array_len(good); i++)
		assert_true(log_configure(good[i]));
	log_configure("trace");
	assert_true(log_enabled(LOG_LEVEL_TRACE));
	for (size_t i = 0; i < array_len(wrong); i++) {
		/* One of them says why, on standard error: not the test's business. */
		int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		assert_false(log_configure(wrong[i]));
		dup2(saved, STDERR_FILENO);
		close(saved);
		close(null);
		assert_true(log_enabled(LOG_LEVEL_ERROR));
		assert_false(log_enabled(LOG_LEVEL_WARN));
	}
	assert_true(log_configure(NULL));
	assert_true(log_enabled(LOG_LEVEL_ERROR));
}

static void lines_up_to_the_level_are_written(void **state unused)
{
	log_to_file("warn");
	log_write(LOG_LEVEL_ERROR, "one");
	log_write(LOG_LEVEL_WARN, "two");
	log_write(LOG_LEVEL_INFO, "three");
	log_write(LOG_LEVEL_OFF, "four");
	assert_non_null(strstr(content(), ": error: one\n"));
	assert_non_null(strstr(content(), ": warn: two\n"));
	assert_null(strstr(content(), "three"));
	assert_null(strstr(content(), "four"));
}

static void off_writes_nothing(void **state unused)
{
	log_to_file("off");
	log_write(LOG_LEVEL_ERROR, "one");
	assert_string_equal(content(), "");
}

static void a_line_has_time_process_level_and_call(void **state unused)
{
	char expected[128];
	log_to_file("info");
	log_set_call("C_Login");
	assert_int_equal((fail)(CKR_PIN_INCORRECT, "slot %d", 3), CKR_PIN_INCORRECT);
	snprintf(expected, sizeof(expected), "Z conclave[%ld]: info: C_Login: CKR_PIN_INCORRECT: slot 3\n", (long)getpid());
	char *text = content();
	assert_memory_equal(text, "20", 2);
	assert_int_equal(text[10], 'T');
	assert_string_equal(text + 23, expected);
}

static void *log_without_call(void *arg unused)
{
	log_write(LOG_LEVEL_ERROR, "from a thread");
	return NULL;
}

static void the_call_is_the_threads_own(void **state unused)
{
	pthread_t thread;
	log_to_file("error");
	log_set_call("C_Login");
	pthread_create(&thread, NULL, log_without_call, NULL);
	pthread_join(thread, NULL);
	assert_non_null(strstr(content(), "error: from a thread\n"));
	log_set_call(NULL);
	log_write(LOG_LEVEL_ERROR, "after");
	assert_non_null(strstr(content(), "error: after\n"));
}

static void the_operators_codes_are_errors_and_the_callers_are_not(void **state unused)
{
	static const CK_RV errors[] = {CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_GENERAL_ERROR, CKR_HOST_MEMORY,
				       CKR_FUNCTION_FAILED};
	static const CK_RV infos[] = {CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT, CKR_SESSION_HANDLE_INVALID,
				      CKR_TOKEN_WRITE_PROTECTED};
	char expected[64];
	log_to_file("info");
	for (size_t i = 0; i < array_len(errors); i++) {
		assert_int_equal((fail)(errors[i], "x"), errors[i]);
		snprintf(expected, sizeof(expected), ": error: %s: x\n", rv_name(errors[i]));
		assert_non_null(strstr(content(), expected));
	}
	for (size_t i = 0; i < array_len(infos); i++) {
		assert_int_equal((fail)(infos[i], "x"), infos[i]);
		snprintf(expected, sizeof(expected), ": info: %s: x\n", rv_name(infos[i]));
		assert_non_null(strstr(content(), expected));
	}
}

static void one_line_stays_one_line(void **state unused)
{
	log_to_file("error");
	log_write(LOG_LEVEL_ERROR, "a\nb\x1b[31mc");
	assert_non_null(strstr(content(), ": a?b?[31mc\n"));
}

static void a_line_that_is_too_long_is_cut(void **state unused)
{
	char longer[5000];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_to_file("error");
	log_write(LOG_LEVEL_ERROR, "%s", longer);
	log_write(LOG_LEVEL_ERROR, "next");
	char *end = strchr(content(), '\n');
	assert_non_null(end);
	assert_in_range(end - content(), 1000, 2100);
	assert_non_null(strstr(end, "error: next\n"));
}

static void the_file_is_the_owners_and_is_appended_to(void **state unused)
{
	struct stat st;
	log_to_file("error");
	log_write(LOG_LEVEL_ERROR, "one");
	log_to_file("error");
	log_write(LOG_LEVEL_ERROR, "two");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_non_null(strstr(content(), "error: one\n"));
	assert_non_null(strstr(content(), "error: two\n"));
}

static void the_file_never_becomes_a_standard_descriptor(void **state unused)
{
	int saved = dup(STDIN_FILENO);
	close(STDIN_FILENO);
	log_to_file("error");
	log_write(LOG_LEVEL_ERROR, "one");
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_non_null(strstr(content(), "error: one\n"));
}

static void logging_leaves_errno_alone(void **state unused)
{
	log_to_file("error");
	errno = E2BIG;
	(void)(fail)(CKR_DEVICE_ERROR, "x");
	assert_int_equal(errno, E2BIG);
}

static void every_return_code_has_its_name(void **state unused)
{
	const char *root = secure_getenv("CONCLAVE_SOURCE_ROOT");
	char name[512], line[1024];
	snprintf(name, sizeof(name), "%s/tests/spec/constants.tsv", root != NULL ? root : ".");
	FILE *f = fopen(name, "r");
	assert_non_null(f);
	int codes = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		char constant[128], value[32], group[128];
		if (sscanf(line, "%127[^\t]\t%31[^\t]\t%127[^\t]", constant, value, group) != 3 || strcmp(group, "CKR:CK_RV") != 0)
			continue;
		assert_string_equal(rv_name(strtoul(value, NULL, 16)), constant);
		codes++;
	}
	fclose(f);
	assert_in_range(codes, 100, 200);
	assert_string_equal(rv_name(0x7ffffff1), "CKR_0x7FFFFFF1");
}

#define row(f) cmocka_unit_test_setup_teardown(f, make_file, remove_file)

int main(void)
{
	static const struct CMUnitTest suite[] = {
		row(only_specs_of_the_form_are_taken),
		row(lines_up_to_the_level_are_written),
		row(off_writes_nothing),
		row(a_line_has_time_process_level_and_call),
		row(the_call_is_the_threads_own),
		row(the_operators_codes_are_errors_and_the_callers_are_not),
		row(one_line_stays_one_line),
		row(a_line_that_is_too_long_is_cut),
		row(the_file_is_the_owners_and_is_appended_to),
		row(the_file_never_becomes_a_standard_descriptor),
		row(logging_leaves_errno_alone),
		row(every_return_code_has_its_name),
	};
	return cmocka_run_group_tests(suite, NULL, NULL);
}
