/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ethtool_nl/recorded.h"

#include "cleanup.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/netlink.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Room for up to one page of bytes; up to three bytes lie between their end and the guard. */
static struct recorded recorded_new(size_t size)
{
	struct recorded recorded = {.size = size};
	size_t page = page_size();

	assert_true(size <= page);
	recorded.pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(recorded.pages, MAP_FAILED);
	assert_int_equal(mprotect((char *)recorded.pages + page, page, PROT_NONE), 0);
	recorded.message = (void *)((char *)recorded.pages + page - NLMSG_ALIGN(size));
	return recorded;
}

struct recorded recorded_load(const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	struct recorded recorded;
	char path[256];
	char bytes[4096];
	size_t size;

	snprintf(path, sizeof(path), "%s/netlink/%s.bin", TEST_DATA_DIR, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	assert_true(size >= sizeof(struct nlmsghdr) && feof(file));
	recorded = recorded_new(size);
	memcpy(recorded.message, bytes, size);
	return recorded;
}

struct recorded recorded_cut(const struct recorded *whole, size_t size)
{
	struct recorded cut = recorded_new(size);

	memcpy(cut.message, whole->message, size);
	if (size >= sizeof(cut.message->nlmsg_len))
		cut.message->nlmsg_len = (uint32_t)size;
	return cut;
}

void recorded_free(struct recorded *recorded)
{
	assert_int_equal(munmap(recorded->pages, 2 * page_size()), 0);
}
