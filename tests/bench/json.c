/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures for programs. */
#include "config.h"

#include "bench.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

static const char *const target_key[NUM_TARGETS] = {
	[VFIOD] = "vfiod",
	[NULL_NODE] = "null",
	[PROC_NODE] = "null_with_recovery",
	[IN_PROCESS] = "in_process",
};

static json_t *
machine_json(const struct machine *machine)
{
	return json_pack("{s:s, s:s, s:I, s:b, s:b, s:s}", "kernel", machine->kernel, "cpu",
			 machine->cpu, "processors", (json_int_t)machine->processors,
			 "virtual_machine", machine->virtual_machine, "emulated", machine->emulated,
			 "date", machine->date);
}

static json_t *
figures_json(const struct operation *op, const struct figures *figures)
{
	return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "samples", (json_int_t)figures->count,
			 "median_us", figures->median / 1e3, "p99_us", figures->p99 / 1e3,
			 "mean_us", figures->mean / 1e3, "calls_per_s", calls_per_second(figures),
			 "mb_per_s", megabytes_per_second(op, figures));
}

static json_t *
result_json(const struct result *result)
{
	const struct operation *op = result->op;
	json_t *object = json_pack("{s:s, s:s, s:I}", "operation", op->key, "title", op->name,
				   "bytes", (json_int_t)op->size);

	for (unsigned target = 0; target < IN_PROCESS; target++)
		if (result->by[target].count)
			json_object_set_new(object, target_key[target],
					    figures_json(op, &result->by[target]));
	json_object_set_new(object, "in_process_ns", json_real(result->by[IN_PROCESS].median));
	if (!result->by[VFIOD].count)
		return object;
	json_object_set_new(object, "ratio", json_real(result->ratio));
	json_object_set_new(object, "ratio_quartiles",
			    json_pack("[f, f]", result->low, result->high));
	json_object_set_new(object, "recovery_us",
			    operation_recovers(op) ? json_real(result->recovery / 1e3)
						   : json_null());
	json_object_set_new(object, "dispatch_us", json_real(result->dispatch / 1e3));
	return object;
}

static json_t *
whole_json(const struct machine *machine, const struct measurement *measurement,
	   const struct result *results)
{
	const char *offsets = measurement->with_nodes ? measurement->offsets : NULL;
	json_t *list = json_array();

	for (unsigned row = 0; row < num_operations; row++)
		json_array_append_new(list, result_json(&results[row]));
	return json_pack("{s:s, s:o, s:s?, s:I, s:I, s:b, s:o}", "vfiod", PACKAGE_VERSION,
			 "machine", machine_json(machine), "offsets", offsets, "rounds",
			 (json_int_t)measurement->done, "samples", (json_int_t)measurement->samples,
			 "noisy", results_noisy(results), "operations", list);
}

bool
json_write(const char *path, const struct machine *machine, const struct measurement *measurement,
	   const struct result *results)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	json_t *whole = out ? whole_json(machine, measurement, results) : NULL;
	bool written =
		whole && json_dumpf(whole, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;

	if (written)
		fputc('\n', out);
	json_decref(whole);
	if (out && (out == stdout ? fflush(out) : fclose(out)))
		written = false;
	if (!written)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return written;
}
