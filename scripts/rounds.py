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
import random
import statistics
import subprocess
import sys
import tempfile

LEVEL, RESAMPLES = 0.95, 10000


def time_round(commands, exported, ignore_failures=False, **options):
    """Runs each command once, in the order given. Returns hyperfine's results; exits with its words if it fails."""
    call = ["hyperfine", "-N", "--style=none", "--warmup=0", "--runs=1", "--export-json", exported]
    ran = subprocess.run(call + ["--ignore-failure"] * ignore_failures + commands, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    if ran.returncode != 0:
        sys.exit(f"{sys.argv[0]}: hyperfine failed: " + ran.stderr.decode("utf-8", "replace").strip())
    with open(exported, encoding="utf-8") as stream:
        return json.load(stream)["results"]


def estimate(values, rng):
    """The median and its interval: the percentile bootstrap."""
    medians = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - LEVEL) / 2
    return {"median": statistics.median(values), "low": medians[int(tail * RESAMPLES)],
            "high": medians[int((1 - tail) * RESAMPLES) - 1]}


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
    rng = random.Random(arguments.seed)
    commands = [{"name": name, "command": command, "samples": {"wall_ms": [], "user_ms": [], "system_ms": []}}
                for name, command in zip(arguments.pairs[::2], arguments.pairs[1::2])]
    with tempfile.NamedTemporaryFile() as exported:
        for number in range(arguments.warmups + arguments.rounds):
            order = rng.sample(commands, len(commands))
            results = time_round([command["command"] for command in order], exported.name,
                                 arguments.ignore_failures)
            for command, result in zip(order, results):
                if number >= arguments.warmups:
                    command["samples"]["wall_ms"].append(result["times"][0] * 1e3)
                    command["samples"]["user_ms"].append(result["user"] * 1e3)
                    command["samples"]["system_ms"].append(result["system"] * 1e3)

    width = max(len(command["name"]) for command in commands)
    print(f"Medians of {arguments.rounds} rounds, with their {LEVEL:.0%} intervals. Ratios are to {commands[0]['name']}.\n")
    print(f"{'':{width}}  {'wall ms':>8}{'cpu ms':>32}     ratio")
    first = commands[0]["samples"]["wall_ms"]
    for command in commands:
        wall = command["samples"]["wall_ms"]
        command["wall_ms"] = estimate(wall, rng)
        command["cpu_ms"] = statistics.median(map(sum, zip(command["samples"]["user_ms"], command["samples"]["system_ms"])))
        command["ratio"] = estimate([a / b for a, b in zip(wall, first)], rng)
        interval = "" if command is commands[0] else " [{low:.3f} {high:.3f}]".format(**command["ratio"])
        print(f"{command['name']:{width}}  " + "{median:8.2f} [{low:9.2f} {high:9.2f}]".format(**command["wall_ms"]) +
              f"{command['cpu_ms']:10.2f} {command['ratio']['median']:9.3f}{interval}")
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as stream:
            json.dump({"format": "qbench-rounds-1", "seed": arguments.seed, "rounds": arguments.rounds,
                       "warmups": arguments.warmups, "level": LEVEL, "resamples": RESAMPLES, "commands": commands},
                      stream, indent=1)


if __name__ == "__main__":
    main()
