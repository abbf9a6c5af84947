/* SPDX-License-Identifier: Apache-2.0 */

/*
 * In children, since the confinement is for good: who may ask a node's programs, and who only
 * reads. What was found out is an exit code.
 */

#include "agent/detect/detect_confined.h"
#include "agent/guarded/privileges.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#define OTHER_USER 4711

static struct tree tree;

/* A kernel that has no filters; by a filter. */
static int lose_filters(void)
{
	struct sock_filter statements[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {N_ELEMENTS(statements), statements};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}

struct situation {
	const char *what;
	bool own_user, other_user, no_filters, is_somebody_elses;
	const char *source; /* of what is known of Kubernetes, or how that begins */
};

static int detect(const struct situation *situation)
{
	const struct detect_options options = {
		.root = tree.path,
		.root_is_this_node = !situation->is_somebody_elses,
		.proxy_metrics = "",
	};
	uid_t user = situation->own_user ? privileges_pick_user() : 0;
	struct facts facts = {0};

	if (situation->no_filters && lose_filters() < 0)
		return 100;
	if (situation->other_user && setresuid(OTHER_USER, OTHER_USER, OTHER_USER) < 0)
		return 101;
	if (privileges_drop(user, 0) < 0)
		return 102;
	if (detect_confined(&options, &facts) < 0)
		return 103;
	print_message("%s: %s\n", situation->what, facts.kubernetes.source);
	/* It may not write: what is printed goes to a descriptor that is there. */
	if (strncmp(facts.kubernetes.source, situation->source, strlen(situation->source)) != 0)
		return 104;
	if (!facts.os.id || strcmp(facts.os.id, "debian") != 0)
		return 105;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 106;
	return 0;
}

static void test_who_executes(void **state)
{
	static const char asked[] = "/usr/bin/kubelet --version";
	static const char refused[] = "/usr/bin/kubelet: not executed: ";
	static const struct situation situations[] = {
		{.what = "a user of its own", .own_user = true, .source = asked},
		{.what = "the same without filters",
		 .own_user = true,
		 .no_filters = true,
		 .source = asked},
		{.what = "another user", .other_user = true, .source = asked},
		{.what = "the same without filters",
		 .other_user = true,
		 .no_filters = true,
		 .source = refused},
		{.what = "root", .source = refused},
		{.what = "somebody else's tree",
		 .own_user = true,
		 .is_somebody_elses = true,
		 .source = refused},
	};

	for (size_t i = 0; i < N_ELEMENTS(situations); i++) {
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(detect(&situations[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("%s: %d", situations[i].what, WEXITSTATUS(status));
	}
}

static int make_tree(void **state)
{
	tree_make(&tree);
	assert_int_equal(chmod(tree.path, 0755), 0);
	tree_write(&tree, "/etc/os-release", "ID=debian\n", 0644);
	tree_script(&tree, "/usr/bin/kubelet", "echo Kubernetes v1.18.3");
	return 0;
}

static int remove_tree(void **state)
{
	tree_remove(&tree);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_executes),
	};

	tree_require_root();
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
		puts("skipped: this kernel has no filters");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
