/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signs of a fault that can be seen on a NIC while it lasts, and which rules go by them. A sign is
 * evidence of a fault, not of its cause: it makes an advice tell, and never makes a rule act. Pure.
 */

#include <stdbool.h>

struct facts;
struct link_facts;
struct symptom_facts;

enum symptom {
	SYMPTOM_NONE,
	SYMPTOM_TX_STALL, /* frames wait, and none is sent; or the kernel's watchdog saw that */
	SYMPTOM_TX_TIMEOUTS, /* the kernel's watchdog reset the NIC, since nothing was sent */
	SYMPTOMS,
};

/* "tx-stall", "tx-timeouts"; NULL for none. */
const char *symptom_name(enum symptom symptom);

/* What was seen on the link that is such a sign; NULL: nothing, as far as the facts say. */
const struct symptom_facts *symptom_find(const struct facts *facts, enum symptom symptom,
					 const struct link_facts *link);

/*
 * Was it seen on this link? Of number, name and address two must agree, as in the record of
 * changes: one that is renamed, or whose driver lets go of it and takes it again, is the same. Who
 * writes a file of facts need not say them all.
 */
bool symptom_is_of_link(const struct symptom_facts *seen, const struct link_facts *link);
