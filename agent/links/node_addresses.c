/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/node_addresses.h"

#include "agent/links/rtnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#define DUMP_ATTEMPTS 5

struct address_list {
	struct node_address *addresses;
	size_t n_addresses, allocated;
};

static void cleanup_list(const struct address_list *list)
{
	free(list->addresses);
}

/* IFA_LOCAL is this node's own; without it (IPv6) IFA_ADDRESS is. */
static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct link_address *address = data;
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
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	struct node_address address = {.ifindex = 0}, *addresses;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    mnl_attr_parse(message, sizeof(*header), take_attribute, &address.address) < 0 ||
	    address.address.size == 0)
		return MNL_CB_OK;
	address.ifindex = header->ifa_index;
	address.scope = header->ifa_scope;
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

static int dump(struct address_list *list)
{
	_cleanup_(cleanup_rtnetlink) struct rtnetlink *rtnetlink = NULL;
	int result = rtnetlink_open(&rtnetlink);

	if (result < 0)
		return result;
	return rtnetlink_dump(rtnetlink, RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg),
			      take_message, list);
}

int node_addresses_read(struct node_address **ret_addresses, size_t *ret_n_addresses)
{
	_cleanup_(cleanup_list) struct address_list list = {0};
	int result = -EINTR;

	for (int i = 0; i < DUMP_ATTEMPTS && result == -EINTR; i++)
		result = dump(&list);
	if (result < 0 && result != -EINTR)
		return result;
	*ret_n_addresses = list.n_addresses;
	*ret_addresses = TAKE_PTR(list.addresses);
	return 0;
}
