// SPDX-License-Identifier: MIT

/**
 * Times whole commands against each other, on a machine whose speed changes from second
 * to second.
 *
 *     rounds raw 'rawwalk /usr' ours 'dirwalk /usr' theirs 'find /usr -printf x'
 *
 * Runs of one command after another are not comparable there. So every command runs once
 * a round, in random order, and what is compared are ratios inside of rounds: whatever
 * slows a round slows all of it. Each command's ratio to the first one is the median over
 * the rounds, with a bootstrap confidence interval.
 *
 * What a command says goes to /dev/null, which a few programs notice and then do less
 * (GNU grep stops at the first match): have those pipe into `cat`, or count.
 */

#include "base/rng.h"
#include "base/statistics.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FORMAT "qbench-rounds-1"
#define LEVEL 0.95
#define RESAMPLES 10000

/** One run of a command. Times are in milliseconds. */
struct sample {
	double wall;
	/** Processor time of the command and of the children that it waited for. */
	double user;
	double system;
	/** The exit status; or the signal that killed it, negated. */
	int status;
};

struct command {
	const char *name;
	const char *text;
	char **words;
	/** One a round. */
	struct sample *samples;
};

/** A median, and the ends of its interval. */
struct estimate {
	double median;
	double low;
	double high;
};

struct summary {
	struct estimate wall;
	/** The median of user and system time together. */
	double cpu;
	/** Wall time, by that of the first command in the same round. */
	struct estimate ratio;
};

struct options {
	unsigned int rounds;
	unsigned int warmups;
	uint64_t seed;
	bool ignore_failures;
	const char *output;
	char **arguments;
	size_t argument_count;
};

/** Take one character or quoted piece of a word. False if a quote or backslash is open. */
static bool take_piece(const char **from, char **to)
{
	const char *in = *from;
	char *out = *to;
	if (*in == '\'') {
		for (++in; *in && *in != '\''; ++in) {
			*out++ = *in;
		}
	} else if (*in == '"') {
		for (++in; *in && *in != '"'; ++in) {
			if (*in == '\\' && (in[1] == '"' || in[1] == '\\')) {
				++in;
			}
			*out++ = *in;
		}
	} else {
		if (*in == '\\') {
			++in;
		}
		*out++ = *in;
	}
	*to = out;
	if (*in == '\0') {
		return false;
	}
	*from = in + 1;
	return true;
}

/**
 * Split a command into words, as a shell does that knows blanks and quotes and nothing
 * else: no variables, patterns, pipes. Running a shell instead would be measured too.
 *
 *     blanks     separate words
 *     \x         is x
 *     'x y'      is x y
 *     "x y"      is x y, and inside \" is " and \\ is \
 *
 * @return the words, with a NULL after the last, all in one piece for the caller to free.
 *         NULL with EINVAL if a quote is open or there is no word, or with ENOMEM
 */
static char **split_words(const char *text)
{
	static const char blanks[] = " \t\n";
	size_t length = strlen(text);
	size_t most = length / 2 + 2; // a word takes a character and a blank at least
	char **words = malloc(most * sizeof(*words) + length + 1);
	if (!words) {
		return NULL;
	}

	size_t count = 0;
	char *out = (char *)(words + most);
	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		words[count++] = out;
		while (*text && !strchr(blanks, *text)) {
			if (!take_piece(&text, &out)) {
				goto invalid;
			}
		}
		*out++ = '\0';
	}
	words[count] = NULL;
	if (count > 0) {
		return words;
	}

invalid:
	free(words);
	errno = EINVAL;
	return NULL;
}

static double milliseconds_between(const struct timespec *start, const struct timespec *end)
{
	return (double)(end->tv_sec - start->tv_sec) * 1e3 +
	       (double)(end->tv_nsec - start->tv_nsec) / 1e6;
}

static double milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

/**
 * Run a command to its end. Its start is part of its time.
 *
 * @return 0; or an errno if it could not be run
 */
static int run(const struct command *command, const posix_spawn_file_actions_t *actions,
	       struct sample *sample)
{
	struct timespec start;
	struct timespec end;
	struct rusage usage;
	int how;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &start);
	int error = posix_spawnp(&child, command->words[0], actions, NULL, command->words, environ);
	if (error) {
		return error;
	}
	while (wait4(child, &how, 0, &usage) < 0) {
		if (errno != EINTR) {
			return errno;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);

	sample->wall = milliseconds_between(&start, &end);
	sample->user = milliseconds(&usage.ru_utime);
	sample->system = milliseconds(&usage.ru_stime);
	sample->status = WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
	return 0;
}

static void show_progress(const struct options *options, unsigned int round)
{
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "\rround %u of %u", round + 1, options->warmups + options->rounds);
	}
}

/** Make room for what comes next on the terminal. */
static void erase_progress(void)
{
	if (isatty(STDERR_FILENO)) {
		fputs("\r\033[K", stderr);
	}
}

/** Run a command, and see that it did what it was run for. 0, or -1 after saying why. */
static int run_checked(const struct options *options, const struct command *command,
		       const posix_spawn_file_actions_t *actions, struct sample *sample)
{
	int error = run(command, actions, sample);
	if (!error && (sample->status == 0 || options->ignore_failures)) {
		return 0;
	}
	erase_progress();
	if (error) {
		warnx("%s: cannot run %s: %s", command->name, command->words[0], strerror(error));
	} else if (sample->status < 0) {
		warnx("%s: killed by signal %d (%s): %s", command->name, -sample->status,
		      strsignal(-sample->status), command->text);
	} else {
		warnx("%s: exit status %d: %s (-i goes on in spite of it)", command->name,
		      sample->status, command->text);
	}
	return -1;
}

/** Nothing to read, and nobody who listens. A failing command's reasons stay visible. */
static int silence(const struct options *options, posix_spawn_file_actions_t *actions)
{
	int error = posix_spawn_file_actions_init(actions);
	if (error) {
		return error;
	}
	error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!error) {
		error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null",
							 O_WRONLY, 0);
	}
	if (!error && options->ignore_failures) {
		error = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null",
							 O_WRONLY, 0);
	}
	if (error) {
		posix_spawn_file_actions_destroy(actions);
	}
	return error;
}

/** Run all rounds. 0, or -1 after saying why. */
static int run_rounds(const struct options *options, struct command *commands, size_t count,
		      struct rng *rng)
{
	int status = -1;
	size_t *order = calloc(count, sizeof(*order));
	if (!order) {
		warn("cannot run rounds");
		return -1;
	}
	posix_spawn_file_actions_t actions;
	int error = silence(options, &actions);
	if (error) {
		warnx("cannot prepare to run commands: %s", strerror(error));
		goto out_order;
	}

	for (size_t i = 0; i < count; ++i) {
		order[i] = i;
	}
	for (unsigned int round = 0; round < options->warmups + options->rounds; ++round) {
		show_progress(options, round);
		rng_shuffle(rng, order, count);
		for (size_t i = 0; i < count; ++i) {
			struct command *command = &commands[order[i]];
			struct sample warmup;
			bool counts = round >= options->warmups;
			struct sample *sample =
				counts ? &command->samples[round - options->warmups] : &warmup;
			if (run_checked(options, command, &actions, sample) != 0) {
				goto out;
			}
		}
	}
	erase_progress();
	status = 0;

out:
	posix_spawn_file_actions_destroy(&actions);
out_order:
	free(order);
	return status;
}

/** 0, or -1 with errno. */
static int estimate_median(const double *values, size_t count, struct rng *rng,
			   struct estimate *estimate)
{
	estimate->median = statistics_median(values, count);
	return statistics_bootstrap_median(values, count, RESAMPLES, LEVEL, rng, &estimate->low,
					   &estimate->high);
}

/** 0, or -1 with errno. */
static int summarize(const struct command *command, const struct command *first, size_t rounds,
		     struct rng *rng, struct summary *summary)
{
	int status = -1;
	double *values = calloc(rounds, sizeof(*values));
	if (!values) {
		return -1;
	}

	for (size_t i = 0; i < rounds; ++i) {
		values[i] = command->samples[i].user + command->samples[i].system;
	}
	summary->cpu = statistics_median(values, rounds);

	for (size_t i = 0; i < rounds; ++i) {
		values[i] = command->samples[i].wall;
	}
	if (estimate_median(values, rounds, rng, &summary->wall) != 0) {
		goto out;
	}

	for (size_t i = 0; i < rounds; ++i) {
		values[i] = command->samples[i].wall / first->samples[i].wall;
	}
	status = estimate_median(values, rounds, rng, &summary->ratio);

out:
	free(values);
	return status;
}

static void print_table(const struct command *commands, const struct summary *summaries,
			size_t count, size_t rounds)
{
	int width = 0;
	for (size_t i = 0; i < count; ++i) {
		int length = (int)strlen(commands[i].name);
		width = length > width ? length : width;
	}

	printf("Medians of %zu rounds, with their 95 %% intervals. Ratios are to %s.\n\n", rounds,
	       commands[0].name);
	printf("%*s  %9s %21s  %9s  %8s\n", width, "", "wall ms", "", "cpu ms", "ratio");
	for (size_t i = 0; i < count; ++i) {
		const struct summary *summary = &summaries[i];
		printf("%-*s  %9.2f [%9.2f %9.2f]  %9.2f  %8.3f", width, commands[i].name,
		       summary->wall.median, summary->wall.low, summary->wall.high, summary->cpu,
		       summary->ratio.median);
		if (i > 0) {
			printf(" [%.3f %.3f]", summary->ratio.low, summary->ratio.high);
		}
		putchar('\n');
	}
}

static json_t *estimate_json(const struct estimate *estimate)
{
	return json_pack("{s:f, s:f, s:f}", "median", estimate->median, "low", estimate->low,
			 "high", estimate->high);
}

/** NULL without memory, or if the command is not UTF-8. */
static json_t *command_json(const struct command *command, const struct summary *summary,
			    size_t rounds)
{
	json_t *wall = json_array();
	json_t *user = json_array();
	json_t *system_time = json_array();
	json_t *statuses = json_array();
	int lost = 0;
	for (size_t i = 0; i < rounds; ++i) {
		const struct sample *sample = &command->samples[i];
		lost |= json_array_append_new(wall, json_real(sample->wall));
		lost |= json_array_append_new(user, json_real(sample->user));
		lost |= json_array_append_new(system_time, json_real(sample->system));
		lost |= json_array_append_new(statuses, json_integer(sample->status));
	}
	json_t *object = json_pack("{s:s, s:s, s:o, s:f, s:o, s:{s:o, s:o, s:o, s:o}}", "name",
				   command->name, "command", command->text, "wall_ms",
				   estimate_json(&summary->wall), "cpu_ms", summary->cpu, "ratio",
				   estimate_json(&summary->ratio), "samples", "wall_ms", wall,
				   "user_ms", user, "system_ms", system_time, "status", statuses);
	if (lost) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/** Write everything, and close the file. 0, or -1 after saying why. */
static int write_json(const struct options *options, FILE *file, const struct command *commands,
		      const struct summary *summaries, size_t count)
{
	json_t *list = json_array();
	int lost = 0;
	for (size_t i = 0; i < count; ++i) {
		lost |= json_array_append_new(
			list, command_json(&commands[i], &summaries[i], options->rounds));
	}
	json_t *all = json_pack("{s:s, s:I, s:I, s:I, s:f, s:I, s:o}", "format", FORMAT, "seed",
				(json_int_t)options->seed, "rounds", (json_int_t)options->rounds,
				"warmups", (json_int_t)options->warmups, "level", LEVEL,
				"resamples", (json_int_t)RESAMPLES, "commands", list);

	int status = -1;
	if (lost || !all) {
		warnx("cannot write %s: no memory, or a command is not UTF-8", options->output);
		fclose(file);
		goto out;
	}
	errno = 0;
	bool written = json_dumpf(all, file, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0 &&
		       fputc('\n', file) != EOF;
	if (fclose(file) != 0 || !written) {
		warn("cannot write %s", options->output);
		goto out;
	}
	status = 0;

out:
	json_decref(all);
	return status;
}

/** Name, split and make room for the commands. 0, or -1 after saying why. */
static int prepare(const struct options *options, struct command *commands, size_t count)
{
	for (size_t i = 0; i < count; ++i) {
		struct command *command = &commands[i];
		command->name = options->arguments[2 * i];
		command->text = options->arguments[2 * i + 1];
		command->words = split_words(command->text);
		if (!command->words) {
			warnx("%s: %s: %s", command->name,
			      errno == EINVAL ? "no command, or an open quote" : strerror(errno),
			      command->text);
			return -1;
		}
		command->samples = calloc(options->rounds, sizeof(*command->samples));
		if (!command->samples) {
			warn("%s: cannot keep samples", command->name);
			return -1;
		}
	}
	return 0;
}

/** Time the commands, print, and write. 0, or -1 after saying why. */
static int measure(const struct options *options, struct command *commands, size_t count)
{
	int status = -1;
	FILE *file = NULL;
	struct summary *summaries = calloc(count, sizeof(*summaries));
	if (!summaries) {
		warn("cannot start");
		return -1;
	}
	if (prepare(options, commands, count) != 0) {
		goto out;
	}
	// Opened before the time is spent
	if (options->output && !(file = fopen(options->output, "we"))) {
		warn("cannot write %s", options->output);
		goto out;
	}

	struct rng rng;
	rng_seed(&rng, options->seed);
	if (run_rounds(options, commands, count, &rng) != 0) {
		goto out;
	}
	for (size_t i = 0; i < count; ++i) {
		if (summarize(&commands[i], &commands[0], options->rounds, &rng, &summaries[i]) !=
		    0) {
			warn("%s: cannot summarize", commands[i].name);
			goto out;
		}
	}
	print_table(commands, summaries, count, options->rounds);
	status = 0;
	if (file) {
		status = write_json(options, file, commands, summaries, count);
		file = NULL;
	}

out:
	if (file) {
		fclose(file);
	}
	free(summaries);
	return status;
}

/** A number from an option's argument, or the end with a message. */
static uint64_t parse_number(struct argp_state *state, int key, const char *argument,
			     uint64_t least, uint64_t most)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(argument, &end, 10);
	if (*argument < '0' || *argument > '9' || *end != '\0' || errno != 0 || number < least ||
	    number > most) {
		argp_error(state, "-%c %s: not a number from %llu to %llu", key, argument,
			   (unsigned long long)least, (unsigned long long)most);
	}
	return number;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case 'r':
		options->rounds = (unsigned int)parse_number(state, key, argument, 1, 1000000);
		return 0;
	case 'w':
		options->warmups = (unsigned int)parse_number(state, key, argument, 0, 1000000);
		return 0;
	case 's':
		// JSON has signed integers
		options->seed = parse_number(state, key, argument, 0, INT64_MAX);
		return 0;
	case 'o':
		options->output = argument;
		return 0;
	case 'i':
		options->ignore_failures = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->arguments = state->argv + state->next;
		options->argument_count = (size_t)(state->argc - state->next);
		if (options->argument_count % 2 != 0) {
			argp_error(state, "%s: a NAME without a COMMAND",
				   options->arguments[options->argument_count - 1]);
		}
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no commands");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option known[] = {
		{"rounds", 'r', "N", 0, "Rounds that count (15)", 0},
		{"warmups", 'w', "N", 0, "Rounds before them that do not (2)", 0},
		{"seed", 's', "N", 0, "Which random orders, and which bootstrap (1)", 0},
		{"output", 'o', "FILE", 0, "Write a JSON object with every sample", 0},
		{"ignore-failures", 'i', NULL, 0,
		 "Go on if a command fails, and do not show its standard error", 0},
		{0},
	};
	static const struct argp argp = {
		.options = known,
		.parser = parse_option,
		.args_doc = "NAME COMMAND [NAME COMMAND]...",
		.doc = "Time commands against the first of them: each runs once a round, in random "
		       "order, and ratios are taken inside of rounds."
		       "\vA COMMAND is split at blanks; backslashes and quotes work as in a shell. "
		       "Nothing else does: for pipes, write sh -c '...'.\n\n"
		       "Exit status: 0 done; 1 a command failed, or FILE could not be written; "
		       "2 wrong usage.",
	};
	struct options options = {.rounds = 15, .warmups = 2, .seed = 1};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &options);

	size_t count = options.argument_count / 2;
	struct command *commands = calloc(count, sizeof(*commands));
	if (!commands) {
		err(1, "cannot start");
	}
	int status = measure(&options, commands, count) == 0 ? 0 : 1;
	for (size_t i = 0; i < count; ++i) {
		free(commands[i].samples);
		free(commands[i].words);
	}
	free(commands);
	return status;
}
