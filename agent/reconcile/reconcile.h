/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Carries out what is to be done: writes the record, sets the features, looks at what became of
 * it, and writes the record again. The only place that changes anything.
 */

#include "agent/links/network_namespace.h"

#include <stdbool.h>
#include <stddef.h>

struct changes;
struct ethtool_nl;
struct nic;

/* Where changes are recorded. */
struct reconciler {
	struct ethtool_nl *handle; /* borrowed */
	int directory_fd; /* of the state folder, locked by the caller; borrowed */
	struct network_namespace network_namespace;
	struct changes *changes; /* borrowed */
};

/* What came of it. Errors are negative errnos, 0 = none. */
struct reconcile_outcome {
	size_t n_asked; /* NICs that something was to be done for */
	size_t n_changed; /* NICs that took it, wholly or in part */
	size_t n_forbidden; /* NICs whose change needs a privilege that is missing */
	int record_error; /* the record could not be written beforehand: nothing was changed */
	int set_error; /* the back end failed as a whole; what was changed is not known */
	int late_error; /* the record could not be written: it holds too much, not too little */
};

/*
 * Does what `nics[i]->todo` says; `features`, `recorded`, `refused`, `message` and `error` of the
 * NICs are brought up to date. A NIC that is gone, or that refuses, is an answer, not an error. A
 * record that could not be written afterwards the last time is written now.
 */
struct reconcile_outcome reconcile(const struct reconciler *reconciler, struct nic *const nics[],
				   size_t n_nics);
