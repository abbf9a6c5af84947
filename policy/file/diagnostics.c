/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/diagnostics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int diagnostics_refuse(struct diagnostics *diagnostics, const char *format, ...)
{
	char **texts, *text = NULL;
	va_list arguments;
	int length;

	texts = realloc(diagnostics->texts, (diagnostics->n_texts + 1) * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	diagnostics->texts = texts;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	diagnostics->texts[diagnostics->n_texts++] = text;
	return -EBADMSG;
}

void diagnostics_clear(struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->n_texts; i++)
		free(diagnostics->texts[i]);
	free(diagnostics->texts);
	*diagnostics = (struct diagnostics){0};
}
