// SPDX-License-Identifier: MIT

/**
 * The machine that a run is measured on, and what makes it bad for measuring.
 *
 *     machine.c   reads the facts from the system; sysfs.c, cgroup.c, arm.c and probe.c help
 *     findings.c  finds in the facts what is bad for measuring
 *     codec.c     facts and findings as JSON, and back
 *     print.c     facts and findings for people
 *     same.c      are two machines one?
 *     topology.c  processors, and where threads are put; place.h names the places
 *     bounce.c    the round trip of a cache line between two threads; bounces.c: between all
 *     command.c   `qbench machine`
 *
 * A fact that is not known is never an error: its text is NULL, its number NAN. The name of the
 * host is not among the facts.
 */

#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "document/codec.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct topology;

/** An answer, yes or no. */
enum truth {
	TRUTH_UNKNOWN = -1,
	TRUTH_NO,
	TRUTH_YES,
};

/** Caches of one level that are alike. */
struct machine_cache {
	double level;
	/** "unified", "data" or "instruction". */
	const char *type;
	double bytes;
	double line_bytes;
	/** Hardware threads that share one such cache. */
	double shared_by;
	double count;
};

struct machine_node {
	double node;
	double threads;
	double bytes;
};

struct machine_finding {
	/** What was found. */
	const char *what;
	/** Why that is bad for measuring. */
	const char *why;
	const char *remedy;
};

// Groups of facts. The members are named as in JSON.

struct machine_load {
	/** Threads that ran or waited to run, on average over 1, 5 and 15 minutes. */
	double average_1, average_5, average_15;
	/** Shares of all processor time, from 0 to 1. */
	double steal_since_boot;
	/** Shares that others took of the processors of this process: quiet_look(). */
	double steal, busy;
	/** Time for which `steal` and `busy` were watched, in nanoseconds. */
	double watched_ns;
};

struct machine_processor {
	const char *model;
	const char *architecture;
	const char *microcode;
	double packages, cores;
	/** Hardware threads of the machine, and those that the process may use. */
	double threads, available;
	enum truth smt;
	/** The kernel's word for it: "on", "off", "notsupported". */
	const char *smt_control;
	/** Arm: an atomic update is one instruction, no loop of exclusive accesses. */
	enum truth lse;
};

struct machine_memory {
	double bytes;
	/** Of struct machine_node. */
	struct codec_array numa_nodes;
	const char *transparent_huge_pages;
	/** 0: addresses are not randomised; 1: all but the heap; 2: all. */
	double aslr;
};

struct machine_places {
	/** Those that two threads can be put at: a bit for each enum place. */
	unsigned int offered;
	/** What PLACE_ACROSS goes across; NULL if the machine has one of everything. */
	const char *across;
};

struct machine_software {
	const char *kernel;
	const char *distribution;
	const char *libc;
	const char *compiler;
	const char *flags;
	const char *commit;
	enum truth optimised;
	const char *sanitizer;
	const char *jansson;
	const char *hwloc;
};

struct machine_frequency {
	const char *driver;
	const char *governor;
	enum truth boost;
	double max_mhz;
};

struct machine_virtualisation {
	enum truth virtual;
	const char *hypervisor;
	const char *vendor;
};

struct machine_limits {
	/** Processors' worth of time that the control group leaves to the process. */
	double cgroup_processors;
	/** The kernel's list of processors that it schedules nothing on. */
	const char *isolated;
};

struct machine_counters {
	enum truth work;
	/** Why they do not. */
	const char *reason;
	double perf_event_paranoid;
};

struct machine_timer {
	const char *clocksource;
	enum truth constant_tsc, nonstop_tsc;
	double resolution_ns;
	double cost_ns;
	double step_ns;
};

struct machine {
	struct machine_load load;
	struct machine_processor processor;
	/** Of struct machine_cache, from the processors outwards. */
	struct codec_array caches;
	struct machine_memory memory;
	struct machine_places places;
	struct machine_software software;
	struct machine_frequency frequency;
	struct machine_virtualisation virtualisation;
	struct machine_limits limits;
	struct machine_counters counters;
	struct machine_timer timer;
	/** Of struct machine_finding, the worst first. */
	struct codec_array findings;
	/** All strings above. */
	struct texts texts;
};

/** Makes everything unknown. What the machine held before is not freed. */
void machine_clear(struct machine *machine);

/**
 * Learns the facts and findings of this machine. Takes over half a second, in which the
 * machine is watched for load and steal.
 *
 * @param machine  receives them, to be freed with machine_free()
 * @return 0; or -1 with ENOMEM, or with what topology_load() answers
 */
int machine_observe(struct machine *machine);

/**
 * Reads facts and findings from JSON, such as that in a result file.
 *
 * @param machine  receives them, to be freed with machine_free(), after a failure as well
 * @param error    receives what is wrong, to be freed; NULL without memory
 * @return 0, or -1
 */
int machine_read(const json_t *json, struct machine *machine, char **error);

/** Facts and findings as JSON: a new reference; NULL with ENOMEM. */
json_t *machine_json(const struct machine *machine);

/** Frees what the machine owns, and makes everything unknown. */
void machine_free(struct machine *machine);

/**
 * Prints facts and findings for people, in at most 100 columns, except for longer words.
 *
 * @return 0; or -1 with errno as the stream leaves it
 */
int machine_print(const struct machine *machine, FILE *stream);

/**
 * Whether two runs were made on one machine. Machines of one model count as one, since names of
 * hosts are not kept.
 *
 * @param difference  receives what differs in words, to be freed; NULL if nothing does, or without
 *                    memory. May be NULL
 */
bool machine_same(const struct machine *before, const struct machine *after, char **difference);

/**
 * What differs between two runs and may be what they compare: a compiler, a commit, a kernel.
 *
 * @return a line for each, to be freed; NULL with ENOMEM
 */
char *machine_changes(const struct machine *before, const struct machine *after);

// The parts of machine_observe().

/**
 * Learns the facts alone. Without memory they are unknown.
 *
 * @param machine   receives them, to be freed with machine_free()
 * @param root      where /proc, /sys and /etc are: "" for this machine
 * @param topology  its processors
 */
void machine_facts(struct machine *machine, const char *root, const struct topology *topology);

/**
 * Finds in the facts what makes the machine bad for measuring, in place of older findings.
 *
 * @return 0; or -1 with ENOMEM
 */
int machine_find(struct machine *machine);

// What the files of this folder share.

/** Flags of fields. */
enum {
	/** Machines that differ here are two machines. */
	MACHINE_IDENTITY = CODEC_OWN,
	/** Runs on one machine may differ here, and that is worth a note. */
	MACHINE_NOTABLE = CODEC_OWN << 1,
};

extern const struct codec machine_codec;
extern const struct codec machine_cache_codec;
extern const struct codec machine_node_codec;
extern const struct codec machine_finding_codec;

#endif // BENCH_MACHINE_H
