/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notices when one of the programs that print the node's Kubernetes version is installed, replaced
 * or removed, by watching their folders (inotify).
 */

#include <stdbool.h>

struct program_watch;

/* Returns 0 or a negative errno. The caller ends with program_watch_close(). */
int program_watch_open(struct program_watch **ret_watch);

/* NULL is fine. */
void program_watch_close(struct program_watch *watch);

/* A descriptor to poll for reading; it stays the watch's. */
int program_watch_fd(const struct program_watch *watch);

/*
 * Watches for `kubelet` alone, or, when that is NULL, for the programs in their usual places
 * (detect_kubernetes.h); all below the folder `root` (NULL = "/"). Call it again from time to time:
 * a folder that was not there cannot be watched before it comes.
 * Returns 0 or -ENOMEM, then what was watched before still is.
 */
int program_watch_set(struct program_watch *watch, const char *root, const char *kubelet);

/* Takes what has happened, without waiting. Did it concern one of the programs? */
bool program_watch_read(struct program_watch *watch);
