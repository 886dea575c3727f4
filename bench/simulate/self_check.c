// SPDX-License-Identifier: MIT

#include "simulate/self_check.h"

#include "base/program.h"
#include "base/progress.h"
#include "document/complain.h"
#include "document/json.h"
#include "processors.h"
#include "registry.h"
#include "results/run.h"
#include "simulate/fit.h"
#include "simulate/machine_file.h"
#include "workload/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** Queues that are checked, at most. */
#define QUEUES 3

/** Short, and the same whatever the command simulates, so that its errors can be compared. */
static const struct row_settings settings = {
	.seeds = 1, .first_seed = 1, .microseconds = 500, .one_thread = true};

/** Can its figures be compared? A floor has none. */
static bool is_queue(const char *name)
{
	char *error;
	const struct registry_queue *found = registry_find(name, &error);
	if (!found) {
		free(error);
	}
	return found && !(found->bench && found->bench->floor) && simulate_has_module(name);
}

/** Names queues that have a module, evenly chosen, for `qbench run`. Returns how many these are. */
static size_t choose_queues(char *const *queues, char **option)
{
	size_t all = 0;
	size_t seen = 0;
	size_t chosen = 0;
	size_t size;
	FILE *stream = open_memstream(option, &size);
	if (!stream) {
		return 0;
	}
	for (char *const *queue = queues; *queue; ++queue) {
		all += is_queue(*queue);
	}
	fputs("--queues=", stream);
	for (; *queues; ++queues) {
		if (is_queue(*queues) && seen++ * QUEUES >= chosen * all) {
			fprintf(stream, "%s%s", chosen++ ? "," : "", *queues);
		}
	}
	return fclose(stream) == 0 ? chosen : 0;
}

/** Executes a short `qbench run`, which writes its results to a pipe. */
static _Noreturn void execute(char *option, int pipe_end)
{
	char path[32];
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipe_end);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(nothing, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	fcntl(pipe_end, F_SETFD, 0);
	program_again((char *[]){"qbench", "run", option, "--workloads=pairwise", "--threads=1,2",
				 "--wait=spin", "--rounds=3", "--duration=20", "--warm-up=5", "-o",
				 path, NULL});
	_exit(1);
}

/** Measures queues on this machine with one and two threads. 0, or -1, perhaps with the reason. */
static int measure(char *option, struct run *run, char **error)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -1;
	}
	progress_show("self-check: measuring this machine");
	pid_t child = fork();
	if (child == 0) {
		execute(option, ends[1]);
	}
	close(ends[1]);
	json_t *document = child > 0 ? json_loadfd(ends[0], 0, NULL) : NULL;
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
	}
	progress_clear();
	int result = document ? run_of_json(run, document, error) : -1;
	json_decref(document);
	return result;
}

/** Measures and simulates. 0, or -1 with errno or with the reason to skip it. */
static int compare(struct self_check *check, char *option)
{
	struct machine_file here;
	char *error = NULL;
	if (fit_read(FIT_HERE, &here, &error) != 0) {
		complain(&check->skipped, "%s", error ? error : strerror(ENOMEM));
		free(error);
		return -1;
	}
	struct run run = {0};
	int result = measure(option, &run, &error);
	if (result == 0) {
		result = validation_of_run(&run, FIT_HERE, &check->validation);
	}
	run_destroy(&run);
	if (result != 0) {
		complain(&check->skipped, "qbench run measured nothing here%s%s", error ? ": " : "",
			 error ? error : "");
		free(error);
		return -1;
	}
	result = validation_simulate(&check->validation, &settings, &error);
	if (error) {
		complain(&check->skipped, "%s", error);
		free(error);
	}
	return result;
}

int self_check(struct self_check *check, char *const *queues)
{
	char *option = NULL;
	int result = -1;
	*check = (struct self_check){0};
	if (processors_available() < 2) {
		complain(&check->skipped, "this process may use one processor");
	} else if (choose_queues(queues, &option) == 0) {
		complain(&check->skipped, "none of the queues has a simulating module");
	} else {
		result = compare(check, option);
	}
	free(option);
	return check->skipped ? 0 : result;
}

json_t *self_check_json(const struct self_check *check)
{
	if (check->skipped) {
		return json_pack("{s:o}", "skipped", json_bytes(check->skipped));
	}
	const struct validation *validation = &check->validation;
	struct validation_sum sum = validation_sum(validation, NULL);
	json_t *rows = json_array();
	for (size_t i = 0; i < validation->count; ++i) {
		const struct validation_row *row = &validation->rows[i];
		json_t *json =
			json_pack("{s:s, s:o, s:i, s:f, s:o, s:o}", "workload", row->workload,
				  "queue", json_bytes(row->queue), "threads", (int)row->threads,
				  "measured", row->published, "simulated",
				  json_finite(row->simulated), "reason", json_bytes(row->reason));
		rows = json_append(rows, json);
	}
	return json_pack("{s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "validated",
			 json_bytes(validation->files[0].validated), "geometric_error",
			 json_finite(sum.error), "figures", (int)sum.cells, "within_half",
			 (int)sum.within_half, "within_double", (int)sum.within_double, "pairs",
			 (int)sum.pairs, "pairs_in_order", (int)sum.pairs_in_order, "far_pairs",
			 (int)sum.far, "far_pairs_in_order", (int)sum.far_in_order, "rows", rows);
}

void self_check_free(struct self_check *check)
{
	validation_free(&check->validation);
	free(check->skipped);
	*check = (struct self_check){0};
}
