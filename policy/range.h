/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ranges of versions as rule files write them: ">=1.16.0 <1.16.13", "<4.19.123", "=5.4.0".
 */

#include "policy/answer.h"
#include "policy/version.h"

#include <stdbool.h>
#include <stddef.h>

enum range_form {
	RANGE_KUBERNETES,
	RANGE_KERNEL,
	RANGE_BUILD,
};

struct range {
	char *text; /* as written, for reasons and diagnostics */
	/* Both bounds are optional; "=X" is both, inclusive. */
	bool has_lower, lower_inclusive;
	bool has_upper, upper_inclusive;
	struct version lower, upper;
};

struct range_list {
	struct range *ranges;
	size_t n_ranges;
};

/*
 * Parses one range: one or more of >=, >, <=, <, = each followed by a version of `form`,
 * separated by blanks; all must hold. At most one lower and one upper bound. A suffix that
 * version.h ignores in a node's version (a vendor's, -amd64) is bad syntax here.
 * Returns 0; -EINVAL for bad syntax; -ERANGE for a range that contradicts itself (nothing can
 * lie in it). `ret_why` (may be NULL) gets a static text that says what is wrong.
 */
int range_parse(const char *text, enum range_form form, struct range *ret_range,
		const char **ret_why);
void range_clear(struct range *range);

/* Appends `range`, taking over what it owns. Returns 0 or -ENOMEM. */
int range_list_add(struct range_list *list, struct range *range);
void range_list_clear(struct range_list *list);

/*
 * Is `version` in one of the ranges? "Unknown" only for a version that was built between two
 * tags (commits > 0) of which one is inside and the other is not. `ret_hit` (may be NULL) gets
 * the range that holds it, or NULL.
 */
enum answer range_list_contains(const struct range_list *list, const struct version *version,
				const struct range **ret_hit);

/*
 * Are `first` and all later releases of its series (its first two numbers) in one of the ranges?
 * "Unknown" when only some are; release candidates do not count.
 */
enum answer range_list_contains_from(const struct range_list *list, const struct version *first);

/*
 * For a version outside: the range with the greatest upper bound that the version has passed,
 * which is where it was fixed; NULL if there is none (older than all, or between open ends).
 */
const struct range *range_list_passed(const struct range_list *list, const struct version *version);
