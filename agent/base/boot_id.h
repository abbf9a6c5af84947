/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which boot of the machine this is. */

#define BOOT_ID_SIZE 37 /* a UUID in text, with its NUL */

/* Returns 0, or a negative errno when the kernel does not say. */
int boot_id_read(char ret_id[static BOOT_ID_SIZE]);
