/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oldkernel VERSION PROGRAM [ARGUMENT...]: runs a program to which this kernel answers as one of
 * that version would: calls and arguments that came later are refused, by a seccomp filter.
 *
 * What a filter cannot see stays as it is: what pointers point to, so netlink's families and
 * attributes, and what files say, so /proc and /sys. Flags that an old kernel ignores instead of
 * refusing them are not its business either.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Those of sysexits.h that the shell's own codes leave. */
#define EXIT_USAGE	  64
#define EXIT_NO_FILTER	  70
#define EXIT_NOT_EXECUTED 127

#if defined(__x86_64__)
#define ARCHITECTURE	      AUDIT_ARCH_X86_64
#define BORDER(x86_64, arm64) x86_64
#elif defined(__aarch64__)
#define ARCHITECTURE	      AUDIT_ARCH_AARCH64
#define BORDER(x86_64, arm64) arm64
#else
#error "the numbers of this architecture's system calls are not known here"
#endif

/*
 * The last of each kind that a kernel knew. Both architectures number their calls by age, so that
 * one number is the border; the versions of the calls are those of syscalls(2).
 */
struct kernel {
	const char *version;
	uint32_t call;
	/* of SOL_NETLINK: netlink(7); NETLINK_CAP_ACK = 10 is of 4.3, NETLINK_EXT_ACK = 11 of 4.12,
	 * NETLINK_GET_STRICT_CHK = 12 of 4.20 */
	uint32_t netlink_option;
	/* of SOL_SOCKET: include/uapi/asm-generic/socket.h; SO_NETNS_COOKIE = 71 is of 5.14 */
	uint32_t socket_option;
	/* of SOL_PACKET: include/uapi/linux/if_packet.h; PACKET_QDISC_BYPASS = 20 is of 3.14,
	 * PACKET_FANOUT_DATA = 22 of 4.3, PACKET_IGNORE_OUTGOING = 23 of 4.20 */
	uint32_t packet_option;
	/* prctl(2); PR_CAP_AMBIENT = 47 is of 4.3 */
	uint32_t prctl;
	/* timerfd_create(2); CLOCK_BOOTTIME = 7 is of 3.15 */
	uint32_t timer_clock;
	/* fcntl(2), those of Linux alone; F_ADD_SEALS = 1033 is of 3.17, F_GET_RW_HINT = 1035 and
	 * its like of 4.13 */
	uint32_t fcntl;
	/* fcntl(2); F_OFD_SETLK and its like are of 3.15 */
	bool locks_descriptions;
	/* open(2), of 3.11; before, the flag said no more than that it is a folder: EISDIR */
	bool makes_nameless_files;
	/* namespaces(7); the others are of 3.8 at the latest */
	bool has_cgroup_namespaces; /* of 4.6 */
};

#define LAST_CLOCK 9 /* CLOCK_BOOTTIME_ALARM */
#define O_NAMELESS 020000000 /* what O_TMPFILE has beside O_DIRECTORY */

static const struct kernel kernels[] = {
	/* finit_module; SO_SELECT_ERR_QUEUE; PR_GET_TID_ADDRESS */
	{"3.10", BORDER(313, 273), 7, 45, 19, 40, CLOCK_MONOTONIC, 1032, false, false, false},
	/* mlock2; SO_ATTACH_BPF; PR_CAP_AMBIENT */
	{"4.4", BORDER(325, 284), 10, 50, 22, 47, LAST_CLOCK, 1034, true, true, false},
	/* pkey_free; SO_CNX_ADVICE */
	{"4.9", BORDER(331, 290), 10, 53, 22, 47, LAST_CLOCK, 1034, true, true, true},
	/* statx; SO_ZEROCOPY; PR_SVE_GET_VL */
	{"4.15", BORDER(332, 291), 11, 60, 22, 51, LAST_CLOCK, 1038, true, true, true},
	/* rseq; SO_TXTIME; PR_SET_SPECULATION_CTRL */
	{"4.19", BORDER(334, 293), 11, 61, 22, 53, LAST_CLOCK, 1038, true, true, true},
	/* clone3; SO_DETACH_REUSEPORT_BPF; PR_GET_TAGGED_ADDR_CTRL */
	{"5.4", BORDER(435, 435), 12, 68, 23, 56, LAST_CLOCK, 1038, true, true, true},
};

/* A program of seccomp under construction. */
struct filter {
	struct sock_filter code[128];
	uint16_t length;
};

static void add(struct filter *filter, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	filter->code[filter->length++] = (struct sock_filter){code, yes, no, k};
}

static void add_load(struct filter *filter, size_t offset)
{
	add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void add_answer(struct filter *filter, uint32_t action)
{
	add(filter, BPF_RET | BPF_K, action, 0, 0);
}

/* The lower half of an argument: all of these are ints to the kernel. */
static size_t argument(unsigned int number)
{
	return offsetof(struct seccomp_data, args) + number * sizeof(uint64_t);
}

/* Refuses a call whose argument compares so (BPF_JEQ, BPF_JGT, BPF_JSET) with the value. */
static void refuse_argument(struct filter *filter, uint32_t call, unsigned int number,
			    uint16_t comparison, uint32_t value, int error)
{
	add_load(filter, offsetof(struct seccomp_data, nr));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3);
	add_load(filter, argument(number));
	add(filter, BPF_JMP | comparison | BPF_K, value, 0, 1);
	add_answer(filter, SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* Refuses options of sockets after the last one of a level. */
static void refuse_option(struct filter *filter, uint32_t call, uint32_t level, uint32_t last)
{
	add_load(filter, offsetof(struct seccomp_data, nr));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
	add_load(filter, argument(1));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, level, 0, 3);
	add_load(filter, argument(2));
	add(filter, BPF_JMP | BPF_JGT | BPF_K, last, 0, 1);
	add_answer(filter, SECCOMP_RET_ERRNO | ENOPROTOOPT);
}

static void make_filter(const struct kernel *kernel, struct filter *filter)
{
	static const uint32_t option_calls[] = {SYS_setsockopt, SYS_getsockopt};

	/* Programs of another architecture have other numbers: none is started here. */
	add_load(filter, offsetof(struct seccomp_data, arch));
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	add_answer(filter, SECCOMP_RET_KILL_PROCESS);
	add_load(filter, offsetof(struct seccomp_data, nr));
	add(filter, BPF_JMP | BPF_JGT | BPF_K, kernel->call, 0, 1);
	add_answer(filter, SECCOMP_RET_ERRNO | ENOSYS);

	for (size_t i = 0; i < N_ELEMENTS(option_calls); i++) {
		refuse_option(filter, option_calls[i], SOL_NETLINK, kernel->netlink_option);
		refuse_option(filter, option_calls[i], SOL_SOCKET, kernel->socket_option);
		refuse_option(filter, option_calls[i], SOL_PACKET, kernel->packet_option);
	}
	refuse_argument(filter, SYS_prctl, 0, BPF_JGT, kernel->prctl, EINVAL);
	refuse_argument(filter, SYS_timerfd_create, 0, BPF_JGT, kernel->timer_clock, EINVAL);
	refuse_argument(filter, SYS_fcntl, 1, BPF_JGT, kernel->fcntl, EINVAL);
	if (!kernel->locks_descriptions) {
		refuse_argument(filter, SYS_fcntl, 1, BPF_JEQ, F_OFD_GETLK, EINVAL);
		refuse_argument(filter, SYS_fcntl, 1, BPF_JEQ, F_OFD_SETLK, EINVAL);
		refuse_argument(filter, SYS_fcntl, 1, BPF_JEQ, F_OFD_SETLKW, EINVAL);
	}
	if (!kernel->makes_nameless_files)
		refuse_argument(filter, SYS_openat, 2, BPF_JSET, O_NAMELESS, EISDIR);
	if (!kernel->has_cgroup_namespaces)
		refuse_argument(filter, SYS_unshare, 0, BPF_JSET, CLONE_NEWCGROUP, EINVAL);
	add_answer(filter, SECCOMP_RET_ALLOW);
}

static const struct kernel *find_kernel(const char *version)
{
	for (size_t i = 0; i < N_ELEMENTS(kernels); i++) {
		if (strcmp(kernels[i].version, version) == 0)
			return &kernels[i];
	}
	return NULL;
}

/* Who has no privilege for a filter must give up gaining any (seccomp(2)); others keep that. */
static int install(const struct filter *filter)
{
	struct sock_fprog program = {filter->length, (struct sock_filter *)filter->code};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	const struct kernel *kernel = argc > 2 ? find_kernel(argv[1]) : NULL;
	struct filter filter = {.length = 0};
	int result;

	if (!kernel) {
		fprintf(stderr, "usage: %s VERSION PROGRAM [ARGUMENT...]\nversions:", argv[0]);
		for (size_t i = 0; i < N_ELEMENTS(kernels); i++)
			fprintf(stderr, " %s", kernels[i].version);
		fprintf(stderr, "\n");
		return EXIT_USAGE;
	}
	make_filter(kernel, &filter);
	result = install(&filter);
	if (result < 0) {
		fprintf(stderr, "oldkernel: seccomp: %s\n", strerror(-result));
		return EXIT_NO_FILTER;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "oldkernel: %s: %s\n", argv[2], strerror(errno));
	return EXIT_NOT_EXECUTED;
}
