/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Features of a NIC in JSON: by the kernel's names, for bits differ from kernel to kernel. */

#include "agent/base/json_writer.h"
#include "ethtool_nl/ethtool_nl.h"

/* Writes an array of the names of what is in `mask`, as the functions of json_writer.h write. */
void features_json_write(struct json_writer *writer, const char *key,
			 const struct ethtool_nl *handle, const struct feature_mask *mask);
