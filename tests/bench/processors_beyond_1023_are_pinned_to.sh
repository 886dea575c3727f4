#!/usr/bin/env bash
# A thread that cannot be pinned to its processor loses its sample, also beyond 1023, where a set of fixed
# size ends. A processor that exists works.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

# sample WORKLOAD PROCESSOR: takes a sample of one thread
sample() {
	run sample '{"queue":"mutex_ring","workload":"'"$1"'","threads":1,"producers":0,"consumers":0,"wait":1,
		"capacity":64,"work":0,"batch":1,"load":0.0,"indirect":false,"seed":1,"warm_up":1000000,
		"duration":20000000,"stretch":0,"shape":"'"$(dirname "$program")"'/shapes/small.shape",
		"processors":['"$2"']}'
}

here=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
for workload in pairwise replay; do
	sample $workload "$here"
	jq -e '.verdict == "ok"' out >/dev/null || fail "$workload on processor $here: $(cat out)"
	for processor in 1023 1024 5000; do
		sample $workload $processor
		jq -e '.verdict == "lost" and (.reason | test("pin"))' out >/dev/null ||
			fail "$workload on processor $processor, which is not there: $(cut -c1-300 out)"
	done
done
