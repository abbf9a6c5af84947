/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A name in a rule file that other kernels or machines may know. */

enum rule_name_kind {
	RULE_NAME_FEATURE,
	RULE_NAME_FAMILY, /* of kernels */
	RULE_NAME_BUILD, /* the same, where builds are compared */
	RULE_NAME_ARCHITECTURE, /* a glob */
	RULE_NAME_HYPERVISOR, /* a glob */
};

struct rule_name {
	enum rule_name_kind kind;
	const char *key; /* as in the file: "turn_off", "feature_on", "family", "compare", ... */
	char *name;
	int line;
};
