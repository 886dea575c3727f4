#!/usr/bin/env bash
# If a report cannot be written, a message says so and the older one stays. Names of any bytes become valid UTF-8.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

run run --queues=mutex_ring,vyukov --threads=2 --workloads=pairwise --rounds=1 --duration=2 --warm-up=1 -o run.json
((status == 0)) || fail "qbench run: status $status"

# In any locale
if command -v gnuplot >/dev/null; then
	LC_ALL=C run report -o plain run.json
	[[ ! -s err ]] || fail "it complains where the locale is C"
fi

# A limit of file sizes stands for a full disk
run report -o rep run.json
((status == 0)) || fail "status $status"
cp -r rep before
status=0
(ulimit -f 4 && exec "$program" report --title=Another -o rep run.json) >out 2>err || status=$?
((status == 1)) || fail "status $status on a full disk"
grep -q 'cannot write .*rep.*File too large' err || fail "it does not say what cannot be written, and why"
diff -r before rep || fail "the older report is gone"
[[ -z $(find rep -name '.*tmp') ]] || fail "a file is left behind"
(ulimit -f 4 && "$program" report -o new run.json) >/dev/null 2>&1 && fail "no failure in a new folder"
[[ -z $(find new -type f) ]] || fail "a new folder has parts of a report: $(ls -A new)"

# A disk that is full when plots are written
if command -v gnuplot >/dev/null && mkdir small && mount -t tmpfs -o size=32k none small 2>/dev/null; then
	status=0
	"$program" report -o small run.json >out 2>err || status=$?
	left=$(find small -type f)
	umount small
	((status == 1)) || fail "status $status on a small disk"
	grep -q 'No space left on device' err || fail "it does not say that the disk is full"
	[[ -z $left ]] || fail "a small disk has parts of a report: $left"
fi

# Names that are not UTF-8
folder=$'no \xff UTF-8'
mkdir "$folder"
cp run.json "$folder/run\xfe.json"
run report -o "$folder" --title=$'\xc3(' "$folder/run\xfe.json"
((status == 0)) || fail "status $status for names that are no UTF-8"
for file in "$folder"/{REPORT.md,report.html}; do
	iconv -f UTF-8 -t UTF-8 "$file" >/dev/null || fail "$file is no UTF-8"
done
grep -qF 'no \\xff UTF-8/run' "$folder/REPORT.md" || fail "the file is not named"
run report --index "$folder"
((status == 0)) || fail "status $status for a table of folders"
iconv -f UTF-8 -t UTF-8 out >/dev/null || fail "the table is no UTF-8"
