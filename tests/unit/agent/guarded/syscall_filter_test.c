/* SPDX-License-Identifier: Apache-2.0 */

/* In children, since the filter is for good. What they may do depends on no privileges. */

#include "agent/guarded/syscall_filter.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[] = "/tmp/offload-agent-test-XXXXXX";
static int file_fd; /* opened before, to be written */
static pid_t parent;

/* Each of these must fail: 0 or a descriptor when it did not. */
static long open_to_write(void)
{
	return open(path, O_WRONLY);
}
static long open_to_read_and_write(void)
{
	return open(path, O_RDWR);
}
static long open_to_append(void)
{
	return open(path, O_WRONLY | O_APPEND);
}
static long truncate_by_open(void)
{
	return open(path, O_RDONLY | O_TRUNC);
}
static long open_new(void)
{
	return open("/tmp/offload-agent-test-new", O_RDONLY | O_CREAT, 0600);
}
static long open_unnamed(void)
{
	return open("/tmp", O_TMPFILE | O_WRONLY, 0600);
}
static long create(void)
{
	return creat("/tmp/offload-agent-test-new", 0600);
}
static long remove_file(void)
{
	return unlink(path);
}
static long rename_file(void)
{
	return rename(path, "/tmp/offload-agent-test-new");
}
static long truncate_file(void)
{
	return truncate(path, 0);
}
static long truncate_open(void)
{
	return ftruncate(file_fd, 0);
}
static long change_mode(void)
{
	return chmod(path, 0777);
}
static long change_mode_open(void)
{
	return fchmod(file_fd, 0777);
}
static long change_owner(void)
{
	return chown(path, getuid(), getgid());
}
static long change_times(void)
{
	return utimensat(AT_FDCWD, path, NULL, 0);
}
static long link_file(void)
{
	return link(path, "/tmp/offload-agent-test-new");
}
static long link_symbolic(void)
{
	return symlink(path, "/tmp/offload-agent-test-new");
}
static long make_folder(void)
{
	return mkdir("/tmp/offload-agent-test-new", 0700);
}
static long make_fifo(void)
{
	return mknod("/tmp/offload-agent-test-new", S_IFIFO | 0600, 0);
}
static long lock_file(void)
{
	return flock(file_fd, LOCK_EX | LOCK_NB);
}
static long kill_parent(void)
{
	return kill(parent, 0);
}
static long kill_all(void)
{
	return kill(-1, 0);
}
static long kill_group(void)
{
	return kill(0, 0);
}
static long kill_thread(void)
{
	return syscall(SYS_tgkill, parent, parent, 0);
}
static long trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}
static long be_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static long make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long make_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}
static long make_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}
static long make_session(void)
{
	return setsid();
}
static long make_group(void)
{
	return setpgid(0, 0);
}
static long be_slower(void)
{
	return setpriority(PRIO_PROCESS, 0, 19);
}

static long lock_range(void)
{
	struct flock lock = {.l_type = F_RDLCK};

	return fcntl(file_fd, F_SETLK, &lock);
}

static long send_signals(void)
{
	return fcntl(file_fd, F_SETOWN, parent);
}

static long limit_parent(void)
{
	struct rlimit limit;

	return prlimit(parent, RLIMIT_CORE, NULL, &limit);
}

static long look_into_parent(void)
{
	char byte = 0;
	struct iovec here = {&byte, 1}, there = {path, 1};

	return process_vm_readv(parent, &here, 1, &there, 1, 0);
}

static long type_into_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static long clone_namespace(void)
{
	return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
}

static const struct {
	const char *what;
	long (*act)(void);
} forbidden[] = {
	{"open to write", open_to_write},
	{"open to read and write", open_to_read_and_write},
	{"open to append", open_to_append},
	{"truncate by opening", truncate_by_open},
	{"open a new file", open_new},
	{"open a file without a name", open_unnamed},
	{"creat", create},
	{"unlink", remove_file},
	{"rename", rename_file},
	{"truncate", truncate_file},
	{"ftruncate", truncate_open},
	{"chmod", change_mode},
	{"fchmod", change_mode_open},
	{"chown", change_owner},
	{"utimensat", change_times},
	{"link", link_file},
	{"symlink", link_symbolic},
	{"mkdir", make_folder},
	{"mknod", make_fifo},
	{"flock", lock_file},
	{"lock with fcntl", lock_range},
	{"have a signal sent by a descriptor", send_signals},
	{"signal the parent", kill_parent},
	{"signal all", kill_all},
	{"signal its group", kill_group},
	{"signal a thread of another", kill_thread},
	{"trace the parent", trace_parent},
	{"be traced", be_traced},
	{"look into the parent", look_into_parent},
	{"limit the parent", limit_parent},
	{"type into a terminal", type_into_terminal},
	{"make a socket", make_socket},
	{"make a netlink socket", make_netlink},
	{"make a namespace", make_namespace},
	{"clone into a namespace", clone_namespace},
	{"make a session", make_session},
	{"make a process group", make_group},
	{"change its priority", be_slower},
};

/* Runs it in a child under the filter; its exit code. */
static int under_filter(int (*act)(size_t index), size_t index)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(syscall_filter_install() < 0 ? 99 : act(index));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int does_nothing(size_t index)
{
	(void)index;
	return 0;
}

static int fails(size_t index)
{
	errno = 0;
	if (forbidden[index].act() >= 0)
		return 1;
	return errno == ENOSYS ? 0 : 2;
}

static void test_forbids(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(forbidden); i++) {
		int code = under_filter(fails, i);

		if (code != 0)
			fail_msg("%s: %s", forbidden[i].what,
				 code == 1 ? "is possible" : "fails for another reason");
	}
}

static int reads(size_t index)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)index;
	if (fd < 0 || read(fd, &byte, 1) != 1)
		return 1;
	return open("/tmp", O_RDONLY | O_DIRECTORY) < 0 ? 2 : 0;
}

/* What a shell does, and the interpreter of a script found by its descriptor. */
static int runs_shell(size_t index)
{
	(void)index;
	execl("/bin/sh", "sh", "-c",
	      "x=$(echo a | cat) && (exit 3); [ $? = 3 ] && [ $x = a ] && [ -r /bin/sh ] && "
	      "read line </proc/self/status && ! echo a 2>&1 >/tmp/offload-agent-test-new",
	      NULL);
	return 1;
}

/* Go's scheduler wakes its own threads so. */
static int urges_thread(size_t index)
{
	(void)index;
	return syscall(SYS_tgkill, getpid(), getpid(), SIGURG) < 0;
}

/* It goes on to whatever is executed. */
static int hands_on(size_t index)
{
	(void)index;
	execl("/bin/sh", "sh", "-c", "! kill -0 $PPID && ! mkdir /tmp/offload-agent-test-new",
	      NULL);
	return 1;
}

static int is_for_good(size_t index)
{
	(void)index;
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	return syscall_filter_install() < 0 ? 2 : fails(0);
}

static void test_permits(void **state)
{
	int (*const acts[])(size_t) = {reads, runs_shell, urges_thread, hands_on, is_for_good};

	for (size_t i = 0; i < N_ELEMENTS(acts); i++) {
		int code = under_filter(acts[i], 0);

		if (code != 0)
			fail_msg("act %zu: %d", i, code);
	}
}

#ifdef __x86_64__
/* The call of 32-bit programs, which any program can make, if the kernel has it; 20 is getpid. */
static long call_as_32_bit(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	return result;
}

static bool has_32_bit(void)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(call_as_32_bit() <= 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static int is_refused_as_32_bit(size_t index)
{
	(void)index;
	return call_as_32_bit() != -ENOSYS;
}

static int is_refused_as_x32(size_t index)
{
	(void)index;
	return syscall(0x40000000 | SYS_getpid) >= 0 || errno != ENOSYS;
}

static void test_other_architectures(void **state)
{
	assert_int_equal(under_filter(is_refused_as_x32, 0), 0);
	if (has_32_bit())
		assert_int_equal(under_filter(is_refused_as_32_bit, 0), 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbids),
		cmocka_unit_test(test_permits),
#ifdef __x86_64__
		cmocka_unit_test(test_other_architectures),
#endif
	};
	int result;

	parent = getpid();
	file_fd = mkstemp(path);
	if (file_fd < 0 || write(file_fd, "text", 4) != 4)
		return 1;
	result = 77;
	if (under_filter(does_nothing, 0) == 0)
		result = cmocka_run_group_tests(tests, NULL, NULL);
	else
		puts("skipped: this kernel or architecture has no filters");
	unlink(path);
	return result;
}
