/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libmnl's sockets, with the project's way of ownership. */

#include <libmnl/libmnl.h>

/* For _cleanup_(cleanup_mnl_socket). */
static inline void cleanup_mnl_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}
