/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/settings/config.h"

#include "agent/base/socket_address.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/setting.h"
#include "policy/string_list.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CONFIG_FILE	 OFFLOAD_AGENT_SYSCONFDIR "/agent.conf"
#define CONFIG_DIRECTORY OFFLOAD_AGENT_SYSCONFDIR "/agent.conf.d"

/* Rarer than this is no looking. */
#define SWEEP_MAX (24 * 60 * 60)

/* A minute an hour. */
#define WIRE_SECONDS 60
#define WIRE_EVERY   (60 * 60)

#define WIRE_SECONDS_MAX (60 * 60)
#define WIRE_EVERY_MAX	 (24 * 60 * 60)

static const char *const keys[] = {"nics",    "act",	     "tell",
				   "off",     "turn_off",    "kubernetes",
				   "kernel",  "on_unknown",  "on_not_affected",
				   "on_stop", "sweep",	     "exports",
				   "wire",    "wire_sample", NULL};
static const char *const kubernetes_keys[] = {"version", "evidence", "kubelet", "proxy_metrics",
					      NULL};
static const char *const kernel_keys[] = {"evidence", NULL};
static const char *const wire_sample_keys[] = {"seconds", "every", NULL};
static const char *const selector_keys[] = {"name", "kind", "driver", "mac", NULL};
static const char *const export_keys[] = {"format", "file", NULL};

static void clear_nics(struct agent_config *config)
{
	for (size_t i = 0; i < config->n_nics; i++)
		link_match_clear(&config->nics[i]);
	free(config->nics);
	config->nics = NULL;
	config->n_nics = 0;
}

/* The choices of one mode, or all of them. */
static void clear_choices(struct agent_config *config, bool all, enum rule_mode mode)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < config->n_choices; i++) {
		if (!all && config->choices[i].mode != mode) {
			config->choices[n_kept++] = config->choices[i];
			continue;
		}
		free(config->choices[i].glob);
		free(config->choices[i].source);
	}
	config->n_choices = n_kept;
	if (!all)
		return;
	free(config->choices);
	config->choices = NULL;
}

static void clear_exports(struct agent_config *config)
{
	for (size_t i = 0; i < config->n_exports; i++)
		free(config->exports[i].file);
	free(config->exports);
	config->exports = NULL;
	config->n_exports = 0;
}

void agent_config_clear(struct agent_config *config)
{
	clear_nics(config);
	clear_exports(config);
	clear_choices(config, true, RULE_OFF);
	strings_free(config->turn_off);
	free(config->turn_off_source);
	free(config->kubernetes_version);
	free(config->kubelet);
	free(config->proxy_metrics);
	memset(config, 0, sizeof(*config));
}

static int set_defaults(struct agent_config *config)
{
	*config = (struct agent_config){
		.nics_exposed = true,
		.restore_on_not_affected = true,
		.sweep = 60,
		.wire_seconds = WIRE_SECONDS,
		.wire_every = WIRE_EVERY,
	};
	config->proxy_metrics = strdup("127.0.0.1:10249");
	return config->proxy_metrics ? 0 : -ENOMEM;
}

static void replace_string(char **target, char *value)
{
	free(*target);
	*target = value;
}

static int read_nics_list(const struct setting_file *file, const config_setting_t *top,
			  struct agent_config *config)
{
	const config_setting_t *list = NULL;
	struct link_match *nics;
	int result, count;

	result = setting_read_group_list(file, top, "nics", &list);
	if (result <= 0)
		return result;
	count = config_setting_length(list);
	if (count == 0)
		return setting_refuse(file, list,
				      "nics: is empty; name at least one NIC, or leave it out");
	nics = calloc(count, sizeof(*nics));
	if (!nics)
		return -ENOMEM;
	clear_nics(config);
	config->nics_exposed = false;
	config->nics = nics;
	for (int i = 0; i < count; i++) {
		int one = setting_read_link_match(file, config_setting_get_elem(list, i),
						  selector_keys, &nics[i]);

		if (one < 0)
			result = one;
		else
			config->n_nics = i + 1;
	}
	return result;
}

/* A list, or the word "exposed". */
static int read_nics(const struct setting_file *file, const config_setting_t *top,
		     struct agent_config *config)
{
	const config_setting_t *setting = config_setting_get_member(top, "nics");
	const char *word = setting ? config_setting_get_string(setting) : NULL;

	if (!word)
		return read_nics_list(file, top, config);
	if (strcmp(word, "exposed") != 0)
		return setting_refuse(file, setting,
				      "nics: must be \"exposed\" or a list of groups: ( { ... } )");
	clear_nics(config);
	config->nics_exposed = true;
	return 1;
}

static int add_choice(const struct setting_file *file, const config_setting_t *setting,
		      const char *key, enum rule_mode mode, struct agent_config *config)
{
	const char *glob = config_setting_get_string(setting);
	struct rule_choice choice = {.mode = mode}, *longer;

	if (!link_match_glob_valid(glob))
		return setting_refuse(file, setting, "%s: \"%s\" is no glob: close every [", key,
				      glob);
	longer = realloc(config->choices, (config->n_choices + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	config->choices = longer;
	choice.glob = strdup(glob);
	if (!choice.glob)
		return -ENOMEM;
	if (asprintf(&choice.source, "%s:%d: %s", file->path, config_setting_source_line(setting),
		     key) < 0) {
		free(choice.glob);
		return -ENOMEM;
	}
	config->choices[config->n_choices++] = choice;
	return 0;
}

/* act, tell, off: globs on the ids of rules. A later file replaces the list of the same mode. */
static int read_choices(const struct setting_file *file, const config_setting_t *top,
			enum rule_mode mode, struct agent_config *config)
{
	const char *key = rule_mode_name(mode);
	const config_setting_t *setting = config_setting_get_member(top, key);
	_cleanup_(strings_cleanup) char **globs = NULL;
	int fault = 0, result = setting_read_strings(file, top, key, &globs);

	if (result <= 0)
		return result;
	clear_choices(config, false, mode);
	for (size_t i = 0; globs[i]; i++)
		setting_note(&fault, add_choice(file, config_setting_get_elem(setting, i), key,
						mode, config));
	return fault;
}

static int read_turn_off(const struct setting_file *file, const config_setting_t *top,
			 struct agent_config *config)
{
	const config_setting_t *setting;
	char **features = NULL;
	char *source = NULL;
	int result;

	result = setting_read_strings(file, top, "turn_off", &features);
	if (result <= 0)
		return result;
	setting = config_setting_get_member(top, "turn_off");
	if (!features[0]) {
		strings_free(features);
		return setting_refuse(file, setting,
				      "turn_off: is empty; name a feature, or leave it out");
	}
	if (asprintf(&source, "%s:%d", file->path, config_setting_source_line(setting)) < 0) {
		strings_free(features);
		return -ENOMEM;
	}
	strings_free(config->turn_off);
	config->turn_off = features;
	replace_string(&config->turn_off_source, source);
	return 1;
}

static int read_kubernetes_strings(const struct setting_file *file, const config_setting_t *group,
				   struct agent_config *config)
{
	union socket_address address;
	char *value = NULL;
	int result;

	result = setting_read_string(file, group, "version", &value);
	if (result < 0)
		return result;
	if (result > 0 && strcmp(value, "auto") == 0) {
		free(value);
		replace_string(&config->kubernetes_version, NULL);
	} else if (result > 0) {
		replace_string(&config->kubernetes_version, value);
	}

	result = setting_read_string(file, group, "kubelet", &value);
	if (result < 0)
		return result;
	if (result > 0) {
		replace_string(&config->kubelet, value);
		if (value[0] != '/')
			return setting_refuse(file, config_setting_get_member(group, "kubelet"),
					      "kubernetes.kubelet: \"%s\" must be an absolute path",
					      value);
	}

	result = setting_read_string(file, group, "proxy_metrics", &value);
	if (result > 0) {
		replace_string(&config->proxy_metrics, value);
		if (socket_address_parse(value, &address) < 0)
			return setting_refuse(
				file, config_setting_get_member(group, "proxy_metrics"),
				"kubernetes.proxy_metrics: \"%s\" must be a numeric ADDRESS:PORT",
				value);
	}
	return result < 0 ? result : 0;
}

static int read_two_way(const struct setting_file *file, const config_setting_t *top,
			const char *key, const char *no, const char *yes, bool *value)
{
	const char *const choices[] = {no, yes, NULL};
	int choice = 0, result;

	result = setting_read_choice(file, top, key, choices, &choice);
	if (result > 0)
		*value = choice == 1;
	return result;
}

static int read_kubernetes(const struct setting_file *file, const config_setting_t *top,
			   struct agent_config *config)
{
	const config_setting_t *group = NULL;
	int fault = setting_read_group(file, top, "kubernetes", &group);

	if (fault <= 0)
		return fault;
	fault = setting_check_keys(file, group, kubernetes_keys);
	setting_note(&fault, read_two_way(file, group, "evidence", "version", "rules",
					  &config->evidence.kubernetes_rules));
	setting_note(&fault, read_kubernetes_strings(file, group, config));
	return fault;
}

static int read_kernel(const struct setting_file *file, const config_setting_t *top,
		       struct agent_config *config)
{
	const config_setting_t *group = NULL;
	int fault = setting_read_group(file, top, "kernel", &group);

	if (fault <= 0)
		return fault;
	fault = setting_check_keys(file, group, kernel_keys);
	setting_note(&fault, read_two_way(file, group, "evidence", "version", "probe",
					  &config->evidence.kernel_measured));
	return fault;
}

/* How the service looks at the wire. There must be an end before the next beginning. */
static int read_wire_sample(const struct setting_file *file, const config_setting_t *top,
			    struct agent_config *config)
{
	const config_setting_t *group = NULL;
	int fault = setting_read_group(file, top, "wire_sample", &group);

	if (fault <= 0)
		return fault;
	fault = setting_check_keys(file, group, wire_sample_keys);
	setting_note(&fault, setting_read_int(file, group, "seconds", 1, WIRE_SECONDS_MAX,
					      &config->wire_seconds));
	setting_note(&fault, setting_read_int(file, group, "every", 2, WIRE_EVERY_MAX,
					      &config->wire_every));
	if (fault >= 0 && config->wire_every <= config->wire_seconds)
		return setting_refuse(file, group,
				      "wire_sample: every (%d) must be more than seconds (%d)",
				      config->wire_every, config->wire_seconds);
	return fault;
}

/* A reader's folder may hold files that it passes over; one with a dot in front is such. */
static bool export_file_valid(const char *file)
{
	const char *name = strrchr(file, '/');

	return file[0] == '/' && name[1] && name[1] != '.';
}

static int read_export(const struct setting_file *file, const config_setting_t *group,
		       struct export *export)
{
	enum report_format formats[REPORT_FORMATS] = {REPORT_FORMAT_NONE};
	const char *names[REPORT_FORMATS + 1] = {NULL};
	int fault, result, choice = 0;

	for (enum report_format format = 0, n = 0; format < REPORT_FORMATS; format++) {
		if (!report_formats[format].exportable)
			continue;
		names[n] = report_formats[format].name;
		formats[n++] = format;
	}
	fault = setting_check_keys(file, group, export_keys);
	result = setting_read_choice(file, group, "format", names, &choice);
	if (result == 0)
		result = setting_refuse(file, group,
					"exports: format is missing: \"nfd\" or \"prometheus\"");
	setting_note(&fault, result);
	export->format = formats[choice];
	result = setting_read_string(file, group, "file", &export->file);
	if (result == 0)
		result = setting_refuse(file, group, "exports: file is missing");
	else if (result > 0 && !export_file_valid(export->file))
		result = setting_refuse(
			file, config_setting_get_member(group, "file"),
			"exports: \"%s\" must be an absolute path to a file without a dot in front",
			export->file);
	setting_note(&fault, result);
	return fault;
}

/* Two that write the same file would only replace each other's. */
static int check_exports(const struct setting_file *file, const config_setting_t *list,
			 const struct agent_config *config)
{
	for (size_t i = 0; i < config->n_exports; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(config->exports[i].file, config->exports[j].file) == 0)
				return setting_refuse(file, config_setting_get_elem(list, i),
						      "exports: \"%s\" is there twice",
						      config->exports[i].file);
		}
	}
	return 0;
}

static int read_exports(const struct setting_file *file, const config_setting_t *top,
			struct agent_config *config)
{
	const config_setting_t *list = NULL;
	struct export *exports;
	int fault = 0, result, count;

	result = setting_read_group_list(file, top, "exports", &list);
	if (result <= 0)
		return result;
	count = config_setting_length(list);
	exports = calloc(count + 1, sizeof(*exports));
	if (!exports)
		return -ENOMEM;
	clear_exports(config);
	config->exports = exports;
	config->n_exports = count;
	for (int i = 0; i < count; i++)
		setting_note(&fault,
			     read_export(file, config_setting_get_elem(list, i), &exports[i]));
	return fault < 0 ? fault : check_exports(file, list, config);
}

static int read_settings(const struct setting_file *file, struct agent_config *config)
{
	const config_setting_t *top = config_root_setting(&file->config);
	int fault = 0;

	setting_note(&fault, setting_check_keys(file, top, keys));
	setting_note(&fault, read_nics(file, top, config));
	setting_note(&fault, read_choices(file, top, RULE_ACT, config));
	setting_note(&fault, read_choices(file, top, RULE_TELL, config));
	setting_note(&fault, read_choices(file, top, RULE_OFF, config));
	setting_note(&fault, read_turn_off(file, top, config));
	setting_note(&fault, read_kubernetes(file, top, config));
	setting_note(&fault, read_kernel(file, top, config));
	setting_note(&fault, read_two_way(file, top, "on_unknown", "leave", "turn-off",
					  &config->turn_off_on_unknown));
	setting_note(&fault, read_two_way(file, top, "on_not_affected", "leave", "restore",
					  &config->restore_on_not_affected));
	setting_note(&fault, read_two_way(file, top, "on_stop", "leave", "restore",
					  &config->restore_on_stop));
	setting_note(&fault, setting_read_int(file, top, "sweep", 0, SWEEP_MAX, &config->sweep));
	setting_note(&fault,
		     read_two_way(file, top, "wire", "off", "sample", &config->wire_sample));
	setting_note(&fault, read_wire_sample(file, top, config));
	setting_note(&fault, read_exports(file, top, config));
	return fault;
}

static int read_one_file(int directory_fd, const char *path, const char *shown,
			 struct diagnostics *diagnostics, struct agent_config *config)
{
	_cleanup_(setting_file_close) struct setting_file file = {0};
	int result;

	result = setting_file_open(directory_fd, path, shown, diagnostics, &file);
	if (result == 1)
		return 0;
	if (result < 0)
		return result;
	return read_settings(&file, config);
}

/* The installed configuration: agent.conf, then the files of agent.conf.d in the order of names. */
static int read_installed(struct diagnostics *diagnostics, struct agent_config *config)
{
	_cleanup_close_ int directory_fd = -1;
	_cleanup_(strings_cleanup) char **names = NULL;
	int fault = 0, result;

	result = read_one_file(AT_FDCWD, CONFIG_FILE, CONFIG_FILE, diagnostics, config);
	if (result != -ENOENT)
		setting_note(&fault, result);
	result = setting_directory_list(CONFIG_DIRECTORY, ".conf", diagnostics, &directory_fd,
					&names);
	if (result == -ENOENT)
		return fault;
	setting_note(&fault, result);
	for (size_t i = 0; names && names[i]; i++) {
		_cleanup_free_ char *shown = NULL;

		if (asprintf(&shown, "%s/%s", CONFIG_DIRECTORY, names[i]) < 0)
			return -ENOMEM;
		setting_note(&fault,
			     read_one_file(directory_fd, names[i], shown, diagnostics, config));
	}
	return fault;
}

int agent_config_load(const char *file, struct diagnostics *diagnostics,
		      struct agent_config *ret_config)
{
	_cleanup_(agent_config_clear) struct agent_config config = {0};
	int result;

	result = set_defaults(&config);
	if (result < 0)
		return result;
	if (file)
		result = read_one_file(AT_FDCWD, file, file, diagnostics, &config);
	else
		result = read_installed(diagnostics, &config);
	if (file && result == -ENOENT)
		result = diagnostics_refuse(diagnostics, "%s: no such file", file);
	if (result < 0)
		return result;
	*ret_config = config;
	config = (struct agent_config){0};
	return 0;
}
