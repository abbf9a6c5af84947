/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/report_file.h"

#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "agent/record/written_file.h"
#include "agent/report/report_json.h"
#include "cleanup.h"

#include <errno.h>

#define REPORT_FILE "report.json"

struct print_data {
	const struct report *report;
};

static int print_report(FILE *output, void *data)
{
	const struct print_data *print = data;

	return report_print_json(output, print->report);
}

int report_file_write(int directory_fd, const struct report *report)
{
	struct print_data data = {report};
	int result = state_dir_write(directory_fd, REPORT_FILE, print_report, &data);

	if (result < 0)
		report_file_remove(directory_fd);
	return result;
}

int report_file_renew(int directory_fd, const struct report *report, struct written_file *file)
{
	struct print_data data = {report};
	int result =
		written_file_write(file, directory_fd, REPORT_FILE, false, print_report, &data);

	if (result < 0)
		report_file_remove(directory_fd);
	return result;
}

int report_file_write_once(int directory_fd, const struct report *report)
{
	_cleanup_close_ int fd = service_status_lock(directory_fd, 0);

	if (fd < 0)
		return fd == -EBUSY ? 0 : fd;
	return report_file_write(directory_fd, report);
}

void report_file_remove(int directory_fd)
{
	state_dir_remove(directory_fd, REPORT_FILE);
}
