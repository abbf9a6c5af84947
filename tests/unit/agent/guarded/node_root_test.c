/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/guarded/node_root.h"
#include "cleanup.h"
#include "tests/unit/agent/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void test_reads_inside_of_the_root(void **state)
{
	static const struct {
		const char *path;
		int result;
	} cases[] = {
		{"/etc/file", 0},
		{"etc/file", 0},
		{"//etc//./file", 0},
		{"/etc/../etc/file", 0},
		{"/../../etc/file", 0}, /* ".." ends at the root */
		{"/relative", 0},
		{"/absolute", 0},
		{"/climbing", 0},
		{"/folder/file", 0},
		{"/chain/file", 0},
		{"/etc/missing", -ENOENT},
		{"/dangling", -ENOENT},
		{"/outside", -ENOENT}, /* the machine's own /etc/passwd is not in the tree */
		{"/loop", -ELOOP},
		{"/self/file", -ELOOP},
		{"/etc", -EISDIR},
		{"/", -EISDIR},
		{"/etc/file/more", -ENOTDIR},
		{"/fifo", -EINVAL},
	};
	struct tree tree;

	tree_make(&tree);
	tree_write(&tree, "/etc/file", "content", 0644);
	tree_link(&tree, "/relative", "etc/file");
	tree_link(&tree, "/absolute", "/etc/file");
	tree_link(&tree, "/climbing", "../../../../../etc/./file");
	tree_link(&tree, "/folder", "/etc/");
	tree_link(&tree, "/chain", "folder");
	tree_link(&tree, "/dangling", "nothing");
	tree_link(&tree, "/outside", "/etc/passwd");
	tree_link(&tree, "/loop", "loop2");
	tree_link(&tree, "/loop2", "/loop");
	tree_link(&tree, "/self", "self");
	assert_int_equal(mkfifo(tree_path(&tree, "/fifo"), 0644), 0);

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *text = NULL;
		size_t size = 0;
		int result = node_root_read(tree.root, cases[i].path, 7, &text, &size);

		if (result != cases[i].result)
			fail_msg("%s: %d", cases[i].path, result);
		if (result < 0) {
			assert_null(text);
			continue;
		}
		assert_int_equal(size, 7);
		assert_string_equal(text, "content");
	}
	tree_remove(&tree);
}

static void test_limits(void **state)
{
	_cleanup_free_ char *text = NULL, *deep = calloc(1, 201), *name = calloc(1, 301);
	struct tree tree;

	tree_make(&tree);
	tree_write(&tree, "/file", "12345678", 0644);
	assert_int_equal(node_root_read(tree.root, "/file", 7, &text, NULL), -EFBIG);
	assert_null(text);
	assert_int_equal(node_root_read(tree.root, "/file", 8, &text, NULL), 0);
	assert_string_equal(text, "12345678");

	for (size_t i = 0; i < 200; i += 2)
		memcpy(deep + i, "/d", 2);
	tree_folder(&tree, deep, 0755);
	assert_int_equal(node_root_open_file(tree.root, deep), -ENAMETOOLONG);
	memset(name, 'n', 300);
	assert_int_equal(node_root_open_file(tree.root, name), -ENAMETOOLONG);
	tree_remove(&tree);
}

static void test_has(void **state)
{
	struct tree tree;

	tree_make(&tree);
	tree_folder(&tree, "/var/lib/kubelet", 0700);
	tree_link(&tree, "/link", "var");
	tree_link(&tree, "/dangling", "nothing");
	assert_true(node_root_has(tree.root, "/var/lib/kubelet"));
	assert_true(node_root_has(tree.root, "/link/lib"));
	assert_false(node_root_has(tree.root, "/dangling"));
	assert_false(node_root_has(tree.root, "/etc/kubernetes"));
	tree_remove(&tree);
}

static void test_open(void **state)
{
	struct node_root *root = NULL;
	struct tree tree;

	tree_make(&tree);
	tree_write(&tree, "/file", "", 0644);
	tree_folder(&tree, "/real", 0755);
	tree_write(&tree, "/real/inside", "", 0644);
	tree_link(&tree, "/link", "real");
	assert_int_equal(node_root_open(tree_path(&tree, "/missing"), &root), -ENOENT);
	assert_int_equal(node_root_open(tree_path(&tree, "/file"), &root), -ENOTDIR);
	assert_int_equal(node_root_open("", &root), -ENOENT);
	assert_null(root);

	assert_int_equal(node_root_open(tree_path(&tree, "/link"), &root), 0);
	assert_true(node_root_has(root, "/inside"));
	root = node_root_close(root);

	assert_int_equal(chdir(tree.path), 0);
	assert_int_equal(node_root_open("real", &root), 0);
	assert_true(node_root_has(root, "/inside"));
	assert_int_equal(chdir("/"), 0);
	root = node_root_close(root);

	assert_int_equal(node_root_open(NULL, &root), 0);
	assert_true(node_root_has(root, "/proc/self/status"));
	assert_null(node_root_close(root));
	tree_remove(&tree);
}

/* What makes the program at /usr/bin/kubelet untrusted, and what the refusal says of it. */
struct trust_case {
	const char *what;
	void (*spoil)(const struct tree *tree);
	const char *refusal; /* the part after the tree's path; NULL = trusted */
};

static void spoil_nothing(const struct tree *tree)
{
	assert_int_equal(access(tree_path(tree, "/usr/bin/kubelet"), X_OK), 0);
}

static void spoil_file_mode(const struct tree *tree)
{
	assert_int_equal(chmod(tree_path(tree, "/usr/bin/kubelet"), 0757), 0);
}

static void spoil_file_group(const struct tree *tree)
{
	assert_int_equal(chmod(tree_path(tree, "/usr/bin/kubelet"), 0775), 0);
}

static void spoil_file_owner(const struct tree *tree)
{
	assert_int_equal(chown(tree_path(tree, "/usr/bin/kubelet"), 1000, 0), 0);
}

static void spoil_executable(const struct tree *tree)
{
	assert_int_equal(chmod(tree_path(tree, "/usr/bin/kubelet"), 0644), 0);
}

static void spoil_parent(const struct tree *tree)
{
	assert_int_equal(chmod(tree_path(tree, "/usr/bin"), 0777), 0);
}

static void spoil_parent_but_sticky(const struct tree *tree)
{
	assert_int_equal(chmod(tree_path(tree, "/usr/bin"), 01777), 0);
}

static void spoil_grandparent(const struct tree *tree)
{
	assert_int_equal(chown(tree_path(tree, "/usr"), 1000, 0), 0);
}

static void spoil_root_folder(const struct tree *tree)
{
	assert_int_equal(chmod(tree->path, 0770), 0);
}

static void move_kubelet(const struct tree *tree, const char *target)
{
	assert_int_equal(unlink(tree_path(tree, "/usr/bin/kubelet")), 0);
	tree_link(tree, "/usr/bin/kubelet", target);
}

static void link_relative(const struct tree *tree)
{
	tree_script(tree, "/opt/kubelet", "");
	move_kubelet(tree, "../../opt/kubelet");
}

static void link_absolute(const struct tree *tree)
{
	tree_script(tree, "/opt/kubelet", "");
	move_kubelet(tree, "/opt/kubelet");
}

static void link_through_untrusted(const struct tree *tree)
{
	tree_folder(tree, "/srv", 0777);
	tree_script(tree, "/opt/kubelet", "");
	tree_link(tree, "/srv/opt", "/opt");
	move_kubelet(tree, "/srv/opt/kubelet");
}

static void link_of_another(const struct tree *tree)
{
	link_relative(tree);
	assert_int_equal(lchown(tree_path(tree, "/usr/bin/kubelet"), 1000, 0), 0);
}

static void link_loop(const struct tree *tree)
{
	move_kubelet(tree, "kubelet");
}

static void make_fifo(const struct tree *tree)
{
	assert_int_equal(unlink(tree_path(tree, "/usr/bin/kubelet")), 0);
	assert_int_equal(mkfifo(tree_path(tree, "/usr/bin/kubelet"), 0755), 0);
}

static void make_folder(const struct tree *tree)
{
	assert_int_equal(unlink(tree_path(tree, "/usr/bin/kubelet")), 0);
	tree_folder(tree, "/usr/bin/kubelet", 0755);
}

static void test_trust(void **state)
{
	static const struct trust_case cases[] = {
		{"as it should be", spoil_nothing, NULL},
		{"file of all", spoil_file_mode,
		 "/usr/bin/kubelet may be written by others than root; chmod go-w "},
		{"file of the group", spoil_file_group,
		 "/usr/bin/kubelet may be written by others than root; chmod go-w "},
		{"file of another", spoil_file_owner,
		 "/usr/bin/kubelet belongs to uid 1000; chown root "},
		{"not executable", spoil_executable,
		 "/usr/bin/kubelet is not executable; chmod a+x "},
		{"parent", spoil_parent, "/usr/bin may be written by others than root; chmod "},
		{"sticky parent", spoil_parent_but_sticky, NULL},
		{"grandparent", spoil_grandparent, "/usr belongs to uid 1000; chown root "},
		{"the root itself", spoil_root_folder,
		 " may be written by others than root; chmod go-w "},
		{"relative link", link_relative, NULL},
		{"absolute link", link_absolute, NULL},
		{"link through a bad folder", link_through_untrusted,
		 "/srv may be written by others than root; chmod go-w "},
		{"link of another", link_of_another,
		 "/usr/bin/kubelet belongs to uid 1000; chown -h root "},
		{"loop", link_loop, "cannot be opened: Too many levels of symbolic links"},
		{"FIFO", make_fifo, "/usr/bin/kubelet is no regular file"},
		{"folder", make_folder, "/usr/bin/kubelet is no regular file"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *refusal = NULL;
		struct node_root *root;
		struct tree tree;
		int fd;

		tree_make(&tree);
		tree_script(&tree, "/usr/bin/kubelet", "");
		cases[i].spoil(&tree);
		assert_int_equal(node_root_open(tree.path, &root), 0);
		fd = node_root_open_program(root, "/usr/bin/kubelet", &refusal);
		print_message("%s: %s\n", cases[i].what, refusal ? refusal : "trusted");
		if (cases[i].refusal) {
			assert_int_equal(fd, -EPERM);
			assert_non_null(strstr(refusal, cases[i].refusal));
		} else {
			assert_true(fd >= 0);
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			assert_null(refusal);
			close(fd);
		}
		node_root_close(root);
		tree_remove(&tree);
	}
}

/* A link out of the root stays inside: what the machine has there is not executed. */
static void test_program_outside(void **state)
{
	_cleanup_free_ char *refusal = NULL;
	struct tree tree;

	tree_make(&tree);
	tree_link(&tree, "/usr/bin/kubelet", "../../../../../../bin/sh");
	assert_int_equal(node_root_open_program(tree.root, "/usr/bin/kubelet", &refusal), -ENOENT);
	assert_int_equal(node_root_open_program(tree.root, "/usr/bin/k3s", &refusal), -ENOENT);
	assert_null(refusal);
	tree_remove(&tree);
}

/* What a container runtime makes of what it hides; and what is not there, or there. */
static void test_hides(void **state)
{
	static const struct {
		const char *path;
		bool hidden;
	} cases[] = {
		{"/empty", true},
		{"/to-empty", true},
		{"/to-nothing", true},
		{"/to-nothing/file", true},
		{"/to-nothing-below", true},
		{"/twice", true},
		{"/full", false},
		{"/full/file", false},
		{"/full/nothing", false},
		{"/to-full", false},
		{"/to-full/nothing", false}, /* the link does lead somewhere */
		{"/to-full/nothing/either", false},
		{"/nothing", false},
		{"/nothing/either", false},
	};
	struct tree tree;

	tree_make(&tree);
	tree_folder(&tree, "/empty", 0755);
	tree_write(&tree, "/full/file", "", 0644);
	tree_link(&tree, "/to-empty", "/empty");
	tree_link(&tree, "/to-full", "full");
	tree_link(&tree, "/to-nothing", "nothing");
	tree_link(&tree, "/to-nothing-below", "/empty/a/b");
	tree_link(&tree, "/twice", "to-nothing");
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		if (node_root_hides(tree.root, cases[i].path) != cases[i].hidden)
			fail_msg("%s", cases[i].path);
	}
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_inside_of_the_root),
		cmocka_unit_test(test_hides),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_program_outside),
	};

	tree_require_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
