#!/usr/bin/env bash
# Each message is one write, so that lines of several programs do not mix, and many messages are fast.
# not-under: asan tsan (a sanitizer and strace)

source "$(dirname "$0")/lib.sh"

command -v strace >/dev/null || skip "no strace"
strace -o /dev/null true 2>/dev/null || skip "strace is not allowed here"

run strace -f -e trace=write -o trace "$program" missing/{1..50} .
expect_equal status "$status" 1
expect_equal "messages" "$(wc -l <"$err")" 50
expect_equal "writes to standard error" "$(grep -c 'write(2,' trace)" 50
run strace -f -e trace=write -o trace "$program" --queue=nonsense
expect_equal "writes of a message about usage" "$(grep -c 'write(2,' trace)" "$(wc -l <"$err")"
