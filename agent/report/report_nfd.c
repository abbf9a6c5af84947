/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_nfd.h"

#include "agent/base/utc_time.h"
#include "agent/report/report.h"
#include "policy/evaluate.h"

#include <ctype.h>
#include <string.h>

/* The namespace that node-feature-discovery takes by default. */
#define PREFIX "feature.node.kubernetes.io/offload-agent."

/* Of a label's name, what follows the slash. */
#define LABEL_NAME_MAX 63

static void print_expiry(FILE *output, time_t now)
{
	char text[UTC_TIME_SIZE];

	utc_time_format(now + REPORT_NFD_VALID_SECONDS, text);
	/* Without it node-feature-discovery would keep the labels for ever. */
	fprintf(output, "# +expiry-time=%s\n", *text ? text : "1970-01-01T00:00:00Z");
}

/* Ids hold lower-case letters, digits and dashes; a label's name must end in no dash. */
static bool id_fits(const char *id)
{
	static const char before[] = "offload-agent.rule.";
	size_t length = strlen(id);

	return length <= LABEL_NAME_MAX - (sizeof(before) - 1) &&
	       isalnum((unsigned char)id[length - 1]);
}

void report_print_nfd(FILE *output, const struct report *report, time_t now)
{
	const struct judgement *judgement = report->judgement;

	print_expiry(output, now);
	fprintf(output, PREFIX "state=%s\n", state_name(report->state));
	fprintf(output, PREFIX "verdict=%s\n", verdict_name(judgement->verdict));
	for (size_t i = 0; i < judgement->n_rules; i++) {
		const char *id = judgement->rules[i].rule->id;
		const enum answer verdict = report_rule_verdict(report, i);

		/* Labels are for what a node is; most rules do not concern it. */
		if (verdict == ANSWER_NO)
			continue;
		if (id_fits(id))
			fprintf(output, PREFIX "rule.%s=%s\n", id, verdict_name(verdict));
		else
			fprintf(output, "# %s makes no label's name: %s\n", id,
				verdict_name(verdict));
	}
}
