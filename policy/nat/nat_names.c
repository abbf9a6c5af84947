/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_names.h"

#include "array.h"

#include <string.h>

static const struct {
	const char *name;
	enum nat_target target;
} targets[] = {
	{"RETURN", NAT_TARGET_RETURN},
	{"MARK", NAT_TARGET_MARK},
	{"MASQUERADE", NAT_TARGET_REWRITE},
	{"SNAT", NAT_TARGET_REWRITE},
	{"NETMAP", NAT_TARGET_REWRITE},
	{"SAME", NAT_TARGET_REWRITE},
	{"DNAT", NAT_TARGET_REWRITE},
	{"REDIRECT", NAT_TARGET_REWRITE},
	{"ACCEPT", NAT_TARGET_ACCEPT},
	{"DROP", NAT_TARGET_DROP},
	{"REJECT", NAT_TARGET_DROP},
	{"QUEUE", NAT_TARGET_ACCEPT},
	{"NFQUEUE", NAT_TARGET_ACCEPT},
	{"NOTRACK", NAT_TARGET_NOTRACK},
	{"CT", NAT_TARGET_CT},
	{"CONNMARK", NAT_TARGET_CONNMARK},
	{"LOG", NAT_TARGET_NOTHING},
	{"NFLOG", NAT_TARGET_NOTHING},
	{"ULOG", NAT_TARGET_NOTHING},
	{"TRACE", NAT_TARGET_NOTHING},
	{"AUDIT", NAT_TARGET_NOTHING},
	{"CONNSECMARK", NAT_TARGET_NOTHING},
	{"SECMARK", NAT_TARGET_NOTHING},
	{"TCPMSS", NAT_TARGET_NOTHING},
	{"CLASSIFY", NAT_TARGET_NOTHING},
	{"DSCP", NAT_TARGET_NOTHING},
	{"TOS", NAT_TARGET_NOTHING},
	{"TTL", NAT_TARGET_NOTHING},
	{"HL", NAT_TARGET_NOTHING},
	{"ECN", NAT_TARGET_NOTHING},
	{"CHECKSUM", NAT_TARGET_NOTHING},
	{"SET", NAT_TARGET_NOTHING},
	{"TEE", NAT_TARGET_NOTHING},
	{"IDLETIMER", NAT_TARGET_NOTHING},
	{"LED", NAT_TARGET_NOTHING},
	{"RATEEST", NAT_TARGET_NOTHING},
	{"TCPOPTSTRIP", NAT_TARGET_NOTHING},
};

/* Of these it is known that they are about other packets than nodes send one another. */
static const char *const matches[] = {
	"addrtype",  "ah",	  "comment",	"connbytes", "connlabel", "connlimit", "connmark",
	"conntrack", "dccp",	  "dscp",	"dst",	     "ecn",	  "eui64",     "esp",
	"frag",	     "hashlimit", "hbh",	"helper",    "hl",	  "icmp",      "icmp6",
	"icmpv6",    "iprange",	  "ipv6header", "ipvs",	     "length",	  "limit",     "mac",
	"mark",	     "mh",	  "multiport",	"nfacct",    "osf",	  "owner",     "physdev",
	"pkttype",   "policy",	  "quota",	"rateest",   "realm",	  "recent",    "rpfilter",
	"rt",	     "sctp",	  "set",	"socket",    "state",	  "statistic", "tcp",
	"tcpmss",    "time",	  "tos",	"ttl",	     "udp",	  "udplite",
};

static const struct {
	const char *name;
	unsigned int state;
} states[] = {
	{"NEW", NAT_STATE_NEW},		{"ESTABLISHED", NAT_STATE_OTHER},
	{"RELATED", NAT_STATE_OTHER},	{"INVALID", NAT_STATE_OTHER},
	{"UNTRACKED", NAT_STATE_OTHER}, {"SNAT", NAT_STATE_TRANSLATED},
	{"DNAT", NAT_STATE_TRANSLATED},
};

enum nat_target nat_target_find(const char *name)
{
	for (size_t i = 0; i < N_ELEMENTS(targets); i++) {
		if (strcmp(name, targets[i].name) == 0)
			return targets[i].target;
	}
	return NAT_TARGET_OTHER;
}

bool nat_match_is_known(const char *name)
{
	for (size_t i = 0; i < N_ELEMENTS(matches); i++) {
		if (strcmp(name, matches[i]) == 0)
			return true;
	}
	return false;
}

unsigned int nat_state_find(const char *name)
{
	for (size_t i = 0; i < N_ELEMENTS(states); i++) {
		if (strcmp(name, states[i].name) == 0)
			return states[i].state;
	}
	return 0;
}

/*
 * KUBE-LOOP-BACK (and KUBE-6-LOOP-BACK) holds connections of a pod with itself, which never reach
 * the VXLAN device.
 */
enum nat_step_kind nat_set_kind(const char *name, bool source, bool destination)
{
	if (strstr(name, "KUBE-") && strstr(name, "LOOP-BACK"))
		return NAT_MATCH_LOOP;
	if (source)
		return NAT_MATCH_SOURCE;
	return destination ? NAT_MATCH_DESTINATIONS : NAT_MATCH_SOME;
}
