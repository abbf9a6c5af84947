/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running service: the event loop, its signals, its timer and the watchdog. Nothing else knows
 * sd-event; what is done at an event is the controller's.
 */

struct sources;

/* Runs until SIGTERM or SIGINT; borrows from `sources`. Returns the exit code of the program. */
int service_run(const struct sources *sources);
