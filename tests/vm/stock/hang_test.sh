#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A NIC of e1000e that hangs, with Debian's stock kernel and driver in a virtual machine, beside one that
# does not. hang_guest.sh says what is looked at there.
set -euo pipefail

folder=$(cd "$(dirname "$0")" && pwd)
seconds=550

stock=$("$folder/build") || exit
export TEST_STOCK=$stock
# A program may write to the registers of a device that a driver has; what the driver says of that is long.
"$folder/../run-vm" -p iomem=relaxed -p loglevel=1 -i "$stock/initrd" -n e1000e -n e1000e "$stock/vmlinuz" "$seconds" \
	"$folder/hang_guest.sh"
