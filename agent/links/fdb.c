/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/fdb.h"

#include "agent/links/rtnetlink.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

struct fdb_list {
	struct fdb_remote *remotes;
	size_t n_remotes, allocated;
};

static void cleanup_list(const struct fdb_list *list)
{
	free(list->remotes);
}

struct entry {
	struct fdb_remote remote;
	bool sends; /* to another node: an entry of a bridge does not */
};

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct entry *entry = data;
	struct fdb_remote *remote = &entry->remote;
	const size_t size = mnl_attr_get_payload_len(attribute);

	switch (mnl_attr_get_type(attribute)) {
	case NDA_DST:
		if (size != 4 && size != sizeof(remote->address.bytes))
			break;
		entry->sends = true;
		remote->address.size = (unsigned char)size;
		memcpy(remote->address.bytes, mnl_attr_get_payload(attribute), size);
		break;
	case NDA_IFINDEX:
		if (size >= sizeof(uint32_t))
			remote->via = mnl_attr_get_u32(attribute);
		break;
	case FDB_NH_ID:
		entry->sends = true;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* Neighbours are another family's. Returns MNL_CB_OK or MNL_CB_ERROR. */
static int parse_entry(const struct nlmsghdr *message, struct entry *ret_entry)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);

	*ret_entry = (struct entry){.remote.ifindex = (unsigned int)header->ndm_ifindex};
	if (header->ndm_family != AF_BRIDGE)
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(*header), take_attribute, ret_entry);
}

bool fdb_message_sends(const struct nlmsghdr *message)
{
	struct entry entry;

	return parse_entry(message, &entry) == MNL_CB_OK && entry.sends;
}

static int take_entry(const struct nlmsghdr *message, void *data)
{
	struct fdb_list *list = data;
	struct entry entry;
	struct fdb_remote *grown;

	if (message->nlmsg_type != RTM_NEWNEIGH)
		return MNL_CB_OK;
	if (parse_entry(message, &entry) < 0)
		return MNL_CB_ERROR;
	if (!entry.sends)
		return MNL_CB_OK;
	grown = array_grow(list->remotes, list->n_remotes, &list->allocated, sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->remotes = grown;
	grown[list->n_remotes++] = entry.remote;
	return MNL_CB_OK;
}

static int compare(const void *one, const void *other)
{
	const struct fdb_remote *a = one, *b = other;
	int order = compare_numbers(a->ifindex, b->ifindex);

	if (order == 0)
		order = compare_numbers(a->via, b->via);
	return order ? order : memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Many MAC addresses are behind one node. */
static void drop_repeated(struct fdb_list *list)
{
	size_t kept = 0;

	if (list->n_remotes)
		qsort(list->remotes, list->n_remotes, sizeof(*list->remotes), compare);
	for (size_t i = 0; i < list->n_remotes; i++) {
		if (kept == 0 || compare(&list->remotes[kept - 1], &list->remotes[i]) != 0)
			list->remotes[kept++] = list->remotes[i];
	}
	list->n_remotes = kept;
}

/*
 * Kernels before 4.20 do not filter by device, and the question of all costs less than one for each
 * device. That entries changed meanwhile is never said of this dump.
 */
int fdb_read(struct rtnetlink *rtnetlink, struct fdb_remote **ret_remotes, size_t *ret_n_remotes)
{
	_cleanup_(cleanup_list) struct fdb_list list = {0};
	int result = rtnetlink_dump(rtnetlink, RTM_GETNEIGH, AF_BRIDGE, sizeof(struct ndmsg),
				    take_entry, &list);

	if (result < 0 && result != -EINTR)
		return result;
	drop_repeated(&list);
	*ret_n_remotes = list.n_remotes;
	*ret_remotes = TAKE_PTR(list.remotes);
	return 0;
}
