/* SPDX-License-Identifier: Apache-2.0 */
/* Names of features: a line that is a pattern, then lines that are a byte and a name. */
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "ethtool_nl/stringset.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void add_name(struct stringset *set, unsigned int bit, const char *name)
{
	unsigned int count = set->count;
	int result = stringset_add(set, bit, name);

	if (bit >= FEATURES_MAX)
		FUZZ_CHECK(result == -EOVERFLOW);
	else
		FUZZ_CHECK(result == (strlen(name) < STRINGSET_NAME_SIZE ? 0 : -EBADMSG));
	FUZZ_CHECK(set->count == (result == 0 && bit >= count ? bit + 1 : count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *pattern = fuzz_take_line(&data, &size);
	struct stringset set = {0};
	struct feature_mask matched;

	while (size) {
		/* Some bits are out of range. */
		unsigned int bit = fuzz_take_byte(&data, &size) * 5 / 4;
		_cleanup_free_ char *name = fuzz_take_line(&data, &size);

		add_name(&set, bit, name);
	}
	matched = stringset_match(&set, pattern);
	FUZZ_CHECK(feature_mask_next(&matched, set.count) == FEATURES_MAX);
	for (unsigned int bit = 0; bit < FEATURES_MAX; bit++) {
		const char *name = stringset_name(&set, bit);
		struct feature_mask found;

		FUZZ_CHECK(name || !feature_mask_has(&matched, bit));
		if (!name)
			continue;
		found = stringset_find(&set, name);
		FUZZ_CHECK(feature_mask_has(&found, bit));
	}
	return 0;
}
