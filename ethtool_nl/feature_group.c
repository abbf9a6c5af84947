/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/feature_group.h"

#include "array.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	const char *pattern;
} groups[] = {
	{"rx", "rx-checksum"},
	{"tx", "tx-checksum-*"},
	{"sg", "tx-scatter-gather*"},
	{"tso", "tx-tcp*-segmentation"},
	{"gso", "tx-generic-segmentation"},
	{"gro", "rx-gro"},
	{"lro", "rx-lro"},
	{"rxvlan", "rx-vlan-hw-parse"},
	{"txvlan", "tx-vlan-hw-insert"},
	{"ntuple", "rx-ntuple-filter"},
	{"rxhash", "rx-hashing"},
	/* The same as `ethtool -k` prints them, and -K takes them, too. */
	{"rx-checksumming", "rx-checksum"},
	{"tx-checksumming", "tx-checksum-*"},
	{"scatter-gather", "tx-scatter-gather*"},
	{"tcp-segmentation-offload", "tx-tcp*-segmentation"},
	{"generic-segmentation-offload", "tx-generic-segmentation"},
	{"generic-receive-offload", "rx-gro"},
	{"large-receive-offload", "rx-lro"},
	{"rx-vlan-offload", "rx-vlan-hw-parse"},
	{"tx-vlan-offload", "tx-vlan-hw-insert"},
	{"ntuple-filters", "rx-ntuple-filter"},
	{"receive-hashing", "rx-hashing"},
};

const char *feature_group_pattern(const char *name)
{
	for (size_t i = 0; i < N_ELEMENTS(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].pattern;
	return NULL;
}
