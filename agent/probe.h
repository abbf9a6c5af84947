/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The measurement: does this kernel spoil the outer UDP checksum of a packet that is masqueraded
 * inside of a VXLAN tunnel, and does it help to turn TX checksum offload off?
 */

#include "agent/boot_id.h"
#include "agent/probe_nodes.h"
#include "agent/utc_time.h"
#include "policy/answer.h"

#include <stdbool.h>
#include <stddef.h>

/* One setting, and what was seen of it. */
struct probe_measurement {
	bool ipv6; /* the underlay */
	bool udp_csum; /* outer checksums are asked for */
	bool tx; /* the sender's VXLAN device has its TX checksum offload on */

	unsigned int sent;
	unsigned int right, zero, wrong; /* packets that arrived, by their outer checksum */
	enum answer corrupts;
	char reason[PROBE_REASON_SIZE]; /* why that is unknown; "" when it is not */
};

/* Two underlays, without and with outer checksums, offload on and off. */
#define PROBE_MEASUREMENTS 8

struct probe_result {
	char boot_id[BOOT_ID_SIZE]; /* "" = this kernel does not tell */
	char time[UTC_TIME_SIZE];

	struct probe_measurement measurements[PROBE_MEASUREMENTS];
	bool no_ipv6; /* the node has none, so there is nothing to be measured */

	/* With offload on. Fault A: a checksum of zero is "updated"; B: a complete one spoilt. */
	enum answer zero_checksum, udp_checksum;
	enum answer cured; /* do all those that corrupt with offload on, not corrupt with it off? */
	enum answer corrupts; /* either fault */
	char reason[PROBE_REASON_SIZE]; /* why something is unknown; "" when all is known */
};

/* How long the command may take; it needs less than a tenth of a second, if nobody disturbs. */
#define PROBE_TIME_LIMIT_SECONDS 10

/* Measures. The process is in another network namespace afterwards. */
void probe_run(enum ethtool_nl_backend backend, struct probe_result *ret_result);

/* Fills in what the measurements say together. Pure. */
void probe_conclude(struct probe_result *result);
