#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make a tree to walk: many small directories, one wide one, or a deep chain.

    make_tree.py tiny DIR [DIRECTORIES [FILES]]   DIRECTORIES (100000) with FILES (10) each
    make_tree.py wide DIR [FILES]                 one directory with FILES (1000000)
    make_tree.py deep DIR [LEVELS [LENGTH [FILES]]]
                                                  LEVELS (10000) of directories inside each other, with names of
                                                  LENGTH (1) bytes, and a file in each of the FILES (1) lowest

DIR must not exist. In tiny each directory has up to ten others.
"""

import os
import sys


def make_file(name, at):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o644, dir_fd=at))


def fill(directory, files):
    at = os.open(directory, os.O_DIRECTORY)
    for i in range(files):
        make_file(f"file{i}", at)
    os.close(at)


def tiny(top, directories=100000, files=10):
    names = [top]
    os.mkdir(top)
    for number in range(1, directories):
        names.append(f"{names[(number - 1) // 10]}/{number}")
        os.mkdir(names[-1])
    for name in names:
        fill(name, files)


def wide(top, files=1000000):
    os.mkdir(top)
    fill(top, files)


def deep(top, levels=10000, length=1, files=1):
    os.mkdir(top)
    at = os.open(top, os.O_DIRECTORY)
    name = "d" * length
    for left in range(levels, -1, -1):
        if left < files:
            make_file("file", at)
        if left > 0:
            os.mkdir(name, dir_fd=at)
            below = os.open(name, os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
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
