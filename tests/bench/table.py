# SPDX-License-Identifier: Apache-2.0
"""The one table that is printed, and how figures look in it.

Knows nothing of what was measured. Sections are made in the order in which they shall be read, and
filled in the order in which it is convenient to measure.
"""

import math


def usec(value):
    if value < 1000:
        return f"{value:.0f} us"
    return f"{value / 1000:.2f} ms" if value < 1e6 else f"{value / 1e6:.2f} s"


def kib(value):
    return f"{value / 1024:.1f} MB"


def times(value):
    """How often the other one fits: as a fraction where it is the slower one by far."""
    if value < 0.1:
        return f"1/{1 / value:.0f}"
    if value < 0.5:
        return f"1/{1 / value:.1f}"
    return f"{value:.2f} times" if value < 10 else f"{value:.0f} times"


def count(number):
    return f"{number:,} NIC" if number == 1 else f"{number:,} NICs"


def exponent(few, many, fast, slow):
    """Of the power of the number by which the time grows: 1 is linear."""
    return f"exponent {math.log(slow / fast) / math.log(many / few):.2f}"


class Section:
    """Rows of what, figure, against what, ratio or difference, what is wanted."""

    def __init__(self, title):
        self.title = title
        self.rows = []

    def add(self, what, figure, against="", ratio="", wanted=""):
        self.rows.append((what, figure, against, ratio, wanted))


class Table:
    HEAD = ("", "figure", "against", "", "wanted")

    def __init__(self):
        self.sections = []

    def section(self, title):
        section = Section(title)
        self.sections.append(section)
        return section

    def print(self):
        rows = [self.HEAD]
        for section in self.sections:
            rows.append((section.title,))
            rows.extend(("  " + row[0], *row[1:]) for row in section.rows)
        widths = [max(len(row[i]) for row in rows if len(row) > 1) for i in range(len(self.HEAD))]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def print_markdown(self):
        rows = [self.HEAD, ("---",) * len(self.HEAD)]
        for section in self.sections:
            rows.append((f"**{section.title}**", "", "", "", ""))
            rows.extend(section.rows)
        for row in rows:
            print("| " + " | ".join(cell.strip().replace("|", "\\|") for cell in row) + " |")
