/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links.h"

#include "agent/link_message.h"
#include "agent/mnl_socket.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

/* The kernel fills a dump's message up to what the reader offers, but not beyond 32 KiB. */
#define DUMP_BUFFER_SIZE 32768

/*
 * A dump is interrupted when links come or go meanwhile: after a pause the next one succeeds. The
 * pauses double, and are half a second in all.
 */
#define DUMP_ATTEMPTS	 10
#define FIRST_PAUSE_NSEC 1000000L

struct link_list {
	struct link_facts *links;
	size_t n_links, allocated;
	const char *kind; /* the only one to be taken; NULL = all */
};

static int list_message(const struct nlmsghdr *message, void *data)
{
	struct link_list *list = data;
	struct link_facts *links =
		array_grow(list->links, list->n_links, &list->allocated, sizeof(*links));

	if (!links)
		return MNL_CB_ERROR;
	list->links = links;
	/* A link that cannot be parsed cannot be named either: nothing to act on. */
	if (link_message_parse(message, &list->links[list->n_links]) == 0 &&
	    (!list->kind || strcmp(list->kind, list->links[list->n_links].kind) == 0))
		list->n_links++;
	return MNL_CB_OK;
}

static int send_dump(struct mnl_socket *socket, const char *kind, unsigned int sequence)
{
	_Alignas(8) char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *header;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->ifi_family = AF_UNSPEC;
	/* Statistics are the larger half of a link's message, and nobody here reads them. */
	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (kind) {
		struct nlattr *nest = mnl_attr_nest_start(message, IFLA_LINKINFO);

		mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
		mnl_attr_nest_end(message, nest);
	}
	return mnl_socket_sendto(socket, message, message->nlmsg_len) < 0 ? -errno : 0;
}

/* Returns 0, -EINTR when the dump was interrupted by changes, another negative errno. */
static int read_dump(struct mnl_socket *socket, struct link_list *list)
{
	_cleanup_free_ char *buffer = malloc(DUMP_BUFFER_SIZE);
	unsigned int sequence = time(NULL);
	int result;

	if (!buffer)
		return -ENOMEM;
	result = send_dump(socket, list->kind, sequence);
	if (result < 0)
		return result;
	do {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, DUMP_BUFFER_SIZE);

		if (length < 0)
			return -errno;
		result = mnl_cb_run(buffer, length, sequence, mnl_socket_get_portid(socket),
				    list_message, list);
	} while (result == MNL_CB_OK);
	return result < 0 ? -errno : 0;
}

static int compare_links(const void *a, const void *b)
{
	const struct link_facts *link = a, *other = b;

	if (link->ifindex != other->ifindex)
		return link->ifindex < other->ifindex ? -1 : 1;
	return strcmp(link->name, other->name);
}

void links_sort(struct link_facts *links, size_t n_links)
{
	if (n_links)
		qsort(links, n_links, sizeof(*links), compare_links);
}

/* Appends one whole dump to the list. */
static int append_dump(struct link_list *list)
{
	size_t n_before = list->n_links;
	int result = -EINTR;

	for (int i = 0; i < DUMP_ATTEMPTS && result == -EINTR; i++) {
		const struct timespec pause = {.tv_nsec = i ? FIRST_PAUSE_NSEC << (i - 1) : 0};
		/* A new socket each time: what is left of an interrupted dump must not be read. */
		_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;

		if (i)
			nanosleep(&pause, NULL);
		socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
		if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
			return -errno;
		list->n_links = n_before;
		result = read_dump(socket, list);
	}
	return result;
}

int links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links)
{
	struct link_list list = {0};
	int result = 0;

	if (!kinds)
		result = append_dump(&list);
	for (size_t i = 0; kinds && kinds[i] && result == 0; i++) {
		list.kind = kinds[i];
		result = append_dump(&list);
	}
	if (result < 0) {
		free(list.links);
		return result;
	}
	links_sort(list.links, list.n_links);
	*ret_links = list.links;
	*ret_n_links = list.n_links;
	return 0;
}

int links_driver_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

void links_read_driver(int fd, struct link_facts *link)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (void *)&info};

	memcpy(request.ifr_name, link->name, sizeof(request.ifr_name));
	link->driver[0] = '\0';
	if (ioctl(fd, SIOCETHTOOL, &request) < 0)
		return;
	memcpy(link->driver, info.driver, sizeof(link->driver) - 1);
	link->driver[sizeof(link->driver) - 1] = '\0';
}

int links_read_drivers(struct link_facts *links, size_t n_links)
{
	_cleanup_close_ int fd = links_driver_socket();

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < n_links; i++)
		links_read_driver(fd, &links[i]);
	return 0;
}
