/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/options.h"

#include "agent/reconcile/sources.h"
#include "array.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOR(command) (1u << (command))
#define FOR_ALL	     ((1u << COMMANDS) - 1)
#define FOR_VERDICT                                                                                \
	(FOR(COMMAND_RUN) | FOR(COMMAND_APPLY) | FOR(COMMAND_STATUS) | FOR(COMMAND_EXPLAIN))

/* Those that look at nothing that configuration and rules say. */
#define FOR_NO_POLICY (FOR(COMMAND_PROBE) | FOR(COMMAND_WIRE) | FOR(COMMAND_PREPARE))
/* Those that do not detect what this node is. */
#define FOR_NO_DETECTION                                                                           \
	(FOR_NO_POLICY | FOR(COMMAND_ASSESS) | FOR(COMMAND_RESTORE) | FOR(COMMAND_CHECK) |         \
	 FOR(COMMAND_RULES))
/* Those whose text has colours. */
#define FOR_COLOR                                                                                  \
	(FOR(COMMAND_APPLY) | FOR(COMMAND_STATUS) | FOR(COMMAND_EXPLAIN) | FOR(COMMAND_ASSESS))

/* How long `wire` looks. */
#define DEFAULT_SECONDS 30

struct command_help {
	const char *name;
	const char *summary;
	const char *text;
};

static const struct command_help commands[COMMANDS] = {
	[COMMAND_RUN] =
		{"run", "the service: follow the node, keep the NICs as wanted",
		 "Brings the configured NICs to the wanted state and keeps them there until\n"
		 "SIGTERM: it follows devices that come and go, drift, and a node that changes.\n"
		 "SIGHUP reads the configuration and the rules again."},
	[COMMAND_APPLY] =
		{"apply", "detect, decide, set, once",
		 "Detects the node, judges it by the rules, and turns off what the rules ask for\n"
		 "on the configured NICs; gives back what is no longer needed. Exit code as\n"
		 "status."},
	[COMMAND_STATUS] =
		{"status", "is this node affected, and is the cure in place?",
		 "Shows the verdict, the state, and each NIC: now and wanted. Changes nothing,\n"
		 "needs no privilege.\n\n"
		 "Formats: 'summary' is the first line alone; 'nagios' is for monitoring plugins'\n"
		 "readers, 'nfd' a feature file for node-feature-discovery, 'prometheus' a file\n"
		 "for node_exporter's textfile collector, 'wire' a line on what the service saw of\n"
		 "peers' checksums (0 right, 1 wrong, 2 not known). Exit codes: 0 not affected,\n"
		 "not exposed or mitigated; 1 vulnerable; 2 unknown. With --format=nagios: 0 OK; 2\n"
		 "CRITICAL: vulnerable; 3 UNKNOWN, also for bad configuration and errors (but 64\n"
		 "for bad usage)."},
	[COMMAND_EXPLAIN] =
		{"explain", "why: every fact with its source, every condition",
		 "Shows every fact with its source and every condition of every rule with its\n"
		 "outcome and reason. With --facts it judges the node that the file describes.\n"
		 "Exit code as status."},
	[COMMAND_FACTS] =
		{"facts", "what was detected, in the form that explain --facts reads",
		 "Prints what was detected as JSON, in the form that explain --facts reads."},
	[COMMAND_ASSESS] =
		{"assess", "who of a cluster's nodes is affected",
		 "Judges the nodes that 'kubectl get nodes -o json' prints, from FILE or, for -,\n"
		 "from standard input: by their kernel, distribution, kubelet and kube-proxy.\n"
		 "Whether an affected node has a device that shows the bug, or the cure, only the\n"
		 "node itself can tell: documents of 'status --json', 'facts' and 'wire --json' of\n"
		 "many nodes may stand there as well, one after the other, and nodes that received\n"
		 "wrong packets then name who sent them. Exit codes: 1 a node is vulnerable, or\n"
		 "sent wrong packets; else 2 one is unknown, or there is none; else 0."},
	[COMMAND_RESTORE] = {"restore", "turn on again what the agent turned off",
			     "Turns on again what the agent turned off, and nothing else."},
	[COMMAND_PROBE] =
		{"probe", "measure whether this kernel writes wrong checksums",
		 "Sends packets between two throw-away network namespaces, as a node with the bug\n"
		 "does, and looks at what is on the wire. Touches nothing of this node, but the\n"
		 "kernel may load modules for it; needs root. Exit code: 0 clean, 1 corrupts\n"
		 "checksums, 2 could not be measured."},
	[COMMAND_WIRE] =
		{"wire", "which nodes send wrong checksums, by what arrives here",
		 "Looks at the connection attempts that come through VXLAN, and shows by sender\n"
		 "whether their checksums are right. What is wrong is the sender's to cure. Ctrl-C\n"
		 "ends it early. Needs CAP_NET_RAW to begin. Exit code: 0 what was judged is\n"
		 "right, 1 some is wrong, 2 nothing could be judged."},
	[COMMAND_CHECK] =
		{"check", "validate configuration and rules",
		 "Reads configuration and rules and names every error with its file and line.\n"
		 "Warns of names that no kernel is known to have. Exit code: 0 valid, 65 not."},
	[COMMAND_RULES] =
		{"rules", "which rules there are, and what they do",
		 "Lists the rules that are loaded: what the bug does, the mode that is in force\n"
		 "(act, tell, advise or off), the month of their next review, and the keys of\n"
		 "offload-agent.rules(5) that they need an answer to. Looks at nothing of this\n"
		 "node; needs no privilege."},
	[COMMAND_PREPARE] =
		{"prepare", "make the folder of the record, where tmpfiles.d does not",
		 "Makes /run/offload-agent and gives it to the user that the service is to run as:\n"
		 "for containers, whose host makes folders for root alone."},
};

enum option_id {
	OPTION_CONFIG = 256,
	OPTION_RULES,
	OPTION_ROOT,
	OPTION_ROOT_IS_THIS_NODE,
	OPTION_JSON,
	OPTION_COLOR,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_KUBERNETES_VERSION,
	OPTION_KERNEL_RELEASE,
	OPTION_BACKEND,
	OPTION_DRY_RUN,
	OPTION_FACTS,
	OPTION_WATCH,
	OPTION_WITHOUT_LINKS,
	OPTION_NAT_RULES,
	OPTION_KUBELET,
	OPTION_PROXY_METRICS,
	OPTION_FORMAT,
	OPTION_KEEP,
	OPTION_RUNNING,
	OPTION_SECONDS,
	OPTION_INTERFACE,
	OPTION_OWNER,
	OPTION_ACTING,
};

struct option_help {
	const char *name;
	enum option_id id;
	const char *argument; /* NULL: takes none */
	unsigned int commands; /* that take it */
	const char *text; /* NULL: for this program's own use, not shown */
};

static const struct option_help option_table[] = {
	{"config", OPTION_CONFIG, "FILE", FOR_ALL,
	 "read FILE instead of the installed configuration"},
	{"rules", OPTION_RULES, "DIR", FOR_ALL, "read the rules of DIR, not the installed ones"},
	{"root", OPTION_ROOT, "DIR", FOR_ALL, "read the node's files below DIR, execute nothing"},
	{"root-is-this-node", OPTION_ROOT_IS_THIS_NODE, NULL, FOR_ALL,
	 "--root is this very node: ask its programs, too"},
	{"json", OPTION_JSON, NULL, FOR_ALL, "print JSON"},
	{"color", OPTION_COLOR, "auto|always|never", FOR_ALL,
	 "colour the text (auto: on a terminal)"},
	{"verbose", OPTION_VERBOSE, NULL, FOR_ALL, "say more"},
	{"help", OPTION_HELP, NULL, FOR_ALL, "show this help"},
	{"version", OPTION_VERSION, NULL, FOR_ALL, "show the version"},
	{"kubernetes-version", OPTION_KUBERNETES_VERSION, "V", FOR_VERDICT | FOR(COMMAND_FACTS),
	 "take V for this node's Kubernetes version"},
	{"kernel-release", OPTION_KERNEL_RELEASE, "R", FOR_VERDICT | FOR(COMMAND_FACTS),
	 "take R for all that the node's kernel tells"},
	{"backend", OPTION_BACKEND, "auto|netlink|ioctl",
	 FOR_VERDICT | FOR(COMMAND_RESTORE) | FOR(COMMAND_PROBE), "how to talk to the kernel"},
	{"dry-run", OPTION_DRY_RUN, NULL, FOR(COMMAND_APPLY) | FOR(COMMAND_RESTORE),
	 "change nothing, show what would be done"},
	{"facts", OPTION_FACTS, "FILE|-", FOR(COMMAND_EXPLAIN),
	 "judge the node that FILE describes"},
	{"watch", OPTION_WATCH, NULL, FOR(COMMAND_STATUS),
	 "show it again whenever something changes"},
	{"format", OPTION_FORMAT, "summary|nagios|nfd|prometheus|wire", FOR(COMMAND_STATUS),
	 "print it for another program"},
	{"acting", OPTION_ACTING, NULL, FOR(COMMAND_STATUS) | FOR(COMMAND_EXPLAIN),
	 "exit code by the rules that act, as apply's"},
	{"keep", OPTION_KEEP, NULL, FOR(COMMAND_PROBE),
	 "keep the result for the others until next boot"},
	{"seconds", OPTION_SECONDS, "N", FOR(COMMAND_WIRE),
	 "look for so long; 0 = until Ctrl-C (default: 30)"},
	{"interface", OPTION_INTERFACE, "NAME", FOR(COMMAND_WIRE),
	 "look at this NIC, not at VXLAN's own; repeatable"},
	{"running", OPTION_RUNNING, NULL, FOR(COMMAND_STATUS),
	 "only say whether the service runs: exit 0 or 1"},
	{"owner", OPTION_OWNER, "UID:GID", FOR(COMMAND_PREPARE), "give the folder to this user"},
	/* For the detection's child alone (detect_child.c). */
	{"without-links", OPTION_WITHOUT_LINKS, NULL, FOR(COMMAND_FACTS), NULL},
	{"nat-rules", OPTION_NAT_RULES, NULL, FOR(COMMAND_FACTS), NULL},
	{"kubelet", OPTION_KUBELET, "PATH", FOR(COMMAND_FACTS), NULL},
	{"proxy-metrics", OPTION_PROXY_METRICS, "ADDRESS:PORT", FOR(COMMAND_FACTS), NULL},
};

#define N_OPTIONS N_ELEMENTS(option_table)

const char *command_name(enum command_id command)
{
	return command < COMMANDS ? commands[command].name : "";
}

/* What must follow the command; NULL: nothing may. */
static const char *command_operand(enum command_id command)
{
	return command == COMMAND_ASSESS ? "FILE|-" : NULL;
}

static int command_find(const char *name, enum command_id *ret_command)
{
	for (unsigned int i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			*ret_command = i;
			return 0;
		}
	}
	return -EINVAL;
}

static const struct option_help *option_find(int id)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if ((int)option_table[i].id == id)
			return &option_table[i];
	}
	return NULL;
}

/* The index of `value` among the words of the option's own "a|b|c". */
static int option_choice(const struct option_help *option, const char *value,
			 char error[static OPTIONS_ERROR_SIZE])
{
	size_t length = strlen(value);
	int index = 0;

	for (const char *word = option->argument; word; index++) {
		size_t word_length = strcspn(word, "|");

		if (word_length == length && memcmp(word, value, length) == 0)
			return index;
		word = word[word_length] ? word + word_length + 1 : NULL;
	}
	snprintf(error, OPTIONS_ERROR_SIZE, "--%s: %s: must be %s", option->name, value,
		 option->argument);
	return -EINVAL;
}

/* A number of a user or group, of which the highest means none; or another one of 32 bits. */
static int take_number(const char **text, uint32_t *ret_number)
{
	unsigned long long number;
	char *end;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(*text, &end, 10);
	if (errno != 0 || number >= UINT32_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	*text = end;
	return 0;
}

static int store_owner(struct options *options, const char *argument,
		       char error[static OPTIONS_ERROR_SIZE])
{
	const char *text = argument;
	uint32_t user, group;

	if (take_number(&text, &user) < 0 || *text++ != ':' || take_number(&text, &group) < 0 ||
	    *text) {
		snprintf(error, OPTIONS_ERROR_SIZE, "--owner: %s: must be two numbers, UID:GID",
			 argument);
		return -EINVAL;
	}
	options->owned = true;
	options->owner_user = user;
	options->owner_group = group;
	return 0;
}

static int store_seconds(struct options *options, const char *argument,
			 char error[static OPTIONS_ERROR_SIZE])
{
	const char *text = argument;
	uint32_t seconds;

	if (take_number(&text, &seconds) < 0 || *text) {
		snprintf(error, OPTIONS_ERROR_SIZE,
			 "--seconds: %s: must be a number of seconds, or 0 for no end", argument);
		return -EINVAL;
	}
	options->seconds = seconds;
	return 0;
}

static int store_interface(struct options *options, const char *argument,
			   char error[static OPTIONS_ERROR_SIZE])
{
	size_t n = 0;

	while (options->interfaces[n])
		n++;
	if (n == OPTIONS_INTERFACES_MAX) {
		snprintf(error, OPTIONS_ERROR_SIZE, "--interface: %s: no more than %d can be given",
			 argument, OPTIONS_INTERFACES_MAX);
		return -EINVAL;
	}
	options->interfaces[n] = argument;
	return 0;
}

/* The member that an option without an argument sets; NULL for all others. */
static bool *option_flag(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_ROOT_IS_THIS_NODE:
		return &options->root_is_this_node;
	case OPTION_JSON:
		return &options->json;
	case OPTION_VERBOSE:
		return &options->verbose;
	case OPTION_HELP:
		return &options->help;
	case OPTION_VERSION:
		return &options->version;
	case OPTION_DRY_RUN:
		return &options->dry_run;
	case OPTION_WATCH:
		return &options->watch;
	case OPTION_ACTING:
		return &options->acting;
	case OPTION_WITHOUT_LINKS:
		return &options->without_links;
	case OPTION_NAT_RULES:
		return &options->nat_rules;
	case OPTION_KEEP:
		return &options->keep;
	case OPTION_RUNNING:
		return &options->running;
	default:
		return NULL;
	}
}

/* The member that an option's argument is kept in as it is; NULL for all others. */
static const char **option_text(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_CONFIG:
		return &options->config;
	case OPTION_RULES:
		return &options->rules;
	case OPTION_ROOT:
		return &options->root;
	case OPTION_KUBERNETES_VERSION:
		return &options->kubernetes_version;
	case OPTION_KERNEL_RELEASE:
		return &options->kernel_release;
	case OPTION_FACTS:
		return &options->facts;
	case OPTION_KUBELET:
		return &options->kubelet;
	case OPTION_PROXY_METRICS:
		return &options->proxy_metrics;
	default:
		return NULL;
	}
}

/* Stores one of the options whose argument is one of some words. */
static int store_choice(struct options *options, const struct option_help *option,
			const char *argument, char error[static OPTIONS_ERROR_SIZE])
{
	int choice = option_choice(option, argument, error);

	if (choice < 0)
		return choice;
	if (option->id == OPTION_COLOR)
		options->color = choice;
	else if (option->id == OPTION_BACKEND)
		options->backend = choice;
	else
		options->format = report_format_find(argument);
	return 0;
}

/* Stores one option that getopt_long() found. */
static int option_store(struct options *options, const struct option_help *option,
			const char *argument, char error[static OPTIONS_ERROR_SIZE])
{
	const char **text = option_text(options, option->id);
	bool *flag = option_flag(options, option->id);

	if (flag)
		*flag = true;
	else if (text)
		*text = argument;
	if (flag || text)
		return 0;
	switch (option->id) {
	case OPTION_OWNER:
		return store_owner(options, argument, error);
	case OPTION_SECONDS:
		return store_seconds(options, argument, error);
	case OPTION_INTERFACE:
		return store_interface(options, argument, error);
	default:
		return store_choice(options, option, argument, error);
	}
}

/* What getopt_long() itself did not like; optind is already past a long option's word. */
static int report_bad_option(char *argv[], int code, char error[static OPTIONS_ERROR_SIZE])
{
	const char *word = argv[optind - 1];

	if (code == ':')
		snprintf(error, OPTIONS_ERROR_SIZE, "%s: needs a value; see --help", word);
	else if (optopt >= OPTION_CONFIG)
		snprintf(error, OPTIONS_ERROR_SIZE, "%s: takes no value; see --help", word);
	else if (optopt) /* a letter; optind may still be at its word */
		snprintf(error, OPTIONS_ERROR_SIZE, "-%c: no such option; see --help", optopt);
	else
		snprintf(error, OPTIONS_ERROR_SIZE, "%s: no such option; see --help", word);
	return -EINVAL;
}

/* Is every option that was given one of the command's? */
static int check_allowed(const struct options *options, const bool given[static N_OPTIONS],
			 char error[static OPTIONS_ERROR_SIZE])
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (!given[i] || option_table[i].commands & FOR(options->command))
			continue;
		snprintf(error, OPTIONS_ERROR_SIZE, "--%s: not an option of %s; see %s --help",
			 option_table[i].name, command_name(options->command),
			 command_name(options->command));
		return -EINVAL;
	}
	return 0;
}

/* A format is printed once, and is not JSON; whether the service runs is no report. */
static int check_format(const struct options *options, char error[static OPTIONS_ERROR_SIZE])
{
	if (options->running && (options->watch || options->format != REPORT_FORMAT_NONE)) {
		snprintf(error, OPTIONS_ERROR_SIZE,
			 "--running: not together with --%s; see status "
			 "--help",
			 options->watch ? "watch" : "format");
		return -EINVAL;
	}
	if (options->format == REPORT_FORMAT_NONE || (!options->json && !options->watch))
		return 0;
	snprintf(error, OPTIONS_ERROR_SIZE, "--format: not together with --%s; see status --help",
		 options->json ? "json" : "watch");
	return -EINVAL;
}

/* What follows the command: what it needs, or nothing. */
static int take_operand(int argc, char *argv[], struct options *options,
			char error[static OPTIONS_ERROR_SIZE])
{
	const char *operand = command_operand(options->command);
	int next = optind + 1;

	if (operand && next < argc)
		options->operand = argv[next++];
	if (next < argc) {
		snprintf(error, OPTIONS_ERROR_SIZE,
			 "%s: unexpected argument after %s; see %s --help", argv[next],
			 argv[next - 1], argv[optind]);
		return -EINVAL;
	}
	if (operand && !options->operand && !options->help && !options->version) {
		snprintf(error, OPTIONS_ERROR_SIZE, "%s: needs %s; see %s --help", argv[optind],
			 operand, argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static int take_command(int argc, char *argv[], struct options *options,
			char error[static OPTIONS_ERROR_SIZE])
{
	options->command = COMMANDS;
	if (optind == argc) {
		if (options->help || options->version)
			return 0;
		snprintf(error, OPTIONS_ERROR_SIZE, "no command given; see --help");
		return -EINVAL;
	}
	if (command_find(argv[optind], &options->command) < 0) {
		snprintf(error, OPTIONS_ERROR_SIZE, "%s: no such command; see --help",
			 argv[optind]);
		return -EINVAL;
	}
	return take_operand(argc, argv, options, error);
}

int options_parse(int argc, char *argv[], struct options *ret_options,
		  char ret_error[static OPTIONS_ERROR_SIZE])
{
	struct option long_options[N_OPTIONS + 1] = {0};
	bool given[N_OPTIONS] = {false};
	struct options options = {.seconds = DEFAULT_SECONDS};
	int code, result;

	for (size_t i = 0; i < N_OPTIONS; i++) {
		long_options[i].name = option_table[i].name;
		long_options[i].has_arg =
			option_table[i].argument ? required_argument : no_argument;
		long_options[i].val = option_table[i].id;
	}

	opterr = 0;
	optind = 0; /* so that a test may parse twice; GNU getopt starts anew */
	while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		const struct option_help *option = option_find(code);

		if (!option)
			return report_bad_option(argv, code, ret_error);
		given[option - option_table] = true;
		result = option_store(&options, option, optarg, ret_error);
		if (result < 0)
			return result;
	}

	result = take_command(argc, argv, &options, ret_error);
	if (result == 0 && options.command < COMMANDS)
		result = check_allowed(&options, given, ret_error);
	if (result == 0)
		result = check_format(&options, ret_error);
	if (result < 0)
		return result;
	*ret_options = options;
	return 0;
}

static void print_option(FILE *output, const struct option_help *option)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument ? "=" : "",
		 option->argument ? option->argument : "");
	if (strlen(left) > 28)
		fprintf(output, "  %s\n  %-28s %s\n", left, "", option->text);
	else
		fprintf(output, "  %-28s %s\n", left, option->text);
}

/* The commands that take the option, as all do, and for which it changes nothing. */
static unsigned int idle_commands(enum option_id id)
{
	switch (id) {
	case OPTION_CONFIG:
	case OPTION_RULES:
		return FOR_NO_POLICY;
	case OPTION_ROOT:
	case OPTION_ROOT_IS_THIS_NODE:
		return FOR_NO_DETECTION;
	case OPTION_COLOR:
		return FOR_ALL & ~FOR_COLOR;
	case OPTION_JSON:
		return FOR(COMMAND_RUN) | FOR(COMMAND_PREPARE);
	default:
		return 0;
	}
}

static void print_command_help(FILE *output, enum command_id command)
{
	const char *operand = command_operand(command);

	fprintf(output, "Usage: offload-agent %s [OPTION...]%s%s\n\n%s\n\nOptions:\n",
		commands[command].name, operand ? " " : "", operand ? operand : "",
		commands[command].text);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_help *option = &option_table[i];

		if (option->text && option->commands & ~idle_commands(option->id) & FOR(command))
			print_option(output, option);
	}
}

void options_print_help(FILE *output, enum command_id command)
{
	if (command < COMMANDS) {
		print_command_help(output, command);
		return;
	}
	fputs("Usage: offload-agent COMMAND [OPTION...]\n\n"
	      "Turns NIC checksum offload off where a Kubernetes or kernel bug needs it.\n\n"
	      "Commands:\n",
	      output);
	for (unsigned int i = 0; i < COMMANDS; i++)
		fprintf(output, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nOptions of all commands, before or after the command:\n", output);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (option_table[i].commands == FOR_ALL)
			print_option(output, &option_table[i]);
	}
	fputs("\n'offload-agent COMMAND --help' shows the options of one command.\n"
	      "Exit codes: 0 not affected, not exposed or mitigated; 1 vulnerable; 2 unknown;\n"
	      "64 bad usage; 65 bad configuration, rules or facts; 69 no back end; 70 internal\n"
	      "error; 77 no permission.\n",
	      output);
}

struct sources options_sources(const struct options *options)
{
	return (struct sources){
		.config = options->config,
		.rules = options->rules,
		.facts = options->facts,
		.detection = {.root = options->root,
			      .root_is_this_node = options->root_is_this_node,
			      .kubelet = options->kubelet,
			      .proxy_metrics = options->proxy_metrics,
			      .kubernetes_version = options->kubernetes_version,
			      .kernel_release = options->kernel_release,
			      .keep_measurement = !options->dry_run,
			      .backend = options->backend},
	};
}

bool options_use_color(const struct options *options, FILE *output)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	switch (options->color) {
	case COLOR_ALWAYS:
		return true;
	case COLOR_NEVER:
		return false;
	case COLOR_AUTO:
		break;
	}
	if (no_color && *no_color)
		return false;
	return isatty(fileno(output)) && terminal && strcmp(terminal, "dumb") != 0;
}
