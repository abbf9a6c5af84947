/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arithmetic on sets of features. */

#include "ethtool_nl/ethtool_nl.h"

static inline bool feature_mask_has(const struct feature_mask *mask, unsigned int bit)
{
	return bit < FEATURES_MAX && (mask->words[bit / 64] >> (bit % 64) & 1);
}

static inline void feature_mask_add(struct feature_mask *mask, unsigned int bit)
{
	if (bit < FEATURES_MAX)
		mask->words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline bool feature_mask_is_empty(const struct feature_mask *mask)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < FEATURE_MASK_WORDS; i++)
		any |= mask->words[i];
	return any == 0;
}

static inline struct feature_mask feature_mask_and(struct feature_mask a, struct feature_mask b)
{
	for (unsigned int i = 0; i < FEATURE_MASK_WORDS; i++)
		a.words[i] &= b.words[i];
	return a;
}

static inline struct feature_mask feature_mask_or(struct feature_mask a, struct feature_mask b)
{
	for (unsigned int i = 0; i < FEATURE_MASK_WORDS; i++)
		a.words[i] |= b.words[i];
	return a;
}

/* What is in `a` and not in `b`. */
static inline struct feature_mask feature_mask_without(struct feature_mask a, struct feature_mask b)
{
	for (unsigned int i = 0; i < FEATURE_MASK_WORDS; i++)
		a.words[i] &= ~b.words[i];
	return a;
}

static inline struct feature_mask feature_mask_xor(struct feature_mask a, struct feature_mask b)
{
	for (unsigned int i = 0; i < FEATURE_MASK_WORDS; i++)
		a.words[i] ^= b.words[i];
	return a;
}

static inline bool feature_mask_equal(const struct feature_mask *a, const struct feature_mask *b)
{
	struct feature_mask difference = feature_mask_xor(*a, *b);

	return feature_mask_is_empty(&difference);
}

static inline bool featureset_equal(const struct featureset *a, const struct featureset *b)
{
	return feature_mask_equal(&a->changeable, &b->changeable) &&
	       feature_mask_equal(&a->wanted, &b->wanted) &&
	       feature_mask_equal(&a->active, &b->active);
}

/* The first feature of `mask` from `bit` on; FEATURES_MAX when there is none. */
static inline unsigned int feature_mask_next(const struct feature_mask *mask, unsigned int bit)
{
	while (bit < FEATURES_MAX) {
		uint64_t rest = mask->words[bit / 64] >> (bit % 64);

		if (rest)
			return bit + (unsigned int)__builtin_ctzll(rest);
		bit = (bit / 64 + 1) * 64;
	}
	return FEATURES_MAX;
}

/* Features 32 * `index` and up as one word: the kernel's interfaces carry sets 32 bits at a time.
 */
static inline uint32_t feature_mask_word(const struct feature_mask *mask, unsigned int index)
{
	return (uint32_t)(mask->words[index / 2] >> (index % 2 * 32));
}

/* Adds the features of such a word. `index` is less than FEATURES_MAX / 32. */
static inline void feature_mask_add_word(struct feature_mask *mask, unsigned int index,
					 uint32_t word)
{
	mask->words[index / 2] |= (uint64_t)word << (index % 2 * 32);
}
