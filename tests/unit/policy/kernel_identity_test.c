/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/kernel_identity.h"
#include "policy/kernel_marks.h"
#include "policy/string_list.h"
#include "tests/unit/policy/unit.h"

#include <stdlib.h>
#include <string.h>

struct strings {
	const char *release, *version, *signature, *os_id;
};

struct identity {
	const char *family, *base, *build, *flavour;
};

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void check_identity(const struct strings *strings, const struct identity *expected)
{
	struct kernel_facts kernel = {
		.release = copy(strings->release),
		.version = copy(strings->version),
		.signature = copy(strings->signature),
	};
	const char *name = strings->release ? strings->release : "(no release)";

	assert_int_equal(kernel_identify(&kernel, strings->os_id), 0);
	assert_true(!kernel.family || strings_have(kernel_families, kernel.family));
	assert_true(!kernel.build || kernel_family_has_build(kernel.family));
	assert_same_text(name, kernel.family, expected->family);
	assert_same_text(name, kernel.base, expected->base);
	assert_same_text(name, kernel.build, expected->build);
	assert_same_text(name, kernel.flavour, expected->flavour);
	kernel_facts_clear(&kernel);
}

struct identity_case {
	struct strings strings;
	struct identity identity;
};

static void check_identities(const struct identity_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_identity(&cases[i].strings, &cases[i].identity);
}

static void test_debian(void **state)
{
	static const struct identity_case cases[] = {
		{{.release = "4.9.0-12-amd64", .version = "#1 SMP Debian 4.9.210-1 (2020-01-20)"},
		 {"debian", "4.9.210", NULL, NULL}},
		{{.release = "4.19.0-9-amd64", .version = "#1 SMP Debian 4.19.118-2 (2020-04-29)"},
		 {"debian", "4.19.118", NULL, NULL}},
		{{.release = "4.19.0-9-amd64",
		  .version = "#1 SMP Debian 4.19.118-2+deb10u1 (2020-06-07)"},
		 {"debian", "4.19.118", NULL, NULL}},
		/* Raspberry Pi OS: the package's version has an epoch. */
		{{.release = "6.6.31+rpt-rpi-v8",
		  .version = "#1 SMP PREEMPT Debian 1:6.6.31-1+rpt1 (2024-05-29)"},
		 {"debian", "6.6.31", NULL, NULL}},
		{{.release = "6.1.0-rpi7-rpi-v8",
		  .version = "#1 SMP PREEMPT Debian 1:6.1.63-1+rpt1 (2023-11-24)"},
		 {"debian", "6.1.63", NULL, NULL}},
		{{.release = "4.19.0-22-amd64", .version = "#1 SMP Debian 4.19.260-1 (2022-09-29)"},
		 {"debian", "4.19.260", NULL, NULL}},
		{{.release = "5.4.0-0.bpo.4-amd64",
		  .version = "#1 SMP Debian 5.4.19-1~bpo10+1 (2020-03-09)"},
		 {"debian", "5.4.19", NULL, NULL}},
		{{.release = "5.6.0-2-amd64", .version = "#1 SMP Debian 5.6.14-1 (2020-05-23)"},
		 {"debian", "5.6.14", NULL, NULL}},
		{{.release = "6.1.0-18-amd64",
		  .version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)"},
		 {"debian", "6.1.76", NULL, NULL}},
		{{.release = "5.7.0-rc4-amd64",
		  .version = "#1 SMP Debian 5.7~rc4-1~exp1 (2020-05-05)"},
		 {"debian", "5.7-rc4", NULL, NULL}},
		/* The mark needs a number behind it. */
		{{.release = "4.19.0-9-amd64",
		  .version = "#1 SMP Debian GNU/Linux Debian 4.19.118-2 (2020-04-29)"},
		 {"debian", "4.19.118", NULL, NULL}},
		/* Without it the release shows the family and the series. */
		{{.release = "4.19.0-9-amd64"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-9-amd64", .version = "#1 SMP"},
		 {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-9-cloud-amd64"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-9-arm64"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-9-686-pae"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-9-other", .os_id = "debian"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "4.19.0-0.bpo.6-amd64"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "5.10.0-0.deb10.16-amd64"}, {"debian", "5.10", NULL, NULL}},
		{{.release = "5.7.0-rc4-amd64"}, {"debian", "5.7.0-rc4", NULL, NULL}},
		/* An image of Debian on a node of another distribution, and the other way round. */
		{{.release = "5.15.0-91-generic", .os_id = "debian"},
		 {"ubuntu", "5.15.0", "91", "generic"}},
		{{.release = "4.18.0-147.8.1.el8_1.x86_64", .os_id = "debian"},
		 {"rhel", "4.18.0", "147.8.1", NULL}},
		{{.release = "4.18.0-2.4.3.kwai.x86_64", .os_id = "debian"},
		 {"upstream", "4.18.0", NULL, NULL}},
		{{.release = "4.19.76-linuxkit", .os_id = "debian"},
		 {"upstream", "4.19.76", NULL, NULL}},
		{{.release = "4.19.0-9-amd64", .os_id = "ubuntu"}, {"debian", "4.19", NULL, NULL}},
		{{.release = "5.4.0-4-pve", .os_id = "ubuntu"}, {"proxmox", "5.4.0", NULL, NULL}},
		/* It ends as Debian's do, and is not. */
		{{.release = "5.4.56.bsk.6-amd64"}, {"velinux", "5.4.56", NULL, NULL}},
		/* Debian's scripts put the builder's own number behind Debian's name. */
		{{.release = "4.14.81.bm.15-amd64",
		  .version = "#1 SMP Debian 4.14.81.bm.15 Sun Sep 8 05:02:31 UTC 2019",
		  .os_id = "debian"},
		 {"velinux", "4.14.81", NULL, NULL}},
		{{.release = "5.4.210-4-velinux1-amd64",
		  .version = "#velinux1 SMP Debian 5.4.210-4-velinux1 Tue Mar 21 14:11:05 UTC ",
		  .os_id = "debian"},
		 {"velinux", "5.4.210", NULL, NULL}},
		{{.release = "5.4.56.own.9-amd64",
		  .version = "#1 SMP Debian 5.4.56.own.9 Wed Aug 25 03:42:38 UTC 2021",
		  .os_id = "debian"},
		 {"upstream", "5.4.56", NULL, NULL}},
		/* Derivatives that take Debian's kernels, with its number and a revision. */
		{{.release = "5.16.0-kali7-amd64",
		  .version = "#1 SMP PREEMPT Debian 5.16.18-1kali1 (2022-04-01)",
		  .os_id = "kali"},
		 {"debian", "5.16.18", NULL, NULL}},
		{{.release = "4.9.0-11-2-amd64",
		  .version = "#1 SMP Debian 4.9.189-3+deb9u2 (2019-11-11)"},
		 {"debian", "4.9.189", NULL, NULL}},
		{{.release = "3.16.0-4-amd64",
		  .version = "#1 SMP Debian 3.16.7-ckt11-1+deb8u3 (2015-08-04)"},
		 {"debian", "3.16.7", NULL, NULL}},
		{{.release = "4.19.0-9-amd64", .version = "#1 SMP Debian 4.19.118"},
		 {"debian", "4.19.118", NULL, NULL}},
		/* They name themselves, and not Debian. */
		{{.release = "6.8.12-2-pve",
		  .version = "#1 SMP PREEMPT_DYNAMIC PMX 6.8.12-2 (2024-09-05T10:03Z)",
		  .os_id = "debian"},
		 {"proxmox", "6.8.12", NULL, NULL}},
		{{.release = "6.8.12-2-pve", .version = "#1 SMP Debian 6.8.12-2"},
		 {"proxmox", "6.8.12", NULL, NULL}},
		{{.release = "5.3.0-3-amd64",
		  .version = "#1 SMP deepin 5.3.15-6apricot (2020-04-13)",
		  .os_id = "deepin"},
		 {"debian", "5.3", NULL, NULL}},
		{{.release = "4.19.0-amd64-desktop",
		  .version = "#5404 SMP Fri Dec 23 17:25:30 CST 2022",
		  .os_id = "uos"},
		 {"uos", "4.19.0", NULL, NULL}},
		{{.release = "5.10.142-1-generic", .version = "#astra6", .os_id = "astra"},
		 {"upstream", "5.10.142", NULL, NULL}},
		{{.release = "6.12.38+deb13-amd64"}, {"debian", "6.12.38", NULL, NULL}},
		{{.release = "6.12.12+bpo-amd64"}, {"debian", "6.12.12", NULL, NULL}},
		{{.release = "6.12.6-amd64"}, {"debian", "6.12.6", NULL, NULL}},
		/* os-release may be a container's. */
		{{.release = "4.19.0-9-amd64",
		  .version = "#1 SMP Debian 4.19.118-2 (2020-04-29)",
		  .os_id = "ubuntu"},
		 {"debian", "4.19.118", NULL, NULL}},
	};

	check_identities(cases, N_ELEMENTS(cases));
}

static void test_ubuntu(void **state)
{
	static const struct identity_case cases[] = {
		/* /proc/version_signature */
		{{.release = "4.15.0-1087-oem",
		  .version = "#97-Ubuntu SMP Fri Jun 5 09:30:42 UTC 2020",
		  .signature = "Ubuntu 4.15.0-1087.97-oem 4.15.18"},
		 {"ubuntu", "4.15.18", "1087.97", "oem"}},
		{{.release = "4.15.0-184-generic",
		  .signature = "Ubuntu 4.15.0-184.194-generic 4.15.18"},
		 {"ubuntu", "4.15.18", "184.194", "generic"}},
		{{.release = "5.4.0-1031-azure",
		  .version = "#32~18.04.1-Ubuntu SMP Tue Oct 6 10:03:22 UTC 2020",
		  .signature = "Ubuntu 5.4.0-1031.32~18.04.1-azure 5.4.65"},
		 {"ubuntu", "5.4.65", "1031.32", "azure"}},
		{{.signature = "Ubuntu 5.4.0-42.46-generic 5.4.44"},
		 {"ubuntu", "5.4.44", "42.46", "generic"}},
		{{.release = "5.4.0-26-generic-lpae",
		  .signature = "Ubuntu 5.4.0-26.30-generic-lpae 5.4.30"},
		 {"ubuntu", "5.4.30", "26.30", "generic-lpae"}},
		{{.release = "4.4.0-176-generic",
		  .version = "#206-Ubuntu SMP Fri Feb 28 05:02:04 UTC 2020",
		  .signature = "Ubuntu 4.4.0-176.206-generic 4.4.211"},
		 {"ubuntu", "4.4.211", "176.206", "generic"}},
		/* release and version alone */
		{{.release = "5.4.0-31-generic",
		  .version = "#35-Ubuntu SMP Thu May 7 20:20:34 UTC 2020"},
		 {"ubuntu", "5.4.0", "31.35", "generic"}},
		{{.release = "4.15.0-107-generic",
		  .version = "#108~16.04.1-Ubuntu SMP Fri Jun 12 02:57:13 UTC 2020"},
		 {"ubuntu", "4.15.0", "107.108", "generic"}},
		{{.release = "5.4.0-1011-aws",
		  .version = "#11-Ubuntu SMP Mon May 11 12:40:42 UTC 2020"},
		 {"ubuntu", "5.4.0", "1011.11", "aws"}},
		/* the release alone: no upload number */
		{{.release = "4.15.0-106-generic"}, {"ubuntu", "4.15.0", "106", "generic"}},
		{{.release = "5.4.0-1031-azure"}, {"ubuntu", "5.4.0", "1031", "azure"}},
		{{.release = "5.3.0-1028-raspi2"}, {"ubuntu", "5.3.0", "1028", "raspi2"}},
		{{.release = "5.0.0-1062-oem-osp1"}, {"ubuntu", "5.0.0", "1062", "oem-osp1"}},
		/* #1 of another builder is no upload number */
		{{.release = "4.15.0-106-generic", .version = "#1 SMP"},
		 {"ubuntu", "4.15.0", "106", "generic"}},
		/* a flavour that is not known */
		{{.release = "4.15.0-106-special"}, {"upstream", "4.15.0", NULL, NULL}},
		{{.release = "4.15.0-106-special", .os_id = "ubuntu"},
		 {"ubuntu", "4.15.0", "106", "special"}},
		{{.release = "5.4.0-1042-special",
		  .signature = "Ubuntu 5.4.0-1042.45-special 5.4.106"},
		 {"ubuntu", "5.4.106", "1042.45", "special"}},
		/* vanilla builds of Ubuntu's kernel team carry the real number */
		{{.release = "5.4.41-050441-generic", .os_id = "ubuntu"},
		 {"ubuntu-mainline", "5.4.41", NULL, NULL}},
		{{.release = "5.3.0-050300-generic", .version = "#201909152230 SMP"},
		 {"ubuntu-mainline", "5.3.0", NULL, NULL}},
		{{.release = "5.7.0-050700rc4-generic"},
		 {"ubuntu-mainline", "5.7.0-rc4", NULL, NULL}},
		{{.release = "5.7.0-050700rc14-lowlatency"},
		 {"ubuntu-mainline", "5.7.0-rc14", NULL, NULL}},
		{{.release = "5.18.0-051800daily20220521-generic"},
		 {"ubuntu-mainline", "5.18.0", NULL, NULL}},
		{{.release = "5.7.0-999-generic"}, {"ubuntu-mainline", "5.7.0", NULL, NULL}},
		/* six digits of another number */
		{{.release = "5.3.0-050400-generic", .os_id = "ubuntu"},
		 {"ubuntu", "5.3.0", "050400", "generic"}},
		/* garbage in the signature */
		{{.release = "5.4.0-31-generic", .signature = "Ubuntu "},
		 {"ubuntu", "5.4.0", "31", "generic"}},
		{{.release = "5.4.0-31-generic", .signature = "Ubuntu 5.4.0 5.4.30-x"},
		 {"ubuntu", "5.4.0", "31", "generic"}},
		{{.release = "5.4.0-31-generic", .signature = "Ubuntu -- x"},
		 {"ubuntu", "5.4.0", "31", "generic"}},
		{{.release = "5.4.0-31-generic", .signature = "Fedora 5.4.0-31.35-generic 5.4.34"},
		 {"ubuntu", "5.4.0", "31", "generic"}},
		{{.signature = "Ubuntu"}, {NULL, NULL, NULL, NULL}},
	};

	check_identities(cases, N_ELEMENTS(cases));
}

static void test_rhel(void **state)
{
	static const struct identity_case cases[] = {
		{{.release = "3.10.0-1127.8.2.el7.x86_64",
		  .version = "#1 SMP Tue May 12 16:57:42 UTC 2020"},
		 {"rhel", "3.10.0", "1127.8.2", NULL}},
		{{.release = "3.10.0-1160.el7.x86_64"}, {"rhel", "3.10.0", "1160", NULL}},
		{{.release = "4.18.0-193.6.3.el8_2.x86_64"}, {"rhel", "4.18.0", "193.6.3", NULL}},
		{{.release = "4.18.0-147.5.1.el8_1.aarch64"}, {"rhel", "4.18.0", "147.5.1", NULL}},
		{{.release = "4.18.0-240.el8.x86_64"}, {"rhel", "4.18.0", "240", NULL}},
		{{.release = "5.14.0-70.13.1.el9_0.x86_64", .os_id = "rocky"},
		 {"rhel", "5.14.0", "70.13.1", NULL}},
		{{.release = "3.10.0-1127.rt56.1093.el7.x86_64"}, {"rhel", "3.10.0", "1127", NULL}},
		{{.release = "3.10.0.el7-1.x86_64"}, {"rhel", "3.10.0", NULL, NULL}},
		/* Oracle's own kernels and ELRepo's only look like it. */
		{{.release = "4.14.35-1902.303.4.1.el7uek.x86_64"},
		 {"oracle-uek", "4.14.35", NULL, NULL}},
		{{.release = "5.4.17-2036.100.6.1.el8uek.x86_64", .os_id = "ol"},
		 {"oracle-uek", "5.4.17", NULL, NULL}},
		{{.release = "5.6.13-1.el7.elrepo.x86_64"}, {"elrepo", "5.6.13", NULL, NULL}},
		{{.release = "3.10.0-1127.8.2.vz7.151.14"}, {"virtuozzo", "3.10.0", NULL, NULL}},
	};

	check_identities(cases, N_ELEMENTS(cases));
}

/* Families whose number is the upstream one, and those whose number is frozen. */
static void test_others(void **state)
{
	static const struct identity_case cases[] = {
		{{.release = "5.4.34-1-pve",
		  .version = "#1 SMP PVE 5.4.34-2 (Thu, 07 May 2020 10:02:02 +0200)"},
		 {"proxmox", "5.4.34", NULL, NULL}},
		{{.release = "5.4.34-1-pve"}, {"proxmox", "5.4.34", NULL, NULL}},
		{{.release = "4.14.177-139.254.amzn2.x86_64"}, {"amazon", "4.14.177", NULL, NULL}},
		{{.release = "4.14.181-140.257.amzn2.x86_64",
		  .version = "#1 SMP Wed May 27 02:17:36 UTC 2020"},
		 {"amazon", "4.14.181", NULL, NULL}},
		{{.release = "4.14.181-108.257.amzn1.x86_64"}, {"amazon", "4.14.181", NULL, NULL}},
		{{.release = "5.4.38-17.76.amzn2.x86_64"}, {"amazon", "5.4.38", NULL, NULL}},
		{{.release = "5.6.13-200.fc31.x86_64"}, {"fedora", "5.6.13", NULL, NULL}},
		{{.release = "5.4.83-flatcar", .version = "#1 SMP Thu Dec 10 18:13:43 -00 2020"},
		 {"flatcar", "5.4.83", NULL, NULL}},
		{{.release = "4.19.106-coreos"}, {"coreos", "4.19.106", NULL, NULL}},
		{{.release = "4.19.115-10.ph3"}, {"photon", "4.19.115", NULL, NULL}},
		{{.release = "4.19.124-1.ph3-esx"}, {"photon", "4.19.124", NULL, NULL}},
		{{.release = "5.4.42-8.cm1"}, {"mariner", "5.4.42", NULL, NULL}},
		{{.release = "5.10.60.1-1.cm2"}, {"mariner", "5.10.60.1", NULL, NULL}},
		{{.release = "5.5.15-talos"}, {"talos", "5.5.15", NULL, NULL}},
		{{.release = "5.8.5-talos"}, {"talos", "5.8.5", NULL, NULL}},
		{{.release = "4.14.138-rancher"}, {"rancheros", "4.14.138", NULL, NULL}},
		{{.release = "5.0.0-43.47-rancher"}, {"rancheros", "5.0.0", NULL, NULL}},
		{{.release = "4.19.104-microsoft-standard"}, {"microsoft", "4.19.104", NULL, NULL}},
		{{.release = "5.4.46", .os_id = "bottlerocket"},
		 {"bottlerocket", "5.4.46", NULL, NULL}},
		/* Container-Optimized OS: only os-release says it. */
		{{.release = "4.19.112+", .os_id = "cos"}, {"cos", "4.19.112", NULL, NULL}},
		{{.release = "4.14.x+", .os_id = "cos"}, {"cos", "4.14", NULL, NULL}},
		{{.release = "6.6.97+", .os_id = "cos"}, {"cos", "6.6.97", NULL, NULL}},
		{{.release = "4.19.112+"}, {"upstream", "4.19.112", NULL, NULL}},
		{{.release = "4.19.112", .os_id = "cos"}, {"upstream", "4.19.112", NULL, NULL}},
		/* SUSE: its two frozen bases, else os-release */
		{{.release = "4.12.14-122.20-default"}, {"suse", "4.12.14", NULL, NULL}},
		{{.release = "5.3.18-24.15-preempt"}, {"suse", "5.3.18", NULL, NULL}},
		{{.release = "5.3.18-18.5-azure"}, {"suse", "5.3.18", NULL, NULL}},
		{{.release = "4.4.180-102-default", .os_id = "opensuse"},
		 {"suse", "4.4.180", NULL, NULL}},
		{{.release = "5.14.21-150400.22-default", .os_id = "sles"},
		 {"suse", "5.14.21", NULL, NULL}},
		{{.release = "5.7.1-1-default", .os_id = "opensuse-tumbleweed"},
		 {"upstream", "5.7.1", NULL, NULL}},
		{{.release = "5.7.1-1-default"}, {"upstream", "5.7.1", NULL, NULL}},
		/* all others */
		{{.release = "4.19.118"}, {"upstream", "4.19.118", NULL, NULL}},
		{{.release = "5.7.0-rc4"}, {"upstream", "5.7.0-rc4", NULL, NULL}},
		{{.release = "5.6.11-arch1-1", .os_id = "arch"},
		 {"upstream", "5.6.11", NULL, NULL}},
		{{.release = "5.4.43-0-lts", .os_id = "alpine"},
		 {"upstream", "5.4.43", NULL, NULL}},
		{{.release = "3.10.0"}, {"upstream", "3.10.0", NULL, NULL}},
		{{.release = "garbage"}, {"upstream", NULL, NULL, NULL}},
		{{.release = ""}, {"upstream", NULL, NULL, NULL}},
		{{.release = "-"}, {"upstream", NULL, NULL, NULL}},
		{{.release = NULL}, {NULL, NULL, NULL, NULL}},
		{{.version = "#1 SMP Debian 4.19.118-2 (2020-04-29)"},
		 {"debian", "4.19.118", NULL, NULL}},
	};

	check_identities(cases, N_ELEMENTS(cases));
}

/*
 * Does the number stand still while fixes are added? The vendors' strings were found in public
 * logs, documents and package lists.
 */
static void test_frozen(void **state)
{
	static const struct {
		const char *release, *os_id, *family;
		bool frozen;
	} cases[] = {
		{"5.10.0-216.0.0.115.oe2203sp4.aarch64", "openEuler", "openeuler", true},
		{"6.6.0-132.0.0.111.oe2403sp3.x86_64", NULL, "openeuler", true},
		/* a container of Ubuntu on Huawei's cloud */
		{"5.10.0-182.0.0.95.r194_123.hce2.x86_64", "ubuntu", "euleros", true},
		{"5.10.0-136.12.0.86.h1032.eulerosv2r12.x86_64", "euleros", "euleros", true},
		{"4.19.90-89.11.v2401.ky10.x86_64", "kylin", "kylin", true},
		{"6.6.0-32.7.v2505.ky11.x86_64", NULL, "kylin", true},
		{"4.19.36-vhulk1907.1.0.h403.ky4.aarch64", NULL, "kylin", true},
		{"5.10.0-8-generic", "kylin", "kylin", true},
		{"4.19.90-vhulk2001.1.0.0026.ns7.15.x86_64", NULL, "neokylin", true},
		{"4.19.0-91.82.152.uelc20.x86_64", "uos", "uos", true},
		{"4.19.90-2403.3.0.0270.87.uel20.x86_64", NULL, "uos", true},
		{"4.19.0-amd64-desktop", "uos", "uos", true},
		{"4.19.0-loongson-3-desktop", "uos", "uos", true},
		/* the same builder, by upstream's numbers */
		{"5.15.77-amd64-desktop", "deepin", "upstream", false},
		{"4.19.91-26.an8.x86_64", NULL, "anolis", true},
		{"5.10.134-13.an8.x86_64", "anolis", "anolis", true},
		{"4.19.91-27.6.al7.x86_64", "alinux", "alinux", true},
		{"6.6.102-5.3.1.alnx4.x86_64", NULL, "alinux", true},
		{"5.10.134-17.2.2.kos5.x86_64", NULL, "keyarchos", true},
		{"5.4.119-19-0009.6", "tencentos", "tencentos", true},
		{"5.4.119-19.0009.1.tl3", NULL, "tencentos", true},
		{"5.4.119-1-tlinux4-0008", NULL, "tencentos", true},
		{"6.6.98-40.2.tl4.x86_64", NULL, "tencentos", true},
		{"6.6.117-45.1.oc9.x86_64", NULL, "opencloudos", true},
		{"4.19.90-2102.2.0.0066.ctl2.x86_64", NULL, "ctyunos", true},
		{"4.19.90-2107.6.0.0100.oe1.bclinux.x86_64", NULL, "bclinux", true},
		{"5.10.0-200.el8_2.bclinux.x86_64", NULL, "rhel", true},
		{"5.4.143.bsk.8-amd64", "debian", "velinux", true},
		{"3.10.0-1127.8.2.vz7.151.14", NULL, "virtuozzo", true},
		{"4.19.0+1", "xenenterprise", "upstream", true},
		/* vendors that nobody knows */
		{"4.18.0-2.4.3.kwai.x86_64", "centos", "upstream", true},
		{"5.10.0-1038.40-generic", "astra", "upstream", true},
		{"5.10.0-1-custom", NULL, "upstream", true},
		/* SUSE, by os-release or by the product's number */
		{"6.4.0-150600.23.65-default", NULL, "suse", true},
		{"6.4.0-150600.23.73_15.0.14-cray_shasta_c", NULL, "suse", true},
		{"6.4.0-24-default", "sl-micro", "suse", true},
		{"6.4.0-1-default", "opensuse-tumbleweed", "upstream", false},
		{"5.14.0-427.13.1.el9_4.x86_64", NULL, "rhel", true},
		{"5.15.0-3.60.5.1.el9uek.x86_64", NULL, "oracle-uek", true},
		{"5.10.162+", "cos", "cos", true},
		/* Ubuntu's third number is in /proc/version_signature alone. */
		{"5.10.0-1057-oem", NULL, "ubuntu", true},
		{"5.3.0-050300-generic", "ubuntu", "ubuntu-mainline", false},
		{"6.8.0-1-pve", "debian", "proxmox", true},
		{"6.8.12-2-pve", "debian", "proxmox", false},
		/* Debian's ABI names no third number at all. */
		{"5.10.0-28-amd64", "debian", "debian", false},
		/* upstream's own .0, and whoever packages it */
		{"5.10.0", NULL, "upstream", false},
		{"5.10.0+", NULL, "upstream", false},
		{"5.10.0-rc3", NULL, "upstream", false},
		{"5.10.0-dirty", NULL, "upstream", false},
		{"5.10.0-00123-gabcdef012345", NULL, "upstream", false},
		{"6.1.0-arch1-1", "arch", "upstream", false},
		{"5.15.0-1-MANJARO", "manjaro", "upstream", false},
		{"5.10.0-1-lts", "arch", "upstream", false},
		{"6.6.0-0-virt", "alpine", "upstream", false},
		{"5.7.0-1.fc33.x86_64", "fedora", "fedora", false},
		{"5.4.0-1.el7.elrepo.x86_64", "centos", "elrepo", false},
		{"5.10.0-1.ph4", "photon", "photon", false},
		{"6.1.112-122.189.amzn2023.x86_64", "amzn", "amazon", false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct kernel_facts kernel = {.release = copy(cases[i].release)};

		assert_int_equal(kernel_identify(&kernel, cases[i].os_id), 0);
		assert_same_text(cases[i].release, kernel.family, cases[i].family);
		assert_true(strings_have(kernel_families, kernel.family));
		if (kernel.frozen != cases[i].frozen)
			fail_msg("%s", cases[i].release);
		kernel_facts_clear(&kernel);
	}
}

/* The families that marks show are among those that `check` knows. */
static void test_marks(void **state)
{
	assert_non_null(kernel_marks[0].release);
	for (const struct kernel_mark *mark = kernel_marks; mark->release; mark++) {
		if (!strings_have(kernel_families, mark->family))
			fail_msg("%s: %s is no family", mark->release, mark->family);
	}
}

/* The signature, and a base that was given, are the true number. */
static void test_frozen_strings(void **state)
{
	struct kernel_facts kernel = {
		.release = copy("5.10.0-1057-oem"),
		.signature = copy("Ubuntu 5.10.0-1057.61-oem 5.10.83"),
	};

	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_string_equal(kernel.base, "5.10.83");
	assert_false(kernel.frozen);
	kernel_facts_clear(&kernel);

	kernel.release = copy("5.10.0-1057-oem");
	kernel.base = copy("5.10.83");
	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_false(kernel.frozen);
	kernel_facts_clear(&kernel);

	/* A document of an agent that did not tell the vendor apart yet. */
	kernel.release = copy("5.10.0-216.0.0.115.oe2203sp4.aarch64");
	kernel.family = copy("upstream");
	kernel.base = copy("5.10.0");
	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_string_equal(kernel.family, "upstream");
	assert_true(kernel.frozen);
	kernel_facts_clear(&kernel);

	kernel.release = copy("5.4.18-35-generic");
	kernel.version = copy("#21-KYLINOS SMP Tue Jul 20 13:31:32 UTC 2021");
	assert_int_equal(kernel_identify(&kernel, "ubuntu"), 0);
	assert_string_equal(kernel.family, "kylin");
	assert_string_equal(kernel.base, "5.4.18");
	assert_true(kernel.frozen);
	kernel_facts_clear(&kernel);
}

/* What was set before, by a facts file for example, stays. */
static void test_keep(void **state)
{
	struct kernel_facts kernel = {
		.release = copy("4.15.0-106-generic"),
		.family = copy("ubuntu"),
		.base = copy("4.15.99"),
	};

	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_string_equal(kernel.family, "ubuntu");
	assert_string_equal(kernel.base, "4.15.99");
	assert_string_equal(kernel.build, "106");
	assert_string_equal(kernel.flavour, "generic");
	kernel_facts_clear(&kernel);

	/* The strings of one family say nothing about the numbers of another. */
	kernel.release = copy("4.15.0-106-generic");
	kernel.family = copy("photon");
	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_string_equal(kernel.family, "photon");
	assert_string_equal(kernel.base, "4.15.0");
	assert_null(kernel.build);
	assert_null(kernel.flavour);
	kernel_facts_clear(&kernel);

	kernel.release = copy("4.19.0-9-other");
	kernel.family = copy("debian");
	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_null(kernel.base);
	kernel_facts_clear(&kernel);

	kernel.family = copy("upstream");
	assert_int_equal(kernel_identify(&kernel, NULL), 0);
	assert_null(kernel.base);
	kernel_facts_clear(&kernel);
}

/* Strings of any length are fine. */
static void test_hostile(void **state)
{
	static const char *const parts[] = {"9",       ".",   "-",    "1.",
					    "Debian ", "~rc", ".el8", "-Ubuntu"};

	for (size_t i = 0; i < N_ELEMENTS(parts); i++) {
		struct kernel_facts kernel = {.family = NULL};
		size_t length = strlen(parts[i]), count = 20000;
		char *text = malloc(length * count + 1);

		assert_non_null(text);
		for (size_t j = 0; j < count; j++)
			memcpy(text + j * length, parts[i], length);
		text[length * count] = '\0';
		kernel.release = copy(text);
		kernel.version = copy(text);
		kernel.signature = copy(text);
		assert_int_equal(kernel_identify(&kernel, text), 0);
		assert_non_null(kernel.family);
		kernel_facts_clear(&kernel);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian), cmocka_unit_test(test_ubuntu),
		cmocka_unit_test(test_rhel),   cmocka_unit_test(test_others),
		cmocka_unit_test(test_keep),   cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_frozen), cmocka_unit_test(test_frozen_strings),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
