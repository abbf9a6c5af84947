#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# status --watch: shows every change, in a file one after the other, on a terminal in place, and
# leaves the terminal as it was.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need python3

# Into a file: each showing after the one before.
agent status --watch "${affected[@]}" >"$work/watched" 2>&1 &
watcher=$!
expect "shown at once" wait_for 3 grep -q '^Not exposed' "$work/watched"
add_vxlan flannel.1 1 noudpcsum
expect "a new device is shown" wait_for 3 grep -q '^Vulnerable: flannel.1' "$work/watched"
agent apply "${affected[@]}" >/dev/null
expect "a change of features is shown" wait_for 3 grep -q '^Mitigation' "$work/watched"
expect "no escape sequence in a file" sh -c "! grep -q \$'\\033' '$work/watched'"
pkill -INT -P "$watcher" || kill -INT "$watcher"
code=0
wait "$watcher" || code=$?
expect_equal "the last state is the exit code" 0 "$code"

# On a terminal.
cat >"$work/on_terminal.py" <<'PYTHON'
import signal, sys, terminal

agent = terminal.Terminal(*sys.argv[1:])

assert agent.read(b"Mitigation"), agent.seen
agent.process.send_signal(signal.SIGINT)
agent.read(b"\033[?1049l")
assert agent.process.wait(timeout=60) == 0, agent.process.returncode
assert agent.seen.startswith(b"\033[?1049h"), agent.seen[:40]
assert agent.seen.endswith(b"\033[?1049l"), agent.seen[-40:]
assert b"\033[32mMitigation\033[0m" in agent.seen, agent.seen
PYTHON
expect "the terminal" env TERM=xterm PYTHONPATH="$test_folder" python3 -B "$work/on_terminal.py" "$agent" status --watch \
	--config "$config" --rules "$rules" --backend "$BACKEND" "${affected[@]}"
