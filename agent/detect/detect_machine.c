/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_machine.h"

#include "agent/guarded/node_root.h"
#include "array.h"
#include "cleanup.h"
#include "policy/machine_words.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/utsname.h>

#define WORD_SIZE_MAX 4096

#define DMI  "/sys/class/dmi/id"
#define TREE "/proc/device-tree"

/*
 * Hypervisors by DMI's words, as virtual machines show them (systemd's src/basic/virt.c and
 * cloud-init's ds-identify look at the same). DMI and not the processor's word: what a rule is
 * about can then be tried in any virtual machine.
 */
static const struct {
	const char *vendor, *product; /* globs */
	enum hypervisor hypervisor;
} hypervisors[] = {
	{"VMware*", "*", HYPERVISOR_VMWARE},
	{"Microsoft Corporation", "Virtual Machine*", HYPERVISOR_HYPER_V},
	{"Xen", "*", HYPERVISOR_XEN},
	{"innotek GmbH", "*", HYPERVISOR_VIRTUALBOX},
	{"Oracle Corporation", "VirtualBox*", HYPERVISOR_VIRTUALBOX},
	{"QEMU", "*", HYPERVISOR_KVM},
	{"Red Hat", "KVM*", HYPERVISOR_KVM},
	{"OpenStack Foundation", "*", HYPERVISOR_KVM},
	{"Google", "Google Compute Engine*", HYPERVISOR_KVM},
	{"DigitalOcean", "*", HYPERVISOR_KVM},
	{"Hetzner", "vServer*", HYPERVISOR_KVM},
	{"Parallels*", "*", HYPERVISOR_PARALLELS},
};

/* Appends why a file could not be read. */
static int add_reason(const char *folder, const char *name, const char *why, char **reason)
{
	_cleanup_free_ char *before = *reason;

	*reason = NULL;
	if (asprintf(reason, "%s%s%s/%s: %s", before ? before : "", before ? "; " : "", folder,
		     name, why) < 0) {
		*reason = NULL;
		return -ENOMEM;
	}
	return 0;
}

/*
 * A word of a file: up to its first NUL or end of line. "" where there is no such file: the machine
 * has no such word. NULL, with a reason: it could not be read, or the folder is hidden. The kernel
 * ends each word, so that an empty file is not the kernel's.
 */
static int read_word(const struct node_root *root, const char *folder, const char *name,
		     char **ret_word, char **reason)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t size = 0;
	int result;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	result = node_root_read(root, path, WORD_SIZE_MAX, &text, &size);
	if (result == -ENOMEM)
		return result;
	if (result == -ENOENT && !node_root_hides(root, folder)) {
		*ret_word = strdup("");
		return *ret_word ? 0 : -ENOMEM;
	}
	if (result == -ENOENT || (result == 0 && size == 0))
		return add_reason(folder, name, "hidden here", reason);
	if (result < 0)
		return add_reason(folder, name, strerror(-result), reason);
	text[strcspn(text, "\n")] = '\0';
	*ret_word = TAKE_PTR(text);
	return 0;
}

static int name_hypervisor(struct machine_facts *machine)
{
	const char *name = "";

	if (!machine->vendor || !machine->product)
		return 0;
	for (size_t i = 0; i < N_ELEMENTS(hypervisors) && !*name; i++) {
		if (fnmatch(hypervisors[i].vendor, machine->vendor, 0) == 0 &&
		    fnmatch(hypervisors[i].product, machine->product, 0) == 0)
			name = machine_hypervisors[hypervisors[i].hypervisor];
	}
	machine->hypervisor = strdup(name);
	return machine->hypervisor ? 0 : -ENOMEM;
}

static int name_architecture(struct machine_facts *machine)
{
	struct utsname names;

	if (uname(&names) < 0)
		return 0;
	machine->arch = strdup(names.machine);
	return machine->arch ? 0 : -ENOMEM;
}

static const char *name_source(const struct machine_facts *machine)
{
	if (machine->vendor && *machine->vendor)
		return DMI;
	return machine->model && *machine->model ? TREE : "uname";
}

int detect_machine(const struct node_root *root, struct machine_facts *ret_machine)
{
	_cleanup_(machine_facts_clear) struct machine_facts machine = {0};
	int result = name_architecture(&machine);

	/* Where /sys itself is missing, nothing was looked at. */
	if (result == 0 && node_root_has(root, "/sys/class"))
		result = read_word(root, DMI, "sys_vendor", &machine.vendor, &machine.reason);
	if (result == 0 && node_root_has(root, "/sys/class"))
		result = read_word(root, DMI, "product_name", &machine.product, &machine.reason);
	if (result == 0 && node_root_has(root, "/proc/version"))
		result = read_word(root, TREE, "model", &machine.model, &machine.reason);
	if (result == 0)
		result = name_hypervisor(&machine);
	if (result < 0)
		return result;
	machine.source = strdup(name_source(&machine));
	if (!machine.source)
		return -ENOMEM;
	*ret_machine = machine;
	machine = (struct machine_facts){0};
	return 0;
}
