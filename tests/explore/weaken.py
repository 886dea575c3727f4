#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Weakens each ordered access of a queue in turn, and sees whether exploring finds it.

    weaken.py list PART...   prints the mutants
    weaken.py run PART...    explores those without a result, and judges doc/mutants.md by all results
    weaken.py check          judges doc/mutants.md by the sources, and explores nothing

A PART is a queue, with what it includes of shared/ and reclaim/; or `eventcount` or `channel`, explored over
spsc_ring and vyukov. A mutant is one access without one side of its order:

    acquire, release    what is left is the other side, or relaxed
    total               no longer sequentially consistent, else as before
    failure ...         the same, of a compare-and-swap that fails

The failure of a compare-and-swap must not be stronger than its success. So it loses what its success loses; and a
release next to a failure that acquires becomes an acquire.

A weaker order allows all that a stronger one allows. So if an access survives without any order, all its mutants do,
and if a mutant is killed, weaker ones are. These are not explored.

Results are kept, by a hash of the mutated text: a run that was interrupted goes on. Searches run on one processor
with low priority, and each process has 2 GiB at most.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "doc" / "mutants.md"

WAITING = {"eventcount": ["src/eventcount.h", "src/eventcount.c"], "channel": ["src/channel.h", "src/channel.c"]}
WAITING_SOURCES = [f"src/{name}.{kind}" for name in ("eventcount", "channel", "pool") for kind in "ch"]
WAITING_QUEUES = ("spsc_ring", "vyukov")

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
INCLUDE = re.compile(r'^#include "([\w/.]+)"', re.MULTILINE)
ORDER = re.compile(r"memory_order_(\w+)")
ACCESS = re.compile(r"\batomic_(\w+?)(?:_explicit)?\(")
FUNCTION = re.compile(
    r"^(?!struct|typedef|#(?!define)|\t|\}).*?\b(?!_Atomic\b|_Alignas\b|__attribute__\b)(\w+)\(", re.MULTILINE
)

SIDES = {
    "relaxed": set(),
    "consume": {"acquire"},
    "acquire": {"acquire"},
    "release": {"release"},
    "acq_rel": {"acquire", "release"},
    "seq_cst": {"acquire", "release", "total"},
}
HAS_NOT = {"load": {"release"}, "store": {"acquire"}}


class Access(NamedTuple):
    """An atomic access with an order that can be weakened."""

    path: str
    line: int
    # Names it in doc/mutants.md, wherever its line is
    key: str
    # Where the text says its order: of success and failure, if it has both
    spans: list
    # Sides of these orders
    sides: list


# What the sources have


def end_of_call(code, start):
    """Returns the place after the bracket that closes the one before `start`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(code[start], 0)
        start += 1
    return start


def first_argument(code, start, end):
    """Returns the first argument of a call; nothing of a fence."""
    depth = 0
    for place in range(start, end):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(code[place], 0)
        if code[place] == "," and depth == 0:
            return " " + " ".join(code[start:place].split())
    return ""


def orders_of(code, start, end):
    """Yields the orders of a call, without those of calls among its arguments."""
    for order in ORDER.finditer(code, start, end):
        inner = ACCESS.search(code, start, order.start())
        if not inner or end_of_call(code, inner.end()) < order.start():
            yield order


def accesses(path, text):
    """Yields the accesses of a file that have an order."""
    code = COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)
    times = {}
    for call in ACCESS.finditer(code):
        end = end_of_call(code, call.end())
        orders = list(orders_of(code, call.end(), end))
        kinds = (call[1], "load")
        sides = [SIDES[order[1]] - HAS_NOT.get(kind, set()) for order, kind in zip(orders, kinds)]
        functions = FUNCTION.findall(code, 0, call.start())
        key = f"{path.removeprefix('queues/')} {functions[-1] if functions else '?'}() {call[1]}"
        key += first_argument(code, call.end(), end)
        times[key] = times.get(key, 0) + 1
        if any(sides):
            number = f" #{times[key]}" if times[key] > 1 else ""
            line = code.count("\n", 0, call.start()) + 1
            yield Access(path, line, key + number, [order.span(1) for order in orders], sides)


def mutants_of(access):
    """Returns (side, sides that are left of success and failure) of an access, the strongest first."""
    mutants = []
    for which, prefix in enumerate(("", "failure ")[: len(access.sides)]):
        for side in sorted(access.sides[which]):
            left = [set(sides) for sides in access.sides]
            left[which] -= {side, "total"}
            if len(left) == 2 and which == 0:
                success, failure = left
                failure.discard("total")
                if failure and not success and side == "release":
                    success.add("acquire")
                elif not success:
                    failure.clear()
            mutants.append((prefix + side, left))
    return sorted(mutants, key=lambda mutant: -sum(map(len, mutant[1])))


def is_weaker(left, others):
    return all(sides <= other for sides, other in zip(left, others))


def weakened(text, access, left):
    """Returns a text with other orders of an access."""
    names = {frozenset(sides): name for name, sides in reversed(SIDES.items()) if name != "consume"}
    for (start, end), sides in sorted(zip(access.spans, left), reverse=True):
        # A load or store that is sequentially consistent has two of the three
        name = "seq_cst" if "total" in sides else names[frozenset(sides)]
        text = text[:start] + name + text[end:]
    return text


def files_of(part):
    """Returns the files of a part, from the root of the sources."""
    if part in WAITING:
        return WAITING[part]
    files = []

    def visit(path):
        if path not in files:
            files.append(path)
            for name in INCLUDE.findall((ROOT / path).read_text()):
                for folder in (os.path.dirname(path), "queues"):
                    inner = os.path.normpath(os.path.join(folder, name))
                    if (ROOT / inner).is_file():
                        visit(inner)
                        break

    visit(f"queues/{part}.c")
    return files


def accesses_of(part):
    return [access for path in files_of(part) for access in accesses(path, (ROOT / path).read_text())]


# What doc/mutants.md says


class Section(NamedTuple):
    """What the list says of a part."""

    mutants: int
    killed: int
    # (key of an access, side): why it survives
    reasons: dict


def read_list(path):
    """Returns the sections of the list, and what is wrong with their form."""
    sections = {}
    errors = []
    for text in re.split(r"^## ", path.read_text(), flags=re.MULTILINE)[1:]:
        part, _, body = text.partition("\n")
        counts = re.search(r"^(\d+) mutants, (\d+) killed\.", body, re.MULTILINE)
        if not counts:
            errors.append(f"{part}: no line says how many mutants there are: N mutants, N killed.")
            continue
        reasons = {}
        for item in re.findall(r"^- (.*(?:\n  .*)*)", body, re.MULTILINE):
            item = " ".join(item.split())
            parsed = re.match(r"((?:`[^`]+`, [a-z, ]+;? ?)+): (.{20,})", item)
            if not parsed:
                errors.append(f"{part}: this is no `ACCESS`, SIDES: REASON: {item[:80]}")
                continue
            for key, sides in re.findall(r"`([^`]+)`, ([a-z, ]+)", parsed[1]):
                for side in sides.strip().split(", "):
                    if (key, side) in reasons:
                        errors.append(f"{part}: explained twice: {key}, {side}")
                    reasons[key, side] = parsed[2]
        sections[part] = Section(int(counts[1]), int(counts[2]), reasons)
    return sections, errors


def check(path):
    """Returns the number of explanations, and what does not fit the sources."""
    sections, errors = read_list(path)
    if not sections:
        errors.append(f"{path}: no part has a list")
    for part, section in sections.items():
        if part not in WAITING and not (ROOT / "queues" / f"{part}.c").is_file():
            errors.append(f"{part}: there is no such queue")
            continue
        there = {(access.key, side) for access in accesses_of(part) for side, _ in mutants_of(access)}
        for key, side in section.reasons.keys() - there:
            errors.append(f"{part}: explained, but the sources have no such order: {key}, {side}")
        if len(there) != section.mutants:
            errors.append(f"{part}: the list is of {section.mutants} mutants, and the sources have {len(there)}")
        if section.killed + len(section.reasons) != section.mutants:
            errors.append(f"{part}: {section.killed} killed and {len(section.reasons)} explained are not "
                          f"{section.mutants}")
    return sum(len(section.reasons) for section in sections.values()), errors


# Exploring


def digest(texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


class Explorer:
    """Explores mutants, and keeps the results."""

    def __init__(self, build, kept, seconds, scratch):
        self.build = build
        self.kept = kept
        self.seconds = seconds
        self.scratch = scratch
        folders = [ROOT / "bench" / name for name in ("explore", "hooked")]
        sources = sorted(path for folder in folders for path in folder.glob("*.[ch]"))
        # A survivor is explored again after a change of these
        self.programs = digest(path.read_text() for path in sources)
        self.results = {}
        if kept.exists():
            for line in kept.read_text().splitlines():
                # A run that was ended may have left half a line
                with contextlib.suppress(ValueError):
                    result = json.loads(line)
                    self.results[result["mutant"]] = result

    def explore(self, part, path, text):
        """Returns the result for a part whose file `path` has another text."""
        for queue in WAITING_QUEUES if part in WAITING else (part,):
            result = self.explore_over(queue, part in WAITING, path, text)
            if result["verdict"] != "survived":
                break
        return result

    def explore_over(self, queue, waiting, path, text):
        files = files_of(queue) + (WAITING_SOURCES if waiting else [])
        texts = {name: (ROOT / name).read_text() for name in files} | {path: text}
        mutant = digest([queue, *texts.values()])
        known = self.results.get(mutant)
        if known and (known["verdict"] != "survived" or
                      (known["programs"] == self.programs and known["seconds"] >= self.seconds)):
            return known
        result = {"mutant": mutant, "programs": self.programs, "seconds": self.seconds}
        result |= self.explore_anew(queue, waiting, texts)
        self.results[mutant] = result
        with self.kept.open("a") as kept:
            print(json.dumps(result), file=kept)
        return result

    def explore_anew(self, queue, waiting, texts):
        folder = self.scratch / queue
        folder.mkdir(exist_ok=True)
        shutil.rmtree(folder / "mutant", ignore_errors=True)
        for name in ("queues/shared", "queues/reclaim"):
            shutil.copytree(ROOT / name, folder / "mutant" / name)
        for name, text in texts.items():
            (folder / "mutant" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "mutant" / name).write_text(text)
        if not (folder / f"{queue}.so").exists():
            self.make_plain(queue, folder)
        compiled = self.compile(queue, waiting, folder)
        if compiled.returncode != 0:
            return {"verdict": "not compiled", "by": compiled.stderr.strip().splitlines()[0]}
        check = "explore_waiting" if waiting else "explore"
        command = [self.build / "qbench", "verify", f"--queues=./{queue}.so", f"--checks={check}",
                   f"--time={self.seconds}s", "-o", "findings.json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=4 * self.seconds + 120)
        if done.returncode not in (0, 1):
            sys.exit(f"qbench verify ends with status {done.returncode}: {done.stderr}")
        found = json.loads((folder / "findings.json").read_text())["queues"][0]["checks"][0]
        if found["verdict"] == "passed":
            return {"verdict": "survived", "by": found["summary"]}
        if found["verdict"] != "failed":
            sys.exit(f"{queue} cannot be explored: {found.get('reason', found['summary'])}")
        program = re.search(r'program "([^"]+)"', found["detail"])
        lines = [line for line in found["detail"].splitlines() if not line.startswith("waiting:")]
        return {"verdict": "killed", "by": f"{program[1] if program else '?'}: {lines[0].strip()}"}

    def make_plain(self, queue, folder):
        """Makes folder/QUEUE.so, whose claims qbench reads. Its code is not explored."""
        (folder / "explore").mkdir()
        built = self.build / "queues" / f"{queue}.so"
        if built.exists():
            shutil.copy(built, folder)
            return
        command = [ROOT / "scripts/module.sh", "--no-loops", ROOT / "queues" / f"{queue}.c"]
        subprocess.run(command, cwd=folder, check=True, env=os.environ | {"BUILD": str(self.build)},
                       stdout=subprocess.DEVNULL)

    def compile(self, queue, waiting, folder):
        """Makes folder/explore/QUEUE.so of the mutated files."""
        mutant = folder / "mutant"
        sources = [ROOT / "bench/explore/instance.c"]
        archives = [self.build / "bench/explore/libexplored_waiting.a"]
        if waiting:
            sources += [mutant / name for name in WAITING_SOURCES if name.endswith(".c")]
            archives = []
        flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-gdwarf-4", "-fsanitize=thread", "-fPIC", "-w",
                 "-fvisibility=hidden", "-iquote", mutant / "queues", "-iquote", mutant / "src"]
        flags += [f"-I{ROOT / name}" for name in ("bench", "src", "queues")]
        flags += [f"-DQUEUE_ID={queue}", f'-DQUEUE_FILE="{mutant}/queues/{queue}.c"']
        if os.uname().machine == "x86_64":
            flags.append("-mcx16")
        if "// requires: liburcu-cds" in (mutant / "queues" / f"{queue}.c").read_text():
            flags += [f"-I{self.build / 'bench/explore/liburcu'}", "-include", ROOT / "bench/hooked/liburcu.h"]
        compiler = os.environ.get("CC", "cc")
        done = subprocess.run([compiler, *flags, "-c", *sources], cwd=mutant, capture_output=True, text=True)
        if done.returncode != 0:
            return done
        # Without the flags, which would bring the library of the sanitizer
        command = [compiler, "-shared", *mutant.glob("*.o"), "-Wl,--whole-archive",
                   self.build / "bench/explore/libexplorer.a", "-Wl,--no-whole-archive", *archives,
                   self.build / "src/base/libbase.a", "-Wl,-z,defs", "-ldl", "-o", folder / "explore" / f"{queue}.so"]
        return subprocess.run(command, capture_output=True, text=True)

    def judge(self, part, access, mutants):
        """Yields (side, verdict, by) of mutants of an access."""
        text = (ROOT / access.path).read_text()
        if len(mutants) > 1:
            none = [set() for _ in access.sides]
            result = self.explore(part, access.path, weakened(text, access, none))
            if result["verdict"] == "survived":
                for side, _ in mutants:
                    yield side, "survived", "all of its order"
                return
        killers = []
        for side, left in mutants:
            for killer, others in killers:
                if is_weaker(left, others):
                    yield side, "killed", f"as {killer}"
                    break
            else:
                result = self.explore(part, access.path, weakened(text, access, left))
                if result["verdict"] == "killed":
                    killers.append((side, left))
                yield side, result["verdict"], result["by"]


def run(part, explorer, reasons, explained):
    """Prints a line for each mutant of a part, if asked also for those that are explained. Returns what is wrong."""
    errors = []
    count = 0
    killed = 0
    path = files_of(part)[0]
    result = explorer.explore(part, path, (ROOT / path).read_text())
    if result["verdict"] != "survived":
        return [f"{part}: {result['verdict']} as it is, so its mutants say nothing: {result['by']}"]
    for access in accesses_of(part):
        mutants = [mutant for mutant in mutants_of(access) if explained or (access.key, mutant[0]) not in reasons]
        for side, verdict, by in explorer.judge(part, access, mutants):
            count += 1
            killed += verdict == "killed"
            reason = reasons.get((access.key, side))
            said = f"{verdict}: {by}" if verdict != "survived" else f"survived: {reason}" if reason else "survived"
            print(f"{access.path}:{access.line}", access.key, side, said, sep="\t", flush=True)
            if verdict == "killed" and reason:
                errors.append(f"{part}: is killed, and explained: {access.key}, {side}")
            elif verdict != "killed" and not reason:
                errors.append(f"{part}: {verdict}, and not explained: {access.key}, {side}")
    print(f"{part}: {count} mutants, {killed} killed.", flush=True)
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("list", "run", "check"))
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path, help="folder of the build")
    parser.add_argument("--time", default=10, type=int, metavar="S", help="seconds for each mutant (default: 10)")
    parser.add_argument("--unexplained", action="store_true", help="leave out mutants that are explained")
    parser.add_argument("--kept", type=pathlib.Path, help="file of results (default: BUILD/mutants.jsonl)")
    parser.add_argument("--list", default=LIST, type=pathlib.Path, help="another list than doc/mutants.md")
    options = parser.parse_intermixed_args()
    if (options.command == "check") == bool(options.parts):
        parser.error("list and run are told parts, and check is not")

    errors = []
    if options.command == "check":
        count, errors = check(options.list)
        print(f"{count} mutants are explained")
    elif options.command == "list":
        for part in options.parts:
            for access in accesses_of(part):
                for side, _ in mutants_of(access):
                    print(f"{access.path}:{access.line}", access.key, side, sep="\t")
    else:
        if not options.unexplained:
            # Nobody waits for it
            os.nice(10)
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        sections, errors = read_list(options.list)
        with tempfile.TemporaryDirectory() as scratch:
            kept = options.kept or options.build / "mutants.jsonl"
            explorer = Explorer(options.build.resolve(), kept, options.time, pathlib.Path(scratch))
            for part in options.parts:
                reasons = sections[part].reasons if part in sections else {}
                errors += run(part, explorer, reasons, not options.unexplained)
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
