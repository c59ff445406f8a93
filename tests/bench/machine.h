/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the figures were measured on. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

struct machine {
	char kernel[208], cpu[160], date[32];
	long processors;
	bool virtual_machine;
	bool emulated; /**< by software: times mean nothing, only ratios do */
};

void machine_describe(struct machine *machine);

#endif
