/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The shipped rules, for targets that judge by them: shipped_rules.c is a source of theirs, and its
 * LLVMFuzzerInitialize() has loaded the rules before the first input.
 */

#include "policy/rule.h"

extern struct rules shipped_rules;
