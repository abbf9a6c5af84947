/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/assess/os_image.h"

#include "array.h"
#include "cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How a PRETTY_NAME begins, and the ID that stands beside it; of two that fit, the longer first. */
static const struct {
	const char *name;
	const char *id;
} images[] = {
	{"AlmaLinux", "almalinux"},
	{"Alpine Linux", "alpine"},
	{"Amazon Linux", "amzn"},
	{"Arch Linux", "arch"},
	{"Bottlerocket", "bottlerocket"},
	{"CBL-Mariner", "mariner"},
	{"CentOS", "centos"},
	{"Common Base Linux Mariner", "mariner"},
	{"Container Linux by CoreOS", "coreos"},
	{"Container-Optimized OS", "cos"},
	{"Debian GNU/Linux", "debian"},
	{"Fedora", "fedora"},
	{"Flatcar Container Linux", "flatcar"},
	{"Kylin", "kylin"},
	{"Microsoft Azure Linux", "azurelinux"},
	{"NixOS", "nixos"},
	{"openSUSE Leap", "opensuse-leap"},
	{"openSUSE MicroOS", "opensuse-microos"},
	{"openSUSE Tumbleweed", "opensuse-tumbleweed"},
	{"Oracle Linux", "ol"},
	{"RancherOS", "rancheros"},
	{"Raspbian GNU/Linux", "raspbian"},
	{"Red Hat Enterprise Linux CoreOS", "rhcos"},
	{"Red Hat Enterprise Linux", "rhel"},
	{"Rocky Linux", "rocky"},
	{"Scientific Linux", "scientific"},
	{"SUSE Linux Enterprise Micro", "sle-micro"},
	{"SUSE Linux Enterprise Server", "sles"},
	{"SUSE Linux Micro", "sl-micro"},
	{"Talos", "talos"},
	{"Ubuntu", "ubuntu"},
	{"VMware Photon", "photon"},
	{"k3OS", "k3os"},
};

/* The first number behind a blank, a bracket or a "v": "18.04.4" of "Ubuntu 18.04.4 LTS". */
static const char *find_number(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (isdigit((unsigned char)*at) && at > text && strchr(" (v", at[-1]))
			return at;
	}
	return NULL;
}

/* SUSE's service pack is the second number: "15 SP1" is 15.1. */
static int set_version(const char *image, char **ret_version)
{
	const char *number = find_number(image), *pack;
	int length, result;

	if (!number)
		return 0;
	length = strspn(number, "0123456789.");
	while (length > 1 && number[length - 1] == '.')
		length--;
	pack = strncmp(number + length, " SP", 3) == 0 ? number + length + 3 : "";
	if (isdigit((unsigned char)*pack))
		result = asprintf(ret_version, "%.*s.%.*s", length, number,
				  (int)strspn(pack, "0123456789"), pack);
	else
		result = asprintf(ret_version, "%.*s", length, number);
	if (result >= 0)
		return 0;
	*ret_version = NULL;
	return -ENOMEM;
}

int os_image_parse(const char *os_image, struct os_facts *ret_os)
{
	_cleanup_(os_facts_clear) struct os_facts os = {0};
	size_t i;

	if (!*os_image)
		return 0;
	os.pretty_name = strdup(os_image);
	if (!os.pretty_name)
		return -ENOMEM;
	for (i = 0; i < N_ELEMENTS(images); i++) {
		if (strncmp(os_image, images[i].name, strlen(images[i].name)) == 0)
			break;
	}
	if (i < N_ELEMENTS(images)) {
		os.id = strdup(images[i].id);
		if (!os.id || set_version(os_image, &os.version_id) < 0)
			return -ENOMEM;
	}
	*ret_os = os;
	os = (struct os_facts){0};
	return 0;
}
