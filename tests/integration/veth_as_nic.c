/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: what rtnetlink says of veths (or links of the kind in NIC_KIND) loses their
 * kind, so that to the program they are NICs of hardware, which cannot be had in a network
 * namespace. All else is the kernel's own word.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* An attribute that nobody knows. */
static const unsigned short unknown = 0x3fff;

/* An IFLA_INFO_KIND with its header, as the kernel writes it. Returns its size. */
static size_t make_attribute(char attribute[static 32])
{
	const char *kind = getenv("NIC_KIND");
	size_t size;

	memset(attribute, 0, 32);
	strncpy(attribute + 4, kind ? kind : "veth", 16);
	size = 4 + strlen(attribute + 4) + 1;
	attribute[0] = (char)size;
	attribute[2] = 1;
	return size;
}

static void hide_kinds(char *data, size_t size)
{
	char *end = data + size, *found, kind[32];
	const size_t kind_size = make_attribute(kind);

	while ((found = memmem(data, end - data, kind, kind_size))) {
		memcpy(found + 2, &unknown, sizeof(unknown));
		data = found + kind_size;
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t (*next)(int, struct msghdr *, int) =
		(ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	ssize_t length = next(fd, message, flags);

	if (length > 0 && message->msg_iovlen == 1)
		hide_kinds(message->msg_iov->iov_base, length);
	return length;
}
