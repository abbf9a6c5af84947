/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a process can do about every link, over generic netlink: list all and turn rx and
 * tx checksum offload off on each, or list all and read the features of all. It chooses nothing,
 * records nothing, verifies nothing and prints nothing: what `apply` and `status` are measured
 * against.
 *
 *   bench_bare set|read|sweep
 *
 * `sweep` reads the features of all again and again, and prints the CPU time of one time in
 * microseconds.
 */
#include "bare_request.h"
#include "bench.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/genl_sock.h"

#include <libmnl/libmnl.h>
#include <netlink/msg.h>

#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

/* So much of the requests is sent at once: less than a socket's usual send buffer holds. */
#define BATCH_SIZE 65536

/* So often the features are read, a while after each other, as sweeps are; the median counts. */
#define SWEEPS		 15
#define SWEEP_PAUSE_NSEC 100000000

struct setter {
	struct genl_sock *sock;
	struct nl_msg *request;
	uint32_t *ifindex; /* in the request */
	unsigned char batch[BATCH_SIZE];
	size_t size; /* of the batch */
};

static void flush(struct setter *setter)
{
	if (setter->size)
		check("sending", genl_sock_send(setter->sock, setter->batch, setter->size));
	setter->size = 0;
}

static int set_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	const struct nlmsghdr *request;
	struct setter *setter = data;
	size_t size;

	if (!setter)
		return MNL_CB_OK;
	request = nlmsg_hdr(setter->request);
	size = NLMSG_ALIGN(request->nlmsg_len);
	if (setter->size + size > BATCH_SIZE)
		flush(setter);
	*setter->ifindex = (uint32_t)link->ifi_index;
	memcpy(setter->batch + setter->size, request, request->nlmsg_len);
	setter->size += size;
	return MNL_CB_OK;
}

/* Without a setter it only looks. */
static void list_links(struct setter *setter)
{
	static _Alignas(struct nlmsghdr) char buffer[32768];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	int result = MNL_CB_OK;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		check("links", -errno);
	while (result == MNL_CB_OK) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length < 0)
			check("links", -errno);
		result = mnl_cb_run(buffer, (size_t)length, 0, 0, set_link, setter);
	}
	check("links", result < 0 ? -errno : 0);
	mnl_socket_close(socket);
}

static void set_all(struct genl_sock *sock, uint16_t family)
{
	static struct setter setter;

	setter.sock = sock;
	check("request", bare_request_new_checksums(family, &setter.request));
	setter.ifindex = ethtool_msg_ifindex(setter.request);
	list_links(&setter);
	flush(&setter);
	nlmsg_free(setter.request);
}

static int drop_reply(struct nlmsghdr *reply, void *context)
{
	(void)reply;
	(void)context;
	return 0;
}

static void read_all(struct genl_sock *sock, uint16_t family)
{
	struct nl_msg *request = ethtool_msg_features_get(family, 0);

	if (!request)
		check("request", -ENOMEM);
	list_links(NULL);
	check("features", genl_sock_request(sock, request, true, drop_reply, NULL));
	nlmsg_free(request);
}

static double cpu_usec(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *one, const void *other)
{
	const double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static void sweep(struct genl_sock *sock, uint16_t family)
{
	const struct timespec pause = {.tv_nsec = SWEEP_PAUSE_NSEC};
	struct nl_msg *request = ethtool_msg_features_get(family, 0);
	double taken[SWEEPS];

	if (!request)
		check("request", -ENOMEM);
	for (size_t i = 0; i < SWEEPS; i++) {
		double begin;

		nanosleep(&pause, NULL);
		begin = cpu_usec();
		check("features", genl_sock_request(sock, request, true, drop_reply, NULL));
		taken[i] = cpu_usec() - begin;
	}
	nlmsg_free(request);
	qsort(taken, SWEEPS, sizeof(*taken), compare);
	printf("%.1f\n", taken[SWEEPS / 2]);
}

int main(int argc, char *argv[])
{
	struct ethtool_family family = {0};
	struct genl_sock *sock = NULL;

	check("socket", genl_sock_open(&sock));
	check("family", ethtool_family_resolve(sock, &family));
	if (argc == 2 && strcmp(argv[1], "set") == 0)
		set_all(sock, family.id);
	else if (argc == 2 && strcmp(argv[1], "read") == 0)
		read_all(sock, family.id);
	else if (argc == 2 && strcmp(argv[1], "sweep") == 0)
		sweep(sock, family.id);
	else
		check("usage: bench_bare set|read|sweep", -EINVAL);
	genl_sock_close(sock);
	return 0;
}
