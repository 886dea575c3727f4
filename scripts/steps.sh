# shellcheck shell=bash disable=SC2154
# What the scripts share, which set `root` to the top of the sources: messages, steps that show their
# progress, and an end that leaves no process and no temporary folder behind.

say() {
	printf '%s\n' "$*" >&2
}

die() { # STATUS MESSAGE...
	local status=$1
	shift
	say "${0##*/}: $*"
	exit "$status"
}

# Ends a script whose usage() was asked for, or that was used wrongly.
show_usage() {
	usage
	exit 0
}

wrong_usage() { # [MESSAGE...]
	(($# == 0)) || say "${0##*/}: $*"
	usage >&2
	exit 2
}

# --- the end -------------------------------------------------------------------------------------

scratch='' # a folder that is removed when the script ends
child=''   # the process that the script waits for

trap '[[ ! $scratch ]] || rm -rf -- "$scratch"' EXIT
for signal in INT TERM HUP; do
	# shellcheck disable=SC2064
	trap "end_by $signal" "$signal"
done

# Ends the child and then this script, by the same signal, which the caller of the script can see.
end_by() { # SIGNAL
	trap '' INT TERM HUP
	if [[ $child ]]; then
		kill -TERM "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	say
	say "${0##*/}: ended by SIG$1"
	exec 2>/dev/null
	[[ ! $scratch ]] || rm -rf -- "$scratch"
	trap - EXIT "$1"
	kill -s "$1" $$
}

# Runs a command so that a signal to this script ends both: bash runs a trap during `wait`, but not
# while it waits for a command in the foreground.
attend() { # COMMAND...
	local status=0
	"$@" &
	child=$!
	wait "$child" || status=$?
	child=''
	return "$status"
}

# --- progress ------------------------------------------------------------------------------------

moving=false
if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then
	moving=true
fi

# Shows a line of progress: on a terminal in place of the one before.
show() { # TEXT
	local text=${1//[[:cntrl:]]/?} columns
	if $moving; then
		read -r _ columns < <(stty size <&2 2>/dev/null) || columns=80
		printf '\r\033[K%s' "${text:0:$((columns > 1 ? columns - 1 : 79))}" >&2
	else
		say "$text"
	fi
}

# Removes the moving line.
shown() {
	if $moving; then
		printf '\r\033[K' >&2
	fi
}

# Runs a command whose output goes to LOG, and shows the last line of it: on a terminal as a line that
# moves, elsewhere every ten seconds. Says how long it took, or shows the end of LOG.
step() { # LABEL LOG COMMAND...
	local label=$1 log=$2 status=0 start=$SECONDS next=$((SECONDS + 10))
	shift 2
	show "$label ..."
	"$@" >"$log" 2>&1 &
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		sleep 0.1
		if $moving || ((SECONDS >= next)); then
			next=$((SECONDS + 10))
			show "$label: $((SECONDS - start)) s, $(tail -n 1 "$log" | tr -d '\0')"
		fi
	done
	wait "$child" || status=$?
	child=''
	shown
	if ((status != 0)); then
		tail -n 40 "$log" >&2
		say "$label: failed (above)"
	else
		say "$label: done in $((SECONDS - start)) s"
	fi
	return "$status"
}

# --- results -------------------------------------------------------------------------------------

# Runs qbench, whose samples go to FOLDER/NAME.json, and its tables to FOLDER/NAME.txt.
measure() { # FOLDER NAME COMMAND OPTION...
	local to=$1/$2
	shift 2
	say "$1: qbench $*"
	attend "$root/build/release/qbench" "$@" -o "$to.json" >"$to.txt"
}

# The files of qbench run: those that the answer rests on, and others.
runs=(situations qbench tail idle polls others loads threads)

# Writes the report of a folder's files into it, of all runs, and prints the answer.
write_report() { # FOLDER, from the root
	local name file files=()
	for name in walk trees "${runs[@]}" verify simulate; do
		for file in "$1/$name".json "$1/$name"-[2-9].json; do
			[[ ! -f $file ]] || files+=("${file##*/}")
		done
	done
	# From inside: the report names its files as they are given
	say "$1: qbench report ${files[*]}"
	attend env -C "$1" "$root/build/release/qbench" report -o "$1" "${files[@]}"
}
