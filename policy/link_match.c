/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/link_match.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void link_match_clear(struct link_match *match)
{
	free(match->name);
	free(match->kind);
	free(match->driver);
	free(match->mac);
	*match = (struct link_match){.udp_csum = ANSWER_UNKNOWN};
}

enum answer link_match_test(const struct link_match *match, const struct link_facts *link)
{
	enum answer udp_csum = link_udp_csum(link);

	if (match->kind && strcmp(match->kind, link->kind) != 0)
		return ANSWER_NO;
	if (match->name && fnmatch(match->name, link->name, 0) != 0)
		return ANSWER_NO;
	if (match->driver && strcmp(match->driver, link->driver) != 0)
		return ANSWER_NO;
	if (match->mac && strcasecmp(match->mac, link->mac) != 0)
		return ANSWER_NO;
	if (match->udp_csum == ANSWER_UNKNOWN || match->udp_csum == udp_csum)
		return ANSWER_YES;
	return udp_csum == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_NO;
}

/* Returns what follows the bracket expression at `place`, or NULL when it is not closed. */
static const char *skip_brackets(const char *place)
{
	place++;
	if (*place == '!' || *place == '^')
		place++;
	if (*place == ']')
		place++;
	place = strchr(place, ']');
	return place ? place + 1 : NULL;
}

bool link_match_glob_valid(const char *glob)
{
	const char *place = glob;

	if (!*glob)
		return false;
	while (place && *place) {
		if (*place == '\\' && place[1] == '\0')
			return false;
		if (*place == '[')
			place = skip_brackets(place);
		else
			place += *place == '\\' ? 2 : 1;
	}
	return place != NULL;
}

bool link_match_mac_valid(const char *mac)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t octets = 0;

	for (;;) {
		if (strspn(mac, digits) < 2 || (mac[2] != ':' && mac[2] != '\0'))
			return false;
		octets++;
		if (mac[2] == '\0')
			return octets >= 2 && octets <= 32;
		mac += 3;
	}
}
