/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/stringset.h"

#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

int stringset_add(struct stringset *set, unsigned int bit, const char *name)
{
	size_t length = strlen(name);

	if (bit >= FEATURES_MAX)
		return -EOVERFLOW;
	if (length >= STRINGSET_NAME_SIZE)
		return -EBADMSG;
	memcpy(set->names[bit], name, length + 1);
	if (set->count <= bit)
		set->count = bit + 1;
	return 0;
}

const char *stringset_name(const struct stringset *set, unsigned int bit)
{
	if (bit >= set->count || set->names[bit][0] == '\0')
		return NULL;
	return set->names[bit];
}

struct feature_mask stringset_find(const struct stringset *set, const char *name)
{
	struct feature_mask mask = {0};

	for (unsigned int bit = 0; bit < set->count; bit++) {
		const char *known = stringset_name(set, bit);

		if (known && strcmp(known, name) == 0)
			feature_mask_add(&mask, bit);
	}
	return mask;
}

struct feature_mask stringset_match(const struct stringset *set, const char *pattern)
{
	struct feature_mask mask = {0};

	for (unsigned int bit = 0; bit < set->count; bit++) {
		const char *name = stringset_name(set, bit);

		if (name && fnmatch(pattern, name, 0) == 0)
			feature_mask_add(&mask, bit);
	}
	return mask;
}
