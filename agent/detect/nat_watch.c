/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/nat_watch.h"

#include "cleanup.h"
#include "policy/string_copy.h"

#include <errno.h>
#include <string.h>

void nat_watch_ask(struct nat_watch *watch)
{
	watch->asked = true;
}

static bool is_same(const struct nat_watch *watch, uint64_t generation)
{
	return generation != NAT_WATCH_UNKNOWN && generation == watch->generation;
}

bool nat_watch_due(const struct nat_watch *watch, uint64_t generation, uint64_t now_ms)
{
	uint64_t passed = now_ms - watch->looked_at;

	if (!watch->looked || watch->asked || passed >= NAT_WATCH_LAST_MS)
		return true;
	return passed >= NAT_WATCH_PAUSE_MS && !is_same(watch, generation);
}

void nat_watch_begin(struct nat_watch *watch, uint64_t generation, uint64_t now_ms)
{
	watch->same_rules = watch->looked && is_same(watch, generation);
	watch->looked = true;
	watch->asked = false;
	watch->looked_at = now_ms;
	watch->generation = generation;
}

static int copy_rules(const struct nat_rules_facts *before, struct nat_rules_facts *nat_rules)
{
	_cleanup_(nat_rules_facts_clear) struct nat_rules_facts copied = *before;

	copied.reason = copied.source = NULL;
	if (string_copy(&copied.reason, before->reason) < 0 ||
	    string_copy(&copied.source, before->source) < 0)
		return -ENOMEM;
	nat_rules_facts_clear(nat_rules);
	*nat_rules = copied;
	copied.reason = copied.source = NULL;
	return 0;
}

static int copy_seen(const struct nat_seen_facts *before, struct nat_seen_facts *nat_seen)
{
	_cleanup_(nat_seen_facts_clear) struct nat_seen_facts copied = *before;

	copied.example = copied.reason = NULL;
	if (string_copy(&copied.example, before->example) < 0 ||
	    string_copy(&copied.reason, before->reason) < 0)
		return -ENOMEM;
	nat_seen_facts_clear(nat_seen);
	*nat_seen = copied;
	copied.example = copied.reason = NULL;
	return 0;
}

int nat_watch_keep(struct nat_watch *watch, const struct facts *before, bool looked,
		   uint64_t now_ms, struct facts *facts)
{
	if (!looked) {
		int result = copy_rules(&before->nat_rules, &facts->nat_rules);

		return result < 0 ? result : copy_seen(&before->nat_seen, &facts->nat_seen);
	}
	if (facts->nat_seen.rewritten > 0) {
		watch->seen = true;
		watch->seen_at = now_ms;
		return 0;
	}
	watch->seen = watch->seen && watch->same_rules && before->nat_seen.rewritten > 0 &&
		      now_ms - watch->seen_at < NAT_WATCH_SEEN_MS;
	return watch->seen ? copy_seen(&before->nat_seen, &facts->nat_seen) : 0;
}
