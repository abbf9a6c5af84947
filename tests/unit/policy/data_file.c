/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/policy/data_file.h"

#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/rule_file.h"
#include "tests/unit/policy/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

void data_file_copy(const struct folder *folder, const char *directory, const char *name)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	_cleanup_close_ int fd = -1;
	struct stat status;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	text = malloc(status.st_size + 1);
	assert_non_null(text);
	assert_int_equal(read(fd, text, status.st_size), status.st_size);
	folder_write(folder, name, text, status.st_size);
}

void data_file_copy_rules(const struct folder *folder)
{
	DIR *directory = opendir(RULES_DIR);
	const struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (fnmatch("*.rules", entry->d_name, 0) == 0)
			data_file_copy(folder, RULES_DIR, entry->d_name);
	}
	closedir(directory);
}

void data_file_load_rules(struct rules *ret_rules)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct folder folder;
	const char *const directories[] = {folder.path, NULL};
	int result;

	folder_make(&folder);
	data_file_copy_rules(&folder);
	result = rule_files_load(directories, &diagnostics, ret_rules);
	folder_remove(&folder);
	if (result < 0)
		fail_msg("%s", diagnostics.texts[0]);
}
