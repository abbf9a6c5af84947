/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

struct nat_place_name nat_place_name(const struct nat_ruleset *ruleset,
				     const struct nat_place *place)
{
	const char *table = ruleset->tables[place->chain->table].name;
	bool is_nat = strcmp(table, "nat") == 0;
	struct nat_place_name name;

	snprintf(name.text, sizeof(name.text), "%.24s%s%.48s rule %u", is_nat ? "" : table,
		 is_nat ? "" : " ", place->chain->name, place->rule->number);
	return name;
}
