/* SPDX-License-Identifier: Apache-2.0 */

#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/rule_file.h"
#include "policy/rule_name.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/policy/data_file.h"
#include "tests/unit/policy/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DATA_DIR TEST_DATA_DIR "/rules/"

static const char minimal[] =
	"rule = { id = \"%s\"; title = \"%s\"; exposed = { kind = \"vxlan\"; };"
	"kubernetes = { affected = ( \"<1.18.6\" ); }; turn_off = [ \"tx\" ]; };";

static int load(const struct folder *folder, struct diagnostics *diagnostics, struct rules *rules)
{
	const char *const directories[] = {folder->path, NULL};

	return rule_files_load(directories, diagnostics, rules);
}

/* A rule file of that id and title. */
static void write_rule(const struct folder *folder, const char *name, const char *id,
		       const char *title)
{
	_cleanup_free_ char *text = NULL;
	int length = asprintf(&text, minimal, id, title);

	assert_true(length > 0);
	folder_write(folder, name, text, length);
}

static void check_diagnostic(const struct diagnostics *diagnostics, size_t index, const char *name,
			     const char *expected)
{
	const char *text;

	if (index >= diagnostics->n_texts)
		fail_msg("%s: nothing says \"%s\"", name, expected);
	/* Behind the folder's path, which differs in every run. */
	text = strrchr(diagnostics->texts[index], '/');
	text = text ? text + 1 : diagnostics->texts[index];
	if (strncmp(text, name, strlen(name)) != 0 || text[strlen(name)] != ':' ||
	    strcmp(text + strlen(name) + 1, expected) != 0)
		fail_msg("\"%s\" instead of \"%s:%s\"", text, name, expected);
}

/* Loads one bad file, whose first lines say "// diagnostic: LINE: TEXT" for all that is wrong. */
static void check_bad(const char *name)
{
	static const char mark[] = "// diagnostic: ";
	_cleanup_free_ char *text = NULL;
	struct diagnostics diagnostics = {0};
	struct rules rules = {.n_rules = 99};
	struct folder folder;
	size_t expected = 0;
	char *rest = NULL;

	folder_make(&folder);
	data_file_copy(&folder, DATA_DIR "bad", name);
	text = folder_read(&folder, name);
	assert_int_equal(load(&folder, &diagnostics, &rules), -EBADMSG);
	assert_int_equal(rules.n_rules, 99);
	for (char *line = strtok_r(text, "\n", &rest);
	     line && strncmp(line, mark, strlen(mark)) == 0; line = strtok_r(NULL, "\n", &rest))
		check_diagnostic(&diagnostics, expected++, name, line + strlen(mark));
	assert_true(expected > 0);
	if (diagnostics.n_texts != expected)
		fail_msg("%s: also \"%s\"", name, diagnostics.texts[expected]);
	diagnostics_clear(&diagnostics);
	folder_remove(&folder);
}

static void test_bad_files(void **state)
{
	DIR *directory = opendir(DATA_DIR "bad");
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		check_bad(entry->d_name);
		count++;
	}
	closedir(directory);
	assert_true(count >= 50);
}

static void check_range(const struct range_list *list, size_t index, const char *text)
{
	assert_true(index < list->n_ranges);
	assert_string_equal(list->ranges[index].text, text);
}

static void check_full(const struct rule *rule)
{
	assert_string_equal(rule->id, "every-key-1");
	assert_string_equal(rule->title, "Every key");
	assert_non_null(strstr(rule->file, "/full.rules"));
	assert_string_equal(rule->references[0], "https://example.org/1");
	assert_string_equal(rule->references[1], "https://example.org/2");
	assert_null(rule->references[2]);
	assert_true(rule->has_kubernetes);
	assert_int_equal(rule->kubernetes.n_ranges, 2);
	check_range(&rule->kubernetes, 0, ">=1.16.0-beta.2 <1.16.13");
	check_range(&rule->kubernetes, 1, "<=1.15.3");
	assert_int_equal(rule->probe, RULE_PROBE_ZERO_CHECKSUM);
	assert_string_equal(rule->exposed[0].name, "flannel.*");
	assert_string_equal(rule->exposed[0].kinds[0], "vxlan");
	assert_string_equal(rule->exposed[0].drivers[0], "vxlan");
	assert_string_equal(rule->exposed[0].mac, "0A:58:0a:f4:00:01");
	assert_int_equal(rule->exposed[0].udp_csum, ANSWER_NO);
	assert_string_equal(rule->turn_off[0], "rx");
	assert_string_equal(rule->turn_off[1], "tx");
	assert_string_equal(rule->turn_off[2], "tx-checksum-ip-generic");
	assert_null(rule->turn_off[3]);
	assert_string_equal(rule->required[0], "tx");
	assert_null(rule->required[1]);
}

static void check_full_kernel(const struct rule *rule)
{
	const struct kernel_line *line = rule->kernel;

	assert_int_equal(rule->n_kernel, 3);
	assert_string_equal(line[0].family, "ubuntu");
	assert_string_equal(line[0].series, "4.15");
	assert_string_equal(line[0].flavour, "generic");
	assert_null(line[0].release);
	assert_null(line[0].version);
	assert_true(line[0].by_build);
	assert_int_equal(line[0].affected.n_ranges, 1);
	check_range(&line[0].affected, 0, "<107");
	check_range(&line[0].unknown, 0, ">=107 <108.109");

	assert_string_equal(line[1].family, "debian");
	assert_null(line[1].series);
	assert_null(line[1].flavour);
	assert_string_equal(line[1].release, "4.*-[a-z]*");
	assert_string_equal(line[1].version, "*Debian*");
	assert_false(line[1].by_build);
	assert_int_equal(line[1].affected.n_ranges, 2);
	assert_int_equal(line[1].unknown.n_ranges, 0);

	assert_string_equal(line[2].family, "rhel");
	assert_false(line[2].by_build);
	assert_int_equal(line[2].affected.n_ranges, 0);
	assert_int_equal(line[2].unknown.n_ranges, 0);
}

static void check_strings(char *const strings[], const char *first, const char *second)
{
	assert_non_null(strings);
	assert_string_equal(strings[0], first);
	if (second)
		assert_string_equal(strings[1], second);
	assert_null(strings[second ? 2 : 1]);
}

static void check_name(const struct rule *rule, size_t index, enum rule_name_kind kind,
		       const char *key, const char *name, int line)
{
	const struct rule_name *found = &rule->names[index];

	assert_int_equal(found->kind, kind);
	assert_string_equal(found->key, key);
	assert_string_equal(found->name, name);
	assert_int_equal(found->line, line);
}

static void check_devices(const struct rule *rule)
{
	const struct exposure *nic = &rule->exposed[0], *tunnel = &rule->exposed[1];

	assert_string_equal(rule->id, "devices");
	assert_int_equal(rule->mode, RULE_ADVISE);
	assert_int_equal(rule->symptom, SYMPTOM_TX_TIMEOUTS);
	assert_int_equal(rule->effect, RULE_EFFECT_HANGS);
	assert_string_equal(rule->review, "2027-06");
	assert_string_equal(rule->machine->arch, "aarch64");
	assert_string_equal(rule->machine->vendor, "VMware*");
	assert_string_equal(rule->machine->product, "*");
	assert_string_equal(rule->machine->model, "Raspberry Pi 5*");
	assert_string_equal(rule->machine->hypervisor, "vmware");
	assert_int_equal(rule->n_exposed, 2);
	check_strings(nic->drivers, "mlx5_core", "atlantic*");
	assert_string_equal(nic->pci[1], "8086:0d4?");
	assert_int_equal(nic->driver_versions.ranges.n_ranges, 1);
	check_range(&nic->driver_versions.ranges, 0, "<1.0");
	check_strings(nic->driver_versions.globs, "5.*-OFED", NULL);
	check_range(&nic->firmwares.ranges, 0, ">=14 <16.3");
	check_strings(nic->carries->kinds, "vxlan", "geneve");
	assert_int_equal(nic->carries->ports.n_ports, 0);
	assert_int_equal(nic->carries->ports_not.n_ports, 3);
	assert_int_equal(nic->carries->ports_not.ports[2], 8472);
	assert_int_equal(nic->carries->udp_csum, ANSWER_YES);
	check_strings(nic->upper_kinds, "vlan", NULL);
	check_strings(nic->master_kinds, "bridge", "openvswitch");
	check_strings(nic->features_on, "rx-gro-hw", "rx-lro");
	check_strings(nic->features_changeable, "tx-udp_tnl-segmentation", NULL);
	check_strings(tunnel->kinds, "vxlan", "geneve");
	assert_int_equal(rule->n_names, 7);
	check_name(rule, 0, RULE_NAME_ARCHITECTURE, "arch", "aarch64", 7);
	check_name(rule, 1, RULE_NAME_HYPERVISOR, "hypervisor", "vmware", 7);
	check_name(rule, 4, RULE_NAME_FEATURE, "feature_changeable", "tx-udp_tnl-segmentation", 18);
	assert_int_equal(tunnel->ports.ports[0], 8472);
	assert_int_equal(tunnel->ports_not.ports[0], 1);
}

/* Words that nobody has are no error: a file that was valid stays so. */
static void check_slips(const struct rule *rule)
{
	assert_string_equal(rule->machine->arch, "arm64");
	assert_string_equal(rule->machine->hypervisor, "hyperv");
	assert_true(rule->kernel[1].by_build);
	assert_int_equal(rule->n_names, 7);
	check_name(rule, 0, RULE_NAME_FAMILY, "family", "ubuntu", 6);
	check_name(rule, 1, RULE_NAME_BUILD, "compare", "ubuntu", 6);
	check_name(rule, 2, RULE_NAME_FAMILY, "family", "debian", 7);
	check_name(rule, 3, RULE_NAME_BUILD, "compare", "debian", 7);
	check_name(rule, 4, RULE_NAME_ARCHITECTURE, "arch", "arm64", 9);
	check_name(rule, 5, RULE_NAME_HYPERVISOR, "hypervisor", "hyperv", 9);
}

static void check_optional(const struct rules *rules)
{
	const struct rule *kernel_only = &rules->rules[3], *kubernetes_only = &rules->rules[4];
	const struct rule *nat_only = &rules->rules[5];

	assert_string_equal(kernel_only->id, "kernel-only");
	assert_false(kernel_only->has_kubernetes);
	assert_int_equal(kernel_only->n_kernel, 1);
	assert_int_equal(kernel_only->probe, RULE_PROBE_NONE);
	assert_null(kernel_only->references);
	assert_int_equal(kernel_only->exposed[0].udp_csum, ANSWER_UNKNOWN);
	/* What is turned off is required, unless the rule says less. */
	assert_string_equal(kernel_only->required[0], "tx-udp_tnl-segmentation");
	assert_string_equal(kernel_only->required[1], "tx-udp_tnl-csum-segmentation");
	assert_null(kernel_only->required[2]);

	assert_string_equal(kubernetes_only->id, "kubernetes-only");
	assert_true(kubernetes_only->has_kubernetes);
	assert_int_equal(kubernetes_only->n_kernel, 0);
	assert_null(kubernetes_only->exposed[0].kinds);
	assert_int_equal(kubernetes_only->exposed[0].udp_csum, ANSWER_YES);
	assert_int_equal(kubernetes_only->mode, RULE_ACT);
	assert_int_equal(kubernetes_only->symptom, SYMPTOM_NONE);
	assert_false(kubernetes_only->nat);
	assert_null(kubernetes_only->cost);
	assert_null(kubernetes_only->remedies);

	assert_int_equal(nat_only->mode, RULE_TELL);
	assert_true(nat_only->nat);
	assert_string_equal(nat_only->cost, "throughput of the tunnel");
	assert_string_equal(nat_only->remedies[0], "the best");
	assert_string_equal(nat_only->remedies[1], "the second best");
	assert_null(nat_only->remedies[2]);
}

static void test_good_files(void **state)
{
	struct diagnostics diagnostics = {0};
	struct folder folder;
	struct rules rules;

	folder_make(&folder);
	data_file_copy(&folder, DATA_DIR "good", "devices.rules");
	data_file_copy(&folder, DATA_DIR "good", "driver-only.rules");
	data_file_copy(&folder, DATA_DIR "good", "full.rules");
	data_file_copy(&folder, DATA_DIR "good", "kernel-only.rules");
	data_file_copy(&folder, DATA_DIR "good", "kubernetes-only.rules");
	data_file_copy(&folder, DATA_DIR "good", "nat-only.rules");
	data_file_copy(&folder, DATA_DIR "good", "slips.rules");
	assert_int_equal(load(&folder, &diagnostics, &rules), 0);
	assert_int_equal(diagnostics.n_texts, 0);
	assert_int_equal(rules.n_rules, 7);
	assert_int_equal(rules.n_masked, 0);
	check_devices(&rules.rules[0]);
	assert_string_equal(rules.rules[1].id, "driver-only");
	check_full(&rules.rules[2]);
	check_full_kernel(&rules.rules[2]);
	check_optional(&rules);
	check_slips(&rules.rules[6]);
	rules_clear(&rules);
	folder_remove(&folder);
}

static void test_folders(void **state)
{
	struct folder shipped, own;
	struct diagnostics diagnostics = {0};
	struct rules rules;

	folder_make(&shipped);
	folder_make(&own);
	/* A file of the same name replaces; an empty one and a link to /dev/null mask. */
	write_rule(&shipped, "20-same.rules", "same", "shipped");
	write_rule(&shipped, "30-shipped.rules", "shipped", "shipped");
	write_rule(&shipped, "40-empty.rules", "empty", "shipped");
	write_rule(&shipped, "50-null.rules", "null", "shipped");
	write_rule(&own, "20-same.rules", "same", "own");
	write_rule(&own, "10-own.rules", "own", "own");
	folder_write(&own, "40-empty.rules", "", 0);
	assert_int_equal(symlinkat("/dev/null", own.fd, "50-null.rules"), 0);
	folder_write(&own, "60-comment.rules", "// nothing\n", 11);
	/* Not read: other names. */
	folder_write(&own, "README", "garbage", 7);
	folder_write(&own, ".hidden.rules", "garbage", 7);
	folder_write(&own, ".rules", "garbage", 7);
	folder_write(&own, "own.rules~", "garbage", 7);
	{
		const char *const directories[] = {shipped.path, "/nonexistent/rules.d", own.path,
						   NULL};

		assert_int_equal(rule_files_load(directories, &diagnostics, &rules), 0);
	}
	assert_int_equal(diagnostics.n_texts, 0);
	assert_int_equal(rules.n_masked, 3);
	assert_int_equal(rules.n_rules, 3);
	/* in the order of the file names, whatever the folder */
	assert_string_equal(rules.rules[0].id, "own");
	assert_string_equal(rules.rules[1].id, "same");
	assert_string_equal(rules.rules[1].title, "own");
	assert_string_equal(rules.rules[2].id, "shipped");
	rules_clear(&rules);
	folder_remove(&shipped);
	folder_remove(&own);
}

/* Everything masked is no fault, but no file at all is. */
static void test_none(void **state)
{
	struct diagnostics diagnostics = {0};
	struct folder folder, other;
	struct rules rules;
	_cleanup_free_ char *expected = NULL;

	folder_make(&folder);
	folder_make(&other);
	{
		const char *const directories[] = {folder.path, other.path, NULL};

		assert_int_equal(rule_files_load(directories, &diagnostics, &rules), -EBADMSG);
	}
	assert_int_equal(diagnostics.n_texts, 1);
	assert_true(asprintf(&expected, "no rule file (*.rules) in %s, %s: ", folder.path,
			     other.path) > 0);
	if (strncmp(diagnostics.texts[0], expected, strlen(expected)) != 0)
		fail_msg("%s", diagnostics.texts[0]);
	diagnostics_clear(&diagnostics);

	folder_write(&folder, "masked.rules", "", 0);
	assert_int_equal(load(&folder, &diagnostics, &rules), 0);
	assert_int_equal(rules.n_rules, 0);
	assert_int_equal(rules.n_masked, 1);
	rules_clear(&rules);
	folder_remove(&folder);
	folder_remove(&other);
}

/* The faults of all files are reported at once. */
static void test_several_files(void **state)
{
	struct diagnostics diagnostics = {0};
	struct rules rules;
	struct folder folder;

	folder_make(&folder);
	write_rule(&folder, "1.rules", "one", "good");
	folder_write(&folder, "2.rules", "\n\nrule = 5;\n", 12);
	folder_write(&folder, "3.rules", "rule = {\n", 9);
	assert_int_equal(symlinkat("not-there", folder.fd, "4.rules"), 0);
	write_rule(&folder, "5.rules", "one", "the same id");
	write_rule(&folder, "6.rules", "two", "good");
	assert_int_equal(load(&folder, &diagnostics, &rules), -EBADMSG);
	assert_int_equal(diagnostics.n_texts, 4);
	check_diagnostic(&diagnostics, 0, "2.rules", "3: rule: must be a group: { ... }");
	assert_non_null(strstr(diagnostics.texts[1], "3.rules:"));
	assert_non_null(strstr(diagnostics.texts[2], "4.rules: links to a file that is not there"));
	assert_non_null(strstr(diagnostics.texts[3], "5.rules:1: id: \"one\" is that of "));
	assert_non_null(strstr(diagnostics.texts[3], "/1.rules, too; give it another"));
	diagnostics_clear(&diagnostics);
	folder_remove(&folder);
}

static void test_permissions(void **state)
{
	struct diagnostics diagnostics = {0};
	struct rules rules;
	struct folder folder;

	folder_make(&folder);
	write_rule(&folder, "1.rules", "one", "good");
	assert_int_equal(fchmodat(folder.fd, "1.rules", 0664, 0), 0);
	write_rule(&folder, "2.rules", "two", "good");
	assert_int_equal(fchownat(folder.fd, "2.rules", 65534, 65534, 0), 0);
	assert_int_equal(load(&folder, &diagnostics, &rules), -EBADMSG);
	assert_int_equal(diagnostics.n_texts, 2);
	check_diagnostic(&diagnostics, 0, "1.rules",
			 " others than root may write it; chmod go-w it");
	check_diagnostic(&diagnostics, 1, "2.rules", " is not owned by root; chown root it");
	diagnostics_clear(&diagnostics);

	/* The folder: nothing in it is even looked at. */
	assert_int_equal(fchmod(folder.fd, 01777), 0);
	assert_int_equal(load(&folder, &diagnostics, &rules), -EBADMSG);
	assert_int_equal(diagnostics.n_texts, 1);
	assert_non_null(strstr(diagnostics.texts[0], folder.path));
	diagnostics_clear(&diagnostics);
	folder_remove(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_files),    cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_folders),	      cmocka_unit_test(test_none),
		cmocka_unit_test(test_several_files), cmocka_unit_test(test_permissions),

	};

	if (!is_root())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
