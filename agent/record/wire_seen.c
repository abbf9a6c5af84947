/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/wire_seen.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "array.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>

static const char *const outcome_names[WIRE_SEEN_OUTCOMES] = {
	[WIRE_SEEN_UNKNOWN] = "unknown",
	[WIRE_SEEN_RIGHT] = "right",
	[WIRE_SEEN_WRONG] = "wrong",
};

const char *wire_seen_outcome_name(enum wire_seen_outcome outcome)
{
	return outcome_names[outcome];
}

/* A number that is missing, or none, is no document of this program. */
static int read_number(json_t *object, const char *key, uint64_t *value)
{
	json_t *number = json_object_get(object, key);

	if (!json_is_integer(number) || json_integer_value(number) < 0)
		return -EBADMSG;
	*value = (uint64_t)json_integer_value(number);
	return 0;
}

/* null is an empty text. What is too long is cut. */
static int read_text(json_t *object, const char *key, char *text, size_t size)
{
	json_t *string = json_object_get(object, key);

	if (!json_is_string(string) && !json_is_null(string))
		return -EBADMSG;
	text_clean(json_is_string(string) ? json_string_value(string) : "", text, size);
	return 0;
}

static int read_outcome(json_t *object, enum wire_seen_outcome *outcome)
{
	const char *name = json_string_value(json_object_get(object, "outcome"));

	for (enum wire_seen_outcome i = WIRE_SEEN_UNKNOWN; name && i < WIRE_SEEN_OUTCOMES; i++) {
		if (strcmp(name, outcome_names[i]) == 0) {
			*outcome = i;
			return 0;
		}
	}
	return -EBADMSG;
}

/* Reads what `json` counts, and adds it. */
static int add_counts(json_t *json, struct wire_seen *seen)
{
	const struct {
		const char *key;
		uint64_t *sum;
	} table[] = {
		{"attempts", &seen->attempts},
		{"answers", &seen->answers},
		{"right", &seen->right},
		{"zero", &seen->zero},
		{"unfinished", &seen->unfinished},
		{"wrong", &seen->wrong},
		{"vouched_wrong", &seen->vouched_wrong},
		{"inner_wrong", &seen->inner_wrong},
	};

	for (size_t i = 0; i < N_ELEMENTS(table); i++) {
		uint64_t count;

		if (read_number(json, table[i].key, &count) < 0)
			return -EBADMSG;
		*table[i].sum += count;
	}
	return 0;
}

static int read_peer(json_t *json, struct wire_seen_peer *peer)
{
	int result = read_text(json, "address", peer->address, sizeof(peer->address));

	if (result == 0)
		result = read_text(json, "looks_like", peer->looks_like, sizeof(peer->looks_like));
	if (result == 0)
		result = read_number(json, "attempts", &peer->attempts);
	if (result == 0)
		result = read_number(json, "wrong", &peer->wrong);
	if (result == 0)
		result = read_number(json, "inner_wrong", &peer->inner_wrong);
	return result;
}

/* Of a document of `wire`, where all peers stand. */
static int take_peer(json_t *json, struct wire_seen *seen)
{
	struct wire_seen_peer peer = {.attempts = 0};
	int result = add_counts(json, seen);

	if (result == 0)
		result = read_peer(json, &peer);
	if (result < 0)
		return result;
	seen->n_peers++;
	if (!peer.wrong && !peer.inner_wrong)
		return 0;
	seen->n_wrong++;
	if (seen->n_listed < WIRE_SEEN_LISTED)
		seen->listed[seen->n_listed++] = peer;
	return 0;
}

static int take_document(json_t *json, struct wire_seen *seen)
{
	json_t *peers = json_object_get(json, "peers"), *peer;
	int result = read_text(json, "time", seen->time, sizeof(seen->time));
	size_t i;

	if (result == 0)
		result = read_number(json, "seconds", &seen->seconds);
	if (result == 0)
		result = read_number(json, "lost", &seen->lost);
	if (result == 0)
		result = read_outcome(json, &seen->outcome);
	if (result == 0)
		result = add_counts(json_object_get(json, "others"), seen);
	if (!json_is_array(peers))
		return -EBADMSG;
	json_array_foreach(peers, i, peer)
	{
		if (result == 0)
			result = take_peer(peer, seen);
	}
	return result;
}

int wire_seen_take(struct wire_seen *seen, const char *text, size_t size)
{
	struct wire_seen taken = {.wanted = seen->wanted, .looks = seen->looks + 1};
	_cleanup_(cleanup_json) json_t *json = NULL;
	int result = json_read(text, size, 0, &json, NULL);

	if (result == 0)
		result = take_document(json, &taken);
	if (result == 0)
		*seen = taken;
	return result;
}

static int read_listed(json_t *listed, struct wire_seen *seen)
{
	int result = json_is_array(listed) ? 0 : -EBADMSG;

	for (size_t i = 0; result == 0 && i < json_array_size(listed) && i < WIRE_SEEN_LISTED; i++)
		result = read_peer(json_array_get(listed, i), &seen->listed[seen->n_listed++]);
	return result;
}

static int read_look(json_t *json, struct wire_seen *seen)
{
	const struct {
		const char *key;
		uint64_t *value;
	} table[] = {
		{"seconds", &seen->seconds},
		{"lost", &seen->lost},
		{"peers", &seen->n_peers},
		{"wrong_peers", &seen->n_wrong},
	};
	int result = read_outcome(json, &seen->outcome);

	for (size_t i = 0; i < N_ELEMENTS(table) && result == 0; i++)
		result = read_number(json, table[i].key, table[i].value);
	if (result == 0)
		result = read_text(json, "time", seen->time, sizeof(seen->time));
	if (result == 0)
		result = add_counts(json, seen);
	if (result == 0)
		result = read_listed(json_object_get(json, "senders"), seen);
	return result;
}

int wire_seen_read(json_t *json, struct wire_seen *ret_seen)
{
	struct wire_seen seen = {.wanted = !json_is_null(json)};
	int result = 0;

	if (json && seen.wanted) {
		result = read_number(json, "looks", &seen.looks);
		if (result == 0)
			result = read_text(json, "failure", seen.failure, sizeof(seen.failure));
		if (result == 0 && seen.looks)
			result = read_look(json, &seen);
	}
	if (result < 0)
		return result;
	seen.wanted = json && seen.wanted;
	*ret_seen = seen;
	return 0;
}
