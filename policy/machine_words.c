/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/machine_words.h"

#include <stddef.h>

const char *const machine_hypervisors[HYPERVISORS + 1] = {
	[HYPERVISOR_HYPER_V] = "hyper-v",     [HYPERVISOR_KVM] = "kvm",
	[HYPERVISOR_PARALLELS] = "parallels", [HYPERVISOR_VIRTUALBOX] = "virtualbox",
	[HYPERVISOR_VMWARE] = "vmware",	      [HYPERVISOR_XEN] = "xen",
};

const char *const machine_architectures[] = {
	"x86_64",   "aarch64",	"aarch64_be",  "i386",	      "i486",	 "i586",       "i686",
	"armv4tl",  "armv5tel", "armv5tejl",   "armv6l",      "armv7l",	 "armv7b",     "armv8l",
	"armv8b",   "ppc",	"ppcle",       "ppc64",	      "ppc64le", "s390",       "s390x",
	"riscv32",  "riscv64",	"loongarch32", "loongarch64", "mips",	 "mips64",     "alpha",
	"arc",	    "csky",	"hexagon",     "ia64",	      "m68k",	 "microblaze", "nios2",
	"openrisc", "parisc",	"parisc64",    "sh4",	      "sparc",	 "sparc64",    "xtensa",
	NULL,
};
