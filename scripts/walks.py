#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times walks with each queue, and writes what qbench report takes.

`walks.py real` walks directories with each queue and with other programs. Each round is one call of
hyperfine, which runs every command once, in random order: machines drift by more than queues differ,
so only ratios inside rounds are compared. Every count is checked against find. It writes walk.json,
table.txt and what hyperfine exported.

`walks.py trees` walks made-up trees of extreme shapes in memory, and writes trees.json: do some trees
tell queues apart?
"""

import argparse
import dataclasses
import json
import math
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

sys.dont_write_bytecode = True
import rounds  # noqa: E402  (it would leave a folder beside the scripts)

ROOT = Path(__file__).resolve().parent.parent
# Rounds; in how many each walk is made with --stats as well; in how many rows are timed that tell no queues apart
ROUNDS = {"quick": (10, 2, 2), "default": (20, 4, 5), "thorough": (45, 9, 45)}
# Arguments of make_tree.py, and what they make
TREES = {"tiny": ("20000 10", "20,000 directories of 10 files"),
         "wide": ("200000", "one directory of 200,000 files"),
         "deep": ("5000 1", "5,000 directories inside each other")}
MOVING = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show(text, step=True):
    """Shows what goes on: on a terminal as a line that moves, elsewhere as a line for each step."""
    if MOVING:
        print(f"\r\033[K{text[:shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)
    elif text and step:
        print(text, file=sys.stderr, flush=True)


def say(*words):
    show("")
    print(*words, file=sys.stderr, flush=True)


def output_of(*command):
    """What a command prints; nothing if it fails or is not there."""
    try:
        status, output, _ = rounds.run(command)
        return output.decode("utf-8", "replace").strip() if status == 0 else ""
    except OSError:
        return ""


def first_line(*command):
    return output_of(*command).partition("\n")[0] or None


class Queues:
    """What the programs of a build say of the queues, and which of them were asked for."""

    def __init__(self, build, asked, work):
        empty = work / "empty"
        empty.mkdir()
        try:
            self.default = json.loads(output_of(f"{build}/dirwalk", "--json", str(empty)))["queue"]
            listed = {queue["name"]: queue for queue in json.loads(output_of(f"{build}/qbench", "list", "--json"))}
        except ValueError:
            raise OSError(f"{build}/dirwalk --json or qbench list --json does not work; is it built?") from None
        # As qbench run marks them: * is called through a pointer, ^ promises less than FIFO
        self.marks = {name: "*" * (q["calls"] != "inlined") + "^" * (q["order"] != "FIFO")
                      for name, q in listed.items()}
        self.consumers = {name: q["max_consumers"] for name, q in listed.items()}  # 0: any number
        # Those of dirwalk --queue=help: workers are several producers of results
        walked = [name for name, q in listed.items() if q["max_producers"] == 0]
        headline = [name for name in walked if listed[name]["headline"] or name == self.default]
        self.chosen = walked if asked == "all" else asked.split(",") if asked else headline
        for name in self.chosen:
            if "/" not in name and name not in listed:
                say(f"walks.py: --queues: no queue is named '{name}'; there are:", *listed)
                sys.exit(2)


# --- the rows of a walk --------------------------------------------------------------------------

@dataclasses.dataclass
class Row:
    """A row of walk.json, and how it is counted."""
    program: str
    label: str
    threads: int | None
    command: list              # the one that is timed
    counted: list              # the one that is counted by
    read: Callable = int       # the number of files in what that prints
    queue: str = None
    result_queue: str = None
    copies: int = 1            # walks at once, of which each counts as one
    aside: bool = False        # timed in the first rounds only: it compares no queues
    files: int = None
    failure: str = None        # why the row must not be believed
    unread: bool = False       # a part of the tree could not be read
    seconds: list = dataclasses.field(default_factory=list)
    user_seconds: list = dataclasses.field(default_factory=list)
    system_seconds: list = dataclasses.field(default_factory=list)
    with_stats: list = dataclasses.field(default_factory=list)

    @property
    def title(self):
        return self.label + (f" -j{self.threads}" if self.program == "dirwalk" else "")

    @property
    def group(self):
        """Rows of other programs are a group of their own, the last."""
        return self.threads if self.program == "dirwalk" else math.inf

    @property
    def median(self):
        return statistics.median(self.seconds or [math.inf])


PRINTING = "find", "bfs", "fd"  # print names, and have versions

LEGEND = """
Time: median ± standard deviation of whole processes, once a round, in random order. Relative: inside
each round, to the fastest walk of those in every round. Floor: N walks at once that only open, read and
close directories, by N.
*: a C++ library, called through a pointer. ^: promises less than FIFO order, which no walk needs.
A + B results: directories travel on A, and results on B, which serves fewer consumers than there are
workers. Other programs list names where dirwalk counts; original.py gives a whole DIR to a worker.
"""


class Real:
    """Walks of real directories."""

    def __init__(self, arguments, work):
        self.arguments, self.work = arguments, work
        self.root, self.output = self.passable(ROOT), Path(self.passable(arguments.output))
        self.build = f"{self.root}/build/release"
        # find and bfs would take -x or ( for an expression
        self.shown = [d if d[:1] in "/." else f"./{d}" for d in arguments.directories]
        self.directories = [self.passable(d) for d in self.shown]
        self.processors = len(os.sched_getaffinity(0))
        self.rounds, self.counts, self.aside = ROUNDS[arguments.effort]
        self.queues = Queues(self.build, arguments.queues or "all" * (arguments.effort == "thorough"), work)
        self.rows = [*self.walks(), *self.other_programs()]

    def passable(self, path):
        """The path, or a link to it where it is not UTF-8, which hyperfine does not pass on."""
        try:
            str(path).encode()
            return str(path)
        except UnicodeEncodeError:
            link = Path(tempfile.mkdtemp(dir=self.work)) / "dir"
            link.symlink_to(os.path.abspath(path))
            return str(link)

    def walks(self):
        """With each queue and number of workers, and raw walks below them."""
        effort, asked, many = self.arguments.effort, self.arguments.threads, self.processors
        if asked:
            counts = {int(count) for count in asked.split(",")}
        elif effort == "quick":
            counts = {1, many}
        else:
            counts = {many, 2 * many} | {1 << i for i in range(20) if 1 << i < 2 * many}
        for count in sorted(counts):
            # The answer is about as many workers as processors; others only show what workers gain
            alone = effort != "thorough" and not asked and count != many
            for queue in [self.queues.default] if alone else self.queues.chosen:
                yield self.walk(queue, count, alone)
        # The floor: as many raw walks at once as there are workers, if each has a processor
        for count in sorted({many} | (counts if asked or effort != "quick" else set())):
            if count <= many:
                command = [f"{self.build}/rawwalk", "-c", str(count), *self.directories]
                yield Row("rawwalk", f"floor: rawwalk -c{count}, by {count}", count, command, command,
                          lambda output: int(output.split()[0]), copies=count, aside=count != many and not asked)

    def walk(self, queue, count, aside):
        taken, marks, options = queue, self.queues.marks, []
        label = queue + marks.get(queue, "")
        # N workers take from the work queue, and one thread from the result queue
        if 0 < self.queues.consumers.get(queue, 0) < count:
            taken = self.queues.default
            label = f"{taken}{marks[taken]} + {label} results"
            options = [f"--result-queue={queue}"]
        command = [f"{self.build}/dirwalk", "-q", taken, *options, "-j", str(count)]
        return Row("dirwalk", label, count, [*command, *self.directories], [
            *command, "--json", "--stats", *self.directories], lambda output: json.loads(output)["files"], taken, queue,
                   aside=aside)

    def other_programs(self):
        where, many, quick = self.directories, str(self.processors), self.arguments.effort == "quick"
        for program in ["find"] if quick else ["find", "bfs"]:
            if shutil.which(program):
                command = [program, "-H", *where, "!", "-type", "d"]
                yield Row(program, f"{program} -H ! -type d", 1 if program == "find" else None,
                          command, [*command, "-printf", "x"], len, aside=True)
        if quick:
            return
        command = [sys.executable, f"{self.root}/scripts/original.py", "-j", "2", *where]
        yield Row("original", "original.py -j2", 2, command, command, lambda output: sum(
            map(int, re.findall(rb"^From thread \S+: (\d+) files", output, re.M))), aside=True)
        # Another program has the name fd, too
        fd = shutil.which("fdfind") or ((first_line("fd", "--version") or "").startswith("fd ") and shutil.which("fd"))
        if fd:
            command = [fd, "-u", "-j", many]
            # It says which are directories by a slash at the end
            count = 'set -o pipefail; "$@" | LC_ALL=C grep -zcv "/$"'
            yield Row("fd", f"{Path(fd).name} -u -j{many}", self.processors, [*command, ".", *where],
                      ["bash", "-c", count, "fd", *command, "-0", ".", *where], aside=True)

    # Counting and timing

    def count_with_find(self):
        """Files, directories, and whether all could be read."""
        status, output, _ = rounds.run(["find", "-H", *self.directories,
                                        "-type", "d", "-printf", "d", "-o", "-printf", "x"])
        return output.count(b"x"), output.count(b"d"), status == 0

    def count(self, row):
        """Runs a row outside the timing: how many files does it count, and what did its queue do?"""
        try:
            status, output, said = rounds.run(row.counted, self.patience)
            files = row.read(output)
        except TimeoutError as error:
            row.failure = str(error)
        except (ValueError, LookupError):
            row.failure = f"ended with status {status}, and printed no number of files: {said}"
        else:
            if status not in (0, 1):
                row.failure = f"ended with status {status}: {said}"
                return
            row.files = files
            self.counted.append((row, files))
            if row.program == "dirwalk":
                # Without what names users and folders
                row.with_stats.append({key: value for key, value in json.loads(output).items()
                                       if key not in ("dirs", "workers", "failures")})

    def time(self, rows, number):
        """Times each row once."""
        titles = [word for row in rows for word in ("--command-name", row.title)]
        results = rounds.time_round([shlex.join(row.command) for row in rows],
                                    f"{self.output}/hyperfine/round{number:02}.json", "--ignore-failure", *titles,
                                    patience=self.patience * len(rows))
        for row, result in zip(rows, results, strict=True):
            status = result["exit_codes"][0]
            if status not in (0, 1):
                row.failure = f"ended with status {status} while it was timed"
            row.unread |= status == 1
            row.seconds.append(result["times"][0] / row.copies)
            row.user_seconds.append(result["user"] / row.copies)
            row.system_seconds.append(result["system"] / row.copies)

    def rounds_of(self, row):
        return self.aside if row.aside else self.rounds

    def seconds_left(self, elapsed):
        timed = sum(sum(row.seconds) * row.copies for row in self.rows)
        left = sum(row.median * row.copies * max(0, self.rounds_of(row) - len(row.seconds))
                   for row in self.rows if row.seconds and not row.failure)
        return elapsed * left / timed if timed else 0

    def measure(self):
        (self.output / "hyperfine").mkdir()
        show("walk: counting with find")
        start, self.counted, shuffled = time.monotonic(), [], random.Random(self.arguments.seed)
        before, self.count_of_directories, whole = self.count_with_find()
        # Far more than any walk can take: a queue that hangs must not hang this
        self.patience = 60 + 20 * int(time.monotonic() - start)
        say(f"walk: {before} files in {self.count_of_directories} directories, {len(self.rows)} commands; "
            f"default queue: {self.queues.default}")
        self.date, others, start = datetime.now().astimezone(), seconds_of_others(), time.monotonic()
        for number in range(1, self.rounds + 1):
            label = f"walk: round {number} of {self.rounds}"
            if number > 1:
                label += f", about {self.seconds_left(time.monotonic() - start):.0f} s to go"
            show(label)
            rows = [row for row in shuffled.sample(self.rows, len(self.rows))
                    if not row.failure and number <= self.rounds_of(row)]
            for row in rows:
                due = number <= self.counts if row.aside else (number - 1) % (self.rounds // self.counts) == 0
                if number == 1 or (due and row.program.endswith("walk")):
                    show(f"{label}: counting with {row.title}", step=False)
                    self.count(row)
            show(label, step=False)
            if timed := [row for row in rows if not row.failure]:
                self.time(timed, number)
        show("")
        self.busy = max(0, seconds_of_others() - others) / (time.monotonic() - start)
        after, _, whole_after = self.count_with_find()
        self.files, self.incomplete = (before, after), not (whole and whole_after)
        for row, count in self.counted:
            # The tree may have changed meanwhile: what lies between the two counts is right
            if not row.failure and not min(self.files) <= count <= max(self.files):
                row.files, row.failure = count, f"counted {count} files, find counted {before}" + \
                    (f" before and {after} after" if before != after else "")

    # What comes of it

    def row_json(self, row):
        text = shlex.join(dict(zip(self.directories, self.shown)).get(word, word) for word in row.command)
        return {
            **{key: value for key, value in vars(row).items() if key not in ("counted", "read", "copies", "aside")},
            "oversubscribed": row.program == "dirwalk" and row.threads > self.processors,
            "command": rounds.plain(text.replace(f"{self.root}/", "")),
            "runs": len(row.seconds),
        }

    def write(self):
        machine = machine_of(self.build)
        trees = [{"dir": rounds.plain(shown), "file_system": first_line("findmnt", "-no", "FSTYPE", "-T", directory)}
                 for shown, directory in zip(self.shown, self.directories)]
        walk = {
            "date": self.date.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": self.arguments.command,
            "commit": machine.get("software", {}).get("commit"),
            "processors_available": self.processors,
            "processors_used_by_others": round(self.busy, 2),
            "versions": {"python": f"Python {sys.version.split()[0]}",
                         "hyperfine": first_line("hyperfine", "--version"), **{
                row.program: first_line(row.command[0], "--version") for row in self.rows if row.program in PRINTING}},
            "default_queue": self.queues.default,
            "rounds": self.rounds,
            "seed": self.arguments.seed,
            "trees": trees,
            "files_before_and_after": self.files,
            "directories": self.count_of_directories,
        }
        with open(self.output / "walk.json", "w", encoding="utf-8") as file:
            json.dump({"format": "qbench-walk/1", "machine": machine, "walk": walk,
                       "rows": [self.row_json(row) for row in self.rows]}, file, indent=1)
        where = ", ".join(tree["dir"] for tree in trees)
        fewer = f" ({self.aside} of rows that tell no queues apart)" if self.aside < self.rounds else ""
        text = "\n".join(["", *self.table(), "", f"{where}: {self.files[0]} files in {self.count_of_directories} directories"
                          f", {self.rounds} rounds{fewer}, {self.processors} processors", LEGEND, *self.doubts()])
        (self.output / "table.txt").write_text(text + "\n", encoding="utf-8")
        print(text)
        for row in self.rows:
            if row.failure:
                say(f"walks.py: {row.title}: {row.failure}")
        return any(row.failure for row in self.rows)

    def table(self):
        """The rows as lines: by numbers of threads, then by time."""
        fastest = min((row for row in self.rows if not (row.failure or row.aside or row.program == "rawwalk")),
                      key=lambda row: row.median, default=None)
        wide, group = max(len(row.title) for row in self.rows), None
        yield f"{'walk':{wide}}   time ms          relative  files"
        for row in sorted(self.rows, key=lambda row: (row.group, row.median)):
            if row.group != group:
                group = row.group
                yield ""
            files = "FAILED" if row.files is None else f"{row.files} {'WRONG' if row.failure else 'ok'}"
            times = "-"
            if row.seconds:
                spread = statistics.stdev(row.seconds) if len(row.seconds) > 1 else 0
                times = f"{row.median * 1e3:8.1f} ± {spread * 1e3:<8.1f}"
                if fastest:
                    times += f" {statistics.median(map(lambda a, b: a / b, row.seconds, fastest.seconds)):6.2f}"
            yield f"{row.title:{wide}}  {times:26}  {files}"

    def doubts(self):
        """What makes the times or the counts rough."""
        before, after = self.files
        if self.incomplete or any(row.unread for row in self.rows):
            yield "Parts of the tree could not be read (status 1), and are in no count."
        if before != after:
            yield f"The tree changed: find counted {before} files, then {after}. Counts between them are right."
        if self.busy > 0.05 * self.processors:
            yield f"The machine was not quiet: others kept {self.busy:.2f} of its processors busy. The times are rough."


def seconds_of_others():
    """The time of processors since the machine was started, without that of this program and what it ran."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def machine_of(build):
    return json.loads(output_of(f"{build}/qbench", "machine", "--json") or "{}")


# --- trees of extreme shapes ---------------------------------------------------------------------

def measure_tree(name, walks, count, work):
    """The samples of a made-up tree; None if they cannot be had."""
    numbers, shape = TREES[name]
    tree = work / name
    show(f"trees: making {name}, {shape}")
    try:
        make = [sys.executable, f"{ROOT}/scripts/make_tree.py", name, str(tree), *numbers.split()]
        status, _, said = rounds.run(make)
        if status != 0:
            raise OSError(f"it cannot be made: {said}")
        show(f"trees: {count} rounds of {len(walks) + 1} commands on {name}")
        commands = {queue: [*walk, str(tree)] for queue, walk in walks.items()}
        commands["find"] = ["find", str(tree), "!", "-type", "d", "-printf", "x"]
        measured = rounds.measure([(queue, shlex.join(command)) for queue, command in commands.items()], count,
                                  tell=lambda text: show(f"trees: {name}: {text}", step=False))
    except OSError as error:
        say(f"walks.py: tree {name}: {error}")
        return None
    finally:
        remove(tree)
    for command in measured["commands"]:
        del command["command"]  # whose folders they were is private
    return {"name": name, "shape": shape, "rounds": measured}


def walk_trees(arguments, work):
    """Walks of made-up trees with two workers, each queue relative to the default one."""
    build, output = ROOT / "build/release", arguments.output
    queues, walks, measured = Queues(build, arguments.queues, work), {}, []
    for queue in dict.fromkeys([queues.default, *queues.chosen]):
        walk = [f"{build}/dirwalk", "-j2", "-q", queue]
        status, _, said = rounds.run([*walk, f"{work}/empty"])
        if status == 0:
            walks[queue] = walk
        else:
            say(f"walks.py: trees without {queue}: {said}")
    measured = [tree for name in TREES if (tree := measure_tree(name, walks, arguments.rounds, work))]
    show("")
    text = "\n".join(line for tree in measured
                     for line in (f"{tree['name']}: {tree['shape']}", *rounds.table(tree["rounds"]), ""))
    print(text)
    if output and measured:
        (output / "trees.txt").write_text(text + "\n", encoding="utf-8")
        (output / "trees.json").write_text(json.dumps({
            "format": "qbench-trees/1", "machine": machine_of(build), "trees": measured}, indent=1))
    return len(measured) < len(TREES)


def remove(folder):
    """Removes a folder that may be deeper than Python can recurse."""
    subprocess.run(["rm", "-rf", "--", str(folder)], check=False)


def arguments_of():
    parser = argparse.ArgumentParser(prog="walks.py", description=__doc__.partition("\n")[0])
    modes = parser.add_subparsers(dest="mode", required=True)
    real = modes.add_parser("real", help="walk directories; hyperfine is the clock")
    trees = modes.add_parser("trees", help="walk made-up trees of extreme shapes in memory, with two workers")
    real.add_argument("--effort", choices=ROUNDS, default="default", help=", ".join(
        f"{effort}: {count} rounds" for effort, (count, *_) in ROUNDS.items()))
    real.add_argument("--threads", metavar="LIST", help="numbers of threads, such as 1,4,16")
    real.add_argument("--seed", type=int, default=1, help="which random orders (default: 1)")
    real.add_argument("--command", default="scripts/walks.py", help="what walk.json tells of how it was made")
    real.add_argument("directories", metavar="DIR", nargs="+")
    trees.add_argument("--rounds", metavar="N", type=int, default=15, help="(default: 15)")
    for mode in real, trees:
        mode.add_argument("--queues", metavar="LIST", help="names, modules, or all (default: a headline)")
        mode.add_argument("--output", metavar="DIR", type=Path, required=mode is real,
                          help="the folder for the results")
    return parser.parse_args()


def main():
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    arguments = arguments_of()
    rounds.end_on_signals()
    # Trees go into memory if there is room
    memory = "/dev/shm" if arguments.mode == "trees" and "TMPDIR" not in os.environ else None
    if memory and not (os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= 1 << 30):
        memory = None
    work = Path(tempfile.mkdtemp(prefix="qbench-walks-", dir=memory))
    try:
        if arguments.mode == "trees":
            return walk_trees(arguments, work)
        real = Real(arguments, work)
        real.measure()
        return real.write()
    except OSError as error:
        show("")
        sys.exit(f"walks.py: {error}")
    finally:
        remove(work)


if __name__ == "__main__":
    sys.exit(main())
