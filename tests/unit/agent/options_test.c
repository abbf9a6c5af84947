/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/options.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 8

/*
 * The contract: every option, the commands that take it ("*" = all), and those of them that it
 * changes nothing for, whose help leaves it out.
 */
static const struct {
	const char *name;
	const char *value; /* NULL: takes none */
	const char *commands;
	const char *idle;
} contract[] = {
	{"config", "/etc/a.conf", "*", " probe wire prepare "},
	{"rules", "/etc/rules.d", "*", " probe wire prepare "},
	{"root", "/host", "*", " probe wire prepare assess restore check rules "},
	{"root-is-this-node", NULL, "*", " probe wire prepare assess restore check rules "},
	{"json", NULL, "*", " run prepare "},
	{"color", "always", "*", " run facts restore probe wire check rules prepare "},
	{"verbose", NULL, "*", ""},
	{"help", NULL, "*", ""},
	{"version", NULL, "*", ""},
	{"kubernetes-version", "v1.18.3", " run apply status explain facts ", ""},
	{"kernel-release", "4.19.118", " run apply status explain facts ", ""},
	{"backend", "ioctl", " run apply status explain restore probe ", ""},
	{"dry-run", NULL, " apply restore ", ""},
	{"facts", "-", " explain ", ""},
	{"watch", NULL, " status ", ""},
	{"acting", NULL, " status explain ", ""},
	{"without-links", NULL, " facts ", ""},
	{"nat-rules", NULL, " facts ", ""},
	{"kubelet", "/usr/bin/kubelet", " facts ", ""},
	{"proxy-metrics", "127.0.0.1:10249", " facts ", ""},
	{"format", "nfd", " status ", ""},
	{"keep", NULL, " probe ", ""},
	{"running", NULL, " status ", ""},
	{"seconds", "7", " wire ", ""},
	{"interface", "eth0", " wire ", ""},
	{"owner", "12:34", " prepare ", ""},
};

#define N_CONTRACT N_ELEMENTS(contract)

/* getopt_long(3) permutes the words, so each parsing gets its own array. */
static int parse(const char *const words[], struct options *options, char *error)
{
	static char copies[ARGUMENTS_MAX][64]; /* options borrow from argv */
	char program[] = "offload-agent";
	char *argv[ARGUMENTS_MAX + 2] = {program};
	int argc = 1;

	for (size_t i = 0; words[i]; i++) {
		assert_true(i < ARGUMENTS_MAX);
		snprintf(copies[i], sizeof(copies[i]), "%s", words[i]);
		argv[argc++] = copies[i];
	}
	error[0] = '\0';
	return options_parse(argc, argv, options, error);
}

static bool names(const char *commands, const char *command)
{
	char word[32];

	if (strcmp(commands, "*") == 0)
		return true;
	snprintf(word, sizeof(word), " %s ", command);
	return strstr(commands, word) != NULL;
}

static bool takes(size_t option, const char *command)
{
	return names(contract[option].commands, command);
}

static void check_stored(size_t option, const struct options *options)
{
	const char *name = contract[option].name;
	const struct {
		const char *name;
		const char *string;
		bool flag;
	} fields[] = {
		{"config", options->config, false},
		{"rules", options->rules, false},
		{"root", options->root, false},
		{"root-is-this-node", NULL, options->root_is_this_node},
		{"json", NULL, options->json},
		{"color", NULL, options->color == COLOR_ALWAYS},
		{"verbose", NULL, options->verbose},
		{"help", NULL, options->help},
		{"version", NULL, options->version},
		{"kubernetes-version", options->kubernetes_version, false},
		{"kernel-release", options->kernel_release, false},
		{"backend", NULL, options->backend == ETHTOOL_NL_IOCTL},
		{"dry-run", NULL, options->dry_run},
		{"facts", options->facts, false},
		{"watch", NULL, options->watch},
		{"acting", NULL, options->acting},
		{"without-links", NULL, options->without_links},
		{"nat-rules", NULL, options->nat_rules},
		{"kubelet", options->kubelet, false},
		{"proxy-metrics", options->proxy_metrics, false},
		{"format", NULL, options->format == REPORT_FORMAT_NFD},
		{"keep", NULL, options->keep},
		{"running", NULL, options->running},
		{"seconds", NULL, options->seconds == 7},
		{"interface", options->interfaces[0], false},
		{"owner", NULL,
		 options->owned && options->owner_user == 12 && options->owner_group == 34},
	};
	size_t n_found = 0;

	/* Just the one is set, all others are as they were. */
	for (size_t i = 0; i < N_ELEMENTS(fields); i++) {
		if (strcmp(fields[i].name, name) != 0) {
			assert_null(fields[i].string);
			assert_false(fields[i].flag);
		} else if (fields[i].string) {
			assert_string_equal(fields[i].string, contract[option].value);
			n_found++;
		} else {
			assert_true(fields[i].flag);
			n_found++;
		}
	}
	assert_int_equal(n_found, 1);
}

/* One option with one command, in all ways to write it. */
static void check_option(size_t option, enum command_id command)
{
	const char *name = command_name(command), *value = contract[option].value;
	char joined[64], bare[32];
	const char *operand = command == COMMAND_ASSESS ? "nodes.json" : NULL;
	const char *const before[] = {joined, name, operand, NULL};
	const char *const after[] = {name, joined, operand, NULL};
	const char *const apart[] = {name, bare, value ? value : operand, value ? operand : NULL,
				     NULL};
	const char *const apart_before[] = {bare, value ? value : name, value ? name : operand,
					    value ? operand : NULL, NULL};
	const char *const *const ways[] = {before, after, apart, apart_before};
	char error[OPTIONS_ERROR_SIZE], expected[OPTIONS_ERROR_SIZE];

	snprintf(bare, sizeof(bare), "--%s", contract[option].name);
	snprintf(joined, sizeof(joined), "--%s%s%s", contract[option].name, value ? "=" : "",
		 value ? value : "");
	snprintf(expected, sizeof(expected), "--%s: not an option of %s; see %s --help",
		 contract[option].name, name, name);
	for (size_t i = 0; i < N_ELEMENTS(ways); i++) {
		struct options options = {.command = COMMANDS};

		if (!takes(option, name)) {
			assert_int_equal(parse(ways[i], &options, error), -EINVAL);
			assert_string_equal(error, expected);
			assert_int_equal(options.command, COMMANDS);
			continue;
		}
		assert_int_equal(parse(ways[i], &options, error), 0);
		assert_int_equal(options.command, command);
		check_stored(option, &options);
		if (operand)
			assert_string_equal(options.operand, operand);
		else
			assert_null(options.operand);
	}
}

static void test_every_option_of_every_command(void **state)
{
	for (unsigned int command = 0; command < COMMANDS; command++) {
		for (size_t option = 0; option < N_CONTRACT; option++)
			check_option(option, command);
	}
}

static void test_commands(void **state)
{
	static const char *const known[] = {"run",     "apply",	  "status", "explain",
					    "facts",   "restore", "check",  "probe",
					    "prepare", "rules",	  "wire"};
	char error[OPTIONS_ERROR_SIZE];

	for (size_t i = 0; i < N_ELEMENTS(known); i++) {
		const char *const words[] = {known[i], NULL};
		struct options options;

		assert_int_equal(parse(words, &options, error), 0);
		assert_string_equal(command_name(options.command), known[i]);
		assert_int_equal(options.color, COLOR_AUTO);
		assert_int_equal(options.backend, ETHTOOL_NL_AUTO);
	}
	assert_string_equal(command_name(COMMANDS), "");
}

static void test_bad_usage(void **state)
{
	static const struct {
		const char *words[4];
		const char *error;
	} cases[] = {
		{{NULL}, "no command given; see --help"},
		{{"--json", NULL}, "no command given; see --help"},
		{{"stop", NULL}, "stop: no such command; see --help"},
		{{"", NULL}, ": no such command; see --help"},
		{{"Status", NULL}, "Status: no such command; see --help"},
		{{"stat", NULL}, "stat: no such command; see --help"},
		{{"status", "now", NULL},
		 "now: unexpected argument after status; see status --help"},
		{{"status", "--", "-x", NULL},
		 "-x: unexpected argument after status; see status --help"},
		{{"status", "--colour=always", NULL},
		 "--colour=always: no such option; see --help"},
		{{"--quiet", "status", NULL}, "--quiet: no such option; see --help"},
		{{"status", "-v", NULL}, "-v: no such option; see --help"},
		{{"status", "-vx", NULL}, "-v: no such option; see --help"},
		{{"-hv", NULL}, "-h: no such option; see --help"},
		{{"status", "--json=yes", NULL}, "--json=yes: takes no value; see --help"},
		{{"status", "--config", NULL}, "--config: needs a value; see --help"},
		{{"explain", "--facts", NULL}, "--facts: needs a value; see --help"},
		{{"status", "--color=pink", NULL}, "--color: pink: must be auto|always|never"},
		{{"status", "--color=", NULL}, "--color: : must be auto|always|never"},
		{{"status", "--color=auto|always", NULL},
		 "--color: auto|always: must be auto|always|never"},
		{{"apply", "--backend", "netlin", NULL},
		 "--backend: netlin: must be auto|netlink|ioctl"},
		{{"apply", "--backend=ioctlx", NULL},
		 "--backend: ioctlx: must be auto|netlink|ioctl"},
		{{"status", "--format=json", NULL},
		 "--format: json: must be summary|nagios|nfd|prometheus|wire"},
		{{"explain", "--format=nfd", NULL},
		 "--format: not an option of explain; see explain --help"},
		{{"status", "--format=nfd", "--json", NULL},
		 "--format: not together with --json; see status --help"},
		{{"--watch", "status", "--format=nagios", NULL},
		 "--format: not together with --watch; see status --help"},
		{{"status", "--running", "--watch", NULL},
		 "--running: not together with --watch; see status --help"},
		{{"status", "--running", "--format=nfd", NULL},
		 "--running: not together with --format; see status --help"},
		{{"prepare", "--owner=agent", NULL},
		 "--owner: agent: must be two numbers, UID:GID"},
		{{"prepare", "--owner=1:", NULL}, "--owner: 1:: must be two numbers, UID:GID"},
		{{"prepare", "--owner=1:2:3", NULL},
		 "--owner: 1:2:3: must be two numbers, UID:GID"},
		{{"prepare", "--owner=-1:2", NULL}, "--owner: -1:2: must be two numbers, UID:GID"},
		{{"prepare", "--owner=1:4294967295", NULL},
		 "--owner: 1:4294967295: must be two numbers, UID:GID"},
		{{"wire", "--seconds=-1", NULL},
		 "--seconds: -1: must be a number of seconds, or 0 for no end"},
		{{"wire", "--seconds=30s", NULL},
		 "--seconds: 30s: must be a number of seconds, or 0 for no end"},
		{{"wire", "--seconds=4294967295", NULL},
		 "--seconds: 4294967295: must be a number of seconds, or 0 for no end"},
		{{"assess", NULL}, "assess: needs FILE|-; see assess --help"},
		{{"assess", "a", "b", NULL}, "b: unexpected argument after a; see assess --help"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct options options = {.command = COMMANDS, .verbose = true};
		char error[OPTIONS_ERROR_SIZE];

		assert_int_equal(parse(cases[i].words, &options, error), -EINVAL);
		assert_string_equal(error, cases[i].error);
		assert_int_equal(options.command, COMMANDS);
		assert_true(options.verbose);
	}
}

static void test_choices(void **state)
{
	static const struct {
		const char *word;
		enum color_mode color;
		enum ethtool_nl_backend backend;
	} cases[] = {
		{"--color=auto", COLOR_AUTO, ETHTOOL_NL_AUTO},
		{"--color=always", COLOR_ALWAYS, ETHTOOL_NL_AUTO},
		{"--color=never", COLOR_NEVER, ETHTOOL_NL_AUTO},
		{"--backend=auto", COLOR_AUTO, ETHTOOL_NL_AUTO},
		{"--backend=netlink", COLOR_AUTO, ETHTOOL_NL_NETLINK},
		{"--backend=ioctl", COLOR_AUTO, ETHTOOL_NL_IOCTL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const char *const words[] = {"status", cases[i].word, NULL};
		char error[OPTIONS_ERROR_SIZE];
		struct options options;

		assert_int_equal(parse(words, &options, error), 0);
		assert_int_equal(options.color, cases[i].color);
		assert_int_equal(options.backend, cases[i].backend);
	}
}

static void test_formats(void **state)
{
	static const struct {
		const char *word;
		enum report_format format;
	} cases[] = {
		{"--verbose", REPORT_FORMAT_NONE},
		{"--format=summary", REPORT_FORMAT_SUMMARY},
		{"--format=nagios", REPORT_FORMAT_NAGIOS},
		{"--format=nfd", REPORT_FORMAT_NFD},
		{"--format=prometheus", REPORT_FORMAT_PROMETHEUS},
		{"--format=wire", REPORT_FORMAT_WIRE},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const char *const words[] = {"status", cases[i].word, NULL};
		char error[OPTIONS_ERROR_SIZE];
		struct options options;

		assert_int_equal(parse(words, &options, error), 0);
		assert_int_equal(options.format, cases[i].format);
	}
}

/* Standard input is "-"; the help of a command that needs a file is to be had without one. */
static void test_operand(void **state)
{
	static const char *const dash[] = {"assess", "-", "--json", NULL};
	static const char *const help[] = {"assess", "--help", NULL};
	char error[OPTIONS_ERROR_SIZE];
	struct options options;

	assert_int_equal(parse(dash, &options, error), 0);
	assert_string_equal(options.operand, "-");
	assert_true(options.json);
	assert_int_equal(parse(help, &options, error), 0);
	assert_true(options.help);
}

/* Help and version need no command; the last of two equal options counts. */
static void test_without_command(void **state)
{
	static const char *const help[] = {"--help", NULL};
	static const char *const version[] = {"--json", "--version", NULL};
	static const char *const twice[] = {"--root=/a", "check", "--root=/b", NULL};
	char error[OPTIONS_ERROR_SIZE];
	struct options options;

	assert_int_equal(parse(help, &options, error), 0);
	assert_true(options.help);
	assert_int_equal(options.command, COMMANDS);
	assert_int_equal(parse(version, &options, error), 0);
	assert_true(options.version);
	assert_int_equal(options.command, COMMANDS);
	assert_int_equal(parse(twice, &options, error), 0);
	assert_string_equal(options.root, "/b");
}

/* A word that does not fit into the text of the error is cut, and the text ends. */
static void test_long_word(void **state)
{
	char program[] = "offload-agent", word[4096];
	char *argv[] = {program, word, NULL};
	char error[OPTIONS_ERROR_SIZE];
	struct options options;

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(options_parse(2, argv, &options, error), -EINVAL);
	assert_int_equal(strlen(error), OPTIONS_ERROR_SIZE - 1);
}

static char *help_text(enum command_id command)
{
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	options_print_help(output, command);
	assert_int_equal(fclose(output), 0);
	return text;
}

/* How many lines of the text name an option. */
static size_t count_options(const char *text)
{
	size_t count = 0;

	for (text = strstr(text, "\n  --"); text; text = strstr(text + 1, "\n  --"))
		count++;
	return count;
}

/* Options for the program's own children. */
static bool is_hidden(const char *name)
{
	return strcmp(name, "without-links") == 0 || strcmp(name, "nat-rules") == 0 ||
	       strcmp(name, "kubelet") == 0 || strcmp(name, "proxy-metrics") == 0;
}

/* The help of a command names its options and no other's; the contract knows them all. */
static void test_help(void **state)
{
	for (unsigned int command = 0; command < COMMANDS; command++) {
		_cleanup_free_ char *text = help_text(command);
		size_t n_options = 0;

		for (size_t i = 0; i < N_CONTRACT; i++) {
			char left[40];

			bool shown = takes(i, command_name(command)) &&
				     !names(contract[i].idle, command_name(command)) &&
				     !is_hidden(contract[i].name);

			n_options += shown;
			snprintf(left, sizeof(left), "  --%s%s", contract[i].name,
				 contract[i].value ? "=" : " ");
			assert_int_equal(strstr(text, left) != NULL, shown);
		}
		assert_int_equal(count_options(text), n_options);
	}
}

static void test_overview(void **state)
{
	static const char *const expected[] = {"\n  --config=FILE ", "\n  --root=DIR ",
					       "\n  --color=auto|always|never ",
					       "64 bad usage; 65 bad configuration"};
	_cleanup_free_ char *text = help_text(COMMANDS);

	for (unsigned int command = 0; command < COMMANDS; command++) {
		char left[32];

		snprintf(left, sizeof(left), "\n  %-10s ", command_name(command));
		assert_non_null(strstr(text, left));
	}
	for (size_t i = 0; i < N_ELEMENTS(expected); i++)
		assert_non_null(strstr(text, expected[i]));
	assert_null(strstr(text, "--dry-run"));
}

/* A file is no terminal, whatever the environment says; the option decides over all. */
static void test_use_color(void **state)
{
	struct options options = {.color = COLOR_AUTO};
	_cleanup_fclose_ FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_false(options_use_color(&options, file));
	options.color = COLOR_ALWAYS;
	assert_true(options_use_color(&options, file));
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_true(options_use_color(&options, file));
	options.color = COLOR_NEVER;
	assert_false(options_use_color(&options, file));
}

/* On a terminal: NO_COLOR, a TERM that cannot, and no TERM at all mean no colour. */
static void test_use_color_on_terminal(void **state)
{
	static const struct {
		const char *no_color, *terminal;
		bool color;
	} cases[] = {
		{NULL, "xterm", true}, {"", "xterm", true}, {"1", "xterm", false},
		{NULL, "dumb", false}, {NULL, NULL, false},
	};
	struct options options = {.color = COLOR_AUTO};
	_cleanup_fclose_ FILE *terminal = fopen("/dev/ptmx", "re");

	if (!terminal || !isatty(fileno(terminal))) {
		print_message("no terminal to be had here\n");
		skip();
	}
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		assert_int_equal(unsetenv("NO_COLOR") | unsetenv("TERM"), 0);
		if (cases[i].no_color)
			assert_int_equal(setenv("NO_COLOR", cases[i].no_color, 1), 0);
		if (cases[i].terminal)
			assert_int_equal(setenv("TERM", cases[i].terminal, 1), 0);
		assert_int_equal(options_use_color(&options, terminal), cases[i].color);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_of_every_command),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_bad_usage),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_operand),
		cmocka_unit_test(test_without_command),
		cmocka_unit_test(test_long_word),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_overview),
		cmocka_unit_test(test_use_color),
		cmocka_unit_test(test_use_color_on_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
