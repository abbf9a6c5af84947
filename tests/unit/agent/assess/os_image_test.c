/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/assess/os_image.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* The linker puts the first of these in place of strdup(); the second is what that was. */
char *__wrap_strdup(const char *text);
char *__real_strdup(const char *text);

static unsigned int strdup_calls_left = UINT_MAX;

char *__wrap_strdup(const char *text)
{
	if (strdup_calls_left == 0)
		return NULL;
	strdup_calls_left--;
	return __real_strdup(text);
}

/* PRETTY_NAME, and the ID and VERSION_ID of the same os-release. */
static void test_images(void **state)
{
	static const struct {
		const char *image, *id, *version_id;
	} cases[] = {
		{"Debian GNU/Linux 10 (buster)", "debian", "10"},
		{"Debian GNU/Linux bullseye/sid", "debian", NULL},
		{"Ubuntu 18.04.4 LTS", "ubuntu", "18.04.4"},
		{"Ubuntu 20.04.6 LTS", "ubuntu", "20.04.6"},
		{"CentOS Linux 7 (Core)", "centos", "7"},
		{"CentOS Stream 8", "centos", "8"},
		{"Red Hat Enterprise Linux Server 7.9 (Maipo)", "rhel", "7.9"},
		{"Red Hat Enterprise Linux 8.2 (Ootpa)", "rhel", "8.2"},
		{"Red Hat Enterprise Linux CoreOS 43.82.202008 (Ootpa)", "rhcos", "43.82.202008"},
		{"Rocky Linux 8.5 (Green Obsidian)", "rocky", "8.5"},
		{"AlmaLinux 8.4 (Electric Cheetah)", "almalinux", "8.4"},
		{"Oracle Linux Server 7.9", "ol", "7.9"},
		{"Amazon Linux 2", "amzn", "2"},
		{"Amazon Linux 2023.5.20240805", "amzn", "2023.5.20240805"},
		{"Bottlerocket OS 1.0.0 (aws-k8s-1.15)", "bottlerocket", "1.0.0"},
		{"Container-Optimized OS from Google", "cos", NULL},
		{"Container Linux by CoreOS 2345.3.0 (Rhyolite)", "coreos", "2345.3.0"},
		{"Flatcar Container Linux by Kinvolk 2512.2.0 (Oklo)", "flatcar", "2512.2.0"},
		{"SUSE Linux Enterprise Server 15 SP1", "sles", "15.1"},
		{"SUSE Linux Enterprise Server 12", "sles", "12"},
		{"SUSE Linux Enterprise Micro 5.5", "sle-micro", "5.5"},
		{"SUSE Linux Micro 6.0", "sl-micro", "6.0"},
		{"openSUSE Leap 15.1", "opensuse-leap", "15.1"},
		{"openSUSE MicroOS", "opensuse-microos", NULL},
		{"Kylin V10 SP1", "kylin", NULL},
		{"Kylin Linux Advanced Server V10 (Tercel)", "kylin", NULL},
		{"Fedora CoreOS 32.20200629.3.0", "fedora", "32.20200629.3.0"},
		{"VMware Photon OS/Linux", "photon", NULL},
		{"k3OS v0.10.0", "k3os", "0.10.0"},
		{"Talos (v0.6.0)", "talos", "0.6.0"},
		{"RancherOS v1.5.5", "rancheros", "1.5.5"},
		{"Raspbian GNU/Linux 10 (buster)", "raspbian", "10"},
		{"CBL-Mariner/Linux", "mariner", NULL},
		{"Windows Server 2019 Datacenter", NULL, NULL},
		{"My Own Linux 7", NULL, NULL},
		{"ubuntu", NULL, NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(os_facts_clear) struct os_facts os = {0};

		assert_int_equal(os_image_parse(cases[i].image, &os), 0);
		assert_same_text(cases[i].image, os.pretty_name, cases[i].image);
		assert_same_text(cases[i].image, os.id, cases[i].id);
		assert_same_text(cases[i].image, os.version_id, cases[i].version_id);
	}
}

static void test_nothing(void **state)
{
	_cleanup_(os_facts_clear) struct os_facts os = {0};

	assert_int_equal(os_image_parse("", &os), 0);
	assert_null(os.pretty_name);
	assert_null(os.id);
}

/* Want of memory, at the first and at the second copy. */
static void test_no_memory(void **state)
{
	for (unsigned int calls = 0; calls < 2; calls++) {
		struct os_facts os = {0};

		strdup_calls_left = calls;
		assert_int_equal(os_image_parse("Ubuntu 18.04.4 LTS", &os), -ENOMEM);
		strdup_calls_left = UINT_MAX;
		assert_null(os.pretty_name);
		assert_null(os.id);
		assert_null(os.version_id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
