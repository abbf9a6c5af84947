/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which links a rule's `exposed` or a configuration's `nics` means: several keys in
 * one group must all match.
 */

#include "policy/answer.h"
#include "policy/facts.h"

#include <stdbool.h>

struct link_match {
	/* NULL = any. name is a glob (fnmatch(3)), the others are compared whole. */
	char *name;
	char *kind;
	char *driver;
	char *mac;
	enum answer udp_csum; /* ANSWER_UNKNOWN = any */
};

void link_match_clear(struct link_match *match);

/*
 * Does the link match? "Unknown" when all that is known fits but the link's udp_csum is not known
 * and the match asks for one.
 */
enum answer link_match_test(const struct link_match *match, const struct link_facts *link);

/* Checks a glob: not empty, every '[' closed, no '\' at its end. */
bool link_match_glob_valid(const char *glob);

/* Checks a hardware address written as xx:xx:...:xx, in either case. */
bool link_match_mac_valid(const char *mac);
