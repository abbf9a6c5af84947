/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/listener.h"

#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* As include/net/tcp_states.h of the kernel counts. */
#define TCP_STATE_LISTEN 0x0a

/* Is the address of a listener, as IPv6, the one to connect to or a wildcard? */
static bool listens_on(const struct in6_addr *listener, const union socket_address *address)
{
	struct in6_addr wanted = IN6ADDR_ANY_INIT;

	if (IN6_IS_ADDR_UNSPECIFIED(listener))
		return true;
	if (address->any.sa_family == AF_INET6) {
		wanted = address->ip6.sin6_addr;
	} else {
		wanted.s6_addr[10] = wanted.s6_addr[11] = 0xff;
		memcpy(wanted.s6_addr + 12, &address->ip4.sin_addr, 4);
		if (IN6_IS_ADDR_V4MAPPED(listener) && listener->s6_addr32[3] == INADDR_ANY)
			return true;
	}
	return memcmp(listener, &wanted, sizeof(wanted)) == 0;
}

/* The kernel prints addresses as 32-bit numbers of the machine's own byte order. */
static bool parse_proc_address(const char *text, struct in6_addr *ret_address)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	size_t length = strspn(text, "0123456789ABCDEF");
	size_t offset = length == 8 ? 12 : 0;

	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length; i += 8) {
		uint32_t word;

		if (sscanf(text + i, "%8" SCNx32, &word) != 1)
			return false;
		memcpy(address.s6_addr + offset + i / 2, &word, sizeof(word));
	}
	*ret_address = address;
	return true;
}

int listener_check_table(const char *path, const union socket_address *address)
{
	/* Both kinds of address have their port at the same place. */
	unsigned int wanted_port = ntohs(address->ip4.sin_port);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	bool found = false;
	char line[256];

	if (!file)
		return -ENXIO;
	while (fgets(line, sizeof(line), file)) {
		unsigned int port, state, uid;
		struct in6_addr listener;
		char text[33];

		if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*[0-9A-F:] %2X %*s %*s %*s %u", text,
			   &port, &state, &uid) != 4)
			continue; /* the heading */
		if (state != TCP_STATE_LISTEN)
			break;
		if (port != wanted_port || !parse_proc_address(text, &listener) ||
		    !listens_on(&listener, address))
			continue;
		if (uid != 0)
			return -EACCES;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

/* A listener of IPv4 gets an IPv4 connection; only without one does that of IPv6 that serves both.
 */
int listener_check(const union socket_address *address)
{
	int result = -ENOENT;

	if (address->any.sa_family == AF_INET)
		result = listener_check_table("/proc/self/net/tcp", address);
	if (result == -ENOENT)
		result = listener_check_table("/proc/self/net/tcp6", address);
	return result;
}
