/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The program by which the kernel tells which notifications of links are worth waking up for
 * (classic BPF, socket(7): SO_ATTACH_FILTER). Pure: it makes the program, and attaches nothing.
 */

#include <stddef.h>

struct link_kinds;
struct sock_filter;

/*
 * Makes the program that lets notifications of links pass if links of their kind are meant, and
 * drops the others, and those of bridges about their ports (AF_BRIDGE), which link_message.h takes
 * for none. What is no notification of a link passes. Returns 0 or -ENOMEM; the caller frees.
 */
int link_filter_make(const struct link_kinds *kinds, struct sock_filter **ret_program,
		     size_t *ret_length);
