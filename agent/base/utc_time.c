/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/utc_time.h"

#define FORMAT "%Y-%m-%dT%H:%M:%SZ"

void utc_time_format(time_t moment, char ret_text[static UTC_TIME_SIZE])
{
	struct tm utc;

	if (!gmtime_r(&moment, &utc) || !strftime(ret_text, UTC_TIME_SIZE, FORMAT, &utc))
		ret_text[0] = '\0';
}

void utc_time_now(char ret_text[static UTC_TIME_SIZE])
{
	utc_time_format(time(NULL), ret_text);
}

bool utc_time_parse(const char *text, time_t *ret_moment)
{
	struct tm utc = {0};
	const char *end = strptime(text, FORMAT, &utc);

	if (!end || *end)
		return false;
	*ret_moment = timegm(&utc);
	return true;
}
