/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/rule_file.h"

#include "array.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/exposure_setting.h"
#include "policy/file/rule_names.h"
#include "policy/file/setting.h"
#include "policy/link_match.h"
#include "policy/string_list.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

static const char *const top_keys[] = {"rule", NULL};
static const char *const rule_keys[] = {
	"id",	 "title",    "references", "mode",	 "symptom",  "effect",
	"cost",	 "remedies", "review",	   "kubernetes", "nat",	     "kernel",
	"probe", "machine",  "exposed",	   "turn_off",	 "required", NULL};
static const char *const kubernetes_keys[] = {"affected", NULL};
static const char *const kernel_keys[] = {"family",  "series",	 "flavour", "release", "version",
					  "compare", "affected", "unknown", NULL};
static const char *const machine_keys[] = {"arch",  "vendor",	  "product",
					   "model", "hypervisor", NULL};

/* Refuses `key` of the group, or the group itself when the key is not there. */
static int refuse_key(const struct setting_file *file, const config_setting_t *group,
		      const char *key, const char *what)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	return setting_refuse(file, setting ? setting : group, "%s: %s", key, what);
}

static int require_string(const struct setting_file *file, const config_setting_t *group,
			  const char *key, char **ret_string)
{
	int result = setting_read_string(file, group, key, ret_string);

	if (result == 0)
		return refuse_key(file, group, key, "is missing; add it");
	return result < 0 ? result : 0;
}

static int read_optional(const struct setting_file *file, const config_setting_t *group,
			 const char *key, char **ret_string)
{
	int result = setting_read_string(file, group, key, ret_string);

	return result < 0 ? result : 0;
}

static int read_glob(const struct setting_file *file, const config_setting_t *group,
		     const char *key, char **ret_glob)
{
	int result = read_optional(file, group, key, ret_glob);

	if (result == 0 && *ret_glob && !link_match_glob_valid(*ret_glob))
		return refuse_key(file, group, key, "is no glob: close every [ and escape \\");
	return result;
}

/* Two numbers with a dot; anything longer would never fit and say nothing. */
static bool is_series(const char *text)
{
	static const char digits[] = "0123456789";
	size_t length = strspn(text, digits);

	if (length == 0 || text[length] != '.')
		return false;
	text += length + 1;
	length = strspn(text, digits);
	return length > 0 && text[length] == '\0';
}

static int read_series(const struct setting_file *file, const config_setting_t *group,
		       char **ret_series)
{
	int result = read_optional(file, group, "series", ret_series);

	if (result == 0 && *ret_series && !is_series(*ret_series))
		return refuse_key(file, group, "series", "must be two numbers, such as \"4.15\"");
	return result;
}

static int read_range(const struct setting_file *file, const config_setting_t *setting,
		      const char *key, enum range_form form, struct range_list *list)
{
	_cleanup_(range_clear) struct range range = {0};
	const char *text = config_setting_get_string(setting);
	const char *why = NULL;
	int result = range_parse(text, form, &range, &why);

	if (result == -EINVAL || result == -ERANGE)
		return setting_refuse(file, setting, "%s: \"%s\": %s", key, text, why);
	return result < 0 ? result : range_list_add(list, &range);
}

static int read_ranges(const struct setting_file *file, const config_setting_t *group,
		       const char *key, enum range_form form, struct range_list *list)
{
	_cleanup_(strings_cleanup) char **texts = NULL;
	int fault = 0, result;

	result = setting_read_strings(file, group, key, &texts);
	if (result <= 0)
		return result;
	for (size_t i = 0; texts[i]; i++) {
		const config_setting_t *setting = config_setting_get_member(group, key);

		setting_note(&fault, read_range(file, config_setting_get_elem(setting, i), key,
						form, list));
	}
	return fault;
}

static int read_kubernetes(const struct setting_file *file, const config_setting_t *group,
			   struct rule *rule)
{
	const config_setting_t *kubernetes = NULL;
	int fault = 0, result;

	result = setting_read_group(file, group, "kubernetes", &kubernetes);
	if (result <= 0)
		return result;
	setting_note(&fault, setting_check_keys(file, kubernetes, kubernetes_keys));
	setting_note(&fault, read_ranges(file, kubernetes, "affected", RANGE_KUBERNETES,
					 &rule->kubernetes));
	if (fault < 0)
		return fault;
	if (rule->kubernetes.n_ranges == 0)
		return refuse_key(file, kubernetes, "affected", "must hold at least one range");
	rule->has_kubernetes = true;
	return 0;
}

static int read_kernel_line(const struct setting_file *file, const config_setting_t *group,
			    struct kernel_line *line)
{
	static const char *const compare_choices[] = {"base", "build", NULL};
	enum range_form form;
	int compare = 0, fault = 0;

	setting_note(&fault, setting_check_keys(file, group, kernel_keys));
	setting_note(&fault, require_string(file, group, "family", &line->family));
	setting_note(&fault, read_series(file, group, &line->series));
	setting_note(&fault, read_optional(file, group, "flavour", &line->flavour));
	setting_note(&fault, read_glob(file, group, "release", &line->release));
	setting_note(&fault, read_glob(file, group, "version", &line->version));
	setting_note(&fault,
		     setting_read_choice(file, group, "compare", compare_choices, &compare));
	line->by_build = compare == 1;
	form = line->by_build ? RANGE_BUILD : RANGE_KERNEL;
	setting_note(&fault, read_ranges(file, group, "affected", form, &line->affected));
	setting_note(&fault, read_ranges(file, group, "unknown", form, &line->unknown));
	return fault;
}

static int read_kernel(const struct setting_file *file, const config_setting_t *group,
		       struct rule *rule)
{
	const config_setting_t *list = NULL;
	int count, result;

	result = setting_read_group_list(file, group, "kernel", &list);
	if (result <= 0)
		return result;
	count = config_setting_length(list);
	if (count == 0)
		return refuse_key(file, group, "kernel", "is empty; leave it out instead");
	rule->kernel = calloc(count, sizeof(*rule->kernel));
	if (!rule->kernel)
		return -ENOMEM;
	rule->n_kernel = count;
	result = 0;
	for (int i = 0; i < count; i++) {
		int one =
			read_kernel_line(file, config_setting_get_elem(list, i), &rule->kernel[i]);

		if (one < 0)
			result = one;
	}
	return result;
}

/* Like the mode, a choice of words; there is one way so far in which nat rules can be at fault. */
static int read_nat(const struct setting_file *file, const config_setting_t *group,
		    struct rule *rule)
{
	static const char *const choices[] = {"double-snat", NULL};
	int choice = 0, result;

	result = setting_read_choice(file, group, "nat", choices, &choice);
	if (result > 0)
		rule->nat = true;
	return result < 0 ? result : 0;
}

static int read_mode(const struct setting_file *file, const config_setting_t *group,
		     struct rule *rule)
{
	static const char *const choices[] = {"act", "tell", "advise", NULL};
	int choice = RULE_ACT, result;

	result = setting_read_choice(file, group, "mode", choices, &choice);
	if (result > 0)
		rule->mode = choice;
	return result < 0 ? result : 0;
}

/* A sign makes an advice tell; other modes need none. */
static int read_symptom(const struct setting_file *file, const config_setting_t *group,
			struct rule *rule)
{
	const char *const choices[] = {symptom_name(SYMPTOM_TX_STALL),
				       symptom_name(SYMPTOM_TX_TIMEOUTS), NULL};
	int choice = 0, result;

	result = setting_read_choice(file, group, "symptom", choices, &choice);
	if (result <= 0)
		return result;
	if (rule->mode != RULE_ADVISE)
		return refuse_key(file, group, "symptom",
				  "is for rules with mode = \"advise\", which it makes tell");
	rule->symptom = SYMPTOM_TX_STALL + choice;
	return 0;
}

static int read_effect(const struct setting_file *file, const config_setting_t *group,
		       struct rule *rule)
{
	static const char *const choices[] = {"drops", "corrupts", "hangs", "slow", NULL};
	int choice = 0, result;

	result = setting_read_choice(file, group, "effect", choices, &choice);
	if (result > 0)
		rule->effect = RULE_EFFECT_DROPS + choice;
	return result < 0 ? result : 0;
}

static int read_review(const struct setting_file *file, const config_setting_t *group,
		       struct rule *rule)
{
	int result = read_optional(file, group, "review", &rule->review);

	if (result == 0 && rule->review && fnmatch("20[0-9][0-9]-0[1-9]", rule->review, 0) != 0 &&
	    fnmatch("20[0-9][0-9]-1[0-2]", rule->review, 0) != 0)
		return refuse_key(file, group, "review",
				  "must be a year and a month, such as \"2027-06\"");
	return result;
}

static int read_machine(const struct setting_file *file, const config_setting_t *group,
			struct rule *rule)
{
	const config_setting_t *machine = NULL;
	int fault = 0, result;

	result = setting_read_group(file, group, "machine", &machine);
	if (result <= 0)
		return result;
	if (config_setting_length(machine) == 0)
		return refuse_key(file, group, "machine", "is empty; leave it out instead");
	rule->machine = calloc(1, sizeof(*rule->machine));
	if (!rule->machine)
		return -ENOMEM;
	setting_note(&fault, setting_check_keys(file, machine, machine_keys));
	setting_note(&fault, read_glob(file, machine, "arch", &rule->machine->arch));
	setting_note(&fault, read_glob(file, machine, "vendor", &rule->machine->vendor));
	setting_note(&fault, read_glob(file, machine, "product", &rule->machine->product));
	setting_note(&fault, read_glob(file, machine, "model", &rule->machine->model));
	setting_note(&fault, read_glob(file, machine, "hypervisor", &rule->machine->hypervisor));
	return fault;
}

static int read_probe(const struct setting_file *file, const config_setting_t *group,
		      struct rule *rule)
{
	static const char *const choices[] = {"zero-checksum", "udp-checksum", NULL};
	int choice = 0, result;

	result = setting_read_choice(file, group, "probe", choices, &choice);
	if (result <= 0)
		return result;
	if (!config_setting_get_member(group, "kernel"))
		return refuse_key(file, group, "probe",
				  "answers the kernel condition, but the rule has none");
	rule->probe = choice == 0 ? RULE_PROBE_ZERO_CHECKSUM : RULE_PROBE_UDP_CHECKSUM;
	return 0;
}

/* One group, or a list of groups. */
static int read_exposed(const struct setting_file *file, const config_setting_t *group,
			struct rule *rule)
{
	const config_setting_t *exposed = config_setting_get_member(group, "exposed");
	const bool is_list = exposed && config_setting_is_list(exposed);
	int fault = 0, result;

	if (!exposed)
		return refuse_key(file, group, "exposed", "is missing; add it");
	if (!is_list && !config_setting_is_group(exposed))
		return refuse_key(file, group, "exposed",
				  "must be a group { ... } or a list of groups ( { ... } )");
	result = is_list ? setting_read_group_list(file, group, "exposed", &exposed) : 1;
	if (result < 0)
		return result;
	if (is_list && config_setting_length(exposed) == 0)
		return refuse_key(file, group, "exposed", "must hold at least one group");
	rule->n_exposed = is_list ? config_setting_length(exposed) : 1;
	rule->exposed = calloc(rule->n_exposed, sizeof(*rule->exposed));
	if (!rule->exposed) {
		rule->n_exposed = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < rule->n_exposed; i++)
		setting_note(&fault,
			     exposure_setting_read(
				     file, is_list ? config_setting_get_elem(exposed, i) : exposed,
				     &rule->exposed[i]));
	return fault;
}

/* Which devices there are can be all the condition; without any it would be about every node. */
static int check_conditions(const struct setting_file *file, const config_setting_t *group,
			    const struct rule *rule)
{
	static const char *const conditions[] = {"kubernetes", "nat", "kernel", "machine"};
	size_t n_single = 0;

	for (size_t i = 0; i < N_ELEMENTS(conditions); i++) {
		if (config_setting_get_member(group, conditions[i]))
			return 0;
	}
	while (n_single < rule->n_exposed && exposure_singles_out(&rule->exposed[n_single]))
		n_single++;
	if (n_single > 0 && n_single == rule->n_exposed)
		return 0;
	return setting_refuse(
		file, group,
		"a rule needs kubernetes, nat, kernel, machine, or several, unless "
		"each group of exposed singles links out: by name, mac, kind, driver, "
		"port, pci, carries, upper or master");
}

/* What is required but never turned off would leave every node vulnerable for ever. */
static int read_features(const struct setting_file *file, const config_setting_t *group,
			 struct rule *rule)
{
	int result;

	result = setting_read_strings(file, group, "turn_off", &rule->turn_off);
	if (result < 0)
		return result;
	if (result == 0 || !rule->turn_off[0])
		return refuse_key(file, group, "turn_off", "must name at least one feature");
	result = setting_read_strings(file, group, "required", &rule->required);
	if (result == 0) {
		rule->required = strings_copy(rule->turn_off);
		return rule->required ? 0 : -ENOMEM;
	}
	if (result < 0)
		return result;
	if (!rule->required[0])
		return refuse_key(file, group, "required", "must name at least one feature");
	for (size_t i = 0; rule->required[i]; i++) {
		if (!strings_have((const char *const *)rule->turn_off, rule->required[i]))
			return refuse_key(file, group, "required",
					  "names a feature that turn_off does not; add it there");
	}
	return 0;
}

static int read_id(const struct setting_file *file, const config_setting_t *group, char **ret_id)
{
	int result = require_string(file, group, "id", ret_id);

	if (result == 0 && (*ret_id)[strspn(*ret_id, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return refuse_key(file, group, "id",
				  "may hold lower-case letters, digits and - only");
	return result;
}

static int read_rule(const struct setting_file *file, struct rule *rule)
{
	const config_setting_t *top = config_root_setting(&file->config);
	const config_setting_t *group = NULL;
	int fault = 0, result;

	setting_note(&fault, setting_check_keys(file, top, top_keys));
	result = setting_read_group(file, top, "rule", &group);
	if (result <= 0)
		return fault ? fault : result < 0 ? result : -EBADMSG;
	setting_note(&fault, setting_check_keys(file, group, rule_keys));
	setting_note(&fault, read_id(file, group, &rule->id));
	setting_note(&fault, require_string(file, group, "title", &rule->title));
	setting_note(&fault, setting_read_strings(file, group, "references", &rule->references));
	setting_note(&fault, read_mode(file, group, rule));
	setting_note(&fault, read_symptom(file, group, rule));
	setting_note(&fault, read_effect(file, group, rule));
	setting_note(&fault, read_review(file, group, rule));
	setting_note(&fault, read_optional(file, group, "cost", &rule->cost));
	setting_note(&fault, setting_read_strings(file, group, "remedies", &rule->remedies));
	setting_note(&fault, read_kubernetes(file, group, rule));
	setting_note(&fault, read_nat(file, group, rule));
	setting_note(&fault, read_kernel(file, group, rule));
	setting_note(&fault, read_probe(file, group, rule));
	setting_note(&fault, read_machine(file, group, rule));
	setting_note(&fault, read_exposed(file, group, rule));
	setting_note(&fault, read_features(file, group, rule));
	setting_note(&fault, check_conditions(file, group, rule));
	rule->file = strdup(file->path);
	if (!rule->file)
		setting_note(&fault, -ENOMEM);
	return fault < 0 ? fault : rule_names_collect(group, rule);
}

static int check_id(const struct setting_file *file, const struct rules *rules,
		    const struct rule *rule)
{
	const config_setting_t *setting = config_lookup(&file->config, "rule.id");

	for (size_t i = 0; i < rules->n_rules; i++) {
		if (strcmp(rules->rules[i].id, rule->id) == 0)
			return setting_refuse(file, setting,
					      "id: \"%s\" is that of %s, too; give it another",
					      rule->id, rules->rules[i].file);
	}
	return 0;
}

static int append_rule(struct rules *rules, struct rule *rule)
{
	struct rule *longer = realloc(rules->rules, (rules->n_rules + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	rules->rules = longer;
	rules->rules[rules->n_rules++] = *rule;
	*rule = (struct rule){0};
	return 0;
}

/* One folder: its descriptor and the sorted names of its rule files. */
struct folder {
	const char *path;
	int fd;
	char **names;
};

static int load_file(const struct folder *folder, const char *name, struct diagnostics *diagnostics,
		     struct rules *rules)
{
	_cleanup_(setting_file_close) struct setting_file file = {0};
	_cleanup_(rule_clear) struct rule rule = {0};
	_cleanup_free_ char *shown = NULL;
	int result;

	if (asprintf(&shown, "%s/%s", folder->path, name) < 0) {
		shown = NULL;
		return -ENOMEM;
	}
	result = setting_file_open(folder->fd, name, shown, diagnostics, &file);
	if (result == 1) {
		rules->n_masked++;
		return 0;
	}
	if (result == 0)
		result = read_rule(&file, &rule);
	if (result == 0)
		result = check_id(&file, rules, &rule);
	return result < 0 ? result : append_rule(rules, &rule);
}

/* Is the file replaced by one of the same name in a later folder? */
static bool is_replaced(const struct folder *folders, size_t n_folders, size_t own,
			const char *name)
{
	for (size_t i = own + 1; i < n_folders; i++) {
		if (folders[i].names && strings_have((const char *const *)folders[i].names, name))
			return true;
	}
	return false;
}

static int load_folders(const struct folder *folders, size_t n_folders,
			struct diagnostics *diagnostics, struct rules *rules)
{
	int fault = 0;

	for (size_t i = 0; i < n_folders; i++) {
		for (size_t j = 0; folders[i].names && folders[i].names[j]; j++) {
			const char *name = folders[i].names[j];

			if (!is_replaced(folders, n_folders, i, name))
				setting_note(&fault,
					     load_file(&folders[i], name, diagnostics, rules));
		}
	}
	return fault;
}

static int refuse_no_files(const char *const directories[], struct diagnostics *diagnostics)
{
	_cleanup_free_ char *listed = NULL;

	for (size_t i = 0; directories[i]; i++) {
		char *longer = NULL;

		if (asprintf(&longer, "%s%s%s", listed ? listed : "", listed ? ", " : "",
			     directories[i]) < 0)
			return -ENOMEM;
		free(listed);
		listed = longer;
	}
	return diagnostics_refuse(diagnostics,
				  "no rule file (*.rules) in %s: install the rules, or name their "
				  "folder with --rules",
				  listed);
}

static int open_folders(const char *const directories[], struct diagnostics *diagnostics,
			struct folder *folders, size_t *ret_n_files)
{
	size_t n_files = 0;
	int fault = 0;

	for (size_t i = 0; directories[i]; i++) {
		int result;

		folders[i].path = directories[i];
		result = setting_directory_list(directories[i], ".rules", diagnostics,
						&folders[i].fd, &folders[i].names);
		if (result != -ENOENT)
			setting_note(&fault, result);
		for (size_t j = 0; folders[i].names && folders[i].names[j]; j++)
			n_files++;
	}
	*ret_n_files = n_files;
	return fault;
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *rule = a, *other = b;
	const char *name = strrchr(rule->file, '/'), *other_name = strrchr(other->file, '/');

	return strcmp(name, other_name);
}

int rule_files_load(const char *const directories[], struct diagnostics *diagnostics,
		    struct rules *ret_rules)
{
	_cleanup_(rules_clear) struct rules rules = {0};
	_cleanup_free_ struct folder *folders = NULL;
	size_t n_folders = 0, n_files = 0;
	int result;

	while (directories[n_folders])
		n_folders++;
	folders = calloc(n_folders + 1, sizeof(*folders));
	if (!folders)
		return -ENOMEM;
	for (size_t i = 0; i < n_folders; i++)
		folders[i].fd = -1;
	result = open_folders(directories, diagnostics, folders, &n_files);
	if (result == 0 && n_files == 0)
		result = refuse_no_files(directories, diagnostics);
	if (result == 0)
		result = load_folders(folders, n_folders, diagnostics, &rules);
	for (size_t i = 0; i < n_folders; i++) {
		if (folders[i].fd >= 0)
			close(folders[i].fd);
		strings_free(folders[i].names);
	}
	if (result < 0)
		return result;
	if (rules.n_rules > 1)
		qsort(rules.rules, rules.n_rules, sizeof(*rules.rules), compare_rules);
	*ret_rules = rules;
	rules = (struct rules){0};
	return 0;
}
