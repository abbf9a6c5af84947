/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The folder below which the node's files are read: "/", or where a container or an image has
 * them. Every path is resolved inside of it, symbolic links (absolute ones, and "..") included,
 * component by component: kernels of the time have no openat2(2). Opening never blocks, and
 * nothing but regular files is read.
 */

#include <stdbool.h>
#include <stddef.h>

struct node_root;

/*
 * Opens the folder `path` (NULL = "/").
 * Returns 0 or a negative errno. The caller ends with node_root_close().
 */
int node_root_open(const char *path, struct node_root **ret_root);

/* NULL is fine. Returns NULL. */
struct node_root *node_root_close(struct node_root *root);
void cleanup_node_root(struct node_root **root);

/*
 * Opens a regular file for reading.
 * Returns a descriptor (close-on-exec) that the caller closes; -ENOENT; -EINVAL when it is no
 * regular file; -ELOOP for too many symbolic links; another negative errno.
 */
int node_root_open_file(const struct node_root *root, const char *path);

/* How long it may take to read a file: one of a network or of a FUSE can be slow. */
#define NODE_ROOT_READ_LIMIT_MS 1000

/*
 * Reads a whole regular file of at most `size_max` bytes. `ret_text` is the caller's to free, and
 * ends with a NUL that `ret_size` (may be NULL) does not count.
 * Returns 0, -EFBIG, -ETIME, -ENOMEM, or as node_root_open_file().
 */
int node_root_read(const struct node_root *root, const char *path, size_t size_max, char **ret_text,
		   size_t *ret_size);

/*
 * Is there anything at `path`? What cannot be looked at for lack of permission (-EACCES on the
 * way) counts as there.
 */
bool node_root_has(const struct node_root *root, const char *path);

/*
 * Is it hidden what is at `path`? Container runtimes mount an empty folder on what they hide: then
 * `path` is such a folder, or a symbolic link on the way leads to nothing.
 */
bool node_root_hides(const struct node_root *root, const char *path);

/*
 * Opens a program that may be executed: a regular, executable file of root's that no other user may
 * write, and so must be every folder and symbolic link on the way to it, from the real "/" on. A
 * folder that others may write is accepted when its sticky bit is set: in such a one (/tmp) root's
 * own entries cannot be replaced.
 * Returns a descriptor (close-on-exec) that the caller closes; -ENOENT when there is no such file;
 * -EACCES when a folder on the way hides whether there is one; -EPERM when it is refused, with one
 * line in `ret_refusal` (the caller's to free) that says which path, why, and what to do; -ENOMEM.
 */
int node_root_open_program(const struct node_root *root, const char *path, char **ret_refusal);
