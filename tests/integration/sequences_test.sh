#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Whatever order users, CNIs, operators and crashes come in: what is on and what is recorded is what
# a model of a few lines says. The seed is printed; RANDOM_SEED repeats the run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strace

# LeakSanitizer does not work under ptrace.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

seed=${RANDOM_SEED:-$((10#$(date +%N) % 32768))}
expect "all as the model says" "$python" -B "$test_folder/sequences.py" "$seed" 400 "$agent" \
	--config "$config" --rules "$rules" --root "$root" --root-is-this-node --backend "$BACKEND"
