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
import os
import random
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from datetime import datetime
from pathlib import Path

SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
ROOT = Path(__file__).resolve().parent.parent
# Rounds, and in how many of them each walk is made with --stats as well
ROUNDS = {"quick": (10, 2), "default": (20, 4), "thorough": (30, 10)}
# Arguments of make_tree.py, and what they make
TREES = {"tiny": ("20000 10", "20,000 directories of 10 files"),
         "wide": ("200000", "one directory of 200,000 files"),
         "deep": ("5000 1", "5,000 directories inside each other")}


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def fail(message):
    sys.exit(f"walks.py: {message}")


def plain(text):
    """Text for JSON and for people: without control characters, and valid UTF-8."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", os.fsencode(text).decode("utf-8", "replace"))


class Progress:
    """A line that moves on a terminal, and is a line for each step elsewhere."""
    moving = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def show(self, text, step=True):
        if self.moving:
            columns = shutil.get_terminal_size().columns
            print(f"\r\033[K{text[:columns - 1]}", end="", file=sys.stderr, flush=True)
        elif step:
            say(text)

    def end(self):
        if self.moving:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


progress = Progress()


# --- processes -----------------------------------------------------------------------------------

class Signalled(BaseException):
    pass


def on_signal(number, _):
    raise Signalled(number)


def run(command, patience=None, read=lambda stream: stream.read(), **options):
    """Run a command. Return its status, what `read` makes of its output, and its last message.

    It is a session of its own, which ends with this program, or after `patience` seconds; the
    status is None then."""
    with tempfile.TemporaryFile() as messages, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages,
            start_new_session=True, **options) as process:
        timer = threading.Timer(patience or 1e6, os.killpg, (process.pid, signal.SIGKILL))
        timer.daemon = True
        timer.start()
        start = time.monotonic()
        try:
            output = read(process.stdout)
            status = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        if patience and time.monotonic() - start >= patience:
            status = None
        messages.seek(0)
        lines = messages.read().decode("utf-8", "replace").strip().splitlines()
    return status, output, plain(lines[-1]) if lines else ""


def output_of(*command):
    """What a command prints; nothing if it fails or is not there."""
    try:
        status, output, _ = run(command)
        return output.decode("utf-8", "replace").strip() if status == 0 else ""
    except OSError:
        return ""


def first_line(*command):
    return output_of(*command).partition("\n")[0] or None


def known_queues(build, folder):
    """The queue that dirwalk uses by default, and what qbench list says of all."""
    empty = folder / "empty"
    empty.mkdir()
    try:
        return (json.loads(output_of(str(build / "dirwalk"), "--json", str(empty)))["queue"],
                json.loads(output_of(str(build / "qbench"), "list", "--json")))
    except ValueError:
        fail(f"{build}/dirwalk --json or qbench list --json does not work; is it built?")


def chosen_queues(asked, listed, default):
    """The names in a list, which may be modules; or all; or a headline and the default."""
    names = [queue["name"] for queue in listed]
    if asked == "all":
        return names
    if not asked:
        return [queue["name"] for queue in listed if queue["headline"] or queue["name"] == default]
    for name in asked.split(","):
        if "/" not in name and name not in names:
            say(f"walks.py: --queues: no queue is named '{name}'; there are:", *names)
            sys.exit(2)
    return asked.split(",")


# --- the rows of a walk --------------------------------------------------------------------------

@dataclasses.dataclass
class Row:
    program: str
    label: str
    threads: int | None
    timed: list                # the command that is timed
    counted: list = None       # and the one that is counted by, where that is another
    queue: str = None
    results: str = None        # the queue of the results
    copies: int = 1            # walks at once, of which each counts as one
    files: int = None
    failure: str = None        # why the row must not be believed
    unread: bool = False       # a part of the tree could not be read
    seconds: list = dataclasses.field(default_factory=list)
    user: list = dataclasses.field(default_factory=list)
    system: list = dataclasses.field(default_factory=list)
    stats: list = dataclasses.field(default_factory=list)

    @property
    def title(self):
        return self.label + (f" -j{self.threads}" if self.program == "dirwalk" else "")


def names(slash):
    """Count names that end in NUL; with slash without those of directories, which end in / then."""
    def read(stream):
        count, last = 0, b""
        while chunk := stream.read(1 << 20):
            chunk = last + chunk
            count += chunk[len(last):].count(b"\0") - (slash and chunk.count(b"/\0"))
            last = chunk[-1:]
        return count
    return read


READERS = {"find": names(False), "bfs": names(False), "fd": names(True)}


def files_in(row, output):
    """The number of files that a row's command printed; of dirwalk what it said of its queue as well."""
    if row.program == "dirwalk":
        said = json.loads(output)
        # Without what names users and folders
        return said["files"], {k: v for k, v in said.items() if k not in ("dirs", "workers", "failures")}
    if row.program == "rawwalk":
        return int(output.split()[0]), None
    if row.program == "original":
        return sum(map(int, re.findall(rb"^From thread \S+: (\d+) files", output, re.M))), None
    return output, None


class Real:
    """Walks of real directories."""

    def __init__(self, arguments, work):
        self.arguments, self.work = arguments, work
        self.build = Path(self.passable(ROOT / "build/release"))
        self.dirwalk = str(self.build / "dirwalk")
        # find and bfs would take -x or ( for an expression
        self.shown = [d if d[:1] in "/." else f"./{d}" for d in arguments.directories]
        self.directories = [self.passable(d) for d in self.shown]
        self.processors = len(os.sched_getaffinity(0))
        self.random = random.Random(arguments.seed)
        self.rounds, self.counts = ROUNDS[arguments.effort]
        self.patience = None
        self.default, listed = known_queues(self.build, work)
        # As qbench run marks them: * is called through a pointer, ^ promises less than FIFO
        self.marks = {q["name"]: "*" * (q["calls"] != "inlined") + "^" * (q["order"] != "FIFO") for q in listed}
        self.consumers = {q["name"]: q["max_consumers"] for q in listed}  # 0: any number
        self.queues = chosen_queues(arguments.queues or "all" * (arguments.effort == "thorough"), listed, self.default)
        self.make_rows()

    def passable(self, path):
        """The path, or a link to it where it is not UTF-8, which hyperfine does not pass on."""
        try:
            str(path).encode()
            return str(path)
        except UnicodeEncodeError:
            link = Path(tempfile.mkdtemp(dir=self.work)) / "dir"
            link.symlink_to(os.path.abspath(path))
            return str(link)

    def make_rows(self):
        quick, asked = self.arguments.effort == "quick", self.arguments.threads
        many = self.processors
        if asked:
            counts = {int(count) for count in asked.split(",")}
        elif quick:
            counts = {1, many, 2 * many}
        else:
            counts = {many, 2 * many} | {1 << i for i in range(20) if 1 << i < 2 * many}
        self.rows = []
        for count in sorted(counts):
            # One thread is the slowest, and tells queues apart least: here it only shows what threads gain
            alone = quick and not asked and count == 1 and many > 1
            for queue in [self.default] if alone else self.queues:
                self.add_queue(queue, count)
        # The floor: as many raw walks at once as there are workers, if each has a processor
        for count in sorted({many} | (counts if asked or not quick else set())):
            if count <= many:
                self.rows.append(Row("rawwalk", f"floor: rawwalk -c{count}, by {count}", count, copies=count,
                                     timed=[str(self.build / "rawwalk"), "-c", str(count), *self.directories]))
        self.add_others()

    def add_queue(self, queue, count):
        taken, results, label = queue, queue, queue + self.marks.get(queue, "")
        options = []
        # N workers take from the work queue, and one thread from the result queue
        if 0 < self.consumers.get(queue, 0) < count:
            taken = self.default
            label = f"{taken}{self.marks[taken]} + {label} results"
            options = [f"--result-queue={queue}"]
        command = [self.dirwalk, "-q", taken, *options, "-j", str(count)]
        self.rows.append(Row("dirwalk", label, count, [*command, *self.directories],
                             [*command, "--json", "--stats", *self.directories], taken, results))

    def add_others(self):
        where, many = self.directories, str(self.processors)
        self.rows.append(Row("original", "original.py -j2", 2, [
            sys.executable, self.passable(ROOT / "scripts/original.py"), "-j", "2", *where]))
        for program in "find", "bfs":
            if shutil.which(program):
                command = [program, "-H", *where, "!", "-type", "d"]
                self.rows.append(Row(program, f"{program} -H ! -type d", 1 if program == "find" else None,
                                     command, [*command, "-print0"]))
        # Another program has the name fd, too
        self.fd = fd = shutil.which("fdfind") or (
            shutil.which("fd") if (first_line("fd", "--version") or "").startswith("fd ") else None)
        if fd:
            self.rows.append(Row("fd", f"{Path(fd).name} -u -j{many}", self.processors,
                                 [fd, "-u", "-j", many, ".", *where], [fd, "-u", "-j", many, "-0", ".", *where]))

    # Counting and timing

    def count_with_find(self):
        """Files, directories, and whether all could be read."""
        def read(stream):
            files = directories = 0
            while chunk := stream.read(1 << 20):
                files += chunk.count(b"x")
                directories += chunk.count(b"d")
            return files, directories
        status, (files, directories), _ = run(
            ["find", "-H", *self.directories, "-type", "d", "-printf", "d", "-o", "-printf", "x"], read=read)
        self.incomplete |= status != 0
        return files, directories

    def count(self, row):
        """Run a row outside the timing: how many files does it count, and what did its queue do?"""
        command = row.counted or row.timed
        status, output, said = run(command, self.patience, READERS.get(row.program, lambda stream: stream.read()))
        if status is None:
            row.failure = f"did not end within {self.patience} s"
        elif status not in (0, 1):
            row.failure = f"ended with status {status}: {said}"
        else:
            try:
                files, stats = files_in(row, output)
            except (ValueError, LookupError):
                row.failure = f"printed no number of files: {said}"
                return
            self.counted.append((row, files))
            if stats:
                row.stats.append(stats)

    def time(self, number):
        rows = [row for row in self.rows if not row.failure]
        self.random.shuffle(rows)
        exported = self.output / f"hyperfine/round{number:02}.json"
        command = ["hyperfine", "-N", "--style=none", "--warmup=0", "--runs=1", "--ignore-failure",
                   f"--export-json={self.passable(exported)}"]
        for row in rows:
            command += ["--command-name", row.title]
        status, _, said = run([*command, *(shlex.join(row.timed) for row in rows)], self.patience * len(rows))
        if status != 0:
            fail(f"round {number}: " + (f"hyperfine failed: {said}" if status is not None else
                                        f"no end within {self.patience * len(rows)} s: a walk hangs"))
        for row, result in zip(rows, json.loads(exported.read_text())["results"], strict=True):
            status = result["exit_codes"][0]
            if status not in (0, 1):
                row.failure = f"ended with status {status} while it was timed"
            row.unread |= status == 1
            row.seconds.append(result["times"][0] / row.copies)
            row.user.append(result["user"] / row.copies)
            row.system.append(result["system"] / row.copies)

    def measure(self, output):
        self.output, self.incomplete, self.counted = output, False, []
        (output / "hyperfine").mkdir()
        progress.show("walk: counting with find")
        start = time.monotonic()
        before = self.count_with_find()
        # Far more than any walk can take: a queue that hangs must not hang this
        self.patience = 60 + 20 * int(time.monotonic() - start)
        progress.end()
        say(f"walk: {before[0]} files in {before[1]} directories, {len(self.rows)} commands; "
            f"default queue: {self.default}")
        self.date, quiet, start = datetime.now().astimezone(), Quiet(), time.monotonic()
        for number in range(1, self.rounds + 1):
            left = (time.monotonic() - start) / max(number - 1, 1) * (self.rounds - number + 1)
            label = f"walk: round {number} of {self.rounds}" + (f", about {left:.0f} s to go" if number > 1 else "")
            progress.show(label)
            rows = self.random.sample(self.rows, len(self.rows))
            for row in rows:
                walks = row.program.endswith("walk") and (number - 1) % (self.rounds // self.counts) == 0
                if not row.failure and (walks or number == 1):
                    progress.show(f"{label}: counting with {row.title}", step=False)
                    self.count(row)
            progress.show(label, step=False)
            self.time(number)
        progress.end()
        self.busy = quiet.used_by_others()
        after = self.count_with_find()
        for row, count in self.counted:
            row.files = row.files if row.failure else count
            # The tree may have changed meanwhile: what lies between the two counts is right
            if not row.failure and not min(before[0], after[0]) <= count <= max(before[0], after[0]):
                row.failure = f"counted {count} files, find counted {before[0]}" + \
                    (f" before and {after[0]} after" if before != after else "")
        self.files, self.count_of_directories = (before[0], after[0]), before[1]

    # What comes of it

    def facts(self):
        compiler = re.search(r"^CMAKE_C_COMPILER:\w*=(.*)", (ROOT / "build/release/CMakeCache.txt").read_text(), re.M)
        commit = output_of("git", "-C", str(ROOT), "rev-parse", "-q", "--verify", "HEAD")
        if commit and output_of("git", "-C", str(ROOT), "status", "--porcelain"):
            commit += "-dirty"
        model = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
        system = os.uname()
        return {
            "date": self.date.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": self.arguments.command,
            "commit": commit or None,
            "processor": model[1] if model else system.machine,
            "processors_available": self.processors,
            "processors_online": os.cpu_count(),
            "kernel": f"{system.sysname} {system.release}",
            "processors_used_by_others": round(self.busy, 2),
            "compiler": first_line(compiler[1], "--version") if compiler else None,
            "versions": {"hyperfine": first_line("hyperfine", "--version"), "python": f"Python {sys.version.split()[0]}",
                         "find": first_line("find", "--version"), "bfs": first_line("bfs", "--version"),
                         "fd": first_line(self.fd, "--version") if self.fd else None},
            "default_queue": self.default,
            "rounds": self.rounds,
            "seed": self.arguments.seed,
            "trees": [{"dir": plain(shown), "file_system": first_line("findmnt", "-no", "FSTYPE", "-T", d) or
                       first_line("stat", "-f", "-c", "%T", d)} for shown, d in zip(self.shown, self.directories)],
            "files_before_and_after": self.files,
            "directories": self.count_of_directories,
        }

    def row_json(self, row):
        text = shlex.join(dict(zip(self.directories, self.shown)).get(word, word) for word in row.timed)
        return {
            "program": row.program, "label": row.label, "queue": row.queue, "result_queue": row.results,
            "threads": row.threads,
            "oversubscribed": row.program == "dirwalk" and row.threads > self.processors,
            "command": plain(text).replace(plain(f"{ROOT}/"), ""),
            "runs": len(row.seconds), "files": row.files, "failure": row.failure, "unread": row.unread,
            "seconds": row.seconds, "user_seconds": row.user, "system_seconds": row.system, "with_stats": row.stats,
        }

    def write(self):
        facts = self.facts()
        with open(self.output / "walk.json", "w", encoding="utf-8") as file:
            json.dump({"format": "qbench-walk/1", "machine": machine(self.build), "walk": facts,
                       "rows": [self.row_json(row) for row in self.rows]}, file, indent=1)
        text = "\n".join([*self.table(), "", *self.notes(facts)]) + "\n"
        (self.output / "table.txt").write_text(text, encoding="utf-8")
        print(text, end="")
        for row in self.rows:
            if row.failure:
                say(f"walks.py: {row.title}: {row.failure}")
        return any(row.failure for row in self.rows)

    def table(self):
        """The rows as lines: by numbers of threads, then by time; other programs last."""
        believed = [row for row in self.rows if not row.failure and row.program != "rawwalk"]
        fastest = min(believed, key=lambda row: statistics.median(row.seconds), default=None)
        wide = max(len(row.label) for row in self.rows)
        lines, group = ["", f"{'queue':{wide}}   time ms          relative  dirs/s  processor ms  in queue p50"
                        "       p99  runs  files"], None
        for row in sorted(self.rows, key=lambda row: (row.program != "dirwalk", row.program == "dirwalk" and row.threads,
                                                      statistics.median(row.seconds or [1e9]))):
            heading = "other programs" if row.program != "dirwalk" else f"{row.threads} thread" + \
                "s" * (row.threads > 1) + " (oversubscribed)" * (row.threads > self.processors)
            if heading != group:
                group = heading
                lines += ["", heading]
            files = f"{row.files} ok" if not row.failure else "FAILED" if row.files is None else f"{row.files} WRONG"
            if not row.seconds:
                lines.append(f"{row.label:{wide}}  {files}")
                continue
            time = statistics.median(row.seconds)
            spread = statistics.stdev(row.seconds) if len(row.seconds) > 1 else 0
            processor = statistics.median(map(sum, zip(row.user, row.system)))
            relative = statistics.median(map(lambda a, b: a / b, row.seconds, fastest.seconds)) if fastest else 1
            waited = [[walk["stats"]["time_in_queue_ns"][p] for walk in row.stats] for p in ("p50", "p99")]
            lines.append(f"{row.label:{wide}}  {time * 1e3:8.1f} ± {spread * 1e3:<8.1f} {relative:6.2f} "
                         f"{self.count_of_directories / time:7.0f}  {processor * 1e3:12.1f}  "
                         f"{duration(waited[0]):>12}{duration(waited[1]):>10}  {len(row.seconds):4}  {files}")
        return lines

    def notes(self, facts):
        """What must be known to read the table."""
        trees = ", ".join(f"{tree['dir']} ({tree['file_system']})" for tree in facts["trees"])
        commit = re.sub(r"^(.{12})[^-]*", r"\1", facts["commit"] or "none")
        labels = " ".join(row.label for row in self.rows if row.program == "dirwalk")
        notes = {
            f"{trees}: {self.files[0]} files in {self.count_of_directories} directories. {self.processors} processors, "
            f"{facts['processor']}, {facts['kernel']}, {facts['compiler']}, commit {commit}.": True,
            f"Time: median ± standard deviation of whole processes, each once in each of {self.rounds} rounds, in random "
            "order. Relative: time by that of the fastest row inside the same round, the median.": True,
            "Processor: user and system time of all threads. In queue: how long directories waited for a worker, "
            f"medians of {self.counts} walks with --stats, which are not timed.": True,
            "Floor: N walks at once that only open, read and close directories; their time divided by N.": True,
            "Oversubscribed: more workers than processors.": any(row.threads > self.processors for row in self.rows
                                                                 if row.program == "dirwalk"),
            "A + B results: directories travel on A, and results on B, which allows fewer consumers than there are "
            "workers.": " + " in labels,
            "A name with *: a C++ library, called through a pointer.": "*" in labels,
            "A name with ^: promises less order than FIFO. A walk does not need it.": "^" in labels,
            "The other programs list names where dirwalk counts; fd lists directories too. original.py gives a whole "
            "DIR to one worker.": True,
            "Parts of the tree could not be read (status 1), and are in no count.":
                self.incomplete or any(row.unread for row in self.rows),
            f"The tree changed meanwhile: find counted {self.files[0]} files before and {self.files[1]} after; a count "
            "between the two was taken for right.": self.files[0] != self.files[1],
            f"The machine was not quiet: other processes kept {self.busy:.2f} of its processors busy, on average. Times "
            "from a busy machine are rough.": self.busy > 0.05 * self.processors,
        }
        return [line for note, holds in notes.items() if holds
                for line in textwrap.wrap(note, 100, break_long_words=False, break_on_hyphens=False)]


def duration(nanoseconds):
    """The median of durations, with its unit."""
    if not nanoseconds:
        return "-"
    time = statistics.median(nanoseconds)
    for unit, name in (1e9, "s"), (1e6, "ms"), (1e3, "µs"):
        if time >= unit:
            return f"{time / unit:.1f} {name}"
    return f"{time:.0f} ns"


class Quiet:
    """The time of processors that others used: all but this program and what it ran."""

    def __init__(self):
        self.start, self.others = time.monotonic(), self.seconds()

    @staticmethod
    def seconds():
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        busy = sum(ticks[i] for i in (0, 1, 2, 5, 6, 7)) / os.sysconf("SC_CLK_TCK")
        return busy - sum(os.times()[:4])

    def used_by_others(self):
        return max(0, self.seconds() - self.others) / (time.monotonic() - self.start)


def machine(build):
    return json.loads(output_of(str(build / "qbench"), "machine", "--json") or "{}")


# --- trees of extreme shapes ---------------------------------------------------------------------

class Trees:
    """Walks of made-up trees with two workers, each queue relative to the default one."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.build = arguments, folder, ROOT / "build/release"
        dirwalk = [str(self.build / "dirwalk"), "-j2"]
        default, listed = known_queues(self.build, folder)
        self.walks = {default: [*dirwalk, "-q", default]}
        for queue in chosen_queues(arguments.queues, listed, default):
            status, _, said = run([*dirwalk, "-q", queue, str(folder / "empty")])
            if status == 0:
                self.walks.setdefault(queue, [*dirwalk, "-q", queue])
            else:
                say(f"walks.py: trees without {queue}: {said}")

    def measure(self, name):
        """The samples of a tree. Each command has its turn once in each round of `rounds`."""
        numbers, shape = TREES[name]
        tree, samples = self.folder / name, self.folder / f"{name}.json"
        progress.show(f"trees: making {name}, {shape}")
        status, _, said = run([sys.executable, str(ROOT / "scripts/make_tree.py"), name, str(tree), *numbers.split()])
        if status != 0:
            fail(f"the tree {name} cannot be made: {said}")
        progress.show(f"trees: {self.arguments.rounds} rounds of {len(self.walks) + 1} commands on {name}")
        commands = {queue: [*walk, str(tree)] for queue, walk in self.walks.items()}
        commands["find"] = ["find", str(tree), "!", "-type", "d", "-printf", "x"]
        words = [word for queue, command in commands.items() for word in (queue, shlex.join(command))]
        # What it leaves when it is killed goes with the folder
        status, _, said = run([str(ROOT / "scripts/rounds.py"), "-r", str(self.arguments.rounds), "-o", str(samples),
                               *words], env={**os.environ, "TMPDIR": str(self.folder)})
        remove(tree)
        progress.end()
        if status != 0:
            say(f"walks.py: tree {name}: {said}")
        if not samples.exists():
            return None
        rounds = json.loads(samples.read_text())
        for command in rounds["commands"]:
            del command["command"]  # whose folders they were is private
        return {"name": name, "shape": shape, "rounds": rounds}

    @staticmethod
    def table(tree):
        commands = tree["rounds"]["commands"]
        yield f"{tree['name']}: {tree['shape']}; time relative to {commands[0]['name']}, and its 95 % interval"
        for command in commands:
            ratio = command["ratio"]
            yield (f"  {command['name']:16} {command['wall_ms']['median']:8.1f} ms  {ratio['median']:5.2f} "
                   f"({ratio['low']:.2f}, {ratio['high']:.2f})")
        yield ""

    def write(self, output):
        trees = [self.measure(name) for name in TREES]
        measured = [tree for tree in trees if tree]
        text = "\n".join(line for tree in measured for line in self.table(tree))
        print(text)
        if output and measured:
            (output / "trees.txt").write_text(text + "\n", encoding="utf-8")
            (output / "trees.json").write_text(json.dumps({
                "format": "qbench-trees/1", "machine": machine(self.build), "trees": measured}, indent=1))
        return len(measured) < len(trees)


def remove(folder):
    """Removes a folder that may be deeper than Python can recurse."""
    subprocess.run(["rm", "-rf", "--", str(folder)], check=False)


def memory_folder():
    """A folder in memory with room for the trees; None, for the usual one, if there is none or TMPDIR is set."""
    shared = "/dev/shm"
    room = "TMPDIR" not in os.environ and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= 1 << 30
    return shared if room else None


def arguments_of():
    parser = argparse.ArgumentParser(prog="walks.py", description=__doc__.partition("\n")[0])
    modes = parser.add_subparsers(dest="mode", required=True)
    real = modes.add_parser("real", help="walk directories; hyperfine is the clock")
    trees = modes.add_parser("trees", help="walk made-up trees of extreme shapes in memory, with two workers")
    real.add_argument("--effort", choices=ROUNDS, default="default", help=", ".join(
        f"{effort}: {rounds} rounds" for effort, (rounds, _) in ROUNDS.items()))
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
    for number in SIGNALS:
        signal.signal(number, on_signal)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    arguments = arguments_of()
    folder = Path(tempfile.mkdtemp(prefix="qbench-walks-", dir=memory_folder() if arguments.mode == "trees" else None))
    try:
        if arguments.mode == "trees":
            return Trees(arguments, folder).write(arguments.output)
        real = Real(arguments, folder)
        real.measure(arguments.output)
        return real.write()
    except Signalled as signalled:
        # The caller sees which signal it was
        ended_by = signalled.args[0]
    except OSError as error:
        fail(error)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        remove(folder)
    signal.signal(ended_by, signal.SIG_DFL)
    os.kill(os.getpid(), ended_by)


if __name__ == "__main__":
    sys.exit(main())
