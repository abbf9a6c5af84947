/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A pretended kernel's features, NICs that have them, two rules like the shipped ones and one about
 * a driver: what the tests of plan, record and report have in common.
 */

#include "policy/evaluate.h"
#include "policy/facts.h"
#include "policy/rule.h"
#include "tests/fake/fake_backend.h"

/* Opens a handle over `devices`; fails the test if it cannot. */
struct ethtool_nl *sample_open(struct fake_device *devices, size_t n_devices);

/* The features or groups in `names`, separated by blanks. */
struct feature_mask sample_mask(const struct ethtool_nl *handle, const char *names);

/* Fails the test unless `mask` is just the features in `names`, separated by blanks, by bit. */
void assert_features(const struct ethtool_nl *handle, struct feature_mask mask, const char *names);

/*
 * Features as a VXLAN device has them: rx, tx, sg, tso and rx-gro changeable and on, "highdma" and
 * "tx-checksum-ipv4" fixed and off. TSO falls with TX checksumming.
 */
struct fake_device sample_device(const struct ethtool_nl *handle, unsigned int ifindex);

/* A link with a hardware address that ends in its ifindex. */
struct link_facts sample_link(unsigned int ifindex, const char *name, const char *kind,
			      enum answer udp_csum);

/* Both turn off "rx" and "tx" and require "tx"; they expose VXLAN devices. */
extern const struct rule sample_zero_rule; /* udp_csum = false */
extern const struct rule sample_udp_rule; /* udp_csum = true */

/* No kubernetes condition; turns off and requires "rx-gro"; exposes the driver virtio_net. */
extern const struct rule sample_driver_rule;
