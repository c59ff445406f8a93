/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "results.h"

/** All runs in one table, operation by operation; @a all: with every yardstick's own times. */
void table_print(FILE *out, const struct results *results, bool all);

#endif
