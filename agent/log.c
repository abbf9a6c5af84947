/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/log.h"

#include "agent/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool verbose_lines;

/* Lines that are kept; NULL: none is. */
static unsigned int n_holds;
static FILE *kept;
static char *kept_text;
static size_t kept_size;

void log_set_verbose(bool verbose)
{
	verbose_lines = verbose;
}

static void log_write(const char *prefix, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

void log_hold(void)
{
	/* Without memory for it lines are printed at once. */
	if (n_holds++ == 0)
		kept = open_memstream(&kept_text, &kept_size);
}

void log_release(void)
{
	if (--n_holds > 0 || !kept)
		return;
	if (fclose(kept) == 0)
		fwrite(kept_text, 1, kept_size, stderr);
	free(kept_text);
	kept = NULL;
	kept_text = NULL;
}

/* One write for a line, so that lines of several processes do not mix. */
static void log_write(const char *prefix, const char *format, va_list arguments)
{
	char line[2048], clean[2048];

	vsnprintf(line, sizeof(line), format, arguments);
	fprintf(kept ? kept : stderr, "offload-agent: %s%s\n", prefix,
		text_clean(line, clean, sizeof(clean)));
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write("", format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write("warning: ", format, arguments);
	va_end(arguments);
}

void log_notice(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write("", format, arguments);
	va_end(arguments);
}

void log_debug(const char *format, ...)
{
	va_list arguments;

	if (!verbose_lines)
		return;
	va_start(arguments, format);
	log_write("", format, arguments);
	va_end(arguments);
}

void log_complaints(const struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->n_texts; i++)
		log_error("%s", complaints->texts[i]);
}
