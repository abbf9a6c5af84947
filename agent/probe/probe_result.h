/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was measured, setting by setting, and what it means together. Pure. */

#include "agent/base/boot_id.h"
#include "agent/base/utc_time.h"
#include "policy/answer.h"

#include <stdbool.h>

#define PROBE_REASON_SIZE 192

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
	char boot_id[BOOT_ID_SIZE]; /* "" = not known */
	char time[UTC_TIME_SIZE];

	struct probe_measurement measurements[PROBE_MEASUREMENTS];
	bool no_ipv6; /* the node has none, so there is nothing to be measured */

	/* With offload on. Fault A: a checksum of zero is "updated"; B: a complete one spoilt. */
	enum answer zero_checksum, udp_checksum;
	enum answer cured; /* do all those that corrupt with offload on, not corrupt with it off? */
	enum answer corrupts; /* either fault */
	char reason[PROBE_REASON_SIZE]; /* why something is unknown; "" when all is known */
};

/* Fills in what the measurements say together. */
void probe_conclude(struct probe_result *result);
