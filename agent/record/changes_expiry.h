/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which records are of no use any more. A device that is gone may only be away, in the namespace of
 * a pod that may run for weeks, and the two look the same: so the time that its record is
 * kept is counted in devices, not in days. The last 1,000 that went are remembered, which costs 250
 * KB; a CNI that makes a device anew every minute fills that in 16 hours. Devices of another
 * network namespace are remembered for as long as it lives; where that cannot be seen, the last
 * 4,000.
 */

#include "agent/record/changes.h"

/* Drops them from the memory; the next whole writing leaves them out. */
void changes_expire(struct changes *changes);
