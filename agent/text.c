/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/text.h"

#include <jansson.h>

#include <stdbool.h>

static bool is_utf8(const char *text)
{
	json_t *checked;
	bool valid;

	while (*text && (unsigned char)*text < 0x80)
		text++;
	if (!*text)
		return true;
	checked = json_string(text);
	valid = checked != NULL;

	json_decref(checked);
	return valid;
}

/* U+0080 to U+009F, two bytes in UTF-8: to a terminal they can start an escape sequence. */
static bool is_c1_control(const char *text)
{
	return (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 &&
	       (unsigned char)text[1] < 0xa0;
}

const char *text_clean(const char *text, char *clean, size_t size)
{
	bool valid = is_utf8(text);
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++) {
		unsigned char byte = text[i];

		if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid) ||
		    is_c1_control(text + i) || (i > 0 && is_c1_control(text + i - 1)))
			clean[i] = '?';
		else
			clean[i] = text[i];
	}
	clean[i] = '\0';
	return clean;
}
