/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Version numbers: Kubernetes versions with their vendors' suffixes, kernel numbers, and the
 * build numbers of distributions. One value type, one order, a parser for each form.
 */

#include <stdbool.h>
#include <stdint.h>

#define VERSION_NUMBERS_MAX 6

enum version_stage {
	VERSION_ALPHA,
	VERSION_BETA,
	VERSION_RC,
	VERSION_RELEASE,
};

struct version {
	uint32_t numbers[VERSION_NUMBERS_MAX]; /* missing ones are 0 */
	enum version_stage stage;
	uint32_t stage_number; /* the N of -beta.N; 0 for a release */
	/* Commits after that tag (v1.18.6-beta.0.37+abc): built between two tags. Not ordered. */
	uint32_t commits;
};

/*
 * Reads a Kubernetes version: an optional "v", three numbers, then nothing or a suffix. Only a
 * dotted -alpha.N, -beta.N or -rc.N makes a pre-release; every other suffix is a vendor's and
 * does not change the order (v1.18.6-eks-1, v1.17.9-gke.1504, v1.18.2+k3s1, 1.18.6-00).
 * Returns 0, or -EINVAL for what says nothing: too few numbers, garbage (-rc.1x too), overflow,
 * v0.0.0.
 */
int version_parse_kubernetes(const char *text, struct version *ret_version);

/*
 * Reads the upstream number at the start of a kernel release: two to four numbers, then an
 * optional -rcN; the rest is ignored ("4.19.118", "5.7.0-rc4-amd64", "5.4.46-19.75.amzn2").
 * Returns 0 or -EINVAL.
 */
int version_parse_kernel(const char *text, struct version *ret_version);

/*
 * Is it a series (exactly two numbers, "4.19") instead of a kernel's number? Every kernel since 3.0
 * has three; a release candidate has its own form: "5.7-rc4".
 */
bool version_is_kernel_series(const char *text);

/*
 * Reads a build number: one to VERSION_NUMBERS_MAX numbers with dots and nothing else
 * ("1127.8.2", "106.107"). Returns 0 or -EINVAL.
 */
int version_parse_build(const char *text, struct version *ret_version);

/* Less than, equal to or greater than 0, as strcmp(). */
int version_compare(const struct version *a, const struct version *b);
