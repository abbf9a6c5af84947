/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One rule, from whatever source and however it was read: steps, each a match or an action, in the
 * order in which the kernel takes them. A match is asked about a given packet.
 */

#include "policy/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Chains' names in nf_tables are shorter than this (NFT_NAME_MAXLEN); those of iptables than 32. */
#define NAT_NAME_SIZE 256

/* IFNAMSIZ */
#define NAT_DEVICE_SIZE 16

/*
 * The packet, as far as it is known. On its way out of a VXLAN device it is the inner one: any
 * protocol, from this node or from outside (what Kubernetes marks does not come from its pods), to
 * a pod on another node. Wrapped, it is the outer one: UDP from this node to another, by whatever
 * device. Either is the first one of its connection, since nat sees no other.
 */
struct nat_packet {
	const char *device; /* the VXLAN device; NULL = its name is not known */
	bool ipv6;
	bool outer;
	unsigned int port; /* where the outer one goes */
};

enum nat_step_kind {
	NAT_MATCH_MARK,
	NAT_MATCH_OUT_DEVICE,
	NAT_MATCH_IN_DEVICE,
	NAT_MATCH_FAMILY, /* number: 4 or 6 */
	NAT_MATCH_PROTOCOL, /* number: IPPROTO_ */
	NAT_MATCH_PORT, /* of the destination */
	NAT_MATCH_SOURCE, /* a network, or a set of addresses */
	NAT_MATCH_DESTINATIONS, /* a set of addresses */
	NAT_MATCH_LOOP, /* kube-proxy's set of connections of a pod with itself */
	NAT_MATCH_SOURCE_LOCAL, /* the source address is one of this node's */
	NAT_MATCH_DESTINATION_LOCAL,
	NAT_MATCH_STATE, /* of the connection */
	NAT_MATCH_SOME, /* some packets fit; which, is not looked at */
	NAT_MATCH_OPAQUE, /* not understood */
	NAT_ACTION_JUMP,
	NAT_ACTION_GOTO,
	NAT_ACTION_RETURN,
	NAT_ACTION_ACCEPT, /* this chain's walk ends, nothing is rewritten */
	NAT_ACTION_DROP,
	NAT_ACTION_REWRITE, /* MASQUERADE, SNAT, ...: the walk ends */
	NAT_ACTION_MARK,
	NAT_ACTION_NOTRACK,
	NAT_ACTION_OPAQUE, /* not understood: may do anything */
};

/* States of a connection, as bits. */
#define NAT_STATE_NEW	     1u
#define NAT_STATE_TRANSLATED 2u /* DNAT or SNAT */
#define NAT_STATE_OTHER	     4u /* ESTABLISHED, RELATED, ...: not those of a first packet */

struct nat_step {
	enum nat_step_kind kind;
	bool negated; /* of a match; the same for all alternatives */
	bool or_next; /* the next step is an alternative to this match */
	union {
		struct {
			uint32_t mask, low, high; /* low <= (mark & mask) <= high */
		} mark;
		struct {
			uint32_t mask, value; /* (mark & ~mask) ^ value */
		} set_mark;
		struct {
			char name[NAT_DEVICE_SIZE];
			bool prefix; /* any device whose name begins so */
		} device;
		struct {
			uint16_t first, last;
		} port;
		unsigned int number;
		unsigned int states;
		bool full_random; /* of a REWRITE */
		char *chain; /* of JUMP and GOTO; owned by the rule */
	};
};

struct nat_rule {
	unsigned int number; /* in its chain, from 1 on */
	unsigned int n_steps;
	struct nat_step *steps;
	const char *text; /* of a rule that is still to be read; borrowed */
	size_t length;
};

static inline bool nat_step_is_match(const struct nat_step *step)
{
	return step->kind < NAT_ACTION_JUMP;
}

/*
 * Answers the match at `*index` of the rule's steps, with all of its alternatives, and steps over
 * it: does the packet fit when it has this mark? "Unknown": some such packets do.
 */
enum answer nat_rule_ask(const struct nat_rule *rule, size_t *index,
			 const struct nat_packet *packet, uint32_t mark);

/* Has it an action of this kind? */
bool nat_rule_has(const struct nat_rule *rule, enum nat_step_kind kind);

/* The chain that it jumps to, or NULL. Borrowed. */
const char *nat_rule_chain(const struct nat_rule *rule);

/* Steps under construction: more than any real rule has. A zeroed one is empty. */
#define NAT_STEPS_MAX 96

struct nat_steps {
	struct nat_step list[NAT_STEPS_MAX];
	size_t count;
	bool damaged; /* something did not fit, or could not be read: the rule is not understood */
};

void nat_steps_add(struct nat_steps *steps, const struct nat_step *step);
/* Adds a match or an action that has no more to say. */
void nat_steps_add_kind(struct nat_steps *steps, enum nat_step_kind kind, bool negated);
/* Adds JUMP or GOTO; the name, which is not too long for a chain's, is copied. */
void nat_steps_add_jump(struct nat_steps *steps, enum nat_step_kind kind, const char *chain,
			size_t length);
/* Frees what they own, and empties them. */
void nat_steps_clear(struct nat_steps *steps);

/*
 * Gives the steps to the rule, which owns them from now on. Of damaged ones
 * the matches are left, and an action that is not understood. Returns 0 or -ENOMEM.
 */
int nat_rule_take_steps(struct nat_rule *rule, struct nat_steps *steps);
void nat_rule_clear(struct nat_rule *rule);
