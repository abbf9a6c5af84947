/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/log.h"

#include "agent/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool verbose_lines;

/* Lines that are kept while there are holds. */
static unsigned int n_holds;
static char *kept;
static size_t kept_size;

void log_set_verbose(bool verbose)
{
	verbose_lines = verbose;
}

void log_hold(void)
{
	n_holds++;
}

static void write_kept(void)
{
	if (kept)
		fwrite(kept, 1, kept_size, stderr);
	free(kept);
	kept = NULL;
	kept_size = 0;
}

void log_release(void)
{
	if (--n_holds == 0)
		write_kept();
}

/* Returns whether there was memory for it. */
static bool keep(const char *text, size_t size)
{
	char *longer = realloc(kept, kept_size + size);

	if (!longer)
		return false;
	memcpy(longer + kept_size, text, size);
	kept = longer;
	kept_size += size;
	return true;
}

/*
 * One write for a line, so that lines of several processes do not mix. Without memory to keep it,
 * it is written at once, after those that were kept.
 */
void log_line(enum log_kind kind, const char *format, ...)
{
	char line[2048], clean[2048], text[sizeof(clean) + 64];
	va_list arguments;
	int length;

	if (kind == LOG_LINE_DEBUG && !verbose_lines)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	length = snprintf(text, sizeof(text), "offload-agent: %s%s\n",
			  kind == LOG_LINE_WARNING ? "warning: " : "",
			  text_clean(line, clean, sizeof(clean)));
	if (n_holds > 0 && keep(text, (size_t)length))
		return;
	if (n_holds > 0)
		write_kept();
	fwrite(text, 1, (size_t)length, stderr);
}
