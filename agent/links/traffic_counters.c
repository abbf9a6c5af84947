/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/traffic_counters.h"

#include "array.h"
#include "cleanup.h"
#include "policy/file/read_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Thousands of links. */
#define FILE_SIZE_MAX (4u << 20)

#define BLANKS " \t"

enum counter_file {
	FILE_SNMP,
	FILE_SNMP6,
	FILE_LINKS,
};

static const char *const paths[TRAFFIC_COUNTER_FILES] = {
	[FILE_SNMP] = "/proc/net/snmp",
	[FILE_SNMP6] = "/proc/net/snmp6",
	[FILE_LINKS] = "/proc/net/dev",
};

void traffic_counters_open(struct traffic_counters *ret_counters)
{
	for (size_t i = 0; i < TRAFFIC_COUNTER_FILES; i++)
		ret_counters->fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
}

void traffic_counters_close(struct traffic_counters *counters)
{
	for (size_t i = 0; i < TRAFFIC_COUNTER_FILES; i++) {
		if (counters->fds[i] >= 0)
			close(counters->fds[i]);
		counters->fds[i] = -1;
	}
}

/* The file as it is now: each reading from its beginning asks the kernel anew. */
static int read_file(const struct traffic_counters *counters, enum counter_file file,
		     char **ret_text)
{
	size_t size;

	if (counters->fds[file] < 0)
		return -ENOENT;
	if (lseek(counters->fds[file], 0, SEEK_SET) < 0)
		return -errno;
	return read_whole(counters->fds[file], FILE_SIZE_MAX, NULL, NULL, ret_text, &size);
}

/* The n-th word of a line; its end is a blank or that of the line. NULL: it has fewer. */
static const char *word_of(const char *line, size_t n)
{
	for (line += strspn(line, BLANKS); n > 0; n--) {
		line += strcspn(line, BLANKS "\n");
		line += strspn(line, BLANKS);
	}
	return *line && *line != '\n' ? line : NULL;
}

static bool is_word(const char *word, const char *wanted)
{
	size_t length = strlen(wanted);

	return strncmp(word, wanted, length) == 0 && strchr(BLANKS "\n", word[length]);
}

/* The line whose first word is `first`, from `text` on; NULL: there is none. */
static const char *find_line(const char *text, const char *first)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		line += strspn(line, BLANKS);
		if (is_word(line, first))
			return line;
	}
	return NULL;
}

static bool number_of(const char *word, uint64_t *ret_value)
{
	uint64_t value;
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	value = strtoull(word, &end, 10);
	if (errno != 0 || !strchr(BLANKS "\n", *end))
		return false;
	*ret_value = value;
	return true;
}

int traffic_counters_find(const char *text, const char *protocol, const char *name,
			  uint64_t *ret_value)
{
	const char *names = find_line(text, protocol);
	const char *end = names ? strchr(names, '\n') : NULL;
	const char *values = end ? find_line(end, protocol) : NULL, *word;

	for (size_t i = 1; values && (word = word_of(names, i)); i++) {
		if (is_word(word, name))
			return number_of(word_of(values, i), ret_value) ? 0 : -ENOENT;
	}
	return -ENOENT;
}

int traffic_counters_udp_errors(const struct traffic_counters *counters, uint64_t *ret_errors)
{
	_cleanup_free_ char *snmp = NULL, *snmp6 = NULL;
	uint64_t errors, errors6;
	int result = read_file(counters, FILE_SNMP, &snmp);

	if (result == 0)
		result = traffic_counters_find(snmp, "Udp:", "InCsumErrors", &errors);
	if (result < 0)
		return result;
	/* A node may have no IPv6. Here each line is a name and its value. */
	if (read_file(counters, FILE_SNMP6, &snmp6) == 0) {
		const char *line = find_line(snmp6, "Udp6InCsumErrors");

		if (line && number_of(word_of(line, 1), &errors6))
			errors += errors6;
	}
	*ret_errors = errors;
	return 0;
}

int traffic_counters_received(const struct traffic_counters *counters,
			      char (*names)[LINK_NAME_SIZE], size_t n_names, uint64_t *ret_packets)
{
	_cleanup_free_ char *text = NULL;
	uint64_t packets = 0, received;
	int result = read_file(counters, FILE_LINKS, &text);

	if (result < 0)
		return result;
	for (size_t i = 0; i < n_names; i++) {
		char first[LINK_NAME_SIZE + 1];
		const char *line;

		snprintf(first, sizeof(first), "%s:", names[i]);
		line = find_line(text, first);
		if (line && number_of(word_of(line, 2), &received))
			packets += received;
	}
	*ret_packets = packets;
	return 0;
}
