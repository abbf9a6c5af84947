/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and sets features through either back end, as it is told on standard input, and answers
 * each line with a line of JSON:
 *
 *     read BACKEND NIC...                          -> {NIC: {FEATURE: {changeable, wanted,
 * active}}} set BACKEND NIC +FEATURE -FEATURE [, NIC ...] -> {NIC: {error, outcomes, after}}
 *
 * A feature that is neither changeable nor wanted nor active is left out.
 */
#include "cleanup.h"
#include "ethtool_nl/ethtool_nl.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

#define LINKS_MAX 64

static const char *const outcome_names[] = {
	[FEATURE_CHANGED] = "changed", [FEATURE_ALREADY] = "already", [FEATURE_FIXED] = "fixed",
	[FEATURE_REFUSED] = "refused", [FEATURE_GONE] = "gone",
};

static struct ethtool_nl *handles[ETHTOOL_NL_BACKENDS];

static _Noreturn void fail(const char *what, const char *which)
{
	fprintf(stderr, "feature_server: %s: %s\n", what, which);
	exit(EXIT_FAILURE);
}

static struct ethtool_nl *find_handle(const char *name)
{
	for (int i = ETHTOOL_NL_NETLINK; i < ETHTOOL_NL_BACKENDS; i++) {
		if (name && strcmp(name, ethtool_nl_backend_name(i)) == 0)
			return handles[i];
	}
	fail("no such back end", name ? name : "");
}

static json_t *features_to_json(const struct ethtool_nl *handle, const struct featureset *features)
{
	json_t *all = json_object();

	for (unsigned int bit = 0; bit < outcome_feature_count(handle); bit++) {
		const char *name = ethtool_nl_feature_name(handle, bit);
		bool changeable = feature_mask_has(&features->changeable, bit);
		bool wanted = feature_mask_has(&features->wanted, bit);
		bool active = feature_mask_has(&features->active, bit);

		if (name && (changeable || wanted || active))
			json_object_set_new(all, name,
					    json_pack("{s:b, s:b, s:b}", "changeable", changeable,
						      "wanted", wanted, "active", active));
	}
	return all;
}

static void read_links(struct ethtool_nl *handle, struct ethtool_nl_link links[], size_t n_links)
{
	if (ethtool_nl_read(handle, links, n_links) < 0)
		fail("reading failed", links[0].name);
	for (size_t i = 0; i < n_links; i++) {
		if (links[i].error != 0)
			fail("cannot be read", links[i].name);
	}
}

static void name_link(struct ethtool_nl_link *link, const char *name)
{
	*link = (struct ethtool_nl_link){.ifindex = if_nametoindex(name)};
	if (link->ifindex == 0)
		fail("no such NIC", name);
	snprintf(link->name, sizeof(link->name), "%s", name);
}

static json_t *run_read(struct ethtool_nl *handle, char *words)
{
	struct ethtool_nl_link links[LINKS_MAX];
	json_t *answer = json_object();
	size_t n_links = 0;

	for (char *name = strtok(words, " "); name; name = strtok(NULL, " ")) {
		if (n_links == LINKS_MAX)
			fail("too many NICs", name);
		name_link(&links[n_links++], name);
	}
	read_links(handle, links, n_links);
	for (size_t i = 0; i < n_links; i++)
		json_object_set_new(answer, links[i].name,
				    features_to_json(handle, &links[i].features));
	return answer;
}

/* "NIC +FEATURE -FEATURE": each is one feature or a group. */
static void parse_change(struct ethtool_nl *handle, char *words, struct ethtool_nl_change *change)
{
	char *rest = NULL, *name = strtok_r(words, " ", &rest);
	struct ethtool_nl_link link;

	name_link(&link, name ? name : "");
	read_links(handle, &link, 1);
	*change = (struct ethtool_nl_change){.ifindex = link.ifindex, .before = link.features};
	memcpy(change->name, link.name, sizeof(change->name));
	while ((name = strtok_r(NULL, " ", &rest))) {
		struct feature_mask mask;

		if (ethtool_nl_mask(handle, name + 1, &mask) < 0)
			fail("no such feature", name);
		change->mask = feature_mask_or(change->mask, mask);
		change->values = *name == '+' ? feature_mask_or(change->values, mask)
					      : feature_mask_without(change->values, mask);
	}
}

static json_t *change_to_json(const struct ethtool_nl *handle,
			      const struct ethtool_nl_change *change)
{
	json_t *outcomes = json_object();

	for (unsigned int bit = feature_mask_next(&change->mask, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&change->mask, bit + 1))
		json_object_set_new(outcomes, ethtool_nl_feature_name(handle, bit),
				    json_string(outcome_names[outcome_of(change, bit)]));
	return json_pack("{s:i, s:o, s:o}", "error", change->error, "outcomes", outcomes, "after",
			 features_to_json(handle, &change->after));
}

static json_t *run_set(struct ethtool_nl *handle, char *words)
{
	struct ethtool_nl_change changes[LINKS_MAX];
	json_t *answer = json_object();
	size_t n_changes = 0;
	char *rest = NULL;

	for (char *part = strtok_r(words, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
		if (n_changes == LINKS_MAX)
			fail("too many NICs", part);
		parse_change(handle, part, &changes[n_changes++]);
	}
	if (ethtool_nl_set(handle, changes, n_changes) < 0)
		fail("setting failed", "");
	for (size_t i = 0; i < n_changes; i++)
		json_object_set_new(answer, changes[i].name, change_to_json(handle, &changes[i]));
	return answer;
}

int main(void)
{
	_cleanup_free_ char *line = NULL;
	size_t allocated = 0;
	ssize_t length;

	for (int i = ETHTOOL_NL_NETLINK; i < ETHTOOL_NL_BACKENDS; i++) {
		if (ethtool_nl_open(i, &handles[i]) < 0) {
			fprintf(stderr, "skipped: this kernel has no back end %s\n",
				ethtool_nl_backend_name(i));
			return 77;
		}
	}
	while ((length = getline(&line, &allocated, stdin)) > 0) {
		char *rest = NULL, *verb, *backend;
		json_t *answer;

		line[strcspn(line, "\n")] = '\0';
		verb = strtok_r(line, " ", &rest);
		backend = strtok_r(NULL, " ", &rest);
		if (verb && strcmp(verb, "read") == 0)
			answer = run_read(find_handle(backend), rest);
		else if (verb && strcmp(verb, "set") == 0)
			answer = run_set(find_handle(backend), rest);
		else
			fail("no such request", verb ? verb : "");
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
		json_decref(answer);
	}
	for (int i = ETHTOOL_NL_NETLINK; i < ETHTOOL_NL_BACKENDS; i++)
		ethtool_nl_close(handles[i]);
	return EXIT_SUCCESS;
}
