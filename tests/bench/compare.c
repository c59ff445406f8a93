/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-compare OLD NEW: did a change make something slower?
 *
 * Only ratios are compared, each to its floor in the same run: what another machine or another day does to
 * times is in both. A change counts when the quartiles of the two runs don't overlap and it is more than
 * a few per cent, and more than what ratios of these runs scatter by as a rule: a busy machine has its
 * phases, which the quartiles of one row alone don't show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "results.h"

/* Between runs of the same program ratios differ by so much, however quiet each of them was. */
#define DEFAULT_TOLERANCE 5.0

/* Quartiles further apart than this say that the machine was busy: nothing can be told. */
#define NOISE 1.5

/* Quartiles of fewer rounds say nothing. */
#define LEAST_ROUNDS 5

enum verdict { SAME, FASTER, SLOWER, NOISY, NUM_VERDICTS };

static const char *const verdict_text[NUM_VERDICTS] = {"same", "faster", "SLOWER", "noise"};

static const char usage[] =
	"Usage: bench-compare [-t PERCENT] OLD NEW\n"
	"Compares the JSON files of two runs of `make bench`, by the ratios to the null device "
	"(or\n"
	"another floor) in each. A row is slower or faster when the quartiles of its ratio, round "
	"by\n"
	"round, don't overlap, and the ratios differ by more than PERCENT, default 5; \"noise\" "
	"when\n"
	"the quartiles of either are so far apart that nothing can be told.\n"
	"Exit status: 0 nothing got slower, 1 something did, 2 a wrong call or file.\n";

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

static enum verdict
judge(const struct ratio *old, const struct ratio *new, double tolerance)
{
	if (new->low > old->high &&new->value > old->value *(1 + tolerance / 100))
		return SLOWER;
	if (old->high > NOISE * old->low || new->high > NOISE *new->low)
		return NOISY;
	if (new->high < old->low &&new->value < old->value / (1 + tolerance / 100))
		return FASTER;
	return SAME;
}

/* The run of the same carrier on the same kind of machine. */
static const struct run *
same_run(const struct results *results, const struct run *like)
{
	for (unsigned i = 0; i < results->runs; i++)
		if (!strcmp(results->run[i].carrier, like->carrier) &&
		    results->run[i].emulated == like->emulated)
			return &results->run[i];
	return NULL;
}

static void
print_row(const struct run *run, const struct row *row, const struct ratio *old,
	  const struct ratio *new, enum verdict verdict)
{
	char carrier[40];

	snprintf(carrier, sizeof(carrier), "%s%s%s%s", row->carrier, *row->recovery ? " " : "",
		 row->recovery, run->emulated ? " *" : "");
	printf("%-38s %-14s %6.2f (%5.2f-%-5.2f) %6.2f (%5.2f-%-5.2f) %+6.1f%%  %s\n",
	       row->operation, carrier, old->value, old->low, old->high, new->value, new->low,
	       new->high, 100 * (new->value / old->value - 1), verdict_text[verdict]);
}

/* What quartiles of a run are apart in the middle of all rows, in per cent. */
static double
scatter(const struct run *run)
{
	struct samples spread = {0};
	double middle = 0;

	for (unsigned i = 0; i < run->rows; i++) {
		const struct ratio *ratio = &run->row[i].against[FLOOR];

		if (ratio->present && ratio->low > 0)
			samples_add(&spread, 100 * (ratio->high / ratio->low - 1));
	}
	if (spread.count)
		middle = samples_quantile(&spread, 0.5);
	free(spread.ns);
	return middle;
}

static void
compare_runs(const struct run *old, const struct run *new, double tolerance,
	     unsigned found[NUM_VERDICTS])
{
	bool few = old->rounds < LEAST_ROUNDS || new->rounds < LEAST_ROUNDS;

	tolerance = larger(tolerance, larger(scatter(old), scatter(new)));
	printf("%s%s: more than %.1f %% counts\n", new->carrier, new->emulated ? " *" : "",
	       tolerance);
	for (unsigned i = 0; i < new->rows; i++) {
		const struct row *row = &new->row[i], *before;
		enum verdict verdict;

		before = run_row(old, row->operation, row->carrier, row->recovery);
		if (!row->against[FLOOR].present || !before || !before->against[FLOOR].present)
			continue;
		verdict = few ? NOISY
			      : judge(&before->against[FLOOR], &row->against[FLOOR], tolerance);
		print_row(new, row, &before->against[FLOOR], &row->against[FLOOR], verdict);
		found[verdict]++;
	}
}

static int
compare(const struct results *old, const struct results *new, double tolerance)
{
	unsigned found[NUM_VERDICTS] = {0}, all = 0;

	printf("%-38s %-14s %-20s %-20s\n", "ratio to the floor (quartiles)", "carrier", "old",
	       "new");
	for (unsigned i = 0; i < new->runs; i++) {
		const struct run *before = same_run(old, &new->run[i]);

		if (before)
			compare_runs(before, &new->run[i], tolerance, found);
	}
	for (unsigned i = 0; i < NUM_VERDICTS; i++)
		all += found[i];
	if (!all) {
		fprintf(stderr, "bench-compare: the files have nothing in common\n");
		return 2;
	}
	printf("%u slower, %u faster, %u the same, %u lost in noise\n", found[SLOWER],
	       found[FASTER], found[SAME], found[NOISY]);
	return found[SLOWER] ? 1 : 0;
}

int
main(int argc, char **argv)
{
	double tolerance = DEFAULT_TOLERANCE;
	struct results old, new = {0};
	int option, code = 2;
	char *end;

	while ((option = getopt(argc, argv, "t:h")) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		tolerance = option == 't' ? strtod(optarg, &end) : -1;
		if (option != 't' || *end || end == optarg || !(tolerance >= 0)) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	if (results_read(&old, (const char *const *)&argv[optind], 1) &&
	    results_read(&new, (const char *const *)&argv[optind + 1], 1))
		code = compare(&old, &new, tolerance);
	results_free(&old);
	results_free(&new);
	return code;
}
