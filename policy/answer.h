/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Three-valued logic. The order is the point: "and" is the smaller of two answers ("no" wins,
 * then "unknown"), "or" the larger.
 */

enum answer {
	ANSWER_NO,
	ANSWER_UNKNOWN,
	ANSWER_YES,
};

static inline enum answer answer_and(enum answer a, enum answer b)
{
	return a < b ? a : b;
}

static inline enum answer answer_or(enum answer a, enum answer b)
{
	return a > b ? a : b;
}

/* "no", "unknown" or "yes": the words of the JSON output. */
static inline const char *answer_name(enum answer answer)
{
	switch (answer) {
	case ANSWER_NO:
		return "no";
	case ANSWER_UNKNOWN:
		return "unknown";
	case ANSWER_YES:
		return "yes";
	}
	return "unknown";
}
