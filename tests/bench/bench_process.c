/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program once, without its output, and prints: microseconds from posix_spawn() to its end,
 * its peak resident memory (VmHWM) in KiB, its exit code. The kernel counts what is resident at the
 * time of the execve() too, so this program is kept smaller than any that it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void check(const char *what, int error)
{
	if (error == 0)
		return;
	fprintf(stderr, "bench_process: %s: %s\n", what, strerror(error));
	exit(1);
}

static double now_usec(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int argc, char *argv[])
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start, end;
	int status;
	pid_t pid;

	check("usage: bench_process PROGRAM [ARGUMENT...]", argc < 2 ? EINVAL : 0);
	check("memory", posix_spawn_file_actions_init(&actions));
	check("/dev/null",
	      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0));
	check("/dev/null",
	      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO));
	start = now_usec();
	check(argv[1], posix_spawn(&pid, argv[1], &actions, NULL, argv + 1, environ));
	check("wait4", wait4(pid, &status, 0, &usage) < 0 ? errno : 0);
	end = now_usec();
	posix_spawn_file_actions_destroy(&actions);
	printf("%.1f %ld %d\n", end - start, usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
