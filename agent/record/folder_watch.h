/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Notices that a folder, or something in it, is removed. */

#include <stdbool.h>

/* Returns a descriptor, readable when something was removed, or a negative errno. */
int folder_watch_open(void);

/* Watches the folder that has this name now, beside those before it. Without one it waits for none.
 */
void folder_watch_set(int fd, const char *path);

/* Reads what there is. Was anything removed? */
bool folder_watch_read(int fd);
