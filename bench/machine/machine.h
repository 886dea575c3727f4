// SPDX-License-Identifier: MIT

/**
 * What a run is measured on, and what makes that bad for measuring.
 *
 * Facts are a JSON object, as it stands in a result file. What cannot be known is null
 * there, and never an error. The name of the host is not among the facts.
 */

#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "machine/topology.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Facts and findings of this machine. Takes about a quarter of a second, in which it is
 * watched for load and steal.
 *
 * @return a new reference; NULL with ENOMEM, or with what topology_load() answers
 */
json_t *machine_json(void);

/**
 * Print what machine_json() gives, for people: at most 100 columns wide, but for
 * words that are longer.
 *
 * @return 0; or -1 with errno as machine_json() or the stream leave it
 */
int machine_print(FILE *stream);

/**
 * Print facts and findings that there are already, such as those in a result file. What
 * is not there is printed as unknown.
 *
 * @return 0; or -1 with errno as the stream leaves it
 */
int machine_write(const json_t *machine, FILE *stream);

// The parts of machine_json().

/**
 * Facts, without the findings.
 *
 * @param root      where /proc, /sys and /etc are: "" for this machine
 * @param topology  its processors
 * @param watch     nanoseconds to watch load and steal for; 0: not at all
 * @return a new reference; NULL with ENOMEM
 */
json_t *machine_facts(const char *root, const struct topology *topology, uint64_t watch);

/**
 * What makes a machine bad for measuring: an array of objects with `what` was found,
 * `why` that is bad and the `remedy`, the worst ones first.
 *
 * @return a new reference; NULL with ENOMEM
 */
json_t *machine_findings(const json_t *facts);

#endif // BENCH_MACHINE_H
