/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int parse_port(const char *text, in_port_t *ret_port)
{
	size_t length = strspn(text, "0123456789");
	unsigned long port;

	if (length == 0 || length > 5 || text[length])
		return -EINVAL;
	port = strtoul(text, NULL, 10);
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = htons((uint16_t)port);
	return 0;
}

int socket_address_parse(const char *text, union socket_address *ret_address)
{
	union socket_address address = {.any.sa_family = AF_INET};
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	size_t length = colon ? (size_t)(colon - text) : 0;
	bool is_ip6 = text[0] == '[';
	in_port_t port;

	if (!colon || parse_port(colon + 1, &port) < 0)
		return -EINVAL;
	if (is_ip6) {
		if (length < 2 || text[length - 1] != ']')
			return -EINVAL;
		text++;
		length -= 2;
	}
	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (is_ip6)
		address.ip6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
	else
		address.ip4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
	if (inet_pton(address.any.sa_family, host,
		      is_ip6 ? (void *)&address.ip6.sin6_addr : (void *)&address.ip4.sin_addr) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}
