/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/publication.h"

#include "agent/report_json.h"
#include "agent/state_dir.h"

struct print_data {
	const struct report *report;
};

static int print_report(FILE *output, void *data)
{
	const struct print_data *print = data;

	return report_print_json(output, print->report);
}

int publication_write(int directory_fd, const struct report *report)
{
	struct print_data data = {report};

	return state_dir_write(directory_fd, "report.json", print_report, &data);
}
