/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/checksum_counters.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define COLUMN "InCsumErrors"

/* What follows the line that begins with `prefix`, in the text from `from` on; or NULL. */
static const char *find_line(const char *from, const char *prefix)
{
	const size_t length = strlen(prefix);

	for (const char *line = from; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, prefix, length) == 0)
			return line + length;
	}
	return NULL;
}

/* The next word of a line, and its length; 0 at the end of the line. */
static size_t next_word(const char **line)
{
	*line += strspn(*line, " \t");
	return strcspn(*line, " \t\n");
}

/* Names in one line, and in the next one their numbers. */
static uint64_t find_column(const char *snmp, const char *prefix)
{
	const char *names = find_line(snmp, prefix);
	const char *numbers = names ? find_line(names, prefix) : NULL;
	size_t length, n_digits;

	while (numbers && (length = next_word(&names)) && (n_digits = next_word(&numbers))) {
		if (length == strlen(COLUMN) && strncmp(names, COLUMN, length) == 0)
			return strtoumax(numbers, NULL, 10);
		names += length;
		numbers += n_digits;
	}
	return 0;
}

void checksum_counters_parse(const char *snmp, const char *snmp6,
			     struct checksum_counters *ret_counters)
{
	const char *udp6 = snmp6 ? find_line(snmp6, "Udp6" COLUMN) : NULL;

	*ret_counters = (struct checksum_counters){
		.known = true,
		.udp = find_column(snmp, "Udp: "),
		.udp6 = udp6 ? strtoumax(udp6, NULL, 10) : 0,
		.tcp = find_column(snmp, "Tcp: "),
	};
}
