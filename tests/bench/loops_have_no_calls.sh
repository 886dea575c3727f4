#!/usr/bin/env bash
# The measured loops are compiled into each queue: they have no indirect call, and no call of an
# operation of the contract. The indirect form has both; otherwise the test would prove nothing.
# not-under: asan tsan (a sanitizer puts calls into everything)

source "$(dirname "$0")/lib.sh"

command -v objdump >/dev/null || exit 77
checked=0
while read -r object; do
	queue=${object##*/bench_}
	queue=${queue%%.dir/*}
	objdump -d --no-show-raw-insn "$object" >code
	awk '
		/^[0-9a-f]+ <.*>:$/ {
			loop = direct = ""
			if ($2 ~ /^<[a-z_]+_(in)?direct>:$/) {
				loop = $2
				direct = loop !~ /_indirect>:$/
				gsub(/^<|_(in)?direct>:$/, "", loop)
				if (direct) {
					loops[loop]
				}
			}
		}
		loop && !direct && /call +\*/ { through_table[loop] }
		loop && direct && /call +\*/ { print loop ": an indirect call is left: " $0 }
		loop && direct && /call .*<[a-z_]*_(enqueue|dequeue)(_batch)?(@plt)?>/ { print loop ": an operation is called: " $0 }
		END {
			printf "" >"loops"
			for (loop in loops) {
				print loop >"loops"
				if (!(loop in through_table)) {
					print loop "_indirect calls nothing through the table"
				}
			}
		}' code >wrong
	[[ ! -s wrong ]] || fail "$queue, $(head -n 1 wrong)"
	checked=$((checked + $(wc -l <loops)))
done < <(find "$(dirname "$program")/queues" -path '*bench_*' -name 'instantiate.c.o')
((checked > 20)) || fail "only $checked loops were found"
echo "$checked loops looked at"
