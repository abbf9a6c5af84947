/* SPDX-License-Identifier: Apache-2.0 */
/* What a running service says of itself; another process holds its lock. */
#include "agent/publisher.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int folder_fd;

/* Holds the lock until the other end of the pipe is closed, which is when this program ends. */
static void hold_lock(int read_fd, int ready_fd)
{
	char byte = 0;

	if (publisher_lock(folder_fd) < 0 || write(ready_fd, "x", 1) != 1)
		_exit(EXIT_FAILURE);
	close(ready_fd);
	while (read(read_fd, &byte, 1) > 0)
		;
	_exit(EXIT_SUCCESS);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int alive[2], ready[2];
	char byte;
	pid_t pid;

	(void)argc;
	(void)argv;
	folder_fd = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(folder_fd >= 0 && pipe(alive) == 0 && pipe(ready) == 0);
	pid = fork();
	FUZZ_CHECK(pid >= 0);
	if (pid == 0) {
		close(alive[1]);
		close(ready[0]);
		hold_lock(alive[0], ready[1]);
	}
	close(alive[0]);
	close(ready[1]);
	FUZZ_CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct publisher publisher;
	struct facts facts;
	int result;

	fuzz_put("service.json", data, size);
	fuzz_spoil(&publisher, sizeof(publisher));
	fuzz_spoil(&facts, sizeof(facts));
	result = publisher_read(folder_fd, &publisher, &facts);
	FUZZ_CHECK(result == 1 || result == -EBADMSG);
	if (result < 0) {
		FUZZ_CHECK(fuzz_is_spoiled(&publisher, sizeof(publisher)) &&
			   fuzz_is_spoiled(&facts, sizeof(facts)));
		return 0;
	}
	FUZZ_CHECK(publisher.pid > 0);
	FUZZ_CHECK(strnlen(publisher.since, sizeof(publisher.since)) < sizeof(publisher.since));
	FUZZ_CHECK(strnlen(publisher.paused, sizeof(publisher.paused)) < sizeof(publisher.paused));
	facts_clear(&facts);
	return 0;
}
