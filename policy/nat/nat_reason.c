/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_reason.h"

#include "policy/nat/nat_text.h"

#include <stdarg.h>
#include <stdio.h>

void nat_reason_print(char reason[static NAT_REASON_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, NAT_REASON_SIZE, format, arguments);
	va_end(arguments);
	for (char *next = reason; *next; next++) {
		if (*next < ' ' || *next > '~')
			*next = '?';
	}
}

struct nat_place nat_place_of(const struct nat_line *line)
{
	size_t length = line->chain_length;
	struct nat_place place;

	if (length >= NAT_RULE_CHAIN_SIZE)
		length = NAT_RULE_CHAIN_SIZE - 1;
	if (line->number)
		snprintf(place.text, sizeof(place.text), "%.*s rule %u", (int)length, line->chain,
			 line->number);
	else
		snprintf(place.text, sizeof(place.text), "%.*s", (int)length, line->chain);
	return place;
}
