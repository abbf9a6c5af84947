/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_child.h"

#include "agent/base/monotonic.h"
#include "agent/probe/probe_record.h"
#include "cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX 16384 /* bytes */

/* How long after its output it may take to end. */
#define END_LIMIT_MS 2000

int probe_child_start(enum ethtool_nl_backend backend, bool keep, struct child_process **ret_child)
{
	char name[] = "offload-agent", command[] = "probe", json[] = "--json", kept[] = "--keep";
	char backend_option[32];
	char *const argv[] = {name, command, json, backend_option, keep ? kept : NULL, NULL};
	const struct child_process_options options = {
		.argv = argv,
		.output_max = OUTPUT_MAX,
		.capabilities = PROBE_CHILD_CAPABILITIES,
		.errors = CHILD_PROCESS_ERRORS_KEPT,
	};

	snprintf(backend_option, sizeof(backend_option), "--backend=%s",
		 ethtool_nl_backend_name(backend));
	return child_process_start_self(&options, ret_child);
}

int probe_child_failed(int error, struct measured_facts *ret_measured)
{
	struct measured_facts measured = {ANSWER_UNKNOWN, ANSWER_UNKNOWN, NULL};

	if (asprintf(&measured.source, "the measurement failed: %s", child_process_failure(error)) <
	    0)
		return -ENOMEM;
	*ret_measured = measured;
	return 0;
}

int probe_child_finish(struct child_process *child, struct measured_facts *ret_measured)
{
	char boot_id[BOOT_ID_SIZE] = "";
	const char *output;
	size_t size;
	int result, status;

	result = child_process_wait_end(child, monotonic_now_ms() + END_LIMIT_MS, &status);
	/* A boot id that is not known is no obstacle: this is of now. */
	if (result == 0 && boot_id_read(boot_id) < 0)
		boot_id[0] = '\0';
	output = child_process_output(child, &size);
	if (result == 0)
		result = probe_record_parse(output, size, boot_id, ret_measured);
	return result < 0 && result != -ENOMEM ? probe_child_failed(result, ret_measured) : result;
}
