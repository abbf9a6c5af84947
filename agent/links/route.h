/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * By which links the kernel would send a packet: its routing tables are asked, nothing is sent.
 */

#include "policy/facts.h"

#include <stddef.h>
#include <stdint.h>

struct rtnetlink;

/* A UDP packet. */
struct route_question {
	struct link_address destination, source; /* the source: size 0 = as routed */
	unsigned int oif; /* the link that the sender is bound to, or its VRF; 0 = none */
	unsigned int port; /* of the destination; 0 = any */
	uint32_t mark;
};

#define ROUTE_LINKS_MAX 64

struct route_answer {
	unsigned int links[ROUTE_LINKS_MAX]; /* one for each next hop */
	size_t n_links; /* 0: it is for this node itself, or goes nowhere */
	bool partial; /* there may be more next hops than the kernel, or this, names */
};

/*
 * Returns 0 or a negative errno: the kernel could not be asked. That there is no route is an
 * answer. All next hops of a route are named from Linux 4.13 on (RTM_F_FIB_MATCH); what an older
 * one says over IPv4 is partial.
 */
int route_ask(struct rtnetlink *rtnetlink, const struct route_question *question,
	      struct route_answer *ret_answer);

#define ROUTE_MARKS_MAX 16

/* The marks that policy rules ask for. */
struct route_marks {
	uint32_t marks[ROUTE_MARKS_MAX];
	size_t n_marks;
	bool partial; /* there are more, or may be */
};

/* Reads as many as there is room for. Returns 0 or a negative errno. */
int route_read_marks(struct rtnetlink *rtnetlink, struct route_marks *ret_marks);
