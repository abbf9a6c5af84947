/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/exposure.h"

#include "policy/string_list.h"
#include "policy/version.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The answer so far, and what the first unknown one was about. */
struct test {
	enum answer outcome;
	const char *unknown;
};

static void take(struct test *test, enum answer answer, const char *unknown)
{
	if (answer == ANSWER_UNKNOWN && !test->unknown)
		test->unknown = unknown;
	test->outcome = answer_and(test->outcome, answer);
}

static enum answer yes_or_no(bool fits)
{
	return fits ? ANSWER_YES : ANSWER_NO;
}

static bool one_fits(char *const globs[], const char *text)
{
	for (size_t i = 0; globs[i]; i++) {
		if (fnmatch(globs[i], text, 0) == 0)
			return true;
	}
	return false;
}

static bool have_common(char *const names[], char *const others[])
{
	for (size_t i = 0; others && others[i]; i++) {
		if (strings_have((const char *const *)names, others[i]))
			return true;
	}
	return false;
}

static bool list_has(const struct port_list *list, unsigned int port)
{
	for (size_t i = 0; i < list->n_ports; i++) {
		if (list->ports[i] == port)
			return true;
	}
	return false;
}

static enum answer test_port(const struct port_list *ports, const struct port_list *ports_not,
			     unsigned int port)
{
	if (ports->n_ports == 0 && ports_not->n_ports == 0)
		return ANSWER_YES;
	if (port == 0)
		return ANSWER_UNKNOWN;
	if (ports->n_ports > 0 && !list_has(ports, port))
		return ANSWER_NO;
	return yes_or_no(!list_has(ports_not, port));
}

static enum answer test_udp_csum(enum answer asked, enum answer udp_csum)
{
	if (asked == ANSWER_UNKNOWN || asked == udp_csum)
		return ANSWER_YES;
	return udp_csum == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_NO;
}

static bool is_tunnel(const char *kind)
{
	return strcmp(kind, "vxlan") == 0 || strcmp(kind, "geneve") == 0;
}

/* What a link says of itself. */
static void test_link(const struct exposure *exposure, const struct link_facts *link,
		      struct test *test)
{
	const bool asks_port = exposure->ports.n_ports > 0 || exposure->ports_not.n_ports > 0;

	if (exposure->kinds)
		take(test, yes_or_no(one_fits(exposure->kinds, link->kind)), NULL);
	if (exposure->name)
		take(test, yes_or_no(fnmatch(exposure->name, link->name, 0) == 0), NULL);
	if (exposure->mac)
		take(test, yes_or_no(strcasecmp(exposure->mac, link->mac) == 0), NULL);
	take(test, test_udp_csum(exposure->udp_csum, link_udp_csum(link)),
	     "whether it fills in the outer UDP checksum");
	if (asks_port && !is_tunnel(link->kind))
		take(test, ANSWER_NO, NULL);
	take(test, test_port(&exposure->ports, &exposure->ports_not, link->port), "its UDP port");
}

/*
 * A link of hardware always has a driver; software that names none has none that a rule could mean,
 * and is meant by its kind: so that nobody need ask thousands of veths for theirs.
 */
static enum answer test_driver(const struct exposure *exposure, const struct link_facts *link,
			       const struct device_facts *device)
{
	const bool may_be_hardware = link_may_be_hardware(link);

	if (!may_be_hardware && !exposure->kinds)
		return ANSWER_NO;
	if (!link->driver[0] && may_be_hardware && device && device->ifindex != 0)
		return ANSWER_UNKNOWN;
	return yes_or_no(link->driver[0] && one_fits(exposure->drivers, link->driver));
}

static enum answer test_pci(const struct exposure *exposure, const struct device_facts *device)
{
	if (device->is_pci != ANSWER_YES)
		return device->is_pci;
	return yes_or_no(one_fits(exposure->pci, device->pci));
}

bool version_match_asks(const struct version_match *match)
{
	return match->ranges.n_ranges > 0 || match->globs;
}

/* What drivers say where they have nothing to say: "", "N/A". */
static enum answer test_version(const struct version_match *match, const char *text)
{
	struct version version;
	enum answer in_range = ANSWER_NO;

	if (!*text || strcmp(text, "N/A") == 0)
		return ANSWER_UNKNOWN;
	if (match->globs && one_fits(match->globs, text))
		return ANSWER_YES;
	if (match->ranges.n_ranges > 0)
		in_range = version_parse_build(text, &version) < 0
				   ? ANSWER_UNKNOWN
				   : range_list_contains(&match->ranges, &version, NULL);
	return in_range;
}

static enum answer test_tunnel(const struct tunnel_match *match,
			       const struct carried_facts *carried)
{
	enum answer outcome = test_port(&match->ports, &match->ports_not, carried->port);

	if (match->kinds && carried->kind[0])
		outcome = answer_and(outcome, yes_or_no(one_fits(match->kinds, carried->kind)));
	else if (match->kinds)
		outcome = answer_and(outcome, ANSWER_UNKNOWN);
	return answer_and(outcome, test_udp_csum(match->udp_csum, carried->udp_csum));
}

static void test_carries(const struct tunnel_match *match, const struct device_facts *device,
			 struct test *test)
{
	enum answer outcome = device->carried_known ? ANSWER_NO : ANSWER_UNKNOWN;
	const char *unknown = "which tunnels it carries";

	for (size_t i = 0; i < device->n_carried; i++) {
		const struct carried_facts *carried = &device->carried[i];
		enum answer fits = test_tunnel(match, carried);

		if (carried->doubt && fits != ANSWER_NO) {
			fits = ANSWER_UNKNOWN;
			unknown = carried->doubt;
		}
		outcome = answer_or(outcome, fits);
	}
	take(test, outcome, unknown);
}

/* A master that says no kind may be of any, unless it is hardware. */
static enum answer test_master(char *const kinds[], const struct link_facts *link,
			       const struct device_facts *device)
{
	if (!device->relations_known)
		return ANSWER_UNKNOWN;
	if (link->master && !device->master_kind[0] && !device->master_is_device)
		return ANSWER_UNKNOWN;
	return yes_or_no(device->master_kind[0] && one_fits(kinds, device->master_kind));
}

static enum answer test_upper(char *const kinds[], const struct device_facts *device)
{
	bool upper = false;

	if (!device->relations_known)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; device->upper_kinds && device->upper_kinds[i]; i++)
		upper |= one_fits(kinds, device->upper_kinds[i]);
	return yes_or_no(upper);
}

static enum answer test_features(char *const asked[], char *const have[], bool known)
{
	return known ? yes_or_no(have_common(asked, have)) : ANSWER_UNKNOWN;
}

bool exposure_asks_for_device(const struct exposure *exposure)
{
	return exposure->pci || version_match_asks(&exposure->driver_versions) ||
	       version_match_asks(&exposure->firmwares) || exposure->carries ||
	       exposure->upper_kinds || exposure->master_kinds || exposure->features_on ||
	       exposure->features_changeable;
}

static void test_device(const struct exposure *exposure, const struct link_facts *link,
			const struct device_facts *device, struct test *test)
{
	if (exposure->pci)
		take(test, test_pci(exposure, device), "its PCI ids");
	if (version_match_asks(&exposure->driver_versions))
		take(test, test_version(&exposure->driver_versions, device->driver_version),
		     "its driver's version");
	if (version_match_asks(&exposure->firmwares))
		take(test, test_version(&exposure->firmwares, device->firmware), "its firmware");
	if (exposure->upper_kinds)
		take(test, test_upper(exposure->upper_kinds, device), "what stands on it");
	if (exposure->master_kinds)
		take(test, test_master(exposure->master_kinds, link, device),
		     "of what kind the link is whose port it is");
	if (exposure->features_on)
		take(test,
		     test_features(exposure->features_on, device->features_on,
				   device->features_known),
		     "which of its features are on");
	if (exposure->features_changeable)
		take(test,
		     test_features(exposure->features_changeable, device->features_changeable,
				   device->features_known),
		     "which of its features can be switched");
	if (exposure->carries)
		test_carries(exposure->carries, device, test);
}

/*
 * A link of a kind is software, unless the group names kinds: then nobody looked, if nothing is
 * known of it. One of no kind without a device is software, too.
 */
static bool has_device_facts(const struct exposure *exposure, const struct link_facts *link,
			     const struct device_facts *device)
{
	if (!link->kind[0])
		return device;
	return exposure->kinds || link->has_device;
}

enum answer exposure_test(const struct exposure *exposure, const struct link_facts *link,
			  const struct device_facts *device, const char **ret_unknown)
{
	struct test test = {.outcome = ANSWER_YES};

	test_link(exposure, link, &test);
	if (exposure->drivers)
		take(&test, test_driver(exposure, link, device), "its driver");
	if (test.outcome != ANSWER_NO && exposure_asks_for_device(exposure)) {
		if (!has_device_facts(exposure, link, device))
			take(&test, ANSWER_NO, NULL);
		else
			test_device(exposure, link, device ? device : &device_not_known, &test);
	}
	if (test.outcome == ANSWER_UNKNOWN && ret_unknown)
		*ret_unknown = test.unknown;
	return test.outcome;
}

bool exposure_asks_device(const struct exposure *exposure, const struct link_facts *link)
{
	return exposure_asks_for_device(exposure) &&
	       exposure_test(exposure, link, &device_not_known, NULL) != ANSWER_NO;
}

bool exposure_singles_out(const struct exposure *exposure)
{
	return exposure->name || exposure->mac || exposure->kinds || exposure->drivers ||
	       exposure->ports.n_ports > 0 || exposure->pci || exposure->carries ||
	       exposure->upper_kinds || exposure->master_kinds;
}

bool exposure_asks_carried(const struct exposure *exposure, const struct link_facts *link,
			   const struct device_facts *device)
{
	return exposure->carries && exposure_test(exposure, link, device, NULL) != ANSWER_NO;
}

bool exposure_asks_features(const struct exposure *exposure, const struct link_facts *link,
			    const struct device_facts *device)
{
	return (exposure->features_on || exposure->features_changeable) &&
	       exposure_test(exposure, link, device, NULL) != ANSWER_NO;
}

bool exposure_pci_valid(const char *pci)
{
	size_t length = strspn(pci, "0123456789abcdef?*[]-");

	return length > 0 && pci[length] == ':' && pci[length + 1] != '\0' &&
	       pci[length + 1 + strspn(pci + length + 1, "0123456789abcdef?*[]-")] == '\0';
}

static void version_match_clear(struct version_match *match)
{
	range_list_clear(&match->ranges);
	strings_free(match->globs);
}

static void tunnel_match_clear(struct tunnel_match *match)
{
	strings_free(match->kinds);
	free(match->ports.ports);
	free(match->ports_not.ports);
}

void exposure_clear(struct exposure *exposure)
{
	free(exposure->name);
	free(exposure->mac);
	strings_free(exposure->kinds);
	strings_free(exposure->drivers);
	free(exposure->ports.ports);
	free(exposure->ports_not.ports);
	strings_free(exposure->pci);
	version_match_clear(&exposure->driver_versions);
	version_match_clear(&exposure->firmwares);
	if (exposure->carries)
		tunnel_match_clear(exposure->carries);
	free(exposure->carries);
	strings_free(exposure->upper_kinds);
	strings_free(exposure->master_kinds);
	strings_free(exposure->features_on);
	strings_free(exposure->features_changeable);
	*exposure = (struct exposure){.udp_csum = ANSWER_UNKNOWN};
}
