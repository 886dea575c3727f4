#!/usr/bin/env bash
# --progress prints a live line on standard error if that is a terminal, and removes the line at the end.
# Elsewhere it prints no live line.

source "$(dirname "$0")/lib.sh"

make_tree tree
dirs=()
for i in {1..500}; do
	dirs+=(tree)
done

for option in --threads=2 --print --json; do
	expect_status 0 "$program" --progress "$option" "${dirs[@]}"
	expect_empty "$err"
done
expect_status 1 "$program" --progress missing tree
expect_equal "standard error" "$(<"$err")" "dirwalk: missing: No such file or directory"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	skip "the rest: no script, which makes terminals"
fi
# Standard output goes to a file, so the terminal shows only standard error. An error at the end must
# replace the live line.
printf '"%s" --progress -j2 $(for i in {1..500}; do echo tree; done) missing >out' "$program" >command
status=0
SHELL=$(command -v bash) limited script -qec "$(<command)" /dev/null </dev/null >"$err" || status=$?
expect_equal status "$status" 1
tr '\r' '\n' <"$err" >lines
grep -qaE $'^\e\\[K[0-9]+ files, [0-9]+ directories, [01] errors' lines || fail "no live line"
last=$(tail -c 200 "$err" | tr -d '\n')
[[ $last == *$'\e[K'* ]] || fail "the live line is still there at the end: ${last@Q}"
[[ ${last##*$'\e[K'} != *files* ]] || fail "the live line is still there at the end: ${last@Q}"
# The message stands on a line of its own
grep -qaE $'^(\e\\[K)?dirwalk: missing: No such file or directory$' lines ||
	fail "the message is mixed up with the live line"
expect_equal "lines of the totals" "$(wc -l <out)" 502

# With a listing on the same terminal, each name stands on a line of its own
printf 'stty cols 20; "%s" --progress --print -j2 $(for i in {1..300}; do echo tree/wide; done)' "$program" >command
SHELL=$(command -v bash) limited script -qec "$(<command)" /dev/null </dev/null >shown ||
	fail "--progress --print on a terminal"
/usr/bin/python3 - shown <<'END' || fail "--progress and --print write over each other"
import re, subprocess, sys
shown = open(sys.argv[1], "rb").read()
rows, row = [], b""
widest = 0
# What a terminal shows: \r and ESC [ K remove a line
for piece in re.split(rb"(\r\x1b\[K|\r\n|\r|\n)", shown):
    if piece == b"\r\x1b[K":
        row = b""
    elif piece in (b"\r\n", b"\n"):
        rows.append(row)
        row = b""
    elif piece == b"\r":
        pass
    else:
        row += piece
        if b" files" in row or b"files," in row:
            widest = max(widest, len(row))
wanted = subprocess.run(["find", "tree/wide", "!", "-type", "d"], stdout=subprocess.PIPE).stdout.split(b"\n")[:-1]
other = set(rows) ^ set(wanted)
print("rows that are wrong:", list(other)[:5], "widest live line:", widest)
sys.exit(bool(other) or widest >= 20 or widest == 0)
END

# dirwalk is not stopped in the background of a terminal that stops writers
/usr/bin/python3 - "$program" "${dirs[@]}" <<'END' || fail "stopped in the background"
import os, pty, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    settings = termios.tcgetattr(2)
    settings[3] |= termios.TOSTOP
    termios.tcsetattr(2, termios.TCSANOW, settings)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
        os.execv(sys.argv[1], [sys.argv[1], "--progress"] + sys.argv[2:] * 4)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(child, 9)
    os._exit(os.WIFSTOPPED(status))
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
END
