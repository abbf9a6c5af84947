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

/* What an affected rule does. */
enum rule_mode {
	RULE_ACT, /* its targets are switched, and it makes the state */
	RULE_TELL, /* it makes the state, and switches nothing */
	RULE_OFF, /* the configuration turned it off: it is not judged */
};

struct rule {
	char *id;
	char *title;
	char **references; /* ends with NULL */
	char *file; /* where it was read */
	enum rule_mode mode; /* the file's, or what the configuration says instead */
	char *cost; /* what turning the features off costs, for people; NULL = not said */
	char **remedies; /* what cures for good, best first; ends with NULL, or NULL */

	bool has_kubernetes;
	struct range_list kubernetes; /* affected versions */

	bool nat; /* the node's own nat rules masquerade a packet twice */

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

/* The configuration's word on the mode of the rules whose ids a glob fits. */
struct rule_choice {
	char *glob;
	enum rule_mode mode;
	char *source; /* "FILE:LINE", for complaints */
	bool fits; /* rules_choose() found a rule that it fits */
};

/* "act", "tell" or "off". */
const char *rule_mode_name(enum rule_mode mode);

/*
 * Sets the modes of the rules as `choices` say. Of several that fit one rule the most specific
 * counts: the one with the most characters that are no wildcards; among equals the one that does
 * least.
 */
void rules_choose(struct rules *rules, struct rule_choice choices[], size_t n_choices);

/* Does a rule that is not off ask for the node's own nat rules? */
bool rules_need_nat(const struct rules *rules);

void rule_clear(struct rule *rule);
void rules_clear(struct rules *rules);

/* Does the bug show through this link? "Unknown" = it cannot be excluded. */
enum answer rule_exposes(const struct rule *rule, const struct link_facts *link);

/*
 * Does the rule, when its node is affected, act on this link? It does on one that it surely
 * exposes, and, when the operator `named` the link, on one of another kind than the exposed one. A
 * device of the exposed kind that the other keys exclude is left alone, and what is not known is no
 * reason to act.
 */
bool rule_acts_on(const struct rule *rule, const struct link_facts *link, bool named);
