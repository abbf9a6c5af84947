/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/features_json.h"

#include "ethtool_nl/feature_mask.h"

void features_json_write(struct json_writer *writer, const char *key,
			 const struct ethtool_nl *handle, const struct feature_mask *mask)
{
	json_write_begin(writer, key, '[');
	for (unsigned int bit = feature_mask_next(mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(mask, bit + 1))
		json_write_string(writer, NULL, ethtool_nl_feature_name(handle, bit));
	json_write_end(writer, ']');
}
