/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The second SNAT of the fault: a masquerade with a fully random source port for every UDP packet
 * that leaves a network namespace. As nf_tables, in one transaction, without any program.
 */

struct mnl_socket;

/*
 * Adds it for packets of `family` (AF_INET, AF_INET6) in the namespace of the socket, which is one
 * of NETLINK_NETFILTER. Returns 0 or a negative errno.
 */
int probe_masquerade_add(struct mnl_socket *socket, int family);
