/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/nat_extensions.h"

#include "array.h"
#include "policy/nat/nat_names.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CONNMARK.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>

#define PORT_LAST 65535

/* xt_set.h, which cannot be included beside nf_nat.h everywhere: how each revision begins. */
struct set_info {
	uint16_t index;
	uint8_t dimensions;
	uint8_t flags;
};

#define SET_INVERTED	 1u /* IPSET_INV_MATCH */
#define SET_FIRST_SOURCE 2u /* IPSET_DIM_ONE_SRC */

/* Copies the structure out; false when there is less of it. */
static bool take(const struct nat_extension *extension, void *structure, size_t size)
{
	if (extension->size < size)
		return false;
	memcpy(structure, extension->info, size);
	return true;
}

static bool add_mark(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_mark_mtinfo1 info;
	struct nat_step step = {.kind = NAT_MATCH_MARK};

	if (match->revision != 1 || !take(match, &info, sizeof(info)))
		return false;
	step.negated = info.invert;
	step.mark.mask = info.mask;
	step.mark.low = step.mark.high = info.mark;
	nat_steps_add(steps, &step);
	return true;
}

static void add_type(struct nat_steps *steps, unsigned int types, bool inverted,
		     enum nat_step_kind local)
{
	if (types)
		nat_steps_add_kind(steps, types == XT_ADDRTYPE_LOCAL ? local : NAT_MATCH_SOME,
				   inverted);
}

static bool add_address_type(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_addrtype_info_v1 info;
	struct xt_addrtype_info old;

	if (match->revision == 0 && take(match, &old, sizeof(old))) {
		add_type(steps, old.source, old.invert_source, NAT_MATCH_SOURCE_LOCAL);
		add_type(steps, old.dest, old.invert_dest, NAT_MATCH_DESTINATION_LOCAL);
		return true;
	}
	if (match->revision != 1 || !take(match, &info, sizeof(info)))
		return false;
	/* Local to one device: not known of which the address is. */
	if (info.flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
	add_type(steps, info.source, info.flags & XT_ADDRTYPE_INVERT_SOURCE,
		 NAT_MATCH_SOURCE_LOCAL);
	add_type(steps, info.dest, info.flags & XT_ADDRTYPE_INVERT_DEST,
		 NAT_MATCH_DESTINATION_LOCAL);
	return true;
}

static void add_states(struct nat_steps *steps, unsigned int mask, bool inverted)
{
	struct nat_step step = {.kind = NAT_MATCH_STATE, .negated = inverted};

	step.states = NAT_STATE_OTHER;
	if (mask & XT_CONNTRACK_STATE_BIT(IP_CT_NEW))
		step.states |= NAT_STATE_NEW;
	if (mask & (XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT))
		step.states |= NAT_STATE_TRANSLATED;
	nat_steps_add(steps, &step);
}

/* Revision 2 has what is read here at the same places as 3, revision 1 narrower masks. */
static bool add_conntrack(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_conntrack_mtinfo2 info;
	struct xt_conntrack_mtinfo1 old;
	unsigned int states;

	if (match->revision == 1 && take(match, &old, sizeof(old))) {
		memset(&info, 0, sizeof(info));
		info.match_flags = old.match_flags;
		info.invert_flags = old.invert_flags;
		states = old.state_mask;
	} else if ((match->revision == 2 || match->revision == 3) &&
		   take(match, &info, sizeof(info))) {
		states = info.state_mask;
	} else {
		return false;
	}
	if (info.match_flags & XT_CONNTRACK_STATE)
		add_states(steps, states, info.invert_flags & XT_CONNTRACK_STATE);
	if (info.match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS))
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
	return true;
}

static bool add_state(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_state_info info;

	if (match->revision != 0 || !take(match, &info, sizeof(info)))
		return false;
	add_states(steps, info.statemask, false);
	return true;
}

static void add_ports(struct nat_steps *steps, unsigned int first, unsigned int last, bool inverted)
{
	struct nat_step step = {.kind = NAT_MATCH_PORT, .negated = inverted};

	if (first == 0 && last == PORT_LAST && !inverted)
		return;
	step.port.first = (uint16_t)first;
	step.port.last = (uint16_t)last;
	nat_steps_add(steps, &step);
}

static void add_source_ports(struct nat_steps *steps, unsigned int first, unsigned int last,
			     bool inverted)
{
	if (first != 0 || last != PORT_LAST || inverted)
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
}

static bool add_udp(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_udp info;

	if (match->revision != 0 || !take(match, &info, sizeof(info)))
		return false;
	add_source_ports(steps, info.spts[0], info.spts[1], info.invflags & XT_UDP_INV_SRCPT);
	add_ports(steps, info.dpts[0], info.dpts[1], info.invflags & XT_UDP_INV_DSTPT);
	return true;
}

/* TCP's flags and options are for some: the protocol is a match of its own. */
static bool add_tcp(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_tcp info;

	if (match->revision != 0 || !take(match, &info, sizeof(info)))
		return false;
	if (info.option || info.flg_mask)
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
	add_source_ports(steps, info.spts[0], info.spts[1], info.invflags & XT_TCP_INV_SRCPT);
	add_ports(steps, info.dpts[0], info.dpts[1], info.invflags & XT_TCP_INV_DSTPT);
	return true;
}

static bool add_multiport(const struct nat_extension *match, struct nat_steps *steps)
{
	struct xt_multiport_v1 info;

	if (match->revision != 1 || !take(match, &info, sizeof(info)))
		return false;
	if (info.flags != XT_MULTIPORT_DESTINATION || info.count == 0 ||
	    info.count > XT_MULTI_PORTS) {
		nat_steps_add_kind(steps, NAT_MATCH_SOME, false);
		return true;
	}
	for (unsigned int i = 0; i < info.count; i++) {
		struct nat_step step = {.kind = NAT_MATCH_PORT, .negated = info.invert};
		bool range = info.pflags[i] && i + 1u < info.count;

		step.port.first = info.ports[i];
		step.port.last = info.ports[range ? ++i : i];
		step.or_next = i + 1u < info.count;
		nat_steps_add(steps, &step);
	}
	return true;
}

static bool add_set(const struct nat_extension *match, nat_set_name *set_name, void *data,
		    struct nat_steps *steps)
{
	struct set_info info;
	const char *name;
	bool source;

	if (match->revision < 1 || !take(match, &info, sizeof(info)))
		return false;
	name = set_name(data, info.index);
	source = info.dimensions == 1 && info.flags & SET_FIRST_SOURCE;
	nat_steps_add_kind(steps,
			   nat_set_kind(name ? name : "", source, info.dimensions == 1 && !source),
			   info.flags & SET_INVERTED);
	return true;
}

void nat_extension_add_match(const struct nat_extension *match, nat_set_name *set_name, void *data,
			     struct nat_steps *steps)
{
	static const struct {
		const char *name;
		bool (*add)(const struct nat_extension *match, struct nat_steps *steps);
	} readers[] = {
		{"mark", add_mark},
		{"addrtype", add_address_type},
		{"conntrack", add_conntrack},
		{"state", add_state},
		{"udp", add_udp},
		{"tcp", add_tcp},
		{"multiport", add_multiport},
	};
	bool known = nat_match_is_known(match->name), read = false;

	if (strcmp(match->name, "comment") == 0)
		return;
	if (strcmp(match->name, "set") == 0) {
		known = false;
		read = add_set(match, set_name, data, steps);
	}
	for (size_t i = 0; i < N_ELEMENTS(readers); i++) {
		if (strcmp(match->name, readers[i].name) != 0)
			continue;
		known = false;
		read = readers[i].add(match, steps);
	}
	if (!read)
		nat_steps_add_kind(steps, known ? NAT_MATCH_SOME : NAT_MATCH_OPAQUE, false);
}

static void add_set_mark(const struct nat_extension *target, struct nat_steps *steps)
{
	struct xt_mark_tginfo2 info;
	struct nat_step step = {.kind = NAT_ACTION_MARK};

	if (target->revision != 2 || !take(target, &info, sizeof(info))) {
		steps->damaged = true;
		return;
	}
	step.set_mark.mask = info.mask;
	step.set_mark.value = info.mark;
	nat_steps_add(steps, &step);
}

/*
 * Revision 0 for IPv4 begins with the number of ranges, the others with the flags. IPv6 has a
 * MASQUERADE of revision 0 with them, which is longer.
 */
static void add_rewrite(const struct nat_extension *target, struct nat_steps *steps)
{
	struct nat_step step = {.kind = NAT_ACTION_REWRITE};
	struct nf_nat_ipv4_multi_range_compat ranges;
	uint32_t flags;

	if (target->revision == 0 && target->size < sizeof(struct nf_nat_range)) {
		if (!take(target, &ranges, sizeof(ranges)))
			steps->damaged = true;
		else
			flags = ranges.range[0].flags;
	} else if (!take(target, &flags, sizeof(flags))) {
		steps->damaged = true;
	}
	if (steps->damaged)
		return;
	step.full_random = flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	nat_steps_add(steps, &step);
}

static void add_ct(const struct nat_extension *target, struct nat_steps *steps)
{
	struct xt_ct_target_info info;

	if (target->size < sizeof(info.flags))
		steps->damaged = true;
	else if (memcpy(&info.flags, target->info, sizeof(info.flags)), info.flags & XT_CT_NOTRACK)
		nat_steps_add_kind(steps, NAT_ACTION_NOTRACK, false);
}

static void add_connmark(const struct nat_extension *target, struct nat_steps *steps)
{
	struct xt_connmark_tginfo1 info;

	if (!take(target, &info, sizeof(info)) || info.mode == XT_CONNMARK_RESTORE)
		steps->damaged = true;
}

void nat_extension_add_target(const struct nat_extension *target, struct nat_steps *steps)
{
	switch (nat_target_find(target->name)) {
	case NAT_TARGET_NOTHING:
		return;
	case NAT_TARGET_RETURN:
		nat_steps_add_kind(steps, NAT_ACTION_RETURN, false);
		return;
	case NAT_TARGET_ACCEPT:
		nat_steps_add_kind(steps, NAT_ACTION_ACCEPT, false);
		return;
	case NAT_TARGET_DROP:
		nat_steps_add_kind(steps, NAT_ACTION_DROP, false);
		return;
	case NAT_TARGET_REWRITE:
		add_rewrite(target, steps);
		return;
	case NAT_TARGET_MARK:
		add_set_mark(target, steps);
		return;
	case NAT_TARGET_NOTRACK:
		nat_steps_add_kind(steps, NAT_ACTION_NOTRACK, false);
		return;
	case NAT_TARGET_CT:
		add_ct(target, steps);
		return;
	case NAT_TARGET_CONNMARK:
		add_connmark(target, steps);
		return;
	case NAT_TARGET_OTHER:
		break;
	}
	/* Behind what it matches, which stands before it. */
	nat_steps_add_kind(steps, NAT_ACTION_OPAQUE, false);
}
