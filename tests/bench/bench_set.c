/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much ethtool_nl_set() and ethtool_nl_read() cost above the kernel's own work: rx and tx
 * checksum offload off on N veth ends in a network namespace of its own. Each turn runs every
 * variant once, so that noise hits all alike; what counts are the ratios within one run.
 *
 *   bench_set [TURNS]
 */
#include "bare_request.h"
#include "bench.h"
#include "cleanup.h"
#include "ethtool_nl/backend.h"
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"
#include "ethtool_nl/genl_sock.h"
#include "tests/fake/outcome.h"

#include <netlink/msg.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#define TURNS_MAX 31
#define LINKS_MAX 1000

enum variant {
	BARE_NETLINK,
	SET_NETLINK,
	BARE_IOCTL,
	SET_IOCTL,
	READ_NETLINK,
	READ_IOCTL,
	VARIANTS,
};

struct bench {
	struct ethtool_nl *netlink, *ioctl;
	struct ethtool_nl_link links[LINKS_MAX];
	struct ethtool_nl_change changes[LINKS_MAX];
	size_t n_links;
	struct feature_mask mask;
	/* The bare ones' own: */
	int netlink_fd, ioctl_fd;
	unsigned char *messages;
	size_t messages_size;
	double times[VARIANTS][TURNS_MAX];
	int n_turns;
};

static void make_links(struct bench *bench, size_t n_links)
{
	FILE *ip = popen("ip -batch -", "w");

	if (!ip)
		die("ip", -errno);
	for (size_t i = 0; i < n_links; i += 2)
		fprintf(ip, "link add n%zu type veth peer name n%zu\n", i, i + 1);
	if (pclose(ip) != 0)
		die("ip", -EIO);
	for (size_t i = 0; i < n_links; i++) {
		struct ethtool_nl_link *link = &bench->links[i];

		snprintf(link->name, sizeof(link->name), "n%u", (unsigned int)i);
		link->ifindex = if_nametoindex(link->name);
		if (link->ifindex == 0)
			die(link->name, -errno);
	}
	bench->n_links = n_links;
}

/* One message after the other, without a reply and without an ack. */
static void build_bare_messages(struct bench *bench)
{
	struct genl_sock *sock = NULL;
	struct ethtool_family family = {0};

	check("socket", genl_sock_open(&sock));
	check("family", ethtool_family_resolve(sock, &family));
	genl_sock_close(sock);
	bench->messages = calloc(bench->n_links, 256);
	for (size_t i = 0; i < bench->n_links; i++) {
		struct nl_msg *message =
			bare_request_new(family.id, bench->links[i].ifindex,
					 outcome_feature_count(bench->netlink), &bench->mask);
		struct nlmsghdr *header;

		if (!message)
			die("memory", -ENOMEM);
		header = nlmsg_hdr(message);
		memcpy(bench->messages + bench->messages_size, header, header->nlmsg_len);
		bench->messages_size += NLMSG_ALIGN(header->nlmsg_len);
		nlmsg_free(message);
	}
}

static void open_bare(struct bench *bench)
{
	int size = 1024 * 1024;

	build_bare_messages(bench);
	bench->netlink_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	bench->ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bench->netlink_fd < 0 || bench->ioctl_fd < 0 ||
	    setsockopt(bench->netlink_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		die("socket", -errno);
}

static void bare_netlink(struct bench *bench)
{
	if (send(bench->netlink_fd, bench->messages, bench->messages_size, 0) < 0)
		die("send", -errno);
}

static void bare_ioctl(struct bench *bench)
{
	uint32_t n_blocks = (outcome_feature_count(bench->ioctl) + 31) / 32;
	_cleanup_free_ struct ethtool_sfeatures *set =
		calloc(1, sizeof(*set) + n_blocks * sizeof(set->features[0]));

	if (!set)
		die("memory", -ENOMEM);
	set->cmd = ETHTOOL_SFEATURES;
	set->size = n_blocks;
	for (uint32_t i = 0; i < n_blocks; i++)
		set->features[i].valid = feature_mask_word(&bench->mask, i);
	for (size_t i = 0; i < bench->n_links; i++) {
		struct ifreq request = {.ifr_data = (void *)set};

		memcpy(request.ifr_name, bench->links[i].name, IFNAMSIZ);
		if (ioctl(bench->ioctl_fd, SIOCETHTOOL, &request) < 0)
			die("SFEATURES", -errno);
	}
}

static void prepare_changes(struct bench *bench, bool on)
{
	for (size_t i = 0; i < bench->n_links; i++) {
		bench->changes[i] = (struct ethtool_nl_change){
			.ifindex = bench->links[i].ifindex,
			.mask = bench->mask,
			.before = bench->links[i].features,
		};
		memcpy(bench->changes[i].name, bench->links[i].name, IFNAMSIZ);
		if (on)
			bench->changes[i].values = bench->mask;
	}
}

static void read_links(struct bench *bench, struct ethtool_nl *handle)
{
	check("read", ethtool_nl_read(handle, bench->links, bench->n_links));
}

static void set_changes(struct bench *bench, struct ethtool_nl *handle)
{
	check("set", ethtool_nl_set(handle, bench->changes, bench->n_links));
}

/* All on, and known to be. */
static void reset(struct bench *bench)
{
	read_links(bench, bench->ioctl);
	prepare_changes(bench, true);
	set_changes(bench, bench->ioctl);
	read_links(bench, bench->ioctl);
	prepare_changes(bench, false);
}

static void run_variant(struct bench *bench, enum variant variant)
{
	switch (variant) {
	case BARE_NETLINK:
		bare_netlink(bench);
		break;
	case SET_NETLINK:
		set_changes(bench, bench->netlink);
		break;
	case BARE_IOCTL:
		bare_ioctl(bench);
		break;
	case SET_IOCTL:
		set_changes(bench, bench->ioctl);
		break;
	case READ_NETLINK:
		read_links(bench, bench->netlink);
		break;
	case READ_IOCTL:
		read_links(bench, bench->ioctl);
		break;
	case VARIANTS:
		break;
	}
}

static bool is_set(enum variant variant)
{
	return variant != READ_NETLINK && variant != READ_IOCTL;
}

/* Did the variant do what it is timed for? */
static void check_all_off(struct bench *bench)
{
	read_links(bench, bench->ioctl);
	for (size_t i = 0; i < bench->n_links; i++) {
		struct feature_mask on =
			feature_mask_and(bench->links[i].features.active, bench->mask);

		if (bench->links[i].error != 0 || !feature_mask_is_empty(&on))
			die("not all are off", -EIO);
	}
}

static void run_turn(struct bench *bench, int turn)
{
	for (enum variant variant = BARE_NETLINK; variant < VARIANTS; variant++) {
		double start;

		reset(bench);
		start = now_usec();
		run_variant(bench, variant);
		bench->times[variant][turn] = now_usec() - start;
		if (is_set(variant))
			check_all_off(bench);
	}
}

static int compare_times(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(struct bench *bench, enum variant variant)
{
	qsort(bench->times[variant], (size_t)bench->n_turns, sizeof(double), compare_times);
	return bench->times[variant][bench->n_turns / 2];
}

static void print_table(struct bench *bench)
{
	static const struct {
		const char *name;
		enum variant base;
	} rows[VARIANTS] = {
		[BARE_NETLINK] = {"netlink, bare", BARE_NETLINK},
		[SET_NETLINK] = {"netlink, ethtool_nl_set", BARE_NETLINK},
		[BARE_IOCTL] = {"ioctl, bare", BARE_IOCTL},
		[SET_IOCTL] = {"ioctl, ethtool_nl_set", BARE_IOCTL},
		[READ_NETLINK] = {"netlink, ethtool_nl_read", BARE_NETLINK},
		[READ_IOCTL] = {"ioctl, ethtool_nl_read", BARE_IOCTL},
	};
	double medians[VARIANTS];

	for (enum variant variant = BARE_NETLINK; variant < VARIANTS; variant++)
		medians[variant] = median(bench, variant);
	printf("%zu nics, median of %d turns\n", bench->n_links, bench->n_turns);
	printf("%-26s %10s %10s %10s\n", "", "ms", "us/nic", "times bare");
	for (enum variant variant = BARE_NETLINK; variant < VARIANTS; variant++)
		printf("%-26s %10.3f %10.2f %10.2f\n", rows[variant].name, medians[variant] / 1e3,
		       medians[variant] / (double)bench->n_links,
		       medians[variant] / medians[rows[variant].base]);
}

/* rx, and of tx what a veth lets go of. */
static struct feature_mask checksums(struct bench *bench)
{
	struct feature_mask rx, tx;

	check("rx", ethtool_nl_mask(bench->netlink, "rx", &rx));
	check("tx", ethtool_nl_mask(bench->netlink, "tx", &tx));
	read_links(bench, bench->ioctl);
	return feature_mask_and(feature_mask_or(rx, tx), bench->links[0].features.changeable);
}

static void run(size_t n_links, int n_turns)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		die("memory", -ENOMEM);
	if (unshare(CLONE_NEWNET) < 0)
		die("network namespace", -errno);
	bench->n_turns = n_turns;
	make_links(bench, n_links);
	check("netlink", ethtool_nl_open(ETHTOOL_NL_NETLINK, &bench->netlink));
	check("ioctl", ethtool_nl_open(ETHTOOL_NL_IOCTL, &bench->ioctl));
	bench->mask = checksums(bench);
	open_bare(bench);
	for (int turn = 0; turn < n_turns; turn++)
		run_turn(bench, turn);
	print_table(bench);
	ethtool_nl_close(bench->netlink);
	ethtool_nl_close(bench->ioctl);
	close(bench->netlink_fd);
	close(bench->ioctl_fd);
	free(bench->messages);
	free(bench);
}

int main(int argc, char *argv[])
{
	int n_turns = argc > 1 ? atoi(argv[1]) : TURNS_MAX;

	if (n_turns < 1 || n_turns > TURNS_MAX)
		die("usage: bench_set [TURNS]", -EINVAL);
	run(200, n_turns);
	run(LINKS_MAX, n_turns);
	return 0;
}
