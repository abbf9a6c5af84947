/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/setting.h"

#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/string_list.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void setting_note(int *fault, int result)
{
	if (result < 0 && (*fault == 0 || result == -ENOMEM))
		*fault = result;
}

int setting_refuse(const struct setting_file *file, const config_setting_t *setting,
		   const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return diagnostics_refuse(file->diagnostics, "%s:%d: %s", file->path,
				  config_setting_source_line(setting), text);
}

static const char *string_fault(const char *text)
{
	if (!*text)
		return "must not be empty";
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte < 0x20 || *byte == 0x7f)
			return "must not contain control characters";
	}
	return NULL;
}

int setting_read_string(const struct setting_file *file, const config_setting_t *group,
			const char *key, char **ret_string)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	const char *text, *fault;
	char *copy;

	if (!setting)
		return 0;
	text = config_setting_get_string(setting);
	if (!text)
		return setting_refuse(file, setting, "%s: must be a string", key);
	fault = string_fault(text);
	if (fault)
		return setting_refuse(file, setting, "%s: %s", key, fault);
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	*ret_string = copy;
	return 1;
}

int setting_read_bool(const struct setting_file *file, const config_setting_t *group,
		      const char *key, bool *ret_value)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return setting_refuse(file, setting, "%s: must be true or false", key);
	*ret_value = config_setting_get_bool(setting);
	return 1;
}

int setting_read_int(const struct setting_file *file, const config_setting_t *group,
		     const char *key, int minimum, int maximum, int *ret_value)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	int value;

	if (!setting)
		return 0;
	value = config_setting_get_int(setting);
	if (config_setting_type(setting) != CONFIG_TYPE_INT || value < minimum || value > maximum)
		return setting_refuse(file, setting, "%s: must be a whole number from %d to %d",
				      key, minimum, maximum);
	*ret_value = value;
	return 1;
}

static int read_element(const struct setting_file *file, const config_setting_t *setting,
			const char *key, char **ret_string)
{
	const char *text = config_setting_get_string(setting);
	const char *fault = text ? string_fault(text) : "must hold strings only";

	if (fault)
		return setting_refuse(file, setting, "%s: %s", key, fault);
	*ret_string = strdup(text);
	return *ret_string ? 0 : -ENOMEM;
}

int setting_read_strings(const struct setting_file *file, const config_setting_t *group,
			 const char *key, char ***ret_strings)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	_cleanup_(strings_cleanup) char **strings = NULL;
	int count, result;

	if (!setting)
		return 0;
	if (!config_setting_is_list(setting) && !config_setting_is_array(setting))
		return setting_refuse(file, setting, "%s: must be a list of strings: [ \"...\" ]",
				      key);
	count = config_setting_length(setting);
	strings = calloc(count + 1, sizeof(char *));
	if (!strings)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		result = read_element(file, config_setting_get_elem(setting, i), key, &strings[i]);
		if (result < 0)
			return result;
	}
	*ret_strings = TAKE_PTR(strings);
	return 1;
}

int setting_read_choice(const struct setting_file *file, const config_setting_t *group,
			const char *key, const char *const choices[], int *ret_choice)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	_cleanup_free_ char *listed = NULL;
	const char *text;

	if (!setting)
		return 0;
	text = config_setting_get_string(setting);
	for (int i = 0; choices[i]; i++) {
		char *longer = NULL;

		if (text && strcmp(text, choices[i]) == 0) {
			*ret_choice = i;
			return 1;
		}
		if (asprintf(&longer, "%s%s\"%s\"", listed ? listed : "", listed ? " or " : "",
			     choices[i]) < 0)
			return -ENOMEM;
		free(listed);
		listed = longer;
	}
	return setting_refuse(file, setting, "%s: must be %s", key, listed);
}

int setting_read_group(const struct setting_file *file, const config_setting_t *group,
		       const char *key, const config_setting_t **ret_group)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (!config_setting_is_group(setting))
		return setting_refuse(file, setting, "%s: must be a group: { ... }", key);
	*ret_group = setting;
	return 1;
}

int setting_read_group_list(const struct setting_file *file, const config_setting_t *group,
			    const char *key, const config_setting_t **ret_list)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return 0;
	if (!config_setting_is_list(setting))
		return setting_refuse(file, setting, "%s: must be a list of groups: ( { ... } )",
				      key);
	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *element = config_setting_get_elem(setting, i);

		if (!config_setting_is_group(element))
			return setting_refuse(file, element, "%s: must hold groups only: { ... }",
					      key);
	}
	*ret_list = setting;
	return 1;
}

int setting_check_keys(const struct setting_file *file, const config_setting_t *group,
		       const char *const known[])
{
	int result = 0;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, i);
		int one;

		if (strings_have(known, config_setting_name(member)))
			continue;
		one = setting_refuse(file, member,
				     "%s: no such key here; the manual page lists them",
				     config_setting_name(member));
		if (one == -ENOMEM)
			return one;
		result = one;
	}
	return result;
}

static int check_match(const struct setting_file *file, const config_setting_t *group,
		       const struct link_match *match)
{
	if (match->name && !link_match_glob_valid(match->name))
		return setting_refuse(file, config_setting_get_member(group, "name"),
				      "name: \"%s\" is no glob: close every [ and escape \\",
				      match->name);
	if (match->mac && !link_match_mac_valid(match->mac))
		return setting_refuse(file, config_setting_get_member(group, "mac"),
				      "mac: \"%s\" is no hardware address xx:xx:xx:xx:xx:xx",
				      match->mac);
	if (config_setting_length(group) == 0)
		return setting_refuse(file, group,
				      "an empty group would match everything; give it a key");
	return 0;
}

int setting_read_link_match(const struct setting_file *file, const config_setting_t *group,
			    const char *const allowed[], struct link_match *ret_match)
{
	_cleanup_(link_match_clear) struct link_match match = {.udp_csum = ANSWER_UNKNOWN};
	bool udp_csum = false;
	int result;

	result = setting_check_keys(file, group, allowed);
	if (result == 0)
		result = setting_read_string(file, group, "name", &match.name);
	if (result >= 0)
		result = setting_read_string(file, group, "kind", &match.kind);
	if (result >= 0)
		result = setting_read_string(file, group, "driver", &match.driver);
	if (result >= 0)
		result = setting_read_string(file, group, "mac", &match.mac);
	if (result >= 0)
		result = setting_read_bool(file, group, "udp_csum", &udp_csum);
	if (result > 0)
		match.udp_csum = udp_csum ? ANSWER_YES : ANSWER_NO;
	if (result >= 0)
		result = check_match(file, group, &match);
	if (result < 0)
		return result;
	*ret_match = match;
	match = (struct link_match){0};
	return 0;
}
