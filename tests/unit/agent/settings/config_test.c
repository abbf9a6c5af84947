/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration. config.c is compiled into this program with a folder of the test's own as the
 * installed one, below a /run of the test's own.
 */
#include "agent/settings/config.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ETC	  OFFLOAD_AGENT_SYSCONFDIR
#define INSTALLED ETC "/agent.conf"
#define DROP_INS  ETC "/agent.conf.d"
#define GIVEN	  ETC "/given.conf"

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	run("rm -rf " ETC " && mkdir -p " DROP_INS);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static void load(const char *file, struct agent_config *config)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};

	assert_int_equal(agent_config_load(file, &diagnostics, config), 0);
	assert_int_equal(diagnostics.n_texts, 0);
}

/* Loads what must fail; the output stays as it was. */
static void load_bad(const char *file, struct diagnostics *diagnostics)
{
	struct agent_config config, untouched;

	memset(&config, 0xa5, sizeof(config));
	untouched = config;
	assert_int_equal(agent_config_load(file, diagnostics, &config), -EBADMSG);
	assert_memory_equal(&config, &untouched, sizeof(config));
}

static void assert_one_diagnostic(const char *file, const char *expected)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};

	load_bad(file, &diagnostics);
	assert_true(diagnostics.n_texts > 0);
	assert_string_equal(diagnostics.texts[0], expected);
	assert_int_equal(diagnostics.n_texts, 1);
}

static void assert_defaults(const struct agent_config *config)
{
	assert_true(config->nics_exposed);
	assert_int_equal(config->n_nics, 0);
	assert_int_equal(config->n_choices, 0);
	assert_null(config->turn_off);
	assert_null(config->turn_off_source);
	assert_null(config->kubernetes_version);
	assert_null(config->kubelet);
	assert_string_equal(config->proxy_metrics, "127.0.0.1:10249");
	assert_false(config->evidence.kubernetes_rules);
	assert_false(config->evidence.kernel_measured);
	assert_false(config->turn_off_on_unknown);
	assert_true(config->restore_on_not_affected);
	assert_false(config->restore_on_stop);
	assert_int_equal(config->sweep, 60);
	assert_false(config->wire_sample);
	assert_int_equal(config->wire_seconds, 60);
	assert_int_equal(config->wire_every, 3600);
	assert_int_equal(config->n_exports, 0);
}

/* Nothing installed, nothing in what is installed, and the defaults written out are the same. */
static void test_defaults(void **state)
{
	static const char *const commands[] = {
		"rm -r " ETC,
		"mkdir -p " ETC,
		": > " INSTALLED,
		"printf '// a comment\\n' > " INSTALLED,
		"ln -sf /dev/null " INSTALLED,
		"mkdir -p " DROP_INS,
		"ln -sf /dev/null " DROP_INS "/10-masked.conf",
	};

	for (size_t i = 0; i < N_ELEMENTS(commands); i++) {
		_cleanup_(agent_config_clear) struct agent_config config = {0};

		run(commands[i]);
		load(NULL, &config);
		assert_defaults(&config);
	}
}

static void test_defaults_written_out(void **state)
{
	_cleanup_(agent_config_clear) struct agent_config config = {0};

	write_file(INSTALLED, "nics = \"exposed\";\n"
			      "act = [ ];\ntell = [ ];\noff = [ ];\n"
			      "kubernetes = { version = \"auto\"; evidence = \"version\"; };\n"
			      "kernel = { evidence = \"version\"; };\n"
			      "on_unknown = \"leave\";\n"
			      "on_not_affected = \"restore\";\n"
			      "on_stop = \"leave\";\n"
			      "sweep = 60;\n"
			      "wire = \"off\"; wire_sample = { seconds = 60; every = 3600; };\n"
			      "exports = ( );\n");
	load(NULL, &config);
	assert_defaults(&config);
}

static const char every_key[] =
	"nics = ( { name = \"eth[0-9]*\"; driver = \"virtio_net\"; },\n"
	"         { kind = \"vxlan\"; mac = \"02:00:00:00:00:0A\"; } );\n"
	"turn_off = [ \"tx\", \"rx-gro\" ];\n"
	"act = [ \"vxlan-*\", \"e1000e-tso\" ]; off = [ \"*\" ];\n"
	"kubernetes = { version = \"v1.18.3\"; evidence = \"rules\";\n"
	"               kubelet = \"/opt/bin/kubelet\"; proxy_metrics = \"[::1]:10249\"; };\n"
	"kernel = { evidence = \"probe\"; };\n"
	"on_unknown = \"turn-off\";\n"
	"on_not_affected = \"leave\";\n"
	"on_stop = \"restore\";\n"
	"sweep = 0;\n"
	"wire = \"sample\"; wire_sample = { every = 7; seconds = 5; };\n"
	"exports = ( { format = \"prometheus\"; file = \"/var/lib/node_exporter/a.prom\"; },\n"
	"            { file = \"/a\"; format = \"nfd\"; } );\n";

static void test_every_key(void **state)
{
	_cleanup_(agent_config_clear) struct agent_config config = {0};

	write_file(INSTALLED, every_key);
	load(NULL, &config);
	assert_int_equal(config.n_nics, 2);
	assert_string_equal(config.nics[0].name, "eth[0-9]*");
	assert_string_equal(config.nics[0].driver, "virtio_net");
	assert_null(config.nics[0].kind);
	assert_null(config.nics[0].mac);
	assert_string_equal(config.nics[1].kind, "vxlan");
	assert_string_equal(config.nics[1].mac, "02:00:00:00:00:0A");
	assert_false(config.nics_exposed);
	assert_int_equal(config.n_choices, 3);
	assert_string_equal(config.choices[0].glob, "vxlan-*");
	assert_int_equal(config.choices[0].mode, RULE_ACT);
	assert_string_equal(config.choices[1].glob, "e1000e-tso");
	assert_string_equal(config.choices[2].glob, "*");
	assert_int_equal(config.choices[2].mode, RULE_OFF);
	assert_string_equal(config.choices[2].source, INSTALLED ":4: off");
	assert_string_equal(config.turn_off[0], "tx");
	assert_string_equal(config.turn_off[1], "rx-gro");
	assert_null(config.turn_off[2]);
	assert_string_equal(config.turn_off_source, INSTALLED ":3");
	assert_string_equal(config.kubernetes_version, "v1.18.3");
	assert_string_equal(config.kubelet, "/opt/bin/kubelet");
	assert_string_equal(config.proxy_metrics, "[::1]:10249");
	assert_true(config.evidence.kubernetes_rules);
	assert_true(config.evidence.kernel_measured);
	assert_true(config.turn_off_on_unknown);
	assert_false(config.restore_on_not_affected);
	assert_true(config.restore_on_stop);
	assert_int_equal(config.sweep, 0);
	assert_true(config.wire_sample);
	assert_int_equal(config.wire_seconds, 5);
	assert_int_equal(config.wire_every, 7);
	assert_int_equal(config.n_exports, 2);
	assert_int_equal(config.exports[0].format, REPORT_FORMAT_PROMETHEUS);
	assert_string_equal(config.exports[0].file, "/var/lib/node_exporter/a.prom");
	assert_int_equal(config.exports[1].format, REPORT_FORMAT_NFD);
	assert_string_equal(config.exports[1].file, "/a");
}

/* Later files win, key by key; the names decide, and only those that end in .conf. */
static void test_drop_ins(void **state)
{
	_cleanup_(agent_config_clear) struct agent_config config = {0};

	write_file(INSTALLED, every_key);
	write_file(DROP_INS "/20-second.conf", "sweep = 20;\non_stop = \"leave\";\n");
	write_file(DROP_INS "/10-first.conf",
		   "nics = ( { name = \"eth0\"; } );\n"
		   "turn_off = ( \"gro\" );\n"
		   "kubernetes = { version = \"auto\"; };\n"
		   "exports = ( { format = \"nfd\"; file = \"/b\"; } );\n"
		   "sweep = 10;\n");
	write_file(DROP_INS "/30-third.conf.off", "sweep = 30;\n");
	write_file(DROP_INS "/.40-fourth.conf", "sweep = 40;\n");
	write_file(DROP_INS "/50-fifth.CONF", "no configuration\n");
	load(NULL, &config);
	assert_int_equal(config.n_nics, 1);
	assert_string_equal(config.nics[0].name, "eth0");
	assert_null(config.nics[0].driver);
	assert_string_equal(config.turn_off[0], "gro");
	assert_null(config.turn_off[1]);
	assert_string_equal(config.turn_off_source, DROP_INS "/10-first.conf:2");
	assert_null(config.kubernetes_version);
	assert_string_equal(config.kubelet, "/opt/bin/kubelet");
	assert_true(config.turn_off_on_unknown);
	assert_false(config.restore_on_stop);
	assert_int_equal(config.sweep, 20);
	assert_int_equal(config.n_exports, 1);
	assert_string_equal(config.exports[0].file, "/b");
}

/* A file that is given stands alone. */
static void test_given(void **state)
{
	_cleanup_(agent_config_clear) struct agent_config config = {0};

	write_file(INSTALLED, "this is broken\n");
	write_file(DROP_INS "/10-first.conf", "this too\n");
	write_file(GIVEN, "sweep = 5;\n");
	load(GIVEN, &config);
	assert_int_equal(config.sweep, 5);
	assert_true(config.nics_exposed);
	assert_one_diagnostic(ETC "/missing.conf", ETC "/missing.conf: no such file");
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *diagnostic; /* what follows the file's name */
	} cases[] = {
		{"sweep = 60\nnonsense", ":2: syntax error"},
		{"sweep = 60; sweep = 50;", ":1: duplicate setting name"},
		{"sweep = ", ":1: syntax error"},
		{"\n\nsleep = 60;", ":3: sleep: no such key here; the manual page lists them"},
		{"@include \"/etc/shadow\"",
		 ":1: @include is not allowed; put the file into the folder"},
		{"sweep = 60;\001", ":1: is no text: byte 0x01"},

		{"nics = \"eth0\";",
		 ":1: nics: must be \"exposed\" or a list of groups: ( { ... } )"},
		{"nics = { name = \"eth0\"; };", ":1: nics: must be a list of groups: ( { ... } )"},
		{"nics = ( { name = \"eth0\"; },\n \"eth1\" );",
		 ":2: nics: must hold groups only: { ... }"},
		{"nics = ( );", ":1: nics: is empty; name at least one NIC, or leave it out"},
		{"nics = ( { } );", ":1: an empty group would match everything; give it a key"},
		{"nics = (\n{ name = \"eth[0\"; } );",
		 ":2: name: \"eth[0\" is no glob: close every [ and escape \\"},
		{"nics = ( { name = \"eth0\\\\\"; } );",
		 ":1: name: \"eth0\\\" is no glob: close every [ and escape \\"},
		{"nics = ( { name = \"\"; } );", ":1: name: must not be empty"},
		{"nics = ( { name = \"a\\nb\"; } );",
		 ":1: name: must not contain control characters"},
		{"nics = ( { name = 7; } );", ":1: name: must be a string"},
		{"nics = ( { kind = [ \"vxlan\" ]; } );", ":1: kind: must be a string"},
		{"nics = ( { driver = true; } );", ":1: driver: must be a string"},
		{"nics = ( { mac = \"02:00\\\\\"; } );",
		 ":1: mac: \"02:00\\\" is no hardware address xx:xx:xx:xx:xx:xx"},
		{"nics = ( { udp_csum = false; } );",
		 ":1: udp_csum: no such key here; the manual page lists them"},

		{"turn_off = \"tx\";", ":1: turn_off: must be a list of strings: [ \"...\" ]"},
		{"turn_off = [ ];", ":1: turn_off: is empty; name a feature, or leave it out"},
		{"turn_off = ( \"tx\",\n 7 );", ":2: turn_off: must hold strings only"},
		{"turn_off = [ \"\" ];", ":1: turn_off: must not be empty"},

		{"kubernetes = \"v1.18.3\";", ":1: kubernetes: must be a group: { ... }"},
		{"kubernetes = { versoin = \"v1.18.3\"; };",
		 ":1: versoin: no such key here; the manual page lists them"},
		{"kubernetes = { version = 1.18; };", ":1: version: must be a string"},
		{"kubernetes = { evidence = \"guess\"; };",
		 ":1: evidence: must be \"version\" or \"rules\""},
		{"kubernetes = { kubelet = \"kubelet\"; };",
		 ":1: kubernetes.kubelet: \"kubelet\" must be an absolute path"},
		{"kubernetes = { kubelet = 7; };", ":1: kubelet: must be a string"},
		{"kubernetes = { proxy_metrics = false; };", ":1: proxy_metrics: must be a string"},
		{"kubernetes = { proxy_metrics = \"localhost:10249\"; };",
		 ":1: kubernetes.proxy_metrics: \"localhost:10249\" must be a numeric ADDRESS:PORT"},

		{"kernel = ( );", ":1: kernel: must be a group: { ... }"},
		{"kernel = { release = \"4.19\"; };",
		 ":1: release: no such key here; the manual page lists them"},
		{"kernel = { evidence = 1; };", ":1: evidence: must be \"version\" or \"probe\""},

		{"on_unknown = \"turn off\";", ":1: on_unknown: must be \"leave\" or \"turn-off\""},
		{"on_unknown = true;", ":1: on_unknown: must be \"leave\" or \"turn-off\""},
		{"on_not_affected = \"turn-off\";",
		 ":1: on_not_affected: must be \"leave\" or \"restore\""},
		{"on_stop = \"stop\";", ":1: on_stop: must be \"leave\" or \"restore\""},

		{"sweep = -1;", ":1: sweep: must be a whole number from 0 to 86400"},
		{"sweep = 86401;", ":1: sweep: must be a whole number from 0 to 86400"},
		{"sweep = 1.5;", ":1: sweep: must be a whole number from 0 to 86400"},
		{"sweep = \"60\";", ":1: sweep: must be a whole number from 0 to 86400"},
		{"sweep = 99999999999;", ":1: sweep: must be a whole number from 0 to 86400"},

		{"wire = true;", ":1: wire: must be \"off\" or \"sample\""},
		{"wire_sample = 60;", ":1: wire_sample: must be a group: { ... }"},
		{"wire_sample = { minutes = 1; };",
		 ":1: minutes: no such key here; the manual page lists them"},
		{"wire_sample = { seconds = 0; };",
		 ":1: seconds: must be a whole number from 1 to 3600"},
		{"wire_sample = { every = 86401; };",
		 ":1: every: must be a whole number from 2 to 86400"},
		{"wire_sample = { every = 60; };",
		 ":1: wire_sample: every (60) must be more than seconds (60)"},

		{"exports = { };", ":1: exports: must be a list of groups: ( { ... } )"},
		{"exports = ( { format = \"json\"; file = \"/a\"; } );",
		 ":1: format: must be \"nfd\" or \"prometheus\""},
		{"exports = (\n{ file = \"/a\"; } );",
		 ":2: exports: format is missing: \"nfd\" or \"prometheus\""},
		{"exports = ( { format = \"nfd\"; } );", ":1: exports: file is missing"},
		{"exports = ( { format = \"nfd\"; file = 7; } );", ":1: file: must be a string"},
		{"exports = ( { format = \"nfd\"; file = \"/a\"; mode = 7; } );",
		 ":1: mode: no such key here; the manual page lists them"},
		{"exports = ( { format = \"nfd\"; file = \"a/b\"; } );",
		 ":1: exports: \"a/b\" must be an absolute path to a file without a dot in front"},
		{"exports = ( { format = \"nfd\"; file = \"/a/\"; } );",
		 ":1: exports: \"/a/\" must be an absolute path to a file without a dot in front"},
		{"exports = ( { format = \"nfd\"; file = \"/a/.b\"; } );",
		 ":1: exports: \"/a/.b\" must be an absolute path to a file without a dot in front"},
		{"exports = ( { format = \"nfd\"; file = \"/a\"; },\n"
		 "{ format = \"prometheus\"; file = \"/a\"; } );",
		 ":2: exports: \"/a\" is there twice"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char expected[256];

		snprintf(expected, sizeof(expected), "%s%s", GIVEN, cases[i].diagnostic);
		write_file(GIVEN, cases[i].text);
		assert_one_diagnostic(GIVEN, expected);
	}
}

/* Who mends a file wants to know all faults of all files. */
static void test_all_faults(void **state)
{
	static const char *const expected[] = {
		INSTALLED ":1: sleep: no such key here; the manual page lists them",
		INSTALLED ":2: an empty group would match everything; give it a key",
		INSTALLED ":2: mac: \"x\" is no hardware address xx:xx:xx:xx:xx:xx",
		INSTALLED ":3: turn_off: is empty; name a feature, or leave it out",
		INSTALLED ":4: kubernetes.kubelet: \"kubelet\" must be an absolute path",
		INSTALLED ":5: evidence: must be \"version\" or \"probe\"",
		INSTALLED ":6: on_stop: must be \"leave\" or \"restore\"",
		INSTALLED ":7: sweep: must be a whole number from 0 to 86400",
		DROP_INS "/10-first.conf:1: syntax error",
		DROP_INS "/20-second.conf:1: sweep: must be a whole number from 0 to 86400",
	};
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};

	write_file(INSTALLED, "sleep = 1;\n"
			      "nics = ( { }, { mac = \"x\"; } );\n"
			      "turn_off = [ ];\n"
			      "kubernetes = { kubelet = \"kubelet\"; };\n"
			      "kernel = { evidence = \"guess\"; };\n"
			      "on_stop = \"maybe\";\n"
			      "sweep = -1;\n");
	write_file(DROP_INS "/10-first.conf", "= 7;\n");
	write_file(DROP_INS "/20-second.conf", "sweep = \"often\";\n");
	load_bad(NULL, &diagnostics);
	for (size_t i = 0; i < N_ELEMENTS(expected); i++) {
		assert_true(i < diagnostics.n_texts);
		assert_string_equal(diagnostics.texts[i], expected[i]);
	}
	assert_int_equal(diagnostics.n_texts, N_ELEMENTS(expected));
}

/* Files and folders that others than root may write have no power over the node. */
static void test_owners(void **state)
{
	static const struct {
		const char *break_it, *mend_it, *diagnostic;
	} cases[] = {
		{"chmod g+w " INSTALLED, "chmod 644 " INSTALLED,
		 INSTALLED ": others than root may write it; chmod go-w it"},
		{"chmod o+w " INSTALLED, "chmod 644 " INSTALLED,
		 INSTALLED ": others than root may write it; chmod go-w it"},
		{"chown 1 " INSTALLED, "chown 0 " INSTALLED,
		 INSTALLED ": is not owned by root; chown root it"},
		{"chmod o+w " DROP_INS, "chmod 755 " DROP_INS,
		 DROP_INS ": others than root may write it; chmod go-w it"},
		{"chown 1 " DROP_INS, "chown 0 " DROP_INS,
		 DROP_INS ": is not owned by root; chown root it"},
		{"chmod o+w " DROP_INS "/10-first.conf", "chmod 644 " DROP_INS "/10-first.conf",
		 DROP_INS "/10-first.conf: others than root may write it; chmod go-w it"},
		{"mkfifo " DROP_INS "/20-fifo.conf", "rm " DROP_INS "/20-fifo.conf",
		 DROP_INS "/20-fifo.conf: is no regular file"},
		{"mkdir " DROP_INS "/20-folder.conf", "rmdir " DROP_INS "/20-folder.conf",
		 DROP_INS "/20-folder.conf: is no regular file"},
		{"truncate -s 2M " INSTALLED, "truncate -s 0 " INSTALLED,
		 INSTALLED ": is larger than 1024 KiB"},
		{"truncate -s 100 " INSTALLED, "truncate -s 0 " INSTALLED,
		 INSTALLED ": is no text: it holds a NUL byte"},
	};

	write_file(INSTALLED, "sweep = 5;\n");
	write_file(DROP_INS "/10-first.conf", "sweep = 10;\n");
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(agent_config_clear) struct agent_config config = {0};

		run(cases[i].break_it);
		assert_one_diagnostic(NULL, cases[i].diagnostic);
		run(cases[i].mend_it);
		load(NULL, &config);
		assert_int_equal(config.sweep, 10);
	}
}

#define config_test(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		config_test(test_defaults),   config_test(test_defaults_written_out),
		config_test(test_every_key),  config_test(test_drop_ins),
		config_test(test_given),      config_test(test_faults),
		config_test(test_all_faults), config_test(test_owners),
	};
	int result = private_run_enter();

	umask(022);
	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
