/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static json_t *
machine_json(const struct machine *machine)
{
	return json_pack("{s:s, s:s, s:I, s:b, s:b, s:s}", "kernel", machine->kernel, "cpu",
			 machine->cpu, "processors", (json_int_t)machine->processors,
			 "virtual_machine", machine->virtual_machine, "emulated", machine->emulated,
			 "date", machine->date);
}

/* Round by round, so that what kept the whole machine busy for a while is in both; then the median. */
static json_t *
ratio_json(const struct work *work, const struct work *to)
{
	struct samples ratio = {0};
	json_t *object = NULL;
	bool good = true;

	for (size_t i = 0; good && i < work->rounds.count && i < to->rounds.count; i++)
		good = samples_add(&ratio, work->rounds.ns[i] / to->rounds.ns[i]);
	if (good && ratio.count)
		object = json_pack("{s:f, s:[f, f]}", "ratio", samples_quantile(&ratio, 0.5),
				   "quartiles", samples_quantile(&ratio, 0.25),
				   samples_quantile(&ratio, 0.75));
	free(ratio.ns);
	return object;
}

static json_t *
work_json(const struct work *work)
{
	json_t *against = json_object();
	json_t *row = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:I, s:s, s:I, s:f, s:f, s:o}", "operation",
		work->operation, "title", work->title, "carrier", work->carrier, "recovery",
		work->recovery, "ours", work->ours, "bytes", (json_int_t)work->bytes, "compared",
		work->quantile < 0.9 ? "median" : "p99", "samples", (json_int_t)work->taken.count,
		"median_ns", work->median, "p99_ns", work->p99, "against", against);

	for (unsigned i = 0; i < NUM_YARDSTICKS; i++)
		if (work->against[i])
			json_object_set_new(against, yardstick_key[i],
					    ratio_json(work, work->against[i]));
	return row;
}

static json_t *
facts_json(const struct scale *scale)
{
	json_t *list = json_array();

	for (unsigned i = 0; scale && i < NUM_FACTS; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:f, s:f}", "fact", scale->fact[i].key, "title",
				  scale->fact[i].title, "unit", scale->fact[i].unit, "value",
				  scale->fact[i].value, "single_device", scale->fact[i].one));
	return list;
}

static json_t *
vgpu_json(const struct vgpu *vgpu)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < vgpu->facts; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:f}", "fact", vgpu->fact[i].key,
						"title", vgpu->fact[i].title, "unit",
						vgpu->fact[i].unit, "value", vgpu->fact[i].value));
	return list;
}

static json_t *
run_json(const struct machine *machine, const struct plan *plan, const char *carrier,
	 const struct scale *scale, const struct vgpu *vgpu)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < plan->count; i++)
		json_array_append_new(rows, work_json(plan->work[i]));
	return json_pack("{s:s, s:[{s:s, s:o, s:I, s:I, s:I, s:o, s:o, s:o}]}", "vfiod",
			 PACKAGE_VERSION, "runs", "carrier", carrier, "machine",
			 machine_json(machine), "rounds", (json_int_t)plan->done, "calls",
			 (json_int_t)plan->calls, "devices",
			 (json_int_t)(scale ? scale->devices : 0), "rows", rows, "facts",
			 facts_json(scale), "vgpu", vgpu_json(vgpu));
}

bool
record_write(const char *path, const struct machine *machine, const struct plan *plan,
	     const char *carrier, const struct scale *scale, const struct vgpu *vgpu)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	json_t *run = out ? run_json(machine, plan, carrier, scale, vgpu) : NULL;
	bool written = run && !json_dumpf(run, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));

	if (written)
		fputc('\n', out);
	json_decref(run);
	if (out && (out == stdout ? fflush(out) : fclose(out)))
		written = false;
	if (!written)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return written;
}
