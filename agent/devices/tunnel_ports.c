/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/tunnel_ports.h"

#include "array.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* IANA's for VXLAN and Geneve, and what Linux had for VXLAN before. */
static const unsigned int customary[TUNNEL_PORTS_MAX] = {4789, 6081, 8472};

/* Has the namespace a device itself that has this port's socket? */
static bool is_explained(const struct link_facts *links, size_t n_links, unsigned int port)
{
	for (size_t i = 0; i < n_links; i++) {
		if (links[i].port == port && !links[i].elsewhere)
			return true;
	}
	return false;
}

/* The port of a line, if its socket can be a tunnel's: Documentation/networking/proc_net_tcp.rst */
static unsigned int port_of(const char *line)
{
	char address[33];
	unsigned int port, peer, user;

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %*[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x %u", address,
		   &port, &peer, &user) != 4)
		return 0;
	return strspn(address, "0") == strlen(address) && peer == 0 && user == 0 ? port : 0;
}

static int read_table(const char *folder, const char *name, bool found[static TUNNEL_PORTS_MAX])
{
	_cleanup_fclose_ FILE *table = NULL;
	_cleanup_free_ char *line = NULL;
	char path[128];
	size_t size = 0;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	table = fopen(path, "re");
	if (!table)
		return -errno;
	while (getline(&line, &size, table) >= 0) {
		const unsigned int port = port_of(line);

		for (size_t i = 0; i < TUNNEL_PORTS_MAX; i++)
			found[i] |= customary[i] == port;
	}
	return feof(table) ? 0 : -errno;
}

int tunnel_ports_read(const char *folder, const struct link_facts *links, size_t n_links,
		      unsigned int ret_ports[static TUNNEL_PORTS_MAX], size_t *ret_n_ports)
{
	bool found[TUNNEL_PORTS_MAX] = {false};
	size_t n_ports = 0;
	int result = read_table(folder, "udp", found);

	if (result < 0)
		return result;
	result = read_table(folder, "udp6", found);
	if (result < 0 && result != -ENOENT)
		return result;
	for (size_t i = 0; i < TUNNEL_PORTS_MAX; i++) {
		if (found[i] && !is_explained(links, n_links, customary[i]))
			ret_ports[n_ports++] = customary[i];
	}
	*ret_n_ports = n_ports;
	return 0;
}
