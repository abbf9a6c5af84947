/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How is shown what the service saw on the wire: of peers, so it is no part of this node's state.
 */

#include <stdio.h>

struct service_status;

/*
 * One line of at most 80 characters, as node-problem-detector takes it. Returns the exit code that
 * goes with it: 0 nothing wrong was seen, 1 a peer sends wrong checksums, 2 nobody looked, or
 * nothing could be judged.
 */
int report_print_wire(FILE *output, const struct service_status *service);

/* A few lines of `status` and `explain`; none when it is not wanted. */
void report_print_wire_text(FILE *output, const struct service_status *service);
