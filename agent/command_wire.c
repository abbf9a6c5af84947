/* SPDX-License-Identifier: Apache-2.0 */

/*
 * wire: looks at what arrives through VXLAN, and shows which peers' checksums are wrong. The
 * sockets are opened first; what is read from them is read without any privilege.
 */

#include "agent/base/exit_code.h"
#include "agent/base/failure.h"
#include "agent/base/log.h"
#include "agent/base/monotonic.h"
#include "agent/commands.h"
#include "agent/guarded/privileges.h"
#include "agent/guarded/syscall_filter.h"
#include "agent/links/checksum_counters.h"
#include "agent/links/checksum_source.h"
#include "agent/links/link_traffic.h"
#include "agent/options.h"
#include "agent/output.h"
#include "agent/screen.h"
#include "agent/stop_signals.h"
#include "agent/wire/wire_report.h"
#include "cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include <linux/capability.h>

/* Sleeping for so long, instead of for the next packet, is what bounds the cost of a flood. */
#define LOOK_NSEC 100000000L

/* How often it is shown on a terminal. */
#define SHOW_MS 1000

/* The kernel's default (ip-sysctl). */
static const struct wire_port_range default_ports = {32768, 60999};

struct counts {
	uint64_t dropped, vxlan_packets;
	bool dropped_known, vxlan_packets_known;
};

struct look {
	struct wire_links links;
	struct wire_socket sockets[WIRE_LINKS_MAX];
	size_t n_sockets;
	struct wire_peers peers;
	struct wire_heard heard;
	struct counts before;
	uint64_t began, ends; /* monotonic_now_ms(); 0 = never */
	bool terminal;
};

static void look_clear(struct look *look)
{
	for (size_t i = 0; i < look->n_sockets; i++)
		wire_socket_close(&look->sockets[i]);
	wire_peers_clear(&look->peers);
	wire_links_clear(&look->links);
}

static void read_counts(const struct look *look, struct counts *counts)
{
	struct checksum_counters errors;

	checksum_source_read_once(&errors);
	counts->dropped_known = errors.known;
	counts->dropped = errors.udp + errors.udp6;
	counts->vxlan_packets_known =
		look->links.n_devices &&
		link_traffic_received(look->links.devices, look->links.n_devices,
				      &counts->vxlan_packets) == 0;
}

/* This node's; the others of a cluster are like it. */
static struct wire_port_range read_port_range(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	struct wire_port_range ports;

	if (file && fscanf(file, "%" SCNu16 " %" SCNu16, &ports.low, &ports.high) == 2)
		return ports;
	return default_ports;
}

static int choose_links(const struct options *options, struct look *look)
{
	char complaint[WIRE_COMPLAINT_SIZE];
	int result = wire_links_choose(options->interfaces, &look->links, complaint);

	if (result == 0)
		return EXIT_CODE_OK;
	if (result != -EINVAL)
		return failure_tell(result, "reading the interfaces", NULL);
	log_error("%s", complaint);
	return EXIT_CODE_USAGE;
}

static int tell_failure(int error, const char *name)
{
	switch (error) {
	case -EPERM:
		log_error("no privilege to look at packets: run it as root, or with CAP_NET_RAW");
		return EXIT_CODE_NO_PERMISSION;
	case -EAFNOSUPPORT:
		log_error("this kernel has no packet sockets (af_packet), or a sandbox forbids "
			  "them: nothing can be seen");
		return EXIT_CODE_UNKNOWN;
	default:
		return failure_tell(error, name, NULL);
	}
}

static int open_sockets(struct look *look)
{
	const struct wire_links *links = &look->links;

	privileges_raise(CAP_NET_RAW);
	for (size_t i = 0; i < links->n_links; i++) {
		int result = wire_socket_open(&links->links[i], links->ports, links->n_ports,
					      &look->sockets[look->n_sockets]);

		if (result < 0)
			return tell_failure(result, links->links[i].name);
		look->n_sockets++;
	}
	return EXIT_CODE_OK;
}

/* What comes from the network is read by a process that may do nothing. */
static int begin(const struct options *options, struct look *look)
{
	int result = choose_links(options, look);

	if (result == EXIT_CODE_OK)
		result = open_sockets(look);
	if (result != EXIT_CODE_OK)
		return result;
	look->peers.ports = read_port_range();
	read_counts(look, &look->before);
	look->began = monotonic_now_ms();
	if (options->seconds)
		look->ends = look->began + UINT64_C(1000) * options->seconds;
	result = privileges_drop(privileges_pick_user(), 0);
	if (result < 0)
		return failure_tell(result, "giving up privileges", NULL);
	/* A user that others are, too, has more than privileges: what is the user's. */
	if (!privileges_is_own_user())
		syscall_filter_install();
	return EXIT_CODE_OK;
}

static struct wire_result result_now(const struct look *look, bool ended)
{
	struct wire_result result = {
		.links = &look->links,
		.peers = &look->peers,
		.heard = look->heard,
		.seconds = (unsigned int)((monotonic_now_ms() - look->began + 500) / 1000),
		.ended = ended,
		.time = time(NULL),
		.dropped = -1,
		.vxlan_packets = -1,
	};
	struct counts now;

	read_counts(look, &now);
	if (now.dropped_known && look->before.dropped_known)
		result.dropped = (int64_t)(now.dropped - look->before.dropped);
	/* A device that went has taken its counter along. */
	if (now.vxlan_packets_known && look->before.vxlan_packets_known &&
	    now.vxlan_packets >= look->before.vxlan_packets)
		result.vxlan_packets = (int64_t)(now.vxlan_packets - look->before.vxlan_packets);
	return result;
}

static void read_sockets(struct look *look)
{
	for (size_t i = 0; i < look->n_sockets; i++) {
		wire_socket_read(&look->sockets[i], &look->peers, &look->heard);
		look->links.links[i].gone |= wire_socket_is_deaf(&look->sockets[i]);
	}
}

static bool is_over(const struct look *look)
{
	return stop_signals_asked() || ferror(stdout) || wire_links_all_gone(&look->links) ||
	       (look->ends && monotonic_now_ms() >= look->ends);
}

/* Until the time is over, it is told to end, or nothing can come any more. */
static void listen_on(struct look *look, const sigset_t *unblocked)
{
	const struct timespec pause = {.tv_nsec = LOOK_NSEC};
	uint64_t shown = 0;

	while (!is_over(look)) {
		if (look->terminal && monotonic_now_ms() >= shown + SHOW_MS) {
			struct wire_result result = result_now(look, false);

			fputs(SCREEN_CLEAR, stdout);
			wire_print_text(stdout, &result);
			fflush(stdout);
			shown = monotonic_now_ms();
		}
		ppoll(NULL, 0, &pause, unblocked);
		read_sockets(look);
	}
}

static int exit_code(enum wire_outcome outcome)
{
	switch (outcome) {
	case WIRE_OUTCOME_RIGHT:
		return EXIT_CODE_OK;
	case WIRE_OUTCOME_WRONG:
		return EXIT_CODE_VULNERABLE;
	case WIRE_OUTCOME_UNKNOWN:
		break;
	}
	return EXIT_CODE_UNKNOWN;
}

static int show_end(const struct options *options, const struct look *look)
{
	struct wire_result result = result_now(look, true);

	if (options->json)
		wire_print_json(stdout, &result);
	else
		wire_print_text(stdout, &result);
	return output_end(exit_code(wire_outcome(&result)));
}

int command_wire(const struct options *options)
{
	_cleanup_(look_clear) struct look look = {
		.terminal = !options->json && isatty(STDOUT_FILENO),
	};
	sigset_t unblocked;
	int result;

	stop_signals_catch(&unblocked);
	result = begin(options, &look);
	if (result != EXIT_CODE_OK)
		return result;
	if (look.terminal)
		fputs(SCREEN_ENTER, stdout);
	listen_on(&look, &unblocked);
	if (look.terminal)
		fputs(SCREEN_LEAVE, stdout);
	return show_end(options, &look);
}
