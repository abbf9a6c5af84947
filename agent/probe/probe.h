/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The measurement: does this kernel spoil the outer UDP checksum of a packet that is masqueraded
 * inside of a VXLAN tunnel, and does it help to turn TX checksum offload off?
 */

#include "agent/probe/probe_result.h"
#include "ethtool_nl/ethtool_nl.h"

/* How long the command may take; it needs less than a tenth of a second on an idle machine. */
#define PROBE_TIME_LIMIT_SECONDS 10

/* Measures. The process is in another network namespace afterwards. */
void probe_run(enum ethtool_nl_backend backend, struct probe_result *ret_result);
