/* SPDX-License-Identifier: Apache-2.0 */
/* The handle over a fake back end: what it asks for, what it leaves out, what it makes of answers.
 */
#include "ethtool_nl/backend.h"
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/fake_backend.h"
#include "tests/fake/outcome.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

enum {
	IPV4,
	GENERIC,
	UNNAMED,
	TSO,
	RX,
	N_NAMES
};

static const char *const names[N_NAMES] = {"tx-checksum-ipv4", "tx-checksum-ip-generic", "",
					   "tx-tcp-segmentation", "rx-checksum"};

static struct feature_mask bits(unsigned int a, unsigned int b, unsigned int c)
{
	struct feature_mask mask = {0};

	feature_mask_add(&mask, a);
	feature_mask_add(&mask, b);
	feature_mask_add(&mask, c);
	return mask;
}

/* A vxlan: ip-generic, rx and TSO on and changeable, ipv4 fixed off. */
static struct fake_device make_device(unsigned int ifindex)
{
	struct feature_mask on = bits(GENERIC, RX, TSO);
	struct fake_device device = {
		.ifindex = ifindex,
		.features = {.changeable = on, .wanted = on, .active = on},
		.dependent = bits(TSO, TSO, TSO),
		.dependee = bits(IPV4, GENERIC, GENERIC),
	};

	return device;
}

static struct ethtool_nl_change turn_off(const struct fake_device *device, struct feature_mask mask)
{
	struct ethtool_nl_change change = {
		.ifindex = device->ifindex,
		.mask = mask,
		.before = device->features,
	};

	return change;
}

static struct ethtool_nl *open_fake(struct fake_device *devices, size_t n_devices)
{
	struct ethtool_nl *handle = NULL;

	assert_int_equal(fake_backend_open(names, N_NAMES, devices, n_devices, &handle), 0);
	return handle;
}

static void test_names_and_masks(void **state)
{
	struct ethtool_nl *handle = open_fake(NULL, 0);
	struct feature_mask mask = bits(9, 9, 9), untouched = mask, expected;

	assert_int_equal(ethtool_nl_backend(handle), ETHTOOL_NL_NETLINK);
	assert_int_equal(outcome_feature_count(handle), N_NAMES);
	assert_string_equal(ethtool_nl_feature_name(handle, RX), "rx-checksum");
	assert_null(ethtool_nl_feature_name(handle, UNNAMED));
	assert_null(ethtool_nl_feature_name(handle, N_NAMES));
	assert_int_equal(ethtool_nl_mask(handle, "ntuple", &mask), -ENOENT);
	assert_int_equal(ethtool_nl_mask(handle, "", &mask), -ENOENT);
	assert_int_equal(ethtool_nl_mask(handle, "tx-*", &mask), -ENOENT);
	assert_true(feature_mask_equal(&mask, &untouched));
	assert_int_equal(ethtool_nl_mask(handle, "tx", &mask), 0);
	expected = bits(IPV4, GENERIC, GENERIC);
	assert_true(feature_mask_equal(&mask, &expected));
	assert_int_equal(ethtool_nl_mask(handle, "rx-checksum", &mask), 0);
	expected = bits(RX, RX, RX);
	assert_true(feature_mask_equal(&mask, &expected));
	assert_null(ethtool_nl_close(handle));
	assert_null(ethtool_nl_close(NULL));
}

static void test_backend_names(void **state)
{
	struct ethtool_nl *handle = NULL;

	assert_string_equal(ethtool_nl_backend_name(ETHTOOL_NL_AUTO), "auto");
	assert_string_equal(ethtool_nl_backend_name(ETHTOOL_NL_NETLINK), "netlink");
	assert_string_equal(ethtool_nl_backend_name(ETHTOOL_NL_IOCTL), "ioctl");
	assert_int_equal(ethtool_nl_open(ETHTOOL_NL_BACKENDS, &handle), -EINVAL);
	assert_null(handle);
}

static void test_set_with_side_effect(void **state)
{
	struct feature_mask side_effects;
	struct fake_device device = make_device(4);
	struct ethtool_nl *handle = open_fake(&device, 1);
	struct ethtool_nl_change change = turn_off(&device, bits(IPV4, GENERIC, RX));
	struct feature_mask sent = bits(GENERIC, RX, RX), fallen = bits(TSO, TSO, TSO);

	assert_int_equal(ethtool_nl_set(handle, &change, 1), 0);
	assert_int_equal(change.error, 0);
	/* Fixed features stay out of the request. */
	assert_true(feature_mask_equal(&device.last_request, &sent));
	side_effects = outcome_side_effects(&change);
	assert_true(feature_mask_equal(&side_effects, &fallen));
	assert_int_equal(outcome_of(&change, GENERIC), FEATURE_CHANGED);
	assert_int_equal(outcome_of(&change, RX), FEATURE_CHANGED);
	assert_int_equal(outcome_of(&change, IPV4), FEATURE_ALREADY);
	assert_true(feature_mask_has(&change.after.wanted, TSO));

	/* The same again asks the kernel for nothing. */
	change = turn_off(&device, change.mask);
	assert_int_equal(ethtool_nl_set(handle, &change, 1), 0);
	assert_int_equal(device.n_sets, 1);
	assert_int_equal(outcome_of(&change, GENERIC), FEATURE_ALREADY);
	side_effects = outcome_side_effects(&change);
	assert_true(feature_mask_is_empty(&side_effects));
	ethtool_nl_close(handle);
}

static void test_set_fixed(void **state)
{
	struct fake_device device = make_device(1);
	struct ethtool_nl *handle = open_fake(&device, 1);
	struct ethtool_nl_change change;

	outcome_remove(&device.features.changeable, GENERIC);
	change = turn_off(&device, bits(GENERIC, GENERIC, GENERIC));
	assert_int_equal(ethtool_nl_set(handle, &change, 1), 0);
	assert_int_equal(device.n_sets, 0);
	assert_int_equal(change.error, 0);
	assert_int_equal(outcome_of(&change, GENERIC), FEATURE_FIXED);
	ethtool_nl_close(handle);
}

static void test_set_many(void **state)
{
	struct fake_device devices[] = {make_device(1), make_device(2), make_device(3)};
	struct ethtool_nl *handle = open_fake(devices, 3);
	struct feature_mask rx = bits(RX, RX, RX);
	struct ethtool_nl_change changes[4];
	struct fake_device gone = make_device(9);

	devices[0].stubborn = rx;
	devices[1].set_error = -EPERM;
	devices[1].set_message = "not for you";
	for (size_t i = 0; i < 3; i++)
		changes[i] = turn_off(&devices[i], rx);
	changes[3] = turn_off(&gone, rx);
	assert_int_equal(ethtool_nl_set(handle, changes, 4), 0);
	assert_int_equal(outcome_of(&changes[0], RX), FEATURE_REFUSED);
	assert_int_equal(changes[1].error, -EPERM);
	assert_string_equal(changes[1].message, "not for you");
	assert_int_equal(outcome_of(&changes[1], RX), FEATURE_REFUSED);
	assert_int_equal(outcome_of(&changes[2], RX), FEATURE_CHANGED);
	assert_string_equal(changes[2].message, "");
	assert_int_equal(outcome_of(&changes[3], RX), FEATURE_GONE);
	assert_int_equal(ethtool_nl_set(handle, NULL, 0), 0);
	ethtool_nl_close(handle);
}

static void test_read(void **state)
{
	struct fake_device devices[] = {make_device(1), make_device(2)};
	struct ethtool_nl *handle = open_fake(devices, 2);
	struct ethtool_nl_link links[] = {{.ifindex = 2}, {.ifindex = 7}, {.ifindex = 1}};

	devices[0].read_error = -EIO;
	assert_int_equal(ethtool_nl_read(handle, links, 3), 0);
	assert_int_equal(links[0].error, 0);
	assert_memory_equal(&links[0].features, &devices[1].features, sizeof(struct featureset));
	assert_int_equal(links[1].error, -ENODEV);
	assert_int_equal(links[2].error, -EIO);
	assert_int_equal(ethtool_nl_read(handle, NULL, 0), 0);
	ethtool_nl_close(handle);
}

static void test_faulty_releases(void **state)
{
	static const struct {
		const char *release;
		bool faulty;
	} cases[] = {
		{"5.6.19", false},
		{"5.7.0", true},
		{"5.7.0-rc4-amd64", true},
		{"5.7.19", true},
		{"5.8.0-63-generic", true},
		{"5.8.18", true},
		{"5.9", true},
		{"5.9.8", true},
		{"5.9.9", false},
		{"5.9.16", false},
		{"5.10.0", false},
		{"5.70.1", false},
		{"4.19.118", false},
		{"6.7.3", false},
		{"6.18.44", false},
		{"", false},
		{"unknown", false},
		{"5", false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		assert_int_equal(ethtool_nl_release_is_faulty(cases[i].release), cases[i].faulty);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_masks),
		cmocka_unit_test(test_backend_names),
		cmocka_unit_test(test_set_with_side_effect),
		cmocka_unit_test(test_set_fixed),
		cmocka_unit_test(test_set_many),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_faulty_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
