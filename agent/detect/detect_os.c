/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_os.h"

#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

#define OS_RELEASE_SIZE_MAX (64 * 1024)

/* Takes the quotes and escapes off a value of `length` bytes, as a shell does. */
static char *unquote(const char *value, size_t length)
{
	char *text = malloc(length + 1);
	size_t size = 0;
	char quote = '\0';

	if (!text)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		char c = value[i];

		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
			continue;
		}
		/* In double quotes a backslash escapes these four only. */
		if (c == '\\' && quote != '\'' && i + 1 < length &&
		    (!quote || strchr("\"\\$`", value[i + 1])))
			c = value[++i];
		text[size++] = c;
	}
	text[size] = '\0';
	return text;
}

static char **find_member(struct os_facts *os, const char *name, size_t length)
{
	const struct {
		const char *name;
		char **member;
	} table[] = {
		{"ID", &os->id},
		{"VERSION_ID", &os->version_id},
		{"PRETTY_NAME", &os->pretty_name},
	};

	for (size_t i = 0; i < N_ELEMENTS(table); i++) {
		if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
			return table[i].member;
	}
	return NULL;
}

/* One line; comments and everything else that is no assignment of ours are passed over. */
static int parse_line(const char *line, size_t length, struct os_facts *os)
{
	size_t indent = strspn(line, " \t");
	const char *equals;
	char **member;
	char *value;

	while (length > indent && strchr(" \t\r", line[length - 1]))
		length--;
	if (length <= indent)
		return 0;
	equals = memchr(line, '=', length);
	if (!equals)
		return 0;
	member = find_member(os, line + indent, (size_t)(equals - line) - indent);
	if (!member)
		return 0;
	value = unquote(equals + 1, length - (size_t)(equals + 1 - line));
	if (!value)
		return -ENOMEM;
	/* As in a shell, the last assignment counts; an empty one means "not known". */
	free(*member);
	*member = *value ? value : NULL;
	if (!*value)
		free(value);
	return 0;
}

int detect_os_parse(const char *text, struct os_facts *ret_os)
{
	_cleanup_(os_facts_clear) struct os_facts os = {0};
	int result = 0;

	while (*text && result == 0) {
		size_t length = strcspn(text, "\n");

		result = parse_line(text, length, &os);
		text += length + (text[length] == '\n');
	}
	if (result < 0)
		return result;
	*ret_os = os;
	os = (struct os_facts){0};
	return 0;
}

int detect_os(const struct node_root *root, struct os_facts *ret_os)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	_cleanup_(os_facts_clear) struct os_facts os = {0};
	_cleanup_free_ char *text = NULL;
	int result = -ENOENT;
	size_t i;

	for (i = 0; i < N_ELEMENTS(paths) && result == -ENOENT; i++)
		result = node_root_read(root, paths[i], OS_RELEASE_SIZE_MAX, &text, NULL);
	if (result < 0)
		return result == -ENOMEM ? result : 0;
	result = detect_os_parse(text, &os);
	if (result < 0)
		return result;
	os.source = strdup(paths[i - 1]);
	if (!os.source)
		return -ENOMEM;
	*ret_os = os;
	os = (struct os_facts){0};
	return 0;
}
