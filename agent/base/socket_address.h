/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numeric addresses of the Internet, as people write them. */

#include <netinet/in.h>
#include <sys/socket.h>

/* An address to connect to. */
union socket_address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/*
 * Reads "127.0.0.1:10249" or "[::1]:10249". Returns 0; -EINVAL for everything else, also for names
 * and for port 0.
 */
int socket_address_parse(const char *text, union socket_address *ret_address);
