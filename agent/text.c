/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/text.h"

#include <jansson.h>

#include <stdbool.h>

static bool is_utf8(const char *text)
{
	json_t *checked = json_string(text);
	bool valid = checked != NULL;

	json_decref(checked);
	return valid;
}

const char *text_clean(const char *text, char *clean, size_t size)
{
	bool valid = is_utf8(text);
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++) {
		unsigned char byte = text[i];

		if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid))
			clean[i] = '?';
		else
			clean[i] = text[i];
	}
	clean[i] = '\0';
	return clean;
}
