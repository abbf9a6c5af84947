/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/diagnostics.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>

static void test_diagnostics(void **state)
{
	struct diagnostics diagnostics = {0};

	assert_int_equal(diagnostics_refuse(&diagnostics, "%s:%d: %s", "agent.conf", 3, "%s"),
			 -EBADMSG);
	assert_int_equal(diagnostics_refuse(&diagnostics, "nothing to fill in"), -EBADMSG);
	assert_int_equal(diagnostics.n_texts, 2);
	assert_string_equal(diagnostics.texts[0], "agent.conf:3: %s");
	assert_string_equal(diagnostics.texts[1], "nothing to fill in");
	diagnostics_clear(&diagnostics);
	assert_null(diagnostics.texts);
	assert_int_equal(diagnostics.n_texts, 0);
	diagnostics_clear(&diagnostics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diagnostics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
