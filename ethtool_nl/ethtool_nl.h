/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The offload features of links: read, set, verified. Generic netlink (the kernel's
 * "ethtool" family) where the kernel offers it, the SIOCETHTOOL ioctl where it does not, with the
 * same answers. All names come from the kernel's own string set; bit numbers mean nothing outside
 * of one open handle.
 *
 * Sources: Documentation/networking/ethtool-netlink.rst, netdev-features.rst, net/ethtool/ of the
 * kernel.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel has had 64 features since 3.x; a kernel with more than this is refused, not misread.
 */
#define FEATURES_MAX	   256
#define FEATURE_MASK_WORDS (FEATURES_MAX / 64)

/* Room for the kernel's own words (its extended acks are shorter). */
#define ETHTOOL_NL_MESSAGE_SIZE 96

/* A set of features of one handle. */
struct feature_mask {
	uint64_t words[FEATURE_MASK_WORDS];
};

/* What the kernel says of one link. */
struct featureset {
	struct feature_mask changeable; /* the user may change it; all others are "fixed" */
	struct feature_mask wanted; /* the recorded wish */
	struct feature_mask active; /* what is in force */
};

enum ethtool_nl_backend {
	ETHTOOL_NL_AUTO,
	ETHTOOL_NL_NETLINK,
	ETHTOOL_NL_IOCTL,
	ETHTOOL_NL_BACKENDS,
};

struct ethtool_nl;

/*
 * Opens a handle in the calling thread's network namespace. ETHTOOL_NL_AUTO takes netlink when the
 * kernel's family lists FEATURES_GET and FEATURES_SET, except on the releases whose FEATURES_SET
 * is faulty (5.7 until 5.9.9, see ethtool_nl.c), and else the ioctl.
 * Returns 0; -EOPNOTSUPP when the kernel does not offer the back end (AUTO: neither);
 * -EOVERFLOW when it has more than FEATURES_MAX features; another negative errno.
 */
int ethtool_nl_open(enum ethtool_nl_backend wanted, struct ethtool_nl **ret_handle);

/* NULL is fine. Returns NULL. */
struct ethtool_nl *ethtool_nl_close(struct ethtool_nl *handle);

/* The back end in use: never ETHTOOL_NL_AUTO. */
enum ethtool_nl_backend ethtool_nl_backend(const struct ethtool_nl *handle);

/* "auto", "netlink", "ioctl". */
const char *ethtool_nl_backend_name(enum ethtool_nl_backend backend);

/* The name of a feature; NULL for a bit without one. Lives as long as the handle. */
const char *ethtool_nl_feature_name(const struct ethtool_nl *handle, unsigned int bit);

/*
 * The features that `name` means: one feature by the kernel's name (tx-checksum-ip-generic), or
 * one of ethtool's groups (rx, tx, sg, tso, gso, gro, lro, rxvlan, txvlan, ntuple, rxhash) with
 * the members that `ethtool -K` gives it.
 * Returns 0, or -ENOENT when this kernel knows no such feature (the output is untouched).
 */
int ethtool_nl_mask(const struct ethtool_nl *handle, const char *name,
		    struct feature_mask *ret_mask);

/* One link to read. */
struct ethtool_nl_link {
	unsigned int ifindex;
	char name[IFNAMSIZ]; /* as the caller last saw it; the ioctl back end looks it up again */
	int error; /* out: 0, -ENODEV (gone), or why it could not be read */
	struct featureset features; /* out: valid when error is 0 */
};

/* Up to so many links are asked for one by one, all in one system call. */
#define ETHTOOL_NL_SINGLE_READS 64

/*
 * Reads the features of `links` by their ifindex: more than ETHTOOL_NL_SINGLE_READS with one
 * compact dump of all that there are; a dump that was interrupted by changes is repeated.
 * Returns 0 when every link has its answer (which may be an error of its own), or a negative errno.
 */
int ethtool_nl_read(struct ethtool_nl *handle, struct ethtool_nl_link *links, size_t n_links);

/* One link to change. */
struct ethtool_nl_change {
	unsigned int ifindex;
	char name[IFNAMSIZ];
	struct feature_mask mask; /* which features */
	struct feature_mask values; /* and whether they shall be on */
	/* As last read: shows what is changeable and whether anything is to be done at all. */
	struct featureset before;

	/* Out: */
	/* 0; -ENODEV (gone); -EPERM; -EAGAIN (renamed again and again); what the kernel said */
	int error;
	/* With an error: it was made, or may have been, and what came of it could not be read. */
	bool in_doubt;
	char message[ETHTOOL_NL_MESSAGE_SIZE]; /* the kernel's own words on an error, or "" */
	struct featureset after; /* valid when error is 0 */
};

/*
 * Sets many. A success of the kernel is not believed: what it answered, or a second reading,
 * fills `after`. Replies that do not fit into the socket's buffer are made good by reading again.
 * Returns 0 when every change has its answer (which may be an error of its own), or a negative
 * errno when nothing can be said (the socket itself failed).
 */
int ethtool_nl_set(struct ethtool_nl *handle, struct ethtool_nl_change *changes, size_t n_changes);

/*
 * Was one feature (of `mask`) of a change that ethtool_nl_set() has answered refused, or taken and
 * not done? Not on a device that is gone, and not one that cannot be changed, which is not asked
 * for.
 */
bool ethtool_nl_is_refused(const struct ethtool_nl_change *change, unsigned int bit);
