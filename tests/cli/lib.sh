# Shared by the tests of dirwalk, which source it first, with their own arguments. Each test starts in a
# folder of its own, which is removed at its end. There are commands that must end in time, and trees to
# walk.

set -euo pipefail
export LC_ALL=C
umask 022

program=${1:?usage: ${0##*/} DIRWALK}
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The library of the sanitizer, "emulator" where a script runs the program under one, or empty
sanitizer=$(ldd "$program" 2>/dev/null | grep -o -m1 'lib[at]san' || true)
if [[ $(head -c 2 "$program" | tr -d '\0') == '#!' ]]; then
	sanitizer=emulator
fi

# Seconds that a command may take. The limit is for hangs: no command here takes a tenth of it.
limit=30
if [[ $sanitizer ]]; then
	limit=300
fi

# In memory, if there is enough: files are made many times faster there
folder=${TMPDIR:-/tmp}
if [[ ! ${TMPDIR-} && -w /dev/shm ]] &&
	(($(df --output=avail -B1M /dev/shm 2>/dev/null | tail -n 1) >= 512)); then
	folder=/dev/shm
fi
scratch=$(mktemp -d "$folder/qbench.XXXXXXXXXX")
# Other users must get in if root started the test
chmod 755 "$scratch"
out=$scratch/.out
err=$scratch/.err
# Processes that the test started and has not waited for
started=()

clean_up() {
	local status=$?
	local process
	for process in "${started[@]}"; do
		kill -KILL "$process" 2>/dev/null || true
	done
	cd /
	if ((EUID != 0)); then
		chmod -R u+rwX -- "$scratch" 2>/dev/null || true
	fi
	# What a killed process had begun may still make an entry
	rm -rf -- "$scratch" 2>/dev/null || { sleep 1 && rm -rf -- "$scratch"; }
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$scratch/in"
cd "$scratch/in"

# Ends the test as failed, and prints the standard error of the last command.
fail() {
	printf 'FAILED: %s\n' "$*" >&2
	if [[ -s $err ]]; then
		printf 'standard error began with:\n' >&2
		head -c 2000 -- "$err" >&2
	fi
	exit 1
}

# Ends the test as skipped.
skip() {
	printf 'skipped: %s\n' "$*"
	exit 77
}

# limited CMD...: runs CMD for $limit seconds at most. Returns its status, or 124 if it hung.
limited() {
	timeout --kill-after=5 "$limit" "$@"
}

# run CMD...: runs CMD, limited; its output goes to $out and $err, its status to $status.
run() {
	status=0
	limited "$@" </dev/null >"$out" 2>"$err" || status=$?
	if ((status == 124 || status == 137)); then
		fail "did not end within $limit s: $*"
	fi
}

# expect_status N CMD...: like run; fails unless the status is N.
expect_status() {
	local wanted=$1
	shift
	run "$@"
	if ((status != wanted)); then
		fail "status $status instead of $wanted: $*"
	fi
}

# expect_equal WHAT ACTUAL WANTED
expect_equal() {
	if [[ $2 != "$3" ]]; then
		fail "$1: ${2@Q} instead of ${3@Q}"
	fi
}

# expect_same_file WHAT ACTUAL WANTED: fails unless the files have the same bytes.
expect_same_file() {
	cmp -s -- "$2" "$3" || fail "$1: $(cmp -- "$2" "$3" 2>&1 || true)"
}

# expect_says FILE TEXT: fails unless a line of FILE contains TEXT.
expect_says() {
	[[ $(<"$1") == *"$2"* ]] || fail "nowhere in ${1##*/.}: ${2@Q}"
}

# expect_empty FILE
expect_empty() {
	[[ ! -s $1 ]] || fail "something in ${1##*/.}: $(head -c 500 -- "$1")"
}

# Names that find would take for options must be given as ./-name.
count_files() {
	find -H "$@" ! -type d -printf x | wc -c
}
count_directories() {
	find -H "$@" -type d -printf x | wc -c
}

# totals JSON-FILE: prints "FILES DIRECTORIES ERRORS", without jq, which takes time to start.
totals() {
	local text
	text=$(<"$1")
	local pattern=$'\n  "files": ([0-9]+),\n  "directories": ([0-9]+),\n  "errors": ([0-9]+),\n'
	[[ $text =~ $pattern ]] || fail "no totals in ${1##*/.}: ${text:0:500}"
	echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[3]}"
}

# expect_totals STATUS "FILES DIRECTORIES ERRORS" ARGUMENT...: for dirwalk --json ARGUMENT...
expect_totals() {
	local wanted_status=$1 wanted=$2
	shift 2
	expect_status "$wanted_status" "$program" --json "$@"
	expect_equal "files, directories and errors of dirwalk $*" "$(totals "$out")" "$wanted"
}

# assigned DIRS WORKERS: prints the first line that dirwalk prints without a listing of files.
assigned() {
	local dirs=dirs workers=workers
	(($1 != 1)) || dirs=dir
	(($2 != 1)) || workers=worker
	echo "Assigned $1 $dirs to $2 $workers"
}

# need_cc: skips the test if no library can replace calls of the program.
need_cc() {
	[[ ! $sanitizer ]] || skip "a sanitizer's runtime must be the first library that is loaded"
	command -v cc >/dev/null || skip "no compiler"
}

# need_shim: sets $shim, an argument of env that replaces calls of the program by those of shim.c.
need_shim() {
	need_cc
	cc -shared -fPIC -o "$scratch/shim.so" "$sources/tests/cli/shim.c" -ldl
	shim=LD_PRELOAD=$scratch/shim.so
}

# need_nobody: sets $as_nobody, a prefix that runs a command as a user without rights. Lets that user run
# the program. Skips the test if there is no such user.
need_nobody() {
	as_nobody=(env)
	if ((EUID == 0)); then
		as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		if ! "${as_nobody[@]}" true 2>/dev/null; then
			skip "no way to become a user without rights"
		fi
	fi
	if ! "${as_nobody[@]}" test -x "$program"; then
		cp -- "$program" "$scratch/dirwalk"
		program=$scratch/dirwalk
	fi
}

# wait_until WHAT CMD...: polls until CMD succeeds.
wait_until() {
	local what=$1 tries
	shift
	for ((tries = 0; tries < limit * 100; ++tries)); do
		if "$@"; then
			return
		fi
		sleep 0.01
	done
	fail "did not happen within $limit s: $what"
}

# await PROCESS: waits for a process of $started, limited; its status goes to $status.
await() {
	local process=$1
	# A dead process remains as a zombie until it is waited for
	wait_until "the end of process $process" has_ended "$process"
	status=0
	wait "$process" || status=$?
	started=()
}

has_ended() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ ${stat##*) } == Z* ]]
}

# has_a_worker PROCESS: true if a thread of the process has the name of a worker.
has_a_worker() {
	grep -qs '^worker-' "/proc/$1/task/"*/comm
}

# blocks_signals PROCESS: true if dirwalk runs there and blocks SIGINT and SIGTERM, to wait for them; or if
# the process has ended.
blocks_signals() {
	local name mask
	! has_ended "$1" || return 0
	{ read -r name <"/proc/$1/comm"; } 2>/dev/null || return 0
	mask=$(sed -n 's/^SigBlk:\s*//p' "/proc/$1/status" 2>/dev/null) || return 0
	# Between fork and exec, the shell and the C library block signals too, but also SIGQUIT
	[[ $name == "$(basename "$program")" ]] && (((16#$mask & 0x4006) == 0x4002))
}

# stands_still PROCESS: true if none of its threads runs or waits for a processor, and none has run since the last look.
stands_still() {
	local before=${looked-}
	looked=$(grep -shE '^(State|voluntary_ctxt_switches):' "/proc/$1/task/"*/status || true)
	[[ $looked == "$before" && ! $looked =~ State:[[:space:]]*[^S[:space:]] ]]
}

# had_time BEGAN COMMAND...: false if COMMAND fails, and the process took from the signal at BEGAN as long as dirwalk waits
# until it dies without totals: on a busy machine main may have had no processor. The caller then tries again; the fourth
# time (under a sanitizer the seventh) fails the test.
had_time() {
	local took=$((${EPOCHREALTIME/./} - ${1/./}))
	shift
	if ((status < 128 || took < 900000)) || "$@" >/dev/null 2>&1; then
		return
	fi
	((++late <= (${#sanitizer} > 0 ? 6 : 3))) || fail "$late signals left no totals, the last after $took us"
	return 1
}
late=0

# is_json: true if $out is JSON. To jq nothing is JSON, too.
is_json() {
	[[ -s $out ]] && jq -e . "$out"
}

# stand_still DIRWALK-COMMAND...: starts a walk, as ${started[0]}, whose workers all stop after a short
# listing and sleep, because nobody reads it and the queue is small. Descriptor 3 keeps the pipe open.
stand_still() {
	rm -f pipe
	mkfifo pipe
	exec 3<>pipe
	if [[ ! ${bounded-} ]]; then
		bounded=$(limited "$program" --queue=help | awk '$2 == "bounded" && $3 == "any" && $4 ~ /park/ && !found++ { print $1 }')
	fi
	"$@" --queue="$bounded" --capacity=1 </dev/null >pipe 2>"$err" 3>&- &
	started=($!)
	wait_until "the walk has begun" has_a_worker "${started[0]}"
	wait_until "the walk stands still" stands_still "${started[0]}"
}

# make_tree DIR: makes an uneven tree of some hundred directories, with every kind of entry. It starts few processes,
# since many tests make one.
make_tree() {
	local top=$1 i j directory=$1/deep files=()
	for ((i = 1; i <= 64; ++i)); do
		for ((j = 1; j <= i % 5; ++j)); do
			files+=("$top/wide/$i/$j")
		done
	done
	files+=("$directory/file")
	for ((i = 1; i <= 40; ++i)); do
		directory+=/d$((i % 3))
		files+=("$directory/file")
	done
	mkdir -p "$top"/wide/{1..64} "$top"/{empty,.hidden/.more} "$top/with  spaces" \
		"$top"/$'new\nline\n' "$top"/$'not UTF-8 \xff\xc3(' "$top/-dash" "$directory"
	touch "${files[@]}" "$top"/{file,.hidden/{.file,file},.hidden/.more/file,"with  spaces/ a  file "} \
		"$top"/$'new\nline\n/\n' "$top"/$'not UTF-8 \xff\xc3(/\xff' "$top"/-dash/--print
	mkfifo "$top/fifo"
	ln -s file "$top/link to a file"
	ln -s wide "$top/link to a directory"
	ln -s nowhere "$top/link to nowhere"
	ln -s .. "$top/wide/1/link upwards"
	ln -s self "$top/self"
}

# make_deep DIR DEPTH LENGTH: makes DIR with DEPTH nested directories, each with a name of LENGTH bytes and with a file
# in it. Paths may be longer than the system allows.
make_deep() {
	"$sources/scripts/make_tree.py" deep "$1" "$2" "$3" "$2"
}

# is_default QUEUE: true if dirwalk uses it for directories or results unless told.
is_default() {
	limited "$program" --json "$scratch" >"$out" 2>"$err" || true
	grep -q '"result_queue": "[a-z]' "$out" || fail "no default queue is named: $(<"$out")"
	grep -qE "\"(result_)?queue\": \"$1\"" "$out"
}
