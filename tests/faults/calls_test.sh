#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every system call of a command fails once, with each error that the manual names for it and that
# can happen to such a program.
#
# usage: calls_test.sh CASE [STRIDE]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strace

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

expect "system calls of ${1:?names the case}" inject calls "$1" "${2:-1}"
