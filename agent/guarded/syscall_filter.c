/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/guarded/syscall_filter.h"

#include "array.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/* Calls that are permitted whatever their arguments. Those that some headers lack are newer. */
static const uint32_t permitted[] = {
	/* Files, to look at. */
	SYS_read,
	SYS_readv,
	SYS_pread64,
	SYS_preadv,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statfs,
	SYS_fstatfs,
	SYS_readlinkat,
	SYS_faccessat,
	SYS_getdents64,
	SYS_getcwd,
	SYS_chdir,
	SYS_fchdir,
	SYS_fadvise64,
	SYS_dup,
	SYS_dup3,
	SYS_pipe2,
#ifdef SYS_statx
	SYS_statx,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_close_range
	SYS_close_range,
#endif
	/* To write to what is open: pipes, and /dev/null. */
	SYS_write,
	SYS_writev,
	SYS_pwrite64,
	/* What a socket that is there has counted, and what it is bound to. */
	SYS_getsockopt,
	SYS_getsockname,
	/* To wait. */
	SYS_ppoll,
	SYS_pselect6,
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_eventfd2,
	SYS_timerfd_create,
	SYS_timerfd_settime,
	SYS_nanosleep,
	SYS_clock_nanosleep,
	SYS_clock_gettime,
	SYS_clock_getres,
	SYS_gettimeofday,
	SYS_times,
	SYS_setitimer,
	SYS_getitimer,
	SYS_timer_create,
	SYS_timer_settime,
	SYS_timer_delete,
	SYS_restart_syscall,
	/* Memory. */
	SYS_brk,
	SYS_mmap,
	SYS_munmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_madvise,
	SYS_mincore,
#ifdef SYS_membarrier
	SYS_membarrier,
#endif
	/* Threads and programs. */
	SYS_futex,
	SYS_set_robust_list,
	SYS_set_tid_address,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_getcpu,
	SYS_execve,
	SYS_exit,
	SYS_exit_group,
	SYS_wait4,
	SYS_waitid,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_rt_sigpending,
	SYS_rt_sigtimedwait,
	SYS_rt_sigsuspend,
	SYS_sigaltstack,
#ifdef SYS_execveat
	SYS_execveat,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
	/* Itself. All that prctl() and these limits can change is the process's own. */
	SYS_getpid,
	SYS_gettid,
	SYS_getppid,
	SYS_getpgid,
	SYS_getsid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_getresuid,
	SYS_getresgid,
	SYS_getgroups,
	SYS_getrusage,
	SYS_getrlimit,
	SYS_setrlimit,
	SYS_umask,
	SYS_uname,
	SYS_sysinfo,
	SYS_prctl,
	SYS_capget,
	SYS_capset,
#ifdef SYS_getrandom
	SYS_getrandom,
#endif
#ifdef __x86_64__
	/* The older forms of some of these, which newer architectures do without. */
	SYS_stat,
	SYS_lstat,
	SYS_access,
	SYS_readlink,
	SYS_getdents,
	SYS_dup2,
	SYS_pipe,
	SYS_poll,
	SYS_select,
	SYS_epoll_create,
	SYS_epoll_wait,
	SYS_eventfd,
	SYS_alarm,
	SYS_pause,
	SYS_time,
	SYS_fork,
	SYS_vfork,
	SYS_getpgrp,
	SYS_arch_prctl,
#endif
};

/* What one argument must be for a call to be permitted. */
struct condition {
	uint32_t call;
	uint32_t argument; /* the lower half of which is looked at */
	uint32_t mask;
	uint32_t value; /* what must be left of it */
};

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))
/* Namespaces; and a process that is not the caller's child, but its parent's. */
#define FORBIDDEN_CLONES                                                                           \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_PARENT | 0x02000000 /* CLONE_NEWCGROUP, which some headers lack */)

static const struct condition conditions[] = {
	{SYS_openat, 2, WRITES, 0},
#ifdef __x86_64__
	{SYS_open, 1, WRITES, 0},
#endif
	{SYS_clone, 0, FORBIDDEN_CLONES, 0},
	/* Go's scheduler sends its threads this one, which by default is ignored. */
	{SYS_tgkill, 2, UINT32_MAX, SIGURG},
	{SYS_prlimit64, 0, UINT32_MAX, 0},
	/* Not: locks, and who is sent a signal when a descriptor becomes ready. */
	{SYS_fcntl, 1, UINT32_MAX, F_DUPFD},
	{SYS_fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC},
	{SYS_fcntl, 1, UINT32_MAX, F_GETFD},
	{SYS_fcntl, 1, UINT32_MAX, F_SETFD},
	{SYS_fcntl, 1, UINT32_MAX, F_GETFL},
	{SYS_fcntl, 1, UINT32_MAX, F_SETFL},
	/* Is it a terminal? And what every descriptor knows. */
	{SYS_ioctl, 1, UINT32_MAX, TCGETS},
	{SYS_ioctl, 1, UINT32_MAX, TIOCGWINSZ},
	{SYS_ioctl, 1, UINT32_MAX, FIONREAD},
	{SYS_ioctl, 1, UINT32_MAX, FIONBIO},
	{SYS_ioctl, 1, UINT32_MAX, FIOCLEX},
};

/* The longest program: the architecture, the number, two for a call, six for a condition, the end.
 */
#define STATEMENTS_MAX (4 + 2 * N_ELEMENTS(permitted) + 6 * N_ELEMENTS(conditions) + 1)

struct program {
	struct sock_filter statements[STATEMENTS_MAX];
	unsigned short length;
};

static void add(struct program *program, uint16_t code, uint32_t operand, uint8_t if_true,
		uint8_t if_false)
{
	program->statements[program->length++] =
		(struct sock_filter){code, if_true, if_false, operand};
}

static void load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void end(struct program *program, uint32_t action)
{
	add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Passes over the next `count` statements unless what was loaded is `value`. */
static void unless_equal(struct program *program, uint32_t value, uint8_t count)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

static void add_condition(struct program *program, const struct condition *condition)
{
	/* Both architectures have the lower half first. */
	size_t offset = offsetof(struct seccomp_data, args) + 8 * condition->argument;

	unless_equal(program, condition->call, 5);
	load(program, offset);
	add(program, BPF_ALU | BPF_AND | BPF_K, condition->mask, 0, 0);
	unless_equal(program, condition->value, 1);
	end(program, SECCOMP_RET_ALLOW);
	load(program, offsetof(struct seccomp_data, nr));
}

static void compile(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	/* Numbers of another architecture are other calls. Those of x32 have a bit that no call of
	 * the lists has. */
	add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	end(program, SECCOMP_RET_ERRNO | ENOSYS);
	load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < N_ELEMENTS(permitted); i++) {
		unless_equal(program, permitted[i], 1);
		end(program, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < N_ELEMENTS(conditions); i++)
		add_condition(program, &conditions[i]);
	end(program, SECCOMP_RET_ERRNO | ENOSYS);
}

int syscall_filter_install(void)
{
	struct program program = {.length = 0};
	struct sock_fprog filter;

	if (!ARCHITECTURE)
		return -EOPNOTSUPP;
	compile(&program);
	filter = (struct sock_fprog){program.length, program.statements};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* seccomp(2) is of Linux 3.17; this does the same. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}
