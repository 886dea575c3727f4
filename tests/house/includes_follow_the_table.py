#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Folders include what the table of CONTRIBUTING.md allows, no more and no less. No files of bench/ include each
other in a circle, and nothing in src/ or bench/ names a queue. ninja's dependencies tell which files the compiler read.

    includes_follow_the_table.py SOURCE_DIR BUILD_DIR
"""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(sys.argv[1]).resolve()
# Includes that CONTRIBUTING.md allows a folder of bench/, beside itself, src/ and queues/queue.h
TABLE = {folder: set(may.split()) - {"nothing"}
         for folders, may in re.findall(r"^\| ((?:`\w+/` ?)+) ?\| ([\w ]+) \|$", (TOP / "CONTRIBUTING.md").read_text(), re.M)
         for folder in re.findall(r"\w+", folders)}
COMMANDS = {"run", "compare", "verify", "report", "simulate", "export"}
# Sources that may be included: in one unit for each queue, and in a copy of the waiting code with delays
SOURCES = {("bench/workload/instantiate.c", "src/instantiate.c"),
           ("bench/verify/handoffs/delayed_channel.h", "src/channel.c"),
           ("bench/verify/handoffs/delayed_channel.h", "src/eventcount.c")}
# Folders of the report, and the folders that each may include
ROOMS = {"data": ("data",), "page": ("page",), "plots": ("plots", "data"), "sections": ("sections", "plots", "page", "data")}
SEES_QUEUES = ("src/instantiate.c", "bench/workload/instantiate.c", "bench/explore/instance.c",
               "bench/simulate/instance.c", "bench/simulate/instance.cpp")
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.S)


def code_of(text):
    return COMMENT.sub(lambda found: found[1] or " ", text)


def allowed(file, target):
    """Returns whether the file may include the target. Both are paths from the top."""
    top, _, inside = file.partition("/")
    if target.endswith((".c", ".cpp")):
        loops = ("bench/workload/loops/", "bench/workload/floors/")
        return (file, target) in SOURCES or file in ("bench/workload/instantiate.c", "bench/simulate/instance.c") and target.startswith(loops)
    if target == "queues/queue.h":
        return not file.startswith("src/base/")
    if top == "queues":
        return file != "queues/queue.h" and target.startswith(("queues/shared/", "queues/reclaim/"))
    if top == "src":
        own = inside.rpartition("/")[0]
        return target.startswith("src/base/") or own != "base" and target.rpartition("/")[0] in ("src", f"src/{own}")
    if re.match(r"src/(base/)?[^/]*$", target):
        return True
    if not target.startswith("bench/"):
        return file.startswith("bench/workload/floors/") and target.startswith("queues/shared/")
    own, other = inside.split("/")[0], target.split("/")[1]
    if own == other == "report" and inside.split("/")[1] in ROOMS:
        return target.split("/")[2] in ROOMS[inside.split("/")[1]]
    # main.c calls the commands. The headers beside it are for all folders
    return own in (other, "main.c") or other in TABLE.get(own, ()) or "/" not in target[len("bench/"):]


def faults_of_table(includes):
    """Yields a line for each folder without a row, and for each permission that no file needs."""
    used = {(file.split("/")[1], target.split("/")[1]) for file, targets in includes.items() if file.startswith("bench/")
            for target in targets if target.startswith("bench/")}
    folders = {file.split("/")[1] for file in includes if re.match("bench/.*/", file)}
    yield from (f"CONTRIBUTING.md has no row for bench/{folder}/" for folder in sorted(folders - TABLE.keys()))
    yield from (f"CONTRIBUTING.md allows bench/{own}/ to include {other}/, and no file there does"
                for own, others in TABLE.items() for other in sorted(others) if (own, other) not in used)


def breaches(includes, queues):
    """Yields a line for each fault in {file: [what it includes]}."""
    for file, targets in sorted(includes.items()):
        for target in sorted(targets):
            if Path(target).stem in queues and target.startswith("queues/") and target.count("/") == 1:
                if file not in SEES_QUEUES:
                    yield f"{file} sees the queue {target}"
            elif not allowed(file, target):
                yield f"{file} includes {target}"
    graph = {}
    for file, targets in includes.items():
        if file.startswith("bench/"):
            graph.setdefault(file.rpartition(".")[0], set()).update(t.rpartition(".")[0] for t in targets)
    reached = {}
    for start in graph:
        new = graph[start] - {start}
        reached[start] = set()
        while new:
            reached[start] |= new
            new = {t for s in new for t in graph.get(s, ())} - reached[start]
    circles = {tuple(sorted(t for t in reached[s] if s in reached.get(t, ()))) for s in graph if s in reached[s]}
    yield from (f"a circle: {' '.join(circle)}" for circle in sorted(circles))


def read_tree(source, build):
    """Returns {file: [what it includes]} for the files that the compiler read."""
    deps = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    includes, read = {}, {}
    for entry in deps.split("\n\n"):
        paths = [Path(build, line.strip()).resolve() for line in entry.split("\n")[1:]]
        files = [str(path.relative_to(source)) for path in paths if path.is_relative_to(source) and path.is_file()]
        if not files or not files[0].startswith(("src/", "bench/", "queues/")):
            continue
        files = [file for file in files if file.startswith(("src/", "bench/", "queues/"))]
        read.setdefault(files[0], set()).update(files[1:])
    for file in {file for source_file, its in read.items() for file in (source_file, *its)}:
        lines = re.findall(r'^\s*#\s*include(?:_next)?\s*["<]([^">]+)[">]', code_of(Path(source, file).read_text()), re.M)
        places = [Path(source, file).parent, *(Path(source, top) for top in ("src", "queues", "bench"))]
        found = [next((p / line for p in places if (p / line).is_file()), None) for line in lines]
        includes[file] = [str(path.resolve().relative_to(source)) for path in found if path]
    # Includes by a macro or an option: they must be queues, except liburcu.h, which replaces what liburcu inlines
    for file, its in read.items():
        known, new = set(), {file}
        while new:
            known |= new
            new = {t for s in new for t in includes.get(s, ())} - known
        includes[file] += [t for t in its - known if not any(t in includes[o] for o in its) and
                           t != "bench/hooked/liburcu.h"]
    return includes


def names_of_queues(source, queues):
    pattern = re.compile(rf"\b({'|'.join(queues)})\b")
    for path in sorted(p for top in ("src", "bench") for p in Path(source, top).rglob("*") if p.is_file()):
        if path.suffix in (".c", ".h") or path.name == "CMakeLists.txt":
            text = path.read_text()
            text = re.sub(r"#.*", "", text) if path.suffix == ".txt" else code_of(text)
            yield from (f"{path.relative_to(source)} names the queue {name}" for name in sorted(set(pattern.findall(text))))


def test_itself():
    assert {"run", "report", "results", "tools"} <= TABLE.keys(), f"CONTRIBUTING.md has a table of {TABLE.keys()} only"
    assert not COMMANDS & set().union(*TABLE.values()), f"CONTRIBUTING.md lets a folder include one of {COMMANDS}"
    right = {"bench/run/run.c": ["bench/run/run.h", "bench/sample/sample.h", "src/base/clock.h", "queues/queue.h"],
             "queues/good.c": ["queues/queue.h", "queues/shared/ring.h"],
             "bench/workload/floors/a.c": ["queues/shared/ring.h"],
             "src/instantiate.c": ["queues/good.c", "src/pool.h"], "src/walk/walk.c": ["src/pool.h", "src/walk/walk.h"]}
    assert not list(breaches(right, {"good"})), list(breaches(right, {"good"}))
    for file, target in (("bench/run/run.c", "bench/report/report.h"), ("bench/results/results.h", "bench/sample/sample.h"),
                         ("bench/new/new.c", "bench/results/results.h"), ("bench/arguments.c", "bench/run/run.h"),
                         ("bench/run/run.c", "src/walk/walk.h"), ("bench/run/run.c", "queues/good.c"),
                         ("bench/run/run.c", "queues/shared/ring.h"), ("src/pool.h", "bench/run/run.h"),
                         ("src/pool.h", "src/channel.c"), ("src/pool.h", "src/walk/walk.h"),
                         ("src/base/clock.h", "src/pool.h"), ("src/base/clock.h", "queues/queue.h"),
                         ("bench/report/data/a.c", "bench/report/sections/b.h"),
                         ("bench/report/page/a.c", "bench/report/data/b.h"),
                         ("queues/good.c", "src/pool.h"), ("queues/shared/ring.h", "queues/good.c")):
        assert len(list(breaches({file: [target]}, {"good"}))) == 1, f"it lets {file} include {target}"
    circle = {"bench/run/a.c": ["bench/run/b.h"], "bench/run/b.c": ["bench/run/c.h"], "bench/run/c.h": ["bench/run/a.h"]}
    assert list(breaches(circle, ())) == ["a circle: bench/run/a bench/run/b bench/run/c"], list(breaches(circle, ()))
    assert code_of('a /* vyukov\n */ "// b" // c\n').split() == ["a", '"//', 'b"']


def main():
    test_itself()
    source, build = TOP, sys.argv[2]
    queues = {path.stem for pattern in ("*.c", "*.cpp") for path in Path(source, "queues").glob(pattern)}
    includes = read_tree(source, build)
    missing = {str(path.relative_to(source)) for top in ("src", "bench") for path in Path(source, top).rglob("*.c")}
    missing -= includes.keys() | {"bench/verify/preload/allocator.c"}
    wrong = [*breaches(includes, queues), *faults_of_table(includes), *names_of_queues(source, queues),
             *(f"{file} was not compiled, or the build is older than it" for file in sorted(missing))]
    print("\n".join(wrong) if wrong else f"{len(includes)} files follow the table")
    return bool(wrong)


sys.exit(main())
