/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_PICTURE_H
#define BENCH_PICTURE_H

#include <stdio.h>

#include "results.h"

/**
 * Draws latencies by carrier as SVG: microseconds where they mean something, multiples of the null device's
 * time on an emulated machine.
 */
void picture_draw(FILE *out, const struct results *results);

#endif
