/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe.h"

#include "agent/base/monotonic.h"
#include "agent/probe/probe_nodes.h"
#include "agent/probe/probe_packet.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Packets of each measurement. */
#define N_SYNS 4

/* The discard service's: nothing listens, and the kernel refuses the connection at once. */
#define SYN_PORT 9

/*
 * They are there as soon as they are sent, unless the machine is very busy. What never arrives is
 * not waited for again and again: all waiting together has a limit, too.
 */
#define ARRIVAL_LIMIT_MS     300
#define ARRIVAL_LIMIT_LEAST  20
#define ARRIVAL_LIMIT_ALL_MS 1200

/* The masquerade may choose the very port that it is to replace: once in 64,000 times. */
#define ATTEMPTS 2

#define PACKET_SIZE_MAX 2048

struct run {
	struct probe_nodes nodes;
	uint64_t waited_ms; /* for packets, in all */
};

/* What the receiver saw of one tunnel. */
struct observation {
	uint32_t vni;
	bool ipv6;
	uint16_t syn_ports[N_SYNS]; /* each SYN counts once, however often it arrives */
	unsigned int n_syns;
	unsigned int untranslated;
	unsigned int unfinished;
};

struct connections {
	int fds[N_SYNS];
	unsigned int n_fds;
};

static void connections_close(struct connections *connections)
{
	while (connections->n_fds > 0)
		close(connections->fds[--connections->n_fds]);
}

/* A connection, so that the SYN's checksum is still to be filled in when it enters the tunnel. */
static int send_syn(uint32_t remote, struct connections *connections)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(SYN_PORT),
		.sin_addr.s_addr = remote,
	};
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* Refused at once is fine, too: then the SYN has been there and back. */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno != EINPROGRESS && errno != ECONNREFUSED)
		return -errno;
	connections->fds[connections->n_fds++] = TAKE_FD(fd);
	return 0;
}

static bool is_new(const struct observation *observation, uint16_t syn_port)
{
	for (unsigned int i = 0; i < observation->n_syns; i++) {
		if (observation->syn_ports[i] == syn_port)
			return false;
	}
	return observation->n_syns < N_SYNS;
}

static void count_packet(const struct probe_packet *packet, struct observation *observation,
			 struct probe_measurement *measurement)
{
	if (packet->vni != observation->vni || packet->ipv6 != observation->ipv6 ||
	    !is_new(observation, packet->syn_source_port))
		return;
	observation->syn_ports[observation->n_syns++] = packet->syn_source_port;
	observation->untranslated += packet->source_port == PROBE_SOURCE_PORT;
	observation->unfinished += !packet->syn_finished;
	measurement->right += packet->checksum == PROBE_CHECKSUM_RIGHT;
	measurement->zero += packet->checksum == PROBE_CHECKSUM_ZERO;
	measurement->wrong += packet->checksum == PROBE_CHECKSUM_WRONG;
}

/* Takes what has arrived; returns 0 or a negative errno. */
static int read_packets(int fd, struct observation *observation,
			struct probe_measurement *measurement)
{
	for (;;) {
		uint8_t buffer[PACKET_SIZE_MAX];
		ssize_t length = recv(fd, buffer, sizeof(buffer), 0);
		struct probe_packet packet;

		/* ENETDOWN: one of the links that it hears went down earlier. */
		if (length < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (length < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (probe_packet_parse(buffer, (size_t)length, &packet) == 0)
			count_packet(&packet, observation, measurement);
	}
}

/* How long to wait, when `waited_ms` have been waited already. */
static unsigned int wait_limit_ms(uint64_t waited_ms)
{
	if (waited_ms + ARRIVAL_LIMIT_MS <= ARRIVAL_LIMIT_ALL_MS)
		return ARRIVAL_LIMIT_MS;
	return ARRIVAL_LIMIT_LEAST;
}

static int wait_for_packets(struct run *run, struct observation *observation,
			    struct probe_measurement *measurement)
{
	const uint64_t start = monotonic_now_ms(), deadline = start + wait_limit_ms(run->waited_ms);
	struct pollfd polled = {.fd = run->nodes.packet_fd, .events = POLLIN};
	int left, result = 0;

	while (result == 0 && observation->n_syns < N_SYNS &&
	       (left = monotonic_ms_until(deadline)) > 0) {
		if (poll(&polled, 1, left) < 0 && errno != EINTR)
			return -errno;
		result = read_packets(polled.fd, observation, measurement);
	}
	run->waited_ms += monotonic_now_ms() - start;
	return result;
}

static int send_and_watch(struct run *run, uint32_t remote, struct observation *observation,
			  struct probe_measurement *measurement)
{
	_cleanup_(connections_close) struct connections connections = {.n_fds = 0};
	int result = 0;

	for (int i = 0; i < N_SYNS && result == 0; i++) {
		result = send_syn(remote, &connections);
		measurement->sent = connections.n_fds;
	}
	if (result < 0) {
		snprintf(measurement->reason, sizeof(measurement->reason), "sending: %s",
			 strerror(-result));
		return result;
	}
	result = wait_for_packets(run, observation, measurement);
	if (result < 0)
		snprintf(measurement->reason, sizeof(measurement->reason), "receiving: %s",
			 strerror(-result));
	return result;
}

/* What the packets mean, or why they mean nothing. */
static void judge(const struct observation *observation, struct probe_measurement *measurement)
{
	const char *doubt = NULL;

	if (observation->n_syns < measurement->sent)
		doubt = "arrived";
	else if (observation->untranslated)
		doubt = "were masqueraded";
	else if (observation->unfinished)
		doubt = "had the inner checksum filled in";
	else if (!measurement->wrong && measurement->udp_csum && measurement->zero)
		doubt = "had an outer checksum, which was asked for";
	else if (!measurement->wrong && !measurement->udp_csum && measurement->right)
		doubt = "had no outer checksum, as was asked for";
	if (doubt) {
		snprintf(measurement->reason, sizeof(measurement->reason),
			 "not all of the %u packets sent %s", measurement->sent, doubt);
		return;
	}
	measurement->corrupts = measurement->wrong ? ANSWER_YES : ANSWER_NO;
}

static void measure_once(struct run *run, struct probe_measurement *measurement)
{
	struct probe_tunnel tunnel = {
		.family = measurement->ipv6 ? AF_INET6 : AF_INET,
		.udp_csum = measurement->udp_csum,
		.tx = measurement->tx,
	};
	struct observation observation = {.ipv6 = measurement->ipv6};

	measurement->sent = measurement->right = measurement->zero = measurement->wrong = 0;
	measurement->reason[0] = '\0';
	if (probe_nodes_add_tunnel(&run->nodes, &tunnel, measurement->reason) < 0)
		return;
	observation.vni = tunnel.vni;
	if (send_and_watch(run, tunnel.remote, &observation, measurement) == 0)
		judge(&observation, measurement);
}

static void measure(struct run *run, struct probe_measurement *measurement)
{
	for (int i = 0; i < ATTEMPTS && measurement->corrupts == ANSWER_UNKNOWN; i++)
		measure_once(run, measurement);
}

/* All that cannot be measured for one reason. */
static void give_up(struct probe_measurement measurements[], size_t n_measurements,
		    const char reason[static PROBE_REASON_SIZE])
{
	for (size_t i = 0; i < n_measurements; i++)
		memcpy(measurements[i].reason, reason, PROBE_REASON_SIZE);
}

/* Returns whether the node has such an underlay at all. */
static bool measure_underlay(struct run *run, struct probe_measurement measurements[],
			     size_t n_measurements)
{
	char reason[PROBE_REASON_SIZE] = "";
	int family = measurements[0].ipv6 ? AF_INET6 : AF_INET;
	int result;

	result = probe_nodes_add_underlay(&run->nodes, family, reason);
	if (result < 0)
		give_up(measurements, n_measurements, reason);
	for (size_t i = 0; i < n_measurements && result == 0; i++)
		measure(run, &measurements[i]);
	return result != -EAFNOSUPPORT;
}

static bool node_has_ipv6(void)
{
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0;
}

static void prepare(struct probe_result *result)
{
	*result = (struct probe_result){.no_ipv6 = !node_has_ipv6()};
	utc_time_now(result->time);
	if (boot_id_read(result->boot_id) < 0)
		result->boot_id[0] = '\0';
	for (unsigned int i = 0; i < PROBE_MEASUREMENTS; i++) {
		result->measurements[i] = (struct probe_measurement){
			.ipv6 = i & 4,
			.udp_csum = i & 2,
			.tx = !(i & 1),
			.corrupts = ANSWER_UNKNOWN,
		};
	}
}

void probe_run(enum ethtool_nl_backend backend, struct probe_result *ret_result)
{
	struct run run = {.nodes = PROBE_NODES_NONE};
	const size_t half = PROBE_MEASUREMENTS / 2;
	char reason[PROBE_REASON_SIZE] = "";

	prepare(ret_result);
	if (probe_nodes_open(&run.nodes, backend, reason) < 0) {
		give_up(ret_result->measurements, PROBE_MEASUREMENTS, reason);
	} else {
		measure_underlay(&run, ret_result->measurements, half);
		ret_result->no_ipv6 |=
			!measure_underlay(&run, ret_result->measurements + half, half);
	}
	probe_nodes_close(&run.nodes);
	probe_conclude(ret_result);
}
