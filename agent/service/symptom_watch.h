/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks for the signs of faults that loaded rules ask for (policy/symptom.h), on the NICs that
 * these rules expose, and keeps what was seen until the next boot. It never changes a NIC. It knows
 * no event loop; time is a parameter, as keeper.h counts.
 */

#include <stdbool.h>
#include <stdint.h>

struct keeper;

/*
 * Looks at the NICs. What is seen is logged and written to the state folder; what could not be
 * written is tried again with the next look. The keeper then reads everything again, since
 * what only advised may tell now. Returns when to look again in order to be sure
 * (UINT64_MAX: with the next sweep); a look that is there to be `sure` asks for no other.
 */
uint64_t symptom_watch_look(struct keeper *keeper, bool sure, uint64_t now_ms);

/* The file is gone: it is written again with the next look. */
void symptom_watch_rewrite(struct keeper *keeper);
