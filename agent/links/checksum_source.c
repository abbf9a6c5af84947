/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/checksum_source.h"

#include "agent/links/checksum_counters.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

/* Most need 4 KB; a line for each type of ICMPv6 that was ever seen can make it six times that. */
#define TEXT_SIZE (32 * 1024)

void checksum_source_open(struct checksum_source *ret_source)
{
	ret_source->snmp_fd = open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC);
	ret_source->snmp6_fd = open("/proc/self/net/snmp6", O_RDONLY | O_CLOEXEC);
}

void checksum_source_close(struct checksum_source *source)
{
	if (source->snmp_fd >= 0)
		close(source->snmp_fd);
	if (source->snmp6_fd >= 0)
		close(source->snmp6_fd);
	*source = (struct checksum_source)CHECKSUM_SOURCE_NONE;
}

/* The kernel makes the whole text anew for who reads from the start, and gives it in one piece. */
static bool read_text(int fd, char text[static TEXT_SIZE])
{
	const ssize_t size = fd < 0 ? -1 : pread(fd, text, TEXT_SIZE - 1, 0);

	text[size < 0 ? 0 : size] = '\0';
	return size >= 0;
}

void checksum_source_read(const struct checksum_source *source,
			  struct checksum_counters *ret_counters)
{
	char snmp[TEXT_SIZE], snmp6[TEXT_SIZE];

	*ret_counters = (struct checksum_counters){.known = false};
	if (read_text(source->snmp_fd, snmp)) /* a kernel without IPv6 has no other */
		checksum_counters_parse(snmp, read_text(source->snmp6_fd, snmp6) ? snmp6 : NULL,
					ret_counters);
}

void checksum_source_read_once(struct checksum_counters *ret_counters)
{
	struct checksum_source source;

	checksum_source_open(&source);
	checksum_source_read(&source, ret_counters);
	checksum_source_close(&source);
}
