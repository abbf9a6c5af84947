/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/link_kinds.h"

#include "array.h"
#include "policy/link_match.h"
#include "policy/rule.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/*
 * Kinds that container runtimes, CNIs and virtual machines make links of, with what
 * ETHTOOL_GDRVINFO says of these (get_drvinfo() of each in drivers/net, net/8021q and net/bridge).
 * All are software: no device of the machine is behind them.
 */
static const struct common_kind {
	const char *kind;
	const char *driver;
	bool stacked; /* stands on a NIC, or has NICs as its ports */
} common_kinds[LINK_KINDS_COMMON] = {
	{"veth", "veth", false},      {"netkit", "netkit", false},
	{"dummy", "dummy", false},    {"ifb", "ifb", false},
	{"tun", "tun", false},	      {"ipvlan", "ipvlan", true},
	{"ipvtap", "ipvlan", true},   {"macvlan", "macvlan", true},
	{"macvtap", "macvlan", true}, {"vlan", "802.1Q VLAN Support", true},
	{"bridge", "bridge", true},   {"bond", "bonding", true},
};

static bool one_fits(char *const globs[], const char *text)
{
	for (size_t i = 0; globs[i]; i++) {
		if (fnmatch(globs[i], text, 0) == 0)
			return true;
	}
	return false;
}

static bool is_glob(const char *text)
{
	return strpbrk(text, "*?[\\");
}

static void mean_common(struct link_kinds *kinds, const char *glob)
{
	for (size_t i = 0; i < LINK_KINDS_COMMON; i++)
		kinds->common_meant[i] |= fnmatch(glob, common_kinds[i].kind, 0) == 0;
}

static int add_name(struct link_kinds *kinds, const char *name)
{
	const char **named;

	for (size_t i = 0; i < kinds->n_named; i++) {
		if (strcmp(kinds->named[i], name) == 0)
			return 0;
	}
	/* One more than is there, for the NULL at the end. */
	named = array_grow(kinds->named, kinds->n_named + 1, &kinds->allocated, sizeof(*named));
	if (!named)
		return -ENOMEM;
	kinds->named = named;
	named[kinds->n_named++] = name;
	named[kinds->n_named] = NULL;
	return 0;
}

int link_kinds_add(struct link_kinds *kinds, const char *kind)
{
	if (!kind[0]) {
		kinds->without = true;
		return 0;
	}
	for (size_t i = 0; i < LINK_KINDS_COMMON; i++)
		kinds->common_meant[i] |= strcmp(kind, common_kinds[i].kind) == 0;
	return add_name(kinds, kind);
}

static int add_glob(struct link_kinds *kinds, const char *glob)
{
	if (!is_glob(glob))
		return link_kinds_add(kinds, glob);
	kinds->any = true;
	kinds->without |= fnmatch(glob, "", 0) == 0;
	mean_common(kinds, glob);
	return 0;
}

int link_kinds_add_match(struct link_kinds *kinds, const struct link_match *match)
{
	if (match->kind)
		return link_kinds_add(kinds, match->kind);
	kinds->any = true;
	kinds->without = true;
	for (size_t i = 0; i < LINK_KINDS_COMMON; i++)
		kinds->common_meant[i] |=
			!match->driver || strcmp(match->driver, common_kinds[i].driver) == 0;
	return 0;
}

/* What is asked of a device is answered by the links that stand on it, too. */
static void add_stacked(struct link_kinds *kinds, const struct exposure *exposure)
{
	if (!exposure->carries && !exposure->upper_kinds && !exposure->master_kinds)
		return;
	kinds->any = true;
	for (size_t i = 0; i < LINK_KINDS_COMMON; i++) {
		kinds->common_meant[i] |= exposure->carries && common_kinds[i].stacked;
		kinds->common_meant[i] |= exposure->upper_kinds &&
					  one_fits(exposure->upper_kinds, common_kinds[i].kind);
		kinds->common_meant[i] |= exposure->master_kinds &&
					  one_fits(exposure->master_kinds, common_kinds[i].kind);
	}
}

static int add_exposure(struct link_kinds *kinds, const struct exposure *exposure)
{
	int result = 0;

	add_stacked(kinds, exposure);
	for (size_t i = 0; exposure->kinds && exposure->kinds[i] && result == 0; i++)
		result = add_glob(kinds, exposure->kinds[i]);
	if (exposure->kinds)
		return result;
	/* Hardware can be of a kind, but of none of the common ones. */
	kinds->without = true;
	kinds->any = true;
	/* Without a kind, both mean hardware alone. */
	if (exposure_asks_for_device(exposure) || exposure->drivers)
		return 0;
	for (size_t i = 0; i < LINK_KINDS_COMMON; i++)
		kinds->common_meant[i] = true;
	return 0;
}

int link_kinds_add_rule(struct link_kinds *kinds, const struct rule *rule)
{
	int result = 0;

	for (size_t i = 0; rule->mode != RULE_OFF && i < rule->n_exposed && result == 0; i++)
		result = add_exposure(kinds, &rule->exposed[i]);
	return result;
}

void link_kinds_excluded(const struct link_kinds *kinds,
			 const char *ret_names[static LINK_KINDS_COMMON + 1])
{
	size_t n_names = 0;

	for (size_t i = 0; i < LINK_KINDS_COMMON; i++) {
		if (!kinds->common_meant[i])
			ret_names[n_names++] = common_kinds[i].kind;
	}
	ret_names[n_names] = NULL;
}

void link_kinds_clear(struct link_kinds *kinds)
{
	free(kinds->named);
	*kinds = (struct link_kinds){.named = NULL};
}
