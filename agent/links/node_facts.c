/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/node_facts.h"

#include "agent/links/links.h"
#include "agent/links/node_addresses.h"
#include "cleanup.h"
#include "policy/string_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <linux/rtnetlink.h>

static bool is_up(const struct link_facts *links, size_t n_links, unsigned int ifindex)
{
	const struct link_facts *link = links_find(links, n_links, ifindex);

	return link && link->up;
}

static bool is_here(const struct node_address addresses[], size_t place)
{
	for (size_t i = 0; i < place; i++) {
		const struct link_address *one = &addresses[i].address;
		const struct link_address *other = &addresses[place].address;

		if (one->size == other->size && memcmp(one->bytes, other->bytes, one->size) == 0)
			return true;
	}
	return false;
}

static int take_addresses(const struct link_facts *links, size_t n_links, struct node_facts *node)
{
	_cleanup_free_ struct node_address *addresses = NULL;
	size_t n_addresses = 0, n_kept = 0;
	int result = node_addresses_read(&addresses, &n_addresses);

	if (result < 0)
		return result;
	/* Those that count, moved to the front, each once. */
	for (size_t i = 0; i < n_addresses; i++) {
		if (addresses[i].scope >= RT_SCOPE_LINK ||
		    !is_up(links, n_links, addresses[i].ifindex))
			continue;
		addresses[n_kept] = addresses[i];
		if (!is_here(addresses, n_kept))
			n_kept++;
	}
	node->addresses = calloc(n_kept + 1, sizeof(char *));
	if (!node->addresses)
		return -ENOMEM;
	for (size_t i = 0; i < n_kept; i++) {
		const struct link_address *address = &addresses[i].address;
		char text[INET6_ADDRSTRLEN] = "";

		inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text,
			  sizeof(text));
		node->addresses[i] = strdup(text);
		if (!node->addresses[i])
			return -ENOMEM;
	}
	return 0;
}

int node_facts_read(const struct link_facts *links, size_t n_links, struct node_facts *ret_node)
{
	_cleanup_(node_facts_clear) struct node_facts node = {.name = NULL};
	struct utsname name;
	int result;

	if (uname(&name) < 0)
		return -errno;
	node.name = strdup(name.nodename);
	result = node.name ? take_addresses(links, n_links, &node) : -ENOMEM;
	if (result < 0)
		return result;
	*ret_node = node;
	node = (struct node_facts){.name = NULL};
	return 0;
}
