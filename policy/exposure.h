/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which links show a bug: one group of a rule's `exposed`, all of whose keys must fit. A key that
 * cannot be answered makes it unknown, unless another one does not fit. Pure.
 */

#include "policy/answer.h"
#include "policy/facts.h"
#include "policy/range.h"

#include <stdbool.h>
#include <stddef.h>

/* UDP ports; none listed = any. */
struct port_list {
	unsigned int *ports;
	size_t n_ports;
};

/* A version by its numbers (a range), or any text (a glob): one that fits is enough. */
struct version_match {
	struct range_list ranges;
	char **globs; /* ends with NULL, or NULL */
};

/* Does it ask for anything? */
bool version_match_asks(const struct version_match *match);

/* A tunnel that a NIC carries; all keys must fit. */
struct tunnel_match {
	char **kinds; /* globs, as below */
	struct port_list ports, ports_not;
	enum answer udp_csum; /* ANSWER_UNKNOWN = any */
};

/* Lists of strings end with NULL; NULL = not asked for. One that fits is enough. */
struct exposure {
	char *name; /* glob */
	char *mac;
	char **kinds; /* globs */
	char **drivers; /* globs; without `kinds` of hardware alone */
	enum answer udp_csum; /* of a tunnel device; ANSWER_UNKNOWN = any */
	struct port_list ports, ports_not; /* of a tunnel device */
	/* The following are answered by device_facts. They fit hardware alone, or, with `kinds`,
	 * links of those: */
	char **pci; /* globs on "8086:15bb" */
	struct version_match driver_versions, firmwares;
	struct tunnel_match *carries; /* NULL = not asked for */
	char **upper_kinds, **master_kinds; /* globs */
	char **features_on; /* by the kernel's names: active, or turned off by the agent */
	char **features_changeable;
};

/*
 * Does the link fit? `device` is its device: NULL when it has none, &device_not_known when
 * nothing was looked at. For "unknown", `ret_unknown` (may be NULL) gets what is not known, in
 * words that last as long as `device`.
 */
enum answer exposure_test(const struct exposure *exposure, const struct link_facts *link,
			  const struct device_facts *device, const char **ret_unknown);

/* Does it ask for what device_facts answer? */
bool exposure_asks_for_device(const struct exposure *exposure);

/* Does it ask that of this link, which nothing else excludes? */
bool exposure_asks_device(const struct exposure *exposure, const struct link_facts *link);

/* Does it single links out, so that a rule needs no other condition? */
bool exposure_singles_out(const struct exposure *exposure);

/*
 * Is it worth while to find out which tunnels the device carries: does the group ask for them, and
 * does nothing else exclude the link?
 */
bool exposure_asks_carried(const struct exposure *exposure, const struct link_facts *link,
			   const struct device_facts *device);

/* The same of its features: whether they are on, or can be switched. */
bool exposure_asks_features(const struct exposure *exposure, const struct link_facts *link,
			    const struct device_facts *device);

/* Is it "vvvv:dddd", where any of these characters may be a wildcard? */
bool exposure_pci_valid(const char *pci);

void exposure_clear(struct exposure *exposure);
