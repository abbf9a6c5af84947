/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Detection in the process that was started for nothing else (detect_child.h): it gives up what
 * power is left, and only then reads what others have written.
 *
 * With a user of its own (privileges.h) neither it nor a program that it executes can harm others.
 * As any other user it puts itself under a filter (syscall_filter.h), after having made the one
 * socket that it needs. As root, or where there is no filter, no program is executed; neither is
 * one below --root, unless that is this very node.
 */

#include "agent/detect/detect.h"

/*
 * For good: this process can do nothing else any more, and no other can look at its memory.
 * Returns as detect_node().
 */
int detect_confined(const struct detect_options *options, struct facts *ret_facts);
