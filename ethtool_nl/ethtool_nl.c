/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle: chooses the back end, keeps the names, sorts out of a set what need not be asked.
 */
#include "ethtool_nl/ethtool_nl.h"

#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/backend.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/feature_group.h"
#include "ethtool_nl/feature_mask.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

struct ethtool_nl {
	struct backend *backend;
	struct stringset names;
};

static void cleanup_backend(struct backend **backend)
{
	backend_close(*backend);
}

int ethtool_nl_new(struct backend *backend, const struct stringset *names,
		   struct ethtool_nl **ret_handle)
{
	struct ethtool_nl *handle = malloc(sizeof(*handle));

	if (!handle)
		return -ENOMEM;
	handle->backend = backend;
	handle->names = *names;
	*ret_handle = handle;
	return 0;
}

static int open_backend(int (*opener)(struct backend **, struct stringset *),
			struct ethtool_nl **ret_handle)
{
	_cleanup_(cleanup_backend) struct backend *backend = NULL;
	_cleanup_free_ struct stringset *names = calloc(1, sizeof(*names));
	int result;

	if (!names)
		return -ENOMEM;
	result = opener(&backend, names);
	if (result < 0)
		return result;
	result = ethtool_nl_new(backend, names, ret_handle);
	if (result < 0)
		return result;
	backend = NULL;
	return 0;
}

/*
 * The one place that goes by a version, because these kernels do list the operation:
 * - 5.7.0 to 5.7.18 and 5.8.0 to 5.8.4: FEATURES_SET forgets other wanted features, can change
 *   fixed ones, and omits replies. Mended in 5.7.19, 5.8.5 and 5.9 by "ethtool: Fix preserving of
 *   wanted feature bits in netlink interface", "ethtool: Account for hw_features in netlink
 *   interface" and "ethtool: Don't omit the netlink reply if no features were changed".
 * - until 5.9.8: it sends no notification. Mended in 5.9.9 and 5.10 by "ethtool: netlink: add
 *   missing netdev_features_change() call".
 */
bool ethtool_nl_release_is_faulty(const char *release)
{
	unsigned int major = 0, minor = 0, patch = 0;

	if (sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2 || major != 5)
		return false;
	return minor == 7 || minor == 8 || (minor == 9 && patch < 9);
}

static int open_best(struct ethtool_nl **ret_handle)
{
	struct utsname kernel;
	int result;

	if (uname(&kernel) < 0)
		return -errno;
	if (!ethtool_nl_release_is_faulty(kernel.release)) {
		result = open_backend(backend_netlink_open, ret_handle);
		if (result != -EOPNOTSUPP)
			return result;
	}
	return open_backend(backend_ioctl_open, ret_handle);
}

int ethtool_nl_open(enum ethtool_nl_backend wanted, struct ethtool_nl **ret_handle)
{
	switch (wanted) {
	case ETHTOOL_NL_AUTO:
		return open_best(ret_handle);
	case ETHTOOL_NL_NETLINK:
		return open_backend(backend_netlink_open, ret_handle);
	case ETHTOOL_NL_IOCTL:
		return open_backend(backend_ioctl_open, ret_handle);
	case ETHTOOL_NL_BACKENDS:
		break;
	}
	return -EINVAL;
}

struct ethtool_nl *ethtool_nl_close(struct ethtool_nl *handle)
{
	if (handle)
		backend_close(handle->backend);
	free(handle);
	return NULL;
}

enum ethtool_nl_backend ethtool_nl_backend(const struct ethtool_nl *handle)
{
	return handle->backend->ops->name;
}

const char *ethtool_nl_backend_name(enum ethtool_nl_backend backend)
{
	static const char *const names[] = {"auto", "netlink", "ioctl"};

	static_assert(N_ELEMENTS(names) == ETHTOOL_NL_BACKENDS, "every back end has a name");
	return backend < ETHTOOL_NL_BACKENDS ? names[backend] : NULL;
}

const char *ethtool_nl_feature_name(const struct ethtool_nl *handle, unsigned int bit)
{
	return stringset_name(&handle->names, bit);
}

int ethtool_nl_mask(const struct ethtool_nl *handle, const char *name,
		    struct feature_mask *ret_mask)
{
	const char *pattern = feature_group_pattern(name);
	struct feature_mask mask = pattern ? stringset_match(&handle->names, pattern)
					   : stringset_find(&handle->names, name);

	if (feature_mask_is_empty(&mask))
		return -ENOENT;
	*ret_mask = mask;
	return 0;
}

int ethtool_nl_read(struct ethtool_nl *handle, struct ethtool_nl_link *links, size_t n_links)
{
	if (n_links == 0)
		return 0;
	return handle->backend->ops->read(handle->backend, links, n_links);
}

int ethtool_nl_set(struct ethtool_nl *handle, struct ethtool_nl_change *changes, size_t n_changes)
{
	_cleanup_free_ struct ethtool_nl_change **needed = calloc(n_changes + 1, sizeof(*needed));
	size_t n_needed = 0;

	if (!needed)
		return -ENOMEM;
	for (size_t i = 0; i < n_changes; i++) {
		change_begin(&changes[i]);
		if (change_is_needed(&changes[i]))
			needed[n_needed++] = &changes[i];
	}
	if (n_needed == 0)
		return 0;
	return handle->backend->ops->set(handle->backend, needed, n_needed);
}
