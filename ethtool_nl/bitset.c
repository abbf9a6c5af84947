/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/bitset.h"

#include "ethtool_nl/feature_mask.h"

#include <netlink/attr.h>

#include <errno.h>
#include <string.h>

#include <linux/ethtool_netlink.h>

#define WORD_BITS 32
#define WORDS_MAX (FEATURES_MAX / WORD_BITS)

static unsigned int words_of(unsigned int size)
{
	return (size + WORD_BITS - 1) / WORD_BITS;
}

static int put_words(struct nl_msg *message, int type, unsigned int size,
		     const struct feature_mask *mask)
{
	uint32_t words[WORDS_MAX];

	for (unsigned int i = 0; i < words_of(size); i++)
		words[i] = feature_mask_word(mask, i);
	return nla_put(message, type, (int)(words_of(size) * sizeof(words[0])), words);
}

int bitset_put(struct nl_msg *message, int type, unsigned int size, const struct bitset *bitset)
{
	/* The kernel wants the flag, libnl sets it by itself only since 3.5. */
	struct nlattr *nest = nla_nest_start(message, type | NLA_F_NESTED);

	if (!nest || nla_put_u32(message, ETHTOOL_A_BITSET_SIZE, size) < 0 ||
	    put_words(message, ETHTOOL_A_BITSET_VALUE, size, &bitset->value) < 0 ||
	    put_words(message, ETHTOOL_A_BITSET_MASK, size, &bitset->mask) < 0)
		return -EMSGSIZE;
	nla_nest_end(message, nest);
	return 0;
}

static int parse_words(struct nlattr *attribute, unsigned int size, struct feature_mask *ret_mask)
{
	struct feature_mask mask = {0};
	uint32_t words[WORDS_MAX];
	size_t n_bytes = words_of(size) * sizeof(words[0]);

	if (!attribute || (size_t)nla_len(attribute) < n_bytes)
		return -EBADMSG;
	memcpy(words, nla_data(attribute), n_bytes);
	if (size % WORD_BITS != 0)
		words[size / WORD_BITS] &= (UINT32_C(1) << size % WORD_BITS) - 1;
	for (unsigned int i = 0; i < words_of(size); i++)
		feature_mask_add_word(&mask, i, words[i]);
	*ret_mask = mask;
	return 0;
}

int bitset_parse(struct nlattr *attribute, struct bitset *ret_bitset)
{
	struct nlattr *tb[ETHTOOL_A_BITSET_MAX + 1];
	struct bitset bitset = {0};
	uint32_t size;
	int result;

	if (nla_parse_nested(tb, ETHTOOL_A_BITSET_MAX, attribute, NULL) < 0 ||
	    !tb[ETHTOOL_A_BITSET_SIZE] || nla_len(tb[ETHTOOL_A_BITSET_SIZE]) < (int)sizeof(size))
		return -EBADMSG;
	size = nla_get_u32(tb[ETHTOOL_A_BITSET_SIZE]);
	if (size > FEATURES_MAX)
		return -EOVERFLOW;
	result = parse_words(tb[ETHTOOL_A_BITSET_VALUE], size, &bitset.value);
	if (result == 0 && !tb[ETHTOOL_A_BITSET_NOMASK])
		result = parse_words(tb[ETHTOOL_A_BITSET_MASK], size, &bitset.mask);
	if (result < 0)
		return result;
	*ret_bitset = bitset;
	return 0;
}
