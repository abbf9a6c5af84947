/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program once, without its output, and prints: microseconds from posix_spawn() to its end,
 * its peak resident memory (VmHWM) in KiB, its exit code. With --ready it is a service: the time
 * is until it says READY=1 (sd_notify), and then it is stopped. The kernel counts what is resident
 * at the time of the execve() too, so this program is kept smaller than any that it runs.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE "usage: bench_process [--ready] PROGRAM [ARGUMENT...]"

/* What is not ready by then has failed. */
#define READY_MS 60000

extern char **environ;

static pid_t start(char *argv[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	check("memory", -posix_spawn_file_actions_init(&actions));
	check("/dev/null",
	      -posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0));
	check("/dev/null",
	      -posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO));
	check(argv[0], -posix_spawn(&pid, argv[0], &actions, NULL, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* The kernel chooses an abstract address: nothing is left behind. */
static int open_notify_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address);
	char text[sizeof(address.sun_path) + 2];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		check("socket", -errno);
	snprintf(text, sizeof(text), "@%.*s",
		 (int)(size - offsetof(struct sockaddr_un, sun_path) - 1), address.sun_path + 1);
	check("environment", setenv("NOTIFY_SOCKET", text, 1) < 0 ? -errno : 0);
	return fd;
}

static void await_ready(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	char message[1024];

	do {
		ssize_t length;

		check("it was never ready", poll(&poller, 1, READY_MS) <= 0 ? -ETIME : 0);
		length = recv(fd, message, sizeof(message) - 1, 0);
		check("receiving", length < 0 ? -errno : 0);
		message[length] = '\0';
	} while (!strstr(message, "READY=1"));
}

int main(int argc, char *argv[])
{
	bool ready = argc > 1 && strcmp(argv[1], "--ready") == 0;
	char **program = argv + (ready ? 2 : 1);
	struct rusage usage;
	double begin, end;
	int status, fd = -1;
	pid_t pid;

	check(USAGE, !*program ? -EINVAL : 0);
	if (ready)
		fd = open_notify_socket();
	begin = now_usec();
	pid = start(program);
	if (ready) {
		await_ready(fd);
		end = now_usec();
		kill(pid, SIGTERM);
	}
	check("wait4", wait4(pid, &status, 0, &usage) < 0 ? -errno : 0);
	if (!ready)
		end = now_usec();
	printf("%.1f %ld %d\n", end - begin, usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
