#!/usr/bin/env python3
"""Counts files with a pool of threads and two queues: the program that dirwalk began as.

One queue hands directories to the workers, the other brings results to the main thread. Each DIR is
one item, which one worker walks to its end, so workers beyond the number of DIRs have nothing to do.
Files are all entries that are not directories, as in: find -H DIR ! -type d
"""

import argparse
import os
import queue
import sys
import threading


def count_files(directory):
    """Return the number of files below directory, and the errors on the way."""
    errors = []
    files = walked = 0
    for _, directories, others in os.walk(directory, onerror=errors.append):
        files += len(directories) + len(others)
        walked += 1
    # os.walk lists symbolic links to directories among the directories, but does not enter them. So the
    # directories are those that it entered or failed to enter, without the first, which is no entry.
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
        if stream is not None:  # None if the caller closed it; print does nothing then
            stream.reconfigure(errors="surrogateescape")  # write names as the bytes that they are

    directories, results = queue.Queue(), queue.Queue()
    for directory in arguments.directories + [None] * arguments.threads:
        directories.put(directory)
    count, threads = sum(map(os.path.isdir, arguments.directories)), arguments.threads
    print(f"Assigned {count} dir{'s' * (count != 1)} to {threads} worker{'s' * (threads != 1)}", flush=True)
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
        # what the stream still holds must not fail again at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # a reader that has gone away is no error
            sys.exit(f"original.py: standard output: {error.strerror}")
