/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An ioctl(2) that follows a script: every call must be the next one of the script, and gets the
 * answer that stands there. A call that differs fails the running cmocka test.
 */

#include "ethtool_nl/ethtool_nl.h"

struct ifreq;

struct script_call {
	unsigned long request; /* SIOCGIFNAME, SIOCGIFINDEX or SIOCETHTOOL */
	uint32_t command; /* for SIOCETHTOOL: ETHTOOL_GFEATURES, ... */
	/* SIOCGIFNAME asks for `ifindex` and gets `name`; all others ask for `name`. */
	const char *name;
	unsigned int ifindex; /* SIOCGIFINDEX: the answer */
	int result; /* what the call returns; when negative, nothing else is answered */
	/* ETHTOOL_GSSET_INFO, ETHTOOL_GSTRINGS: the answer. */
	const char *const *strings;
	uint32_t n_strings;
	/* ETHTOOL_GFEATURES: the answer. */
	struct featureset features;
	struct feature_mask never_changed;
	/* ETHTOOL_SFEATURES: what is expected. */
	struct feature_mask mask, values;
};

/* Starts a script; it must outlive the calls. `n_blocks` is the size GFEATURES must be asked with.
 */
void script_ioctl_start(const struct script_call *calls, size_t n_calls, uint32_t n_blocks);

/* In place of ioctl(2). */
int script_ioctl(int fd, unsigned long request, struct ifreq *argument);

/* Fails the test when calls of the script were not made. */
void script_ioctl_finish(void);
