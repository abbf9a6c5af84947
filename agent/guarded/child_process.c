/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/guarded/child_process.h"

#include "agent/base/fd_wait.h"
#include "agent/base/monotonic.h"
#include "agent/guarded/privileges.h"
#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Threads included: a Go program makes some for each processor. */
#define PROCESSES_MAX 1024

struct child_process {
	pid_t pid; /* 0 = reaped */
	uid_t user; /* of its own; 0 = none */
	int output_fd;
	size_t output_max;
	char *output; /* room for output_max, one more to see that it is exceeded, and a NUL */
	size_t size;
};

/* Signals as a program expects them: a service blocks and ignores some. */
static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Duplicated first: the descriptors may themselves be among 0 to 2, if those were closed. Under a
 * filter nothing can be opened to be written, but then this process's own input is /dev/null.
 */
static int set_standard_streams(int output_fd, enum child_process_errors errors)
{
	int output = fcntl(output_fd, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int null_copy =
		fcntl(null < 0 && errno == ENOSYS ? STDIN_FILENO : null, F_DUPFD_CLOEXEC, 3);

	if (output < 0 || null_copy < 0)
		return -errno;
	if (dup2(null_copy, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		return -errno;
	if (errors != CHILD_PROCESS_ERRORS_KEPT &&
	    dup2(errors == CHILD_PROCESS_ERRORS_OUTPUT ? output : null_copy, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

/* Whatever this program or who started it left open is not the child's. */
static int close_rest_on_exec(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	closedir(folder);
	return 0;
}

static int set_limit(int resource, rlim_t value)
{
	const struct rlimit limit = {value, value};

	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

static int set_limits(const struct child_process_options *options)
{
	int result = set_limit(RLIMIT_CORE, 0);

	if (result == 0 && options->foreign)
		result = set_limit(RLIMIT_FSIZE, 0);
	/* The kernel counts all processes of a user, also those of others' containers. */
	if (result == 0 && options->user)
		result = set_limit(RLIMIT_NPROC, PROCESSES_MAX);
	return result;
}

static int confine(const struct child_process_options *options, pid_t parent)
{
	int result = set_limits(options);

	if (result == 0)
		result = close_rest_on_exec();
	if (result == 0 && options->foreign && chdir("/") < 0)
		result = -errno;
	if (result == 0)
		result = privileges_drop(options->user, options->capabilities);
	/* Until it is executed; a program that can be read is its user's to look at again then. */
	if (result == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		result = -errno;
	/* Last, since the kernel forgets it when the user changes (prctl(2)). */
	if (result == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		result = -errno;
	if (result == 0 && getppid() != parent)
		result = -ESRCH;
	return result;
}

static bool is_script(int fd)
{
	char start[2];

	return pread(fd, start, sizeof(start), 0) == sizeof(start) &&
	       memcmp(start, "#!", sizeof(start)) == 0;
}

/*
 * Returns only when it cannot be executed. The interpreter of a script opens the descriptor by its
 * name, so it must stay open: execveat(2) refuses it otherwise (ENOENT, also for binfmt_misc), but
 * before Linux 3.19 the C library executes /proc/self/fd/N, and the interpreter alone fails.
 */
static void execute(const struct child_process_options *options)
{
	char *const environment[] = {NULL};

	if (is_script(options->program_fd))
		fcntl(options->program_fd, F_SETFD, 0);
	fexecve(options->program_fd, options->argv, environment);
	if (errno == ENOENT && fcntl(options->program_fd, F_SETFD, 0) == 0)
		fexecve(options->program_fd, options->argv, environment);
}

/* The child's side; does not return. */
static void child_run(const struct child_process_options *options, int output_fd, pid_t parent)
	__attribute__((noreturn));
static void child_run(const struct child_process_options *options, int output_fd, pid_t parent)
{
	reset_signals();
	/* Fails under a filter only, which see in the header: that session has no terminal either.
	 */
	setsid();
	umask(077);
	if (set_standard_streams(output_fd, options->errors) == 0 && confine(options, parent) == 0)
		execute(options);
	_exit(CHILD_PROCESS_NOT_EXECUTED);
}

static int make_pipe(int *ret_read_fd, int *ret_write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read_fd = fds[0];
	*ret_write_fd = fds[1];
	/* Only this side: the program must not meet a descriptor that does not block. */
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int child_process_start(const struct child_process_options *options,
			struct child_process **ret_child)
{
	_cleanup_(cleanup_child_process) struct child_process *child = calloc(1, sizeof(*child));
	_cleanup_close_ int write_fd = -1;
	pid_t parent = getpid();
	int result;

	if (!child)
		return -ENOMEM;
	child->output_fd = -1;
	child->output_max = options->output_max;
	child->user = options->user;
	child->output = calloc(1, options->output_max + 2);
	if (!child->output)
		return -ENOMEM;
	result = make_pipe(&child->output_fd, &write_fd);
	if (result < 0)
		return result;
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	if (child->pid == 0)
		child_run(options, write_fd, parent);
	*ret_child = TAKE_PTR(child);
	return 0;
}

int child_process_start_self(const struct child_process_options *options,
			     struct child_process **ret_child)
{
	_cleanup_close_ int program_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct child_process_options self = *options;

	if (program_fd < 0)
		return -errno;
	self.program_fd = program_fd;
	return child_process_start(&self, ret_child);
}

int child_process_fd(const struct child_process *child)
{
	return child->output_fd;
}

int child_process_read(struct child_process *child)
{
	for (;;) {
		ssize_t got = read(child->output_fd, child->output + child->size,
				   child->output_max + 1 - child->size);

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			child->size += (size_t)got;
		child->output[child->size] = '\0';
		if (child->size > child->output_max)
			return -EFBIG;
	}
}

int child_process_wait_output(struct child_process *child, uint64_t deadline)
{
	int result;

	while ((result = child_process_read(child)) == -EAGAIN) {
		result = fd_wait(child->output_fd, POLLIN, deadline);
		if (result < 0)
			break;
	}
	return result;
}

/* Has it ended? It is left unreaped, so that its number still means its group. */
static bool has_ended(const struct child_process *child)
{
	siginfo_t information = {0};

	return waitid(P_PID, (id_t)child->pid, &information, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       information.si_pid != 0;
}

static int kill_and_reap(struct child_process *child)
{
	int status = 0;

	kill(-child->pid, SIGKILL);
	/* In case it did not come to have a group. Under a filter it ends with this process. */
	if (kill(child->pid, SIGKILL) == 0 || has_ended(child)) {
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	child->pid = 0;
	if (child->user)
		privileges_kill_user(child->user);
	return status;
}

int child_process_wait_end(struct child_process *child, uint64_t deadline, int *ret_status)
{
	/* Kernels of the time have no descriptor to wait for a process. */
	const struct timespec pause = {.tv_nsec = 1000000};

	while (!has_ended(child)) {
		if (monotonic_ms_until(deadline) == 0)
			return -ETIME;
		nanosleep(&pause, NULL);
	}
	*ret_status = kill_and_reap(child);
	return 0;
}

const char *child_process_output(const struct child_process *child, size_t *ret_size)
{
	*ret_size = child->size;
	return child->output;
}

struct child_process *child_process_free(struct child_process *child)
{
	if (!child)
		return NULL;
	if (child->pid > 0)
		kill_and_reap(child);
	if (child->output_fd >= 0)
		close(child->output_fd);
	free(child->output);
	free(child);
	return NULL;
}

const char *child_process_failure(int error)
{
	if (error != -ENOENT && error != -ECHILD)
		return strerror(-error);
	if (access("/proc/self/fd", F_OK) < 0)
		return "/proc is not mounted here; mount it";
	if (access("/dev/null", R_OK | W_OK) < 0)
		return "/dev/null is missing here; make it (mknod -m 666 /dev/null c 1 3)";
	return error == -ECHILD ? "its process could not be executed, or was ended"
				: strerror(-error);
}

void cleanup_child_process(struct child_process **child)
{
	child_process_free(*child);
}
