/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA where an address space has many mappings: what finding one costs. */
#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

#include "iommu/iommu.h"
#include "plan.h"

#define LOOKUP_MANY 100000u

struct lookup;

/** An address space of its own with that many mappings of 4 KiB, and a device. NULL after saying why. */
struct lookup *lookup_new(struct iommu_context *context, unsigned maps);
void lookup_free(struct lookup *lookup);
/** Reads 4 bytes, each time through another mapping, in no simple order. @a ctx: the lookup. */
bool lookup_call(void *ctx);
/** Adds a group. */
bool lookup_add(struct plan *plan, struct lookup *lookup);

#endif
