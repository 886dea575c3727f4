#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times commands against the first of them, with hyperfine: each runs once a round, in random order.

    rounds.py old 'build/old/dirwalk /usr' new 'build/release/dirwalk /usr'

Runs of one command after another cannot be compared on a machine whose speed changes from second to second. Whatever
slows a round slows all of it, so ratios are taken inside rounds: the median over the rounds, with a bootstrap
interval. A COMMAND is split as a shell splits it and nothing else: for pipes, write sh -c '...'. Its output
goes to /dev/null, which a few programs notice, and then do less (GNU grep stops at the first match).
"""

import argparse
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile

LEVEL, RESAMPLES = 0.95, 2000


def plain(text):
    """Text for JSON and for people: without control characters, and valid UTF-8."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", os.fsencode(text).decode("utf-8", "replace"))


class Starting:
    """Puts off a signal that comes while a process is started, before anything could end that process."""
    now, signal = False, None

    @classmethod
    def over(cls):
        cls.now = False
        if cls.signal:
            sys.exit(128 + cls.signal)


def end_on_signals():
    """Lets a signal end this program by an exception, so that what it runs and its folders go with it."""
    def end(number, _):
        for other in signals:
            signal.signal(other, signal.SIG_IGN)
        Starting.signal = number
        if not Starting.now:
            sys.exit(128 + number)
    signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    for number in signals:
        signal.signal(number, end)


def run(command, patience=None):
    """Runs a command. Returns its status, its output and the last line of its messages.

    It is a session of its own, which ends with this program. Raises TimeoutError after `patience` seconds."""
    Starting.now = True
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
    except OSError:
        Starting.over()
        raise
    with process:
        try:
            Starting.over()
            output, messages = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no end within {patience} s: {os.path.basename(command[0])} hangs") from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
    lines = messages.decode("utf-8", "replace").strip().splitlines()
    return process.returncode, output, plain(lines[-1]) if lines else ""


def time_round(commands, exported, *options, patience=None):
    """Runs each command once, in the order given. Returns hyperfine's results; raises OSError with its words."""
    status, _, said = run(["hyperfine", "-N", "--style=none", "--warmup=0", "--runs=1", "--export-json", exported,
                           *options, *commands], patience)
    if status != 0:
        raise OSError(f"hyperfine failed: {said}")
    with open(exported, encoding="utf-8") as stream:
        return json.load(stream)["results"]


def estimate(values, rng):
    """The median and its interval: the percentile bootstrap."""
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - LEVEL) / 2
    return {"median": statistics.median(values), "low": medians[int(tail * RESAMPLES)],
            "high": medians[int((1 - tail) * RESAMPLES) - 1]}


def measure(pairs, rounds, warmups=2, seed=1, options=(), tell=lambda text: None):
    """Times pairs of a name and a command. Returns what --output writes."""
    rng = random.Random(seed)
    commands = [{"name": name, "command": command, "samples": {"wall_ms": [], "user_ms": [], "system_ms": []}}
                for name, command in pairs]
    with tempfile.NamedTemporaryFile() as exported:
        for number in range(warmups + rounds):
            tell(f"round {number + 1} of {warmups + rounds}")
            order = rng.sample(commands, len(commands))
            results = time_round([command["command"] for command in order], exported.name, *options)
            for command, result in zip(order, results):
                if number >= warmups:
                    command["samples"]["wall_ms"].append(result["times"][0] * 1e3)
                    command["samples"]["user_ms"].append(result["user"] * 1e3)
                    command["samples"]["system_ms"].append(result["system"] * 1e3)
    first = commands[0]["samples"]["wall_ms"]
    for command in commands:
        wall, user, system = command["samples"].values()
        command["wall_ms"] = estimate(wall, rng)
        command["cpu_ms"] = statistics.median(map(sum, zip(user, system)))
        command["ratio"] = estimate([a / b for a, b in zip(wall, first)], rng)
    return {"format": "qbench-rounds-1", "seed": seed, "rounds": rounds, "warmups": warmups, "level": LEVEL,
            "resamples": RESAMPLES, "commands": commands}


def table(measured):
    commands = measured["commands"]
    width = max(len(command["name"]) for command in commands)
    yield (f"Medians of {measured['rounds']} rounds, with their {LEVEL:.0%} intervals. "
           f"Ratios are to {commands[0]['name']}.")
    yield ""
    yield f"{'':{width}}  {'wall ms':>8}{'cpu ms':>32}     ratio"
    for command in commands:
        interval = "" if command is commands[0] else " [{low:.3f} {high:.3f}]".format(**command["ratio"])
        yield (f"{command['name']:{width}}  " + "{median:8.2f} [{low:9.2f} {high:9.2f}]".format(**command["wall_ms"]) +
               f"{command['cpu_ms']:10.2f} {command['ratio']['median']:9.3f}{interval}")


def count(text):
    if not text.isdecimal() or int(text) > 1000000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1000000")
    return int(text)


def arguments_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-i", "--ignore-failures", action="store_true", help="go on if a command fails")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a JSON object with every sample")
    parser.add_argument("-r", "--rounds", metavar="N", type=count, default=15, help="rounds that count (15)")
    parser.add_argument("-s", "--seed", metavar="N", type=count, default=1,
                        help="seed of the orders and of the bootstrap (1)")
    parser.add_argument("-w", "--warmups", metavar="N", type=count, default=2, help="rounds before them (2)")
    parser.add_argument("pairs", metavar="NAME COMMAND", nargs="+")
    arguments = parser.parse_args()
    if len(arguments.pairs) % 2 or arguments.rounds == 0:
        parser.error("each NAME takes a COMMAND, and at least one round counts")
    return arguments


def main():
    arguments = arguments_of()
    end_on_signals()
    try:
        measured = measure(zip(arguments.pairs[::2], arguments.pairs[1::2]), arguments.rounds, arguments.warmups,
                           arguments.seed, ["--ignore-failure"] * arguments.ignore_failures)
        print(*table(measured), sep="\n")
        if arguments.output:
            with open(arguments.output, "w", encoding="utf-8") as stream:
                json.dump(measured, stream, indent=1)
    except OSError as error:
        sys.exit(f"rounds.py: {error}")


if __name__ == "__main__":
    main()
