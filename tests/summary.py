#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tests/run says at its end, from what its parts left in a folder: how long each took, which
tests were skipped and why, what failed, what ctest says in sum, and in the last line all of it.
A part that is no run of ctest counts as one test. Fails when anything failed, or nothing passed.

usage: tests/summary.py FOLDER
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


def read_parts(folder):
    """[(name, seconds, exit code)], in the order in which they ended."""
    lines = (folder / "parts").read_text(encoding="utf-8").splitlines()
    return [(name, int(seconds), int(code)) for name, seconds, code in map(str.split, lines)]


def reason(said):
    """The line in which a test says why it was skipped."""
    for line in said.splitlines():
        if re.search(r"skipped|not installed|cannot|need", line, re.IGNORECASE):
            return line.strip()
    return said.strip().split("\n")[-1] or "it does not say why"


def left_out_of(said):
    """What a test that passed says of the parts of it that it left out; cmocka's come with the line
    before, which is the reason."""
    lines = said.splitlines()
    for before, line in zip([""] + lines, lines):
        if re.match(r"\[  SKIPPED \] \D", line):
            yield f"{line[12:].strip()}: {before.strip()}"
        elif re.search(r"not tested|not checked", line):
            yield line.strip()


def read_tests(file):
    """(passed, failed, skipped, in part) of one run of ctest: names, and of what was skipped, wholly or
    in part, the reason too."""
    passed, failed, skipped, in_part = [], [], [], []
    for test in xml.etree.ElementTree.parse(file).iter("testcase"):
        name = test.get("name")
        mark = test.find("skipped")
        if test.get("status") == "run":
            passed.append(name)
            in_part += [f"{name}: {what}" for what in left_out_of(test.findtext("system-out", ""))]
        elif mark is not None and mark.get("message", "").startswith("SKIP_"):
            skipped.append(f"{name}: {reason(test.findtext('system-out', ''))}")
        else:
            failed.append(name)
    return passed, failed, skipped, in_part


def in_sum(log):
    """ctest's own line about a run."""
    found = re.findall(r"^\d+% tests passed.*", log.read_text(encoding="utf-8", errors="replace"),
                       re.MULTILINE)
    return found[-1] if found else "ctest did not come to its end"


def show(title, lines):
    if lines:
        print(f"\n== {title}", *lines, sep="\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    n_passed, failed, skipped, in_part, sums = 0, [], [], [], []
    parts = read_parts(folder)
    for name, _, code in parts:
        result = folder / f"{name}.xml"
        ok, bad, left_out, partly = [], [], [], []
        if result.exists():
            ok, bad, left_out, partly = read_tests(result)
            sums.append(f"{name}: {in_sum(folder / f'{name}.log')}")
        elif code == 0:
            ok = [name]
        if code != 0 and not bad:
            bad = ["the whole of it"]
        n_passed += len(ok)
        failed += [f"{name}: {test}" for test in bad]
        skipped += [f"{name}: {test}" for test in left_out]
        in_part += [f"{name}: {test}" for test in partly]
    show("How long each part took", [f"{name:16} {seconds:6} s" for name, seconds, _ in parts])
    show("Skipped", skipped)
    show("Skipped in part", in_part)
    show("Failed", failed)
    show("In sum", sums)
    print(f"\n{n_passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not n_passed else 0


sys.exit(main())
