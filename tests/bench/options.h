/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of the program that measures. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

struct bench_options {
	const char *carrier; /**< "fuse" or "cuse"; NULL: only in this process */
	const char *vfiod, *json;
	const char *operations; /**< those to be measured, "KEY,KEY..."; NULL: all */
	const char *count; /**< an operation to be made without measuring it, or NULL */
	unsigned rounds, calls, seconds, devices;
	char null_program[PATH_MAX];
};

/** Ends the program on errors. */
void bench_options_parse(struct bench_options *options, int argc, char **argv);

#endif
