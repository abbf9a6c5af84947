/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words that a machine can have, where there is a closed list of them. Lists end with NULL. */

enum hypervisor {
	HYPERVISOR_HYPER_V,
	HYPERVISOR_KVM,
	HYPERVISOR_PARALLELS,
	HYPERVISOR_VIRTUALBOX,
	HYPERVISOR_VMWARE,
	HYPERVISOR_XEN,
	HYPERVISORS,
};

/* By enum hypervisor. */
extern const char *const machine_hypervisors[HYPERVISORS + 1];

/* What `uname -m` says, on all architectures of Linux since 3.10 (UTS_MACHINE of arch/). */
extern const char *const machine_architectures[];
