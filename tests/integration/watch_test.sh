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
cat >"$work/terminal.py" <<'PYTHON'
import os, pty, select, signal, subprocess, sys, time

master, slave = pty.openpty()
agent = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave)
os.close(slave)
seen = b""
end = time.monotonic() + 60

def read(until):
    global seen
    while until not in seen and time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:  # the other side is closed
                break
    return until in seen

assert read(b"Mitigation"), seen
agent.send_signal(signal.SIGINT)
read(b"\033[?1049l")
assert agent.wait(timeout=60) == 0, agent.returncode
assert seen.startswith(b"\033[?1049h"), seen[:40]
assert seen.endswith(b"\033[?1049l"), seen[-40:]
assert b"\033[32mMitigation\033[0m" in seen, seen
PYTHON
expect "the terminal" env TERM=xterm python3 "$work/terminal.py" "$agent" status --watch \
	--config "$config" --rules "$rules" --backend "$BACKEND" "${affected[@]}"
