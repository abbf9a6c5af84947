/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/export.h"

#include "agent/record/state_dir.h"
#include "agent/report/report_nfd.h"
#include "agent/report/report_print.h"
#include "agent/service/journal.h"
#include "agent/settings/config.h"
#include "cleanup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static_assert(3 * EXPORT_REFRESH_SECONDS <= REPORT_NFD_VALID_SECONDS,
	      "labels must not lapse under a running service");

struct print_data {
	const struct report *report;
	enum report_format format;
};

static int print_export(FILE *output, void *data)
{
	const struct print_data *print = data;

	return report_print_format(output, print->report, print->format);
}

/*
 * The configuration's reader has seen to it that the path is absolute and names a file. No lock:
 * one service runs, and no other process writes there.
 */
static int write_export(const struct export *export, const struct report *report)
{
	struct print_data data = {report, export->format};
	_cleanup_free_ char *folder = strdup(export->file);
	_cleanup_close_ int directory_fd = -1;
	char *name;

	if (!folder)
		return -ENOMEM;
	name = strrchr(folder, '/') + 1;
	name[-1] = '\0';
	directory_fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return -errno;
	return state_dir_write(directory_fd, name, print_export, &data);
}

unsigned int exports_write(struct agent_config *config, const struct report *report)
{
	unsigned int seconds = config->n_exports ? EXPORT_REFRESH_SECONDS : 0;

	for (size_t i = 0; i < config->n_exports; i++) {
		struct export *export = &config->exports[i];
		int result = write_export(export, report);

		if (result < 0 && result != export->error)
			journal_export_failed(export->file, result);
		if (result < 0)
			seconds = EXPORT_RETRY_SECONDS;
		export->error = result;
	}
	return seconds;
}
