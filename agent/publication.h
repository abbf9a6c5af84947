/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The report for other processes: /run/offload-agent/report.json, of `apply` and of the service. */

#include "agent/report.h"

/*
 * Writes it into the state folder, whose lock the caller holds. Returns 0 or a negative errno; then
 * the old one stands.
 */
int publication_write(int directory_fd, const struct report *report);
