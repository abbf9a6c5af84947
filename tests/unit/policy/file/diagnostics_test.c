/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/diagnostics.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>

static void test_complaints(void **state)
{
	struct complaints complaints = {0};

	assert_int_equal(complaints_refuse(&complaints, "%s:%d: %s", "agent.conf", 3, "%s"),
			 -EBADMSG);
	assert_int_equal(complaints_refuse(&complaints, "nothing to fill in"), -EBADMSG);
	assert_int_equal(complaints.n_texts, 2);
	assert_string_equal(complaints.texts[0], "agent.conf:3: %s");
	assert_string_equal(complaints.texts[1], "nothing to fill in");
	complaints_clear(&complaints);
	assert_null(complaints.texts);
	assert_int_equal(complaints.n_texts, 0);
	complaints_clear(&complaints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
