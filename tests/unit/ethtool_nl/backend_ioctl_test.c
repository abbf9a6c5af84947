/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/backend_ioctl.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"
#include "tests/fake/script_ioctl.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

/* Three blocks, one more than any kernel has today, and the last one not full. */
#define N_FEATURES 70
#define N_BLOCKS   3
#define CSUM	   68u
#define TSO	   16u
#define FIXED	   40u
#define NEVER	   2u

static const char *names[N_FEATURES];

static int fill_names(void **state)
{
	for (size_t i = 0; i < N_FEATURES; i++)
		names[i] = "";
	names[CSUM] = "tx-checksum-ip-generic";
	names[TSO] = "tx-tcp-segmentation";
	names[FIXED] = "rx-checksum";
	names[NEVER] = "a-name-of-31-characters-at-most";
	return 0;
}

static struct feature_mask bits(unsigned int a, unsigned int b)
{
	struct feature_mask mask = {0};

	feature_mask_add(&mask, a);
	feature_mask_add(&mask, b);
	return mask;
}

/* What the device says at first, and after CSUM was turned off, which took TSO along. */
static struct featureset features_before(void)
{
	struct featureset features = {
		.changeable = bits(CSUM, TSO),
		.wanted = bits(CSUM, TSO),
		.active = feature_mask_or(bits(CSUM, TSO), bits(FIXED, FIXED)),
	};

	return features;
}

static struct featureset features_after(void)
{
	struct featureset features = features_before();

	outcome_remove(&features.wanted, CSUM);
	features.active = bits(FIXED, FIXED);
	return features;
}

static struct ethtool_nl_change csum_off(void)
{
	struct ethtool_nl_change change = {
		.ifindex = 7,
		.name = "stale",
		.mask = bits(CSUM, FIXED),
		.before = features_before(),
	};

	change_begin(&change);
	return change;
}

/* The calls of a script, one function each. */

static struct script_call find_name(unsigned int ifindex, const char *name)
{
	return (struct script_call){.request = SIOCGIFNAME, .ifindex = ifindex, .name = name};
}

static struct script_call find_index(const char *name, unsigned int ifindex)
{
	return (struct script_call){.request = SIOCGIFINDEX, .ifindex = ifindex, .name = name};
}

static struct script_call command(const char *name, uint32_t command, int result)
{
	return (struct script_call){.request = SIOCETHTOOL,
				    .command = command,
				    .name = name,
				    .result = result,
				    .strings = names,
				    .n_strings = N_FEATURES};
}

static struct script_call failing(struct script_call call, int error)
{
	call.result = error;
	return call;
}

static struct script_call get(const char *name, struct featureset features)
{
	struct script_call call = command(name, ETHTOOL_GFEATURES, 0);

	call.features = features;
	feature_mask_add(&call.features.changeable, NEVER);
	call.never_changed = bits(NEVER, NEVER);
	return call;
}

static struct script_call set_csum_off(const char *name, int result)
{
	struct script_call call = command(name, ETHTOOL_SFEATURES, result);

	call.mask = bits(CSUM, CSUM);
	return call;
}

static struct script_call set_csum_on(const char *name)
{
	struct script_call call = set_csum_off(name, 0);

	call.values = bits(CSUM, CSUM);
	return call;
}

/* The other devices, if there are any: eth3, which is number 12, and eth4, number 13. */
static size_t n_bystanders;

static size_t list(struct ethtool_nl_link **ret_links)
{
	static const struct ethtool_nl_link others[] = {{.ifindex = 12, .name = "eth3"},
							{.ifindex = 13, .name = "eth4"}};

	*ret_links = calloc(N_ELEMENTS(others), sizeof(**ret_links));
	assert_non_null(*ret_links);
	memcpy(*ret_links, others, sizeof(others));
	return n_bystanders;
}

static struct backend *open_backend(void)
{
	const struct script_call calls[] = {
		find_name(1, "lo0"),
		command("lo0", ETHTOOL_GSSET_INFO, 0),
		command("lo0", ETHTOOL_GSTRINGS, 0),
	};
	static struct stringset set;
	struct backend *backend = NULL;

	set = (struct stringset){0};
	script_ioctl_start(calls, N_ELEMENTS(calls), N_BLOCKS);
	assert_int_equal(backend_ioctl_open_with(script_ioctl, list, &backend, &set), 0);
	script_ioctl_finish();
	assert_int_equal(set.count, N_FEATURES);
	assert_string_equal(stringset_name(&set, CSUM), names[CSUM]);
	assert_null(stringset_name(&set, 0));
	return backend;
}

/* Runs one set of csum_off() against a script. */
static struct ethtool_nl_change run_set(const struct script_call *calls, size_t n_calls)
{
	struct backend *backend = open_backend();
	struct ethtool_nl_change change = csum_off();
	struct ethtool_nl_change *const changes[] = {&change};

	script_ioctl_start(calls, n_calls, N_BLOCKS);
	assert_int_equal(backend->ops->set(backend, changes, 1), 0);
	script_ioctl_finish();
	backend_close(backend);
	return change;
}

static void test_open(void **state)
{
	struct backend *backend = open_backend();

	assert_int_equal(backend->ops->name, ETHTOOL_NL_IOCTL);
	backend_close(backend);
	backend_close(NULL);
}

static void test_open_fails(void **state)
{
	struct script_call too_many = command("lo", ETHTOOL_GSSET_INFO, 0);
	struct {
		struct script_call calls[3];
		size_t n_calls;
		int result;
	} cases[] = {
		{{failing(find_name(1, NULL), -ENODEV)}, 1, -ENODEV},
		{{find_name(1, "lo"), command("lo", ETHTOOL_GSSET_INFO, -EOPNOTSUPP)},
		 2,
		 -EOPNOTSUPP},
		{{find_name(1, "lo"), command("lo", ETHTOOL_GSSET_INFO, 0),
		  command("lo", ETHTOOL_GSTRINGS, -EFAULT)},
		 3,
		 -EFAULT},
		{{find_name(1, "lo"), too_many}, 2, -EOVERFLOW},
	};

	cases[3].calls[1].n_strings = FEATURES_MAX + 1;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct stringset set = {0};
		struct backend *backend = NULL;

		script_ioctl_start(cases[i].calls, cases[i].n_calls, N_BLOCKS);
		assert_int_equal(backend_ioctl_open_with(script_ioctl, list, &backend, &set),
				 cases[i].result);
		script_ioctl_finish();
		assert_null(backend);
	}
}

static void test_read(void **state)
{
	struct backend *backend = open_backend();
	const struct script_call calls[] = {
		find_name(7, "eth0"),  get("eth0", features_before()),
		find_index("eth0", 7), failing(find_name(8, NULL), -ENODEV),
		find_name(9, "tun0"),  command("tun0", ETHTOOL_GFEATURES, -EOPNOTSUPP),
		find_index("tun0", 9),
	};
	struct ethtool_nl_link links[] = {
		{.ifindex = 7, .name = "stale"},
		{.ifindex = 8, .name = "gone"},
		{.ifindex = 9, .name = "tun0"},
	};
	struct featureset expected = features_before();

	script_ioctl_start(calls, N_ELEMENTS(calls), N_BLOCKS);
	assert_int_equal(backend->ops->read(backend, links, N_ELEMENTS(links)), 0);
	script_ioctl_finish();
	assert_int_equal(links[0].error, 0);
	/* What never changes is not changeable, though the device offers it. */
	assert_memory_equal(&links[0].features, &expected, sizeof(expected));
	assert_int_equal(links[1].error, -ENODEV);
	assert_int_equal(links[2].error, -EOPNOTSUPP);
	backend_close(backend);
}

static void check_success(const struct ethtool_nl_change *change)
{
	struct feature_mask side_effects;
	struct featureset expected = features_after();
	struct feature_mask fallen = bits(TSO, TSO);

	assert_int_equal(change->error, 0);
	assert_memory_equal(&change->after, &expected, sizeof(expected));
	side_effects = outcome_side_effects(change);
	assert_true(feature_mask_equal(&side_effects, &fallen));
	assert_int_equal(outcome_of(change, CSUM), FEATURE_CHANGED);
	assert_int_equal(outcome_of(change, FIXED), FEATURE_FIXED);
}

static void test_set(void **state)
{
	const struct script_call calls[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", 0),
		get("eth0", features_after()),
		find_index("eth0", 7),
	};
	struct ethtool_nl_change change = run_set(calls, N_ELEMENTS(calls));

	check_success(&change);
}

/* A positive answer is information; what counts is what the device says afterwards. */
static void test_set_positive(void **state)
{
	struct feature_mask side_effects;
	const struct script_call taken[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", ETHTOOL_F_UNSUPPORTED),
		get("eth0", features_after()),
		find_index("eth0", 7),
	};
	const struct script_call not_taken[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", ETHTOOL_F_WISH),
		get("eth0", features_before()),
		find_index("eth0", 7),
	};
	struct ethtool_nl_change change = run_set(taken, N_ELEMENTS(taken));

	check_success(&change);
	change = run_set(not_taken, N_ELEMENTS(not_taken));
	assert_int_equal(change.error, 0);
	side_effects = outcome_side_effects(&change);
	assert_true(feature_mask_is_empty(&side_effects));
	assert_int_equal(outcome_of(&change, CSUM), FEATURE_REFUSED);
}

static void test_set_refused(void **state)
{
	static const int errors[] = {-EINVAL, -EPERM, -EOPNOTSUPP};

	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		const struct script_call calls[] = {
			find_name(7, "eth0"),
			set_csum_off("eth0", errors[i]),
			find_index("eth0", 7),
		};
		struct ethtool_nl_change change = run_set(calls, N_ELEMENTS(calls));

		assert_int_equal(change.error, errors[i]);
		assert_string_equal(change.message, "");
		assert_int_equal(outcome_of(&change, CSUM), FEATURE_REFUSED);
	}
}

static void test_set_gone(void **state)
{
	const struct script_call before[] = {failing(find_name(7, NULL), -ENODEV)};
	const struct script_call between[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", 0),
		command("eth0", ETHTOOL_GFEATURES, -ENODEV),
		failing(find_index("eth0", 0), -ENODEV),
		failing(find_index("eth0", 0), -ENODEV),
		failing(find_name(7, NULL), -ENODEV),
	};
	struct ethtool_nl_change change = run_set(before, N_ELEMENTS(before));

	assert_int_equal(change.error, -ENODEV);
	change = run_set(between, N_ELEMENTS(between));
	assert_int_equal(change.error, -ENODEV);
	assert_int_equal(outcome_of(&change, CSUM), FEATURE_GONE);
}

/* The kernel took it, and what came of it cannot be read. */
static void test_set_in_doubt(void **state)
{
	const struct script_call unread[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", 0),
		command("eth0", ETHTOOL_GFEATURES, -ENOMEM),
		find_index("eth0", 7),
	};
	const struct script_call unnamed[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", 0),
		get("eth0", features_after()),
		failing(find_index("eth0", 7), -EPERM),
	};
	struct ethtool_nl_change change = run_set(unread, N_ELEMENTS(unread));

	assert_int_equal(change.error, -ENOMEM);
	assert_true(change.in_doubt);
	change = run_set(unnamed, N_ELEMENTS(unnamed));
	assert_int_equal(change.error, -EPERM);
	assert_true(change.in_doubt);
}

/* It is there and does not answer: a device that sleeps. It is not gone. */
static void test_set_asleep(void **state)
{
	struct script_call calls[30];
	struct ethtool_nl_change change;

	for (size_t i = 0; i < N_ELEMENTS(calls); i += 3) {
		calls[i] = find_name(7, "eth0");
		calls[i + 1] = set_csum_off("eth0", -ENODEV);
		calls[i + 2] = find_index("eth0", 7);
	}
	change = run_set(calls, N_ELEMENTS(calls));
	assert_int_equal(change.error, -EAGAIN);
	assert_false(change.in_doubt);
}

/* Renamed to eth1 while at work; the old name is free, or another device's. */
static void test_set_renamed(void **state)
{
	const struct script_call nobodys[] = {
		find_name(7, "eth0"),
		set_csum_off("eth0", -ENODEV),
		failing(find_index("eth0", 0), -ENODEV),
		failing(find_index("eth0", 0), -ENODEV),
		find_name(7, "eth1"),
		set_csum_off("eth1", 0),
		get("eth1", features_after()),
		find_index("eth1", 7),
	};
	/* The other one had it on, and was hit: it gets it back. */
	const struct script_call anothers[] = {
		get("eth3", features_before()), find_name(7, "eth0"),
		set_csum_off("eth0", 0),	get("eth0", features_after()),
		find_index("eth0", 12),		find_index("eth0", 12),
		get("eth0", features_after()),	set_csum_on("eth0"),
		find_name(7, "eth1"),		set_csum_off("eth1", 0),
		get("eth1", features_after()),	find_index("eth1", 7),
	};
	/* It was off there before, or was not hit: it is left alone. */
	const struct script_call untouched[] = {
		get("eth3", features_after()), find_name(7, "eth0"),   set_csum_off("eth0", 0),
		get("eth0", features_after()), find_index("eth0", 12), find_index("eth0", 12),
		get("eth0", features_after()), find_name(7, "eth1"),   set_csum_off("eth1", 0),
		get("eth1", features_after()), find_index("eth1", 7),
	};
	/* It gets back what it had itself, not what another one had. */
	const struct script_call second[] = {
		get("eth3", features_before()), get("eth4", features_after()),
		find_name(7, "eth0"),		set_csum_off("eth0", 0),
		get("eth0", features_after()),	find_index("eth0", 13),
		find_index("eth0", 13),		get("eth0", features_after()),
		find_name(7, "eth1"),		set_csum_off("eth1", 0),
		get("eth1", features_after()),	find_index("eth1", 7),
	};
	struct ethtool_nl_change change = run_set(nobodys, N_ELEMENTS(nobodys));

	check_success(&change);
	n_bystanders = 1;
	change = run_set(anothers, N_ELEMENTS(anothers));
	check_success(&change);
	change = run_set(untouched, N_ELEMENTS(untouched));
	check_success(&change);
	n_bystanders = 2;
	change = run_set(second, N_ELEMENTS(second));
	check_success(&change);
	n_bystanders = 0;
}

static void test_renamed_for_ever(void **state)
{
	struct script_call calls[30];
	struct ethtool_nl_link link = {.ifindex = 7};
	struct backend *backend = open_backend();

	for (size_t i = 0; i < N_ELEMENTS(calls); i += 3) {
		calls[i] = find_name(7, "eth0");
		calls[i + 1] = get("eth0", features_before());
		calls[i + 2] = find_index("eth0", 12);
	}
	script_ioctl_start(calls, N_ELEMENTS(calls), N_BLOCKS);
	assert_int_equal(backend->ops->read(backend, &link, 1), 0);
	script_ioctl_finish();
	assert_int_equal(link.error, -EAGAIN);
	backend_close(backend);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_fails),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_positive),
		cmocka_unit_test(test_set_refused),
		cmocka_unit_test(test_set_gone),
		cmocka_unit_test(test_set_in_doubt),
		cmocka_unit_test(test_set_asleep),
		cmocka_unit_test(test_set_renamed),
		cmocka_unit_test(test_renamed_for_ever),
	};

	return cmocka_run_group_tests(tests, fill_names, NULL);
}
