/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The nodes of a cluster, and the wrong packets that some of them received from others. */

#include "agent/report/report.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define ASSESS_NAME_SIZE 256 /* of a node: 253 characters */
#define ASSESS_INFO_SIZE 128 /* of a member of nodeInfo; what is longer is cut off */
#define ASSESS_WORD_SIZE 32

/* Who speaks of a node; of several the greatest is believed. */
enum assessed_source {
	ASSESSED_WIRE = 1, /* what it received: says nothing of itself */
	ASSESSED_API = 2, /* the API server: its versions */
	ASSESSED_FACTS = 4, /* itself: what was found out there, judged here */
	ASSESSED_STATUS = 8, /* itself: its state */
};
#define ASSESSED_OWN (ASSESSED_FACTS | ASSESSED_STATUS)

/* A node; "" = nothing is said. */
struct assessed_node {
	char name[ASSESS_NAME_SIZE];
	/* As the API server says it, or the node itself: */
	char kernel_version[ASSESS_INFO_SIZE];
	char os_image[ASSESS_INFO_SIZE];
	char kubelet_version[ASSESS_INFO_SIZE];
	char proxy_version[ASSESS_INFO_SIZE];
	char operating_system[ASSESS_INFO_SIZE];
	/* Of the node itself alone: */
	char component[ASSESS_WORD_SIZE]; /* whose version `proxy_version` is */
	char kernel_family[ASSESS_WORD_SIZE], kernel_base[ASSESS_WORD_SIZE];
	char os_id[ASSESS_WORD_SIZE], os_version_id[ASSESS_WORD_SIZE];
	char summary[REPORT_SUMMARY_SIZE];
	enum state state; /* these, too; meaningless without ASSESSED_OWN */
	enum answer verdict;
	unsigned char
		*rules; /* by place in the rules: the verdict + 1; 0 = none. NULL: none at all */
	unsigned int sources; /* of enum assessed_source */
	/* Those of IPv4 mapped into IPv6's, as inet_pton() has them. */
	struct in6_addr *addresses;
	size_t n_addresses, allocated_addresses;
};

/* Where a sighting's packets come from. */
enum sighted {
	SIGHTED_STRANGER, /* no node has that address */
	SIGHTED_SEVERAL, /* nodes of different names have it */
	SIGHTED_NODE,
};

/* Wrong packets that one node received from one address. */
struct sighting {
	size_t receiver; /* a place in the nodes */
	struct in6_addr address; /* ::, of those that were not listed */
	uint64_t wrong, inner_wrong; /* the outer UDP checksum; the TCP checksum inside */
	char looks_like[ASSESS_WORD_SIZE];
	/* nodes_join() finds out: */
	enum sighted sighted;
	size_t sender; /* a place in the nodes, for SIGHTED_NODE */
};

struct assessed_nodes {
	struct assessed_node *nodes;
	size_t n_nodes, allocated;
	struct sighting *sightings;
	size_t n_sightings, allocated_sightings;
	uint64_t n_attempts; /* that all who listened received, right ones and wrong */
};

void assessed_nodes_clear(struct assessed_nodes *nodes);
void assessed_node_clear(struct assessed_node *node);

/* Appends. Returns 0, or -ENOMEM; the node's memory is the list's afterwards, or still the
 * caller's. */
int assessed_nodes_add(struct assessed_nodes *nodes, const struct assessed_node *node);
int assessed_nodes_sight(struct assessed_nodes *nodes, const struct sighting *sighting);

/* Returns 0; -EINVAL for what is no address; -ENOMEM. */
int assessed_node_add_address(struct assessed_node *node, const char *text);

/* Returns false for what is no address. */
bool assess_address_parse(const char *text, struct in6_addr *ret_address);

/* "192.0.2.1" or "2001:db8::1" */
struct address_text {
	char text[INET6_ADDRSTRLEN];
};
struct address_text assess_address_print(const struct in6_addr *address);
