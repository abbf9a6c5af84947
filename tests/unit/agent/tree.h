/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A folder tree of the test's own that stands for a node's root, and a node_root opened on it;
 * everything here fails the test on an error. Paths start with a slash.
 */

#include "agent/guarded/node_root.h"

#include <stddef.h>
#include <sys/types.h>

struct tree {
	char path[64];
	struct node_root *root;
};

void tree_make(struct tree *tree);

/* The same, filled with tests/data/root-NAME; whatever umask it was checked out with. */
void tree_copy(struct tree *tree, const char *name);
void tree_remove(struct tree *tree);

/* Makes the parent folders of `path`, as all of these do. */
void tree_write(const struct tree *tree, const char *path, const char *text, mode_t mode);
void tree_link(const struct tree *tree, const char *path, const char *target);
void tree_folder(const struct tree *tree, const char *path, mode_t mode);

/* A shell script of root's (0755). */
void tree_script(const struct tree *tree, const char *path, const char *commands);

/* PATH below the tree as the test itself reaches it, in a buffer that the next call reuses. */
const char *tree_path(const struct tree *tree, const char *path);

/*
 * Ends the program as "skipped" (77) unless it runs as the root that owns "/": only then are
 * programs below the tree trusted.
 */
void tree_require_root(void);
