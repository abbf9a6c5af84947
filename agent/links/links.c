/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/links.h"

#include "agent/links/link_message.h"
#include "agent/links/rtnetlink.h"
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

/*
 * A dump is interrupted when links come or go meanwhile: after a pause another one may succeed. The
 * pauses double, and are 15 ms in all: where a CNI is at work none may ever succeed.
 */
#define DUMP_ATTEMPTS	 5
#define FIRST_PAUSE_NSEC 1000000L

struct link_list {
	struct link_facts *links;
	size_t n_links, allocated;
	const char *kind; /* the only one to be taken; NULL = all */
};

static void cleanup_list(const struct link_list *list)
{
	free(list->links);
}

static int add_link(struct link_list *list, const struct link_facts *link)
{
	struct link_facts *links =
		array_grow(list->links, list->n_links, &list->allocated, sizeof(*links));

	if (!links)
		return -ENOMEM;
	list->links = links;
	list->links[list->n_links++] = *link;
	return 0;
}

static int list_message(const struct nlmsghdr *message, void *data)
{
	struct link_list *list = data;
	struct link_facts link;

	/* A link that cannot be parsed cannot be named either: nothing to act on. */
	if (link_message_parse(message, &link) < 0 ||
	    (list->kind && strcmp(list->kind, link.kind) != 0))
		return MNL_CB_OK;
	if (add_link(list, &link) == 0)
		return MNL_CB_OK;
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

/*
 * Asks for one link, or for all (0) that are of the list's kind, and appends the answer to it. A
 * socket of its own for each question: what is left of a dump must not be read as an answer.
 * Returns as rtnetlink_ask().
 */
static int ask(unsigned int ifindex, struct link_list *list)
{
	_cleanup_(cleanup_rtnetlink) struct rtnetlink *rtnetlink = NULL;
	_Alignas(8) char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *header;
	int result;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = ifindex ? 0 : NLM_F_DUMP;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->ifi_family = AF_UNSPEC;
	header->ifi_index = (int)ifindex;
	/* Statistics are the larger half of a link's message, and are not used here. */
	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (list->kind && !ifindex) {
		struct nlattr *nest = mnl_attr_nest_start(message, IFLA_LINKINFO);

		mnl_attr_put_strz(message, IFLA_INFO_KIND, list->kind);
		mnl_attr_nest_end(message, nest);
	}
	result = rtnetlink_open(&rtnetlink);
	return result == 0 ? rtnetlink_ask(rtnetlink, message, list_message, list) : result;
}

static int compare_ifindex(const void *a, const void *b)
{
	const struct link_facts *link = a, *other = b;

	return (link->ifindex > other->ifindex) - (link->ifindex < other->ifindex);
}

static int compare_links(const void *a, const void *b)
{
	const struct link_facts *link = a, *other = b;
	int order = compare_ifindex(link, other);

	return order ? order : strcmp(link->name, other->name);
}

void links_sort(struct link_facts *links, size_t n_links)
{
	if (n_links)
		qsort(links, n_links, sizeof(*links), compare_links);
}

const struct link_facts *links_find(const struct link_facts *links, size_t n_links,
				    unsigned int ifindex)
{
	const struct link_facts key = {.ifindex = ifindex};

	return n_links ? bsearch(&key, links, n_links, sizeof(*links), compare_ifindex) : NULL;
}

/* Sorts, and drops what is there twice. */
static void sort_list(struct link_list *list)
{
	size_t kept = 0;

	links_sort(list->links, list->n_links);
	for (size_t i = 0; i < list->n_links; i++) {
		if (kept == 0 || list->links[kept - 1].ifindex != list->links[i].ifindex)
			list->links[kept++] = list->links[i];
	}
	list->n_links = kept;
}

/*
 * What an earlier dump listed and the last one did not is gone, or was missed because the dump was
 * interrupted: the kernel is asked for it by itself. `last` is sorted, and stays so.
 */
static int add_missed(const struct link_list *earlier, struct link_list *last)
{
	const size_t n_dumped = last->n_links;
	int result = 0;

	for (size_t i = 0; i < earlier->n_links && result == 0; i++) {
		if (n_dumped && bsearch(&earlier->links[i], last->links, n_dumped,
					sizeof(*last->links), compare_ifindex))
			continue;
		result = ask(earlier->links[i].ifindex, last);
		if (result == -ENODEV)
			result = 0;
	}
	sort_list(last);
	return result;
}

static int append_links(struct link_list *list, const struct link_list *more)
{
	int result = 0;

	for (size_t i = 0; i < more->n_links && result == 0; i++)
		result = add_link(list, &more->links[i]);
	return result;
}

/* Another dump may succeed: it was interrupted, is one too many now, or met a link that went. */
static bool passes(int error)
{
	return error == -EINTR || error == -EBUSY || error == -ENODEV || error == -ENOBUFS;
}

/*
 * Dumps until a dump was not interrupted. Where links never hold still, the last one is as good as
 * any, once it has been completed by what the others saw; but not one that ended in the middle.
 */
static int dump(const char *kind, struct link_list *list)
{
	_cleanup_(cleanup_list) struct link_list earlier = {0};
	int result = -EINTR;

	for (int i = 0; i < DUMP_ATTEMPTS && passes(result); i++) {
		const struct timespec pause = {.tv_nsec = i ? FIRST_PAUSE_NSEC << (i - 1) : 0};
		_cleanup_(cleanup_list) struct link_list last = {.kind = kind};

		if (i)
			nanosleep(&pause, NULL);
		result = ask(0, &last);
		sort_list(&last);
		if (i == DUMP_ATTEMPTS - 1 && result == -EINTR)
			result = add_missed(&earlier, &last);
		if (passes(result)) {
			if (append_links(&earlier, &last) < 0)
				return -ENOMEM;
			sort_list(&earlier);
		} else if (result == 0) {
			result = append_links(list, &last);
		}
	}
	return result;
}

int links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links)
{
	_cleanup_(cleanup_list) struct link_list list = {0};
	int result = 0;

	if (!kinds)
		result = dump(NULL, &list);
	for (size_t i = 0; kinds && kinds[i] && result == 0; i++)
		result = dump(kinds[i], &list);
	if (result < 0)
		return result;
	sort_list(&list);
	*ret_n_links = list.n_links;
	*ret_links = TAKE_PTR(list.links);
	return 0;
}

int links_driver_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* Returns whether the driver answered. Its strings need not end. */
static bool ask_driver(int fd, const char *name, struct ethtool_drvinfo *info)
{
	struct ifreq request = {.ifr_data = (void *)info};

	*info = (struct ethtool_drvinfo){.cmd = ETHTOOL_GDRVINFO};
	memcpy(request.ifr_name, name, sizeof(request.ifr_name));
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static void copy_word(char target[static LINK_DRIVER_SIZE], const char source[LINK_DRIVER_SIZE])
{
	memcpy(target, source, LINK_DRIVER_SIZE - 1);
	target[LINK_DRIVER_SIZE - 1] = '\0';
}

void links_read_driver(int fd, struct link_facts *link)
{
	struct ethtool_drvinfo info;

	link->driver[0] = '\0';
	if (ask_driver(fd, link->name, &info))
		copy_word(link->driver, info.driver);
}

void links_read_versions(int fd, const char *name, char driver_version[static LINK_DRIVER_SIZE],
			 char firmware[static LINK_DRIVER_SIZE])
{
	struct ethtool_drvinfo info;

	driver_version[0] = firmware[0] = '\0';
	if (!ask_driver(fd, name, &info))
		return;
	copy_word(driver_version, info.version);
	copy_word(firmware, info.fw_version);
}

static int read_drivers(struct link_facts *links, size_t n_links, bool nics_alone)
{
	_cleanup_close_ int fd = links_driver_socket();

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < n_links; i++) {
		if (!nics_alone || link_may_be_hardware(&links[i]))
			links_read_driver(fd, &links[i]);
	}
	return 0;
}

int links_read_drivers(struct link_facts *links, size_t n_links)
{
	return read_drivers(links, n_links, false);
}

int links_read_nic_drivers(struct link_facts *links, size_t n_links)
{
	return read_drivers(links, n_links, true);
}
