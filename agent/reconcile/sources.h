/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where policy and facts come from, as the command line says. All strings are borrowed. */

#include "agent/detect/detect.h"

struct sources {
	const char *config; /* a file; NULL = the installed configuration */
	const char *rules; /* a folder; NULL = the installed rules */
	const char *facts; /* a file that describes a node, "-" = standard input; NULL = this one */
	/* How to find out the facts, and how to talk to the kernel; where it says nothing, the
	 * configuration may. */
	struct detect_options detection;
};
