/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tunnels whose devices are in another network namespace, by the UDP sockets that these leave
 * in the one where they were made. Such a socket looks like any program's; so those alone count
 * that are root's, of no address and no peer, and of a port that is a tunnel's by custom.
 */

#include <stddef.h>

struct link_facts;

/* How many such ports there are: VXLAN's, Geneve's, and VXLAN's of Linux. */
#define TUNNEL_PORTS_MAX 3

/*
 * Reads the ports of such sockets that no VXLAN or Geneve device of `links` explains. `folder` is
 * that of the kernel's tables, TUNNEL_PORTS_FOLDER. A socket is there only while its device is up.
 * Returns 0 or a negative errno; a kernel without IPv6 has no table of it.
 */
#define TUNNEL_PORTS_FOLDER "/proc/self/net"
int tunnel_ports_read(const char *folder, const struct link_facts *links, size_t n_links,
		      unsigned int ret_ports[static TUNNEL_PORTS_MAX], size_t *ret_n_ports);
