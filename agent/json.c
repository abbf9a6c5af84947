/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/json.h"

#include "agent/text.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/cleanup.h"

#include <errno.h>
#include <string.h>

json_t *json_text(const char *text)
{
	size_t size = strlen(text) + 1;
	_cleanup_free_ char *clean = malloc(size);

	return clean ? json_string(text_clean(text, clean, size)) : NULL;
}

json_t *json_text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

int json_print_and_free(FILE *output, json_t *value)
{
	int result = 0;

	if (!value)
		return -ENOMEM;
	if (json_dumpf(value, output, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		result = -EIO;
	json_decref(value);
	return result;
}

json_t *json_feature_names(const struct ethtool_nl *handle, const struct feature_mask *mask)
{
	json_t *names = json_array();

	for (unsigned int bit = feature_mask_next(mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(mask, bit + 1))
		json_array_append_new(names, json_text(ethtool_nl_feature_name(handle, bit)));
	return names;
}

void cleanup_json(json_t **json)
{
	json_decref(*json);
}
