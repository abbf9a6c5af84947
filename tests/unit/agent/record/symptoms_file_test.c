/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen on NICs, as a file: whose it is, of which boot, and what is not believed. */
#include "agent/base/boot_id.h"
#include "agent/record/symptoms_file.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct network_namespace here = {7, 70}, elsewhere = {8, 80};

static struct seen_symptom make(unsigned int ifindex, struct network_namespace network_namespace)
{
	struct seen_symptom seen = {
		.network_namespace = network_namespace,
		.facts = {.ifindex = ifindex,
			  .mac = "02:00:00:00:00:07",
			  .symptom = "tx-stall",
			  .seen = "2026-11-27T05:00:00Z",
			  .what = "nothing sent for 5 s"},
	};

	snprintf(seen.facts.name, sizeof(seen.facts.name), "eth%u", ifindex);
	return seen;
}

static void add(struct symptoms *symptoms, unsigned int ifindex, struct network_namespace where)
{
	const struct seen_symptom seen = make(ifindex, where);

	assert_int_equal(symptoms_add(symptoms, &seen), 0);
}

static void test_round_trip(void **state)
{
	_cleanup_(symptoms_clear) struct symptoms written = {0}, read = {0};
	_cleanup_free_ struct symptom_facts *facts = NULL;
	struct folder folder;
	size_t n_facts;

	folder_make(&folder);
	assert_int_equal(symptoms_file_load(-1, &read), 0);
	assert_int_equal(symptoms_file_load(folder.fd, &read), 0);
	assert_int_equal(read.n_seen, 0);
	add(&written, 2, here);
	add(&written, 3, elsewhere);
	assert_int_equal(symptoms_file_write(folder.fd, &written), 0);
	for (int i = 0; i < 2; i++) { /* what is there is not added again */
		assert_int_equal(symptoms_file_load(folder.fd, &read), 0);
		assert_int_equal(read.n_seen, 2);
	}
	assert_memory_equal(&read.seen[0].facts, &written.seen[0].facts,
			    sizeof(written.seen[0].facts));
	assert_true(network_namespace_equal(read.seen[1].network_namespace, elsewhere));
	assert_int_equal(symptoms_of_namespace(&read, here, &facts, &n_facts), 0);
	assert_int_equal(n_facts, 1);
	assert_string_equal(facts[0].name, "eth2");
	/* One that could not be written is not lost by reading. */
	add(&read, 9, here);
	assert_int_equal(symptoms_file_load(folder.fd, &read), 0);
	assert_int_equal(read.n_seen, 3);
	folder_remove(&folder);
}

static void test_follow(void **state)
{
	_cleanup_(symptoms_clear) struct symptoms symptoms = {0};
	struct link_facts link = {.ifindex = 2, .name = "renamed", .mac = "02:00:00:00:00:07"};

	add(&symptoms, 2, here);
	assert_false(symptoms_follow(&symptoms, elsewhere, &link));
	assert_true(symptoms_follow(&symptoms, here, &link));
	assert_string_equal(symptoms.seen[0].facts.name, "renamed");
	assert_false(symptoms_follow(&symptoms, here, &link));
	link.ifindex = 5; /* another driver took it */
	assert_true(symptoms_follow(&symptoms, here, &link));
	assert_int_equal(symptoms.seen[0].facts.ifindex, 5);
	strcpy(link.name, "other");
	strcpy(link.mac, "02:00:00:00:00:08");
	assert_false(symptoms_follow(&symptoms, here, &link));
}

static void test_oldest_go(void **state)
{
	_cleanup_(symptoms_clear) struct symptoms symptoms = {0};

	for (unsigned int i = 1; i <= SYMPTOMS_MAX + 2; i++)
		add(&symptoms, i, here);
	assert_int_equal(symptoms.n_seen, SYMPTOMS_MAX);
	assert_int_equal(symptoms.seen[0].facts.ifindex, 3);
	assert_int_equal(symptoms.seen[SYMPTOMS_MAX - 1].facts.ifindex, SYMPTOMS_MAX + 2);
}

static void test_parse(void **state)
{
	static const char good[] =
		"{\"netns\":7,\"netns_cookie\":70,\"ifindex\":2,\"name\":\"eth0\",\"mac\":\"\","
		"\"symptom\":\"tx-stall\",\"seen\":\"\",\"what\":\"\"}";
	static const struct {
		const char *head, *list;
		int result;
		size_t n_seen;
	} cases[] = {
		{"\"schema\":1,\"boot_id\":\"b\"", good, 0, 1},
		{"\"schema\":1,\"boot_id\":\"b\"", "", 0, 0},
		{"\"schema\":1,\"boot_id\":\"a\"", good, 0, 0},
		{"\"schema\":1,\"boot_id\":\"a\"", "7", 0, 0},
		{"\"schema\":2,\"boot_id\":\"b\"", good, -EBADMSG, 0},
		{"\"boot_id\":\"b\"", good, -EBADMSG, 0},
		{"\"schema\":1", good, -EBADMSG, 0},
		{"\"schema\":1,\"boot_id\":7", good, -EBADMSG, 0},
		{"\"schema\":1,\"boot_id\":\"b\"", "7", -EBADMSG, 0},
		{"\"schema\":1,\"boot_id\":\"b\"", "{}", -EBADMSG, 0},
		{"\"schema\":1,\"boot_id\":\"b\"",
		 "{\"netns\":7,\"netns_cookie\":70,\"ifindex\":0,\"name\":\"eth0\",\"mac\":\"\","
		 "\"symptom\":\"tx-stall\",\"seen\":\"\",\"what\":\"\"}",
		 -EBADMSG, 0},
		{"\"schema\":1,\"boot_id\":\"b\"",
		 "{\"netns\":7,\"netns_cookie\":70,\"ifindex\":2,\"name\":\"a-name-of-16-lett\","
		 "\"mac\":\"\",\"symptom\":\"tx-stall\",\"seen\":\"\",\"what\":\"\"}",
		 -EBADMSG, 0},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(symptoms_clear) struct symptoms symptoms = {0};
		char text[512];
		int length = snprintf(text, sizeof(text), "{%s,\"symptoms\":[%s]}", cases[i].head,
				      cases[i].list);

		assert_int_equal(symptoms_file_parse(text, length, "b", &symptoms),
				 cases[i].result);
		assert_int_equal(symptoms.n_seen, cases[i].n_seen);
	}
}

static void test_foreign(void **state)
{
	_cleanup_(symptoms_clear) struct symptoms symptoms = {0};
	struct folder folder;

	folder_make(&folder);
	add(&symptoms, 2, here);
	assert_int_equal(symptoms_file_write(folder.fd, &symptoms), 0);
	symptoms_clear(&symptoms);
	assert_int_equal(fchmodat(folder.fd, SYMPTOMS_FILE, 0646, 0), 0);
	assert_int_equal(symptoms_file_load(folder.fd, &symptoms), -EPERM);
	assert_int_equal(fchmodat(folder.fd, SYMPTOMS_FILE, 0644, 0), 0);
	assert_int_equal(symptoms_file_load(folder.fd, &symptoms), 0);
	assert_int_equal(symptoms.n_seen, 1);
	folder_write(&folder, SYMPTOMS_FILE, "", 0);
	assert_int_equal(symptoms_file_load(folder.fd, &symptoms), -EBADMSG);
	assert_int_equal(unlinkat(folder.fd, SYMPTOMS_FILE, 0), 0);
	assert_int_equal(symlinkat("/proc/self/environ", folder.fd, SYMPTOMS_FILE), 0);
	assert_int_equal(symptoms_file_load(folder.fd, &symptoms), -EBADMSG);
	assert_int_equal(symptoms.n_seen, 1);
	folder_remove(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_follow),
		cmocka_unit_test(test_oldest_go),  cmocka_unit_test(test_parse),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
