/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One known bug: what makes a node affected, which devices expose it, which features to turn off.
 */

#include "policy/exposure.h"
#include "policy/range.h"
#include "policy/symptom.h"

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
	struct range_list unknown; /* where it is not known; looked at after `affected` */
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
	RULE_ADVISE, /* it is listed as what may concern the node, and makes no state */
	RULE_OFF, /* the configuration turned it off: it is not judged */
};

/* What the bug does to the node. */
enum rule_effect {
	RULE_EFFECT_NOT_SAID,
	RULE_EFFECT_DROPS,
	RULE_EFFECT_CORRUPTS,
	RULE_EFFECT_HANGS,
	RULE_EFFECT_SLOW,
};

struct rule_name;

/* Globs on the words of the machine (struct machine_facts); NULL = any. */
struct machine_match {
	char *arch;
	char *vendor;
	char *product;
	char *model;
	char *hypervisor;
};

struct rule {
	char *id;
	char *title;
	char **references; /* ends with NULL */
	char *file; /* where it was read */
	enum rule_mode mode; /* the file's, or what the configuration says instead */
	enum symptom symptom; /* seen on a NIC, it makes an advice about that NIC tell */
	enum rule_effect effect;
	char *review; /* "2027-06": from then on it wants to be looked at again; NULL = not said
		       */
	char *cost; /* what turning the features off costs, for people; NULL = not said */
	char **remedies; /* what cures for good, best first; ends with NULL, or NULL */

	bool has_kubernetes;
	struct range_list kubernetes; /* affected versions */

	bool nat; /* the node's own nat rules masquerade a packet twice */

	struct kernel_line *kernel; /* none: the rule has no kernel condition */
	size_t n_kernel;
	enum rule_probe probe; /* only with a kernel condition */

	struct machine_match *machine; /* NULL: the rule has no such condition */

	struct exposure *exposed; /* groups, at least one: a link that fits one shows the bug */
	size_t n_exposed;
	char **turn_off; /* features or ethtool's groups; ends with NULL */
	char **required; /* those that must be off for "mitigated"; ends with NULL */

	struct rule_name *names; /* for whoever looks for slips: rule_name.h */
	size_t n_names;
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
	char *source; /* "FILE:LINE", for diagnostics */
	bool fits; /* rules_choose() found a rule that it fits */
};

/* "act", "tell", "advise" or "off". */
const char *rule_mode_name(enum rule_mode mode);

/* "drops", "corrupts", "hangs" or "slow"; NULL when it is not said. */
const char *rule_effect_name(enum rule_effect effect);

/*
 * Sets the modes of the rules as `choices` say. Of several that fit one rule the most specific
 * counts: the one with the most characters that are no wildcards; among equals the one that does
 * least.
 */
void rules_choose(struct rules *rules, struct rule_choice choices[], size_t n_choices);

/* What rules that are not off ask for, beyond what every look finds out. */
struct rule_needs {
	bool nat; /* the node's own nat rules */
	bool machine;
	bool drivers; /* of links of a kind of their own, too */
	bool nic_drivers; /* of links of none, which hardware is */
	bool devices; /* PCI ids, versions of driver and firmware, what stands on a NIC */
	bool carried; /* the tunnels of a NIC */
	bool features; /* those that a NIC has on, or can switch */
	bool symptoms; /* what was seen on a NIC */
};

/* Do they ask for anything of the devices behind NICs? */
bool rule_needs_devices(const struct rule_needs *needs);

struct rule_needs rules_needs(const struct rules *rules);
void rule_add_needs(const struct rule *rule, struct rule_needs *needs);

/* Has it a condition other than the links that it exposes? */
bool rule_has_conditions(const struct rule *rule);

/*
 * Is it about devices: has it no other condition, or do all of its groups name hardware by its
 * driver, or ask for what device_facts answer? Whether such a rule concerns a node is decided by
 * the links that are there.
 */
bool rule_is_about_devices(const struct rule *rule);

/* Does it concern a node only by the NICs that it has? A rule about devices does, and any advice.
 */
bool rule_is_decided_by_nics(const struct rule *rule);

/* How many keys of a rule ask for something. */
#define RULE_KEYS_MAX 20

/* The keys of the rule that ask for something, as in rule files, each once; ends with NULL. */
void rule_asked_keys(const struct rule *rule, const char *ret_keys[static RULE_KEYS_MAX + 1]);

/*
 * In what mode the rule is in force for the link: an advice whose symptom was seen there tells. It
 * never acts: who wants that says so in the configuration, with or without evidence.
 */
enum rule_mode rule_mode_for(const struct rule *rule, const struct facts *facts,
			     const struct link_facts *link);

void rule_clear(struct rule *rule);
void rules_clear(struct rules *rules);

/*
 * Does the bug show through this link? "Unknown" = it cannot be excluded; `ret_unknown` (may be
 * NULL) then gets what is not known. `device` as in exposure.h.
 */
enum answer rule_exposes(const struct rule *rule, const struct link_facts *link,
			 const struct device_facts *device, const char **ret_unknown);

/* exposure_asks_device() of any of its groups; not of a rule that is off. */
bool rule_asks_device(const struct rule *rule, const struct link_facts *link);

/* exposure_asks_carried() of any of its groups; not of a rule that is off. */
bool rule_asks_carried(const struct rule *rule, const struct link_facts *link,
		       const struct device_facts *device);

/* exposure_asks_features() of any of its groups; not of a rule that is off. */
bool rule_asks_features(const struct rule *rule, const struct link_facts *link,
			const struct device_facts *device);

/*
 * Does the rule, when its node is affected, act on this link, `exposes` being what rule_exposes()
 * said of it? It does on one that it surely exposes, and, when the operator `named` the link and
 * all its groups name kinds, on one of another kind. A device of an exposed kind that the other
 * keys exclude is left alone, and what is not known is no reason to act.
 */
bool rule_acts_on(const struct rule *rule, enum answer exposes, const struct link_facts *link,
		  bool named);
