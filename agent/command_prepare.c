/* SPDX-License-Identifier: Apache-2.0 */

/*
 * prepare: makes the folder of the record, for the user that the service is. Where systemd runs,
 * tmpfiles.d does that; a container's host makes folders for root alone. The packages give away
 * with it what root's commands left there before there was a service.
 */

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/commands.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

int command_prepare(const struct options *options)
{
	_cleanup_close_ int fd = state_dir_create();
	int result = fd < 0 ? fd : 0;

	if (result == 0 && options->owned)
		result = state_dir_give(fd, options->owner_user, options->owner_group);
	if (result == -EPERM || result == -EACCES) {
		log_error(STATE_DIR_PATH ": cannot be made, or given to that user (%s); run it as "
					 "root, or with CAP_CHOWN",
			  strerror(-result));
		return EXIT_CODE_NO_PERMISSION;
	}
	if (result < 0) {
		log_error(STATE_DIR_PATH ": cannot be made: %s", strerror(-result));
		return EXIT_CODE_INTERNAL;
	}
	return output_end(EXIT_CODE_OK);
}
