/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/diagnostics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int complaints_refuse(struct complaints *complaints, const char *format, ...)
{
	char **texts, *text = NULL;
	va_list arguments;
	int length;

	texts = realloc(complaints->texts, (complaints->n_texts + 1) * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	complaints->texts = texts;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	complaints->texts[complaints->n_texts++] = text;
	return -EBADMSG;
}

void complaints_clear(struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->n_texts; i++)
		free(complaints->texts[i]);
	free(complaints->texts);
	*complaints = (struct complaints){0};
}
