/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures for people. */
#include "config.h"

#include "bench.h"

static void
print_head(FILE *out, const struct machine *machine, const struct measurement *measurement)
{
	fprintf(out, "vfiod %s, %s\n%s, %ld processor%s%s\n", PACKAGE_VERSION, machine->kernel,
		machine->cpu, machine->processors, machine->processors == 1 ? "" : "s",
		machine->virtual_machine && !machine->emulated ? ", in a virtual machine" : "");
	fprintf(out, "%u rounds of up to %u calls%s, %s\n", measurement->done, measurement->samples,
		measurement->done < measurement->rounds ? " (then the time was up)" : "",
		machine->date);
	if (measurement->with_nodes)
		fprintf(out, "offsets: %s\n", measurement->offsets);
}

static void
print_target(FILE *out, const struct operation *op, const struct figures *figures)
{
	fprintf(out, "%11.2f %9.2f %8.0f %7.1f", figures->median / 1e3, figures->p99 / 1e3,
		calls_per_second(figures), megabytes_per_second(op, figures));
}

static void
print_latency(FILE *out, const struct result *results)
{
	static const char columns[] = "  median us    p99 us  calls/s    MB/s";

	fprintf(out, "\n%-22s%-38s%s\n", "", "  vfiod", "  null device (the floor)");
	fprintf(out, "%-22s%s%s\n", "", columns, columns);
	for (unsigned row = 0; row < num_operations; row++) {
		fprintf(out, "%-22s", results[row].op->name);
		print_target(out, results[row].op, &results[row].by[VFIOD]);
		print_target(out, results[row].op, &results[row].by[NULL_NODE]);
		fputc('\n', out);
	}
}

/* A time over the floor, and what part of the floor it is. */
static void
print_over(FILE *out, const struct result *result, double ns)
{
	fprintf(out, "%+11.2f us %+4.0f%%", ns / 1e3, 100 * ns / result->by[NULL_NODE].median);
}

static void
print_shares(FILE *out, const struct result *results)
{
	fprintf(out, "\n%-22s%6s%14s%20s%20s%16s\n", "over the floor", "ratio", "in rounds",
		"recovery", "dispatch", "in process");
	for (unsigned row = 0; row < num_operations; row++) {
		const struct result *result = &results[row];

		fprintf(out, "%-22s%6.2f%8.2f -%5.2f ", result->op->name, result->ratio,
			result->low, result->high);
		if (operation_recovers(result->op))
			print_over(out, result, result->recovery);
		else
			fprintf(out, "%19s", "none needed");
		fputc(' ', out);
		print_over(out, result, result->dispatch);
		fprintf(out, "%13.1f ns\n", result->by[IN_PROCESS].median);
	}
}

static void
print_in_process(FILE *out, const struct result *results)
{
	fprintf(out, "\n%-22s %16s\n", "", "in process");
	for (unsigned row = 0; row < num_operations; row++)
		fprintf(out, "%-22s %13.1f ns\n", results[row].op->name,
			results[row].by[IN_PROCESS].median);
}

static const char explanation[] =
	"\n"
	"floor       the same call, answered at once by a null CUSE device on the same libfuse "
	"loop\n"
	"ratio       vfiod's median to the floor's\n"
	"in rounds   half of the rounds had a ratio between these: far apart, the machine was "
	"busy\n"
	"recovery    finding the call's true offset, once a request (the kernel makes several of "
	"a\n"
	"            large call): the median of a null device that does only this, less the floor\n"
	"dispatch    what is left of vfiod's median: region, model, copying\n"
	"MB/s        million bytes a second, from the mean: slow calls count\n";

void
table_print(FILE *out, const struct machine *machine, const struct measurement *measurement,
	    const struct result *results)
{
	print_head(out, machine, measurement);
	if (measurement->with_nodes) {
		print_latency(out, results);
		print_shares(out, results);
		fputs(explanation, out);
	} else {
		print_in_process(out, results);
		fputc('\n', out);
	}
	fputs("in process  the same access as a function call: no kernel, no recovery\n", out);
	if (results_noisy(results))
		fputs("\nNOISY: the ratios changed from round to round. Something else kept the "
		      "machine busy;\nrepeat this when it is idle.\n",
		      out);
	if (machine->emulated)
		fputs("\nThis processor is emulated by software (QEMU TCG): its times say nothing "
		      "about a real one,\nonly ratios inside this run count.\n",
		      out);
}
