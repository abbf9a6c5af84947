/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of a node in one word. */

enum state {
	STATE_NOT_AFFECTED, /* no rule applies */
	STATE_NOT_EXPOSED, /* one applies, but no exposed device is there now */
	STATE_MITIGATED,
	STATE_VULNERABLE,
	STATE_UNKNOWN,
	STATES,
};

/* "not-affected", "not-exposed", "mitigated", "vulnerable", "unknown". */
const char *state_name(enum state state);

/* Returns 0, or -EINVAL when `name` is none of them. */
int state_parse(const char *name, enum state *ret_state);

/* The exit code of status, explain and apply. */
int state_exit_code(enum state state);
