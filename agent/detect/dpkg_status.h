/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* dpkg's record of what is installed (deb-control(5) paragraphs), read in small pieces. */

#define DPKG_STATUS_PATH "/var/lib/dpkg/status"

/* What is read of it at most; tens of thousands of packages take about a quarter. */
#define DPKG_STATUS_SIZE_MAX (64 * 1024 * 1024)

/* How long that may take: a network's file can be slow. */
#define DPKG_STATUS_LIMIT_MS 2000

/*
 * Reads the version of an installed package from the status file behind `fd`, from where it stands.
 * A package on hold, as Kubernetes advises for kubelet, is installed too.
 * Returns 0 with the version, which the caller frees; -ENOENT when it is not installed; -EFBIG
 * or -ETIME when one of the limits is passed; another negative errno.
 */
int dpkg_status_version(int fd, const char *package, char **ret_version);
