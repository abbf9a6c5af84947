/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The measurement, kept until the next boot: /run/offload-agent/probe.json holds what `probe
 * --json` prints. A kernel does not change while it runs, so one measurement is enough.
 */

#include "agent/probe/probe_result.h"
#include "policy/facts.h"

#include <stddef.h>

/*
 * Reads what `probe --json` printed during the boot `boot_id`.
 * Returns 0; -ESTALE when it is of another boot; -EBADMSG; -ENOMEM. The caller ends with
 * measured_facts_clear().
 */
int probe_record_parse(const char *text, size_t size, const char *boot_id,
		       struct measured_facts *ret_measured);

/*
 * Reads the record that is kept, if root or this very user wrote it during this boot.
 * Returns 0, -ENOENT, -EPERM (another's), -EFBIG, or as probe_record_parse().
 */
int probe_record_read(struct measured_facts *ret_measured);

/*
 * Keeps the result. One that leaves something unknown is not kept: the next one may know more.
 * Returns 0, or a negative errno: -ENODATA for such a one, -ETIME when another process holds the
 * lock.
 */
int probe_record_write(const struct probe_result *result);
