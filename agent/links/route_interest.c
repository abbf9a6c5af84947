/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/route_interest.h"

#include "array.h"
#include "cleanup.h"
#include "policy/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void route_interest_add_link(struct route_interest *interest, unsigned int ifindex)
{
	if (interest->n_links == ROUTE_INTEREST_LINKS)
		interest->any_link = true;
	else
		interest->links[interest->n_links++] = ifindex;
}

static int compare(const void *one, const void *other)
{
	return compare_numbers(*(const uint32_t *)one, *(const uint32_t *)other);
}

static void sort(uint32_t numbers[], size_t n_numbers)
{
	if (n_numbers)
		qsort(numbers, n_numbers, sizeof(*numbers), compare);
}

/* The least distance that parts two ranges, so that they are not too many. */
static int find_distance(const uint32_t numbers[], size_t n_numbers, uint32_t *ret_distance)
{
	_cleanup_free_ uint32_t *distances = calloc(n_numbers, sizeof(*distances));

	if (!distances)
		return -ENOMEM;
	for (size_t i = 1; i < n_numbers; i++)
		distances[i] = numbers[i] - numbers[i - 1];
	sort(distances, n_numbers);
	/* Of equal ones, none parts. */
	*ret_distance = distances[n_numbers - ROUTE_INTEREST_RANGES] + 1;
	return 0;
}

static void add_ranges(struct route_interest *interest, const uint32_t numbers[], size_t n_numbers,
		       uint32_t distance)
{
	interest->n_ranges = 0;
	for (size_t i = 0; i < n_numbers; i++) {
		struct address_range *ranges = interest->ranges;

		if (i == 0 || numbers[i] - numbers[i - 1] >= distance)
			ranges[interest->n_ranges++].first = numbers[i];
		ranges[interest->n_ranges - 1].last = numbers[i];
	}
}

int route_interest_take_addresses(struct route_interest *interest,
				  const struct link_address *addresses, size_t n_addresses)
{
	_cleanup_free_ uint32_t *numbers = calloc(n_addresses + 1, sizeof(*numbers));
	uint32_t distance = 1;
	size_t n_numbers = 0;
	int result = 0;

	if (!numbers)
		return -ENOMEM;
	interest->ipv6 = false;
	for (size_t i = 0; i < n_addresses; i++) {
		uint32_t number;

		memcpy(&number, addresses[i].bytes, sizeof(number));
		if (addresses[i].size == sizeof(number))
			numbers[n_numbers++] = ntohl(number);
		interest->ipv6 |= addresses[i].size > sizeof(number);
	}
	sort(numbers, n_numbers);
	if (n_numbers > ROUTE_INTEREST_RANGES)
		result = find_distance(numbers, n_numbers, &distance);
	if (result == 0)
		add_ranges(interest, numbers, n_numbers, distance);
	return result;
}
