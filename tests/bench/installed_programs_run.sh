#!/usr/bin/env bash
# What `cmake --install` installs works there: programs, modules, the walk to replay, manuals and
# completion. The manuals describe every option.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
cmake --install "$build" --prefix "$work/usr" >out 2>err || fail "cmake --install"
# Not from the folder of the build
chmod a-w usr
walk=$work/usr/bin/dirwalk
program=$work/usr/bin/qbench

# Programs
mkdir -p tree/one/two && touch tree/a tree/one/b tree/one/two/c
"$walk" tree >out 2>err || fail "the installed dirwalk fails"
grep -q '^3 files found in dir tree' out || fail "the installed dirwalk counts wrong"
mapfile -t queues < <("$walk" --queue=help | awk 'NR > 1 && $1 != "" { print $1 }')
[[ ${#queues[@]} == "$("$build/dirwalk" --queue=help | awk 'NR > 1 && $1 != ""' | wc -l)" ]] ||
	fail "not all queues were installed"
for module in usr/lib*/qbench/*.so usr/lib/*/qbench/*.so; do
	if [[ -f $module ]]; then
		name=$(basename "$module" .so)
		run run --queues="$name" --workloads=pingpong --wait=yield --rounds=1 --duration=1 --warm-up=0
		((status == 0)) || fail "the installed module $name cannot be measured"
	fi
done
run run --queues=vyukov --workloads=replay --work=0 --threads=2 --rounds=1 --duration=2 --warm-up=0 -o run.json
((status == 0)) || fail "the installed qbench cannot replay its walk"
run verify --queues=vyukov --checks=model,memory --time=1s
((status == 0)) || fail "the installed qbench cannot verify"
run report -o report run.json
((status == 0)) || fail "the installed qbench cannot report"
# A module of one's own, from nothing but what was installed
sed 's/\bvyukov\b/mine/g' "$sources/queues/vyukov.c" >mine.c
if [[ ! $sanitizer ]]; then
	env -u BUILD usr/bin/qbench-module mine.c >out 2>err || fail "the installed qbench-module fails"
	[[ ! -s err ]] || fail "the installed qbench-module warns"
	run run --queues=./mine.so --workloads=pairwise --threads=1 --rounds=1 --duration=1 --warm-up=0
	((status == 0)) || fail "the module that the installed qbench-module made cannot be measured"
	if [[ -d $build/explore ]]; then
		verify_patiently '.queues[0].checks[0].verdict == "passed"' --queues=./mine.so --checks=explore ||
			fail "it cannot be explored"
		((status == 0)) || fail "status $status"
	fi
fi
run --version
grep -q '^qbench [0-9]' out || fail "no version"

[[ ! $sanitizer ]] || exit 0 # the rest is about manuals and completion
# Manuals
for page in dirwalk qbench qbench-module; do
	[[ -s usr/share/man/man1/$page.1 ]] || fail "no manual of $page"
	if command -v groff >/dev/null; then
		groff -man -ww -z -Tutf8 "usr/share/man/man1/$page.1" 2>err || fail "groff fails"
		[[ ! -s err ]] || fail "groff complains about $page.1"
	fi
done
tells() { # PAGE ARGUMENT...: fails unless the page has each option that the arguments print
	local page=$1 option text
	text=$(sed 's/\\//g' "usr/share/man/man1/$page.1")
	shift
	while read -r option; do
		grep -qE -- "$option([^a-z-]|$)" <<<"$text" ||
			fail "$page.1 does not tell of $option"
	done < <("$@" 2>&1 | grep -oE -- '^ +(-., +)?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' |
		grep -vE -- '--(help|usage)$')
}
tells dirwalk "$walk" --help
for command in list run verify report compare simulate export machine; do
	tells qbench "$program" "$command" --help
done

# Completion
[[ -e usr/share/bash-completion/completions/dirwalk ]] || fail "no completion of dirwalk"
# shellcheck source=/dev/null
source usr/share/bash-completion/completions/qbench
completes() { # WANTED WORD...: fails unless WANTED is a completion of the last word
	local wanted=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_qbench 2>err
	grep -qxF -- "$wanted" < <(printf '%s\n' "${COMPREPLY[@]}") ||
		fail "$* is not completed to $wanted, but to: ${COMPREPLY[*]}"
}
completes run "$program" r
completes vyukov "$walk" -q vy
completes vyukov "$walk" --queue = vy
completes scq,vyukov "$program" run --queues = scq,vy
completes producers_consumers "$program" run --workloads = prod
completes history "$program" verify --checks = hi
completes --tolerance= "$program" compare --tol
completes --queues= "$program" run --q
completes --threads= "$walk" --th
completes park "$walk" -w p
completes run.json "$program" report run.j
completes --workloads "$program" list --w
# What runs in zsh and in fish for the same words. They need not be there
elsewhere() { # WANTED WORD...
	local wanted=$1
	shift
	if command -v zsh >/dev/null; then
		# shellcheck disable=SC2016
		zsh -fc 'zmodload zsh/parameter; fpath=($1 $fpath); shift; compadd() { print -l -- "${@:3}"; }
			autoload -U _qbench; typeset -a words; words=("$@"); CURRENT=$#; _qbench' - \
			"$work/usr/share/zsh/site-functions" "$@" 2>err | grep -qxF -- "$wanted" || fail "zsh does not complete $*"
	fi
	if command -v fish >/dev/null; then
		PATH=$work/usr/bin:$PATH fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' \
			"$work/usr/share/fish/vendor_completions.d/qbench.fish" "$*" 2>err | grep -qxF -- "$wanted" ||
			fail "fish does not complete $*"
	fi
}
PATH=$work/usr/bin:$PATH
elsewhere run qbench r
elsewhere vyukov dirwalk -q vy
elsewhere --queue=vyukov dirwalk --queue=vy
elsewhere scq,vyukov qbench run -q scq,vy
COMP_WORDS=("$walk" -q zz) COMP_CWORD=2
_qbench
((${#COMPREPLY[@]} == 0)) || fail "a queue that is none is completed"
