#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every allocation of a command fails once, in the program and in the libraries that it uses.
#
# usage: allocations_test.sh CASE [STRIDE]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

[ "$1" = check ] || short_rules
expect "allocations of ${1:?names the case}" inject allocations "$1" "${2:-1}"
