/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/shipped_rules.h"

#include "policy/file/diagnostics.h"
#include "policy/file/rule_file.h"
#include "tests/fuzz/fuzz.h"

struct rules shipped_rules;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *const directories[] = {RULES_DIR, NULL};
	struct diagnostics diagnostics = {0};

	(void)argc;
	(void)argv;
	fuzz_needs_root();
	FUZZ_CHECK(rule_files_load(directories, &diagnostics, &shipped_rules) == 0);
	FUZZ_CHECK(shipped_rules.n_rules > 0);
	return 0;
}
