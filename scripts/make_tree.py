#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make a tree to walk: many small directories, one wide one, or a deep chain.

    make_tree.py tiny DIR [DIRECTORIES [FILES]]   so many directories, with so many files each
    make_tree.py wide DIR [FILES]                 one directory with so many files
    make_tree.py deep DIR [LEVELS [LENGTH]]       a directory inside each other, with names of so many bytes,
                                                  and a file at the bottom

DIR must not be there. tiny is three levels of ten, and below them what is asked for.
"""

import os
import sys


def make_file(name, at=None):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o644, dir_fd=at))


def tiny(top, directories=100000, files=10):
    made = 1
    os.mkdir(top)
    parents = [top]
    while made < directories:
        parent = parents[(made - 1) // 10]
        name = f"{parent}/{made}"
        os.mkdir(name)
        # A tree of tens: the n-th directory is below the n/10-th
        parents.append(name)
        made += 1
    for parent in parents:
        at = os.open(parent, os.O_DIRECTORY)
        for i in range(files):
            make_file(f"file{i}", at)
        os.close(at)


def wide(top, files=1000000):
    os.mkdir(top)
    at = os.open(top, os.O_DIRECTORY)
    for i in range(files):
        make_file(f"file{i}", at)
    os.close(at)


def deep(top, levels=10000, length=1):
    os.mkdir(top)
    at = os.open(top, os.O_DIRECTORY)
    name = "d" * length
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    make_file("file", at)
    os.close(at)


def main():
    kinds = {"tiny": tiny, "wide": wide, "deep": deep}
    try:
        kind = kinds[sys.argv[1]]
        numbers = [int(word) for word in sys.argv[3:]]
        kind(sys.argv[2], *numbers)
    except (IndexError, KeyError, TypeError, ValueError):
        sys.exit(__doc__.strip())
    except OSError as error:
        sys.exit(f"make_tree.py: {error}")


main()
