/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/checksum_source.h"

#include "agent/links/checksum_counters.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

/* Most need 4 KB; a line for each type of ICMPv6 that was ever seen can make it six times that. */
#define TEXT_SIZE (32 * 1024)

void checksum_source_close(struct checksum_source *source)
{
	if (source->snmp_fd >= 0)
		close(source->snmp_fd);
	if (source->snmp6_fd >= 0)
		close(source->snmp6_fd);
	*source = (struct checksum_source)CHECKSUM_SOURCE_NONE;
}

/* The kernel makes the whole text anew for who reads from the start, and gives it in one piece. */
static bool read_text(const char *path, int *fd, char text[static TEXT_SIZE])
{
	ssize_t size;

	if (*fd < 0)
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	size = *fd < 0 ? -1 : pread(*fd, text, TEXT_SIZE - 1, 0);
	text[size < 0 ? 0 : size] = '\0';
	return size >= 0;
}

void checksum_source_read(struct checksum_source *source, struct checksum_counters *ret_counters)
{
	char snmp[TEXT_SIZE], snmp6[TEXT_SIZE];
	bool has_ip6;

	*ret_counters = (struct checksum_counters){.known = false};
	if (!read_text("/proc/self/net/snmp", &source->snmp_fd, snmp))
		return;
	has_ip6 = read_text("/proc/self/net/snmp6", &source->snmp6_fd, snmp6);
	checksum_counters_parse(snmp, has_ip6 ? snmp6 : NULL, ret_counters);
}

void checksum_source_read_once(struct checksum_counters *ret_counters)
{
	struct checksum_source source = CHECKSUM_SOURCE_NONE;

	checksum_source_read(&source, ret_counters);
	checksum_source_close(&source);
}
