/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/wire/wire_report.h"

#include "agent/base/json_writer.h"
#include "agent/base/text.h"
#include "agent/base/utc_time.h"
#include "array.h"
#include "cleanup.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#define SCHEMA	     1
#define SUMMARY_SIZE 160

/* The table for people; --json has them all. */
#define ROWS_MAX 50

/* So many peers are named in a sentence. */
#define NAMES_MAX 5

#define PEER_WIDTH 24

static const char *format_address(const struct wire_peer *peer, char text[static INET6_ADDRSTRLEN])
{
	return inet_ntop(peer->ipv6 ? AF_INET6 : AF_INET, peer->address, text, INET6_ADDRSTRLEN);
}

static uint64_t all_of(const struct wire_counts *counts)
{
	return counts->attempts + counts->answers;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

enum wire_outcome wire_outcome(const struct wire_result *result)
{
	const struct wire_counts sum = wire_peers_sum(result->peers);

	if (sum.dropped)
		return WIRE_OUTCOME_WRONG;
	/* What was right before says nothing of what came since. */
	if (wire_links_all_gone(result->links))
		return WIRE_OUTCOME_UNKNOWN;
	return wire_counts_judged(&sum) ? WIRE_OUTCOME_RIGHT : WIRE_OUTCOME_UNKNOWN;
}

static const char *outcome_name(enum wire_outcome outcome)
{
	static const char *const names[] = {
		[WIRE_OUTCOME_RIGHT] = "right",
		[WIRE_OUTCOME_WRONG] = "wrong",
		[WIRE_OUTCOME_UNKNOWN] = "unknown",
	};

	return names[outcome];
}

static void summarize_wrong(const struct wire_result *result, const struct wire_counts *sum,
			    char *summary)
{
	const size_t wrong = wire_peers_count_wrong(result->peers);
	const char *what = "wrong checksums";

	if (!sum->inner_wrong)
		what = "a wrong outer UDP checksum";
	else if (!sum->wrong)
		what = "a wrong inner TCP checksum";
	if (wrong)
		snprintf(summary, SUMMARY_SIZE, "Wrong: %zu of %zu peer%s %s VXLAN packets with %s",
			 wrong, result->peers->n_peers, plural(result->peers->n_peers),
			 wrong == 1 ? "sends" : "send", what);
	else
		snprintf(summary, SUMMARY_SIZE, "Wrong: peers that are not listed send %s", what);
}

static void summarize_unknown(const struct wire_result *result, const struct wire_counts *sum,
			      char *summary)
{
	if (wire_links_all_gone(result->links))
		snprintf(summary, SUMMARY_SIZE, "Unknown: what was listened on is gone after %u s",
			 result->seconds);
	else if (all_of(sum) == 0)
		snprintf(summary, SUMMARY_SIZE,
			 "Unknown: no connection attempt came through VXLAN in %u s",
			 result->seconds);
	else if (sum->unfinished == all_of(sum))
		snprintf(summary, SUMMARY_SIZE,
			 "Unknown: %" PRIu64
			 " connection attempt%s, all with checksums left to the hardware",
			 sum->unfinished, plural(sum->unfinished));
	else
		snprintf(summary, SUMMARY_SIZE,
			 "Unknown: %" PRIu64 " connection attempt%s, of which none can be judged",
			 all_of(sum), plural(all_of(sum)));
}

/* One line that says what is the matter. */
static void summarize(const struct wire_result *result, char summary[static SUMMARY_SIZE])
{
	const struct wire_counts sum = wire_peers_sum(result->peers);
	const size_t n_peers = result->peers->n_peers;

	switch (wire_outcome(result)) {
	case WIRE_OUTCOME_WRONG:
		summarize_wrong(result, &sum, summary);
		break;
	case WIRE_OUTCOME_UNKNOWN:
		summarize_unknown(result, &sum, summary);
		break;
	case WIRE_OUTCOME_RIGHT:
		snprintf(summary, SUMMARY_SIZE,
			 "Right: %" PRIu64 " connection attempt%s of %zu peer%s, no wrong checksum",
			 all_of(&sum), plural(all_of(&sum)), n_peers, plural(n_peers));
		break;
	}
}

/* The time of day alone, in UTC. */
static void format_clock(time_t moment, char text[static UTC_TIME_SIZE])
{
	char whole[UTC_TIME_SIZE];
	const char *clock;

	utc_time_format(moment, whole);
	clock = strchr(whole, 'T');
	snprintf(text, UTC_TIME_SIZE, "%.8s", clock ? clock + 1 : "");
}

static void print_row(FILE *output, const struct wire_peer *peer)
{
	char address[INET6_ADDRSTRLEN], first[UTC_TIME_SIZE], last[UTC_TIME_SIZE];
	const char *mark = wire_mark_name(wire_peer_mark(peer));
	const uint64_t dropped = peer->counts.dropped;

	format_clock(peer->first, first);
	format_clock(peer->last, last);
	fprintf(output,
		"  %-*s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %4" PRIu64 "%%  %-14s  %s  %s\n",
		PEER_WIDTH, format_address(peer, address), peer->counts.attempts,
		peer->counts.answers, dropped, 100 * dropped / all_of(&peer->counts),
		mark ? mark : "-", first, last);
}

/* Those with wrong ones first. */
static void print_table(FILE *output, const struct wire_peers *peers)
{
	size_t n_rows = 0;

	if (peers->n_peers == 0)
		return;
	fprintf(output, "\n  %-*s %8s %8s %8s %5s  %-14s  %-8s  %s\n", PEER_WIDTH, "PEER",
		"ATTEMPTS", "ANSWERS", "WRONG", "SHARE", "LOOKS LIKE", "FIRST", "LAST (UTC)");
	for (int wrong = 1; wrong >= 0; wrong--) {
		for (size_t i = 0; i < peers->n_peers && n_rows < ROWS_MAX; i++) {
			if ((peers->peers[i].counts.dropped > 0) != wrong)
				continue;
			print_row(output, &peers->peers[i]);
			n_rows++;
		}
	}
	if (n_rows < peers->n_peers)
		fprintf(output, "  and %zu more; --json lists all\n", peers->n_peers - n_rows);
}

/* "ADDRESS, ADDRESS and 3 more" of the peers that look like it. How many there are. */
static size_t name_peers(FILE *output, const struct wire_peers *peers, enum wire_mark mark)
{
	size_t n = 0;

	for (size_t i = 0; i < peers->n_peers; i++) {
		char address[INET6_ADDRSTRLEN];

		if (wire_peer_mark(&peers->peers[i]) != mark)
			continue;
		if (output && n < NAMES_MAX)
			fprintf(output, "%s%s", n ? ", " : "",
				format_address(&peers->peers[i], address));
		n++;
	}
	if (output && n > NAMES_MAX)
		fprintf(output, " and %zu more", n - NAMES_MAX);
	return n;
}

/* Whom to cure: not this node. */
static void print_cures(FILE *output, const struct wire_peers *peers)
{
	static const struct {
		enum wire_mark mark;
		const char *cure;
	} cures[] = {
		{WIRE_MARK_ZERO_CHECKSUM, "run 'offload-agent apply' there, not here"},
		{WIRE_MARK_UDP_CHECKSUM, "run 'offload-agent apply' there, not here"},
		{WIRE_MARK_INNER_CHECKSUM,
		 "its NIC or hypervisor spoils what it sends through tunnels; see 'offload-agent "
		 "status' there"},
		{WIRE_MARK_SOMETHING_ELSE,
		 "no fault of the kernel that is known: a NIC, a cable, another offload; see "
		 "'offload-agent status' there"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cures); i++) {
		if (name_peers(NULL, peers, cures[i].mark) == 0)
			continue;
		fprintf(output, "\n  %s: ", wire_mark_name(cures[i].mark));
		name_peers(output, peers, cures[i].mark);
		fprintf(output, "\n    %s\n", cures[i].cure);
	}
}

static void print_count(FILE *output, uint64_t n, const char *what)
{
	if (n)
		fprintf(output, "  %" PRIu64 " packet%s %s\n", n, plural(n), what);
}

static void print_gone(FILE *output, const struct wire_links *links)
{
	char name[2 * LINK_NAME_SIZE];

	for (size_t i = 0; i < links->n_links; i++) {
		if (links->links[i].gone)
			fprintf(output, "  %s is gone since: nothing more is heard of it\n",
				text_clean(links->links[i].name, name, sizeof(name)));
	}
}

/* What must not be taken for something else. */
static void print_remarks(FILE *output, const struct wire_result *result)
{
	const struct wire_counts sum = wire_peers_sum(result->peers);

	fputc('\n', output);
	print_count(
		output, sum.unfinished,
		"with checksums left to the hardware: never on a wire (veth, VMs of one host); an "
		"outer one is not judged");
	print_count(
		output, sum.vouched_wrong,
		"with a wrong checksum that this node's NIC calls right: the kernel takes them");
	print_count(
		output, sum.zero_ipv6,
		"over IPv6 without a checksum: a VXLAN device without udp6zerocsumrx drops them");
	print_count(output, all_of(&result->peers->others),
		    "of peers beyond those that are kept apart (forged sources?)");
	print_gone(output, result->links);
	print_count(output, result->heard.lost, "came too fast to be read: this is a sample");
	if (result->links->by_routes)
		fputs("  VXLAN devices that name no NIC: listened on those of the default routes\n",
		      output);
	if (result->links->geneve)
		fputs("  Geneve devices are here, too: their packets are not looked at\n", output);
	if (result->links->more_links || result->links->more_ports)
		fputs("  there are more interfaces or ports than can be listened on\n", output);
}

/* Where, how long, and what the kernel counted meanwhile. */
static void print_place(FILE *output, const struct wire_result *result)
{
	const struct wire_links *links = result->links;
	char name[2 * LINK_NAME_SIZE];

	fprintf(output, "  %s on ", result->ended ? "listened" : "listening");
	for (size_t i = 0; i < links->n_links; i++)
		fprintf(output, "%s%s", i ? ", " : "",
			text_clean(links->links[i].name, name, sizeof(name)));
	fprintf(output, " for %u s, UDP port%s ", result->seconds, plural(links->n_ports));
	for (size_t i = 0; i < links->n_ports; i++)
		fprintf(output, "%s%u", i ? ", " : "", links->ports[i]);
	fputs(" (VXLAN)", output);
	if (result->vxlan_packets >= 0 && links->n_devices)
		fprintf(output, ";\n  %" PRId64 " packet%s came out of the VXLAN devices",
			result->vxlan_packets, plural((uint64_t)result->vxlan_packets));
	if (result->dropped >= 0)
		fprintf(output,
			";\n  the kernel dropped %" PRId64 " UDP packet%s with wrong checksums",
			result->dropped, plural((uint64_t)result->dropped));
	fputc('\n', output);
}

/* What to do when nothing could be judged. */
static void print_next_step(FILE *output, const struct wire_result *result)
{
	const struct wire_counts sum = wire_peers_sum(result->peers);

	if (wire_outcome(result) != WIRE_OUTCOME_UNKNOWN)
		return;
	if (wire_links_all_gone(result->links)) {
		fputs("  run it again: it listens on what is there then\n", output);
		return;
	}
	if (sum.unfinished && sum.unfinished == all_of(&sum)) {
		fputs("  look on a node that gets packets over a real wire\n", output);
		return;
	}
	if (result->dropped > 0)
		fputs("  those with wrong checksums open no connection, or are for other ports\n",
		      output);
	if (result->vxlan_packets == 0 && result->links->n_devices)
		fputs("  nothing came by VXLAN at all: nobody talks to this node, or all is lost\n",
		      output);
	fputs("  open a connection from another node to a pod here, through a ClusterIP; "
	      "'--seconds 300' waits longer\n",
	      output);
}

void wire_print_text(FILE *output, const struct wire_result *result)
{
	char summary[SUMMARY_SIZE];

	summarize(result, summary);
	fprintf(output, "%s\n", summary);
	print_table(output, result->peers);
	print_cures(output, result->peers);
	print_remarks(output, result);
	print_place(output, result);
	if (result->ended)
		print_next_step(output, result);
}

static void write_counts(struct json_writer *writer, const struct wire_counts *counts)
{
	json_write_integer(writer, "attempts", (int64_t)counts->attempts);
	json_write_integer(writer, "answers", (int64_t)counts->answers);
	json_write_integer(writer, "right", (int64_t)counts->right);
	json_write_integer(writer, "wrong", (int64_t)counts->wrong);
	json_write_integer(writer, "zero", (int64_t)counts->zero);
	json_write_integer(writer, "unfinished", (int64_t)counts->unfinished);
	json_write_integer(writer, "vouched_wrong", (int64_t)counts->vouched_wrong);
	json_write_integer(writer, "inner_wrong", (int64_t)counts->inner_wrong);
}

static void write_time(struct json_writer *writer, const char *key, time_t moment)
{
	char text[UTC_TIME_SIZE];

	utc_time_format(moment, text);
	json_write_string(writer, key, text);
}

static void write_peer(struct json_writer *writer, const struct wire_peer *peer)
{
	char address[INET6_ADDRSTRLEN];

	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "address", format_address(peer, address));
	write_counts(writer, &peer->counts);
	json_write_text(writer, "looks_like", wire_mark_name(wire_peer_mark(peer)));
	write_time(writer, "first", peer->first);
	write_time(writer, "last", peer->last);
	json_write_end(writer, '}');
}

static void write_peers(struct json_writer *writer, const struct wire_peers *peers)
{
	json_write_begin(writer, "peers", '[');
	for (size_t i = 0; i < peers->n_peers; i++)
		write_peer(writer, &peers->peers[i]);
	json_write_end(writer, ']');
	json_write_line(writer);
	json_write_begin(writer, "others", '{');
	write_counts(writer, &peers->others);
	json_write_end(writer, '}');
}

/* As in a document of facts. */
static void write_node(struct json_writer *writer, const struct node_facts *node)
{
	json_write_begin(writer, "node", '{');
	json_write_text(writer, "name", node->name);
	json_write_strings(writer, "addresses", node->addresses);
	json_write_end(writer, '}');
}

static void write_places(struct json_writer *writer, const struct wire_links *links)
{
	json_write_begin(writer, "interfaces", '[');
	for (size_t i = 0; i < links->n_links; i++)
		json_write_string(writer, NULL, links->links[i].name);
	json_write_end(writer, ']');
	json_write_begin(writer, "gone", '[');
	for (size_t i = 0; i < links->n_links; i++) {
		if (links->links[i].gone)
			json_write_string(writer, NULL, links->links[i].name);
	}
	json_write_end(writer, ']');
	json_write_begin(writer, "ports", '[');
	for (size_t i = 0; i < links->n_ports; i++)
		json_write_integer(writer, NULL, links->ports[i]);
	json_write_end(writer, ']');
}

static void write_known(struct json_writer *writer, const char *key, int64_t value)
{
	if (value < 0)
		json_write_null(writer, key);
	else
		json_write_integer(writer, key, value);
}

static void write_result(struct json_writer *writer, const struct wire_result *result)
{
	char summary[SUMMARY_SIZE];

	summarize(result, summary);
	json_write_begin(writer, NULL, '{');
	json_write_integer(writer, "schema", SCHEMA);
	write_node(writer, &result->links->node);
	write_time(writer, "time", result->time);
	json_write_string(writer, "outcome", outcome_name(wire_outcome(result)));
	json_write_string(writer, "summary", summary);
	json_write_integer(writer, "seconds", result->seconds);
	write_places(writer, result->links);
	json_write_integer(writer, "passed", (int64_t)result->heard.passed);
	json_write_integer(writer, "lost", (int64_t)result->heard.lost);
	write_peers(writer, result->peers);
	write_known(writer, "dropped", result->dropped);
	write_known(writer, "vxlan_packets", result->vxlan_packets);
	json_write_end(writer, '}');
}

void wire_print_json(FILE *output, const struct wire_result *result)
{
	struct json_writer writer = {.output = output};

	write_result(&writer, result);
	putc('\n', output);
}
