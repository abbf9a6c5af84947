/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/monotonic.h"
#include "agent/guarded/child_process.h"
#include "agent/guarded/privileges.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/capability.h>

/* With a user of its own, if one can be had. */
static struct child_process *start(const char *commands, size_t output_max)
{
	_cleanup_free_ char *script = strdup(commands);
	char shell[] = "sh", option[] = "-c";
	char *const argv[] = {shell, option, script, NULL};
	_cleanup_close_ int program_fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	const struct child_process_options options = {
		.program_fd = program_fd,
		.argv = argv,
		.output_max = output_max,
		.user = privileges_pick_user(),
		.foreign = true,
	};
	struct child_process *child = NULL;

	assert_true(program_fd >= 0);
	assert_int_equal(child_process_start(&options, &child), 0);
	return child;
}

/* Runs commands to their end; the caller frees the output. */
static char *run(const char *commands, int *ret_status)
{
	_cleanup_(cleanup_child_process) struct child_process *child = start(commands, 65536);
	uint64_t deadline = monotonic_now_ms() + 20000;
	char *output;
	size_t size;

	assert_int_equal(child_process_wait_output(child, deadline), 0);
	assert_int_equal(child_process_wait_end(child, deadline, ret_status), 0);
	output = strdup(child_process_output(child, &size));
	assert_non_null(output);
	assert_int_equal(strlen(output), size);
	return output;
}

static void test_output_and_status(void **state)
{
	static const struct {
		const char *commands, *output;
		int exit_code;
	} cases[] = {
		{"echo hello", "hello\n", 0},
		{"echo hello; exit 3", "hello\n", 3},
		{":", "", 0},
		{"echo to nobody >&2", "", 0},
		{"cat", "", 0}, /* no input */
		{"env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL='; echo end", "end\n", 0},
		{"ulimit -c", "0\n", 0},
		{"ulimit -f", "0\n", 0},
		{"pwd", "/\n", 0},
		{"umask", "0077\n", 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		int status;
		_cleanup_free_ char *output = run(cases[i].commands, &status);

		assert_string_equal(output, cases[i].output);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].exit_code);
	}
}

static void test_has_no_power(void **state)
{
	static const char *const expected[] = {
		"CapInh:\t0000000000000000\n",
		"CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n",
		"CapAmb:\t0000000000000000\n",
		"NoNewPrivs:\t1\n",
		"SigBlk:\t0000000000000000\n",
		"SigIgn:\t0000000000000000\n",
	};
	sigset_t all;
	int status;
	_cleanup_free_ char *output = NULL;

	/* As a service may have it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	output = run("cat /proc/self/status", &status);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < N_ELEMENTS(expected); i++) {
		if (!strstr(output, expected[i]))
			fail_msg("%s is not in: %s", expected[i], output);
	}
	if (geteuid() == 0) {
		const char *uid = strstr(output, "Uid:\t"), *gid = strstr(output, "Gid:\t");

		assert_true(strtoul(uid + 5, NULL, 10) - PRIVILEGES_OWN_USER_FIRST <
			    PRIVILEGES_OWN_USERS);
		assert_int_equal(strtoul(uid + 5, NULL, 10), strtoul(gid + 5, NULL, 10));
		assert_null(strstr(output, "Groups:\t0"));
	}
}

/* Some power is kept, no other is left, and the user stays. */
static void test_keeps_some_power(void **state)
{
	char shell[] = "sh", option[] = "-c", script[] = "cat /proc/self/status";
	char *const argv[] = {shell, option, script, NULL};
	_cleanup_close_ int program_fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	const struct child_process_options options = {
		.program_fd = program_fd,
		.argv = argv,
		.output_max = 65536,
		.capabilities = PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_RAW),
	};
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	uint64_t deadline = monotonic_now_ms() + 20000;
	const char *output;
	size_t size;
	int status;

	if (!privileges_have(CAP_NET_ADMIN) || !privileges_have(CAP_NET_RAW)) {
		print_message("skipped: needs CAP_NET_ADMIN and CAP_NET_RAW\n");
		skip();
	}
	assert_int_equal(child_process_start(&options, &child), 0);
	assert_int_equal(child_process_wait_output(child, deadline), 0);
	assert_int_equal(child_process_wait_end(child, deadline, &status), 0);
	output = child_process_output(child, &size);
	/* cat is the shell's child: the power goes on to it, too. */
	assert_non_null(strstr(output, "CapPrm:\t0000000000003000\n"));
	assert_non_null(strstr(output, "CapEff:\t0000000000003000\n"));
	assert_non_null(strstr(output, "NoNewPrivs:\t1\n"));
	if (geteuid() == 0) {
		assert_non_null(strstr(output, "CapBnd:\t0000000000003000\n"));
		assert_non_null(strstr(output, "Uid:\t0\t0\t0\t0\n"));
	}
}

static void test_inherits_no_descriptor(void **state)
{
	int leaked = dup2(STDERR_FILENO, 50); /* not close-on-exec */
	_cleanup_free_ char *output = NULL;
	int status;

	assert_int_equal(leaked, 50);
	output = run("for fd in 3 4 5 6 7 8 9 20 50; do [ -e /dev/fd/$fd ] && echo $fd; done",
		     &status);
	close(leaked);
	assert_string_equal(output, "");
}

static void test_script_by_descriptor(void **state)
{
	char path[] = "/tmp/offload-agent-test-XXXXXX", name[] = "script";
	char *const argv[] = {name, NULL};
	static const char text[] = "#!/bin/sh\necho from a script\n";
	int fd = mkostemp(path, O_CLOEXEC), status;
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	struct child_process_options options = {.argv = argv, .output_max = 100};
	size_t size;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	options.program_fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(child_process_start(&options, &child), 0);
	close(options.program_fd);
	assert_int_equal(child_process_wait_output(child, monotonic_now_ms() + 20000), 0);
	assert_string_equal(child_process_output(child, &size), "from a script\n");
	assert_int_equal(child_process_wait_end(child, monotonic_now_ms() + 20000, &status), 0);
	assert_int_equal(status, 0);
}

static void test_not_executable(void **state)
{
	char name[] = "nothing";
	char *const argv[] = {name, NULL};
	struct child_process_options options = {
		.program_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		.argv = argv,
		.output_max = 100,
	};
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	int status;

	assert_int_equal(child_process_start(&options, &child), 0);
	close(options.program_fd);
	assert_int_equal(child_process_wait_end(child, monotonic_now_ms() + 20000, &status), 0);
	assert_int_equal(WEXITSTATUS(status), CHILD_PROCESS_NOT_EXECUTED);
}

static void test_too_much(void **state)
{
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	size_t size;

	child = start("printf 12345678", 8);
	assert_int_equal(child_process_wait_output(child, monotonic_now_ms() + 20000), 0);
	assert_string_equal(child_process_output(child, &size), "12345678");
	child_process_free(child);
	child = start("while :; do echo more; done", 4096);
	assert_int_equal(child_process_wait_output(child, monotonic_now_ms() + 20000), -EFBIG);
}

static bool is_gone(pid_t pid)
{
	char path[64], stat_line[256] = "";
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	/* A zombie of a parent that was killed, too, is gone as soon as it is reaped. */
	return !file || !fgets(stat_line, sizeof(stat_line), file) || strstr(stat_line, ") Z ");
}

static void test_time_limit_and_group(void **state)
{
	_cleanup_(cleanup_child_process) struct child_process *child = NULL;
	uint64_t started = monotonic_now_ms();
	pid_t grandchild;
	size_t size;
	int status;

	child = start("sleep 300 & echo $!; wait", 4096);
	assert_int_equal(child_process_wait_output(child, started + 300), -ETIME);
	assert_int_equal(child_process_wait_end(child, started + 300, &status), -ETIME);
	assert_true(monotonic_now_ms() - started < 5000);
	grandchild = atoi(child_process_output(child, &size));
	assert_true(grandchild > 1);
	assert_false(is_gone(grandchild));
	child = child_process_free(child);
	for (int i = 0; i < 1000 && !is_gone(grandchild); i++)
		usleep(10000);
	assert_true(is_gone(grandchild));
}

static void test_descriptor(void **state)
{
	_cleanup_(cleanup_child_process) struct child_process *child = start("sleep 0.2", 10);

	assert_int_equal(child_process_read(child), -EAGAIN);
	assert_true(fcntl(child_process_fd(child), F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(child_process_fd(child), F_GETFD) & FD_CLOEXEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_and_status),
		cmocka_unit_test(test_has_no_power),
		cmocka_unit_test(test_keeps_some_power),
		cmocka_unit_test(test_inherits_no_descriptor),
		cmocka_unit_test(test_script_by_descriptor),
		cmocka_unit_test(test_not_executable),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_time_limit_and_group),
		cmocka_unit_test(test_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
