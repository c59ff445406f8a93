/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this processor can do at best: memcpy, and a call under a lock. */
#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stdint.h>

#include "plan.h"

/** memcpy() of that many bytes, at most 1 MiB, between two places; NULL on failure. */
struct work *copy_add(struct plan *plan, const char *operation, const char *title, size_t bytes);

/** A function called through a pointer that takes a free lock and gives it back. */
struct work *locked_call_add(struct plan *plan, const char *operation, const char *title);

/** Adds the mean times of calls, each of as many in a row as the clock can measure. False when one fails. */
bool batch(struct samples *samples, bool (*call)(void *ctx), void *ctx);

#endif
