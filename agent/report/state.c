/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/state.h"

#include "agent/base/exit_code.h"

#include <errno.h>
#include <string.h>

const char *state_name(enum state state)
{
	static const char *const names[STATES] = {
		[STATE_NOT_AFFECTED] = "not-affected", [STATE_NOT_EXPOSED] = "not-exposed",
		[STATE_MITIGATED] = "mitigated",       [STATE_VULNERABLE] = "vulnerable",
		[STATE_UNKNOWN] = "unknown",
	};

	return names[state];
}

int state_parse(const char *name, enum state *ret_state)
{
	for (int state = 0; state < STATES; state++) {
		if (strcmp(name, state_name(state)) == 0) {
			*ret_state = state;
			return 0;
		}
	}
	return -EINVAL;
}

int state_exit_code(enum state state)
{
	switch (state) {
	case STATE_NOT_AFFECTED:
	case STATE_NOT_EXPOSED:
	case STATE_MITIGATED:
		return EXIT_CODE_OK;
	case STATE_VULNERABLE:
		return EXIT_CODE_VULNERABLE;
	case STATE_UNKNOWN:
	case STATES:
		break;
	}
	return EXIT_CODE_UNKNOWN;
}
