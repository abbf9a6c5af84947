/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How what was seen on the wire is shown, to people and to programs. */

#include "agent/wire/wire_links.h"
#include "agent/wire/wire_peers.h"
#include "agent/wire/wire_socket.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* All borrowed. */
struct wire_result {
	const struct wire_links *links;
	const struct wire_peers *peers;
	struct wire_heard heard;
	unsigned int seconds; /* listened so far */
	bool ended; /* no more will come */
	time_t time; /* of its end */
	/* Meanwhile; negative: not known. */
	int64_t dropped; /* UDP packets that the kernel dropped for their checksum */
	int64_t vxlan_packets; /* that came out of the VXLAN devices */
};

enum wire_outcome {
	WIRE_OUTCOME_RIGHT, /* something was judged, and nothing was wrong */
	WIRE_OUTCOME_WRONG,
	WIRE_OUTCOME_UNKNOWN, /* nothing could be judged */
};

enum wire_outcome wire_outcome(const struct wire_result *result);

/* One line, a table by peer, and what to do. */
void wire_print_text(FILE *output, const struct wire_result *result);

/* All of it as one object, schema 1, on a line of its own. */
void wire_print_json(FILE *output, const struct wire_result *result);
