// SPDX-License-Identifier: MIT

/** Facts and findings of a machine as JSON, and back: a table for each group of them. */

#include "machine/machine.h"
#include "machine/topology.h"

/** A field that is named as in JSON; null where it is not known. */
#define FACT(type, member, field_kind, ...)                                                        \
	{                                                                                          \
		.name = #member, .kind = (field_kind), CODEC_AT(type, member),                     \
		.flags = CODEC_NULL __VA_ARGS__                                                    \
	}

static const struct codec_field cache_fields[] = {
	FACT(struct machine_cache, level, CODEC_WHOLE),
	FACT(struct machine_cache, type, CODEC_TEXT),
	FACT(struct machine_cache, bytes, CODEC_WHOLE),
	FACT(struct machine_cache, line_bytes, CODEC_WHOLE),
	FACT(struct machine_cache, shared_by, CODEC_WHOLE),
	FACT(struct machine_cache, count, CODEC_WHOLE),
};
const struct codec machine_cache_codec = CODEC_OF(struct machine_cache, cache_fields);

static const struct codec_field node_fields[] = {
	FACT(struct machine_node, node, CODEC_WHOLE),
	FACT(struct machine_node, threads, CODEC_WHOLE),
	FACT(struct machine_node, bytes, CODEC_WHOLE),
};
const struct codec machine_node_codec = CODEC_OF(struct machine_node, node_fields);

static const struct codec_field finding_fields[] = {
	FACT(struct machine_finding, what, CODEC_TEXT),
	FACT(struct machine_finding, why, CODEC_TEXT),
	FACT(struct machine_finding, remedy, CODEC_TEXT),
};
const struct codec machine_finding_codec = CODEC_OF(struct machine_finding, finding_fields);

static const struct codec_field load_fields[] = {
	FACT(struct machine_load, average_1, CODEC_NUMBER),
	FACT(struct machine_load, average_5, CODEC_NUMBER),
	FACT(struct machine_load, average_15, CODEC_NUMBER),
	FACT(struct machine_load, steal_since_boot, CODEC_NUMBER),
	FACT(struct machine_load, steal, CODEC_NUMBER),
	FACT(struct machine_load, busy, CODEC_NUMBER),
	FACT(struct machine_load, watched_ns, CODEC_WHOLE),
};
static const struct codec load_codec = CODEC(load_fields);

static const struct codec_field processor_fields[] = {
	FACT(struct machine_processor, model, CODEC_TEXT, | MACHINE_IDENTITY),
	FACT(struct machine_processor, architecture, CODEC_TEXT, | MACHINE_IDENTITY),
	FACT(struct machine_processor, microcode, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_processor, packages, CODEC_WHOLE, | MACHINE_IDENTITY),
	FACT(struct machine_processor, cores, CODEC_WHOLE, | MACHINE_IDENTITY),
	FACT(struct machine_processor, threads, CODEC_WHOLE, | MACHINE_IDENTITY),
	FACT(struct machine_processor, available, CODEC_WHOLE, | MACHINE_IDENTITY),
	FACT(struct machine_processor, smt, CODEC_FLAG),
	FACT(struct machine_processor, smt_control, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_processor, lse, CODEC_FLAG),
};
static const struct codec processor_codec = CODEC(processor_fields);

static const struct codec_field memory_fields[] = {
	FACT(struct machine_memory, bytes, CODEC_WHOLE),
	{.name = "numa_nodes",
	 .kind = CODEC_ARRAY,
	 CODEC_AT(struct machine_memory, numa_nodes),
	 .flags = CODEC_OPTIONAL,
	 .object = &machine_node_codec},
	FACT(struct machine_memory, transparent_huge_pages, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_memory, aslr, CODEC_WHOLE),
};
static const struct codec memory_codec = CODEC(memory_fields);

static const struct codec_field places_fields[] = {
	{.name = "offered",
	 .kind = CODEC_SET,
	 CODEC_AT(struct machine_places, offered),
	 .flags = CODEC_OPTIONAL,
	 .choices = PLACES,
	 .choice = topology_place_name},
	FACT(struct machine_places, across, CODEC_TEXT),
};
static const struct codec places_codec = CODEC(places_fields);

static const struct codec_field software_fields[] = {
	FACT(struct machine_software, kernel, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, distribution, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, libc, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, compiler, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, flags, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, commit, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_software, optimised, CODEC_FLAG, | MACHINE_IDENTITY),
	FACT(struct machine_software, sanitizer, CODEC_TEXT, | MACHINE_IDENTITY),
	FACT(struct machine_software, jansson, CODEC_TEXT),
	FACT(struct machine_software, hwloc, CODEC_TEXT),
};
static const struct codec software_codec = CODEC(software_fields);

static const struct codec_field frequency_fields[] = {
	FACT(struct machine_frequency, driver, CODEC_TEXT),
	FACT(struct machine_frequency, governor, CODEC_TEXT, | MACHINE_NOTABLE),
	FACT(struct machine_frequency, boost, CODEC_FLAG, | MACHINE_NOTABLE),
	FACT(struct machine_frequency, max_mhz, CODEC_NUMBER),
};
static const struct codec frequency_codec = CODEC(frequency_fields);

static const struct codec_field virtualisation_fields[] = {
	FACT(struct machine_virtualisation, virtual, CODEC_FLAG),
	FACT(struct machine_virtualisation, hypervisor, CODEC_TEXT, | MACHINE_IDENTITY),
	FACT(struct machine_virtualisation, vendor, CODEC_TEXT),
};
static const struct codec virtualisation_codec = CODEC(virtualisation_fields);

static const struct codec_field limits_fields[] = {
	FACT(struct machine_limits, cgroup_processors, CODEC_NUMBER),
	FACT(struct machine_limits, isolated, CODEC_TEXT),
};
static const struct codec limits_codec = CODEC(limits_fields);

static const struct codec_field counters_fields[] = {
	FACT(struct machine_counters, work, CODEC_FLAG),
	FACT(struct machine_counters, reason, CODEC_TEXT),
	FACT(struct machine_counters, perf_event_paranoid, CODEC_WHOLE),
};
static const struct codec counters_codec = CODEC(counters_fields);

static const struct codec_field timer_fields[] = {
	FACT(struct machine_timer, clocksource, CODEC_TEXT),
	FACT(struct machine_timer, constant_tsc, CODEC_FLAG),
	FACT(struct machine_timer, nonstop_tsc, CODEC_FLAG),
	FACT(struct machine_timer, resolution_ns, CODEC_WHOLE),
	FACT(struct machine_timer, cost_ns, CODEC_NUMBER),
	FACT(struct machine_timer, step_ns, CODEC_WHOLE),
};
static const struct codec timer_codec = CODEC(timer_fields);

#define GROUP(group)                                                                               \
	{                                                                                          \
		.name = #group, .kind = CODEC_OBJECT, CODEC_AT(struct machine, group),             \
		.flags = CODEC_EMPTY, .object = &group##_codec                                     \
	}
#define ARRAY(array, codec)                                                                        \
	{                                                                                          \
		.name = #array, .kind = CODEC_ARRAY, CODEC_AT(struct machine, array),              \
		.flags = CODEC_OPTIONAL, .object = &(codec)                                        \
	}

static const struct codec_field machine_fields[] = {
	GROUP(load),	  GROUP(processor),	 ARRAY(caches, machine_cache_codec),
	GROUP(memory),	  GROUP(places),	 GROUP(software),
	GROUP(frequency), GROUP(virtualisation), GROUP(limits),
	GROUP(counters),  GROUP(timer),		 ARRAY(findings, machine_finding_codec),
};
const struct codec machine_codec = CODEC(machine_fields);

void machine_clear(struct machine *machine)
{
	*machine = (struct machine){0};
	codec_clear(&machine_codec, machine);
}

int machine_read(const json_t *json, struct machine *machine, char **error)
{
	machine_clear(machine);
	return codec_read(&machine_codec, json, machine, &machine->texts, "the machine", error);
}

json_t *machine_json(const struct machine *machine)
{
	return codec_write(&machine_codec, machine);
}

void machine_free(struct machine *machine)
{
	codec_free(&machine_codec, machine);
	texts_destroy(&machine->texts);
	machine_clear(machine);
}
