/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The running service: its event loop (nothing else here knows sd-event), its timers and signals,
 * what it tells systemd, and what it publishes.
 */

#include "agent/settings/options.h"

/* Runs until SIGTERM or SIGINT. Returns the exit code of the program. */
int service_run(const struct options *options);
