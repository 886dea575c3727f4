#!/usr/bin/env bash
# On a terminal tables are as wide as it is, and coloured by verdict unless NO_COLOR is set; in a pipe they
# are plain.
# not-under: asan tsan (tables are the same as those of the release)

source "$(dirname "$0")/lib.sh"

cat >terminal.py <<'END'
import fcntl, os, pty, struct, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
    os.execvp(command[0], command)
said = b""
try:
    while part := os.read(terminal, 65536):
        said += part
except OSError:
    pass
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
asked=(run --workloads=pairwise,replay --threads=1 --rounds=2 --queues=vyukov,mutex_ring --duration=1 --warm-up=0)
shown() { # COLUMNS VARIABLE=VALUE...: writes the tables on such a terminal to "shown"
	env "${@:2}" timeout 100 /usr/bin/python3 terminal.py "$1" "$program" "${asked[@]}" >shown || fail "status $? on a terminal"
	# What is said of the machine is no table
	tr -d '\r' <shown | sed '/^The machine was busy/,$d' >lines
}

escape=$'\x1b'
shown 80 TERM=xterm NO_COLOR=
grep -q "^$escape\[1;32mbest " lines || fail "the best is not bold"
grep -qE "^$escape\[3[123]m(slower|as good|undecided) " lines || fail "what is not the best has no colour"
for columns in 80 60 40; do
	shown "$columns" TERM=xterm NO_COLOR=1
	grep -q "$escape" lines && fail "colours in spite of NO_COLOR"
	grep -nE ".{$((columns + 1))}" lines && fail "a line is wider than $columns columns"
	grep -q 'A wider terminal' lines || fail "it does not say that columns are left out"
done
shown 80 TERM=dumb NO_COLOR=
grep -q "$escape" lines && fail "colours on a terminal that has none"
TERM=xterm run "${asked[@]}"
((status == 0)) || fail "status $status"
grep -q "$escape" out && fail "colours in a pipe"
grep -qE '^.{100}' out || fail "a pipe is as narrow as a terminal"
grep -q 'min/max' out || fail "columns are missing in a pipe"
exit 0
