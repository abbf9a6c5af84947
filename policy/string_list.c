/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/string_list.h"

#include <stddef.h>
#include <stdlib.h>

void strings_free(char **strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

void strings_cleanup(char ***strings)
{
	strings_free(*strings);
}
