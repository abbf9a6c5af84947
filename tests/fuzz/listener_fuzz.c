/* SPDX-License-Identifier: Apache-2.0 */
/* Who listens: a line that is an address, then a table in the form of /proc/net/tcp. */
#include "agent/detect/listener.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* Printed and read again it is the same. */
static void check_address(const union socket_address *address)
{
	bool is_ip6 = address->any.sa_family == AF_INET6;
	union socket_address again;
	char host[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];

	FUZZ_CHECK(is_ip6 || address->any.sa_family == AF_INET);
	FUZZ_CHECK(address->ip4.sin_port != 0);
	FUZZ_CHECK(inet_ntop(address->any.sa_family,
			     is_ip6 ? (const void *)&address->ip6.sin6_addr
				    : (const void *)&address->ip4.sin_addr,
			     host, sizeof(host)));
	snprintf(text, sizeof(text), is_ip6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(address->ip4.sin_port));
	FUZZ_CHECK(socket_address_parse(text, &again) == 0);
	FUZZ_CHECK(memcmp(&again, address, is_ip6 ? sizeof(again.ip6) : sizeof(again.ip4)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_take_line(&data, &size);
	union socket_address address;
	int result;

	fuzz_spoil(&address, sizeof(address));
	if (socket_address_parse(text, &address) < 0) {
		FUZZ_CHECK(fuzz_is_spoiled(&address, sizeof(address)));
		return 0;
	}
	check_address(&address);
	result = listener_check_table(fuzz_put("tcp", data, size), &address);
	FUZZ_CHECK(result == 0 || result == -EACCES || result == -ENOENT);
	return 0;
}
