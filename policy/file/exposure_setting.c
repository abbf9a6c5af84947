/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/file/exposure_setting.h"

#include "cleanup.h"
#include "policy/link_match.h"
#include "policy/string_list.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const exposed_keys[] = {"name",     "kind",	     "driver",
					   "mac",      "udp_csum",   "port",
					   "port_not", "pci",	     "driver_version",
					   "firmware", "carries",    "upper",
					   "master",   "feature_on", "feature_changeable",
					   NULL};
static const char *const tunnel_keys[] = {"kind", "port", "port_not", "udp_csum", NULL};
static const char *const kind_keys[] = {"kind", NULL};

static int refuse_key(const struct setting_file *file, const config_setting_t *group,
		      const char *key, const char *what)
{
	return setting_refuse(file, config_setting_get_member(group, key), "%s: %s", key, what);
}

/* A string or a list of strings, which must not be empty. */
static int read_words(const struct setting_file *file, const config_setting_t *group,
		      const char *key, char ***ret_words)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	char *one[] = {NULL, NULL};
	int result;

	if (!setting)
		return 0;
	if (config_setting_is_aggregate(setting)) {
		result = setting_read_strings(file, group, key, ret_words);
		if (result > 0 && !**ret_words)
			return refuse_key(file, group, key, "must hold at least one string");
		return result < 0 ? result : 0;
	}
	result = setting_read_string(file, group, key, &one[0]);
	if (result < 0)
		return result;
	*ret_words = strings_copy(one);
	free(one[0]);
	return *ret_words ? 0 : -ENOMEM;
}

static int read_globs(const struct setting_file *file, const config_setting_t *group,
		      const char *key, char ***ret_globs)
{
	int result = read_words(file, group, key, ret_globs);

	for (size_t i = 0; result == 0 && *ret_globs && (*ret_globs)[i]; i++) {
		if (!link_match_glob_valid((*ret_globs)[i]))
			return setting_refuse(file, config_setting_get_member(group, key),
					      "%s: \"%s\" is no glob: close every [ and escape \\",
					      key, (*ret_globs)[i]);
	}
	return result;
}

static int read_name(const struct setting_file *file, const config_setting_t *group,
		     struct exposure *exposure)
{
	int result = setting_read_string(file, group, "name", &exposure->name);

	if (result > 0 && !link_match_glob_valid(exposure->name))
		return setting_refuse(file, config_setting_get_member(group, "name"),
				      "name: \"%s\" is no glob: close every [ and escape \\",
				      exposure->name);
	return result < 0 ? result : 0;
}

static int read_mac(const struct setting_file *file, const config_setting_t *group,
		    struct exposure *exposure)
{
	int result = setting_read_string(file, group, "mac", &exposure->mac);

	if (result > 0 && !link_match_mac_valid(exposure->mac))
		return setting_refuse(file, config_setting_get_member(group, "mac"),
				      "mac: \"%s\" is no hardware address xx:xx:xx:xx:xx:xx",
				      exposure->mac);
	return result < 0 ? result : 0;
}

static int read_udp_csum(const struct setting_file *file, const config_setting_t *group,
			 enum answer *ret_udp_csum)
{
	bool udp_csum = false;
	int result = setting_read_bool(file, group, "udp_csum", &udp_csum);

	if (result > 0)
		*ret_udp_csum = udp_csum ? ANSWER_YES : ANSWER_NO;
	return result < 0 ? result : 0;
}

/* One number of a list, or the setting itself. */
static int read_port(const struct setting_file *file, const config_setting_t *setting,
		     const char *key, unsigned int *ret_port)
{
	int port = config_setting_get_int(setting);

	if (config_setting_type(setting) != CONFIG_TYPE_INT || port < 1 || port > 65535)
		return setting_refuse(file, setting, "%s: must hold numbers from 1 to 65535", key);
	*ret_port = port;
	return 0;
}

/* A number or a list of numbers. */
static int read_ports(const struct setting_file *file, const config_setting_t *group,
		      const char *key, struct port_list *ret_ports)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	bool is_list = setting && config_setting_is_aggregate(setting);
	int count = is_list ? config_setting_length(setting) : 1;

	if (!setting)
		return 0;
	if (count == 0 || config_setting_is_group(setting))
		return refuse_key(file, group, key, "must hold at least one number");
	ret_ports->ports = calloc(count, sizeof(*ret_ports->ports));
	if (!ret_ports->ports)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		const config_setting_t *one =
			is_list ? config_setting_get_elem(setting, i) : setting;
		int result = read_port(file, one, key, &ret_ports->ports[i]);

		if (result < 0)
			return result;
	}
	ret_ports->n_ports = count;
	return 0;
}

static int read_pci(const struct setting_file *file, const config_setting_t *group,
		    struct exposure *exposure)
{
	int result = read_globs(file, group, "pci", &exposure->pci);

	for (size_t i = 0; result == 0 && exposure->pci && exposure->pci[i]; i++) {
		if (!exposure_pci_valid(exposure->pci[i]))
			return setting_refuse(
				file, config_setting_get_member(group, "pci"),
				"pci: \"%s\" is no vendor and device in lower case, such as "
				"\"8086:15bb\" or \"8086:15*\"",
				exposure->pci[i]);
	}
	return result;
}

/* Returns 1 when it was taken as a range, 0 when it is none. */
static int take_range(const struct setting_file *file, const config_setting_t *setting,
		      const char *key, const char *text, struct range_list *ranges)
{
	_cleanup_(range_clear) struct range range = {0};
	const char *why = NULL;
	int result;

	if (!strchr("<>=", text[0]))
		return 0;
	result = range_parse(text, RANGE_BUILD, &range, &why);
	if (result == -EINVAL || result == -ERANGE)
		return setting_refuse(file, setting, "%s: \"%s\": %s", key, text, why);
	if (result == 0)
		result = range_list_add(ranges, &range);
	return result < 0 ? result : 1;
}

/* What begins with an operator is a range; the others are globs. */
static int read_versions(const struct setting_file *file, const config_setting_t *group,
			 const char *key, struct version_match *match)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	_cleanup_(strings_cleanup) char **words = NULL;
	size_t count = 0, n_globs = 0;
	int result = read_globs(file, group, key, &words);

	if (result < 0 || !words)
		return result;
	while (words[count])
		count++;
	match->globs = calloc(count + 1, sizeof(char *));
	if (!match->globs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		result = take_range(file, setting, key, words[i], &match->ranges);
		if (result < 0)
			return result;
		if (result > 0)
			continue;
		match->globs[n_globs] = strdup(words[i]);
		if (!match->globs[n_globs++])
			return -ENOMEM;
	}
	return 0;
}

/* Which tunnels a link carries is known of two kinds alone: others would never fit. */
static int check_tunnel_kinds(const struct setting_file *file, const config_setting_t *carries,
			      char *const kinds[])
{
	for (size_t i = 0; kinds && kinds[i]; i++) {
		if (fnmatch(kinds[i], "vxlan", 0) != 0 && fnmatch(kinds[i], "geneve", 0) != 0)
			return setting_refuse(file, config_setting_get_member(carries, "kind"),
					      "kind: \"%s\" fits no tunnel that carries knows: "
					      "vxlan or geneve",
					      kinds[i]);
	}
	return 0;
}

static int read_carries(const struct setting_file *file, const config_setting_t *group,
			struct exposure *exposure)
{
	const config_setting_t *carries = NULL;
	struct tunnel_match *match;
	int fault = 0, result;

	result = setting_read_group(file, group, "carries", &carries);
	if (result <= 0)
		return result;
	match = calloc(1, sizeof(*match));
	if (!match)
		return -ENOMEM;
	match->udp_csum = ANSWER_UNKNOWN;
	exposure->carries = match;
	setting_note(&fault, setting_check_keys(file, carries, tunnel_keys));
	setting_note(&fault, read_globs(file, carries, "kind", &match->kinds));
	setting_note(&fault, check_tunnel_kinds(file, carries, match->kinds));
	setting_note(&fault, read_ports(file, carries, "port", &match->ports));
	setting_note(&fault, read_ports(file, carries, "port_not", &match->ports_not));
	setting_note(&fault, read_udp_csum(file, carries, &match->udp_csum));
	return fault;
}

/* upper = { kind = ...; }, and the same of the master. */
static int read_kinds_of(const struct setting_file *file, const config_setting_t *group,
			 const char *key, char ***ret_kinds)
{
	const config_setting_t *other = NULL;
	int fault = 0, result;

	result = setting_read_group(file, group, key, &other);
	if (result <= 0)
		return result;
	if (!config_setting_get_member(other, "kind"))
		return setting_refuse(file, other, "%s: must name a kind: { kind = \"vlan\"; }",
				      key);
	setting_note(&fault, setting_check_keys(file, other, kind_keys));
	setting_note(&fault, read_globs(file, other, "kind", ret_kinds));
	return fault;
}

int exposure_setting_read(const struct setting_file *file, const config_setting_t *group,
			  struct exposure *exposure)
{
	int fault = 0;

	exposure->udp_csum = ANSWER_UNKNOWN;
	if (config_setting_length(group) == 0)
		return setting_refuse(file, group,
				      "an empty group would match everything; give it a key");
	setting_note(&fault, setting_check_keys(file, group, exposed_keys));
	setting_note(&fault, read_name(file, group, exposure));
	setting_note(&fault, read_mac(file, group, exposure));
	setting_note(&fault, read_globs(file, group, "kind", &exposure->kinds));
	setting_note(&fault, read_globs(file, group, "driver", &exposure->drivers));
	setting_note(&fault, read_udp_csum(file, group, &exposure->udp_csum));
	setting_note(&fault, read_ports(file, group, "port", &exposure->ports));
	setting_note(&fault, read_ports(file, group, "port_not", &exposure->ports_not));
	setting_note(&fault, read_pci(file, group, exposure));
	setting_note(&fault,
		     read_versions(file, group, "driver_version", &exposure->driver_versions));
	setting_note(&fault, read_versions(file, group, "firmware", &exposure->firmwares));
	setting_note(&fault, read_carries(file, group, exposure));
	setting_note(&fault, read_kinds_of(file, group, "upper", &exposure->upper_kinds));
	setting_note(&fault, read_kinds_of(file, group, "master", &exposure->master_kinds));
	setting_note(&fault, read_words(file, group, "feature_on", &exposure->features_on));
	setting_note(&fault,
		     read_words(file, group, "feature_changeable", &exposure->features_changeable));
	return fault;
}
