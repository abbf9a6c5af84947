/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reads a kernel's own strings: who built it (family), which upstream number it stands on (base),
 * whether that number stands still (frozen), and the builder's own number (build). Only formats are
 * known here; what a number means is in the rule files.
 */

#include "policy/facts.h"

/* The families that there are; ends with NULL. */
extern const char *const kernel_families[];

/* Have its kernels a number of the builder's own (kernel.build)? */
bool kernel_family_has_build(const char *family);

/*
 * Fills family, base, frozen, build and flavour of `kernel` from its release, version and
 * signature, with `os_id` (os-release's ID, may be NULL) where those leave a doubt. Members that
 * are already set are left alone; what the strings do not say stays NULL. Returns 0 or -ENOMEM.
 */
int kernel_identify(struct kernel_facts *kernel, const char *os_id);
