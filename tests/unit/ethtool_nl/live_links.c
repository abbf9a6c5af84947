/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ethtool_nl/live_links.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int live_namespace_enter(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	printf("skipped: no network namespace of our own: %s\n", strerror(errno));
	return 77;
}

bool live_run(const char *command)
{
	return system(command) == 0;
}
