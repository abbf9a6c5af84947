/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The commands, one file each. Every function returns the exit code of the program and has said on
 * standard error what went wrong.
 */

struct options;

int command_run(const struct options *options);
int command_apply(const struct options *options);
int command_status(const struct options *options);
int command_explain(const struct options *options);
int command_facts(const struct options *options);
int command_assess(const struct options *options);
int command_rules(const struct options *options);
int command_restore(const struct options *options);
int command_probe(const struct options *options);
int command_wire(const struct options *options);
int command_prepare(const struct options *options);
int command_check(const struct options *options);
