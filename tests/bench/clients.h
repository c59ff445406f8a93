/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many processes that read a register of one device at once. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "carrier.h"
#include "plan.h"

#define NUM_CLIENTS 64u

struct clients;

/** Starts them; each opens the devices itself. NULL after saying why. */
struct clients *clients_start(const struct carrier *carrier);
void clients_stop(struct clients *clients);
/** Adds a group of the null device and each vfiod, compared by the 99th percentile. */
bool clients_plan(struct plan *plan, struct clients *clients, const struct carrier *carrier);

#endif
