/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How soon after a VXLAN device is made its tx checksum offload is off. Whatever turns it off, this
 * program only makes devices, in the network namespaces of the processes that it is given, and
 * watches the kernel's notifications. The namespaces take turns, so that noise hits all alike.
 *
 *   bench_reaction single TURNS PID...     one device a turn
 *   bench_reaction burst TURNS N PID...    N devices a turn, made as fast as the kernel can
 *
 * Prints a line for each turn and namespace: the namespace's number, then microseconds from the
 * kernel's ack of (the last) creation until (the last) tx is off; for a burst also the microseconds
 * of making the devices, and how many stayed on.
 */
#include "bench.h"
#include "cleanup.h"
#include "ethtool_nl/monitor.h"

#include <libmnl/libmnl.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#define NAMESPACES_MAX	    8
#define RECEIVE_BUFFER_SIZE (8 * 1024 * 1024)

/* Devices get these numbers and up, so that notifications name them. */
#define FIRST_IFINDEX 10000
#define GROUP	      7

/* So long nothing was turned off: nothing will be. */
#define GIVE_UP_MS 3000

/* Between two turns all come to rest. */
#define REST_USEC 10000

/* So many requests are sent at once. */
#define BATCH	     64
#define REQUEST_SIZE 256

struct namespace
{
	struct mnl_socket *links;
	struct ethtool_monitor *monitor;
	int ioctl_fd;
};

static void rest(void)
{
	const struct timespec pause = {.tv_nsec = REST_USEC * 1000};

	nanosleep(&pause, NULL);
}

/* The sockets stay in the namespace in which they were made. */
static void open_namespace(const char *pid, struct namespace *namespace)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path, -errno);
	namespace->links = mnl_socket_open(NETLINK_ROUTE);
	if (!namespace->links || mnl_socket_bind(namespace->links, 0, MNL_SOCKET_AUTOPID) < 0)
		die("links", -errno);
	namespace->ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check("socket", namespace->ioctl_fd < 0 ? -errno : 0);
	check("monitor", ethtool_monitor_open(&namespace->monitor));
	check("buffer", ethtool_monitor_set_buffer(namespace->monitor, RECEIVE_BUFFER_SIZE));
}

static void name_device(unsigned int i, char name[static IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "vx%u", i);
}

static struct nlmsghdr *put_request(void *buffer, uint16_t type, uint16_t flags,
				    unsigned int ifindex)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link;

	request->nlmsg_type = type;
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = ifindex;
	link = mnl_nlmsg_put_extra_header(request, sizeof(*link));
	link->ifi_index = (int)ifindex;
	return request;
}

/* As flannel makes it, with the kernel's defaults. Returns its size. */
static size_t put_creation(void *buffer, unsigned int i, bool ack)
{
	uint16_t flags = (uint16_t)(NLM_F_CREATE | NLM_F_EXCL | (ack ? NLM_F_ACK : 0));
	struct nlmsghdr *request = put_request(buffer, RTM_NEWLINK, flags, FIRST_IFINDEX + i);
	struct nlattr *info, *data;
	char name[IFNAMSIZ];

	name_device(i, name);
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	mnl_attr_put_u32(request, IFLA_GROUP, GROUP);
	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	mnl_attr_put_u32(request, IFLA_VXLAN_ID, i + 1);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
	return request->nlmsg_len;
}

static void send_requests(const struct namespace *namespace, const void *requests, size_t size)
{
	if (mnl_socket_sendto(namespace->links, requests, size) < 0)
		die("sending", -errno);
}

static void await_ack(const struct namespace *namespace)
{
	char buffer[8192];
	ssize_t length = mnl_socket_recvfrom(namespace->links, buffer, sizeof(buffer));

	/* Only this program uses the socket: the sequence number needs no check. */
	if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, NULL, NULL) < 0)
		die("changing links", -errno);
}

static void create_devices(const struct namespace *namespace, unsigned int n_devices)
{
	_Alignas(struct nlmsghdr) unsigned char requests[BATCH * REQUEST_SIZE];
	unsigned int done = 0;

	while (done < n_devices) {
		size_t size = 0;

		for (int i = 0; i < BATCH && done < n_devices; i++, done++)
			size += put_creation(requests + size, done, done + 1 == n_devices);
		send_requests(namespace, requests, size);
	}
	await_ack(namespace);
}

static void delete_devices(const struct namespace *namespace)
{
	_Alignas(struct nlmsghdr) unsigned char buffer[REQUEST_SIZE];
	struct nlmsghdr *request = put_request(buffer, RTM_DELLINK, NLM_F_ACK, 0);

	mnl_attr_put_u32(request, IFLA_GROUP, GROUP);
	send_requests(namespace, request, request->nlmsg_len);
	await_ack(namespace);
}

/* The one question about features that needs no names. */
static bool tx_is_on(const struct namespace *namespace, unsigned int i)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GTXCSUM};
	struct ifreq request = {.ifr_data = (void *)&value};

	name_device(i, request.ifr_name);
	if (ioctl(namespace->ioctl_fd, SIOCETHTOOL, &request) < 0)
		die("GTXCSUM", -errno);
	return value.data != 0;
}

static unsigned int count_on(const struct namespace *namespace, unsigned int n_devices)
{
	unsigned int n_on = 0;

	for (unsigned int i = 0; i < n_devices; i++)
		n_on += tx_is_on(namespace, i);
	return n_on;
}

/* Which devices have had a change of features: tx is off, as nothing else is changed. */
struct changed_devices {
	bool *is_changed;
	unsigned int n_devices, n_changed;
};

static void take_change(unsigned int ifindex, const struct featureset *features, void *context)
{
	struct changed_devices *changed = context;
	unsigned int i = ifindex - FIRST_IFINDEX;

	(void)features;
	if (ifindex < FIRST_IFINDEX || i >= changed->n_devices || changed->is_changed[i])
		return;
	changed->is_changed[i] = true;
	changed->n_changed++;
}

/* Returns when the last of the devices was changed; or the last that was, if not all are. */
static double await_changes(const struct namespace *namespace, unsigned int n_devices)
{
	_cleanup_free_ bool *is_changed = calloc(n_devices, sizeof(*is_changed));
	struct changed_devices changed = {.is_changed = is_changed, .n_devices = n_devices};
	struct pollfd poller = {.fd = ethtool_monitor_fd(namespace->monitor), .events = POLLIN};
	double last = now_usec();

	if (!is_changed)
		die("memory", -ENOMEM);
	while (changed.n_changed < n_devices && poll(&poller, 1, GIVE_UP_MS) > 0) {
		double arrived = now_usec();
		unsigned int n_before = changed.n_changed;

		check("monitor", ethtool_monitor_read(namespace->monitor, take_change, &changed));
		if (changed.n_changed > n_before)
			last = arrived;
	}
	return last;
}

/* What came too late for its turn. */
static void drop_notifications(const struct namespace *namespace)
{
	struct changed_devices none = {.n_devices = 0};

	check("monitor", ethtool_monitor_read(namespace->monitor, take_change, &none));
}

static void run_single(const struct namespace *namespace, unsigned int number)
{
	double acknowledged;

	drop_notifications(namespace);
	create_devices(namespace, 1);
	acknowledged = now_usec();
	printf("%u %.1f\n", number, await_changes(namespace, 1) - acknowledged);
	if (tx_is_on(namespace, 0))
		die("nobody turned tx off", -ETIME);
	delete_devices(namespace);
	rest();
}

static void run_burst(const struct namespace *namespace, unsigned int number,
		      unsigned int n_devices)
{
	double start, acknowledged, last;

	drop_notifications(namespace);
	start = now_usec();
	create_devices(namespace, n_devices);
	acknowledged = now_usec();
	last = await_changes(namespace, n_devices);
	printf("%u %.1f %.1f %u\n", number, last - acknowledged, acknowledged - start,
	       count_on(namespace, n_devices));
	fflush(stdout);
	delete_devices(namespace);
	for (int i = 0; i < 100; i++)
		rest();
}

static unsigned int number_argument(const char *text)
{
	unsigned long number = strtoul(text, NULL, 10);

	if (number == 0 || number > 100000)
		die(text, -EINVAL);
	return (unsigned int)number;
}

int main(int argc, char *argv[])
{
	static struct namespace namespaces[NAMESPACES_MAX];
	bool burst = argc > 1 && strcmp(argv[1], "burst") == 0;
	int first_pid = burst ? 4 : 3;
	unsigned int n_turns, n_devices = 1;
	int n_namespaces = argc - first_pid;

	if (n_namespaces < 1 || n_namespaces > NAMESPACES_MAX)
		die("usage: bench_reaction single TURNS PID... | burst TURNS N PID...", -EINVAL);
	n_turns = number_argument(argv[2]);
	if (burst)
		n_devices = number_argument(argv[3]);
	for (int i = 0; i < n_namespaces; i++)
		open_namespace(argv[first_pid + i], &namespaces[i]);
	for (unsigned int turn = 0; turn < n_turns; turn++) {
		for (int i = 0; i < n_namespaces; i++) {
			if (burst)
				run_burst(&namespaces[i], (unsigned int)i, n_devices);
			else
				run_single(&namespaces[i], (unsigned int)i);
		}
	}
	return 0;
}
