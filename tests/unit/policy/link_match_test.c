/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/link_match.h"
#include "tests/unit/policy/unit.h"

#include <string.h>

/* A match whose strings are constants: never to be cleared. */
struct keys {
	const char *name, *kind, *driver, *mac;
	enum answer udp_csum;
};

static struct link_match make_match(const struct keys *keys)
{
	return (struct link_match){
		.name = (char *)keys->name,
		.kind = (char *)keys->kind,
		.driver = (char *)keys->driver,
		.mac = (char *)keys->mac,
		.udp_csum = keys->udp_csum,
	};
}

static void test_match(void **state)
{
	static const struct link_facts flannel = {
		.name = "flannel.1",
		.kind = "vxlan",
		.driver = "vxlan",
		.mac = "0a:58:0a:f4:00:01",
		.udp_csum = ANSWER_YES,
	};
	static const struct link_facts external = {
		.name = "cilium_vxlan",
		.kind = "vxlan",
		.udp_csum = ANSWER_YES,
		.external = true,
	};
	static const struct link_facts unread = {
		.name = "vxlan.calico",
		.kind = "vxlan",
		.udp_csum = ANSWER_UNKNOWN,
	};
	static const struct link_facts plain = {
		.name = "eth0",
		.driver = "vmxnet3",
		.udp_csum = ANSWER_UNKNOWN,
	};
	static const struct {
		const struct link_facts *link;
		struct keys keys;
		enum answer answer;
	} cases[] = {
		{&flannel, {.udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.kind = "vxlan", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.kind = "vxla", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.kind = "vx*", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.name = "flannel.1", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.name = "flannel.*", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.name = "flannel.[0-9]", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.name = "flannel", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.name = "FLANNEL.1", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.driver = "vxlan", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.driver = "vmxnet3", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.mac = "0a:58:0a:f4:00:01", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.mac = "0A:58:0A:F4:00:01", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&flannel, {.mac = "0a:58:0a:f4:00:02", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		{&flannel, {.mac = "0a:58:0a:f4:00", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
		/* all keys must match */
		{&flannel,
		 {.name = "flannel.*", .kind = "vxlan", .udp_csum = ANSWER_YES},
		 ANSWER_YES},
		{&flannel, {.name = "cali*", .kind = "vxlan", .udp_csum = ANSWER_YES}, ANSWER_NO},
		{&flannel,
		 {.name = "flannel.*", .kind = "geneve", .udp_csum = ANSWER_YES},
		 ANSWER_NO},
		/* the outer checksum */
		{&flannel, {.kind = "vxlan", .udp_csum = ANSWER_YES}, ANSWER_YES},
		{&flannel, {.kind = "vxlan", .udp_csum = ANSWER_NO}, ANSWER_NO},
		{&external, {.kind = "vxlan", .udp_csum = ANSWER_NO}, ANSWER_YES},
		{&external, {.kind = "vxlan", .udp_csum = ANSWER_YES}, ANSWER_NO},
		{&unread, {.kind = "vxlan", .udp_csum = ANSWER_NO}, ANSWER_UNKNOWN},
		{&unread, {.kind = "vxlan", .udp_csum = ANSWER_YES}, ANSWER_UNKNOWN},
		{&unread, {.kind = "vxlan", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&unread, {.name = "flannel.*", .udp_csum = ANSWER_YES}, ANSWER_NO},
		{&plain, {.kind = "vxlan", .udp_csum = ANSWER_YES}, ANSWER_NO},
		{&plain, {.driver = "vmxnet3", .udp_csum = ANSWER_UNKNOWN}, ANSWER_YES},
		{&plain, {.mac = "0a:58:0a:f4:00:01", .udp_csum = ANSWER_UNKNOWN}, ANSWER_NO},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct link_match match = make_match(&cases[i].keys);

		if (link_match_test(&match, cases[i].link) != cases[i].answer)
			fail_msg("case %zu (%s): not \"%s\"", i, cases[i].link->name,
				 answer_name(cases[i].answer));
	}
}

static void test_glob(void **state)
{
	static const char *const good[] = {"eth0",	"*",	"flannel.*", "eth[0-9]",
					   "eth[!0-9]", "[]x]", "[^]]y",     "a\\[b",
					   "?",		"a]b",	"[a][b]",    "\\\\"};
	static const char *const bad[] = {"", "eth[", "eth[0-9", "[]", "[!]", "[a][b", "eth\\"};

	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		if (!link_match_glob_valid(good[i]))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		if (link_match_glob_valid(bad[i]))
			fail_msg("\"%s\" is taken", bad[i]);
	}
}

static void test_mac(void **state)
{
	static const char *const good[] = {
		"0a:58:0a:f4:00:01",
		"0A:58:0a:F4:00:01",
		/* Infiniband's 20 octets */
		"80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1",
	};
	static const char *const bad[] = {
		"",
		"0a",
		"0a:",
		":0a",
		"0a:58:0a:f4:00:0",
		"0a:58:0a:f4:00:001",
		"0a:58:0a:f4:00:0g",
		"0a-58-0a-f4-00-01",
		"0a580af40001",
		"0a:58::f4:00:01",
		"0a:58:0a:f4:00:01:",
		"0a:58:0a:f4:00:01 ",
		/* 33 octets */
		("00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:"
		 "10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f:20"),
	};

	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		if (!link_match_mac_valid(good[i]))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		if (link_match_mac_valid(bad[i]))
			fail_msg("\"%s\" is taken", bad[i]);
	}
}

static void test_clear(void **state)
{
	struct link_match match = {
		.name = strdup("flannel.*"),
		.kind = strdup("vxlan"),
		.driver = strdup("vxlan"),
		.mac = strdup("0a:58:0a:f4:00:01"),
		.udp_csum = ANSWER_YES,
	};

	link_match_clear(&match);
	assert_null(match.name);
	assert_null(match.kind);
	assert_null(match.driver);
	assert_null(match.mac);
	assert_int_equal(match.udp_csum, ANSWER_UNKNOWN);
	link_match_clear(&match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
