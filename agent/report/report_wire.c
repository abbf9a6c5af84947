/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_wire.h"

#include "agent/base/exit_code.h"
#include "agent/record/service_status.h"
#include "agent/report/report.h"

#include <inttypes.h>
#include <string.h>

#define LABEL "  %-12s"

/* What is left of a line. */
#define FAILURE_WIDTH ((int)(REPORT_SUMMARY_SIZE - sizeof("Unknown: ")))

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* Those that are counted and not listed have no name. */
static void describe_wrong(const struct wire_seen *seen, char text[static REPORT_SUMMARY_SIZE])
{
	const struct wire_seen_peer *first = &seen->listed[0];
	int length;

	if (!seen->n_listed) {
		snprintf(text, REPORT_SUMMARY_SIZE, "Wrong checksums from peers beyond %" PRIu64,
			 seen->n_peers);
		return;
	}
	length = snprintf(text, REPORT_SUMMARY_SIZE,
			  "Wrong checksums from %" PRIu64 " of %" PRIu64 " peer%s: %s",
			  seen->n_wrong, seen->n_peers, plural(seen->n_peers), first->address);
	if (length + strlen(first->looks_like) + strlen(" ()") < REPORT_SUMMARY_SIZE)
		sprintf(text + length, " (%s)", first->looks_like);
}

static int describe_look(const struct wire_seen *seen, char text[static REPORT_SUMMARY_SIZE])
{
	const uint64_t attempts = seen->attempts + seen->answers;

	switch (seen->outcome) {
	case WIRE_SEEN_WRONG:
		describe_wrong(seen, text);
		return EXIT_CODE_VULNERABLE;
	case WIRE_SEEN_RIGHT:
		snprintf(text, REPORT_SUMMARY_SIZE,
			 "Right: %" PRIu64 " connection attempt%s of %" PRIu64 " peer%s in %" PRIu64
			 " s",
			 attempts, plural(attempts), seen->n_peers, plural(seen->n_peers),
			 seen->seconds);
		return EXIT_CODE_OK;
	case WIRE_SEEN_UNKNOWN:
	case WIRE_SEEN_OUTCOMES:
		break;
	}
	snprintf(text, REPORT_SUMMARY_SIZE,
		 "Unknown: nothing to judge on the wire in %" PRIu64 " s (%" PRIu64 " unfinished)",
		 seen->seconds, seen->unfinished);
	return EXIT_CODE_UNKNOWN;
}

static int describe(const struct service_status *service, char text[static REPORT_SUMMARY_SIZE])
{
	const struct wire_seen *seen = &service->wire;

	if (service->running && seen->wanted && !seen->failure[0] && seen->looks)
		return describe_look(seen, text);
	if (!service->running)
		snprintf(text, REPORT_SUMMARY_SIZE,
			 "Unknown: no service runs, and only the service looks");
	else if (!seen->wanted)
		snprintf(text, REPORT_SUMMARY_SIZE,
			 "Unknown: the service does not look at the wire: wire = \"off\"");
	else if (seen->failure[0])
		snprintf(text, REPORT_SUMMARY_SIZE, "Unknown: %.*s", FAILURE_WIDTH, seen->failure);
	else
		snprintf(text, REPORT_SUMMARY_SIZE,
			 "Unknown: the service has not looked at the wire yet");
	return EXIT_CODE_UNKNOWN;
}

int report_print_wire(FILE *output, const struct service_status *service)
{
	char text[REPORT_SUMMARY_SIZE];
	const int code = describe(service, text);

	fprintf(output, "%s\n", text);
	return code;
}

static void print_senders(FILE *output, const struct wire_seen *seen)
{
	for (size_t i = 0; i < seen->n_listed; i++) {
		const struct wire_seen_peer *peer = &seen->listed[i];

		fprintf(output, LABEL "%s: %" PRIu64 " wrong, %" PRIu64 " attempt%s, %s\n", "",
			peer->address, peer->wrong + peer->inner_wrong, peer->attempts,
			plural(peer->attempts), peer->looks_like);
	}
	if (seen->n_wrong > seen->n_listed)
		fprintf(output, LABEL "and %" PRIu64 " more; 'offload-agent wire' shows all\n", "",
			seen->n_wrong - seen->n_listed);
	fprintf(output, LABEL "run 'offload-agent apply' there, not here\n", "");
}

void report_print_wire_text(FILE *output, const struct service_status *service)
{
	const struct wire_seen *seen = &service->wire;
	char text[REPORT_SUMMARY_SIZE];

	if (!service->running || !seen->wanted)
		return;
	if (seen->failure[0])
		fprintf(output, LABEL "cannot look: %s\n", "wire", seen->failure);
	else if (!seen->looks)
		fprintf(output, LABEL "not looked at yet\n", "wire");
	if (!seen->looks)
		return;
	describe_look(seen, text);
	fprintf(output, LABEL "%s, at %s\n", "wire", text, seen->time);
	if (seen->outcome == WIRE_SEEN_WRONG)
		print_senders(output, seen);
}
