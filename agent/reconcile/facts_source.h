/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a command gets the facts of the node from: a file, the running service, or a detection of
 * its own.
 */

struct detect_options;
struct facts;
struct service_status;
struct sources;

/*
 * Takes the facts of the file that `sources` name, or those of a running service that publishes in
 * the folder `directory_fd` (-1: do not ask), or detects as `detection` says. `ret_service` gets
 * what that service says of itself; it is left alone when none runs, and may be NULL for -1.
 * Returns 0, or the exit code of the program after having said on standard error what is wrong.
 */
int facts_source_find(const struct sources *sources, const struct detect_options *detection,
		      int directory_fd, struct facts *ret_facts,
		      struct service_status *ret_service);
