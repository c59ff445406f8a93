/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures for people. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

static void
print_run_head(FILE *out, const struct run *run)
{
	fprintf(out, "%s: %s, %s, %ld processor%s%s; %ld rounds of up to %ld calls, %s\n",
		strcmp(run->carrier, "none") ? run->carrier : "in process", run->kernel, run->cpu,
		run->processors, run->processors == 1 ? "" : "s",
		run->emulated          ? ", EMULATED"
		: run->virtual_machine ? ", in a virtual machine"
				       : "",
		run->rounds, run->calls, run->date);
}

static void
print_ratio(FILE *out, const struct ratio *ratio)
{
	if (ratio->present)
		fprintf(out, "%9.2f", ratio->value);
	else
		fprintf(out, "%9s", "");
}

static void
print_row(FILE *out, const struct run *run, const struct row *row, bool first)
{
	const struct ratio *floor = &row->against[FLOOR], *copy = &row->against[MEMCPY];
	char carrier[32];

	snprintf(carrier, sizeof(carrier), "%s%s", row->carrier, run->emulated ? " *" : "");
	fprintf(out, "%-26s %-13s %-5s %10.3f %10.3f", first ? row->title : "", carrier,
		row->recovery, row->median / 1e3, row->p99 / 1e3);
	if (!row->ours) {
		fputc('\n', out);
		return;
	}
	fprintf(out, "%9.2f %5.2f-%-5.2f", floor->value, floor->low, floor->high);
	print_ratio(out, &row->against[SOCKET]);
	print_ratio(out, &row->against[PIPE]);
	if (copy->present)
		fprintf(out, "%8.1f%%", 100 / copy->value);
	fputc('\n', out);
}

/* What others are compared to in every operation, but is not often of interest itself. */
static bool
is_minor(const struct row *row)
{
	return !row->ours &&
	       (!strcmp(row->carrier, "locked call") || !strcmp(row->carrier, "memcpy") ||
		!strcmp(row->carrier, "seqpacket"));
}

/* All runs' rows of an operation. */
static void
print_operation(FILE *out, const struct results *results, const char *operation, bool all)
{
	bool first = true;

	for (unsigned i = 0; i < results->runs; i++)
		for (unsigned j = 0; j < results->run[i].rows; j++) {
			const struct row *row = &results->run[i].row[j];

			if (strcmp(row->operation, operation) || (!all && is_minor(row)))
				continue;
			print_row(out, &results->run[i], row, first);
			first = false;
		}
}

/* Whether an operation has come before this row: in an earlier run, or in this one. */
static bool
came_before(const struct results *results, unsigned run, unsigned row)
{
	const char *operation = results->run[run].row[row].operation;

	for (unsigned i = 0; i <= run; i++)
		for (unsigned j = 0; j < (i < run ? results->run[i].rows : row); j++)
			if (!strcmp(results->run[i].row[j].operation, operation))
				return true;
	return false;
}

static void
print_facts(FILE *out, const struct run *run)
{
	if (!run->facts)
		return;
	fprintf(out, "\n%s, a daemon with %ld vGPUs beside one with a single one%s:\n",
		run->carrier, run->devices, run->emulated ? " (*)" : "");
	for (unsigned i = 0; i < run->facts; i++)
		fprintf(out, "  %-36s %10.2f %-6s (single: %.2f)\n", run->fact[i].title,
			run->fact[i].value, run->fact[i].unit, run->fact[i].one);
	for (unsigned i = 0; i < run->rows; i++)
		if (run->row[i].against[SINGLE].present)
			fprintf(out, "  %-36s %10.2f %-6s (in rounds %.2f-%.2f)\n",
				"latency of one that is busy", run->row[i].against[SINGLE].value,
				"times", run->row[i].against[SINGLE].low,
				run->row[i].against[SINGLE].high);
}

static void
print_vgpu(FILE *out, const struct run *run)
{
	if (run->vgpu_facts)
		fprintf(out, "\n%s, a vGPU at work%s:\n", run->carrier,
			run->emulated ? " (*)" : "");
	for (unsigned i = 0; i < run->vgpu_facts; i++)
		fprintf(out, "  %-36s %10.2f %s\n", run->vgpu[i].title, run->vgpu[i].value,
			run->vgpu[i].unit);
}

static const char explanation[] =
	"\n"
	"x null     to the floor in the same run: the same call, answered at once by a null device "
	"on\n"
	"           the same carrier; in process: to memcpy, or to a call that takes a free lock\n"
	"in rounds  half of the rounds had a ratio between these: far apart, the machine was busy\n"
	"x socket   to a request and its reply of vfio-user's sizes, on a UNIX stream socket\n"
	"x pipe     to a byte through a pipe and one back\n"
	"memcpy     the bandwidth's share of memcpy's of as many bytes\n"
	"64 clients are compared by the 99th percentile, all else by the median.\n";

void
table_print(FILE *out, const struct results *results, bool all)
{
	bool emulated = false;

	fprintf(out, "vfiod %s\n", results->version);
	for (unsigned i = 0; i < results->runs; i++) {
		print_run_head(out, &results->run[i]);
		emulated |= results->run[i].emulated;
	}
	fprintf(out, "\n%-26s %-13s %-5s %10s %10s%9s %-11s%9s%9s%9s\n", "operation", "carrier",
		"offs.", "median us", "p99 us", "x null", "in rounds", "x socket", "x pipe",
		"memcpy");
	for (unsigned i = 0; i < results->runs; i++)
		for (unsigned j = 0; j < results->run[i].rows; j++)
			if (!came_before(results, i, j))
				print_operation(out, results, results->run[i].row[j].operation,
						all);
	for (unsigned i = 0; i < results->runs; i++)
		print_facts(out, &results->run[i]);
	for (unsigned i = 0; i < results->runs; i++)
		print_vgpu(out, &results->run[i]);
	fputs(explanation, out);
	if (emulated)
		fputs("* on a processor that is emulated by software (QEMU TCG): such times say "
		      "nothing\n"
		      "  about a real one, only ratios inside that run count.\n",
		      out);
	for (unsigned i = 0; i < results->runs; i++)
		if (run_noisy(&results->run[i]))
			fprintf(out,
				"NOISY (%s): the ratios changed from round to round. Something "
				"else "
				"kept the machine\nbusy; repeat this when it is idle.\n",
				results->run[i].carrier);
}
