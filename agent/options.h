/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The command line: which command, and the options that it takes. Options may stand before or
 * after the command.
 */

#include "agent/settings/report_format.h"
#include "ethtool_nl/ethtool_nl.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct sources;

enum command_id {
	COMMAND_RUN,
	COMMAND_APPLY,
	COMMAND_STATUS,
	COMMAND_EXPLAIN,
	COMMAND_FACTS,
	COMMAND_ASSESS,
	COMMAND_RESTORE,
	COMMAND_PROBE,
	COMMAND_WIRE,
	COMMAND_CHECK,
	COMMAND_RULES,
	COMMAND_PREPARE,
	COMMANDS,
};

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* So often may --interface be given. */
#define OPTIONS_INTERFACES_MAX 32

/* All strings are borrowed from argv; NULL = not given. */
struct options {
	enum command_id command; /* COMMANDS: none was given (only with help or version) */
	bool help;
	bool version;
	const char *config;
	const char *rules;
	const char *root;
	bool root_is_this_node;
	bool json;
	enum color_mode color;
	bool verbose;
	const char *kubernetes_version;
	const char *kernel_release;
	enum ethtool_nl_backend backend;
	bool dry_run;
	const char *facts;
	bool watch;
	bool acting; /* the exit code is that of the rules that act */
	bool without_links;
	bool nat_rules;
	const char *kubelet;
	const char *proxy_metrics;
	enum report_format format;
	const char *operand; /* what follows the command: of assess, the file of nodes */
	bool keep;
	unsigned int seconds; /* 0 = until it is told to end */
	const char *interfaces[OPTIONS_INTERFACES_MAX + 1]; /* ends with NULL */
	bool running;
	bool owned; /* then the two below were given */
	uid_t owner_user;
	gid_t owner_group;
};

/* Room for the text of options_parse(). */
#define OPTIONS_ERROR_SIZE 256

/*
 * Parses the command line (argv is permuted as getopt_long(3) does).
 * Returns 0; -EINVAL for bad usage, with one line in `ret_error` that says what and what to do.
 */
int options_parse(int argc, char *argv[], struct options *ret_options,
		  char ret_error[static OPTIONS_ERROR_SIZE]);

/* Where policy and facts come from, by these options. */
struct sources options_sources(const struct options *options);

/* "apply", "status", ... */
const char *command_name(enum command_id command);

/* Prints the help for one command, or the overview for COMMANDS. */
void options_print_help(FILE *output, enum command_id command);

/* Is text on `output` to be coloured? Honours --color, NO_COLOR and TERM=dumb. */
bool options_use_color(const struct options *options, FILE *output);
