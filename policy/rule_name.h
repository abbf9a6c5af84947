/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A name in a rule file that other kernels may know: of a feature, or of a family of kernels. */

struct rule_name {
	const char *key; /* "turn_off", "required", "feature_on", "feature_changeable", "family" */
	char *name;
	int line;
};
