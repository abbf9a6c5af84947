/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_traffic.h"

#include "cleanup.h"
#include "policy/file/read_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* Thousands of links. */
#define FILE_SIZE_MAX (4u << 20)

/* A line is "  NAME: BYTES PACKETS ..."; no name has a colon in it. */
uint64_t link_traffic_find(const char *text, const char *name)
{
	const size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		line += strspn(line, " ");
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " ");
		line += strspn(line, "0123456789");
		return strtoumax(line, NULL, 10);
	}
	return 0;
}

int link_traffic_received(char (*names)[LINK_NAME_SIZE], size_t n_names, uint64_t *ret_packets)
{
	_cleanup_close_ int fd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	uint64_t packets = 0;
	int result = fd < 0 ? -errno : read_whole(fd, FILE_SIZE_MAX, NULL, NULL, &text, NULL);

	if (result < 0)
		return result;
	for (size_t i = 0; i < n_names; i++)
		packets += link_traffic_find(text, names[i]);
	*ret_packets = packets;
	return 0;
}
