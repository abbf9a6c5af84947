/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a handle needs from a back end: a private table of functions. A back end puts `struct
 * backend` first in a struct of its own.
 */

#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/stringset.h"

struct backend;

struct backend_ops {
	enum ethtool_nl_backend name;
	/* As ethtool_nl_read(). */
	int (*read)(struct backend *backend, struct ethtool_nl_link *links, size_t n_links);
	/*
	 * As ethtool_nl_set(), for changes that change_begin() has prepared and that are needed:
	 * every one is answered with one of change.h's functions.
	 */
	int (*set)(struct backend *backend, struct ethtool_nl_change *const changes[],
		   size_t n_changes);
	void (*close)(struct backend *backend);
};

struct backend {
	const struct backend_ops *ops;
};

/*
 * Both open a back end in the thread's network namespace and read the names of the features.
 * They return 0; -EOPNOTSUPP when the kernel does not offer it; -EOVERFLOW when there are more
 * than FEATURES_MAX features; another negative errno. The caller ends with backend_close().
 */
int backend_netlink_open(struct backend **ret_backend, struct stringset *ret_names);
int backend_ioctl_open(struct backend **ret_backend, struct stringset *ret_names);

static inline void backend_close(struct backend *backend)
{
	if (backend)
		backend->ops->close(backend);
}

/*
 * Makes a handle of a back end, which it owns from then on, and a copy of the names.
 * Returns 0 or -ENOMEM.
 */
int ethtool_nl_new(struct backend *backend, const struct stringset *names,
		   struct ethtool_nl **ret_handle);

/* Is FEATURES_SET of the kernel with this release (uname -r) known to be faulty? */
bool ethtool_nl_release_is_faulty(const char *release);
