/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One group of a rule's `exposed`, read from a setting; see exposure.h for what the keys mean. */

#include "policy/exposure.h"
#include "policy/file/setting.h"

/*
 * Reads the group. `exposure`, zeroed, gets what could be read, also when there is a fault, and the
 * caller ends with exposure_clear(). Returns 0, -EBADMSG with a diagnostic for each fault, -ENOMEM.
 */
int exposure_setting_read(const struct setting_file *file, const config_setting_t *group,
			  struct exposure *exposure);
