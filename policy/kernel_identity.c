/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/kernel_identity.h"

#include "array.h"
#include "cleanup.h"
#include "policy/kernel_marks.h"
#include "policy/string_copy.h"
#include "policy/string_list.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/*
 * Whose a.b.0-N is upstream's a.b.0 all the same, since they package each release as it comes:
 * Manjaro (5.15.0-1-MANJARO), Arch and Alpine (-lts, -virt), Mageia, Solus, Clear Linux, CachyOS;
 * and what was built from a tree of git's, so many commits behind a tag.
 */
static const char *const true_numbers[] = {
	"*-MANJARO", "*-lts",	 "*-virt",     "*.mga[0-9]*",
	"*.current", "*.native", "*-cachyos*", "*.0-[0-9][0-9][0-9][0-9][0-9]-g*",
};

const char *const kernel_families[] = {
	"upstream",    "debian",  "ubuntu",  "ubuntu-mainline", "rhel",	     "elrepo",
	"oracle-uek",  "suse",	  "cos",     "bottlerocket",	"proxmox",   "amazon",
	"flatcar",     "coreos",  "mariner", "talos",		"rancheros", "microsoft",
	"fedora",      "photon",  "bclinux", "openeuler",	"kylin",     "neokylin",
	"euleros",     "uos",	  "anolis",  "alinux",		"keyarchos", "tencentos",
	"opencloudos", "ctyunos", "velinux", "virtuozzo",	NULL};

bool kernel_family_has_build(const char *family)
{
	return strcmp(family, "ubuntu") == 0 || strcmp(family, "rhel") == 0;
}

/* Ubuntu's kernel flavours: a release a.b.0-ABI-FLAVOUR with one of them is Ubuntu's. */
static const char *const ubuntu_flavours[] = {
	"generic",	 "generic-lpae", "generic-64k", "lowlatency", "virtual",    "aws",
	"azure",	 "gcp",		 "gke",		"gkeop",      "kvm",	    "oracle",
	"raspi",	 "raspi2",	 "snapdragon",	"oem",	      "oem-osp1",   "ibm",
	"azure-fde",	 "azure-cvm",	 "fips",	"aws-fips",   "azure-fips", "gcp-fips",
	"bluefield",	 "iot",		 "intel-iotg",	"nvidia",     "realtime",   "dell300x",
	"xilinx-zynqmp",
};

/* The last word of Debian's releases names the architecture. */
static const char *const debian_architectures[] = {
	"-amd64",      "-arm64",   "-686",	   "-686-pae",	 "-armmp",
	"-armmp-lpae", "-marvell", "-rpi",	   "-4kc-malta", "-5kc-malta",
	"-loongson-3", "-octeon",  "-powerpc64le", "-s390x",	 "-riscv64",
};

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static int set_text(char **member, const char *text)
{
	return string_copy_once(member, text, strlen(text));
}

/* The length of the dotted numbers at the start of `text`: "5.4.46-19" -> 6. */
static size_t numbers_length(const char *text)
{
	size_t length = 0;

	while (isdigit((unsigned char)text[length]) ||
	       (length > 0 && text[length] == '.' && isdigit((unsigned char)text[length + 1])))
		length++;
	return length;
}

/* Sets the upstream number at the start of `text`: "4.19.118-2", "5.7.0-rc4", "5.7~rc4-1". */
static int set_base(char **member, const char *text)
{
	size_t length = numbers_length(text);
	size_t digits = 0;

	if (*member || length == 0)
		return 0;
	if (strncmp(text + length, "-rc", 3) == 0 || strncmp(text + length, "~rc", 3) == 0)
		digits = strspn(text + length + 3, "0123456789");
	if (digits == 0)
		return string_copy_once(member, text, length);
	/* Debian writes ~rc4; the form that versions are read in is -rc4. */
	if (asprintf(member, "%.*s-rc%.*s", (int)length, text, (int)digits, text + length + 3) <
	    0) {
		*member = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Is the number at the start an a.b.0, which distributions freeze? */
static bool ends_in_zero(const char *release)
{
	size_t length = numbers_length(release);

	return length >= 5 && strncmp(release + length - 2, ".0", 2) == 0;
}

/* Does `text` contain `mark` with a digit behind it? Returns the place of the mark, or NULL. */
static const char *find_numbered(const char *text, const char *mark)
{
	const char *place = strstr(text, mark);

	while (place && !isdigit((unsigned char)place[strlen(mark)]))
		place = strstr(place + 1, mark);
	return place;
}

static bool ends_as_debian(const char *release)
{
	for (size_t i = 0; i < N_ELEMENTS(debian_architectures); i++) {
		if (ends_in(release, debian_architectures[i]))
			return true;
	}
	return false;
}

/*
 * The flavour of a release of Ubuntu's form a.b.0-ABI-FLAVOUR, or NULL when it has another. In an
 * image of Ubuntu any flavour will do, but the kernel may still be another one's: an image runs on
 * a foreign node, too.
 */
static const char *ubuntu_flavour(const char *release, const char *os_id)
{
	size_t length = numbers_length(release);
	const char *flavour;
	size_t abi_length;

	if (!ends_in_zero(release) || release[length] != '-')
		return NULL;
	abi_length = strspn(release + length + 1, "0123456789");
	flavour = release + length + 1 + abi_length;
	if (abi_length == 0 || *flavour++ != '-')
		return NULL;
	if (same_text(os_id, "ubuntu") && !ends_as_debian(release) && !ends_in(release, "-pve"))
		return flavour;
	for (size_t i = 0; i < N_ELEMENTS(ubuntu_flavours); i++) {
		if (strcmp(flavour, ubuntu_flavours[i]) == 0)
			return flavour;
	}
	return NULL;
}

/* "Ubuntu BASE-ABI.UPLOAD[~SUFFIX]-FLAVOUR UPSTREAM" */
static int read_ubuntu_signature(struct kernel_facts *kernel)
{
	const char *package, *build, *flavour, *upstream;
	int result;

	if (!kernel->signature || strncmp(kernel->signature, "Ubuntu ", 7) != 0)
		return 0;
	package = kernel->signature + 7;
	upstream = strchr(package, ' ');
	build = strchr(package, '-');
	if (!upstream || !build || build > upstream)
		return 0;
	build++;
	flavour = strchr(build, '-');
	result = set_base(&kernel->base, upstream + 1);
	if (result == 0)
		result = string_copy_once(&kernel->build, build, numbers_length(build));
	if (result == 0 && flavour && flavour < upstream)
		result = string_copy_once(&kernel->flavour, flavour + 1, upstream - flavour - 1);
	return result;
}

/* The ABI number of the release, and the upload number of "#107~16.04.1-Ubuntu SMP". */
static int read_ubuntu_release(struct kernel_facts *kernel)
{
	const char *abi = strchr(kernel->release, '-');
	char build[32];
	size_t abi_length, upload_length = 0;

	if (!abi)
		return 0;
	abi++;
	abi_length = strspn(abi, "0123456789");
	if (abi[abi_length] == '-' && set_text(&kernel->flavour, abi + abi_length + 1) < 0)
		return -ENOMEM;
	if (kernel->version && kernel->version[0] == '#' && strstr(kernel->version, "-Ubuntu"))
		upload_length = strspn(kernel->version + 1, "0123456789");
	if (abi_length == 0 || abi_length + upload_length + 2 > sizeof(build))
		return 0;
	memcpy(build, abi, abi_length);
	if (upload_length > 0) {
		build[abi_length] = '.';
		memcpy(build + abi_length + 1, kernel->version + 1, upload_length);
		upload_length++;
	}
	return string_copy_once(&kernel->build, build, abi_length + upload_length);
}

static int identify_ubuntu(struct kernel_facts *kernel)
{
	int result = set_text(&kernel->family, "ubuntu");

	if (result == 0)
		result = read_ubuntu_signature(kernel);
	/* Without the signature there is only the release, whose third number is 0 for ever. */
	kernel->frozen = !kernel->base;
	if (result == 0 && kernel->release)
		result = read_ubuntu_release(kernel);
	return result;
}

/* 3.10.0-1127.8.2.el7.x86_64: the build number lies between the first '-' and ".el". */
static int identify_rhel(struct kernel_facts *kernel, const char *end)
{
	const char *build = strchr(kernel->release, '-');
	size_t length;
	int result = set_text(&kernel->family, "rhel");

	kernel->frozen = true;
	if (result < 0 || !build || build >= end)
		return result;
	build++;
	length = numbers_length(build);
	if (length > (size_t)(end - build))
		length = end - build;
	return string_copy_once(&kernel->build, build, length);
}

/*
 * SUSE's numbers are frozen; the two bases, and the product's number behind later ones
 * (6.4.0-150600.23.65-default), show it even without os-release.
 */
static bool is_suse(const char *release, const char *os_id)
{
	static const char *const suse[] = {"sles",	    "sled",	 "sles_sap",
					   "sle_hpc",	    "sle-micro", "sl-micro",
					   "opensuse-leap", "opensuse",	 NULL};
	static const char *const suffixes[] = {"-default", "-preempt",	"-azure",  "-rt",
					       "-64kb",	   "-kvmsmall", "-vanilla"};
	bool suffix = false;

	if (fnmatch("*-1[5-9]0[0-9]00.[0-9]*", release, 0) == 0)
		return true;
	for (size_t k = 0; k < N_ELEMENTS(suffixes); k++)
		suffix |= ends_in(release, suffixes[k]);
	if (!suffix)
		return false;
	return strncmp(release, "4.12.14-", 8) == 0 || strncmp(release, "5.3.18-", 7) == 0 ||
	       (os_id && strings_have(suse, os_id));
}

/* Is it the name of an ABI with a word behind it: "9-amd64", "0.bpo.6-amd64", "0.deb10.16-amd64"?
 */
static bool begins_with_abi(const char *text)
{
	size_t length = strspn(text, "0123456789");

	if (strncmp(text, "0.bpo.", 6) == 0)
		length = 6 + strspn(text + 6, "0123456789");
	else if (strncmp(text, "0.deb", 5) == 0)
		length = 5 + strspn(text + 5, "0123456789.");
	return length > 0 && text[length] == '-';
}

/*
 * Debian's forms: a.b.0-ABI-ARCHITECTURE, or a.b.c[+deb13|+bpo|+rpt][-more]-ARCHITECTURE, whatever
 * the image is: 5.4.56.bsk.6-amd64 is not Debian's. With the image's word for it the
 * architecture may be one that is not listed.
 */
static bool is_debian(const char *release, const char *os_id)
{
	const char *rest = release + numbers_length(release);

	if (ends_as_debian(release))
		return *rest == '-' || *rest == '+';
	return same_text(os_id, "debian") && ends_in_zero(release) && *rest == '-' &&
	       begins_with_abi(rest + 1);
}

/*
 * A number behind an a.b.0 ("5.10.0-136.12", "4.19.0+1") is a vendor's, who counts there what came
 * in since; only a few package upstream's a.b.0 itself.
 */
static bool counts_behind_zero(const char *release, const char *os_id)
{
	const char *rest = release + numbers_length(release);

	if (!ends_in_zero(release) || (*rest != '-' && *rest != '+') ||
	    !isdigit((unsigned char)rest[1]))
		return false;
	for (size_t i = 0; i < N_ELEMENTS(true_numbers); i++) {
		if (fnmatch(true_numbers[i], release, 0) == 0)
			return false;
	}
	/* 6.4.0-1-default; MicroOS is made of it. */
	return !same_text(os_id, "opensuse-tumbleweed") && !same_text(os_id, "opensuse-microos");
}

static int identify_frozen(struct kernel_facts *kernel, const char *family)
{
	kernel->frozen = true;
	return set_text(&kernel->family, family);
}

static int identify_marked(struct kernel_facts *kernel, const struct kernel_mark *mark)
{
	kernel->frozen = mark->frozen;
	return set_text(&kernel->family, mark->family);
}

/* The families that only the image tells, and upstream's. */
static int identify_release(struct kernel_facts *kernel, const char *os_id)
{
	const char *release = kernel->release;

	if (same_text(os_id, "bottlerocket"))
		return set_text(&kernel->family, "bottlerocket");
	if (ends_in(release, "+") && same_text(os_id, "cos"))
		return identify_frozen(kernel, "cos");
	if (is_suse(release, os_id))
		return identify_frozen(kernel, "suse");
	kernel->frozen = counts_behind_zero(release, os_id);
	return set_text(&kernel->family, "upstream");
}

/*
 * A package's version may begin with an epoch, as those of Raspberry Pi OS do in `uname -v`:
 * "Debian 1:6.6.31-1+rpt1".
 */
static const char *skip_epoch(const char *version)
{
	size_t length = strspn(version, "0123456789");

	return length > 0 && version[length] == ':' ? version + length + 1 : version;
}

/*
 * The version of Debian's package in `uname -v`, or NULL. It has a revision behind upstream's
 * number, 4.19.118-2; whoever else builds with Debian's scripts may leave the name and put a number
 * of their own behind it (4.14.81.bm.15).
 */
static const char *find_debian_version(const char *release, const char *version, const char *os_id)
{
	const char *package = find_numbered(version, "Debian ");

	if (!package)
		return NULL;
	package = skip_epoch(package + strlen("Debian "));
	return package[strcspn(package, " -")] == '-' || is_debian(release, os_id) ? package : NULL;
}

/* The families that say their upstream number in `uname -v`, behind a mark. */
static int identify_by_version(struct kernel_facts *kernel, const char *family, const char *number)
{
	int result = set_text(&kernel->family, family);

	return result < 0 ? result : set_base(&kernel->base, number);
}

/*
 * Debian's a.b.0 is an ABI name (4.19.0-9-amd64): without "Debian 4.19.118-2" in `uname -v` the
 * series is all that is known of the upstream number. Newer releases carry it
 * (6.12.38+deb13-amd64).
 */
static int identify_debian_release(struct kernel_facts *kernel)
{
	size_t length = numbers_length(kernel->release);
	int result = set_text(&kernel->family, "debian");

	if (result < 0)
		return result;
	if (!ends_in_zero(kernel->release) || strncmp(kernel->release + length, "-rc", 3) == 0)
		return set_base(&kernel->base, kernel->release);
	return string_copy_once(&kernel->base, kernel->release, length - strlen(".0"));
}

/*
 * Ubuntu's builds of upstream's tree: a.b.c-AABBCC-FLAVOUR, each number in two digits, perhaps with
 * rcN or dailyDATE behind them, or a.b.0-999-FLAVOUR for a day's state. Their numbers are
 * upstream's.
 */
static bool is_ubuntu_mainline(const char *release)
{
	size_t length = numbers_length(release);
	unsigned int major, minor, patch;
	char digits[32];

	if (release[length] != '-' || sscanf(release, "%3u.%3u.%3u", &major, &minor, &patch) != 3)
		return false;
	release += length + 1;
	snprintf(digits, sizeof(digits), "%02u%02u%02u", major, minor, patch);
	return strncmp(release, "999-", 4) == 0 ||
	       (strlen(digits) == 6 && strncmp(release, digits, 6) == 0 &&
		(release[6] == '-' || fnmatch("rc[0-9]*", release + 6, 0) == 0 ||
		 strncmp(release + 6, "daily", 5) == 0));
}

static int identify_ubuntu_mainline(struct kernel_facts *kernel)
{
	const char *release = kernel->release;
	size_t length = numbers_length(release);
	const char *rc = release + length + 1 + 6;
	int result = set_text(&kernel->family, "ubuntu-mainline");

	/* A day's state has no such number. */
	if (result < 0 ||
	    fnmatch("[0-9][0-9][0-9][0-9][0-9][0-9]rc[0-9]*", release + length + 1, 0) != 0)
		return result;
	if (asprintf(&kernel->base, "%.*s-rc%.*s", (int)length, release,
		     (int)strspn(rc + 2, "0123456789"), rc + 2) >= 0)
		return 0;
	kernel->base = NULL;
	return -ENOMEM;
}

/* Kylin's desktops are built from Ubuntu's tree, under numbers of their own. */
static bool is_kylin_desktop(const char *release, const char *version, const char *os_id)
{
	return strstr(version, "-KYLINOS") ||
	       (same_text(os_id, "kylin") && ends_in(release, "-generic"));
}

/* Proxmox names its kernels by the number that Ubuntu's tree had, unless that said none. */
static int identify_proxmox(struct kernel_facts *kernel, const char *number)
{
	int result = identify_by_version(kernel, "proxmox", number);

	kernel->frozen = kernel->base && ends_in_zero(kernel->base);
	return result;
}

/* Everything that the strings say, into an empty `kernel` that has only them. */
static int identify(struct kernel_facts *kernel, const char *os_id)
{
	const char *release = kernel->release ? kernel->release : "";
	const char *version = kernel->version ? kernel->version : "";
	const struct kernel_mark *mark = kernel_mark_find(release);
	const char *place;

	if (strstr(release, "elrepo"))
		return set_text(&kernel->family, "elrepo");
	if (strstr(release, "uek"))
		return identify_frozen(kernel, "oracle-uek");
	place = mark || strstr(release, "-pve") ? NULL
						: find_debian_version(release, version, os_id);
	if (place)
		return identify_by_version(kernel, "debian", place);
	if (is_ubuntu_mainline(release))
		return identify_ubuntu_mainline(kernel);
	if (is_kylin_desktop(release, version, os_id))
		return identify_frozen(kernel, "kylin");
	if (strstr(version, "-Ubuntu") || ubuntu_flavour(release, os_id) ||
	    (kernel->signature && strncmp(kernel->signature, "Ubuntu ", 7) == 0))
		return identify_ubuntu(kernel);
	place = find_numbered(version, "PVE ");
	if (place)
		return identify_proxmox(kernel, place + strlen("PVE "));
	if (strstr(release, "-pve"))
		return identify_proxmox(kernel, release);
	place = find_numbered(release, ".el");
	if (place)
		return identify_rhel(kernel, place);
	if (mark)
		return identify_marked(kernel, mark);
	if (is_debian(release, os_id))
		return identify_debian_release(kernel);
	return kernel->release ? identify_release(kernel, os_id) : 0;
}

static void take_over(char **member, char **found)
{
	if (!*member)
		*member = TAKE_PTR(*found);
}

static void cleanup_found(struct kernel_facts *found)
{
	free(found->family);
	free(found->base);
	free(found->build);
	free(found->flavour);
}

int kernel_identify(struct kernel_facts *kernel, const char *os_id)
{
	/* The strings are borrowed, the rest is owned. */
	_cleanup_(cleanup_found) struct kernel_facts found = {
		.release = kernel->release,
		.version = kernel->version,
		.signature = kernel->signature,
	};
	int result = identify(&found, os_id);

	if (result == 0 && kernel->release && !same_text(found.family, "debian"))
		result = set_base(&found.base, kernel->release);
	if (result < 0)
		return result;
	take_over(&kernel->family, &found.family);
	kernel->frozen |= found.frozen && (!kernel->base || same_text(kernel->base, found.base));
	/* Under another family's name, which was given, only the release still counts. */
	if (found.family && !same_text(kernel->family, found.family))
		return kernel->release && !same_text(kernel->family, "debian")
			       ? set_base(&kernel->base, kernel->release)
			       : 0;
	take_over(&kernel->base, &found.base);
	take_over(&kernel->build, &found.build);
	take_over(&kernel->flavour, &found.flavour);
	return 0;
}
