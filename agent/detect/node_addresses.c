/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/node_addresses.h"

#include "agent/links/mnl_socket.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>

/* The kernel fills a dump's message up to what the reader offers, but not beyond 32 KiB. */
#define DUMP_BUFFER_SIZE 32768

#define DUMP_ATTEMPTS 5

struct address_list {
	struct node_address *addresses;
	size_t n_addresses, allocated;
	bool interrupted;
};

static void cleanup_list(const struct address_list *list)
{
	free(list->addresses);
}

/* IFA_LOCAL is this node's own; without it (IPv6) IFA_ADDRESS is. */
static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct node_address *address = data;
	size_t size = mnl_attr_get_payload_len(attribute);
	int type = mnl_attr_get_type(attribute);

	if (size != 4 && size != sizeof(address->bytes))
		return MNL_CB_OK;
	if (type == IFA_LOCAL || (type == IFA_ADDRESS && address->size == 0)) {
		address->size = size;
		memcpy(address->bytes, mnl_attr_get_payload(attribute), size);
	}
	return MNL_CB_OK;
}

static int take_message(const struct nlmsghdr *message, void *data)
{
	struct address_list *list = data;
	struct node_address address = {.size = 0}, *addresses;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    mnl_attr_parse(message, sizeof(struct ifaddrmsg), take_attribute, &address) < 0 ||
	    address.size == 0)
		return MNL_CB_OK;
	addresses = array_grow(list->addresses, list->n_addresses, &list->allocated,
			       sizeof(*addresses));
	if (!addresses) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->addresses = addresses;
	list->addresses[list->n_addresses++] = address;
	return MNL_CB_OK;
}

static int send_dump(struct mnl_socket *socket, unsigned int sequence)
{
	_Alignas(8) char buffer[64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *header;

	message->nlmsg_type = RTM_GETADDR;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->ifa_family = AF_UNSPEC;
	return mnl_socket_sendto(socket, message, message->nlmsg_len) < 0 ? -errno : 0;
}

static int dump(struct address_list *list)
{
	_cleanup_(cleanup_mnl_socket) struct mnl_socket *socket = NULL;
	_cleanup_free_ char *buffer = malloc(DUMP_BUFFER_SIZE);
	unsigned int sequence = time(NULL);
	int result, error = 0;

	if (!buffer)
		return -ENOMEM;
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	result = send_dump(socket, sequence);
	if (result < 0)
		return result;
	list->interrupted = false;
	do {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, DUMP_BUFFER_SIZE);

		if (length < 0)
			return -errno;
		list->interrupted |= mnl_socket_clear_interrupted(buffer, (int)length);
		result = mnl_cb_run(buffer, length, sequence, mnl_socket_get_portid(socket),
				    take_message, list);
		if (result == MNL_CB_STOP)
			error = mnl_socket_dump_error(buffer, (int)length);
	} while (result == MNL_CB_OK);
	return result < 0 ? -errno : error;
}

int node_addresses_read(struct node_address **ret_addresses, size_t *ret_n_addresses)
{
	_cleanup_(cleanup_list) struct address_list list = {.interrupted = true};
	int result = 0;

	for (int i = 0; i < DUMP_ATTEMPTS && result == 0 && list.interrupted; i++)
		result = dump(&list);
	if (result < 0)
		return result;
	*ret_n_addresses = list.n_addresses;
	*ret_addresses = TAKE_PTR(list.addresses);
	return 0;
}
