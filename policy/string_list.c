/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/string_list.h"

#include "cleanup.h"

#include <stddef.h>
#include <string.h>

bool strings_have(const char *const strings[], const char *text)
{
	for (size_t i = 0; strings[i]; i++) {
		if (strcmp(strings[i], text) == 0)
			return true;
	}
	return false;
}

char **strings_copy(char *const strings[])
{
	_cleanup_(strings_cleanup) char **copies = NULL;
	size_t count = 0;

	while (strings[count])
		count++;
	copies = calloc(count + 1, sizeof(char *));
	if (!copies)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		copies[i] = strdup(strings[i]);
		if (!copies[i])
			return NULL;
	}
	return TAKE_PTR(copies);
}

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
