/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/links/living_namespaces.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SOME_USER 4242

/* As the packaged service sees it, where systemd knows ProtectProc=: only its own processes. */
static void test_hidden_processes(void **state)
{
	struct living_namespaces living = {0};

	assert_int_equal(mount("proc", "/proc", "proc", 0, "hidepid=2"), 0);
	assert_int_equal(setresuid(SOME_USER, SOME_USER, SOME_USER), 0);
	/* As after the execution of a program, whose own files in /proc are its user's. */
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(living_namespaces_read(&living), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden_processes),
	};
	int result = private_run_enter();

	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
