/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Moments as text, in UTC: 2020-06-01T12:00:00Z. So they stand in files and in what is shown. */

#include <stdbool.h>
#include <time.h>

#define UTC_TIME_SIZE 24

/* Writes a moment; "" should it be out of all bounds. */
void utc_time_format(time_t moment, char ret_text[static UTC_TIME_SIZE]);

/* Writes the present one. */
void utc_time_now(char ret_text[static UTC_TIME_SIZE]);

/* Reads what the others write, and nothing else. False: the output is untouched. */
bool utc_time_parse(const char *text, time_t *ret_moment);
