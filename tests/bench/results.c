/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
read_ratio(json_t *against, const char *key, struct ratio *ratio)
{
	json_t *object = json_object_get(against, key);

	if (!object)
		return true;
	ratio->present = true;
	return !json_unpack(object, "{s:F, s:[F, F]}", "ratio", &ratio->value, "quartiles",
			    &ratio->low, &ratio->high);
}

static bool
read_row(json_t *object, struct row *row)
{
	const char *compared;
	json_int_t bytes;
	json_t *against;
	int ours;

	if (json_unpack(object, "{s:s, s:s, s:s, s:s, s:b, s:I, s:s, s:F, s:F, s:o}", "operation",
			&row->operation, "title", &row->title, "carrier", &row->carrier, "recovery",
			&row->recovery, "ours", &ours, "bytes", &bytes, "compared", &compared,
			"median_ns", &row->median, "p99_ns", &row->p99, "against", &against))
		return false;
	row->ours = ours;
	row->by_p99 = !strcmp(compared, "p99");
	row->bytes = (size_t)bytes;
	for (unsigned i = 0; i < NUM_YARDSTICKS; i++)
		if (!read_ratio(against, yardstick_key[i], &row->against[i]))
			return false;
	return true;
}

static bool
read_fact(json_t *object, struct fact_row *fact)
{
	return !json_unpack(object, "{s:s, s:s, s:s, s:F, s:F}", "fact", &fact->key, "title",
			    &fact->title, "unit", &fact->unit, "value", &fact->value,
			    "single_device", &fact->one);
}

static bool
read_vgpu_fact(json_t *object, struct fact_row *fact)
{
	return !json_unpack(object, "{s:s, s:s, s:s, s:F}", "fact", &fact->key, "title",
			    &fact->title, "unit", &fact->unit, "value", &fact->value);
}

static bool
read_machine(json_t *machine, struct run *run)
{
	int virtual_machine, emulated;
	json_int_t processors;

	if (json_unpack(machine, "{s:s, s:s, s:s, s:I, s:b, s:b}", "kernel", &run->kernel, "cpu",
			&run->cpu, "date", &run->date, "processors", &processors, "virtual_machine",
			&virtual_machine, "emulated", &emulated))
		return false;
	run->processors = (long)processors;
	run->virtual_machine = virtual_machine;
	run->emulated = emulated;
	return true;
}

static bool
read_run(json_t *object, struct run *run)
{
	json_int_t rounds, calls, devices;
	json_t *machine, *rows, *facts, *vgpu = NULL;

	if (json_unpack(object, "{s:s, s:o, s:I, s:I, s:I, s:o, s:o, s?o}", "carrier",
			&run->carrier, "machine", &machine, "rounds", &rounds, "calls", &calls,
			"devices", &devices, "rows", &rows, "facts", &facts, "vgpu", &vgpu) ||
	    !read_machine(machine, run))
		return false;
	run->rounds = (long)rounds;
	run->calls = (long)calls;
	run->devices = (long)devices;
	run->row = calloc(json_array_size(rows) + 1, sizeof(*run->row));
	run->fact = calloc(json_array_size(facts) + 1, sizeof(*run->fact));
	run->vgpu = calloc(json_array_size(vgpu) + 1, sizeof(*run->vgpu));
	if (!run->row || !run->fact || !run->vgpu)
		return false;
	for (; run->rows < json_array_size(rows); run->rows++)
		if (!read_row(json_array_get(rows, run->rows), &run->row[run->rows]))
			return false;
	for (; run->facts < json_array_size(facts); run->facts++)
		if (!read_fact(json_array_get(facts, run->facts), &run->fact[run->facts]))
			return false;
	for (; run->vgpu_facts < json_array_size(vgpu); run->vgpu_facts++)
		if (!read_vgpu_fact(json_array_get(vgpu, run->vgpu_facts),
				    &run->vgpu[run->vgpu_facts]))
			return false;
	return true;
}

/* Puts the runs of a file behind those that are there. */
static bool
add_file(struct results *results, const char *path)
{
	json_error_t error;
	json_t *file = json_load_file(path, 0, &error), *runs = json_object_get(file, "runs");
	bool good = runs;

	if (!file)
		fprintf(stderr, "%s: %s\n", path, error.text);
	else if (!runs)
		fprintf(stderr, "%s: no figures of this benchmark\n", path);
	else if (!results->json)
		results->json = json_incref(file);
	else
		good = !json_array_extend(json_object_get(results->json, "runs"), runs);
	json_decref(file);
	return good;
}

bool
results_read(struct results *results, const char *const path[], unsigned count)
{
	json_t *runs;

	*results = (struct results){0};
	for (unsigned i = 0; i < count; i++)
		if (!add_file(results, path[i]))
			return false;
	runs = json_object_get(results->json, "runs");
	results->version = json_string_value(json_object_get(results->json, "vfiod"));
	results->run = calloc(json_array_size(runs) + 1, sizeof(*results->run));
	if (!results->run || !results->version)
		return false;
	while (results->runs < json_array_size(runs)) {
		unsigned i = results->runs++;

		if (!read_run(json_array_get(runs, i), &results->run[i])) {
			fprintf(stderr, "%s: not the figures that this version writes\n", path[0]);
			return false;
		}
	}
	return true;
}

void
results_free(struct results *results)
{
	for (unsigned i = 0; i < results->runs; i++) {
		free(results->run[i].row);
		free(results->run[i].fact);
		free(results->run[i].vgpu);
	}
	free(results->run);
	json_decref(results->json);
	*results = (struct results){0};
}

const struct row *
run_row(const struct run *run, const char *operation, const char *carrier, const char *recovery)
{
	for (unsigned i = 0; i < run->rows; i++) {
		const struct row *row = &run->row[i];

		if (!strcmp(row->operation, operation) && !strcmp(row->carrier, carrier) &&
		    !strcmp(row->recovery, recovery))
			return row;
	}
	return NULL;
}

/* Large transfers are few a round and may scatter; not so a third of all rows. */
bool
run_noisy(const struct run *run)
{
	unsigned scattered = 0, all = 0;

	for (unsigned i = 0; i < run->rows; i++) {
		const struct ratio *ratio = &run->row[i].against[FLOOR];

		all += ratio->present;
		scattered += ratio->present && ratio->high > 1.5 * ratio->low;
	}
	return scattered > all / 3;
}
