/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: what rtnetlink says of veths loses their kind, so that to the program they are
 * NICs of hardware, which cannot be had in a network namespace. All else is the kernel's own word.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* An IFLA_INFO_KIND with its header, as the kernel writes it; and an attribute that nobody knows.
 */
static const char kind[] = {9, 0, 1, 0, 'v', 'e', 't', 'h', '\0'};
static const unsigned short unknown = 0x3fff;

static void hide_kinds(char *data, size_t size)
{
	char *end = data + size, *found;

	while ((found = memmem(data, end - data, kind, sizeof(kind)))) {
		memcpy(found + 2, &unknown, sizeof(unknown));
		data = found + sizeof(kind);
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
