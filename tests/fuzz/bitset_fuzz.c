/* SPDX-License-Identifier: Apache-2.0 */
/* One compact bitset: the payload of its attribute. */
#include "ethtool_nl/bitset.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fuzz/fuzz.h"

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <errno.h>

#include <linux/ethtool_netlink.h>

#define TYPE ETHTOOL_A_FEATURES_WANTED

/* The number of bits that the bitset says it has: the last word on it counts, as in libnl. */
static uint32_t size_of(struct nlattr *attribute)
{
	struct nlattr *member;
	uint32_t size = 0;
	int remaining;

	nla_for_each_nested(member, attribute, remaining)
	{
		if (nla_type(member) == ETHTOOL_A_BITSET_SIZE)
			size = nla_get_u32(member);
	}
	return size;
}

static bool fits(const struct feature_mask *mask, uint32_t size)
{
	return feature_mask_next(mask, size) == FEATURES_MAX;
}

/* Put into a message and read again it is the same. */
static void check_put(const struct bitset *bitset, uint32_t size)
{
	struct nl_msg *message = nlmsg_alloc();
	struct bitset again;

	FUZZ_CHECK(message && nlmsg_put(message, 0, 0, NLMSG_MIN_TYPE, 0, 0));
	FUZZ_CHECK(bitset_put(message, TYPE, size, bitset) == 0);
	FUZZ_CHECK(bitset_parse(nlmsg_find_attr(nlmsg_hdr(message), 0, TYPE), &again) == 0);
	FUZZ_CHECK(feature_mask_equal(&bitset->value, &again.value) &&
		   feature_mask_equal(&bitset->mask, &again.mask));
	nlmsg_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t whole[NLA_HDRLEN + 1024] = {0};
	struct nlattr *attribute;
	struct bitset bitset;
	int result;

	if (size > sizeof(whole) - NLA_HDRLEN)
		return 0;
	for (size_t i = 0; i < size; i++)
		whole[NLA_HDRLEN + i] = data[i];
	attribute = fuzz_guarded(whole, NLA_HDRLEN + size);
	attribute->nla_type = TYPE;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	fuzz_spoil(&bitset, sizeof(bitset));
	result = bitset_parse(attribute, &bitset);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG || result == -EOVERFLOW);
		FUZZ_CHECK(fuzz_is_spoiled(&bitset, sizeof(bitset)));
		return 0;
	}
	FUZZ_CHECK(size_of(attribute) <= FEATURES_MAX);
	FUZZ_CHECK(fits(&bitset.value, size_of(attribute)) &&
		   fits(&bitset.mask, size_of(attribute)));
	check_put(&bitset, size_of(attribute));
	return 0;
}
