# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of faults share, on top of the integration tests' lib.sh: two VXLAN devices, and
# the program that injects and judges.

# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

# inject allocations|calls CASE STRIDE
inject() {
	"$python" -B "$(dirname "$0")/inject.py" "$@" --agent "$agent" --config "$config" \
		--rules "$rules" --root "$root" --backend "$BACKEND" \
		--library "${FAIL_ALLOCATION_LIBRARY:?must name the library to preload}"
}

# short_rules: one rule in place of the shipped ones, whose reading is most of what a command does.
short_rules() {
	rm "$rules"/*.rules
	cat >"$rules/short.rules" <<-'RULE'
		rule = {
		  id = "short"; title = "A bug of this test";
		  kubernetes = { affected = ( ">=1.16.0 <1.18.6" ); };
		  kernel = ( { family = "upstream"; affected = ( "<5.0" ); } );
		  exposed = { kind = "vxlan"; };
		  turn_off = [ "rx", "tx" ];
		  required = [ "tx" ];
		};
	RULE
}

"$python" -c 'import argparse, collections, re, tempfile' 2>/dev/null ||
	skip "python3 lacks its standard library"
add_vxlan flannel.1 1 noudpcsum
add_vxlan flannel.2 2 noudpcsum
