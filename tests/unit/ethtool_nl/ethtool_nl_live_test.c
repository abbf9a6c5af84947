/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both back ends against the running kernel, on devices in a network namespace of their own: what
 * they read, what they set, and that their answers are the same.
 */
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"
#include "tests/unit/ethtool_nl/live_links.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than are read singly, so that a dump is used too. */
#define N_MANY 150

static struct ethtool_nl *handles[2]; /* netlink (where it is built in), ioctl */
static size_t n_handles;

static const struct {
	const char *name;
	const char *command;
} kinds[] = {
	{"lo", NULL},
	{"veth0", "ip link add veth0 type veth peer name veth1"},
	{"vxlan0", "ip link add vxlan0 type vxlan id 3 dstport 4789"},
	{"bridge0", "ip link add bridge0 type bridge"},
	{"macvlan0", "ip link add macvlan0 link veth0 type macvlan"},
	{"tap0", "ip tuntap add tap0 mode tap"},
};

/* All kernels have veth; a kind that this one lacks is named and left out. */
static bool link_exists(size_t i)
{
	if (if_nametoindex(kinds[i].name) != 0)
		return true;
	print_message("no %s here: this kernel has none\n", kinds[i].name);
	return false;
}

static struct ethtool_nl_link read_link(struct ethtool_nl *handle, const char *name)
{
	struct ethtool_nl_link link = {.ifindex = if_nametoindex(name)};

	assert_int_not_equal(link.ifindex, 0);
	snprintf(link.name, sizeof(link.name), "%s", name);
	assert_int_equal(ethtool_nl_read(handle, &link, 1), 0);
	assert_int_equal(link.error, 0);
	return link;
}

static struct feature_mask mask_of(const struct ethtool_nl *handle, const char *name)
{
	struct feature_mask mask;

	assert_int_equal(ethtool_nl_mask(handle, name, &mask), 0);
	return mask;
}

static struct ethtool_nl_change turn(struct ethtool_nl *handle, const char *name,
				     struct feature_mask mask, struct feature_mask values)
{
	struct ethtool_nl_link link = read_link(handle, name);
	struct ethtool_nl_change change = {
		.ifindex = link.ifindex,
		.mask = mask,
		.values = values,
		.before = link.features,
	};

	memcpy(change.name, link.name, sizeof(change.name));
	assert_int_equal(ethtool_nl_set(handle, &change, 1), 0);
	return change;
}

static struct ethtool_nl_change turn_off(struct ethtool_nl *handle, const char *name,
					 const char *features)
{
	struct feature_mask none = {0};

	return turn(handle, name, mask_of(handle, features), none);
}

/* Gives back what a change took: the wish that was there before. */
static void undo(struct ethtool_nl *handle, const char *name,
		 const struct ethtool_nl_change *change)
{
	struct ethtool_nl_change back = turn(handle, name, change->mask, change->before.wanted);
	struct ethtool_nl_link link = read_link(handle, name);

	assert_int_equal(back.error, 0);
	assert_memory_equal(&link.features, &change->before, sizeof(link.features));
}

static void test_same_names(void **state)
{
	struct ethtool_nl *ioctl = handles[n_handles - 1];
	unsigned int count = outcome_feature_count(ioctl);

	assert_int_equal(ethtool_nl_backend(ioctl), ETHTOOL_NL_IOCTL);
	assert_int_equal(outcome_feature_count(handles[0]), count);
	for (unsigned int bit = 0; bit < count; bit++) {
		const char *a = ethtool_nl_feature_name(handles[0], bit);
		const char *b = ethtool_nl_feature_name(ioctl, bit);

		assert_int_equal(a == NULL, b == NULL);
		if (a)
			assert_string_equal(a, b);
	}
}

static void test_same_reading(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
		struct ethtool_nl_link a, b;

		if (!link_exists(i))
			continue;
		a = read_link(handles[0], kinds[i].name);
		b = read_link(handles[n_handles - 1], kinds[i].name);
		assert_memory_equal(&a.features, &b.features, sizeof(a.features));
	}
}

/* tx off, on each kind, through each back end: the answer is the state, and the same from both. */
static void test_same_setting(void **state)
{
	for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
		struct ethtool_nl_change changes[2];

		if (!link_exists(i))
			continue;
		for (size_t j = 0; j < n_handles; j++) {
			struct ethtool_nl_link now;

			changes[j] = turn_off(handles[j], kinds[i].name, "tx");
			assert_int_equal(changes[j].error, 0);
			assert_string_equal(changes[j].message, "");
			now = read_link(handles[j], kinds[i].name);
			assert_memory_equal(&changes[j].after, &now.features, sizeof(now.features));
			undo(handles[j], kinds[i].name, &changes[j]);
		}
		for (unsigned int bit = 0; n_handles == 2 && bit < FEATURES_MAX; bit++)
			assert_int_equal(outcome_of(&changes[0], bit),
					 outcome_of(&changes[1], bit));
		if (n_handles == 2) {
			struct feature_mask one = outcome_side_effects(&changes[0]);
			struct feature_mask other = outcome_side_effects(&changes[1]);

			assert_memory_equal(&one, &other, sizeof(one));
		}
	}
}

static void test_veth_side_effects(void **state)
{
	struct feature_mask side_effects;
	static const char *const fallen[] = {"tx-tcp-segmentation", "tx-tcp-ecn-segmentation",
					     "tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation",
					     "tx-udp-segmentation"};

	for (size_t j = 0; j < n_handles; j++) {
		struct ethtool_nl_change change = turn_off(handles[j], "veth0", "tx");
		struct feature_mask generic = mask_of(handles[j], "tx-checksum-ip-generic");
		struct feature_mask ipv4 = mask_of(handles[j], "tx-checksum-ipv4");
		struct feature_mask expected = {0};

		for (size_t i = 0; i < N_ELEMENTS(fallen); i++)
			expected = feature_mask_or(expected, mask_of(handles[j], fallen[i]));
		side_effects = outcome_side_effects(&change);
		assert_memory_equal(&side_effects, &expected, sizeof(expected));
		assert_int_equal(outcome_of(&change, feature_mask_next(&generic, 0)),
				 FEATURE_CHANGED);
		assert_int_equal(outcome_of(&change, feature_mask_next(&ipv4, 0)), FEATURE_ALREADY);
		undo(handles[j], "veth0", &change);
	}
}

static void test_loopback_fixed(void **state)
{
	for (size_t j = 0; j < n_handles; j++) {
		struct ethtool_nl_change change = turn_off(handles[j], "lo", "tx");
		struct feature_mask generic = mask_of(handles[j], "tx-checksum-ip-generic");

		assert_int_equal(change.error, 0);
		assert_memory_equal(&change.after, &change.before, sizeof(change.after));
		assert_int_equal(outcome_of(&change, feature_mask_next(&generic, 0)),
				 FEATURE_FIXED);
	}
}

/* A request that the kernel takes and does not do: TSO cannot be on while the checksum is off. */
static void test_refused(void **state)
{
	for (size_t j = 0; j < n_handles; j++) {
		struct feature_mask tso = mask_of(handles[j], "tx-tcp-segmentation");
		unsigned int bit = feature_mask_next(&tso, 0);
		struct ethtool_nl_change off = turn_off(handles[j], "veth0", "tx");
		struct ethtool_nl_change wish_off =
			turn_off(handles[j], "veth0", "tx-tcp-segmentation");
		struct ethtool_nl_change on = turn(handles[j], "veth0", tso, tso);

		assert_int_equal(outcome_of(&wish_off, bit), FEATURE_CHANGED);
		assert_int_equal(on.error, 0);
		assert_int_equal(outcome_of(&on, bit), FEATURE_REFUSED);
		assert_true(feature_mask_has(&on.after.wanted, bit));
		assert_false(feature_mask_has(&on.after.active, bit));
		undo(handles[j], "veth0", &off);
	}
}

static void test_gone(void **state)
{
	for (size_t j = 0; j < n_handles; j++) {
		struct ethtool_nl_link link;
		struct ethtool_nl_change change;

		assert_true(live_run("ip link add gone0 type veth peer name gone1"));
		link = read_link(handles[j], "gone0");
		change = (struct ethtool_nl_change){.ifindex = link.ifindex,
						    .name = "gone0",
						    .mask = mask_of(handles[j], "tx"),
						    .before = link.features};
		assert_true(live_run("ip link del gone0"));
		assert_int_equal(ethtool_nl_set(handles[j], &change, 1), 0);
		assert_int_equal(change.error, -ENODEV);
		assert_int_equal(outcome_of(&change, feature_mask_next(&change.mask, 0)),
				 FEATURE_GONE);
		assert_int_equal(ethtool_nl_read(handles[j], &link, 1), 0);
		assert_int_equal(link.error, -ENODEV);
	}
}

/* The name that the caller remembers is another device's by now; the ifindex is what counts. */
static void test_renamed(void **state)
{
	for (size_t j = 0; j < n_handles; j++) {
		struct feature_mask generic = mask_of(handles[j], "tx-checksum-ip-generic");
		struct ethtool_nl_link link = read_link(handles[j], "veth0"), other;
		struct ethtool_nl_change change = {.ifindex = link.ifindex,
						   .name = "veth0",
						   .mask = generic,
						   .before = link.features};

		assert_true(
			live_run("ip link set veth0 name veth9 && ip link set veth1 name veth0"));
		assert_int_equal(ethtool_nl_set(handles[j], &change, 1), 0);
		other = read_link(handles[j], "veth0");
		link = read_link(handles[j], "veth9");
		assert_true(
			live_run("ip link set veth0 name veth1 && ip link set veth9 name veth0"));
		assert_int_equal(change.error, 0);
		assert_memory_equal(&change.after, &link.features, sizeof(link.features));
		assert_false(
			feature_mask_has(&link.features.active, feature_mask_next(&generic, 0)));
		assert_true(
			feature_mask_has(&other.features.active, feature_mask_next(&generic, 0)));
		undo(handles[j], "veth0", &change);
	}
}

static void read_many(struct ethtool_nl *handle, struct ethtool_nl_link *links)
{
	for (unsigned int i = 0; i < N_MANY; i++) {
		memset(&links[i], 0, sizeof(links[i]));
		snprintf(links[i].name, sizeof(links[i].name), "many%u", i % (N_MANY - 1));
		links[i].ifindex = if_nametoindex(links[i].name);
		assert_int_not_equal(links[i].ifindex, 0);
	}
	/* One of them is not there, and the first is asked for twice. */
	links[3].ifindex = 999999;
	assert_int_equal(ethtool_nl_read(handle, links, N_MANY), 0);
}

/* Those that are asked for each by itself have the same answers. */
static void read_some(struct ethtool_nl *handle, const struct ethtool_nl_link *links)
{
	static struct ethtool_nl_link some[ETHTOOL_NL_SINGLE_READS];

	memcpy(some, links, sizeof(some));
	for (size_t i = 0; i < N_ELEMENTS(some); i++) {
		some[i].error = -EIO;
		some[i].features = (struct featureset){0};
	}
	assert_int_equal(ethtool_nl_read(handle, some, N_ELEMENTS(some)), 0);
	for (size_t i = 0; i < N_ELEMENTS(some); i++) {
		assert_int_equal(some[i].error, links[i].error);
		if (some[i].error == 0)
			assert_memory_equal(&some[i].features, &links[i].features,
					    sizeof(some[i].features));
	}
}

/*
 * More than a batch and more than are read singly; one does not exist, and one is changed twice,
 * so that the kernel's second reply is not about the state that was read before.
 */
static void test_many(void **state)
{
	static struct ethtool_nl_link links[N_MANY];
	static struct ethtool_nl_change changes[N_MANY];

	for (size_t j = 0; j < n_handles; j++) {
		struct feature_mask generic = mask_of(handles[j], "tx-checksum-ip-generic");
		bool on = j % 2 == 1;

		read_many(handles[j], links);
		for (size_t i = 0; i < N_MANY; i++) {
			assert_int_equal(links[i].error, i == 3 ? -ENODEV : 0);
			changes[i] = (struct ethtool_nl_change){.ifindex = links[i].ifindex,
								.mask = generic,
								.before = links[0].features};
			if (on)
				changes[i].values = generic;
		}
		assert_int_equal(ethtool_nl_set(handles[j], changes, N_MANY), 0);
		read_many(handles[j], links);
		read_some(handles[j], links);
		for (size_t i = 0; i < N_MANY; i++) {
			assert_int_equal(changes[i].error, i == 3 ? -ENODEV : 0);
			if (i != 3)
				assert_memory_equal(&changes[i].after, &links[i].features,
						    sizeof(links[i].features));
		}
	}
}

/* Makes the receive buffers of all netlink sockets of the process as small as they can be. */
static unsigned int shrink_netlink_buffers(void)
{
	unsigned int n_shrunk = 0;
	int size = 1;

	for (int fd = 0; fd < 64; fd++) {
		int domain = 0;
		socklen_t length = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
		    domain == AF_NETLINK) {
			assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)),
					 0);
			n_shrunk++;
		}
	}
	return n_shrunk;
}

/* Most answers of a batch are lost; that is no failure of the changes. */
static void test_answers_lost(void **state)
{
	static struct ethtool_nl_link links[N_MANY];
	static struct ethtool_nl_change changes[N_MANY];
	struct feature_mask rx = mask_of(handles[0], "rx");
	struct ethtool_nl *handle = NULL;

	if (n_handles < 2) {
		print_message("netlink is not offered here\n");
		skip();
	}
	assert_int_equal(ethtool_nl_open(ETHTOOL_NL_NETLINK, &handle), 0);
	read_many(handle, links);
	for (size_t i = 0; i < N_MANY; i++)
		changes[i] = (struct ethtool_nl_change){
			.ifindex = links[i].ifindex, .mask = rx, .before = links[0].features};
	assert_in_range(shrink_netlink_buffers(), 1, 2);
	assert_int_equal(ethtool_nl_set(handle, changes, N_MANY), 0);
	for (size_t i = 0; i < N_MANY; i++) {
		assert_int_equal(changes[i].error, i == 3 ? -ENODEV : 0);
		if (i != 3)
			assert_int_equal(outcome_of(&changes[i], feature_mask_next(&rx, 0)),
					 FEATURE_CHANGED);
	}
	ethtool_nl_close(handle);
}

/* Links come and go during the reading, which interrupts the dumps. */
static void test_read_during_churn(void **state)
{
	static struct ethtool_nl_link links[N_MANY];
	unsigned int n_readings = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(!live_run("i=0; while [ $i -lt 200 ]; do echo \"link add churn type bridge\";"
				" echo \"link del churn\"; i=$((i + 1)); done | ip -batch -"));
	for (int status = -1; waitpid(child, &status, WNOHANG) == 0; n_readings++) {
		struct ethtool_nl *handle = handles[n_readings % n_handles];

		read_many(handle, links);
		for (size_t i = 0; i < N_MANY; i++)
			assert_int_equal(links[i].error, i == 3 ? -ENODEV : 0);
	}
	assert_true(n_readings > 0);
}

/* A request for a feature that never changes, which only a lie about `before` can bring about. */
static void test_kernels_words(void **state)
{
	for (size_t j = 0; j < n_handles; j++) {
		struct feature_mask never = mask_of(handles[j], "vlan-challenged");
		struct ethtool_nl_link link = read_link(handles[j], "veth0");
		struct ethtool_nl_change change = {.ifindex = link.ifindex,
						   .mask = never,
						   .values = never,
						   .before = link.features};
		bool netlink = ethtool_nl_backend(handles[j]) == ETHTOOL_NL_NETLINK;

		assert_false(
			feature_mask_has(&link.features.changeable, feature_mask_next(&never, 0)));
		change.before.changeable = never;
		assert_int_equal(ethtool_nl_set(handles[j], &change, 1), 0);
		assert_int_equal(change.error, -EINVAL);
		assert_string_equal(change.message,
				    netlink ? "attempt to change non-ethtool features" : "");
		assert_int_equal(outcome_of(&change, feature_mask_next(&never, 0)),
				 FEATURE_REFUSED);
	}
}

/* Reading needs no privilege, setting does. */
static void test_unprivileged(void **state)
{
	struct ethtool_nl_change changes[2];

	assert_int_equal(seteuid(65534), 0);
	for (size_t j = 0; j < n_handles; j++)
		changes[j] = turn_off(handles[j], "veth0", "tx");
	assert_int_equal(seteuid(0), 0);
	for (size_t j = 0; j < n_handles; j++)
		assert_int_equal(changes[j].error, -EPERM);
}

static bool make_many(void)
{
	return live_run("i=0; while [ $i -lt 149 ]; do"
			" echo \"link add many$i type veth peer name peer$i\"; i=$((i + 1));"
			" done | ip -batch -");
}

static int open_handles(void **state)
{
	if (ethtool_nl_open(ETHTOOL_NL_NETLINK, &handles[0]) == 0)
		n_handles = 1;
	else
		print_message("netlink is not offered here: the ioctl alone is tested\n");
	return ethtool_nl_open(ETHTOOL_NL_IOCTL, &handles[n_handles++]);
}

static int close_handles(void **state)
{
	for (size_t j = 0; j < n_handles; j++)
		handles[j] = ethtool_nl_close(handles[j]);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_names),
		cmocka_unit_test(test_same_reading),
		cmocka_unit_test(test_same_setting),
		cmocka_unit_test(test_veth_side_effects),
		cmocka_unit_test(test_loopback_fixed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_answers_lost),
		cmocka_unit_test(test_read_during_churn),
		cmocka_unit_test(test_kernels_words),
		cmocka_unit_test(test_unprivileged),
	};
	int skip = live_namespace_enter();

	if (skip != 0)
		return skip;
	for (size_t i = 0; i < N_ELEMENTS(kinds); i++)
		if (kinds[i].command && !live_run(kinds[i].command))
			printf("cannot make %s\n", kinds[i].name);
	if (!make_many())
		return 1;
	return cmocka_run_group_tests(tests, open_handles, close_handles);
}
