#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Weakens the orders of a queue's accesses to relaxed, one at a time.

Writes FOLDER/NAME_N/NAME.c for each, with the header of shared/ that was weakened beside it, and prints its N, the
function, the access, what was weakened, and the file and the line, with tabs in between. Where a compare-and-swap
is weakened, its failure is, too: it must not be stronger.
"""

import pathlib
import re
import sys

ORDER = re.compile(r"memory_order_(\w+)")
ACCESS = re.compile(r"\batomic_(\w+?)(?:_explicit)?\(")
SHARED = re.compile(r'^#include "(shared/\w+\.h)"', re.MULTILINE)
INNER = re.compile(r'^#include "((?:shared|reclaim)/\w+\.h)"', re.MULTILINE)
FUNCTION = re.compile(r"^(?!struct|typedef|#| \*|/|\t|\}).*?\b(\w+)\(", re.MULTILINE)


def end_of_call(text, start):
    """Returns the place after the bracket that closes the one before `start`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[start], 0)
        start += 1
    return start


def weakenings(text):
    """Yields (place, function, access, what, [spans to replace]) for each order that is not relaxed."""
    for access in ACCESS.finditer(text):
        end = end_of_call(text, access.end())
        orders = []
        for order in ORDER.finditer(text, access.end(), end):
            # Orders of a call among the arguments are that call's
            inner = ACCESS.search(text, access.end(), order.start())
            if not inner or end_of_call(text, inner.end()) < order.start():
                orders.append(order)
        functions = [f for f in FUNCTION.finditer(text, 0, access.start())]
        function = functions[-1].group(1) if functions else "?"
        for i, order in enumerate(orders):
            if order.group(1) != "relaxed":
                what = "failure" if i else order.group(1)
                yield access.start(), function, access.group(1), what, orders[i:]


def parts(folder, name, seen):
    """Yields the names of a queue's file and of the headers in shared/ and reclaim/ that it includes."""
    if name not in seen:
        seen.add(name)
        yield name
        for inner in INNER.findall((folder / name).read_text()):
            yield from parts(folder, inner, seen)


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    number = 0
    for name in parts(source.parent, source.name, set()):
        text = (source.parent / name).read_text()
        for place, function, access, what, orders in weakenings(text):
            number += 1
            weak = text
            for order in reversed(orders):
                weak = weak[: order.start()] + "memory_order_relaxed" + weak[order.end() :]
            # The queue keeps its name, which is the name of the file
            target = folder / f"{source.stem}_{number}"
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / source.name).write_text(source.read_text())
            (target / name).write_text(weak)
            line = text.count("\n", 0, place) + 1
            print(number, function, access, what, f"{name}:{line}", sep="\t")


main()
