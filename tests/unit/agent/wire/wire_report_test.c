/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of what was seen. */
#include "agent/wire/wire_report.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <jansson.h>

#include <arpa/inet.h>
#include <stdio.h>

struct scene {
	struct wire_links links;
	struct wire_peers peers;
	struct wire_result result;
	char *text;
};

static void make_scene(struct scene *scene)
{
	*scene = (struct scene){
		.links = {.links = {{.name = "eth0"}, {.name = "bond0"}},
			  .n_links = 2,
			  .ports = {8472, 4789},
			  .n_ports = 2,
			  .n_devices = 1},
		.peers = {.ports = {32768, 60999}},
		.result = {.seconds = 30, .ended = true, .time = 1000000, .dropped = 0},
	};
	scene->result.links = &scene->links;
	scene->result.peers = &scene->peers;
}

static void clear_scene(struct scene *scene)
{
	wire_peers_clear(&scene->peers);
	free(scene->text);
	scene->text = NULL;
}

static struct wire_packet *from(const char *address, enum wire_verdict verdict)
{
	static struct wire_packet packet;

	packet = (struct wire_packet){.verdict = verdict, .checksum = 1, .source_port = 7};
	packet.ipv6 = strchr(address, ':') != NULL;
	assert_int_equal(inet_pton(packet.ipv6 ? AF_INET6 : AF_INET, address, packet.source), 1);
	return &packet;
}

static void add(struct scene *scene, const char *address, enum wire_verdict verdict)
{
	wire_peers_add(&scene->peers, from(address, verdict), 999999);
}

static void add_zero_mark(struct scene *scene, const char *address)
{
	struct wire_packet *packet = from(address, WIRE_WRONG);

	packet->checksum = 0xffff;
	wire_peers_add(&scene->peers, packet, 999999);
}

static void print(struct scene *scene)
{
	size_t size;
	FILE *output = open_memstream(&scene->text, &size);

	assert_non_null(output);
	wire_print_text(output, &scene->result);
	fclose(output);
}

static void expect(const struct scene *scene, const char *part)
{
	if (!strstr(scene->text, part))
		fail_msg("no \"%s\" in:\n%s", part, scene->text);
}

static void expect_not(const struct scene *scene, const char *part)
{
	if (strstr(scene->text, part))
		fail_msg("\"%s\" in:\n%s", part, scene->text);
}

static void test_nothing(void **state)
{
	struct scene scene;

	make_scene(&scene);
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_UNKNOWN);
	assert_string_equal(
		scene.text,
		"Unknown: no connection attempt came through VXLAN in 30 s\n"
		"\n"
		"  listened on eth0, bond0 for 30 s, UDP ports 8472, 4789 (VXLAN);\n"
		"  0 packets came out of the VXLAN devices;\n"
		"  the kernel dropped 0 UDP packets with wrong checksums\n"
		"  nothing came by VXLAN at all: nobody talks to this node, or all is lost\n"
		"  open a connection from another node to a pod here, through a ClusterIP; "
		"'--seconds 300' waits longer\n");
	clear_scene(&scene);

	/* While it goes on, there is no next step yet. */
	scene.result.ended = false;
	scene.result.dropped = 3;
	print(&scene);
	expect(&scene, "  listening on eth0");
	expect(&scene, "the kernel dropped 3 UDP packets");
	expect_not(&scene, "open a connection");
	clear_scene(&scene);
	scene.result.ended = true;
	print(&scene);
	expect(&scene, "  those with wrong checksums open no connection, or are for other ports\n");
	clear_scene(&scene);

	/* What is not known is not said. */
	scene.result.dropped = scene.result.vxlan_packets = -1;
	print(&scene);
	expect_not(&scene, "kernel dropped");
	expect_not(&scene, "came out");
	expect_not(&scene, "nothing came");
	clear_scene(&scene);
}

static void test_wrong(void **state)
{
	struct scene scene;

	make_scene(&scene);
	add(&scene, "192.0.2.1", WIRE_RIGHT);
	for (int i = 0; i < 3; i++)
		add_zero_mark(&scene, "2001:db8:1234:5678:9abc:def0:1234:5678");
	add(&scene, "2001:db8:1234:5678:9abc:def0:1234:5678", WIRE_ZERO);
	scene.result.dropped = 3;
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_WRONG);
	assert_string_equal(
		scene.text,
		"Wrong: 1 of 2 peers sends VXLAN packets with a wrong outer UDP checksum\n"
		"\n"
		"  PEER                     ATTEMPTS  ANSWERS    WRONG SHARE  LOOKS LIKE      FIRST     LAST (UTC)\n"
		"  2001:db8:1234:5678:9abc:def0:1234:5678        4        0        3   75%  "
		"zero-checksum   13:46:39  13:46:39\n"
		"  192.0.2.1                       1        0        0    0%  -               13:46:39  13:46:39\n"
		"\n"
		"  zero-checksum: 2001:db8:1234:5678:9abc:def0:1234:5678\n"
		"    run 'offload-agent apply' there, not here\n"
		"\n"
		"  1 packet over IPv6 without a checksum: a VXLAN device without udp6zerocsumrx drops "
		"them\n"
		"  listened on eth0, bond0 for 30 s, UDP ports 8472, 4789 (VXLAN);\n"
		"  0 packets came out of the VXLAN devices;\n"
		"  the kernel dropped 3 UDP packets with wrong checksums\n");
	clear_scene(&scene);
}

static void test_inner(void **state)
{
	struct wire_packet *packet = from("192.0.2.1", WIRE_RIGHT);
	struct scene scene;

	make_scene(&scene);
	packet->inner_wrong = true;
	wire_peers_add(&scene.peers, packet, 5);
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_WRONG);
	expect(&scene, "Wrong: 1 of 1 peer sends VXLAN packets with a wrong inner TCP checksum\n");
	expect(&scene, "  100%  inner-checksum ");
	expect(&scene, "  inner-checksum: 192.0.2.1\n    its NIC or hypervisor spoils");
	free(scene.text);
	add(&scene, "192.0.2.2", WIRE_WRONG);
	print(&scene);
	expect(&scene, "Wrong: 2 of 2 peers send VXLAN packets with wrong checksums\n");
	expect(&scene, "  something-else: 192.0.2.2\n    no fault of the kernel that is known");
	clear_scene(&scene);
}

static void test_not_judged(void **state)
{
	struct scene scene;

	make_scene(&scene);
	add(&scene, "192.0.2.1", WIRE_UNFINISHED);
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_UNKNOWN);
	expect(&scene, "Unknown: 1 connection attempt, all with checksums left to the hardware\n");
	expect(&scene, "  look on a node that gets packets over a real wire\n");
	free(scene.text);
	add(&scene, "192.0.2.1", WIRE_VOUCHED_WRONG);
	print(&scene);
	expect(&scene, "Unknown: 2 connection attempts, of which none can be judged\n");
	expect(&scene, "  1 packet with a wrong checksum that this node's NIC calls right");
	free(scene.text);
	add(&scene, "192.0.2.1", WIRE_ZERO);
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_RIGHT);
	expect(&scene, "Right: 3 connection attempts of 1 peer, no wrong checksum\n");
	expect_not(&scene, "there, not here");
	clear_scene(&scene);
}

/* A link that went is named; when none is left, nothing is right any more, but what was wrong is.
 */
static void test_gone(void **state)
{
	struct scene scene;

	make_scene(&scene);
	add(&scene, "192.0.2.1", WIRE_RIGHT);
	scene.links.links[1].gone = true;
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_RIGHT);
	expect(&scene, "Right: 1 connection attempt of 1 peer");
	expect(&scene, "  bond0 is gone since: nothing more is heard of it\n");
	expect_not(&scene, "eth0 is gone");
	free(scene.text);
	scene.links.links[0].gone = true;
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_UNKNOWN);
	expect(&scene, "Unknown: what was listened on is gone after 30 s\n");
	expect(&scene, "  192.0.2.1 ");
	expect(&scene, "  eth0 is gone since");
	expect(&scene, "  run it again: it listens on what is there then\n");
	expect_not(&scene, "open a connection");
	free(scene.text);
	add(&scene, "192.0.2.1", WIRE_WRONG);
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_WRONG);
	expect(&scene, "  eth0 is gone since");
	clear_scene(&scene);
	scene.links.n_links = 0;
	assert_false(wire_links_all_gone(&scene.links));
}

/* Many peers: people see the wrong ones first, programs see all. */
static void test_many(void **state)
{
	struct scene scene;
	char address[32];

	make_scene(&scene);
	for (int i = 0; i < 200; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		if (i < 190)
			add(&scene, address, WIRE_RIGHT);
		else
			add_zero_mark(&scene, address);
	}
	scene.result.heard.lost = 5;
	scene.links.geneve = scene.links.by_routes = scene.links.more_ports = true;
	scene.peers.others.answers = scene.peers.others.right = 7;
	print(&scene);
	expect(&scene, "Wrong: 10 of 200 peers send");
	expect(&scene, "LAST (UTC)\n  192.0.2.190 ");
	expect(&scene, "  and 150 more; --json lists all\n");
	expect(&scene, "  zero-checksum: 192.0.2.190, 192.0.2.191, 192.0.2.192, 192.0.2.193, "
		       "192.0.2.194 and 5 more\n");
	expect(&scene, "  5 packets came too fast");
	expect(&scene, "  7 packets of peers beyond");
	expect(&scene, "listened on those of the default routes");
	expect(&scene, "Geneve devices are here, too");
	expect(&scene, "more interfaces or ports");
	clear_scene(&scene);
	make_scene(&scene);
	scene.peers.others.wrong = scene.peers.others.dropped = 1;
	print(&scene);
	assert_int_equal(wire_outcome(&scene.result), WIRE_OUTCOME_WRONG);
	expect(&scene, "Wrong: peers that are not listed send a wrong outer UDP checksum\n");
	clear_scene(&scene);
}

static json_t *write_json(const struct scene *scene)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);
	json_t *json;

	wire_print_json(output, &scene->result);
	fclose(output);
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static void test_json(void **state)
{
	struct scene scene;
	json_t *json, *peer;

	make_scene(&scene);
	add_zero_mark(&scene, "192.0.2.1");
	add(&scene, "2001:db8::1", WIRE_RIGHT);
	scene.links.node = (struct node_facts){
		.name = (char[]){"node-3"},
		.addresses = (char *[]){(char[]){"192.0.2.3"}, NULL},
	};
	scene.links.links[1].gone = true;
	scene.result.dropped = -1;
	scene.result.heard = (struct wire_heard){12, 3};
	json = write_json(&scene);
	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	assert_string_equal(json_string_value(json_object_get(json, "outcome")), "wrong");
	assert_int_equal(json_integer_value(json_object_get(json, "passed")), 12);
	assert_int_equal(json_integer_value(json_object_get(json, "lost")), 3);
	assert_true(json_is_null(json_object_get(json, "dropped")));
	assert_int_equal(json_integer_value(json_object_get(json, "vxlan_packets")), 0);
	assert_int_equal(json_array_size(json_object_get(json, "ports")), 2);
	assert_int_equal(json_array_size(json_object_get(json, "interfaces")), 2);
	peer = json_object_get(json, "gone");
	assert_int_equal(json_array_size(peer), 1);
	assert_string_equal(json_string_value(json_array_get(peer, 0)), "bond0");
	peer = json_object_get(json, "node");
	assert_string_equal(json_string_value(json_object_get(peer, "name")), "node-3");
	assert_int_equal(json_array_size(json_object_get(peer, "addresses")), 1);
	assert_int_equal(json_array_size(json_object_get(json, "peers")), 2);
	peer = json_array_get(json_object_get(json, "peers"), 0);
	assert_string_equal(json_string_value(json_object_get(peer, "address")), "192.0.2.1");
	assert_string_equal(json_string_value(json_object_get(peer, "looks_like")),
			    "zero-checksum");
	assert_string_equal(json_string_value(json_object_get(peer, "last")),
			    "1970-01-12T13:46:39Z");
	assert_int_equal(json_integer_value(json_object_get(peer, "wrong")), 1);
	peer = json_array_get(json_object_get(json, "peers"), 1);
	assert_string_equal(json_string_value(json_object_get(peer, "address")), "2001:db8::1");
	assert_true(json_is_null(json_object_get(peer, "looks_like")));
	json_decref(json);
	clear_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_inner),	cmocka_unit_test(test_not_judged),
		cmocka_unit_test(test_many),	cmocka_unit_test(test_json),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
