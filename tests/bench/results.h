/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures read back from JSON. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "plan.h"

struct ratio {
	bool present;
	double value, low, high; /**< quartiles, round by round */
};

struct row {
	const char *operation, *title, *carrier, *recovery;
	bool ours, by_p99;
	size_t bytes;
	double median, p99; /**< ns */
	struct ratio against[NUM_YARDSTICKS];
};

struct fact_row {
	const char *key, *title, *unit;
	double value, one;
};

/** What one carrier has given on one machine. */
struct run {
	const char *carrier, *kernel, *cpu, *date;
	long processors, rounds, calls, devices;
	bool emulated, virtual_machine;
	struct row *row;
	unsigned rows;
	struct fact_row *fact;
	unsigned facts;
	struct fact_row *vgpu; /**< of which `one` means nothing */
	unsigned vgpu_facts;
};

struct results {
	json_t *json; /**< {"vfiod", "runs"}; all strings are inside */
	const char *version;
	struct run *run;
	unsigned runs;
};

/** Reads files and puts their runs into one. False after saying what is wrong. */
bool results_read(struct results *results, const char *const path[], unsigned count);
void results_free(struct results *results);

/** A row by what names it; NULL if there is none. */
const struct row *run_row(const struct run *run, const char *operation, const char *carrier,
			  const char *recovery);

/** Whether ratios of our rows went up and down between rounds: something else kept the machine busy. */
bool run_noisy(const struct run *run);

#endif
