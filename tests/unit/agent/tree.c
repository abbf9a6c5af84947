/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/tree.h"

#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

const char *tree_path(const struct tree *tree, const char *path)
{
	static char whole[PATH_MAX];

	assert_true(snprintf(whole, sizeof(whole), "%s%s", tree->path, path) < PATH_MAX);
	return whole;
}

void tree_make(struct tree *tree)
{
	strcpy(tree->path, "/tmp/offload-agent-test-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	assert_int_equal(node_root_open(tree->path, &tree->root), 0);
}

void tree_copy(struct tree *tree, const char *name)
{
	char command[PATH_MAX];

	tree_make(tree);
	snprintf(command, sizeof(command), "cp -RP '%s/root-%s/.' '%s' && chmod -R go-w '%s'",
		 TEST_DATA_DIR, name, tree->path, tree->path);
	assert_int_equal(system(command), 0);
}

void tree_remove(struct tree *tree)
{
	char command[PATH_MAX];

	tree->root = node_root_close(tree->root);
	snprintf(command, sizeof(command), "rm -rf '%s'", tree->path);
	assert_int_equal(system(command), 0);
}

static void make_parents(const struct tree *tree, const char *path)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *parent = strndup(path, slash - path);

		if (mkdir(tree_path(tree, parent), 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

void tree_write(const struct tree *tree, const char *path, const char *text, mode_t mode)
{
	_cleanup_fclose_ FILE *file = NULL;

	make_parents(tree, path);
	file = fopen(tree_path(tree, path), "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fchmod(fileno(file), mode), 0);
}

void tree_link(const struct tree *tree, const char *path, const char *target)
{
	make_parents(tree, path);
	assert_int_equal(symlink(target, tree_path(tree, path)), 0);
}

void tree_folder(const struct tree *tree, const char *path, mode_t mode)
{
	make_parents(tree, path);
	assert_int_equal(mkdir(tree_path(tree, path), 0755), 0);
	assert_int_equal(chmod(tree_path(tree, path), mode), 0);
}

void tree_script(const struct tree *tree, const char *path, const char *commands)
{
	_cleanup_free_ char *text = NULL;

	assert_true(asprintf(&text, "#!/bin/sh\n%s\n", commands) > 0);
	tree_write(tree, path, text, 0755);
}

void tree_require_root(void)
{
	struct stat status;

	assert_int_equal(stat("/", &status), 0);
	if (geteuid() == 0 && status.st_uid == 0)
		return;
	puts("skipped: needs to be root, since only root's programs are executed");
	exit(77);
}
