/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/text.h"

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

bool text_begins_control(const char *text)
{
	unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

	return first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0);
}

const char *text_clean(const char *text, char *clean, size_t size)
{
	bool valid = is_utf8(text);
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++) {
		unsigned char byte = text[i];
		bool continues = (byte & 0xc0) == 0x80;

		if ((byte >= 0x80 && !valid) || text_begins_control(text + i) ||
		    (continues && i > 0 && text_begins_control(text + i - 1)))
			clean[i] = '?';
		else
			clean[i] = text[i];
	}
	clean[i] = '\0';
	return clean;
}
