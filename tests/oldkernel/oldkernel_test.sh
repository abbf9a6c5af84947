#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The launcher of tests under an older kernel refuses what that kernel did not know, and nothing else.
set -euo pipefail

: "${OLDKERNEL:?must name the launcher}"
judge=$(dirname "$0")/judge.py
failed=0

complain() {
	echo "FAILED: $*"
	failed=1
}

command -v python3 >/dev/null || {
	echo "oldkernel: skipped: python3 is not installed"
	exit 77
}
# It would see what another filter refuses.
python3 -B "$judge" none || complain "without the launcher something is refused already"
for version in 3.10 4.4 4.9 4.15 4.19 5.4; do
	"$OLDKERNEL" "$version" python3 -B "$judge" "$version" || complain "as $version"
	"$OLDKERNEL" "$version" sh -c "python3 -B '$judge' $version; :" | grep -q ' 0 wrong$' ||
		complain "a child of a child is not under $version"
done
# A judge who is wrong about the version must notice.
! "$OLDKERNEL" 3.10 python3 -B "$judge" 4.4 >/dev/null || complain "nothing is refused as 3.10"
! "$OLDKERNEL" 5.4 python3 -B "$judge" 3.10 >/dev/null || complain "as 5.4, as much is refused as by 3.10"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	install -m 755 "$OLDKERNEL" /dev/shm/oldkernel.$$
	trap 'rm -f /dev/shm/oldkernel.$$' EXIT
	! "${nobody[@]}" /dev/shm/oldkernel.$$ 4.4 python3 -c 'import os; os.pidfd_open(os.getpid())' \
		2>/dev/null || complain "nobody is not under 4.4"
	"$OLDKERNEL" 3.10 grep -q '^NoNewPrivs:.0$' /proc/self/status || complain "root lost privileges"
fi
code=0
"$OLDKERNEL" 4.4 sh -c 'exit 7' || code=$?
[ "$code" -eq 7 ] || complain "exit code $code instead of the program's"
code=0
"$OLDKERNEL" 2.6 true 2>/dev/null || code=$?
[ "$code" -eq 64 ] || complain "exit code $code for a version that it does not have"
exit "$failed"
