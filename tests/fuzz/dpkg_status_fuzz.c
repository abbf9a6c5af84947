/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's status file. */
#include "agent/detect/dpkg_status.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const untouched = "untouched";
	char *version = (char *)untouched;
	int fd = fuzz_file(data, size), result;

	result = dpkg_status_version(fd, "kubelet", &version);
	FUZZ_CHECK(fcntl(fd, F_GETFD) >= 0);
	if (result < 0) {
		FUZZ_CHECK(result == -ENOENT && version == untouched);
		return 0;
	}
	FUZZ_CHECK(version[0] && !strchr(version, '\n'));
	FUZZ_CHECK(memmem(data, size, version, strlen(version)));
	free(version);
	return 0;
}
