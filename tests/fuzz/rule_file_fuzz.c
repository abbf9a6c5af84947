/* SPDX-License-Identifier: Apache-2.0 */
/* One rule file: what is accepted is a whole rule, what is refused has a diagnostic. */
#include "cleanup.h"
#include "policy/evaluate.h"
#include "policy/exposure.h"
#include "policy/file/rule_file.h"
#include "policy/link_match.h"
#include "tests/fuzz/diagnostics.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static bool has_string(char *const strings[], const char *wanted)
{
	for (; *strings; strings++) {
		if (strcmp(*strings, wanted) == 0)
			return true;
	}
	return false;
}

static void check_ranges(const struct range_list *list)
{
	for (size_t i = 0; i < list->n_ranges; i++) {
		const struct range *range = &list->ranges[i];

		FUZZ_CHECK(range->has_lower || range->has_upper);
		if (range->has_lower && range->has_upper)
			FUZZ_CHECK(version_compare(&range->lower, &range->upper) <= 0);
	}
}

static void check_kernel_line(const struct kernel_line *line)
{
	FUZZ_CHECK(line->family && line->family[0]);
	FUZZ_CHECK(!line->release || link_match_glob_valid(line->release));
	FUZZ_CHECK(!line->version || link_match_glob_valid(line->version));
	check_ranges(&line->affected);
	check_ranges(&line->unknown);
}

static void check_ports(const struct port_list *ports)
{
	for (size_t i = 0; i < ports->n_ports; i++)
		FUZZ_CHECK(ports->ports[i] >= 1 && ports->ports[i] <= 65535);
}

/* It asks for something: a link without any name, kind, driver or device does not fit. */
static void check_exposure(const struct exposure *exposure)
{
	const struct link_facts nothing = {.udp_csum = ANSWER_UNKNOWN};

	check_ports(&exposure->ports);
	check_ports(&exposure->ports_not);
	check_ranges(&exposure->driver_versions.ranges);
	check_ranges(&exposure->firmwares.ranges);
	for (char **pci = exposure->pci; pci && *pci; pci++)
		FUZZ_CHECK(exposure_pci_valid(*pci));
	if (!exposure->name && !exposure->kinds)
		FUZZ_CHECK(exposure_test(exposure, &nothing, NULL, NULL) != ANSWER_YES);
}

static void check_rule(const struct rule *rule)
{
	FUZZ_CHECK(rule->id && rule->id[0] && rule->title && rule->title[0]);
	FUZZ_CHECK(rule->n_exposed > 0);
	for (size_t i = 0; i < rule->n_exposed; i++)
		FUZZ_CHECK(rule_has_conditions(rule) || exposure_singles_out(&rule->exposed[i]));
	FUZZ_CHECK(!rule->has_kubernetes || rule->kubernetes.n_ranges > 0);
	check_ranges(&rule->kubernetes);
	for (size_t i = 0; i < rule->n_kernel; i++)
		check_kernel_line(&rule->kernel[i]);
	for (size_t i = 0; i < rule->n_exposed; i++)
		check_exposure(&rule->exposed[i]);
	FUZZ_CHECK(rule->turn_off && rule->turn_off[0] && rule->required && rule->required[0]);
	for (char **feature = rule->required; *feature; feature++)
		FUZZ_CHECK(has_string(rule->turn_off, *feature));
}

/* Nothing is known of this node: a rule with a condition cannot decide. */
static void check_unknown_node(const struct rules *rules)
{
	_cleanup_(judgement_clear) struct judgement judgement = {0};
	const struct facts facts = {.kubernetes.present = ANSWER_UNKNOWN};

	FUZZ_CHECK(policy_evaluate(rules, &facts, &(struct evidence){0}, &judgement) == 0);
	for (size_t i = 0; i < judgement.n_rules; i++) {
		const struct rule_judgement *judged = &judgement.rules[i];

		FUZZ_CHECK(judged->verdict == (judged->n_conditions ? ANSWER_UNKNOWN : ANSWER_YES));
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_needs_root();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const directories[] = {fuzz_folder(), NULL};
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct rules rules;
	int result;

	fuzz_put("one.rules", data, size);
	fuzz_spoil(&rules, sizeof(rules));
	result = rule_files_load(directories, &diagnostics, &rules);
	check_diagnostics(&diagnostics);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && diagnostics.n_texts > 0);
		FUZZ_CHECK(fuzz_is_spoiled(&rules, sizeof(rules)));
		return 0;
	}
	FUZZ_CHECK(diagnostics.n_texts == 0 && rules.n_rules + rules.n_masked == 1);
	for (size_t i = 0; i < rules.n_rules; i++)
		check_rule(&rules.rules[i]);
	check_unknown_node(&rules);
	rules_clear(&rules);
	return 0;
}
