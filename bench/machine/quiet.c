// SPDX-License-Identifier: MIT

/** Looking at what others do on this machine: see quiet.h. */

#include "machine/quiet.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/progress.h"
#include "machine/sysfs.h"
#include "processors.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/** Looks in a row that must be quiet: three seconds. */
#define QUIET_LOOKS 6

/** Share of a sample's time that others may take. */
#define LOST_SHARE 0.1

static double tick_ns(void)
{
	return 1e9 / (double)sysconf(_SC_CLK_TCK);
}

/** Adds the line of a processor. False if there is none. */
static bool add_processor(const char *text, int processor, struct quiet_reading *reading)
{
	char key[32];
	int length = snprintf(key, sizeof(key), "\ncpu%d ", processor);
	const char *line = strstr(text, key);
	// user nice system idle iowait irq softirq steal; user includes the time of guests
	double t[8];
	if (!line || sscanf(line + length, "%lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
			    &t[3], &t[4], &t[5], &t[6], &t[7]) != 8) {
		return false;
	}
	reading->busy += (t[0] + t[1] + t[2] + t[5] + t[6]) * tick_ns();
	reading->steal += t[7] * tick_ns();
	return true;
}

static double usage_of(int who)
{
	struct rusage usage;
	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

/** Does the processor stand further ahead in the list? Several threads may be pinned to one. */
static bool is_repeated(const int *processors, unsigned int index)
{
	unsigned int i = 0;
	while (processors[i] != processors[index]) {
		++i;
	}
	return i < index;
}

void quiet_read(const int *processors, unsigned int count, struct quiet_reading *reading)
{
	*reading = (struct quiet_reading){0};
	count = processors ? count : processors_look().affinity;
	char *text = sysfs_read("", "/proc/stat");
	bool told = text != NULL;
	for (unsigned int i = 0; i < count; ++i) {
		if (processors && is_repeated(processors, i)) {
			continue;
		}
		++reading->processors;
		told = told &&
		       add_processor(text, processors ? processors[i] : processors_nth(i), reading);
	}
	free(text);
	if (!told) {
		reading->busy = reading->steal = NAN;
	}
	reading->own = usage_of(RUSAGE_SELF) + usage_of(RUSAGE_CHILDREN);
	reading->at = clock_now();
}

/** A part of a whole. Ticks that are counted late may make it larger. */
static double share(double part, double all)
{
	return all <= 0 ? NAN : part > all ? 1 : part / all;
}

struct quiet quiet_since(const struct quiet_reading *before, const struct quiet_reading *after)
{
	double all = (double)(after->at - before->at) * after->processors;
	double others = after->busy - before->busy - (after->own - before->own);
	double steal = after->steal - before->steal;
	// The own time is exact, and ticks are not
	others = others < 0 ? 0 : others;
	steal = steal < 0 ? 0 : steal;
	return (struct quiet){.others = share(others, all),
			      .steal = share(steal, all),
			      .lost = others + steal,
			      .load = NAN,
			      .processors = after->processors};
}

struct quiet quiet_look(void)
{
	struct quiet_reading before;
	struct quiet_reading after;
	struct timespec time = {.tv_nsec = QUIET_LOOK};
	quiet_read(NULL, 0, &before);
	while (nanosleep(&time, &time) != 0 && errno == EINTR) {
	}
	quiet_read(NULL, 0, &after);
	struct quiet quiet = quiet_since(&before, &after);
	double average;
	quiet.load = sysfs_numbers("", &average, 1, "/proc/loadavg") ? average : NAN;
	return quiet;
}

bool quiet_is_busy(double others, double steal)
{
	return others > QUIET_MOST_OTHERS || steal > QUIET_MOST_STEAL;
}

bool quiet_lost_much(const struct quiet_reading *before, const struct quiet_reading *after)
{
	struct quiet quiet = quiet_since(before, after);
	double all = (double)(after->at - before->at) * after->processors;
	// Each end of a reading may be off by a tick
	return quiet.lost > LOST_SHARE * all + 2 * tick_ns();
}

struct quiet quiet_wait(uint64_t most)
{
	uint64_t began = clock_now();
	unsigned int looks = 0;
	struct quiet quiet;
	do {
		char text[QUIET_WORDS];
		quiet = quiet_look();
		looks = quiet_is_busy(quiet.others, quiet.steal) ? 0 : looks + 1;
		quiet_describe(&quiet, text, sizeof(text));
		progress_show("waiting for a quiet machine: %s", text);
	} while (looks < QUIET_LOOKS && clock_now() - began < most);
	progress_clear();
	return quiet;
}

void quiet_describe(const struct quiet *quiet, char *text, size_t size)
{
	int length = snprintf(text, size,
			      "other programs take %.1f %% of the time of %u processor%s, the "
			      "hypervisor %.1f %%",
			      100 * quiet->others, quiet->processors,
			      number_plural(quiet->processors), 100 * quiet->steal);
	if (!isnan(quiet->load) && length > 0 && (size_t)length < size) {
		snprintf(text + length, size - (size_t)length, ", load %.2f", quiet->load);
	}
}
