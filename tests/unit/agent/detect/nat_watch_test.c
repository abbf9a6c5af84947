/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/nat_watch.h"
#include "tests/unit/unit.h"

#include <string.h>

#define MINUTE 60000u

static void test_due(void **state)
{
	struct nat_watch watch = {.looked = false};

	assert_true(nat_watch_due(&watch, 7, 0));
	nat_watch_begin(&watch, 7, 1000);
	assert_false(nat_watch_due(&watch, 7, 1000 + 9 * MINUTE));
	assert_true(nat_watch_due(&watch, 7, 1000 + 10 * MINUTE));
	/* Others are read soon, but not at once. */
	assert_false(nat_watch_due(&watch, 8, 1000 + 2 * MINUTE));
	assert_true(nat_watch_due(&watch, 8, 1000 + 3 * MINUTE));
	/* Not known. */
	nat_watch_begin(&watch, NAT_WATCH_UNKNOWN, 1000);
	assert_false(nat_watch_due(&watch, NAT_WATCH_UNKNOWN, 1000 + 2 * MINUTE));
	assert_true(nat_watch_due(&watch, NAT_WATCH_UNKNOWN, 1000 + 3 * MINUTE));
	/* Asked for once. */
	nat_watch_ask(&watch);
	assert_true(nat_watch_due(&watch, 7, 1001));
	nat_watch_begin(&watch, 7, 1001);
	assert_false(nat_watch_due(&watch, 7, 1002));
}

static struct facts make_facts(unsigned int rewritten, const char *reason)
{
	return (struct facts){
		.nat_rules = {.read = reason != NULL,
			      .vulnerable = ANSWER_UNKNOWN,
			      .reason = reason ? strdup(reason) : NULL},
		.nat_seen = {.looked = true, .flows = 9, .rewritten = rewritten},
	};
}

/* One look after the other: how many rewritten flows the facts have in the end. */
static unsigned int look(struct nat_watch *watch, struct facts *facts, uint64_t generation,
			 uint64_t now_ms, unsigned int rewritten)
{
	struct facts found = make_facts(rewritten, "found");

	nat_watch_begin(watch, generation, now_ms);
	assert_int_equal(nat_watch_keep(watch, facts, true, now_ms, &found), 0);
	facts_clear(facts);
	*facts = found;
	return found.nat_seen.rewritten;
}

static void test_seen_holds(void **state)
{
	struct nat_watch watch = {.looked = false};
	struct facts facts = make_facts(0, NULL);

	assert_int_equal(look(&watch, &facts, 1, MINUTE, 0), 0);
	assert_int_equal(look(&watch, &facts, 1, 2 * MINUTE, 5), 5);
	assert_int_equal(look(&watch, &facts, 1, 12 * MINUTE, 0), 5);
	assert_int_equal(look(&watch, &facts, 1, 1441 * MINUTE, 0), 5);
	assert_int_equal(look(&watch, &facts, 1, 1442 * MINUTE, 0), 0);
	assert_int_equal(look(&watch, &facts, 1, 1443 * MINUTE, 0), 0);
	/* Other rules: what was seen were the old ones. */
	assert_int_equal(look(&watch, &facts, 1, 1444 * MINUTE, 3), 3);
	assert_int_equal(look(&watch, &facts, 2, 1445 * MINUTE, 0), 0);
	assert_int_equal(look(&watch, &facts, 2, 1446 * MINUTE, 0), 0);
	facts_clear(&facts);
}

static void test_nobody_looked(void **state)
{
	struct nat_watch watch = {.looked = true};
	struct facts before = make_facts(2, "before"), facts = make_facts(0, NULL);

	assert_int_equal(nat_watch_keep(&watch, &before, false, 1, &facts), 0);
	assert_string_equal(facts.nat_rules.reason, "before");
	assert_int_equal(facts.nat_seen.rewritten, 2);
	assert_true(facts.nat_rules.read);
	facts_clear(&before);
	facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_seen_holds),
		cmocka_unit_test(test_nobody_looked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
