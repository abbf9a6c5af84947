/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/fake_backend.h"

#include "ethtool_nl/backend.h"
#include "ethtool_nl/change.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

struct fake_backend {
	struct backend base;
	struct fake_device *devices;
	size_t n_devices;
};

static struct fake_device *find_device(const struct fake_backend *fake, unsigned int ifindex)
{
	for (size_t i = 0; i < fake->n_devices; i++)
		if (ifindex != 0 && fake->devices[i].ifindex == ifindex)
			return &fake->devices[i];
	return NULL;
}

static int fake_read(struct backend *backend, struct ethtool_nl_link *links, size_t n_links)
{
	struct fake_backend *fake = (struct fake_backend *)backend;

	for (size_t i = 0; i < n_links; i++) {
		struct fake_device *device = find_device(fake, links[i].ifindex);

		if (!device) {
			links[i].error = -ENODEV;
			continue;
		}
		device->n_reads++;
		links[i].error = device->read_error;
		if (device->read_error == 0)
			links[i].features = device->features;
	}
	return 0;
}

void fake_device_recompute(struct fake_device *device)
{
	struct featureset *features = &device->features;
	struct feature_mask movable = feature_mask_without(features->changeable, device->stubborn);
	struct feature_mask possible =
		feature_mask_or(feature_mask_and(features->wanted, movable),
				feature_mask_without(features->active, movable));
	struct feature_mask supports = feature_mask_and(possible, device->dependee);

	if (!feature_mask_is_empty(&device->dependee) && feature_mask_is_empty(&supports))
		possible = feature_mask_without(possible, device->dependent);
	features->active = possible;
}

/* kill -9 in the midst of setting. */
static void live_on(const struct fake_device *device)
{
	if (device->time_to_live && *device->time_to_live && --*device->time_to_live == 0)
		raise(SIGKILL);
}

static void set_one(struct fake_backend *fake, struct ethtool_nl_change *change)
{
	struct fake_device *device = find_device(fake, change->ifindex);
	struct feature_mask requested = change_requested(change);

	if (!device) {
		change_fail(change, -ENODEV, "no device matches ifindex");
		return;
	}
	live_on(device);
	device->n_sets++;
	device->last_request = requested;
	if (device->set_error != 0) {
		change_fail(change, device->set_error, device->set_message);
		return;
	}
	device->features.wanted =
		feature_mask_or(feature_mask_without(device->features.wanted, requested),
				feature_mask_and(change->values, requested));
	fake_device_recompute(device);
	live_on(device);
	if (device->lost_error != 0) {
		change_lose(change, device->lost_error);
		return;
	}
	change_settle(change, &device->features);
}

static int fake_set(struct backend *backend, struct ethtool_nl_change *const changes[],
		    size_t n_changes)
{
	for (size_t i = 0; i < n_changes; i++)
		set_one((struct fake_backend *)backend, changes[i]);
	return 0;
}

static void fake_close(struct backend *backend)
{
	free(backend);
}

static const struct backend_ops fake_ops = {
	.name = ETHTOOL_NL_NETLINK,
	.read = fake_read,
	.set = fake_set,
	.close = fake_close,
};

int fake_backend_open(const char *const names[], unsigned int n_names, struct fake_device *devices,
		      size_t n_devices, struct ethtool_nl **ret_handle)
{
	struct fake_backend *fake = calloc(1, sizeof(*fake));
	struct stringset set = {0};
	int result = 0;

	if (!fake)
		return -ENOMEM;
	fake->base.ops = &fake_ops;
	fake->devices = devices;
	fake->n_devices = n_devices;
	for (unsigned int bit = 0; bit < n_names && result == 0; bit++)
		result = stringset_add(&set, bit, names[bit]);
	if (result == 0)
		result = ethtool_nl_new(&fake->base, &set, ret_handle);
	if (result < 0)
		free(fake);
	return result;
}
