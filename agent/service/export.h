/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files that the service writes for other programs, in their formats and where they look for
 * them: the configuration's "exports". Each is replaced with one rename, so that a reader finds the
 * old or the new one.
 */

struct agent_config;
struct report;

/*
 * How often they are written without a change: the labels of node-feature-discovery hold for a
 * time only, and a file that grows old shows that no service runs. One that could not be written is
 * tried again sooner: its reader may make the folder later.
 */
#define EXPORT_REFRESH_SECONDS 600
#define EXPORT_RETRY_SECONDS   10

/*
 * Writes all exports of the configuration; what cannot be written is logged, once. Returns the
 * seconds after which to call it again at the latest, 0 when there are no exports.
 */
unsigned int exports_write(struct agent_config *config, const struct report *report);
