/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/sample.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_FEATURES 71

/* Not in the order of any kernel, some without a name, one beyond the first 64. */
static const char *const features[N_FEATURES] = {
	[0] = "tx-scatter-gather",
	[1] = "tx-checksum-ipv4",
	[3] = "tx-checksum-ip-generic",
	[5] = "highdma",
	[6] = "tx-tcp-segmentation",
	[7] = "tx-tcp6-segmentation",
	[8] = "rx-checksum",
	[9] = "rx-gro",
	[10] = "rx-lro",
	[11] = "tx-udp_tnl-segmentation",
	[70] = "tx-checksum-sctp",
};

static char vxlan[] = "vxlan", virtio_net[] = "virtio_net";
static char rx[] = "rx", tx[] = "tx", rx_gro[] = "rx-gro";
static char *rx_and_tx[] = {rx, tx, NULL}, *only_tx[] = {tx, NULL}, *only_gro[] = {rx_gro, NULL};
static char zero_id[] = "zero-checksum", zero_title[] = "An outer checksum of zero is \"updated\"";
static char udp_id[] = "udp-checksum", udp_title[] = "A complete outer checksum is spoiled";
static char driver_id[] = "virtio-gro", driver_title[] = "A driver merges what it must not";
static char reference[] = "https://example.org/issues/1";
static char *references[] = {reference, NULL};

const struct rule sample_zero_rule = {
	.id = zero_id,
	.title = zero_title,
	.references = references,
	.has_kubernetes = true,
	.exposed = (struct exposure[]){{.kinds = (char *[]){vxlan, NULL}, .udp_csum = ANSWER_NO}},
	.n_exposed = 1,
	.turn_off = rx_and_tx,
	.required = only_tx,
};

const struct rule sample_udp_rule = {
	.id = udp_id,
	.title = udp_title,
	.has_kubernetes = true,
	.exposed = (struct exposure[]){{.kinds = (char *[]){vxlan, NULL}, .udp_csum = ANSWER_YES}},
	.n_exposed = 1,
	.turn_off = rx_and_tx,
	.required = only_tx,
};

const struct rule sample_driver_rule = {
	.id = driver_id,
	.title = driver_title,
	.exposed = (struct exposure[]){{.drivers = (char *[]){virtio_net, NULL},
					.udp_csum = ANSWER_UNKNOWN}},
	.n_exposed = 1,
	.turn_off = only_gro,
	.required = only_gro,
};

struct ethtool_nl *sample_open(struct fake_device *devices, size_t n_devices)
{
	const char *names[N_FEATURES];
	struct ethtool_nl *handle = NULL;

	for (size_t i = 0; i < N_FEATURES; i++)
		names[i] = features[i] ? features[i] : "";
	assert_int_equal(fake_backend_open(names, N_FEATURES, devices, n_devices, &handle), 0);
	return handle;
}

struct feature_mask sample_mask(const struct ethtool_nl *handle, const char *names)
{
	struct feature_mask all = {0}, one;
	char *words = strdup(names), *rest = words;
	const char *name;

	assert_non_null(words);
	while ((name = strtok_r(rest, " ", &rest))) {
		assert_int_equal(ethtool_nl_mask(handle, name, &one), 0);
		all = feature_mask_or(all, one);
	}
	free(words);
	return all;
}

void assert_features(const struct ethtool_nl *handle, struct feature_mask mask, const char *names)
{
	char text[512] = "";

	for (unsigned int bit = feature_mask_next(&mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&mask, bit + 1)) {
		if (text[0])
			strcat(text, " ");
		strcat(text, ethtool_nl_feature_name(handle, bit));
	}
	assert_string_equal(text, names);
}

struct fake_device sample_device(const struct ethtool_nl *handle, unsigned int ifindex)
{
	const char *offered =
		"rx-checksum tx-checksum-ip-generic tx-checksum-sctp tx-scatter-gather tso rx-gro";
	struct feature_mask on = sample_mask(handle, offered);

	return (struct fake_device){
		.ifindex = ifindex,
		.features = {.changeable = on, .wanted = on, .active = on},
		.dependent = sample_mask(handle, "tso"),
		.dependee = sample_mask(handle, "tx-checksum-ip-generic"),
	};
}

struct link_facts sample_link(unsigned int ifindex, const char *name, const char *kind,
			      enum answer udp_csum)
{
	struct link_facts link = {.ifindex = ifindex, .udp_csum = udp_csum};

	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	snprintf(link.mac, sizeof(link.mac), "02:00:00:00:00:%02x", ifindex & 0xff);
	return link;
}
