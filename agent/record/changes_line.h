/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lines of the record of changes: JSON, one object a line.
 *
 *   {"schema":2,"boot_id":"...","log":7,"lines":1,"last_change":"..."}  the first one
 *   {"id":3,"off":["rx-checksum"],"netns":4026531840,"netns_cookie":1,"pidns":4026531836,"ifindex":5,
 *    "name":"flannel.1","kind":"vxlan","mac":"02:...","changed":"..."}  turned off on this device
 *   {"id":3,"off":[],"changed":"..."}                               given back, or on again
 *
 * Lines of the format before it (schema 1) are read, too.
 */

#include "agent/record/changes.h"

#include <stdio.h>

/* What the first line says. */
struct changes_head {
	int schema;
	char boot_id[64];
	uint64_t log; /* 0: none, as in schema 1 */
	size_t n_lines; /* that were written with it; the others were appended */
	char last_change[UTC_TIME_SIZE];
};

/*
 * Both read a line without its end. Return 0; -EBADMSG for what is none of ours (the output is
 * untouched); -ENOMEM. Of a line of schema 1 the id is 0.
 */
int changes_line_parse_head(const char *line, size_t size, struct changes_head *ret_head);
int changes_line_parse(const char *line, size_t size, int schema, const struct ethtool_nl *handle,
		       struct changed_nic *ret_nic);

/* Is it the end of a file of schema 1? */
bool changes_line_is_old_end(const char *line, size_t size);

/* Both write a line with its end; errors are those of the stream. */
void changes_line_print_head(FILE *output, const struct changes_head *head);
void changes_line_print(FILE *output, const struct ethtool_nl *handle,
			const struct changed_nic *nic);
