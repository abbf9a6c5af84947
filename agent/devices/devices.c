/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/devices/devices.h"

#include "agent/devices/sysfs.h"
#include "agent/links/links.h"
#include "array.h"
#include "cleanup.h"
#include "policy/facts.h"
#include "policy/rule.h"
#include "policy/string_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct device_list {
	struct device_facts *devices;
	size_t n_devices, allocated;
};

static void cleanup_devices(struct device_list *list)
{
	devices_free(list->devices, list->n_devices);
}

/* The bus that a device is on: the last part of the link "subsystem". "" = not known. */
static void read_bus(int device, char bus[static DEVICE_BUS_SIZE])
{
	char target[256];
	ssize_t length = readlinkat(device, "subsystem", target, sizeof(target) - 1);
	const char *name;

	*bus = '\0';
	if (length < 0)
		return;
	target[length] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (strlen(name) < DEVICE_BUS_SIZE)
		strcpy(bus, name);
}

/* "0x8086" and "0x15bb" to "8086:15bb". Returns whether both were there. */
static bool read_ids(int device, const char *vendor, const char *model,
		     char ids[static DEVICE_PCI_SIZE])
{
	char one[16], other[16];

	if (sysfs_read_line(device, vendor, one, sizeof(one)) != 6 ||
	    sysfs_read_line(device, model, other, sizeof(other)) != 6)
		return false;
	if (strncmp(one, "0x", 2) != 0 || strncmp(other, "0x", 2) != 0)
		return false;
	memcpy(ids, one + 2, 4);
	ids[4] = ':';
	memcpy(ids + 5, other + 2, 5);
	return true;
}

static void read_pci(int device, struct device_facts *facts)
{
	facts->is_pci = ANSWER_UNKNOWN;
	if (!read_ids(device, "vendor", "device", facts->pci))
		return;
	facts->is_pci = ANSWER_YES;
	if (!read_ids(device, "subsystem_vendor", "subsystem_device", facts->pci_subsystem))
		facts->pci_subsystem[0] = '\0';
}

/*
 * Numbers named vendor and device stand below other buses, too, with other meanings: virtio has its
 * own. A virtio device is PCI's by its parent, if it is by any; above a USB device there is but the
 * host's controller.
 */
static void read_identity(int device, struct device_facts *facts)
{
	_cleanup_close_ int parent = -1;
	char bus[DEVICE_BUS_SIZE];

	read_bus(device, facts->bus);
	facts->is_pci = facts->bus[0] ? ANSWER_NO : ANSWER_UNKNOWN;
	if (strcmp(facts->bus, "pci") == 0)
		read_pci(device, facts);
	if (strcmp(facts->bus, "virtio") != 0)
		return;
	parent = sysfs_open(device, "..");
	if (parent < 0) {
		facts->is_pci = ANSWER_UNKNOWN;
		return;
	}
	read_bus(parent, bus);
	if (strcmp(bus, "pci") == 0)
		read_pci(parent, facts);
}

/* Returns whether there is, or may be, a device; names come and go, which is no failure. */
static bool read_device(int sysfs, const struct link_facts *link, struct device_facts *facts)
{
	_cleanup_close_ int folder = sysfs_open_link(sysfs, link), device = -1;

	*facts = (struct device_facts){.ifindex = link->ifindex, .is_pci = ANSWER_UNKNOWN};
	if (folder < 0)
		return true;
	device = sysfs_open(folder, "device");
	if (device == -ENOENT)
		facts->is_pci = ANSWER_NO;
	if (device < 0)
		return device != -ENOENT;
	read_identity(device, facts);
	return true;
}

static bool is_asked(const struct rules *rules, const struct link_facts *link)
{
	for (size_t i = 0; i < rules->n_rules; i++) {
		if (rule_asks_device(&rules->rules[i], link))
			return true;
	}
	return false;
}

/* Returns whether anything is to be known of the link. */
static bool read_link(int sysfs, const struct link_facts *link, const struct rules *rules,
		      struct device_facts *facts)
{
	if (link_may_be_hardware(link))
		return read_device(sysfs, link, facts) || link->kind[0];
	if (!is_asked(rules, link))
		return false;
	read_device(sysfs, link, facts);
	return true;
}

static int add_kind(struct device_facts *device, const char *kind, size_t *n_kinds)
{
	char **kinds = device->upper_kinds;

	if (kinds && strings_have((const char *const *)kinds, kind))
		return 0;
	kinds = realloc(kinds, (*n_kinds + 2) * sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	device->upper_kinds = kinds;
	kinds[*n_kinds] = strdup(kind);
	kinds[*n_kinds + 1] = NULL;
	return kinds[(*n_kinds)++] ? 0 : -ENOMEM;
}

/* A veth's IFLA_LINK is its peer, on which it does not stand. */
static bool stands_on(const struct link_facts *link, unsigned int ifindex)
{
	return link->lower == ifindex && strcmp(link->kind, "veth") != 0 && link->kind[0];
}

/* A master of no kind that has a device is a NIC itself. */
static void relate_master(const struct device_list *list, const struct link_facts *master,
			  struct device_facts *device)
{
	strcpy(device->master_kind, master->kind);
	for (size_t i = 0; i < list->n_devices && !master->kind[0]; i++)
		device->master_is_device |= list->devices[i].ifindex == master->ifindex;
}

static int relate(const struct device_list *list, const struct link_facts *links, size_t n_links,
		  struct device_facts *device)
{
	const struct link_facts *link = links_find(links, n_links, device->ifindex);
	const struct link_facts *master = links_find(links, n_links, link->master);
	size_t n_kinds = 0;

	if (master)
		relate_master(list, master, device);
	for (size_t i = 0; i < n_links; i++) {
		if (stands_on(&links[i], link->ifindex) &&
		    add_kind(device, links[i].kind, &n_kinds) < 0)
			return -ENOMEM;
	}
	device->relations_known = true;
	return 0;
}

static int add_device(struct device_list *list, const struct device_facts *device)
{
	struct device_facts *grown =
		array_grow(list->devices, list->n_devices, &list->allocated, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->devices = grown;
	list->devices[list->n_devices++] = *device;
	return 0;
}

int devices_read(const char *sysfs, const struct link_facts *links, size_t n_links,
		 const struct rules *rules, struct device_facts **ret_devices,
		 size_t *ret_n_devices)
{
	_cleanup_(cleanup_devices) struct device_list list = {0};
	_cleanup_close_ int folder = sysfs_open(AT_FDCWD, sysfs), fd = links_driver_socket();
	int result = 0;

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < n_links; i++) {
		struct device_facts device;

		if (!read_link(folder, &links[i], rules, &device))
			continue;
		links_read_versions(fd, links[i].name, device.driver_version, device.firmware);
		if (add_device(&list, &device) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < list.n_devices && result == 0; i++)
		result = relate(&list, links, n_links, &list.devices[i]);
	if (result < 0)
		return result;
	*ret_n_devices = list.n_devices;
	*ret_devices = list.devices;
	list = (struct device_list){0};
	return 0;
}
