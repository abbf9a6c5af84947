/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/unit/policy/data_file.h"

#include "cleanup.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>
#include <fcntl.h>
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
