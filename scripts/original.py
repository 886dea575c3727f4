#!/usr/bin/env python3
"""Counts files with a pool of threads and two queues: the program that dirwalk started from.

One queue hands directories to the workers, the other brings their results to the main thread. A
DIR is one item, walked to its end by one worker: more workers than DIRs have nothing to do.
"Files" are all entries that are not directories, as in: find -H DIR ! -type d
"""

import argparse
import os
import queue
import sys
import threading


def count_files(directory):
    """Return the number of files below directory, and the errors that were met."""
    errors = []
    files = walked = 0
    for _, directories, others in os.walk(directory, onerror=errors.append):
        files += len(directories) + len(others)
        walked += 1
    # os.walk lists a symbolic link to a directory among the directories, but does not enter it.
    # What it entered, or failed to enter, was a directory; the first was nobody's entry.
    return files - (walked + len(errors) - 1), errors


def work(directories, results):
    """Walk directories until the None that ends them."""
    while (directory := directories.get()) is not None:
        results.put((threading.current_thread().name, directory, *count_files(directory)))


def workers_of(text):
    """Return the number of workers that text asks for."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 4096")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-j", "--threads", metavar="N", type=workers_of,
                        default=len(os.sched_getaffinity(0)),
                        help="workers (default: processors available to the process)")
    parser.add_argument("directories", metavar="DIR", nargs="*", default=["."])
    arguments = parser.parse_args()
    for stream in sys.stdout, sys.stderr:
        if stream is not None:  # closed by who started us: print is then silent
            stream.reconfigure(errors="surrogateescape")  # names are bytes: give back what came

    directories, results = queue.Queue(), queue.Queue()
    for directory in arguments.directories + [None] * arguments.threads:
        directories.put(directory)
    print(f"Assigned {len(arguments.directories)} dirs to {arguments.threads} workers", flush=True)
    for number in range(1, arguments.threads + 1):
        threading.Thread(target=work, args=(directories, results), name=f"worker-{number}",
                         daemon=True).start()

    failed = False
    for _ in arguments.directories:
        worker, directory, files, errors = results.get()
        for error in errors:
            print(f"original.py: {error.filename}: {error.strerror}", file=sys.stderr)
        failed |= bool(errors)
        print(f"From thread {worker}: {files} files found in dir {directory}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        # what the stream still holds must not fail once more at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # a reader that went away is nothing to report
            sys.exit(f"original.py: standard output: {error.strerror}")
