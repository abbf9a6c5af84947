/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One known bug: what makes a node affected, which devices expose it, which features to turn off.
 */

#include "policy/link_match.h"
#include "policy/range.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One line of a kernel table. It speaks for a kernel when every key that it has fits; within a
 * rule the first line that fits decides, and lines of the family "upstream" decide for kernels
 * that no other line fits.
 */
struct kernel_line {
	char *family; /* see kernel_identity.h */
	char *series; /* "4.15": the base's first two numbers; NULL = any */
	char *flavour; /* NULL = any */
	char *release; /* glob on uname -r; NULL = any */
	char *version; /* glob on uname -v; NULL = any */
	bool by_build; /* ranges are compared with kernel.build instead of kernel.base */
	struct range_list affected;
	struct range_list unknown; /* where nobody knows; looked at after `affected` */
};

/* The measurement (struct measured_facts) that can answer a rule's kernel condition. */
enum rule_probe {
	RULE_PROBE_NONE,
	RULE_PROBE_ZERO_CHECKSUM,
	RULE_PROBE_UDP_CHECKSUM,
};

struct rule {
	char *id;
	char *title;
	char **references; /* ends with NULL */
	char *file; /* where it was read */

	bool has_kubernetes;
	struct range_list kubernetes; /* affected versions */

	struct kernel_line *kernel; /* none: the rule has no kernel condition */
	size_t n_kernel;
	enum rule_probe probe; /* only with a kernel condition */

	struct link_match exposed; /* at least one key */
	char **turn_off; /* features or ethtool's groups; ends with NULL */
	char **required; /* those that must be off for "mitigated"; ends with NULL */
};

struct rules {
	struct rule *rules; /* in the order of their file names */
	size_t n_rules;
	size_t n_masked; /* files that an operator emptied */
};

void rule_clear(struct rule *rule);
void rules_clear(struct rules *rules);

/* Does the bug show through this link? "Unknown" = it cannot be excluded; treat as yes. */
enum answer rule_exposes(const struct rule *rule, const struct link_facts *link);

/*
 * Does the rule, when its node is affected, act on this target? It does on a device that it
 * exposes, and on one of another kind than the exposed one, since the operator named it. A device
 * of the exposed kind that the other keys exclude is left alone.
 */
bool rule_acts_on(const struct rule *rule, const struct link_facts *link);
