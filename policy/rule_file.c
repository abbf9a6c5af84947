/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/rule_file.h"

#include "cleanup.h"
#include "policy/setting_file.h"
#include "policy/string_list.h"

#include <errno.h>
#include <string.h>

static const char *const top_keys[] = {"rule", NULL};
static const char *const rule_keys[] = {"id",	 "title",   "references", "kubernetes", "kernel",
					"probe", "exposed", "turn_off",	  "required",	NULL};
static const char *const kubernetes_keys[] = {"affected", NULL};
static const char *const kernel_keys[] = {"family",  "series",	 "flavour", "release", "version",
					  "compare", "affected", "unknown", NULL};
static const char *const exposed_keys[] = {"name", "kind", "driver", "mac", "udp_csum", NULL};

/* What is read now, and where complaints go. */
struct reader {
	struct setting_file file;
	struct complaints *complaints;
};

static void cleanup_reader(struct reader *reader)
{
	setting_file_close(&reader->file);
}

/* Complains about `key` of the group, or about the group itself when the key is not there. */
static int complain_about(struct reader *reader, const config_setting_t *group, const char *key,
			  const char *what)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	return setting_complain(&reader->file, setting ? setting : group, reader->complaints,
				"%s: %s", key, what);
}

static int require_string(struct reader *reader, const config_setting_t *group, const char *key,
			  char **ret_string)
{
	int result = setting_read_string(&reader->file, group, key, reader->complaints, ret_string);

	if (result == 0)
		return complain_about(reader, group, key, "is missing; add it");
	return result < 0 ? result : 0;
}

static int read_optional(struct reader *reader, const config_setting_t *group, const char *key,
			 char **ret_string)
{
	int result = setting_read_string(&reader->file, group, key, reader->complaints, ret_string);

	return result < 0 ? result : 0;
}

static int read_glob(struct reader *reader, const config_setting_t *group, const char *key,
		     char **ret_glob)
{
	int result = read_optional(reader, group, key, ret_glob);

	if (result == 0 && *ret_glob && !link_match_glob_valid(*ret_glob))
		return complain_about(reader, group, key,
				      "is no glob: close every [ and escape \\");
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

static int read_series(struct reader *reader, const config_setting_t *group, char **ret_series)
{
	int result = read_optional(reader, group, "series", ret_series);

	if (result == 0 && *ret_series && !is_series(*ret_series))
		return complain_about(reader, group, "series",
				      "must be two numbers, such as \"4.15\"");
	return result;
}

static int read_range(struct reader *reader, const config_setting_t *setting, const char *key,
		      enum range_form form, struct range_list *list)
{
	_cleanup_(range_clear) struct range range = {0};
	const char *text = config_setting_get_string(setting);
	const char *why = NULL;
	int result = range_parse(text, form, &range, &why);

	if (result == -EINVAL || result == -ERANGE)
		return setting_complain(&reader->file, setting, reader->complaints,
					"%s: \"%s\": %s", key, text, why);
	return result < 0 ? result : range_list_add(list, &range);
}

static int read_ranges(struct reader *reader, const config_setting_t *group, const char *key,
		       enum range_form form, struct range_list *list)
{
	_cleanup_(strings_cleanup) char **texts = NULL;
	int fault = 0, result;

	result = setting_read_strings(&reader->file, group, key, reader->complaints, &texts);
	if (result <= 0)
		return result;
	for (size_t i = 0; texts[i]; i++) {
		const config_setting_t *setting = config_setting_get_member(group, key);

		setting_note(&fault, read_range(reader, config_setting_get_elem(setting, i), key,
						form, list));
	}
	return fault;
}

static int read_kubernetes(struct reader *reader, const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *kubernetes = NULL;
	int fault = 0, result;

	result = setting_read_group(&reader->file, group, "kubernetes", reader->complaints,
				    &kubernetes);
	if (result <= 0)
		return result;
	setting_note(&fault, setting_check_keys(&reader->file, kubernetes, kubernetes_keys,
						reader->complaints));
	setting_note(&fault, read_ranges(reader, kubernetes, "affected", RANGE_KUBERNETES,
					 &rule->kubernetes));
	if (fault < 0)
		return fault;
	if (rule->kubernetes.n_ranges == 0)
		return complain_about(reader, kubernetes, "affected",
				      "must hold at least one range");
	rule->has_kubernetes = true;
	return 0;
}

static int read_kernel_line(struct reader *reader, const config_setting_t *group,
			    struct kernel_line *line)
{
	static const char *const compare_choices[] = {"base", "build", NULL};
	enum range_form form;
	int compare = 0, fault = 0;

	setting_note(&fault,
		     setting_check_keys(&reader->file, group, kernel_keys, reader->complaints));
	setting_note(&fault, require_string(reader, group, "family", &line->family));
	setting_note(&fault, read_series(reader, group, &line->series));
	setting_note(&fault, read_optional(reader, group, "flavour", &line->flavour));
	setting_note(&fault, read_glob(reader, group, "release", &line->release));
	setting_note(&fault, read_glob(reader, group, "version", &line->version));
	setting_note(&fault, setting_read_choice(&reader->file, group, "compare", compare_choices,
						 reader->complaints, &compare));
	line->by_build = compare == 1;
	form = line->by_build ? RANGE_BUILD : RANGE_KERNEL;
	setting_note(&fault, read_ranges(reader, group, "affected", form, &line->affected));
	setting_note(&fault, read_ranges(reader, group, "unknown", form, &line->unknown));
	return fault;
}

static int read_kernel(struct reader *reader, const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *list = NULL;
	int count, result;

	result = setting_read_group_list(&reader->file, group, "kernel", reader->complaints, &list);
	if (result <= 0)
		return result;
	count = config_setting_length(list);
	if (count == 0)
		return complain_about(reader, group, "kernel", "is empty; leave it out instead");
	rule->kernel = calloc(count, sizeof(*rule->kernel));
	if (!rule->kernel)
		return -ENOMEM;
	rule->n_kernel = count;
	result = 0;
	for (int i = 0; i < count; i++) {
		int one = read_kernel_line(reader, config_setting_get_elem(list, i),
					   &rule->kernel[i]);

		if (one < 0)
			result = one;
	}
	return result;
}

static int read_probe(struct reader *reader, const config_setting_t *group, struct rule *rule)
{
	static const char *const choices[] = {"zero-checksum", "udp-checksum", NULL};
	int choice = 0, result;

	result = setting_read_choice(&reader->file, group, "probe", choices, reader->complaints,
				     &choice);
	if (result <= 0)
		return result;
	if (!config_setting_get_member(group, "kernel"))
		return complain_about(reader, group, "probe",
				      "answers the kernel condition, but the rule has none");
	rule->probe = choice == 0 ? RULE_PROBE_ZERO_CHECKSUM : RULE_PROBE_UDP_CHECKSUM;
	return 0;
}

static int read_exposed(struct reader *reader, const config_setting_t *group, struct rule *rule)
{
	const config_setting_t *exposed = NULL;
	int result;

	result = setting_read_group(&reader->file, group, "exposed", reader->complaints, &exposed);
	if (result == 0)
		return complain_about(reader, group, "exposed", "is missing; add it");
	if (result < 0)
		return result;
	return setting_read_link_match(&reader->file, exposed, exposed_keys, reader->complaints,
				       &rule->exposed);
}

/* What is required but never turned off would leave every node vulnerable for ever. */
static int read_features(struct reader *reader, const config_setting_t *group, struct rule *rule)
{
	int result;

	result = setting_read_strings(&reader->file, group, "turn_off", reader->complaints,
				      &rule->turn_off);
	if (result < 0)
		return result;
	if (result == 0 || !rule->turn_off[0])
		return complain_about(reader, group, "turn_off", "must name at least one feature");
	result = setting_read_strings(&reader->file, group, "required", reader->complaints,
				      &rule->required);
	if (result == 0) {
		rule->required = strings_copy(rule->turn_off);
		return rule->required ? 0 : -ENOMEM;
	}
	if (result < 0)
		return result;
	if (!rule->required[0])
		return complain_about(reader, group, "required", "must name at least one feature");
	for (size_t i = 0; rule->required[i]; i++) {
		if (!strings_have((const char *const *)rule->turn_off, rule->required[i]))
			return complain_about(
				reader, group, "required",
				"names a feature that turn_off does not; add it there");
	}
	return 0;
}

static int read_id(struct reader *reader, const config_setting_t *group, char **ret_id)
{
	int result = require_string(reader, group, "id", ret_id);

	if (result == 0 && (*ret_id)[strspn(*ret_id, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return complain_about(reader, group, "id",
				      "may hold lower-case letters, digits and - only");
	return result;
}

static int read_rule(struct reader *reader, struct rule *rule)
{
	const config_setting_t *top = config_root_setting(&reader->file.config);
	const config_setting_t *group = NULL;
	int fault = 0, result;

	setting_note(&fault, setting_check_keys(&reader->file, top, top_keys, reader->complaints));
	result = setting_read_group(&reader->file, top, "rule", reader->complaints, &group);
	if (result <= 0)
		return fault ? fault : result < 0 ? result : -EBADMSG;
	setting_note(&fault,
		     setting_check_keys(&reader->file, group, rule_keys, reader->complaints));
	setting_note(&fault, read_id(reader, group, &rule->id));
	setting_note(&fault, require_string(reader, group, "title", &rule->title));
	setting_note(&fault, setting_read_strings(&reader->file, group, "references",
						  reader->complaints, &rule->references));
	setting_note(&fault, read_kubernetes(reader, group, rule));
	setting_note(&fault, read_kernel(reader, group, rule));
	setting_note(&fault, read_probe(reader, group, rule));
	setting_note(&fault, read_exposed(reader, group, rule));
	setting_note(&fault, read_features(reader, group, rule));
	if (!config_setting_get_member(group, "kubernetes") &&
	    !config_setting_get_member(group, "kernel"))
		setting_note(&fault, setting_complain(&reader->file, group, reader->complaints,
						      "a rule needs kubernetes, kernel, or both"));
	rule->file = strdup(reader->file.path);
	if (!rule->file)
		setting_note(&fault, -ENOMEM);
	return fault;
}

static int check_id(struct reader *reader, const struct rules *rules, const struct rule *rule)
{
	const config_setting_t *setting = config_lookup(&reader->file.config, "rule.id");

	for (size_t i = 0; i < rules->n_rules; i++) {
		if (strcmp(rules->rules[i].id, rule->id) == 0)
			return setting_complain(&reader->file, setting, reader->complaints,
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

static int load_file(const struct folder *folder, const char *name, struct complaints *complaints,
		     struct rules *rules)
{
	_cleanup_(cleanup_reader) struct reader reader = {.complaints = complaints};
	_cleanup_(rule_clear) struct rule rule = {0};
	_cleanup_free_ char *shown = NULL;
	int result;

	if (asprintf(&shown, "%s/%s", folder->path, name) < 0) {
		shown = NULL;
		return -ENOMEM;
	}
	result = setting_file_open(folder->fd, name, shown, complaints, &reader.file);
	if (result == 1) {
		rules->n_masked++;
		return 0;
	}
	if (result == 0)
		result = read_rule(&reader, &rule);
	if (result == 0)
		result = check_id(&reader, rules, &rule);
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
			struct complaints *complaints, struct rules *rules)
{
	int fault = 0;

	for (size_t i = 0; i < n_folders; i++) {
		for (size_t j = 0; folders[i].names && folders[i].names[j]; j++) {
			const char *name = folders[i].names[j];

			if (!is_replaced(folders, n_folders, i, name))
				setting_note(&fault,
					     load_file(&folders[i], name, complaints, rules));
		}
	}
	return fault;
}

static int complain_no_files(const char *const directories[], struct complaints *complaints)
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
	if (complaints_add(complaints,
			   "no rule file (*.rules) in %s: install the rules, or name their folder "
			   "with --rules",
			   listed) < 0)
		return -ENOMEM;
	return -EBADMSG;
}

static int open_folders(const char *const directories[], struct complaints *complaints,
			struct folder *folders, size_t *ret_n_files)
{
	size_t n_files = 0;
	int fault = 0;

	for (size_t i = 0; directories[i]; i++) {
		int result;

		folders[i].path = directories[i];
		result = setting_directory_list(directories[i], ".rules", complaints,
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

int rule_files_load(const char *const directories[], struct complaints *complaints,
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
	result = open_folders(directories, complaints, folders, &n_files);
	if (result == 0 && n_files == 0)
		result = complain_no_files(directories, complaints);
	if (result == 0)
		result = load_folders(folders, n_folders, complaints, &rules);
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
